/* Every settable file of zones and VMs: what it takes and reads back, what it refuses and why. */
#include <check.h>

#include "base/list.h"
#include "base/mem.h"
#include "tests/fuzz/house.h"
#include "tests/unit/suite.h"
#include "vm/disk.h"

#define SHARES "give 0..65535, 100 is ordinary"
#define BURST "give seconds (0..31536000), 0 for as long as it likes"
#define CAP "give percent of one CPU (1..6400), or none"
#define CPUS "give a list of this host's CPUs such as 0-1,3, or none"
#define SWAP "give bytes (0..1024T, with K, M, G or T), or none"
#define IO_WEIGHT "give 1..10000, 100 is ordinary"
#define IO_MAX                                                                                     \
	"give lines of DEVICE rbps=N wbps=N riops=N wiops=N (1..1024T, or none), DEVICE as "       \
	"MAJOR:MINOR or a path below /dev"
#define MEMORY "give bytes (1M..1024T, with K, M, G or T), or none"
#define PIDS "give a number of processes (1..4194304), or none"
#define MOUNTS                                                                                     \
	"give lines of SOURCE TARGET ro|rw or rw owner=zone, or tmpfs TARGET size=BYTES "          \
	"mode=OCTAL, whole paths, a blank in them as \\040, TARGET not in /proc, /sys or /dev"
#define CAPS                                                                                       \
	"give names as in capabilities(7), suid or userns, or +NAME -NAME against the default, "   \
	"or default, or none"
#define CPU "give auto, or a model of QEMU's, such as Nehalem"
#define RAM "give bytes (1M..16T, with K, M, G or T)"
#define HOST "give 1 to 63 of a-z A-Z 0-9 . _ - beginning with a letter or digit, or none"
#define PATH "give a path that begins with /, or none"
#define APPEND "give one line of at most 2047 bytes, or none"
#define PLACES "on or off, or a number (0..999), lower ones first"
#define DISK                                                                                       \
	"give path=FILE or image=NAME, format=raw|qcow2 bus=virtio|sata|ide|nvme readonly=on|off " \
	"size=N, or none"

