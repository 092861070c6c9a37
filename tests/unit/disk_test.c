/* vm/disk: what the line of a disk says. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/suite.h"
#include "vm/disk.h"
#include "vm/hardware.h"

#define WANTED                                                                                     \
	"give path=FILE or image=NAME, format=raw|qcow2 bus=virtio|sata|ide|nvme readonly=on|off " \
	"size=N, or none"

static const struct row *disk_row(void)
{
	return disk_rows;
}

static const struct {
	const char *text;
	const char *path;
	uint8_t format, bus, readonly;
	uint64_t size;
	const char *shown; /* NULL: as it was */
} taken[] = {
    {"path=/d", "/d", FORMAT_RAW, BUS_VIRTIO, 0, 0, NULL},
    {"  path=/d\t", "/d", FORMAT_RAW, BUS_VIRTIO, 0, 0, "path=/d"},
    {"path=/d format=raw bus=virtio readonly=off", "/d", FORMAT_RAW, BUS_VIRTIO, 0, 0, NULL},
    {"bus=ide readonly=on path=/a=b", "/a=b", FORMAT_RAW, BUS_IDE, 1, 0,
	"path=/a=b bus=ide readonly=on"},
    {"'path=/a b' bus=sata", "/a b", FORMAT_RAW, BUS_SATA, 0, 0, "path=\"/a b\" bus=sata"},
    {"path='/a b' bus=nvme", "/a b", FORMAT_RAW, BUS_NVME, 0, 0, "path=\"/a b\" bus=nvme"},
    {"path=/a\\'\\\"\\\\", "/a'\"\\", FORMAT_RAW, BUS_VIRTIO, 0, 0, "path=\"/a'\\\"\\\\\""},
    {"path=/d,cache=none", "/d,cache=none", FORMAT_RAW, BUS_VIRTIO, 0, 0, NULL},
    {"path=/d format=qcow2", "/d", FORMAT_QCOW2, BUS_VIRTIO, 0, 0, NULL},
    {"path=/d size=2G", "/d", FORMAT_RAW, BUS_VIRTIO, 0, UINT64_C(2) << 30,
	"path=/d size=2147483648"},
    {"path=/d size=1024T", "/d", FORMAT_RAW, BUS_VIRTIO, 0, UINT64_C(1) << 50,
	"path=/d size=1125899906842624"},
};

START_TEST(taken_apart)
{
	struct disk d = {0};
	struct buf shown = {0};
	char *text = xstrdup(taken[_i].text);
	ck_assert_int_eq(keyed_parse(disk_row(), text, &d), 0);
	ck_assert_str_eq(d.path, taken[_i].path);
	ck_assert_int_eq(d.format, taken[_i].format);
	ck_assert_int_eq(d.bus, taken[_i].bus);
	ck_assert_int_eq(d.readonly, taken[_i].readonly);
	ck_assert_uint_eq(d.size, taken[_i].size);
	keyed_format(disk_row(), &d, &shown);
	ck_assert_str_eq(
	    buf_text(&shown), taken[_i].shown != NULL ? taken[_i].shown : taken[_i].text);
	buf_finish(&shown);
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
    {"path=/d size=-1", EINVAL, "\"-1\" is not a number: give size=N, 1..1024T, or leave it out"},
    {"path=/d size=1x", EINVAL, "\"1x\" is not a number: give size=N, 1..1024T, or leave it out"},
    {"path=/d size=16777216T", ERANGE,
	"\"16777216T\" is too large a number: give size=N, 1..1024T, or leave it out"},
    {"path=/d size=0", ERANGE,
	"size=0 is outside the limits: give size=N, 1..1024T, or leave it out"},
    {"path=/d size=1025T", ERANGE,
	"size=1025T is outside the limits: give size=N, 1..1024T, or leave it out"},
    {"path=/d size=1000 format=qcow2", EINVAL,
	"a disk of qcow2 has whole sectors of 512 bytes: give size=1024"},
    {"path='/d", EINVAL, "a ' is not closed: give it a second '"},
    {"path=/d a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a", EINVAL,
	"too many words: give at most 32"},
    {"image=a234567890123456789012345678901234567890123456789012345678901234", ERANGE,
	"image= has 64 bytes, of at most 63: " WANTED},
};

START_TEST(sentence)
{
	struct disk d = {0};
	char *text = xstrdup(refused[_i].text);
	ck_assert_int_eq(keyed_parse(disk_row(), text, &d), -1);
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
