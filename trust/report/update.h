/* SPDX-License-Identifier: Apache-2.0 */
/* Tells whether the update that was delivered took place, by the events of a
 * run. */
#ifndef TRUST_REPORT_UPDATE_H
#define TRUST_REPORT_UPDATE_H

#include "base/error.h"
#include "base/event.h"

/*
 * Judges the capsule that was delivered last by what followed. Firmware must
 * have been installed into a bank, and the bank that booted last must have its
 * version; an order must have been carried out. Returns 0, or -ENOENT with the
 * reason: what refused it, or what was not seen.
 */
int chain_update_check(const struct event_list *list, struct error *error);

#endif
