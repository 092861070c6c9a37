#include "monitor/vm/guest.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/list.h"
#include "base/word.h"
#include "monitor/journal.h"
#include "monitor/vm/agent.h"
#include "monitor/zone.h"

/* Why it stands still, if QEMU has told that before it stopped. */
static struct err stopped;
static bool stop_told; /* that it stands still */
static bool disk_told; /* by which disk */
static bool sleeps;
static double now_seconds; /* when the event that is looked at happened, by QEMU's clock */

/* ---- run states (QEMU's qapi/run-state.json, RunState) ---- */

enum how { GOES_ON, STANDS_STILL, CAN_NOT };

static const struct {
	const char *name;
	enum how how;
	struct err why; /* code 0: somebody's order */
} states[] = {
    {"running", GOES_ON, {0}},
    {"paused", STANDS_STILL, {0}},
    {"io-error", STANDS_STILL, {EIO, "a disk can't be read or written: mend that, then resume"}},
    {"suspended", STANDS_STILL, {EINTR, "suspended: its own system sleeps: resume wakes it"}},
    {"watchdog", STANDS_STILL, {EINTR, "watchdog: the guest no longer feeds it"}},
    {"guest-panicked", CAN_NOT, {ENOTRECOVERABLE, "the guest's kernel panicked"}},
    {"internal-error", CAN_NOT,
	{EIO, "the guest can't go on: QEMU reports internal-error (under KVM: an instruction that "
	      "this host's KVM does not know)"}},
};

/* Once for each time that it stands still, and again after each try to go on: a second answer of
 * before such a try would look like its failure. */
static void stand_still(const struct err *why)
{
	if (stop_told)
		return;
	if (why->code != 0 && stopped.code == 0)
		stopped = *why;
	stop_told = true;
	zone_stopped(&stopped);
}

void guest_status(const json_t *result)
{
	const char *name = json_word(result, "status");
	sleeps = strcmp(name, "suspended") == 0;
	for (size_t i = 0; i < NELEM(states); i++) {
		if (strcmp(name, states[i].name) != 0)
			continue;
		if (states[i].how == CAN_NOT)
			zone_failed(&states[i].why);
		else if (states[i].how == STANDS_STILL)
			stand_still(&states[i].why);
		else
			zone_goes_on();
	}
}

bool guest_sleeps(void)
{
	return sleeps;
}

/* ---- events ---- */

/* A guest may have taken over QEMU: check the name that it gives. */
static const char *disk_of(const json_t *data)
{
	static char name[] = "disk0";
	const char *node = json_word(data, "node-name");
	if (strncmp(node, "disk", 4) != 0 || node[4] < '0' || node[4] > '7' || node[5] != '\0')
		return "a disk";
	name[4] = node[4];
	return name;
}

/* Comes before the guest is stopped, or up to a second later: QEMU 10 sends no more than one a
 * second. If the guest is not stopped, it was told of the error itself. */
static bool disk_failed(const char *event, const json_t *data)
{
	char q[64];
	const char *reason = word_quote(json_word(data, "reason"), q, sizeof(q));
	(void)event;
	if (strcmp(json_word(data, "action"), "stop") != 0) {
		journal_remark("the guest is told: %s: %s", disk_of(data), reason);
	} else if (stopped.code == 0 || (stopped.code == EIO && !disk_told)) {
		if (json_is_true(json_object_get(data, "nospace")))
			err_set(ENOSPC,
			    "%s: no space left where its file is: make room, then resume",
			    disk_of(data));
		else
			err_set(EIO, "%s: it can't be read or written (%s): mend that, then resume",
			    disk_of(data), reason);
		err_copy(&stopped);
		disk_told = true;
		if (stop_told)
			zone_stopped(&stopped);
	}
	return false;
}

static bool on_change(const char *event, const json_t *data)
{
	(void)event, (void)data;
	return true;
}

static bool goes_on(const char *event, const json_t *data)
{
	(void)event, (void)data;
	stopped = (struct err){0};
	stop_told = disk_told = false;
	return true;
}

static bool on_panic(const char *event, const json_t *data)
{
	(void)event;
	if (strcmp(json_word(data, "action"), "run") != 0)
		zone_failed(&states[5].why);
	return false;
}

static bool port_changed(const char *event, const json_t *data)
{
	(void)event;
	if (strcmp(json_word(data, "id"), "agent") == 0)
		agent_opened(json_is_true(json_object_get(data, "open")));
	return false;
}

/* The daemon asks QEMU how much it is. QEMU sends this once a second at most. */
static bool memory_changed(const char *event, const json_t *data)
{
	(void)event, (void)data;
	zone_hardware_changed();
	return false;
}

static void on_remark(const char *event, const json_t *data)
{
	char q[64];
	journal_remark(
	    "the guest: %s %s", event, word_quote(json_word(data, "reason"), q, sizeof(q)));
}

/* When the event happened, in seconds. */
static double time_of(const json_t *message)
{
	const json_t *t = json_object_get(message, "timestamp");
	return json_number_value(json_object_get(t, "seconds")) +
	       json_number_value(json_object_get(t, "microseconds")) / 1e6;
}

/* Is it the reset button of ctl, system_reset? */
static bool is_ordered(const json_t *data)
{
	return strcmp(json_word(data, "reason"), "host-qmp-system-reset") == 0;
}

/* SeaBIOS resets the machine twice more, at once, before it begins: these count as one reset. */
static bool was_reset(const char *event, const json_t *data)
{
	static double last;
	bool again = last != 0 && now_seconds >= last && now_seconds < last + 0.3;
	last = now_seconds;
	if (again)
		return false;
	on_remark(event, data);
	if (json_is_true(json_object_get(data, "guest")) || is_ordered(data))
		zone_was_reset();
	return false;
}

/* A reset ends QEMU if settings wait for a new one. A signal ends it, too, and it exits with 0. */
static bool on_end(const char *event, const json_t *data)
{
	on_remark(event, data);
	zone_ends();
	if (strcmp(json_word(data, "reason"), "guest-reset") == 0 || is_ordered(data))
		zone_reboots();
	if (strcmp(json_word(data, "reason"), "host-signal") == 0)
		zone_was_signalled();
	return false;
}

/* QEMU then does what it was told to: resets or stops the machine, or ends. */
static bool on_hang(const char *event, const json_t *data)
{
	static const struct err ended = {ETIMEDOUT, "the guest no longer fed its watchdog"};
	(void)event;
	zone_hung();
	if (strcmp(json_word(data, "action"), "poweroff") == 0)
		zone_failed(&ended);
	return false;
}

static const struct {
	const char *name;
	bool (*happened)(
	    const char *event, const json_t *data); /* as guest_event; data may be NULL */
} guest_events[] = {
    {"BLOCK_IO_ERROR", disk_failed},
    {"GUEST_PANICKED", on_panic},
    {"MEMORY_DEVICE_SIZE_CHANGE", memory_changed},
    {"RESET", was_reset},
    {"RESUME", goes_on},
    {"SHUTDOWN", on_end},
    {"STOP", on_change},
    {"SUSPEND", on_change},
    {"VSERPORT_CHANGE", port_changed},
    {"WAKEUP", goes_on},
    {"WATCHDOG", on_hang},
};

bool guest_event(const json_t *message)
{
	const char *name = json_word(message, "event");
	now_seconds = time_of(message);
	for (size_t i = 0; i < NELEM(guest_events); i++)
		if (strcmp(name, guest_events[i].name) == 0)
			return guest_events[i].happened(
			    guest_events[i].name, json_object_get(message, "data"));
	return false;
}
