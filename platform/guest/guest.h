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

/* Before the machine is built: size of the memory, number of processors,
 * exception levels. wanted may be NULL. */
int guest_configure(struct board *board, const struct cairn_guest *wanted,
                    struct error *error);
/* After it was built and wired: reads the kernel and finds places. */
int guest_create(struct cairn_machine *machine,
                 const struct cairn_guest *wanted, struct error *error);
/* Connects the outputs that end the guest (cairn,power-off, cairn,restart).
 * -ENOENT for one that the device does not have. */
int guest_wire_switches(struct cairn_machine *machine, struct error *error);
/* True if PSCI turns this core on, and nothing else. */
bool guest_keeps_off(const struct cairn_machine *machine, size_t core);
/* At power-on and reset, when the cores are at their reset vectors. */
void guest_start(struct cairn_machine *machine);
/* Where no image of the guest is, up to the end of the memory; leaves both as
 * they are when guest is NULL. */
void guest_free_memory(const struct guest *guest, uint64_t *start,
                       uint64_t *end);
void guest_destroy(struct guest *guest);

#endif
