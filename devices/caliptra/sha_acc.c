/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Caliptra 1.x SHA accelerator (sha512_acc_csr): SHA-384 and SHA-512 for the
 * core and for the SoC, over words written one by one (streaming) or, for the
 * core alone, over the mailbox memory. A reader that sees its lock as 0 owns
 * it; after warm and power-on reset the core owns it.
 *
 * The padding goes where the length register says, whatever was streamed, and
 * all 16 digest words show the state, in SHA-384 too, as in hardware.
 */
#include <string.h>

#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "bus/handlers.h"
#include "crypto/sha2.h"
#include "crypto/words.h"
#include "devices/caliptra/interrupts.h"
#include "devices/caliptra/mailbox.h"
#include "devices/caliptra/soc_ifc.h"

enum { BLOCK_WORDS = 32, POINTER_BITS = 15 };

struct state {
    struct interrupts interrupts;
    uint32_t lock;
    uint64_t h[8];
    uint32_t soc_has_lock;
    uint32_t user;
    uint32_t mode;
    uint32_t start_address;
    uint32_t length;
    uint32_t datain;
    uint32_t execute;
    uint32_t digest[16];
    uint32_t phase;
    uint32_t block[BLOCK_WORDS];
    uint32_t words_in_block; /* may run past the block, see push */
    uint32_t bytes_taken;
};

struct wiring {
    struct device *mailbox;
};

enum phases { PHASE_IDLE, PHASE_FIRST, PHASE_OTHERS, PHASE_DONE };

enum mode_bits {
    MODE_512 = 1 << 0,
    MODE_MAILBOX = 1 << 1,
    MODE_AS_IS = CALIPTRA_SHA_ACC_384_WORDS, /* mailbox words are not swapped */
};

enum status_bits { STATUS_VALID = 1 << 0, STATUS_SOC_HAS_LOCK = 1 << 1 };
enum { NOTIF_DONE = 1 << 0 };

static bool is_owner(const struct state *state, const struct access *access)
{
    if (state->lock == 0) {
        return false;
    }
    if (access->view == VIEW_CORE) {
        return state->soc_has_lock == 0;
    }
    return state->soc_has_lock != 0 && access->user == state->user;
}

static bool check_owner(struct device *device, const struct access *access,
                        const char *what)
{
    if (is_owner(device->state, access)) {
        return true;
    }
    device_guest_error(device, access->view, "%s written without the lock",
                       what);
    return false;
}

/* The SoC has streaming only. */
static bool from_mailbox(const struct state *state)
{
    return (state->mode & MODE_MAILBOX) != 0 && state->soc_has_lock == 0;
}

static void run_block(struct state *state)
{
    uint8_t bytes[SHA512_BLOCK_SIZE];

    if (state->phase == PHASE_FIRST && (state->mode & MODE_512) != 0) {
        sha512_start(state->h);
    } else if (state->phase == PHASE_FIRST) {
        sha384_start(state->h);
    }
    state->phase = PHASE_OTHERS;
    words_to_bytes(bytes, state->block, BLOCK_WORDS);
    sha512_block(state->h, bytes);
    for (unsigned i = 0; i < ARRAY_SIZE(state->digest); i++) {
        state->digest[i] = (uint32_t)(state->h[i / 2] >> (i % 2 ? 0 : 32));
    }
}

/* A full block is hashed, unless the length says that it is the last and not
 * full: then more words overwrite it from its start. */
static void push(struct state *state, uint32_t word)
{
    state->block[state->words_in_block % BLOCK_WORDS] = word;
    state->words_in_block = (state->words_in_block + 1) % (2 * BLOCK_WORDS);
    state->bytes_taken += 4;
    if (state->words_in_block >= BLOCK_WORDS &&
        state->bytes_taken <= state->length) {
        run_block(state);
        state->words_in_block = 0;
    }
}

