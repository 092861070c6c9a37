/* The wire between our processes: fixed structs and descriptors over SEQPACKET sockets. One packet
 * is one message; its receiver checks the size against the struct before it looks inside. */
#ifndef WARREN_BASE_WIRE_H
#define WARREN_BASE_WIRE_H

#include <stddef.h>
#include <sys/types.h>

enum { WIRE_FDS = 16 };

/* Send one packet with nfds descriptors (borrowed). -1 with errno in the error; EAGAIN when a
 * non-blocking peer does not read. */
int wire_send(int sock, const void *msg, size_t size, const int *fds, int nfds);

/* Receive one packet. Descriptors that came are the caller's (fds may be NULL: then they are
 * closed). Returns the packet's size, 0 at the end of the connection, or -1: EAGAIN nothing there,
 * EBADMSG a packet larger than size or of none, or with more descriptors than max; EMFILE a packet
 * of that size, which is there, whose descriptors this process has no room for. */
ssize_t wire_recv(int sock, void *msg, size_t size, int *fds, int max, int *nfds);

/* A listening socket of this type (SOCK_SEQPACKET, SOCK_STREAM) at `name` in the directory dir; an
 * old socket there is replaced. Returns the descriptor, the caller's. */
int wire_listen(int dir, const char *name, int type);

/* Connect to the socket `name` in the directory dir, without blocking. Returns the descriptor. */
int wire_connect(int dir, const char *name);

#endif
