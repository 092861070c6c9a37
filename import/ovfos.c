#include "import/ovfos.h"

#include <string.h>
#include <strings.h>

#include "base/list.h"

/* Whoever has one of these in his words. That of Windows is looked for apart: Darwin has "win",
 * too.
 */
static const struct {
	enum import_os os;
	const char *has;
} words_of[] = {
    {OS_IS_OTHER, "bsd"},
    {OS_IS_OTHER, "darwin"},
    {OS_IS_OTHER, "macos"},
    {OS_IS_OTHER, "mac os"},
    {OS_IS_OTHER, "solaris"},
    {OS_IS_OTHER, "netware"},
    {OS_IS_OTHER, "vmkernel"},
    {OS_IS_LINUX, "linux"},
    {OS_IS_LINUX, "debian"},
    {OS_IS_LINUX, "ubuntu"},
    {OS_IS_LINUX, "rhel"},
    {OS_IS_LINUX, "redhat"},
    {OS_IS_LINUX, "red hat"},
    {OS_IS_LINUX, "centos"},
    {OS_IS_LINUX, "suse"},
    {OS_IS_LINUX, "sles"},
    {OS_IS_LINUX, "fedora"},
    {OS_IS_LINUX, "oracle"},
    {OS_IS_LINUX, "gentoo"},
    {OS_IS_LINUX, "mandriva"},
    {OS_IS_LINUX, "photon"},
    {OS_IS_LINUX, "coreos"},
    {OS_IS_LINUX, "asianux"},
};

enum import_os ovfos_by_words(const char *words)
{
	if (strncasecmp(words, "win", 3) == 0 || strcasestr(words, "windows") != NULL)
		return OS_IS_WINDOWS;
	for (size_t i = 0; i < NELEM(words_of); i++)
		if (strcasestr(words, words_of[i].has) != NULL)
			return words_of[i].os;
	return OS_UNSAID;
}

/* The CIM schema 2.49 has numbers up to LAST; 0, 1 and 102 are those of systems that have none. */
enum { LAST = 120 };
static const struct {
	unsigned char first, last;
	enum import_os os;
} numbers[] = {
    {0, 1, OS_UNSAID},
    {15, 19, OS_IS_WINDOWS},
    {36, 36, OS_IS_LINUX},
    {58, 58, OS_IS_WINDOWS},
    {63, 63, OS_IS_WINDOWS},
    {67, 67, OS_IS_WINDOWS},
    {69, 77, OS_IS_WINDOWS},
    {79, 80, OS_IS_LINUX},
    {82, 87, OS_IS_LINUX},
    {89, 101, OS_IS_LINUX},
    {102, 102, OS_UNSAID},
    {103, 103, OS_IS_WINDOWS},
    {105, 105, OS_IS_WINDOWS},
    {106, 109, OS_IS_LINUX},
    {111, 120, OS_IS_WINDOWS},
};

enum import_os ovfos_by_number(unsigned long n)
{
	for (size_t i = 0; i < NELEM(numbers); i++)
		if (n >= numbers[i].first && n <= numbers[i].last)
			return numbers[i].os;
	return n <= LAST ? OS_IS_OTHER : OS_UNSAID;
}
