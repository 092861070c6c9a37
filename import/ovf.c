#include "import/ovf.h"

#include <errno.h>
#include <expat.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/word.h"
#include "import/ovfos.h"

/* The name from expat 2.9 on, which warns of the old one. */
#if XML_MAJOR_VERSION == 2 && XML_MINOR_VERSION < 9
#define XML_GetCurrentLineNumber64 XML_GetCurrentLineNumber
#endif

/* CIM's numbers of what an Item is (ResourceType). */
enum { ITEM_CPU = 3, ITEM_MEMORY = 4, ITEM_NIC = 10 };
enum { TEXT = 128 };

struct file {
	char id[OVF_NAME], href[OVF_NAME];
	bool packed; /* compressed, or in several pieces */
};

struct reading {
	XML_Parser parser;
	struct ovf *o;
	struct file files[OVF_FILES];
	unsigned nfiles, systems, disks;
	char ref[OVF_NAME]; /* the file of the first disk */
	bool failed;
	unsigned long os_number;
	bool in_os; /* within an OperatingSystemSection */

	char text[TEXT]; /* of the element that is open; what is longer is none of these words */
	size_t len;
	/* the Item that is open */
	bool is_bound;
	unsigned long type;
	char quantity[TEXT], units[TEXT];
};

/* The error is set. */
static void stop(struct reading *r)
{
	r->failed = true;
	XML_StopParser(r->parser, XML_FALSE);
}

/* Names without their namespace: makers have prefixes of their own. */
static const char *local(const char *name)
{
	const char *colon = strrchr(name, ':');
	return colon != NULL ? colon + 1 : name;
}

static const char *attribute(const char **atts, const char *name)
{
	for (; atts[0] != NULL; atts += 2)
		if (strcmp(local(atts[0]), name) == 0)
			return atts[1];
	return "";
}

/* ---- where an element begins ---- */

static int name_keep(char to[OVF_NAME], const char *name)
{
	size_t n = strlen(name);
	if (n >= OVF_NAME)
		return err_set(EINVAL, "its OVF has a name of more than %d bytes", OVF_NAME - 1);
	memcpy(to, name, n + 1);
	return 0;
}

static int begin_file(struct reading *r, const char **atts)
{
	if (r->nfiles == OVF_FILES)
		return err_set(EINVAL, "its OVF names more than %d files", OVF_FILES);
	struct file *f = &r->files[r->nfiles++];
	const char *compression = attribute(atts, "compression");
	f->packed = attribute(atts, "chunkSize")[0] != '\0' ||
		    (compression[0] != '\0' && strcmp(compression, "identity") != 0);
	return name_keep(f->id, attribute(atts, "id")) < 0 ||
		       name_keep(f->href, attribute(atts, "href")) < 0
		   ? -1
		   : 0;
}

/* One without a file is empty. */
static int begin_disk(struct reading *r, const char **atts)
{
	const char *ref = attribute(atts, "fileRef");
	if (ref[0] == '\0') {
		r->o->machine.blank++;
		return 0;
	}
	return r->disks++ > 0 ? 0 : name_keep(r->ref, ref);
}

static int begin_system(struct reading *r, const char **atts)
{
	(void)atts;
	if (r->systems++ == 0)
		return 0;
	return err_set(EINVAL, "it holds more than one machine: export each in an OVA of its own");
}

/* One with bound= is the end of a range, in which another is the size that is offered. */
static int begin_item(struct reading *r, const char **atts)
{
	r->is_bound = attribute(atts, "bound")[0] != '\0';
	r->type = 0;
	r->quantity[0] = r->units[0] = '\0';
	return 0;
}

/* VMware's <vmw:Config vmw:key="firmware" vmw:value="efi"/> */
static int begin_config(struct reading *r, const char **atts)
{
	if (strcmp(attribute(atts, "key"), "firmware") == 0)
		r->o->machine.uefi = strcasecmp(attribute(atts, "value"), "efi") == 0;
	return 0;
}

