/* What the host can do for networks and images, as tried by the helper. A daemon that takes over
 * waits with that until somebody asks: the kernel removes what was tried under a lock that boots
 * need, too. */
#include <errno.h>

#include "base/fd.h"
#include "host/ask.h"
#include "host/probe.h"

static struct {
	const char *key, *bad;
	struct err lacks;
} probes[PROBES] = {
    [PROBE_NICS] = {"network", "limited", {EIO, "the probe is not through yet"}},
    [PROBE_IMAGES] = {"images", "unusable", {EIO, "the probe is not through yet"}},
};
static bool asked;

static void on_probed(void *arg, const struct helper_reply *reply, int fd)
{
	*(struct err *)arg = reply->err;
	fd_close(&fd);
}

void host_probe(void)
{
	asked = true;
	for (uint32_t i = 0; i < PROBES; i++) {
		struct helper_host_probe q = {.probe = i};
		helper_ask(HELPER_HOST_PROBE, &q, sizeof(q), NULL, 0, on_probed, &probes[i].lacks);
	}
}

void host_probe_show(struct buf *b)
{
	if (!asked)
		host_probe();
	for (size_t i = 0; i < PROBES; i++)
		if (probes[i].lacks.code == 0)
			buf_printf(b, "%s usable\n", probes[i].key);
		else
			buf_printf(
			    b, "%s %s: %s\n", probes[i].key, probes[i].bad, probes[i].lacks.text);
}
