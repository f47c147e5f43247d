/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Caliptra 1.x SHA-512 engine (sha512_reg): SHA-512, -384, -512/256 and
 * -512/224, one padded block at a time. Two functions reach the PCR vault:
 *
 *   hash extend  reads a PCR into the first 12 words of the block, where
 *                software cannot change it, and writes the digest of the hash
 *                that it begins back to the PCR when the last block is done
 *   gen hash     digests all PCRs and a nonce, for PCR quotes
 *
 * The vault port also reaches the key vault in generation 1.0; later ones have
 * no such path, and a read of that kind never ends.
 */
#include "devices/caliptra/sha512.h"
#include "bus/handlers.h"
#include "devices/caliptra/engine.h"

#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "crypto/sha2.h"
#include "crypto/words.h"
#include "devices/caliptra/generation.h"
#include "devices/caliptra/interrupts.h"
#include "devices/caliptra/key_vault.h"
#include "devices/caliptra/pcr_vault.h"

struct state {
    struct interrupts interrupts;
    struct vault_port source;
    struct vault_port destination;
    uint32_t block_lock; /* bit per word: software cannot write it */
    uint64_t h[8];
    uint32_t block[32];
    uint32_t digest[16];
    uint32_t hidden[KEY_VAULT_WORDS]; /* a digest that is not shown */
    uint32_t status;
    uint32_t extending; /* a PCR was read, and not yet written back */
    uint32_t extended_pcr;
    uint32_t from_vault; /* the block came from the key vault */
    uint32_t stuck;      /* a vault read that cannot end */
    uint32_t nonce[8];
    uint32_t pcr_hash_valid;
    uint32_t pcr_hash[16]; /* 12 in generation 1 */
};

struct wiring {
    struct device *key_vault;
    struct device *pcr_vault;
    bool reaches_key_vault;
    unsigned pcr_hash_mode;
};

enum control_bits {
    INIT = 1 << 0,
    NEXT = 1 << 1,
    MODE_SHIFT = 2,
    ZEROIZE = 1 << 4,
    LAST = 1 << 5,
};

enum modes { MODE_512_224, MODE_512_256, MODE_384, MODE_512 };
enum status_bits { READY = 1 << 0, VALID = 1 << 1 };
enum { NOTIF_DONE = 1 << 0 };

static const uint8_t digest_words[] = {
    [MODE_512_224] = 7, [MODE_512_256] = 8, [MODE_384] = 12, [MODE_512] = 16};

const uint32_t *sha512_pcr_hash(struct device *sha512)
{
    const struct state *state = sha512->state;
    return state->pcr_hash;
}

static void start(uint64_t h[8], unsigned mode)
{
    switch (mode) {
    case MODE_512_224:
        sha512_t_start(h, 224);
        break;
    case MODE_512_256:
        sha512_t_start(h, 256);
        break;
    case MODE_384:
        sha384_start(h);
        break;
    default:
        sha512_start(h);
        break;
    }
}

static void run_block(struct state *state)
{
    uint8_t block[SHA512_BLOCK_SIZE];

    words_to_bytes(block, state->block, ARRAY_SIZE(state->block));
    sha512_block(state->h, block);
}

static void digest_of(const struct state *state, unsigned mode,
                      uint32_t words[16])
{
    debug_assert(mode < ARRAY_SIZE(digest_words));
    memset(words, 0, 16 * sizeof(*words));
    for (unsigned i = 0; i < digest_words[mode]; i++) {
        words[i] = (uint32_t)(state->h[i / 2] >> (i % 2 != 0 ? 0 : 32));
    }
}

/* The result of the last block goes where the ports say. */
static void write_back(struct device *device)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;

    if (state->extending != 0) {
        pcr_vault_extend(wiring->pcr_vault, state->extended_pcr, state->hidden);
        vault_port_finish(&state->destination, 0);
        state->extending = 0;
    } else if ((state->destination.control & VAULT_PORT_ENABLE) != 0) {
        if (wiring->reaches_key_vault) {
            vault_port_write(&state->destination, wiring->key_vault,
                             state->hidden);
        } else {
            vault_port_finish(&state->destination, 0);
        }
    }
}