/* code 0: what it reads as afterwards; else the line in `error` behind the file's name */
static const struct row_case {
	char in; /* z: a zone, v: a VM */
	const char *file, *text;
	int code;
	const char *result;
} cases[] = {
    {'z', "autoboot", "on", 0, "on\n"},
    {'z', "autoboot", " off \n", 0, "off\n"},
    {'z', "restart", "always", 0, "always\n"},
    {'v', "restart", "on-failure", 0, "on-failure\n"},
    {'z', "restart", "no", 0, "no\n"},
    {'z', "restart", "yes", EINVAL,
	"\"yes\" is not one of its words: give no, on-failure or always"},
    {'v', "autoboot", "on", 0, "on\n"},
    {'z', "autoboot", "yes", EINVAL, "\"yes\" is not one of its words: give " PLACES},
    {'z', "autoboot", "ON", EINVAL, "\"ON\" is not one of its words: give " PLACES},
    {'z', "autoboot", "0", 0, "0\n"},
    {'v', "autoboot", "999", 0, "999\n"},
    {'z', "autoboot", "007", 0, "7\n"},
    {'z', "autoboot", "1000", ERANGE, "\"1000\" is outside the limits: give " PLACES},
    {'z', "autoboot", "-1", EINVAL, "\"-1\" is not one of its words: give " PLACES},
    {'z', "autoboot", "on off", EINVAL, "\"on off\" is not one of its words: give " PLACES},
    {'z', "autoboot", "none", EINVAL, "\"none\" is not one of its words: give " PLACES},
    {'z', "autoboot", "on\noff", EINVAL, "there is more than one line: give " PLACES},

    {'z', "cpu.shares", "0", 0, "0\n"},
    {'z', "cpu.shares", "100", 0, "100\n"},
    {'v', "cpu.shares", "65535", 0, "65535\n"},
    {'z', "cpu.shares", "# more\n\n 200\t\r\n", 0, "200\n"},
    {'z', "cpu.shares", "65536", ERANGE, "\"65536\" is outside the limits: " SHARES},
    {'z', "cpu.shares", "18446744073709551615", ERANGE,
	"\"18446744073709551615\" is outside the limits: " SHARES},
    {'z', "cpu.shares", "18446744073709551616", ERANGE,
	"\"18446744073709551616\" is too large a number: " SHARES},
    {'z', "cpu.shares", "none", EINVAL, "\"none\" is not a number: " SHARES},
    {'z', "cpu.shares", "1\n2", EINVAL, "there is more than one line: " SHARES},
    {'z', "cpu.shares", "1 2", EINVAL, "\"1 2\" is not a number: " SHARES},

    {'z', "cpu.cap", "1", 0, "1\n"},
    {'z', "cpu.cap", "6400", 0, "6400\n"},
    {'z', "cpu.cap", "none", 0, "none\n"},
    {'v', "cpu.cap", "max", 0, "none\n"},
    {'z', "cpu.cap", "0", ERANGE, "\"0\" is outside the limits: " CAP},
    {'z', "cpu.cap", "6401", ERANGE, "\"6401\" is outside the limits: " CAP},
    {'z', "cpu.cap", "18446744073709551615", ERANGE,
	"\"18446744073709551615\" is outside the limits: " CAP},
    {'z', "cpu.cap", "12x", EINVAL, "\"12x\" is not a number: " CAP},
    {'z', "cpu.cap", "50%", EINVAL, "\"50%\" is not a number: " CAP},
    {'z', "cpu.cap", "None", EINVAL, "\"None\" is not a number: " CAP},
    {'z', "cpu.cap", "\x1b[2J", EINVAL, "\"?[2J\" is not a number: " CAP},
    {'z', "cpu.baseline", "1", 0, "1\n"},
    {'v', "cpu.baseline", "6400", 0, "6400\n"},
    {'z', "cpu.baseline", "max", 0, "none\n"},
    {'z', "cpu.baseline", "0", ERANGE, "\"0\" is outside the limits: " CAP},
    {'z', "cpu.baseline", "6401", ERANGE, "\"6401\" is outside the limits: " CAP},
    {'v', "cpu.baseline", "half", EINVAL, "\"half\" is not a number: " CAP},
    {'z', "cpu.burst_time", "0", 0, "0\n"},
    {'v', "cpu.burst_time", "31536000", 0, "31536000\n"},
    {'z', "cpu.burst_time", "31536001", ERANGE, "\"31536001\" is outside the limits: " BURST},
    {'z', "cpu.burst_time", "-1", EINVAL, "\"-1\" is not a number: " BURST},
    {'z', "cpu.burst_time", "none", EINVAL, "\"none\" is not a number: " BURST},

    {'z', "cpu.set", "0", 0, "0\n"},
    {'v', "cpu.set", "0-0,0", 0, "0-0,0\n"},
    {'z', "cpu.set", "none", 0, "none\n"},
    {'z', "cpu.set", "4096", ERANGE, "there is no CPU 4096: " CPUS},
    {'z', "cpu.set", "4095", ERANGE, "there is no CPU 4095: " CPUS},
    {'z', "cpu.set", "0-9999999999999999999", ERANGE, "there is no CPU 9999999999999999999: " CPUS},
    {'z', "cpu.set", "0-99999999999999999999", ERANGE,
	"\"99999999999999999999\" is too large a number: " CPUS},
    {'z', "cpu.set", "1-0", EINVAL, "\"1-0\" runs backwards: " CPUS},
    {'z', "cpu.set", "0,", EINVAL, "this is no list of CPUs: " CPUS},
    {'z', "cpu.set", ",0", EINVAL, "\"\" is not a number: " CPUS},
    {'z', "cpu.set", "0,,0", EINVAL, "\"\" is not a number: " CPUS},
    {'z', "cpu.set", "0-", EINVAL, "\"\" is not a number: " CPUS},
    {'z', "cpu.set", "-0", EINVAL, "\"\" is not a number: " CPUS},
    {'z', "cpu.set", "0-0-0", EINVAL, "\"0-0\" is not a number: " CPUS},
    {'z', "cpu.set", "0, 0", EINVAL, "\" 0\" is not a number: " CPUS},
    {'z', "cpu.set", "all", EINVAL, "\"all\" is not a number: " CPUS},

    {'z', "memory.max", "1M", 0, "1048576\n"},
    {'v', "memory.max", "1024T", 0, "1125899906842624\n"},
    {'z', "memory.max", "max", 0, "none\n"},
    {'z', "memory.max", "1048575", ERANGE, "\"1048575\" is outside the limits: " MEMORY},
    {'z', "memory.max", "0", ERANGE, "\"0\" is outside the limits: " MEMORY},
    {'z', "memory.max", "1025T", ERANGE, "\"1025T\" is outside the limits: " MEMORY},
    {'z', "memory.max", "16777216T", ERANGE, "\"16777216T\" is too large a number: " MEMORY},
    {'z', "memory.max", "64 M", EINVAL, "\"64 M\" is not a number: " MEMORY},
    {'z', "memory.swap", "0", 0, "0\n"},
    {'v', "memory.swap", "2G", 0, "2147483648\n"},
    {'z', "memory.swap", "max", 0, "none\n"},
    {'z', "memory.swap", "1025T", ERANGE, "\"1025T\" is outside the limits: " SWAP},
    {'z', "memory.swap", "much", EINVAL, "\"much\" is not a number: " SWAP},
    {'z', "io.weight", "1", 0, "1\n"},
    {'v', "io.weight", "10000", 0, "10000\n"},
    {'z', "io.weight", "0", ERANGE, "\"0\" is outside the limits: " IO_WEIGHT},
    {'z', "io.weight", "10001", ERANGE, "\"10001\" is outside the limits: " IO_WEIGHT},
    {'z', "io.weight", "none", EINVAL, "\"none\" is not a number: " IO_WEIGHT},
    {'z', "io.max", "none", 0, ""},
    {'v', "io.max", "4095:1048575 rbps=none wiops=max", 0, ""},
    {'z', "io.max", "4095:1048575 rbps=1", ENOENT, "there is no disk 4095:1048575: " IO_MAX},
    {'z', "io.max", "/dev/nosuch rbps=1", ENOENT, "there is no disk /dev/nosuch: " IO_MAX},
    {'z', "io.max", "/dev/null rbps=1", EINVAL, "/dev/null is no disk: " IO_MAX},
    {'z', "io.max", "8:0", EINVAL, "a line has no limit: " IO_MAX},
    {'z', "io.max", "sda rbps=1", EINVAL,
	"\"sda\" is neither a device's number nor a path below /dev: " IO_MAX},
    {'z', "io.max", "4096:0 rbps=1", EINVAL,
	"\"4096:0\" is neither a device's number nor a path below /dev: " IO_MAX},
    {'z', "io.max", "8:0 speed=1", EINVAL,
	"\"speed\" is not a property of a disk's limits: " IO_MAX},
    {'z', "io.max", "8:0 rbps", EINVAL, "\"rbps\" is no KEY=VALUE: " IO_MAX},
    {'z', "io.max", "8:0 rbps=0", ERANGE, "rbps=0 is outside the limits: " IO_MAX},
    {'z', "io.max", "8:0 rbps=1\n8:0 wbps=1", EINVAL, "8:0 is there twice: " IO_MAX},

    {'z', "pids.max", "1", 0, "1\n"},
    {'v', "pids.max", "4194304", 0, "4194304\n"},
    {'z', "pids.max", "none", 0, "none\n"},
    {'z', "pids.max", "0", ERANGE, "\"0\" is outside the limits: " PIDS},
    {'z', "pids.max", "4194305", ERANGE, "\"4194305\" is outside the limits: " PIDS},
    {'z', "pids.max", "1K", EINVAL, "\"1K\" is not a number: " PIDS},

    {'z', "image", "host", 0, "host\n"},
    {'z', "image", "nonesuch", ENOENT,
	"there is no image \"nonesuch\": give host, or the name of an image"},

    {'z', "init", "/bin/sh -c 'echo \"a b\"'", 0, "/bin/sh -c 'echo \"a b\"'\n"},
    {'z', "init", "none", 0, "none\n"},
    {'z', "init", "/bin/sh -c 'echo", EINVAL, "a ' is not closed: give it a second '"},
    {'z', "init", "a\001b", EINVAL,
	"a control character (0x01) is in it: give one command line, or none"},
    {'z', "init", "/bin/a\n/bin/b", EINVAL,
	"there is more than one line: give one command line, or none"},

    {'z', "hostname", "web-1.example", 0, "web-1.example\n"},
    {'z', "hostname", "none", 0, "z\n"}, /* the zone's name */
    {'z', "hostname", "a b", EINVAL, "this is no host name: " HOST},
    {'z', "hostname", "-a", EINVAL, "this is no host name: " HOST},
    {'z', "hostname", "0123456789012345678901234567890123456789012345678901234567890123", ERANGE,
	"a line of 64 bytes is longer than 63: " HOST},

    {'z', "env", "A=b\nC=", 0, "A=b\nC=\n"},
    {'z', "env", "A=b=c d", 0, "A=b=c d\n"},
    {'z', "env", "\n# nothing\n", 0, ""},
    {'z', "env", "A", EINVAL, "a line has no KEY= before its value: give lines of KEY=value"},
    {'z', "env", "A=b\n=c", EINVAL, "a line has no KEY= before its value: give lines of KEY=value"},
    {'z', "env", "A=\xff\nB=\x1f", EINVAL,
	"a control character (0x1f) is in it: give lines of KEY=value"},
    {'z', "env", "A=\x7f", EINVAL, "a control character (0x7f) is in it: give lines of KEY=value"},

    {'z', "mounts", "/etc /x ro\n/a\\040b /x/y rw", 0, "/etc /x ro\n/a\\040b /x/y rw\n"},
    {'z', "mounts", "//etc/ //x/ ro", 0, "//etc/ //x/ ro\n"}, /* as it was written */
    {'z', "mounts", "", 0, ""},
    {'z', "mounts", "/ /x ro", 0, "/ /x ro\n"},
    {'z', "mounts", "/a /x rw owner=zone", 0, "/a /x rw owner=zone\n"},
    {'z', "mounts", "/a /x ro owner=zone", EINVAL,
	"\"owner=zone\" is not owner=zone behind rw: " MOUNTS},
    {'z', "mounts", "/a /x rw owner=zone x", EINVAL,
	"a line has not three words, or four: " MOUNTS},
    {'z', "mounts", "/etc /procx ro", 0, "/etc /procx ro\n"},
    {'z', "mounts", "/etc /x\\400 ro", 0, "/etc /x\\400 ro\n"}, /* no octal number of a byte */
    {'z', "mounts", "/etc /x", EINVAL, "a line has not three words, or four: " MOUNTS},
    {'z', "mounts", "/etc /x\\011 ro", EINVAL, "a control character (0x09) is in a path: " MOUNTS},
    {'z', "mounts", "/etc /%00x ro\n/usr /x\\057.. ro", EINVAL,
	"a path has . or .. among its parts: " MOUNTS},
    {'z', "devices", "/dev/fuse rw\n/dev/a/b r", 0, "/dev/fuse rw\n/dev/a/b r\n"},
    {'z', "rlimits", "core=1M\nstack=none:none", 0, "core=1M\nstack=none:none\n"},
    {'z', "rlimits", "cpu=2:1", EINVAL,
	"cpu: the soft limit is above the hard one: give lines of NAME=SOFT or NAME=SOFT:HARD with "
	"cpu, "
	"fsize, data, stack, core, rss, nproc, nofile, memlock, as, locks, sigpending, msgqueue, "
	"nice, "
	"rtprio or rttime, and a number or none"},
    {'z', "sysctls", "net.ipv4.ip_forward=1\nkernel.sem = 1 2  3", 0,
	"net.ipv4.ip_forward=1\nkernel.sem = 1 2  3\n"},
    {'z', "sysctls", "kernel.panic=1", EINVAL,
	"kernel.panic is no setting that a zone has for itself: give lines of KEY=value with "
	"net.*, "
	"fs.mqueue.*, kernel.shm*, kernel.msg* or kernel.sem"},
    {'z', "devices", "/dev/full", EINVAL,
	"a line has not two words: give lines of /dev/NAME r|w|rw"},
    {'z', "devices", "/devx r", EINVAL,
	"\"/devx\" is not below /dev: give lines of /dev/NAME r|w|rw"},
    {'z', "nic0", "bridge=br0 mac=02:00:00:00:00:01", 0,
	"bridge=br0 mac=02:00:00:00:00:01 antispoof=on\n"},
    {'z', "nic1", "antispoof=off mac=02:00:00:00:00:0A bridge=br0", 0,
	"bridge=br0 mac=02:00:00:00:00:0a antispoof=off\n"},
    {'z', "nic2", "bridge=br0 mac=02:00:00:00:00:01 address=FD00:0::1/64,10.0.0.1/8", 0,
	"bridge=br0 mac=02:00:00:00:00:01 address=fd00::1/64,10.0.0.1/8 antispoof=on\n"},
    {'z', "nic3", "bridge=br0 mac=02:00:00:00:00:01 address=10.0.0.0/31 address=10.0.0.5/32", 0,
	"bridge=br0 mac=02:00:00:00:00:01 address=10.0.0.0/31,10.0.0.5/32 antispoof=on\n"},
    {'z', "nic4", "bridge=br0 mac=02:00:00:00:00:01 vlan=4094 mtu=65535", 0,
	"bridge=br0 mac=02:00:00:00:00:01 vlan=4094 mtu=65535 antispoof=on\n"},
    {'z', "nic5", "bridge=br0 mac=02:00:00:00:00:01 vlan=1 mtu=68", 0,
	"bridge=br0 mac=02:00:00:00:00:01 vlan=1 mtu=68 antispoof=on\n"},
    {'z', "nic6", "bridge=a23456789012345 mac=02:00:00:00:00:01", 0,
	"bridge=a23456789012345 mac=02:00:00:00:00:01 antispoof=on\n"},
    {'z', "nic7", "none", 0, "none\n"},
    {'z', "nic0", "bridge=br0 vlan=4095", ERANGE,
	"vlan=4095 is outside the limits: give vlan=N, 1..4094, or leave it out"},
    {'z', "nic1", "mac=02:00:00:00:00:01", EINVAL,
	"it has neither bridge= nor user: give bridge=NAME or user, then mac= address=CIDR "
	"gateway= vlan= mtu= antispoof=on|off allow= publish=, or none"},
    {'z', "nic2", "bridge=a234567890123456", EINVAL,
	"bridge=a234567890123456 is no name of a bridge: give 1 to 15 of a-z A-Z 0-9 . _ - "
	"beginning with a letter or digit"},
    {'z', "nic3", "bridge=br0 address=1.2.3.4", EINVAL,
	"address=1.2.3.4 has no prefix length: give it as 192.0.2.10/24 or 2001:db8::10/64"},
    {'z', "nic4", "bridge=br0 address=1.2.3.4/99", ERANGE,
	"address=1.2.3.4/99 has a prefix length outside the limits: give 1..32, of IPv6 1..128"},
    {'z', "nic5", "bridge=br0 mtu=1", ERANGE,
	"mtu=1 is outside the limits: give mtu=N, 68..65535, or leave it out"},
    {'z', "nic6", "bridge=br0 bridge=br0", EINVAL,
	"bridge= is there twice: give bridge=NAME or user, then mac= address=CIDR gateway= vlan= "
	"mtu= antispoof=on|off allow= publish=, or none"},
    {'z', "nic7", "max", EINVAL,
	"\"max\" is no KEY=VALUE: give bridge=NAME or user, then mac= address=CIDR gateway= vlan= "
	"mtu= antispoof=on|off allow= publish=, or none"},
    {'v', "nic0", "bridge=b mac=02:00:00:00:00:01 address=10.0.0.1/8 gateway=10.0.0.2", EINVAL,
	"gateway= is for zones: leave it out, and tell the guest"},

    {'z', "privileges", "default", 0, "default\n"},
    {'z', "privileges", "none", 0, "none\n"},
    {'z', "privileges", "+sys_admin", 0, "+sys_admin\n"},
    {'z', "privileges", "-net_raw +SYS_ADMIN  -cap_mknod", 0, "+sys_admin -net_raw -mknod\n"},
    {'z', "privileges", "default +CAP_BPF", 0, "+bpf\n"},
    {'z', "privileges", "none +kill", 0, "kill\n"},
    {'z', "privileges", "net_raw chown", 0, "chown net_raw\n"},
    {'z', "privileges", "+chown", 0, "default\n"}, /* it is there already */
    {'z', "privileges", "none -chown", 0, "none\n"},
    {'z', "privileges", "checkpoint_restore", 0, "checkpoint_restore\n"},
    {'z', "privileges", "all", EINVAL, "\"all\" is no privilege: " CAPS},
    {'z', "privileges", "41", EINVAL, "\"41\" is no privilege: " CAPS},
    {'z', "privileges", "+", EINVAL, "\"\" is no privilege: " CAPS},
    {'z', "privileges", "cap_", EINVAL, "\"cap_\" is no privilege: " CAPS},
    {'z', "privileges", "chown,kill", EINVAL, "\"chown,kill\" is no privilege: " CAPS},
    {'z', "privileges", "+none", EINVAL, "\"none\" is no privilege: " CAPS},
    {'z', "privileges", "kill none", EINVAL, "\"none\" is no privilege: " CAPS},
    {'z', "privileges", "chown\x1b[2J", EINVAL, "\"chown?[2j\" is no privilege: " CAPS},
    {'z', "privileges", "''", EINVAL, "\"\" is no privilege: " CAPS},
    {'z', "privileges", "+kill chown", EINVAL,
	"\"chown\" has no sign, unlike the words before it: " CAPS},
    {'z', "privileges", "kill -chown", EINVAL,
	"\"-chown\" has a sign, unlike the words before it: " CAPS},
    {'z', "privileges", "none kill", EINVAL,
	"\"kill\" has no sign, unlike the words before it: " CAPS},
    {'z', "privileges", "kill cap_kill", EINVAL, "kill is there twice: " CAPS},
    {'z', "privileges", "+bpf -bpf", EINVAL, "bpf is there twice: " CAPS},
    {'z', "privileges", "kill\nchown", EINVAL, "there is more than one line: " CAPS},
    {'z', "privileges", "'kill", EINVAL, "a ' is not closed: give it a second '"},

    {'v', "vcpus", "1", 0, "1\n"},
    {'v', "vcpus", "255", 0, "255\n"},
    {'v', "vcpus", "0", ERANGE, "\"0\" is outside the limits: give 1..255"},
    {'v', "vcpus", "256", ERANGE, "\"256\" is outside the limits: give 1..255"},
    {'v', "vcpus", "none", EINVAL, "\"none\" is not a number: give 1..255"},

    {'v', "cpu", "auto", 0, "auto\n"},
    {'v', "cpu", "Skylake-Server-v5", 0, "Skylake-Server-v5\n"},
    {'v', "cpu", "none", EINVAL, "\"none\" is no name of a model: " CPU},
    {'v', "cpu", "help", EINVAL, "\"help\" is no name of a model: " CPU},
    {'v', "cpu", "Haswell,+x", EINVAL, "\"Haswell,+x\" is no name of a model: " CPU},
    {'v', "cpu", "-v", EINVAL, "\"-v\" is no name of a model: " CPU},

    {'v', "ram", "1m", 0, "1048576\n"},
    {'v', "ram", "16T", 0, "17592186044416\n"},
    {'v', "ram", "1023K", ERANGE, "\"1023K\" is outside the limits: " RAM},
    {'v', "ram", "17T", ERANGE, "\"17T\" is outside the limits: " RAM},
    {'v', "ram", "none", EINVAL, "\"none\" is not a number: " RAM},
    {'v', "ram.max", "16T", 0, "17592186044416\n"},
    {'v', "ram.max", "256M", 0, "268435456\n"},
    {'v', "ram.max", "none", 0, "none\n"},
    {'v', "ram.max", "17T", ERANGE, "\"17T\" is outside the limits: " RAM ", or none"},

    {'v', "accel", "tcg", 0, "tcg\n"},
    {'v', "accel", "auto", 0, "auto\n"},
    {'v', "accel", "xen", EINVAL, "\"xen\" is not one of its words: give auto, kvm or tcg"},
    {'v', "machine", "microvm", 0, "microvm\n"},
    {'v', "machine", "isapc", EINVAL,
	"\"isapc\" is not one of its words: give auto, q35, pc or microvm"},
    {'v', "firmware", "uefi", 0, "uefi\n"},
    {'v', "firmware", "efi", EINVAL, "\"efi\" is not one of its words: give auto, bios or uefi"},
    {'v', "watchdog", "reset", 0, "reset\n"},
    {'v', "watchdog", "bark", EINVAL,
	"\"bark\" is not one of its words: give none, reset, halt or pause"},
    {'v', "os", "windows", 0, "windows\n"},
    {'v', "os", "dos", EINVAL, "\"dos\" is not one of its words: give linux, windows or other"},
    {'v', "tpm", "on", 0, "on\n"},
    {'v', "tpm", "2", EINVAL, "\"2\" is not one of its words: give on or off"},
    {'v', "secureboot", "on", 0, "on\n"},
    {'v', "secureboot", "yes", EINVAL, "\"yes\" is not one of its words: give on or off"},
    {'v', "mounts", "/a a ro\n//b/ B.2 rw owner=zone", 0, "/a a ro\n//b/ B.2 rw owner=zone\n"},
    {'v', "mounts", "/a a,b ro", EINVAL,
	"\"a,b\" is no TAG, which is at most 36 of a-z A-Z 0-9 . _ -: give lines of SOURCE TAG "
	"ro|rw or rw owner=zone, SOURCE a whole path, a blank in it as \\040"},
    {'v', "display", "none", 0, "none\n"},
    {'v', "display", "vnc", 0, "vnc\n"},
    {'v', "keyboard", "de", 0, "de\n"},
    {'v', "keyboard", "en-us", EINVAL,
	"\"en-us\" is not one of its words: give a layout as setxkbmap has it: us be br ch de dk "
	"es fi fr gb it latam no pl pt se"},
    {'v', "display", "gtk", EINVAL, "\"gtk\" is not one of its words: give none or vnc"},

    {'v', "kernel", "/boot/vmlinuz", 0, "/boot/vmlinuz\n"},
    {'v', "kernel", "none", 0, "none\n"},
    {'v', "kernel", "vmlinuz", EINVAL, "this is no path that begins with /: " PATH},
    {'v', "initrd", "/boot/initrd with blanks", 0, "/boot/initrd with blanks\n"},
    {'v', "cdrom", "/srv/a b.iso", 0, "/srv/a b.iso\n"},
    {'v', "cdrom", "a.iso", EINVAL, "this is no path that begins with /: " PATH},
    {'v', "cdrom1", "none", 0, "none\n"},
    {'v', "cdrom1", "cdrom", EINVAL, "this is no path that begins with /: " PATH},
    {'v', "boot", "net cdrom disk", 0, "net cdrom disk\n"},
    {'v', "boot", "net net", EINVAL,
	"\"net net\" is not one of its words: give some of disk, cdrom and net, each once, with "
	"one "
	"blank between"},
    {'v', "initrd", "../initrd", EINVAL, "this is no path that begins with /: " PATH},
    {'v', "append", "console=ttyS0 quiet,x", 0, "console=ttyS0 quiet,x\n"},
    {'v', "append", "none", 0, "none\n"},
    {'v', "append", "a\tb\014c", EINVAL, "a control character (0x0c) is in it: " APPEND},

    {'v', "disk0", "path=/d format=qcow2 bus=nvme readonly=on", 0,
	"path=/d format=qcow2 bus=nvme readonly=on\n"},
    {'v', "disk0", "none", 0, "none\n"},
    {'v', "disk0", "/d", EINVAL, "\"/d\" is no KEY=VALUE: " DISK},
};

