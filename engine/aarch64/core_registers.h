/* SPDX-License-Identifier: Apache-2.0 */
/* The registers of a core as debuggers see them. */
#ifndef ENGINE_AARCH64_CORE_REGISTERS_H
#define ENGINE_AARCH64_CORE_REGISTERS_H

#include "engine/aarch64/aarch64.h"

/* Makes core.registers: x0 to x30, sp, pc and cpsr, then v0 to v31, fpsr and
 * fpcr, then the system registers of the levels that are there; for programs
 * the halves of v0 to v31, too. */
void aarch64_list_registers(struct aarch64 *pe);
int aarch64_register_get(struct core *core, size_t index, uint64_t *value);
int aarch64_register_set(struct core *core, size_t index, uint64_t value);
int aarch64_register_get_wide(struct core *core, size_t index, uint8_t *bytes);
int aarch64_register_set_wide(struct core *core, size_t index,
                              const uint8_t *bytes);
unsigned aarch64_disassemble_core(const struct core *core, struct gva pc,
                                  const void *bytes, size_t size,
                                  struct buffer *out);

#endif
