/* SPDX-License-Identifier: Apache-2.0 */
/* Writes, reads and locks entries of the vaults. */
#include "guest/caliptra/hardware/vault.h"

#include "abi/caliptra_registers.h"
#include "guest/caliptra/hardware/generation.h"
#include "guest/kit/mmio/mmio.h"

enum { DIGEST_BYTES = 48 };

void vault_set_sticky_digest(enum vault_sticky_digest entry,
                             const uint32_t words[12])
{
    mmio_write_words(CALIPTRA_DV_STICKY_ENTRY + DIGEST_BYTES * entry, words,
                     12);
}

void vault_sticky_digest(enum vault_sticky_digest entry, uint32_t words[12])
{
    mmio_read_words(CALIPTRA_DV_STICKY_ENTRY + DIGEST_BYTES * entry, words, 12);
}

void vault_lock_sticky_digest(enum vault_sticky_digest entry)
{
    mmio_write(CALIPTRA_DV_STICKY_CTRL + 4 * entry, CALIPTRA_DV_CTRL_LOCK);
}

void vault_set_sticky_word(enum vault_sticky_word entry, uint32_t word)
{
    mmio_write(CALIPTRA_DV_STICKY_SCRATCH + 4 * entry, word);
}

uint32_t vault_sticky_word(enum vault_sticky_word entry)
{
    return mmio_read(CALIPTRA_DV_STICKY_SCRATCH + 4 * entry);
}

void vault_lock_sticky_word(enum vault_sticky_word entry)
{
    mmio_write(CALIPTRA_DV_STICKY_SCRATCHCTRL + 4 * entry,
               CALIPTRA_DV_CTRL_LOCK);
}

void vault_set_digest(enum vault_digest entry, const uint32_t words[12])
{
    mmio_write_words(CALIPTRA_DV_NONSTICKY_ENTRY + DIGEST_BYTES * entry, words,
                     12);
}

void vault_digest(enum vault_digest entry, uint32_t words[12])
{
    mmio_read_words(CALIPTRA_DV_NONSTICKY_ENTRY + DIGEST_BYTES * entry, words,
                    12);
}

void vault_lock_digest(enum vault_digest entry)
{
    mmio_write(CALIPTRA_DV_NONSTICKY_CTRL + 4 * entry, CALIPTRA_DV_CTRL_LOCK);
}

void vault_set_word(enum vault_word entry, uint32_t word)
{
    mmio_write(CALIPTRA_DV_NONSTICKY_SCRATCH + 4 * entry, word);
}

uint32_t vault_word(enum vault_word entry)
{
    return mmio_read(CALIPTRA_DV_NONSTICKY_SCRATCH + 4 * entry);
}

void vault_lock_word(enum vault_word entry)
{
    mmio_write(CALIPTRA_DV_NONSTICKY_SCRATCHCTRL + 4 * entry,
               CALIPTRA_DV_CTRL_LOCK);
}

bool vault_clear_pcr(unsigned pcr)
{
    if ((mmio_read(CALIPTRA_PV_CTRL + 4 * pcr) & CALIPTRA_PV_CTRL_LOCK) != 0) {
        return false;
    }
    mmio_write(CALIPTRA_PV_CTRL + 4 * pcr, CALIPTRA_PV_CTRL_CLEAR);
    return true;
}

void vault_lock_pcr(unsigned pcr)
{
    mmio_write(CALIPTRA_PV_CTRL + 4 * pcr, CALIPTRA_PV_CTRL_LOCK);
}

void vault_pcr(unsigned pcr, uint32_t words[12])
{
    mmio_read_words(CALIPTRA_PV_ENTRY + DIGEST_BYTES * pcr, words, 12);
}

/* The vector that all 1.x ROMs use, so that fuses made for them unwrap to the
 * same secrets here. */
static const uint32_t doe_iv[4] = {0xfb10365b, 0xa1179741, 0xfba193a1,
                                   0x0f406d7e};

static void unwrap(uint32_t command)
{
    mmio_wait(CALIPTRA_DOE_STATUS, CALIPTRA_STATUS_READY);
    mmio_write_words(CALIPTRA_DOE_IV, doe_iv, 4);
    mmio_write(CALIPTRA_DOE_CTRL, command);
    mmio_wait(CALIPTRA_DOE_STATUS, CALIPTRA_STATUS_VALID);
}

void vault_unwrap_uds(unsigned slot)
{
    unwrap(CALIPTRA_DOE_CTRL_UDS | slot << CALIPTRA_DOE_CTRL_SLOT_SHIFT);
}

void vault_unwrap_field_entropy(unsigned slot)
{
    unwrap(CALIPTRA_DOE_CTRL_FE | slot << CALIPTRA_DOE_CTRL_SLOT_SHIFT);
}

void vault_forget_secrets(void)
{
    mmio_wait(CALIPTRA_DOE_STATUS, CALIPTRA_STATUS_READY);
    mmio_write(CALIPTRA_DOE_CTRL, CALIPTRA_DOE_CTRL_CLEAR_SECRETS);
    mmio_wait(CALIPTRA_DOE_STATUS, CALIPTRA_STATUS_VALID);
}

void vault_clear_key(unsigned slot)
{
    mmio_write(CALIPTRA_KV_KEY_CTRL + 4 * slot, CALIPTRA_KV_CTRL_CLEAR);
}

void vault_clear_keys(void)
{
    for (unsigned slot = 0; slot < generation.key_slots; slot++) {
        uint32_t control = mmio_read(CALIPTRA_KV_KEY_CTRL + 4 * slot);
        uint32_t locks = CALIPTRA_KV_CTRL_LOCK_WR | CALIPTRA_KV_CTRL_LOCK_USE;
        if ((control & locks) == 0) {
            vault_clear_key(slot);
        }
    }
}

void vault_lock_key_use(unsigned slot)
{
    uint32_t control = mmio_read(CALIPTRA_KV_KEY_CTRL + 4 * slot);
    mmio_write(CALIPTRA_KV_KEY_CTRL + 4 * slot,
               control | CALIPTRA_KV_CTRL_LOCK_USE);
}

/* The status register follows the control register. */
static uint32_t wait_for_port(uint32_t port)
{
    return mmio_wait(port + 4, CALIPTRA_STATUS_VALID);
}

bool vault_port_read(uint32_t port, unsigned slot)
{
    mmio_wait(port + 4, CALIPTRA_STATUS_READY);
    mmio_write(port, CALIPTRA_VAULT_CTRL_READ |
                         slot << CALIPTRA_VAULT_CTRL_SLOT_SHIFT);
    return (wait_for_port(port) & CALIPTRA_VAULT_STATUS_ERROR) == 0;
}

void vault_port_write(uint32_t port, unsigned slot, uint32_t uses)
{
    mmio_wait(port + 4, CALIPTRA_STATUS_READY);
    mmio_write(port, CALIPTRA_VAULT_CTRL_WRITE |
                         slot << CALIPTRA_VAULT_CTRL_SLOT_SHIFT | uses);
}

bool vault_port_written(uint32_t port)
{
    return (wait_for_port(port) & CALIPTRA_VAULT_STATUS_ERROR) == 0;
}
