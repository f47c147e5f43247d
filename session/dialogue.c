/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running a guest and answering it. An answer is typed at the instruction after
 * the one that printed the awaited text, so a run with a script is repeatable.
 */
#include <errno.h>
#include <string.h>

#include "base/assert.h"
#include "session/guest.h"

enum {
    REASON_MAX = 320, /* bytes of it in a message */
    SEEN_MAX = 4096,
};

/* ---- The console --------------------------------------------------------- */

static const char *expected(const struct session_guest *guest)
{
    return guest->step < guest->options->step_count
               ? guest->options->steps[guest->step].expect
               : NULL;
}

void session_guest_hear(struct session_guest *guest, const char *device,
                        uint8_t byte)
{
    const char *text = expected(guest);
    bool is_console = strcmp(device, guest->console.port) == 0;
    if (guest->output && is_console) {
        fputc(byte, guest->output);
    }
    if (!text || guest->matched || !is_console) {
        return;
    }
    if (guest->seen.size >= SEEN_MAX) {
        size_t kept = SEEN_MAX / 2;
        memmove(guest->seen.bytes, guest->seen.bytes + guest->seen.size - kept,
                kept);
        guest->seen.size = kept;
    }
    assert(guest->seen.size < SEEN_MAX);
    buffer_append(&guest->seen, &byte, 1);
    size_t length = strlen(text);
    if (guest->seen.size >= length &&
        memcmp(guest->seen.bytes + guest->seen.size - length, text, length) ==
            0) {
        guest->matched = true;
        cairn_stop(guest->machine);
    }
}

/* Types a step's text; "\n" in it is the return key. */
static void type(struct session_guest *guest, const char *text)
{
    struct buffer keys = {0};
    for (; *text; text++) {
        bool is_return = text[0] == '\\' && text[1] == 'n';
        buffer_append(&keys, is_return ? "\r" : text, 1);
        text += is_return;
    }
    session_console_type(&guest->console, keys.bytes, keys.size);
    buffer_fini(&keys);
}

/* After a match: false when the script is at its end and nothing is to be typed
 * after it. */
static bool next_step(struct session_guest *guest)
{
    const char *answer = guest->options->steps[guest->step].type;
    assert(guest->matched && guest->step < guest->options->step_count);
    guest->matched = false;
    buffer_clear(&guest->seen);
    if (answer) {
        type(guest, answer);
    }
    guest->step++;
    if (!expected(guest)) {
        session_console_begin(&guest->console);
    }
    return answer || expected(guest) || guest->console.has_input;
}

/* ---- Running ------------------------------------------------------------- */

/* Why the guest cannot go on, and the text that was awaited. */
static int give_up(const struct session_guest *guest, enum cairn_stop stop,
                   struct cairn_error *error)
{
    const char *text = expected(guest);
    struct cairn_error why = {""};
    int code = session_limits_judge(&guest->limits, stop, &why);
    if (code != 0 && text) {
        snprintf(error->text, sizeof(error->text),
                 "the guest has not printed '%s' after %llu instructions: "
                 "%.*s",
                 text,
                 (unsigned long long)cairn_instructions(guest->machine, NULL),
                 REASON_MAX, why.text);
        return code == -ETIMEDOUT ? -ENOMSG : code;
    } else if (code != 0) {
        *error = why;
    }
    return code;
}

static int guest_off(const struct session_guest *guest,
                     struct cairn_error *error)
{
    uint64_t status = cairn_guest_status(guest->machine);
    const char *text = expected(guest);
    if (text) {
        snprintf(error->text, sizeof(error->text),
                 "the guest went off without printing '%s'", text);
        return -ENOMSG;
    }
    if (status != 0) {
        snprintf(error->text, sizeof(error->text),
                 "the guest ended with status %llu",
                 (unsigned long long)status);
        return -ECHILD;
    }
    return 0;
}

enum turn { TURN_ON, TURN_DONE };

/* Time for the console, or the end of all time. The user of a back end may
 * press a key, but that does not help a machine that is stuck. */
static enum turn take_time(struct session_guest *guest, int *code,
                           struct cairn_error *error)
{
    bool stuck = guest->console.connected && cairn_is_stuck(guest->machine);
    if (stuck || session_limits_is_late(&guest->limits)) {
        *code =
            give_up(guest, stuck ? CAIRN_STOP_IDLE : CAIRN_STOP_TIME, error);
        return TURN_DONE;
    }
    guest->end = SESSION_END_LEFT;
    return session_console_serve(&guest->console) ? TURN_ON : TURN_DONE;
}

/* The step after a stop; code is the verdict when done. */
static enum turn take_turn(struct session_guest *guest, enum cairn_stop stop,
                           int *code, struct cairn_error *error)
{
    switch (stop) {
    case CAIRN_STOP_OFF:
        guest->end = SESSION_END_OFF;
        *code = guest_off(guest, error);
        return TURN_DONE;
    case CAIRN_STOP_RESET:
        if (session_limits_reset(&guest->limits)) {
            return TURN_ON;
        }
        *code = give_up(guest, stop, error);
        return TURN_DONE;
    case CAIRN_STOP_REQUESTED:
        guest->end = SESSION_END_PRINTED;
        if (session_cut_again(guest->cut)) {
            return guest->matched && !next_step(guest) ? TURN_DONE : TURN_ON;
        }
        return guest->matched && next_step(guest) ? TURN_ON : TURN_DONE;
    case CAIRN_STOP_TIME:
        return take_time(guest, code, error);
    default:
        *code = give_up(guest, stop, error);
        return TURN_DONE;
    }
}

/* Up to the end, or to when the console wants something. */
static enum cairn_stop run_piece(struct session_guest *guest)
{
    uint64_t due = session_console_due(&guest->console);
    bool ends = expected(guest) && !session_console_has_plans(&guest->console);
    /* 0 is no time, and what is due at power-on is due a little later. */
    struct cairn_until until = {.size = sizeof(struct cairn_until),
                                .stuck_ends = ends,
                                .time_ns = due == UINT64_MAX ? 0
                                           : due != 0        ? due
                                                             : 1};
    assert(guest->machine != NULL);
    return session_limits_put(&guest->limits, &until)
               ? cairn_run(guest->machine, &until)
               : CAIRN_STOP_BUDGET;
}

int session_guest_run(struct session_guest *guest,
                      struct cairn_machine *machine, uint64_t instructions,
                      struct session_cut *cut, struct cairn_error *error)
{
    const struct session_observer *observer = guest->observer;
    enum turn turn = TURN_ON;
    int code = 0;
    assert(machine != NULL && cut != NULL);
    guest->machine = machine;
    guest->cut = cut;
    session_console_open(&guest->console);
    if (guest->options->typed_first) {
        type(guest, guest->options->typed_first);
    }
    if (!expected(guest)) {
        session_console_begin(&guest->console);
    }
    session_limits_begin(&guest->limits, machine, instructions,
                         guest->options->virtual_ns, guest->options->watched);
    while (turn == TURN_ON && !session_is_ending(observer) &&
           !session_timeout_is_over(guest->timeout)) {
        enum cairn_stop stop = run_piece(guest);
        /* A guest that only waits lets cairn_run report no progress. */
        if (observer->progress) {
            observer->progress(observer->context, cairn_time_ns(machine),
                               cairn_instructions(machine, NULL));
        }
        turn = take_turn(guest, stop, &code, error);
    }
    session_console_close(&guest->console);
    return code;
}
