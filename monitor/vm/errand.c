#include "monitor/vm/errand.h"

#include <stdint.h>
#include <time.h>

#include "monitor/journal.h"
#include "monitor/vm/agent.h"

/* It does not answer guest-shutdown but by a refusal (QEMU's qga/qapi-schema.json). A clock that
 * was told LATE seconds after the time was taken is told again, so often at most. */
enum { SHUTDOWN_SECONDS = 5, LATE = 1, TRIES = 3 };

static void shut_down(void *arg, const json_t *returned, const struct err *why)
{
	(void)arg, (void)returned, (void)why;
}

void errand_shutdown(bool again)
{
	static unsigned asked;
	if (agent_version()[0] == '\0' || (again && asked == agent_number()))
		return;
	asked = agent_number();
	agent_ask(json_pack("{s:s, s:{s:s}}", "execute", "guest-shutdown", "arguments", "mode",
		      "powerdown"),
	    SHUTDOWN_SECONDS, shut_down, NULL);
}

static int64_t now_ns(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int64_t taken; /* CLOCK_MONOTONIC: when the time that was sent last was taken */
static unsigned tries; /* that are left */

static void clock_ask(void);

/* It may have set the clock and then failed to write it to the hardware. */
static void clock_set(void *arg, const json_t *returned, const struct err *why)
{
	(void)arg;
	if (returned == NULL)
		journal_remark("the guest's clock: %s", why->text);
	if (tries > 0 && now_ns(CLOCK_MONOTONIC) - taken > LATE * INT64_C(1000000000))
		clock_ask();
}

static void clock_ask(void)
{
	tries--;
	taken = now_ns(CLOCK_MONOTONIC);
	agent_ask(json_pack("{s:s, s:{s:I}}", "execute", "guest-set-time", "arguments", "time",
		      (json_int_t)now_ns(CLOCK_REALTIME)),
	    AGENT_SECONDS, clock_set, NULL);
}

void errand_clock(void)
{
	if (agent_version()[0] == '\0')
		return;
	tries = TRIES;
	clock_ask();
}
