/* The log of the daemon and the helper: standard error in the foreground, else syslog. Users'
 * mistakes don't go there: they are answered where they are made. */
#ifndef WARREN_BASE_LOG_H
#define WARREN_BASE_LOG_H

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG, LOG_LEVELS };

extern const char *const log_level_names[LOG_LEVELS];

void log_open(const char *program, int to_stderr);
void log_set_level(enum log_level level);
int log_level_of(const char *word); /* -1: EINVAL */
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_line(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
