/* What holds for every row of every table, and for the numbers made of them. */
#include "tree/root.c" /* its tables are its own */

#include <check.h>
#include <ctype.h>

#include "zone/exec/job.h"
#include "tests/fuzz/house.h"
#include "tests/unit/suite.h"

enum { TYPES = 3 };
static struct obj *objects[TYPES]; /* the root, a zone, a VM */

static void open_tree(void)
{
	house_make_dir();
	memset(&root, 0, sizeof(root));
	ck_assert_int_eq(root_load(house.dir, house.dir), 0);
	objects[0] = &root.obj;
	objects[1] = &zone_create(7, "z", &root.obj, row_by_name(&type, "zones"))->l.obj;
	objects[2] = &vm_create(8, "v", &root.obj, row_by_name(&type, "vms"))->l.obj;
}

static void close_tree(void)
{
	for (int i = 0; i < TYPES; i++)
		house_forget_texts(objects[i]);
	root_finish();
	house_empty_dir("events");
	buf_finish(&house.text);
}

#define each_row(r, t) (const struct row *r = NULL; (r = row_next((t), r)) != NULL;)

/* ---- rows ---- */

START_TEST(numbers_are_fit_and_unique)
{
	const struct type *t = objects[_i]->type;
	for
		each_row(r, t)
		{
			ck_assert_msg(r->no >= 1 && r->no <= 1023, "%s: %u", r->name, r->no);
			ck_assert_msg(
			    _i != 0 || r->no != 1, "%s has the root directory's number", r->name);
			ck_assert_msg(
			    row_by_no(t, r->no) == r, "%s: %u is another's too", r->name, r->no);
		}
	ck_assert_ptr_null(row_by_no(t, 1023));
}
END_TEST

START_TEST(names_are_fit_and_unique)
{
	const struct type *t = objects[_i]->type;
	for
		each_row(r, t)
		{
			const char *name = strchr(r->name, '/');
			name = name != NULL ? name + 1 : r->name;
			ck_assert_msg(word_is_name(name), "%s", r->name);
			ck_assert_msg(row_by_name(t, r->name) == r, "%s is there twice", r->name);
		}
	ck_assert_ptr_null(row_by_name(t, "nonesuch"));
	ck_assert_ptr_null(row_by_name(t, ""));
}
END_TEST

/* One line, no full stop, short enough for a terminal beside the name. */
START_TEST(help_is_a_line)
{
	for
		each_row(r, objects[_i]->type)
		{
			size_t n = r->help != NULL ? strlen(r->help) : 0;
			ck_assert_msg(n > 0 && n <= 81, "%s: %zu", r->name, n);
			ck_assert_msg(
			    r->help[n - 1] != '.' && strchr(r->help, '\n') == NULL, "%s", r->name);
		}
}
END_TEST

START_TEST(settings_say_what_is_wanted)
{
	for
		each_row(r, objects[_i]->type)
		{
			if (r->kind == NULL)
				continue;
			ck_assert_msg(r->wanted != NULL && strncmp(r->wanted, "give ", 5) == 0,
			    "%s", r->name);
			ck_assert_msg(!r->none || strstr(r->wanted, "none") != NULL, "%s", r->name);
			bool number = r->kind == &kind_number || r->kind == &kind_size;
			ck_assert_msg(!number || r->min < r->max, "%s", r->name);
			ck_assert_msg(
			    (r->kind == &kind_choice) == (r->words != NULL), "%s", r->name);
			ck_assert_msg(r->off >= offsetof(struct limited, shares),
			    "%s lies in the object's head", r->name);
		}
}
END_TEST

START_TEST(values_lie_apart)
{
	for each_row (a, objects[_i]->type)
		for each_row (b, objects[_i]->type)
			ck_assert_msg(a == b || a->kind == NULL || b->kind == NULL || a->off != b->off, "%s, %s",
				a->name, b->name);
}
END_TEST

