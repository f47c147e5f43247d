/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of what processors see of each other's stores: litmus tests of the
 * memory model, and additions of all processors to one place. Prints what came,
 * and leaves it to the host to say what may:
 *
 *   NAME OUTCOME:COUNT ...    outcome: a bit for each load, see outcome()
 *   add NAME SUM UPPER        in hexadecimal
 *   work NUMBER
 *   clock TURNS READS-THAT-WENT-BACK
 */
#include <stddef.h>
#include <stdint.h>

#include "guest/kit/gic/gic.h"
#include "guest/kit/mmio/mmio.h"
#include "guest/kit/pl011/pl011.h"
#include "guest/tests/litmus/work.h"

/* Instances at once; each has lines of its own for its places. */
enum {
    BATCH = 512,
    LINE = 16,
    PROCESSORS_MAX = 8,
    OUTCOMES = 16,
    SPINS = 500,
    SLACK = 16
};

void main(uint64_t number);
void start_processor(uint64_t number);
void report_failure(uint64_t syndrome, uint64_t address);
_Noreturn void power_off(void);

extern const volatile uint64_t parameters[6];

typedef void thread(uint64_t *x, uint64_t *y, uint64_t seen[2]);
typedef void addition(void *place, uint64_t turns);

/* MP: the second has the places in the other order, as in SB and LB. IRIW: two
 * more threads store to one place each. */
enum shape { MP, SB, LB, IRIW };

#define LITMUS(name, shape, first, second) thread first, second;
#define ADDITION(name, bytes)              addition add_##name;
#include "guest/tests/litmus/litmus.def"
#undef LITMUS
#undef ADDITION
thread store_once;

static const struct litmus {
    const char *name;
    enum shape shape;
    thread *first, *second;
} tests[] = {
#define LITMUS(name, shape, first, second) {#name, shape, first, second},
#define ADDITION(name, bytes)
#include "guest/tests/litmus/litmus.def"
#undef LITMUS
#undef ADDITION
};

static const struct {
    const char *name;
    addition *add;
    unsigned bytes; /* 0: the sum is 64 bytes behind a lock */
} additions[] = {
#define LITMUS(name, shape, first, second)
#define ADDITION(name, bytes) {#name, add_##name, bytes},
#include "guest/tests/litmus/litmus.def"
#undef LITMUS
#undef ADDITION
};

static uint64_t places[BATCH][2][LINE] __attribute__((aligned(128)));
static uint64_t seen[PROCESSORS_MAX][BATCH][2];
static uint64_t sum[LINE * 2] __attribute__((aligned(128)));

/* ---- Meeting ------------------------------------------------------------- */

/* How far each processor has come with so many others. */
static uint64_t progress[PROCESSORS_MAX + 1][PROCESSORS_MAX][LINE]
    __attribute__((aligned(128)));

static uint64_t load_acquire(const uint64_t *place)
{
    return __atomic_load_n(place, __ATOMIC_ACQUIRE);
}

/* Advances a step and waits until none of the first `count` processors is more
 * than `slack` steps behind. A processor that has waited for long yields to
 * another thread of the host. */
static void step(uint64_t number, uint64_t count, uint64_t slack)
{
    uint64_t mine = progress[count][number][0] + 1;

    __atomic_store_n(&progress[count][number][0], mine, __ATOMIC_RELEASE);
    for (uint64_t other = 0; other < count; other++) {
        for (unsigned i = 1;
             load_acquire(&progress[count][other][0]) + slack < mine; i++) {
            if (i % SPINS == 0) {
                __asm__ volatile("yield");
            }
        }
    }
}

static void meet(uint64_t number, uint64_t count)
{
    step(number, count, 0);
}

/* ---- Telling ------------------------------------------------------------- */

void report_failure(uint64_t syndrome, uint64_t address)
{
    print_text(&pl011, "unexpected exception ");
    print_hex(&pl011, syndrome, 1);
    print_text(&pl011, " at ");
    print_hex(&pl011, address, 1);
    print_text(&pl011, "\n");
    power_off();
}

/* ---- Litmus tests -------------------------------------------------------- */

static void delay(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    for (uint64_t i = *state >> 56; i != 0; i--) {
        __asm__ volatile("");
    }
}

