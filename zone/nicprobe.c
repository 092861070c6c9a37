/* What the host has for networks, by the helper's trial. A daemon that takes over waits with it until somebody
 * asks: the kernel removes what was tried under a lock that boots need as well. */
#include <errno.h>

#include "base/fd.h"
#include "zone/helper.h"
#include "zone/nic.h"

static struct err lacks = {EIO, "the probe is not through yet"};
static bool asked;

static void probed(void *arg, const struct helper_reply *reply, int fd)
{
	(void)arg;
	lacks = reply->err;
	fd_close(&fd);
}

void nics_probe(void)
{
	struct helper_nics_probe q = {0};
	asked = true;
	helper_ask(HELPER_NICS_PROBE, &q, sizeof(q), NULL, 0, probed, NULL);
}

void nics_show_host(struct buf *b)
{
	if (!asked)
		nics_probe();
	if (lacks.code == 0)
		buf_str(b, "network usable\n");
	else
		buf_printf(b, "network limited: %s\n", lacks.text);
}
