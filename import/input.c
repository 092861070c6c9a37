#include <archive.h>
#include <errno.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/wire.h"
#include "base/word.h"
#include "import/input.h"
#include "import/pack.h"
#include "import/report.h"

off_t input_size(int fd)
{
	off_t n = lseek(fd, 0, SEEK_END);
	return n < 0 || lseek(fd, 0, SEEK_SET) < 0 ? err_sys("find its size") : n;
}

static int input_failed(const struct pack *p, const char *bytes)
{
	struct err e;
	if (p->n != sizeof(e))
		return err_set(EIO, "the packer sent nonsense");
	memcpy(&e, bytes, sizeof(e));
	return err_restore(&e);
}

ssize_t input_packet(int fd, struct pack *p, void *bytes, int *file)
{
	static char packet[sizeof(*p) + PACK_ROOM];
	int nfds = 0;
	ssize_t n = wire_recv(fd, packet, sizeof(packet), file, file != NULL ? 1 : 0, &nfds);
	if (n == 0)
		return err_set(EIO, "the packer died");
	if (n < (ssize_t)sizeof(*p))
		return n < 0 ? -1 : err_set(EIO, "the packer sent nonsense");
	memcpy(p, packet, sizeof(*p));
	if (p->n != (size_t)n - sizeof(*p) || p->n > PACK_ROOM)
		return err_set(EIO, "the packer sent nonsense");
	if (file != NULL && nfds == 0)
		*file = -1;
	if (p->kind == PACK_FAILED)
		return input_failed(p, packet + sizeof(*p));
	if (bytes != NULL)
		memcpy(bytes, packet + sizeof(*p), p->n);
	return p->n;
}

static ssize_t packed_bytes(struct input *s)
{
	struct pack p;
	if (input_packet(s->fd, &p, s->room, NULL) < 0)
		return -1;
	if (p.kind != PACK_BYTES && p.kind != PACK_END)
		return err_set(EIO, "the packer sent nonsense");
	return p.kind == PACK_END ? 0 : (ssize_t)p.n;
}

static int input_fail(struct input *s)
{
	if (!s->packed)
		err_sys("read what is imported");
	err_copy(&s->why);
	s->why.code = err_code();
	return -1;
}

static ssize_t bytes_some(struct input *s)
{
	ssize_t n = s->packed ? packed_bytes(s) : read(s->fd, s->room, PACK_ROOM);
	if (n <= 0)
		return n < 0 ? input_fail(s) : 0;
	if (s->hash != NULL)
		sha256_update(s->hash, (size_t)n, (const uint8_t *)s->room);
	s->size += (uint64_t)n;
	report_read((size_t)n);
	return n;
}

static la_ssize_t bytes_read(struct archive *a, void *arg, const void **bytes)
{
	struct input *s = arg;
	ssize_t n = bytes_some(s);
	*bytes = s->room;
	if (n < 0)
		archive_set_error(a, err_code(), "%s", err_text());
	return n;
}

int archive_refusal(struct archive *a, int code)
{
	char q[300];
	int number = archive_errno(a);
	const char *why = archive_error_string(a);
	word_quote(why != NULL ? why : "unknown", q, sizeof(q));
	if (number != ENOSPC && number != EDQUOT && number != EACCES && number != EIO)
		return err_set(code, "%s", q);
	return err_set(number == EDQUOT ? ENOSPC : number, "%s: %s", q, strerror(number));
}

struct archive *input_archive(struct input *s)
{
	struct archive *a = archive_read_new();
	s->room = xcalloc(1, PACK_ROOM);
	if (a == NULL || archive_read_support_filter_all(a) < ARCHIVE_WARN ||
	    archive_read_support_format_tar(a) < ARCHIVE_WARN ||
	    archive_read_open(a, s, NULL, bytes_read, NULL) != ARCHIVE_OK) {
		if (a != NULL)
			archive_refusal(a, EINVAL);
		input_close(s, a, -1);
		return NULL;
	}
	return a;
}

int input_drain(struct input *s)
{
	ssize_t n;
	while ((n = bytes_some(s)) > 0)
		;
	return n < 0 ? -1 : 0;
}

int input_close(struct input *s, struct archive *a, int r)
{
	if (a != NULL)
		archive_read_free(a);
	free(s->room);
	s->room = NULL;
	return s->why.code != 0 ? err_restore(&s->why) : r;
}
