/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hash and crypto engine of the AST2700 (HACE). What a command does with the
 * first HACE_STEP bytes is done when the write that starts it returns; with
 * more it goes on in steps of as many, at a byte a nanosecond. A hash and a
 * cipher may be under way at the same time. Addresses are offsets in DRAM, of
 * 34 bits; those in lists of pieces have 32.
 */
#include "devices/aspeed/aspeed_hace.h"
#include "abi/ast2700.h"
#include "base/bits.h"

enum { PIECES_MAX = 8192, PIECE_SIZE = 8 };
enum { TIMER_HASH, TIMER_CRYPT };
#define PIECE_LAST   0x80000000u
#define PIECE_LENGTH 0x0fffffffu

/* ---- Streams ------------------------------------------------------------- */

uint64_t hace_address(uint32_t low, uint32_t high)
{
    return AST2700_DRAM + (low | (uint64_t)(high & 3) << 32);
}

struct hace_stream hace_stream_open(uint64_t address, uint32_t length,
                                    bool is_list)
{
    return (struct hace_stream){
        .list = is_list ? address : 0,
        .at = address,
        .left = is_list ? 0 : length,
    };
}

static const struct dma *dma_of(const struct device *device)
{
    return &((const struct aspeed_hace_wiring *)device->wiring)->dma;
}

/* The next piece of the list; false: there is none. */
static bool advance(struct device *device, struct hace_stream *stream)
{
    uint8_t piece[PIECE_SIZE];

    if (stream->list == 0 || stream->failed != 0) {
        return false;
    }
    if (stream->pieces++ >= PIECES_MAX ||
        dma_read(dma_of(device), gpa(stream->list), piece, sizeof(piece)) !=
            0) {
        stream->failed = 1;
        return false;
    }
    uint32_t length = load_le32(piece);
    stream->left = length & PIECE_LENGTH;
    stream->at = hace_address(load_le32(piece + 4), 0);
    stream->list =
        (length & PIECE_LAST) != 0 ? 0 : stream->list + sizeof(piece);
    return true;
}

/* How much of size is in the present piece, 0 at the end. */
static size_t present(struct device *device, struct hace_stream *stream,
                      size_t size)
{
    while (stream->left == 0 && advance(device, stream)) {
    }
    return stream->failed != 0 ? 0 : size < stream->left ? size : stream->left;
}

/* The part of a copy that is in the present piece; 0: the stream ends. */
static size_t copy_part(struct device *device, struct hace_stream *stream,
                        void *to, const void *from, size_t size)
{
    size_t part = present(device, stream, size);
    struct gpa at = gpa(stream->at);

    if (part == 0) {
        return 0;
    }
    int code = to ? dma_read(dma_of(device), at, to, part)
                  : dma_write(dma_of(device), at, from, part);
    stream->failed = code != 0;
    stream->at += part;
    stream->left -= (uint32_t)part;
    return code != 0 ? 0 : part;
}

size_t hace_stream_read(struct device *device, struct hace_stream *stream,
                        void *bytes, size_t size)
{
    uint8_t *to = bytes;
    size_t done = 0;

    for (size_t part = 1; part != 0 && done < size; done += part) {
        part = copy_part(device, stream, to + done, NULL, size - done);
    }
    return done;
}

size_t hace_stream_write(struct device *device, struct hace_stream *stream,
                         const void *bytes, size_t size)
{
    const uint8_t *from = bytes;
    size_t done = 0;

    for (size_t part = 1; part != 0 && done < size; done += part) {
        part = copy_part(device, stream, NULL, from + done, size - done);
    }
    return done;
}

/* ---- Registers ----------------------------------------------------------- */

static void update(struct device *device)
{
    const struct aspeed_hace *state = device->state;
    uint32_t hash = state->status & state->hash_command & HACE_HASH_INTERRUPT;
    uint32_t crypt =
        state->status & state->crypt_command & HACE_CRYPT_INTERRUPT;

    line_set(&device->outputs[0], (hash | crypt) != 0);
}

