/* SPDX-License-Identifier: Apache-2.0 */
/* A guest that is content: when what runs is on trial, it has it accepted. */
#include "abi/boot_service.h"
#include "abi/fwu.h"
#include "abi/monitor_call.h"
#include "abi/psci.h"
#include "guest/kit/pl011/pl011.h"
#include "guest/kit/smccc/smccc.h"

void main(void);

static int bless(void)
{
    struct smccc type = {{MONITOR_CALL_IMAGE_TYPE}};
    smccc_smc(&type);
    struct smccc accept = {
        {MONITOR_CALL_FWU_ACCEPT, type.x[0], type.x[1], type.x[2], type.x[3]}
    };
    smccc_smc(&accept);
    return (int)accept.x[0];
}

void main(void)
{
    struct smccc off = {{PSCI_SYSTEM_OFF}};
    struct smccc state = {{MONITOR_CALL_UPDATE_STATE}};
    smccc_smc(&state);
    if (state.x[0] == BOOT_SERVICE_BANK_TRIAL) {
        int status = bless();
        print_text(&pl011, "bless: on trial, ");
        print_decimal(&pl011, state.x[1]);
        print_text(&pl011, " boots left: ");
        print_text(&pl011, status == FWU_SUCCESS ? "blessed\n" : "refused\n");
    } else {
        print_text(&pl011, "bless: nothing is on trial\n");
    }
    smccc_smc(&off);
}
