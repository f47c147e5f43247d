/* SPDX-License-Identifier: Apache-2.0 */
/* Loads operands of the ECC block, starts it, and reads what it made. */
#include "guest/caliptra/hardware/ecc.h"

#include "abi/caliptra_image.h"
#include "abi/caliptra_registers.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/trng.h"
#include "guest/caliptra/hardware/vault.h"
#include "guest/kit/memory/memory.h"
#include "guest/kit/mmio/mmio.h"

#include <stdbool.h>

/* Order of the group, SP 800-186 3.2.1.4. */
static const uint32_t order[12] = {
    0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
    0xc7634d81, 0xf4372ddf, 0x581a0db2, 0x48b0a77a, 0xecec196a, 0xccc52973,
};

/* 0 < scalar < order. */
static bool in_range(const uint32_t scalar[12])
{
    uint32_t any = 0;
    for (unsigned i = 0; i < 12; i++) {
        any |= scalar[i];
    }
    for (unsigned i = 0; i < 12; i++) {
        if (scalar[i] != order[i]) {
            return any != 0 && scalar[i] < order[i];
        }
    }
    return false;
}

static bool wait(uint32_t bit)
{
    for (;;) {
        uint32_t status = mmio_read(CALIPTRA_ECC_STATUS);
        uint32_t error = mmio_read(CALIPTRA_ECC_ERROR);
        if (error != 0) {
            mmio_write(CALIPTRA_ECC_ERROR, error);
            return false;
        }
        if ((status & bit) != 0) {
            return true;
        }
    }
}

uint32_t ecc_verify(const struct caliptra_ecc_key *key,
                    const uint32_t digest[12],
                    const struct caliptra_ecc_signature *signature,
                    uint32_t r[12])
{
    if (!in_range(signature->r) || !in_range(signature->s)) {
        return CALIPTRA_ERROR_DRIVER_ECC_SCALAR_RANGE;
    }
    if (!wait(CALIPTRA_STATUS_READY)) {
        return CALIPTRA_ERROR_DRIVER_ECC_HARDWARE;
    }
    mmio_write_words(CALIPTRA_ECC_PUBKEY_X, key->x, 12);
    mmio_write_words(CALIPTRA_ECC_PUBKEY_Y, key->y, 12);
    mmio_write_words(CALIPTRA_ECC_MSG, digest, 12);
    mmio_write_words(CALIPTRA_ECC_SIGN_R, signature->r, 12);
    mmio_write_words(CALIPTRA_ECC_SIGN_S, signature->s, 12);
    mmio_write(CALIPTRA_ECC_CTRL, CALIPTRA_ECC_CTRL_VERIFY);
    if (!wait(CALIPTRA_STATUS_VALID)) {
        return CALIPTRA_ERROR_DRIVER_ECC_HARDWARE;
    }
    mmio_read_words(CALIPTRA_ECC_VERIFY_R, r, 12);
    mmio_write(CALIPTRA_ECC_CTRL, CALIPTRA_ECC_CTRL_ZEROIZE);
    return 0;
}

static uint32_t finish(uint32_t error)
{
    mmio_write(CALIPTRA_ECC_CTRL, CALIPTRA_ECC_CTRL_ZEROIZE);
    return error;
}

/* Entropy that blinds the block against power analysis; then the command. */
static uint32_t run(uint32_t command)
{
    uint32_t words[12];
    uint32_t error = trng_draw(words);
    if (error != 0) {
        return error;
    }
    mmio_write_words(CALIPTRA_ECC_IV, words, 12);
    mmio_write(CALIPTRA_ECC_CTRL, command);
    return wait(CALIPTRA_STATUS_VALID) ? 0 : CALIPTRA_ERROR_DRIVER_ECC_HARDWARE;
}

static const uint32_t zeros[12];

static uint32_t make_pair(struct caliptra_ecc_key *key)
{
    mmio_write_words(CALIPTRA_ECC_NONCE, zeros, 12);
    uint32_t error = run(CALIPTRA_ECC_CTRL_KEYGEN);
    if (error == 0) {
        mmio_read_words(CALIPTRA_ECC_PUBKEY_X, key->x, 12);
        mmio_read_words(CALIPTRA_ECC_PUBKEY_Y, key->y, 12);
    }
    return error;
}

