/* Process 1 of a zone: what it is told, becoming a command, being the init. */
#ifndef WARREN_INIT_INIT_H
#define WARREN_INIT_INIT_H

/* Take the limits that the orders at fd tell, and give their strings, NULL behind each list. Both
 * live as long as the program. 1: they are a zone's; 0: a VM's. */
int orders_read(int fd, char ***argv, char ***envp);

/* Become the command; a name without a slash is looked for in envp's PATH. Returns only to fail. */
int command_exec(char **argv, char **envp);

/* The built-in init. `errors` is closed once it runs. Returns only to fail. */
int builtin_run(int errors, char **envp);

/* What reboot(8), poweroff(8), shutdown(8) and telinit(8) of sysvinit, and those of systemd where
 * no systemd runs, write to: the FIFO /run/initctl. SIGIO tells that there is something. Where it
 * can't be had we do without. */
void initctl_open(void);

/* The runlevel that is asked for, a character; 0: none. */
int initctl_read(void);

#endif
