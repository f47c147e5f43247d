/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system kind: a step is a few instructions in a random mode, with random
 * masks, priorities, protection and pending exceptions, and ends with UDF if
 * nothing else ends it. Registers with a duty: r0 to r4 are addresses, r5 is 0,
 * r6 a small index, r8 to r10 what the templates below name.
 *
 * Left out: what locks up (FAULTMASK, MSP where HardFault cannot be stacked),
 * accesses that begin in one region and end in another, and what the manual
 * calls unpredictable.
 */
#include <string.h>

#include "tests/engine/t32_random_step.h"

/* ---- Protection ---------------------------------------------------------- */

static void v7_region(struct step *s, unsigned number, uint32_t base,
                      unsigned log2_bytes, uint32_t attributes)
{
    write_scs(s, false, 0xd98, number);
    write_scs(s, false, 0xd9c, base);
    write_scs(s, false, 0xda0, attributes | (log2_bytes - 1) << 1 | 1);
}

/* Access permissions that are not reserved (DDI 0403E, B3.5.9); Normal memory,
 * as far as it goes. */
static uint32_t v7_attributes(struct t32_program *p)
{
    static const uint8_t permissions[] = {0, 1, 2, 3, 3, 3, 5, 6, 7};
    uint32_t attributes =
        (uint32_t)permissions[below(p, sizeof(permissions))] << 24 | 1u << 17;

    if (t32_chance(p, 30)) {
        attributes |= 1u << 28; /* XN */
    }
    if (t32_chance(p, 30)) {
        attributes |= below(p, 256) << 8; /* subregions */
    }
    return attributes;
}

static void v7_mpu(struct step *s)
{
    struct t32_program *p = s->program;
    const uint32_t base = p->target->base;
    const unsigned regions = below(p, 4);

    v7_region(s, 7, base, 16, 1u << 24 | 1u << 17);
    v7_region(s, 6, base + T32_DATA + STACK_REGION, 12,
              (has(p, T32_FLAG_FP) ? 3u : 1u) << 24 | 1u << 17);
    for (unsigned i = 0; i < 4; i++) {
        const unsigned log2_bytes = 13 + below(p, 5);

        if (i > regions) {
            write_scs(s, false, 0xd98, i);
            write_scs(s, false, 0xda0, 0);
        } else {
            v7_region(s, i,
                      (base + T32_DATA + below(p, T32_DATA_SIZE)) &
                          ~((1u << log2_bytes) - 1),
                      log2_bytes, v7_attributes(p));
        }
    }
    if (has(p, T32_FLAG_FP)) {
        v7_region(s, 5, base + T32_DATA + PROCESS_REGION, 12,
                  3u << 24 | 1u << 17);
    }
    v7_region(s, 4, base + T32_CODE, 16,
              (t32_chance(p, 90) ? 6u << 24 : v7_attributes(p) & ~0xff00u) |
                  1u << 17);
    s->record[T32_MPU_CTRL] =
        1 | below(p, 2) << 1 | (t32_chance(p, 60) ? 4 : 0);
}

static void v8_region(struct step *s, bool non_secure, unsigned number,
                      uint32_t first, uint32_t end, uint32_t attributes)
{
    write_scs(s, non_secure, 0xd98, number);
    write_scs(s, non_secure, 0xd9c, first | attributes);
    write_scs(s, non_secure, 0xda0, (end - 32) | 1);
}

/* AP and XN: no permission is reserved (DDI 0553, D1.2.167). */
static uint32_t v8_attributes(struct t32_program *p)
{
    return (t32_chance(p, 50) ? 1 << 1 : below(p, 4) << 1) |
           (t32_chance(p, 30) ? 1 : 0);
}

