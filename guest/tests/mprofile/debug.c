/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Self-hosted debug as a program uses it: watchpoints and breakpoints that
 * DebugMonitor takes, steps, and text and packets by ITM. QEMU has none of it,
 * so tests/mprofile/monitor-test.sh says what the manual lets expect.
 */
#include "guest/tests/mprofile/mprofile.h"

#define ITM_STIM(port)  REG(0xe0000000 + 4 * (port))
#define ITM_STIM8(port) REG8(0xe0000000 + 4 * (port))
#define ITM_TER         REG(0xe0000e00)
#define ITM_TCR         REG(0xe0000e80)
#define DWT_CTRL        REG(0xe0001000)
#define DWT_CYCCNT      REG(0xe0001004)
#define DWT_COMP(n)     REG(0xe0001020 + 16 * (n))
#define DWT_MASK(n)     REG(0xe0001024 + 16 * (n))
#define DWT_FUNCTION(n) REG(0xe0001028 + 16 * (n))
#define FP_CTRL         REG(0xe0002000)
#define FP_COMP(n)      REG(0xe0002008 + 4 * (n))
#define CPUID           REG(0xe000ed00)
#define DFSR            REG(0xe000ed30)
#define DEMCR           REG(0xe000edfc)
#define DAUTHCTRL       REG(0xe000ee04)
#define TPIU_ACPR       REG(0xe0040010)
#define TPIU_SPPR       REG(0xe00400f0)
#define TPIU_FFCR       REG(0xe0040304)

enum { TRCENA = 1 << 24, MON_STEP = 1 << 18, MON_EN = 1 << 16 };

extern uint32_t scratch[];

static volatile unsigned taken;
static volatile uint32_t cause;
static void (*monitor)(struct frame *frame);

void handle(unsigned exception, struct frame *frame, uint32_t exc_return)
{
    if (exception != 12) {
        say("exception", exception);
    }
    taken = taken + 1;
    cause = DFSR;
    DFSR = cause;
    if (monitor != 0) {
        monitor(frame);
    }
}

static bool is_v8(void)
{
    return (CPUID & 0xfff0) == 0xd210;
}

static void tell(const char *name)
{
    say(name, taken);
    say("  cause", cause);
    taken = 0;
    cause = 0;
}

/* A watchpoint on writes, or reads, of a word; v8 tells the size, v7 a mask. */
static void watch(unsigned n, void *place, bool writes)
{
    DWT_COMP(n) = (uint32_t)place;
    DWT_MASK(n) = 2;
    DWT_FUNCTION(n) = is_v8() ? (writes ? 0x815 : 0x816) : (writes ? 6 : 5);
}

static void watchpoints(void)
{
    volatile uint32_t *words = scratch;

    watch(0, &scratch[5], true);
    for (unsigned i = 0; i < 10; i++) {
        words[i] = i;
    }
    tell("writes");
    say("  word", words[5]);
    say("  matched", DWT_FUNCTION(0) >> 24 & 1);
    say("  matched", DWT_FUNCTION(0) >> 24 & 1);
    ((volatile uint8_t *)scratch)[21] = 0xaa;
    tell("byte");
    watch(0, &scratch[5], false);
    words[5] = words[4] + words[6];
    tell("not read");
    (void)words[5];
    tell("read");
    DWT_FUNCTION(0) = 0;
    watch(1, &scratch[8], true);
    __asm__ volatile("stm %0, {r0, r1, r2, r3}"
                     :
                     : "r"(scratch + 6)
                     : "memory");
    tell("multiple");
    DWT_FUNCTION(1) = 0;
    words[5] = words[8] = 0;
    tell("off");
}

static void cycles(void)
{
    DWT_CYCCNT = 0;
    DWT_CTRL = 1;
    DWT_COMP(0) = DWT_CYCCNT + 1000;
    DWT_FUNCTION(0) = is_v8() ? 0x11 : 0x84;
    while (DWT_CYCCNT < 2000) {
    }
    tell("cycles");
    DWT_FUNCTION(0) = 0;
}

static void disable(struct frame *frame)
{
    FP_COMP(0) = 0;
}

static void breakpoints(void)
{
    uint32_t where;
    uint32_t before = 0;

    monitor = disable;
    FP_CTRL = 3;
    __asm__ volatile("adr %0, 1f\n" : "=r"(where));
    if ((FP_CTRL >> 28) == 0) { /* halves of words */
        where = (where & ~3u) | ((where & 2) != 0 ? 2u : 1u) << 30;
    }
    __asm__ volatile(
        "str %2, [%1]\n"
        "dsb\n isb\n"
        "movs %0, #1\n"
        "b 1f\n"
        ".align 2\n"
        "1: adds %0, #1\n"
        : "=&r"(before)
        : "r"(&FP_COMP(0)), "r"(where | 1)
        : "memory");
    tell("breakpoint");
    say("  went on", before);
    monitor = 0;
    FP_CTRL = 2;
}

static void stop_stepping(struct frame *frame)
{
    if (taken == 10) {
        DEMCR &= ~(uint32_t)MON_STEP;
    }
}

/* Steps begin when the monitor is left. */
static void begin_stepping(struct frame *frame)
{
    frame->pc += 2;
    DEMCR |= MON_STEP;
    monitor = stop_stepping;
    taken = 0;
}

static void steps(void)
{
    monitor = begin_stepping;
    uint32_t count = 0;
    __asm__ volatile(
        "bkpt #1\n"
        "1: adds %0, #1\n"
        "cmp %0, #20\n"
        "itt ne\n"
        "nopne\n"
        "bne 1b\n"
        : "+r"(count)
        :
        : "memory");
    tell("steps");
    monitor = 0;
}

static void skip(struct frame *frame)
{
    frame->pc += 2;
}

static void breaks(void)
{
    monitor = skip;
    __asm__ volatile("bkpt #1\n");
    tell("bkpt");
}

static void trace(void)
{
    TPIU_ACPR = 0;
    TPIU_SPPR = 2;
    TPIU_FFCR = 0x100;
    ITM_TER = 0x80000003;
    ITM_TCR = 0x10001;
    for (const char *text = "hello from ITM\n"; *text != 0; text++) {
        while ((ITM_STIM(0) & 1) == 0) {
        }
        ITM_STIM8(0) = (uint8_t)*text;
    }
    ITM_STIM(1) = 0x12345678;
    ITM_STIM(2) = 0xdeadbeef; /* not enabled */
    *(volatile uint16_t *)&ITM_STIM(31) = 0xcafe;
    ITM_TCR = 0x10003; /* with time stamps */
    ITM_STIM8(1) = 0x99;
    ITM_STIM8(1) = 0xaa;
    ITM_TCR = 0;
    ITM_STIM8(0) = 'x';
}

void program(void)
{
    if (is_v8()) { /* the Secure state is debugged, too */
        DAUTHCTRL = 3;
    }
    DEMCR = TRCENA | MON_EN;
    watchpoints();
    cycles();
    breakpoints();
    steps();
    breaks();
    trace();
    DEMCR = 0;
    watch(0, scratch, true);
    scratch[0] = 1;
    tell("no monitor");
}
