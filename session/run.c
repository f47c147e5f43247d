/* SPDX-License-Identifier: Apache-2.0 */
/* Running a session's machine to its end, and keeping what is kept of it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "session/alone.h"
#include "session/internal.h"
#include "session/record.h"
#include "session/reset_at.h"

/* People think long: an agent's patience under a debugger. */
#define INSTRUCTIONS_DEBUGGED 1000000000000000ull

/* ---- Going --------------------------------------------------------------- */

static void listening(void *context, const char *address)
{
    const struct session_observer *observer =
        &((struct session *)context)->observer;
    if (observer->debugger) {
        observer->debugger(observer->context, address);
    }
}

/* Files that the agent is given beside a script. */
struct agent_files {
    struct cairn_image list[3];
    char *folder; /* of the user's script, or NULL */
};

static struct cairn_agent_options agent_options(const struct session *session,
                                                struct agent_files *files)
{
    const char *path = session->options->agent;
    const char *slash = path ? strrchr(path, '/') : NULL;
    const struct buffer *firmware = &session->start.firmware;
    const struct buffer *fuses = &session->start.fuses;
    files->folder = slash ? strndup(path, (size_t)(slash - path)) : NULL;
    files->list[0] = (struct cairn_image){"firmware.bundle", firmware->bytes,
                                          firmware->size};
    files->list[1] =
        (struct cairn_image){"part.fuses", fuses->bytes, fuses->size};
    return (struct cairn_agent_options){
        .size = sizeof(struct cairn_agent_options),
        .script = session->script,
        .script_name = path,
        .folder = files->folder,
        .variables = (const char *const *)session->variables.list,
        .variable_count = session->variables.count,
        .files = files->list,
        .file_count = 2,
        .instructions = session_instructions(session),
    };
}

/* Lets the agent bring the machine up; returns what the agent returned. With a
 * debugger it does the rest of its script for as long as the debugger is
 * there. */
static int bring_up(struct session *session, bool resume, const char *gdb,
                    struct cairn_error *error)
{
    assert(session->machine != NULL);
    struct agent_files files;
    struct cairn_agent_options agent = agent_options(session, &files);
    agent.resume = resume;
    if (gdb) {
        agent.instructions = INSTRUCTIONS_DEBUGGED;
    }
    int code = gdb ? cairn_debug_serve(session->machine, gdb, &agent, listening,
                                       session, error)
                   : cairn_agent_run(session->machine, &agent, error);
    if (code == -ETIME) {
        size_t length = strlen(error->text);
        snprintf(error->text + length, sizeof(error->text) - length,
                 "; --max-instructions raises it");
    }
    free(files.folder);
    return code;
}

int session_do_duties(struct session *session,
                      const struct session_duties *script,
                      struct cairn_error *error)
{
    assert(session->machine != NULL);
    struct agent_files files;
    struct cairn_agent_options agent = agent_options(session, &files);
    const size_t count = agent.variable_count;
    const char **variables = xcalloc(count + 1, sizeof(*variables));
    char *until = xasprintf("UNTIL=%s", script->until);
    if (count != 0) {
        memcpy(variables, agent.variables, count * sizeof(*variables));
    }
    variables[count] = until;
    agent.variables = variables;
    agent.variable_count = count + 1;
    if (script->text) {
        agent.script = script->text;
        agent.script_name = script->name;
    }
    if (script->file) {
        files.list[agent.file_count++] = *script->file;
    }
    int code = cairn_agent_run(session->machine, &agent, error);
    free(until);
    free(variables);
    free(files.folder);
    return code;
}

/* A boot MCU, which asks the root of trust, decides whether the other
 * processors may start: it has reset lines with a verdict, or a console beside
 * a root of trust. A microcontroller's only processor has a boot console as
 * well. */
static bool has_boot_mcu(const struct session *session)
{
    const struct session_roles *roles = &session->roles;

    return session_role(roles, SESSION_BOOT_CONTROL) ||
           (session_role(roles, SESSION_BOOT_CONSOLE) &&
            session_role(roles, SESSION_ROOT_OF_TRUST));
}