/* Regions may not overlap: the data after the stack's, in three. */
static void v8_mpu(struct step *s, bool non_secure)
{
    struct t32_program *p = s->program;
    const uint32_t base = p->target->base;
    const uint32_t data = data_of(p, non_secure);
    uint32_t first = data + PROCESS_REGION + 0x1000;

    /* Normal memory: QEMU makes accesses to Device memory that are not
     * aligned. */
    write_scs(s, non_secure, 0xdc0, 0xff);
    if (non_secure) {
        v8_region(s, true, 7, base + T32_NS_VECTORS, base + 0x8000, 0);
        v8_region(s, true, 4, base + T32_NS_CODE,
                  base + T32_NS_CODE + T32_CODE_SIZE,
                  t32_chance(p, 90) ? 3 << 1 : v8_attributes(p));
    } else {
        v8_region(s, false, 7, base, base + 0x4000, 3 << 1);
        v8_region(s, false, 4, base + T32_CODE, base + T32_CODE + T32_CODE_SIZE,
                  t32_chance(p, 90) ? 3 << 1 : v8_attributes(p));
    }
    v8_region(s, non_secure, 6, data + STACK_REGION,
              data + STACK_REGION + 0x1000, 3);
    v8_region(s, non_secure, 5, data + PROCESS_REGION,
              data + PROCESS_REGION + 0x1000, 3);
    for (unsigned i = 0; i < 3; i++) {
        uint32_t end = first + BLOCK * (1 + below(p, 0x30));

        if (end > data + T32_DATA_SIZE - 0x1000) {
            end = data + T32_DATA_SIZE - 0x1000;
        }
        if (first < end && t32_chance(p, 70)) {
            v8_region(s, non_secure, i, first, end, v8_attributes(p));
        } else {
            write_scs(s, non_secure, 0xd98, i);
            write_scs(s, non_secure, 0xda0, 0);
        }
        first = end + BLOCK * below(p, 4);
    }
    const uint32_t ctrl = 1 | below(p, 2) << 1 | (t32_chance(p, 60) ? 4 : 0);
    if (non_secure) {
        write_scs(s, true, 0xd94, ctrl);
    } else {
        s->record[T32_MPU_CTRL] = ctrl;
    }
}

static void sau_region(struct step *s, unsigned number, uint32_t first,
                       uint32_t end, uint32_t flags)
{
    const uint32_t base = s->program->target->base;

    write_scs(s, false, 0xdd8, number);
    write_scs(s, false, 0xddc, base + first);
    write_scs(s, false, 0xde0, (base + end - 32) | flags);
}

static void sau(struct step *s)
{
    struct t32_program *p = s->program;
    const uint32_t base = p->target->base;

    sau_region(s, 0, T32_GATES, T32_CALLABLE_END, t32_chance(p, 90) ? 3 : 0);
    sau_region(s, 1, T32_NS_VECTORS, T32_NS_VECTORS + 0x1000, 1);
    sau_region(s, 2, T32_NS_CODE, T32_NS_CODE + T32_CODE_SIZE, 1);
    sau_region(s, 3, T32_NS_DATA,
               t32_chance(p, 80) ? T32_DATA_END - 0x1000 : T32_NS_DATA + 0x8000,
               1);
    write_scs(s, false, 0xdd0, 1);
    write_scs(s, true, 0xd08, base + T32_NS_VECTORS);
}

/* ---- The state that a step starts with ----------------------------------- */

/* Cortex-M7 and Armv8-M fault where accesses to Device memory are not aligned;
 * QEMU makes them. */
static bool guards_devices(const struct t32_program *p)
{
    return (p->target->features & (T32_FP_DP | T32_V8M_BASE)) != 0;
}

static uint32_t address(struct step *s)
{
    struct t32_program *p = s->program;
    uint32_t at = 0;
    const bool other = has(p, T32_FLAG_SECURITY) && t32_chance(p, 25);

    switch (below(p, 12)) {
    case 0:
        at = p->target->base + 0x1a00;
        break;
    case 1:
        at = 0x70000200; /* nothing, of a Normal type */
        break;
    case 2:
        if (!s->privileged && !guards_devices(p)) {
            at = (uint32_t)SCS + 0xd00;
            break;
        }
        /* fall through */
    default:
        at = data_of(p, s->non_secure != other) + STACK_REGION +
             (4 + below(p, 0x60)) * BLOCK + 0x200;
        break;
    }
    return t32_chance(p, 25) ? at + below(p, 4) : at;
}

static uint32_t priority(struct t32_program *p)
{
    return t32_chance(p, 50) ? below(p, 4) << 6 : below(p, 256);
}

static uint32_t priorities(struct t32_program *p)
{
    return priority(p) << 24 | priority(p) << 16 | priority(p) << 8 |
           priority(p);
}

