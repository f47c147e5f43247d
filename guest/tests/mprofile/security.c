/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Security Extension on AN505: attribution, calls between the states,
 * exceptions from one into the other, what they stack and hide, and accesses
 * that must not succeed.
 */
#include "guest/tests/mprofile/mprofile.h"

#define SAU_CTRL    REG(0xe000edd0)
#define SAU_RNR     REG(0xe000edd8)
#define SAU_RBAR    REG(0xe000eddc)
#define SAU_RLAR    REG(0xe000ede0)
#define SFSR        REG(0xe000ede4)
#define NSACR       REG(0xe000ed8c)
#define NSCCFG      REG(0x50080014)
#define VTOR_NS     REG(0xe002ed08)
#define ITNS        REG(0xe000e380)
#define SHCSR_NS    REG(0xe002ed24)
#define CFSR_NS     REG(0xe002ed28)
#define ICSR_NS     REG(0xe002ed04)
#define CCR_NS      REG(0xe002ed14)
#define MPU_CTRL_NS REG(0xe002ed94)
#define MPC(offset) REG(0x58007000 + (offset))

extern uint8_t scratch[], gate_first[], gate_last[];
extern uint32_t ns_stack_top[];

#define NS __attribute__((section(".ns"), noinline, used))

static const char *subject;
extern uint32_t last_registers[3];
__attribute__((used)) uint32_t last_registers[3];

/* ---- What the Secure state's handlers see -------------------------------- */

static uint32_t ns_stack(uint32_t exc_return)
{
    uint32_t sp;

    if ((exc_return & 4) != 0) {
        __asm__ volatile("mrs %0, psp_ns" : "=r"(sp));
    } else {
        __asm__ volatile("mrs %0, msp_ns" : "=r"(sp));
    }
    return sp;
}

void handle(unsigned exception, struct frame *frame, uint32_t exc_return)
{
    if ((exc_return & 0x40) == 0) {
        frame = (struct frame *)ns_stack(exc_return);
    }
    say(subject, exception);
    say("  exc_return", exc_return);
    say("  sfsr", SFSR & ~0x40u); /* not every model tells SFAR */
    say("  cfsr", CFSR);
    say("  hfsr", HFSR);
    say("  pc", frame->pc & 0xfff00000);
    if (exception == 3 || (exception >= 4 && exception <= 7)) {
        if ((SFSR & 1) != 0) {
            frame->pc = frame->lr & ~1u; /* an entry that is none: go back */
        } else {
            frame->pc += *(volatile uint16_t *)frame->pc >= 0xe800 ? 4 : 2;
        }
        frame->xpsr &= ~0x0600fc00u;
        frame->xpsr |= 0x01000000;
    }
    SFSR = 0xff;
    CFSR = 0xffffffff;
    HFSR = 0xffffffff;
}

/* ---- Non-secure ---------------------------------------------------------- */

__attribute__((naked)) NS static void ns_leave(void)
{
    __asm__("bx lr");
}

/* Handlers of the Non-secure state: what they see of registers goes through a
 * gate. */
__attribute__((naked)) NS static void ns_handler(void)
{
    __asm__(
        "push {r4, lr}\n"
        "mov r1, lr\n"
        "mov r2, r4\n"
        "mrs r0, ipsr\n"
        "ldr r3, =gate_note\n"
        "blx r3\n"
        "pop {r4, pc}\n"
        ".ltorg");
}

__attribute__((section(".ns_vectors"), aligned(128),
               used)) static void (*ns_vectors[48])(void) = {
    [0] = (void (*)(void))ns_stack_top,
    [1 ... 47] = ns_handler,
};

__attribute__((naked)) NS static uint32_t ns_load(uint32_t address)
{
    __asm__("ldr r0, [r0]\n bx lr");
}

__attribute__((naked)) NS static void ns_store(uint32_t address)
{
    __asm__("str r0, [r0]\n bx lr");
}

