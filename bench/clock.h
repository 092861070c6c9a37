/* What the bench programs share. */
#pragma once

#include <stdint.h>
#include <time.h>

static inline int64_t clock_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static inline double clock_us(int64_t since)
{
	return (double)(clock_ns() - since) / 1000;
}

/* Namespaces are torn down, and settings written, in the background. */
static inline void clock_settle(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
}
