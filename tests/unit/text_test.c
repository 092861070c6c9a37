/* fs/text: texts that take time, and the text whose size somebody was told. */
#include "fs/text.c" /* what is kept is made older here */

#include <check.h>

#include "tests/fuzz/house.h"
#include "tests/unit/suite.h"

enum { USER = 1000, OTHER = 1001, FH = 1 };
static const int64_t moment = TEXT_AGE, half = TEXT_DUE / 2;

static struct obj obj;
static unsigned asked; /* so often a row was asked for its text */
static struct req reqs[3];

static int show_slow(struct obj *o, const struct row *r, struct buf *b)
{
	(void)o, (void)r, (void)b;
	asked++;
	return TEXT_WAITS;
}

static int show_count(struct obj *o, const struct row *r, struct buf *b)
{
	(void)o, (void)r;
	buf_printf(b, "%u\n", ++asked);
	return 0;
}

static const char *log_text;

static int show_log_text(struct obj *o, const struct row *r, struct buf *b)
{
	(void)o, (void)r;
	buf_str(b, log_text);
	return 0;
}

static const struct row rows[] = {
    {2, "slow", 0444, ROW_COUNTER, "", .show = show_slow},
    {3, "count", 0444, ROW_COUNTER, "", .show = show_count},
    {4, "log", 0444, ROW_COUNTER | ROW_GROWS, "", .show = show_log_text},
    {0},
};
static const struct row *const tables[] = {rows, NULL};
static const struct type type = {.name = "type", .tables = tables};
static const struct node slow = {&obj, &rows[0], 0}, count = {&obj, &rows[1], 0},
			 grows = {&obj, &rows[2], 0};

static void open_tree(void)
{
	obj = (struct obj){0};
	tree_init(&obj, &type);
	obj.changed = 0;
	asked = house.answers = 0;
	loop_init();
}

static void close_tree(void)
{
	for (uint64_t fh = 0; fh < 4; fh++) {
		text_drop(node_inode(&slow), fh << 40);
		text_drop(node_inode(&count), fh << 40);
		text_drop(node_inode(&grows), fh << 40);
	}
	for (uid_t uid = USER; uid <= OTHER; uid++) {
		text_drop(node_inode(&slow), uid);
		text_drop(node_inode(&count), uid);
	}
	tree_finish();
	buf_finish(&house.text);
	loop_finish();
}

/* By open file number fh; what was read is in house. */
static void read_by(struct req *r, uid_t uid, uint64_t fh, const struct node *n)
{
	*r = (struct req){.node = node_inode(n), .fh = fh << 40, .size = 100, .uid = uid};
	list_init(&r->link);
	file_read(r, n);
}

static const char *read_count(uid_t uid, uint64_t fh)
{
	read_by(&reqs[0], uid, fh, &count);
	return buf_text(&house.text);
}

static void done(const char *text)
{
	struct buf b = {0};
	buf_str(&b, text);
	text_done(&obj, slow.row, &b);
}

static void stop(void *arg)
{
	(void)arg;
	loop_stop(0);
}

/* Until those who wait have waited long enough. */
static void lose_patience(void)
{
	struct source *end = loop_after(TEXT_PATIENCE, stop, NULL);
	loop_run();
	loop_close(&end);
}

static void make_older(const struct node *n, int64_t by)
{
	struct text *t = find_latest(node_inode(n), 0);
	ck_assert_ptr_nonnull(t);
	t->made -= by;
}

static void stat_as(uid_t uid, const struct node *n, uint64_t *size)
{
	int64_t mtime;
	ck_assert_int_eq(file_stat(n, uid, size, &mtime), 0);
}

/* ---- texts that take time ---- */

START_TEST(readers_wait_for_one_answer)
{
	for (unsigned i = 0; i < 3; i++)
		read_by(&reqs[i], USER, i, &slow);
	ck_assert_uint_eq(house.answers, 0);
	ck_assert_uint_eq(asked, 1);
	done("seven\n");
	ck_assert_uint_eq(house.answers, 3);
	ck_assert_int_eq(house.code, 0);
	ck_assert_str_eq(buf_text(&house.text), "seven\n");
	ck_assert_ptr_null(find_fetch(&slow));
}
END_TEST

static uint64_t told_size;

