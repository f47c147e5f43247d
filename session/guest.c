/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is typed by a script arrives at the instruction after the one that
 * printed the awaited text, so a run with a script is repeatable.
 */
#include "session/guest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "host/ending.h"
#include "host/file.h"

enum {
    REASON_MAX = 320, /* bytes of it in a message */
    FILE_LIMIT = 1 << 30,
    SEEN_MAX = 4096,
};
/* Of all memories of a board together, as the library has it. */
#define MEMORY_MOST (16ull << 30)

bool session_guest_wants(const struct arguments *arguments, const char *name,
                         const struct cairn_board *board)
{
    bool own = arguments_value(arguments, "kernel") ||
               session_guest_folder_wanted(arguments);
    if (cairn_board_processors(board) == 0 || cairn_board_starts_guest(board)) {
        return own && cairn_board_processors(board) != 0 &&
               strcmp(name, "trust") == 0;
    }
    return own || strcmp(name, "virt") == 0 ||
           strcmp(name, "virt-gicv3") == 0 ||
           arguments_value(arguments, "bios") ||
           arguments_value(arguments, "cpu") ||
           arguments_value(arguments, "cpus");
}

const char *session_guest_board(const struct arguments *arguments,
                                const char *board)
{
    const char *gic = arguments_value(arguments, "gic");
    return strcmp(board, "virt") == 0 && gic && strcmp(gic, "3") == 0
               ? "virt-gicv3"
               : board;
}

/* ---- Gathering ----------------------------------------------------------- */

/* An empty file is no file that was not named. */
static int check_size(const struct session_guest *run, const char *path,
                      uint64_t size)
{
    return size == 0
               ? command_failure(run->arguments, "file '%s': is empty", path)
               : COMMAND_DONE;
}

static int load_file(struct session_guest *run, const char *path,
                     struct buffer *bytes, struct cairn_image *image)
{
    struct error error = {""};
    if (!path) {
        return COMMAND_DONE;
    }
    if (file_read(path, FILE_LIMIT, bytes, &error)) {
        return command_failure(run->arguments, "%s", error.text);
    }
    *image = (struct cairn_image){path, bytes->bytes, bytes->size};
    return check_size(run, path, bytes->size);
}

static int load(struct session_guest *run, const char *option,
                struct buffer *bytes, struct cairn_image *image)
{
    return load_file(run, arguments_value(run->arguments, option), bytes,
                     image);
}

/* A file that the machine reads for itself. */
static int name_file(struct session_guest *run, const char *path,
                     struct cairn_image *image)
{
    struct error error = {""};
    uint64_t size = 0;
    if (path && file_size(path, &size, &error)) {
        return command_failure(run->arguments, "%s", error.text);
    }
    *image = (struct cairn_image){.memory = path};
    return path ? check_size(run, path, size) : COMMAND_DONE;
}

/* The kernel and what comes with it: of --guest, or by options of their own.
 * --append adds to what a guest's folder says. */
static int load_kernel(struct session_guest *run)
{
    struct arguments *arguments = run->arguments;
    const char *append = arguments_value(arguments, "append");
    if (!session_guest_folder_wanted(arguments)) {
        if (arguments_value(arguments, "guest")) {
            return command_misuse(arguments,
                                  "option '--guest': 'hello' is what board "
                                  "'trust' carries, as it is");
        }
        run->guest.append = append;
        int code = name_file(run, arguments_value(arguments, "kernel"),
                             &run->guest.kernel);
        return code ? code
                    : name_file(run, arguments_value(arguments, "initrd"),
                                &run->guest.initrd);
    }
    int code = session_guest_folder_find(&run->folder, arguments);
    if (code) {
        return code;
    }
    const char *own = run->folder.append;
    run->append = xasprintf("%s%s%s", own ? own : "", own && append ? " " : "",
                            append ? append : "");
    run->guest.append = *run->append ? run->append : NULL;
    code = name_file(run, run->folder.kernel, &run->guest.kernel);
    return code ? code : name_file(run, run->folder.initrd, &run->guest.initrd);
}

