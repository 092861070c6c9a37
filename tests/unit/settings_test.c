/* fs/settings, fs/change and config: kept, read back, refused whole; the texts that readers get. */
#include <check.h>
#include <time.h>

#include "base/list.h"
#include "base/mem.h"
#include "tests/fuzz/house.h"
#include "tests/unit/suite.h"

static const char zone_config[] =
    "autoboot=on\nrestart=no\ncpu.shares=300\ncpu.cap=150\ncpu.baseline=none\ncpu.burst_time="
    "0\ncpu.set=0\nmemory.max=1073741824\nmemory.swap=none\n"
    "pids.max=77\nio.weight=100\nio.max=\n"
    "nic0=bridge=br0 mac=02:00:00:00:00:01 address=10.0.0.1/8,fd00::1/64 gateway=10.0.0.2,fe80::1 "
    "vlan=7 mtu=9000 antispoof=off\n"
    "nic1=none\nnic2=none\nnic3=none\nnic4=none\nnic5=none\nnic6=none\nnic7=none\nimage=host\ninit="
    "/bin/sh -c 'a  b'\nhostname=web\nenv=A=b\nenv=C=d "
    "e\nprivileges=default\nmounts=\ndevices=\nrlimits=\nsysctls=\n";
static const char zone_unset[] =
    "autoboot=off\nrestart=no\ncpu.shares=100\ncpu.cap=none\ncpu.baseline=none\ncpu.burst_time="
    "0\ncpu.set=none\nmemory.max=none\nmemory.swap=none\n"
    "pids.max=none\nio.weight=100\nio.max=\nnic0=none\nnic1=none\nnic2=none\nnic3=none\nnic4="
    "none\nnic5=none\nnic6=none\nnic7=none\nimage=host\ninit=none\nhostname=none\nenv=\nprivileges="
    "default\nmounts=\ndevices=\nrlimits=\nsysctls=\n";
static const char vm_config[] =
    "autoboot=on\nrestart=no\ncpu.shares=0\ncpu.cap=none\ncpu.baseline=none\ncpu.burst_time=0\ncpu."
    "set=none\nmemory.max=none\nmemory.swap=none\n"
    "pids.max=none\nio.weight=100\nio.max=\nnic0=none\nnic1=none\nnic2=none\nnic3=none\nnic4="
    "none\nnic5=none\nnic6=none\nnic7=none\nvcpus=4\nram=536870912\nram.max=none\naccel=tcg\nmachine=pc\ndisplay="
    "none\nkeyboard=us\ncpu=Nehalem\nfirmware=uefi\nsecureboot=off\nos=other\ntpm=on\nwatchdog="
    "pause\nkernel=/"
    "k\ninitrd=/i\n"
    "append=a=b c\ndisk0=path=/d size=1073741824\ndisk1=none\ndisk2=none\ndisk3=none\n"
    "disk4=none\ndisk5=none\ndisk6=none\ndisk7=none\n"
    "cdrom=/srv/a.iso\ncdrom1=none\nboot=cdrom disk\nmounts=/srv/a a ro\n"
    "devices=\n";

static struct obj *object(int i)
{
	return i == 0 ? house.zone : house.vm;
}

/* ---- config ---- */

static const struct {
	int object;
	const char *text;
} configs[] = {{0, zone_unset}, {0, zone_config}, {1, vm_config}};

START_TEST(config_reads_as_it_was_written)
{
	struct obj *o = object(configs[_i].object);
	ck_assert_int_eq(house_write(o, "config", configs[_i].text), 0);
	ck_assert_str_eq(house_read(o, "config"), configs[_i].text);
	ck_assert_int_eq(house_write(o, "config", configs[_i].text), 0);
	ck_assert_str_eq(house_read(o, "config"), configs[_i].text);
}
END_TEST

