/* Parsing what the kernel says of a writer, and what his message says of the host. */
#include <check.h>
#include <errno.h>
#include <linux/auxvec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/err.h"
#include "base/list.h"
#include "mount-helper/proof/look.h"
#include "mount-helper/proof/message.h"
#include "tests/unit/suite.h"

enum { U = 54321 };

/* ---- what the kernel says ---- */

static const struct {
	const char *text;
	int result;
	unsigned fd;
	uint64_t at, count;
	bool vector, narrow;
} calls[] = {
    {"running\n", 0, 0, 0, 0, false, false},
    {"-1 0x7ffe0 0x7f00\n", -1, 0, 0, 0, false,
	false}, /* not in a call: a fault, or a thread of the kernel */
    {"", -1, 0, 0, 0, false, false},
    {"x\n", -1, 0, 0, 0, false, false},
#ifdef __x86_64__
    {"1 0x3 0x55d0c0ffee00 0x1b 0x0 0x0 0x0 0x7ffe0 0x7f00\n", 1, 3, 0x55d0c0ffee00, 0x1b, false,
	false},
    {"18 0x3 0x1000 0x1b 0x0 0x0 0x0 0x7ffe0 0x7f00\n", 1, 3, 0x1000, 0x1b, false, false},
    {"20 0x3 0x1000 0x2 0x0 0x0 0x0 0x7ffe0 0x7f00\n", 1, 3, 0x1000, 2, true, false},
    {"296 0x3 0x1000 0x2 0x0 0x0 0x0 0x7ffe0 0x7f00\n", 1, 3, 0x1000, 2, true, false},
    {"328 0x3 0x1000 0x2 0x0 0x0 0x0 0x7ffe0 0x7f00\n", 1, 3, 0x1000, 2, true, false},
    {"4 0x1 0x8000 0x5 0x0 0x0 0x0 0xffe0 0xf7f0\n", 1, 1, 0x8000, 5, false, true},
    {"181 0x1 0x8000 0x5 0x0 0x0 0x0 0xffe0 0xf7f0\n", 1, 1, 0x8000, 5, false, true},
    {"146 0x1 0x8000 0x5 0x0 0x0 0x0 0xffe0 0xf7f0\n", 1, 1, 0x8000, 5, true, true},
    {"0 0x3 0x1000 0x1b 0x0 0x0 0x0 0x7ffe0 0x7f00\n", -1, 0, 0, 0, false, false}, /* read */
    {"40 0x3 0x4 0x0 0x1b 0x0 0x0 0x7ffe0 0x7f00\n", -1, 0, 0, 0, false, false}, /* sendfile */
    {"326 0x3 0x0 0x4 0x0 0x1b 0x0 0x7ffe0 0x7f00\n", -1, 0, 0, 0, false,
	false}, /* copy_file_range */
    {"426 0x3 0x1 0x1 0x0 0x0 0x0 0x7ffe0 0x7f00\n", -1, 0, 0, 0, false,
	false}, /* io_uring_enter */
    {"1073741825 0x3 0x1000 0x1b 0x0 0x0 0x0 0x7ffe0 0x7f00\n", -1, 0, 0, 0, false,
	false}, /* x32 */
    {"1 0xffffffffffffffff 0x1000 0x1b 0x0 0x0 0x0 0x7ffe0 0x7f00\n", -1, 0, 0, 0, false, false},
    {"4 0x7ffe0000dead 0x1000 0x1b 0x0 0x0 0x0 0x7ffe0 0x7f00\n", -1, 0, 0, 0, false,
	false}, /* stat */
    {"1 0x3\n", -1, 0, 0, 0, false, false},
#endif
};

START_TEST(call_is_a_write_or_none)
{
	struct look_call c = {0};
	ck_assert_int_eq(look_call(&c, calls[_i].text), calls[_i].result);
	if (calls[_i].result <= 0)
		return;
	ck_assert_uint_eq(c.fd, calls[_i].fd);
	ck_assert_uint_eq(c.at, calls[_i].at);
	ck_assert_uint_eq(c.count, calls[_i].count);
	ck_assert(c.vector == calls[_i].vector && c.narrow == calls[_i].narrow);
}
END_TEST

