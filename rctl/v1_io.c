#include "rctl/v1_io.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/list.h"
#include "base/word.h"
#include "rctl/groupfile.h"

/* The weight's file by I/O scheduler, and the largest value; 100 is ordinary in both. First BFQ's
 * (its v1 name), then that of the older CFQ. */
static const struct weight {
	const char *file;
	uint64_t min, max;
} weights[] = {{"blkio.bfq.weight", 1, 1000}, {"blkio.weight", 10, 1000}};

static bool has_file(const char *file)
{
	char path[512];
	return group_path("blkio", "", file, path, sizeof(path)) == 0 && access(path, F_OK) == 0;
}

static const struct weight *weight_here(void)
{
	for (size_t i = 0; i < NELEM(weights); i++)
		if (has_file(weights[i].file))
			return &weights[i];
	return NULL;
}

int v1_has_io(int weight)
{
	if (weight && weight_here() == NULL)
		return err_set(EOPNOTSUPP, "this host has no blkio.bfq.weight: a kernel with the "
					   "BFQ scheduler is needed");
	if (!weight && !has_file("blkio.throttle.read_bps_device"))
		return err_set(EOPNOTSUPP,
		    "this host has no blkio.throttle: a kernel that throttles is needed");
	err_clear();
	return 0;
}

int v1_io_weight(const char *group, uint64_t weight)
{
	const struct weight *w = weight_here();
	char text[32];
	if (w == NULL)
		return v1_has_io(1);
	uint64_t n = weight < w->min ? w->min : weight > w->max ? w->max : weight;
	snprintf(text, sizeof(text), "%" PRIu64, n);
	return group_put("blkio", group, w->file, text);
}

int v1_io_max(const char *group, const char *device, const uint64_t most[GROUP_IO_KEYS])
{
	static const char *const files[GROUP_IO_KEYS] = {"blkio.throttle.read_bps_device",
	    "blkio.throttle.write_bps_device", "blkio.throttle.read_iops_device",
	    "blkio.throttle.write_iops_device"};
	for (int k = 0; k < GROUP_IO_KEYS; k++) {
		char text[64];
		snprintf(
		    text, sizeof(text), "%s %" PRIu64, device, most[k] == GROUP_NONE ? 0 : most[k]);
		if (group_put("blkio", group, files[k], text) < 0)
			return -1;
	}
	return 0;
}

/* "DEVICE WHAT N" among the lines of text */
static uint64_t number_find(const char *text, const char *device, const char *what)
{
	struct buf key = {0};
	buf_printf(&key, "%s %s", device, what);
	uint64_t n = group_keyed(text, buf_text(&key));
	buf_finish(&key);
	return n;
}

/* Shown in v2's form. Each device has a line "DEVICE Read N" in the v1 file. */
int v1_io_stat(const char *group, struct buf *b)
{
	struct buf bytes = {0}, ios = {0}, lines = {0};
	int result = 0;
	if (group_get("blkio", group, "blkio.throttle.io_service_bytes", &bytes) < 0 ||
	    group_get("blkio", group, "blkio.throttle.io_serviced", &ios) < 0)
		result = -1;
	buf_str(&lines, buf_text(&bytes));
	char *rest = result == 0 ? lines.at : NULL;
	for (char *line; rest != NULL && (line = word_line(&rest)) != NULL;) {
		char *blank = strstr(line, " Read ");
		if (blank == NULL)
			continue;
		*blank = '\0';
		buf_printf(b,
		    "%s rbytes=%" PRIu64 " wbytes=%" PRIu64 " rios=%" PRIu64 " wios=%" PRIu64 "\n",
		    line, number_find(buf_text(&bytes), line, "Read"),
		    number_find(buf_text(&bytes), line, "Write"),
		    number_find(buf_text(&ios), line, "Read"),
		    number_find(buf_text(&ios), line, "Write"));
	}
	buf_finish(&bytes);
	buf_finish(&ios);
	buf_finish(&lines);
	return result;
}