/* --module KIND=FILE; the kind is cut out of a copy. */
static int load_module(struct session_guest *run, size_t index)
{
    struct arguments *arguments = run->arguments;
    const char *text = arguments_nth(arguments, "module", index);
    const char *equals = strchr(text, '=');
    struct buffer *bytes = &run->module_bytes[index];
    struct error error = {""};
    if (!equals || equals == text) {
        return command_misuse(arguments,
                              "option '--module': '%s' is not KIND=FILE", text);
    }
    if (file_read(equals + 1, FILE_LIMIT, bytes, &error)) {
        return command_failure(arguments, "%s", error.text);
    }
    run->module_kinds[index] = strndup(text, (size_t)(equals - text));
    run->modules[index] = (struct cairn_module){
        .kind = run->module_kinds[index],
        .image = {equals + 1, bytes->bytes, bytes->size},
        .append = index < arguments_count(arguments, "module-append")
                      ? arguments_nth(arguments, "module-append", index)
                      : NULL,
    };
    return check_size(run, equals + 1, bytes->size);
}

static int open_output(struct session_guest *run)
{
    const char *path = arguments_value(run->arguments, "output");
    run->output = path ? fopen(path, "we") : NULL;
    return path && !run->output
               ? command_failure(run->arguments, "output '%s': %s", path,
                                 strerror(errno))
               : COMMAND_DONE;
}

static int load_modules(struct session_guest *run)
{
    size_t count = arguments_count(run->arguments, "module");
    int result = COMMAND_DONE;
    run->modules = xcalloc(count + 1, sizeof(*run->modules));
    run->module_bytes = xcalloc(count + 1, sizeof(*run->module_bytes));
    run->module_kinds = xcalloc(count + 1, sizeof(*run->module_kinds));
    run->guest.modules = run->modules;
    run->guest.module_count = count;
    for (size_t i = 0; i < count && result == COMMAND_DONE; i++) {
        result = load_module(run, i);
    }
    return result;
}

static int check_cpu(const struct session_guest *run)
{
    struct cairn_error error = {""};
    return run->guest.cpu && cairn_cpu_check(run->guest.cpu, &error)
               ? command_misuse(run->arguments, "option '--cpu': %s",
                                error.text)
               : COMMAND_DONE;
}

int session_guest_load(struct session_guest *run, struct arguments *arguments)
{
    uint64_t cpus = 1;
    struct cairn_image unused;
    run->arguments = arguments;
    run->guest.from_files = true;
    run->guest.cpu = arguments_value(arguments, "cpu");
    run->guest.security = arguments_flag(arguments, "security");
    run->guest.virtualization = arguments_flag(arguments, "virtualization");
    run->guest.firmware = arguments_value(arguments, "bios") != NULL;
    run->guest.no_acpi = arguments_flag(arguments, "no-acpi");
    run->guest.semihosting_folder =
        arguments_value(arguments, "semihosting-folder");
    run->guest.semihosting = arguments_flag(arguments, "semihosting") ||
                             run->guest.semihosting_folder;
    int result = check_cpu(run);
    result = result ? result : session_console_load(&run->console, arguments);
    result = result ? result : load_kernel(run);
    result = result ? result : load(run, "dtb", &run->dtb, &run->guest.dtb);
    result = result ? result : load(run, "bios", &run->bios, &unused);
    result = result ? result : load_modules(run);
    result = result ? result : session_clock_load(&run->clock, arguments);
    run->guest.has_start_time = run->clock.given;
    run->guest.start_time = run->clock.seconds;
    result = result ? result : open_output(run);
    run->flash =
        (struct session_kept){.memory = "flash1", .blank = 0xff, .whole = true};
    result =
        result ? result : session_kept_load(&run->flash, arguments, "flash");
    result = result ? result
                    : arguments_number_from(arguments, "memory", 1, MEMORY_MOST,
                                            &run->guest.memory_bytes);
    result =
        result ? result
               : arguments_number_from(arguments, "cpus", 1, UINT16_MAX, &cpus);
    run->guest.cpus = (unsigned)cpus;
    return result;
}

/* ---- The console --------------------------------------------------------- */

static const char *expected(const struct session_guest *run)
{
    return run->step < arguments_count(run->arguments, "expect")
               ? arguments_nth(run->arguments, "expect", run->step)
               : NULL;
}

