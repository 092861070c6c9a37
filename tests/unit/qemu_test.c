/* vm/qemu: from settings to QEMU's whole command line. Nothing that nobody asked for, and no path
 * of the host's. A new device adds its option to the lines of those cases that have it. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/list.h"
#include "base/mem.h"
#include "fs/settings.h"
#include "images/image.h"
#include "tests/fuzz/house.h"
#include "tests/unit/suite.h"
#include "vm/qemu.h"

#define UUID "01234567-89ab-4def-8123-456789abcdef"

/* ---- what each VM has, an option a line ---- */

#define BEGIN                                                                                      \
	"/usr/bin/qemu-system-x86_64\n"                                                            \
	"-name v\n"                                                                                \
	"-nodefaults\n"                                                                            \
	"-no-user-config\n"                                                                        \
	"-sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny\n"
#define SEALED ",dump-guest-core=off,mem-merge=off"
#define VAPIC "-global driver=apic-common,property=vapic,value=off\n"
#define Q35 "-machine q35,hpet=off,vmport=off,smbus=off" SEALED
#define PC "-machine pc,hpet=off,vmport=off" SEALED
#define MICROVM "-machine microvm" SEALED
#define SILENT ",graphics=off\n" VAPIC
#define TCG "-accel tcg,tb-size=256\n"
#define PANIC "-device pvpanic\n"
#define PLACES "@" /* as many as the host has CPUs, 4 at the least */
#define SIZE_WITH(vcpus, ram, more)                                                                \
	"-action panic=pause\n-m " ram "\n" more "-smp " vcpus "\n-cpu max\n"
#define SIZE(vcpus, ram) SIZE_WITH(vcpus, ram, "")
#define BALLOON(bus) "-device virtio-balloon-" bus ",free-page-reporting=on,deflate-on-oom=on\n"
#define AGENT(bus)                                                                                 \
	"-device virtio-serial-" bus ",max_ports=2\n-chardev socket,id=agent,fd=7\n"               \
	"-device virtserialport,id=agent,chardev=agent,name=org.qemu.guest_agent.0\n"
#define CHANNELS                                                                                   \
	"-chardev socket,id=console,fd=5\n"                                                        \
	"-serial chardev:console\n"                                                                \
	"-chardev socket,id=metadata,fd=45\n"                                                      \
	"-device isa-serial,chardev=metadata,index=1\n"                                            \
	"-chardev socket,id=qmp,fd=6\n"                                                            \
	"-mon chardev=qmp,mode=control\n"                                                          \
	"-uuid " UUID "\n"
#define GENERATION "-device vmgenid,guid=" UUID "\n-boot strict=on\n"

#define ON_Q35_WITH(ram, more)                                                                     \
	BEGIN Q35 SILENT TCG PANIC SIZE_WITH("1,maxcpus=" PLACES, ram, more) BALLOON("pci")        \
	    CHANNELS GENERATION
#define ON_Q35 ON_Q35_WITH("262144k", "")
#define ON_PC_WITH(more)                                                                           \
	BEGIN PC SILENT TCG PANIC SIZE_WITH("1,maxcpus=" PLACES, "262144k", more) BALLOON("pci")   \
	    CHANNELS GENERATION
#define ON_PC ON_PC_WITH("")
#define ON_MICROVM_WITH(more)                                                                      \
	BEGIN MICROVM "\n" VAPIC TCG SIZE_WITH("1", "262144k", more) BALLOON("device") CHANNELS
#define ON_MICROVM ON_MICROVM_WITH("")

#define SET(fd, set) "-add-fd fd=" fd ",set=" set "\n"
#define RO "true"
#define RW "false,\"discard\":\"unmap\""
#define NODE(driver, name, readonly, more)                                                         \
	"-blockdev {\"driver\":\"" driver "\",\"node-name\":\"" name "\",\"read-only\":" readonly  \
	",\"" more "}\n"
