/* What passes between processes: packets and their descriptors, and the handover file. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/wire.h"
#include "fs/handover.h"
#include "fs/places.h"
#include "tests/unit/suite.h"

static int ends[2], open_before;

static int count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static void connect_them(void)
{
	open_before = count_fds();
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
}

static void disconnect_them(void)
{
	fd_close(&ends[0]);
	fd_close(&ends[1]);
	ck_assert_int_eq(count_fds(), open_before);
}

static void send_with(size_t size, int nfds)
{
	char packet[64] = "packet";
	int fds[WIRE_FDS] = {-1};
	for (int i = 0; i < nfds; i++)
		fds[i] = open("/dev/null", O_RDONLY); /* not close-on-exec */
	ck_assert_int_eq(wire_send(ends[0], packet, size, fds, nfds), 0);
	for (int i = 0; i < nfds; i++)
		fd_close(&fds[i]);
}

static const struct {
	size_t sent;
	int fds;
	size_t room;
	int max;
	ssize_t result; /* -1: EBADMSG */
} packets[] = {
    {8, 0, 8, 0, 8},
    {8, 0, 16, 2, 8},
    {1, 0, 8, 0, 1},
    {0, 0, 8, 0, -1},
    {8, 1, 8, 1, 8},
    {8, 2, 8, 4, 8},
    {8, WIRE_FDS, 8, WIRE_FDS, 8},
    {0, 2, 8, 2, 0},
    {9, 0, 8, 0, -1},
    {64, 0, 8, 0, -1},
    {9, 2, 8, 2, -1},
    {8, 1, 8, 0, -1},
    {8, 3, 8, 2, -1},
    {8, WIRE_FDS, 8, 1, -1},
    {64, WIRE_FDS, 8, 0, -1},
};

START_TEST(packet_is_received)
{
	char *to = malloc(packets[_i].room);
	int fds[WIRE_FDS], nfds = 99;
	send_with(packets[_i].sent, packets[_i].fds);
	ssize_t n = wire_recv(ends[1], to, packets[_i].room, fds, packets[_i].max, &nfds);
	ck_assert_int_eq(n, packets[_i].result);
	ck_assert_int_eq(nfds, n < 0 ? 0 : packets[_i].fds);
	if (n < 0)
		ck_assert_int_eq(err_code(), EBADMSG);
	for (int i = 0; i < nfds; i++) {
		ck_assert_int_eq(fcntl(fds[i], F_GETFD), FD_CLOEXEC);
		fd_close(&fds[i]);
	}
	/* the connection goes on */
	send_with(4, 0);
	ck_assert_int_eq(wire_recv(ends[1], to, packets[_i].room, NULL, 0, NULL), 4);
	free(to);
}
END_TEST

START_TEST(unwanted_descriptors_are_closed)
{
	char to[8];
	send_with(8, 3);
	ck_assert_int_eq(wire_recv(ends[1], to, sizeof(to), NULL, 3, NULL), 8);
	send_with(8, 3);
	ck_assert_int_eq(wire_recv(ends[1], to, sizeof(to), NULL, 0, NULL), -1);
}
END_TEST

/* More than a packet of ours ever carries. */
START_TEST(flood_of_descriptors_is_refused)
{
	enum { MANY = 100 };
	char room[CMSG_SPACE(sizeof(int) * MANY)] = {0}, to[8];
	struct iovec iov = {room, 4};
	struct msghdr m = {
	    .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room)};
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);
	int fds[WIRE_FDS], nfds = 99;
	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(int) * MANY);
	memset(CMSG_DATA(h), 0, sizeof(int) * MANY); /* standard input, again and again */
	ck_assert_int_eq(sendmsg(ends[0], &m, 0), 4);
	ck_assert_int_eq(wire_recv(ends[1], to, sizeof(to), fds, WIRE_FDS, &nfds), -1);
	ck_assert_int_eq(err_code(), EBADMSG);
	ck_assert_int_eq(nfds, 0);
}
END_TEST

START_TEST(nothing_there_and_end)
{
	char to[8];
	ck_assert_int_eq(wire_recv(ends[1], to, sizeof(to), NULL, 0, NULL), -1);
	ck_assert_int_eq(err_code(), EAGAIN);
	fd_close(&ends[0]);
	ck_assert_int_eq(wire_recv(ends[1], to, sizeof(to), NULL, 0, NULL), 0);
	ck_assert_int_eq(wire_send(ends[1], to, sizeof(to), NULL, 0), -1); /* and no SIGPIPE */
	ck_assert_int_eq(err_code(), EPIPE);
}
END_TEST

