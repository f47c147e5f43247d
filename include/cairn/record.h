/* SPDX-License-Identifier: Apache-2.0 */
/* A part of cairn/cairn.h, which includes it: files of the inputs of a run, and
 * the same run from one. */
#ifndef CAIRN_RECORD_H
#define CAIRN_RECORD_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct cairn_error;
struct cairn_machine;

/*
 * A file of the inputs that a machine is given from outside, each with its
 * place in the run, and the same run from that file: the machine needs no
 * agent, console, back end or caller then, and comes to the same state.
 *
 * cairn_record_open opens the file, so that it may be before a process gives up
 * its rights; cairn_record begins, with the state that the machine has;
 * cairn_record_end writes the end, which a note of the caller's is part of (at
 * most 4096 bytes), and closes the file. A file without its end is refused.
 *
 * Callers do not write to memory by themselves (cairn_memory) and serve no
 * debugger meanwhile. What semihosting reads from files is not in the list.
 * -ENOTSUP for cores in parallel, or the host's error.
 */
int cairn_record_open(struct cairn_machine *machine, const char *path,
                      struct cairn_error *error);
/* identity says what else the run depends on, such as files that the machine
 * reads by itself: a replay must have the same. */
void cairn_record(struct cairn_machine *machine, uint64_t identity);
int cairn_record_end(struct cairn_machine *machine, const void *note,
                     size_t size, struct cairn_error *error);
/* The words of cairn_options.origin of the machine that was recorded, as
 * cairn_snapshot_origin has those of one that was saved. */
int cairn_record_origin(const char *path, char ***words, size_t *count,
                        struct cairn_error *error);
/* Reads and checks the whole file. -EINVAL for one that is damaged, cut short
 * or of another machine or identity. After a failure only cairn_destroy is good
 * for the machine. */
int cairn_replay_open(struct cairn_machine *machine, const char *path,
                      uint64_t identity, struct cairn_error *error);
/*
 * Runs the machine, which must be in the state that the recorded one began
 * with, to the end of the file, and fills in the note, whose size is known.
 * Callbacks hear what they heard then. Disks are neither read nor written.
 *
 * Returns 0; -EINVAL for another state, or a note of another size; -EPROTO when
 * the run diverges from the record: *error says where, what was expected and
 * what was found; -EINTR when a signal is to end the program.
 */
int cairn_replay(struct cairn_machine *machine, void *note, size_t size,
                 struct cairn_error *error);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
