/* SPDX-License-Identifier: Apache-2.0 */
/* From bytes to instructions, and from those to their lifters; IT blocks. */
#include "engine/lift/t32.h"

#include <string.h>

static t32_lifter *const lifters[T32_ROWS] = {
    [T32_UNDEFINED] = t32_lift_UNDEFINED,
#define INSN(row, meaning) [T32_ROW_##row] = t32_lift_##row,
#define T16(...)
#define T32(...)
#define UNDER(...)
#include "isa/t32/instructions.def"
#undef UNDER
#undef T32
#undef T16
#undef INSN
};

LIFT(UNDEFINED, t32_undefined(lift))

/* An encoding that the core does not have. In the space of coprocessors the
 * question whether the coprocessor is enabled comes first; Armv6-M has none. */
static void without_feature(struct t32_lift *lift)
{
    if (t32_coprocessor(lift->insn->encoding) < T32_COPROCESSORS &&
        (lift->features & T32_V7M) != 0) {
        t32_lift_COPROCESSOR(lift);
    } else {
        t32_undefined(lift);
    }
}

static void lift_row(struct t32_lift *lift)
{
    if (t32_available(lift->insn, lift->features)) {
        lifters[lift->insn->row](lift);
    } else {
        without_feature(lift);
    }
}

/* ---- IT blocks (DDI 0403E, A7.3) ----------------------------------------- */

static unsigned advanced(unsigned state)
{
    return (state & 7) == 0 ? 0 : (state & 0xe0) | (state << 1 & 0x1f);
}

/* The instructions that an IT with this mask is about. */
static unsigned followers_of(uint32_t mask)
{
    return 4 - (unsigned)__builtin_ctz(mask | 8);
}

/* A taken branch leaves the IT block, whose last instruction it is. */
static bool branch_if(struct t32_lift *lift, unsigned condition)
{
    if (lift->insn->row != T32_ROW_B || lift->it_next != 0 ||
        condition >= T32_ALWAYS) {
        return false;
    }
    lift->insn->row = T32_ROW_B_COND;
    lift->insn->cond = (uint8_t)condition;
    t32_leave_it(lift);
    lift_row(lift);
    return true;
}

/* Branches with a condition of their own, which would leave it in its middle.
 */
static bool is_misplaced(const struct t32_insn *insn)
{
    return insn->row == T32_ROW_B_COND || insn->row == T32_ROW_CBZ ||
           insn->row == T32_ROW_CBNZ;
}

/* An instruction whose ITSTATE is known. BKPT heeds no condition. */
static void lift_follower(struct t32_lift *lift, unsigned state)
{
    const unsigned condition = state >> 4;
    struct ir_block *block = lift->block;
    const size_t skip = block->count;

    lift->in_it = true;
    lift->it_next = (uint8_t)advanced(state);
    if (is_misplaced(lift->insn)) {
        lift->insn->row = T32_UNDEFINED;
    } else if (branch_if(lift, condition)) {
        return;
    }
    lift->conditional =
        condition < T32_ALWAYS && lift->insn->row != T32_ROW_BKPT;
    if (lift->conditional) {
        t32_emit(lift, IR_skip, 0, condition, 0, 0);
    }
    lift_row(lift);
    if (lift->conditional) {
        block->ops[skip].low = (int32_t)(block->count - skip) - 1;
        block->ended = false;
    }
    if (!block->ended) {
        t32_emit(lift, IR_meet, T32_IT, 0, 0, lift->it_next);
    }
}

/* ---- Instructions -------------------------------------------------------- */

/* Bytes that are still to be lifted. */
struct source {
    const uint8_t *bytes;
    size_t size;
};

/* Encoding at hand; false: less than an instruction is there. */
static bool take(struct source *source, uint32_t *encoding, unsigned *length)
{
    uint16_t half[2] = {0};

    if (source->size < sizeof(half[0])) {
        return false;
    }
    memcpy(half, source->bytes, sizeof(half[0]));
    *length = t32_length(half[0]);
    *encoding = half[0];
    if (source->size < *length) {
        return false;
    }
    if (*length == sizeof(half)) {
        memcpy(half, source->bytes, sizeof(half));
        *encoding = (uint32_t)half[0] << 16 | half[1];
    }
    source->bytes += *length;
    source->size -= *length;
    return true;
}

