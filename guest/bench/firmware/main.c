/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor at EL3: prepares the level that a row wants, runs it, prints its
 * result on the normal world's serial port and turns the machine off. */
#include "guest/bench/firmware/firmware.h"
#include "guest/kit/mmio/mmio.h"
#include "guest/kit/pl011/pl011.h"

enum where { BARE, MAPPED, BELOW, ENTERED };

static const struct {
    row *function;
    enum where where;
} rows[] = {
#define FIRMWARE(name, where) {name, where},
#include "guest/bench/firmware/firmware.def"
#undef FIRMWARE
};

enum scr_bits {
    SCR_NS = 1 << 0,
    SCR_ONES = 3 << 4,
    SCR_HCE = 1 << 8,
    SCR_RW = 1 << 10,
};

enum { STACK_BYTES = 16384 };

static uint8_t stacks_below[PROCESSORS_MAX][STACK_BYTES]
    __attribute__((aligned(16)));

/* Where all processors but the first wait in the flash, see start.S. */
volatile uint32_t released;

/* The processors whose rows are over. */
static volatile uint64_t done[PROCESSORS_MAX][LINE_WORDS];

/* By the Secure GPIO's first pin. */
static _Noreturn void power_off(void)
{
    enum { GPIO = 0x090b0000, DIRECTION = 0x400, FIRST_PIN = 4 };

    mmio_write(GPIO + DIRECTION, 1);
    mmio_write(GPIO + FIRST_PIN, 1);
    for (;;) {
    }
}

_Noreturn void report_failure(uint64_t syndrome, uint64_t address)
{
    print_text(&pl011, "unexpected exception ");
    print_hex(&pl011, syndrome, 1);
    print_text(&pl011, " at ");
    print_hex(&pl011, address, 1);
    print_text(&pl011, "\n");
    power_off();
}

/* The state that a monitor sets up for a normal world with EL2. */
static void prepare_el2(void)
{
    WRITE_SYSTEM(hcr_el2, UINT64_C(1) << 31);
    WRITE_SYSTEM(vbar_el2, (uintptr_t)vectors_el2);
    WRITE_SYSTEM(cnthctl_el2, 3);
    WRITE_SYSTEM(cntvoff_el2, 0);
    WRITE_SYSTEM(cptr_el2, 0x33ff);
    WRITE_SYSTEM(vttbr_el2, 0);
    WRITE_SYSTEM(vpidr_el2, SYSREG_READ(midr_el1));
    WRITE_SYSTEM(vmpidr_el2, SYSREG_READ(mpidr_el1));
}

static uint64_t at_el1(row *function, uint64_t turns, uint64_t number)
{
    WRITE_SYSTEM(scr_el3, SCR_NS | SCR_ONES | SCR_RW | SCR_HCE);
    if ((SYSREG_READ(id_aa64pfr0_el1) >> 8 & 15) != 0) {
        prepare_el2();
    }
    WRITE_SYSTEM(vbar_el1, (uintptr_t)vectors_el1);
    WRITE_SYSTEM(cntkctl_el1, 0);
    tables_on_el1();
    return run_below(function, turns, stacks_below[number] + STACK_BYTES);
}

static uint64_t run(uint64_t index, uint64_t number)
{
    row *function = rows[index].function;
    uint64_t turns = parameters[1];

    if (rows[index].where == BARE) {
        return function(turns);
    }
    tables_on_el3();
    return rows[index].where == MAPPED ? function(turns)
                                       : at_el1(function, turns, number);
}

void monitor(uint64_t number)
{
    uint64_t index = parameters[0];

    WRITE_SYSTEM(cptr_el3, 0);
    tables_off_el3();
    controller_start(number);
    if (number == 0) {
        tables_make();
        released = 1;
        __asm__ volatile("dsb sy\n\tsev" : : : "memory");
    } else if (rows[index].where != ENTERED) {
        return;
    }
    uint64_t result = run(index, number);
    tables_off_el3();
    done[number][0] = 1;
    if (number != 0) {
        return;
    }
    for (uint64_t i = 0; rows[index].where == ENTERED && i < parameters[2];
         i++) {
        while (done[i][0] == 0) {
        }
    }
    print_text(&pl011, "result ");
    print_hex(&pl011, result, 16);
    print_text(&pl011, "\n");
    power_off();
}
