/* SPDX-License-Identifier: Apache-2.0 */
/* A disk of the host that is full: no command ends well whose output is not
 * whole, and each says which file that is. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "tests/command.h"
#include "tests/harness.h"

/* Boots to the end of the firmware, which is success. */
#define BOOT                                                                   \
    "run caliptra-1.1 --quiet --rom build/out/guest/caliptra/rom.bin "         \
    "--firmware build/out/guest/caliptra/embedded/firmware.bundle "

static const char *const lines[] = {
    BOOT "--events ",
    BOOT "--trace --log ",
    BOOT "--hash-every 100000 --hashes ",
    BOOT "--record ",
    BOOT "--report ",
    "board show trust --svg ",
};

TEST(an_output_that_is_not_whole_is_a_failure)
{
    static const struct {
        const char *file;
        int code;
        const char *says;
    } ends[] = {
        {"/dev/null", 0, ""         },
        {"/dev/full", 1, "/dev/full"},
    };
    if (access("/dev/full", W_OK) != 0) {
        SKIP("there is no /dev/full");
    }
    for (size_t i = 0; i < 2 * ARRAY_SIZE(lines); i++) {
        char *line = xasprintf("%s%s", lines[i / 2], ends[i % 2].file);
        test_case("%s", line);
        expect_line(line, "", ends[i % 2].code, "", ends[i % 2].says);
        free(line);
    }
}
