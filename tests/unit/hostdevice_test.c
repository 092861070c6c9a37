/* base/hostdevice: the lines of a VM's devices. base/usbhost and mount-helper/kit/iommu: what the
 * host has, read from made-up trees of /sys. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/usbhost.h"
#include "mount-helper/kit/iommu.h"
#include "tests/unit/suite.h"

/* ---- lines ---- */

static const struct {
	const char *word;
	enum hostdevice_kind kind;
	unsigned vendor, product;
	const char *at;
} good[] = {
    {"usb=046d:c31c", HOSTDEVICE_USB, 0x046d, 0xc31c, ""},
    {"usb=046D:C31C", HOSTDEVICE_USB, 0x046d, 0xc31c, ""},
    {"usb=1-2", HOSTDEVICE_USB_PORT, 0, 0, "1-2"},
    {"usb=12-1.4.10.2.3.255", HOSTDEVICE_USB_PORT, 0, 0, "12-1.4.10.2.3.255"},
    {"pci=01:00.0", HOSTDEVICE_PCI, 0, 0, "0000:01:00.0"},
    {"pci=0000:0A:1f.7", HOSTDEVICE_PCI, 0, 0, "0000:0a:1f.7"},
    {"pci=10000:e1:00.0", HOSTDEVICE_PCI, 0, 0, "10000:e1:00.0"},
};

START_TEST(line_is_read)
{
	struct hostdevice d;
	ck_assert_int_eq(hostdevice_parse(good[_i].word, &d, ""), 0);
	ck_assert_int_eq((int)d.kind, (int)good[_i].kind);
	ck_assert_uint_eq(d.vendor, good[_i].vendor);
	ck_assert_uint_eq(d.product, good[_i].product);
	ck_assert_str_eq(d.at, good[_i].at);
	ck_assert(hostdevice_same(&d, &d));
}
END_TEST

static const char *const bad[] = {"", "usb", "usb=", "usb=046d", "usb=46d:c31c", "usb=046d:c31",
    "usb=046d:c31c0", "usb=0x046d:0xc31c", "usb=046d-c31c", "usb=1-", "usb=1", "usb=0-1", "usb=1-0",
    "usb=1-1.", "usb=1-1..2", "usb=1-1.2.3.4.5.6.7", "usb=1-256", "usb=1000-1", "usb=1-2:1.0",
    "usb=usb1", "usb=../1-2", "usb=1-2/..", "usb= 1-2", "USB=1-2", "host=046d:c31c",
    "pci=", "pci=1:0.0", "pci=01:00", "pci=01:00.8", "pci=01:20.0", "pci=01:00.00",
    "pci=000:01:00.0", "pci=000000001:01:00.0", "pci=0000:01:00.0 ", "pci=../..",
    "pci=01:00.0,rombar=0", "01:00.0", "pci=nvidia", "usb=046d:c31c,pcap=/etc/x"};

START_TEST(line_is_refused)
{
	struct hostdevice d;
	ck_assert_int_eq(hostdevice_parse(bad[_i], &d, "give one"), -1);
	ck_assert_int_eq(err_code(), EINVAL);
	ck_assert_ptr_nonnull(strstr(err_text(), ": give one"));
}
END_TEST

/* ---- a tree of /sys ---- */

static char top[] = "/tmp/hostdevice-XXXXXX";

static void dir(const char *path)
{
	char full[256];
	snprintf(full, sizeof(full), "%s/%s", top, path);
	ck_assert_int_eq(mkdir(full, 0700), 0);
}

