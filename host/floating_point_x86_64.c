/* SPDX-License-Identifier: Apache-2.0 */
/* MXCSR alone: nothing here uses the x87. */
#include "host/floating_point.h"

/* All exceptions masked, the rest 0 (SDM volume 1, 10.2.3). */
enum { MXCSR_PLAIN = 0x1f80 };

void floating_point_begin(struct floating_point *caller)
{
    caller->modes[0] = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(MXCSR_PLAIN);
}

void floating_point_end(const struct floating_point *caller)
{
    __builtin_ia32_ldmxcsr((uint32_t)caller->modes[0]);
}
