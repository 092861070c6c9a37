/* What system an OVF says that its machine has. */
#ifndef WARREN_IMPORT_OVFOS_H
#define WARREN_IMPORT_OVFOS_H

#include "protocol/import.h"

/* By the words that makers have for it, such as windows2019srv_64Guest, Debian_64 or "Microsoft
 * Windows 10 (64-bit)". OS_UNSAID: these say nothing */
enum import_os ovfos_by_words(const char *words);

/* By DMTF's number, a value of OSType in CIM_OperatingSystem. */
enum import_os ovfos_by_number(unsigned long n);

#endif
