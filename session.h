/* `warren console [-m MOUNTPOINT] NAME`: a session at the console of a zone or VM, by its files. */
#ifndef WARREN_SESSION_H
#define WARREN_SESSION_H

int console_main(int argc, char **argv); /* gives the exit status */

#endif