#define FILE_NODE(name, set, readonly)                                                             \
	NODE("file", name, readonly, "filename\":\"/dev/fdset/" set "\"")
#define RAW(fd, n, set, readonly)                                                                  \
	SET(fd, set)                                                                               \
	FILE_NODE("file" n, set, readonly)                                                         \
	NODE("raw", "disk" n, readonly, "file\":\"file" n "\"")
#define QCOW2(fd, n, set)                                                                          \
	SET(fd, set)                                                                               \
	FILE_NODE("file" n, set, RW)                                                               \
	NODE("qcow2", "disk" n, RW, "file\":\"file" n "\",\"backing\":null")
#define FLASH(fd, name, format, backing, readonly)                                                 \
	"-add-fd fd=" fd ",set=" fd "\n"                                                           \
	"-blockdev {\"driver\":\"file\",\"node-name\":\"" name                                     \
	"-file\",\"filename\":\"/dev/fdset/" fd "\",\"read-only\":" readonly "}\n"                 \
	"-blockdev {\"driver\":\"" format "\",\"node-name\":\"" name "\",\"file\":\"" name         \
	"-file\"," backing "\"read-only\":" readonly "}\n"
#define UEFI(code, variables)                                                                      \
	FLASH(code, "uefi-code", "raw", "", "true")                                                \
	FLASH(variables, "uefi-variables", "qcow2", "\"backing\":null,", "false")                  \
	"-machine pflash0=uefi-code,pflash1=uefi-variables"
#define NO_DISPLAY "-display none\n"
#define XHCI "-device qemu-xhci,id=usb,p2=15,p3=15,bus=port-usb0,addr=0x0\n"
#define VNC                                                                                        \
	NO_DISPLAY                                                                                 \
	"-vnc none\n-device VGA\n" XHCI "-device usb-tablet,bus=usb.0\n"
#define DEVICE(device, n, boot, more)                                                              \
	"-device " device ",id=disk" n ",drive=disk" n ",serial=disk" n ",bootindex=" boot more "\n"
#define VIRTIO_BLK                                                                                 \
	DEVICE("virtio-blk-pci", "0", "1", ",bus=port-disk0,addr=0x0,werror=stop,rerror=stop")
#define IDE_HD(n, boot, bus, unit)                                                                 \
	DEVICE("ide-hd", n, boot, ",bus=" bus ",unit=" unit ",werror=stop,rerror=stop")
#define SHARED                                                                                     \
	"-object memory-backend-memfd,id=shared,size=262144k,share=on\n"                           \
	"-machine memory-backend=shared\n"
#define VIRTIO_MEM "-device virtio-mem-pci,id=more,memdev=more-ram\n"
#define ROOM(size) "-object memory-backend-ram,id=more-ram,size=" size "\n" VIRTIO_MEM
#define SHARED_ROOM(size)                                                                          \
	"-object memory-backend-memfd,id=more-ram,size=" size ",share=on\n" VIRTIO_MEM
#define MOUNT(fd, n, bus, tag)                                                                     \
	"-chardev socket,id=mount" n ",fd=" fd "\n"                                                \
	"-device vhost-user-fs-" bus ",id=mount" n ",chardev=mount" n ",tag=" tag "\n"
#define SECURE ",smm=on\n-global driver=cfi.pflash01,property=secure,value=on\n"
#define CDROM(fd, set, name, bus, unit, boot)                                                      \
	"-add-fd fd=" fd ",set=" set "\n-drive if=none,id=" name                                   \
	"-drive,format=raw,readonly=on,media=cdrom,file=/dev/fdset/" set                           \
	"\n-device ide-cd,id=" name ",drive=" name "-drive,bus=" bus ",unit=" unit boot "\n"
#define IMAGE                                                                                      \
	SET("16", "72")                                                                            \
	SET("17", "80")                                                                            \
	FILE_NODE("base-file0", "80", RO)                                                          \
	NODE("raw", "base0", RO, "file\":\"base-file0\"")                                          \
	FILE_NODE("file0", "72", RW)                                                               \
	NODE("qcow2", "disk0", RW, "file\":\"file0\",\"backing\":\"base0\"")

