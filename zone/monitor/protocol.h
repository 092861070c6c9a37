/* What the daemon and a zone's monitor say to each other: fixed structs over a SEQPACKET socket. The
 * monitor outlives the daemon; a new daemon connects again and asks MON_HELLO. */
#ifndef WARREN_ZONE_MONITOR_PROTOCOL_H
#define WARREN_ZONE_MONITOR_PROTOCOL_H

#include <stdint.h>

#include "base/err.h"

enum { MON_BYTES = 4096, MON_REASON = 256 };

enum mon_op {
	/* daemon to monitor */
	MON_HELLO,    /* answered by MON_STATUS */
	MON_SIGNAL,   /* signal to process pid (host number; 0: process 1). Answered by MON_DONE */
	MON_SHUTDOWN, /* ask init (SIGTERM) or guest (ACPI) to end; halt it after seconds. MON_DONE */
	MON_HALT,     /* SIGKILL to process 1, at once. Answered by MON_DONE */
	MON_TYPE,     /* bytes to the console. MON_DONE when all are taken */
	MON_WATCH,    /* value 1: from now on send MON_OUTPUT */
	MON_BYE,      /* all is known: the monitor of an ended zone goes */
	/* monitor to daemon */
	MON_STATUS, /* to MON_HELLO, and at every change */
	MON_OUTPUT, /* the log has grown; several of these may come as one */
	MON_DONE,   /* the request with this seq: code 0, or why not */
	MON_OPS
};

struct mon_request {
	uint32_t op, seq;
	int32_t signal, pid;
	uint32_t value; /* seconds, or 0/1 */
	uint32_t len;
	char bytes[MON_BYTES];
};

enum mon_state {
	MON_RUNNING,
	MON_ENDED,
	MON_BROKEN,   /* a guest that can't go on */
	MON_STARTING, /* QEMU has not opened its QMP yet */
};

struct mon_event {
	uint32_t op, seq;
	uint32_t state; /* enum mon_state */
	int32_t init;   /* pid of process 1 on the host */
	int64_t started; /* microseconds since 1970 */
	int32_t status;  /* as wait(2) gives it, once ended */
	int32_t asked;   /* 1: it ended after MON_HALT or MON_SHUTDOWN */
	struct err err;  /* MON_DONE; MON_ENDED and MON_BROKEN: the reason where one is known */
};

#endif
