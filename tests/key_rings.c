/* SPDX-License-Identifier: Apache-2.0 */
/* Loads a ring from build/out. */
#include "tests/key_rings.h"

#include <stdio.h>

#include "tests/harness.h"

bool test_ring_load(struct key_ring *ring, const char *name)
{
    char folder[64];
    struct error error = {""};
    snprintf(folder, sizeof(folder), "build/out/test-keys/%s", name);
    EXPECT_EQ(keys_load(ring, folder, &error), 0);
    return EXPECT_STR(error.text, "");
}
