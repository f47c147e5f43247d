/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The goals of a run, each defined by the events that must have been seen: the
 * event list decides whether a goal was reached.
 *
 *   power            the machine was turned on
 *   processor        a processor's reset was released
 *   reset            the root of trust's reset was released
 *   firmware-ready   its ROM waits for firmware
 *   fmc              the ROM has verified that firmware and handed over to it
 *   runtime          its runtime firmware is ready
 *   application      an image was authorised, then an application processor
 *                    released
 *   update           the capsule that was delivered last was installed and its
 *                    set boots, or its order was carried out
 *   off              the guest turned the machine off
 */
#ifndef TRUST_REPORT_GOAL_H
#define TRUST_REPORT_GOAL_H

#include "base/error.h"
#include "base/event.h"

/* The words for a goal that was reached, or NULL: there is none of the name.
 */
const char *chain_goal_text(const char *name);
/* Checks whether all events of a goal are in the list, in their order: 0;
 * -ENOENT, and *error names the first that is missing; -EINVAL for another
 * name. */
int chain_goal_check(const struct event_list *list, const char *name,
                     struct error *error);

#endif
