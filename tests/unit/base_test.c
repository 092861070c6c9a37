/* base/err, buf, list, hash, mem, fd. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/mem.h"
#include "tests/unit/suite.h"

/* ---- err ---- */

START_TEST(error_has_both)
{
	ck_assert_int_eq(err_set(ERANGE, "\"%s\" is %d", "x", 7), -1);
	ck_assert_int_eq(err_code(), ERANGE);
	ck_assert_str_eq(err_text(), "\"x\" is 7");
}
END_TEST

START_TEST(error_of_the_system)
{
	errno = ENOENT;
	ck_assert_int_eq(err_sys("open %s", "/x"), -1);
	ck_assert_int_eq(err_code(), ENOENT);
	ck_assert_str_eq(err_text(), "open /x: No such file or directory");
}
END_TEST

START_TEST(error_is_wrapped)
{
	err_set(EPERM, "no");
	ck_assert_int_eq(err_wrap("line %d", 3), -1);
	ck_assert_int_eq(err_wrap("file"), -1);
	ck_assert_int_eq(err_code(), EPERM);
	ck_assert_str_eq(err_text(), "file: line 3: no");
}
END_TEST

START_TEST(error_is_cleared)
{
	err_set(EPERM, "no");
	err_clear();
	ck_assert_str_eq(err_text(), "");
	ck_assert_int_eq(err_code(), EIO); /* a failure always has a number */
}
END_TEST

START_TEST(long_error_is_cut)
{
	char *text = xcalloc(1, 2 * ERR_TEXT);
	memset(text, 'a', 2 * ERR_TEXT - 1);
	err_set(EINVAL, "%s", text);
	ck_assert_uint_eq(strlen(err_text()), ERR_TEXT - 1);
	err_wrap("b");
	ck_assert_uint_eq(strlen(err_text()), ERR_TEXT - 1);
	ck_assert_int_eq(strncmp(err_text(), "b: aaa", 6), 0);
	errno = EIO;
	err_sys("%s", text);
	ck_assert_uint_eq(strlen(err_text()), ERR_TEXT - 1);
	ck_assert_int_eq(err_code(), EIO);
	free(text);
}
END_TEST

START_TEST(error_is_taken_over)
{
	struct err e;
	err_set(ENOSPC, "full");
	err_copy(&e);
	err_clear();
	ck_assert_int_eq(err_restore(&e), -1);
	ck_assert_str_eq(err_text(), "full");
	memset(e.text, 'x', sizeof(e.text)); /* from a hostile process: no end */
	err_restore(&e);
	ck_assert_uint_eq(strlen(err_text()), ERR_TEXT - 1);
}
END_TEST

/* Errors go over the wire whole: nothing of an older, longer one may go with them. */
START_TEST(foreign_error_is_made_plain)
{
	struct err e = {EIO, "a\nb\x1b[2J\xff z"};
	err_tidy(&e);
	ck_assert_str_eq(e.text, "a?b?[2J? z");
	ck_assert_int_eq(e.code, EIO);
	memset(e.text, 'x', sizeof(e.text)); /* without an end */
	err_tidy(&e);
	ck_assert_uint_eq(strlen(e.text), ERR_TEXT - 1);
}
END_TEST

START_TEST(error_leaks_no_older_one)
{
	struct err e;
	err_set(EPERM, "a secret that is long");
	err_set(EPERM, "short");
	err_copy(&e);
	for (size_t i = strlen("short"); i < sizeof(e.text); i++)
		ck_assert_int_eq(e.text[i], '\0');
}
END_TEST

/* ---- buf ---- */

START_TEST(buffer_grows)
{
	struct buf b = {0};
	ck_assert_str_eq(buf_text(&b), "");
	for (size_t i = 0; i < 1000; i++) {
		buf_printf(&b, "%03zu", i);
		ck_assert_uint_eq(b.len, 3 * (i + 1));
		ck_assert_uint_lt(b.len, b.room);
	}
	for (size_t i = 0; i < 1000; i++)
		ck_assert_int_eq(
		    atoi((char[]){b.at[3 * i], b.at[3 * i + 1], b.at[3 * i + 2], '\0'}), (int)i);
	buf_cut(&b, 2);
	ck_assert_str_eq(buf_text(&b), "00");
	buf_finish(&b);
	ck_assert_ptr_null(b.at);
	buf_finish(&b);
}
END_TEST

