#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/signame.h"
#include "base/word.h"

int signal_number(const char *s)
{
	char q[64];
	uint64_t n;
	if (isdigit((unsigned char)*s)) {
		if (word_u64(s, "give a signal", &n) == 0 && n >= 1 && n < (uint64_t)NSIG)
			return (int)n;
		return err_set(EINVAL, "\"%s\" is not a signal: give 1..%d or a name such as TERM",
		    word_quote(s, q, sizeof(q)), NSIG - 1);
	}
	const char *bare = strncasecmp(s, "SIG", 3) == 0 ? s + 3 : s;
	for (int i = 1; i < NSIG; i++) {
		const char *name = sigabbrev_np(i);
		if (name != NULL && strcasecmp(name, bare) == 0)
			return i;
	}
	return err_set(EINVAL, "\"%s\" is not a signal: give a name such as TERM or a number",
	    word_quote(s, q, sizeof(q)));
}