static void hear(void *context, const char *device, uint8_t byte)
{
    struct session_guest *run = context;
    if (run->inner.console) {
        run->inner.console(run->inner.context, device, byte);
    }
    const char *text = expected(run);
    bool is_console = strcmp(device, run->console.port) == 0;
    if (run->output && is_console) {
        fputc(byte, run->output);
    }
    if (!text || run->matched || !is_console) {
        return;
    }
    if (run->seen.size >= SEEN_MAX) {
        size_t kept = SEEN_MAX / 2;
        memmove(run->seen.bytes, run->seen.bytes + run->seen.size - kept, kept);
        run->seen.size = kept;
    }
    buffer_append(&run->seen, &byte, 1);
    size_t length = strlen(text);
    if (run->seen.size >= length &&
        memcmp(run->seen.bytes + run->seen.size - length, text, length) == 0) {
        run->matched = true;
        cairn_stop(run->machine);
    }
}

static void hear_log(void *context, enum cairn_log kind, const char *line)
{
    const struct session_guest *run = context;
    if (run->inner.log) {
        run->inner.log(run->inner.context, kind, line);
    }
}

static void hear_event(void *context, const char *text, const char *json)
{
    const struct session_guest *run = context;
    if (run->inner.event) {
        run->inner.event(run->inner.context, text, json);
    }
}

static void hear_progress(void *context, uint64_t time_ns,
                          uint64_t instructions)
{
    const struct session_guest *run = context;
    if (run->inner.progress) {
        run->inner.progress(run->inner.context, time_ns, instructions);
    }
}

void session_guest_listen(struct session_guest *run,
                          struct cairn_options *options)
{
    run->inner = options->callbacks;
    options->callbacks = (struct cairn_callbacks){
        .console = hear,
        .log = hear_log,
        .event = hear_event,
        .progress = hear_progress,
        .context = run,
    };
    options->guest = &run->guest;
}

/* Types a step's text; "\n" in it is the return key. */
static void type(struct session_guest *run, const char *text)
{
    struct buffer keys = {0};
    for (; *text; text++) {
        bool is_return = text[0] == '\\' && text[1] == 'n';
        buffer_append(&keys, is_return ? "\r" : text, 1);
        text += is_return;
    }
    session_console_type(&run->console, keys.bytes, keys.size);
    buffer_fini(&keys);
}

/* After a match: false when the script is at its end and nothing is to be typed
 * after it. */
static bool next_step(struct session_guest *run)
{
    struct arguments *arguments = run->arguments;
    bool answered = run->step < arguments_count(arguments, "type");
    run->matched = false;
    buffer_clear(&run->seen);
    if (answered) {
        type(run, arguments_nth(arguments, "type", run->step));
    }
    run->step++;
    if (!expected(run)) {
        session_console_begin(&run->console);
    }
    return answered || expected(run) || run->console.has_input;
}

/* ---- Running ------------------------------------------------------------- */

/* Why there is no going on, and what it was waited for. */
static int give_up(const struct session_guest *run, enum cairn_stop stop,
                   struct cairn_error *error)
{
    const char *text = expected(run);
    struct cairn_error why = {""};
    int code = session_limits_judge(&run->limits, stop, &why);
    if (code != 0 && text) {
        snprintf(error->text, sizeof(error->text),
                 "the guest has not printed '%s' after %llu instructions: "
                 "%.*s",
                 text,
                 (unsigned long long)cairn_instructions(run->machine, NULL),
                 REASON_MAX, why.text);
    } else if (code != 0) {
        *error = why;
    }
    return code;
}

static int guest_off(const struct session_guest *run, struct cairn_error *error)
{
    uint32_t status = cairn_guest_status(run->machine);
    const char *text = expected(run);
    if (text) {
        snprintf(error->text, sizeof(error->text),
                 "the guest went off without printing '%s'", text);
        return -EPROTO;
    }
    if (status != 0) {
        snprintf(error->text, sizeof(error->text),
                 "the guest ended with status %u", status);
        return -EPROTO;
    }
    return 0;
}

enum turn { TURN_ON, TURN_DONE };

/* Time for the console, or the end of all time. At a terminal somebody may
 * press a key, which does not help a machine that is stuck. */
static enum turn take_time(struct session_guest *run, int *code,
                           struct cairn_error *error)
{
    bool stuck = run->console.terminal && cairn_is_stuck(run->machine);
    if (stuck || session_limits_is_late(&run->limits)) {
        *code = give_up(run, stuck ? CAIRN_STOP_IDLE : CAIRN_STOP_TIME, error);
        return TURN_DONE;
    }
    run->end = SESSION_END_LEFT;
    return session_console_serve(&run->console) ? TURN_ON : TURN_DONE;
}