/* Registers that are banked by security state. */
static void control_block(struct step *s, bool non_secure)
{
    struct t32_program *p = s->program;
    uint32_t ccr = 1;

    ccr |= t32_chance(p, 50) || has(p, T32_FLAG_FP) ? 1 << 9 : 0;
    ccr |= t32_chance(p, 30) ? 1 << 3 : 0; /* UNALIGN_TRP */
    ccr |= t32_chance(p, 50) ? 1 << 4 : 0; /* DIV_0_TRP */
    ccr |= t32_chance(p, 50) ? 1 << 1 : 0; /* USERSETMPEND */
    write_scs(s, non_secure, 0xd14, ccr);
    /* QEMU takes the Non-secure PRIGROUP for BusFault and SecureFault: of
     * priority 0 where that matters. */
    write_scs(s, non_secure, 0xd18,
              priorities(p) & (s->splits ? 0x00ff00ff : UINT32_MAX));
    write_scs(s, non_secure, 0xd1c, priorities(p) & 0xff000000);
    write_scs(s, non_secure, 0xd20, priorities(p) & 0xffff00ff);
    if (t32_chance(p, 15)) { /* PENDSVSET, PENDSTSET */
        write_scs(s, non_secure, 0xd04, below(p, 2) << 28 | below(p, 2) << 26);
    }
}

static uint32_t enabled_faults(struct t32_program *p)
{
    return (t32_chance(p, 60) ? 1u << 16 : 0) |
           (t32_chance(p, 60) ? 1u << 17 : 0) |
           (t32_chance(p, 60) ? 1u << 18 : 0);
}

static void interrupts(struct step *s)
{
    struct t32_program *p = s->program;

    const uint32_t group = below(p, 8);

    write_scs(
        s, false, 0xd0c,
        0x05fa0000 | group << 8 | (s->bends ? 1u << 14 : 0) |
            (has(p, T32_FLAG_SECURITY) && t32_chance(p, 25) ? 1u << 13 : 0));
    write_scs(s, false, 0x400 + IRQ, priorities(p));
    if (has(p, T32_FLAG_SECURITY)) {
        write_scs(s, true, 0xd0c,
                  0x05fa0000 | (s->splits ? below(p, 8) : group) << 8);
        write_scs(s, false, 0x380, below(p, 16) << IRQ);
    }
    if (t32_chance(p, 20)) {
        write_scs(s, false, 0x200, below(p, 16) << IRQ);
    }
    write_scs(s, false, 0x100, below(p, 16) << IRQ);
}

static void floating_point(struct step *s)
{
    struct t32_program *p = s->program;
    /* ASPEN, LSPEN: without the latter, entry leaves registers unknown. */
    uint32_t fpccr = below(p, 2) << 31 | 1u << 30;

    if (has(p, T32_FLAG_SECURITY)) {
        fpccr |= below(p, 16) << 26 & ~(1u << 28); /* QEMU clears on returns
                                                  that had no FP context, too */
        write_scs(s, false, 0xd8c, t32_chance(p, 80) ? 0xc00 : 0);
        write_scs(s, true, 0xd88,
                  t32_chance(p, 80) ? 0xf << 20 : below(p, 2) * 5 << 20);
    }
    write_scs(s, false, 0xf34, fpccr);
    write_scs(s, false, 0xf38, 0);
    if (has(p, T32_FLAG_SECURITY)) {
        write_scs(s, true, 0xf34, fpccr & (1u << 31 | 1u << 30));
        write_scs(s, true, 0xf38, 0);
    }
    write_scs(s, false, 0xf3c, t32_chance(p, 50) ? 0 : below(p, 32) << 22);
    /* Without Armv8-M, QEMU asks it of returns with FP context, too. */
    const bool any =
        has(p, T32_FLAG_LIMITS) || (s->record[T32_RETURN] & 1 << 4) != 0;
    write_scs(s, false, 0xd88,
              !any || t32_chance(p, 80) ? 0xf << 20 : below(p, 2) * 5 << 20);
}

