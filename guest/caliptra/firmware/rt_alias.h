/* SPDX-License-Identifier: Apache-2.0 */
/* The runtime's measurements and identity, made by the FMC. */
#ifndef GUEST_CALIPTRA_RT_ALIAS_H
#define GUEST_CALIPTRA_RT_ALIAS_H

#include "guest/caliptra/handoff/handoff.h"

/* PCR 2 and 3, lowest security version so far, CDI, key, certificate; what the
 * runtime needs of it into the hand-off. Returns 0 or a CALIPTRA_ERROR_ code.
 */
uint32_t rt_alias_make(const struct handoff *handoff);

#endif
