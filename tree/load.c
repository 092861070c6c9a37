/* Making the objects of the tree from their settings files. */
#include "tree/load.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/log.h"
#include "base/word.h"
#include "fs/error.h"
#include "fs/foreign.h"
#include "fs/settings.h"
#include "host/history.h"
#include "images/image.h"
#include "vm/vm.h"
#include "zone/logs.h"
#include "zone/console.h"
#include "zone/exec/job.h"
#include "zone/exec/output.h"
#include "zone/meta.h"
#include "zone/rows.h"

/* An object whose settings can't be read is in the tree by a name of its own, and says why. */
static void damaged(struct obj *o)
{
	struct err why;
	err_copy(&why);
	log_error("object %" PRIu64 ": %s", o->id, why.text);
	err_set(why.code, "%s; mend objects/%" PRIu64 " below state=, and mount again", why.text,
	    o->id);
	error_note(o, "settings");
	o->error_stays = true;
	o->unreadable = true;
}

static void zone_damaged(struct zone *z)
{
	damaged(&z->l.obj);
	err_copy(&z->why);
	z->state = ZONE_FAILED;
}

static void load_either(uint64_t id, const char *text, int result, bool vm, char name[NAME_LEN + 1])
{
	const struct row *slot = row_by_name(tree_root()->type, vm ? "vms" : "zones");
	if (result == 0 && dir_find(tree_root(), slot, name) != NULL)
		result = err_set(EBADMSG, "its name is another's");
	if (!word_is_name(name) || result < 0)
		snprintf(name, NAME_LEN + 1, "damaged-%" PRIu64, id);
	struct zone *z = (vm ? vm_create : zone_create)(id, name, tree_root(), slot);
	if (result < 0 || settings_load(&z->l.obj, text) < 0)
		zone_damaged(z);
	else if (z->l.obj.error == NULL && foreign_tell(&z->l.obj) < 0)
		error_note(&z->l.obj, "settings");
}

static void load_zone(uint64_t id, const char *text, int result, char name[NAME_LEN + 1])
{
	load_either(id, text, result, false, name);
}

static void load_vm(uint64_t id, const char *text, int result, char name[NAME_LEN + 1])
{
	load_either(id, text, result, true, name);
}

/* An image whose settings can't be read is shown as empty, and nothing of it is deleted. */
static void load_image(uint64_t id, const char *text, int result, char name[NAME_LEN + 1])
{
	const struct row *slot = row_by_name(tree_root()->type, "images");
	if (result == 0 && dir_find(tree_root(), slot, name) != NULL)
		result = err_set(EBADMSG, "its name is another's");
	if (!word_is_name(name) || result < 0)
		snprintf(name, NAME_LEN + 1, "damaged-%" PRIu64, id);
	struct image *m = image_create(id, name, tree_root(), slot);
	if (result == 0 && settings_load(&m->obj, text) == 0) {
		if (foreign_tell(&m->obj) < 0)
			error_note(&m->obj, "settings");
		return;
	}
	damaged(&m->obj);
	m->state = IMAGE_FAILED;
	m->filled = false;
}

static void load_job(uint64_t id, const char *text, int result, char *name)
{
	(void)result; /* its kind was read */
	job_load(id, name, text);
}

static void load_meta(uint64_t id, const char *text, int result, char *name)
{
	(void)result;
	meta_load(id, name, text);
}

static void load_metadata(uint64_t id, const char *text, int result, char *name)
{
	(void)result;
	metadata_load(id, name, text);
}

static const struct kind_row {
	const char *kind;
	bool part; /* part of a zone: loaded after it */
	void (*load)(uint64_t id, const char *text, int result, char name[NAME_LEN + 1]);
} kinds[] = {
    {"zone", false, load_zone},
    {"vm", false, load_vm},
    {"image", false, load_image},
    {"job", true, load_job},
    {"meta", true, load_meta},
    {"metadata", true, load_metadata},
};

/* An object of a newer warren is not in this tree, and stays on disk as it is. */
static void unknown_kind(uint64_t id, const char *kind)
{
	err_set(EBADMSG,
	    "object %" PRIu64 " is of kind %s, which this warren does not know: it is kept", id,
	    kind);
	log_warn("%s", err_text());
	error_note(tree_root(), "settings");
}

static void load_object(int objects, uint64_t id, bool of_zones)
{
	char file[32], kind[16] = "zone", name[NAME_LEN + 1] = "";
	struct buf text = {0};
	const struct kind_row *k = NULL;
	snprintf(file, sizeof(file), "%" PRIu64, id);
	int result = fd_read_at(objects, file, &text);
	if (result == 0)
		result = settings_head(buf_text(&text), kind, sizeof(kind), name, sizeof(name));
	for (size_t i = 0; i < NELEM(kinds); i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			k = &kinds[i];
	if (k != NULL && k->part == of_zones)
		k->load(id, buf_text(&text), result, name);
	else if (k == NULL && !of_zones)
		unknown_kind(id, kind);
	if (tree_next_id <= id)
		tree_next_id = id + 1;
	buf_finish(&text);
}

static int load_objects(int objects, bool of_zones)
{
	int copy = openat(objects, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
	if (d == NULL)
		return err_sys("read the settings' directory");
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		uint64_t id;
		if (word_u64(e->d_name, "", &id) == 0 && id > 0 && id < UINT64_C(1) << 40)
			load_object(objects, id, of_zones);
	}
	closedir(d);
	return 0;
}

static void load_root(int objects)
{
	struct buf text = {0};
	if (faccessat(objects, "0", F_OK, 0) == 0 &&
	    (fd_read_at(objects, "0", &text) < 0 ||
		settings_load(tree_root(), buf_text(&text)) < 0))
		log_error("the root's settings: %s", err_text());
	buf_finish(&text);
}

static int lasting_objects;

/* Objects of a newer warren have a settings file here, and no object. */
static bool is_gone(uint64_t id)
{
	char settings[24];
	snprintf(settings, sizeof(settings), "%" PRIu64, id);
	return id != 0 && obj_by_id(id) == NULL &&
	       faccessat(lasting_objects, settings, F_OK, 0) < 0;
}

/* Is it the log of a zone that does not exist? The daemon or the host went down while that was
 * being removed. */
static bool is_log_left(const char *name)
{
	return job_ring_is_orphan(name) || is_gone(history_id(name)) || is_gone(console_id(name));
}

int load_all(int lasting, int fleeting)
{
	load_root(lasting);
	if (load_objects(lasting, false) < 0 || load_objects(lasting, true) < 0 ||
	    load_objects(fleeting, true) < 0)
		return -1;
	lasting_objects = lasting;
	logs_sweep(is_log_left);
	err_clear();
	return 0;
}
