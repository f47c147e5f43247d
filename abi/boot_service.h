/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services that the application cores of board trust ask of its boot MCU, by
 * the service mailbox (`make docs`: soc-services.md): each core has a
 * channel. A core writes arguments, then the request; the request is done when
 * it reads as 0, and results are there then. Only preprocessor constants, so
 * that assembly may include this too.
 */
#ifndef ABI_BOOT_SERVICE_H
#define ABI_BOOT_SERVICE_H

#define BOOT_SERVICE          0x090c0000
#define BOOT_SERVICE_REQUEST  (BOOT_SERVICE + 0x000) /* + 4 x core */
#define BOOT_SERVICE_PENDING  (BOOT_SERVICE + 0x020)
#define BOOT_SERVICE_ARGUMENT (BOOT_SERVICE + 0x100) /* + 32 x core */
#define BOOT_SERVICE_RESULT   (BOOT_SERVICE + 0x200) /* + 16 x core */
#define BOOT_SERVICE_START    (BOOT_SERVICE + 0x300) /* + 16 x core */

/* START: where a core goes that was turned on, and what it finds in x0; two
 * words each, lower first. All zeros in the core that the boot MCU started. */

/* Requests. CORE_ON: core, entry and context of two words each. */
#define BOOT_SERVICE_CORE_ON    1
#define BOOT_SERVICE_CORE_OFF   2 /* the core that asks; done once it is held */
#define BOOT_SERVICE_CORE_STATE 3 /* core; result: 0 on, 1 off */
#define BOOT_SERVICE_POWER_OFF  4
#define BOOT_SERVICE_RESET      5
#define BOOT_SERVICE_UPDATE     6 /* result: state of the bank, boots left */
#define BOOT_SERVICE_FWU_ACCEPT                                                \
    7                              /* image type in four words; an FWU status  \
                                    */
#define BOOT_SERVICE_FWU_REVERSE 8 /* back to the previous bank; the same */
#define BOOT_SERVICE_IMAGE_TYPE  9 /* result: of what runs, four words */

/* Results of CORE_ON and CORE_STATE are PSCI's (DEN0022, 5.2.2). */
#define BOOT_SERVICE_CORE_GOOD    0
#define BOOT_SERVICE_CORE_INVALID (-2)
#define BOOT_SERVICE_CORE_DENIED  (-3)
#define BOOT_SERVICE_CORE_ON_NOW  (-4)

/* Results of UPDATE. */
#define BOOT_SERVICE_BANK_ACCEPTED 0
#define BOOT_SERVICE_BANK_TRIAL    1
#define BOOT_SERVICE_BANK_OTHER    2 /* what runs is not the active bank */

#endif
