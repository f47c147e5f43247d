/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Caliptra 1.x data vault (dv_reg): words that firmware hands from one stage to
 * the next. Values of lockable entries survive warm resets; so do the locks of
 * sticky ones.
 */
#include "base/bits.h"
#include "bus/device.h"

enum { ENTRIES = 10, ENTRY_WORDS = 12, SCRATCH = 10, STICKY_SCRATCH = 8 };

struct state {
    uint32_t sticky_lock[ENTRIES];
    uint32_t sticky[ENTRIES][ENTRY_WORDS];
    uint32_t lock[ENTRIES];
    uint32_t entry[ENTRIES][ENTRY_WORDS];
    uint32_t scratch_lock[SCRATCH];
    uint32_t scratch[SCRATCH];
    uint32_t generic[8];
    uint32_t sticky_scratch_lock[STICKY_SCRATCH];
    uint32_t sticky_scratch[STICKY_SCRATCH];
};

/* Locks are set once; words_per_lock words then keep their value. */
static void write_locked(struct device *device, const uint32_t *lock,
                         unsigned words_per_lock, uint32_t *words,
                         unsigned index, uint32_t value)
{
    if (lock[index / words_per_lock] == 0) {
        words[index] = value;
        return;
    }
    device_guest_error(device, (uintptr_t)words - (uintptr_t)device->state,
                       "entry %u is locked, not written",
                       index / words_per_lock);
}

#define WRITE_HANDLERS(name, locks, words, words_per_lock)                     \
    static void write_##locks(struct device *device,                           \
                              const struct access *access, unsigned index,     \
                              uint32_t value)                                  \
    {                                                                          \
        struct state *state = device->state;                                   \
        state->locks[index] |= value;                                          \
    }                                                                          \
    static void write_##name(struct device *device,                            \
                             const struct access *access, unsigned index,      \
                             uint32_t value)                                   \
    {                                                                          \
        struct state *state = device->state;                                   \
        write_locked(device, state->locks, words_per_lock, words, index,       \
                     value);                                                   \
    }

WRITE_HANDLERS(sticky, sticky_lock, &state->sticky[0][0], ENTRY_WORDS)
WRITE_HANDLERS(entry, lock, &state->entry[0][0], ENTRY_WORDS)
WRITE_HANDLERS(scratch, scratch_lock, state->scratch, 1)
WRITE_HANDLERS(sticky_scratch, sticky_scratch_lock, state->sticky_scratch, 1)

/* clang-format off */
static const struct register_spec registers[] = {
    {0x000, ENTRIES, "StickyDataVaultCtrl", {RW, NO}, RESET_POWER_ON, 0, 1,
     FIELD(struct state, sticky_lock), NULL, write_sticky_lock,
     "bit 0 locks the entry until power-on"},
    {0x028, ENTRIES * ENTRY_WORDS, "STICKY_DATA_VAULT_ENTRY", {RW, NO},
     RESET_POWER_ON, 0, UINT32_MAX, FIELD(struct state, sticky), NULL,
     write_sticky, "entries of 12 words"},
    {0x208, ENTRIES, "DataVaultCtrl", {RW, NO}, RESET_CORE, 0, 1,
     FIELD(struct state, lock), NULL, write_lock,
     "bit 0 locks the entry until the next reset of the core"},
    {0x230, ENTRIES * ENTRY_WORDS, "DATA_VAULT_ENTRY", {RW, NO}, RESET_POWER_ON,
     0, UINT32_MAX, FIELD(struct state, entry), NULL, write_entry,
     "entries of 12 words"},
    {0x410, SCRATCH, "LockableScratchRegCtrl", {RW, NO}, RESET_CORE, 0, 1,
     FIELD(struct state, scratch_lock), NULL, write_scratch_lock,
     "bit 0 locks the word until the next reset of the core"},
    {0x438, SCRATCH, "LockableScratchReg", {RW, NO}, RESET_POWER_ON, 0,
     UINT32_MAX, FIELD(struct state, scratch), NULL, write_scratch, "words"},
    {0x460, 8, "NonStickyGenericScratchReg", {RW, NO}, RESET_WARM, 0,
     UINT32_MAX, FIELD(struct state, generic), NULL, NULL,
     "words cleared by a warm reset"},
    {0x480, STICKY_SCRATCH, "StickyLockableScratchRegCtrl", {RW, NO},
     RESET_POWER_ON, 0, 1, FIELD(struct state, sticky_scratch_lock), NULL,
     write_sticky_scratch_lock, "bit 0 locks the word until power-on"},
    {0x4a0, STICKY_SCRATCH, "StickyLockableScratchReg", {RW, NO},
     RESET_POWER_ON, 0, UINT32_MAX, FIELD(struct state, sticky_scratch), NULL,
     write_sticky_scratch, "words"},
};
/* clang-format on */

const struct device_type caliptra_data_vault = {
    .compatible = "chipsalliance,caliptra-data-vault",
    .title = "Caliptra data vault",
    .reference = "Caliptra 1.1 registers, dv_reg",
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("dv_reg", 0x2000, 4, registers)),
};