static void finish(struct device *device)
{
    struct state *state = device->state;
    unsigned tail = state->length % SHA512_BLOCK_SIZE;
    uint64_t bit_count = (uint64_t)state->length * 8;
    uint8_t bytes[SHA512_BLOCK_SIZE];

    words_to_bytes(bytes, state->block, BLOCK_WORDS);
    memset(bytes + tail, 0, sizeof(bytes) - tail);
    bytes[tail] = 0x80;
    words_from_bytes(state->block, bytes, BLOCK_WORDS);
    if (tail >= SHA512_BLOCK_SIZE - 16) {
        run_block(state);
        memset(state->block, 0, sizeof(state->block));
    }
    state->block[BLOCK_WORDS - 2] = (uint32_t)(bit_count >> 32);
    state->block[BLOCK_WORDS - 1] = (uint32_t)bit_count;
    run_block(state);
    state->phase = PHASE_DONE;
    if (state->soc_has_lock == 0) {
        interrupts_raise(device, INTERRUPT_NOTIF, NOTIF_DONE);
    }
}

/* Reads from start to start + length, or to the end of the memory if the sum
 * leaves it; addresses are words of the pointer's width. */
static void take_mailbox(struct device *device)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    size_t sram_words;
    const uint32_t *sram = mailbox_sram(wiring->mailbox, &sram_words);
    uint32_t start = bits(state->start_address, POINTER_BITS + 1, 2);
    uint32_t end = start + bits(state->length, POINTER_BITS + 2, 2) +
                   (state->length % 4 != 0);
    uint32_t limit = BIT(POINTER_BITS);

    if ((end & limit) == 0) {
        limit = end & (limit - 1);
        limit += limit < start ? BIT(POINTER_BITS) : 0;
    }
    for (uint32_t i = start; i < limit; i++) {
        uint32_t word = sram[i % BIT(POINTER_BITS) % sram_words];
        push(state,
             (state->mode & MODE_AS_IS) != 0 ? word : __builtin_bswap32(word));
    }
}

static void advance(struct device *device)
{
    struct state *state = device->state;
    bool mailbox = from_mailbox(state);

    if (state->execute == 0) {
        return;
    }
    if (mailbox && state->phase == PHASE_IDLE) {
        state->phase = PHASE_FIRST;
        take_mailbox(device);
    }
    if (state->phase == PHASE_FIRST || state->phase == PHASE_OTHERS) {
        finish(device);
    }
}

static uint32_t read_lock(struct device *device, const struct access *access,
                          unsigned index)
{
    struct state *state = device->state;
    uint32_t before = state->lock;

    if (before == 0 && !access->debug) {
        state->lock = 1;
        state->user = access->user;
        state->soc_has_lock = access->view == VIEW_SOC;
    }
    return before;
}

/* Giving the lock back drops a hash that is under way. */
static void write_lock(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (value == 0 || !check_owner(device, access, "LOCK")) {
        return;
    }
    state->lock = 0;
    state->soc_has_lock = 0;
    state->execute = 0;
    state->phase = PHASE_IDLE;
    state->words_in_block = 0;
    state->bytes_taken = 0;
}

REGISTER_SET_IF(write_mode, check_owner(device, access, "MODE"), mode = value)
REGISTER_SET_IF(write_start_address,
                check_owner(device, access, "START_ADDRESS"),
                start_address = value)
REGISTER_SET_IF(write_length, check_owner(device, access, "DLEN"),
                length = value)

static void write_datain(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (!check_owner(device, access, "DATAIN")) {
        return;
    }
    state->datain = value;
    if (from_mailbox(state) || state->phase == PHASE_DONE) {
        return;
    }
    if (state->phase == PHASE_IDLE) {
        state->phase = PHASE_FIRST;
    }
    push(state, value);
    advance(device);
}

static void write_execute(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (check_owner(device, access, "EXECUTE")) {
        state->execute = value;
        advance(device);
    }
}

