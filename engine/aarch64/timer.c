/* SPDX-License-Identifier: Apache-2.0 */
/* The generic timers (DDI 0487, D11) on the machine's clock. */
#include "base/bits.h"
#include "engine/aarch64/aarch64.h"

enum { ENABLE = 1, IMASK = 2 };

static const struct {
    enum aarch64_register control, compare;
} rows[AARCH64_TIMERS] = {
    [AARCH64_TIMER_PHYSICAL] = {AARCH64_CNTP_CTL_EL0,  AARCH64_CNTP_CVAL_EL0 },
    [AARCH64_TIMER_VIRTUAL] = {AARCH64_CNTV_CTL_EL0,  AARCH64_CNTV_CVAL_EL0 },
    [AARCH64_TIMER_HYPERVISOR] = {AARCH64_CNTHP_CTL_EL2,
                                AARCH64_CNTHP_CVAL_EL2                       },
    [AARCH64_TIMER_SECURE] = {AARCH64_CNTPS_CTL_EL1, AARCH64_CNTPS_CVAL_EL1},
    [AARCH64_TIMER_HYPERVISOR_VIRTUAL] = {AARCH64_CNTHV_CTL_EL2,
                                AARCH64_CNTHV_CVAL_EL2                       },
};

/* D11.1.1: the system counter is in the domain that is always on. It begins at
 * power-on, and no reset stops it. */
static uint64_t physical_count(const struct aarch64 *pe)
{
    const struct clock *clock = &pe->vcpu.core.config.fabric->clock;
    uint64_t ns = clock_now(clock) - clock->powered_ns;

    return ns / pe->counted_ns * pe->counts +
           ns % pe->counted_ns * pe->counts / pe->counted_ns;
}

/* Nanoseconds after power-on at which the counter reaches a count. */
static uint64_t time_of(const struct aarch64 *pe, uint64_t count)
{
    return count / pe->counts * pe->counted_ns +
           (count % pe->counts * pe->counted_ns + pe->counts - 1) / pe->counts;
}

uint64_t aarch64_counter(const struct aarch64 *pe, bool virtual)
{
    return physical_count(pe) -
           (virtual && pe->has_el2 ? AARCH64_SYS(pe, CNTVOFF_EL2) : 0);
}

static bool met(const struct aarch64 *pe, unsigned index)
{
    return aarch64_counter(pe, index == AARCH64_TIMER_VIRTUAL) >=
           pe->state.sys[rows[index].compare];
}

/* When the condition will be met, at the earliest after now. */
static uint64_t due(const struct aarch64 *pe, unsigned index)
{
    uint64_t remaining = pe->state.sys[rows[index].compare] -
                         aarch64_counter(pe, index == AARCH64_TIMER_VIRTUAL);
    uint64_t start = pe->vcpu.core.config.fabric->clock.powered_ns;
    uint64_t last = (UINT64_MAX - start) / pe->counted_ns - 1;
    uint64_t limit =
        last < UINT64_MAX / pe->counts ? last * pe->counts : UINT64_MAX;

    limit -= physical_count(pe);
    return remaining > limit
               ? TIME_NEVER
               : start + time_of(pe, physical_count(pe) + remaining);
}

static void update_one(struct aarch64 *pe, unsigned index)
{
    struct clock *clock = &pe->vcpu.core.config.fabric->clock;
    uint64_t control = pe->state.sys[rows[index].control];
    bool asserted = false;
    uint64_t when = TIME_NEVER;

    if ((control & ENABLE) != 0) {
        if (met(pe, index)) {
            asserted = (control & IMASK) == 0;
        } else if ((control & IMASK) == 0) {
            when = due(pe, index);
        }
    }
    timer_arm(clock, &pe->timers[index], when);
    pe->state.outputs[index] = asserted;
    if (pe->vcpu.core.outputs != NULL) {
        line_set(&pe->vcpu.core.outputs[index], asserted);
    }
}

void aarch64_timer_update(struct aarch64 *pe)
{
    for (unsigned i = 0; i < AARCH64_TIMERS; i++) {
        update_one(pe, i);
    }
}