START_TEST(unset_value_is_a_value)
{
	for
		each_row(r, objects[_i]->type)
		{
			union value v = {0};
			if (r->unset == NULL)
				continue;
			char *text = xstrdup(r->unset);
			ck_assert_msg(
			    r->kind->parse(r, text, &v) == 0, "%s: %s", r->name, err_text());
			free(text);
			if (r->kind->owned)
				free(v.p);
		}
}
END_TEST

/* Who may read has something to read, who may write something to write; nothing is executable. */
START_TEST(modes_are_sane)
{
	for
		each_row(r, objects[_i]->type)
		{
			bool dir = S_ISDIR(r->mode);
			bool reads = r->show || r->show_to || r->kind || r->commands || r->stream;
			bool writes = r->kind || r->store || r->commands || r->bytes;
			ck_assert_msg(dir == (r->dir != NULL), "%s", r->name);
			ck_assert_msg((r->mode & ~(mode_t)(S_IFDIR | 0777)) == 0, "%s", r->name);
			ck_assert_msg(dir || (r->mode & 0111) == 0, "%s", r->name);
			ck_assert_msg(
			    dir || reads == ((r->mode & 0400) != 0), "%s: who reads?", r->name);
			ck_assert_msg(
			    dir || writes == ((r->mode & 0200) != 0), "%s: who writes?", r->name);
			ck_assert_msg((r->mode & 0022) == 0, "%s: all may write", r->name);
			ck_assert_msg(
			    (r->mode & 0044) == 0044 || (r->mode & 0044) == 0, "%s", r->name);
		}
}
END_TEST

/* One way to read and one to write each. */
START_TEST(row_is_one_thing)
{
	for
		each_row(r, objects[_i]->type)
		{
			int writes = (r->kind != NULL) + (r->store != NULL) +
				     (r->commands != NULL) + (r->bytes != NULL);
			ck_assert_msg(writes <= 1, "%s is written in %d ways", r->name, writes);
			ck_assert_msg(r->stream == NULL || r->show == NULL, "%s", r->name);
			ck_assert_msg(r->begin == NULL || r->stream != NULL, "%s", r->name);
			ck_assert_msg(
			    r->kind != NULL || (!r->check && !r->apply && !r->wanted && !r->unset),
			    "%s", r->name);
			ck_assert_msg(
			    (r->flags & ROW_NEXT_BOOT) == 0 || r->kind != NULL, "%s", r->name);
			ck_assert_msg(
			    (r->flags & ROW_COUNTER) == 0 || r->show != NULL || r->show_to != NULL,
			    "%s", r->name);
		}
}
END_TEST

/* Limits and host paths stay root's (interface.md, rule 7). */
START_TEST(limits_are_root_s)
{
	for
		each_row(r, objects[_i]->type) if (strncmp(r->name, "cpu.", 4) == 0 ||
						   strncmp(r->name, "memory.", 7) == 0 ||
						   strncmp(r->name, "pids.", 5) == 0 ||
						   strncmp(r->name, "io.", 3) == 0)
		    ck_assert_msg((r->flags & ROW_OWNERS) == 0, "%s", r->name);
}
END_TEST

/* ---- the manual ---- */

/* Does text have a line that begins with head and has name as a word? mdoc's quotes and commas
 * separate words. */
static bool tells_of(const char *text, const char *head, const char *name)
{
	for (const char *line = text; line != NULL; line = strchr(line + 1, '\n')) {
		char at[256];
		snprintf(at, sizeof(at), "%.*s", (int)strcspn(line + 1, "\n"), line + 1);
		if (strncmp(at, head, strlen(head)) != 0)
			continue;
		for (char *rest = at + strlen(head), *word; (word = strsep(&rest, " ,\"")) != NULL;)
			if (strcmp(word, name) == 0)
				return true;
	}
	return false;
}

