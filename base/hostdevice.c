#include "base/hostdevice.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/word.h"

enum { PORTS = 6 /* hubs behind one another, with the root's */ };

/* Read so many hexadecimal digits, and `end` behind them. NULL: there are others */
static const char *hex(const char *s, int least, int most, char end, unsigned *value)
{
	int n = 0;
	for (*value = 0; n < most && isxdigit((unsigned char)*s); n++, s++)
		*value = *value * 16 +
			 (unsigned)(isdigit((unsigned char)*s) ? *s - '0' : tolower(*s) - 'a' + 10);
	if (n < least || *s != end)
		return NULL;
	return end == '\0' ? s : s + 1;
}

/* 1..most, without zeros before it. NULL: it is none */
static const char *number(const char *s, unsigned most, unsigned *value)
{
	if (*s < '1' || *s > '9')
		return NULL;
	for (*value = 0; isdigit((unsigned char)*s) && *value <= most; s++)
		*value = *value * 10 + (unsigned)(*s - '0');
	return *value <= most ? s : NULL;
}

static bool is_port(const char *s)
{
	unsigned value;
	if ((s = number(s, 999, &value)) == NULL || *s != '-')
		return false;
	for (int n = 0; n < PORTS; n++) {
		if ((s = number(s + 1, 255, &value)) == NULL)
			return false;
		if (*s == '\0')
			return true;
		if (*s != '.')
			return false;
	}
	return false;
}

static bool usb_parse(const char *s, struct hostdevice *d)
{
	const char *product = hex(s, 4, 4, ':', &d->vendor);
	if (product != NULL && hex(product, 4, 4, '\0', &d->product) != NULL)
		return true;
	*d = (struct hostdevice){.kind = HOSTDEVICE_USB_PORT};
	snprintf(d->at, sizeof(d->at), "%s", s);
	return strlen(s) < sizeof(d->at) && is_port(s);
}

/* The domain may be left out, and is 0 then. */
static bool pci_parse(const char *s, struct hostdevice *d)
{
	unsigned domain, bus, slot, function;
	const char *rest = hex(s, 4, 8, ':', &domain);
	if (rest == NULL)
		domain = 0;
	rest = hex(rest != NULL ? rest : s, 2, 2, ':', &bus);
	rest = rest != NULL ? hex(rest, 2, 2, '.', &slot) : NULL;
	if (rest == NULL || hex(rest, 1, 1, '\0', &function) == NULL || slot > 31 || function > 7)
		return false;
	d->kind = HOSTDEVICE_PCI;
	snprintf(d->at, sizeof(d->at), "%04x:%02x:%02x.%x", domain, bus, slot, function);
	return true;
}

int hostdevice_parse(const char *word, struct hostdevice *d, const char *wanted)
{
	char q[64];
	*d = (struct hostdevice){.kind = HOSTDEVICE_USB};
	if (strncmp(word, "usb=", 4) == 0 && usb_parse(word + 4, d))
		return 0;
	if (strncmp(word, "pci=", 4) == 0 && pci_parse(word + 4, d))
		return 0;
	word_quote(word, q, sizeof(q));
	if (strncmp(word, "usb=", 4) == 0)
		return err_set(EINVAL,
		    "\"%s\" is neither usb= with two numbers of four hexadecimal digits, as lsusb "
		    "has them, nor with a bus and ports, as in 1-2.4: %s",
		    q, wanted);
	if (strncmp(word, "pci=", 4) == 0)
		return err_set(EINVAL,
		    "\"%s\" is no address of PCI, which is as 01:00.0 or 0000:01:00.0: %s", q,
		    wanted);
	return err_set(EINVAL, "\"%s\" is neither usb= nor pci=: %s", q, wanted);
}

bool hostdevice_same(const struct hostdevice *a, const struct hostdevice *b)
{
	return a->kind == b->kind && a->vendor == b->vendor && a->product == b->product &&
	       strcmp(a->at, b->at) == 0;
}
