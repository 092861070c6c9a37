#include "vm/jit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "vm/machine.h"

/* As in QEMU's tcg_n_regions(): of 2 MiB at least, and no more than eight for each place. */
enum { REGION_MIB = 2, FOR_EACH_PLACE = 8 };

const char jit_query[] = "{\"execute\":\"x-query-jit\"}";

static uint64_t regions(unsigned places)
{
	uint64_t most = TCG_BUFFER_MIB / REGION_MIB, wanted = (uint64_t)places * FOR_EACH_PLACE;
	if (most <= places)
		return places;
	return wanted < most ? wanted : most;
}

/* Each CPU has a region that it is filling; all others that are given out are full. One more may
 * be needed until the CPU comes. */
bool jit_has_room(const json_t *returned, unsigned places, unsigned has)
{
	const char *text = json_word(returned, "human-readable-text");
	uint64_t used, all, n = regions(places);
	text = text != NULL ? strstr(text, "gen code size") : NULL;
	if (text == NULL ||
	    sscanf(text, "gen code size %18" SCNu64 "/%18" SCNu64, &used, &all) != 2 || n == 0 ||
	    all < n)
		return false;
	return used / (all / n) + has + 1 < n;
}
