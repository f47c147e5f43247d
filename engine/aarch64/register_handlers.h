/* SPDX-License-Identifier: Apache-2.0 */
/* The functions that registers.def names. */
#ifndef ENGINE_AARCH64_REGISTER_HANDLERS_H
#define ENGINE_AARCH64_REGISTER_HANDLERS_H

#include "engine/aarch64/registers.h"

typedef uint64_t aarch64_register_reader(struct aarch64 *pe,
                                         enum aarch64_register row);
typedef void aarch64_register_writer(struct aarch64 *pe,
                                     enum aarch64_register row, uint64_t value);

#define REGISTER(name, op0, op1, crn, crm, op2, access, reset, mask, read,     \
                 write)                                                        \
    aarch64_register_reader aarch64_read_##read;                               \
    aarch64_register_writer aarch64_write_##write;
#include "engine/aarch64/registers.def"
#undef REGISTER

/* The count at this moment, less the offset for the virtual one. */
uint64_t aarch64_counter(const struct aarch64 *pe, bool virtual);

#endif
