#include "monitor/journal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/ring.h"
#include "monitor/clients.h"

static struct ring ring = {.fd = -1};
static uint64_t lost;

int journal_open(int fd)
{
	return ring_open(&ring, fd);
}

static int bytes_add(const void *bytes, size_t n)
{
	if (ring_write(&ring, bytes, n) < 0)
		return -1;
	clients_output();
	return 0;
}

static void tell_lost(void)
{
	char line[96];
	int n = snprintf(line, sizeof(line),
	    "\r\nwarren: %" PRIu64 " bytes lost here: the disk was full\r\n", lost);
	if (bytes_add(line, (size_t)n) == 0)
		lost = 0;
}

void journal_add(const void *bytes, size_t n)
{
	if (n == 0)
		return;
	if (lost > 0)
		tell_lost();
	if (lost > 0 || bytes_add(bytes, n) < 0)
		lost += n;
}

void journal_remark(const char *fmt, ...)
{
	char line[640] = "\r\nwarren: ";
	size_t at = strlen(line);
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(line + at, sizeof(line) - at - 2, fmt, ap);
	va_end(ap);
	at = strlen(line);
	memcpy(line + at, "\r\n", 2);
	journal_add(line, at + 2);
}