/* VirtualBox's <Firmware type="EFI"/>, also EFI64 and the like */
static int begin_firmware(struct reading *r, const char **atts)
{
	r->o->machine.uefi = strncasecmp(attribute(atts, "type"), "EFI", 3) == 0;
	return 0;
}

/* ---- the system ---- */

/* What is said first counts; words say more than DMTF's number, for which many a system is "other".
 */
static void os_note(struct reading *r, enum import_os os)
{
	if (r->o->machine.os == OS_UNSAID)
		r->o->machine.os = os;
}

/* VMware's vmw:osType="debian10_64Guest" */
static int begin_os(struct reading *r, const char **atts)
{
	r->in_os = true;
	r->os_number = strtoul(attribute(atts, "id"), NULL, 10);
	os_note(r, ovfos_by_words(attribute(atts, "osType")));
	return 0;
}

/* VirtualBox's <vbox:OSType>Debian_64</vbox:OSType>, and a description for people */
static int end_os_words(struct reading *r)
{
	if (r->in_os)
		os_note(r, ovfos_by_words(r->text));
	return 0;
}

static int end_os(struct reading *r)
{
	r->in_os = false;
	os_note(r, ovfos_by_number(r->os_number));
	return 0;
}

/* ---- where it ends ---- */

static int end_type(struct reading *r)
{
	r->type = strtoul(r->text, NULL, 10);
	return 0;
}

static int end_quantity(struct reading *r)
{
	memcpy(r->quantity, r->text, sizeof(r->text));
	return 0;
}

static int end_units(struct reading *r)
{
	memcpy(r->units, r->text, sizeof(r->text));
	return 0;
}

/* "byte * 2^20", and the words of older versions. 0: none of these */
static uint64_t units_bytes(const char *units)
{
	static const struct {
		const char *unit;
		unsigned bits;
	} known[] = {{"2^10", 10}, {"Kilo", 10}, {"KB", 10}, {"2^20", 20}, {"Mega", 20}, {"MB", 20},
	    {"2^30", 30}, {"Giga", 30}, {"GB", 30}};
	for (size_t i = 0; i < NELEM(known); i++)
		if (strcasestr(units, known[i].unit) != NULL)
			return UINT64_C(1) << known[i].bits;
	return strcasecmp(units, "byte") == 0 ? 1 : 0;
}

static int quantity_bad(const struct reading *r, const char *what)
{
	char n[80], u[80];
	return err_set(EINVAL, "its OVF has %s of \"%s\" \"%s\", which is none", what,
	    word_quote(r->quantity, n, sizeof(n)), word_quote(r->units, u, sizeof(u)));
}

static int memory_take(struct reading *r)
{
	uint64_t n, unit = units_bytes(r->units[0] != '\0' ? r->units : "MB");
	if (word_u64(r->quantity, "", &n) < 0 || unit == 0 || n > (UINT64_C(1) << 50) / unit)
		return quantity_bad(r, "a size of memory");
	r->o->machine.ram = n * unit;
	return 0;
}

static int cpus_take(struct reading *r)
{
	uint64_t n;
	if (word_u64(r->quantity, "", &n) < 0 || n > UINT32_MAX)
		return quantity_bad(r, "a number of CPUs");
	r->o->machine.vcpus = (uint32_t)n;
	return 0;
}

/* Of alternatives for several sizes the first is the one that is offered. */
static int end_item(struct reading *r)
{
	struct import_machine *m = &r->o->machine;
	if (r->is_bound)
		return 0;
	m->nics += r->type == ITEM_NIC;
	if (r->type == ITEM_CPU && m->vcpus == 0)
		return cpus_take(r);
	return r->type == ITEM_MEMORY && m->ram == 0 ? memory_take(r) : 0;
}

/* ---- the elements ---- */