START_TEST(config_can_be_copied)
{
	struct obj *b = house_mkdir(&house_rows[0], "b");
	house_write(house.zone, "config", zone_config);
	char *text = xstrdup(house_read(house.zone, "config"));
	ck_assert_int_eq(house_write(b, "config", text), 0);
	ck_assert_str_eq(house_read(b, "config"), text);
	house_write(house.zone, "config", zone_unset);
	ck_assert_str_eq(house_read(house.zone, "config"), zone_unset);
	free(text);
}
END_TEST

static const struct {
	const char *text, *file, *value;
} parts[] = {
    {"cpu.cap=20", "cpu.cap", "20\n"},
    {"  cpu.cap=20\t\n#cpu.cap=30\n\n", "cpu.cap", "20\n"},
    {"cpu.cap=max", "cpu.cap", "none\n"},
    {"env=", "env", ""},
    {"env=X=1", "env", "X=1\n"},
    {"env=X=1\ncpu.cap=1\nenv=Y=2", "env", "X=1\nY=2\n"},
    {"env=\nenv=Y=2", "env", "Y=2\n"},
    {"init= /bin/a", "init", " /bin/a\n"},
};

START_TEST(config_changes_what_it_names)
{
	house_write(house.zone, "config", zone_config);
	ck_assert_int_eq(house_write(house.zone, "config", parts[_i].text), 0);
	ck_assert_str_eq(house_read(house.zone, parts[_i].file), parts[_i].value);
	ck_assert_str_eq(house_read(house.zone, "pids.max"), "77\n");
}
END_TEST

#define NOT_A_FILE "\" is not a file that can be set: give lines of FILE=VALUE as in cat config"
static const struct {
	const char *text;
	int code;
	const char *error;
} refused[] = {
    {"cpu.cap", EINVAL, "config: \"cpu.cap\" has no =: give lines of FILE=VALUE as in cat config"},
    {"=20", EINVAL, "config: \"" NOT_A_FILE},
    {"cpu.cap =20", EINVAL,
	"config: \"cpu.cap \" is not a file that can be set: cpu.cap? Give lines of FILE=VALUE as "
	"in cat config"},
    {"state=running", EINVAL, "config: \"state" NOT_A_FILE},
    {"ctl=boot", EINVAL, "config: \"ctl" NOT_A_FILE},
    {"config=x", EINVAL, "config: \"config" NOT_A_FILE},
    {"vcpus=2", EINVAL, "config: \"vcpus" NOT_A_FILE},
    {"nonesuch=2", EINVAL, "config: \"nonesuch" NOT_A_FILE},
    {"cpu.cap=", EINVAL,
	"config: cpu.cap has no value: give percent of one CPU (1..6400), or none"},
    {"cpu.cap=0", ERANGE,
	"config: cpu.cap: \"0\" is outside the limits: give percent of one CPU (1..6400), or none"},
    {"cpu.cap=1\ncpu.cap=2", EINVAL,
	"config: cpu.cap: there is more than one line: give percent of one CPU (1..6400), or none"},
    {"hostname=-", EINVAL,
	"config: hostname: this is no host name: give 1 to 63 of a-z A-Z 0-9 . _ - beginning with "
	"a letter or digit, or none"},
    {"env=A=b\nenv=C", EINVAL,
	"config: env: a line has no KEY= before its value: give lines of KEY=value"},
};

/* All or nothing, wherever among good lines the bad one stands. */
START_TEST(refused_config_changes_nothing)
{
	static const char *const forms[] = {"%s\n", "autoboot=off\n%s\n",
	    "%s\nenv=Z=9\npids.max=1\nio.weight=100\nio.max=\n",
	    "pids.max=1\nio.weight=100\nio.max=\n%s\nimage=host\n"};
	house_write(house.zone, "config", zone_config);
	char *before = settings_text(house.zone);
	for (size_t i = 0; i < NELEM(forms); i++) {
		char text[256];
		const char *at = strstr(forms[i], "%s");
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - forms[i]), forms[i],
		    refused[_i].text, at + 2);
		if (strncmp(refused[_i].text, "env", 3) == 0 && strstr(text, "Z=9") != NULL)
			continue;
		ck_assert_int_eq(house_write(house.zone, "config", text), refused[_i].code);
		ck_assert_str_eq(house.zone->error, refused[_i].error);
		char *after = settings_text(house.zone);
		ck_assert_str_eq(after, before);
		free(after);
	}
	free(before);
}
END_TEST

