/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Caliptra 1.x SHA-256 engine (sha256_reg): one padded block at a time; from
 * generation 1.1 on also whole Winternitz chains (RFC 8554, 4.4), for which
 * software gives the first block and the engine makes the others.
 */
#include <string.h>

#include "base/bits.h"
#include "bus/device.h"
#include "crypto/sha2.h"
#include "crypto/words.h"
#include "devices/caliptra/engine.h"
#include "devices/caliptra/generation.h"
#include "devices/caliptra/interrupts.h"

struct state {
    struct interrupts interrupts;
    uint32_t h[8];
    uint32_t block[16];
    uint32_t digest[8];
    uint32_t status;
};

struct wiring {
    bool has_winternitz;
};

enum control_bits {
    INIT = 1 << 0,
    NEXT = 1 << 1,
    MODE_256 = 1 << 2, /* 0: SHA-224 */
    ZEROIZE = 1 << 3,
    WINTERNITZ = 1 << 4,
    WINTERNITZ_N_32 = 1 << 9, /* 0: digests cut to 24 bytes */
};

enum status_bits { READY = 1 << 0, VALID = 1 << 1 };
enum error_events { ERROR_WINTERNITZ = 1 << 0, ERROR_INIT_AND_NEXT = 1 << 1 };
enum { NOTIF_DONE = 1 << 0 };

/* A chain message: 16 bytes I, 4 q, 2 i, 1 j, then the digest so far. */
enum { PREFIX_SIZE = 22, J_OFFSET = 22, DIGEST_OFFSET = 23 };

static void run_block(struct state *state, const uint8_t *block, bool first,
                      bool is_256)
{
    if (first && is_256) {
        sha256_start(state->h);
    } else if (first) {
        sha224_start(state->h);
    }
    sha256_block(state->h, block);
}

static void keep_digest(struct state *state, unsigned word_count)
{
    memset(state->digest, 0, sizeof(state->digest));
    memcpy(state->digest, state->h, word_count * sizeof(*state->h));
}

/* The last j that the hardware hashes with: 2^w - 2; 0 for a w it does not
 * know, and for w = 1. */
static unsigned last_j(unsigned w)
{
    return w == 2 || w == 4 || w == 8 ? (1u << w) - 2 : 0;
}

/* The rest of a chain whose block for j was just hashed. */
static void run_chain(struct state *state, const uint8_t *first, unsigned last,
                      unsigned word_count)
{
    uint8_t block[SHA256_BLOCK_SIZE] = {0};
    unsigned size = DIGEST_OFFSET + 4 * word_count;

    memcpy(block, first, PREFIX_SIZE);
    block[size] = 0x80;
    store_be32(block + SHA256_BLOCK_SIZE - 4, 8 * size);
    for (unsigned j = first[J_OFFSET]; j < last; j++) {
        block[J_OFFSET] = (uint8_t)(j + 1);
        words_to_bytes(block + DIGEST_OFFSET, state->h, word_count);
        run_block(state, block, true, true);
    }
}

static void run(struct device *device, uint32_t control)
{
    struct state *state = device->state;
    bool is_256 = (control & MODE_256) != 0;
    bool init = (control & INIT) != 0;
    bool chain = init && (control & WINTERNITZ) != 0;
    unsigned word_count = is_256 ? 8 : 7;
    unsigned w = bits(control, 8, 5);
    uint32_t errors = 0;
    uint8_t block[SHA256_BLOCK_SIZE];

    words_to_bytes(block, state->block, ARRAY_SIZE(state->block));
    run_block(state, block, init, is_256);
    if (init && (control & NEXT) != 0) {
        errors |= ERROR_INIT_AND_NEXT;
    }
    if (chain && block[J_OFFSET] > last_j(w)) {
        errors |= ERROR_WINTERNITZ;
    } else if (chain) {
        word_count = (control & WINTERNITZ_N_32) != 0 ? 8 : 6;
        if (!is_256 || (w != 1 && last_j(w) == 0)) {
            errors |= ERROR_WINTERNITZ;
        }
        run_chain(state, block, last_j(w), word_count);
    }
    keep_digest(state, word_count);
    state->status = READY | VALID;
    if (errors != 0) {
        device_guest_error(device, control, "control 0x%x is reserved",
                           control);
        interrupts_raise(device, INTERRUPT_ERROR, errors);
    }
    interrupts_raise(device, INTERRUPT_NOTIF, NOTIF_DONE);
}

static void zeroize(struct device *device)
{
    struct state *state = device->state;

    memset(state->h, 0, sizeof(state->h));
    memset(state->block, 0, sizeof(state->block));
    memset(state->digest, 0, sizeof(state->digest));
    state->status = READY;
}

static void write_control(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    const struct wiring *wiring = device->wiring;

    if (!wiring->has_winternitz) {
        value &= INIT | NEXT | MODE_256 | ZEROIZE;
    }
    if ((value & ZEROIZE) != 0) {
        zeroize(device);
    } else if ((value & (INIT | NEXT)) != 0) {
        run(device, value);
    }
}

ENGINE_ZEROIZED_BY(debug_flush_changed, zeroize)

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    wiring->has_winternitz = generation_of(device)->has_winternitz;
    return 0;
}

/* clang-format off */
static const struct register_spec registers[] = {
    ENGINE_NAME_ROWS("SHA256", 0x61327368, "sha2", 0x35362d32, "-256",
                     0x3830312e, "1.80", 0),
    ENGINE_COMMAND_ROWS("SHA256", 0x3ff, "bit 0 init, 1 next, 2 mode (1: 256), "
                        "3 zeroize; from 1.1 on 4 Winternitz, 8:5 its w, 9 its "
                        "n (1: 32 bytes)", 0x018,
                        "bit 0 ready, 1 valid, 2 Winternitz busy"),
    ENGINE_OPERAND(0x080, 16, "SHA256_BLOCK", WO, block, NULL, NULL,
                   "padded message block"),
    ENGINE_OPERAND(0x100, 8, "SHA256_DIGEST", RO, digest, NULL, NULL, "digest"),
    INTERRUPT_ROWS(0x800, 4, 1),
};
/* clang-format on */

const struct device_type caliptra_sha256 = {
    .compatible = "chipsalliance,caliptra-sha256",
    .title = "Caliptra SHA-256 engine",
    .reference = "Caliptra 1.1 registers, sha256_reg",
    DEVICE_OMISSIONS(
        {NULL, OMITTED_UNSEEN, 0, 0, "latency: results are available at once"}),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("sha256_reg", 0x8000, 4, registers)),
    DEVICE_FIELDS(INTERRUPT_STATE(4, 1), STATE(struct state, h, RESET_WARM)),
    DEVICE_OUTPUTS(INTERRUPT_OUTPUTS),
    DEVICE_INPUTS({"debug_flush", debug_flush_changed}),
    .init = init,
    .restored = interrupts_update,
};
