/* What a zone may do: the capabilities that it may hold, and words for rights without a capability.
 * Any can be given: all count in the zone's own user namespace alone, where even sys_module,
 * sys_rawio and sys_time open nothing of the host's (user_namespaces(7), "Effect of capabilities
 * within a user namespace"). What they do open is more of the kernel to attack, in its checks and
 * in the zone's filter (mount-helper/kit/seccomp.c).
 *
 * suid is in the default: a zone is a system with users, and without set-uid programs sudo, su,
 * passwd, ping and crontab fail for all but root. They are set-uid to the zone's own uids, as the
 * kernel asks for a mapping into the user namespace of the caller; the attributes of mounts say
 * where they count (mount-helper/build/rootfs.c).
 *
 * userns is not in the default: a user namespace gives all capabilities over it, and with that most
 * of the kernel to attack. What it costs the host's kernel is bounded by user.max_*_namespaces, for
 * each user of the zone. Jobs and process 1 are under the same filter, else the one could trace the
 * other. */
#include "zone/privileges.h"

#include <ctype.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/mem.h"
#include "base/word.h"
#include "protocol/ids.h"
#include "zone/parts.h"

/* By bit: capabilities(7) by number, and the others. */
enum { SUID = 62, USERNS = 63 };
_Static_assert(PRIVILEGE_SUID == CAP_BIT(SUID) && PRIVILEGE_USERNS == CAP_BIT(USERNS), "bits");
static const char *const names[] = {"chown", "dac_override", "dac_read_search", "fowner", "fsetid",
    "kill", "setgid", "setuid", "setpcap", "linux_immutable", "net_bind_service", "net_broadcast",
    "net_admin", "net_raw", "ipc_lock", "ipc_owner", "sys_module", "sys_rawio", "sys_chroot",
    "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time",
    "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap", "mac_override",
    "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf",
    "checkpoint_restore", [SUID] = "suid", [USERNS] = "userns"};

/* A set as it was written: names alone, or differences from the default. */
struct privileges {
	uint64_t mask, named;
	bool relative;
};

static int name_find(const struct row *r, char *word)
{
	char q[64];
	for (char *p = word; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	bool cap = strncmp(word, "cap_", 4) == 0;
	const char *name = cap ? word + 4 : word;
	for (size_t i = 0; i < (cap ? SUID : NELEM(names)); i++)
		if (names[i] != NULL && strcmp(names[i], name) == 0)
			return (int)i;
	return err_set(
	    EINVAL, "\"%s\" is no privilege: %s", word_quote(word, q, sizeof(q)), r->wanted);
}

static int word_add(const struct row *r, struct privileges *p, char *word)
{
	bool sign = *word == '+' || *word == '-', minus = *word == '-';
	char q[64];
	word_quote(word, q, sizeof(q));
	if (sign && !p->relative)
		return err_set(
		    EINVAL, "\"%s\" has a sign, unlike the words before it: %s", q, r->wanted);
	if (!sign && p->relative)
		return err_set(
		    EINVAL, "\"%s\" has no sign, unlike the words before it: %s", q, r->wanted);
	int n = name_find(r, sign ? word + 1 : word);
	if (n < 0)
		return -1;
	uint64_t bit = CAP_BIT(n);
	if ((p->named & bit) != 0)
		return err_set(EINVAL, "%s is there twice: %s", names[n], r->wanted);
	p->named |= bit;
	p->mask = minus ? p->mask & ~bit : p->mask | bit;
	return 0;
}

/* `default` and `none` stand alone, or before words with signs. */
static int set_parse(const struct row *r, char *text, struct privileges *p)
{
	char *words[WORDS_MAX];
	int n = word_split(text, words, WORDS_MAX), i = 0;
	*p = (struct privileges){0};
	if (n <= 0)
		return n < 0 ? -1 : err_set(EINVAL, "it names nothing: %s", r->wanted);
	bool none = strcmp(words[0], "none") == 0, all = strcmp(words[0], "default") == 0;
	p->relative = none || all || words[0][0] == '+' || words[0][0] == '-';
	p->mask = p->relative && !none ? ZONE_PRIVILEGES : 0;
	for (i = none || all ? 1 : 0; i < n; i++)
		if (word_add(r, p, words[i]) < 0)
			return -1;
	if (none)
		p->relative = false;
	return 0;
}

static void name_add(struct buf *b, const char *sign, uint64_t mask)
{
	for (size_t i = 0; i < NELEM(names); i++)
		if (names[i] != NULL && (mask & CAP_BIT(i)) != 0)
			buf_printf(b, "%s%s%s", b->len > 0 ? " " : "", sign, names[i]);
}

/* Stored and shown in one form, whatever order and case it was written in. */
static int privileges_parse(const struct row *r, char *text, union value *v)
{
	struct privileges p;
	struct buf b = {0};
	v->s = NULL;
	if (set_parse(r, text, &p) < 0)
		return -1;
	if (p.relative) {
		name_add(&b, "+", p.mask & ~ZONE_PRIVILEGES);
		name_add(&b, "-", ~p.mask & ZONE_PRIVILEGES);
	} else {
		name_add(&b, "", p.mask);
	}
	if (b.len == 0)
		buf_str(&b, p.relative ? "default" : "none");
	v->s = buf_take(&b, NULL);
	return 0;
}

static void privileges_format(const struct row *r, const union value *v, struct buf *b)
{
	(void)r;
	buf_printf(b, "%s\n", v->s != NULL ? v->s : "default");
}

const struct kind kind_privileges = {true, ONE_LINE, privileges_parse, privileges_format};

int privileges_of(const struct zone *z, uint64_t *mask)
{
	static const struct row any = {.wanted = "give default"};
	struct privileges p;
	char *copy = xstrdup(z->privileges.s != NULL ? z->privileges.s : "default");
	int result = set_parse(&any, copy, &p);
	free(copy);
	if (result < 0)
		return err_wrap("privileges");
	*mask = p.mask;
	return 0;
}

static int fill(struct zone *z, struct zone_request *request)
{
	return privileges_of(z, &request->q.zone.privileges);
}

const struct zone_part privileges_part = {.fill = fill};
