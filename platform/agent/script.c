/* SPDX-License-Identifier: Apache-2.0 */
/* The script that the agent runs where the user gives none. */
#include "platform/agent/agent.h"

/* The order is that of the Caliptra integration specification, boot flow in
 * passive mode: fuses, users, randomness, then firmware when asked for. */
const char agent_default_script[] =
    "default USER 1\n"
    "default SEED 1\n"
    "default UNTIL runtime\n"
    "default FIRMWARE\n"
    "default FUSES\n"
    "default SECURITY_STATE\n"
    "default FMC_ENTRY 0x40000000\n"
    "user ${USER}\n"
    "trng external seed ${SEED}\n"
    "power\n"
    "if SECURITY_STATE line soc_ifc.security_state ${SECURITY_STATE}\n"
    "line soc_ifc.cptra_pwrgood 1\n"
    "line soc_ifc.cptra_rst_b 1\n"
    "wait soc_ifc.ready_for_fuses\n"
    "if FIRMWARE fuses-for \"${FIRMWARE}\"\n"
    "if FUSES fuses \"${FUSES}\"\n"
    "write CPTRA_MBOX_VALID_PAUSER[0] ${USER}\n"
    "write CPTRA_MBOX_PAUSER_LOCK[0] 1\n"
    "write CPTRA_TRNG_VALID_PAUSER ${USER}\n"
    "write CPTRA_TRNG_PAUSER_LOCK 1\n"
    "write CPTRA_WDT_CFG 100000000\n"
    "write CPTRA_FUSE_WR_DONE 1\n"
    "write CPTRA_BOOTFSM_GO 1\n"
    "if-is UNTIL reset stop\n"
    "wait soc_ifc.ready_for_fw\n"
    "if-is UNTIL firmware-ready stop\n"
    "unless FIRMWARE stop\n"
    "firmware \"${FIRMWARE}\"\n"
    "if-is UNTIL fmc until cpu ${FMC_ENTRY}\n"
    "if-is UNTIL fmc stop\n"
    "wait soc_ifc.ready_for_runtime\n";

const char *cairn_agent_script(void)
{
    return agent_default_script;
}
