/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system around a Caliptra core, in C: what a SoC does to boot one, step by
 * step and through the public library only. It shares no code with the script
 * agent and its mailbox client, so that they check each other.
 */
#ifndef TESTS_CALIPTRA_SOC_H
#define TESTS_CALIPTRA_SOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/caliptra_soc_ifc.h"
#include "base/buffer.h"
#include "include/cairn/cairn.h"
#include "trust/caliptra/fuses.h"

enum { SOC_USER = 1 };

struct soc {
    struct cairn_machine *machine;
    struct buffer console;
    uint64_t trng_words; /* served so far; the stream is a function of it */
    bool trng_due;
};

/* A machine of a built-in board ("caliptra-1.1") with this ROM, powered off. */
bool soc_create(struct soc *soc, const char *board, const struct buffer *rom);
/* The same with an overlay over the board. */
bool soc_create_with(struct soc *soc, const char *board, const char *overlay,
                     const struct buffer *rom);
void soc_destroy(struct soc *soc);
/* Power, reset released, fuses burnt, users set, core started. */
bool soc_power(struct soc *soc, const struct fuses *fuses);
/* The reset line down and up, users set again, core started. */
bool soc_warm_reset(struct soc *soc);
/* Runs until line is at level, serving the TRNG; false after `limit`
 * instructions or when the machine idles for good. */
bool soc_wait(struct soc *soc, const char *line, uint32_t level,
              uint64_t limit);
/* Runs until the core is about to execute address. */
bool soc_run_to(struct soc *soc, uint32_t address, uint64_t limit);
uint32_t soc_read(struct soc *soc, uint32_t address);
void soc_write(struct soc *soc, uint32_t address, uint32_t value);
/* Locks the mailbox, sends a command with its data, sets execute. */
bool soc_mailbox_send(struct soc *soc, uint32_t command, const void *bytes,
                      size_t size);
/* Waits for the mailbox to leave BUSY and returns the status,
 * CALIPTRA_MBOX_STATUS_*; BUSY on a time-out or when a fatal error came. */
unsigned soc_mailbox_wait(struct soc *soc, uint64_t limit);
void soc_mailbox_finish(struct soc *soc);
/* Power, wait for ready_for_fw, upload: the fatal error code, 0 when the
 * bundle was taken. UINT32_MAX when the core never got that far. */
uint32_t soc_boot(struct soc *soc, const struct fuses *fuses,
                  const struct buffer *bundle);

#endif