static void tell_size(struct req *r, const struct node *n)
{
	int64_t mtime;
	ck_assert_int_eq(file_stat(n, r->uid, &told_size, &mtime), 0);
	house.answers++;
}

START_TEST(stat_waits_as_well)
{
	uint64_t size;
	int64_t mtime;
	reqs[0] = (struct req){.uid = USER};
	list_init(&reqs[0].link);
	ck_assert_int_eq(file_stat(&slow, USER, &size, &mtime), TEXT_WAITS);
	text_wait(&reqs[0], &slow, tell_size);
	ck_assert_uint_eq(house.answers, 0);
	done("seven\n");
	ck_assert_uint_eq(house.answers, 1);
	ck_assert_uint_eq(told_size, 6);
}
END_TEST

START_TEST(nobody_waits_for_ever)
{
	uint64_t size;
	read_by(&reqs[0], USER, FH, &slow);
	lose_patience();
	ck_assert_uint_eq(house.answers, 1);
	ck_assert_int_eq(house.code, EIO);
	read_by(&reqs[0], USER, FH, &slow);
	ck_assert_uint_eq(house.answers, 2); /* at once */
	ck_assert_int_eq(house.code, EIO);
	stat_as(USER, &slow, &size);
	ck_assert_uint_eq(size, 0);
	ck_assert_uint_eq(asked, 1);
	done("late\n");
	read_by(&reqs[0], USER, FH, &slow);
	ck_assert_uint_eq(asked, 2);
	done("seven\n");
	ck_assert_str_eq(buf_text(&house.text), "seven\n");
}
END_TEST

START_TEST(what_is_known_is_given_in_the_end)
{
	uint64_t size;
	read_by(&reqs[0], USER, FH, &slow);
	done("seven\n");
	make_older(&slow, moment);
	read_by(&reqs[0], USER, FH, &slow);
	ck_assert_uint_eq(house.answers, 1);
	lose_patience();
	ck_assert_uint_eq(house.answers, 2);
	ck_assert_str_eq(buf_text(&house.text), "seven\n");
	stat_as(USER, &slow, &size);
	ck_assert_uint_eq(size, 6);
	ck_assert_uint_eq(asked, 2);
}
END_TEST

START_TEST(what_was_known_in_another_state_is_not)
{
	read_by(&reqs[0], USER, FH, &slow);
	done("seven\n");
	make_older(&slow, moment);
	obj.changed = now_ns();
	read_by(&reqs[0], USER, FH, &slow);
	lose_patience();
	ck_assert_int_eq(house.code, EIO);
}
END_TEST

START_TEST(a_failure_is_told)
{
	read_by(&reqs[0], USER, FH, &slow);
	err_set(EOPNOTSUPP, "nothing is counted");
	text_done(&obj, slow.row, NULL);
	ck_assert_int_eq(house.code, EOPNOTSUPP);
	read_by(&reqs[0], USER, FH, &slow);
	ck_assert_uint_eq(house.answers, 1);
	ck_assert_uint_eq(asked, 2);
	done("");
	ck_assert_uint_eq(house.answers, 2);
	ck_assert_int_eq(house.code, 0);
}
END_TEST

START_TEST(who_waits_may_go)
{
	read_by(&reqs[0], USER, FH, &slow);
	reqs[0].cancel(&reqs[0]);
	done("seven\n");
	ck_assert_uint_eq(house.answers, 0);
}
END_TEST

START_TEST(the_object_may_go)
{
	read_by(&reqs[0], USER, FH, &slow);
	text_forget(&obj);
	ck_assert_int_eq(house.code, ENOENT);
	done("seven\n");
	text_done(&obj, slow.row, NULL);
	ck_assert_uint_eq(house.answers, 1);
}
END_TEST

/* ---- sizes that were told ---- */

START_TEST(a_size_that_was_told_is_true)
{
	uint64_t size;
	stat_as(USER, &count, &size);
	make_older(&count, half);
	ck_assert_str_eq(read_count(OTHER, FH), "2\n"); /* nobody told him */
	make_older(&count, moment);
	ck_assert_str_eq(read_count(USER, FH + 1), "1\n");
}
END_TEST

START_TEST(but_not_for_long)
{
	uint64_t size;
	stat_as(USER, &count, &size);
	make_older(&count, moment);
	kept_find(node_inode(&count), USER, TEXT_READ)->since -= TEXT_DUE;
	ck_assert_str_eq(read_count(USER, FH), "2\n");
}
END_TEST

