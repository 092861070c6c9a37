/* What the helper parses itself: in a message it finds the same paths as the daemon; no bytes of
 * the kernel's texts make it crash. */
#include "zone/hostmount/hostmounts.c" /* its lines are its own */

#include "mount-helper/proof/look.h"
#include "mount-helper/proof/message.h"
#include "tests/fuzz/fuzz.h"
#include "vm/disk.h"
#include "vm/hardware.h"

static void check_list(const char *file, const char *text, parse *one)
{
	struct helper_proof *list = calloc(MOST, sizeof(*list));
	int n = paths_list(text, one, list);
	for (int i = 0; i < n; i++)
		assert(message_names(file, text, strlen(text), &list[i].file));
	if (n > 0) {
		list[0].file.path[1] ^= 1;
		list[0].file.use = USE_KERNEL;
		assert(!message_names(file, text, strlen(text), &list[0].file));
	}
	free(list);
}

static void check_disk(const char *text)
{
	static struct helper_file f;
	struct disk d = {0};
	const struct row *r = disk_rows;
	char *copy = xstrdup(text);
	if (strchr(text, '\n') == NULL && text[strspn(text, " \t\r")] != '#' &&
	    keyed_parse(r, copy, &d) == 0 && d.path[0] != '\0') {
		f = (struct helper_file){
		    .use = d.readonly ? USE_DISK_READ : USE_DISK_WRITE, .size = d.size};
		snprintf(f.path, sizeof(f.path), "%s", d.path);
		assert(message_names("disk0", text, strlen(text), &f));
	}
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct look_call c;
	char *text = fuzz_string(data, size);
	err_clear();
	check_list("mounts", text, mount_parse);
	check_list("devices", text, device_parse);
	check_disk(text);
	if (look_call(&c, text) > 0)
		assert(c.fd <= INT_MAX);
	look_plain(data, size, 0);
	free(text);
	return 0;
}