static void run_instance(const struct litmus *test, uint64_t number, unsigned i)
{
    uint64_t *x = places[i][0];
    uint64_t *y = places[i][1];
    uint64_t *to = seen[number][i];

    if (number >= 2) {
        store_once(number == 2 ? x : y, x, to);
    } else if (number == 0) {
        test->first(x, y, to);
    } else {
        test->second(y, x, to);
    }
}

static unsigned outcome(unsigned i)
{
    return (unsigned)(seen[0][i][0] | seen[0][i][1] << 1 | seen[1][i][0] << 2 |
                      seen[1][i][1] << 3);
}

/* Code behind the place x that leaves 0 in X7, and X5 once its branch is a NOP.
 * A processor may execute both while another writes one over the other (DDI
 * 0487, B2.2.5). */
static void write_code(uint64_t *code)
{
    code[0] = 0x14000002aa1f03e7; /* mov x7, xzr; b .+8 */
    code[1] = 0xd65f03c0aa0503e7; /* mov x7, x5; ret */
    __asm__ volatile("dc cvau, %0\n dsb ish\n ic ivau, %0\n dsb ish" ::"r"(code)
                     : "memory");
}

static void clear(const struct litmus *test)
{
    for (unsigned i = 0; i < BATCH; i++) {
        places[i][0][0] = 0;
        places[i][1][0] = 0;
        if (test->first == store_store_code) {
            write_code(&places[i][0][LINE / 2]);
        }
    }
}

/* Four that wait for each other at each instance take long where they are not
 * all executed at once. */
static uint64_t slack_of(const struct litmus *test, unsigned i)
{
    return test->shape == IRIW && i >= SLACK ? SLACK : 0;
}

static void run_litmus(const struct litmus *test, uint64_t number)
{
    uint64_t count = test->shape == IRIW ? 4 : 2;
    uint64_t counts[OUTCOMES] = {0};
    uint64_t state = number;

    for (uint64_t done = 0; done < parameters[1]; done += BATCH) {
        if (number == 0) {
            clear(test);
        }
        meet(number, count);
        for (unsigned i = 0; i < BATCH; i++) {
            step(number, count, slack_of(test, i));
            delay(&state);
            run_instance(test, number, i);
        }
        meet(number, count);
        for (unsigned i = 0; number == 0 && i < BATCH; i++) {
            counts[outcome(i)]++;
        }
    }
    if (number == 0) {
        print_text(&pl011, test->name);
        for (unsigned i = 0; i < OUTCOMES; i++) {
            if (counts[i] != 0) {
                print_text(&pl011, " ");
                print_hex(&pl011, i, 1);
                print_text(&pl011, ":");
                print_hex(&pl011, counts[i], 1);
            }
        }
        print_text(&pl011, "\n");
    }
}

static void run_litmus_tests(uint64_t number, uint64_t processors)
{
    for (size_t i = 0;
         i < sizeof(tests) / sizeof(tests[0]) && i < parameters[2]; i++) {
        uint64_t count = tests[i].shape == IRIW ? 4 : 2;

        if (number < count && count <= processors) {
            run_litmus(&tests[i], number);
        }
    }
}

/* ---- Additions ----------------------------------------------------------- */

static void run_addition(size_t index, uint64_t number, uint64_t processors)
{
    unsigned bytes = additions[index].bytes;
    /* Bytes and halfwords have neighbours that others add to. */
    unsigned apart = bytes == 1 || bytes == 2 ? bytes : 0;

    if (number == 0) {
        for (unsigned i = 0; i < LINE * 2; i++) {
            sum[i] = 0;
        }
    }
    meet(number, processors);
    additions[index].add((uint8_t *)sum + apart * (number & 1), parameters[3]);
    meet(number, processors);
    if (number == 0) {
        print_text(&pl011, "add ");
        print_text(&pl011, additions[index].name);
        print_text(&pl011, " ");
        print_hex(&pl011, sum[bytes == 0 ? 8 : 0], 1);
        print_text(&pl011, " ");
        print_hex(&pl011, sum[bytes == 0 ? 9 : 1], 1);
        print_text(&pl011, "\n");
    }
    meet(number, processors);
}

/* ---- Work that has nothing to do with others' ---------------------------- */

