/* UEFI's variables: whatever a guest has left on disk, the look at them ends, within its bytes; and
 * what is written there is read again. The first byte says what the rest is: a qcow2 file, a store
 * of variables, or lists of certificates. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/nvram.h"
#include "vm/nvram/enroll.h"
#include "vm/nvram/flash.h"
#include "vm/nvram/variables.h"

static void file_look(const uint8_t *data, size_t size)
{
	struct flash f;
	int fd = memfd_create("flash", MFD_CLOEXEC);
	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	if (flash_read(&f, fd, 0) == 0) {
		memset(f.bytes, 7, f.size);
		assert(flash_write(&f, fd) == 0 || err_code() == EOPNOTSUPP);
		flash_free(&f);
	}
	close(fd);
}

static void read_again(uint8_t *flash, const char *name, bool there)
{
	struct variables v;
	assert(variables_read(&v, flash, FLASH) == 0);
	assert((variables_find(&v, name) != NULL) == there);
	variables_free(&v);
}

static void store_look(const uint8_t *data, size_t size)
{
	static const uint8_t value[] = "\7\0\0\0x";
	uint8_t *flash = nvram_flash();
	struct variables v;
	memcpy(flash + FIRST_AT, data, size < STORE_BYTES - 28 ? size : STORE_BYTES - 28);
	assert(variables_read(&v, flash, FLASH) == 0);
	for (size_t i = 0; i < v.n; i++) {
		char name[ENTRY_LEN + 1];
		if (variable_name(&v.list[i], name))
			assert(variable_check_name(name) == 0);
	}
	assert(variables_set(&v, "A" GLOBAL, value, 5) == 0);
	if (variables_write(&v) == 0)
		read_again(flash, "A" GLOBAL, true);
	variables_free(&v);
	assert(variables_read(&v, flash, FLASH) == 0);
	variables_remove(&v, "A" GLOBAL);
	if (variables_write(&v) == 0)
		read_again(flash, "A" GLOBAL, false);
	variables_free(&v);
	free(flash);
}

static void lists_look(const uint8_t *data, size_t size)
{
	uint8_t *flash = nvram_flash(), *bytes = xcalloc(1, size + 4);
	struct variables v;
	struct enrolled e = {0};
	bytes[0] = 7;
	memcpy(bytes + 4, data, size);
	assert(variables_read(&v, flash, FLASH) == 0);
	if (variables_set(&v, DB, bytes, size + 4) == 0 &&
	    variables_set(&v, KEK, bytes, size + 4) == 0)
		assert(enroll(&v, &v, &e) <= 0);
	enrolled_free(&e);
	variables_free(&v);
	free(bytes);
	free(flash);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const looks[])(const uint8_t *, size_t) = {file_look, store_look, lists_look};
	err_clear();
	if (size > 1)
		looks[data[0] % 3](data + 1, size - 1);
	return 0;
}
