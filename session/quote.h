/* SPDX-License-Identifier: Apache-2.0 */
/*
 * At the end of a run that went well, evidence of what the root of
 * trust measured, asked for through its mailbox as the system around it would
 * (trust/quote/quote.h). Nothing of it is read in another way.
 */
#ifndef SESSION_QUOTE_H
#define SESSION_QUOTE_H

#include <stdint.h>

#include "base/error.h"
#include "include/cairn/cairn.h"
#include "session/error.h"
#include "session/options.h"
#include "session/roles.h"
#include "trust/quote/quote.h"

struct session_quote {
    const char *path; /* NULL: none is asked for */
    uint8_t nonce[QUOTE_NONCE_SIZE];
    struct idevid_issuer *issuer;
    uint32_t user; /* of the mailbox */
};

/* Reads the issuer's file. */
int session_quote_load(struct session_quote *quote,
                       const struct session_options *options,
                       struct session_error *error);
/* Asks, and writes the file; 0, or a negative errno with the cause. */
int session_quote_ask(const struct session_quote *run,
                      struct cairn_machine *machine,
                      const struct session_roles *roles, const char *board,
                      struct error *error);
void session_quote_fini(struct session_quote *quote);

#endif
