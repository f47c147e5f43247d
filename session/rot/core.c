/* SPDX-License-Identifier: Apache-2.0 */
/* Registers, time, lines and state of a root of trust that is served. */
#include "session/rot/core.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "abi/caliptra_soc_ifc.h"
#include "base/assert.h"
#include "base/bits.h"
#include "session/rot/part.h"
#include "session/session.h"

static const char *const stages[ROT_STAGES] = {
    [ROT_STAGE_POWER] = "power",
    [ROT_STAGE_RESET] = "reset",
    [ROT_STAGE_FIRMWARE_READY] = "firmware-ready",
    [ROT_STAGE_FMC] = "fmc",
    [ROT_STAGE_RUNTIME] = "runtime",
};

const char *rot_stage_name(unsigned stage)
{
    return stage < ROT_STAGES ? stages[stage] : NULL;
}

/* While a command waits for its answer a fault ends the wait. */
static void fault_changed(void *context, uint32_t level)
{
    struct rot_core *core = context;
    if (level != 0 && core->waiting) {
        cairn_stop(core->machine);
    }
}

void rot_core_init(struct rot_core *core, struct session *session,
                   const struct rot_core_options *options)
{
    assert(options->user_count != 0 && options->user_count <= ROT_USERS);
    *core = (struct rot_core){
        .session = session,
        .machine = session_machine(session),
        .options = options,
    };
    core->soc = cairn_master_find(core->machine, ROT_MASTER);
    (void)cairn_line_watch(core->machine, ROT_FAULT_LINE, fault_changed, core);
}

/* ---- Registers and time -------------------------------------------------- */

uint64_t rot_core_time(const struct rot_core *core)
{
    return cairn_time_ns(core->machine);
}

enum cairn_stop rot_core_pass(struct rot_core *core, uint64_t ns)
{
    uint64_t now = cairn_time_ns(core->machine);
    const struct cairn_until until = {
        .size = sizeof(struct cairn_until),
        .time_ns = ns < UINT64_MAX - now ? now + ns : UINT64_MAX,
    };
    return ns == 0 ? CAIRN_STOP_TIME : cairn_run(core->machine, &until);
}

uint64_t rot_core_next_event(const struct rot_core *core)
{
    uint64_t next = UINT64_MAX;
    int code = cairn_next_event(core->machine, &next);
    return code == 0 ? next : UINT64_MAX;
}

static enum rot_error access_result(int code)
{
    return code == 0 ? ROT_ERROR_NONE : ROT_ERROR_BUS;
}

static bool is_in_window(uint32_t address)
{
    return address >= ROT_WINDOW_BASE &&
           address - ROT_WINDOW_BASE < ROT_WINDOW_SIZE && address % 4 == 0;
}

static bool is_of_mailbox(uint32_t address)
{
    return address >= CALIPTRA_MBOX_LOCK && address <= CALIPTRA_MBOX_UNLOCK;
}

uint32_t rot_core_phase(struct rot_core *core)
{
    uint8_t status[4] = {0};
    size_t done = 0;
    /* Every core accepts this user. */
    int code = cairn_peek(core->machine, core->soc, UINT32_MAX,
                          CALIPTRA_MBOX_STATUS, status, sizeof(status), &done);
    return code == 0 ? load_le32(status) & CALIPTRA_MBOX_FSM_MASK : 0;
}

bool rot_core_is_held(struct rot_core *core, const void *who)
{
    if (core->holder && rot_core_phase(core) == 0) {
        core->holder = NULL;
    }
    return core->holder && core->holder != who;
}

/* The hardware cannot tell two clients of one user from each other. */
static bool is_kept_out(struct rot_core *core, const void *who, uint32_t user,
                        uint32_t address)
{
    return is_of_mailbox(address) && core->holder && core->holder != who &&
           core->holder_user == user && rot_core_is_held(core, who);
}

enum rot_error rot_core_read(struct rot_core *core, const void *who,
                             uint32_t user, uint32_t address, uint32_t *value)
{
    uint64_t wide = 0;
    if (!is_in_window(address)) {
        return ROT_ERROR_ADDRESS;
    }
    if (is_kept_out(core, who, user, address)) {
        if (address == CALIPTRA_MBOX_DATAOUT) {
            return ROT_ERROR_BUSY;
        }
        if (address == CALIPTRA_MBOX_LOCK) {
            *value = 1;
            return ROT_ERROR_NONE;
        }
    }
    int code =
        cairn_master_read(core->machine, core->soc, user, address, 4, &wide);
    *value = (uint32_t)wide;
    if (code == 0 && address == CALIPTRA_MBOX_LOCK && (wide & 1) == 0) {
        core->holder = who;
        core->holder_user = user;
    }
    return access_result(code);
}

