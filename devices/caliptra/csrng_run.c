/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of the random number generator: seeds, and blocks of output. */
#include <string.h>

#include "base/bits.h"
#include "devices/caliptra/csrng_state.h"
#include "devices/caliptra/entropy_source.h"

void csrng_collect_data(const struct csrng_state *state,
                        uint8_t bytes[CTR_DRBG_SEED_BYTES])
{
    memset(bytes, 0, CTR_DRBG_SEED_BYTES);
    for (unsigned i = 0; i < state->data_count; i++) {
        store_be32(bytes + 4 * (SEED_WORDS - 1 - i), state->data[i]);
    }
}

void csrng_make_block(struct device *device, const uint8_t *additional)
{
    struct csrng_state *state = device->state;
    uint8_t bytes[CTR_DRBG_BLOCK_BYTES];

    ctr_drbg_generate_block(&state->drbg, bytes);
    for (unsigned i = 0; i < BLOCK_WORDS; i++) {
        state->block[i] = load_be32(bytes + 4 * (BLOCK_WORDS - 1 - i));
    }
    state->words_left = BLOCK_WORDS;
    state->blocks_left--;
    if (state->blocks_left == 0) {
        ctr_drbg_generate_end(&state->drbg, additional);
    }
}

static void generate(struct device *device)
{
    struct csrng_state *state = device->state;
    uint8_t additional[CTR_DRBG_SEED_BYTES];

    csrng_collect_data(state, additional);
    state->blocks_left = bits(state->header, 24, 12);
    if (state->drbg.reseed_counter == 0 || state->blocks_left == 0) {
        state->blocks_left = 0;
        state->failed = WRONG_LENGTH;
        return;
    }
    ctr_drbg_generate_begin(&state->drbg, additional);
    csrng_make_block(device, additional);
}

void csrng_seed(struct device *device)
{
    struct csrng_state *state = device->state;
    const struct csrng_wiring *wiring = device->wiring;
    uint8_t entropy[CTR_DRBG_SEED_BYTES] = {0};
    uint8_t additional[CTR_DRBG_SEED_BYTES];
    bool by_source = !is_yes(state->header, 8);

    csrng_collect_data(state, additional);
    if (by_source &&
        !entropy_source_take(wiring->source, entropy, sizeof(entropy))) {
        state->waiting = 1;
        return;
    }
    state->waiting = 0;
    state->fips = by_source && entropy_source_is_fips(wiring->source);
    if (command_of(state) == INSTANTIATE) {
        ctr_drbg_instantiate(&state->drbg, entropy, additional);
    } else {
        ctr_drbg_reseed(&state->drbg, entropy, additional);
    }
}

uint32_t csrng_reseed_count(const struct csrng_state *state)
{
    uint32_t counter = state->drbg.reseed_counter;

    return counter == 0 ? 0 : counter - 1;
}

static void fail(struct csrng_state *state, enum command_status status,
                 uint32_t alert)
{
    state->failed = status;
    state->recoverable |= alert;
}

/* The checks of 2.x before it begins; true if it refuses. */
static bool refuse(struct csrng_state *state)
{
    bool instantiated = state->drbg.reseed_counter != 0;
    unsigned command = command_of(state);

    if (command == INSTANTIATE ? instantiated
                               : command <= UPDATE && !instantiated) {
        fail(state, WRONG_SEQUENCE, ALERT_SEQUENCE);
        return true;
    }
    if (command == GENERATE &&
        csrng_reseed_count(state) >= state->reseed_interval) {
        fail(state, RESEED_COUNT_EXCEEDED, ALERT_RESEED_COUNT);
        return true;
    }
    return false;
}

void csrng_run(struct device *device)
{
    struct csrng_state *state = device->state;
    uint8_t additional[CTR_DRBG_SEED_BYTES];

    state->failed = SUCCESS;
    state->acknowledged = 1;
    if (variant_of(device)->refuses && command_of(state) != 0 &&
        refuse(state)) {
        return;
    }
    switch (command_of(state)) {
    case INSTANTIATE:
    case RESEED:
        csrng_seed(device);
        break;
    case GENERATE:
        generate(device);
        break;
    case UPDATE:
        csrng_collect_data(state, additional);
        ctr_drbg_update(&state->drbg, additional);
        break;
    case UNINSTANTIATE:
        ctr_drbg_uninstantiate(&state->drbg);
        state->fips = 0;
        break;
    default:
        device_guest_error(device, command_of(state), "unknown command %u",
                           command_of(state));
        fail(state, UNKNOWN_COMMAND, ALERT_MAIN);
        break;
    }
}

void csrng_drop_output(struct csrng_state *state)
{
    if (state->blocks_left != 0) {
        uint8_t additional[CTR_DRBG_SEED_BYTES];
        csrng_collect_data(state, additional);
        ctr_drbg_generate_end(&state->drbg, additional);
    }
    state->blocks_left = 0;
    state->words_left = 0;
}

void csrng_begin(struct device *device, uint32_t header)
{
    struct csrng_state *state = device->state;
    uint32_t flag = bits(header, 11, 8);

    csrng_drop_output(state);
    state->acknowledged = 0;
    if (flag != YES && flag != NO_WAY) {
        state->recoverable |= variant_of(device)->bad_flag0;
    }
    state->header = header;
    state->data_left = bits(header, 7, 4);
    state->data_count = 0;
    state->waiting = 0;
}
