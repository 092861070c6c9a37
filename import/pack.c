/* The packer: sends the working directory as a tar archive, or the files of an OCI layout that it
 * is asked for. It is the user whose directory that is. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/wire.h"
#include "base/word.h"
#include "import/pack.h"
#include "import/input.h"
#include "protocol/start.h"

static struct pack head;

static int send_bytes(enum pack_kind kind, const void *bytes, size_t n, const int *file)
{
	static char packet[sizeof(head) + PACK_ROOM];
	head.kind = kind;
	head.n = (uint32_t)n;
	memcpy(packet, &head, sizeof(head));
	if (n > 0)
		memcpy(packet + sizeof(head), bytes, n);
	return wire_send(IMPORT_FD_PEER, packet, sizeof(head) + n, file, file != NULL ? 1 : 0);
}

static int send_error(void)
{
	struct err e;
	err_copy(&e);
	e.code = err_code();
	return send_bytes(PACK_FAILED, &e, sizeof(e), NULL);
}

/* ---- a tree ---- */

static int file_count(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)at;
	if (type == FTW_DNR || type == FTW_NS) {
		char q[200];
		errno = EACCES;
		return err_sys("read %s", word_quote(path, q, sizeof(q)));
	}
	if (S_ISREG(st->st_mode))
		head.total += (uint64_t)st->st_size;
	if (S_ISSOCK(st->st_mode))
		head.sockets++;
	return 0;
}

static la_ssize_t file_send(struct archive *a, void *arg, const void *bytes, size_t n)
{
	(void)arg;
	size_t some = n < PACK_ROOM ? n : PACK_ROOM;
	if (send_bytes(PACK_BYTES, bytes, some, NULL) == 0)
		return (la_ssize_t)some;
	archive_set_error(a, EPIPE, "%s", err_text());
	return -1;
}

static int zeros_write(struct archive *to, int64_t n)
{
	static const char zeros[PACK_ROOM];
	while (n > 0) {
		la_ssize_t put =
		    archive_write_data(to, zeros, n < PACK_ROOM ? (size_t)n : sizeof(zeros));
		if (put <= 0)
			return archive_refusal(to, EIO);
		n -= put;
	}
	return 0;
}

/* Write the bytes of a file with its holes, which the archive's format leaves out by itself. */
static int data_write(struct archive *from, struct archive *to, int64_t size)
{
	const void *bytes;
	size_t n;
	la_int64_t at, done = 0;
	int r;
	while ((r = archive_read_data_block(from, &bytes, &n, &at)) == ARCHIVE_OK) {
		if (zeros_write(to, at - done) < 0)
			return -1;
		if (n > 0 && archive_write_data(to, bytes, n) != (la_ssize_t)n)
			return archive_refusal(to, EIO);
		done = at + (la_int64_t)n;
	}
	if (r != ARCHIVE_EOF)
		return archive_refusal(from, EIO);
	return done == size ? 0 : err_set(EIO, "it became shorter as it was read");
}

static int entry_pack(struct archive *from, struct archive *to, struct archive_entry *e,
    struct archive_entry_linkresolver *links)
{
	struct archive_entry *spare = NULL;
	char q[200];
	if (archive_entry_filetype(e) == AE_IFSOCK)
		return 0;
	archive_entry_linkify(links, &e, &spare);
	if (archive_write_header(to, e) < ARCHIVE_OK)
		return archive_refusal(to, EIO);
	if (archive_entry_size(e) <= 0 || data_write(from, to, archive_entry_size(e)) == 0)
		return 0;
	return err_wrap("\"%s\"", word_quote(archive_entry_pathname(e), q, sizeof(q)));
}

static int entries_send(struct archive *from, struct archive *to)
{
	struct archive_entry_linkresolver *links = archive_entry_linkresolver_new();
	struct archive_entry *e = archive_entry_new();
	int r, result = 0;
	archive_entry_linkresolver_set_strategy(links, archive_format(to));
	while (result == 0 && (r = archive_read_next_header2(from, e)) != ARCHIVE_EOF) {
		result =
		    r == ARCHIVE_OK ? entry_pack(from, to, e, links) : archive_refusal(from, EIO);
		if (result == 0 && archive_read_disk_can_descend(from) &&
		    archive_read_disk_descend(from) < ARCHIVE_OK)
			result = archive_refusal(from, EIO);
		archive_entry_clear(e);
	}
	archive_entry_free(e);
	archive_entry_linkresolver_free(links);
	return result;
}

static int tree_pack(void)
{
	struct archive *from = archive_read_disk_new(), *to = archive_write_new();
	int r = -1;
	archive_read_disk_set_symlink_physical(from);
	archive_read_disk_set_behavior(
	    from, ARCHIVE_READDISK_NO_TRAVERSE_MOUNTS | ARCHIVE_READDISK_NO_FFLAGS);
	archive_write_set_format_pax(to);
	archive_write_set_bytes_per_block(to, 0);
	archive_write_set_options(to, "hdrcharset=BINARY"); /* names are bytes */
	if (archive_read_disk_open(from, ".") != ARCHIVE_OK)
		archive_refusal(from, EIO);
	else if (archive_write_open(to, NULL, NULL, file_send, NULL) != ARCHIVE_OK)
		archive_refusal(to, EIO);
	else
		r = entries_send(from, to);
	if (r == 0 && archive_write_close(to) != ARCHIVE_OK)
		r = archive_refusal(to, EIO);
	if (r < 0)
		archive_write_fail(to); /* else the archive would look complete */
	archive_read_free(from);
	archive_write_free(to);
	return r;
}

static int tree_send(void)
{
	if (nftw(".", file_count, 64, FTW_PHYS | FTW_MOUNT) != 0)
		return err_code() != 0 ? -1 : err_sys("read the directory");
	if (send_bytes(PACK_TREE, NULL, 0, NULL) < 0 || tree_pack() < 0)
		return -1;
	return send_bytes(PACK_END, NULL, 0, NULL);
}

/* ---- a layout ---- */

static int layout_file(const char *name)
{
	struct open_how how = {.flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC,
	    .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
	struct stat st;
	char q[128];
	cleanup_fd int fd = (int)syscall(SYS_openat2, AT_FDCWD, name, &how, sizeof(how));
	word_quote(name, q, sizeof(q));
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys("open %s of the layout", q);
	return S_ISREG(st.st_mode) ? fd_move(&fd)
				   : err_set(EINVAL, "%s of the layout is no file", q);
}

static int layout_serve(void)
{
	char name[PACK_ROOM + 1];
	struct pack p;
	ssize_t n;
	if (send_bytes(PACK_LAYOUT, NULL, 0, NULL) < 0)
		return -1;
	while ((n = input_packet(IMPORT_FD_PEER, &p, name, NULL)) >= 0) {
		name[n] = '\0';
		cleanup_fd int fd = layout_file(name);
		if ((fd < 0 ? send_error() : send_bytes(PACK_FILE, NULL, 0, &fd)) < 0)
			return -1;
	}
	return 0;
}

static bool is_layout(void)
{
	return faccessat(AT_FDCWD, "oci-layout", F_OK, 0) == 0 &&
	       faccessat(AT_FDCWD, "index.json", F_OK, 0) == 0;
}

int pack_run(void)
{
	int r = is_layout() ? layout_serve() : tree_send();
	if (r < 0)
		send_error();
	return r < 0 ? 1 : 0;
}