/* What to do after a stop; code is the verdict when done. */
static enum turn take_turn(struct session_guest *run, enum cairn_stop stop,
                           int *code, struct cairn_error *error)
{
    switch (stop) {
    case CAIRN_STOP_OFF:
        run->end = SESSION_END_OFF;
        *code = guest_off(run, error);
        return TURN_DONE;
    case CAIRN_STOP_RESET:
        if (session_limits_reset(&run->limits)) {
            return TURN_ON;
        }
        *code = give_up(run, stop, error);
        return TURN_DONE;
    case CAIRN_STOP_REQUESTED:
        run->end = SESSION_END_PRINTED;
        if (session_power_cut_again(run->power_cut)) {
            return run->matched && !next_step(run) ? TURN_DONE : TURN_ON;
        }
        return run->matched && next_step(run) ? TURN_ON : TURN_DONE;
    case CAIRN_STOP_TIME:
        return take_time(run, code, error);
    default:
        *code = give_up(run, stop, error);
        return TURN_DONE;
    }
}

/* Up to the end, or to when the console wants something. */
static enum cairn_stop run_piece(struct session_guest *run)
{
    uint64_t due = session_console_due(&run->console);
    struct cairn_until until = {.time_ns = due == UINT64_MAX ? 0 : due};
    return session_limits_put(&run->limits, &until)
               ? cairn_run(run->machine, &until)
               : CAIRN_STOP_BUDGET;
}

static void run_on(struct session_guest *run, int *code,
                   struct cairn_error *error)
{
    enum turn turn = TURN_ON;
    session_limits_begin(&run->limits, run->machine, run->instructions);
    while (turn == TURN_ON && ending_signal() == 0) {
        enum cairn_stop stop = run_piece(run);
        /* A guest that only waits goes through no rounds that would tell. */
        hear_progress(run, cairn_time_ns(run->machine),
                      cairn_instructions(run->machine, NULL));
        turn = take_turn(run, stop, code, error);
    }
}

/* What was named as a kernel may be anything. */
void session_guest_tell(const struct session_guest *run,
                        struct cairn_machine *machine,
                        struct run_output *output)
{
    struct cairn_piece piece;
    for (size_t i = 0; cairn_guest_piece(machine, i, &piece) == 0; i++) {
        if (piece.raw) {
            char *line = xasprintf(
                "run: kernel '%s': neither an arm64 Image "
                "nor ELF: started as raw code",
                run->guest.kernel.memory);
            run_output_say(output, line);
            free(line);
        }
    }
}

int session_guest_go(struct session_guest *run, struct cairn_machine *machine,
                     struct cairn_error *error)
{
    run->machine = machine;
    int code = 0;
    session_console_open(&run->console, machine);
    if (!expected(run)) {
        session_console_begin(&run->console);
    }
    run_on(run, &code, error);
    session_console_close(&run->console);
    return code;
}

/* ---- The end ------------------------------------------------------------- */

static int save(struct session_guest *run, const char *path, const void *bytes,
                size_t size)
{
    struct error error = {""};
    return file_write(path, bytes, size, &error)
               ? command_failure(run->arguments, "%s", error.text)
               : COMMAND_DONE;
}

int session_guest_save(struct session_guest *run, struct cairn_machine *machine)
{
    const char *tree = arguments_value(run->arguments, "guest-dtb");
    int result = session_kept_save(&run->flash, run->arguments, machine);
    uint8_t *bytes;
    size_t size;
    if (run->output && fflush(run->output) != 0) {
        result = command_failure(run->arguments, "output '%s': %s",
                                 arguments_value(run->arguments, "output"),
                                 strerror(errno));
    }
    struct cairn_error error = {""};
    if (tree && cairn_guest_dtb(machine, &bytes, &size, &error) == 0) {
        result = save(run, tree, bytes, size);
        free(bytes);
    }
    return result;
}

void session_guest_fini(struct session_guest *run)
{
    if (run->output) {
        fclose(run->output);
    }
    buffer_fini(&run->dtb);
    buffer_fini(&run->bios);
    session_kept_fini(&run->flash);
    for (size_t i = 0; i < run->guest.module_count; i++) {
        buffer_fini(&run->module_bytes[i]);
        free(run->module_kinds[i]);
    }
    free(run->modules);
    free(run->module_bytes);
    free(run->module_kinds);
    session_guest_folder_fini(&run->folder);
    free(run->append);
    buffer_fini(&run->seen);
    session_console_fini(&run->console);
}
