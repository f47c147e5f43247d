/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exceptions of Armv7-M and Armv8-M Mainline: what is stacked, in which order
 * they are taken, how faults escalate, what masks hold back, what the MPU
 * refuses, and IT blocks that are interrupted. Each line is the same on every
 * model of a core that follows the manual.
 */
#include "guest/tests/mprofile/mprofile.h"

extern uint8_t scratch[];
extern uint32_t process_stack_top[];

static const char *subject;
static uint32_t resume; /* where faults go on; 0: after the instruction */
static char order[64];
static unsigned ordered;

static void note(char letter)
{
    order[ordered++] = letter;
}

static void tell_order(const char *name)
{
    order[ordered] = '\n';
    order[ordered + 1] = 0;
    print(name);
    print(" ");
    print(order);
    ordered = 0;
}

static unsigned length_at(uint32_t pc)
{
    return *(volatile uint16_t *)pc >= 0xe800 ? 4 : 2;
}

static void tell_fault(unsigned exception, const struct frame *frame,
                       uint32_t exc_return)
{
    say(subject, exception);
    say("  exc_return", exc_return);
    say("  xpsr", frame->xpsr & 0x0f00fdff);
    say("  cfsr", CFSR);
    say("  hfsr", HFSR);
    if ((CFSR & 0x80) != 0) {
        say("  mmfar", MMFAR & 0xf0000fff);
    }
    if ((CFSR & 0x8000) != 0) {
        say("  bfar", BFAR);
    }
    CFSR = 0xffffffff;
    HFSR = 0xffffffff;
}

/* Actions of programs at each exception, by number. */
static void (*actions[48])(struct frame *frame);

void handle(unsigned exception, struct frame *frame, uint32_t exc_return)
{
    if (actions[exception] != 0) {
        actions[exception](frame);
        return;
    }
    bool called = exception == 3 && CFSR == 0; /* SVC, escalated */

    tell_fault(exception, frame, exc_return);
    if (exception >= 3 && exception <= 7 && !called) {
        frame->pc = resume != 0 ? resume : frame->pc + length_at(frame->pc);
        frame->xpsr &= ~0x0600fc00u;
        frame->xpsr |= 0x01000000;
        resume = 0;
    }
}

static void faults(void)
{
    SHCSR = 7 << 16;
    subject = "udf";
    __asm__ volatile("udf #7");
    subject = "udf.w";
    __asm__ volatile("udf.w #7");
    subject = "load nowhere";
    __asm__ volatile("ldr r0, [%0]" : : "r"(0x70000000) : "r0");
    subject = "store nowhere";
    __asm__ volatile("strb %0, [%0]" : : "r"(0x70000001));
    subject = "load multiple nowhere";
    __asm__ volatile("ldm %0, {r1, r2, r3}"
                     :
                     : "r"(0x70000000)
                     : "r1", "r2", "r3");
    subject = "load multiple unaligned";
    __asm__ volatile("ldm.w %0, {r1, r2, r3}"
                     :
                     : "r"(scratch + 2)
                     : "r1", "r2", "r3");
    subject = "load double unaligned";
    __asm__ volatile("ldrd r2, r3, [%0]" : : "r"(scratch + 2) : "r2", "r3");
    subject = "load exclusive unaligned";
    __asm__ volatile("ldrex r2, [%0]" : : "r"(scratch + 1) : "r2");
    subject = "coprocessor";
    __asm__ volatile("mrc p7, 0, r0, c0, c0, 0" : : : "r0");
    CCR |= 0x18;
    subject = "divide by zero";
    __asm__ volatile("udiv r0, %0, %1" : : "r"(5), "r"(0) : "r0");
    __asm__ volatile("sdiv r0, %0, %1" : : "r"(5), "r"(0) : "r0");
    subject = "load unaligned";
    __asm__ volatile("ldr r0, [%0]" : : "r"(scratch + 1) : "r0");
    __asm__ volatile("strh r0, [%0]" : : "r"(scratch + 1) : "r0");
    CCR &= ~0x18u;
    subject = "fetch nowhere";
    __asm__ volatile("ldr r0, =1f + 1\n str r0, [%0]\n bx %1\n .align 2\n1:"
                     :
                     : "r"(&resume), "r"(0x70000001)
                     : "r0", "memory");
    subject = "fetch never";
    __asm__ volatile("ldr r0, =1f + 1\n str r0, [%0]\n bx %1\n .align 2\n1:"
                     :
                     : "r"(&resume), "r"(0xe0000001)
                     : "r0", "memory");
    subject = "not thumb";
    __asm__ volatile("ldr r0, =1f + 1\n str r0, [%0]\n bx %1\n .align 2\n1:"
                     :
                     : "r"(&resume), "r"(scratch)
                     : "r0", "memory");
    SHCSR = 0;
    subject = "escalated udf";
    __asm__ volatile("udf #7");
    subject = "escalated load";
    __asm__ volatile("ldr r0, [%0]" : : "r"(0x70000000) : "r0");
    subject = "masked svc";
    __asm__ volatile("cpsid i\n svc #1\n cpsie i");
}

