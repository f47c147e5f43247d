/* SPDX-License-Identifier: Apache-2.0 */
/* Whole commands of the mailbox for clients that know no registers, and what
 * becomes of a command whose client has gone. */
#include <errno.h>
#include <stdio.h>

#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "session/rot/core.h"
#include "session/rot/part.h"
#include "trust/caliptra/mailbox.h"

/* States of the state machine, see rot_core_phase. */
enum {
    PHASE_COMMAND = 1 << 6,
    PHASE_LENGTH = 3 << 6,
    PHASE_DATA = 2 << 6,
    PHASE_ANSWERED = 4 << 6,
};
/* Virtual time between two looks at a lock that the core itself holds. */
enum { LOCK_SLICE_NS = 1000 };
/* For an answer that nobody wants any more; and for one of a part that is in a
 * fault, which answers at once if it ever does. */
enum { CLEAN_NS = 1000000000, FAULT_NS = 1000000 };

/* State that the mailbox's client needs for one command. */
struct talk {
    struct rot_core *core;
    const void *who;
    uint32_t user;
    uint64_t end_ns;
};

static bool has_fault(const struct rot_core *core)
{
    uint32_t level = 0;
    return cairn_line_get(core->machine, ROT_FAULT_LINE, &level) == 0 &&
           level != 0;
}

static int talk_read(void *context, uint32_t address, uint32_t *value)
{
    const struct talk *talk = context;
    return rot_core_read(talk->core, talk->who, talk->user, address, value) ==
                   ROT_ERROR_NONE
               ? 0
               : -EFAULT;
}

static int talk_write(void *context, uint32_t address, uint32_t value)
{
    const struct talk *talk = context;
    return rot_core_write(talk->core, talk->who, talk->user, address, value) ==
                   ROT_ERROR_NONE
               ? 0
               : -EFAULT;
}

/* Another client's lock is not waited for: it cannot do anything meanwhile. */
static int wait_for_lock(const struct talk *talk)
{
    struct rot_core *core = talk->core;
    if (rot_core_is_held(core, talk->who)) {
        return -EBUSY;
    }
    (void)rot_core_pass(core, LOCK_SLICE_NS);
    return rot_core_time(core) < talk->end_ns ? 0 : -EBUSY;
}

static int wait_for_answer(const struct talk *talk)
{
    struct rot_core *core = talk->core;
    const uint64_t soon = rot_core_time(core) + FAULT_NS;
    const struct cairn_until until = {
        .size = sizeof(struct cairn_until),
        .line = ROT_ANSWER_LINE,
        .level_mask = 1,
        .level = 1,
        .limit_ns =
            has_fault(core) && soon < talk->end_ns ? soon : talk->end_ns,
    };
    core->waiting = true;
    enum cairn_stop stop = cairn_run(core->machine, &until);
    core->waiting = false;
    if (stop == CAIRN_STOP_LINE) {
        return 0;
    }
    return has_fault(core) ? -EPROTO : -ETIMEDOUT;
}

static int talk_wait(void *context, enum caliptra_mailbox_wait wait)
{
    return wait == CALIPTRA_MAILBOX_WAIT_LOCK ? wait_for_lock(context)
                                              : wait_for_answer(context);
}

static const struct caliptra_mailbox_soc soc = {
    .read = talk_read,
    .write = talk_write,
    .wait = talk_wait,
};

/* ---- Commands ------------------------------------------------------------ */

static enum rot_error error_of(const struct rot_core *core, int code)
{
    switch (code) {
    case 0:
        return ROT_ERROR_NONE;
    case -EBUSY:
        return ROT_ERROR_BUSY;
    case -ETIMEDOUT:
        return ROT_ERROR_LIMIT;
    case -EPROTO:
        return has_fault(core) ? ROT_ERROR_FATAL : ROT_ERROR_VALUE;
    default:
        return ROT_ERROR_BUS;
    }
}

/* A command that ran into its limit, or whose client has gone, is ended once it
 * has its answer. */