/* As the kernel does by itself at an open. */
START_TEST(who_asks_again_is_told_the_same)
{
	uint64_t size;
	stat_as(USER, &count, &size);
	make_older(&count, half);
	stat_as(USER, &count, &size);
	ck_assert_str_eq(read_count(USER, FH), "1\n");
}
END_TEST

START_TEST(until_he_has_read_it)
{
	uint64_t size;
	for (unsigned i = 1; i < 4; i++) {
		stat_as(USER, &count, &size);
		ck_assert_uint_eq(asked, i);
		read_count(USER, FH);
		make_older(&count, moment);
	}
}
END_TEST

START_TEST(or_it_is_old)
{
	uint64_t size;
	stat_as(USER, &count, &size);
	make_older(&count, TEXT_DUE);
	stat_as(USER, &count, &size);
	ck_assert_str_eq(read_count(USER, FH), "2\n");
}
END_TEST

START_TEST(a_second_read_is_made_anew)
{
	uint64_t size;
	stat_as(USER, &count, &size);
	ck_assert_str_eq(read_count(USER, FH), "1\n");
	make_older(&count, moment);
	ck_assert_str_eq(read_count(USER, FH), "2\n");
	make_older(&count, moment);
	stat_as(USER, &count, &size);
	make_older(&count, moment);
	ck_assert_str_eq(read_count(USER, FH), "3\n");
}
END_TEST

START_TEST(a_change_makes_it_anew)
{
	uint64_t size;
	stat_as(USER, &count, &size);
	obj.version++;
	ck_assert_str_eq(read_count(USER, FH), "2\n");
}
END_TEST

/* ---- texts that grow ---- */

static const char *read_log_at(uint64_t off)
{
	reqs[0] = (struct req){
	    .node = node_inode(&grows), .fh = UINT64_C(1) << 40, .off = off, .size = 100};
	list_init(&reqs[0].link);
	file_read(&reqs[0], &grows);
	return buf_text(&house.text);
}

START_TEST(who_has_read_all_gets_what_was_added)
{
	log_text = "one\n";
	ck_assert_str_eq(read_log_at(0), "one\n");
	make_older(&grows, moment);
	ck_assert_str_eq(read_log_at(4), "");
	log_text = "one\ntwo\n";
	make_older(&grows, moment);
	ck_assert_str_eq(read_log_at(1), "ne\n"); /* what it reads is of one moment */
	ck_assert_str_eq(read_log_at(4), "two\n");
	ck_assert_str_eq(read_log_at(8), "");
}
END_TEST

START_TEST(where_the_head_has_gone_it_is_as_a_file_cut_short)
{
	log_text = "one\ntwo\n";
	ck_assert_str_eq(read_log_at(0), "one\ntwo\n");
	log_text = "two\n";
	make_older(&grows, moment);
	ck_assert_str_eq(read_log_at(8), "");
	ck_assert_str_eq(read_log_at(0), "two\n");
	log_text = "three\n";
	make_older(&grows, moment);
	ck_assert_str_eq(read_log_at(4), "e\n");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("text");
	TCase *t = tcase_create("text");
	tcase_add_checked_fixture(t, open_tree, close_tree);
	tcase_add_test(t, readers_wait_for_one_answer);
	tcase_add_test(t, stat_waits_as_well);
	tcase_add_test(t, nobody_waits_for_ever);
	tcase_add_test(t, what_is_known_is_given_in_the_end);
	tcase_add_test(t, what_was_known_in_another_state_is_not);
	tcase_add_test(t, a_failure_is_told);
	tcase_add_test(t, who_waits_may_go);
	tcase_add_test(t, the_object_may_go);
	tcase_add_test(t, a_size_that_was_told_is_true);
	tcase_add_test(t, but_not_for_long);
	tcase_add_test(t, who_asks_again_is_told_the_same);
	tcase_add_test(t, until_he_has_read_it);
	tcase_add_test(t, or_it_is_old);
	tcase_add_test(t, a_second_read_is_made_anew);
	tcase_add_test(t, a_change_makes_it_anew);
	tcase_add_test(t, who_has_read_all_gets_what_was_added);
	tcase_add_test(t, where_the_head_has_gone_it_is_as_a_file_cut_short);
	suite_add_tcase(s, t);
	return suite_run(s);
}
