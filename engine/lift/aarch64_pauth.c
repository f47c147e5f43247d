/* SPDX-License-Identifier: Apache-2.0 */
/* Pointer authentication: DDI 0487, C6.1 and C4.1.3 to C4.1.5. Hints among
 * these come here only on cores that have it. */
#include "engine/aarch64/pauth.h"
#include "engine/lift/aarch64.h"

enum { T0 = IR_TEMPORARY, LINK = 30 };

/* A pointer register of which XZR is one. */
static void in_place(struct aarch64_lift *lift, enum aarch64_helper helper,
                     unsigned modifier, int32_t argument)
{
    unsigned d = lift->insn->d;

    aarch64_assist(lift, helper, aarch64_destination(d), aarch64_source(d),
                   modifier, argument);
}

/* Rows that name the modifier, SP being 31, and those with none. */
#define LIFT_KEY(letter_pair, KEY)                                             \
    LIFT(PAC##letter_pair,                                                     \
         in_place(lift, AARCH64_HELPER_PAC, lift->insn->n, KEY))               \
    LIFT(AUT##letter_pair,                                                     \
         in_place(lift, AARCH64_HELPER_AUT, lift->insn->n, KEY))
#define LIFT_ZERO(which, KEY)                                                  \
    LIFT(PAC##which, in_place(lift, AARCH64_HELPER_PAC, IR_ZERO, KEY))         \
    LIFT(AUT##which, in_place(lift, AARCH64_HELPER_AUT, IR_ZERO, KEY))
LIFT_KEY(IA, AARCH64_KEY_IA)
LIFT_KEY(IB, AARCH64_KEY_IB)
LIFT_KEY(DA, AARCH64_KEY_DA)
LIFT_KEY(DB, AARCH64_KEY_DB)
LIFT_ZERO(IZA, AARCH64_KEY_IA)
LIFT_ZERO(IZB, AARCH64_KEY_IB)
LIFT_ZERO(DZA, AARCH64_KEY_DA)
LIFT_ZERO(DZB, AARCH64_KEY_DB)

/* Hints: of X17 with X16, of X30 with zero, of X30 with SP. */
#define LIFT_HINT(row, helper, pointer, modifier, KEY)                         \
    LIFT(row, aarch64_assist(lift, AARCH64_HELPER_##helper, pointer, pointer,  \
                             modifier, KEY))
LIFT_HINT(PACIA1716, PAC, 17, 16, AARCH64_KEY_IA)
LIFT_HINT(PACIB1716, PAC, 17, 16, AARCH64_KEY_IB)
LIFT_HINT(AUTIA1716, AUT, 17, 16, AARCH64_KEY_IA)
LIFT_HINT(AUTIB1716, AUT, 17, 16, AARCH64_KEY_IB)
LIFT_HINT(PACIAZ, PAC, LINK, IR_ZERO, AARCH64_KEY_IA)
LIFT_HINT(PACIBZ, PAC, LINK, IR_ZERO, AARCH64_KEY_IB)
LIFT_HINT(AUTIAZ, AUT, LINK, IR_ZERO, AARCH64_KEY_IA)
LIFT_HINT(AUTIBZ, AUT, LINK, IR_ZERO, AARCH64_KEY_IB)
LIFT_HINT(PACIASP, PAC, LINK, AARCH64_SP, AARCH64_KEY_IA)
LIFT_HINT(PACIBSP, PAC, LINK, AARCH64_SP, AARCH64_KEY_IB)
LIFT_HINT(AUTIASP, AUT, LINK, AARCH64_SP, AARCH64_KEY_IA)
LIFT_HINT(AUTIBSP, AUT, LINK, AARCH64_SP, AARCH64_KEY_IB)
LIFT_HINT(XPACLRI, XPAC, LINK, IR_ZERO, 0)

LIFT(XPACI, in_place(lift, AARCH64_HELPER_XPAC, IR_ZERO, 0))
LIFT(XPACD, in_place(lift, AARCH64_HELPER_XPAC, IR_ZERO, 1))

void aarch64_lift_PACGA(struct aarch64_lift *lift)
{
    const struct aarch64_insn *insn = lift->insn;

    aarch64_assist(lift, AARCH64_HELPER_PACGA, aarch64_destination(insn->d),
                   aarch64_source(insn->n), insn->m, 0);
}

/* ---- Branches ------------------------------------------------------------ */

/* To `pointer`, authenticated with an instruction key. */
static void branch(struct aarch64_lift *lift, unsigned pointer,
                   unsigned modifier, bool link)
{
    aarch64_assist(lift, AARCH64_HELPER_AUT, T0, aarch64_source(pointer),
                   modifier, (int32_t)lift->insn->k);
    ir_emit(lift->block, link ? IR_call_register64 : IR_jump_register64,
            link ? LINK : 0, T0, 0, 0);
    lift->block->ended = true;
}

LIFT(BRA, branch(lift, lift->insn->n, lift->insn->m, false))
LIFT(BRAZ, branch(lift, lift->insn->n, IR_ZERO, false))
LIFT(BLRA, branch(lift, lift->insn->n, lift->insn->m, true))
LIFT(BLRAZ, branch(lift, lift->insn->n, IR_ZERO, true))
LIFT(RETA, branch(lift, LINK, AARCH64_SP, false))
LIFT(ERETA, aarch64_end_helper(lift, AARCH64_HELPER_ERET, IR_SINK, IR_ZERO,
                               IR_ZERO, (int32_t)(1 + lift->insn->k)))

/* ---- Loads --------------------------------------------------------------- */

static int64_t load(struct aarch64_lift *lift)
{
    const struct aarch64_insn *insn = lift->insn;
    int64_t offset = aarch64_signed(insn->j << 9 | insn->i, 10) * 8;

    aarch64_assist(lift, AARCH64_HELPER_AUT, T0, insn->n, IR_ZERO,
                   (int32_t)(AARCH64_KEY_DA + insn->k));
    aarch64_check_sp(lift, insn->n);
    ir_emit(lift->block, IR_ld64, aarch64_destination(insn->t), T0, 0, offset);
    return offset;
}

LIFT(LDRA, load(lift))

void aarch64_lift_LDRA_PRE(struct aarch64_lift *lift)
{
    int64_t offset = load(lift);

    ir_emit(lift->block, IR_add64i, lift->insn->n, T0, 0, offset);
}
