#include "mount-helper/kit/request.h"

#include <stddef.h>
#include <string.h>

static bool id_fits(uint64_t id)
{
	return id != 0 && id < UINT64_C(1) << 40;
}

static bool all_zero(const void *bytes, size_t n)
{
	const char *p = bytes;
	while (n-- > 0)
		if (*p++ != '\0')
			return false;
	return true;
}

bool request_empty(const union request *r)
{
	(void)r;
	return true;
}

/* group_make and the removals have the id at the same offset */
bool request_id(const union request *r)
{
	_Static_assert(
	    offsetof(struct helper_group_make, id) == offsetof(struct helper_root_remove, id) &&
		offsetof(struct helper_group_make, id) == offsetof(struct helper_image_remove, id),
	    "id");
	return id_fits(r->group.id);
}

static bool hostname_fits(const char *s, size_t room)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t n = strnlen(s, room);
	return n >= 1 && n <= 63 && strspn(s, plain) == n;
}

static bool addr_fits(const struct helper_addr *a, uint8_t least)
{
	if (a->family == 4)
		return a->prefix >= least && a->prefix <= 32 && all_zero(a->bytes + 4, 12);
	return a->family == 6 && a->prefix >= least && a->prefix <= 128;
}

static bool bridge_name_fits(const char name[NIC_NAME])
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t n = strnlen(name, NIC_NAME);
	return n >= 1 && n < NIC_NAME && strspn(name, plain) == n && name[0] != '.' &&
	       all_zero(name + n, NIC_NAME - n);
}

static bool mac_fits(const uint8_t mac[MAC_BYTES])
{
	return (mac[0] & 1) == 0 && !all_zero(mac, MAC_BYTES);
}

static bool mtu_fits(uint32_t mtu)
{
	return mtu == 0 || (mtu >= NIC_MTU_LEAST && mtu <= NIC_MTU_MOST);
}

static bool published_fits(const struct helper_nic *nic)
{
	if (nic->npublished > NIC_PUBLISHED || nic->low > (nic->npublished > 0))
		return false;
	for (int i = 0; i < NIC_PUBLISHED; i++) {
		const struct helper_publish *p = &nic->published[i];
		size_t bytes = p->family == 4 ? 4 : p->family == 6 ? sizeof(p->bytes) : 0;
		if (i >= nic->npublished
			? !all_zero(p, sizeof(*p))
			: (p->family != 0 && bytes == 0) || p->udp > 1 || p->host == 0 ||
			      p->port == 0 || !all_zero(p->bytes + bytes, sizeof(p->bytes) - bytes))
			return false;
	}
	return true;
}

static bool user_nic_fits(const struct helper_nic *nic)
{
	struct helper_nic rest = *nic;
	rest.kind = rest.mtu = rest.npublished = rest.low = 0;
	memset(rest.mac, 0, MAC_BYTES);
	memset(rest.published, 0, sizeof(rest.published));
	return all_zero(&rest, sizeof(rest)) && mac_fits(nic->mac) && mtu_fits(nic->mtu) &&
	       published_fits(nic);
}

bool nic_fits(const struct helper_nic *nic)
{
	if (nic->kind == NIC_NONE)
		return all_zero(nic, sizeof(*nic));
	if (nic->kind == NIC_USER)
		return user_nic_fits(nic);
	if (nic->npublished != 0 || nic->low != 0 ||
	    !all_zero(nic->published, sizeof(nic->published)))
		return false;
	if (nic->kind != NIC_BRIDGE || !bridge_name_fits(nic->bridge) || nic->antispoof > 1 ||
	    nic->naddrs > NIC_ADDRS || nic->vlan > NIC_VLANS || nic->make > 1)
		return false;
	if (!mtu_fits(nic->mtu) || !mac_fits(nic->mac) ||
	    nic->allow > (nic->antispoof ? NIC_ALLOW_ROUTER | NIC_ALLOW_DHCP_SERVER : 0))
		return false;
	for (int i = 0; i < NIC_ADDRS; i++)
		if (i < nic->naddrs ? !addr_fits(&nic->addrs[i], 1)
				    : !all_zero(&nic->addrs[i], sizeof(nic->addrs[i])))
			return false;
	for (int i = 0; i < 2; i++) {
		const struct helper_addr *g = &nic->gateways[i];
		if (g->family == 0
			? !all_zero(g, sizeof(*g))
			: g->family != (i == 0 ? 4 : 6) || g->prefix != 0 || !addr_fits(g, 0))
			return false;
	}
	return true;
}

static bool nics_fit(const struct helper_nic nics[NICS])
{
	for (int i = 0; i < NICS; i++)
		if (!nic_fits(&nics[i]))
			return false;
	return true;
}