/* ---- Calls and stacks ---------------------------------------------------- */

static void tell_call(struct frame *frame)
{
    say("svc", *(uint16_t *)(frame->pc - 2));
    say("  xpsr", frame->xpsr & 0x0f00fdff);
    frame->r[0] += 1;
}

static uint32_t call(uint32_t value)
{
    register uint32_t r0 __asm__("r0") = value;

    __asm__ volatile("svc #3" : "+r"(r0) : : "memory");
    return r0;
}

static void calls(void)
{
    uint32_t a = 0;
    uint32_t b = 0;

    actions[11] = tell_call;
    say("called", call(41));
    /* With a stack that is not a multiple of 8. */
    __asm__ volatile("sub sp, #4\n svc #4\n add sp, #4" : : : "r0");
    /* In an IT block, which goes on behind it. */
    __asm__ volatile(
        "movs r3, #0\n cmp r3, #0\n"
        "ittee eq\n svceq #5\n moveq %0, #7\n movne %0, #8\n"
        "movne %1, #9\n"
        : "+r"(a), "+r"(b)
        :
        : "r0", "r3", "cc");
    say("a", a);
    say("b", b);
    /* A fault in one. */
    SHCSR = 7 << 16;
    subject = "udf in a block";
    __asm__ volatile("cmp %0, %0\n itt eq\n .short 0xde01\n moveq %0, #3"
                     : "+r"(a)
                     :
                     : "cc");
    say("a", a);
    __asm__ volatile(
        "mov r3, #0xf8000000\n msr apsr_nzcvq, r3\n"
        "mrs %0, apsr\n movs r3, #0\n msr apsr_nzcvq, r3\n"
        "mrs %1, apsr"
        : "=r"(a), "=r"(b)
        :
        : "r3", "cc");
    say("apsr set", a);
    say("apsr clear", b);
    a = 3;
    subject = "skipped udf";
    __asm__ volatile("cmp %0, %0\n itt ne\n .short 0xde01\n movne %0, #4"
                     : "+r"(a)
                     :
                     : "cc");
    say("a", a);
    subject = "svc on the process stack";
    actions[11] = 0;
    __asm__ volatile(
        "msr psp, %0\n movs r0, #2\n msr control, r0\n isb\n"
        "svc #6\n movs r0, #0\n msr control, r0\n isb"
        :
        : "r"(process_stack_top)
        : "r0", "memory");
    SHCSR = 0;
}

/* ---- Order --------------------------------------------------------------- */

static void enter_irq(struct frame *frame)
{
    unsigned irq = ipsr() - 16;

    note((char)('a' + irq));
    if (irq == 2) {
        ISPR = 1 << 1 | 1 << 3; /* one above, one below */
        __asm__ volatile("dsb\n isb");
    }
    note((char)('A' + irq));
}

static void enter_pendsv(struct frame *frame)
{
    note('p');
}

static void enter_systick(struct frame *frame)
{
    note('t');
    SYST_CSR = 0;
}

static void enter_svc(struct frame *frame)
{
    note('s');
    ICSR = 1 << 28;
    ICSR = 1 << 26;
    __asm__ volatile("dsb\n isb");
    note('S');
}

static void priorities(void)
{
    for (unsigned i = 0; i < 8; i++) {
        actions[16 + i] = enter_irq;
    }
    actions[14] = enter_pendsv;
    actions[15] = enter_systick;
    actions[11] = enter_svc;
    IPR(0) = 0x80;
    IPR(1) = 0x20;
    IPR(2) = 0x40;
    IPR(3) = 0x60;
    IPR(4) = 0x60;
    SHPR(14) = 0xe0;
    SHPR(15) = 0xe0;
    ISER = 0xff;
    ISPR = 1 << 2;
    __asm__ volatile("dsb\n isb");
    tell_order("nested");
    ISPR = 1 << 4 | 1 << 3 | 1 << 0;
    __asm__ volatile("dsb\n isb");
    tell_order("by number");
    STIR = 5;
    __asm__ volatile("dsb\n isb");
    tell_order("by STIR");
    __asm__ volatile("svc #0");
    tell_order("behind SVCall");
    __asm__ volatile("cpsid i");
    ISPR = 1 << 1 | 1 << 0;
    ICSR = 1 << 28;
    say("icsr", ICSR & 0x1fffffff);
    note('-');
    __asm__ volatile("cpsie i\n isb");
    tell_order("behind PRIMASK");
}