START_TEST(full_socket_is_told)
{
	static char packet[4096];
	int sent = 0;
	while (wire_send(ends[0], packet, sizeof(packet), NULL, 0) == 0)
		sent++;
	ck_assert_int_eq(err_code(), EAGAIN);
	ck_assert_int_gt(sent, 0);
}
END_TEST

static _Noreturn void send_and_close(int turns, int (*pairs)[2], int n)
{
	char turn;
	for (int i = 0; i < n && read(turns, &turn, 1) == 1; i++) {
		wire_send(pairs[i][1], "last", 4, NULL, 0);
		close(pairs[i][1]);
	}
	_exit(0);
}

/* A reader that looks just as the other end sends and closes: one packet in some thousand would be
 * lost. */
START_TEST(last_packet_comes_before_the_end)
{
	enum { PAIRS = 200 };
	int pairs[PAIRS][2], turns[2], lost = 0;
	ck_assert_int_eq(pipe2(turns, O_CLOEXEC), 0);
	for (int i = 0; i < PAIRS; i++)
		ck_assert_int_eq(
		    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pairs[i]),
		    0);
	pid_t pid = fork();
	if (pid == 0)
		send_and_close(turns[0], pairs, PAIRS);
	for (int i = 0; i < PAIRS; i++) {
		char to[8];
		ssize_t n;
		bool came = false;
		fd_close(&pairs[i][1]);
		ck_assert_int_eq(write(turns[1], "", 1), 1);
		while ((n = wire_recv(pairs[i][0], to, sizeof(to), NULL, 0, NULL)) != 0)
			came = came || n == 4;
		lost += !came;
		fd_close(&pairs[i][0]);
	}
	fd_close(&turns[0]);
	fd_close(&turns[1]);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq(lost, 0);
}
END_TEST

