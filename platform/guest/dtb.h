/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device tree that a guest sees, made from the machine: its places are the
 * board's, its interrupts are where the board's lines lead. The vocabulary is
 * that of Linux' bindings; the selection of nodes and properties is that of
 * QEMU's virt machine, so that what finds its way there finds it here.
 */
#ifndef PLATFORM_GUEST_DTB_H
#define PLATFORM_GUEST_DTB_H

#include "platform/machine/machine.h"

/* A module of a hypervisor, in memory. */
struct guest_dtb_module {
    const char *compatible;
    const char *append; /* or NULL */
    uint64_t address;
    uint64_t size;
};

struct guest_dtb_options {
    const char *append; /* kernel command line, or NULL */
    uint64_t initrd_start;
    uint64_t initrd_end; /* 0: there is none */
    uint64_t memory_start;
    uint64_t memory_size;
    const char *psci_method; /* "hvc" or "smc"; NULL: no PSCI of ours */
    bool el2;
    bool acpi; /* for firmware, which has ACPI tables for the system */
    bool el3;
    const struct guest_dtb_module *modules;
    size_t module_count;
    uint8_t rng_seed[32];
    uint8_t kaslr_seed[8];
};

/* A whole tree; blob is empty before. -EINVAL when the machine has parts that
 * cannot be described. */
int guest_dtb_make(struct cairn_machine *machine,
                   const struct guest_dtb_options *options, struct buffer *blob,
                   struct error *error);
/* Memory and /chosen of a tree that the user supplied, or that was made. The
 * room that its total size has at the end is zero and not in the blob. */
int guest_dtb_choose(const struct guest_dtb_options *options,
                     struct buffer *blob, struct error *error);

#endif