START_TEST(buffer_keeps_any_byte)
{
	struct buf b = {0};
	size_t len;
	buf_add(&b, NULL, 0);
	buf_add(&b, "a\0b", 3);
	buf_str(&b, "");
	buf_printf(&b, "%s", "");
	char *at = buf_take(&b, &len);
	ck_assert_uint_eq(len, 3);
	ck_assert_mem_eq(at, "a\0b", 4);
	free(at);
	ck_assert_uint_eq(b.len, 0);
	at = buf_take(&b, NULL); /* an empty one gives a text too */
	ck_assert_str_eq(at, "");
	free(at);
	buf_cut(&b, 0);
	ck_assert_str_eq(buf_text(&b), "");
}
END_TEST

/* ---- list ---- */

struct item {
	int n;
	struct list link;
};

static int sum(struct list *head)
{
	int digits = 0;
	list_each(it, head, struct item, link)
		digits = digits * 10 + it->n;
	return digits;
}

START_TEST(list_keeps_order)
{
	struct list head;
	struct item items[4] = {{.n = 1}, {.n = 2}, {.n = 3}, {.n = 4}};
	list_init(&head);
	ck_assert(list_empty(&head));
	ck_assert_int_eq(sum(&head), 0);
	for (size_t i = 0; i < NELEM(items); i++)
		list_add_tail(&head, &items[i].link);
	ck_assert_int_eq(sum(&head), 1234);
	list_del(&items[0].link);
	list_del(&items[3].link);
	list_del(&items[3].link); /* twice is harmless */
	ck_assert_int_eq(sum(&head), 23);
	list_add_tail(head.next, &items[0].link); /* before the first */
	ck_assert_int_eq(sum(&head), 123);
}
END_TEST

START_TEST(each_may_delete)
{
	struct list head;
	struct item items[4] = {{.n = 1}, {.n = 2}, {.n = 3}, {.n = 4}};
	list_init(&head);
	for (size_t i = 0; i < NELEM(items); i++)
		list_add_tail(&head, &items[i].link);
	list_each(it, &head, struct item, link)
		if (it->n % 2 == 0)
			list_del(&it->link);
	ck_assert_int_eq(sum(&head), 13);
	list_each(all, &head, struct item, link)
		list_del(&all->link);
	ck_assert(list_empty(&head));
}
END_TEST

/* ---- fd, mem ---- */

START_TEST(descriptors_are_handed_over)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), none = -1;
	int moved = fd_move(&fd);
	ck_assert_int_eq(fd, -1);
	errno = EAGAIN;
	fd_close(&fd);
	fd_close(&none);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_ge(fcntl(moved, F_GETFD), 0);
	fd_close(&moved);
	ck_assert_int_eq(moved, -1);
}
END_TEST

START_TEST(files_are_read_whole)
{
	struct buf b = {0};
	ck_assert_int_eq(fd_read_at(AT_FDCWD, "/proc/self/status", &b), 0);
	ck_assert_ptr_nonnull(strstr(buf_text(&b), "nonvoluntary_ctxt_switches"));
	buf_cut(&b, 0);
	ck_assert_int_eq(fd_read_at(AT_FDCWD, "/proc/self/nonesuch", &b), -1);
	ck_assert_int_eq(err_code(), ENOENT);
	ck_assert_int_eq(fd_write_at(AT_FDCWD, "/proc/self/nonesuch", "1"), -1);
	ck_assert_int_eq(err_code(), ENOENT);
	buf_finish(&b);
}
END_TEST

START_TEST(strings_are_copied)
{
	char *s = xstrndup("abcdef", 3), *t = xasprintf("%s-%d", s, 5);
	ck_assert_str_eq(s, "abc");
	ck_assert_str_eq(t, "abc-5");
	free(s);
	free(t);
	unsigned char *zero = xcalloc(3, 5);
	for (int i = 0; i < 15; i++)
		ck_assert_int_eq(zero[i], 0);
	free(zero);
}
END_TEST

