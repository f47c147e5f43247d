/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/boards.h"

#include "base/bits.h"

const struct board_name boards[] = {
    {"caliptra-1.0", "Caliptra 1.0 core alone, its SoC side left to an agent"    },
    {"caliptra-1.1", "Caliptra 1.1 core alone, its SoC side left to an agent"    },
    {"virt",         "AArch64 processors on the map of QEMU's virt, with a GICv2"},
    {"virt-gicv3",   "the same with a GICv3 and its ITS"                         },
};
const size_t boards_count = ARRAY_SIZE(boards);