START_TEST(manual_tells_of_all)
{
	const struct type *types[] = {
	    objects[0]->type, objects[1]->type, objects[2]->type, &job_type, &image_object};
	struct buf man = {0};
	ck_assert_int_eq(fd_read_at(AT_FDCWD, "man/warren.7", &man), 0);
	for
		each_row(r, types[_i])
		{
			/* nic0 ... nic7, disk0 ... disk7 */
			bool numbered = isdigit(r->name[strlen(r->name) - 1]);
			ck_assert_msg(numbered || tells_of(man.at, ".It Pa ", r->name), "%s %s",
			    types[_i]->name, r->name);
			for (const struct command_row *c = r->commands; c != NULL;
			     c = command_next(types[_i], r, c))
				ck_assert_msg(tells_of(man.at, ".It Cm ", c->name), "%s %s %s",
				    types[_i]->name, r->name, c->name);
		}
	buf_finish(&man);
}
END_TEST

/* ---- verbs ---- */

START_TEST(verbs_are_sorted)
{
	for
		each_row(r, objects[_i]->type)
		{
			const char *before = "";
			const struct command_row *c = r->commands;
			for (; c != NULL; c = command_next(objects[_i]->type, r, c)) {
				if (c == objects[_i]->type->commands) /* behind the row's */
					before = "";
				ck_assert_msg(strcmp(before, c->name) < 0, "%s", c->name);
				before = c->name;
			}
		}
}
END_TEST

/* "NAME WORD [WORD]": as many words as the row takes, those in brackets may be left out. */
START_TEST(usage_is_true)
{
	for
		each_row(r, objects[_i]->type)
		{
			for (const struct command_row *c = r->commands; c != NULL;
			     c = command_next(objects[_i]->type, r, c)) {
				char usage[80], *words[8];
				int min = 0;
				snprintf(usage, sizeof(usage), "%s", c->usage);
				int n = word_split(usage, words, 8);
				for (int i = 1; i < n; i++)
					min += words[i][0] != '[';
				ck_assert_str_eq(words[0], c->name);
				ck_assert(c->run != NULL);
				ck_assert_msg(min == c->min && n - 1 == c->max, "%s", c->usage);
				ck_assert_int_lt(c->max, WORDS_MAX);
			}
		}
}
END_TEST

/* cat ctl prints what it takes now. */
static const struct {
	int object;
	enum zone_state state;
	const char *list;
} lists[] = {
    {0, 0, "# boot-all\n# halt-all\n# log error|warn|info|debug\n# shutdown-all [SECONDS]\n"},
    {1, ZONE_CONFIGURED, "# boot\n# destroy\n# halt\n# rollback SNAPSHOT\n"},
    {1, ZONE_BOOTING, "# halt\n# shutdown [SECONDS]\n"},
    {1, ZONE_RUNNING,
	"# halt\n# kill SIGNAL [PID]\n# pause\n# reboot [SECONDS]\n# shutdown [SECONDS]\n# size "
	"ROWS COLS\n"},
    {1, ZONE_PAUSED,
	"# halt\n# kill SIGNAL [PID]\n# reboot [SECONDS]\n# resume\n# shutdown [SECONDS]\n# size "
	"ROWS COLS\n"},
    {1, ZONE_HALTING, "# halt\n# reboot [SECONDS]\n# shutdown [SECONDS]\n"},
    {1, ZONE_FAILED, "# boot\n# destroy\n# halt\n# rollback SNAPSHOT\n"},
    {2, ZONE_HALTED, "# boot\n# destroy\n# halt\n# eject [cdrom|cdrom1]\n# enroll\n"},
    {2, ZONE_RUNNING,
	"# halt\n# kill SIGNAL [PID]\n# pause\n# reboot [SECONDS]\n# shutdown [SECONDS]\n"
	"# balloon SIZE\n# eject [cdrom|cdrom1]\n# nmi\n# reset\n"},
};

START_TEST(ctl_lists_its_verbs)
{
	struct obj *o = objects[lists[_i].object];
	if (o != &root.obj)
		zone_of(o)->state = lists[_i].state;
	ck_assert_str_eq(house_read(o, "ctl"), lists[_i].list);
	if (o != &root.obj)
		zone_of(o)->state = ZONE_CONFIGURED;
}
END_TEST

/* ---- reading and writing by the rows ---- */

