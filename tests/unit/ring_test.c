/* base/ring, with a writer in another process, and what a damaged or hostile one can do. */
#include <check.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/list.h"
#include "tests/fuzz/house.h"
#include "tests/unit/suite.h"

static struct ring ring;

static int file(void)
{
	int fd = memfd_create("ring", MFD_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static void make(uint64_t room)
{
	ck_assert_int_eq(ring_make(&ring, file(), room, 1234), 0);
}

static void finish(void)
{
	ring_close(&ring);
	ring_close(&ring);
}

static void put(const char *text)
{
	ck_assert_int_eq(ring_write(&ring, text, strlen(text)), 0);
}

static const struct {
	const char *writes; /* one after the other, split at | */
	uint64_t pos; /* read from here */
	size_t n;
	const char *bytes;
	uint64_t next, lost;
} reads[] = {
    {"", 0, 9, "", 0, 0},
    {"abc", 0, 9, "abc", 3, 0},
    {"abc", 1, 1, "b", 2, 0},
    {"abc", 3, 9, "", 3, 0},
    {"abc", 0, 0, "", 0, 0},
    {"abcdefgh", 0, 9, "abcdefgh", 8, 0},
    {"abcdefgh|i", 0, 9, "bcdefghi", 9, 1},
    {"abcdefgh|i", 1, 9, "bcdefghi", 9, 0},
    {"abcdef|ghijkl", 6, 9, "ghijkl", 12, 0},
    {"abcdef|ghijkl", 6, 4, "ghij", 10, 0},
    {"abcdef|ghijkl", 2, 4, "efgh", 8, 2},
    {"abcdefghijklmnopqrstu", 0, 9, "nopqrstu", 21, 13},
    {"abcdefgh|abcdefgh|x", 4, 9, "bcdefghx", 17, 5},
    {"abc", 99, 9, "", 3, 0}, /* from before it was made anew */
    {"abc", UINT64_MAX, 9, "", 3, 0},
};

START_TEST(reader_gets_the_last)
{
	char to[16] = "", *writes = strdup(reads[_i].writes), *rest = writes, *one;
	uint64_t pos = reads[_i].pos, lost = 0, all = 0;
	make(8);
	while ((one = strsep(&rest, "|")) != NULL) {
		put(one);
		all += strlen(one);
	}
	size_t n = ring_read(&ring, &pos, to, reads[_i].n, &lost);
	ck_assert_uint_eq(n, strlen(reads[_i].bytes));
	ck_assert_mem_eq(to, reads[_i].bytes, n);
	ck_assert_uint_eq(pos, reads[_i].next);
	ck_assert_uint_eq(lost, reads[_i].lost);
	ck_assert_uint_eq(ring_total(&ring), all);
	ck_assert_uint_eq(ring_oldest(&ring), all > 8 ? all - 8 : 0);
	ck_assert_int_eq(ring_since(&ring), 1234);
	free(writes);
}
END_TEST

static char byte_at(uint64_t pos)
{
	return (char)(pos * 2654435761U >> 13);
}

static void put_pattern(uint64_t *at, size_t n)
{
	static char bytes[4096];
	for (size_t i = 0; i < n; i++)
		bytes[i] = byte_at(*at + i);
	ck_assert_int_eq(ring_write(&ring, bytes, n), 0);
	*at += n;
}

/* Whatever is read is what was written at its position; none is skipped that is still there. */
START_TEST(bytes_stay_in_place)
{
	uint64_t at = 0, pos = 0, lost = 0, had = 0;
	char to[300];
	make(257);
	srand(1);
	for (int i = 0; i < 20000; i++) {
		put_pattern(&at, (size_t)rand() % 200);
		if (rand() % 3 == 0)
			continue;
		size_t n = ring_read(&ring, &pos, to, (size_t)rand() % sizeof(to), &lost);
		for (size_t k = 0; k < n; k++)
			ck_assert_int_eq(to[k], byte_at(pos - n + k));
		had += n;
		ck_assert_uint_eq(had + lost, pos);
	}
	ck_assert_uint_gt(lost, 0);
}
END_TEST

START_TEST(made_anew_it_is_empty)
{
	char to[8];
	uint64_t pos = 0, lost = 0;
	make(8);
	put("abcdefghijk");
	ck_assert_int_eq(ring_make(&ring, ring.fd, 8, 77), 0);
	ck_assert_uint_eq(ring_read(&ring, &pos, to, sizeof(to), &lost), 0);
	ck_assert_uint_eq(ring_total(&ring) + ring_oldest(&ring) + lost, 0);
	ck_assert_int_eq(ring_since(&ring), 77);
}
END_TEST

/* One process writes as fast as it can, we read what is oldest: the bytes most in danger. */
START_TEST(overtaken_reader_is_not_deceived)
{
	static char to[64 << 10];
	uint64_t at = 0, bad = 0;
	make(sizeof(to));
	put_pattern(&at, 4096);
	pid_t writer = fork();
	while (writer == 0)
		put_pattern(&at, 4096);
	for (int i = 0; i < 3000; i++) {
		uint64_t pos = ring_oldest(&ring), lost = 0;
		size_t n = ring_read(&ring, &pos, to, sizeof(to), &lost);
		for (size_t k = 0; k < n; k++)
			bad += to[k] != byte_at(pos - n + k);
	}
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	ck_assert_msg(bad == 0, "%llu bytes are not those of their place", (unsigned long long)bad);
}
END_TEST

#define MAGIC UINT64_C(0x31676e6952726157)
static const struct {
	struct ring_head head;
	size_t size; /* of the file */
	bool fits;
} heads[] = {
    {{MAGIC, 8, 0, 0, 0}, sizeof(struct ring_head), true},
    {{MAGIC, RING_ROOM_MAX, 0, 0, 0}, sizeof(struct ring_head), true},
    {{MAGIC, 8, 0, 0, 0}, 0, false},
    {{MAGIC, 8, 0, 0, 0}, sizeof(struct ring_head) - 1, false},
    {{MAGIC + 1, 8, 0, 0, 0}, sizeof(struct ring_head), false},
    {{MAGIC, 0, 0, 0, 0}, sizeof(struct ring_head), false},
    {{MAGIC, (uint64_t)RING_ROOM_MAX + 1, 0, 0, 0}, sizeof(struct ring_head), false},
    {{MAGIC, UINT64_MAX, 0, 0, 0}, sizeof(struct ring_head), false},
    {{0, 0, 0, 0, 0}, sizeof(struct ring_head), false},
};

START_TEST(damaged_head_is_refused)
{
	int fd = file();
	ck_assert_int_eq(pwrite(fd, &heads[_i].head, heads[_i].size, 0), (ssize_t)heads[_i].size);
	int result = ring_open(&ring, fd);
	ck_assert_int_eq(result, heads[_i].fits ? 0 : -1);
	if (result < 0)
		ck_assert_int_eq(err_code(), EBADMSG);
}
END_TEST

/* The head changes under an open ring: whoever writes it is a zone's monitor. */
static const struct ring_head hostile[] = {
    {0, 0, UINT64_MAX, UINT64_MAX, INT64_MAX},
    {MAGIC, 8, UINT64_MAX, UINT64_MAX, INT64_MIN},
    {MAGIC, UINT64_MAX, 7, 7, 0},
    {MAGIC, 8, UINT64_C(1) << 63, UINT64_C(1) << 63, 0},
    {MAGIC, 8, 0, 0, -1},
};

START_TEST(hostile_head_is_survived)
{
	static const uint64_t from[] = {0, 1, 8, 8, UINT64_C(1) << 63, UINT64_MAX - 1, UINT64_MAX};
	char *to = malloc(16);
	make(8);
	put("abcdefghijk");
	ck_assert_int_eq(
	    pwrite(ring.fd, &hostile[_i], sizeof(hostile[_i]), 0), sizeof(hostile[_i]));
	for (size_t i = 0; i < NELEM(from); i++) {
		uint64_t pos = from[i], lost = 0;
		ck_assert_uint_le(ring_read(&ring, &pos, to, 16, &lost), 8);
		ck_assert_uint_le(pos, hostile[_i].total);
	}
	ck_assert_int_eq(ftruncate(ring.fd, 0), 0);
	uint64_t pos = 0, lost = 0;
	ck_assert_uint_eq(ring_read(&ring, &pos, to, 16, &lost), 0);
	free(to);
}
END_TEST

START_TEST(full_disk_is_told)
{
	struct rlimit none = {sizeof(struct ring_head) + 4, RLIM_INFINITY};
	make(8);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
	ck_assert_int_eq(ring_write(&ring, "abcdefgh", 8), -1);
	ck_assert_int_eq(err_code(), EFBIG);
	ck_assert_uint_eq(ring_total(&ring), 0); /* nothing is told that is not there */
	none.rlim_cur = RLIM_INFINITY;
	setrlimit(RLIMIT_FSIZE, &none);
}
END_TEST

/* ---- the file `log`, out of rings that a monitor wrote ---- */

static void log_file(const char *name, const struct ring_head *h)
{
	cleanup_fd int fd = openat(house.dir, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_eq(pwrite(fd, h, sizeof(*h), 0), sizeof(*h));
	ck_assert_int_eq(pwrite(fd, "abcdefgh", 8, sizeof(*h)), 8);
}

/* Two rings take turns: the newer is this boot's. */
START_TEST(log_shows_both_boots)
{
	int64_t day = INT64_C(86400000000);
	log_file("7.0", &(struct ring_head){MAGIC, 8, 10, 10, _i == 0 ? day : 0});
	log_file("7.1", &(struct ring_head){MAGIC, 8, 3, 3, _i == 0 ? 0 : day});
	ck_assert_str_eq(house_read(house.zone, "log"),
	    _i == 0 ? "abc\n---- booted 1970-01-02T00:00:00Z ----\ncdefghab"
		    : "cdefghab\n---- booted 1970-01-02T00:00:00Z ----\nabc");
}
END_TEST

START_TEST(log_shows_hostile_rings)
{
	log_file("7.0", &(struct ring_head){MAGIC, 8, UINT64_MAX, UINT64_MAX, hostile[_i].since});
	log_file("7.1",
	    &(struct ring_head){MAGIC, 8, hostile[_i].total, hostile[_i].total, hostile[_i].since});
	house_read(house.zone, "log");
	ck_assert_int_eq(house.code, 0);
	ck_assert_uint_lt(house.text.len, 100);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ring");
	TCase *t = tcase_create("ring"), *l = tcase_create("log");
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, NULL, finish);
	tcase_add_loop_test(t, reader_gets_the_last, 0, NELEM(reads));
	tcase_add_test(t, bytes_stay_in_place);
	tcase_add_test(t, made_anew_it_is_empty);
	tcase_add_test(t, overtaken_reader_is_not_deceived);
	tcase_add_loop_test(t, damaged_head_is_refused, 0, NELEM(heads));
	tcase_add_loop_test(t, hostile_head_is_survived, 0, NELEM(hostile));
	tcase_add_test(t, full_disk_is_told);
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(l, house_open, house_close);
	tcase_add_loop_test(l, log_shows_both_boots, 0, 2);
	tcase_add_loop_test(l, log_shows_hostile_rings, 0, NELEM(hostile));
	suite_add_tcase(s, l);
	return suite_run(s);
}
