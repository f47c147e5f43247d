/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client of the mailbox of a Caliptra core, on the side of the SoC: it takes
 * the lock, sends a command, waits for the answer and releases the mailbox
 * (Caliptra integration specification, "Mailbox"). It reaches the registers of
 * abi/caliptra_soc_ifc.h, and lets the core work, by functions of its caller.
 *
 * For one command: fill in a request, exchange it, look at the answer, release.
 */
#ifndef TRUST_CALIPTRA_MAILBOX_H
#define TRUST_CALIPTRA_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

enum caliptra_mailbox_wait {
    CALIPTRA_MAILBOX_WAIT_LOCK, /* for another user to release it */
    CALIPTRA_MAILBOX_WAIT_ANSWER,
};

/* Each function returns 0, or a negative errno with which the client gives up:
 * then the function has told the user why. */
struct caliptra_mailbox_soc {
    int (*read)(void *context, uint32_t address, uint32_t *value);
    int (*write)(void *context, uint32_t address, uint32_t value);
    /* Lets the core run a little before a register is read again. */
    int (*wait)(void *context, enum caliptra_mailbox_wait wait);
};

enum caliptra_mailbox_state {
    CALIPTRA_MAILBOX_RELEASED,
    CALIPTRA_MAILBOX_LOCKED,    /* the request is being written */
    CALIPTRA_MAILBOX_EXECUTING, /* the core has it */
    CALIPTRA_MAILBOX_ANSWERED,
};

struct caliptra_mailbox {
    const struct caliptra_mailbox_soc *soc;
    void *context;
    enum caliptra_mailbox_state state; /* zero at first */
};

struct caliptra_mailbox_request {
    uint32_t command;
    const char *doing; /* begins messages */
    /* Request and response start with a checksum, as those of all commands but
     * FIRMWARE_LOAD do; the client fills in the one and checks the other. */
    bool has_checksum;
    struct buffer bytes;
    size_t response_max; /* bytes that the caller accepts */
};

struct caliptra_mailbox_answer {
    uint32_t status; /* CALIPTRA_MBOX_STATUS_*, not BUSY */
    struct buffer bytes;
};

/*
 * Takes the released mailbox, sends the request and waits for the answer. The
 * answer's bytes are those of a response, none when the status is not
 * DATA_READY; the caller frees them.
 *
 * Returns 0 for any answer: the mailbox is then to be released. Otherwise a
 * negative errno, and the core's mailbox stays as it is: that of a function of
 * the SoC, with error as it was; or -EPROTO with the cause in error for a
 * response that is too long, has a wrong checksum or a FIPS status that is
 * neither CALIPTRA_FIPS_APPROVED nor CALIPTRA_FIPS_USER_DIGEST.
 */
int caliptra_mailbox_exchange(struct caliptra_mailbox *mailbox,
                              struct caliptra_mailbox_request *request,
                              struct caliptra_mailbox_answer *answer,
                              struct error *error);

/* Gives the mailbox back after an answer. */
int caliptra_mailbox_release(struct caliptra_mailbox *mailbox);

#endif
