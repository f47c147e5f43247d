/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing a built-in board by options. */
#include "commands/boards.h"

#include <stddef.h>
#include <string.h>

#include "base/bits.h"
#include "host/sandbox.h"
#include "include/cairn/cairn.h"

/* The first row that holds counts. */
static const struct choice {
    const char *operand; /* BOARD as it was given; NULL: it was not */
    const char *option;  /* that was given; NULL: any */
    const char *value;   /* its value; NULL: any */
    const char *board;
} choices[] = {
    {NULL,   "guest",      NULL,  "trust"       },
    {NULL,   "generation", "1.0", "caliptra-1.0"},
    {NULL,   "generation", "1.1", "caliptra-1.1"},
    {NULL,   NULL,         NULL,  BOARD_DEFAULT },
    {"virt", "gic",        "2",   "virt"        },
    {"virt", "gic",        "3",   "virt-gicv3"  },
};

static const char *operand_of(const struct arguments *arguments)
{
    return arguments->operand_count ? arguments->operands[0] : NULL;
}

/* True if a row is about the operand that was given, or about none. */
static bool is_about(const struct choice *choice, const char *operand)
{
    return choice->operand ? operand && strcmp(choice->operand, operand) == 0
                           : !operand;
}

static bool holds(const struct choice *choice,
                  const struct arguments *arguments)
{
    const char *given =
        choice->option ? arguments_value(arguments, choice->option) : NULL;
    return is_about(choice, operand_of(arguments)) &&
           (!choice->option ||
            (given && (!choice->value || strcmp(choice->value, given) == 0)));
}

const char *board_chosen(const struct arguments *arguments)
{
    for (size_t i = 0; i < ARRAY_SIZE(choices); i++) {
        if (holds(&choices[i], arguments)) {
            return choices[i].board;
        }
    }
    return operand_of(arguments);
}

/* An earlier row that holds leaves those behind it nothing to say. */
bool board_chooses(const struct arguments *arguments, const char *option)
{
    for (size_t i = 0; i < ARRAY_SIZE(choices); i++) {
        bool named =
            choices[i].option && strcmp(choices[i].option, option) == 0;
        if (named && is_about(&choices[i], operand_of(arguments))) {
            return true;
        }
        if (holds(&choices[i], arguments)) {
            return false;
        }
    }
    return false;
}

static bool is_built_in(const char *board)
{
    const char *name;
    for (size_t i = 0; (name = cairn_board_name(i)); i++) {
        if (strcmp(name, board) == 0) {
            return true;
        }
    }
    return false;
}

void board_warn(const struct arguments *arguments)
{
    const char *board = operand_of(arguments);
    const char *overlay = arguments_value(arguments, "with");
    const bool is_file = board && !is_built_in(board);
    if ((is_file || overlay) && sandbox_landlock() < 0) {
        fprintf(arguments->err,
                "cairn: %s: this kernel has no Landlock: %s '%s' can read any "
                "file while dtc compiles it\n",
                arguments->command->name, is_file ? "board" : "overlay",
                is_file ? board : overlay);
    }
}