static void fire(void *context)
{
    aarch64_timer_update(context);
}

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
    while (b != 0) {
        uint32_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

void aarch64_timer_init(struct aarch64 *pe)
{
    const uint32_t second = 1000000000;
    uint32_t hz = pe->vcpu.core.config.aarch64.counter_hz;

    hz = hz != 0 ? hz : AARCH64_COUNTER_HZ;
    pe->counts = hz / common_divisor(hz, second);
    pe->counted_ns = second / common_divisor(hz, second);
    for (unsigned i = 0; i < AARCH64_TIMERS; i++) {
        pe->timers[i] = (struct timer){
            .fire = fire, .context = pe, .owner = &pe->vcpu.core};
    }
}

void aarch64_timer_fini(struct aarch64 *pe)
{
    for (unsigned i = 0; i < AARCH64_TIMERS; i++) {
        timer_cancel(&pe->vcpu.core.config.fabric->clock, &pe->timers[i]);
    }
}

/* ---- Registers ----------------------------------------------------------- */

/* Lets compiled code tell the time by its instructions, where each takes a
 * nanosecond and no other core has a say in it. */
static void follow(struct vcpu *cpu)
{
    const struct clock *clock = &cpu->core.config.fabric->clock;
    const uint64_t now = clock_now(clock);

    cpu->compiled.clocked = cpu->core.config.frequency_hz == 1000000000 &&
                            clock->told == NULL && cpu->gate == NULL &&
                            aarch64_of(cpu)->counts == 1 &&
                            aarch64_of(cpu)->counted_ns == AARCH64_COUNTER_NS &&
                            now > clock->now_ns;
    cpu->compiled.clock_ns = now - clock->powered_ns - cpu->core.retired;
}

uint64_t aarch64_read_counter(struct aarch64 *pe, enum aarch64_register row)
{
    unsigned level = pe->state.level;
    bool host = (level == 0 || level == 2) && aarch64_in_host(pe, level);

    follow(&pe->vcpu);
    return aarch64_counter(pe, row == AARCH64_CNTVCT_EL0 && !host);
}

/* The rows of a timer follow each other: TVAL, CTL, CVAL. */
static unsigned timer_of(enum aarch64_register row)
{
    for (unsigned i = 0; i < AARCH64_TIMERS; i++) {
        if (row <= rows[i].compare && row + 2 >= rows[i].compare) {
            return i;
        }
    }
    return 0;
}

bool aarch64_tells_time(enum aarch64_register row)
{
    if (aarch64_registers[row].read != aarch64_read_timer) {
        return row == AARCH64_CNTVCT_EL0 || row == AARCH64_CNTPCT_EL0;
    }
    return row != rows[timer_of(row)].compare;
}

uint64_t aarch64_read_timer(struct aarch64 *pe, enum aarch64_register row)
{
    unsigned index = timer_of(row);
    uint64_t value = pe->state.sys[row];

    if (row == rows[index].compare) {
        return value;
    }
    if (row == rows[index].control) {
        return value | ((value & ENABLE) != 0 && met(pe, index) ? 4 : 0);
    }
    return (uint32_t)(pe->state.sys[rows[index].compare] -
                      aarch64_counter(pe, index == AARCH64_TIMER_VIRTUAL));
}

void aarch64_write_timer(struct aarch64 *pe, enum aarch64_register row,
                         uint64_t value)
{
    unsigned index = timer_of(row);

    if (row == rows[index].control) {
        pe->state.sys[row] = value & (ENABLE | IMASK);
    } else if (row == rows[index].compare) {
        pe->state.sys[row] = value;
    } else { /* a signed view of the distance */
        pe->state.sys[rows[index].compare] =
            aarch64_counter(pe, index == AARCH64_TIMER_VIRTUAL) +
            (uint64_t)(int64_t)(int32_t)(uint32_t)value;
    }
    update_one(pe, index);
}

void aarch64_write_timer_offset(struct aarch64 *pe, enum aarch64_register row,
                                uint64_t value)
{
    pe->state.sys[row] = value;
    aarch64_timer_update(pe);
}
