/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measurements go into pairs of PCRs: the current one, which starts anew with
 * each load, and the journey, which only power-on clears. The log in DCCM lets
 * verifiers follow.
 */
#ifndef GUEST_CALIPTRA_MEASURE_H
#define GUEST_CALIPTRA_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/caliptra_handoff.h"

/* Where the ROM put it. */
struct measure_log {
    struct caliptra_pcr_log_entry *entries;
    uint32_t *count;
};

struct measure_pair {
    unsigned current;
    unsigned journey;
};

/* Logs and extends, up to 48 bytes; a full log is not extended further. False
 * if a PCR is locked. */
bool measure(const struct measure_log *log, const struct measure_pair *pair,
             uint16_t id, const uint8_t *data, uint32_t size);
bool measure_words(const struct measure_log *log,
                   const struct measure_pair *pair, uint16_t id,
                   const uint32_t words[12]);

#endif
