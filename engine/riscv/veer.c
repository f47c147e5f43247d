/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Additions of VeeR EL2 to RV32: external interrupts by the fast redirect, NMIs
 * for bus errors, internal timers, region attributes. Section numbers are
 * those of the VeeR EL2 programmer's reference manual.
 *
 * Not modelled: caches and their diagnostics (registers hold written values),
 * correctable-error counters, triggers, the pause counter and forced debug
 * halts, and the access fault of a load or store whose base register and
 * address lie on different sides of the core's own memories (2.7.4). A bus
 * error is reported at the next instruction, as early as the bus could.
 */
#include "base/bits.h"
#include "bus/ticks.h"
#include "engine/riscv/riscv.h"

/* The closely coupled memories' regions of 256 MiB, 2.1; this is how Caliptra
 * configures the core. Loads and stores reach ICCM over the bus. */
enum { ICCM_REGION = 4, DCCM_REGION = 5, PIC_REGION = 6 };
enum { PIC_BASE = 0x60000000, PIC_SIZE = 0x8000 };

/* mscause of access faults, 2.8. */
enum secondary_cause {
    UNMAPPED_LOCAL = 2,
    PROTECTED = 3,
    PIC_NOT_A_WORD = 6,
    FETCH_BUS_ERROR = 9,
};

enum nmi_cause {
    NMI_STORE_BUS = 0xf0000000,
    NMI_LOAD_BUS = 0xf0000001,
    NMI_VECTOR_DCCM = 0xf0001001,
    NMI_VECTOR_ELSEWHERE = 0xf0001002,
};

static unsigned region_of(uint32_t address)
{
    return address >> 28;
}

static bool is_internal(uint32_t address)
{
    return region_of(address) == DCCM_REGION ||
           region_of(address) == PIC_REGION;
}

/* ---- External interrupts, chapter 6 -------------------------------------- */

bool riscv_veer_external_pending(const struct riscv *hart)
{
    uint32_t claim = hart->state.inputs[RISCV_INPUT_MEIP];
    uint32_t priority = claim >> 8;

    return (claim & 0xff) != 0 && priority > RISCV_CSR(hart, meipt) &&
           priority > RISCV_CSR(hart, meicurpl);
}

/* 6.6.1: the handler's address comes from a table, which must be in DCCM. */
void riscv_veer_take_external(struct riscv *hart)
{
    uint32_t claim = hart->state.inputs[RISCV_INPUT_MEIP];
    uint32_t entry = RISCV_CSR(hart, meivt) | (claim & 0xff) << 2;
    uint64_t handler = 0;

    RISCV_CSR(hart, meihap) = entry;
    RISCV_CSR(hart, meicidpl) = claim >> 8 & 15;
    if (region_of(entry) != DCCM_REGION) {
        riscv_nmi(hart, NMI_VECTOR_ELSEWHERE);
    } else if (space_read(hart->vcpu.core.config.space, NULL, gpa(entry), 4,
                          &handler) != 0) {
        riscv_nmi(hart, NMI_VECTOR_DCCM);
    } else {
        riscv_trap(hart, RISCV_INTERRUPT | MIP_MEIP, 0);
        hart->state.x[IR_PC] = (uint32_t)handler & ~1u;
    }
}

/* ---- Faults of data accesses, 2.7 and 2.8 -------------------------------- */

/* 2.7.1: until firmware unlocks mdseac, further errors cause no NMI. */
static void bus_error(struct riscv *hart, uint32_t address, uint32_t cause)
{
    if (hart->state.mdseac_locked) {
        return;
    }
    RISCV_CSR(hart, mdseac) = address;
    hart->state.mdseac_locked = 1;
    hart->state.nmi_pending = 1;
    hart->state.nmi_cause = cause;
    hart->vcpu.attention = true;
}

bool riscv_veer_has_side_effects(const struct riscv *hart, uint32_t address)
{
    return hart->veer && !is_internal(address) &&
           region_of(address) != ICCM_REGION &&
           (RISCV_CSR(hart, mrac) >> region_of(address) * 2 & 2) != 0;
}

static void precise(struct riscv *hart, enum riscv_cause cause,
                    uint32_t address, uint32_t secondary)
{
    riscv_trap(hart, cause, address);
    RISCV_CSR(hart, mscause) = secondary;
}

bool riscv_veer_misaligned(struct riscv *hart, uint32_t address, unsigned size,
                           enum vcpu_access access)
{
    bool crosses = region_of(address) != region_of(address + size - 1);
    enum riscv_cause cause =
        access == VCPU_WRITE ? RISCV_STORE_MISALIGNED : RISCV_LOAD_MISALIGNED;

    if (is_aligned(address, size)) {
        return false;
    }
    if (crosses || riscv_veer_has_side_effects(hart, address)) {
        precise(hart, cause, address, crosses ? 2 : 1);
        return true;
    }
    return false;
}

