/* SPDX-License-Identifier: Apache-2.0 */
/* Services that the boot MCU does for the application cores once the first one
 * runs (abi/boot_service.h). */
#ifndef GUEST_BOOTMCU_SERVICE_H
#define GUEST_BOOTMCU_SERVICE_H

#include "guest/bootmcu/metadata.h"

/* Sleeps between requests and kicks of the watchdog. bank is the one that was
 * booted; metadata is NULL when it is damaged. */
_Noreturn void service_run(struct metadata *metadata, unsigned bank);

#endif
