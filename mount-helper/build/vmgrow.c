/* QEMU itself makes it larger: one without a machine, in the VM's own root and with no more rights
 * than the VM's will have. For the header is the guest's, and qemu-img opens no disk by a
 * descriptor. */
#include "mount-helper/build/vmgrow.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diskhead.h"
#include "base/err.h"
#include "base/fd.h"
#include "mount-helper/build/process1.h"
#include "mount-helper/build/qemufiles.h"
#include "mount-helper/kit/inherit.h"

enum { WORDS_MOST = 4096 };

static _Noreturn void qemu_exec(const struct boot *b, const struct helper_vm_file *f, int *fds)
{
	char file[128], *env[] = {NULL};
	const char *argv[] = {"qemu", "-machine", "none", "-nodefaults", "-no-user-config",
	    "-display", "none", "-S", "-sandbox",
	    "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny", "-chardev",
	    "stdio,id=qmp", "-mon", "chardev=qmp,mode=control", "-add-fd", "fd=3,set=3",
	    "-blockdev", file, "-blockdev",
	    "{\"driver\":\"qcow2\",\"node-name\":\"disk\",\"file\":\"file\",\"backing\":null}",
	    NULL};
	snprintf(file, sizeof(file), "driver=%s,node-name=file,filename=/dev/fdset/3",
	    vm_path_is_device(f->file.path) ? "host_device" : "file");
	cleanup_fd int program = open(QEMU_PROGRAM, O_RDONLY | O_CLOEXEC);
	if (program >= 0 && process1_confine(b) == 0)
		inherit_exec(fds, 4, program, (char *const *)(uintptr_t)argv, env);
	_exit(1);
}

/* Until its end. What it says beyond WORDS_MOST is not kept: it hardly says so much. */
static void words_read(int from, struct buf *words)
{
	char some[512];
	for (ssize_t n; (n = read(from, some, sizeof(some))) > 0;)
		if (words->len < WORDS_MOST)
			buf_add(words, some, (size_t)n);
}

/* QEMU has its question before it begins. */
static int qemu_run(const struct boot *b, const struct helper_vm_file *f, int fd, struct buf *words)
{
	char ask[192];
	int n = snprintf(ask, sizeof(ask),
	    "{\"execute\":\"qmp_capabilities\"}{\"execute\":\"block_resize\",\"arguments\":"
	    "{\"node-name\":\"disk\",\"size\":%" PRIu64 "}}{\"execute\":\"quit\"}",
	    f->file.size);
	int in[2], out[2];
	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		return err_sys("make a pipe");
	cleanup_fd int asks = in[0], answers = out[0];
	int fds[] = {asks, out[1], out[1], fd};
	pid_t pid = fd_write_all(in[1], ask, (size_t)n) < 0 ? -1 : fork();
	if (pid == 0)
		qemu_exec(b, f, fds);
	close(in[1]);
	close(out[1]);
	words_read(answers, words);
	return pid < 0 || waitpid(pid, NULL, 0) != pid ? err_sys("start QEMU") : 0;
}

/* It has `has` bytes still. */
static int refuse(uint64_t has, const char *words)
{
	if (strstr(words, strerror(ENOSPC)) != NULL)
		return err_set(ENOSPC,
		    "there is no room to make it larger: make some, or give size=%" PRIu64, has);
	if (strstr(words, "snapshots") != NULL)
		return err_set(EIO,
		    "it is of version 2 of qcow2 and has snapshots: make it one of version 3 with "
		    "qemu-img amend -o compat=v3, or give size=%" PRIu64,
		    has);
	return err_set(EIO,
	    "it has %" PRIu64
	    " bytes and can't be made larger: see what qemu-img check says of it, make it anew "
	    "with qemu-img convert, or give size=%" PRIu64,
	    has, has);
}

int vmgrow(const struct boot *b, const struct helper_vm_file *f, int fd)
{
	struct buf words = {0};
	uint64_t has;
	if (diskhead_qcow2(fd, &has) < 0)
		return -1;
	if (has >= f->file.size)
		return 0;
	int r = qemu_run(b, f, fd, &words);
	if (r == 0)
		r = diskhead_qcow2(fd, &has);
	if (r == 0 && has < f->file.size && strstr(buf_text(&words), "\"write\" lock") == NULL)
		r = refuse(has, buf_text(&words));
	buf_finish(&words);
	return r;
}
