/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn run`: asks for a session, shows what happens in it, and ends in a
 * report. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "commands/boards.h"
#include "commands/command.h"
#include "commands/embedded.h"
#include "commands/pass_phrase.h"
#include "commands/report.h"
#include "commands/run/choices.h"
#include "commands/run/inputs.h"
#include "commands/run/origin.h"
#include "commands/run/output.h"
#include "commands/sandbox_page.h"
#include "host/ending.h"
#include "host/file.h"
#include "session/known.h"
#include "session/option_table.h"
#include "session/power/power.h"
#include "session/request/request.h"
#include "session/session.h"
#include "session/statistics.h"

/* Everything a run owns; all of it may be empty. */
struct run {
    struct arguments *arguments;
    struct run_origin origin;
    struct run_inputs inputs;
    struct session_request request;
    struct pass_phrases phrases; /* of --idevid-issuer */
    struct session_target *targets;
    struct run_output output;
    struct session *session;
};

/* ---- Before the power comes on ------------------------------------------- */

static bool is_confined(const struct run *run)
{
    return command_owns_process() &&
           !arguments_flag(run->arguments, "no-sandbox");
}

/* Files that the command writes itself. */
static int set_targets(struct run *run)
{
    static const struct {
        const char *option;
        enum file_use use;
    } rows[] = {
        {"events", FILE_IN_PLACE},
        {"log",    FILE_IN_PLACE},
        {"report", FILE_REPLACED},
    };
    const struct arguments *arguments = run->arguments;
    size_t count = arguments_count(arguments, "report");
    size_t *used = &run->request.options.target_count;
    run->targets = xcalloc(count + ARRAY_SIZE(rows), sizeof(*run->targets));
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *option = rows[i].option;
        for (size_t n = 0; n < arguments_count(arguments, option); n++) {
            run->targets[(*used)++] = (struct session_target){
                option, arguments_nth(arguments, option, n), rows[i].use};
        }
    }
    run->request.options.targets = run->targets;
    for (size_t i = 0; i < count; i++) {
        const char *path = arguments_nth(arguments, "report", i);
        if (!report_has_form(path)) {
            return command_misuse(arguments,
                                  "option '--report': '%s' ends in none of %s",
                                  path, report_forms);
        }
    }
    return COMMAND_DONE;
}

static int begin(struct run *run)
{
    struct session_request *request = &run->request;
    struct session_error error = {0};
    request->given = &run->arguments->given;
    request->operand = run->arguments->operands[0];
    request->has_terminal = isatty(STDIN_FILENO) != 0;
    if (session_request_begin(request, &error)) {
        return command_error(run->arguments, &error);
    }
    pass_phrases_init(&run->phrases, run->arguments);
    request->options.pass_phrase = &run->phrases.from;
    request->options.carried = embedded_find;
    /* With a terminal there is a user, who can end a run without progress. */
    int out = fileno(run->arguments->out);
    request->options.watched =
        request->has_terminal || (out >= 0 && isatty(out));
    return set_targets(run);
}

static int open_session(struct run *run)
{
    const struct session_observer observer = run_output_observer(&run->output);
    struct session_error error = {0};
    board_warn(run->arguments);
    return session_open(&run->request.options, &observer, &run->session, &error)
               ? command_error(run->arguments, &error)
               : COMMAND_DONE;
}

static int check_request(struct run *run)
{
    struct session_error error = {0};
    return session_request_complete(&run->request, run->session, &error) ||
                   session_check_targets(run->session, &error)
               ? command_error(run->arguments, &error)
               : COMMAND_DONE;
}

static int load(struct run *run)
{
    struct session_error error = {0};
    if (is_confined(run) && session_prepare_confinement(run->session, &error)) {
        return command_error(run->arguments, &error);
    }
    if (session_load(run->session, &error)) {
        return command_error(run->arguments, &error);
    }
    run_inputs_read(&run->inputs, run->arguments,
                    session_guest_kernel(run->session));
    bool saves = arguments_value(run->arguments, "save") != NULL;
    if (saves || arguments_value(run->arguments, "record")) {
        run->origin.records = !saves;
        const char *clock = run->request.clock;
        run->origin.clock = *clock ? clock : NULL;
        run->origin.kernel = session_guest_kernel(run->session);
        run_origin_make(&run->origin, run->arguments);
        run->request.options.origin = (const char *const *)run->origin.words;
        run->request.options.origin_count = run->origin.count;
    }
    return COMMAND_DONE;
}

static int build(struct run *run)
{
    struct session_error error = {0};
    run_output_begin(&run->output, run->arguments,
                     session_has_guest(run->session));
    if (session_build(run->session, &error)) {
        return command_error(run->arguments, &error);
    }
    int result = pass_phrases_end(&run->phrases);
    result = result ? result : run_output_open(&run->output);
    return result == COMMAND_DONE && session_make_files(run->session, &error)
               ? command_error(run->arguments, &error)
               : result;
}

/* ---- The end ------------------------------------------------------------- */

static int write_report_file(const struct run *run, const struct report *report,
                             const char *path)
{
    struct buffer text = {0};
    struct error error = {""};
    report_for(report, path, &text);
    int result = file_write(path, text.bytes, text.size, &error)
                     ? command_failure(run->arguments, "%s", error.text)
                     : COMMAND_DONE;
    buffer_fini(&text);
    return result;
}

static void print_power(const struct run *run)
{
    const struct arguments *arguments = run->arguments;
    struct cairn_machine *machine = session_machine(run->session);
    const char *board = run->request.options.board;
    struct buffer text = {0};
    if (arguments_flag(arguments, "json")) {
        session_power_json(machine, board, &text);
    } else {
        session_power_text(machine, board, &text);
    }
    fputs(buffer_text(&text), arguments->out);
    buffer_fini(&text);
}

static int write_report(struct run *run, const struct report *report)
{
    const struct arguments *arguments = run->arguments;
    struct buffer text = {0};
    int result = COMMAND_DONE;
    if (arguments_flag(arguments, "json")) {
        report_json(report, &text);
        fprintf(arguments->out, "%s\n", buffer_text(&text));
    } else {
        struct report bare = *report;
        /* The reader of standard output has typed the command, and seen the
         * consoles. */
        bare.result.command = NULL;
        bare.result.console_count = 0;
        report_text(&bare, &text);
        fputs(buffer_text(&text), arguments->out);
    }
    buffer_fini(&text);
    if (run->request.options.power_count <
        arguments_count(arguments, "power")) {
        print_power(run);
    }
    /* Before files that may take a while, or be pipes without a reader. */
    run_output_flush(&run->output);
    fflush(arguments->out);
    for (size_t i = 0; i < arguments_count(arguments, "report"); i++) {
        int written = write_report_file(run, report,
                                        arguments_nth(arguments, "report", i));
        result = result ? result : written;
    }
    return result;
}

static void print_statistics(const struct run *run)
{
    struct buffer text = {0};
    session_statistics_print(session_machine(run->session),
                             SESSION_STATISTICS_ALL, &text);
    fputs(buffer_text(&text), run->arguments->err);
    buffer_fini(&text);
}

static int show_report(struct run *run, const struct session_outcome *outcome)
{
    const struct session_options *asked = &run->request.options;
    struct session_known known;
    struct cairn_console_end consoles[RUN_PORTS];
    session_known_read(&known, run->session);
    struct report report = {
        .machine = session_machine(run->session),
        .result =
            run_output_outcome(&run->output, outcome->reached, outcome->text),
        .board = asked->board,
        .firmware = session_firmware(run->session),
        .evidence = outcome->reached ? asked->quote : NULL,
        .reason = session_reason_word(outcome->reason),
        .guest_status = outcome->guest_status,
        .time_ns = outcome->time_ns,
        .instructions = outcome->instructions,
        .unmodelled = outcome->unmodelled,
        .state_hash = outcome->state_hash,
        .sandbox = session_sandbox(run->session),
        .clock = run->request.clock,
    };
    report.created_count = session_created(run->session, report.created);
    report.result.keys = known.keys;
    report.result.key_count = known.table.count;
    report.result.command = run->inputs.command;
    report.result.inputs =
        (const struct cairn_input *)(const void *)run->inputs.files.bytes;
    report.result.input_count =
        run->inputs.files.size / sizeof(struct cairn_input);
    report.result.consoles = consoles;
    report.result.console_count = run_output_ends(&run->output, consoles);
    if (asked->time_engine) {
        print_statistics(run);
    }
    int result = write_report(run, &report);
    session_known_fini(&known);
    return result;
}

/* The exit code of a run that failed. A process has 8 bits for its status. */
static int exit_code(const struct run *run,
                     const struct session_outcome *outcome)
{
    const char *kind = arguments_value(run->arguments, "exit-status");
    if (!kind || strcmp(kind, "verdict") == 0) {
        return COMMAND_FAILED;
    }
    if (strcmp(kind, "guest") == 0 &&
        outcome->reason == SESSION_REASON_STATUS) {
        return outcome->guest_status < UINT8_MAX ? (int)outcome->guest_status
                                                 : UINT8_MAX;
    }
    if (outcome->reason == SESSION_REASON_ENDED) {
        /* The code tells it, in place of the signal. */
        ending_fulfil();
    }
    return session_reason_code(outcome->reason);
}

static int finish(struct run *run, struct session_outcome *outcome)
{
    if (outcome->code == -EINTR && ending_signal() != 0) {
        snprintf(outcome->text, sizeof(outcome->text), "ended by %s",
                 ending_name());
    }
    if (outcome->evidence_code) {
        command_failure(run->arguments, "--quote: %s", outcome->evidence_text);
    }
    run_output_finish(&run->output);
    int result = show_report(run, outcome);
    result = outcome->evidence_code ? COMMAND_FAILED : result;
    result = session_finish(run->session) ? COMMAND_FAILED : result;
    if (outcome->code == 0) {
        return result;
    }
    fflush(run->arguments->out);
    /* A reader that left has nothing to be told. */
    if (ending_signal() != SIGPIPE) {
        if (outcome->reason == SESSION_REASON_EXPECTATION) {
            run_output_tail(&run->output);
        }
        command_failure(run->arguments, "%s", outcome->text);
    }
    return result ? result : exit_code(run, outcome);
}

static int power_on(struct run *run)
{
    struct session_outcome outcome;
    run->output.session = run->session;
    ending_catch();
    if (is_confined(run)) {
        session_confine(run->session);
    }
    (void)session_run(run->session, &outcome);
    return finish(run, &outcome);
}

static int run_run(struct arguments *arguments)
{
    struct run run = {.arguments = arguments};
    if (run_choices(arguments)) {
        return COMMAND_DONE;
    }
    int result = run_origin_follow(&run.origin, arguments);
    result = result ? result : begin(&run);
    result = result ? result : open_session(&run);
    result = result ? result : check_request(&run);
    result = result ? result : load(&run);
    result = result ? result : build(&run);
    result = result ? result : power_on(&run);
    result = run_output_close(&run.output, result);
    session_close(run.session);
    run_output_fini(&run.output);
    session_request_fini(&run.request);
    free(run.targets);
    run_inputs_fini(&run.inputs);
    run_origin_fini(&run.origin);
    return result;
}

const struct command command_run = {
    .name = "run",
    .purpose = "boot a machine and report its chain of trust",
    .operands = "[BOARD]",
    .options = session_request_options,
    .option_count = SESSION_OPTIONS,
    .run = run_run,
    .describe = sandbox_page,
    .description =
#include "commands/run/description.def"
};