__attribute__((naked)) NS static uint32_t ns_call(uint32_t target)
{
    __asm__("push {r4, lr}\n blx r0\n pop {r4, pc}");
}

__attribute__((naked)) NS static uint32_t ns_svc(uint32_t value)
{
    __asm__("svc #9\n bx lr");
}

__attribute__((naked)) NS static uint32_t ns_forge(uint32_t exc_return)
{
    __asm__("mov r1, lr\n bx r0\n bx r1");
}

__attribute__((naked)) NS static uint32_t ns_tt(uint32_t address)
{
    __asm__("tt r0, r0\n bx lr");
}

__attribute__((naked)) NS static uint32_t ns_sg(uint32_t value)
{
    __asm__("sg\n adds r0, #1\n bx lr");
}

__attribute__((naked)) NS static uint32_t ns_control(uint32_t value)
{
    __asm__("mrs r0, control\n bx lr");
}

/* ---- Gates --------------------------------------------------------------- */

#define GATE __attribute__((section(".gate"), naked, used))

void gate_note(void);
GATE void gate_note(void)
{
    __asm__("sg\n b.w note");
}

uint32_t gate_add(uint32_t value);
GATE uint32_t gate_add(uint32_t value)
{
    __asm__("sg\n adds r0, #5\n bxns lr");
}

__attribute__((naked, used)) static void note(void)
{
    __asm__("push {r4, lr}\n bl tell_note\n pop {r4, lr}\n bxns lr");
}

__attribute__((used)) static void tell_note(uint32_t exception,
                                            uint32_t exc_return, uint32_t r4)
{
    say("non-secure exception", exception);
    say("  exc_return", exc_return);
    say("  r4", r4);
    say("  cfsr", CFSR_NS);
    CFSR_NS = 0xffffffff;
}

/* ---- Secure -------------------------------------------------------------- */

/* Calls a Non-secure function; callee registers have values of ours. */
__attribute__((naked, noinline)) static uint32_t
call_ns(uint32_t argument, uint32_t (*function)(uint32_t))
{
    __asm__(
        "push {r4-r11, lr}\n"
        "movw r4, #0x4444\n"
        "bic r1, #1\n"
        "blxns r1\n"
        "ldr r2, =last_registers\n"
        "str r4, [r2]\n"
        "mrs r3, ipsr\n"
        "str r3, [r2, #4]\n"
        "pop {r4-r11, pc}\n"
        ".ltorg");
}

static void attribute(unsigned region, uint32_t first, uint32_t last,
                      uint32_t flags)
{
    SAU_RNR = region;
    SAU_RBAR = first;
    SAU_RLAR = (last & ~31u) | flags;
}

/* The upper half of the first memory is Non-secure. */
static void open_memory(void)
{
    uint32_t words = MPC(0x10) + 1; /* BLK_MAX */

    MPC(0) = 1 << 8 | 1 << 4;
    MPC(0x18) = 0;
    for (uint32_t i = 0; i < words; i++) {
        MPC(0x1c) = i >= words / 2 ? 0xffffffff : 0;
    }
    NSCCFG = 1; /* code may be callable */
    attribute(0, 0x00200000, 0x003fffff, 1);
    attribute(1, (uint32_t)gate_first, (uint32_t)gate_last, 3);
    SAU_CTRL = 1;
    __asm__ volatile("dsb\n isb");
}

static uint32_t test_target(uint32_t address)
{
    uint32_t answer;

    __asm__ volatile("tt %0, %1" : "=r"(answer) : "r"(address));
    return answer;
}

static uint32_t test_alternate(uint32_t address)
{
    uint32_t answer;

    __asm__ volatile("tta %0, %1" : "=r"(answer) : "r"(address));
    return answer;
}

