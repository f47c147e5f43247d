/* SPDX-License-Identifier: Apache-2.0 */
/* The keys are made once, when they are asked for first. */
#include "tests/hostile/fuzz_ring.h"

#include <stdlib.h>

struct key_ring *fuzz_ring(void)
{
    static struct key_ring made;
    static const struct keys_options options = {.seed = "fuzz", .seed_size = 4};

    if (!made.owner_ecc.has_private && keys_generate(&made, &options, NULL)) {
        abort();
    }
    return &made;
}
