/* SPDX-License-Identifier: Apache-2.0 */
/* A part of cairn/cairn.h, which includes it: states of machines, kept in
 * memory, in files and in bytes. */
#ifndef CAIRN_SNAPSHOT_H
#define CAIRN_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct cairn_error;
struct cairn_machine;
struct cairn_snapshot;

/* In memory: takes the state; restoring puts back only what changed. A
 * machine has one memory snapshot at a time that is cheap to restore: the
 * newest. Restoring does not undo host side effects (console, log). */
int cairn_snapshot(struct cairn_machine *machine, struct cairn_snapshot **made,
                   struct cairn_error *error);
int cairn_restore(struct cairn_machine *machine,
                  const struct cairn_snapshot *snapshot,
                  struct cairn_error *error);
void cairn_snapshot_destroy(struct cairn_snapshot *snapshot);
/*
 * To and from a file; the machine must be of the same board, equipped alike.
 * Loading reads state, checks it, and maps memory, which is then read as it is
 * used: however large it is, that takes a millisecond, and several machines
 * share what none of them wrote. So the file must not be changed in place or
 * cut while a machine is there that was loaded from it: reading what was cut
 * off ends the process (SIGBUS). cairn_save replaces a file as a whole, which
 * is fine, also for the file that this machine came from. A file that is
 * refused leaves the machine as it was; -ENOMEM, good for cairn_destroy only.
 * The saved machine's events replace this one's; no callback is called.
 *
 * Damage to memory is not looked for, as that would read all of it:
 * cairn_snapshot_show does, if asked to verify.
 */
int cairn_save(struct cairn_machine *machine, const char *path,
               struct cairn_error *error);
int cairn_load(struct cairn_machine *machine, const char *path,
               struct cairn_error *error);
/* The same to and from memory, the contents of such a file. The caller frees
 * *bytes, which is NULL after a failure; those that are loaded are copied. */
int cairn_save_bytes(struct cairn_machine *machine, uint8_t **bytes,
                     size_t *size, struct cairn_error *error);
int cairn_load_bytes(struct cairn_machine *machine, const void *bytes,
                     size_t size, struct cairn_error *error);
/*
 * A state in memory to begin any number of runs from, in the machine that it is
 * of or in others that are equipped alike, on any thread each: they read its
 * memory where it is, and have pages of their own of what they write. A machine
 * may have any number of such points; each takes the memory that is in use.
 * Taking and loading are otherwise as cairn_save and cairn_load. A point is not
 * changed by forks and may go before them.
 */
struct cairn_fork_point;
int cairn_fork_point(struct cairn_machine *machine,
                     struct cairn_fork_point **made, struct cairn_error *error);
int cairn_fork(struct cairn_machine *machine,
               const struct cairn_fork_point *point, struct cairn_error *error);
/* NULL is fine. */
void cairn_fork_point_destroy(struct cairn_fork_point *point);
/*
 * The words of cairn_options.origin of the machine that was saved; those of the
 * machine at hand stay when it loads another's file. Only the head of the file
 * is read and checked. The words are untrusted input: check them before use.
 *
 * Fills *words with *count strings and a NULL behind them, in one piece: the
 * caller frees *words, and with it the strings. No words is a success. On
 * failure *words is NULL: -EINVAL for a file that is no snapshot, damaged or
 * of another version, -ENOENT and the like of opening it.
 */
int cairn_snapshot_origin(const char *path, char ***words, size_t *count,
                          struct cairn_error *error);
/*
 * The contents of a file, as text or a JSON object; the caller frees *text.
 *
 * With verify all memories are compared with their hashes, and a verdict
 * follows: undecided for a snapshot that is whole, as none is signed, and
 * refused for a damaged one. *text is there then beside -EINVAL and the cause
 * in *error; it is NULL when the head cannot be read.
 */
int cairn_snapshot_show(const char *path, bool json, bool verify, char **text,
                        struct cairn_error *error);
/* True if a file that begins so is a snapshot, of whatever version. */
bool cairn_snapshot_recognise(const void *bytes, size_t size);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
