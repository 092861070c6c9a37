/* What the daemon and a zone's monitor say to each other: fixed structs over a SEQPACKET socket.
 * The monitor outlives the daemon; a new daemon connects again and asks MON_HELLO. That daemon may
 * be of a newer warren: a number keeps its meaning and a struct its size for ever, what is new has
 * a new number at the end, and a monitor that does not know it answers EOPNOTSUPP. */
#ifndef WARREN_PROTOCOL_MONITOR_H
#define WARREN_PROTOCOL_MONITOR_H

#include <stdint.h>

#include "base/err.h"

enum { MON_BYTES = 4096, MON_REASON = 256 };

/* Seconds that a zone has to end after SIGTERM to its monitor. systemd waits for 90 seconds as the
 * host goes down (systemd-system.conf(5), DefaultTimeoutStopSec=). */
enum { MON_SECONDS = 60 };

enum mon_op {
	/* daemon to monitor */
	MON_HELLO, /* answered by MON_STATUS */
	MON_SIGNAL, /* signal to process pid (host number; 0: process 1). Answered by MON_DONE */
	MON_SHUTDOWN, /* ask init (SIGTERM) or guest (ACPI) to end; halt it after seconds.
		       * MON_DONE */
	MON_HALT, /* SIGKILL to process 1, at once. Answered by MON_DONE */
	MON_TYPE, /* bytes to the console. MON_DONE when the zone has read all. tag: the write that
		   * they belong to, and their place in it; value 1: they may be typed already */
	MON_WATCH, /* value 1: from now on send MON_OUTPUT */
	MON_BYE, /* the daemon knows how the zone ended: the monitor may end */
	/* monitor to daemon */
	MON_STATUS, /* to MON_HELLO, and at every change */
	MON_OUTPUT, /* the log has grown; several of these may come as one */
	MON_DONE, /* the request with this seq: code 0, or why not */
	/* daemon to monitor: exec jobs, named by their objects' ids. All but MON_JOB_READ are
	 * answered by MON_DONE */
	MON_JOB_START, /* descriptors: rings of stdout and stderr, struct job_orders. Done when its
			   shell runs; also where it was started before */
	MON_JOB_ASK, /* done once it has started, or why not; MON_JOB is sent before. ESRCH: there
		      * is no such job */
	MON_JOB_INPUT, /* bytes for its stdin, done when it has read them; EIO: it will not. tag:
			* the write that they belong to, and their place in it */
	MON_JOB_EOF, /* end its stdin after what is queued already */
	MON_JOB_SIGNAL, /* signal to its process group */
	MON_JOB_SIZE, /* of its terminal: value is rows << 16 | columns */
	MON_JOB_READ, /* readers have read all of stream `value` before position `at` */
	MON_JOB_FORGET, /* kill it and forget it; done when nothing of it is left */
	/* monitor to daemon */
	MON_JOB, /* the state of a job: after every change, and when it has more output */
	/* daemon to monitor, of a VM */
	MON_PAUSE, /* value 1: stop the guest and its clock; 0: let it go on. MON_DONE; then
		      MON_STATUS */
	/* daemon to monitor, of a zone */
	MON_HOSTNAME, /* bytes are the zone's host name from now on. MON_DONE */
	MON_SIZE, /* of its console: value is rows << 16 | columns. MON_DONE */
	/* daemon to monitor, of a VM */
	MON_QMP, /* a QMP command: a memory file, and descriptors that QEMU is handed with it
		    (getfd, add-fd). MON_REPLY, or MON_DONE why there is none */
	/* monitor to daemon */
	MON_REPLY, /* to the request with this seq: a memory file with QEMU's answer, which may be
		      an error */
	/* daemon to monitor, of a zone */
	MON_RLIMITS, /* bytes are a struct rlimits and pids (host numbers, int32_t): they get those
		      * limits whose bits are in value. MON_DONE; EPERM: some less */
	/* monitor to daemon, of a VM: the guest agent that answers is another, or none does. After
	 * the answer to MON_HELLO, and at each change. err: code 0, the text is its version; empty:
	 * none answers */
	MON_AGENT,
	/* daemon to monitor: what the guest may know from now on. A memory file
	 * (base/metalist.h). MON_DONE when a zone has the files */
	MON_METADATA,
	/* monitor to daemon: the guest changes a key. A memory file with one METALIST_FILE or
	 * METALIST_GONE; seq is the change's own number. One at a time; a new daemon is told it
	 * again, after its MON_HELLO */
	MON_METADATA_PUT,
	/* daemon to monitor: change `tag` is done, or, where there are bytes, that is why not.
	 * MON_DONE */
	MON_METADATA_ANSWER,
	/* helper to monitor, of a VM */
	MON_SERVER, /* value: a server of VM_SERVERS that it is given while it runs; with a pipe
		     * that closes with it. Without one, from the daemon: its end is not to be told.
		     * MON_DONE */
	MON_OPS
};

