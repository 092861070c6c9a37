/* A taken-over daemon gains nothing by host paths. This test is a daemon that lies: it looks at
 * what the helper sees of a writer, and what it makes of that. look_test has the texts that it
 * parses. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/list.h"
#include "base/wire.h"
#include "mount-helper/ops.h"
#include "mount-helper/proof/proof.h"
#include "mount-helper/proof/seal.h"
#include "tests/unit/helper.h"
#include "tests/unit/suite.h"

enum { U = 54321, TURNS = 100 };

/* ---- seals ---- */

static struct helper h;
static char state[64];
static struct helper_file file;

static void state_make(void)
{
	snprintf(state, sizeof(state), "/tmp/warren-proof.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(state));
	ck_assert_int_eq(chmod(state, 0755), 0);
	h = (struct helper){.dirs = {.state = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC)}};
	ck_assert_int_eq(seal_begin(&h), 0);
	file = (struct helper_file){
	    .use = USE_MOUNT_READ, .path = "/srv", .author = {.ngroups = 2, .groups = {4, 5}}};
}

static void state_remove(void)
{
	char command[128];
	snprintf(command, sizeof(command), "rm -r %s", state);
	ck_assert_int_eq(system(command), 0);
	close(h.dirs.state);
}

static int checks(uint64_t id, const struct seal *s)
{
	return seal_check(&h, id, &file, s);
}

START_TEST(seal_is_for_one_thing)
{
	static struct helper_file fine;
	struct seal s, none = {{0}};
	ck_assert_int_eq(seal_make(&h, ID, &file, &s), 0);
	ck_assert_int_eq(checks(ID, &s), 0);
	ck_assert_int_lt(checks(ID, &none), 0);
	ck_assert_int_eq(err_code(), EPERM);
	ck_assert_ptr_nonnull(strstr(err_text(), "nobody was seen to write /srv here"));
	ck_assert_int_lt(checks(ID + 1, &s), 0);
	fine = file;
	for (int i = 0; i < 7; i++) {
		file = fine;
		if (i == 0)
			file.use = USE_MOUNT_WRITE;
		if (i == 1)
			file.size = 1;
		if (i == 2)
			strcpy(file.path, "/srv/");
		if (i == 3)
			file.author.uid = 1;
		if (i == 4)
			file.author.gid = 1;
		if (i == 5)
			file.author.groups[1] = 6;
		if (i == 6)
			file.author.ngroups = AUTHOR_UNKNOWN;
		ck_assert_msg(checks(ID, &s) < 0, "%d", i);
	}
	file = fine;
	s.bytes[SEAL_BYTES - 1] ^= 1;
	ck_assert_int_lt(checks(ID, &s), 0);
}
END_TEST

START_TEST(key_is_made_once)
{
	struct stat st;
	struct seal s;
	ck_assert(h.adopts);
	ck_assert_int_eq(seal_make(&h, ID, &file, &s), 0);
	seal_end(&h); /* the tree answers */
	ck_assert(!h.adopts);
	ck_assert_int_eq(checks(ID, &s), 0);
	ck_assert_int_eq(fstatat(h.dirs.state, "key", &st, 0), 0);
	ck_assert_uint_eq(st.st_mode, S_IFREG | 0600);
	ck_assert_int_eq(seal_begin(&h), 0); /* the next mount */
	ck_assert(!h.adopts);
	ck_assert_int_eq(checks(ID, &s), 0);
	ck_assert_int_eq(unlinkat(h.dirs.state, "key", 0), 0);
	ck_assert_int_eq(seal_begin(&h), 0); /* another host's */
	ck_assert(h.adopts);
	ck_assert_int_lt(checks(ID, &s), 0);
	ck_assert_int_eq(seal_begin(&h), 0); /* cut off before it answered: begins again */
	ck_assert(h.adopts);
	seal_end(&h);
	int key = openat(h.dirs.state, "key", O_WRONLY | O_TRUNC);
	close(key);
	ck_assert_int_lt(checks(ID, &s), 0);
	ck_assert_ptr_nonnull(strstr(err_text(), "damaged"));
}
END_TEST

/* ---- a daemon that lies ---- */

static int full; /* both ends of the pipe by the name of a file of the tree, kept full */

/* The tree is the state's directory: all that the helper knows of it is its device. In it a pipe by
 * this name, on which a write waits. */
