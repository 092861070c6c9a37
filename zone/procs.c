#include "zone/procs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/word.h"
#include "rctl/group.h"

/* ROOT:[...\nNSpid:\t123\t45] -> the innermost number (proc(5)); 0: it has the host's alone, as
 * threads have with which the kernel serves a VM */
static long inner_pid(const char *status)
{
	const char *line = strstr(status, "\nNSpid:\t");
	const char *inner = line != NULL ? line + strlen("\nNSpid:") : NULL;
	const char *end = inner != NULL ? strchrnul(inner, '\n') : NULL;
	if (inner == NULL || memchr(inner + 1, '\t', (size_t)(end - inner) - 1) == NULL)
		return 0;
	while (end[-1] != '\t')
		end--;
	return strtol(end, NULL, 10);
}

/* Is it pasta, swtpm or virtiofsd, which are in the zone's groups, but not in the zone? */
static bool serves(const struct zone *z, const char *status)
{
	const char *line = strstr(status, "\nUid:");
	unsigned long uid = line != NULL ? strtoul(line + 5, NULL, 10) : 0;
	return uid == uids_monitor(&z->uids) ||
	       (z->kind->uids == UID_COUNT_VM && uid != z->uids.base + QEMU_UID);
}

/* Read the status of a process: its number inside the zone; 0: it is gone, or none of the
 * zone's. */
static long status_read(const struct zone *z, long pid, struct buf *status)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%ld/status", pid);
	if (fd_read_at(-1, path, status) < 0 || serves(z, buf_text(status)))
		return 0;
	return inner_pid(buf_text(status));
}

/* Host numbers, a line each. */
static char *pids_read(const struct zone *z, struct buf *pids)
{
	return group_face()->get_procs(z->l.group, pids) == 0 ? pids->at : NULL;
}

static void show_process(const struct zone *z, long pid, struct buf *b)
{
	char comm[64];
	struct buf status = {0};
	long inner = status_read(z, pid, &status);
	if (inner != 0) {
		const char *name = strchr(buf_text(&status), '\t');
		char *one =
		    name != NULL ? xstrndup(name + 1, strcspn(name + 1, "\n")) : xstrdup("?");
		buf_printf(b, "%ld %ld %s\n", pid, inner, word_quote(one, comm, sizeof(comm)));
		free(one);
	}
	buf_finish(&status);
}

int procs_show(struct obj *o, const struct row *r, struct buf *b)
{
	(void)r;
	struct zone *z = zone_of(o);
	struct buf pids = {0};
	if (!zone_runs(z) || z->state == ZONE_BOOTING)
		return 0;
	char *rest = pids_read(z, &pids);
	for (char *line; (line = word_line(&rest)) != NULL;)
		show_process(z, strtol(line, NULL, 10), b);
	buf_finish(&pids);
	return 0;
}

static bool is_inner(const struct zone *z, long pid, uint64_t number)
{
	struct buf status = {0};
	long inner = status_read(z, pid, &status);
	buf_finish(&status);
	return inner > 0 && (uint64_t)inner == number;
}

/* Refuse a number, and name the host's number of the process that has this number inside. */
static int pid_refuse(const struct zone *z, uint64_t pid)
{
	struct buf pids = {0};
	long meant = 0;
	char *rest = pids_read(z, &pids);
	for (char *line; meant == 0 && (line = word_line(&rest)) != NULL;) {
		long host = strtol(line, NULL, 10);
		meant = is_inner(z, host, pid) ? host : 0;
	}
	buf_finish(&pids);
	if (meant != 0)
		return err_set(ESRCH,
		    "%" PRIu64 " is what that process is inside: give %ld, the first number of its "
		    "line in procs",
		    pid, meant);
	return err_set(ESRCH,
	    "%" PRIu64 " is none of its processes: give the first number of a line in procs", pid);
}

int procs_check(const struct zone *z, uint64_t pid)
{
	struct buf pids = {0};
	bool found = false;
	char *rest = pids_read(z, &pids);
	for (char *line; (line = word_line(&rest)) != NULL;)
		found = found || strtoull(line, NULL, 10) == pid;
	buf_finish(&pids);
	return found ? 0 : pid_refuse(z, pid);
}
