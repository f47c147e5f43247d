/* SPDX-License-Identifier: Apache-2.0 */
/* Media of devices that make block requests, see cairn_disk_connect. */
#ifndef PLATFORM_MACHINE_DISK_H
#define PLATFORM_MACHINE_DISK_H

#include "platform/machine/machine.h"

/* Waits for the back ends and closes them. */
void disks_close(struct cairn_machine *machine);
/* Adds what the media are to a hash that says of which machine a state is. */
uint64_t disks_identity(const struct cairn_machine *machine, uint64_t hash);

#endif