/* The outcome of the run, when nothing went wrong. */
static int judge(const struct session *session, struct cairn_error *words)
{
    const struct session_verdict verdict = {
        .machine = session->machine,
        .end = session->end,
        .has_chain = has_boot_mcu(session),
        .has_capsule = session->start.flash.capsule.size != 0,
        .until = session->options->until,
        .has_firmware = session->start.firmware.size != 0,
    };
    assert(session->machine != NULL);
    return session_verdict(&verdict, words);
}

/* The machine has not reached its goal, and lacks no firmware to do so. */
static bool may_still_come(const struct session *session)
{
    return judge(session, NULL) != 0 &&
           (session->start.firmware.size != 0 ||
            cairn_reached(session->machine, "fmc", NULL) == 0);
}

static int debug(struct session *session, struct cairn_error *error)
{
    const struct session_options *options = session->options;
    int code = options->until ? judge(session, error) : 0;
    if (code != 0) {
        return code;
    }
    session->end = SESSION_END_DEBUGGER;
    session_variables_until(&session->variables, "runtime");
    cairn_debug_reverse(session->machine, (size_t)options->reverse_memory);
    return bring_up(session, true, options->gdb, error);
}

/* By the file of inputs alone: its agent, if there was one, is in it. */
static int debug_replay(struct session *session, struct cairn_error *error)
{
    const struct session_options *options = session->options;
    session->end = SESSION_END_DEBUGGER;
    cairn_debug_reverse(session->machine, (size_t)options->reverse_memory);
    int code = cairn_debug_serve(session->machine, options->gdb, NULL,
                                 listening, session, error);
    if (code == 0) {
        snprintf(error->text, sizeof(error->text), "the debugger left");
    }
    return code;
}

/* Only its console says why the boot MCU stopped. */
static void quote_boot_mcu(struct session *session, struct cairn_error *error)
{
    size_t used = strlen(error->text);
    assert(used < sizeof(error->text));
    if (session->mcu.line.size != 0) {
        snprintf(error->text + used, sizeof(error->text) - used,
                 "; its console ends with '%s'",
                 buffer_text(&session->mcu.line));
    }
}

/* Boards without an agent, and a machine whose agent has done its script
 * already and that has not reached its goal. */
static int run_alone(struct session *session, struct cairn_error *error)
{
    bool off = false;
    char *verdict =
        session_role_line(&session->roles, SESSION_BOOT_CONTROL, "verdict");
    int code =
        session_alone(session->machine, verdict, session_instructions(session),
                      session->options->virtual_ns, &session->cut, &off, error);
    free(verdict);
    if (code == -EACCES) {
        quote_boot_mcu(session, error);
    }
    if (session->end != SESSION_END_SCRIPT) {
        session->end = off ? SESSION_END_OFF : SESSION_END_IDLE;
    }
    return code;
}

static int run_guest(struct session *session, struct cairn_error *error)
{
    int code =
        session_guest_run(&session->guest, session->machine,
                          session_instructions(session), &session->cut, error);
    session->end = session->guest.end;
    return code;
}

/* The state that the run starts from: of a snapshot, with a capsule, armed. */
static int prepare(struct session *session, struct cairn_error *error)
{
    const struct session_observer *observer = &session->observer;
    struct cairn_machine *machine = session->machine;
    const char *restore = session->options->restore;
    int code = restore ? cairn_load(machine, restore, error) : 0;
    if (restore && code == 0 && observer->restored) {
        observer->restored(observer->context, cairn_event_count(machine));
    }
    code = code ? code
                : session_flash_deliver(&session->start.flash, machine, error);
    code = code ? code
                : session_cut_plan(
                      &session->cut, machine,
                      session_role(&session->roles, SESSION_POWER_CUT), error);
    return code ? code
                : session_reset_at_plan(machine, session->options, error);
}

/* A snapshot may be at the stage at which the run is to end, and not past it.
 */
