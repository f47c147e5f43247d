/* SPDX-License-Identifier: Apache-2.0 */
/* Defaults of a session's options. */
#include "session/options.h"

#include <string.h>

#include "base/bits.h"

#define REVERSE_MEMORY_DEFAULT (256ull << 20)
#define HASH_DISTANCE_DEFAULT  1000000ull
/* A prime, so that no loop is in step with it. */
#define PROFILE_PERIOD_DEFAULT 20011ull

void session_options_init(struct session_options *options)
{
    *options = (struct session_options){
        .seed = 1,
        .reverse_memory = REVERSE_MEMORY_DEFAULT,
        .hash_distance = HASH_DISTANCE_DEFAULT,
        .profile_period = PROFILE_PERIOD_DEFAULT,
        .mailbox_user = 1,
    };
}

bool session_options_has_path(const char *name)
{
    static const char *const names[] = {
#define PATH(field, name, use, written) name,
#define PATHS(name)                     name,
#include "session/paths.def"
#undef PATH
#undef PATHS
    };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}
