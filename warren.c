/* The daemon: composes the tree, the zones and the VMs, and serves them in one loop.
 *
 * `warren [-f] [-o OPTIONS] MOUNTPOINT` is for people: it becomes mount.warren, which mounts and
 * then starts this program again with --daemon and the descriptors of protocol/helper.h. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/writer.h"
#include "confine.h"
#include "session.h"
#include "fs/fuse.h"
#include "host/probe.h"
#include "protocol/helper.h"
#include "protocol/start.h"
#include "rctl/group.h"
#include "tree/order.h"
#include "tree/root.h"
#include "vm/display.h"
#include "vm/kvm/accel.h"
#include "zone/console.h"
#include "zone/link.h"
#include "zone/logs.h"
#include "host/event.h"
#include "host/history.h"
#include "host/ask.h"

static bool again; /* another daemon served this mount before */

static void told_to_end(void *arg)
{
	(void)arg;
	loop_stop(DAEMON_EXIT_UNMOUNT);
}

static void ready_known(void *arg, const struct helper_reply *reply, int fd)
{
	(void)arg, (void)reply, (void)fd;
}

static bool in_order, host_is_known;

/* Serve first, probe later: clients of an earlier daemon must not wait for the probes. */
static void daemon_serve(void)
{
	static bool serves;
	if (serves || !in_order || (!host_is_known && !again))
		return;
	serves = true;
	if (fuse_start(DAEMON_FD_FUSE, DAEMON_FD_HANDOVER, again, DAEMON_FD_STATE) < 0) {
		log_error("%s", err_text());
		loop_stop(DAEMON_EXIT_CANNOT);
		return;
	}
	struct helper_ready q = {0};
	helper_ask(HELPER_READY, &q, sizeof(q), NULL, 0, ready_known, NULL);
	order_autoboot(again);
}

static void host_known(void)
{
	host_is_known = true;
	daemon_serve();
}

static void paths_sealed(void)
{
	in_order = true;
	daemon_serve();
}

static void zones_found(void)
{
	root_adopt(paths_sealed);
}

static int open_dir(int at, const char *name, int how)
{
	int fd = openat(at, name, how | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		err_sys("open the directory %s", name);
	return fd;
}

static int open_fleeting(int run)
{
	if (mkdirat(run, "jobs", 0700) < 0 && errno != EEXIST)
		return err_sys("make the directory jobs");
	return open_dir(run, "jobs", O_RDONLY);
}

static int daemon_start(const char *cgroup)
{
	int objects = open_dir(DAEMON_FD_STATE, "objects", O_RDONLY);
	int run = open_dir(DAEMON_FD_RUN, "daemon", O_RDONLY);
	int logs = history_dir = open_dir(DAEMON_FD_STATE, "logs", O_RDONLY);
	zone_monitors_dir = open_dir(DAEMON_FD_RUN, "monitors", O_PATH);
	if (objects < 0 || run < 0 || logs < 0 || zone_monitors_dir < 0)
		return -1;
	int jobs = open_fleeting(run);
	if (jobs < 0 || writer_start(objects, jobs, logs) < 0 || logs_open(logs, run) < 0 ||
	    events_open(run) < 0)
		return -1;
	limits_open(run);
	if (group_init(cgroup) < 0)
		return -1;
	if (root_load(objects, jobs) < 0 || helper_start(DAEMON_FD_HELPER, root_rules_lost) < 0)
		return -1;
	close(run);
	root_claim();
	if (!again)
		host_probe();
	accel_probe(host_known);
	root_find(zones_found);
	return 0;
}

/* A running zone takes two descriptors, four where it bursts. */
static void raise_descriptors(void)
{
	struct rlimit l;
	if (getrlimit(RLIMIT_NOFILE, &l) < 0)
		return;
	l.rlim_cur = l.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &l) < 0)
		log_warn("raise the number of open files: %s", strerror(errno));
}

static int cannot(void)
{
	fprintf(stderr, "warren: %s\n", err_text());
	return DAEMON_EXIT_CANNOT;
}

/* Prepare the process: name, limits, signals, filter. */
static int process_prepare(void)
{
	prctl(PR_SET_NAME, "warren");
	/* other instances have our uid, and LeakSanitizer traces us */
	if (CONFINED)
		prctl(PR_SET_DUMPABLE, 0);
	signal(SIGPIPE, SIG_IGN);
	raise_descriptors();
	return daemon_confine();
}

static void daemon_finish(void)
{
	fuse_stop();
	root_finish();
	limits_close();
	events_close();
	writer_stop();
	helper_stop();
	loop_finish();
}

static int daemon_main(char **argv)
{
	int level = log_level_of(argv[1]);
	log_open("warren", strcmp(argv[2], "fg") == 0);
	log_set_level(level >= 0 ? (enum log_level)level : LOG_LEVEL_WARN);
	again = strcmp(argv[3], "again") == 0;
	display_run = argv[4];
	if (process_prepare() < 0)
		return cannot();
	loop_init();
	json_init();
	loop_signal(SIGTERM, told_to_end, NULL);
	loop_signal(SIGINT, told_to_end, NULL);
	if (daemon_start(argv[0]) < 0)
		return cannot();
	int status = loop_run();
	if (status != DAEMON_EXIT_UNMOUNTED) {
		/* requests stay unanswered: the next daemon gets them */
		writer_stop();
		_exit(status);
	}
	daemon_finish();
	return status;
}

static _Noreturn void usage_print(bool asked)
{
	fputs("usage: warren [-f] [-d] [-o OPTIONS] MOUNTPOINT   mount the tree and serve it\n"
	      "       warren console [-m MOUNTPOINT] NAME        a session at a zone's console\n"
	      "       warren --help | --version\n"
	      "  -f  stay in the foreground   -d  the same, and say what is done\n"
	      "  -o  state=DIR,run=DIR,cgroup=NAME,log=LEVEL and mount(8)'s own\n"
	      "Then: cat MOUNTPOINT/help; man warren-guide shows everyday tasks.\n",
	    asked ? stdout : stderr);
	exit(asked ? 0 : 2);
}

/* The path of mount.warren, which is beside this program. */
static void mount_helper(char *path, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", path, size - 32);
	char *slash = n > 0 ? memrchr(path, '/', (size_t)n) : NULL;
	memcpy(slash != NULL ? slash + 1 : path, "mount.warren", sizeof("mount.warren"));
}

int main(int argc, char **argv)
{
	static const struct option words[] = {
	    {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {0}};
	static char path[PATH_MAX], foreground[] = "-f", debug[] = "-d", options[] = "-o",
				    source[] = "warren";
	char *args[16];
	int n = 0, opt;
	if (argc == 7 && strcmp(argv[1], "--daemon") == 0)
		return daemon_main(argv + 2);
	if (argc > 1 && strcmp(argv[1], "console") == 0)
		return console_main(argc - 1, argv + 1);
	args[n++] = path;
	while ((opt = getopt_long(argc, argv, "fdhVo:", words, NULL)) != -1) {
		if (opt == 'V')
			return puts("warren " VERSION) < 0;
		if ((opt != 'f' && opt != 'd' && opt != 'o') || n > 8)
			usage_print(opt == 'h');
		args[n++] = opt == 'f' ? foreground : opt == 'd' ? debug : options;
		if (opt == 'o')
			args[n++] = optarg;
	}
	if (optind + 1 != argc)
		usage_print(false);
	args[n++] = source;
	args[n++] = argv[optind];
	args[n] = NULL;
	mount_helper(path, sizeof(path));
	execv(path, args);
	fprintf(stderr, "warren: %s: %s\n", path, strerror(errno));
	return 1;
}
