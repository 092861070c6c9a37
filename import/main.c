/* warren-import: the two programs that look into what is imported (mount-helper/image/import.c
 * starts them in their jails). `warren-import file` and `dir` fill their working directory from a
 * file or a packer, `pack` reads its own and sends it. */
#include <archive.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diskhead.h"
#include "base/list.h"
#include "import/convert.h"
#include "import/disk.h"
#include "import/input.h"
#include "import/oci.h"
#include "import/ova.h"
#include "import/pack.h"
#include "import/report.h"
#include "import/unpack.h"
#include "protocol/start.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

/* Bound the memory of a decompressor; the largest known window is 2 GiB (zstd --long=31). */
static int memory_bound(void)
{
#ifndef SANITIZED
	struct rlimit l = {UINT64_C(3) << 30, UINT64_C(3) << 30};
	if (setrlimit(RLIMIT_AS, &l) < 0)
		return err_sys("bound the memory");
#endif
	return 0;
}

/* Make the directory that is filled the root, which nobody can leave. */
static int jail_close(void)
{
	static const cap_value_t gone[] = {CAP_SYS_CHROOT};
	if (chroot(".") < 0 || chdir("/") < 0)
		return err_sys("make the image the root");
	cap_t c = cap_get_proc();
	if (c == NULL)
		return err_sys("capabilities");
	int r = cap_set_flag(c, CAP_EFFECTIVE, NELEM(gone), gone, CAP_CLEAR) |
		cap_set_flag(c, CAP_PERMITTED, NELEM(gone), gone, CAP_CLEAR) | cap_set_proc(c);
	cap_free(c);
	return r < 0 ? err_sys("drop a capability") : 0;
}

static int tar_unpack(bool packed)
{
	struct input s = {.fd = IMPORT_FD_SOURCE, .packed = packed};
	struct archive *a = input_archive(&s);
	report.type = IMAGE_ROOT;
	int r = a != NULL ? unpack(a, UNPACK_ALL) : -1;
	if (r == 0 && packed) /* read on until the packer has sent PACK_END */
		r = input_drain(&s);
	return input_close(&s, a, r);
}

static int packed_unpack(void)
{
	struct pack p;
	if (input_packet(IMPORT_FD_SOURCE, &p, NULL, NULL) < 0)
		return -1;
	report.type = IMAGE_ROOT;
	report.sockets = p.sockets;
	report_total(p.total);
	return p.kind == PACK_LAYOUT ? oci_unpack(IMPORT_FD_SOURCE) : tar_unpack(true);
}

static int disk_or_nothing(void)
{
	report.files = 0;
	if (!disk_is(IMPORT_FD_SOURCE))
		return err_set(EINVAL,
		    "it is no tar archive, and no disk either, as it has neither partitions "
		    "nor a file system: give one of these, a directory, or an OCI layout");
	return disk_take(IMPORT_FD_SOURCE);
}

/* An archive of another kind, or no archive at all, has no entry that can be read. */
static int file_unpack(void)
{
	off_t size = input_size(IMPORT_FD_SOURCE);
	if (size < 0)
		return -1;
	if (diskhead_format(IMPORT_FD_SOURCE) != NULL)
		return disk_take(IMPORT_FD_SOURCE);
	report_total((uint64_t)size);
	if (ova_is(IMPORT_FD_SOURCE))
		return ova_take(IMPORT_FD_SOURCE);
	int r = tar_unpack(false);
	if (report.files > 0 || (r < 0 && err_code() != EINVAL))
		return r;
	return disk_or_nothing();
}

static bool name_exists(const char *name)
{
	return faccessat(AT_FDCWD, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* What `docker save` writes is no root, but archives of layers; newer versions are an OCI layout,
 * too. */
static int there_is_something(void)
{
	if (report.type == IMAGE_ROOT && ova_was() && !name_exists("usr"))
		return err_set(EINVAL,
		    "it has an OVF, and is no OVA, which is a tar archive that begins with that: "
		    "make it by tar -cf X.ova X.ovf DISK");
	if (name_exists("oci-layout") && name_exists("index.json"))
		return err_set(EINVAL,
		    "it is an OCI layout in an archive: unpack it, and import the directory");
	if (name_exists("manifest.json") && !name_exists("bin") && !name_exists("usr") &&
	    !name_exists("etc"))
		return err_set(EINVAL,
		    "it is what docker save writes: import the directory that skopeo copy "
		    "docker-archive:FILE oci:DIRECTORY makes of it");
	return report.files > 0 ? 0 : err_set(EINVAL, "there is nothing in it");
}

static int import_run(bool packed)
{
	umask(022);
	if (memory_bound() < 0 || (!packed && convert_prepare() < 0) || jail_close() < 0)
		return -1;
	if ((packed ? packed_unpack() : file_unpack()) < 0 || there_is_something() < 0)
		return -1;
	return report_size();
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: warren-import pack|dir|file; mount.warren starts it\n", stderr);
		return 2;
	}
	setlocale(LC_CTYPE, "C.UTF-8"); /* names in archives are UTF-8; set now, while the locale's
					 * file can be read */
	if (strcmp(argv[1], "pack") == 0)
		return pack_run();
	return report_end(import_run(strcmp(argv[1], "dir") == 0));
}