/* ---- the cases ---- */

static const struct {
	const char *settings, *line; /* without its NO_DISPLAY and AGENT */
} cases[] = {
    {"kernel /srv/k", ON_Q35 "-kernel /kernel\n"},
    {"kernel /srv/k\nset initrd /srv/i\nset append root=/dev/vda1 quiet",
	ON_Q35 "-kernel /kernel\n-initrd /initrd\n-append root=/dev/vda1 quiet\n"},
    {"kernel /srv/k\nset machine pc", ON_PC "-kernel /kernel\n"},
    {"kernel /srv/k\nset machine microvm", ON_MICROVM "-kernel /kernel\n"},
    {"kernel /srv/k\nset cpu Nehalem\nset machine microvm",
	BEGIN MICROVM "\n" VAPIC TCG "-action panic=pause\n-m 262144k\n-smp 1\n"
		      "-cpu Nehalem,enforce\n" BALLOON("device") CHANNELS "-kernel /kernel\n"},
    {"kernel /srv/k\nset vcpus 255\nset ram 1048576",
	BEGIN Q35 SILENT TCG PANIC SIZE("255", "1024k") BALLOON("pci") CHANNELS GENERATION
	"-kernel /kernel\n"},

    /* directories */
    {"kernel /srv/k\nset tpm on\nset mounts /srv/a a ro\nset mounts /srv/b b rw",
	ON_Q35_WITH("262144k",
	    SHARED) "-chardev socket,id=tpm,fd=16\n-tpmdev emulator,id=tpm,chardev=tpm\n-device "
		    "tpm-crb,tpmdev=tpm\n-kernel /kernel\n" MOUNT(
			"17", "0", "pci", "a,bus=port-mount0,addr=0x0")
			MOUNT("18", "1", "pci", "b,bus=port-mount1,addr=0x0")},
    {"kernel /srv/k\nset machine microvm\nset mounts /srv/a a ro",
	ON_MICROVM_WITH(SHARED) "-kernel /kernel\n" MOUNT("16", "0", "device", "a")},

    /* memory: in whole pages of QEMU's, room for more in whole blocks of Linux's */
    {"kernel /srv/k\nset ram 268435457", ON_Q35_WITH("262152k", "") "-kernel /kernel\n"},
    {"kernel /srv/k\nset ram.max 268435456", ON_Q35 "-kernel /kernel\n"},
    {"kernel /srv/k\nset ram.max 268435457",
	ON_Q35_WITH("262144k,maxmem=393216k", ROOM("131072k")) "-kernel /kernel\n"},
    {"kernel /srv/k\nset ram.max 1073741824\nset mounts /srv/a a ro",
	ON_Q35_WITH("262144k,maxmem=1048576k",
	    SHARED SHARED_ROOM("786432k")) "-kernel /kernel\n" MOUNT("16", "0", "pci",
	    "a,bus=port-mount0,addr=0x0")},
    {"kernel /srv/k\nset machine microvm\nset ram.max 1073741824", ON_MICROVM "-kernel /kernel\n"},

    /* a raw disk on each bus of each machine */
    {"disk0 path=/srv/d", ON_Q35 RAW("16", "0", "72", RW) VIRTIO_BLK},
    {"disk0 path=/srv/d readonly=on", ON_Q35 RAW("16", "0", "72", RO) VIRTIO_BLK},
    {"disk7 path=/srv/d bus=nvme",
	ON_Q35 RAW("16", "7", "79", RW) DEVICE("nvme", "7", "8", ",bus=port-disk7,addr=0x0")},
    {"disk0 path=/dev/vg/d",
	ON_Q35 SET("16", "72") NODE("host_device", "file0", RW, "filename\":\"/dev/fdset/72\"")
	    NODE("raw", "disk0", RW, "file\":\"file0\"") VIRTIO_BLK},
    {"disk0 path=/srv/d bus=sata", ON_Q35 RAW("16", "0", "72", RW) IDE_HD("0", "1", "ide.0", "0")},
    {"disk0 path=/srv/d bus=ide",
	ON_Q35 RAW("16", "0", "72", RW) "-device piix3-ide,id=pata\n" IDE_HD(
	    "0", "1", "pata.0", "0")},
    {"disk0 path=/srv/d\nset machine pc",
	ON_PC RAW("16", "0", "72", RW)
	    DEVICE("virtio-blk-pci", "0", "1", ",bus=pci.0,addr=0x8,werror=stop,rerror=stop")},
    {"kernel /srv/k\nset machine pc\nset mounts /srv/a a ro\nset mounts /srv/b b ro",
	ON_PC_WITH(SHARED) "-kernel /kernel\n" MOUNT("16", "0", "pci", "a,bus=pci.0,addr=0x18")
	    MOUNT("17", "1", "pci", "b,bus=pci.0,addr=0x19")},
    {"disk0 path=/srv/d bus=sata\nset machine pc",
	ON_PC RAW("16", "0", "72", RW) "-device ich9-ahci,id=sata\n" IDE_HD(
	    "0", "1", "sata.0", "0")},
    {"disk0 path=/srv/d bus=ide\nset disk1 path=/srv/e bus=ide\nset machine pc",
	ON_PC RAW("16", "0", "72", RW) IDE_HD("0", "1", "ide.0", "0") RAW("17", "1", "73", RW)
	    IDE_HD("1", "2", "ide.0", "1")},
    {"disk0 path=/srv/d\nset kernel /srv/k\nset machine microvm",
	ON_MICROVM "-kernel /kernel\n" RAW("16", "0", "72", RW)
	    DEVICE("virtio-blk-device", "0", "1", ",werror=stop,rerror=stop")},

    /* a qcow2 of the user's; an image below the VM's own layer */
    {"disk0 path=/srv/d format=qcow2", ON_Q35 QCOW2("16", "0", "72") VIRTIO_BLK},
    {"disk0 image=base", ON_Q35 IMAGE VIRTIO_BLK},

    /* CD-ROM drives, from the end of a bus; where the firmware looks */
    {"cdrom /srv/c.iso", ON_Q35 CDROM("16", "64", "cdrom", "ide.5", "0", ",bootindex=9")},
    {"cdrom /srv/c.iso\nset cdrom1 /srv/d.iso\nset machine pc",
	ON_PC CDROM("16", "64", "cdrom", "ide.1", "0", ",bootindex=9")
	    CDROM("17", "65", "cdrom1", "ide.1", "1", ",bootindex=10")},
    {"cdrom1 /srv/c.iso\nset disk0 path=/srv/d\nset boot cdrom",
	ON_Q35 RAW("16", "0", "72", RW) "-device virtio-blk-pci,id=disk0,drive=disk0,serial=disk0,"
					"bus=port-disk0,addr=0x0,werror=stop,rerror=stop\n" CDROM(
					    "17", "65", "cdrom1", "ide.5", "0", ",bootindex=2")},
    {"nic0 bridge=br0 mac=02:00:00:00:00:07\nset boot cdrom net",
	ON_Q35 "-netdev tap,id=tap0,fd=8\n"
	       "-device virtio-net-pci,id=nic0,netdev=tap0,mac=02:00:00:00:00:07,bootindex=9,"
	       "bus=port-nic0,addr=0x0\n"},

    {"kernel /srv/k\nset firmware uefi", ON_Q35 UEFI("16", "17") "\n-kernel /kernel\n"},
    {"disk0 path=/srv/d\nset secureboot on",
	ON_Q35 UEFI("17", "18") SECURE RAW("16", "0", "72", RW) VIRTIO_BLK},

    {"kernel /srv/k\nset display vnc",
	BEGIN Q35 "\n" VAPIC TCG PANIC SIZE("1,maxcpus=" PLACES, "262144k") BALLOON("pci")
	    CHANNELS GENERATION "-kernel /kernel\n" VNC},

    {"kernel /srv/k\nset devices usb=1-2", ON_Q35 "-kernel /kernel\n" NO_DISPLAY XHCI},
    {"kernel /srv/k\nset devices pci=01:00.0",
	ON_Q35 "-kernel /kernel\n-device vfio-pci,sysfsdev=/pci/0000:01:00.0\n"},

    {"kernel /srv/k\nset nic0 bridge=br0 mac=02:00:00:00:00:07 mtu=9000",
	ON_Q35 "-kernel /kernel\n-netdev tap,id=tap0,fd=8\n"
	       "-device virtio-net-pci,id=nic0,romfile=,netdev=tap0,mac=02:00:00:00:00:07,"
	       "host_mtu=9000,bus=port-nic0,addr=0x0\n"},
    {"kernel /srv/k\nset nic1 bridge=br0 mac=02:00:00:00:00:07\nset os other",
	BEGIN Q35 SILENT TCG SIZE("1,maxcpus=" PLACES, "262144k") CHANNELS GENERATION
	"-kernel /kernel\n-netdev tap,id=tap1,fd=9\n"
	"-device e1000,id=nic1,romfile=,netdev=tap1,mac=02:00:00:00:00:07\n"},
    {"kernel /srv/k\nset nic7 user mac=02:00:00:00:00:07 publish=8080:80\nset machine microvm",
	ON_MICROVM "-kernel /kernel\n-netdev user,id=user7,hostfwd=tcp::20000-:80\n"
		   "-device virtio-net-device,id=nic7,netdev=user7,mac=02:00:00:00:00:07\n"},
};