/* ---- the file on disk ---- */

START_TEST(saved_is_loaded)
{
	struct obj *o = object(_i);
	ck_assert_int_eq(house_write(o, "config", _i == 0 ? zone_config : vm_config), 0);
	struct node n = {o, row_by_name(o->type, "ctl"), 0};
	node_set_attr(
	    &n, &(struct attr){.mode = 0640, .uid = 1000, .gid = 4294967294U, .mtime = -5});
	char *text = settings_text(o), *again;
	house_write(o, "config", "cpu.cap=9\npids.max=9");
	node_set_attr(&n, &(struct attr){0});
	ck_assert_int_eq(settings_load(o, text), 0);
	again = settings_text(o);
	ck_assert_str_eq(again, text);
	ck_assert_int_eq(node_attr(&n).mode, 0640);
	ck_assert_uint_eq(node_attr(&n).gid, 4294967294U);
	ck_assert_int_eq(node_attr(&n).mtime, -5);
	free(text);
	free(again);
}
END_TEST

START_TEST(a_write_has_happened_when_it_is_answered)
{
	ck_assert_int_eq(house_write(house.zone, "cpu.cap", "42"), 0);
	ck_assert_ptr_nonnull(strstr(buf_text(&house.saved), "\nset cpu.cap 42\n"));
	char *text = settings_text(house.zone), *saved = xstrdup(buf_text(&house.saved));
	char *due = strstr(saved, "\nuntold "); /* the event that is due is no setting */
	ck_assert_ptr_nonnull(due);
	char *end = strchr(due + 1, '\n');
	memmove(due, end, strlen(end) + 1);
	ck_assert_str_eq(text, saved);
	free(saved);
	free(text);
}
END_TEST

START_TEST(full_disk_refuses_the_write)
{
	house_write(house.zone, "config", zone_config);
	char *before = settings_text(house.zone);
	house.disk = (struct err){ENOSPC, "write settings: No space left on device"};
	ck_assert_int_eq(house_write(house.zone, "config", zone_unset), ENOSPC);
	ck_assert_str_eq(house.zone->error, "config: write settings: No space left on device");
	ck_assert_str_eq(house_read(house.zone, "config"), zone_config);
	house.disk.code = 0;
	char *after = settings_text(house.zone);
	ck_assert_str_eq(after, before);
	free(before);
	free(after);
}
END_TEST

/* number: of the line that is named in the error */
static const struct {
	const char *line;
	int code;
	const char *why;
} damaged[] = {
    {"x", EBADMSG, "half a line"},
    {"", EBADMSG, "half a line"},
    {"set", EBADMSG, "half a line"},
    {"Nonesuch 1", EBADMSG, "unknown line"},
    {" 1", EBADMSG, "unknown line"},
    {"set ", EBADMSG, "no such setting"},
    {"set cpu.cap", EBADMSG, "no such setting"},
    {"set state running", EBADMSG, "no such setting"},
    {"set ../x 1", EBADMSG, "no such setting"},
    {"attr", EBADMSG, "half a line"},
    {"attr . 755 0 0", EBADMSG, "bad attributes"},
    {"attr . 17777 0 0 0", EBADMSG, "bad attributes"},
    {"attr . rwx 0 0 0", EBADMSG, "bad attributes"},
    {"attr ctl 600 root 0 0", EBADMSG, "bad attributes"},
    {"maker 0", EBADMSG, "bad maker"},
    {"name ../x", EBADMSG, "bad name"},
    {"name ", EBADMSG, "bad name"},
    {"uids 0 0", EBADMSG, "bad uids"},
    {"uids 1879179265", EBADMSG, "bad uids"},
    {"uids 2147287041", EBADMSG, "bad uids"},
    {"uids 1879179264 1", EBADMSG, "bad uids"},
    {"uids 1879179264 0", EBADMSG, "bad uids"},
    {"uids 1879179265 1024", EBADMSG, "bad uids"},
    {"uids 2147352576 1024", EBADMSG, "bad uids"},
    {"uids 1879179264 1024 1", EBADMSG, "bad uids"},
    {"uids 99999999999999999999", EBADMSG, "bad uids"},
    {"last", EBADMSG, "half a line"},
    {"last halted", EBADMSG, "bad state"},
    {"\x01\xff\xfe", EBADMSG, "half a line"},
};

