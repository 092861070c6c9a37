/* monitor/metadata: frames of SmartOS's metadata protocol. */
#include <check.h>

#include "monitor/metadata/frame.c"

#include "base/list.h"
#include "tests/unit/suite.h"

/* decoded NULL: refused */
static const struct {
	const char *text, *decoded;
} base64[] = {{"", ""}, {"Zg==", "f"}, {"Zm8=", "fo"}, {"Zm9v", "foo"}, {"Zm9vYg==", "foob"},
    {"Zm9vYg", "foob"}, {"Zm9vYmFy", "foobar"}, {"Z", NULL}, {"====", NULL}, {"Zg=", NULL},
    {"Z===", NULL}, {"Zg==Zg==", NULL}, {"Zm 9", NULL}, {"Zm\n=", NULL}};

START_TEST(decoded)
{
	struct buf b = {0};
	const char *want = base64[_i].decoded;
	buf_str(&b, "x");
	ck_assert_int_eq(
	    frame_decode(&b, base64[_i].text, strlen(base64[_i].text)), want != NULL ? 0 : -1);
	ck_assert_str_eq(buf_text(&b) + 1, want != NULL ? want : "");
	buf_finish(&b);
}
END_TEST

/* The example of the protocol's description, section 4.4. */
#define EXAMPLE "V2 21 265ae1d8 dc4fae17 SUCCESS W10="

START_TEST(the_example_is_read_and_made)
{
	struct frame f;
	struct buf b = {0};
	ck_assert_int_eq(frame_read(EXAMPLE, strlen(EXAMPLE), &f), 0);
	ck_assert_str_eq(f.request, "dc4fae17");
	ck_assert_str_eq(f.code, "SUCCESS");
	ck_assert_str_eq(buf_text(&f.payload), "[]");
	frame_add(&b, f.request, f.code, buf_text(&f.payload), f.payload.len);
	ck_assert_str_eq(buf_text(&b), EXAMPLE "\n");
	buf_finish(&f.payload);
	buf_finish(&b);
}
END_TEST

static const char *const broken[] = {"", "V2", "V2 ", "V1 21 265ae1d8 dc4fae17 SUCCESS W10=",
    "V2 20 265ae1d8 dc4fae17 SUCCESS W10=", "V2 21 265ae1d9 dc4fae17 SUCCESS W10=",
    "V2 -21 265ae1d8 dc4fae17 SUCCESS W10=", "V2 21 265AE1D8 dc4fae17 SUCCESS W10=",
    "V2 21  265ae1d8 dc4fae17 SUCCESS W10=", "V2 21 265ae1d8", "V2 0 00000000 ",
    "V2 000000021 265ae1d8 dc4fae17 SUCCESS W10=", EXAMPLE " "};

START_TEST(what_is_no_frame_is_refused)
{
	struct frame f;
	ck_assert_int_eq(frame_read(broken[_i], strlen(broken[_i]), &f), -1);
	ck_assert_uint_eq(f.payload.len, 0);
}
END_TEST

START_TEST(any_bytes_come_back)
{
	char bytes[300];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7);
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		struct frame f;
		struct buf b = {0};
		frame_add(&b, "0000000a", "PUT", bytes, n);
		ck_assert_int_eq(frame_read(b.at, b.len - 1, &f), 0);
		ck_assert_uint_eq(f.payload.len, n);
		ck_assert_int_eq(memcmp(buf_text(&f.payload), bytes, n), 0);
		buf_finish(&f.payload);
		buf_finish(&b);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("metadata");
	TCase *t = tcase_create("frames");
	tcase_add_loop_test(t, decoded, 0, NELEM(base64));
	tcase_add_test(t, the_example_is_read_and_made);
	tcase_add_loop_test(t, what_is_no_frame_is_refused, 0, NELEM(broken));
	tcase_add_test(t, any_bytes_come_back);
	suite_add_tcase(s, t);
	return suite_run(s);
}