/* ---- the test ---- */

static void image_add(void)
{
	struct obj *o = &image_create(tree_new_id(), "base", &house.root.obj, &house_rows[2])->obj;
	image_of(o)->is.format = DISK_RAW;
}

static void vm_set(const char *settings)
{
	char text[1024];
	snprintf(text, sizeof(text),
	    "warren-object 1\nkind vm\nset accel tcg\nset %s\nuuid " UUID "\ngeneration " UUID
	    "\nend\n",
	    settings);
	ck_assert_int_eq(settings_load(house.vm, text), 0);
	struct vm *vm = vm_of(zone_of(house.vm));
	vm->accel_used = ACCEL_TCG;
	for (int n = 0; n < NICS; n++)
		if (vm->z.nics.set[n].v.p != NULL)
			vm->z.nics.now[n] = ((const struct nic_line *)vm->z.nics.set[n].v.p)->nic;
}

static bool is_port(const char *word)
{
	return strncmp(word, "pcie-root-port,", 15) == 0;
}

/* Words become lines: an option and what it is given. Ports are the same on each q35. */
static void lines_make(const struct buf *argv, uint32_t argc, struct buf *line, struct buf *ports)
{
	const char *word = argv->at;
	for (uint32_t i = 0; i < argc; i++, word += strlen(word) + 1) {
		bool port = is_port(word) || (i + 1 < argc && is_port(word + strlen(word) + 1));
		buf_printf(port ? ports : line, "%s%s",
		    i == 0	     ? ""
		    : word[0] == '-' ? "\n"
				     : " ",
		    word);
	}
	buf_str(line, "\n");
	ck_assert_ptr_eq(word, argv->at + argv->len);
}

