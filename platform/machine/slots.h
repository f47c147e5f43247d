/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slots: partitions of memories that hold a boot loader and the images that it
 * starts. The machine reports when processors first execute in them, and when
 * they first leave the Secure state; that is what the guest did. Beside it the
 * bench reports what it finds in a slot at that moment, by its own check with
 * the key that the boot loader has: that is no decision of the guest's.
 */
#ifndef PLATFORM_MACHINE_SLOTS_H
#define PLATFORM_MACHINE_SLOTS_H

#include "platform/machine/machine.h"
#include "trust/keys/known.h"

/* Looks for the board's partitions, and at its processors from now on. -ENODEV
 * for a board without a boot loader's. */
int machine_watch_slots(struct cairn_machine *machine, struct error *error);
void machine_forget_slots(struct cairn_machine *machine);
/* The run has ended: what was never entered, and what the slots hold. */
void machine_judge_slots(struct cairn_machine *machine);
/* Takes back what that reported: the run goes on, from a snapshot. */
void machine_unjudge_slots(struct cairn_machine *machine);
/* Adds the keys with which images in slots were verified. */
void machine_known_slots(const struct cairn_machine *machine,
                         struct known_keys *known);

#endif
