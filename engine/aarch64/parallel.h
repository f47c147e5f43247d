/* SPDX-License-Identifier: Apache-2.0 */
/* What AArch64 cores do otherwise when they run at the same time. */
#ifndef ENGINE_AARCH64_PARALLEL_H
#define ENGINE_AARCH64_PARALLEL_H

#include "engine/vcpu.h"

struct aarch64;

/* In place of aarch64_helpers. */
extern vcpu_helper *const aarch64_parallel_helpers[];

/* TLB maintenance that other cores are to do too, by the time of this core's
 * next DSB. */
void aarch64_parallel_invalidate(struct aarch64 *pe, uint32_t encoding,
                                 uint64_t operand);

#endif