/* A stream of a job's output is a ring of JOB_ROOM bytes. The monitor stops reading the job's pipe,
 * so that the job blocks, when the ring has only JOB_TAIL bytes of room besides those that no
 * reader has read: those are for what is in the pipe when the job ends. */
enum { JOB_TAIL = 128 << 10, JOB_HELD = 16 << 20, JOB_ROOM = JOB_HELD + JOB_TAIL };
enum { JOB_STREAMS = 2, JOBS_MAX = 1024 };
enum { MON_JOB_FDS = 3 }; /* that come with MON_JOB_START; and at most with MON_QMP */
enum {
	MON_QMP_MAX = 1 << 20,
	MON_REPLY_MAX = 16 << 20
}; /* bytes of a command, and of QEMU's answer */

enum mon_job_state { MON_JOB_BEGINS, MON_JOB_RUNS, MON_JOB_ENDED };

/* What a job is told, in a memory file: this head, then strings ended by NULs: command line, user,
 * directory, and envc of KEY=value; behind them a struct rlimits (base/rlimits.h), the limits to
 * take. Looked into only inside the zone. */
#define JOB_ORDERS_MAGIC UINT32_C(0x6a6f6273)
enum { JOB_ORDERS_MAX = 256 << 10, JOB_ENV_MAX = 2048 };

struct job_orders {
	uint32_t magic;
	uint32_t tty; /* 1: stdin, stdout and stderr are a terminal */
	uint16_t rows, cols; /* of it; 0: not told */
	uint32_t envc;
	uint32_t size; /* bytes of strings behind this head */
};

struct mon_request {
	uint32_t op, seq;
	int32_t signal, pid;
	uint32_t value; /* seconds, or 0/1 */
	uint32_t len;
	uint64_t job, tag, at;
	char bytes[MON_BYTES];
};

enum mon_state {
	MON_RUNNING,
	MON_ENDED,
	MON_FAILED, /* a guest that can't go on */
	MON_STARTING, /* QEMU has not opened its QMP yet */
	MON_PAUSED, /* a guest that was told to stop */
};

struct mon_event {
	uint32_t op, seq;
	uint32_t state; /* enum mon_state */
	int32_t init; /* pid of process 1 on the host */
	int64_t started; /* microseconds since 1970 */
	int32_t status; /* once ended, as wait(2) gives it; SIGHUP: a guest that boots anew */
	int32_t asked; /* 1: it ended after MON_HALT or MON_SHUTDOWN; 2: it was killed as its time
			* was over */
	union {
		uint64_t job; /* MON_JOB: state, init and status are the job's */
		uint64_t unserved; /* MON_STATUS: bit N: server N (of VM_SERVERS) has ended */
	};
	union {
		uint32_t streams_done; /* MON_JOB: bit N: stream N is complete */
		uint32_t hangs; /* MON_STATUS: how often the guest has stopped feeding its watchdog,
				 * since its boot */
	};
	uint32_t resets; /* how often the guest was reset by itself, since its boot */
	struct err err; /* MON_DONE; MON_ENDED, MON_FAILED and MON_PAUSED: the reason where one is
			   known; ENOTRECOVERABLE: a guest's kernel panicked */
};

#endif
