/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of a Caliptra core's crypto engines to its key vault. */
#ifndef DEVICES_CALIPTRA_KEY_VAULT_H
#define DEVICES_CALIPTRA_KEY_VAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/device.h"

#define KEY_VAULT_COMPATIBLE "chipsalliance,caliptra-key-vault"

/* 32 slots of 12 words in generation 1, 24 of 16 in generation 2. */
enum {
    KEY_VAULT_SLOTS = 32,
    KEY_VAULT_SLOTS_2 = 24,
    KEY_VAULT_WORDS = 12,
    KEY_VAULT_WIDE_WORDS = 16,
    KEY_VAULT_SIGNING_SLOT = 7,
    KEY_VAULT_MLDSA_SIGNING_SLOT = 8,
};

/* Engines that may use a slot: the bit numbers of a slot's dest_valid. */
enum key_vault_consumer {
    KEY_VAULT_HMAC_KEY,
    KEY_VAULT_HMAC_BLOCK,
    KEY_VAULT_SHA_BLOCK,
    KEY_VAULT_ECC_KEY,
    KEY_VAULT_ECC_SEED,
    KEY_VAULT_CONSUMERS,                        /* of generation 1 */
    KEY_VAULT_MLDSA_SEED = KEY_VAULT_SHA_BLOCK, /* since generation 2 */
    KEY_VAULT_AES_KEY = KEY_VAULT_CONSUMERS,
    KEY_VAULT_CONSUMERS_2_0,
    KEY_VAULT_MLKEM_SEED = KEY_VAULT_CONSUMERS_2_0,
    KEY_VAULT_MLKEM_MESSAGE,
    KEY_VAULT_DMA,
    KEY_VAULT_CONSUMERS_2_1,
};

/* Reads the first 12 words of a slot; *count is the length that its writer gave
 * it, at most 12.
 * False, with zeros and count 0, when the slot is locked for use or not meant
 * for this consumer. */
bool key_vault_read(struct device *vault, unsigned slot,
                    enum key_vault_consumer consumer,
                    uint32_t words[KEY_VAULT_WORDS], unsigned *count);
/* The same for all 16 words that a slot of generation 2 has. */
bool key_vault_read_wide(struct device *vault, unsigned slot,
                         enum key_vault_consumer consumer,
                         uint32_t words[KEY_VAULT_WIDE_WORDS], unsigned *count);
/* Writes the first count words of a slot, the others keep their value; from
 * then on consumers (a set of bits) may use it. False when it is locked. */
bool key_vault_write(struct device *vault, unsigned slot, const uint32_t *words,
                     unsigned count, uint32_t consumers);
/* The engines of which only one may run at a time. */
enum key_vault_engine {
    KEY_VAULT_ENGINE_HMAC,
    KEY_VAULT_ENGINE_ECC,
    KEY_VAULT_ENGINE_DOE,
    KEY_VAULT_ENGINE_MLDSA,
};
/* An engine begins or ends a command; two at once raise the vault's
 * "crypto_error" line, as the top level of the core does. */
void key_vault_set_busy(struct device *vault, enum key_vault_engine engine,
                        bool busy);
/* The slots that PCR signing uses, by wires of their own past all locks. */
const uint32_t *key_vault_signing_key(struct device *vault);
const uint32_t *key_vault_mldsa_signing_seed(struct device *vault);

/*
 * A pair of registers by which an engine's user reaches a vault: control (bit 0
 * starts, bits 5:1 the slot) and status (bit 0 ready, bit 1 valid, bits 9:2
 * error). Status must come out of reset with VAULT_PORT_READY.
 */
struct vault_port {
    uint32_t control;
    uint32_t status;
};

enum vault_port_bits {
    VAULT_PORT_ENABLE = 1 << 0,
    VAULT_PORT_PCR = 1 << 6, /* SHA-512 read control: a PCR to extend */
    VAULT_PORT_READY = 1 << 0,
    VAULT_PORT_VALID = 1 << 1,
    VAULT_PORT_READ_FAIL = 1 << 2,
    VAULT_PORT_WRITE_FAIL = 2 << 2,
    VAULT_PORT_ERROR = 0xff << 2,
};

static inline unsigned vault_port_slot(const struct vault_port *port)
{
    return port->control >> 1 & 0x1f;
}

/* True if the last read failed: then the registers that it was for read as
 * zero, and stay so. */
static inline bool vault_port_has_failed(const struct vault_port *port)
{
    return (port->status & VAULT_PORT_ERROR) == VAULT_PORT_READ_FAIL;
}

/* A write to the control register of a port for results: says where the next
 * result goes, which is not there yet. */
static inline void vault_port_expect_result(struct vault_port *port,
                                            uint32_t control)
{
    port->control = control;
    if ((control & VAULT_PORT_ENABLE) != 0) {
        port->status &= ~(uint32_t)VAULT_PORT_VALID;
    }
}

/* Ends the transfer that control asked for: clears enable, sets valid, and
 * error (one of the fail bits or 0). */
void vault_port_finish(struct vault_port *port, uint32_t error);
/* Zeroizing of the engine clears its port. */
void vault_port_zeroize(struct vault_port *port);
/* Runs the read that control asks for; key_vault_read's result. */
bool vault_port_read(struct vault_port *port, struct device *vault,
                     enum key_vault_consumer consumer,
                     uint32_t words[KEY_VAULT_WORDS], unsigned *count);
bool vault_port_read_wide(struct vault_port *port, struct device *vault,
                          enum key_vault_consumer consumer,
                          uint32_t words[KEY_VAULT_WIDE_WORDS],
                          unsigned *count);
/* Runs the write of a result that control asks for. */
void vault_port_write(struct vault_port *port, struct device *vault,
                      const uint32_t words[KEY_VAULT_WORDS]);
void vault_port_write_wide(struct vault_port *port, struct device *vault,
                           const uint32_t words[KEY_VAULT_WIDE_WORDS]);

/* Rows of a port at an offset. member: of the device's state. */
/* clang-format off */
#define VAULT_PORT_ROWS(base, prefix, type, member, handler, what)             \
    {(base), 1, prefix "_CTRL", {RW, NO}, RESET_WARM, 0, UINT32_MAX,           \
     FIELD(type, member.control), NULL, handler, what},                        \
    {(base) + 4, 1, prefix "_STATUS", {RO, NO}, RESET_WARM, VAULT_PORT_READY,  \
     0, FIELD(type, member.status), NULL, NULL,                                \
     "bit 0 ready, bit 1 valid, bits 9:2 error (1 read, 2 write failed)"}
/* clang-format on */

#endif