static enum secondary_cause why_refused(uint32_t address, unsigned size,
                                        enum vcpu_access access,
                                        bool protection)
{
    bool in_pic = address - PIC_BASE <= PIC_SIZE - size;

    if (protection) {
        return PROTECTED;
    }
    if (access == VCPU_FETCH) {
        return region_of(address) == ICCM_REGION ? UNMAPPED_LOCAL
                                                 : FETCH_BUS_ERROR;
    }
    return in_pic && (size != 4 || !is_aligned(address, 4)) ? PIC_NOT_A_WORD
                                                            : UNMAPPED_LOCAL;
}

bool riscv_veer_fault(struct riscv *hart, uint32_t address, unsigned size,
                      enum vcpu_access access, bool protection)
{
    if (access == VCPU_FETCH || protection || is_internal(address)) {
        precise(hart, riscv_fault_causes[access], address,
                why_refused(address, size, access, protection));
        return true;
    }
    bus_error(hart, address,
              access == VCPU_WRITE ? NMI_STORE_BUS : NMI_LOAD_BUS);
    return false;
}

/* ---- Internal timers, chapter 4 ------------------------------------------ */

enum { MITCTL_ENABLE = 1, MITCTL_HALT_EN = 2, MITCTL_CASCADE = 8 };

struct timer_rows {
    unsigned count, bound, control, interrupt;
};

static const struct timer_rows timer_rows[2] = {
    {RISCV_CSR_mitcnt0, RISCV_CSR_mitb0, RISCV_CSR_mitctl0, MIP_MITIP0},
    {RISCV_CSR_mitcnt1, RISCV_CSR_mitb1, RISCV_CSR_mitctl1, MIP_MITIP1},
};

static struct clock *clock_of(const struct riscv *hart)
{
    return &hart->vcpu.core.config.fabric->clock;
}

static uint64_t ticks_to_ns(const struct riscv *hart, uint64_t ticks)
{
    return ticks_ns(ticks, hart->vcpu.core.config.frequency_hz);
}

static bool counts(const struct riscv *hart, unsigned timer)
{
    uint32_t control = hart->state.csr[timer_rows[timer].control];

    return (control & MITCTL_ENABLE) != 0 &&
           !(timer == 1 && (control & MITCTL_CASCADE) != 0);
}

static bool cascades(const struct riscv *hart)
{
    const uint32_t both = MITCTL_ENABLE | MITCTL_CASCADE;

    return (RISCV_CSR(hart, mitctl1) & both) == both;
}

/*
 * True if the timer has an effect when it reaches its bound. The hardware
 * signals a pulse, which is lost unless the interrupt can be taken; a timer
 * without an effect needs no event, so that time stands still for a sleeping
 * core.
 */
static bool is_heard(const struct riscv *hart, unsigned timer)
{
    return (RISCV_CSR(hart, mie) & BIT(timer_rows[timer].interrupt)) != 0 ||
           (timer == 0 && cascades(hart));
}

bool riscv_veer_waits_in_vain(const struct riscv *hart)
{
    for (unsigned timer = 0; timer < 2; timer++) {
        if (counts(hart, timer) && is_heard(hart, timer) &&
            (hart->state.csr[timer_rows[timer].control] & MITCTL_HALT_EN) ==
                0) {
            return true;
        }
    }
    return false;
}

/* Timers without enabled interrupt wrap without an event: the count is the
 * remainder. */
static uint32_t timer_count(const struct riscv *hart, unsigned timer)
{
    uint64_t bound = hart->state.csr[timer_rows[timer].bound];
    uint64_t elapsed =
        clock_now(clock_of(hart)) - hart->state.timer_start_ns[timer];

    if (!counts(hart, timer)) {
        return hart->state.csr[timer_rows[timer].count];
    }
    uint64_t ticks = ticks_of(elapsed, hart->vcpu.core.config.frequency_hz);
    return (uint32_t)(ticks % (bound ? bound : 1));
}

/* Restarts a timer from count; stopped timers keep it in their CSR. */
static void timer_set(struct riscv *hart, unsigned timer, uint32_t count)
{
    uint64_t bound = hart->state.csr[timer_rows[timer].bound];

    hart->state.csr[timer_rows[timer].count] = count;
    if (!counts(hart, timer)) {
        timer_cancel(clock_of(hart), &hart->timers[timer]);
        return;
    }
    uint64_t now = clock_now(clock_of(hart));
    uint64_t left = bound > count ? bound - count : 1;
    hart->state.timer_start_ns[timer] = now - ticks_to_ns(hart, count);
    if (is_heard(hart, timer)) {
        timer_arm(clock_of(hart), &hart->timers[timer],
                  now + ticks_to_ns(hart, left));
    } else {
        timer_cancel(clock_of(hart), &hart->timers[timer]);
    }
}