static const struct {
	unsigned uid, euid, gid, egid;
	uid_t writer;
	bool plain;
} executed[] = {
    {0, 0, 0, 0, 0, true}, {U, U, U, U, U, true},
    {0, 0, 0, 0, U, true}, /* a server of root's that has become a user */
    {U, 0, U, U, 0, false}, /* a set-uid program */
    {U, U, U, 7, U, false}, /* a set-gid one */
    {U, 0, U, U, U, false},
    {U, U, U, U, 0, false}, /* one with file capabilities that made itself root */
};

START_TEST(set_id_programs_are_known)
{
	const unsigned *e = &executed[_i].uid;
	uint64_t wide[] = {AT_SYSINFO_EHDR, 0x7ffe00001000, AT_UID, e[0], AT_EUID, e[1], AT_GID,
	    e[2], AT_EGID, e[3], 0, 0};
	uint32_t narrow[NELEM(wide)];
	for (size_t i = 0; i < NELEM(wide); i++)
		narrow[i] = (uint32_t)wide[i];
	ck_assert(look_plain(wide, sizeof(wide), executed[_i].writer) == executed[_i].plain);
	ck_assert(look_plain(narrow, sizeof(narrow), executed[_i].writer) == executed[_i].plain);
	ck_assert(!look_plain(wide, 5 * sizeof(*wide), executed[_i].writer)); /* cut off */
	ck_assert(!look_plain(wide, 0, executed[_i].writer));
}
END_TEST

/* ---- messages ---- */

