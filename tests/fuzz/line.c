/* Settings of a VM, a line of the settings file each, and QEMU's command line of them: no word is
 * made by what a user gave, nor a property of an option by a comma in it. */
#include <ctype.h>

#include "base/mem.h"
#include "images/image.h"
#include "tests/fuzz/check.h"
#include "vm/disk.h"
#include "vm/qemu.h"

/* Options whose value is properties, KEY=VALUE with commas between, behind one word at most. */
static const char *const options[] = {"-machine", "-accel", "-smp", "-device", "-netdev",
    "-chardev", "-blockdev", "-drive", "-object", "-add-fd", "-global", "-boot", "-rtc", "-cpu"};
/* What is the user's own word, as he wrote it. */
static const char *const free_values[] = {"-append", "-name"};

static bool is_among(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

/* The end of a property: the next comma that is not doubled. */
static const char *property_end(const char *p)
{
	while (*p != '\0' && (*p != ',' || p[1] == ','))
		p += p[0] == ',' ? 2 : 1;
	return p;
}

static void check_properties(const char *value)
{
	for (const char *p = value, *end; *p != '\0'; p = *end == ',' ? end + 1 : end) {
		end = property_end(p);
		const char *equals = memchr(p, '=', (size_t)(end - p));
		assert(equals != NULL || p == value || p[0] == '-' ||
		       strncmp(p, "enforce", (size_t)(end - p)) == 0);
		for (const char *k = p; equals != NULL && k < equals; k++)
			assert(isalnum((unsigned char)*k) || strchr("-_.", *k) != NULL);
	}
}

/* Hosts' paths begin a value. */
static void check_paths(const char *word)
{
	static const char *const own[] = {"/kernel", "/initrd", "/dev/fdset/"};
	for (const char *at = word; (at = strchr(at, '/')) != NULL; at++) {
		bool known = at > word && strchr("=, \"", at[-1]) == NULL;
		for (size_t i = 0; i < NELEM(own); i++)
			known = known || strncmp(at, own[i], strlen(own[i])) == 0;
		assert(known);
	}
}

static void check_line(const struct buf *argv, uint32_t argc)
{
	const char *word = argv->at, *option = "";
	for (uint32_t i = 0; i < argc; i++, word += strlen(word) + 1) {
		bool value = option[0] == '-';
		bool given = is_among(option, free_values, NELEM(free_values));
		for (const char *p = word; *p != '\0'; p++)
			assert(given || ((unsigned char)*p >= ' ' && *p != 0x7f));
		assert(i == 0 || value || word[0] == '-');
		if (value && word[0] != '{' && is_among(option, options, NELEM(options)))
			check_properties(word);
		if (i > 0 && !given)
			check_paths(word);
		/* these have no value */
		bool alone =
		    strcmp(word, "-nodefaults") == 0 || strcmp(word, "-no-user-config") == 0;
		option = value || alone ? "" : word;
	}
	assert(word == argv->at + argv->len);
}

static void image_add(void)
{
	struct obj *o = &image_create(tree_new_id(), "base", &house.root.obj, &house_rows[2])->obj;
	image_of(o)->is.format = DISK_RAW;
}

/* A boot looks at that first (zone/image.c). */
static bool images_are_there(struct vm *vm)
{
	char name[NAME_LEN + 1];
	for (unsigned i = 0; i < VM_DISKS; i++)
		if (disk_image(&vm->z, i, name) && name[0] != '\0' && strcmp(name, "base") != 0)
			return false;
	return true;
}

/* What a boot decides before the line is made. */
static void began(struct vm *vm)
{
	vm->accel_used = ACCEL_TCG;
	for (int n = 0; n < NICS; n++)
		if (vm->z.nics.set[n].v.p != NULL)
			vm->z.nics.now[n] = ((const struct nic_line *)vm->z.nics.set[n].v.p)->nic;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf argv = {0}, env = {0};
	uint32_t argc = 0, envc = 0;
	if (house.zone == NULL) {
		house_open();
		image_add();
	}
	char *good = settings_text(house.vm), *lines = fuzz_string(data, size);
	bool whole = size > 0 && data[size - 1] == '\n';
	char *text = xasprintf(
	    "warren-object 1\nkind vm\nset accel tcg\n%s%send\n", lines, whole ? "" : "\n");
	if (settings_load(house.vm, text) == 0) {
		struct vm *vm = vm_of(zone_of(house.vm));
		began(vm);
		if (images_are_there(vm) && qemu_orders(&vm->z, &argv, &argc, &env, &envc) == 0)
			check_line(&argv, argc);
	}
	assert(settings_load(house.vm, good) == 0);
	buf_finish(&argv);
	buf_finish(&env);
	free(good);
	free(lines);
	free(text);
	return 0;
}
