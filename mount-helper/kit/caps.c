#include "mount-helper/kit/caps.h"

#include <grp.h>
#include <linux/securebits.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/err.h"
#include "base/list.h"

static const cap_value_t needed[] = {
    CAP_SYS_ADMIN, /* mounts, umount, the user namespace's maps, setns back to the host's */
    CAP_SYS_CHROOT, /* setns of a mount namespace asks for it too */
    CAP_SETUID, /* maps over a zone's range; becoming the daemon, a monitor, a file's user */
    CAP_SETGID, /* the same for groups */
    CAP_SETPCAP, /* emptying the bounding set of what we start */
    CAP_CHOWN, /* limit files of groups become the daemon's */
    CAP_DAC_OVERRIDE, /* STATE/roots: directories of the zones' users, mode 0700 */
    CAP_FOWNER, /* deleting a zone's files in its sticky directories */
    CAP_KILL, /* the daemon, and what is left in a zone's groups, have other uids */
    CAP_SETFCAP, /* overlays, which act with our rights: a file with capabilities is copied up */
    CAP_NET_ADMIN, /* zones' interfaces, bridges, rules against spoofing */
    CAP_SYS_PTRACE, /* who writes a host path, and what: any thread (look.c) */
    CAP_NET_BIND_SERVICE, /* pasta's, for a port below 1024 that root publishes */
    CAP_MKNOD, /* null, zero, tty and kvm in a zone's /dev */
};

static int sets_write(const cap_value_t *list, int n)
{
	cap_t c = cap_init();
	if (c == NULL)
		return err_sys("capabilities");
	int r = 0;
	if (n > 0)
		r = cap_set_flag(c, CAP_PERMITTED, n, list, CAP_SET) |
		    cap_set_flag(c, CAP_EFFECTIVE, n, list, CAP_SET);
	if (r == 0)
		r = cap_set_proc(c);
	cap_free(c);
	return r < 0 ? err_sys("set the capabilities") : 0;
}

static int bounds_write(uint64_t mask)
{
	for (cap_value_t c = 0; c < cap_max_bits(); c++) {
		if (((mask >> c) & 1) == 0 && cap_drop_bound(c) < 0)
			return err_sys("drop capability %d", (int)c);
	}
	/* cap_reset_ambient asks for each of them first */
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return err_sys("drop ambient capabilities");
	return 0;
}

static uint64_t mask_of(const cap_value_t *list, size_t n)
{
	uint64_t mask = 0;
	for (size_t i = 0; i < n; i++)
		mask |= UINT64_C(1) << list[i];
	return mask;
}

uint64_t caps_needed(void)
{
	return mask_of(needed, NELEM(needed));
}

int caps_of_helper(void)
{
	if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP) < 0)
		return err_sys("set the secure bits");
	return bounds_write(caps_needed()) < 0 ? -1 : caps_only(caps_needed());
}

int caps_only(uint64_t mask)
{
	cap_value_t list[64];
	int n = 0;
	for (cap_value_t c = 0; c < cap_max_bits() && c < 64; c++)
		if (((mask >> c) & 1) != 0)
			list[n++] = c;
	return sets_write(list, n);
}

int caps_limit(uint64_t mask)
{
	return bounds_write(mask) < 0 ? -1 : caps_only(mask);
}

int caps_keep(uint64_t mask)
{
	if (caps_limit(mask) < 0)
		return -1;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? err_sys("set no_new_privs") : 0;
}

static int user_become(uid_t uid, gid_t gid)
{
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return err_sys("become user %u", (unsigned)uid);
	return prctl(PR_SET_SECUREBITS, 0) < 0 ? err_sys("reset the secure bits") : 0;
}

int caps_become(uid_t uid, gid_t gid)
{
	return user_become(uid, gid) < 0 ? -1 : caps_keep(0);
}

int caps_become_with(uid_t uid, gid_t gid, int cap)
{
	const cap_value_t list[] = {cap};
	if (user_become(uid, gid) < 0 || caps_keep(UINT64_C(1) << cap) < 0)
		return -1;
	cap_t c = cap_get_proc();
	if (c == NULL)
		return err_sys("capabilities");
	int r = cap_set_flag(c, CAP_INHERITABLE, 1, list, CAP_SET) | cap_set_proc(c);
	cap_free(c);
	return r != 0 || prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0
		   ? err_sys("keep capability %d", cap)
		   : 0;
}

int caps_become_unsealed(uid_t uid, gid_t gid)
{
	return user_become(uid, gid) < 0 ? -1 : caps_limit(0);
}