static const struct element {
	const char *name;
	int (*begin)(struct reading *r, const char **atts);
	int (*end)(struct reading *r); /* with its text */
} elements[] = {
    {"File", begin_file, NULL},
    {"Disk", begin_disk, NULL},
    {"VirtualSystem", begin_system, NULL},
    {"Item", begin_item, end_item},
    {"EthernetPortItem", begin_item, end_item},
    {"StorageItem", begin_item, end_item},
    {"ResourceType", NULL, end_type},
    {"VirtualQuantity", NULL, end_quantity},
    {"AllocationUnits", NULL, end_units},
    {"Config", begin_config, NULL},
    {"Firmware", begin_firmware, NULL},
    {"OperatingSystemSection", begin_os, end_os},
    {"Description", NULL, end_os_words},
    {"OSType", NULL, end_os_words},
};

static const struct element *element(const char *name)
{
	for (size_t i = 0; i < NELEM(elements); i++)
		if (strcmp(elements[i].name, local(name)) == 0)
			return &elements[i];
	return NULL;
}

static void XMLCALL on_begin(void *arg, const char *name, const char **atts)
{
	struct reading *r = arg;
	const struct element *e = element(name);
	r->len = 0;
	r->text[0] = '\0';
	if (!r->failed && e != NULL && e->begin != NULL && e->begin(r, atts) < 0)
		stop(r);
}

static void XMLCALL on_text(void *arg, const char *text, int n)
{
	struct reading *r = arg;
	size_t take = (size_t)n < TEXT - 1 - r->len ? (size_t)n : TEXT - 1 - r->len;
	memcpy(r->text + r->len, text, take);
	r->len += take;
	r->text[r->len] = '\0';
}

static void XMLCALL on_end(void *arg, const char *name)
{
	struct reading *r = arg;
	const struct element *e = element(name);
	if (!r->failed && e != NULL && e->end != NULL && e->end(r) < 0)
		stop(r);
}

/* Without a document type there are no entities, which could grow without end or name files. */
static void XMLCALL on_doctype(
    void *arg, const char *name, const char *system, const char *public, int inside)
{
	(void)name, (void)system, (void)public, (void)inside;
	err_set(EINVAL, "its OVF has a DOCTYPE, which none needs: remove it");
	stop(arg);
}

/* ---- the whole ---- */

static int disk_find(struct reading *r)
{
	if (r->systems == 0)
		return err_set(EINVAL, "its OVF describes no machine");
	if (r->disks != 1)
		return err_set(EINVAL,
		    "it holds %u disks, and an image holds one: unpack it with tar -xf, and import "
		    "each disk into an image of its own",
		    r->disks);
	for (unsigned i = 0; i < r->nfiles; i++)
		if (strcmp(r->files[i].id, r->ref) == 0 && r->files[i].href[0] != '\0') {
			memcpy(r->o->disk, r->files[i].href, sizeof(r->files[i].href));
			return !r->files[i].packed
				   ? 0
				   : err_set(EINVAL, "its disk is compressed as a file, or in "
						     "several: unpack it, and import the disk");
		}
	return err_set(EINVAL, "its OVF has a disk without a file");
}

static int xml_read(struct reading *r, const char *xml, size_t len)
{
	XML_SetUserData(r->parser, r);
	XML_SetElementHandler(r->parser, on_begin, on_end);
	XML_SetCharacterDataHandler(r->parser, on_text);
	XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
	bool read = XML_Parse(r->parser, xml, (int)len, XML_TRUE) == XML_STATUS_OK;
	if (r->failed)
		return -1;
	if (!read)
		return err_set(EINVAL, "its OVF is no XML: line %llu: %s",
		    (unsigned long long)XML_GetCurrentLineNumber64(r->parser),
		    XML_ErrorString(XML_GetErrorCode(r->parser)));
	return disk_find(r);
}

int ovf_read(const char *xml, size_t len, struct ovf *o)
{
	struct reading *r = xcalloc(1, sizeof(*r));
	*o = (struct ovf){0};
	r->o = o;
	r->parser = XML_ParserCreate(NULL);
	int result =
	    r->parser != NULL ? xml_read(r, xml, len) : err_set(ENOMEM, "no memory for XML");
	if (r->parser != NULL)
		XML_ParserFree(r->parser);
	free(r);
	return result;
}
