/* The descriptors and words that our programs are started with, and how the daemon ends. */
#ifndef WARREN_PROTOCOL_START_H
#define WARREN_PROTOCOL_START_H

#include "protocol/helper.h"
#include "protocol/vm.h"

/* The daemon's. argv: warren --daemon CGROUP LOGLEVEL fg|bg fresh|again RUN */
enum {
	DAEMON_FD_HELPER = 3, /* SEQPACKET: requests and replies */
	DAEMON_FD_FUSE = 4, /* /dev/fuse of the mount */
	DAEMON_FD_HANDOVER = 5, /* memory file that outlives the daemon (fs/handover.h) */
	DAEMON_FD_STATE = 6, /* directory STATE */
	DAEMON_FD_RUN = 7, /* directory RUN */
};

/* How the daemon ends: the helper starts it again on any other status. */
enum { DAEMON_EXIT_UNMOUNTED = 0, DAEMON_EXIT_UNMOUNT = 3, DAEMON_EXIT_CANNOT = 4 };

/* Descriptors that process 1 of a zone is started with, besides 0, 1, 2. */
enum {
	ZONE_FD_ERROR = 3, /* pipe: a struct err if it can't go on; closed when it runs */
	ZONE_FD_ORDERS = 4, /* protocol/orders.h */
	ZONE_FD_CONSOLE = 5, /* a VM's serial line (stream socket) */
	ZONE_FD_QMP = 6, /* a VM's QMP (stream socket) */
	ZONE_FD_AGENT = 7, /* a VM's guest agent (stream socket) */
	ZONE_FD_NICS = 8, /* a VM's taps: that of NIC N is the Nth */
	ZONE_FD_FILES = ZONE_FD_NICS + NICS, /* a VM's disks from here on (protocol/vm.h) */
	ZONE_FD_MDATA = ZONE_FD_FILES + VM_FDS, /* a VM's second serial line (stream socket) */
};

/* Descriptors and words that a monitor is started with: warren-monitor INITPID zone|vm */
enum {
	MONITOR_FD_LISTEN = 3, /* RUN/monitors/ID, listening */
	MONITOR_FD_CONSOLE = 4, /* pty master, or the other end of ZONE_FD_CONSOLE */
	MONITOR_FD_LOG = 5, /* a ring (base/ring.h) that is made already */
	MONITOR_FD_INIT = 6, /* pidfd of process 1, the monitor's child */
	MONITOR_FD_MESSAGES = 7, /* a VM: QEMU's standard error */
	MONITOR_FD_QMP = 8, /* a VM: the other end of ZONE_FD_QMP */
	MONITOR_FD_VNC = 9, /* a VM with a display: a listening socket, for QEMU */
	MONITOR_FD_FILTER = 9, /* a zone: the filter of its system calls, struct sock_filter[] */
	MONITOR_FD_AGENT = 10, /* a VM: the other end of ZONE_FD_AGENT */
	MONITOR_FD_INNER = 10, /* a zone: cgroup.procs of the zone's own group for jobs */
	MONITOR_FD_STATUS = 11, /* a zone: /proc/INITPID/status */
	MONITOR_FD_OOM = 12, /* a zone, if its monitor is shielded: the monitor's oom_score_adj */
	MONITOR_FD_GROUPS = 13, /* from here on: tasks or cgroup.procs of the zone's groups, for
				 * jobs that INNER refuses */
	MONITOR_GROUPS = 12, /* at most */
	MONITOR_FD_MDATA = 25, /* where metadata is asked for: a zone's listening socket, or the
				* other end of ZONE_FD_MDATA */
	MONITOR_FD_METADATA = 26, /* a zone: its directory /run/metadata */
	MONITOR_FD_SERVERS = 13, /* a VM, from here on: for each of VM_SERVERS a pipe that closes
				  * when it has ended */
};

/* Descriptors that warren-import is started with. */
enum {
	IMPORT_FD_PEER = 3, /* unpack: import_reports go there; pack: packets (import/pack.h) */
	IMPORT_FD_SOURCE = 4, /* unpack: the file, or packets */
};

#endif