static struct obj *object(char in)
{
	return in == 'z' ? house.zone : house.vm;
}

/* The object with what a setting of its own needs: an initrd and append are a kernel's. */
static struct obj *object_for(const struct row_case *c)
{
	struct obj *o = object(c->in);
	if (strcmp(c->file, "initrd") == 0 || strcmp(c->file, "append") == 0)
		ck_assert_int_eq(house_write(o, "kernel", "/k"), 0);
	return o;
}

START_TEST(taken_or_refused)
{
	const struct row_case *c = &cases[_i];
	struct obj *o = object_for(c);
	char *before = settings_text(o), *line;
	int code = house_write(o, c->file, c->text);
	ck_assert_msg(code == c->code, "%s: %s: %d, %s", c->file, c->text, code, err_text());
	if (code == 0) {
		ck_assert_str_eq(house_read(o, c->file), c->result);
		ck_assert_ptr_null(o->error);
	} else {
		line = xasprintf("%s: %s", c->file, c->result);
		ck_assert_str_eq(o->error, line);
		free(line);
		line = settings_text(o);
		ck_assert_str_eq(line, before);
		free(line);
	}
	free(before);
}
END_TEST

/* cat f > f changes nothing, and neither does what the settings file keeps. */
START_TEST(what_is_read_can_be_written)
{
	const struct row_case *c = &cases[_i];
	struct obj *o = object_for(c);
	if (c->code != 0)
		return;
	house_write(o, c->file, c->text);
	char *text = xstrdup(house_read(o, c->file)), *kept = settings_text(o);
	if (strcmp(c->file, "hostname") != 0 || strcmp(c->text, "none") != 0)
		ck_assert_int_eq(house_write(o, c->file, text), 0);
	ck_assert_str_eq(house_read(o, c->file), text);
	settings_unset(o, row_by_name(o->type, c->file));
	ck_assert_int_eq(settings_load(o, kept), 0);
	o->version++;
	ck_assert_str_eq(house_read(o, c->file), text);
	free(text);
	free(kept);
}
END_TEST

