/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine of application processors that starts without firmware in it: the
 * board is cut to size, kernel, initrd and device tree are put into memory at
 * every power-on and reset, and the first processor enters the kernel.
 */
#ifndef PLATFORM_GUEST_GUEST_H
#define PLATFORM_GUEST_GUEST_H

#include "platform/machine/machine.h"

struct guest;

/* NULL for a machine that starts none. */
static inline struct guest *guest_of(const struct cairn_machine *machine)
{
    return machine->extensions[EXTENSION_GUEST];
}

/* Before the machine is built: size of the memory, number of processors,
 * exception levels. wanted may be NULL. */
int guest_configure(struct board *board, const struct cairn_guest *wanted,
                    struct error *error);
/* Connects the outputs that end the guest (cairn,power-off, cairn,restart).
 * -ENOENT for one that the device does not have. */
int guest_wire_switches(struct cairn_machine *machine, struct error *error);
/* Where no image of the guest is, up to the end of the memory; leaves both as
 * they are when guest is NULL. */
void guest_free_memory(const struct guest *guest, uint64_t *start,
                       uint64_t *end);

extern const struct machine_extension guest_extension;

#endif