static void begin(struct t32_lift *lift, uint32_t encoding, unsigned length,
                  bool in_it)
{
    ir_begin(lift->block, (uint8_t)length);
    lift->in_it = in_it;
    lift->conditional = false;
    t32_decode(encoding, in_it, lift->insn);
}

/* Operations that an instruction on a condition has at most. */
enum { FOLLOWER_OPS = 40 };

enum room { ROOM, LATER, NEVER };

/* Finds whether all of an IT block fits: behind IT, where `rest` is. */
static enum room find_room(const struct ir_block *block, unsigned followers,
                           struct source rest)
{
    const size_t ops = 1 + followers * FOLLOWER_OPS;
    uint32_t encoding;
    unsigned length;

    for (unsigned i = 0; i < followers; i++) {
        if (!take(&rest, &encoding, &length)) {
            return NEVER;
        }
    }
    if (block->instructions + 1 + followers <= block->most &&
        block->count + ops + IR_LAST_OPS <= block->capacity) {
        return ROOM;
    }
    return block->most == IR_BLOCK_INSTRUCTIONS && block->count != 0 ? LATER
                                                                     : NEVER;
}

/* Ends the block before the instruction at hand. */
static void end_before(struct ir_block *block, enum ir_opcode opcode)
{
    block->length = 0;
    ir_emit(block, opcode, 0, 0, 0, 0);
    block->ended = true;
}

/* IT, and all that it is about: in one block, or alone, and then the run loop
 * executes each of the others by itself, as ITSTATE is not 0. False: the block
 * ends before it. */
static bool lift_it(struct t32_lift *lift, uint32_t encoding,
                    struct source *rest)
{
    struct ir_block *block = lift->block;
    const unsigned followers = followers_of(encoding & 15);
    const enum room room = find_room(block, followers, *rest);
    unsigned state = encoding & 0xff;
    unsigned length;

    if (room == LATER) {
        end_before(block, IR_leave);
        return false;
    }
    begin(lift, encoding, 2, false);
    t32_emit(lift, IR_meet, T32_IT, 0, 0, state);
    for (unsigned i = 0; i < followers && room == ROOM && !block->ended; i++) {
        (void)ir_next(block);
        lift->pc += block->length;
        if (!take(rest, &encoding, &length)) {
            break; /* find_room saw to it */
        }
        begin(lift, encoding, length, true);
        lift_follower(lift, state);
        state = advanced(state);
    }
    if (room == NEVER) {
        (void)ir_next(block);
        end_before(block, IR_step);
    }
    return true;
}

static bool is_it(uint32_t encoding)
{
    return (encoding & 0xff00) == 0xbf00 && (encoding & 15) != 0 &&
           encoding < 0x10000;
}

bool t32_lift(struct vcpu *cpu, struct ir_block *block, uint64_t pc,
              const uint8_t *bytes, size_t size)
{
    struct mprofile *m = mprofile_of(cpu);
    struct t32_insn insn;
    struct t32_lift lift = {
        .block = block,
        .core = m,
        .insn = &insn,
        .features = m->features,
        .pc = (uint32_t)pc,
    };
    struct source source = {bytes, size};
    /* Blocks are decoded where it is 0; otherwise one instruction is. */
    const unsigned state = block->count == 0 ? (unsigned)cpu->r[T32_IT] : 0;
    uint32_t encoding;
    unsigned length;

    if (!take(&source, &encoding, &length)) {
        return false;
    }
    do {
        if (state != 0) {
            begin(&lift, encoding, length, true);
            lift_follower(&lift, state);
            (void)ir_next(block);
            return true;
        }
        if (is_it(encoding) && (lift.features & T32_V7M) != 0) {
            if (!lift_it(&lift, encoding, &source)) {
                return true;
            }
        } else {
            begin(&lift, encoding, length, false);
            lift_row(&lift);
        }
        lift.pc += block->length;
    } while (ir_next(block) && take(&source, &encoding, &length));
    return true;
}
