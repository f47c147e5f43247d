/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floating-point, SIMD and cryptographic rows that have no lifter yet are
 * UNDEFINED. The definitions are weak and this file comes last in its library:
 * a lifter of the same name elsewhere wins.
 */
#include "engine/lift/aarch64.h"

#define INSN(row, mnemonic, pattern, except, syntax, feature, section)         \
    __attribute__((weak)) void aarch64_lift_##row(struct aarch64_lift *lift)   \
    {                                                                          \
        aarch64_lift_undefined(lift);                                          \
    }
#define OVER INSN
#include "isa/aarch64/crypto.def"
#include "isa/aarch64/fp.def"
#include "isa/aarch64/fp_memory.def"
#include "isa/aarch64/simd.def"
#include "isa/aarch64/simd_memory.def"
#include "isa/aarch64/simd_scalar.def"
