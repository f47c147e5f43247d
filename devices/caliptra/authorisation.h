/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What passes through a mailbox about images of the SoC: who watches the bus
 * sees AUTHORIZE_AND_STASH go in and its answer come out, and tells of it.
 */
#ifndef DEVICES_CALIPTRA_AUTHORISATION_H
#define DEVICES_CALIPTRA_AUTHORISATION_H

#include <stdint.h>

#include "bus/device.h"

/* A request that was not answered yet; part of the state of a mailbox. */
struct authorisation {
    uint32_t asked;
    uint32_t image;
    uint32_t digest[12]; /* as the words of the request have it */
};

/* The SoC hands over a command, with length bytes in memory. */
void authorisation_ask(struct authorisation *authorisation, uint32_t command,
                       const uint32_t *memory, uint32_t length);
/* The core answers it: the event says what. */
void authorisation_answer(struct device *mailbox,
                          struct authorisation *authorisation, uint32_t status,
                          const uint32_t *memory, uint32_t length);

#endif
