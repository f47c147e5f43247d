/* SPDX-License-Identifier: Apache-2.0 */
/* The registers, by tables of addresses. */
#include "tests/caliptra/guest_registers.h"

#include <string.h>

#include "abi/caliptra_registers.h"
#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "crypto/p384.h"
#include "crypto/sha2.h"
#include "guest/kit/mmio/mmio.h"

static struct guest_registers *now;

void guest_registers_use(struct guest_registers *registers)
{
    now = registers;
}

static void bytes_of(const uint32_t *words, size_t count, uint8_t *bytes)
{
    for (size_t i = 0; i < count; i++) {
        store_be32(&bytes[4 * i], words[i]);
    }
}

static void words_of(const uint8_t *bytes, size_t count, uint32_t *words)
{
    for (size_t i = 0; i < count; i++) {
        words[i] = load_be32(&bytes[4 * i]);
    }
}

static void sha512_command(uint32_t command)
{
    uint8_t block[SHA512_BLOCK_SIZE];
    bytes_of(now->sha512_block, 32, block);
    if ((command & CALIPTRA_SHA512_CTRL_INIT) != 0) {
        sha384_start(now->sha512_state);
    }
    if ((command & 3) != 0) {
        sha512_block(now->sha512_state, block);
    }
}

/* The loop: digests the block again and again with the first 24 bytes of the
 * digest put back at byte 23 and the counter at byte 22 moved on to 15. */
static void winternitz(uint8_t block[SHA256_BLOCK_SIZE])
{
    now->winternitz_runs++;
    for (;;) {
        sha256_start(now->sha256_state);
        sha256_block(now->sha256_state, block);
        if (block[22] >= 14) {
            return;
        }
        block[22]++;
        bytes_of(now->sha256_state, 6, block + 23);
    }
}

static void sha256_command(uint32_t command)
{
    uint8_t block[SHA256_BLOCK_SIZE];
    bytes_of(now->sha256_block, 16, block);
    if ((command & CALIPTRA_SHA256_CTRL_WNTZ) != 0) {
        winternitz(block);
        return;
    }
    if ((command & CALIPTRA_SHA256_CTRL_INIT) != 0) {
        sha256_start(now->sha256_state);
    }
    if ((command & 3) != 0) {
        sha256_block(now->sha256_state, block);
    }
}

static void ecc_command(uint32_t command)
{
    if (command != CALIPTRA_ECC_CTRL_VERIFY) {
        return;
    }
    static struct p384 *p384;
    if (p384 == NULL) {
        p384 = p384_create();
    }
    uint8_t in[5][P384_SIZE];
    uint8_t out[P384_SIZE] = {0};
    for (unsigned i = 0; i < 5; i++) {
        bytes_of(now->ecc_input[i], 12, in[i]);
    }
    if (p384_verify(p384, in[1], in[2], in[0], in[3], in[4], out) != 0) {
        now->ecc_error = 1;
    }
    words_of(out, 12, now->ecc_result);
}

static uint32_t *plain(uint32_t address)
{
    const struct {
        uint32_t base;
        uint32_t count;
        uint32_t *words;
    } banks[] = {
        {CALIPTRA_SOC_IFC_FUSE_UDS_SEED,          0x150 / 4, now->fuses             },
        {CALIPTRA_DV_STICKY_CTRL,                 0x800 / 4, now->data_vault        },
        {CALIPTRA_SOC_IFC_FW_EXTENDED_ERROR_INFO, 8,         now->extended_error    },
        {CALIPTRA_SHA512_BLOCK,                   32,        now->sha512_block      },
        {CALIPTRA_SHA256_BLOCK,                   16,        now->sha256_block      },
        {CALIPTRA_SHA256_DIGEST,                  8,         now->sha256_state      },
        {CALIPTRA_ECC_MSG,                        12,        now->ecc_input[0]      },
        {CALIPTRA_ECC_PUBKEY_X,                   12,        now->ecc_input[1]      },
        {CALIPTRA_ECC_PUBKEY_Y,                   12,        now->ecc_input[2]      },
        {CALIPTRA_ECC_SIGN_R,                     12,        now->ecc_input[3]      },
        {CALIPTRA_ECC_SIGN_S,                     12,        now->ecc_input[4]      },
        {CALIPTRA_ECC_VERIFY_R,                   12,        now->ecc_result        },
        {CALIPTRA_SOC_IFC_SECURITY_STATE,         1,         &now->security_state   },
        {CALIPTRA_SOC_IFC_HW_REV_ID,              1,         &now->hardware_revision},
    };
    for (size_t i = 0; i < sizeof banks / sizeof banks[0]; i++) {
        uint32_t index = (address - banks[i].base) / 4;
        if (address >= banks[i].base && index < banks[i].count) {
            return &banks[i].words[index];
        }
    }
    return NULL;
}

uint32_t mmio_read(uint32_t address)
{
    now->accesses++;
    if (address >= CALIPTRA_MBOX_SRAM &&
        address - CALIPTRA_MBOX_SRAM < sizeof now->sram) {
        uint32_t word;
        memcpy(&word, now->sram + (address - CALIPTRA_MBOX_SRAM), sizeof word);
        return word;
    }
    if (address == CALIPTRA_SHA512_STATUS ||
        address == CALIPTRA_SHA256_STATUS || address == CALIPTRA_ECC_STATUS) {
        return CALIPTRA_STATUS_READY | CALIPTRA_STATUS_VALID;
    }
    if (address == CALIPTRA_ECC_ERROR) {
        return now->ecc_error;
    }
    if (address >= CALIPTRA_SHA512_DIGEST &&
        address < CALIPTRA_SHA512_DIGEST + 48) {
        uint32_t index = (address - CALIPTRA_SHA512_DIGEST) / 4;
        return (uint32_t)(now->sha512_state[index / 2] >>
                          (index % 2 == 0 ? 32 : 0));
    }
    const uint32_t *word = plain(address);
    return word == NULL ? 0 : *word;
}

void mmio_write(uint32_t address, uint32_t value)
{
    now->accesses++;
    switch (address) {
    case CALIPTRA_SHA512_CTRL:
        sha512_command(value);
        return;
    case CALIPTRA_SHA256_CTRL:
        sha256_command(value);
        return;
    case CALIPTRA_ECC_CTRL:
        ecc_command(value);
        return;
    case CALIPTRA_ECC_ERROR:
        now->ecc_error &= ~value;
        return;
    default:
        break;
    }
    uint32_t *word = plain(address);
    if (word != NULL) {
        *word = value;
    }
}

void mmio_read_words(uint32_t address, uint32_t *words, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        words[i] = mmio_read(address + 4 * i);
    }
}

void mmio_write_words(uint32_t address, const uint32_t *words, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        mmio_write(address + 4 * i, words[i]);
    }
}

uint32_t mmio_wait(uint32_t address, uint32_t mask)
{
    uint32_t value;
    do {
        value = mmio_read(address);
    } while ((value & mask) == 0);
    return value;
}
