/* base/asks: questions and answers, in and out of order, on a full socket, and those that can't be
 * sent. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/asks.h"
#include "base/fd.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/wire.h"
#include "tests/unit/suite.h"

enum { SIZE = 4096, MANY = 200 };

struct packet {
	uint32_t seq;
	char rest[SIZE];
};

static struct asks asks;
static int theirs;
static int told, refused, codes[MANY];

/* arg: where the number of the answer goes */
static void done(int *arg, uint32_t seq)
{
	*arg = (int)seq;
}

static void end(asks_done *f, void *arg, const void *answer, int fd, const struct err *why)
{
	fd_close(&fd);
	told++;
	if (answer == NULL) {
		codes[refused++] = why->code;
		return;
	}
	((void (*)(int *, uint32_t))f)(arg, *(const uint32_t *)answer);
}

static void ready(void *arg)
{
	struct packet p;
	ssize_t n;
	(void)arg;
	while ((n = wire_recv(asks.sock, &p, sizeof(p), NULL, 0, NULL)) == (ssize_t)sizeof(p))
		asks_answer(&asks, p.seq, &p.seq, -1);
	if (n == 0)
		loop_stop(0);
	else
		asks_push(&asks);
}

static void begin(void)
{
	int ends[2];
	loop_init();
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	theirs = ends[1];
	fd_nonblock(theirs);
	ck_assert_int_eq(asks_open(&asks, ends[0], ready, NULL), 0);
	told = refused = 0;
}

static void finish(void)
{
	asks_close(&asks, NULL);
	fd_close(&theirs);
	loop_finish();
}

static void ask(int *to, int fd)
{
	struct packet *p = xcalloc(1, sizeof(*p));
	p->seq = asks_next(&asks);
	asks_add(&asks, p, sizeof(*p), &fd, fd != -1 ? 1 : 0, end,
	    (asks_done *)(to != NULL ? done : NULL), to);
}

/* Send back what has come; the loop's rounds make room. Ends when all questions have their
 * answer. */
static void echo(void *arg)
{
	static struct packet p;
	(void)arg;
	while (wire_recv(theirs, &p, sizeof(p), NULL, 0, NULL) == (ssize_t)sizeof(p))
		wire_send(theirs, &p, sizeof(p), NULL, 0);
	if (told == MANY)
		loop_stop(0);
}

START_TEST(each_hears_his_own)
{
	static int got[MANY];
	for (int i = 0; i < MANY; i++)
		ask(&got[i], -1);
	ck_assert(asks_push(&asks)); /* so many do not fit at once */
	struct source *other = loop_every(100, echo, NULL);
	loop_run();
	loop_close(&other);
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(got[i], i + 1);
	ck_assert_int_eq(told, MANY);
}
END_TEST

START_TEST(answers_come_in_any_order)
{
	int first = 0, second = 0;
	uint32_t none = 0;
	ask(&first, -1);
	ask(&second, -1);
	asks_answer(&asks, 2, &(uint32_t){2}, -1);
	ck_assert_int_eq(second, 2);
	ck_assert_int_eq(first, 0);
	int fd = open("/dev/null", O_RDONLY);
	asks_answer(&asks, 7, &none, fd); /* nobody asked that: the descriptor is closed */
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	asks_answer(&asks, 1, &(uint32_t){1}, -1);
	asks_answer(&asks, 1, &none, -1);
	ck_assert_int_eq(first, 1);
	ck_assert_int_eq(told, 2);
}
END_TEST

static void look(void *arg)
{
	(void)arg;
	if (told == 2)
		loop_stop(0);
}

/* A descriptor that can't be copied: its question fails, and holds up nobody. */
START_TEST(what_can_not_be_sent_is_told)
{
	int bad = 0, good = 0;
	struct packet p;
	ask(&bad, 9999);
	ck_assert_int_eq(told, 0); /* never from inside */
	ask(&good, -1);
	ck_assert(!asks_push(&asks));
	ck_assert_int_eq(wire_recv(theirs, &p, sizeof(p), NULL, 0, NULL), sizeof(p));
	ck_assert_uint_eq(p.seq, 2);
	wire_send(theirs, &p, sizeof(p), NULL, 0);
	struct source *looking = loop_every(100, look, NULL);
	loop_run();
	loop_close(&looking);
	ck_assert_int_eq(refused, 1);
	ck_assert_int_eq(codes[0], EBADF);
	ck_assert_int_eq(good, 2);
}
END_TEST

START_TEST(who_is_forgotten_hears_nothing)
{
	int gone = 0, stays = 0;
	ask(&gone, -1);
	ask(&stays, -1);
	ask(NULL, -1);
	asks_forget(&asks, &gone);
	for (uint32_t i = 1; i <= 3; i++)
		asks_answer(&asks, i, &i, -1);
	ck_assert_int_eq(gone, 0);
	ck_assert_int_eq(stays, 2);
	ck_assert_int_eq(told, 1);
}
END_TEST

START_TEST(the_end_is_told)
{
	int one = 0, two = 0;
	ask(&one, -1);
	ask(&two, -1);
	asks_close(&asks, &(struct err){ESRCH, "it does not run"});
	ck_assert_int_eq(refused, 2);
	ck_assert_int_eq(codes[1], ESRCH);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("asks");
	TCase *t = tcase_create("asks");
	tcase_add_checked_fixture(t, begin, finish);
	tcase_add_test(t, each_hears_his_own);
	tcase_add_test(t, answers_come_in_any_order);
	tcase_add_test(t, what_can_not_be_sent_is_told);
	tcase_add_test(t, who_is_forgotten_hears_nothing);
	tcase_add_test(t, the_end_is_told);
	suite_add_tcase(s, t);
	return suite_run(s);
}
