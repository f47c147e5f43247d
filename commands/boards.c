/* SPDX-License-Identifier: Apache-2.0 */
/* A warning about boards that are files. */
#include "commands/boards.h"

#include "host/sandbox.h"
#include "session/targets.h"

void board_warn(const struct arguments *arguments)
{
    const char *board =
        arguments->operand_count ? arguments->operands[0] : NULL;
    const char *overlay = arguments_value(arguments, "with");
    const bool is_file = board && !session_board_is_built_in(board);
    if ((is_file || overlay) && sandbox_landlock() < 0) {
        fprintf(arguments->err,
                "cairn: %s: this kernel has no Landlock: %s '%s' can read any "
                "file while dtc compiles it\n",
                arguments->command->name, is_file ? "board" : "overlay",
                is_file ? board : overlay);
    }
}
