/* Process 1 of a zone, in three parts: what it is told, becoming a command, being the init. */
#ifndef WARREN_ZONE_INIT_INIT_H
#define WARREN_ZONE_INIT_INIT_H

/* The strings of the orders at fd, NULL behind each list. Both live as long as the program. */
int orders_read(int fd, char ***argv, char ***envp);

/* Become the command; a name without a slash is looked for in envp's PATH. Returns only to fail. */
int command_exec(char **argv, char **envp);

/* The built-in init. `errors` is closed once it runs. Returns only to fail. */
int builtin_run(int errors, char **envp);

#endif
