/* A program in QEMU's place that misbehaves (tests/tree/fakeqemu.t binds it over QEMU). The word
 * after -append says how. In swtpm's place (tpm.t) it never says a word. It speaks as much QMP as
 * the monitor needs: the greeting, and an empty answer with the same id to each command. */
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "protocol/start.h"

enum { LARGE = 10 << 20 };

static const char *how = "";

static bool is(const char *word)
{
	return strcmp(how, word) == 0;
}

static void say_to(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t k = write(fd, text, n);
		if (k <= 0)
			_exit(9);
		text += k;
		n -= (size_t)k;
	}
}

static void say(const char *text)
{
	say_to(ZONE_FD_QMP, text, strlen(text));
}

static _Noreturn void stand(void)
{
	for (;;)
		pause();
}

/* Say it for ever, as quickly as it is heard. */
static _Noreturn void flood(int fd, const char *text)
{
	for (;;)
		say_to(fd, text, strlen(text));
}

/* Resets that look as if they were a second apart each, so that all count. */
static _Noreturn void flood_resets(void)
{
	char text[256];
	for (unsigned long seconds = 1;; seconds++) {
		snprintf(text, sizeof(text),
		    "{\"event\": \"RESET\", \"data\": {\"guest\": true, \"reason\": \"x\"}, "
		    "\"timestamp\": {\"seconds\": %lu, \"microseconds\": 0}}\r\n",
		    seconds);
		say(text);
	}
}

/* A string of 10 MB in JSON, as a result or on a line of its own. */
static void say_large(const char *before, const char *behind)
{
	char *text = malloc(LARGE);
	if (text == NULL)
		_exit(9);
	memset(text, 'x', LARGE);
	say(before);
	say_to(ZONE_FD_QMP, text, LARGE);
	say(behind);
	free(text);
}

/* ---- before it is up ---- */

static void begin(void)
{
	if (is("exits"))
		_exit(3);
	if (is("crashes"))
		abort();
	if (is("closes-early"))
		close(ZONE_FD_QMP);
	if (is("silent") || is("closes-early"))
		stand();
	if (is("messages"))
		flood(STDERR_FILENO, "qemu-system-x86_64: it is full of words\n");
	if (is("garbage"))
		flood(ZONE_FD_QMP, "\x01\xff{[\"\n}]{\"event\": 7}\n{\"QMP\": [\n");
	if (is("endless"))
		flood(ZONE_FD_QMP, "{\"event\": \"x");
	say("{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n");
	if (is("greets"))
		stand();
}

/* ---- when it is up ---- */

static void misbehave(void)
{
	if (is("closes"))
		close(ZONE_FD_QMP);
	if (is("closes") || is("stops"))
		stand();
	if (is("dies"))
		_exit(4);
	if (is("resets"))
		flood_resets();
	if (is("swaps"))
		flood(ZONE_FD_QMP,
		    "{\"event\": \"MEMORY_DEVICE_SIZE_CHANGE\", \"data\": {\"id\": \"more\"}}\r\n"
		    "{\"event\": \"DEVICE_DELETED\", \"data\": {\"path\": \"/machine\"}}\r\n"
		    "{\"event\": \"DEVICE_UNPLUG_GUEST_ERROR\", \"data\": {\"path\": \"x\"}}\r\n");
	if (is("stutters"))
		flood(ZONE_FD_QMP, "{\"event\": \"STOP\"}\r\n{\"event\": \"RESUME\"}\r\n");
	if (is("console"))
		flood(ZONE_FD_CONSOLE, "the guest says nothing of use\n");
	if (is("complains"))
		flood(STDERR_FILENO, "qemu-system-x86_64: it is full of words\n");
}

/* Is this the command that it does not do? "refuses:device_add", "mute:device_add" */
static bool does_not(const char *word, const char *line)
{
	char named[64];
	size_t n = strlen(word);
	if (strncmp(how, word, n) != 0 || how[n] != ':')
		return false;
	snprintf(named, sizeof(named), "\"%s\"", how + n + 1);
	return strstr(line, named) != NULL;
}

/* What it claims of its memory: 256 MiB, and a device with room for 1 GiB that gives nothing. */
static const char *memory(const char *line)
{
	if (strstr(line, "\"query-memory-size-summary\"") != NULL)
		return "{\"base-memory\": 268435456, \"plugged-memory\": 0}";
	if (strstr(line, "\"query-memory-devices\"") == NULL)
		return "{}";
	return is("sizeless") ? "[{\"type\": \"virtio-mem\", \"data\": {\"id\": \"more\", "
				"\"max-size\": 1e300, \"block-size\": -1}}]"
			      : "[{\"type\": \"virtio-mem\", \"data\": {\"id\": \"more\", "
				"\"max-size\": 1073741824, \"block-size\": 2097152, "
				"\"requested-size\": 0, \"size\": 0}}]";
}

/* What it claims to have: a NIC and a disk that never go; or a NIC without an id, as an older
 * warren gave it. */
static const char *claimed(const char *line)
{
	if (is("older") && strstr(line, "/machine/peripheral-anon\"") != NULL)
		return "[{\"name\": \"device[0]\", \"type\": \"child<virtio-net-pci>\"}]";
	if (!is("keeps"))
		return memory(line);
	if (strstr(line, "/machine/peripheral\"") != NULL)
		return "[{\"name\": \"nic1\", \"type\": \"child<virtio-net-pci>\"}, "
		       "{\"name\": \"disk1\", \"type\": \"child<virtio-blk-pci>\"}]";
	if (strstr(line, "\"query-block\"") != NULL)
		return "[{\"qdev\": \"disk1\"}]";
	return strstr(line, "\"netdev\"") != NULL ? "\"tap1\""
	       : strstr(line, "\"mac\"") != NULL  ? "\"02:00:00:00:0a:01\""
						  : "{}";
}

/* The id of a command of the monitor's own. */
static const char *id_of(char *line)
{
	char *id = strstr(line, "\"id\":\"warren:"); /* not a device's */
	return id == NULL ? "null" : (id[strcspn(id, "}")] = '\0', id + 5);
}

static void answer(char *line)
{
	char text[512];
	bool status = strstr(line, "\"query-status\"") != NULL;
	bool asked = strstr(line, "\"query-name\"") != NULL;
	bool refused = does_not("refuses", line), mute = does_not("mute", line);
	const char *returned = status ? "{\"status\": \"running\"}" : claimed(line);
	const char *id = id_of(line);
	if (mute)
		return;
	if (asked && is("large"))
		say_large("{\"return\": \"", "\"}\r\n");
	else if (asked && is("mute"))
		return;
	else if (asked && is("lies"))
		say("{\"return\": {}, \"id\": \"warren:status\"}\r\n{]\r\n");
	else {
		snprintf(text, sizeof(text),
		    refused ? "{\"error\": {\"desc\": \"it will not\"}%s, \"id\": %s}\r\n"
			    : "{\"return\": %s, \"id\": %s}\r\n",
		    refused ? "" : returned, id);
		say(text);
	}
	if (status)
		misbehave();
}

int main(int argc, char **argv)
{
	char line[65536];
	if (strcmp(argv[0], "swtpm") == 0)
		stand();
	for (int i = 1; i < argc - 1; i++)
		if (strcmp(argv[i], "-append") == 0)
			how = argv[i + 1];
	begin();
	FILE *in = fdopen(ZONE_FD_QMP, "r");
	if (in == NULL)
		return 9;
	setvbuf(in, NULL, _IONBF, 0);
	while (fgets(line, sizeof(line), in) != NULL)
		answer(line);
	return 0;
}
