/* SPDX-License-Identifier: Apache-2.0 */
/* The cores of the M-profile that a board may name. */
#include "engine/mprofile/mprofile.h"

#include <string.h>

enum {
    V6M = T32_V6M,
    V7M = V6M | T32_V7M_BASE | T32_V7M | MPROFILE_UNALIGNED,
    V7EM = V7M | T32_V7EM,
    V8M = V7EM | T32_V8M_BASE | T32_V8M_MAIN | MPROFILE_SECURITY,
    FP4 = T32_FP_SP,
    FP5 = T32_FP_SP | T32_FPV5,
};

/* CPUID by each core's technical reference manual (revisions of the years that
 * their boards are of). Priority bits are the silicon's choice. */
static const struct mprofile_model models[] = {
    {"arm,cortex-m0",     0x410cc200, V6M,                            2, 0, 0},
    {"arm,cortex-m0plus", 0x410cc601, V6M,                            2, 8, 0},
    {"arm,cortex-m3",     0x412fc231, V7M | MPROFILE_BIT_BAND,        8, 8, 0},
    {"arm,cortex-m4",     0x410fc241, V7EM | MPROFILE_BIT_BAND,       8, 8, 0},
    {"arm,cortex-m4f",    0x410fc241, V7EM | FP4 | MPROFILE_BIT_BAND, 8, 8, 0},
    {"arm,cortex-m7",     0x411fc272, V7EM | FP5 | T32_FP_DP,         8, 8, 0},
    {"arm,cortex-m33",    0x410fd213, V8M,                            8, 8, 8},
    {"arm,cortex-m33f",   0x410fd213, V8M | FP5,                      8, 8, 8},
};

const char *const mprofile_compatibles[] = {
    "arm,cortex-m0",  "arm,cortex-m0plus", "arm,cortex-m3",
    "arm,cortex-m4",  "arm,cortex-m4f",    "arm,cortex-m7",
    "arm,cortex-m33", "arm,cortex-m33f",   NULL,
};

const struct mprofile_model *mprofile_model(const char *compatible)
{
    for (size_t i = 0; i < ARRAY_SIZE(models); i++) {
        if (strcmp(models[i].compatible, compatible) == 0) {
            return &models[i];
        }
    }
    return NULL;
}