static int check_until(const struct session *session, struct cairn_error *error)
{
    static const char *const stages[] = {"firmware-ready", "fmc", "runtime"};
    const char *until = session->options->until;
    for (size_t i = 0;
         session->options->restore && until && i + 1 < ARRAY_SIZE(stages);
         i++) {
        if (strcmp(stages[i], until) == 0 &&
            cairn_reached(session->machine, stages[i + 1], NULL) == 0) {
            snprintf(error->text, sizeof(error->text),
                     "option '--until': snapshot '%s' has passed stage '%s' "
                     "already: it is at '%s' or later",
                     session->options->restore, until, stages[i + 1]);
            return -EALREADY;
        }
    }
    return 0;
}

/* A snapshot that is at the stage of --until already has nothing left to do:
 * its script stopped there, and would go on past it. */
static bool is_at_goal(const struct session_options *options,
                       const struct cairn_machine *machine)
{
    return options->restore && options->until &&
           cairn_reached(machine, options->until, NULL) == 0;
}

static int go(struct session *session, struct cairn_error *error)
{
    const struct session_options *options = session->options;
    struct cairn_machine *machine = session->machine;
    bool script = options->agent != NULL;
    int code = prepare(session, error);
    code = code ? code : check_until(session, error);
    session_profile_begin(&session->profile, options, &session->symbols,
                          machine);
    if (code == 0 && options->replay) {
        return options->gdb ? debug_replay(session, error)
                            : session_replay(session, error);
    }
    if (code == 0) {
        session_record_begin(session);
    }
    uint64_t before = cairn_instructions(machine, NULL);
    session->end = script               ? SESSION_END_OWN_SCRIPT
                   : session->has_agent ? SESSION_END_SCRIPT
                                        : SESSION_END_IDLE;
    if (code == 0 && session->has_agent) {
        code =
            !script && is_at_goal(options, machine)
                ? 0
                : bring_up(session, options->restore && !script, NULL, error);
    } else if (code == 0 && !options->restore) {
        cairn_power(machine);
    }
    if (code == 0 && options->gdb) {
        return debug(session, error);
    }
    if (code == 0 && session->has_guest) {
        return run_guest(session, error);
    }
    /* The rest of a restored script may be empty. */
    bool rested = options->restore && !script &&
                  cairn_instructions(machine, NULL) == before;
    if (code == 0 &&
        (!session->has_agent || (rested && may_still_come(session)))) {
        code = run_alone(session, error);
    }
    return code;
}

/* ---- The outcome --------------------------------------------------------- */

/* A run that ended before a button was pressed is not the one that was asked
 * for; only a user may leave it. */
static int judge_presses(const struct session *session, int code,
                         struct cairn_error *words)
{
    const struct session_edge *edge =
        session_console_unpressed(&session->guest.console);
    char text[200];
    if (!edge || session->options->replay) {
        return code;
    }
    snprintf(text, sizeof(text),
             "--press: '%s' was never pressed: the run ended at %.6f ms, "
             "before %.6f ms",
             edge->line, (double)cairn_time_ns(session->machine) / 1e6,
             (double)edge->time_ns / 1e6);
    session_say(&session->observer, "run: %s", text);
    if (code != 0 || session->end == SESSION_END_LEFT) {
        return code;
    }
    snprintf(words->text, sizeof(words->text), "%s", text);
    return -ENOMSG;
}

/* A boot MCU that released nobody has said why. */
static int judge_or_quote(struct session *session, struct cairn_error *words)
{
    int code = judge(session, words);
    if (code != 0 && has_boot_mcu(session) &&
        cairn_reached(session->machine, "application", NULL) != 0) {
        quote_boot_mcu(session, words);
    }
    return code;
}

static int run_and_judge(struct session *session, struct cairn_error *words)
{
    session_timeout_begin(&session->timeout, session->options->host_ns);
    int code = go(session, words);
    code = code || session->options->replay ? code
                                            : judge_or_quote(session, words);
    if (session_is_ending(&session->observer)) {
        /* The outcome of a run that was ended says nothing. */
        snprintf(words->text, sizeof(words->text), "ended early");
        return -EINTR;
    }
    if (session->timeout.over) {
        return session_timeout_judge(session->machine,
                                     session->options->host_ns, words);
    }
    code = judge_presses(session, code, words);
    if (session->end == SESSION_END_LEFT || session->options->replay) {
        return code;
    }
    code = session_cut_judge(&session->cut, code, words);
    return session_reset_at_judge(session->machine, code, words);
}

