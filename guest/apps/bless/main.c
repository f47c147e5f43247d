/* SPDX-License-Identifier: Apache-2.0 */
/* A guest that is content: when what runs is on trial, it has it accepted. */
#include "abi/boot_service.h"
#include "abi/fwu.h"
#include "abi/monitor_call.h"
#include "guest/kit/pl011/pl011.h"
#include "guest/kit/smccc/smccc.h"

void main(void);

static int bless(void)
{
    struct smccc type = {{MONITOR_CALL_IMAGE_TYPE}};
    smccc_call(&type);
    struct smccc accept = {
        {MONITOR_CALL_FWU_ACCEPT, type.x[0], type.x[1], type.x[2], type.x[3]}
    };
    smccc_call(&accept);
    return (int)accept.x[0];
}

void main(void)
{
    struct smccc off = {{(uint32_t)PSCI_SYSTEM_OFF}};
    struct smccc state = {{MONITOR_CALL_UPDATE_STATE}};
    smccc_call(&state);
    if (state.x[0] == BOOT_SERVICE_BANK_TRIAL) {
        int status = bless();
        pl011_text("bless: on trial, ");
        pl011_decimal(state.x[1]);
        pl011_text(" boots left: ");
        pl011_text(status == FWU_SUCCESS ? "blessed\n" : "refused\n");
    } else {
        pl011_text("bless: nothing is on trial\n");
    }
    smccc_call(&off);
}