/* VMs of an older warren have as many as zones. */
static bool uids_fit(const struct helper_uids *u, bool vm)
{
	bool count = u->count == UID_COUNT || (vm && u->count == UID_COUNT_VM);
	return count && (u->base == 0 ||
			    (u->base >= UID_FIRST && u->base <= UID_LAST + UID_COUNT - u->count &&
				u->base % u->count == 0));
}

/* A new tap is for a NIC of a VM's that is on a bridge then. */
static bool taps_fit(const struct helper_nics_set *s)
{
	bool fit = (s->taps & ~s->which) == 0 && (s->taps == 0 || s->vm == 1);
	for (unsigned n = 0; n < NICS; n++)
		fit = fit && ((s->taps >> n & 1) == 0 || s->nics[n].kind == NIC_BRIDGE);
	return fit;
}

bool request_nics(const union request *r)
{
	const struct helper_nics_set *n = &r->nics;
	return id_fits(n->id) && n->vm <= 1 && uids_fit(&n->uids, n->vm == 1) && n->pid >= 0 &&
	       n->pid != 1 && nics_fit(n->before) && nics_fit(n->nics) && n->which <= NICS_ALL &&
	       taps_fit(n);
}

bool request_clean(const union request *r)
{
	return id_fits(r->clean.id) && r->clean.nics <= NICS_ALL && r->clean.reserved == 0;
}

bool request_claimed(const struct helper_claim *c)
{
	return id_fits(c->id) && c->uids.base != 0 && uids_fit(&c->uids, true);
}

bool request_claim(const union request *r)
{
	return r->claim.count >= 1 && r->claim.count <= CLAIMS_MAX && r->claim.reserved == 0;
}

/* Below net/ all that is visible in a namespace other than the host's is that namespace's own. */
static bool sysctl_key_fits(const char *key)
{
	static const char *const own[] = {
	    "net/", "fs/mqueue/", "kernel/shm", "kernel/msg", "kernel/sem"};
	bool fits = false;
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		fits = fits || strncmp(key, own[i], strlen(own[i])) == 0;
	return fits && strstr(key, "..") == NULL && strstr(key, "//") == NULL;
}

static bool sysctls_fit(const struct helper_sysctl list[SYSCTLS])
{
	bool end = false;
	for (int i = 0; i < SYSCTLS; i++) {
		const struct helper_sysctl *s = &list[i];
		end = end || s->key[0] == '\0';
		if (end ? !all_zero(s, sizeof(*s))
			: memchr(s->key, '\0', sizeof(s->key)) == NULL ||
			      memchr(s->value, '\0', sizeof(s->value)) == NULL ||
			      !sysctl_key_fits(s->key))
			return false;
	}
	return true;
}

bool request_sysctls(const union request *r)
{
	const struct helper_sysctls_set *s = &r->sysctls;
	return id_fits(s->id) && uids_fit(&s->uids, false) && s->pid >= 0 && s->reserved == 0 &&
	       sysctls_fit(s->list);
}

static bool stack_fits(const struct helper_stack *s)
{
	if (s->depth > LAYERS)
		return false;
	for (uint32_t i = 0; i < s->depth; i++)
		for (uint32_t k = 0; k < i; k++)
			if (s->layers[i] == s->layers[k])
				return false;
	return all_zero(s->layers + s->depth, (LAYERS - s->depth) * sizeof(s->layers[0]));
}

bool request_zone(const union request *r)
{
	const struct helper_zone_start *z = &r->zone;
	return id_fits(z->id) && (z->image == 0 || id_fits(z->image)) &&
	       uids_fit(&z->uids, r->head.op == HELPER_VM_START) &&
	       z->hostmounts <= HELPER_HOSTMOUNTS &&
	       hostname_fits(z->hostname, sizeof(z->hostname)) &&
	       all_zero(z->pad, sizeof(z->pad)) && nics_fit(z->nics) && sysctls_fit(z->sysctls) &&
	       stack_fits(&z->stack) && (z->stack.depth > 0) == (r->head.op == HELPER_ZONE_START);
}

bool request_file(const struct helper_file *f)
{
	const struct author *a = &f->author;
	return f->use >= USE_KERNEL &&
	       (f->use <= USE_MOUNT_OWN || (f->use >= USE_CDROM && f->use <= USE_PCI)) &&
	       f->size <= UINT64_C(1) << 50 && a->uid != (uint32_t)-1 && a->gid != (uint32_t)-1 &&
	       (a->ngroups <= AUTHOR_GROUPS || a->ngroups == AUTHOR_UNKNOWN) &&
	       f->path[0] != '\0' && memchr(f->path, '\0', sizeof(f->path)) != NULL;
}