enum rot_error rot_core_write(struct rot_core *core, const void *who,
                              uint32_t user, uint32_t address, uint32_t value)
{
    if (!is_in_window(address)) {
        return ROT_ERROR_ADDRESS;
    }
    if (is_kept_out(core, who, user, address)) {
        return ROT_ERROR_BUSY;
    }
    int code =
        cairn_master_write(core->machine, core->soc, user, address, 4, value);
    if (address == CALIPTRA_MBOX_EXECUTE) {
        (void)rot_core_is_held(core, who);
    }
    return access_result(code);
}

/* ---- Lines --------------------------------------------------------------- */

enum rot_error rot_core_get_line(struct rot_core *core, const char *name,
                                 uint32_t *level)
{
    const struct cairn_line *line = cairn_line_find(core->machine, name);
    if (!line) {
        return ROT_ERROR_NAME;
    }
    *level = cairn_line_level(line);
    return ROT_ERROR_NONE;
}

enum rot_error rot_core_set_line(struct rot_core *core, const char *name,
                                 uint32_t level)
{
    struct cairn_line *line = cairn_line_find(core->machine, name);
    if (!line) {
        return ROT_ERROR_NAME;
    }
    return cairn_line_drive(core->machine, line, level) == 0 ? ROT_ERROR_NONE
                                                             : ROT_ERROR_VALUE;
}

static void line_changed(void *context, uint32_t level)
{
    struct rot_line *line = context;
    struct rot_core *core = line->core;
    if (level != line->level) {
        line->level = level;
        core->changed(core->context, line->index, level);
    }
}

/* Lines are followed until the machine's end: the server asks who watches. */
enum rot_error rot_core_watch(struct rot_core *core, const char *name,
                              unsigned *number)
{
    struct cairn_line *line = cairn_line_find(core->machine, name);
    struct cairn_watch *watch = NULL;
    for (unsigned i = 0; i < core->line_count; i++) {
        if (core->lines[i].line == line) {
            *number = i;
            return ROT_ERROR_NONE;
        }
    }
    if (!line) {
        return ROT_ERROR_NAME;
    }
    if (core->line_count == ROT_LINES) {
        return ROT_ERROR_VALUE;
    }
    struct rot_line *made = &core->lines[core->line_count];
    *made = (struct rot_line){
        .core = core,
        .line = line,
        .index = core->line_count,
        .level = cairn_line_level(line),
    };
    if (cairn_line_follow(core->machine, line, line_changed, made, &watch)) {
        return ROT_ERROR_VALUE;
    }
    *number = core->line_count++;
    return ROT_ERROR_NONE;
}

/* Looks at lines that changed without a word: a snapshot puts lines back
 * silently. */
static void look_again(struct rot_core *core)
{
    for (unsigned i = 0; i < core->line_count; i++) {
        struct rot_line *line = &core->lines[i];
        line_changed(line, cairn_line_level(line->line));
    }
}

/* ---- State --------------------------------------------------------------- */

enum rot_error rot_core_save(struct rot_core *core, uint8_t **bytes,
                             size_t *size)
{
    int code = cairn_save_bytes(core->machine, bytes, size, &core->why);
    if (code == 0 && *size > ROT_STATE_MOST) {
        free(*bytes);
        *bytes = NULL;
        return ROT_ERROR_STATE;
    }
    return code == 0 ? ROT_ERROR_NONE : ROT_ERROR_STATE;
}

/* The holder of the mailbox at that time is not known here, so it has none. */
enum rot_error rot_core_load(struct rot_core *core, const uint8_t *bytes,
                             size_t size)
{
    int code = cairn_load_bytes(core->machine, bytes, size, &core->why);
    if (code != 0) {
        core->broken = code == -ENOMEM;
        return ROT_ERROR_STATE;
    }
    core->holder = NULL;
    core->unanswered = false;
    look_again(core);
    return ROT_ERROR_NONE;
}
