#include "mount-helper/kit/iommu.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"

/* So much of a sentence is left to the list, which is cut with a number behind it. */
enum { LIST_MAX = 240, NAME = 64, BRIDGE = 0x0604 /* PCI-to-PCI, of the PCI code and ID list */ };

/* The last part of where a link of the device's leads; "": it has no such link. */
static void link_name(int pci, const char *address, const char *link, char name[NAME])
{
	char path[PATH_MAX], to[PATH_MAX];
	snprintf(path, sizeof(path), "%s/%s", address, link);
	ssize_t n = readlinkat(pci, path, to, sizeof(to) - 1);
	to[n > 0 ? n : 0] = '\0';
	const char *last = strrchr(to, '/');
	snprintf(name, NAME, "%.*s", NAME - 1, last != NULL ? last + 1 : to);
}

static bool is_bridge(int pci, const char *address)
{
	char path[PATH_MAX];
	struct buf b = {0};
	snprintf(path, sizeof(path), "%s/class", address);
	bool bridge =
	    fd_read_at(pci, path, &b) == 0 && strtoul(buf_text(&b), NULL, 16) >> 8 == BRIDGE;
	buf_finish(&b);
	return bridge;
}

/* vfio-pci, or one of those for a certain device: mlx5-vfio-pci and the like */
static bool gives_away(const char *driver)
{
	return strstr(driver, "vfio") != NULL;
}

/* What the kernel itself lets stay in the group. */
static bool is_quiet(int pci, const char *address, const char *driver)
{
	return driver[0] == '\0' || strcmp(driver, "pci-stub") == 0 || gives_away(driver) ||
	       is_bridge(pci, address);
}

static void list_add(struct buf *list, const char *address, const char *driver, unsigned *more)
{
	if (list->len > LIST_MAX)
		++*more;
	else
		buf_printf(list, "%s%s (%s)", list->len > 0 ? ", " : "", address,
		    driver[0] != '\0' ? driver : "no driver");
}

/* The device itself is with a driver that gives it away, the others are quiet. */
static int group_check(int pci, const char *address, const char *group, struct dirent **in, int n)
{
	struct buf list = {0};
	char driver[NAME];
	unsigned more = 0;
	bool fits = true;
	for (int i = 0; i < n; i++) {
		const char *name = in[i]->d_name;
		link_name(pci, name, "driver", driver);
		fits = fits && (strcmp(name, address) == 0 ? gives_away(driver)
							   : is_quiet(pci, name, driver));
		list_add(&list, name, driver, &more);
	}
	if (more > 0)
		buf_printf(&list, " and %u more", more);
	if (!fits)
		err_set(EINVAL,
		    "the host uses it, or another device of its IOMMU group %s: %s: bind each but "
		    "bridges to vfio-pci first, by driverctl set-override ADDRESS vfio-pci, or "
		    "with "
		    "vfio-pci in its driver_override",
		    group, buf_text(&list));
	buf_finish(&list);
	return fits ? 0 : -1;
}

static int is_device(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

int iommu_group(const char *pci, const char *address, unsigned *group)
{
	char number[NAME], path[PATH_MAX];
	struct dirent **in = NULL;
	cleanup_fd int at = open(pci, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (at < 0 || faccessat(at, address, F_OK, 0) < 0)
		return err_set(
		    ENOENT, "there is no such PCI device: give an address that lspci -D has");
	link_name(at, address, "iommu_group", number);
	if (number[0] == '\0')
		return err_set(EOPNOTSUPP, "it is behind no IOMMU: switch on VT-d or AMD-Vi in the "
					   "firmware, and with Intel "
					   "give the kernel intel_iommu=on");
	if (is_bridge(at, address))
		return err_set(EINVAL, "it is a bridge: give a device behind it");
	snprintf(path, sizeof(path), "%s/%s/iommu_group/devices", pci, address);
	int n = scandir(path, &in, is_device, alphasort);
	int r = n < 0 ? err_sys("look at the IOMMU group of %s", address)
		      : group_check(at, address, number, in, n);
	while (n > 0)
		free(in[--n]);
	free(in);
	*group = (unsigned)strtoul(number, NULL, 10);
	return r;
}
