/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine as it is described to guests: the devices with a description
 * (bus/description.h), addresses as the board has them, and interrupts where
 * the board's lines lead. Device tree and ACPI tables are both written from
 * here.
 */
#ifndef PLATFORM_GUEST_VIEW_H
#define PLATFORM_GUEST_VIEW_H

#include "platform/machine/machine.h"

enum { GUEST_TIMERS = 5 };

struct guest_view {
    struct cairn_machine *machine;
    const struct node *controller; /* of interrupts, or NULL */
    const struct node *messages;   /* where message interrupts go, or NULL */
    unsigned cpu_count;
};

void guest_view_init(struct guest_view *view, struct cairn_machine *machine);

/* The description of a node that is a device, or the place of one without a
 * model; NULL if guests are told nothing of it. */
const struct description *guest_description(const struct node *node);
/* The next device of the kind behind a node, or with NULL the first. */
const struct node *guest_next(const struct guest_view *view,
                              enum description_kind kind,
                              const struct node *before);
/* The first device of the kind that only the secure world has, or that both
 * have; it has a model. NULL if there is none. */
const struct node *guest_first(const struct guest_view *view,
                               enum description_kind kind, bool secure);
/* True if a node of a board, before the machine is built, is of a device that
 * takes cairn,start-time. */
bool guest_takes_start_time(const struct board *board, int offset);

/* The shared interrupt that the index-th interrupt output of a device drives,
 * or -1. */
int guest_view_spi(const struct guest_view *view, const struct node *node,
                   unsigned index);
/* The interrupts of all interrupt outputs that drive one; spis has room for
 * most. */
size_t guest_view_spis(const struct guest_view *view, const struct node *node,
                       uint32_t *spis, size_t most);

/* The private interrupt, less 16, that an output of the first processor drives
 * ("pmu"), or -1. */
int guest_view_ppi(const struct guest_view *view, const char *output);
/* The interrupts of the generic timer, in the order that readers of the tree
 * and of ACPI know: Secure, physical, virtual, hypervisor, and on processors
 * with VHE and EL2 the hypervisor's virtual one. Returns how many there are, up
 * to the first that the board leaves out. */
size_t guest_view_timers(const struct guest_view *view,
                         uint32_t ppis[GUEST_TIMERS]);

/* True if the node of a device inside another's stands in this one. */
bool guest_is_inside(const struct node *node, const struct node *outer);
bool guest_is_secure(const struct node *node);
/* The address of its registers, the first range of its reg. */
uint64_t guest_base_of(const struct node *node);

#endif
