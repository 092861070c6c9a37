/* What a guest says on its line for metadata, in pieces: each answer is a whole line, one of version
 * 2 a frame, and what it may change is a file's name. */
#include "monitor/metadata/frame.c"
#include "monitor/metadata/keys.c"
/* the last, as it has the shortest names */
#include "monitor/metadata/talk.c"

#include <unistd.h>

#include "tests/fuzz/fuzz.h"

static void list_make(void)
{
	struct buf list = {0};
	metalist_add(&list, METALIST_FILE, "user-data", ".a\n\nb", 5);
	metalist_add(&list, METALIST_FILE, "empty", "", 0);
	metalist_add(&list, METALIST_KEY, "sdc:uuid", "u", 1);
	int fd = metalist_file(&list);
	keys_init(-1);
	assert(fd >= 0 && keys_set(fd) == 0);
	close(fd);
	buf_finish(&list);
}

static void check_answers(struct buf *out)
{
	for (const char *at = buf_text(out), *end; out->len > 0; at = end + 1) {
		struct frame f;
		end = memchr(at, '\n', (size_t)(out->at + out->len - at));
		assert(end != NULL);
		if (strncmp(at, "V2 ", 3) == 0)
			assert(frame_read(at, (size_t)(end - at), &f) == 0);
		else
			f = (struct frame){.request = ""};
		buf_finish(&f.payload);
		if (end + 1 == out->at + out->len)
			break;
	}
	buf_cut(out, 0);
}

static void check_change(struct talk *t)
{
	uint32_t number;
	if (!keys_changing())
		return;
	struct buf one = {0};
	int fd = keys_change_file(&number);
	struct metalist_item i = {.next = 0};
	assert(fd >= 0 && metalist_read(fd, &one) == 0 && metalist_next(&one, &i));
	assert(word_is_name(i.name) && i.kind != METALIST_KEY);
	close(fd);
	buf_finish(&one);
	assert(keys_changed(number) && !keys_changed(number));
	talk_changed(t, i.size % 2 == 0 ? "" : "no");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct talk t = {.endless = false};
	size_t piece = size > 0 ? data[0] + 1U : 1;
	list_make();
	for (size_t at = 1; at < size; at += piece) {
		talk_hear(&t, (const char *)data + at, size - at < piece ? size - at : piece);
		do {
			talk_go_on(&t);
			check_change(&t);
			check_answers(&t.out);
		} while (t.in.len > 0 && memchr(t.in.at, '\n', t.in.len) != NULL);
	}
	talk_end(&t);
	buf_finish(&known);
	return 0;
}
