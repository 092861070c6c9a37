/* vm/model: is a CPU model to be had here, as QEMU says. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/list.h"
#include "tests/unit/suite.h"
#include "vm/model.h"

#define FEW "\"avx\", \"pcid\""
#define LONG "\"a-long-name-of-a-feature-of-which-there-are-very-many-in-new-processors\""

static const struct {
	const char *models, *name;
	int code;
	const char *error; /* a part of it */
} cases[] = {
    {"[{\"name\": \"Nehalem\", \"unavailable-features\": []}]", "Nehalem", 0, NULL},
    {"[{\"name\": \"Nehalem\"}]", "Nehalem", 0, NULL},
    {"[{\"name\": \"Nehalem\"}]", "Nehalen", EINVAL, "QEMU has no model Nehalen: give auto"},
    {"[]", "Nehalem", EINVAL, "QEMU has no model"},
    {"{}", "Nehalem", EINVAL, "QEMU has no model"},
    {"[1, {\"name\": 2}]", "Nehalem", EINVAL, "QEMU has no model"},
    {"[{\"name\": \"Haswell\", \"unavailable-features\": [" FEW "]}]", "Haswell", EOPNOTSUPP,
	"this host lacks what Haswell has (avx, pcid): give auto, or an older model"},
    {"[{\"name\": \"Haswell\", \"unavailable-features\": [1, \"\\u001b\"]}]", "Haswell", EOPNOTSUPP,
	"(?, ?): give"},
    {"[{\"name\": \"Haswell\", \"unavailable-features\": [" LONG ", " LONG ", " LONG ", " LONG
     "]}]",
	"Haswell", EOPNOTSUPP, " ...): give"},
};

START_TEST(model_is_looked_up)
{
	json_t *models = json_loads(cases[_i].models, 0, NULL);
	ck_assert_ptr_nonnull(models);
	err_clear();
	ck_assert_int_eq(model_fits(models, cases[_i].name), cases[_i].code == 0 ? 0 : -1);
	if (cases[_i].code != 0) {
		ck_assert_int_eq(err_code(), cases[_i].code);
		ck_assert_msg(strstr(err_text(), cases[_i].error) != NULL, "%s", err_text());
	}
	json_decref(models);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("model");
	TCase *t = tcase_create("model");
	tcase_add_loop_test(t, model_is_looked_up, 0, NELEM(cases));
	suite_add_tcase(s, t);
	return suite_run(s);
}
