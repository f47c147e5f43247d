/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two cores and a restart by PSCI (DEN0022): what the calls answer is compared
 * with what they have to. After the restart, which leaves memory alone, it
 * ends.
 */
#include "abi/psci.h"
#include "guest/kit/pl011/pl011.h"
#include "guest/kit/smccc/smccc.h"

enum { FIRST = 0, SECOND = 1, NO_CORE = 99, CONTEXT = 0x1234 };
enum { OFF = 1, ON = 0, SUCCESS = 0, INVALID = -2, ALREADY_ON = -4 };
enum { RESTARTED = 0x52535452 };

/* In memory that no image covers. */
static volatile uint32_t *const kept = (uint32_t *)(uintptr_t)0x48000000;

static volatile uint64_t context; /* as the second core found it */
static volatile uint32_t may_end;
static volatile uint32_t first_goes; /* and the second core fetches it back */

void main(void);
void second(void); /* second.S */
void second_main(uint64_t found);
void first(void);
void first_main(void);

static int call(uint32_t function, uint64_t a, uint64_t b, uint64_t c)
{
    struct smccc call = {
        {function, a, b, c}
    };
    smccc_smc(&call);
    return (int)call.x[0];
}

static int turn_on(unsigned core, void (*entry)(void))
{
    return call(PSCI_CPU_ON_64, core, (uint64_t)(uintptr_t)entry, CONTEXT);
}

static void wait_until_off(unsigned core)
{
    while (call(PSCI_AFFINITY_INFO_64, core, 0, 0) != OFF) {
    }
}

void second_main(uint64_t found)
{
    context = found;
    while (may_end == 0) {
    }
    if (first_goes != 0) {
        wait_until_off(FIRST);
        (void)turn_on(FIRST, first);
    }
    (void)call(PSCI_CPU_OFF, 0, 0, 0);
    print_text(&pl011, "cores: a core that is off goes on\n");
}

static void say(const char *what, int answer, int wanted)
{
    print_text(&pl011, "cores: ");
    print_text(&pl011, what);
    print_text(&pl011, answer == wanted ? ": good\n" : ": wrong\n");
}

static void run_second(void)
{
    context = 0;
    may_end = 0;
    say("on", turn_on(SECOND, second), SUCCESS);
    while (context != CONTEXT) {
    }
    say("on while on", turn_on(SECOND, second), ALREADY_ON);
    say("state on", call(PSCI_AFFINITY_INFO_64, SECOND, 0, 0), ON);
    may_end = 1;
    if (first_goes != 0) {
        (void)call(PSCI_CPU_OFF, 0, 0, 0);
    }
    wait_until_off(SECOND);
}

/* The first core after it was off: its monitor starts no kernel again. */
void first_main(void)
{
    wait_until_off(SECOND);
    print_text(&pl011, "cores: the first one came back\n");
    *kept = RESTARTED;
    (void)call(PSCI_SYSTEM_RESET, 0, 0, 0);
}

void main(void)
{
    if (*kept == RESTARTED) {
        print_text(&pl011, "cores: restarted\n");
        (void)call(PSCI_SYSTEM_OFF, 0, 0, 0);
    }
    say("no such core", turn_on(NO_CORE, second), INVALID);
    run_second();
    run_second();
    print_text(&pl011, "cores: twice on and off\n");
    first_goes = 1;
    run_second();
}
