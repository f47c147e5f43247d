/* SPDX-License-Identifier: Apache-2.0 */
/* No table of calls for this host: only Landlock holds there. */
#include "host/sandbox_calls.h"

const uint32_t sandbox_architecture = 0;
const struct sandbox_call sandbox_table[1];
const size_t sandbox_table_size = 0;