static void run(struct device *device, uint32_t control)
{
    struct state *state = device->state;
    unsigned mode = bits(control, MODE_SHIFT + 1, MODE_SHIFT);
    uint32_t words[16];
    bool hide = state->extending != 0 || state->from_vault != 0 ||
                (state->destination.control & VAULT_PORT_ENABLE) != 0;

    if (state->stuck != 0) {
        device_guest_error(device, 0,
                           "a vault read that never completes: no hash");
        return;
    }
    if ((control & INIT) != 0) {
        start(state->h, mode);
    }
    run_block(state);
    digest_of(state, mode, words);
    memcpy(hide ? state->hidden : state->digest, words,
           hide ? sizeof(state->hidden) : sizeof(state->digest));
    state->block_lock = 0;
    state->status = READY | VALID;
    if ((control & LAST) != 0) {
        write_back(device);
        if (state->from_vault != 0) {
            memset(state->block, 0, sizeof(state->block));
            state->from_vault = 0;
        }
    }
    interrupts_raise(device, INTERRUPT_NOTIF, NOTIF_DONE);
}

static void zeroize(struct device *device)
{
    struct state *state = device->state;

    for (unsigned i = 0; i < ARRAY_SIZE(state->block); i++) {
        if ((state->block_lock & BIT(i)) == 0) {
            state->block[i] = 0;
        }
    }
    memset(state->h, 0, sizeof(state->h));
    memset(state->digest, 0, sizeof(state->digest));
    memset(state->hidden, 0, sizeof(state->hidden));
    memset(state->pcr_hash, 0, sizeof(state->pcr_hash));
    vault_port_zeroize(&state->source);
    vault_port_zeroize(&state->destination);
    state->from_vault = 0;
    state->stuck = 0;
    state->status = READY;
    state->source.status |= VAULT_PORT_READY;
}

static void write_control(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    if ((value & ZEROIZE) != 0) {
        zeroize(device);
    } else if ((value & (INIT | NEXT)) != 0) {
        run(device, value);
    }
}

REGISTER_SET_IF(write_block, (state->block_lock & BIT(index)) == 0,
                block[index] = value)

static void begin_extend(struct device *device)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    unsigned pcr = vault_port_slot(&state->source);

    debug_assert((state->source.control & VAULT_PORT_PCR) != 0);
    debug_assert(pcr < PCR_VAULT_PCRS);
    memcpy(state->block, pcr_vault_words(wiring->pcr_vault, pcr),
           PCR_VAULT_WORDS * sizeof(uint32_t));
    state->block_lock |= BIT(PCR_VAULT_WORDS) - 1;
    state->extending = 1;
    state->extended_pcr = pcr;
    vault_port_finish(&state->source, 0);
}

static void read_key(struct device *device)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    unsigned count;
    uint32_t words[KEY_VAULT_WORDS];

    debug_assert((state->source.control & VAULT_PORT_ENABLE) != 0);
    state->from_vault = 1;
    if (!wiring->reaches_key_vault) {
        device_guest_error(
            device, 0,
            "vault read of a key slot: this generation reads PCRs only");
        state->stuck = 1;
        state->source.status &= ~(uint32_t)VAULT_PORT_READY;
        return;
    }
    memset(state->block, 0, sizeof(state->block));
    if (vault_port_read(&state->source, wiring->key_vault, KEY_VAULT_SHA_BLOCK,
                        words, &count)) {
        memcpy(state->block, words, count * sizeof(*words));
        state->block[count] = 0x80000000;
        state->block[31] = 32 * count;
    }
}

static void write_source(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct state *state = device->state;

    state->source.control = value;
    if ((value & VAULT_PORT_ENABLE) != 0 && (value & VAULT_PORT_PCR) != 0) {
        begin_extend(device);
    } else if ((value & VAULT_PORT_ENABLE) != 0) {
        read_key(device);
    }
}

ENGINE_RESULT_PORT(write_destination, destination)

/* All PCRs, the nonce from its last word to its first, padding: 13 blocks. The
 * last stays in the block registers, locked until the next init or next. */
static void write_pcr_hash_control(struct device *device,
                                   const struct access *access, unsigned index,
                                   uint32_t value)
{
    enum { PCRS = PCR_VAULT_PCRS * PCR_VAULT_WORDS, NONCE = 8 };
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    uint32_t words[16];

    if ((value & 1) == 0) {
        return;
    }
    start(state->h, wiring->pcr_hash_mode);
    for (unsigned i = 0; i < PCRS; i += ARRAY_SIZE(state->block)) {
        memcpy(state->block, pcr_vault_words(wiring->pcr_vault, 0) + i,
               sizeof(state->block));
        run_block(state);
    }
    memset(state->block, 0, sizeof(state->block));
    for (unsigned i = 0; i < NONCE; i++) {
        state->block[i] = state->nonce[NONCE - 1 - i];
    }
    state->block[NONCE] = 0x80000000;
    state->block[31] = 32 * (PCRS + NONCE);
    run_block(state);
    digest_of(state, wiring->pcr_hash_mode, words);
    memcpy(state->pcr_hash, words, sizeof(state->pcr_hash));
    if ((state->destination.control & VAULT_PORT_ENABLE) == 0) {
        memcpy(state->digest, words, sizeof(state->digest));
    }
    state->block_lock = UINT32_MAX;
    state->pcr_hash_valid = 1;
    state->status = READY | VALID;
    interrupts_raise(device, INTERRUPT_NOTIF, NOTIF_DONE);
}

