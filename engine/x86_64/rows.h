/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of lower.def, and `what` that its rows tell them. */
#ifndef ENGINE_X86_64_ROWS_H
#define ENGINE_X86_64_ROWS_H

#include "engine/x86_64/lower.h"

/* F3 0F and one of these, for count_bits. */
enum { POPCNT = 0xb8, TZCNT = 0xbc, LZCNT = 0xbd };
/* Kinds of insert, and of products and quotients. */
enum { BFI, BFXIL };
enum { PLUS, MINUS };
enum { QUOTIENT, REMAINDER };
/* A bit for set_flags and flags_branch: the second operand is an immediate. */
enum { LOWER_IMMEDIATE = 0x80 };
/* Bits for with_carry. */
enum { SUBTRACT = 1, SETS = 2 };
/* The second operand of choose becomes this. */
enum otherwise { PLAIN, INCREMENT, INVERT, NEGATE };
/* Kinds of jumps. */
enum { JUMP, CALL };

#define ROW(operation, guests, function, flag, what, keeps_flags)              \
    lower_operation_function lower_op_##function;
#include "engine/x86_64/lower.def"
#undef ROW

#endif