static void file(const char *path, const char *text)
{
	char full[256];
	snprintf(full, sizeof(full), "%s/%s", top, path);
	FILE *f = fopen(full, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void linked(const char *path, const char *to)
{
	char full[256];
	snprintf(full, sizeof(full), "%s/%s", top, path);
	ck_assert_int_eq(symlink(to, full), 0);
}

static void usb(const char *name, const char *bus, const char *number, const char *vendor,
    const char *product, const char *class)
{
	const char *const files[][2] = {{"busnum", bus}, {"devnum", number}, {"idVendor", vendor},
	    {"idProduct", product}, {"bDeviceClass", class}};
	char path[128];
	dir(name);
	for (size_t i = 0; i < NELEM(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", name, files[i][0]);
		if (files[i][1] != NULL)
			file(path, files[i][1]);
	}
}

/* group NULL: behind no IOMMU; driver NULL: it has none */
static void pci(const char *address, const char *group, const char *driver, const char *class)
{
	char path[128], to[128];
	dir(address);
	snprintf(path, sizeof(path), "%s/class", address);
	file(path, class);
	if (driver != NULL) {
		snprintf(path, sizeof(path), "%s/driver", address);
		snprintf(to, sizeof(to), "../../../../bus/pci/drivers/%s", driver);
		linked(path, to);
	}
	if (group == NULL)
		return;
	snprintf(path, sizeof(path), "%s/iommu_group", address);
	snprintf(to, sizeof(to), "../groups/%s", group);
	linked(path, to);
	snprintf(path, sizeof(path), "groups/%s/devices/%s", group, address);
	linked(path, "../../..");
}

static void group(const char *number)
{
	char path[64];
	snprintf(path, sizeof(path), "groups/%s", number);
	dir(path);
	snprintf(path, sizeof(path), "groups/%s/devices", number);
	dir(path);
}

static void tree_make(void)
{
	strcpy(strrchr(top, '-'), "-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
}

static void tree_remove(void)
{
	char command[64];
	snprintf(command, sizeof(command), "rm -rf %s", top);
	ck_assert_int_eq(system(command), 0);
}

/* ---- USB ---- */

struct seen {
	struct usbhost u[8];
	int n;
};

static int note(const struct usbhost *u, void *arg)
{
	struct seen *s = arg;
	ck_assert_int_lt(s->n, (int)NELEM(s->u));
	s->u[s->n++] = *u;
	return 0;
}

static int first(const struct usbhost *u, void *arg)
{
	(void)u, (void)arg;
	return 7;
}

START_TEST(usb_is_listed)
{
	struct seen s = {.n = 0};
	struct hostdevice d;
	usb("usb1", "1\n", "1\n", "1d6b\n", "0002\n", "09\n");
	usb("1-2.4", "1\n", "17\n", "046d\n", "c31c\n", "00\n");
	usb("1-3", "1\n", NULL, "046d\n", "c31c\n", "00\n"); /* just being unplugged */
	usb("1-4", "1\n", "x\n", "046d\n", "c31c\n", "00\n");
	dir("1-2.4:1.0");
	ck_assert_int_eq(usbhost_each(top, note, &s), 0);
	ck_assert_int_eq(s.n, 2);
	const struct usbhost *u = &s.u[s.u[0].hub];
	ck_assert(s.u[!s.u[0].hub].hub);
	ck_assert_uint_eq(u->bus, 1);
	ck_assert_uint_eq(u->number, 17);
	hostdevice_parse("usb=046d:c31c", &d, "");
	ck_assert(usbhost_is(u, &d));
	hostdevice_parse("usb=1-2.4", &d, "");
	ck_assert(usbhost_is(u, &d));
	hostdevice_parse("usb=1-2", &d, "");
	ck_assert(!usbhost_is(u, &d));
	hostdevice_parse("usb=046d:c31d", &d, "");
	ck_assert(!usbhost_is(u, &d));
	ck_assert_int_eq(usbhost_each(top, first, NULL), 7);
	ck_assert_int_eq(usbhost_each("/nosuch", note, &s), 0);
}
END_TEST

/* ---- IOMMU ---- */

static void refused(const char *address, int code, const char *words)
{
	unsigned n;
	ck_assert_int_eq(iommu_group(top, address, &n), -1);
	ck_assert_int_eq(err_code(), code);
	ck_assert_msg(strstr(err_text(), words) != NULL, "%s", err_text());
	ck_assert_uint_lt(strlen(err_text()), 480); /* with its remedy */
}

static void iommu_make(void)
{
	tree_make();
	dir("groups");
	group("14");
	group("15");
	pci("0000:01:00.0", "14", "nouveau", "0x030000\n");
	pci("0000:01:00.1", "14", "snd_hda_intel", "0x040300\n");
	pci("0000:00:01.0", "14", "pcieport", "0x060400\n");
	pci("0000:02:00.0", "15", "vfio-pci", "0x020000\n");
	pci("0000:02:00.1", "15", NULL, "0x020000\n");
	pci("0000:02:00.2", "15", "mlx5-vfio-pci", "0x020000\n");
	pci("0000:00:02.0", "15", "pcieport", "0x060400\n");
	pci("0000:03:00.0", NULL, "vfio-pci", "0x020000\n");
}

START_TEST(group_is_refused)
{
	refused("0000:09:00.0", ENOENT, "there is no such PCI device: give an address");
	refused("0000:03:00.0", EOPNOTSUPP, "it is behind no IOMMU: switch on VT-d");
	refused("0000:00:01.0", EINVAL, "it is a bridge: give a device behind it");
	refused("0000:01:00.0", EINVAL,
	    "the host uses it, or another device of its IOMMU group 14: 0000:00:01.0 (pcieport), "
	    "0000:01:00.0 (nouveau), 0000:01:00.1 "
	    "(snd_hda_intel): bind each");
	refused("0000:02:00.1", EINVAL, "0000:02:00.1 (no driver)");
}
END_TEST

START_TEST(group_is_found)
{
	unsigned n = 0;
	ck_assert_int_eq(iommu_group(top, "0000:02:00.0", &n), 0);
	ck_assert_uint_eq(n, 15);
	n = 0;
	ck_assert_int_eq(iommu_group(top, "0000:02:00.2", &n), 0);
	ck_assert_uint_eq(n, 15);
}
END_TEST

START_TEST(large_group_is_counted)
{
	char address[16];
	group("16");
	for (int i = 0; i < 24; i++) {
		snprintf(address, sizeof(address), "0000:04:%02x.0", i);
		pci(address, "16", "a_driver_with_a_long_name", "0x020000\n");
	}
	refused("0000:04:05.0", EINVAL, " more: bind each but bridges");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("hostdevice");
	TCase *words = tcase_create("words"), *usbs = tcase_create("usb"),
	      *groups = tcase_create("iommu");
	tcase_add_loop_test(words, line_is_read, 0, NELEM(good));
	tcase_add_loop_test(words, line_is_refused, 0, NELEM(bad));
	tcase_add_checked_fixture(usbs, tree_make, tree_remove);
	tcase_add_test(usbs, usb_is_listed);
	tcase_add_checked_fixture(groups, iommu_make, tree_remove);
	tcase_add_test(groups, group_is_refused);
	tcase_add_test(groups, group_is_found);
	tcase_add_test(groups, large_group_is_counted);
	suite_add_tcase(s, words);
	suite_add_tcase(s, usbs);
	suite_add_tcase(s, groups);
	return suite_run(s);
}