static void timer_fire(struct riscv *hart, unsigned timer)
{
    uint32_t interrupt = BIT(timer_rows[timer].interrupt);

    timer_set(hart, timer, 0);
    if ((RISCV_CSR(hart, mie) & interrupt) != 0) {
        hart->state.internal_pending |= interrupt;
        hart->vcpu.attention = true;
        riscv_wake(hart);
    }
    if (timer == 0 && cascades(hart) &&
        ++RISCV_CSR(hart, mitcnt1) >= RISCV_CSR(hart, mitb1)) {
        timer_fire(hart, 1);
    }
}

static void fire0(void *context)
{
    timer_fire(context, 0);
}

static void fire1(void *context)
{
    timer_fire(context, 1);
}

static bool write_timer(struct riscv *hart, unsigned row, uint32_t value)
{
    for (unsigned timer = 0; timer < 2; timer++) {
        const struct timer_rows *rows = &timer_rows[timer];
        uint32_t count = timer_count(hart, timer);

        if (row == rows->count) {
            timer_set(hart, timer, value);
            return true;
        }
        if (row == rows->bound || row == rows->control) {
            hart->state.csr[row] = value & riscv_csrs[row].writable;
            timer_set(hart, timer, count);
            riscv_veer_listen(hart);
            return true;
        }
    }
    return false;
}

void riscv_veer_listen(struct riscv *hart)
{
    for (unsigned timer = 0; timer < 2; timer++) {
        if (counts(hart, timer) &&
            is_heard(hart, timer) != hart->timers[timer].armed) {
            timer_set(hart, timer, timer_count(hart, timer));
        }
    }
}

void riscv_veer_init(struct riscv *hart)
{
    hart->timers[0] = (struct timer){.fire = fire0, .context = hart};
    hart->timers[1] = (struct timer){.fire = fire1, .context = hart};
}

void riscv_veer_fini(struct riscv *hart)
{
    timer_cancel(clock_of(hart), &hart->timers[0]);
    timer_cancel(clock_of(hart), &hart->timers[1]);
}

void riscv_veer_reset(struct riscv *hart)
{
    timer_set(hart, 0, 0);
    timer_set(hart, 1, 0);
}

void riscv_veer_restored(struct riscv *hart)
{
    for (unsigned timer = 0; timer < 2; timer++) {
        if (counts(hart, timer) && is_heard(hart, timer)) {
            uint64_t bound = hart->state.csr[timer_rows[timer].bound];

            timer_arm(clock_of(hart), &hart->timers[timer],
                      hart->state.timer_start_ns[timer] +
                          ticks_to_ns(hart, bound));
        } else {
            timer_cancel(clock_of(hart), &hart->timers[timer]);
        }
    }
}

/* ---- Registers ----------------------------------------------------------- */

bool riscv_veer_csr_read(struct riscv *hart, unsigned row, uint32_t *value)
{
    switch (row) {
    case RISCV_CSR_mvendorid:
        *value = 0x45;
        return true;
    case RISCV_CSR_marchid:
        *value = 0x10;
        return true;
    case RISCV_CSR_mimpid:
        *value = 4;
        return true;
    case RISCV_CSR_mdeau:
        *value = 0;
        return true;
    case RISCV_CSR_mitcnt0:
        *value = timer_count(hart, 0);
        return true;
    case RISCV_CSR_mitcnt1:
        *value = timer_count(hart, 1);
        return true;
    default:
        return false;
    }
}

/* 2.8.1: cacheable with side effects is no combination; the latter wins. */
static uint32_t legal_mrac(uint32_t value)
{
    return value & ~(value >> 1 & 0x55555555);
}

/* 5.5.1: firmware halt, which may set mstatus.MIE on the way. */
static void write_mpmc(struct riscv *hart, uint32_t value)
{
    RISCV_CSR(hart, mpmc) = value & 2;
    if ((value & 1) == 0) {
        return;
    }
    if ((value & 2) != 0) {
        RISCV_CSR(hart, mstatus) |= MSTATUS_MIE;
    }
    hart->vcpu.core.power = CORE_WAITING;
    riscv_wake(hart);
}

void riscv_veer_csr_write(struct riscv *hart, unsigned row, uint32_t value)
{
    if (write_timer(hart, row, value)) {
        return;
    }
    switch (row) {
    case RISCV_CSR_mrac:
        RISCV_CSR(hart, mrac) = legal_mrac(value);
        vcpu_flush_tlb(&hart->vcpu);
        break;
    case RISCV_CSR_mdeau:
        hart->state.mdseac_locked = 0;
        break;
    case RISCV_CSR_mpmc:
        write_mpmc(hart, value);
        break;
    default: /* meipt, meicurpl */
        hart->state.csr[row] = value & riscv_csrs[row].writable;
        break;
    }
}