START_TEST(damaged_line_is_named)
{
	char *good = settings_text(house.zone), text[1024], why[ERR_TEXT];
	snprintf(text, sizeof(text), "warren-object 1\nkind zone\n%s\nset pids.max 5\n",
	    damaged[_i].line);
	ck_assert_int_eq(settings_load(house.zone, text), -1);
	ck_assert_int_eq(err_code(), damaged[_i].code);
	snprintf(why, sizeof(why), "line 3 of the settings file: %s", damaged[_i].why);
	ck_assert_str_eq(err_text(), why);
	ck_assert_int_eq(settings_load(house.zone, good), 0);
	free(good);
}
END_TEST

static const char *const borne[] = {
    "attr nonesuch 600 0 0 0", /* a row that is no more */
    "attr . 755 4294967295 0 -1",
    "set cpu.cap none",
    "uids 0", /* an older warren's, of a zone that had none yet */
    "set env A=b",
    "last failed killed 9",
    "why ",
    "set init ",
};

START_TEST(odd_line_is_borne)
{
	char *good = settings_text(house.zone);
	char *text =
	    xasprintf("%.*s%s\nend\n", (int)(strlen(good) - strlen("end\n")), good, borne[_i]);
	ck_assert_int_eq(settings_load(house.zone, text), 0);
	free(good);
	free(text);
}
END_TEST

/* Wherever the file is cut: it is refused, or the object can be booted and its settings written. */
START_TEST(cut_file_is_noticed)
{
	ck_assert_int_eq(house_write(house.zone, "config", zone_config), 0);
	char *good = settings_text(house.zone);
	for (size_t n = 0; n < strlen(good); n++) {
		char *text = xstrndup(good, n);
		int result = settings_load(house.zone, text);
		ck_assert_msg(result < 0 || n == strlen(good) - 1, "%zu bytes are taken", n);
		free(text);
	}
	free(good);
}
END_TEST

static const char *const heads[] = {"", "set init ", "set env ", "set cpu.cap ", "set cpu.set ",
    "set ", "attr ", "attr . 755 0 0 ", "name ", "maker ", "uids ", "last halted ", "why ", "kind ",
    "id "};

START_TEST(hostile_long_line)
{
	enum { LONG = 300000 };
	char *good = settings_text(house.zone), *line = xcalloc(1, LONG + 32);
	for (const char *fill = "a1 ,-'\xff\x01"; *fill != '\0'; fill++) {
		strcpy(line, heads[_i]);
		memset(line + strlen(line), *fill, LONG);
		if (settings_load(house.zone, line) < 0) {
			ck_assert_uint_lt(strlen(err_text()), ERR_TEXT);
			ck_assert_int_eq(
			    strncmp(err_text(), "line 1 of the settings file: ", 29), 0);
		}
	}
	free(line);
	ck_assert_int_eq(settings_load(house.zone, good), 0);
	free(good);
}
END_TEST

static const struct {
	const char *text, *kind, *name; /* kind NULL: refused */
} firsts[] = {
    {"warren-object 1\nkind vm\nid 3\nname web\n", "vm", "web"},
    {"warren-object 1\nkind zone\nid 3\n", "zone", ""},
    {"warren-object 1\nkind 0123456789012345678\n", "012345678901234", ""},
    {"warren-object 2\nkind vm\nid 3\nname web\n", NULL, NULL},
    {"", NULL, NULL},
    {"kind vm\n", NULL, NULL},
    {"warren-object 1\n", NULL, NULL},
    {"\xff\xff\xff", NULL, NULL},
};

