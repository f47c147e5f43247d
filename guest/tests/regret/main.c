/* SPDX-License-Identifier: Apache-2.0 */
/* A guest that is not content: it wants the previous bank back. Before that it
 * asks for what the monitor has to refuse. */
#include "abi/fwu.h"
#include "abi/monitor_call.h"
#include "abi/psci.h"
#include "guest/kit/pl011/pl011.h"
#include "guest/kit/smccc/smccc.h"

void main(void);

static void say(const char *what, int status, int wanted)
{
    print_text(&pl011, "regret: ");
    print_text(&pl011, what);
    print_text(&pl011,
               status == wanted ? ": as it should be\n" : ": wrong answer\n");
}

static int call(uint32_t function, uint32_t first)
{
    struct smccc call = {
        {function, first}
    };
    smccc_smc(&call);
    return (int)call.x[0];
}

void main(void)
{
    enum { NOT_SUPPORTED = -1 };
    say("a function that is not there", call(MONITOR_CALL_SIP + 1, 0),
        NOT_SUPPORTED);
    say("blessing what is not here", call(MONITOR_CALL_FWU_ACCEPT, 1),
        FWU_OUT_OF_BOUNDS);
    say("the previous bank", call(MONITOR_CALL_FWU_SELECT_PREVIOUS, 0),
        FWU_SUCCESS);
    (void)call(PSCI_SYSTEM_OFF, 0);
}