static void tree_make(const char *name)
{
	struct stat st;
	char byte[4096] = "";
	ck_assert_int_eq(fstat(h.dirs.state, &st), 0);
	h.device = st.st_dev;
	umask(0);
	ck_assert_int_eq(mkfifoat(h.dirs.state, name, 0666), 0);
	full = openat(h.dirs.state, name, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	while (write(full, byte, sizeof(byte)) > 0)
		;
	ck_assert_int_eq(errno, EAGAIN);
}

static void tell(int fd, const char *text, bool vectors)
{
	char *copy = strdup(text);
	size_t half = strlen(text) / 2;
	struct iovec v[2] = {{copy, half}, {copy + half, strlen(text) - half}};
	(void)!(vectors ? writev(fd, v, 2) : write(fd, copy, strlen(text)));
	_exit(0);
}

static pid_t writer_start(uid_t uid, const char *name, const char *text, bool vectors)
{
	pid_t pid = fork();
	if (pid == 0) {
		const gid_t groups[] = {uid + 1, 7};
		if (setgroups(2, groups) < 0 || setresgid(uid, uid, uid) < 0 ||
		    setresuid(uid, uid, uid) < 0)
			_exit(9);
		int fd = openat(h.dirs.state, name, O_WRONLY);
		tell(fd, text, vectors);
	}
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Ask for a seal for the file, which the thread is said to write. */
static int prove(pid_t thread, struct helper_proof *p)
{
	struct helper_paths_prove q = {
	    .head = {HELPER_PATHS_PROVE, 1}, .id = ID, .thread = thread, .paths = 1};
	struct helper_reply r;
	struct worker worker = {-1, 0};
	int ends[2];
	p->file = file;
	cleanup_fd int list = memory_file(p, sizeof(*p));
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	ck_assert_int_eq(wire_send(ends[0], &q, sizeof(q), &list, 1), 0);
	ck_assert_int_eq(ops_receive(&h, ends[1], &worker), OPS_WORKER);
	ck_assert_int_eq(wire_recv(ends[0], &r, sizeof(r), NULL, 0, NULL), sizeof(r));
	ck_assert_int_eq(pread(list, p, sizeof(*p), 0), sizeof(*p));
	fd_close(&worker.end);
	close(ends[0]);
	close(ends[1]);
	return r.err.code != 0 ? err_restore(&r.err) : 0;
}

/* Until the thread has come to its write. */
static int prove_soon(pid_t thread, struct helper_proof *p)
{
	int r = -1;
	for (int i = 0;
	     i < TURNS && (r = prove(thread, p)) < 0 && strstr(err_text(), "can't be seen") != NULL;
	     i++)
		usleep(10000);
	return r;
}

START_TEST(author_is_who_writes)
{
	static struct helper_proof p;
	tree_make("mounts");
	seal_end(&h);
	pid_t pid = writer_start(U, "mounts", "/srv /mnt ro\n", _i == 1);
	file.author = (struct author){.uid = 0}; /* that is not so */
	ck_assert_msg(prove_soon(pid, &p) == 0, "%s", err_text());
	ck_assert_uint_eq(p.file.author.uid, U);
	ck_assert_uint_eq(p.file.author.gid, U);
	ck_assert(author_in(&p.file.author, U + 1) && author_in(&p.file.author, 7));
	ck_assert_int_lt(checks(ID, &p.seal), 0); /* not for root */
	file.author = p.file.author;
	ck_assert_int_eq(checks(ID, &p.seal), 0);
	end(pid);
}
END_TEST

/* In a list that is written in pieces it stands in one before. */
START_TEST(what_has_its_seal_was_seen)
{
	static struct helper_proof p;
	tree_make("mounts");
	pid_t pid = writer_start(U, "mounts", "/home /mnt ro\n", false);
	ck_assert_int_eq(seal_make(&h, ID, &file, &p.seal), 0);
	struct seal s = p.seal;
	ck_assert_msg(prove_soon(pid, &p) == 0, "%s", err_text());
	ck_assert_mem_eq(&p.seal, &s, sizeof(s));
	file.author.uid++; /* another's is none */
	ck_assert_int_lt(prove(pid, &p), 0);
	ck_assert_ptr_nonnull(strstr(err_text(), "does not write /srv"));
	end(pid);
}
END_TEST

static const struct {
	uid_t uid;
	const char *file, *text, *why;
} lies[] = {
    {0, "mounts", "/home /mnt ro\n", "does not write /srv"},
    {0, "mounts", "/srv /mnt rw\n", "does not write /srv"},
    {0, "mounts", "see /srv /mnt ro\n", "does not write /srv"},
    {0, "notes", "/srv /mnt ro\n", "does not write /srv"},
    {0, "stdin", "/srv /mnt ro\n", "does not write /srv"},
};

START_TEST(what_is_not_written_has_no_seal)
{
	static struct helper_proof p;
	tree_make(lies[_i].file);
	pid_t pid = writer_start(lies[_i].uid, lies[_i].file, lies[_i].text, false);
	ck_assert_int_lt(prove_soon(pid, &p), 0);
	ck_assert_int_eq(err_code(), EPERM);
	ck_assert_msg(strstr(err_text(), lies[_i].why) != NULL, "%s", err_text());
	end(pid);
}
END_TEST

START_TEST(who_does_not_write_proves_nothing)
{
	static struct helper_proof p;
	int ends[2];
	char name[96];
	tree_make("mounts");
	ck_assert_int_lt(prove(0, &p), 0);
	ck_assert_ptr_nonnull(strstr(err_text(), "not to be seen from here"));
	ck_assert_int_lt(prove(0x7ffffff0, &p), 0);
	ck_assert_ptr_nonnull(strstr(err_text(), "gone"));
	ck_assert_int_lt(prove(getpid(), &p), 0); /* it reads */
	ck_assert_int_eq(err_code(), EPERM);
	/* a write of the very bytes that is not of the tree */
	ck_assert_int_eq(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		char fill[4096] = "";
		fcntl(ends[1], F_SETFL, O_NONBLOCK);
		while (write(ends[1], fill, sizeof(fill)) > 0)
			;
		fcntl(ends[1], F_SETFL, 0);
		tell(ends[1], "/srv /mnt ro\n", false);
	}
	for (int i = 0;
	     i < TURNS && (prove(pid, &p) == 0 || strstr(err_text(), "to this tree") == NULL); i++)
		usleep(10000);
	ck_assert_ptr_nonnull(strstr(err_text(), "does not write to this tree"));
	end(pid);
	/* adopted it is only before the tree answers */
	struct helper_paths_prove q = {.id = ID, .paths = 1, .adopt = 1};
	p = (struct helper_proof){.file = file};
	cleanup_fd int list = memory_file(&p, sizeof(p));
	ck_assert(h.adopts);
	ck_assert_int_eq(proof_list(&h, &q, list), 0);
	seal_end(&h);
	ck_assert_int_lt(proof_list(&h, &q, list), 0);
	ck_assert_int_eq(err_code(), EPERM);
	snprintf(name, sizeof(name), "%s/key.new", state);
	ck_assert_int_eq(access(name, F_OK), -1);
}
END_TEST

START_TEST(set_uid_program_proves_nothing)
{
	static struct helper_proof p;
	char command[512], path[96];
	int in[2];
	if (getenv("WARREN_BUILD") == NULL) {
		printf("SKIP set-uid programs: WARREN_BUILD is not set\n");
		return;
	}
	tree_make("mounts");
	snprintf(command, sizeof(command), "cp %s/tests/try %s/try && chmod 4755 %s/try",
	    getenv("WARREN_BUILD"), state, state);
	ck_assert_int_eq(system(command), 0);
	snprintf(path, sizeof(path), "%s/mounts", state);
	snprintf(command, sizeof(command), "%s/try", state);
	ck_assert_int_eq(pipe(in), 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(in[0], 0);
		close(in[1]);
		if (setgroups(0, NULL) < 0 || setresgid(U, U, U) < 0 || setresuid(U, U, U) < 0)
			_exit(9);
		execl(command, "try", "write", path, NULL);
		_exit(9);
	}
	ck_assert_int_eq(write(in[1], "/srv /mnt ro\n", 13), 13);
	close(in[1]);
	ck_assert_int_lt(prove_soon(pid, &p), 0);
	ck_assert_msg(strstr(err_text(), "set-uid") != NULL, "%s", err_text());
	end(pid);
}
END_TEST

/* One that writes to two files in turn, by the same descriptor and from the same place: never are
 * the bytes of the one seen with the name of the other. */
static void alternate(void)
{
	static const char *const names[] = {"mounts", "notes"}, *const texts[] = {"/aaa /mnt ro\n",
								    "/srv /mnt ro\n"};
	char text[16];
	int files[] = {
	    openat(h.dirs.state, names[0], O_WRONLY), openat(h.dirs.state, names[1], O_WRONLY)};
	for (int i = 0;; i++) {
		memcpy(text, texts[i % 2], 14);
		dup2(files[i % 2], 20);
		if (write(20, text, 13) < 0)
			_exit(0);
	}
}

START_TEST(one_write_is_seen_not_two)
{
	static struct helper_proof p;
	char byte[4096];
	int seen = 0;
	tree_make("notes");
	int notes = full;
	tree_make("mounts");
	pid_t pid = fork(), drain = -1;
	if (pid == 0)
		alternate();
	drain = fork();
	if (drain == 0) {
		for (;; usleep(50))
			if (read(notes, byte, sizeof(byte)) < 0 &&
			    read(full, byte, sizeof(byte)) < 0)
				usleep(200);
	}
	for (int i = 0; i < 3 * TURNS; i++)
		seen += prove(pid, &p) == 0; /* of /srv, which is only ever written to notes */
	end(drain);
	end(pid);
	ck_assert_int_eq(seen, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("proof");
	TCase *seals = tcase_create("seals"), *live = tcase_create("live");
	tcase_add_checked_fixture(seals, state_make, state_remove);
	tcase_add_test(seals, seal_is_for_one_thing);
	tcase_add_test(seals, key_is_made_once);
	suite_add_tcase(s, seals);
	if (geteuid() == 0) {
		tcase_set_timeout(live, 60);
		tcase_add_checked_fixture(live, state_make, state_remove);
		tcase_add_loop_test(live, author_is_who_writes, 0, 2);
		tcase_add_test(live, what_has_its_seal_was_seen);
		tcase_add_loop_test(live, what_is_not_written_has_no_seal, 0, NELEM(lies));
		tcase_add_test(live, who_does_not_write_proves_nothing);
		tcase_add_test(live, set_uid_program_proves_nothing);
		tcase_add_test(live, one_write_is_seen_not_two);
		suite_add_tcase(s, live);
	} else {
		printf("SKIP looking at a writer: it needs root\n");
	}
	return suite_run(s);
}