static void masks(void)
{
    __asm__ volatile("msr basepri, %0" : : "r"(0x40));
    ISPR = 1 << 1 | 1 << 2 | 1 << 3;
    __asm__ volatile("dsb\n isb");
    note('-');
    __asm__ volatile("msr basepri_max, %0" : : "r"(0x80));
    __asm__ volatile("msr basepri, %0\n isb" : : "r"(0));
    tell_order("behind BASEPRI");
    __asm__ volatile("cpsid f");
    ISPR = 1 << 1;
    __asm__ volatile("dsb\n isb");
    note('-');
    __asm__ volatile("cpsie f\n isb");
    tell_order("behind FAULTMASK");
    ICER = 2;
    ISPR = 2;
    say("disabled, pending", ISPR);
    ICPR = 2;
    say("disabled", ISPR);
    ISER = 2;
    /* Groups: bits 7 to 6 preempt. */
    AIRCR = 0x05fa0500;
    ISPR = 1 << 2;
    __asm__ volatile("dsb\n isb");
    tell_order("grouped");
    AIRCR = 0x05fa0000;
    SYST_RVR = 100;
    SYST_CVR = 0;
    SYST_CSR = 7;
    __asm__ volatile("wfi");
    tell_order("systick");
    say("countflag", SYST_CSR >> 16 & 1);
    ICER = 0xff;
    for (unsigned i = 11; i < 24; i++) {
        actions[i] = 0;
    }
}

/* ---- Privilege and protection -------------------------------------------- */

static void become_privileged(struct frame *frame)
{
    __asm__ volatile("movs r0, #0\n msr control, r0\n isb" : : : "r0");
}

static void privilege(void)
{
    uint32_t control;
    uint32_t primask;

    SHCSR = 7 << 16;
    actions[11] = become_privileged;
    __asm__ volatile("movs r0, #1\n msr control, r0\n isb" : : : "r0");
    subject = "unprivileged register";
    __asm__ volatile("ldr r0, [%0]" : : "r"(0xe000ed00) : "r0");
    __asm__ volatile("cpsid i\n mrs %0, primask" : "=r"(primask));
    __asm__ volatile("msr control, %1\n mrs %0, control"
                     : "=r"(control)
                     : "r"(0));
    __asm__ volatile("svc #0" : : : "r0");
    say("control", control);
    say("primask", primask);
    actions[11] = 0;
    SHCSR = 0;
}

static void protect(unsigned region, uint32_t base, uint32_t attributes)
{
    MPU_RNR = region;
    MPU_RBAR = base;
    MPU_RASR = attributes;
}

enum { SIZE_1K = 9 << 1, SIZE_4G = 31 << 1, ON = 1 };
enum { NONE = 0, RW = 3 << 24, RO = 6 << 24, RW_PRIVILEGED = 1 << 24 };

static void protection(void)
{
    uint32_t at = (uint32_t)scratch;

    SHCSR = 7 << 16;
    protect(0, 0, RW | SIZE_4G | ON);
    protect(1, at, RO | SIZE_1K | ON);
    protect(2, at + 0x400, NONE | SIZE_1K | ON | 0x0200); /* not the 2nd 128 */
    protect(3, at + 0x800, RW | SIZE_1K | ON | 1u << 28);
    MPU_CTRL = 5;
    __asm__ volatile("dsb\n isb");
    REG(at + 0x1000) = 1;
    subject = "store to read-only";
    __asm__ volatile("str %0, [%0]" : : "r"(at));
    say("read-only", REG(at) != 0);
    subject = "load of nothing";
    __asm__ volatile("ldr r0, [%0]" : : "r"(at + 0x400) : "r0");
    say("a hole", REG(at + 0x480) != 0);
    subject = "over the edge";
    __asm__ volatile("str %0, [%0]" : : "r"(at - 2));
    subject = "fetch of data";
    REG(at + 0x800) = 0x47704770;
    __asm__ volatile("ldr r0, =1f + 1\n str r0, [%0]\n bx %1\n .align 2\n1:"
                     :
                     : "r"(&resume), "r"(at + 0x801)
                     : "r0", "memory");
    MPU_CTRL = 0;
    __asm__ volatile("dsb\n isb");
    SHCSR = 0;
}

/* ---- The rest ------------------------------------------------------------ */

static void exclusives(void)
{
    uint32_t status;
    uint32_t value;
    uint32_t *word = (uint32_t *)scratch;

    *word = 5;
    __asm__ volatile("ldrex %1, [%2]\n add %1, #1\n strex %0, %1, [%2]"
                     : "=&r"(status), "=&r"(value)
                     : "r"(word)
                     : "memory");
    say("strex", status);
    say("  word", *word);
    __asm__ volatile("ldrex %1, [%2]\n clrex\n strex %0, %1, [%2]"
                     : "=&r"(status), "=&r"(value)
                     : "r"(word)
                     : "memory");
    say("strex behind clrex", status);
    actions[11] = become_privileged;
    __asm__ volatile("ldrex %1, [%2]\n svc #0\n strex %0, %1, [%2]"
                     : "=&r"(status), "=&r"(value)
                     : "r"(word)
                     : "memory", "r0");
    say("strex behind an exception", status);
    actions[11] = 0;
}

void program(void)
{
    faults();
    calls();
    priorities();
    masks();
    privilege();
    if ((REG(0xe000ed00) & 0xfff0) != 0xd210) {
        protection();
    }
    exclusives();
    print("done\n");
}
