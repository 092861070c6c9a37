/* zone/snapshot/layers: the tree of layers as arithmetic, and what a settings file may say of it.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/list.h"
#include "tests/unit/suite.h"
#include "zone/snapshot/layers.h"

static struct layers layers;

static void setup(void)
{
	layers_init(&layers);
}

/* A snapshot of the top, and a new top. */
static uint32_t keep(void)
{
	uint32_t was = layers.top;
	ck_assert_int_eq(layers_add(&layers, was, false, &layers.top), 0);
	layers_find(&layers, was)->named = true;
	layers_prune(&layers);
	return was;
}

static void back(uint32_t to)
{
	ck_assert_int_eq(layers_add(&layers, to, false, &layers.top), 0);
	layers_prune(&layers);
}

static void drop(uint32_t no)
{
	layers_find(&layers, no)->named = false;
	layers_prune(&layers);
}

static void stack_is(const char *wanted)
{
	struct helper_stack s;
	struct buf b = {0};
	layers_stack(&layers, &s);
	for (uint32_t i = 0; i < s.depth; i++)
		buf_printf(&b, "%u ", s.layers[i]);
	ck_assert_str_eq(buf_text(&b), wanted);
	buf_finish(&b);
}

START_TEST(snapshots_stack)
{
	uint32_t upper, lower;
	stack_is("0 ");
	ck_assert(layers_are_plain(&layers));
	uint32_t a = keep(), b = keep();
	stack_is("2 1 0 ");
	back(a);
	stack_is("3 0 ");
	ck_assert(layers_find(&layers, 2)->dead);
	ck_assert(!layers_find(&layers, b)->dead);
	ck_assert(!layers_pair(&layers, &upper, &lower));
	drop(b);
	ck_assert(layers_find(&layers, b)->dead);
	stack_is("3 0 ");
}
END_TEST

START_TEST(unnamed_one_is_merged_with_the_next)
{
	uint32_t upper, lower, into;
	uint32_t a = keep(), b = keep();
	drop(a);
	ck_assert(layers_pair(&layers, &upper, &lower));
	ck_assert_uint_eq(upper, b);
	ck_assert_uint_eq(lower, a);
	ck_assert_int_eq(layers_add(&layers, LAYER_NONE, true, &into), 0);
	ck_assert(layers_merged(&layers, upper, lower, into));
	stack_is("2 3 ");
	ck_assert(layers_find(&layers, into)->named);
	ck_assert(layers_find(&layers, a)->dead && layers_find(&layers, b)->dead);
	ck_assert(!layers_merged(&layers, upper, lower, into));
	ck_assert(!layers_pair(&layers, &upper, &lower));
}
END_TEST

START_TEST(pair_that_changed_is_not_merged)
{
	uint32_t upper, lower, into;
	uint32_t a = keep();
	drop(a);
	ck_assert(layers_pair(&layers, &upper, &lower));
	ck_assert_int_eq(layers_add(&layers, LAYER_NONE, true, &into), 0);
	layers_find(&layers, a)->named = true;
	ck_assert(!layers_merged(&layers, upper, lower, into));
	back(a);
	layers_find(&layers, a)->named = false;
	ck_assert(!layers_merged(&layers, upper, lower, into));
	ck_assert(layers_find(&layers, into)->dead);
}
END_TEST

START_TEST(there_is_an_end_to_them)
{
	uint32_t no;
	for (unsigned i = 1; i < LAYERS_OWN; i++)
		keep();
	ck_assert_int_eq(layers_add(&layers, layers.top, false, &no), -1);
	ck_assert_int_eq(err_code(), ENOSPC);
	ck_assert_int_eq(layers_add(&layers, LAYER_NONE, true, &no), 0);
	ck_assert_int_eq(layers_add(&layers, LAYER_NONE, true, &no), -1);
}
END_TEST

static int line_load(struct layers *l, const char *line)
{
	char key[32];
	size_t n = strcspn(line, " ");
	memcpy(key, line, n);
	key[n] = '\0';
	return layers_load(l, key, line + n + (line[n] == ' ' ? 1 : 0));
}

START_TEST(what_is_saved_is_loaded)
{
	struct buf b = {0}, again = {0};
	struct layers other;
	keep();
	back(keep());
	layers_save(&layers, &b);
	layers_init(&other);
	char *text = strdup(buf_text(&b));
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
		ck_assert_int_eq(line_load(&other, line), 0);
	layers_save(&other, &again);
	ck_assert_str_eq(buf_text(&again), buf_text(&b));
	free(text);
	buf_finish(&b);
	buf_finish(&again);
}
END_TEST

static const struct {
	const char *line;
	int result;
} lines[] = {{"layer 1 0 live", 0}, {"layer 2 - dead", 0}, {"layer 0 - live", 0}, {"other 1", 1},
    {"layer 1 1 live", -1}, {"layer 9 0 live", -1}, {"layer 1 9 live", -1}, {"layer 1 0", -1},
    {"layer 1 0 undead", -1}, {"layer 1 x live", -1}, {"layer 1 0 live x", -1}, {"layers", -1},
    {"layers 5 5", -1}, {"layers 0 1", -1}, {"layers 1 2 3", -1}, {"layer", -1}};

START_TEST(bad_line_is_refused)
{
	ck_assert_int_eq(layers_load(&layers, "layers", "3 4"), 0);
	ck_assert_int_eq(line_load(&layers, lines[_i].line), lines[_i].result);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("layers");
	TCase *t = tcase_create("layers");
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, snapshots_stack);
	tcase_add_test(t, unnamed_one_is_merged_with_the_next);
	tcase_add_test(t, pair_that_changed_is_not_merged);
	tcase_add_test(t, there_is_an_end_to_them);
	tcase_add_test(t, what_is_saved_is_loaded);
	tcase_add_loop_test(t, bad_line_is_refused, 0, NELEM(lines));
	suite_add_tcase(s, t);
	return suite_run(s);
}
