/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slots: partitions of memories that hold a boot loader and the images that it
 * starts. The machine reports when processors first execute in them, and when
 * they first leave the Secure state; that is what the guest did. Beside it the
 * bench reports what it finds in a slot at that moment, by its own check with
 * the key that the boot loader has: that is no decision of the guest's.
 */
#ifndef PLATFORM_SLOTS_SLOTS_H
#define PLATFORM_SLOTS_SLOTS_H

#include "platform/machine/machine.h"
#include "trust/keys/known.h"

/* With cairn_options.reports_slots; creation fails with -ENODEV for a board
 * without a partition for a boot loader. */
extern const struct machine_extension slots_extension;
/* The total of events without those of cairn_judge_slots at their end, which
 * are findings about a run that has ended. */
uint64_t slots_run_events(const struct cairn_machine *machine);
/* Adds the keys with which images in slots were verified. */
void slots_known_keys(const struct cairn_machine *machine,
                      struct known_keys *known);

#endif
