#include "zone/sdc.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/metalist.h"
#include "zone/net/addr.h"
#include "zone/net/nics.h"

static void key_add(struct buf *list, const char *name, const char *text)
{
	metalist_add(list, METALIST_KEY, name, text, strlen(text));
}

static json_t *addrs_json(const struct helper_addr *a, size_t n)
{
	json_t *all = json_array();
	for (size_t i = 0; i < n; i++) {
		struct buf text = {0};
		if (a[i].family == 0)
			continue;
		addr_format(&a[i], &text);
		json_array_append_new(all, json_string(buf_text(&text)));
		buf_finish(&text);
	}
	return all;
}

/* SmartOS writes the IPv4 gateway once more, by itself. */
static void gateway_set(json_t *to, const struct helper_nic *nic)
{
	struct buf text = {0};
	if (nic->gateways[0].family == 0)
		return;
	addr_format(&nic->gateways[0], &text);
	json_object_set_new(to, "gateway", json_string(buf_text(&text)));
	buf_finish(&text);
}

static json_t *nic_json(const struct helper_nic *nic, unsigned n, bool primary)
{
	const uint8_t *m = nic->mac;
	char name[16], mac[24];
	json_t *j = json_object();
	snprintf(name, sizeof(name), "net%u", n);
	snprintf(
	    mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
	json_object_set_new(j, "interface", json_string(name));
	json_object_set_new(j, "mac", json_string(mac));
	json_object_set_new(
	    j, "nic_tag", json_string(nic->kind == NIC_BRIDGE ? nic->bridge : "user"));
	json_object_set_new(j, "ips", addrs_json(nic->addrs, nic->naddrs));
	json_object_set_new(j, "gateways", addrs_json(nic->gateways, NELEM(nic->gateways)));
	gateway_set(j, nic);
	if (nic->mtu != 0)
		json_object_set_new(j, "mtu", json_integer(nic->mtu));
	if (primary)
		json_object_set_new(j, "primary", json_true());
	return j;
}

static void nics_add(const struct zone *z, struct buf *list)
{
	struct helper_nic nics[NICS];
	json_t *all = json_array();
	nics_wanted(z, nics);
	for (unsigned n = 0; n < NICS; n++)
		if (nics[n].kind != NIC_NONE)
			json_array_append_new(
			    all, nic_json(&nics[n], n, json_array_size(all) == 0));
	char *text = json_dumps(all, JSON_COMPACT);
	key_add(list, "sdc:nics", text != NULL ? text : "[]");
	free(text);
	json_decref(all);
}

void sdc_add(const struct zone *z, struct buf *list)
{
	char uuid[UUID_TEXT];
	const char *name = z->l.obj.name;
	uuid_format(&z->uuid, uuid);
	key_add(list, "sdc:uuid", uuid);
	key_add(list, "sdc:alias", name);
	key_add(list, "sdc:hostname", z->hostname.s != NULL ? z->hostname.s : name);
	nics_add(z, list);
}
