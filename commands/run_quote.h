/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --quote: at the end of a run that went well, evidence of what the root of
 * trust measured, asked for through its mailbox as the system around it would
 * (trust/quote/quote.h). Nothing of it is read in another way.
 */
#ifndef COMMANDS_RUN_QUOTE_H
#define COMMANDS_RUN_QUOTE_H

#include <stdint.h>

#include "commands/command.h"
#include "include/cairn/cairn.h"
#include "trust/quote/quote.h"

struct run_quote {
    const struct arguments *arguments;
    const char *path; /* NULL: no quote is asked for */
    uint8_t nonce[QUOTE_NONCE_SIZE];
    struct idevid_issuer *issuer;
    uint32_t user; /* of the mailbox */
};

/* Reads the options; an exit code. */
int run_quote_load(struct run_quote *quote, const struct arguments *arguments,
                   uint64_t seed);
/* Asks and writes the file; an exit code, and *why there is none. */
int run_quote_ask(const struct run_quote *run, struct cairn_machine *machine,
                  const char *board, struct cairn_error *why);
void run_quote_fini(struct run_quote *quote);

#endif