bool request_vm(const union request *r)
{
	const struct helper_vm_start *v = &r->vm;
	return request_zone(r) && v->zone.sysctls[0].key[0] == '\0' && v->zone.image == 0 &&
	       v->zone.hostmounts == 0 && v->kvm <= 1 && v->files <= VM_FILES && v->vnc <= 1 &&
	       (v->vnc == 1 || v->vnc_uid == 0);
}

static bool image_fits(const struct helper_vm_file *f)
{
	return id_fits(f->image) && f->file.size > 0 && f->file.size <= UINT64_C(1) << 50 &&
	       f->file.path[0] == '\0';
}

/* What is the VM's own, and no path. */
static bool own_fits(const struct helper_vm_file *f)
{
	return f->file.path[0] == '\0' && f->file.size == 0 && f->image == 0 && f->disk == 0 &&
	       f->format < (f->file.use == USE_UEFI ? UEFIS : 1);
}

/* A line of devices; which of them is in `disk`. */
static bool device_fits(const struct helper_vm_file *f)
{
	return request_file(&f->file) && f->file.size == 0 && f->image == 0 && f->format == 0 &&
	       f->disk < (f->file.use == USE_USB ? (uint32_t)VM_USBS : (uint32_t)VM_DEVICES);
}

bool request_vm_file(const struct helper_vm_file *f)
{
	if (vm_file_is_device(f))
		return device_fits(f);
	if (f->file.use == USE_UEFI || f->file.use == USE_TPM)
		return own_fits(f);
	if (vm_file_is_mount(f))
		return request_file(&f->file) && f->file.size == 0 && f->image == 0 &&
		       f->disk < VM_MOUNTS && f->format == 0;
	bool cdrom = f->file.use == USE_CDROM;
	if (f->disk >= (vm_file_is_disk(f) ? VM_DISKS
			   : cdrom	   ? VM_CDROMS
					   : 1) ||
	    f->format >= DISK_FORMATS)
		return false;
	if (f->image != 0)
		return vm_file_is_disk(f) && image_fits(f);
	return request_file(&f->file) && (cdrom || f->file.use <= USE_DISK_WRITE);
}

bool request_import(const union request *r)
{
	return id_fits(r->import.id) && request_file(&r->import.from) && r->import.thread >= 0 &&
	       r->import.reserved == 0 && r->import.from.use == USE_IMPORT &&
	       r->import.from.size == 0;
}

bool request_hostmounts(const union request *r)
{
	const struct helper_hostmounts_set *s = &r->hostmounts;
	return id_fits(s->id) && uids_fit(&s->uids, false) && s->pid >= 0 &&
	       s->hostmounts <= HELPER_HOSTMOUNTS &&
	       s->anew <= (HOSTMOUNTS_ANEW_MOUNTS | HOSTMOUNTS_ANEW_DEVICES) && s->reserved == 0;
}

bool request_prove(const union request *r)
{
	const struct helper_paths_prove *p = &r->prove;
	return id_fits(p->id) && p->thread >= 0 && p->paths > 0 && p->paths <= HELPER_PROOFS &&
	       (p->adopt == 0 || (p->adopt == 1 && p->thread == 0)) && p->reserved == 0;
}

bool request_preflight(const union request *r)
{
	const struct helper_preflight *q = &r->preflight;
	return id_fits(q->id) && (q->image == 0 || id_fits(q->image)) &&
	       uids_fit(&q->uids, q->files > 0) && q->pid >= 0 &&
	       q->hostmounts <= HELPER_HOSTMOUNTS && q->files <= VM_FILES &&
	       (q->files == 0 || (q->hostmounts == 0 && q->image == 0 && q->pid == 0)) &&
	       nics_fit(q->nics) && memchr(q->program, '\0', sizeof(q->program)) != NULL &&
	       memchr(q->path, '\0', sizeof(q->path)) != NULL;
}

bool request_nvram(const union request *r)
{
	const struct helper_nvram *q = &r->nvram;
	return id_fits(q->id) && q->which < UEFIS &&
	       q->template <= (q->head.op == HELPER_NVRAM_READ ? 1U : 0U);
}

bool request_give(const union request *r)
{
	return id_fits(r->give.id) && uids_fit(&r->give.uids, true);
}

bool request_layers(const union request *r)
{
	const struct helper_layers *q = &r->layers;
	bool merge = q->head.op == HELPER_LAYERS_MERGE;
	if (!id_fits(q->id) || q->reserved != 0 || !stack_fits(&q->stack) ||
	    q->stack.depth < (merge ? 2U : 1U) || (q->into != 0) != merge)
		return false;
	for (uint32_t i = 0; i < q->stack.depth; i++)
		if (merge && q->stack.layers[i] == q->into)
			return false;
	return true;
}