START_TEST(size_is_what_a_read_gives)
{
	for
		each_row(r, objects[_i]->type)
		{
			struct node n = {objects[_i], r, 0};
			uint64_t size;
			int64_t mtime;
			if (S_ISDIR(r->mode) || r->bytes != NULL || r->stream != NULL)
				continue;
			file_stat(&n, 0, &size, &mtime);
			house_read(objects[_i], r->name);
			ck_assert_msg(house.code == 0 && house.text.len == size, "%s: %zu, not %d",
			    r->name, house.text.len, (int)size);
			ck_assert_msg(size == 0 || buf_text(&house.text)[size - 1] == '\n',
			    "%s has no last newline", r->name);
		}
}
END_TEST

START_TEST(what_only_tells_takes_nothing)
{
	for
		each_row(r, objects[_i]->type)
		{
			if ((r->mode & 0200) != 0)
				continue;
			char line[80];
			ck_assert_int_eq(house_write(objects[_i], r->name, "1"), EPERM);
			snprintf(line, sizeof(line), "%s: it takes no writes: read it", r->name);
			ck_assert_str_eq(objects[_i]->error, line);
		}
}
END_TEST

static int times(const char *text, const char *part)
{
	int n = 0;
	while ((text = strstr(text, part)) != NULL) {
		text += strlen(part);
		n++;
	}
	return n;
}

START_TEST(help_names_every_file_once)
{
	const char *help = house_read(objects[_i], "help");
	const char *blocks = strstr(help, "\nFiles that block");
	for
		each_row(r, objects[_i]->type)
		{
			bool numbered =
			    isdigit(r->name[strlen(r->name) - 1]) && strcmp(r->name, "nic0") != 0 &&
			    strcmp(r->name, "disk0") != 0 && strcmp(r->name, "cdrom1") != 0;
			char line[2 * NAME_LEN];
			snprintf(line, sizeof(line), "\n  %s ", r->name);
			ck_assert_msg(
			    times(help, line) == !(numbered || row_is_inside(r)), "%s", r->name);
			ck_assert_msg(
			    r->begin == NULL || strstr(blocks, line) != NULL, "%s blocks", r->name);
		}
	ck_assert_int_eq(times(blocks, "\n\n"), 0); /* they are last */
	ck_assert_int_eq(times(help, "\n  nic0 ... nic7 "), _i == 0 ? 0 : 1);
	ck_assert_int_lt(times(help, "\n"), _i == 0 ? 40 : 100);
}
END_TEST

START_TEST(example_is_a_value)
{
	for
		each_row(r, objects[_i]->type)
		{
			union value v = {0};
			if (r->example == NULL || r->kind == NULL)
				continue;
			char *text = xstrdup(r->example);
			ck_assert_msg(
			    r->kind->parse(r, text, &v) == 0, "%s: %s", r->name, err_text());
			free(text);
			if (r->kind->owned)
				free(v.p);
		}
}
END_TEST

START_TEST(directory_has_its_help)
{
	for
		each_row(r, objects[_i]->type)
		{
			char name[2 * NAME_LEN];
			if (r->dir == NULL || r->dir->files)
				continue;
			snprintf(name, sizeof(name), "%s/help", r->name);
			ck_assert_ptr_nonnull(r->dir->help);
			ck_assert_str_eq(house_read(objects[_i], name), r->dir->help);
		}
}
END_TEST

/* ---- numbers of nodes ---- */

START_TEST(number_leads_back)
{
	for
		each_row(r, objects[_i]->type)
		{
			for (unsigned alias = 0; alias < 64; alias += 21) {
				struct node n = {objects[_i], r, alias}, found, named;
				struct node dir = {objects[_i], NULL, 0};
				ck_assert_int_eq(node_find(node_number(&n), &found), 0);
				ck_assert_ptr_eq(found.obj, n.obj);
				ck_assert_ptr_eq(found.row, r);
				ck_assert_uint_eq(found.alias, alias);
				ck_assert_int_eq(node_lookup(&dir, r->name, &named), 0);
				ck_assert_uint_eq(node_number(&named), node_inode(&n));
			}
		}
}
END_TEST

