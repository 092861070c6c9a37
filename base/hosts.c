#include "base/hosts.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/etcfile.h"
#include "base/fd.h"

#define MARK "# by warren" /* ends the lines that are ours */

static const char blanks[] = " \t\r";

/* ---- a line ---- */

static bool is_ours(const char *line, size_t n)
{
	size_t mark = sizeof(MARK) - 1;
	return n >= mark && memcmp(line + n - mark, MARK, mark) == 0;
}

/* Is `name` one of its names? The first word is the address. */
static bool has_name(const char *line, size_t n, const char *name)
{
	const char *comment = memchr(line, '#', n), *end = comment != NULL ? comment : line + n;
	size_t len = strlen(name), word;
	bool address = true;
	for (const char *p = line; p < end; p += word) {
		for (word = 0; p < end && strchr(blanks, *p) != NULL; p++)
			;
		while (p + word < end && strchr(blanks, p[word]) == NULL)
			word++;
		if (!address && word == len && strncasecmp(p, name, len) == 0)
			return true;
		address = false;
	}
	return false;
}

/* ---- what is in them ---- */

static void own_add(struct buf *b, const char *hostname)
{
	size_t n = strcspn(hostname, ".");
	buf_printf(b, "127.0.1.1\t%s", hostname);
	if (hostname[n] != '\0')
		buf_printf(b, " %.*s", (int)n, hostname);
	buf_str(b, "\t" MARK "\n");
}

/* Make the text: all lines but ours, and then those of ours that are needed. */
static void hosts_make(const struct buf *was, const char *hostname, struct buf *b)
{
	bool local = false, own = strcasecmp(hostname, "localhost") == 0;
	const char *p = buf_text(was), *end = p + was->len;
	for (size_t n; p < end; p += n + 1) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		n = newline != NULL ? (size_t)(newline - p) : (size_t)(end - p);
		if (is_ours(p, n))
			continue;
		local = local || has_name(p, n, "localhost");
		own = own || has_name(p, n, hostname);
		buf_add(b, p, n);
		buf_str(b, "\n");
	}
	if (!local)
		buf_str(b, "127.0.0.1\tlocalhost\t" MARK
			   "\n::1\tlocalhost ip6-localhost ip6-loopback\t" MARK "\n");
	if (!own)
		own_add(b, hostname);
}

static int hosts_write(int etc, const char *hostname)
{
	struct buf was = {0}, now = {0};
	struct stat st;
	int r = etcfile_read(etc, "hosts", &was, &st);
	if (r == 0) {
		hosts_make(&was, hostname, &now);
		r = etcfile_write(etc, "hosts", &was, &now, &st);
	}
	buf_finish(&was);
	buf_finish(&now);
	return r;
}

static int hostname_write(int etc, const char *hostname)
{
	struct buf was = {0}, now = {0};
	struct stat st;
	buf_printf(&now, "%s\n", hostname);
	int r = etcfile_read(etc, "hostname", &was, &st);
	if (r == 0)
		r = etcfile_write(etc, "hostname", &was, &now, &st);
	buf_finish(&was);
	buf_finish(&now);
	return r;
}

int hosts_keep(const char *hostname)
{
	cleanup_fd int etc = etcfile_dir();
	if (etc < 0)
		return -1;
	int hosts = hosts_write(etc, hostname), name = hostname_write(etc, hostname);
	return hosts < 0 || name < 0 ? -1 : 0;
}
