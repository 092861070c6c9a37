#include "vm/usb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/usbhost.h"

struct list usb_all = {&usb_all, &usb_all};

/* ---- ids of QEMU's devices: usb.BUS.NUMBER.LINE ---- */

void usb_id(const struct given *g, char id[USB_ID])
{
	snprintf(id, USB_ID, "usb.%u.%u.%s", g->code >> 7, g->code & 127, g->line + 4);
	char *colon = strchr(id, ':');
	if (colon != NULL)
		*colon = '_';
}

static bool id_parse(const char *id, struct given *g)
{
	unsigned bus, number;
	int n = 0;
	if (sscanf(id, "usb.%3u.%3u.%n", &bus, &number, &n) != 2 || n == 0 ||
	    strlen(id + n) >= HOSTDEVICE_AT)
		return false;
	g->code = VM_USB(bus, number);
	snprintf(g->line, sizeof(g->line), "usb=%s", id + n);
	char *colon = strchr(g->line, '_');
	if (colon != NULL)
		*colon = ':';
	return true;
}

/* ---- what is plugged in ---- */

static struct usbhost plugged[256]; /* more than two full buses; as it was last looked at */
static int nplugged;

static int plugged_add(const struct usbhost *p, void *arg)
{
	(void)arg;
	plugged[nplugged++] = *p;
	return nplugged == NELEM(plugged);
}

void usb_look_around(void)
{
	nplugged = 0;
	usbhost_each(USBHOST, plugged_add, NULL);
}

bool usb_plugged(unsigned code)
{
	for (int i = 0; i < nplugged; i++)
		if (VM_USB(plugged[i].bus, plugged[i].number) == code)
			return true;
	return false;
}

/* ---- what QEMU has ---- */

bool usb_has_line(const struct usb *u, const char *line)
{
	for (int i = 0; i < u->n; i++)
		if (strcmp(u->has[i].line, line) == 0)
			return true;
	return false;
}

/* The VM that has a device; NULL: none has. */
static const struct usb *who_has(unsigned code)
{
	list_each(u, &usb_all, struct usb, link) {
		if (u->giving == code)
			return u;
		for (int i = 0; i < u->n; i++)
			if (u->has[i].code == code)
				return u;
	}
	return NULL;
}

int usb_look_at(void *arg, const json_t *returned)
{
	struct usb *u = arg;
	size_t i;
	json_t *one;
	u->n = 0;
	u->giving = 0;
	u->controller = false;
	json_array_foreach(returned, i, one) {
		const char *name = json_word(one, "name");
		u->controller = u->controller || strcmp(name, USB_CONTROLLER) == 0;
		if (u->n < VM_DEVICES && id_parse(name, &u->has[u->n]))
			u->n++;
	}
	u->looked = true;
	return 1;
}

/* ---- what is wanted ---- */

/* The lines of USB. The text is the caller's. */
int usb_lines(const struct usb *u, char **text, struct device_line lines[VM_DEVICES])
{
	int n = devices_lines(u->vm, text, lines), kept = 0;
	for (int i = 0; i < n; i++)
		if (lines[i].is.kind != HOSTDEVICE_PCI)
			lines[kept++] = lines[i];
	return kept;
}

bool usb_is_wanted(const struct usb *u, const char *line)
{
	struct device_line lines[VM_DEVICES];
	char *text;
	bool wanted = false;
	for (int n = usb_lines(u, &text, lines); n > 0 && !wanted; n--)
		wanted = strcmp(lines[n - 1].text, line) == 0;
	free(text);
	return wanted;
}

bool usb_is_refused(const struct usb *u, unsigned code)
{
	int times = 0;
	for (size_t i = 0; i < NELEM(u->refused); i++)
		times += u->refused[i] == code;
	return times >= USB_TRIES;
}

/* What a line means now: a code, or 0. *taken: another VM has one that would do; or NULL */
unsigned usb_choose(const struct hostdevice *line, const struct usb **taken)
{
	*taken = NULL;
	for (int i = 0; i < nplugged; i++) {
		unsigned code = VM_USB(plugged[i].bus, plugged[i].number);
		if (!usbhost_is(&plugged[i], line))
			continue;
		const struct usb *by = who_has(code);
		if (by == NULL)
			return code;
		*taken = by;
	}
	return 0;
}

bool usb_is_due(const struct usb *u)
{
	struct device_line lines[VM_DEVICES];
	const struct usb *taken;
	char *text;
	bool due = false;
	int n = usb_lines(u, &text, lines);
	usb_look_around();
	for (int i = 0; i < u->n; i++)
		due = due || !usb_plugged(u->has[i].code);
	for (int i = 0; !u->portless && i < n; i++) {
		unsigned code =
		    usb_has_line(u, lines[i].text) ? 0 : usb_choose(&lines[i].is, &taken);
		due = due || (code != 0 && !usb_is_refused(u, code));
	}
	free(text);
	return due;
}
