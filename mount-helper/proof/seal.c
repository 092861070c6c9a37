#include "mount-helper/proof/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/word.h"

enum { KEY_BYTES = 32, SHOWN = 256 };

/* A new key is key.new until the daemon has its seals and the tree answers: a mount that is cut off
 * before that begins again. */
static const char key_name[] = "key", key_new[] = "key.new";

static int key_make(int state)
{
	uint8_t key[KEY_BYTES];
	cleanup_fd int fd =
	    openat(state, key_new, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key) ||
	    fd_write_all(fd, key, sizeof(key)) < 0 || fsync(fd) < 0)
		return err_sys("make the key of seals");
	return 0;
}

int seal_begin(struct helper *h)
{
	struct stat st;
	h->adopts = false;
	if (fstatat(h->dirs.state, key_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (errno != ENOENT || key_make(h->dirs.state) < 0)
		return err_sys("the key of seals");
	h->adopts = true;
	return 0;
}

void seal_end(struct helper *h)
{
	if (h->adopts && (renameat(h->dirs.state, key_new, h->dirs.state, key_name) < 0 ||
			     fsync(h->dirs.state) < 0))
		log_error("keep the key of seals: %s", strerror(errno));
	h->adopts = false;
}

static int key_read(const struct helper *h, uint8_t key[KEY_BYTES])
{
	cleanup_fd int fd = openat(
	    h->dirs.state, h->adopts ? key_new : key_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys("open the key of seals");
	if (read(fd, key, KEY_BYTES) != KEY_BYTES)
		return err_set(EIO, "the key of seals is damaged");
	return 0;
}

static void number_add(struct hmac_sha256_ctx *c, uint64_t n)
{
	uint8_t bytes[8];
	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(n >> 8 * i);
	hmac_sha256_update(c, sizeof(bytes), bytes);
}

int seal_make(const struct helper *h, uint64_t id, const struct helper_file *f, struct seal *s)
{
	uint8_t key[KEY_BYTES];
	struct hmac_sha256_ctx c;
	const struct author *a = &f->author;
	if (key_read(h, key) < 0)
		return -1;
	hmac_sha256_set_key(&c, sizeof(key), key);
	number_add(&c, 1); /* the form of what follows */
	number_add(&c, id);
	number_add(&c, f->use);
	number_add(&c, f->size);
	number_add(&c, a->uid);
	number_add(&c, a->gid);
	number_add(&c, a->ngroups);
	for (uint32_t i = 0; a->ngroups != AUTHOR_UNKNOWN && i < a->ngroups; i++)
		number_add(&c, a->groups[i]);
	hmac_sha256_update(&c, strlen(f->path), (const uint8_t *)f->path);
	hmac_sha256_digest(&c, sizeof(s->bytes), s->bytes);
	explicit_bzero(key, sizeof(key));
	explicit_bzero(&c, sizeof(c));
	return 0;
}

int seal_check(
    const struct helper *h, uint64_t id, const struct helper_file *f, const struct seal *s)
{
	char path[SHOWN];
	struct seal own;
	if (seal_make(h, id, f, &own) < 0)
		return -1;
	if (memeql_sec(own.bytes, s->bytes, sizeof(own.bytes)))
		return 0;
	return err_set(EPERM,
	    "nobody was seen to write %s here (its settings are from elsewhere, or were changed by "
	    "hand or by a warren that keeps no seals): write it again",
	    word_quote(f->path, path, sizeof(path)));
}
