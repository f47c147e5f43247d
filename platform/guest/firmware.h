/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Items that firmware in the machine finds in its configuration device: how
 * many processors there are, the kernel to start, ACPI and SMBIOS tables. The
 * items are those of QEMU's virt machine, so that firmware for it finds them.
 */
#ifndef PLATFORM_GUEST_FIRMWARE_H
#define PLATFORM_GUEST_FIRMWARE_H

#include "platform/guest/dtb.h"

/* Nothing when the board has no such device. */
int guest_firmware_equip(struct cairn_machine *machine,
                         const struct cairn_guest *wanted,
                         const struct guest_dtb_options *options,
                         struct error *error);

#endif
