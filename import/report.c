#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/wire.h"
#include "base/word.h"
#include "import/report.h"
#include "protocol/start.h"

enum { STEP = 16 << 20 };

struct import_report report;
static uint64_t total, seen, told;

void report_total(uint64_t bytes)
{
	total += bytes;
}

/* Send the report. Ends the program if nobody listens: the import was given up. */
static void report_send(void)
{
	if (wire_send(IMPORT_FD_PEER, &report, sizeof(report), NULL, 0) < 0)
		_exit(1);
}

void report_read(size_t n)
{
	seen += n;
	uint32_t percent = total > 0 && seen < total ? (uint32_t)(seen * 100 / total) : 99;
	if (percent == report.percent && seen - told < STEP)
		return;
	report.percent = percent;
	told = seen;
	report_send();
}

/* Files with several names count once: they are kept here until all names are seen. */
static struct linked {
	ino_t inode;
	uint64_t size;
} * linked;
static size_t nlinked, room;

static void link_keep(ino_t inode, uint64_t size)
{
	if (nlinked == room) {
		room = room > 0 ? 2 * room : 1024;
		linked = xrealloc(linked, room * sizeof(*linked));
	}
	linked[nlinked++] = (struct linked){inode, size};
}

static int add_file(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)path, (void)at;
	if (type == FTW_NS || type == FTW_DNR)
		return -1;
	uint64_t size = (uint64_t)st->st_blocks * 512;
	if (st->st_nlink > 1 && !S_ISDIR(st->st_mode))
		link_keep(st->st_ino, size);
	else
		report.size += size;
	return 0;
}

static int links_compare(const void *a, const void *b)
{
	const struct linked *x = a, *y = b;
	return x->inode < y->inode ? -1 : x->inode > y->inode;
}

int report_size(void)
{
	report.size = 0;
	if (nftw(".", add_file, 64, FTW_PHYS) != 0)
		return err_sys("count what it takes on disk");
	if (nlinked > 0)
		qsort(linked, nlinked, sizeof(*linked), links_compare);
	for (size_t i = 0; i < nlinked; i++)
		if (i == 0 || linked[i].inode != linked[i - 1].inode)
			report.size += linked[i].size;
	free(linked);
	return 0;
}

/* Make the error one line: the daemon shows it as such. */
static void sentence_clean(void)
{
	struct err e;
	err_copy(&e);
	e.code = err_code();
	word_quote(err_text(), e.text, sizeof(e.text));
	report.err = e;
}

int report_end(int result)
{
	report.kind = result == 0 ? IMPORT_DONE : IMPORT_FAILED;
	if (result < 0)
		sentence_clean();
	else
		report.percent = 100;
	report_send();
	return result == 0 ? 0 : 1;
}
