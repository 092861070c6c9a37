#include "vm/nvram/enroll.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "base/err.h"

/* EFI_SIGNATURE_LIST and EFI_SIGNATURE_DATA (the UEFI specification, 32.4.1): the type, three
 * sizes, then signatures of one size: an owner and, here, a certificate in DER. */
enum { GUID = 16, HEAD = GUID + 12 };
static const uint8_t x509[GUID] =
    "\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a\x87\xb5\xab\x15\x5c\x2b\xf0\x72";

static const char *const names[] = {
    "db-d719b2cb-3d3a-4596-a3bc-dad00e67656f", "KEK-8be4df61-93ca-11d2-aa0d-00e098032b8c"};

/* All of Microsoft's of that year have it in their names: Windows UEFI CA 2023, Microsoft UEFI CA
 * 2023, Microsoft Option ROM UEFI CA 2023, Microsoft Corporation KEK 2K CA 2023. */
static const char year[] = " CA 2023";

struct signature {
	const uint8_t *owner; /* a GUID, then the certificate */
	size_t size; /* of both */
};

/* Where the next begins. */
struct cursor {
	const uint8_t *at, *list_end, *end;
	size_t size; /* of each of this list */
};

static uint32_t le32_at(const uint8_t *p)
{
	uint32_t n;
	memcpy(&n, p, sizeof(n));
	return le32toh(n);
}

static bool list_begin(struct cursor *c)
{
	if (c->end - c->at < HEAD)
		return false;
	uint32_t all = le32_at(c->at + GUID), head = le32_at(c->at + GUID + 4),
		 one = le32_at(c->at + GUID + 8);
	if (all > (size_t)(c->end - c->at) || all < HEAD || head > all - HEAD || one <= GUID)
		return false;
	c->list_end = c->at + all;
	c->size = memcmp(c->at, x509, GUID) == 0 ? one : 0;
	c->at += HEAD + head;
	return true;
}

/* The next certificate; false: that was all, or the rest is damaged. */
static bool next(struct cursor *c, struct signature *s)
{
	while (c->size == 0 || (size_t)(c->list_end - c->at) < c->size) {
		if (c->list_end != NULL)
			c->at = c->list_end;
		if (!list_begin(c))
			return false;
	}
	*s = (struct signature){c->at, c->size};
	c->at += c->size;
	return true;
}

static struct cursor first(const struct variable *x)
{
	return (struct cursor){.at = x->data, .end = x->data + x->data_size};
}

static bool has(const struct variable *x, const struct signature *wanted)
{
	struct cursor c = first(x);
	for (struct signature s; next(&c, &s);)
		if (s.size == wanted->size &&
		    memcmp(s.owner + GUID, wanted->owner + GUID, s.size - GUID) == 0)
			return true;
	return false;
}

static void append(struct buf *b, const struct signature *s)
{
	uint32_t sizes[] = {htole32((uint32_t)(HEAD + s->size)), 0, htole32((uint32_t)s->size)};
	buf_add(b, x509, GUID);
	buf_add(b, sizes, sizeof(sizes));
	buf_add(b, s->owner, s->size);
}

/* What x is with those of the template, into b. How many are new; -1: the template has none */
static int add_all(const struct variable *x, const struct variable *template, struct buf *b)
{
	int added = 0, there = 0;
	struct cursor c = first(template);
	buf_add(b, x->head + 4, 4); /* its attributes */
	buf_add(b, x->data, x->data_size);
	for (struct signature s; next(&c, &s);) {
		if (memmem(s.owner, s.size, year, sizeof(year) - 1) == NULL)
			continue;
		there++;
		if (has(x, &s))
			continue;
		append(b, &s);
		added++;
	}
	return there > 0 ? added : -1;
}

int enroll(struct variables *v, const struct variables *template, struct enrolled *to)
{
	int all = 0;
	for (size_t i = 0; i < 2; i++) {
		const struct variable *its = variables_find(v, names[i]),
				      *new = variables_find(template, names[i]);
		if (its == NULL)
			return err_set(EOPNOTSUPP,
			    "it has no keys for Secure Boot: set secureboot to on, and boot it "
			    "once");
		int added = new != NULL ? add_all(its, new, &to->lists[i]) : -1;
		if (added < 0)
			return err_set(EOPNOTSUPP,
			    "the host's firmware has no certificates of 2023: install a newer "
			    "one (ovmf; EDK II has them since the end of 2025)");
		all += added;
		if (added > 0 && variables_set(v, names[i], (const uint8_t *)to->lists[i].at,
				     to->lists[i].len) < 0)
			return -1;
	}
	return all;
}

void enrolled_free(struct enrolled *e)
{
	for (size_t i = 0; i < 2; i++)
		buf_finish(&e->lists[i]);
}
