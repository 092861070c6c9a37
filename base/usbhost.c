#include "base/usbhost.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"

enum { HUB = 9 /* USB 2.0, 11.23.1: bDeviceClass */ };

static bool number_read(int at, const char *name, int base, unsigned *to)
{
	struct buf b = {0};
	char *end;
	bool fine = fd_read_at(at, name, &b) == 0;
	*to = fine ? (unsigned)strtoul(buf_text(&b), &end, base) : 0;
	fine = fine && end != buf_text(&b);
	buf_finish(&b);
	return fine;
}

/* False: it is none, or is being unplugged. */
static bool one_read(int dir, const char *name, struct usbhost *u)
{
	unsigned class;
	cleanup_fd int at = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (at < 0 || strlen(name) >= sizeof(u->at))
		return false;
	snprintf(u->at, sizeof(u->at), "%s", name);
	bool fine = number_read(at, "busnum", 10, &u->bus) &&
		    number_read(at, "devnum", 10, &u->number) &&
		    number_read(at, "idVendor", 16, &u->vendor) &&
		    number_read(at, "idProduct", 16, &u->product) &&
		    number_read(at, "bDeviceClass", 16, &class);
	u->hub = fine && class == HUB;
	return fine;
}

/* Names with a colon are interfaces of a device. */
int usbhost_each(const char *dir, int (*each)(const struct usbhost *u, void *arg), void *arg)
{
	struct usbhost u;
	DIR *d = opendir(dir);
	int r = 0;
	if (d == NULL)
		return 0;
	for (struct dirent *e; r == 0 && (e = readdir(d)) != NULL;)
		if (e->d_name[0] != '.' && strchr(e->d_name, ':') == NULL &&
		    one_read(dirfd(d), e->d_name, &u))
			r = each(&u, arg);
	closedir(d);
	return r;
}

bool usbhost_is(const struct usbhost *u, const struct hostdevice *d)
{
	if (d->kind == HOSTDEVICE_USB)
		return u->vendor == d->vendor && u->product == d->product;
	return d->kind == HOSTDEVICE_USB_PORT && strcmp(u->at, d->at) == 0;
}