/* A command goes on after a pause, or has ended. */
static void settle(struct device *device, unsigned timer, bool ended,
                   uint32_t interrupt)
{
    struct aspeed_hace *state = device->state;
    struct clock *clock = &device->fabric->clock;

    if (!ended) {
        timer_arm(clock, &device->timers[timer], clock_now(clock) + HACE_STEP);
        return;
    }
    state->status |= interrupt;
    update(device);
}

static void step_hash(struct device *device)
{
    settle(device, TIMER_HASH, hace_hash_step(device), HACE_HASH_INTERRUPT);
}

static void step_crypt(struct device *device)
{
    settle(device, TIMER_CRYPT, hace_crypt_step(device), HACE_CRYPT_INTERRUPT);
}

/* A command takes the place of one that is under way. */
static void write_hash_command(struct device *device,
                               const struct access *access, unsigned index,
                               uint32_t value)
{
    struct aspeed_hace *state = device->state;

    timer_cancel(&device->fabric->clock, &device->timers[TIMER_HASH]);
    state->hash_command = value;
    settle(device, TIMER_HASH,
           !hace_hash_begin(device) || hace_hash_step(device),
           HACE_HASH_INTERRUPT);
}

static void write_crypt_command(struct device *device,
                                const struct access *access, unsigned index,
                                uint32_t value)
{
    struct aspeed_hace *state = device->state;

    timer_cancel(&device->fabric->clock, &device->timers[TIMER_CRYPT]);
    state->crypt_command = value;
    settle(device, TIMER_CRYPT,
           !hace_crypt_begin(device) || hace_crypt_step(device),
           HACE_CRYPT_INTERRUPT);
}

static void write_status(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct aspeed_hace *state = device->state;

    state->status &= ~value;
    update(device);
}

/* ---- Life ---------------------------------------------------------------- */

static int init(struct device *device, struct error *error)
{
    struct aspeed_hace_wiring *wiring = device->wiring;

    return dma_open(&wiring->dma, device, error);
}

static void reset(struct device *device, enum reset_domain domain)
{
    if (domain != RESET_CORE) {
        timer_cancel(&device->fabric->clock, &device->timers[TIMER_HASH]);
        timer_cancel(&device->fabric->clock, &device->timers[TIMER_CRYPT]);
    }
    update(device);
}

static const struct register_spec registers[] = {
#include "devices/aspeed/aspeed_hace.def"
};

static void (*const timers[])(struct device *device) = {
    [TIMER_HASH] = step_hash,
    [TIMER_CRYPT] = step_crypt,
};

const struct device_type aspeed_hace = {
    .compatible = "aspeed,ast2700-hace",
    .title = "ASPEED hash and crypto engine",
    .reference = "Linux aspeed-hace, U-Boot aspeed_hace",
    DEVICE_OMISSIONS({NULL, OMITTED_UNSEEN, 0, 0, "the time of the first MiB"},
                     {"CRYPT_GCM_ADD_LEN", OMITTED_UNSEEN, 0, 0,
                      "operands of GCM, whose start is logged"},
                     {"CRYPT_GCM_TAG", OMITTED_UNSEEN, 0, 0,
                      "operands of GCM, whose start is logged"},
                     {"HASH_KEY_BUFF", OMITTED_UNSEEN, 0, 0,
                      "the key of HMAC, whose start is logged"},
                     OMISSION_LOGGED(hace_other_hash),
                     OMISSION_LOGGED(hace_other_cipher)),
    .state_size = sizeof(struct aspeed_hace),
    .wiring_size = sizeof(struct aspeed_hace_wiring),
    DEVICE_BANKS(REGISTER_BANK("hace", 0x1000, 4, registers)),
    DEVICE_FIELDS(STATE(struct aspeed_hace, hash, RESET_WARM),
                  STATE(struct aspeed_hace, crypt, RESET_WARM)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
    DEVICE_TABLE(timer, timers),
    .init = init,
    .reset = reset,
    .restored = update,
};