START_TEST(directories_have_numbers)
{
	struct node top = {&root.obj, NULL, 0}, n, up;
	ck_assert_uint_eq(node_number(&top), 1); /* FUSE's root */
	for (int i = 1; i < TYPES; i++) {
		struct node dir = {objects[i], NULL, 0};
		ck_assert_int_eq(node_find(node_number(&dir), &n), 0);
		ck_assert_ptr_eq(n.obj, objects[i]);
		ck_assert_ptr_null(n.row);
		ck_assert_int_eq(node_lookup(&dir, "..", &up), 0);
		ck_assert_ptr_eq(up.row, objects[i]->slot);
		ck_assert_int_eq(node_lookup(&up, objects[i]->name, &n), 0);
		ck_assert_ptr_eq(n.obj, objects[i]);
		ck_assert_int_eq(node_lookup(&up, "..", &up), 0);
		ck_assert_uint_eq(node_number(&up), 1);
	}
}
END_TEST

static const uint64_t strangers[] = {0, 1023, UINT64_C(7) << 16 | 1023, UINT64_C(9) << 16,
    UINT64_C(1031) << 16, UINT64_MAX, UINT64_C(7) << 48};

START_TEST(strange_number_is_refused)
{
	struct node n;
	ck_assert_int_eq(node_find(strangers[_i], &n), -1);
	ck_assert_int_eq(err_code(), ENOENT);
}
END_TEST

START_TEST(strange_name_is_refused)
{
	static const char *const names[] = {"", "nonesuch", "...", "zones/z", "Zones"};
	for (size_t i = 0; i < NELEM(names); i++) {
		struct node top = {&root.obj, NULL, 0},
			    zones = {&root.obj, row_by_name(&type, "zones"), 0}, n;
		ck_assert_int_eq(node_lookup(&top, names[i], &n), -1);
		ck_assert_int_eq(node_lookup(&zones, names[i], &n), -1);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("rows");
	TCase *t = tcase_create("rows");
	tcase_add_checked_fixture(t, open_tree, close_tree);
	tcase_add_loop_test(t, numbers_are_fit_and_unique, 0, TYPES);
	tcase_add_loop_test(t, names_are_fit_and_unique, 0, TYPES);
	tcase_add_loop_test(t, help_is_a_line, 0, TYPES);
	tcase_add_loop_test(t, settings_say_what_is_wanted, 0, TYPES);
	tcase_add_loop_test(t, values_lie_apart, 0, TYPES);
	tcase_add_loop_test(t, unset_value_is_a_value, 0, TYPES);
	tcase_add_loop_test(t, modes_are_sane, 0, TYPES);
	tcase_add_loop_test(t, row_is_one_thing, 0, TYPES);
	tcase_add_loop_test(t, limits_are_root_s, 0, TYPES);
	tcase_add_loop_test(t, manual_tells_of_all, 0, TYPES + 2);
	tcase_add_loop_test(t, verbs_are_sorted, 0, TYPES);
	tcase_add_loop_test(t, usage_is_true, 0, TYPES);
	tcase_add_loop_test(t, ctl_lists_its_verbs, 0, NELEM(lists));
	tcase_add_loop_test(t, size_is_what_a_read_gives, 0, TYPES);
	tcase_add_loop_test(t, what_only_tells_takes_nothing, 0, TYPES);
	tcase_add_loop_test(t, help_names_every_file_once, 0, TYPES);
	tcase_add_loop_test(t, example_is_a_value, 0, TYPES);
	tcase_add_loop_test(t, directory_has_its_help, 0, TYPES);
	tcase_add_loop_test(t, number_leads_back, 0, TYPES);
	tcase_add_test(t, directories_have_numbers);
	tcase_add_loop_test(t, strange_number_is_refused, 0, NELEM(strangers));
	tcase_add_test(t, strange_name_is_refused);
	suite_add_tcase(s, t);
	return suite_run(s);
}
