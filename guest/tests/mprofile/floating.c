/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The FP context of cores that have one: enabling, what exceptions stack of it
 * and when, lazily or at once, and what becomes of it on return.
 */
#include "guest/tests/mprofile/mprofile.h"

#define FPCAR REG(0xe000ef38)

static bool uses_fp;
static uint32_t seen_fpcar;
static uint32_t seen_fpccr;
static uint32_t seen_return;
static uint32_t seen_word;

static uint32_t fpscr(void)
{
    uint32_t value;

    __asm__ volatile("vmrs %0, fpscr" : "=r"(value));
    return value;
}

static uint32_t control(void)
{
    uint32_t value;

    __asm__ volatile("mrs %0, control" : "=r"(value));
    return value;
}

void handle(unsigned exception, struct frame *frame, uint32_t exc_return)
{
    if (exception == 6) {
        say("usage fault", CFSR);
        CFSR = 0xffffffff;
        CPACR |= 0xf << 20;
        __asm__ volatile("dsb\n isb");
        return;
    }
    seen_return = exc_return;
    seen_fpccr = FPCCR & ~0x400u; /* UFRDY is Armv8-M's alone */
    seen_fpcar = FPCAR - (uint32_t)frame;
    if (uses_fp) {
        __asm__ volatile("vmov.f32 s0, #2.0\n vmov.f32 s17, #3.0" ::: "s0");
        seen_word = REG((uint32_t)frame + 0x20);
    }
}

static void tell(const char *name)
{
    uint32_t s0;
    uint32_t s15;
    uint32_t s16;

    __asm__ volatile("vmov %0, s0\n vmov %1, s15\n vmov %2, s16"
                     : "=r"(s0), "=r"(s15), "=r"(s16));
    say(name, seen_return);
    say("  fpccr", seen_fpccr);
    say("  fpcar", seen_fpcar);
    say("  stacked s0", seen_word);
    say("  s0", s0);
    say("  s15", s15);
    say("  s16", s16);
    say("  fpscr", fpscr());
    say("  control", control());
    seen_word = 0;
}

static void set_fpccr(uint32_t value)
{
    FPCCR = value;
    __asm__ volatile("dsb\n isb");
}

static void call(void)
{
    __asm__ volatile(
        "vmov.f32 s0, #1.0\n vmov.f32 s15, #1.5\n"
        "vmov.f32 s16, #1.75\n svc #0" ::
            : "s0", "s15", "s16");
}

/* Its first instruction may save FP registers: they are not enabled then. */
__attribute__((noinline)) static void go_through(void)
{
    __asm__ volatile("vmov.f32 s0, #1.0" ::: "s0");
    say("fpccr", FPCCR);
    call();
    tell("lazy, not used");
    uses_fp = true;
    call();
    tell("lazy, used");
    set_fpccr(0x80000000); /* at once */
    call();
    tell("at once, used");
    uses_fp = false;
    call();
    tell("at once, not used");
    set_fpccr(0); /* the program's own affair */
    __asm__ volatile("movs r0, #0\n msr control, r0\n isb" ::: "r0");
    call();
    tell("by hand");
    set_fpccr(0xc0000000);
    __asm__ volatile("vmsr fpscr, %0" : : "r"(0xf7c0009f));
    say("fpscr", fpscr());
    REG(0xe000ef3c) = 0x02000000;
    __asm__ volatile("movs r0, #0\n msr control, r0\n isb" ::: "r0");
    say("fresh fpscr", fpscr());
    say("control", control());
    CPACR &= ~(0xfu << 20);
    __asm__ volatile("dsb\n isb\n vadd.f32 s1, s2, s3" ::: "s1");
    CPACR = 5 << 20; /* for privileged code alone */
    __asm__ volatile("dsb\n isb\n vadd.f32 s1, s2, s3" ::: "s1");
    print("done\n");
}

void program(void)
{
    SHCSR = 7 << 16;
    go_through();
}
