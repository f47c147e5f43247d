/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Function identifiers of the Power State Coordination Interface (DEN0022D,
 * 5.1) and those of the SMC Calling Convention (DEN0028E, 7) that say which
 * version is there, for callers and for firmware. Only preprocessor constants,
 * so that assembly may include this too.
 */
#ifndef ABI_PSCI_H
#define ABI_PSCI_H

#define PSCI_VERSION           0x84000000
#define PSCI_CPU_SUSPEND_32    0x84000001
#define PSCI_CPU_OFF           0x84000002
#define PSCI_CPU_ON_32         0x84000003
#define PSCI_AFFINITY_INFO_32  0x84000004
#define PSCI_MIGRATE_INFO_TYPE 0x84000006
#define PSCI_SYSTEM_OFF        0x84000008
#define PSCI_SYSTEM_RESET      0x84000009
#define PSCI_FEATURES          0x8400000a
#define PSCI_SYSTEM_RESET2_32  0x84000012
#define PSCI_CPU_SUSPEND_64    0xc4000001
#define PSCI_CPU_ON_64         0xc4000003
#define PSCI_AFFINITY_INFO_64  0xc4000004
#define PSCI_MIGRATE_64        0xc4000005

#define SMCCC_VERSION       0x80000000
#define SMCCC_ARCH_FEATURES 0x80000001
#define SMCCC_1_1           0x00010001 /* what SMCCC_VERSION answers */

#endif
