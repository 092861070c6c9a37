/* fs/authored: the author of a value, noted at a write and kept on disk. */
#include <check.h>

#include "base/list.h"
#include "base/mem.h"
#include "fs/authored.h"
#include "tests/fuzz/house.h"
#include "tests/unit/suite.h"

#define S1 "00112233445566778899aabbccddeeff"
#define S2 "ffeeddccbbaa99887766554433221100"

static struct obj *object(char in)
{
	return in == 'z' ? house.zone : house.vm;
}

static const struct authored *authored(char in, const char *file)
{
	struct obj *o = object(in);
	return authored_of(o, row_by_name(o->type, file));
}

/* What earlier versions wrote, a case for each of their keys */
static const struct {
	char in;
	const char *file, *lines;
	uid_t uid;
	gid_t gid;
	unsigned ngroups, nseals;
	const char *saved; /* NULL: the lines themselves */
} kept[] = {
    {'z', "mounts", "mounts-writer 7 8 9 10\nset mounts /a /b ro\nset mounts /c /d rw\n", 7, 8, 2,
	0, NULL},
    {'z', "mounts",
	"mounts-writer 7 8 -\nattr mounts-seal 0 0 0 0 0 " S1 " " S2
	"\nset mounts /a /b ro\nset mounts /c /d rw\n",
	7, 8, AUTHOR_UNKNOWN, 2, NULL},
    {'z', "devices",
	"devices-writer 0 0 1\nattr devices-seal 0 0 0 0 0 " S1 "\nset devices /dev/full r\n", 0, 0,
	1, 1, NULL},
    {'v', "kernel", "kernel-writer 1 2\nattr kernel-seal 0 0 0 0 0 " S1 "\nset kernel /k\n", 1, 2,
	0, 1, NULL},
    {'v', "initrd", "initrd-writer 1 2\nset initrd /i\n", 1, 2, 0, 0, NULL},
    {'v', "disk0", "disk0-writer 1 2\nattr disk0-seal 0 0 0 0 0 " S1 "\nset disk0 path=/d\n", 1, 2,
	0, 1, NULL},
    {'z', "nic0", "nic-writer 0 1234\nset nic0 bridge=b mac=02:00:00:00:00:01 antispoof=on\n", 1234,
	65534, 0, 0,
	"nic-writer 0 1234 65534\nset nic0 bridge=b mac=02:00:00:00:00:01 antispoof=on\n"},
    {'v', "nic7", "nic-writer 7 3 4 5\nset nic7 bridge=b mac=02:00:00:00:00:01 antispoof=on\n", 3,
	4, 1, 0, NULL},
    /* no line: root is the author, and without a seal nothing is opened for him */
    {'v', "kernel", "set kernel /k\n", 0, 0, 0, 0, "kernel-writer 0 0\nset kernel /k\n"},
    /* damaged ones are as good as none */
    {'v', "kernel", "kernel-writer 1 2\nattr kernel-seal 0 0 0 0 0 " S1 "0 xx\nset kernel /k\n", 1,
	2, 0, 0, "kernel-writer 1 2\nset kernel /k\n"},
    {'v', "kernel", "kernel-writer 1 2\nattr kernel-seal 0 0 0 0 0\nset kernel /k\n", 1, 2, 0, 0,
	"kernel-writer 1 2\nset kernel /k\n"},
};

START_TEST(author_is_kept)
{
	struct obj *o = object(kept[_i].in);
	char *text = xasprintf(
	    "warren-object 1\nkind %s\nid 9\nname x\n%send\n", o->type->name, kept[_i].lines);
	ck_assert_msg(settings_load(o, text) == 0, "%s", err_text());
	ck_assert_ptr_null(o->foreign);
	const struct authored *a = authored(kept[_i].in, kept[_i].file);
	ck_assert_uint_eq(a->by.uid, kept[_i].uid);
	ck_assert_uint_eq(a->by.gid, kept[_i].gid);
	ck_assert_uint_eq(a->by.ngroups, kept[_i].ngroups);
	ck_assert_uint_eq(a->nseals, kept[_i].nseals);
	char *saved = settings_text(o);
	ck_assert_msg(
	    strstr(saved, kept[_i].saved != NULL ? kept[_i].saved : kept[_i].lines) != NULL, "%s",
	    saved);
	free(saved);
	free(text);
}
END_TEST

static const char *const bad[] = {"mounts-writer x", "mounts-writer 1 2 x", "nic-writer 0 -1",
    "nic-writer 0 x", "mounts-writer -"};