static void attributions(void)
{
    say("tt secure code", test_target(0x10000000));
    say("tt gate", test_target((uint32_t)gate_first));
    say("tt non-secure", test_target(0x00200000));
    say("tt not in sau", test_target(0x00100000));
    say("tt peripheral", test_target(0x40000000));
    say("tt secure peripheral", test_target(0x50000000));
    say("tt ppb", test_target(0xe000e000));
    say("tta non-secure", test_alternate(0x00200000));
    say("tta secure", test_alternate(0x10000000));
    say("ns tt", call_ns(0x00200000, ns_tt));
    say("ns tt secure", call_ns(0x10000000, ns_tt));
}

static void calls(void)
{
    uint32_t gate = (uint32_t)gate_add;

    call_ns(1, (uint32_t(*)(uint32_t))ns_leave);
    say("callee register", last_registers[0]);
    say("through a gate", call_ns(gate, ns_call));
    say("sg in non-secure memory", call_ns(6, ns_sg));
    say("control", call_ns(0, ns_control));
}

static void violations(void)
{
    subject = "ns load";
    call_ns(0x10000000, ns_load);
    subject = "ns store";
    call_ns((uint32_t)scratch, (uint32_t(*)(uint32_t))ns_store);
    subject = "ns load of a gate";
    call_ns((uint32_t)gate_first, ns_load);
    subject = "ns load of a secure peripheral";
    call_ns(0x50080000, ns_load);
    subject = "ns call of secure code";
    call_ns((uint32_t)note, ns_call);
    subject = "secure load of the alias";
    say("  value", *(volatile uint32_t *)0x00000000 != 0);
}

static void exceptions(void)
{
    uint32_t before = 0x1234;

    subject = "secure interrupt";
    ITNS = 1 << 2;
    ISER = 1 << 1 | 1 << 2;
    ISPR = 1 << 1;
    __asm__ volatile("dsb\n isb");
    say("itns", ITNS);
    ISPR = 1 << 2; /* Non-secure, from Secure code */
    __asm__ volatile("mov r4, %0\n dsb\n isb\n mov %0, r4"
                     : "+r"(before)
                     :
                     : "r4");
    say("kept", before);
    subject = "svc";
    __asm__ volatile("svc #3");
    say("ns svc", call_ns(77, ns_svc));
    AIRCR = 0x05fa4000; /* PRIS */
    say("aircr", AIRCR);
    IPR(1) = 0x80;
    IPR(2) = 0x00;
    __asm__ volatile("cpsid i");
    ISPR = 1 << 1 | 1 << 2;
    say("icsr", ICSR & 0x001ff000);
    __asm__ volatile("cpsie i\n isb");
    AIRCR = 0x05fa0000;
    ICSR_NS = 1 << 28;
    __asm__ volatile("dsb\n isb");
}

static void limits(void)
{
    uint32_t limit = (uint32_t)scratch + 0x100;

    /* The frame of the fault itself has room. */
    subject = "push below the limit";
    __asm__ volatile(
        "msr psp, %1\n msr psplim, %0\n"
        "movs r3, #2\n msr control, r3\n isb\n"
        "push {r0-r12, lr}\n"
        "movs r3, #0\n msr control, r3\n isb\n"
        "mrs r2, psp\n msr psplim, r3"
        :
        : "r"(limit), "r"(limit + 0x30)
        : "r2", "r3", "memory");
    subject = "sub below the limit";
    __asm__ volatile(
        "msr psp, %1\n msr psplim, %0\n"
        "movs r3, #2\n msr control, r3\n isb\n"
        "sub sp, #64\n"
        "movs r3, #0\n msr control, r3\n isb\n"
        "msr psplim, r3"
        :
        : "r"(limit), "r"(limit + 0x30)
        : "r3", "memory");
}

void program(void)
{
    SHCSR = 0xf << 16;
    VTOR_NS = (uint32_t)ns_vectors;
    __asm__ volatile("msr msp_ns, %0" : : "r"(ns_stack_top));
    SHCSR_NS = 7 << 16;
    open_memory();
    attributions();
    calls();
    violations();
    exceptions();
    limits();
    print("done\n");
}