static void mode(struct step *s)
{
    struct t32_program *p = s->program;
    uint32_t *record = s->record;

    s->non_secure = has(p, T32_FLAG_SECURITY) && t32_chance(p, 50);
    s->handler = !s->non_secure && t32_chance(p, 25);
    record[T32_CONTROL] = t32_chance(p, 40);
    record[T32_CONTROL_NS] = t32_chance(p, 40);
    s->privileged =
        s->handler || record[s->non_secure ? T32_CONTROL_NS : T32_CONTROL] == 0;
    if (s->handler) {
        const bool svc = t32_chance(p, 50);

        record[T32_RETURN] = 0xfffffff1 | (record[T32_RETURN] & 1 << 4);
        record[T32_XPSR] |= svc ? 11 : 14;
        record[T32_SHCSR] = svc ? 1 << 7 : 1 << 10;
    }
    if (s->non_secure) {
        record[T32_RETURN] &= ~(1u << 6);
        record[T32_CONTROL_NS] |= (record[T32_RETURN] & 1 << 2) >> 1;
    }
}

static void state(struct step *s)
{
    struct t32_program *p = s->program;
    uint32_t *record = s->record;

    t32_fill(p, record);
    mode(s);
    record[T32_SHCSR] |= enabled_faults(p);
    record[T32_PRIMASK] = t32_chance(p, 15);
    record[T32_BASEPRI] = t32_chance(p, 30) ? priority(p) : 0;
    for (unsigned bank = 0; bank < 2; bank++) {
        const uint32_t data = data_of(p, bank == 1);
        const uint32_t psp =
            data +
            (has(p, T32_FLAG_FP) || t32_chance(p, 85)
                 ? PROCESS_STACK
                 : STACK_REGION + (4 + below(p, 0x60)) * BLOCK + 0x200) +
            below(p, 2) * 4;

        record[bank == 0 ? T32_MSP : T32_MSP_NS] = data + STACK;
        record[bank == 0 ? T32_PSP : T32_PSP_NS] = psp;
        if (has(p, T32_FLAG_LIMITS) && t32_chance(p, 20)) {
            record[bank == 0 ? T32_PSPLIM : T32_PSPLIM_NS] =
                (psp - below(p, 0x100)) & ~7u;
        }
    }
    for (unsigned i = 0; i < 5; i++) {
        record[T32_R + i] = address(s);
    }
    record[T32_R + 5] = 0;
    record[T32_R + T32_INDEX] = below(p, 0x20);
    record[T32_R + T32_POINTER] = data_of(p, s->non_secure) + 0x14200;
    record[T32_R + 8] = (uint32_t)SCS;
    record[T32_R + 9] = 1u << (25 + below(p, 4)); /* of ICSR */

    s->splits = has(p, T32_FLAG_SECURITY) && t32_chance(p, 50);
    s->bends = has(p, T32_FLAG_SECURITY) && t32_chance(p, 30);
    control_block(s, false);
    interrupts(s);
    if (has(p, T32_FLAG_SECURITY)) {
        control_block(s, true);
        write_scs(s, true, 0xd24, enabled_faults(p) & ~(1u << 17));
        record[T32_SHCSR] |= t32_chance(p, 60) ? 1u << 19 : 0;
        /* QEMU takes BusFault and SecureFault for Non-secure ones by PRIS, too:
         * there they are HardFaults. */
        record[T32_SHCSR] &= s->bends ? ~(1u << 17 | 1u << 19) : UINT32_MAX;
        record[T32_PRIMASK_NS] = t32_chance(p, 15);
        record[T32_BASEPRI_NS] = t32_chance(p, 30) ? priority(p) : 0;
        sau(s);
    }
    if (has(p, T32_FLAG_FP)) {
        floating_point(s);
    }
}

static void fill(struct t32_emitter *e, uint32_t end)
{
    while (e->offset < end) {
        t32_emit(e, 0xde00, 2);
    }
}

/* The function that a Secure step may call: it returns, or does one thing more.
 * Not in Handler mode, where that may make lr an EXC_RETURN and IPSR is 1: QEMU
 * ends.
 */
