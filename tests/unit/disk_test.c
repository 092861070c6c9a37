/* vm/disk: what the line of a disk says. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/suite.h"
#include "vm/vm.h"

#define WANTED                                                                                     \
	"give path=FILE or image=NAME, format=raw|qcow2 bus=virtio|sata|ide|nvme readonly=on|off " \
	"size=N, or none"

static const struct {
	const char *text;
	struct disk d;
} taken[] = {
    {"path=/d", {"/d", "raw", "virtio", false, 0, NULL}},
    {"  path=/d\t", {"/d", "raw", "virtio", false, 0, NULL}},
    {"path=/d format=raw bus=virtio readonly=off", {"/d", "raw", "virtio", false, 0, NULL}},
    {"bus=ide readonly=on path=/a=b", {"/a=b", "raw", "ide", true, 0, NULL}},
    {"'path=/a b' bus=sata", {"/a b", "raw", "sata", false, 0, NULL}},
    {"path='/a b' bus=nvme", {"/a b", "raw", "nvme", false, 0, NULL}},
    {"path=/d,cache=none", {"/d,cache=none", "raw", "virtio", false, 0, NULL}},
    {"path=/d format=qcow2", {"/d", "qcow2", "virtio", false, 0, NULL}},
    {"path=/d size=2G", {"/d", "raw", "virtio", false, UINT64_C(2) << 30, NULL}},
    {"path=/d size=1024T", {"/d", "raw", "virtio", false, UINT64_C(1) << 50, NULL}},
};

START_TEST(taken_apart)
{
	struct disk d;
	char *text = xstrdup(taken[_i].text);
	ck_assert_int_eq(disk_parse(text, &d), 0);
	ck_assert_str_eq(d.path, taken[_i].d.path);
	ck_assert_str_eq(d.format, taken[_i].d.format);
	ck_assert_str_eq(d.bus, taken[_i].d.bus);
	ck_assert_int_eq(d.readonly, taken[_i].d.readonly);
	ck_assert_uint_eq(d.size, taken[_i].d.size);
	free(text);
}
END_TEST

static const struct {
	const char *text;
	int code;
	const char *sentence;
} refused[] = {
    {"", EINVAL, "it has no path= that begins with /: " WANTED},
    {"format=raw", EINVAL, "it has no path= that begins with /: " WANTED},
    {"path=d", EINVAL, "it has no path= that begins with /: " WANTED},
    {"path=", EINVAL, "\"path\" is no KEY=VALUE: " WANTED},
    {"/d", EINVAL, "\"/d\" is no KEY=VALUE: " WANTED},
    {"path=/d readonly", EINVAL, "\"readonly\" is no KEY=VALUE: " WANTED},
    {"path=/d =on", EINVAL, "\"\" is not a property of a disk: " WANTED},
    {"path=/d Bus=ide", EINVAL, "\"Bus\" is not a property of a disk: " WANTED},
    {"path=/d cache=none", EINVAL, "\"cache\" is not a property of a disk: " WANTED},
    {"path=/a path=/b", EINVAL, "path= is there twice: " WANTED},
    {"path=/d bus=ide bus=ide", EINVAL, "bus= is there twice: " WANTED},
    {"path=/d bus=scsi", EINVAL, "bus=scsi is unknown: " WANTED},
    {"path=/d format=vmdk", EINVAL, "format=vmdk is unknown: " WANTED},
    {"path=/d format=raw,file=x", EINVAL, "format=raw,file=x is unknown: " WANTED},
    {"path=/d readonly=yes", EINVAL, "readonly=yes is unknown: " WANTED},
    {"path=/d size=-1", EINVAL, "\"-1\" is not a number: " WANTED},
    {"path=/d size=1x", EINVAL, "\"1x\" is not a number: " WANTED},
    {"path=/d size=16777216T", ERANGE, "\"16777216T\" is too large a number: " WANTED},
    {"path=/d size=0", ERANGE, "size= is outside the limits: give 1 to 1024T"},
    {"path=/d size=1025T", ERANGE, "size= is outside the limits: give 1 to 1024T"},
    {"path=/d size=1G format=qcow2", EOPNOTSUPP,
	"size= makes raw files only: make this one with qemu-img create"},
    {"path='/d", EINVAL, "a ' is not closed: give it a second '"},
    {"path=/d a=b b=b c=b d=b e=b f=b g=b h=b i=b j=b k=b l=b m=b n=b o=b p=b", EINVAL,
	"too many words: give at most 16"},
};

START_TEST(sentence)
{
	struct disk d;
	char *text = xstrdup(refused[_i].text);
	ck_assert_int_eq(disk_parse(text, &d), -1);
	ck_assert_int_eq(err_code(), refused[_i].code);
	ck_assert_str_eq(err_text(), refused[_i].sentence);
	free(text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("disk");
	TCase *t = tcase_create("disk");
	tcase_add_loop_test(t, taken_apart, 0, NELEM(taken));
	tcase_add_loop_test(t, sentence, 0, NELEM(refused));
	suite_add_tcase(s, t);
	return suite_run(s);
}
