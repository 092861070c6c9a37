/* The writer: a process beside the daemon that puts small files on disk, so that the loop never
 * waits for one. It takes the requests that have come together into one round: each file is written
 * beside, synced and renamed, then the directory is synced once for all, then all are answered.
 *
 * What is fleeting is of no use once the host has gone down: it goes to a directory of its own,
 * below /run, and is not synced.
 *
 * A new writer waits until the one before it, whose daemon died, has ended.
 *
 * It is a process and not a thread, because fsync takes milliseconds and a process needs no lock.
 * No space is reserved for a full disk: whoever fills the disk would take it. So a zone that fills
 * the file system of STATE keeps settings from being written (ENOSPC; halt works) until it is
 * bounded itself. */
#ifndef WARREN_BASE_WRITER_H
#define WARREN_BASE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { WRITER_TEXT_MAX = 132 << 10 }; /* a plain file of 64 KiB in hexadecimal fits */

/* Start the writer for directories (borrowed): of settings, which last or are fleeting, and of
 * histories. Returns once it has the lock of `lasting`. -1: it could not be started. */
int writer_start(int lasting, int fleeting, int histories);
void writer_stop(void); /* writes what was ordered, then ends */

/* Put text (len bytes, copied) into the file named by id; delete it, and its history. done is
 * called later, with the error or NULL; never from inside these. */
typedef void writer_done(void *arg, const struct err *e);
void writer_put(
    uint64_t id, bool fleeting, const char *text, size_t len, writer_done *done, void *arg);
void writer_delete(uint64_t id, bool fleeting, writer_done *done, void *arg);

/* Append a line to a history. A history is two files: when the newer one has more than
 * WRITER_HISTORY bytes it becomes the older one, whose lines go. Not synced: a power cut may take
 * the last half minute. */
enum { WRITER_HISTORY = 256 << 10, WRITER_NAME = 40 };
void writer_append(uint64_t id, const char *line, size_t len, writer_done *done, void *arg);
void writer_history(uint64_t id, bool older, char name[WRITER_NAME]); /* that file's */

#endif
