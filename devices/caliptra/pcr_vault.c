/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Caliptra 1.x PCR vault (pv_reg): 32 PCRs of 384 bits, which everybody may
 * read and only the SHA-512 engine's hash-extend function writes. A lock keeps
 * software from clearing a PCR, not from extending it.
 */
#include "devices/caliptra/pcr_vault.h"

#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "crypto/words.h"

struct state {
    uint32_t lock[PCR_VAULT_PCRS];
    uint32_t reserved[PCR_VAULT_PCRS];
    uint32_t words[PCR_VAULT_PCRS][PCR_VAULT_WORDS];
};

enum control_bits { LOCK = 1 << 0, CLEAR = 1 << 1, RESERVED = 0x3f << 2 };

const uint32_t *pcr_vault_words(struct device *vault, unsigned pcr)
{
    const struct state *state = vault->state;
    assert(pcr < PCR_VAULT_PCRS);
    return state->words[pcr];
}

void pcr_vault_extend(struct device *vault, unsigned pcr,
                      const uint32_t words[PCR_VAULT_WORDS])
{
    struct state *state = vault->state;
    uint8_t digest[4 * PCR_VAULT_WORDS];

    assert(pcr < PCR_VAULT_PCRS);
    memcpy(state->words[pcr], words, sizeof(state->words[pcr]));
    words_to_bytes(digest, words, PCR_VAULT_WORDS);
    device_event(vault, .fact = FACT_PCR_EXTENDED, .number = pcr,
                 .digest = event_digest(digest, sizeof(digest)));
}

static uint32_t read_control(struct device *device, const struct access *access,
                             unsigned pcr)
{
    const struct state *state = device->state;

    debug_assert(pcr < PCR_VAULT_PCRS);
    return state->lock[pcr] | state->reserved[pcr];
}

static void write_control(struct device *device, const struct access *access,
                          unsigned pcr, uint32_t value)
{
    struct state *state = device->state;

    debug_assert(pcr < PCR_VAULT_PCRS);
    if ((value & CLEAR) != 0) {
        if (state->lock[pcr] == 0) {
            memset(state->words[pcr], 0, sizeof(state->words[pcr]));
        } else {
            device_guest_error(device, pcr, "PCR %u is locked, not cleared",
                               pcr);
        }
    }
    state->lock[pcr] |= value & LOCK;
    state->reserved[pcr] = value & RESERVED;
}

/* clang-format off */
static const struct register_spec registers[] = {
    {0x000, PCR_VAULT_PCRS, "PCR_CTRL", {RW, NO}, RESET_CORE, 0, 0xff, NO_FIELD,
     read_control, write_control, "bit 0 lock against clearing, bit 1 clear"},
    {0x600, PCR_VAULT_PCRS * PCR_VAULT_WORDS, "PCR_ENTRY", {RO, NO},
     RESET_POWER_ON, 0, 0, FIELD(struct state, words), NULL, NULL,
     "the PCRs, 12 words each"},
};
/* clang-format on */

const struct device_type caliptra_pcr_vault = {
    .compatible = PCR_VAULT_COMPATIBLE,
    .title = "Caliptra PCR vault",
    .reference = "Caliptra 1.1 registers, pv_reg",
    .role = ROLE_PCR_VAULT,
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("pv_reg", 0x2000, 4, registers)),
    DEVICE_FIELDS(STATE(struct state, lock, RESET_CORE),
                  STATE(struct state, reserved, RESET_WARM)),
};