static bool is_free(struct rot_core *core)
{
    if (core->unanswered &&
        rot_core_phase(core) == CALIPTRA_MBOX_FSM_EXECUTE_UC) {
        const struct talk talk = {.core = core,
                                  .end_ns = rot_core_time(core) + CLEAN_NS};
        (void)wait_for_answer(&talk);
    }
    if (core->unanswered && rot_core_phase(core) == PHASE_ANSWERED) {
        (void)cairn_master_write(core->machine, core->soc, core->holder_user,
                                 CALIPTRA_MBOX_EXECUTE, 4, 0);
    }
    core->unanswered = core->unanswered && rot_core_phase(core) != 0;
    return !core->unanswered;
}

static void explain(struct rot_core *core, const struct error *cause)
{
    snprintf(core->why.text, sizeof(core->why.text), "%s", cause->text);
}

enum rot_error rot_core_exchange(struct rot_core *core,
                                 struct rot_exchange *exchange)
{
    struct talk talk = {
        .core = core,
        .who = exchange->who,
        .user = exchange->user,
    };
    struct caliptra_mailbox mailbox = {.soc = &soc, .context = &talk};
    struct caliptra_mailbox_request request = {
        .command = exchange->command,
        .doing = "mailbox command",
        .has_checksum = exchange->checksum,
        .response_max = ROT_MAILBOX_MOST,
    };
    struct caliptra_mailbox_answer answer = {.status = 0};
    struct error cause = {""};
    if (!is_free(core) || rot_core_is_held(core, NULL)) {
        return ROT_ERROR_BUSY;
    }
    (void)rot_core_pass(core, ROT_COMMAND_PAUSE * core->options->access_ns);
    talk.end_ns = rot_core_time(core) + core->options->limit_ns;
    if (exchange->checksum) {
        buffer_append_le32(&request.bytes, 0);
    }
    buffer_append(&request.bytes, exchange->bytes, exchange->size);
    int code = caliptra_mailbox_exchange(&mailbox, &request, &answer, &cause);
    enum rot_error error = error_of(core, code);
    explain(core, &cause);
    exchange->status = answer.status;
    exchange->answer = answer.bytes;
    if (mailbox.state == CALIPTRA_MAILBOX_ANSWERED) {
        (void)caliptra_mailbox_release(&mailbox);
    } else if (mailbox.state != CALIPTRA_MAILBOX_RELEASED) {
        core->unanswered = true;
        core->holder_user = exchange->user;
    }
    core->holder = NULL;
    buffer_fini(&request.bytes);
    return error;
}

/* ---- Clients that have gone ---------------------------------------------- */

static void put(const struct rot_core *core, uint32_t address, uint32_t value)
{
    (void)cairn_master_write(core->machine, core->soc, core->holder_user,
                             address, 4, value);
}

/* Brings a command that was begun to where it can be executed; one that was not
 * becomes one that changes nothing. */
static void complete(struct rot_core *core)
{
    uint32_t phase = rot_core_phase(core);
    if (phase == PHASE_COMMAND) {
        put(core, CALIPTRA_MBOX_CMD, CALIPTRA_CMD_VERSION);
        put(core, CALIPTRA_MBOX_DLEN, 4);
        put(core, CALIPTRA_MBOX_DATAIN,
            caliptra_checksum(CALIPTRA_CMD_VERSION, NULL, 0));
    } else if (phase == PHASE_LENGTH) {
        put(core, CALIPTRA_MBOX_DLEN, 0);
    }
    if (phase == PHASE_COMMAND || phase == PHASE_LENGTH ||
        phase == PHASE_DATA) {
        put(core, CALIPTRA_MBOX_EXECUTE, 1);
    }
}

void rot_core_forget(struct rot_core *core, const void *who)
{
    uint32_t ready = 0;
    if (core->holder != who || !core->holder || rot_core_phase(core) == 0) {
        core->holder = core->holder == who ? NULL : core->holder;
        return;
    }
    (void)cairn_line_get(core->machine, ROT_READY_LINE, &ready);
    core->unanswered = true;
    core->holder = NULL;
    if (ready == 0 && rot_core_phase(core) != PHASE_COMMAND) {
        return; /* to be refused by a ROM is fatal for the part */
    }
    complete(core);
    (void)is_free(core);
}