static void function(struct t32_program *p, uint32_t number, bool handler)
{
    struct step s = {.program = p, .non_secure = true};
    struct t32_emitter e = {p, T32_NS_CODE + number * BODY_BYTES};
    const uint32_t end = e.offset + BODY_BYTES;

    if (!handler && t32_chance(p, 50)) {
        t32_step_instruction(&s, &e);
    }
    if (t32_chance(p, 70)) {
        t32_emit(&e, 0x4770, 2); /* bx lr */
    }
    fill(&e, end);
}

static void step(struct t32_program *p, uint32_t number)
{
    struct step s = {.program = p};

    state(&s);
    const uint32_t offset =
        (s.non_secure ? T32_NS_CODE : T32_CODE) + number * BODY_BYTES;
    const uint32_t body = p->target->base + offset;
    struct t32_emitter e = {p, offset};
    s.record[T32_BODY] = body;
    s.record[T32_R + 10] = t32_step_target(&s, body);
    if (has(p, T32_FLAG_SECURITY) && s.non_secure) {
        struct t32_emitter back = {p, T32_CODE + number * BODY_BYTES};

        fill(&back, back.offset + BODY_BYTES);
    } else if (has(p, T32_FLAG_SECURITY)) {
        function(p, number, s.handler);
    }
    if (s.handler && t32_chance(p, 40)) {
        t32_step_return(&s, body);
        t32_step_jump(&e, true);
    } else {
        for (unsigned count = 1 + below(p, 4);
             count > 0 && e.offset + 16 <= offset + BODY_BYTES - 2 &&
             t32_step_instruction(&s, &e);
             count--) {
        }
    }
    fill(&e, offset + BODY_BYTES);
    if (t32_chance(p, 60)) {
        has(p, T32_FLAG_LIMITS) ? v8_mpu(&s, false) : v7_mpu(&s);
        if (has(p, T32_FLAG_SECURITY) && t32_chance(p, 60)) {
            v8_mpu(&s, true);
        }
    }
    memcpy(p->image + T32_RECORDS + number * T32_WORDS * 4, s.record,
           sizeof(s.record));
    p->cases++;
}

/* Vectors and handlers of the Non-secure state, and entries to the Secure one:
 * its handlers end the step by a fault that the Secure state has. */
static void non_secure(struct t32_program *p)
{
    const uint32_t base = p->target->base;

    for (uint32_t i = 0; i < 64; i++) {
        t32_put(p, T32_NS_VECTORS + i * 4, base + T32_NS_HANDLER + 1);
    }
    struct t32_emitter handler = {p, T32_NS_HANDLER};
    /* The state that it starts with is unknown: r0 to r3 and r12 become 0, and
     * flags. */
    t32_emit(&handler, 0x2000, 2);
    t32_emit(&handler, 0x4601, 2);
    t32_emit(&handler, 0x4602, 2);
    t32_emit(&handler, 0x4603, 2);
    t32_emit(&handler, 0x4684, 2);
    t32_emit(&handler, 0xf3808c00, 4);
    /* To Secure code without a gate, which even HardFault may. */
    t32_emit(&handler, 0xf8dfc008, 4); /* ldr ip, [pc, #8] */
    t32_emit(&handler, 0x4760, 2);     /* bx ip */
    t32_put(p, T32_NS_HANDLER + 0x18, base + T32_CODE + 1);
    /* Every other gate goes back to where lr says: to no EXC_RETURN, which QEMU
     * takes for one by BXNS in Thread mode, too. */
    for (uint32_t at = T32_GATES; at < T32_CALLABLE_END; at += 16) {
        struct t32_emitter gate = {p, at};

        t32_emit(&gate, 0xe97fe97f, 4); /* sg */
        if ((at & 16) != 0) {
            t32_emit(&gate, 0xf02e4e80, 4); /* bic lr, lr, #0x40000000 */
            t32_emit(&gate, 0x4774, 2);     /* bxns lr */
        }
        fill(&gate, at + 16);
    }
}

void t32_make_steps(struct t32_program *p)
{
    for (uint32_t at = T32_DATA; at < T32_DATA_END - BLOCK; at += BLOCK) {
        t32_put(p, at + T32_TRAP, 0xde00de00); /* where jumps land */
    }
    if (has(p, T32_FLAG_SECURITY)) {
        non_secure(p);
    }
    for (uint32_t number = 0; number < T32_STEPS; number++) {
        step(p, number);
    }
}
