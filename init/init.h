/* Process 1 of a zone: reading its orders, becoming a command, being the init. */
#ifndef WARREN_INIT_INIT_H
#define WARREN_INIT_INIT_H

/* Set the limits that the orders at fd give, and return their strings, each list ended by NULL.
 * Both live as long as the program. */
int orders_read(int fd, char ***argv, char ***envp);

/* Become the command; a name without a slash is looked for in envp's PATH. Returns only to fail. */
int command_exec(char **argv, char **envp);

/* The built-in init. `errors` is closed once it runs. Returns only to fail. */
int builtin_run(int errors, char **envp);

/* Make the FIFO /run/initctl, which reboot(8), poweroff(8), shutdown(8) and telinit(8) of sysvinit,
 * and systemd's if no systemd runs, write to. SIGIO says that there is something to read. A failure
 * is ignored. */
void initctl_open(void);

/* Read the runlevel that is asked for, a character; 0: none. */
int initctl_read(void);

#endif