REGISTER_OF_STATE(read_status,
                  (state->phase == PHASE_DONE ? STATUS_VALID : 0) |
                      (state->soc_has_lock != 0 ? STATUS_SOC_HAS_LOCK : 0))

static void write_control(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (value != 0) {
        memset(state->h, 0, sizeof(state->h));
        memset(state->digest, 0, sizeof(state->digest));
    }
}

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    wiring->mailbox =
        device_peer(device, "cairn,mailbox", 0, MAILBOX_COMPATIBLE, error);
    return wiring->mailbox != NULL ? 0 : -EINVAL;
}

/* clang-format off */
#define AT(name) (CALIPTRA_SHA_ACC_##name - CALIPTRA_SHA_ACC_LOCK)

static const struct register_spec registers[] = {
    {AT(LOCK), 1, "LOCK", {W1C, W1C}, RESET_WARM, 1, 1,
     FIELD(struct state, lock), read_lock, write_lock,
     "a read of 0 acquires the lock; the owner writes 1 to release it"},
    {AT(USER), 1, "USER", {RO, RO}, RESET_WARM, 0, 0, FIELD(struct state, user),
     NULL, NULL, "user that acquired the lock"},
    {AT(MODE), 1, "MODE", {RW, RW}, RESET_WARM, 0, 0x7,
     FIELD(struct state, mode), NULL, write_mode,
     "bit 0 SHA-512, 1 mailbox, 2 mailbox words not swapped"},
    {AT(START_ADDRESS), 1, "START_ADDRESS", {RW, RW}, RESET_WARM, 0, UINT32_MAX,
     FIELD(struct state, start_address), NULL, write_start_address,
     "byte offset in the mailbox memory"},
    {AT(DLEN), 1, "DLEN", {RW, RW}, RESET_WARM, 0, UINT32_MAX,
     FIELD(struct state, length), NULL, write_length, "bytes to hash"},
    {AT(DATAIN), 1, "DATAIN", {RW, RW}, RESET_WARM, 0, UINT32_MAX,
     FIELD(struct state, datain), NULL, write_datain, "streamed words"},
    {AT(EXECUTE), 1, "EXECUTE", {RW, RW}, RESET_WARM, 0, 1,
     FIELD(struct state, execute), NULL, write_execute,
     "streaming: all data is written; mailbox: start"},
    {AT(STATUS), 1, "STATUS", {RO, RO}, RESET_WARM, 0, 0, NO_FIELD, read_status,
     NULL, "bit 0 valid, 1 the SoC has the lock"},
    {AT(DIGEST), 16, "DIGEST", {RO, RO}, RESET_WARM, 0, 0,
     FIELD(struct state, digest), NULL, NULL, "digest"},
    {AT(CONTROL), 1, "CONTROL", {WO, WO}, RESET_WARM, 0, 1, NO_FIELD, NULL,
     write_control, "bit 0 zeroize"},
    INTERRUPT_ROWS(0x800, 4, 1),
};
/* clang-format on */

const struct device_type caliptra_sha_acc = {
    .compatible = "chipsalliance,caliptra-sha-acc",
    .title = "Caliptra SHA accelerator",
    .reference = "Caliptra 1.1 registers, sha512_acc_csr",
    DEVICE_OMISSIONS(
        {NULL, OMITTED_UNSEEN, 0, 0, "latency: results are available at once"}),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("sha512_acc_csr", 0x1000, 4, registers)),
    DEVICE_FIELDS(INTERRUPT_STATE(4, 1), STATE(struct state, h, RESET_WARM),
                  STATE(struct state, soc_has_lock, RESET_WARM),
                  STATE(struct state, phase, RESET_WARM),
                  STATE(struct state, block, RESET_WARM),
                  STATE(struct state, words_in_block, RESET_WARM),
                  STATE(struct state, bytes_taken, RESET_WARM)),
    DEVICE_OUTPUTS(INTERRUPT_OUTPUTS),
    .init = init,
    .restored = interrupts_update,
};
