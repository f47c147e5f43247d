/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn serve rot`: a root of trust for other programs, over a socket. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "commands/boards.h"
#include "commands/command.h"
#include "commands/embedded.h"
#include "commands/sandbox_page.h"
#include "commands/serve/output.h"
#include "host/ending.h"
#include "session/life_cycle.h"
#include "session/request/request.h"
#include "session/rot/server.h"
#include "session/session.h"

static const struct option options[] = {
#include "commands/serve/options.def"
};

enum { CLIENTS_DEFAULT = 16, CLIENTS_MOST = 256 };
#define ACCESS_DEFAULT_NS  1000ull
#define LIMIT_DEFAULT_NS   1000000000ull
#define TIMEOUT_DEFAULT_NS 5000000000ull
#define TIME_MOST_NS       3600000000000ull

/* All that one server owns; any of it may be empty. */
struct job {
    struct arguments *arguments;
    char *board;
    const char **overlays;
    const char **folders;
    struct session_options session_options;
    struct session_target targets[1];
    char *variable; /* USER=N */
    const char *variables[1];
    struct rot_server_options server_options;
    struct serve_output output;
    struct session *session;
    struct rot_server *server;
};

/* ---- Options ------------------------------------------------------------- */

static int complain(const struct job *job, const struct session_error *error)
{
    return error->misuse
               ? command_misuse(job->arguments, "%s%s%s%s",
                                error->option ? "option '--" : "",
                                error->option ? error->option : "",
                                error->option ? "': " : "", error->text)
               : command_failure(job->arguments, "%s", error->text);
}

static int choose_board(struct job *job)
{
    const struct arguments *arguments = job->arguments;
    const char *generation = arguments_value(arguments, "generation");
    if (arguments->operand_count != 0 && generation) {
        return command_misuse(arguments,
                              "option '--generation': BOARD '%s' has one",
                              arguments->operands[0]);
    }
    job->board = arguments->operand_count != 0 ? xstrdup(arguments->operands[0])
                 : generation ? xasprintf("caliptra-%s", generation)
                              : xstrdup(SESSION_BOARD_DEFAULT);
    return COMMAND_DONE;
}

static int take_time(const struct job *job, const char *name, uint64_t least,
                     uint64_t most, uint64_t *ns)
{
    const char *text = arguments_value(job->arguments, name);
    if (!text) {
        return COMMAND_DONE;
    }
    if (!time_parse(text, ns) || *ns < least || *ns > most) {
        return command_misuse(job->arguments,
                              "option '--%s': '%s' is no time from %lluns to "
                              "%lluns, such as 5s, 250ms, 10us or 7ns",
                              name, text, (unsigned long long)least,
                              (unsigned long long)most);
    }
    return COMMAND_DONE;
}

static int take_users(struct job *job)
{
    const struct arguments *arguments = job->arguments;
    struct rot_core_options *core = &job->server_options.core;
    const size_t count = arguments_count(arguments, "user");
    core->users[0] = 1;
    core->user_count = count != 0 ? (unsigned)count : 1;
    if (count > ROT_USERS) {
        return command_misuse(arguments,
                              "option '--user': a part has %d users, not %zu",
                              ROT_USERS, count);
    }
    for (size_t i = 0; i < count; i++) {
        const char *text = arguments_nth(arguments, "user", i);
        uint64_t value = 0;
        if (!number_parse(text, &value) || value >= UINT32_MAX) {
            return command_misuse(arguments,
                                  "option '--user': '%s' is no number below "
                                  "0xffffffff",
                                  text);
        }
        core->users[i] = (uint32_t)value;
    }
    job->variable = xasprintf("USER=%u", core->users[0]);
    job->variables[0] = job->variable;
    return COMMAND_DONE;
}

static int take_server(struct job *job)
{
    const struct arguments *arguments = job->arguments;
    struct rot_server_options *server = &job->server_options;
    struct rot_core_options *core = &server->core;
    const char *until = arguments_value(arguments, "until");
    uint64_t clients = CLIENTS_DEFAULT;
    core->stage = ROT_STAGE_RUNTIME;
    for (unsigned i = 0; until && i < ROT_STAGES; i++) {
        if (strcmp(rot_stage_name(i), until) == 0) {
            core->stage = (enum rot_stage)i;
        }
    }
    core->access_ns = ACCESS_DEFAULT_NS;
    core->limit_ns = LIMIT_DEFAULT_NS;
    server->timeout_ns = TIMEOUT_DEFAULT_NS;
    server->path = arguments_value(arguments, "socket");
    server->real_time = arguments_flag(arguments, "real-time");
    int result = server->path ? COMMAND_DONE
                              : command_misuse(arguments,
                                               "option '--socket' is missing");
    result = result ? result
                    : take_time(job, "access-time", 0, ROT_PACE_MOST_NS,
                                &core->access_ns);
    result = result ? result
                    : take_time(job, "command-limit", 1, TIME_MOST_NS,
                                &core->limit_ns);
    result = result ? result
                    : take_time(job, "timeout", 1000000, TIME_MOST_NS,
                                &server->timeout_ns);
    result = result ? result
                    : arguments_number_from(arguments, "clients", 1,
                                            CLIENTS_MOST, &clients);
    server->clients = (unsigned)clients;
    return result ? result : take_users(job);
}

static int take_options(struct job *job)
{
    const struct arguments *arguments = job->arguments;
    struct session_options *asked = &job->session_options;
    const char *log = arguments_value(arguments, "log");
    session_options_init(asked);
    int result = choose_board(job);
    result = result ? result : take_server(job);
    result =
        result ? result : arguments_number(arguments, "seed", &asked->seed);
    job->overlays = arguments_all(arguments, "with", &asked->overlay_count);
    job->folders = arguments_all(arguments, "allow", &asked->folder_count);
    asked->board = job->board;
    asked->overlays = job->overlays;
    asked->folders = job->folders;
    asked->carried = embedded_find;
    asked->rom = arguments_value(arguments, "rom");
    asked->firmware = arguments_value(arguments, "firmware");
    asked->fuses = arguments_value(arguments, "fuses");
    asked->debug_unlocked = arguments_flag(arguments, "debug-unlocked");
    asked->serves = job->server_options.path;
    asked->variables = job->variables;
    asked->variable_count = 1;
    if (log) {
        job->targets[0] = (struct session_target){"log", log, FILE_IN_PLACE};
        asked->targets = job->targets;
        asked->target_count = 1;
    }
    session_life_cycle_take(arguments_value(arguments, "lifecycle"), asked);
    return result;
}

/* ---- Serving ------------------------------------------------------------- */

static int check_board(const struct job *job)
{
    return session_has_agent(job->session)
               ? COMMAND_DONE
               : command_misuse(job->arguments,
                                "board '%s' is not a root of trust alone, "
                                "whose SoC others could be",
                                job->board);
}

static bool is_confined(const struct job *job)
{
    return command_owns_process() &&
           !arguments_flag(job->arguments, "no-sandbox");
}

static int prepare(struct job *job)
{
    struct session_error error = {0};
    const struct session_observer observer = serve_output_session(&job->output);
    const struct rot_observer watcher = serve_output_server(&job->output);
    board_warn(job->arguments);
    if (session_open(&job->session_options, &observer, &job->session, &error)) {
        return complain(job, &error);
    }
    int result = check_board(job);
    if (result == COMMAND_DONE &&
        (session_check_targets(job->session, &error) ||
         (is_confined(job) &&
          session_prepare_confinement(job->session, &error)) ||
         session_load(job->session, &error) ||
         session_build(job->session, &error))) {
        result = complain(job, &error);
    }
    result = result ? result : serve_output_open(&job->output, job->arguments);
    if (result == COMMAND_DONE &&
        rot_server_open(job->session, &job->server_options, &watcher,
                        &job->server, &error)) {
        result = complain(job, &error);
    }
    job->output.machine = session_machine(job->session);
    return result;
}

static int serve(struct job *job)
{
    struct session_error error = {0};
    ending_catch();
    if (is_confined(job)) {
        (void)session_confine(job->session);
    }
    if (rot_server_boot(job->server, &error)) {
        /* A signal that came meanwhile is no failure of the part. */
        return ending_signal() != 0 ? COMMAND_DONE : complain(job, &error);
    }
    serve_output_ready(&job->output, job->server_options.path,
                       rot_stage_name(job->server_options.core.stage),
                       session_sandbox(job->session));
    return rot_server_run(job->server) == 0
               ? COMMAND_DONE
               : command_failure(job->arguments,
                                 "not enough memory for the "
                                 "state that a client loads");
}

/* To be ended is what a server waits for: it is no failure. */
static void end_well(const struct job *job, int result)
{
    if (result == COMMAND_DONE && ending_signal() != 0) {
        serve_output_ended(&job->output, ending_name());
        ending_fulfil();
    }
}

static int serve_run(struct arguments *arguments)
{
    struct job *job = xcalloc(1, sizeof(*job));
    job->arguments = arguments;
    serve_output_begin(&job->output, arguments);
    int result = take_options(job);
    result = result ? result : prepare(job);
    result = result ? result : serve(job);
    rot_server_close(job->server);
    end_well(job, result);
    result = serve_output_close(&job->output, arguments, result);
    session_close(job->session);
    free(job->overlays);
    free(job->folders);
    free(job->variable);
    free(job->board);
    free(job);
    return result;
}

const struct command command_serve_rot = {
    .name = "serve rot",
    .purpose = "offer a root of trust to other programs over a socket",
    .operands = "[BOARD]",
    OPTIONS(options),
    .run = serve_run,
    .describe = sandbox_page_served,
    .description =
#include "commands/serve/description.def"
};
