/* fuse_floor MOUNTPOINT: the least that a FUSE server can do for what the benches ask of a tree.
 * One thread, direct I/O, nothing cached, permissions checked by the kernel, as warren has them.
 * Its tree: in the root and one level below, every name is a directory; below these, every name is
 * a file of two bytes. Directories list 1,000 names. It stays in the foreground until it is
 * unmounted. */
#define FUSE_USE_VERSION 35
#include <err.h>
#include <errno.h>
#include <fuse_lowlevel.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES = 1000, FILE_INO = 4 };
static const char text[] = "7\n";

static struct stat attributes(fuse_ino_t ino)
{
	bool file = ino == FILE_INO;
	return (struct stat){.st_ino = ino,
	    .st_mode = file ? S_IFREG | 0644 : S_IFDIR | 0755,
	    .st_nlink = file ? 1 : 2,
	    .st_size = file ? (off_t)sizeof(text) - 1 : 0};
}

/* A name's number is its depth. */
static void op_lookup(fuse_req_t r, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param e = {.ino = parent + 1, .generation = 1};
	(void)name;
	if (parent >= FILE_INO) {
		fuse_reply_err(r, ENOENT);
		return;
	}
	e.attr = attributes(e.ino);
	fuse_reply_entry(r, &e);
}

static void op_getattr(fuse_req_t r, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct stat st = attributes(ino);
	(void)fi;
	fuse_reply_attr(r, &st, 0);
}

static void op_open(fuse_req_t r, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	fi->direct_io = 1;
	fuse_reply_open(r, fi);
}

static void op_read(fuse_req_t r, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	size_t at = off < (off_t)sizeof(text) - 1 ? (size_t)off : sizeof(text) - 1;
	size_t left = sizeof(text) - 1 - at;
	(void)ino, (void)fi;
	fuse_reply_buf(r, text + at, left < size ? left : size);
}

static void op_readdir(
    fuse_req_t r, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	struct stat st = attributes(ino + 1);
	char *buf = malloc(size), name[16];
	size_t len = 0, need;
	(void)fi;
	if (buf == NULL)
		abort();
	for (off_t i = off; i < NAMES; i++, len += need) {
		snprintf(name, sizeof(name), "z%04d", (int)i + 1);
		need = fuse_add_direntry(r, buf + len, size - len, name, &st, i + 1);
		if (need > size - len)
			break;
	}
	fuse_reply_buf(r, buf, len);
	free(buf);
}

static void op_init(void *data, struct fuse_conn_info *conn)
{
	(void)data;
	conn->want &= ~(unsigned)(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE |
				  FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO);
}

static const struct fuse_lowlevel_ops operations = {
    .init = op_init,
    .lookup = op_lookup,
    .getattr = op_getattr,
    .open = op_open,
    .read = op_read,
    .readdir = op_readdir,
};

int main(int argc, char **argv)
{
	char name[] = "fuse_floor", o[] = "-o", options[] = "allow_other,default_permissions";
	char *fuse_argv[] = {name, o, options, NULL};
	struct fuse_args args = FUSE_ARGS_INIT(3, fuse_argv);
	if (argc != 2)
		errx(2, "usage: fuse_floor MOUNTPOINT");
	struct fuse_session *s = fuse_session_new(&args, &operations, sizeof(operations), NULL);
	fuse_opt_free_args(&args);
	if (s == NULL || fuse_session_mount(s, argv[1]) < 0)
		return 1;
	int result = fuse_session_loop(s);
	fuse_session_unmount(s);
	fuse_session_destroy(s);
	return result != 0;
}