START_TEST(lists_are_joined)
{
	struct list head, other;
	struct item items[4] = {{.n = 1}, {.n = 2}, {.n = 3}, {.n = 4}};
	list_init(&head);
	list_init(&other);
	list_append(&head, &other); /* two empty ones */
	ck_assert(list_empty(&head));
	for (int i = 0; i < 2; i++)
		list_add_tail(&other, &items[i].link);
	list_append(&head, &other);
	ck_assert(list_empty(&other));
	list_append(&head, &other); /* nothing more */
	for (int i = 2; i < 4; i++)
		list_add_tail(&other, &items[i].link);
	list_append(&head, &other);
	int want = 1;
	list_each(it, &head, struct item, link)
		ck_assert_int_eq(it->n, want++);
	ck_assert_int_eq(want, 5);
}
END_TEST

/* ---- hash ---- */

struct entry {
	struct list link;
	uint64_t a, b;
};

static const struct entry *look(struct hash *h, uint64_t a, uint64_t b)
{
	list_each(e, hash_bucket(h, a, b), struct entry, link)
		if (e->a == a && e->b == b)
			return e;
	return NULL;
}

START_TEST(hash_finds_each)
{
	enum { ENTRIES = 4 * HASH_BUCKETS };
	static struct hash h; /* all zero is empty */
	static struct entry entries[ENTRIES];
	ck_assert_ptr_null(look(&h, 1, 2));
	for (uint64_t i = 0; i < ENTRIES; i++) {
		entries[i].a = i << 16;
		entries[i].b = i % 7 << 40;
		list_add_tail(hash_bucket(&h, entries[i].a, entries[i].b), &entries[i].link);
	}
	for (uint64_t i = 0; i < ENTRIES; i++)
		ck_assert_ptr_eq(look(&h, i << 16, i % 7 << 40), &entries[i]);
	ck_assert_ptr_null(look(&h, 7 << 16, 1)); /* of the pair, one is another's */
	list_del(&entries[5].link);
	ck_assert_ptr_null(look(&h, entries[5].a, entries[5].b));
}
END_TEST

/* Numbers as ours are, multiples of 65536, do not fall together. */
START_TEST(hash_spreads)
{
	static struct hash h;
	static struct entry entries[HASH_BUCKETS];
	size_t longest = 0;
	for (uint64_t i = 0; i < HASH_BUCKETS; i++)
		list_add_tail(hash_bucket(&h, i << 16, i << 40), &entries[i].link);
	for (size_t i = 0; i < HASH_BUCKETS; i++) {
		size_t n = 0;
		if (h.buckets[i].next != NULL)
			list_each(e, &h.buckets[i], struct entry, link)
				n++;
		longest = n > longest ? n : longest;
	}
	ck_assert_uint_lt(longest, 12);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("base");
	TCase *t = tcase_create("base");
	tcase_add_test(t, error_has_both);
	tcase_add_test(t, error_of_the_system);
	tcase_add_test(t, error_is_wrapped);
	tcase_add_test(t, error_is_cleared);
	tcase_add_test(t, long_error_is_cut);
	tcase_add_test(t, error_is_taken_over);
	tcase_add_test(t, error_leaks_no_older_one);
	tcase_add_test(t, foreign_error_is_made_plain);
	tcase_add_test(t, buffer_grows);
	tcase_add_test(t, buffer_keeps_any_byte);
	tcase_add_test(t, list_keeps_order);
	tcase_add_test(t, lists_are_joined);
	tcase_add_test(t, hash_finds_each);
	tcase_add_test(t, hash_spreads);
	tcase_add_test(t, each_may_delete);
	tcase_add_test(t, descriptors_are_handed_over);
	tcase_add_test(t, files_are_read_whole);
	tcase_add_test(t, strings_are_copied);
	suite_add_tcase(s, t);
	return suite_run(s);
}