static uint64_t own[PROCESSORS_MAX][LITMUS_WORDS]
    __attribute__((aligned(4096)));

static void run_work(uint64_t number, uint64_t processors)
{
    meet(number, processors);
    uint64_t taken = litmus_work(own[number], parameters[4]);
    meet(number, processors);
    if (number == 0) {
        print_text(&pl011, "work ");
        print_hex(&pl011, taken, 1);
        print_text(&pl011, "\n");
    }
}

/* ---- Turns that are waited for, and the system counter in them ----------- */

enum { GICD_SGIR = 0xf00, NONE_PENDING = 1023 };

static uint64_t queue[LINE], served[LINE], last_count, went_back;

static uint64_t read_clock(void)
{
    uint64_t count;

    __asm__ volatile("isb\n mrs %0, cntvct_el0" : "=r"(count)::"memory");
    return count;
}

/* By the lock's holder. */
static void look_at_clock(void)
{
    uint64_t count = read_clock();

    went_back += count < last_count;
    last_count = count;
}

/* Each way to wait for others: a plain loop, YIELD and WFE. */
static void wait_for_turn(uint64_t ticket, uint64_t way)
{
    while (load_acquire(&served[0]) != ticket) {
        if (way % 3 == 1) {
            __asm__ volatile("yield");
        } else if (way % 3 == 2) {
            __asm__ volatile("wfe");
        }
    }
}

static void take_turns(uint64_t number, uint64_t turns)
{
    uint64_t state = number;

    for (uint64_t i = 0; i < turns; i++) {
        wait_for_turn(__atomic_fetch_add(&queue[0], 1, __ATOMIC_RELAXED),
                      i + number);
        look_at_clock();
        uint64_t next = served[0] + 1;
        __atomic_store_n(&served[0], next, __ATOMIC_RELEASE);
        __asm__ volatile("sev");
        delay(&state);
        uint64_t start = read_clock();
        while (read_clock() - start < state >> 56) {
        }
    }
}

/* One processor after the other runs, and all others sleep. */
static void relay(uint64_t number, uint64_t processors, uint64_t turns)
{
    uint64_t state = number;

    mmio_write(GICD + GICD_CTLR, 1);
    mmio_write(GICC + GICC_PMR, 0xff);
    mmio_write(GICC + GICC_CTLR, 1);
    meet(number, processors);
    for (uint64_t i = 0; i < turns; i++) {
        uint32_t interrupt = NONE_PENDING;

        while ((i != 0 || number != 0) &&
               ((interrupt = mmio_read(GICC + GICC_IAR)) & 1023) ==
                   NONE_PENDING) {
            __asm__ volatile("wfi");
        }
        mmio_write(GICC + GICC_EOIR, interrupt);
        look_at_clock();
        delay(&state);
        mmio_write(GICD + GICD_SGIR, 1u << 16 << (number + 1) % processors);
    }
}

static void run_clock(uint64_t number, uint64_t processors, uint64_t turns)
{
    meet(number, processors);
    take_turns(number, turns);
    relay(number, processors, turns);
    meet(number, processors);
    if (number == 0) {
        print_text(&pl011, "clock ");
        print_hex(&pl011, served[0], 1);
        print_text(&pl011, " ");
        print_hex(&pl011, went_back, 1);
        print_text(&pl011, "\n");
    }
}

void main(uint64_t number)
{
    uint64_t processors = parameters[0];

    for (uint64_t i = 1; number == 0 && i < processors; i++) {
        start_processor(i);
    }
    meet(number, processors);
    run_litmus_tests(number, processors);
    meet(number, processors);
    for (size_t i = 0;
         i < sizeof(additions) / sizeof(additions[0]) && parameters[3] != 0;
         i++) {
        run_addition(i, number, processors);
    }
    if (parameters[4] != 0) {
        run_work(number, processors);
    }
    if (parameters[5] != 0) {
        run_clock(number, processors, parameters[5]);
    }
    if (number == 0) {
        power_off();
    }
}

/* Functions that the compiler calls. */
void *memset(void *to, int value, size_t size);
void *memset(void *to, int value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        ((volatile uint8_t *)to)[i] = (uint8_t)value;
    }
    return to;
}
