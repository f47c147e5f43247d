/* SPDX-License-Identifier: Apache-2.0 */
/* Extends a pair of PCRs and adds an entry to the log. */
#include "guest/caliptra/identity/measure.h"

#include "guest/caliptra/hardware/sha2.h"
#include "guest/caliptra/identity/identity.h"
#include "guest/kit/memory/memory.h"

static void log_it(const struct measure_log *log,
                   const struct measure_pair *pair, uint16_t id,
                   const uint8_t *data, uint32_t size)
{
    if (*log->count >= CALIPTRA_PCR_LOG_MAX) {
        return;
    }
    struct caliptra_pcr_log_entry *entry = &log->entries[(*log->count)++];
    memset(entry, 0, sizeof *entry);
    entry->id = id;
    entry->pcr_mask = 1u << pair->current | 1u << pair->journey;
    memcpy(entry->words, data, size);
}

bool measure(const struct measure_log *log, const struct measure_pair *pair,
             uint16_t id, const uint8_t *data, uint32_t size)
{
    log_it(log, pair, id, data, size);
    return sha2_384_extend(pair->current, data, size) &&
           sha2_384_extend(pair->journey, data, size);
}

bool measure_words(const struct measure_log *log,
                   const struct measure_pair *pair, uint16_t id,
                   const uint32_t words[12])
{
    uint8_t bytes[CALIPTRA_DIGEST_SIZE];
    identity_bytes(words, bytes);
    return measure(log, pair, id, bytes, sizeof bytes);
}
