/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for time as firmware and kernels write it; each delay is of DELAY_US.
 * The rows return how often they waited. */
#include "guest/bench/firmware/firmware.h"

enum { DELAY_US = 100 };

static uint64_t ticks_of(uint64_t us)
{
    return SYSREG_READ(cntfrq_el0) * us / 1000000;
}

/* ---- Delays -------------------------------------------------------------- */

/* A timer that counts down, behind a pointer, as of a table of operations. */
static uint32_t down_counter(void)
{
    SYSREG_SYNCHRONISE();
    return ~(uint32_t)SYSREG_READ(cntpct_el0);
}

static const struct timer {
    uint32_t (*value)(void);
} down_timer = {down_counter};

static void __attribute__((noinline)) wait_down(const struct timer *timer)
{
    uint32_t start = timer->value();
    uint32_t total = (uint32_t)ticks_of(DELAY_US);

    while (start - timer->value() < total) {
    }
}

uint64_t delay_down(uint64_t turns)
{
    for (uint64_t i = 0; i < turns; i++) {
        wait_down(&down_timer);
    }
    return turns;
}

/* The counter, in order with what precedes it by ISB and with what follows by a
 * load that depends on it. */
static uint64_t ordered_counter(void)
{
    uint64_t value;
    uint64_t zero;

    __asm__ volatile(
        "isb\n\t"
        "mrs %0, cntvct_el0\n\t"
        "eor %1, %0, %0\n\t"
        "add %1, sp, %1\n\t"
        "ldr xzr, [%1]"
        : "=r"(value), "=&r"(zero)
        :
        : "memory");
    return value;
}

uint64_t delay_yield(uint64_t turns)
{
    uint64_t cycles = ticks_of(DELAY_US);

    for (uint64_t i = 0; i < turns; i++) {
        uint64_t start = ordered_counter();

        while (ordered_counter() - start < cycles) {
            __asm__ volatile("yield" : : : "memory");
        }
    }
    return turns;
}

/* Asleep until the event stream's events, awake for the rest. */
uint64_t delay_events(uint64_t turns)
{
    enum { EVENT_BIT = 7, ENABLE = 1 << 2, PERIOD = 2 << EVENT_BIT };
    uint64_t cycles = ticks_of(DELAY_US);

    WRITE_SYSTEM(cntkctl_el1, EVENT_BIT << 4 | ENABLE);
    for (uint64_t i = 0; i < turns; i++) {
        uint64_t start = ordered_counter();

        while (ordered_counter() - start + PERIOD < cycles) {
            __asm__ volatile("wfe" : : : "memory");
        }
        while (ordered_counter() - start < cycles) {
            __asm__ volatile("yield" : : : "memory");
        }
    }
    WRITE_SYSTEM(cntkctl_el1, 0);
    return turns;
}

/* Each count is stored, too. */
static uint64_t __attribute__((noinline)) get_ticks(void)
{
    static uint32_t last;
    uint64_t ticks;

    SYSREG_SYNCHRONISE();
    ticks = SYSREG_READ(cntpct_el0);
    *(volatile uint32_t *)&last = (uint32_t)ticks;
    return ticks;
}

static void __attribute__((noinline)) feed_watchdog(void)
{
    __asm__ volatile("" : : : "memory");
}

uint64_t delay_ticks(uint64_t turns)
{
    for (uint64_t i = 0; i < turns; i++) {
        uint64_t end = get_ticks() + ticks_of(DELAY_US);

        while (get_ticks() < end + 1) {
            feed_watchdog();
        }
    }
    return turns;
}

/* Two functions that do nothing but read a register, and short delays. */
static uint64_t __attribute__((noinline)) plain_counter(void)
{
    return SYSREG_READ(cntvct_el0);
}

static uint64_t __attribute__((noinline)) plain_frequency(void)
{
    return SYSREG_READ(cntfrq_el0);
}

static void __attribute__((noinline)) wait_for_tick(uint64_t us)
{
    uint64_t frequency = plain_frequency();
    uint64_t now = plain_counter();
    uint64_t end = now + us * frequency / 1000000;

    while (end > now) {
        now = plain_counter();
    }
}

uint64_t delay_short(uint64_t turns)
{
    for (uint64_t i = 0; i < turns * EACH_TURN; i++) {
        wait_for_tick(10);
    }
    return turns;
}

/* ---- A number of turns --------------------------------------------------- */

uint64_t read_counter(uint64_t turns)
{
    uint64_t back = 0;
    uint64_t last = 0;

    for (uint64_t i = 0; i < turns * EACH_TURN; i++) {
        uint64_t now = get_ticks();

        back += now < last;
        last = now;
    }
    return back;
}

uint64_t yield_only(uint64_t turns)
{
    for (uint64_t i = 0; i < turns * EACH_TURN; i++) {
        __asm__ volatile("yield" : : : "memory");
    }
    return turns;
}

/* ---- A timer's interrupt ------------------------------------------------- */

static void set_timer(void)
{
    WRITE_SYSTEM(cntv_tval_el0, ticks_of(DELAY_US));
    WRITE_SYSTEM(cntv_ctl_el0, 1);
}

uint64_t timer_wfi(uint64_t turns)
{
    controller_start_below();
    for (uint64_t i = 0; i < turns; i++) {
        set_timer();
        while (interrupts_taken <= i) {
            __asm__ volatile(
                "wfi\n\t"
                "msr daifclr, #2\n\t"
                "isb\n\t"
                "msr daifset, #2"
                :
                :
                : "memory");
        }
    }
    return interrupts_taken;
}

/* The handler's count is looked at until it changes. */
uint64_t timer_flag(uint64_t turns)
{
    controller_start_below();
    __asm__ volatile("msr daifclr, #2" : : : "memory");
    for (uint64_t i = 0; i < turns; i++) {
        set_timer();
        while (interrupts_taken <= i) {
        }
    }
    __asm__ volatile("msr daifset, #2" : : : "memory");
    return interrupts_taken;
}

/* The timer's own status, without an interrupt. */
uint64_t timer_status(uint64_t turns)
{
    enum { ENABLE = 1, MASK = 2, STATUS = 4 };

    for (uint64_t i = 0; i < turns; i++) {
        WRITE_SYSTEM(cntv_tval_el0, ticks_of(DELAY_US));
        WRITE_SYSTEM(cntv_ctl_el0, ENABLE | MASK);
        while ((SYSREG_READ(cntv_ctl_el0) & STATUS) == 0) {
        }
    }
    WRITE_SYSTEM(cntv_ctl_el0, 0);
    return turns;
}