REGISTER_OF_STATE(read_pcr_hash_status,
                  (state->extending != 0 ? 0 : READY) |
                      (state->pcr_hash_valid != 0 ? VALID : 0))

ENGINE_ZEROIZED_BY(debug_flush_changed, zeroize)

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    const struct generation *generation = generation_of(device);

    wiring->reaches_key_vault = generation->sha512_reads_keys;
    wiring->pcr_hash_mode = generation->pcr_hash_is_512 ? MODE_512 : MODE_384;
    wiring->key_vault =
        device_peer(device, "cairn,key-vault", 0, KEY_VAULT_COMPATIBLE, error);
    wiring->pcr_vault =
        device_peer(device, "cairn,pcr-vault", 0, PCR_VAULT_COMPATIBLE, error);
    return wiring->key_vault != NULL && wiring->pcr_vault != NULL ? 0 : -EINVAL;
}

/* clang-format off */
static const struct register_spec registers[] = {
    ENGINE_NAME_ROWS("SHA512", 0x61327368, "sha2", 0x31322d35, "-512",
                     0x3830302e, "0.80", 0),
    ENGINE_COMMAND_ROWS("SHA512", 0x3f, "bit 0 init, 1 next, 3:2 mode (2: 384, "
                        "3: 512), 4 zeroize, 5 last block", 0x018,
                        "bit 0 ready, 1 valid"),
    ENGINE_OPERAND(0x080, 32, "SHA512_BLOCK", WO, block, NULL, write_block,
                   "padded message block"),
    ENGINE_OPERAND(0x100, 16, "SHA512_DIGEST", RO, digest, NULL, NULL,
                   "digest"),
    VAULT_PORT_ROWS(0x600, "SHA512_VAULT_RD", struct state, source, write_source,
                    "bit 0 read, 5:1 entry, 6 the entry is a PCR to extend"),
    VAULT_PORT_ROWS(0x608, "SHA512_KV_WR", struct state, destination,
                    write_destination, "bit 0 write the result, 5:1 slot, "
                    "10:6 its consumers (generation 1.0)"),
    {0x610, 8, "SHA512_GEN_PCR_HASH_NONCE", {WO, NO}, RESET_WARM, 0, UINT32_MAX,
     FIELD(struct state, nonce), NULL, NULL, "nonce of a PCR quote"},
    {0x630, 1, "SHA512_GEN_PCR_HASH_CTRL", {WO, NO}, RESET_WARM, 0, 1, NO_FIELD,
     NULL, write_pcr_hash_control, "bit 0: digest all PCRs and the nonce"},
    {0x634, 1, "SHA512_GEN_PCR_HASH_STATUS", {RO, NO}, RESET_WARM, 0, 0,
     NO_FIELD, read_pcr_hash_status, NULL, "bit 0 ready, 1 valid"},
    {0x638, 16, "SHA512_GEN_PCR_HASH_DIGEST", {RO, NO}, RESET_WARM,
     0, 0, FIELD(struct state, pcr_hash), NULL, NULL, "digest of the PCRs: "
     "SHA-384 in generation 1, SHA-512 since generation 2"},
    INTERRUPT_ROWS(0x800, 4, 1),
};
/* clang-format on */

const struct device_type caliptra_sha512 = {
    .compatible = SHA512_COMPATIBLE,
    .title = "Caliptra SHA-512 engine",
    .reference = "Caliptra 1.1 registers, sha512_reg",
    DEVICE_OMISSIONS(
        {NULL, OMITTED_UNSEEN, 0, 0, "latency: results are available at once"}),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("sha512_reg", 0x8000, 4, registers)),
    DEVICE_FIELDS(
        INTERRUPT_STATE(4, 1), STATE(struct state, h, RESET_WARM),
        STATE(struct state, block_lock, RESET_WARM),
        STATE(struct state, hidden, RESET_WARM),
        STATE(struct state, extending, RESET_WARM),
        STATE_TO(struct state, extended_pcr, RESET_WARM, PCR_VAULT_PCRS - 1),
        STATE(struct state, from_vault, RESET_WARM),
        STATE(struct state, stuck, RESET_WARM),
        STATE(struct state, pcr_hash_valid, RESET_WARM)),
    DEVICE_OUTPUTS(INTERRUPT_OUTPUTS),
    DEVICE_INPUTS({"debug_flush", debug_flush_changed}),
    .init = init,
    .restored = interrupts_update,
};
