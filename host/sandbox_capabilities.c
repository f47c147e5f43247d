/* SPDX-License-Identifier: Apache-2.0 */
/* The table of what code inside the process could do. */
#include "host/sandbox_capabilities.h"

#include "base/bits.h"
#include "host/sandbox.h"

const struct sandbox_capability sandbox_capabilities[] = {
#define ALWAYS SANDBOX_ALWAYS
#define NEVER  SANDBOX_NO_GRANT
#define CAPABILITY(name, needs, calls, files, since, words)                    \
    {#name, words, SANDBOX_##needs, calls, files, since},
#include "host/sandbox_capabilities.def"
#undef CAPABILITY
};
const size_t sandbox_capability_count = ARRAY_SIZE(sandbox_capabilities);
