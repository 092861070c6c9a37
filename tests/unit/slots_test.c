/* vm/slots: which CPU comes next, and which goes. */
#include <check.h>
#include <errno.h>

#include "base/err.h"
#include "base/list.h"
#include "tests/unit/suite.h"
#include "vm/slots.h"

#define SLOT(core, more)                                                                           \
	"{\"props\": {\"core-id\": " core ", \"thread-id\": 0, \"socket-id\": 0}, "                \
	"\"vcpus-count\": 1, \"type\": \"max-x86_64-cpu\"" more "}"
#define TAKEN(core) SLOT(core, ", \"qom-path\": \"/machine/device[" core "]\"")
#define ADD(core)                                                                                  \
	"{\"execute\":\"device_add\",\"arguments\":{\"driver\":\"max-x86_64-cpu\",\"socket-id\":"  \
	"0,"                                                                                       \
	"\"core-id\":" core ",\"thread-id\":0}}"
#define REMOVE(core)                                                                               \
	"{\"execute\":\"device_del\",\"arguments\":{\"id\":\"/machine/device[" core "]\"}}"

static const struct {
	const char *slots;
	unsigned taken;
	const char *add, *remove; /* NULL: refused */
} cases[] = {
    {"[" SLOT("2", "") "," SLOT("1", "") "," TAKEN("0") "]", 1, ADD("1"), REMOVE("0")},
    {"[" TAKEN("0") "," TAKEN("1") "," SLOT("2", "") "]", 2, ADD("2"), REMOVE("1")},
    {"[" TAKEN("1") "," TAKEN("0") "]", 2, NULL, REMOVE("1")},
    {"[" SLOT("0", "") "]", 0, ADD("0"), NULL},
    {"[]", 0, NULL, NULL},
    {"{}", 0, NULL, NULL},
    {"[1, {\"type\": 2}]", 0, NULL, NULL},
    {"[{\"type\": \"x\\\",\"}]", 0, NULL, NULL},
    {"[{\"qom-path\": \"/a\\\"b\"}]", 1, NULL, NULL},
    {"[{\"qom-path\": \"a\"}]", 1, NULL, NULL},
    {"[{\"qom-path\": \"/a\\nb\"}]", 1, NULL, NULL},
    {"[{\"type\": \"x\", \"props\": {\"core-id\": -1, \"thread-id\": 1e99}}]", 0,
	"{\"execute\":\"device_add\",\"arguments\":{\"driver\":\"x\"}}", NULL},
};

static void expect(int result, struct buf *command, const char *wanted)
{
	ck_assert_int_eq(result, wanted != NULL ? 0 : -1);
	if (wanted != NULL)
		ck_assert_str_eq(buf_text(command), wanted);
	else
		ck_assert_int_eq(err_code(), EIO);
	buf_finish(command);
}

START_TEST(next_one_is_found)
{
	struct buf command = {0};
	json_t *slots = json_loads(cases[_i].slots, JSON_DECODE_INT_AS_REAL, NULL);
	ck_assert_ptr_nonnull(slots);
	ck_assert_uint_eq(slots_taken(slots), cases[_i].taken);
	expect(slots_add(slots, &command), &command, cases[_i].add);
	expect(slots_remove(slots, &command), &command, cases[_i].remove);
	json_decref(slots);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("slots");
	TCase *t = tcase_create("slots");
	tcase_add_loop_test(t, next_one_is_found, 0, NELEM(cases));
	suite_add_tcase(s, t);
	return suite_run(s);
}
