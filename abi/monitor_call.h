/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that the monitor of board trust answers besides PSCI: SMC Calling
 * Convention (DEN0028), SMC32 fast calls of the SiP service. Those for updates
 * have the function numbers, arguments and answers of the firmware update ABI
 * (DEN0118, section 3) in registers, for this system has no message transport
 * that the ABI could run over. Only preprocessor constants.
 */
#ifndef ABI_MONITOR_CALL_H
#define ABI_MONITOR_CALL_H

#define MONITOR_CALL_SIP 0x82000000

/* x0: FWU_SUCCESS; x1: version of the ABI; x2: FWU functions that are there,
 * a bit each. */
#define MONITOR_CALL_FWU_DISCOVERY 0x82000000
/* x1 to x4: GUID of the image type, four words. x0: FWU status. */
#define MONITOR_CALL_FWU_ACCEPT 0x82000017
/* x0: FWU status. */
#define MONITOR_CALL_FWU_SELECT_PREVIOUS 0x82000018
/* Ours. x0: BOOT_SERVICE_BANK_*; x1: boots left of a trial. */
#define MONITOR_CALL_UPDATE_STATE 0x82000020
/* Cairn's own. x0 to x3: GUID of the image type that capsules name, four words;
 * zeros when it is unknown. */
#define MONITOR_CALL_IMAGE_TYPE 0x82000021

/* General queries (DEN0028, 6.2). */
#define MONITOR_CALL_COUNT    0x8200ff00
#define MONITOR_CALL_UID      0x8200ff01
#define MONITOR_CALL_REVISION 0x8200ff03

#endif