START_TEST(sockets_have_names)
{
	char path[] = "/tmp/warren-unit.XXXXXX", to[8];
	ck_assert_ptr_nonnull(mkdtemp(path));
	cleanup_fd int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(wire_connect(dir, "s"), -1);
	ck_assert_int_eq(err_code(), ENOENT);
	cleanup_fd int first = wire_listen(dir, "s", SOCK_SEQPACKET),
		       second = wire_listen(dir, "s", SOCK_SEQPACKET);
	ck_assert_int_ge(first, 0);
	ck_assert_int_ge(second, 0); /* the old one is replaced */
	cleanup_fd int c = wire_connect(dir, "s"), a = accept4(second, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(a, 0);
	ck_assert_int_eq(wire_send(c, "hi", 3, NULL, 0), 0);
	ck_assert_int_eq(wire_recv(a, to, sizeof(to), NULL, 0, NULL), 3);
	unlinkat(dir, "s", 0);
	rmdir(path);
}
END_TEST

START_TEST(dead_socket_is_told)
{
	char path[] = "/tmp/warren-unit.XXXXXX";
	ck_assert_ptr_nonnull(mkdtemp(path));
	cleanup_fd int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int s = wire_listen(dir, "s", SOCK_SEQPACKET);
	fd_close(&s);
	ck_assert_int_eq(wire_connect(dir, "s"), -1);
	ck_assert_int_eq(err_code(), ECONNREFUSED);
	unlinkat(dir, "s", 0);
	rmdir(path);
}
END_TEST

/* ---- the handover ---- */

static int memory;

static void open_handover(void)
{
	memory = memfd_create("handover", MFD_CLOEXEC);
	ck_assert_int_eq(ftruncate(memory, 64 << 10), 0);
	ck_assert_int_eq(handover_open(memory), 0);
	ck_assert_int_eq(places_open(memory), 0);
}

static void close_handover(void)
{
	fd_close(&memory);
}

START_TEST(init_is_handed_over)
{
	char request[1025] = "FUSE_INIT";
	size_t len = 99;
	ck_assert_ptr_null(handover_init(&len));
	handover_save_init(request, 80);
	ck_assert_int_eq(handover_open(memory), 0); /* the next daemon */
	const char *got = handover_init(&len);
	ck_assert_uint_eq(len, 80);
	ck_assert_str_eq(got, "FUSE_INIT");
	handover_save_init(request, 1025); /* none is so long */
	handover_init(&len);
	ck_assert_uint_eq(len, 80);
}
END_TEST

START_TEST(damaged_length_is_refused)
{
	size_t len = 0;
	ck_assert_int_eq(pwrite(memory, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, 0), 8);
	ck_assert_ptr_null(handover_init(&len));
}
END_TEST

START_TEST(more_requests_than_slots)
{
	enum { SLOTS = 4096 };
	static unsigned slots[SLOTS + 2];
	for (unsigned i = 0; i < NELEM(slots); i++)
		slots[i] = handover_begin(i + 1);
	for (unsigned i = 0; i < SLOTS; i++)
		for (unsigned k = 0; k < i; k += 97)
			ck_assert_uint_ne(slots[i], slots[k]);
	handover_end(slots[SLOTS]); /* of no slot: harmless */
	handover_end(slots[17]);
	ck_assert_uint_eq(handover_begin(5000), slots[17]);
}
END_TEST

struct answer {
	uint32_t len;
	int32_t error;
	uint64_t unique;
};

/* The device knows FUSE_NOTIFY_RESEND (7): nothing is answered, all slots are free again. */
START_TEST(requests_are_asked_for_again)
{
	struct answer a[4] = {0};
	handover_begin(11);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	handover_resend(ends[0]);
	ck_assert_int_eq(read(ends[1], a, sizeof(a)), sizeof(a[0]));
	ck_assert_int_eq(a[0].error, 7);
	ck_assert_uint_eq(a[0].unique, 0);
	ck_assert_uint_eq(a[0].len, 16);
	ck_assert_int_eq(recv(ends[1], a, sizeof(a), MSG_DONTWAIT), -1);
	handover_resend(ends[0]);
	fd_close(&ends[0]);
	fd_close(&ends[1]);
}
END_TEST

/* Until an answer is written the kernel's offset may be that before it. */
START_TEST(reader_has_two_places)
{
	struct place p;
	uint64_t off;
	ck_assert(!places_find(7, 0, &p));
	places_note(7, (struct place){100, 3, 0});
	ck_assert(!places_had(7, &off) && !places_find(7, 0, &p));
	ck_assert(places_find(7, 100, &p) && p.pos == 3);
	places_answered(7);
	places_note(7, (struct place){150, 4, 9});
	ck_assert(places_had(7, &off) && off == 100);
	ck_assert(places_find(7, 100, &p) && p.pos == 3 && p.skip == 0);
	ck_assert(places_find(7, 150, &p) && p.pos == 4 && p.skip == 9);
	places_answered(7);
	ck_assert(places_had(7, &off) && off == 150 && !places_find(7, 100, &p));
	ck_assert(!places_find(7, UINT64_MAX, &p));
	places_close(7);
	ck_assert(!places_find(7, 150, &p));
}
END_TEST

START_TEST(more_readers_than_places)
{
	struct place p;
	for (uint64_t fh = 1; fh <= PLACES + 1; fh++)
		places_note(fh, (struct place){fh, fh, 0});
	for (uint64_t fh = 1; fh <= PLACES; fh++)
		ck_assert(places_find(fh, fh, &p) && p.pos == fh);
	ck_assert(!places_find(PLACES + 1, PLACES + 1, &p));
	places_answered(PLACES + 1);
	places_close(17);
	places_note(PLACES + 1, (struct place){1, 2, 3});
	ck_assert(places_find(PLACES + 1, 1, &p) && p.pos == 2 && p.skip == 3);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("wire");
	TCase *t = tcase_create("wire"), *h = tcase_create("handover");
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, connect_them, disconnect_them);
	tcase_add_loop_test(t, packet_is_received, 0, NELEM(packets));
	tcase_add_test(t, unwanted_descriptors_are_closed);
	tcase_add_test(t, flood_of_descriptors_is_refused);
	tcase_add_test(t, nothing_there_and_end);
	tcase_add_test(t, full_socket_is_told);
	tcase_add_loop_test(t, last_packet_comes_before_the_end, 0, 150);
	tcase_add_test(t, sockets_have_names);
	tcase_add_test(t, dead_socket_is_told);
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(h, open_handover, close_handover);
	tcase_add_test(h, init_is_handed_over);
	tcase_add_test(h, damaged_length_is_refused);
	tcase_add_test(h, more_requests_than_slots);
	tcase_add_test(h, requests_are_asked_for_again);
	tcase_add_test(h, reader_has_two_places);
	tcase_add_test(h, more_readers_than_places);
	suite_add_tcase(s, h);
	return suite_run(s);
}
