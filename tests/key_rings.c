/* SPDX-License-Identifier: Apache-2.0 */
/* Loads a ring from build/out, or makes one. */
#include "tests/key_rings.h"

#include <stdio.h>
#include <string.h>

#include "tests/harness.h"

bool test_ring_load(struct key_ring *ring, const char *name)
{
    char folder[64];
    struct error error = {""};
    snprintf(folder, sizeof(folder), "build/out/test-keys/%s", name);
    EXPECT_EQ(keys_load(ring, folder, NULL, &error), 0);
    return EXPECT_STR(error.text, "");
}

struct key_ring *test_ring_make(const char *seed, bool lms)
{
    static struct key_ring ring;
    static bool made;
    if (!made) {
        const struct keys_options options = {
            .seed = seed,
            .seed_size = strlen(seed),
            .vendor_lms_count = lms ? 1 : 0,
            .owner_lms = lms,
        };
        struct error error = {""};
        made = EXPECT_EQ(keys_generate(&ring, &options, &error), 0);
        EXPECT_STR(error.text, "");
    }
    return &ring;
}