START_TEST(head_tells_kind_and_name)
{
	char kind[16] = "?", name[NAME_LEN + 1] = "?";
	int result = settings_head(firsts[_i].text, kind, sizeof(kind), name, sizeof(name));
	ck_assert_int_eq(result, firsts[_i].kind != NULL ? 0 : -1);
	if (result == 0) {
		ck_assert_str_eq(kind, firsts[_i].kind);
		ck_assert_str_eq(name, firsts[_i].name);
	} else {
		ck_assert_str_eq(err_text(), "this is no settings file of warren's");
	}
}
END_TEST

/* ---- the largest settings that can be written ---- */

static char *many_lines(size_t bytes)
{
	char *text = xcalloc(1, bytes + 1);
	for (size_t i = 0; i + 3 <= bytes; i += 3)
		memcpy(text + i, "A=\n", 3);
	return text;
}

/* What the settings accept fits the writer: a longer order ends the writer, and so the daemon. */
START_TEST(what_is_taken_can_be_saved)
{
	char *text = many_lines(MESSAGE_MAX);
	int code = house_write(house.zone, "env", text);
	ck_assert_msg(house.saved.len <= WRITER_TEXT_MAX,
	    "answered %d, and gave the writer %zu bytes", code, house.saved.len);
	free(text);
}
END_TEST

/* The loop stands still meanwhile, at the start and whenever a write is refused. */
START_TEST(long_list_is_loaded_fast)
{
	struct timespec from, to;
	char *text = many_lines(MESSAGE_MAX / 2); /* 120 KB in the settings file */
	house_write(house.zone, "env", text);
	free(text);
	text = settings_text(house.zone);
	clock_gettime(CLOCK_MONOTONIC, &from);
	ck_assert_int_eq(settings_load(house.zone, text), 0);
	clock_gettime(CLOCK_MONOTONIC, &to);
	free(text);
	long msec = (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000;
	ck_assert_msg(msec < 500, "it took %ld ms", msec);
}
END_TEST

/* ---- texts ---- */

START_TEST(reader_sees_one_moment)
{
	house_write(house.zone, "config", zone_config);
	ck_assert_int_eq(strncmp(house_read_at(house.zone, "config", 1, 0, 9), "autoboot=", 9), 0);
	house_write(house.zone, "config", zone_unset);
	ck_assert_str_eq(house_read_at(house.zone, "config", 1, 9, 4096), zone_config + 9);
	ck_assert_str_eq(house_read_at(house.zone, "config", 1, 100000, 4096), "");
	ck_assert_str_eq(house_read_at(house.zone, "config", 2, 9, 4096), zone_unset + 9);
	ck_assert_str_eq(house_read_at(house.zone, "config", 1, 0, 4096), zone_unset);
}
END_TEST

START_TEST(waiting_reader_can_go)
{
	struct zone *z = zone_of(house.zone);
	ck_assert_str_eq(house_read(house.zone, "wait"), "-\n");
	z->state = ZONE_RUNNING;
	house_read_at(house.zone, "wait", 2, 0, 99);
	ck_assert_int_eq(house.code, EINTR);
	ck_assert(list_empty(&house.zone->waiting));
	z->state = ZONE_HALTED;
}
END_TEST

/* ---- ctl ---- */

#define VERBS "ive one of boot, destroy, halt, kill, pause, reboot, resume, shutdown, rollback, size"
static const struct {
	const char *text;
	int code;
	const char *error;
} commands[] = {
    {"halt", 0, NULL},
    {"halt\nhalt\n#x\n", 0, NULL},
    {"nonesuch", EINVAL, "ctl: \"nonesuch\" is not a command: g" VERBS},
    {"Halt", EINVAL, "ctl: \"Halt\" is not a command: halt? G" VERBS},
    {"start", EINVAL, "ctl: \"start\" is not a command: boot? G" VERBS},
    {"''", EINVAL, "ctl: \"\" is not a command: g" VERBS},
    {"halt now", EINVAL, "ctl: halt has the wrong number of words: give halt"},
    {"kill", EINVAL, "ctl: kill has the wrong number of words: give kill SIGNAL [PID]"},
    {"kill 1 2 3", EINVAL, "ctl: kill has the wrong number of words: give kill SIGNAL [PID]"},
    {"kill FOO", EINVAL, "ctl: \"FOO\" is not a signal: give a name such as TERM or a number"},
    {"kill TERM", ESRCH, "ctl: it is configured: boot it first"},
    {"kill TERM x", EINVAL, "ctl: \"x\" is not a number: give a process id as in procs"},
    {"shutdown", ESRCH, "ctl: it is configured: boot it first"},
    {"shutdown 86401", ERANGE, "ctl: \"86401\" is outside the limits: give seconds (0..86400)"},
    {"shutdown soon", EINVAL, "ctl: \"soon\" is not a number: give seconds (0..86400)"},
    {"reboot 5", ESRCH, "ctl: it is configured: boot it first"},
    {"halt\nnonesuch\nboot", EINVAL, "ctl: \"nonesuch\" is not a command: g" VERBS},
    {"'halt", EINVAL, "ctl: a ' is not closed: give it a second '"},
    {"boot", EOPNOTSUPP, NULL},
};

START_TEST(command_is_run_or_refused)
{
	ck_assert_int_eq(house_write(house.zone, "ctl", commands[_i].text), commands[_i].code);
	if (commands[_i].error != NULL)
		ck_assert_str_eq(house.zone->error, commands[_i].error);
	ck_assert_int_eq(zone_of(house.zone)->state,
	    strcmp(commands[_i].text, "boot") == 0 ? ZONE_FAILED : ZONE_CONFIGURED);
	ck_assert(list_empty(&house.zone->runs));
}
END_TEST

START_TEST(failed_boot_says_why)
{
	ck_assert_int_eq(house_write(house.zone, "ctl", "boot"), EOPNOTSUPP);
	ck_assert_str_eq(house_read(house.zone, "state"), "failed\n");
	ck_assert_str_eq(house_read(house.zone, "error"), "ctl: boot: there is no helper here\n");
	ck_assert_int_eq(house_write(house.zone, "ctl", "halt"), 0);
}
END_TEST

static TCase *with_house(Suite *s, const char *name)
{
	TCase *t = tcase_create(name);
	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, house_open, house_close);
	suite_add_tcase(s, t);
	return t;
}

