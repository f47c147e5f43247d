/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of file that `cairn inspect` explains. */
#ifndef COMMANDS_INSPECT_KIND_H
#define COMMANDS_INSPECT_KIND_H

#include "commands/command.h"

enum {
    KIND_BUNDLE = 1 << 0,
    KIND_BUNDLE_2 = 1 << 1,
    KIND_FLASH = 1 << 2,
    KIND_ASPEED_FLASH = 1 << 3,
    KIND_MANIFEST = 1 << 4,
    KIND_ASPEED_MANIFEST = 1 << 5,
    KINDS_OF_CHAIN = (1 << 6) - 1, /* all of those above */
    KIND_CAPSULE = 1 << 6,
    KIND_MCUBOOT = 1 << 7,
    KIND_SNAPSHOT = 1 << 8,
    KIND_HEX = 1 << 9,
};

struct inspect_kind {
    unsigned kind; /* 0: other code checks the options */
    const char *words;
};

/* In the column `needs` of a row: the kinds of file that an option has an
 * effect on. */
/* clang-format off */
#define OF(set) {OPTION_NEEDS_HELD, .holds = inspect_is_of, .kinds = (set)}
/* clang-format on */
bool inspect_is_of(const struct option_context *context,
                   const struct option_need *need, struct buffer *why);

/* COMMAND_MISUSED, after a complaint, when an option that was given has no
 * effect on files of that kind. */
int inspect_check_kind(const struct arguments *arguments,
                       const struct inspect_kind *kind);

#endif
