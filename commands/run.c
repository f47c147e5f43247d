/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn run`: builds a machine, lets the SoC agent bring it up, shows what
 * happens, and ends in a report. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "commands/boards.h"
#include "commands/command.h"
#include "commands/report.h"
#include "commands/run_files.h"
#include "commands/run_needs.h"
#include "commands/run_origin.h"
#include "commands/run_output.h"
#include "commands/run_statistics.h"
#include "host/ending.h"
#include "host/file.h"
#include "include/cairn/cairn.h"
#include "session/alone.h"
#include "session/guest.h"
#include "session/hashes.h"
#include "session/perf_map.h"
#include "session/power_cut.h"
#include "session/quote.h"
#include "session/sandbox.h"
#include "session/targets.h"
#include "session/verdict.h"
#include "trust/caliptra/bundle.h"
#include "trust/caliptra/fuses.h"

enum { DEBUG_LOCKED = 4 };
#define INSTRUCTIONS_DEFAULT 200000000ull
/* People think long: an agent's patience under a debugger. */
#define INSTRUCTIONS_DEBUGGED      1000000000000000ull
#define REVERSE_MEMORY_DEFAULT     (256ull << 20)
#define GUEST_INSTRUCTIONS_DEFAULT 20000000000ull

static const struct option options[] = {
#include "commands/run_options.def"
};

/* Everything a run owns; all of it may be empty. */
struct run {
    struct arguments *arguments;
    struct run_origin origin;
    const char *board;
    struct run_files files;
    char **variables;
    size_t variable_count;
    struct run_output output;
    bool is_guest; /* a board of application processors */
    struct session_guest guest;
    struct session_power_cut power_cut;
    struct session_hashes hashes;
    struct session_perf_map perf_map;
    struct session_quote quote;
    struct session_sandbox sandbox;
    uint64_t instructions;
    uint64_t seed;
    enum cairn_engine engine;
    uint64_t reverse_memory;
    enum session_end end;
    struct cairn_machine *machine;
};

/* ---- The board --------------------------------------------------------- */

static int find_board(struct run *run)
{
    struct arguments *arguments = run->arguments;
    const char *generation = arguments_value(arguments, "generation");
    struct cairn_error error = {""};
    run->board = arguments->operand_count              ? arguments->operands[0]
                 : arguments_value(arguments, "guest") ? "trust"
                 : generation && strcmp(generation, "1.0") == 0 ? "caliptra-1.0"
                                                                : BOARD_DEFAULT;
    run->board = session_guest_board(arguments, run->board);
    run->files.board = run->board;
    run_files_overlays(&run->files);
    const struct cairn_options look = {
        .board = run->board,
        .overlays = run->files.overlays,
        .overlay_count = run->files.overlay_count,
        .folders = run->files.folders,
        .folder_count = run->files.folder_count,
    };
    if (cairn_board_open(&look, &run->files.look, &error)) {
        return command_failure(arguments, "%s", error.text);
    }
    run->is_guest = session_guest_wants(arguments, run->board, run->files.look);
    return COMMAND_DONE;
}

static int check_options(const struct run *run)
{
    const struct run_needs needs = {
        .arguments = run->arguments,
        .name = run->board,
        .board = run->files.look,
        .is_guest = run->is_guest,
        .script = arguments_value(run->arguments, "agent")
                      ? buffer_text(&run->files.script)
                      : NULL,
    };
    return run_needs_check(&needs);
}

/* ---- The script's variables ---------------------------------------------- */

static int security_state(struct run *run, uint32_t *state)
{
    static const struct {
        const char *name;
        uint32_t value;
    } cycles[] = {
        {"production",    FUSES_PRODUCTION   },
        {"manufacturing", FUSES_MANUFACTURING},
        {"unprovisioned", FUSES_UNPROVISIONED}
    };
    struct fuses fuses;
    struct error error = {""};
    fuses_init(&fuses);
    const char *path = arguments_value(run->arguments, "fuses");
    if (run->files.fuses.size &&
        fuses_parse(&fuses, path ? path : "part.fuses", run->files.fuses.bytes,
                    run->files.fuses.size, &error)) {
        return command_failure(run->arguments, "%s", error.text);
    }
    const char *name = arguments_value(run->arguments, "lifecycle");
    for (size_t i = 0; name && i < ARRAY_SIZE(cycles); i++) {
        if (strcmp(cycles[i].name, name) == 0) {
            fuses.life_cycle = cycles[i].value;
        }
    }
    bool locked =
        fuses.debug_locked && !arguments_flag(run->arguments, "debug-unlocked");
    *state = fuses.life_cycle | (locked ? DEBUG_LOCKED : 0);
    return COMMAND_DONE;
}

static void set_variable(struct run *run, const char *name, const char *value)
{
    run->variables[run->variable_count++] = xasprintf("%s=%s", name, value);
}

static int set_variables(struct run *run)
{
    struct arguments *arguments = run->arguments;
    enum { OWN = 8 };
    size_t count = arguments_count(arguments, "set");
    run->variables = xcalloc(count + OWN, sizeof(*run->variables));
    uint32_t state = 0;
    int result = security_state(run, &state);
    if (result) {
        return result;
    }
    char number[24];
    snprintf(number, sizeof(number), "%u", state);
    set_variable(run, "SECURITY_STATE", number);
    snprintf(number, sizeof(number), "%llu", (unsigned long long)run->seed);
    set_variable(run, "SEED", number);
    const char *until = arguments_value(arguments, "until");
    bool debugged = arguments_value(arguments, "gdb") != NULL;
    set_variable(run, "UNTIL", until ? until : debugged ? "reset" : "runtime");
    if (run->files.firmware.size) {
        set_variable(run, "FIRMWARE", "firmware.bundle");
    }
    if (run->files.fuses.size) {
        set_variable(run, "FUSES", "part.fuses");
    }
    struct caliptra_bundle bundle;
    if (run->files.firmware.size &&
        caliptra_bundle_read(&bundle, run->files.firmware.bytes,
                             run->files.firmware.size, NULL) == 0 &&
        bundle.fmc.inside) {
        snprintf(number, sizeof(number), "0x%08x",
                 bundle.fmc.entry->entry_point);
        set_variable(run, "FMC_ENTRY", number);
    }
    for (size_t i = 0; i < count; i++) {
        const char *pair = arguments_nth(arguments, "set", i);
        if (!strchr(pair, '=')) {
            return command_misuse(
                arguments, "option '--set': '%s' is not NAME=VALUE", pair);
        }
        run->variables[run->variable_count++] = xstrdup(pair);
    }
    return COMMAND_DONE;
}

/* ---- Running ------------------------------------------------------------- */

static int create(struct run *run)
{
    struct arguments *arguments = run->arguments;
    struct cairn_options machine = {
        .board = run->board,
        .overlays = run->files.overlays,
        .overlay_count = run->files.overlay_count,
        .folders = run->files.folders,
        .folder_count = run->files.folder_count,
        .images = run->files.images,
        .image_count = run->files.image_count,
        .seed = run->seed,
        .strict = arguments_flag(arguments, "strict"),
        .trace = arguments_flag(arguments, "trace"),
        .engine = run->engine,
        .parallel = arguments_flag(arguments, "parallel"),
    };
    struct cairn_error error = {""};
    if (arguments_value(arguments, "save")) {
        run->origin.clock = run->guest.clock.text;
        run_origin_make(&run->origin, arguments);
        machine.origin = (const char *const *)run->origin.words;
        machine.origin_count = run->origin.count;
    }
    run_output_callbacks(&run->output, &machine.callbacks);
    if (run->is_guest) {
        session_guest_listen(&run->guest, &machine);
    }
    if (cairn_create(&machine, &run->machine, &error)) {
        return command_failure(arguments, "%s", error.text);
    }
    run->output.machine = run->machine;
    if (run->is_guest) {
        session_guest_tell(&run->guest, run->machine, &run->output);
    }
    if (arguments_flag(arguments, "stats")) {
        cairn_time_engine(run->machine);
    }
    int result = run->is_guest
                     ? session_console_check(&run->guest.console, run->machine)
                     : COMMAND_DONE;
    result = result
                 ? result
                 : session_perf_map_open(&run->perf_map, arguments,
                                         arguments_value(arguments, "kernel"),
                                         run->machine);
    const char *gdb = arguments_value(arguments, "gdb");
    if (result == COMMAND_DONE && gdb &&
        cairn_debug_listen(run->machine, gdb, &error)) {
        result = command_failure(arguments, "%s", error.text);
    }
    return result ? result
                  : session_hashes_open(&run->hashes, arguments, run->machine);
}

static void listening(void *context, const char *address)
{
    struct run *run = context;
    run_output_flush(&run->output);
    fprintf(run->arguments->err, "cairn: run: waiting for a debugger at %s\n",
            address);
    fflush(run->arguments->err);
}

/* Lets the agent bring the machine up; returns what the agent returned. With a
 * debugger it does the rest of its script for as long as the debugger is
 * there. */
static int bring_up(struct run *run, bool resume, const char *gdb,
                    struct cairn_error *error)
{
    const char *path = arguments_value(run->arguments, "agent");
    const char *slash = path ? strrchr(path, '/') : NULL;
    char *folder = slash ? strndup(path, (size_t)(slash - path)) : NULL;
    const struct cairn_image files[] = {
        {"firmware.bundle", run->files.firmware.bytes,
         run->files.firmware.size                                           },
        {"part.fuses",      run->files.fuses.bytes,    run->files.fuses.size},
    };
    const struct cairn_agent_options agent = {
        .script = path ? buffer_text(&run->files.script) : NULL,
        .script_name = path,
        .folder = folder,
        .variables = (const char *const *)run->variables,
        .variable_count = run->variable_count,
        .files = files,
        .file_count = ARRAY_SIZE(files),
        .instructions = gdb ? INSTRUCTIONS_DEBUGGED : run->instructions,
        .resume = resume,
    };
    int result = gdb ? cairn_debug_serve(run->machine, gdb, &agent, listening,
                                         run, error)
                     : cairn_agent_run(run->machine, &agent, error);
    if (result == -ETIME) {
        size_t length = strlen(error->text);
        snprintf(error->text + length, sizeof(error->text) - length,
                 "; --max-instructions raises it");
    }
    free(folder);
    return result;
}

/* What the run came to, when nothing went wrong: see session_verdict.h. */
static int judge(const struct run *run, enum session_end end,
                 struct cairn_error *words)
{
    const struct session_verdict verdict = {
        .machine = run->machine,
        .end = end,
        .until = arguments_value(run->arguments, "until"),
        .has_firmware = run->files.firmware.size != 0,
    };
    return session_verdict(&verdict, words);
}

/* A machine that is not where it was to come to, but needs nobody's firmware
 * for that. */
static bool may_still_come(const struct run *run)
{
    return judge(run, run->end, NULL) != 0 &&
           (run->files.firmware.size != 0 ||
            cairn_reached(run->machine, "fmc", NULL) == 0);
}

static int debug(struct run *run, const char *gdb, struct cairn_error *error)
{
    bool asked = arguments_value(run->arguments, "until") != NULL;
    int result = asked ? judge(run, run->end, error) : 0;
    if (result != 0) {
        return result;
    }
    run->end = SESSION_END_DEBUGGER;
    set_variable(run, "UNTIL", "runtime");
    cairn_debug_reverse(run->machine, (size_t)run->reverse_memory);
    return bring_up(run, true, gdb, error);
}

/* Why the boot MCU stopped is known from what it printed alone. */
static void quote_boot_mcu(const struct run *run, struct cairn_error *error)
{
    const char *line = run_output_last_line(&run->output, "mcu_uart");
    size_t used = strlen(error->text);
    if (*line) {
        snprintf(error->text + used, sizeof(error->text) - used,
                 "; its console ends with '%s'", line);
    }
}

/* Boards without an agent, and what is left of a machine whose agent has done
 * its script already and is not where it was to come to. */
static int run_rest(struct run *run, struct cairn_error *error)
{
    bool off = false;
    int result = session_alone(run->machine, run->instructions, &run->power_cut,
                               &off, error);
    if (result == -EACCES) {
        quote_boot_mcu(run, error);
    }
    if (run->end != SESSION_END_SCRIPT) {
        run->end = off ? SESSION_END_OFF : SESSION_END_IDLE;
    }
    return result;
}

static int go(struct run *run, struct cairn_error *error)
{
    const char *restore = arguments_value(run->arguments, "restore");
    const char *gdb = arguments_value(run->arguments, "gdb");
    bool script = arguments_value(run->arguments, "agent") != NULL;
    bool agent = run_needs_agent(run->files.look, run->arguments);
    int result = restore ? cairn_load(run->machine, restore, error) : 0;
    if (restore && result == 0) {
        run_output_restored(&run->output, cairn_event_count(run->machine));
    }
    result =
        result ? result
               : session_flash_deliver(&run->files.flash, run->machine, error);
    result = result
                 ? result
                 : session_power_cut_plan(&run->power_cut, run->machine, error);
    uint64_t before = cairn_instructions(run->machine, NULL);
    run->end = script  ? SESSION_END_OWN_SCRIPT
               : agent ? SESSION_END_SCRIPT
                       : SESSION_END_IDLE;
    if (result == 0 && agent) {
        result = bring_up(run, restore && !script, NULL, error);
    } else if (result == 0 && !restore) {
        cairn_power(run->machine);
    }
    if (result == 0 && gdb) {
        return debug(run, gdb, error);
    }
    if (result == 0 && run->is_guest) {
        run->guest.instructions = run->instructions;
        run->guest.power_cut = &run->power_cut;
        result = session_guest_go(&run->guest, run->machine, error);
        run->end = run->guest.end;
        return result;
    }
    /* What was left of the script may be nothing. */
    bool rested =
        restore && !script && cairn_instructions(run->machine, NULL) == before;
    if (result == 0 && (!agent || (rested && may_still_come(run)))) {
        result = run_rest(run, error);
    }
    return result;
}

static int run_machine(struct run *run, struct cairn_error *words)
{
    int result = go(run, words);
    return result ? result : judge(run, run->end, words);
}

/* ---- The end ------------------------------------------------------------- */

/* A run that a signal ends is not what it would have come to. */
static int judge_ending(int verdict, struct cairn_error *why)
{
    if (ending_signal() == 0) {
        return verdict;
    }
    snprintf(why->text, sizeof(why->text), "ended by %s", ending_name());
    return -EINTR;
}

/* --report */
static int write_report_file(struct run *run, const struct report *report,
                             const char *path)
{
    struct buffer text = {0};
    struct error error = {""};
    report_for(report, path, &text);
    int result = COMMAND_DONE;
    if (file_write(path, text.bytes, text.size, &error)) {
        result = command_failure(run->arguments, "%s", error.text);
    }
    buffer_fini(&text);
    return result;
}

static int write_report(struct run *run, const struct report *report)
{
    struct buffer text = {0};
    int result = COMMAND_DONE;
    if (arguments_flag(run->arguments, "json")) {
        report_json(report, &text);
        fprintf(run->arguments->out, "%s\n", buffer_text(&text));
    } else {
        report_text(report, &text);
        fputs(buffer_text(&text), run->arguments->out);
    }
    buffer_fini(&text);
    /* Before files that may take a while, or be pipes that nobody reads. */
    run_output_flush(&run->output);
    fflush(run->arguments->out);
    for (size_t i = 0; i < arguments_count(run->arguments, "report"); i++) {
        const char *path = arguments_nth(run->arguments, "report", i);
        int written = write_report_file(run, report, path);
        result = result ? result : written;
    }
    return result;
}

/* words: what was reached, or why not. */
static int finish(struct run *run, int verdict, struct cairn_error *words)
{
    const char *save = arguments_value(run->arguments, "save");
    struct cairn_error error = {""};
    session_power_cut_finish(&run->power_cut);
    int quoted =
        verdict == 0 && run->quote.path
            ? session_quote_ask(&run->quote, run->machine, run->board, words)
            : COMMAND_DONE;
    bool reached = verdict == 0 && quoted == COMMAND_DONE;
    run_output_finish(&run->output);
    const struct report report = {
        .machine = run->machine,
        .result = run_output_outcome(&run->output, reached, words->text),
        .board = run->board,
        .firmware = run->files.firmware_name,
        .evidence = reached ? run->quote.path : NULL,
        .time_ns = cairn_time_ns(run->machine),
        .instructions = cairn_instructions(run->machine, NULL),
        .unmodelled = cairn_unmodelled_count(run->machine),
        .state_hash = cairn_state_hash(run->machine),
        .sandbox = run->sandbox.text,
        .clock = run->guest.clock.text,
    };
    if (arguments_flag(run->arguments, "stats")) {
        run_statistics(run->machine, run->arguments->err);
    }
    int result = write_report(run, &report);
    result = result ? result : quoted;
    int hashed = session_hashes_close(&run->hashes, run->arguments);
    result = result ? result : hashed;
    if (run->is_guest) {
        int saved = session_guest_save(&run->guest, run->machine);
        result = result ? result : saved;
    }
    int kept = session_flash_save(&run->files.flash, run->machine);
    result = result ? result : kept;
    if (save && cairn_save(run->machine, save, &error)) {
        result = command_failure(run->arguments, "%s", error.text);
    }
    if (verdict) {
        fflush(run->arguments->out);
        /* A reader that left has nothing to be told. */
        return ending_signal() == SIGPIPE
                   ? COMMAND_FAILED
                   : command_failure(run->arguments, "%s", words->text);
    }
    return result;
}

static int open_output(struct run *run)
{
    struct arguments *arguments = run->arguments;
    const char *log = arguments_value(arguments, "log");
    const char *events = arguments_value(arguments, "events");
    struct run_output *output = &run->output;
    bool quiet = arguments_flag(arguments, "quiet");
    output->out = quiet ? NULL : arguments->out;
    output->json = arguments_flag(arguments, "json");
    output->raw = run->is_guest && isatty(STDIN_FILENO) && !output->json;
    output->log = log ? fopen(log, "ae") : arguments->err;
    output->log_named = log != NULL;
    output->prompt = arguments_value(arguments, "gdb") != NULL;
    output->bytes = run->guest.output;
    output->wall_times = arguments_flag(arguments, "wall-times");
    if (!output->log) {
        return command_failure(arguments, "cannot write '%s': %s", log,
                               strerror(errno));
    }
    output->events = events ? fopen(events, "we") : NULL;
    if (events && !output->events) {
        return command_failure(arguments, "cannot write '%s': %s", events,
                               strerror(errno));
    }
    progress_init(&output->progress, arguments->err, quiet || output->raw);
    return COMMAND_DONE;
}

static int close_output(struct run *run, int result)
{
    struct run_output *output = &run->output;
    bool bad = output->log_named && output->log && fclose(output->log) != 0;
    bad = (output->events && fclose(output->events) != 0) || bad;
    if (bad && result == COMMAND_DONE) {
        return command_failure(run->arguments,
                               "cannot write the log or the events");
    }
    return result;
}

static void run_fini(struct run *run)
{
    cairn_destroy(run->machine);
    session_perf_map_close(&run->perf_map);
    run_output_fini(&run->output);
    session_guest_fini(&run->guest);
    session_quote_fini(&run->quote);
    run_files_fini(&run->files);
    for (size_t i = 0; i < run->variable_count; i++) {
        free(run->variables[i]);
    }
    free(run->variables);
    run_origin_fini(&run->origin);
}

static int read_engine(struct run *run)
{
    static const char *const names[] = {
        [CAIRN_ENGINE_INTERPRETER] = "interpreter",
        [CAIRN_ENGINE_COMPILER] = "compiler",
        [CAIRN_ENGINE_CHAOS] = "chaos",
    };
    const char *name = arguments_value(run->arguments, "engine");

    if (name == NULL) {
        return COMMAND_DONE;
    }
    for (size_t i = 1; i < ARRAY_SIZE(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            run->engine = (enum cairn_engine)i;
            return COMMAND_DONE;
        }
    }
    return command_misuse(
        run->arguments, "--engine: '%s' is not interpreter, compiler or chaos",
        name);
}

/* Who looks on ends a run that goes nowhere. */
static bool is_watched(const struct arguments *arguments)
{
    int out = fileno(arguments->out);
    return isatty(STDIN_FILENO) || (out >= 0 && isatty(out));
}

static int run_run(struct arguments *arguments)
{
    struct run run = {
        .arguments = arguments,
        .files = {.arguments = arguments},
        .instructions = INSTRUCTIONS_DEFAULT,
        .seed = 1,
        .reverse_memory = REVERSE_MEMORY_DEFAULT,
    };
    struct cairn_error words = {""};
    int result = run_origin_follow(&run.origin, arguments);
    result = result ? result : find_board(&run);
    result = result ? result : run_files_script(&run.files);
    result = result ? result : check_options(&run);
    result = result ? result : session_targets_check(arguments);
    result = result ? result
                    : arguments_number_from(arguments, "max-instructions", 1,
                                            UINT64_MAX, &run.instructions);
    result = result ? result : arguments_number(arguments, "seed", &run.seed);
    result = result ? result
                    : arguments_number(arguments, "reverse-memory",
                                       &run.reverse_memory);
    result = result ? result : read_engine(&run);
    result =
        result ? result
               : session_power_cut_load(&run.power_cut, arguments, &run.output);
    result =
        result ? result : session_quote_load(&run.quote, arguments, run.seed);
    if (run.is_guest && !arguments_value(arguments, "max-instructions")) {
        run.instructions =
            is_watched(arguments) ? 0 : GUEST_INSTRUCTIONS_DEFAULT;
    }
    if (result == COMMAND_DONE) {
        run.files.seed = run.seed;
        run.files.guest = run.is_guest ? &run.guest : NULL;
        result = run_files_load(&run.files);
    }
    result = result ? result : set_variables(&run);
    result = result ? result : open_output(&run);
    result = result ? result : create(&run);
    if (result == COMMAND_DONE) {
        ending_catch();
        session_sandbox_enter(&run.sandbox, arguments);
        int verdict = judge_ending(run_machine(&run, &words), &words);
        result = finish(&run, verdict, &words);
    }
    result = close_output(&run, result);
    run_fini(&run);
    return result;
}

const struct command command_run = {
    .name = "run",
    .purpose = "boot a machine and report what it trusted",
    .operands = "[BOARD]",
    .description =
        "Builds the machine that BOARD describes (a device-tree source or "
        "blob, or the name of a built-in board), turns its power on, and shows "
        "what its processors print and what its chain of trust decides, in "
        "their order. It ends with a report: what was verified, measured and "
        "released, or why not. The verdict is of events alone: what --until "
        "asks for, the release of an authorised core, the guest's end must "
        "have been seen, in this run or before its snapshot; else the run "
        "fails and names the event that was missing.\n\n"
        "On a board without a boot processor the duties of the system around "
        "the root of trust are done by an agent: fuses, users, randomness, the "
        "firmware load. --agent replaces its script.\n\n"
        "Without BOARD, ROM and firmware, a Caliptra core boots our own ROM "
        "and firmware, which the program carries; the same board runs the "
        "released ROMs:\n\n"
        "    cairn run --generation 1.0 --rom "
        "caliptra-rom-with-log-1.0.3.bin\n\n"
        "Of generation 2 the program carries firmware only, signed with ECC "
        "and ML-DSA, or LMS if the pqc_key_type of --fuses says so; the ROM is "
        "a released one:\n\n"
        "    cairn run caliptra-2.0 --rom "
        "caliptra-rom-with-log-2.0.2.bin\n\n"
        "On board 'trust', --guest linux boots Linux behind the chain of trust "
        "to a shell. A guest is a folder that holds a file 'kernel', and if it "
        "wants them 'initrd' and 'cmdline', to which --append adds. FOLDER is "
        "its path, if there is a slash in it, or its name in $CAIRN_GUESTS, in "
        "$XDG_DATA_HOME/cairn/guests (~/.local/share/cairn/guests), in "
        "build/out/guests of the tree that the program was built in, or here. "
        "'make guest-linux' in the tree fetches Debian's kernel and BusyBox "
        "as guest 'linux':\n\n"
        "    cairn run trust --guest linux\n\n"
        "On board 'trust', --kernel is behind the chain too: kernel, --initrd "
        "and "
        "a device tree of the board are packed into the boot flash in place of "
        "what the program carries there and signed with its development keys "
        "(without LMS), and run when the root of trust authorised each of "
        "them:\n\n"
        "    cairn run trust --kernel Image --initrd initrd.gz --cpus 2 \\\n"
        "        --append console=ttyAMA0\n\n"
        "A board of application processors starts --kernel, or --bios. At a "
        "terminal its console is the terminal's: every key goes to the guest "
        "but Ctrl-], which ends the run, and virtual time keeps to the host's. "
        "The terminal is put back at the end, also when a signal is it.\n\n"
        "SIGINT, SIGTERM, SIGHUP and SIGQUIT end a run in order, with its "
        "report and all files that options name, and the program then ends by "
        "the signal; a second one ends it at once. So does a reader of the "
        "output that leaves ('cairn run | head'). What the guest prints is "
        "written when it pauses, and each tenth of a second.\n\n"
        "Without a terminal, or with --expect or --input, nothing of the host "
        "is in the run and it is repeatable: what --type answers arrives at "
        "the instruction after the one that printed the awaited text, a file "
        "at the pace of a line of 115200 baud after the last --expect was met "
        "(a guest that has not set its console up may lose what comes before), "
        "and --press holds a line at an instant. A last --expect without "
        "--type ends the run, unless there is an --input:\n\n"
        "    cairn run virt --kernel Image --initrd initrd.gz \\\n"
        "        --expect '# ' --input commands.txt --press power@20s\n\n"
        "A guest that resets itself goes on in the same run: memory keeps what "
        "is in it, and kernel, initrd and device tree are put there again; "
        "virtual time, the processors' counters of it, and the clock of the "
        "time of day go on; each reset is an event. --max-instructions and the "
        "times of --press count from the first power-on, over resets and "
        "losses of power.\n\n"
        "--power-cut tears one operation of the flash that firmware writes and "
        "turns the power off there; the flash keeps what it then has, power "
        "comes back, memory is blank, and the run goes on. Operations count "
        "from 1; the same "
        "numbers tear the same bits again:\n\n"
        "    cairn run virt --bios QEMU_EFI.fd --power-cut 12:100@7\n\n"
        "Flash and fuses of board 'trust' are as the program carries them each "
        "time, unless files keep them. What cairn-pack-flash(1) made starts "
        "so, "
        "and is updated by a capsule that whoever its fuses name has "
        "signed:\n\n"
        "    cairn run trust --flash trust.img --fuse-array trust.fuses \\\n"
        "        --capsule update.cap\n\n"
        "--quote asks the root of trust, at the end of a run that went well "
        "and "
        "through its mailbox, for what cairn-verify-quote(1) judges. A guest "
        "that turned the machine off leaves it power until it has answered. "
        "The "
        "development manufacturer certifies the part unless --idevid-issuer "
        "names another:\n\n"
        "    cairn run trust --quote evidence.pem\n"
        "    cairn verify-quote evidence.pem --development\n\n"
        "--save writes a snapshot at the end, whatever the end was, and in it "
        "BOARD and the options that shape the machine. --restore asks for that "
        "machine again, from any folder, and goes on from there: the "
        "agent with the rest of its script, unless --agent names another; a "
        "guest where it was, with --expect, --input and --press counted from "
        "there and times still those since power-on; all else until every "
        "processor waits. So a boot can be cut in two, and ends in the same "
        "state:\n\n"
        "    cairn run --until fmc --save half.snapshot\n"
        "    cairn run --restore half.snapshot\n\n"
        "Files that the machine was made of must be where they were, and older "
        "than the snapshot. With BOARD or one of those options given, "
        "--restore takes none from the snapshot: then all are needed, as "
        "cairn-inspect(1) shows them. "
        "The snapshot of a stranger may name files of yours, which its guest "
        "could read: what it names must be in the snapshot's folder or below "
        "it, in one of the folders where guests are found by name, or in one "
        "of --allow, and is printed first without --quiet. A "
        "--semihosting-folder is never taken from a snapshot.\n\n"
        "Memory is mapped from the file, not read, so that a large guest goes "
        "on within milliseconds. The file must not be cut or changed in place "
        "meanwhile; --save replaces it as a whole. Restoring checks all of it "
        "but the contents of memories, which it does not read: "
        "cairn-inspect(1) with --verify compares those with their hashes. A "
        "guest's kernel and initrd are read again at each reset, unless they "
        "had to be unpacked, and must not change either.\n\n"
        "SANDBOX: Guests, boards, snapshots and firmware may be strangers'. "
        "Before the first instruction the process gives up what the run no "
        "longer needs: by Landlock all files but those that are read later "
        "(the snapshot, kernel and initrd, the folders of --agent's script "
        "and of --allow) and the folders of outputs that are replaced as a "
        "whole; by seccomp all system calls but some sixty, without which to "
        "start programs, open sockets or make memory executable. A process "
        "that tries ends by SIGSYS. Compiled code is written in one mapping "
        "and executed in another. The report says what held; an older kernel "
        "may have less. --no-sandbox keeps everything.\n\n"
        "Before that, a board and its overlays, and dtc(1), which compiles "
        "them, read files in their own folders alone, links that lead out "
        "included; for dtc this takes Landlock (Linux 5.13). --allow adds "
        "folders.",
    OPTIONS(options),
    .run = run_run,
};