static void line_of(const char *settings, struct buf *line, struct buf *ports)
{
	struct buf argv = {0}, env = {0};
	uint32_t argc = 0, envc = 0;
	house_open();
	image_add();
	vm_set(settings);
	ck_assert_int_eq(qemu_orders(zone_of(house.vm), &argv, &argc, &env, &envc), 0);
	ck_assert_uint_eq(envc, 0);
	lines_make(&argv, argc, line, ports);
	buf_finish(&argv);
	buf_finish(&env);
}

static void line_wanted(const char *line, struct buf *to)
{
	const char *at = strstr(line, PLACES);
	size_t n = at != NULL ? (size_t)(at - line) : strlen(line);
	buf_add(to, line, n);
	if (at != NULL)
		buf_printf(to, "%u%s", host_cpus() > 4 ? host_cpus() : 4, at + 1);
}

START_TEST(line_is_whole)
{
	struct buf line = {0}, wanted = {0}, ports = {0};
	line_of(cases[_i].settings, &line, &ports);
	line_wanted(cases[_i].line, &wanted);
	if (strstr(cases[_i].line, "-display") == NULL)
		buf_str(&wanted, NO_DISPLAY);
	if (strstr(cases[_i].settings, "os other") == NULL)
		buf_str(&wanted,
		    strstr(cases[_i].settings, "microvm") == NULL ? AGENT("pci") : AGENT("device"));
	ck_assert_str_eq(buf_text(&line), buf_text(&wanted));
	buf_finish(&line);
	buf_finish(&wanted);
	buf_finish(&ports);
}
END_TEST

