/* SPDX-License-Identifier: Apache-2.0 */
/* Records come from files, so from anybody: restoring one either succeeds,
 * and then saves as the same values, or changes nothing. */
#include <string.h>

#include "base/bits.h"
#include "bus/state.h"
#include "tests/fuzz.h"

struct sample {
    uint64_t pc;
    uint32_t words[3];
    uint32_t mode;
};

static const struct state_field fields[] = {
    STATE(struct sample, words, RESET_CORE),
    STATE(struct sample, pc, RESET_CORE),
    STATE(struct sample, mode, RESET_CORE),
};

FUZZ(bytes, size)
{
    struct sample sample;
    struct sample before;
    memset(&sample, 0x5a, sizeof(sample));
    before = sample;
    const uint8_t *at = bytes;
    size_t left = size;
    struct error error = {""};
    int result = state_restore("fuzz", "x", fields, ARRAY_SIZE(fields), &sample,
                               &at, &left, &error);
    if (result != 0 && (memcmp(&sample, &before, sizeof(sample)) != 0 ||
                        at != bytes || left != size || error.text[0] == '\0')) {
        abort();
    }
    if (result == 0) {
        struct buffer again = {0};
        state_save("fuzz", "x", fields, ARRAY_SIZE(fields), &sample, &again);
        if (at != bytes + (size - left) || again.size != size - left) {
            abort();
        }
        buffer_fini(&again);
    }
    return 0;
}
