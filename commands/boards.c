/* SPDX-License-Identifier: Apache-2.0 */
/* A warning about boards that are files. */
#include "commands/boards.h"

#include <string.h>

#include "host/sandbox.h"
#include "include/cairn/cairn.h"

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
    const char *board =
        arguments->operand_count ? arguments->operands[0] : NULL;
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
