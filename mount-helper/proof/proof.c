#include "mount-helper/proof/proof.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/word.h"
#include "mount-helper/proof/look.h"
#include "mount-helper/proof/message.h"
#include "mount-helper/kit/request.h"
#include "mount-helper/proof/seal.h"

enum { SHOWN = 256 };

static int author_compare(const struct look *l, pid_t thread, struct helper_file *f)
{
	char path[SHOWN];
	f->author = l->author;
	if (message_names(l->file, l->text, l->len, f))
		return 0;
	return err_set(EPERM,
	    "process %d does not write %s: write it again, whole and with one write", (int)thread,
	    word_quote(f->path, path, sizeof(path)));
}

int proof_see(const struct helper *h, pid_t thread, struct helper_file *f)
{
	struct look *l = look_at(h, thread);
	int r = l != NULL ? author_compare(l, thread, f) : -1;
	free(l);
	return r;
}

/* Take f's author as it is given: the settings are of a version that had no seals. */
static int author_adopt(const struct helper *h)
{
	return h->adopts
		   ? 0
		   : err_set(EPERM, "nobody was seen to write its host paths: write them again");
}

/* A list that is written in pieces names in its latest piece what is new alone. A path that comes
 * with a seal gets that same seal again: it is for the same path, author and zone. */
static int list_see(
    const struct helper *h, const struct helper_paths_prove *q, struct helper_proof *list)
{
	struct look *l = look_at(h, q->thread);
	int r = l != NULL ? 0 : -1;
	for (uint32_t i = 0; r == 0 && i < q->paths; i++)
		if (seal_check(h, q->id, &list[i].file, &list[i].seal) < 0)
			r = author_compare(l, q->thread, &list[i].file);
	free(l);
	return r;
}

int proof_list(const struct helper *h, const struct helper_paths_prove *q, int fd)
{
	size_t size = q->paths * sizeof(struct helper_proof);
	struct helper_proof *list = xcalloc(q->paths + 1, sizeof(*list));
	int r = pread(fd, list, size, 0) == (ssize_t)size ? 0 : -1;
	for (uint32_t i = 0; r == 0 && i < q->paths; i++)
		r = request_file(&list[i].file) ? 0 : -1;
	if (r < 0)
		err_set(EBADMSG, "the list of paths is damaged");
	else
		r = q->adopt == 1 ? author_adopt(h) : list_see(h, q, list);
	for (uint32_t i = 0; r == 0 && i < q->paths; i++)
		r = seal_make(h, q->id, &list[i].file, &list[i].seal);
	if (r == 0 && pwrite(fd, list, size, 0) != (ssize_t)size)
		r = err_sys("give the seals");
	free(list);
	return r;
}
