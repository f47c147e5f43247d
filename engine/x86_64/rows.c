/* SPDX-License-Identifier: Apache-2.0 */
/* lower.def as a table. */
#include "engine/x86_64/rows.h"

const struct lower_row lower_rows[] = {
#define ROW(operation, guests, function, flag, what, keeps_flags)              \
    [IR_##operation] = {lower_op_##function, flag, what, keeps_flags},
#include "engine/x86_64/lower.def"
#undef ROW
};

/* One that is not there would be a call of nothing. */
enum {
#define ROW(operation, ...) ROW_OF_##operation,
#include "engine/x86_64/lower.def"
#undef ROW
    ROWS
};
static_assert((int)ROWS == (int)IR_OPCODES, "each operation has one row");