/* A path of the host's would begin a word or a property's value. What the user gives to his kernel
 * is for the guest. */
START_TEST(no_path_is_the_hosts)
{
	static const char *const own[] = {
	    "/usr/bin/qemu-system-x86_64\n", "/kernel\n", "/initrd\n", "/dev/fdset/", "/pci/"};
	struct buf line = {0}, ports = {0};
	line_of(cases[_i].settings, &line, &ports);
	for (const char *at = buf_text(&line); (at = strchr(at, '/')) != NULL; at++) {
		bool known = at > buf_text(&line) && strchr("=, \"", at[-1]) == NULL;
		for (size_t i = 0; i < NELEM(own); i++)
			known = known || strncmp(at, own[i], strlen(own[i])) == 0;
		ck_assert_msg(known || strncmp(at, "/dev/vda1 quiet", 15) == 0, "%s", at);
	}
	buf_finish(&line);
	buf_finish(&ports);
}
END_TEST

/* A place for each disk and each NIC, and one for USB, whatever the VM has, and for each mount
 * where it has one; Windows' driver of a
 * NIC wants a window of I/O. */
START_TEST(ports_are_there)
{
	static const struct {
		const char *settings, *last; /* the last of them; "": none */
		unsigned n;
	} machines[] = {
	    {"kernel /srv/k", "addr=0x13.0,chassis=25,io-reserve=0,multifunction=on", 17},
	    {"kernel /srv/k\nset os windows",
		"addr=0x11.7,chassis=16\n-device pcie-root-port,id=port-usb0,bus=pcie.0,addr="
		"0x13.0,chassis=25,io-reserve=0,multifunction=on",
		17},
	    {"kernel /srv/k\nset mounts /srv/a a ro",
		"addr=0x12.7,chassis=24,io-reserve=0\n-device pcie-root-port,id=port-usb0,bus="
		"pcie.0,addr=0x13.0,chassis=25,io-reserve=0,multifunction=on",
		25},
	    {"kernel /srv/k\nset machine pc\nset mounts /srv/a a ro", "", 0},
	    {"kernel /srv/k\nset machine microvm", "", 0},
	};
	static const char first[] = "\n-device pcie-root-port,id=port-disk0,bus=pcie.0,addr=0x10.0,"
				    "chassis=1,io-reserve=0,multifunction=on\n";
	for (size_t i = 0; i < NELEM(machines); i++) {
		struct buf line = {0}, ports = {0};
		unsigned n = 0;
		line_of(machines[i].settings, &line, &ports);
		const char *text = buf_text(&ports);
		for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
			n++;
		ck_assert_uint_eq(n, machines[i].n);
		ck_assert(n == 0 || strncmp(text, first, sizeof(first) - 1) == 0);
		ck_assert_str_eq(text + strlen(text) - strlen(machines[i].last), machines[i].last);
		buf_finish(&line);
		buf_finish(&ports);
	}
}
END_TEST

/* ---- all that goes together ---- */