static bool has_case(const struct obj *o, const struct row *r, bool taken)
{
	for (size_t i = 0; i < NELEM(cases); i++)
		if (strcmp(cases[i].file, r->name) == 0 && (cases[i].code == 0) == taken &&
		    row_by_name(o->type, cases[i].file) != NULL)
			return true;
	return false;
}

START_TEST(every_setting_is_tested)
{
	const struct obj *o = object("zv"[_i]);
	const struct row *r = NULL;
	while ((r = row_next(o->type, r)) != NULL) {
		if (r->kind == NULL || (r->keyed == &disk_line && strcmp(r->name, "disk0") != 0))
			continue;
		ck_assert_msg(has_case(o, r, true), "%s has no value that is taken", r->name);
		ck_assert_msg(has_case(o, r, false), "%s has no value that is refused", r->name);
	}
}
END_TEST

/* The refusal says what would be right. */
START_TEST(refusals_tell_what_is_wanted)
{
	const struct row_case *c = &cases[_i];
	const struct row *r = row_by_name(object(c->in)->type, c->file);
	bool quotes = strncmp(c->result, "a ' is not", 10) == 0;
	if (c->code != 0 && !quotes && strcmp(c->file, "disk0") != 0 &&
	    strncmp(c->file, "nic", 3) != 0)
		ck_assert_msg(strstr(c->result, r->wanted) != NULL, "%s: %s", c->file, c->result);
}
END_TEST

/* ---- cpus against the host's ---- */

START_TEST(cpus_are_this_host_s)
{
	char text[64], line[160];
	snprintf(text, sizeof(text), "0-%u", host_cpus() - 1);
	ck_assert_int_eq(house_write(house.zone, "cpu.set", text), 0);
	snprintf(text, sizeof(text), "%u", host_cpus());
	ck_assert_int_eq(house_write(house.zone, "cpu.set", text), ERANGE);
	snprintf(line, sizeof(line), "cpu.set: there is no CPU %u: " CPUS, host_cpus());
	ck_assert_str_eq(house.zone->error, line);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("kind");
	TCase *t = tcase_create("settings");
	tcase_add_checked_fixture(t, house_open, house_close);
	tcase_add_loop_test(t, taken_or_refused, 0, NELEM(cases));
	tcase_add_loop_test(t, what_is_read_can_be_written, 0, NELEM(cases));
	tcase_add_loop_test(t, refusals_tell_what_is_wanted, 0, NELEM(cases));
	tcase_add_loop_test(t, every_setting_is_tested, 0, 2);
	tcase_add_test(t, cpus_are_this_host_s);
	suite_add_tcase(s, t);
	return suite_run(s);
}
