/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SMBIOS tables of the machine, as files for firmware: DMTF DSP0134 3.0.
 */
#ifndef PLATFORM_GUEST_SMBIOS_H
#define PLATFORM_GUEST_SMBIOS_H

#include "platform/machine/machine.h"

struct guest_smbios {
    struct buffer anchor; /* the entry point, its table address 0 */
    struct buffer tables;
};

/* Both are empty before. */
void guest_smbios_make(struct guest_smbios *smbios,
                       struct cairn_machine *machine, uint64_t memory_start,
                       uint64_t memory_size);
void guest_smbios_fini(struct guest_smbios *smbios);

#endif