START_TEST(bad_author_is_told)
{
	char *text = xasprintf("warren-object 1\nkind zone\n%s\nend\n", bad[_i]);
	ck_assert_int_eq(settings_load(house.zone, text), -1);
	ck_assert_str_eq(err_text(), "line 3 of the settings file: bad writer");
	free(text);
}
END_TEST

/* Keys that look like those, of rows that have no author, or of none */
static const char *const foreign[] = {
    "init-writer 1 2", "nosuch-writer 1 2", "nic-writer 8 0", ("attr init-seal 0 0 0 0 0 " S1)};

START_TEST(another_row_has_none)
{
	char *text = xasprintf("warren-object 1\nkind zone\n%s\nend\n", foreign[_i]);
	ck_assert_int_eq(settings_load(house.zone, text), 0);
	ck_assert_ptr_nonnull(house.zone->foreign);
	free(text);
}
END_TEST

START_TEST(who_writes_is_noted)
{
	house.uid = 1000;
	ck_assert_int_eq(house_write(house.vm, "kernel", "/k"), 0);
	ck_assert_uint_eq(authored('v', "kernel")->by.uid, 1000);
	ck_assert_ptr_nonnull(strstr(buf_text(&house.saved), "\nkernel-writer 1000 1000 -\n"));
	ck_assert_int_eq(house_write(house.vm, "kernel", "none"), 0);
	ck_assert_ptr_null(strstr(buf_text(&house.saved), "kernel-writer"));
}
END_TEST

/* A write of the setting makes its writer the author; a config that names everything does not. */
START_TEST(same_text_becomes_another_s_word)
{
	house.uid = 1000;
	ck_assert_int_eq(house_write(house.vm, "kernel", "/k"), 0);
	house.uid = 0;
	ck_assert_int_eq(house_write(house.vm, "config", "kernel=/k\ninitrd=/i"), 0);
	ck_assert_uint_eq(authored('v', "kernel")->by.uid, 1000);
	ck_assert_uint_eq(authored('v', "initrd")->by.uid, 0);
	ck_assert_int_eq(house_write(house.vm, "kernel", "/k"), 0);
	ck_assert_uint_eq(authored('v', "kernel")->by.uid, 0);
	ck_assert_ptr_nonnull(strstr(buf_text(&house.saved), "\nkernel-writer 0 0 -\n"));
}
END_TEST

START_TEST(refused_write_leaves_the_author)
{
	house.uid = 1000;
	ck_assert_int_eq(house_write(house.vm, "disk0", "path=/d"), 0);
	char *before = settings_text(house.vm);
	house.uid = 1001;
	ck_assert_int_eq(house_write(house.vm, "disk0", "path=d"), EINVAL);
	ck_assert_int_eq(house_write(house.vm, "disk0", "image=nosuch"), ENOENT);
	ck_assert_str_eq(
	    err_text(), "there is no image \"nosuch\": give image=NAME, one of those in images");
	house.disk = (struct err){ENOSPC, "the disk is full"};
	ck_assert_int_eq(house_write(house.vm, "disk0", "path=/e"), ENOSPC);
	house.disk.code = 0;
	char *after = settings_text(house.vm);
	ck_assert_str_eq(after, before);
	free(before);
	free(after);
}
END_TEST

/* A bridge that is not there is made at root's word alone (zone/net/nics.c). */
START_TEST(nic_has_an_author)
{
	house.uid = 1000;
	ck_assert_int_eq(house_write(house.zone, "nic3", "bridge=b"), 0);
	ck_assert_ptr_nonnull(strstr(buf_text(&house.saved), "\nnic-writer 3 1000 1000 -\n"));
}
END_TEST

static void open_house(void)
{
	house.uid = 0;
	house_open();
}

int main(void)
{
	Suite *s = suite_create("authored");
	TCase *t = tcase_create("authored");
	tcase_add_checked_fixture(t, open_house, house_close);
	tcase_add_loop_test(t, author_is_kept, 0, NELEM(kept));
	tcase_add_loop_test(t, bad_author_is_told, 0, NELEM(bad));
	tcase_add_loop_test(t, another_row_has_none, 0, NELEM(foreign));
	tcase_add_test(t, who_writes_is_noted);
	tcase_add_test(t, same_text_becomes_another_s_word);
	tcase_add_test(t, refused_write_leaves_the_author);
	tcase_add_test(t, nic_has_an_author);
	suite_add_tcase(s, t);
	return suite_run(s);
}
