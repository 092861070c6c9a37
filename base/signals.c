#include "base/signals.h"

#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SIGNALS = 64, SET = SIGNALS / 8 };

/* Calls the kernel directly: the C library hides the first real-time signals and would leave them
 * ignored. All of the kernel's struct sigaction is zero, whatever its layout. */
void signals_reset(void)
{
	static const unsigned long defaults[8];
	sigset_t none;
	for (int s = 1; s <= SIGNALS; s++)
		syscall(SYS_rt_sigaction, s, defaults, NULL, SET);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}