static uint32_t generate(unsigned seed_slot, unsigned key_slot,
                         struct caliptra_ecc_key *key)
{
    if (!wait(CALIPTRA_STATUS_READY)) {
        return CALIPTRA_ERROR_DRIVER_ECC_HARDWARE;
    }
    vault_port_write(CALIPTRA_ECC_PRIVKEY_WRITE, key_slot,
                     CALIPTRA_VAULT_FOR_ECC_PRIVKEY);
    if (!vault_port_read(CALIPTRA_ECC_SEED_READ, seed_slot)) {
        return CALIPTRA_ERROR_DRIVER_ECC_SEED_READ;
    }
    uint32_t error = make_pair(key);
    if (error == 0 && !vault_port_written(CALIPTRA_ECC_PRIVKEY_WRITE)) {
        error = CALIPTRA_ERROR_DRIVER_ECC_KEY_WRITE;
    }
    return error;
}

uint32_t ecc_generate(unsigned seed_slot, unsigned key_slot,
                      struct caliptra_ecc_key *key)
{
    struct caliptra_ecc_signature signature;
    uint32_t error = finish(generate(seed_slot, key_slot, key));
    if (error == 0 && ecc_sign(key_slot, key, zeros, &signature) != 0) {
        error = CALIPTRA_ERROR_DRIVER_ECC_PAIRWISE;
    }
    return error;
}

static uint32_t sign(const uint32_t digest[12],
                     struct caliptra_ecc_signature *signature)
{
    mmio_write_words(CALIPTRA_ECC_MSG, digest, 12);
    uint32_t error = run(CALIPTRA_ECC_CTRL_SIGN);
    if (error == 0) {
        mmio_read_words(CALIPTRA_ECC_SIGN_R, signature->r, 12);
        mmio_read_words(CALIPTRA_ECC_SIGN_S, signature->s, 12);
    }
    return error;
}

static uint32_t sign_from_vault(unsigned key_slot, const uint32_t digest[12],
                                struct caliptra_ecc_signature *signature)
{
    if (!wait(CALIPTRA_STATUS_READY)) {
        return CALIPTRA_ERROR_DRIVER_ECC_HARDWARE;
    }
    if (!vault_port_read(CALIPTRA_ECC_PRIVKEY_READ, key_slot)) {
        return CALIPTRA_ERROR_DRIVER_ECC_KEY_READ;
    }
    return sign(digest, signature);
}

uint32_t ecc_sign(unsigned key_slot, const struct caliptra_ecc_key *key,
                  const uint32_t digest[12],
                  struct caliptra_ecc_signature *signature)
{
    uint32_t r[12];
    uint32_t error = finish(sign_from_vault(key_slot, digest, signature));
    if (error == 0) {
        error = ecc_verify(key, digest, signature, r);
    }
    if (error == 0 && memcmp(r, signature->r, sizeof r) != 0) {
        error = CALIPTRA_ERROR_DRIVER_ECC_SIGN_VALIDATION;
    }
    return error;
}

uint32_t ecc_generate_words(const uint32_t seed[12], uint32_t private_key[12],
                            struct caliptra_ecc_key *key)
{
    if (!wait(CALIPTRA_STATUS_READY)) {
        return CALIPTRA_ERROR_DRIVER_ECC_HARDWARE;
    }
    mmio_write(CALIPTRA_ECC_PRIVKEY_WRITE, 0);
    mmio_write_words(CALIPTRA_ECC_SEED, seed, 12);
    uint32_t error = make_pair(key);
    if (error == 0) {
        mmio_read_words(CALIPTRA_ECC_PRIVKEY, private_key, 12);
    }
    return finish(error);
}

uint32_t ecc_sign_words(const uint32_t private_key[12],
                        const uint32_t digest[12],
                        struct caliptra_ecc_signature *signature)
{
    if (!wait(CALIPTRA_STATUS_READY)) {
        return CALIPTRA_ERROR_DRIVER_ECC_HARDWARE;
    }
    mmio_write_words(CALIPTRA_ECC_KEY_IN, private_key, 12);
    return finish(sign(digest, signature));
}