static int ask_quote(struct session *session, struct session_outcome *outcome)
{
    struct error error = {""};
    if (outcome->code != 0 || !session->options->quote) {
        return 0;
    }
    int code =
        session_quote_ask(&session->quote, session->machine, &session->roles,
                          session->options->board, &error);
    if (code != 0) {
        snprintf(outcome->evidence_text, sizeof(outcome->evidence_text), "%s",
                 error.text);
        snprintf(outcome->text, sizeof(outcome->text),
                 "there is no evidence: %.400s", error.text);
    }
    return code;
}

int session_run(struct session *session, struct session_outcome *outcome)
{
    struct cairn_machine *machine = session->machine;
    struct cairn_error words = {""};
    assert(machine);
    *outcome = (struct session_outcome){0};
    outcome->code = run_and_judge(session, &words);
    outcome->end = session->end;
    outcome->reason = session_reason_of(outcome->code);
    outcome->guest_status = cairn_guest_status(machine);
    session->code = outcome->code;
    session->words = words;
    memcpy(outcome->text, words.text, sizeof(outcome->text));
    cairn_judge_slots(machine);
    outcome->evidence_code = ask_quote(session, outcome);
    outcome->reached = outcome->code == 0 && outcome->evidence_code == 0;
    outcome->time_ns = cairn_time_ns(machine);
    outcome->instructions = cairn_instructions(machine, NULL);
    outcome->unmodelled = cairn_unmodelled_count(machine);
    outcome->state_hash = cairn_state_hash(machine);
    return outcome->code;
}

/* ---- Keeping ------------------------------------------------------------- */

static int keep_record(struct session *session, struct error *error)
{
    return session_record_close(session, error);
}

static int keep_hashes(struct session *session, struct error *error)
{
    return session_hashes_close(&session->hashes, error);
}

static int keep_profile(struct session *session, struct error *error)
{
    return session_profile_close(&session->profile, error);
}

static int keep_power(struct session *session, struct error *error)
{
    return session_power_close(session->machine, session->options, error);
}

static int keep_guest_flash(struct session *session, struct error *error)
{
    return session->has_guest ? session_guest_save_flash(
                                    &session->guest, session->machine, error)
                              : 0;
}

static int keep_output(struct session *session, struct error *error)
{
    return session_guest_close_output(&session->guest, error);
}

static int keep_perf_map(struct session *session, struct error *error)
{
    return session_perf_map_end(&session->perf_map, error);
}

static int keep_tree(struct session *session, struct error *error)
{
    return session->has_guest ? session_guest_save_tree(&session->guest,
                                                        session->machine, error)
                              : 0;
}

static int keep_flash(struct session *session, struct error *error)
{
    return session_flash_save(&session->start.flash, session->machine, error);
}

static int keep_snapshot(struct session *session, struct error *error)
{
    const char *path = session->options->save;
    struct cairn_error refused = {""};
    int code = path ? cairn_save(session->machine, path, &refused) : 0;
    return code ? error_set(error, code, "%s", refused.text) : 0;
}

static int keep_outside(struct session *session, struct error *error)
{
    struct cairn_error refused = {""};
    int code = cairn_outputs_end(session->machine, &refused);
    return code ? error_set(error, code, "%s", refused.text) : 0;
}

int session_finish(struct session *session)
{
    static int (*const steps[])(struct session *, struct error *) = {
        keep_record,      keep_hashes,   keep_profile, keep_power,
        keep_guest_flash, keep_output,   keep_tree,    keep_flash,
        keep_snapshot,    keep_perf_map, keep_outside,
    };
    const struct session_observer *observer = &session->observer;
    int result = 0;
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        struct error error = {""};
        int code = steps[i](session, &error);
        if (code != 0 && observer->failed) {
            observer->failed(observer->context, error.text);
        }
        result = result ? result : code;
    }
    return result;
}
