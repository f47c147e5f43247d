/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/boards.h"

#include "base/bits.h"

const struct board_name boards[] = {
    {"caliptra-1.0", "Caliptra 1.0 core alone, its SoC side left to an agent"},
    {"caliptra-1.1", "Caliptra 1.1 core alone, its SoC side left to an agent"},
};
const size_t boards_count = ARRAY_SIZE(boards);
