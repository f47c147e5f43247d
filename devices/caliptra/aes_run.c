/* SPDX-License-Identifier: Apache-2.0 */
/* When Caliptra's AES engine runs: what has been written, which block can
 * start, and where its result goes. */
#include "base/bits.h"
#include "crypto/words.h"
#include "devices/caliptra/aes_state.h"

void aes_track_write(struct tracker *tracker, unsigned index, unsigned count)
{
    tracker->written |= BIT(index);
    tracker->complete = tracker->written == BIT(count) - 1;
}

void aes_track_use(struct tracker *tracker)
{
    tracker->written = 0;
}

void aes_track_clear(struct tracker *tracker)
{
    tracker->written = 0;
    tracker->complete = 0;
}

static bool has_key(const struct aes_state *state)
{
    return (state->control.value & SIDELOAD) != 0
               ? state->has_sideloaded != 0
               : state->key_tracker.complete != 0;
}

bool aes_has_input(const struct aes_state *state)
{
    return state->input_tracker.written == BIT(BLOCK_WORDS) - 1;
}

/* True if what the current mode needs is there, to start by itself. */
static bool is_complete(const struct aes_state *state)
{
    uint32_t mode = mode_of(state);

    if (mode == MODE_NONE || !has_key(state)) {
        return false;
    }
    if (mode == MODE_GCM && phase_of(state) == PHASE_SAVE) {
        return state->gcm_ready != 0;
    }
    if (mode == MODE_GCM && phase_of(state) == PHASE_TAG &&
        state->gcm_ready == 0) {
        return false;
    }
    return aes_has_input(state) &&
           (mode == MODE_ECB || state->iv_tracker.complete != 0);
}

static void deliver(struct aes_state *state, const uint8_t *block)
{
    if (state->unread != 0 && !is_manual(state)) {
        words_from_le_bytes(state->held, block, BLOCK_WORDS);
        state->status |= STALL;
        return;
    }
    state->status |= state->unread != 0 ? OUTPUT_LOST : 0;
    words_from_le_bytes(state->output, block, BLOCK_WORDS);
    state->unread = BIT(BLOCK_WORDS) - 1;
}

void aes_run_block(struct aes_state *state)
{
    uint8_t in[AES_BLOCK_BYTES], out[AES_BLOCK_BYTES] = {0};
    bool has_output = true;

    words_to_le_bytes(in, state->input, BLOCK_WORDS);
    aes_track_use(&state->key_tracker);
    if (mode_of(state) != MODE_GCM || phase_of(state) != PHASE_SAVE) {
        aes_track_use(&state->input_tracker);
    }
    aes_track_use(&state->iv_tracker);
    if (mode_of(state) == MODE_GCM) {
        has_output = aes_cipher_gcm_block(state, in, out);
    } else {
        aes_cipher_chain(state, in, out);
    }
    if (has_output) {
        deliver(state, out);
    }
}

void aes_advance(struct aes_state *state)
{
    if ((state->status & STALL) != 0 || is_manual(state)) {
        return;
    }
    if (mode_of(state) == MODE_GCM && phase_of(state) == PHASE_INIT) {
        if (state->gcm_ready == 0 && has_key(state) &&
            state->iv_tracker.complete != 0) {
            aes_cipher_init_gcm(state);
            aes_track_use(&state->iv_tracker);
        }
    } else if (is_complete(state)) {
        aes_run_block(state);
    }
}
