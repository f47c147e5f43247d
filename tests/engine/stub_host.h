/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A back end as an outsider would begin it: a host that no processor is, whose
 * code is words that a loop here executes. It lowers ten operations; from any
 * other on the interpreter has the rest of the block.
 */
#ifndef TESTS_ENGINE_STUB_HOST_H
#define TESTS_ENGINE_STUB_HOST_H

#include "engine/compiler/target.h"

extern const struct compiler_target stub_host;

/* Operations that were executed by its code, of all cores. */
extern uint64_t stub_host_executed;

#endif