static const struct {
	const char *file, *text, *path;
	uint32_t use;
	uint64_t size;
	bool names;
} messages[] = {
    {"mounts", "/srv /mnt ro", "/srv", USE_MOUNT_READ, 0, true},
    {"devices", "usb=1-2\nusb=046d:c31c\n", "usb=046d:c31c", USE_USB, 0, true},
    {"devices", "usb=1-2\npci=01:00.0\n", "pci=01:00.0", USE_PCI, 0, true},
    {"devices", "pci=01:00.0", "pci=01:00.0", USE_USB, 0, false},
    {"devices", "pci=01:00.0", "pci=0000:01:00.0", USE_PCI, 0, false},
    {"devices", "usb=1-2\n/dev/x rw", "usb=1-2", USE_USB, 0, false},
    {"config", "devices=usb=1-2\nram=1G", "usb=1-2", USE_USB, 0, true},
    {"mounts", "/srv /mnt ro\n", "/srv", USE_MOUNT_READ, 0, true},
    {"mounts", "# of the web\n\n  /a /b rw  \r\n/srv\t/mnt   ro\n", "/srv", USE_MOUNT_READ, 0,
	true},
    {"mounts", "/s\\040rv//x/ /mnt ro", "/s rv/x", USE_MOUNT_READ, 0, true},
    {"mounts", "/srv /mnt ro", "/srv", USE_MOUNT_WRITE, 0, false},
    {"mounts", "/srv /mnt rw", "/srv", USE_MOUNT_READ, 0, false},
    {"mounts", "/srv /mnt ro", "/mnt", USE_MOUNT_READ, 0, false},
    {"mounts", "/srv /mnt ro", "/sr", USE_MOUNT_READ, 0, false},
    {"mounts", "/srv /mnt ro", "/srv", USE_MOUNT_READ, 1, false},
    {"mounts", "/srv /mnt ro", "/srv", USE_KERNEL, 0, false},
    {"mounts", "/srv /mnt ro\nsome words", "/srv", USE_MOUNT_READ, 0,
	false}, /* not a list as a whole */
    {"mounts", "# /srv /mnt ro", "/srv", USE_MOUNT_READ, 0, false},
    {"mounts", "/srv /mnt", "/srv", USE_MOUNT_READ, 0, false},
    {"mounts", "/srv /mnt ro noexec", "/srv", USE_MOUNT_READ, 0, false},
    {"mounts", "/srv /mnt rw owner=zone", "/srv", USE_MOUNT_OWN, 0, true},
    {"mounts", "/srv /mnt rw owner=zone", "/srv", USE_MOUNT_WRITE, 0, false},
    {"mounts", "/srv /mnt rw", "/srv", USE_MOUNT_OWN, 0, false},
    {"mounts", "tmpfs /m size=1M\n/srv /mnt ro", "/srv", USE_MOUNT_READ, 0, true},
    {"mounts", "tmpfs /srv size=1M", "/srv", USE_MOUNT_READ, 0, false},
    {"mounts", "tmpfs /m size=1M", "tmpfs", USE_MOUNT_WRITE, 0, false},
    {"mounts", "/srv /mnt ro owner=zone", "/srv", USE_MOUNT_OWN, 0, false},
    {"mounts", "", "/srv", USE_MOUNT_READ, 0, false},
    {"notes", "/srv /mnt ro", "/srv", USE_MOUNT_READ, 0, false},
    {"stdin", "/srv /mnt ro", "/srv", USE_MOUNT_READ, 0, false},
    {"devices", "/dev/kvm r\n/dev/fuse rw\n", "/dev/fuse", USE_DEVICE_BOTH, 0, true},
    {"devices", "/dev/kvm w", "/dev/kvm", USE_DEVICE_WRITE, 0, true},
    {"devices", "/dev/kvm r", "/dev/kvm", USE_DEVICE_BOTH, 0, false},
    {"devices", "/dev/kvm x", "/dev/kvm", USE_DEVICE_BOTH + 1, 0, false},
    {"devices", "/dev/kvm r", "/dev/kvm", USE_MOUNT_READ, 0, false},
    {"kernel", "/boot/vm linuz\n", "/boot/vm linuz", USE_KERNEL, 0, true},
    {"kernel", "/boot/vmlinuz", "/boot/vmlinuz", USE_INITRD, 0, false},
    {"kernel", "/boot/vmlinuz\n/etc/shadow", "/etc/shadow", USE_KERNEL, 0,
	false}, /* more than one */
    {"config", "kernel=/boot/vmlinuz\nkernel=/etc/shadow", "/etc/shadow", USE_KERNEL, 0, false},
    {"kernel", "cat /etc/shadow", "/etc/shadow", USE_KERNEL, 0, false},
    {"initrd", "/boot/initrd", "/boot/initrd", USE_INITRD, 0, true},
    {"disk0", "path=/srv/d.img", "/srv/d.img", USE_DISK_WRITE, 0, true},
    {"disk0", "format=raw path='/srv/d .img' size=2G\n", "/srv/d .img", USE_DISK_WRITE,
	UINT64_C(2) << 30, true},
    {"disk0", "path=/srv/d.img size=1G", "/srv/d.img", USE_DISK_WRITE, 0, false},
    {"disk0", "path=/srv/d.img readonly=on", "/srv/d.img", USE_DISK_READ, 0, true},
    {"disk0", "path=/srv/d.img readonly=on", "/srv/d.img", USE_DISK_WRITE, 0, false},
    {"disk0", "path=/srv/d.img readonly=off", "/srv/d.img", USE_DISK_WRITE, 0, true},
    {"disk0", "image=debian", "", USE_DISK_WRITE, 0, true}, /* a path that no request can have */
    {"disk0", "/srv/d.img", "/srv/d.img", USE_DISK_WRITE, 0, false},
    {"disk7", "path=/srv/d.img", "/srv/d.img", USE_DISK_WRITE, 0, true},
    {"disk8", "path=/srv/d.img", "/srv/d.img", USE_DISK_WRITE, 0, false},
    {"disk", "path=/srv/d.img", "/srv/d.img", USE_DISK_WRITE, 0, false},
    {"disk10", "path=/srv/d.img", "/srv/d.img", USE_DISK_WRITE, 0, false},
    {"disk0", "path=/a\npath=/b", "/b", USE_DISK_WRITE, 0, false},
    {"config", "disk0=path=/a\ndisk7=path=/b", "/b", USE_DISK_WRITE, 0, true},
    {"config", "disk0=none\ndisk1=path=/a readonly=on\ndisk2=image=x\n", "/a", USE_DISK_READ, 0,
	true},
    {"config", "disk0=path=/a\ndisk8=path=/b", "/b", USE_DISK_WRITE, 0, false},
    {"cdrom", "/srv/a.iso\n", "/srv/a.iso", USE_CDROM, 0, true},
    {"cdrom1", "/srv/a.iso", "/srv/a.iso", USE_CDROM, 0, true},
    {"cdrom0", "/srv/a.iso", "/srv/a.iso", USE_CDROM, 0, false},
    {"cdrom2", "/srv/a.iso", "/srv/a.iso", USE_CDROM, 0, false},
    {"disk0", "/srv/a.iso", "/srv/a.iso", USE_CDROM, 0, false},
    {"config", "cdrom=none\ncdrom1=/srv/a.iso", "/srv/a.iso", USE_CDROM, 0, true},
    {"ctl", "import /srv/a.tar\n", "/srv/a.tar", USE_IMPORT, 0, true},
    {"ctl", "import '/srv/a b.tar'", "/srv/a b.tar", USE_IMPORT, 0, true},
    {"ctl", "import /srv/a.tar", "/srv/b.tar", USE_IMPORT, 0, false},
    {"ctl", "boot\nimport /srv/a.tar", "/srv/a.tar", USE_IMPORT, 0, false},
    {"ctl", "/srv /mnt ro", "/srv", USE_MOUNT_READ, 0, false},
    {"config", "cpu.cap=10\nmounts=/srv /mnt ro\nmounts=/a /b rw\n", "/a", USE_MOUNT_WRITE, 0,
	true},
    {"config", "mounts=/srv /mnt ro", "/srv", USE_MOUNT_READ, 0, true},
    {"config", "devices=/srv /mnt ro", "/srv", USE_MOUNT_READ, 0, false},
    {"config", "kernel=/boot/k\ninitrd=none\ndisk0=path=/d\n", "/d", USE_DISK_WRITE, 0, true},
    {"config", "mounts=\ndevices=/dev/kvm r", "/dev/kvm", USE_DEVICE_READ, 0, true},
    {"config", "mounts=/srv /mnt ro\nsome words", "/srv", USE_MOUNT_READ, 0, false},
    {"config", "/srv /mnt ro", "/srv", USE_MOUNT_READ, 0, false},
    {"config", "import /srv", "/srv", USE_IMPORT, 0, false},
    {"", "/srv /mnt ro", "/srv", USE_MOUNT_READ, 0, false},
};

START_TEST(message_gives_a_path_or_not)
{
	static struct helper_file f;
	f = (struct helper_file){.use = messages[_i].use, .size = messages[_i].size};
	snprintf(f.path, sizeof(f.path), "%s", messages[_i].path);
	const char *text = messages[_i].text;
	ck_assert_msg(
	    message_names(messages[_i].file, text, strlen(text), &f) == messages[_i].names,
	    "%s: %s", messages[_i].file, text);
	ck_assert(!message_names(messages[_i].file, text, strlen(text) + 1, &f)); /* a NUL in it */
}
END_TEST

int main(void)
{
	Suite *s = suite_create("look");
	TCase *t = tcase_create("texts");
	tcase_add_loop_test(t, call_is_a_write_or_none, 0, NELEM(calls));
	tcase_add_loop_test(t, set_id_programs_are_known, 0, NELEM(executed));
	tcase_add_loop_test(t, message_gives_a_path_or_not, 0, NELEM(messages));
	suite_add_tcase(s, t);
	return suite_run(s);
}