/* QEMU's words for what a VM has that was given nothing but a kernel (HACKING.md, "What every VM
 * has"); of what has several words, the first. */
static bool is_asked_for(const char *device, bool display)
{
	static const char *const each[] = {"pcie-root-port", "pvpanic", "isa-pvpanic", "isa-serial",
	    "virtio-balloon-pci", "virtio-balloon-device", "vmgenid", "virtio-serial-pci",
	    "virtio-serial-device", "virtserialport"};
	static const char *const shown[] = {"VGA", "qemu-xhci", "usb-tablet"};
	size_t n = strcspn(device, ",\n");
	for (size_t i = 0; i < NELEM(each); i++)
		if (strlen(each[i]) == n && strncmp(device, each[i], n) == 0)
			return true;
	for (size_t i = 0; display && i < NELEM(shown); i++)
		if (strlen(shown[i]) == n && strncmp(device, shown[i], n) == 0)
			return true;
	return false;
}

static void line_look(const char *line, bool display)
{
	static const char *const never[] = {"9p", "\n-virtfs", "\n-fsdev", "scsi=on", "\n-netdev",
	    "\n-nic ", "\n-net ", "\n-usb", "\n-drive", "\n-audio", "\n-parallel", "\n-monitor",
	    "\n-gdb", "\n-s\n", "\n-incoming", "\n-daemonize", "vapic,value=on", "hpet=on",
	    "mem-merge=on", "\n-enable-kvm"};
	for (size_t i = 0; i < NELEM(never); i++)
		ck_assert_msg(strstr(line, never[i]) == NULL, "%s in %s", never[i], line);
	ck_assert_ptr_nonnull(strstr(line, "property=vapic,value=off"));
	ck_assert_ptr_nonnull(strstr(line, "\n-nodefaults\n-no-user-config\n-sandbox on,"));
	for (const char *at = line; (at = strstr(at, "\n-device ")) != NULL;) {
		at += strlen("\n-device ");
		ck_assert_msg(is_asked_for(at, display), "%s", at);
	}
}

/* 1: QEMU would be started so; 0: the settings do not go together */
static int product_look(const char *machine, const char *firmware, const char *os, bool display)
{
	struct buf argv = {0}, env = {0}, line = {0};
	uint32_t argc = 0, envc = 0;
	char settings[256];
	snprintf(settings, sizeof(settings),
	    "kernel /srv/k\nset machine %s\nset firmware %s\nset os %s\nset display %s", machine,
	    firmware, os, display ? "vnc" : "none");
	house_open();
	vm_set(settings);
	int made = qemu_orders(zone_of(house.vm), &argv, &argc, &env, &envc) == 0;
	if (made) {
		lines_make(&argv, argc, &line, &line);
		line_look(buf_text(&line), display);
	}
	buf_finish(&argv);
	buf_finish(&env);
	buf_finish(&line);
	house_close();
	return made;
}

START_TEST(nothing_is_there_that_nobody_asked_for)
{
	static const char *const machines[] = {"q35", "pc", "microvm"},
				 *const firmwares[] = {"auto", "bios", "uefi"},
				 *const oses[] = {"linux", "windows", "other"};
	int made = 0;
	for (int i = 0; i < 3 * 3 * 3 * 2; i++)
		made += product_look(
		    machines[i / 18], firmwares[i / 6 % 3], oses[i / 2 % 3], i % 2 != 0);
	/* all of q35 and pc; of microvm Linux without a display and without UEFI */
	ck_assert_int_eq(made, 2 * 18 + 2);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("qemu");
	TCase *t = tcase_create("qemu");
	tcase_add_loop_test(t, line_is_whole, 0, NELEM(cases));
	tcase_add_loop_test(t, no_path_is_the_hosts, 0, NELEM(cases));
	tcase_add_test(t, ports_are_there);
	tcase_add_test(t, nothing_is_there_that_nobody_asked_for);
	suite_add_tcase(s, t);
	return suite_run(s);
}
