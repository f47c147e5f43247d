/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --quote: at the end of a run that went well, evidence of what the root of
 * trust measured, asked for through its mailbox as the system around it would
 * (trust/quote/quote.h). Nothing of it is read in another way.
 */
#ifndef SESSION_QUOTE_H
#define SESSION_QUOTE_H

#include <stdint.h>

#include "commands/command.h"
#include "include/cairn/cairn.h"
#include "trust/quote/quote.h"

struct session_quote {
    const struct arguments *arguments;
    const char *path; /* NULL: no quote is asked for */
    uint8_t nonce[QUOTE_NONCE_SIZE];
    struct idevid_issuer *issuer;
    uint32_t user; /* of the mailbox */
};

/* Reads the options; an exit code. */
int session_quote_load(struct session_quote *quote,
                       const struct arguments *arguments, uint64_t seed);
/* Asks and writes the file; an exit code, and *why there is none. */
int session_quote_ask(const struct session_quote *run,
                      struct cairn_machine *machine, const char *board,
                      struct cairn_error *why);
void session_quote_fini(struct session_quote *quote);

#endif
