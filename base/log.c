#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/err.h"
#include "base/word.h"

const char *const log_level_names[LOG_LEVELS] = {"error", "warn", "info", "debug"};
static const int priorities[LOG_LEVELS] = {LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};

static const char *name = "warren";
static int foreground = 1;
static enum log_level threshold = LOG_LEVEL_WARN;

void log_open(const char *program, int to_stderr)
{
	name = program;
	foreground = to_stderr;
	if (!to_stderr)
		openlog(program, LOG_PID, LOG_DAEMON);
}

void log_set_level(enum log_level level)
{
	threshold = level;
}

int log_level_of(const char *word)
{
	char q[64];
	for (int i = 0; i < LOG_LEVELS; i++)
		if (strcmp(word, log_level_names[i]) == 0)
			return i;
	return err_set(EINVAL, "\"%s\" is not a log level: give error, warn, info or debug",
	    word_quote(word, q, sizeof(q)));
}

void log_line(enum log_level level, const char *fmt, ...)
{
	if (level > threshold)
		return;
	va_list ap;
	va_start(ap, fmt);
	if (foreground) {
		char line[1024];
		vsnprintf(line, sizeof(line), fmt, ap);
		fprintf(stderr, "%s: %s: %s\n", name, log_level_names[level], line);
	} else {
		vsyslog(priorities[level], fmt, ap);
	}
	va_end(ap);
}