int main(void)
{
	Suite *s = suite_create("settings");
	TCase *c = with_house(s, "config"), *d = with_house(s, "disk"), *f = with_house(s, "file");
	tcase_add_loop_test(c, config_reads_as_it_was_written, 0, NELEM(configs));
	tcase_add_test(c, config_can_be_copied);
	tcase_add_loop_test(c, config_changes_what_it_names, 0, NELEM(parts));
	tcase_add_loop_test(c, refused_config_changes_nothing, 0, NELEM(refused));
	tcase_add_loop_test(d, saved_is_loaded, 0, 2);
	tcase_add_test(d, a_write_has_happened_when_it_is_answered);
	tcase_add_test(d, full_disk_refuses_the_write);
	tcase_add_loop_test(d, damaged_line_is_named, 0, NELEM(damaged));
	tcase_add_loop_test(d, odd_line_is_borne, 0, NELEM(borne));
	tcase_add_test(d, cut_file_is_noticed);
	tcase_add_loop_test(d, hostile_long_line, 0, NELEM(heads));
	tcase_add_loop_test(d, head_tells_kind_and_name, 0, NELEM(firsts));
	tcase_add_test(d, what_is_taken_can_be_saved);
	tcase_add_test(d, long_list_is_loaded_fast);
	tcase_add_test(f, reader_sees_one_moment);
	tcase_add_test(f, waiting_reader_can_go);
	tcase_add_loop_test(f, command_is_run_or_refused, 0, NELEM(commands));
	tcase_add_test(f, failed_boot_says_why);
	return suite_run(s);
}
