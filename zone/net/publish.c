#include "zone/net/publish.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/word.h"
#include "protocol/nic.h"

enum { VALUE_BYTES = 64, PORT_MOST = 65535 };

static const char form[] = "is no [ADDRESS:]HOSTPORT:PORT[/udp]: give it as 8080:80, "
			   "192.0.2.1:8080:80 or [2001:db8::1]:5353:53/udp";

/* Cut the address off, where there is one. NULL: it is none. What is left */
static char *address_cut(char *text, struct helper_publish *p)
{
	char *first = strchr(text, ':'), *end = text[0] == '[' ? strstr(text, "]:") : first;
	if (text[0] == '[' && end != NULL) {
		*end = '\0';
		p->family = 6;
		return inet_pton(AF_INET6, text + 1, p->bytes) == 1 ? end + 2 : NULL;
	}
	if (first == NULL || strchr(first + 1, ':') == NULL)
		return text;
	*first = '\0';
	p->family = 4;
	return inet_pton(AF_INET, text, p->bytes) == 1 ? first + 1 : NULL;
}

static bool port_parse(const char *text, uint64_t *port)
{
	return text != NULL && word_u64(text, "", port) == 0;
}

static int add(const struct key *k, char *text, void *field)
{
	struct helper_nic *nic = field;
	struct helper_publish p = {0};
	uint64_t host, port;
	char whole[VALUE_BYTES];
	word_quote(text, whole, sizeof(whole));
	char *slash = strchr(text, '/');
	if (slash != NULL)
		*slash = '\0';
	p.udp = slash != NULL;
	char *ports = address_cut(text, &p), *inner = ports != NULL ? strchr(ports, ':') : NULL;
	if (inner != NULL)
		*inner++ = '\0';
	if ((slash != NULL && strcmp(slash + 1, "udp") != 0) || !port_parse(inner, &port) ||
	    !port_parse(ports, &host))
		return key_wrong(EINVAL, k, whole, form);
	if (host < 1 || host > PORT_MOST || port < 1 || port > PORT_MOST)
		return key_wrong(ERANGE, k, whole, "has a port outside the limits: give 1..65535");
	p.host = (uint16_t)host;
	p.port = (uint16_t)port;
	for (int i = 0; i < nic->npublished; i++)
		if (publish_overlap(&nic->published[i], &p))
			return key_wrong(EINVAL, k, whole,
			    "names a port of the host that is there already: give each once");
	if (nic->npublished == NIC_PUBLISHED)
		return key_wrong(ERANGE, k, whole, "is one too many: give at most 16");
	nic->published[nic->npublished++] = p;
	return 0;
}

static int publish_parse(const struct row *r, const struct key *k, char *value, void *field)
{
	(void)r;
	return key_each(k, value, field, add);
}

static void one_format(const struct helper_publish *p, struct buf *b)
{
	char ip[INET6_ADDRSTRLEN] = "";
	if (p->family != 0)
		inet_ntop(p->family == 4 ? AF_INET : AF_INET6, p->bytes, ip, sizeof(ip));
	if (p->family == 4)
		buf_printf(b, "%s:", ip);
	if (p->family == 6)
		buf_printf(b, "[%s]:", ip);
	buf_printf(b, "%u:%u%s", p->host, p->port, p->udp ? "/udp" : "");
}

static void publish_format(const struct key *k, const void *field, struct buf *b)
{
	const struct helper_nic *nic = field;
	(void)k;
	for (int i = 0; i < nic->npublished; i++) {
		buf_str(b, i > 0 ? "," : "");
		one_format(&nic->published[i], b);
	}
}

const struct key_kind key_publish = {publish_parse, publish_format};
