/* SPDX-License-Identifier: Apache-2.0 */
/* Brings up the other cores one after the other, so that they do not speak at
 * once. No PSCI: what runs below has one core. */
#include <stdint.h>

#include "abi/ast2700.h"
#include "guest/kit/ns16550/ns16550.h"
#include "guest/kit/print/print.h"

uint64_t bl31_main(void);
void bl31_core(unsigned core);
void bl31_secondary(void);

enum { CORES = 4 };

/* Whole registers at a time: a core that polls one must not see half. */
static volatile uint64_t *const entry_points =
    (volatile uint64_t *)(AST2700_SCU0 + AST2700_SCU0_EP0);

static const struct printer console = {ns16550_put_line, AST2700_UART12};
static volatile uint32_t cores_up;

static void say(const char *text, unsigned core)
{
    print_text(&console, text);
    print_decimal(&console, core);
    print_text(&console, "\n");
}

void bl31_core(unsigned core)
{
    say("BL31 (stand-in): core ", core);
    cores_up = core;
    __asm__ volatile("dsb sy\n\tsev" ::: "memory");
}

static void start_core(unsigned core)
{
    entry_points[core] = (uint64_t)(uintptr_t)bl31_secondary;
    __asm__ volatile("dsb sy\n\tsev" ::: "memory");
    while (cores_up != core) {
        __asm__ volatile("wfe");
    }
}

uint64_t bl31_main(void)
{
    say("BL31 (stand-in): hello at EL3 from core ", 0);
    for (unsigned core = 1; core < CORES; core++) {
        start_core(core);
    }
    return entry_points[0];
}
