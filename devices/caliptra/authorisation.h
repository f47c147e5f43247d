/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Observes a mailbox for requests about images of the SoC: matches each
 * AUTHORIZE_AND_STASH with its answer and reports the pair as an event.
 */
#ifndef DEVICES_CALIPTRA_AUTHORISATION_H
#define DEVICES_CALIPTRA_AUTHORISATION_H

#include <stdint.h>

#include "bus/device.h"

/* A request without an answer yet; part of the state of a mailbox. */
struct authorisation {
    uint32_t asked;
    uint32_t image;
    uint32_t digest[12]; /* in the word order of the request */
};

/* The SoC hands over a command, with length bytes in memory. */
void authorisation_ask(struct authorisation *authorisation, uint32_t command,
                       const uint32_t *memory, uint32_t length);
/* The core answers it: adds the event. */
void authorisation_answer(struct device *mailbox,
                          struct authorisation *authorisation, uint32_t status,
                          const uint32_t *memory, uint32_t length);

#endif
