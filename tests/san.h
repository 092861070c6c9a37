/* Where a program that is built with sanitizers reports: SAN_REPORTS, which `make test` looks at,
 * as nobody sees the standard error of the daemon, a monitor or an importer. In a zone there is no
 * such directory: then standard error. */
#include <unistd.h>

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

static const char *san_options(void)
{
	return access(SAN_REPORTS, W_OK | X_OK) == 0 ? "log_path=" SAN_REPORTS "/report" : "";
}

const char *__asan_default_options(void)
{
	return san_options();
}

const char *__ubsan_default_options(void)
{
	return san_options();
}
