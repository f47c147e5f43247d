/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing the values of `cairn run`'s options. */
#include "commands/run_request.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "commands/boards.h"
#include "commands/disk_option.h"
#include "commands/embedded.h"
#include "commands/life_cycle.h"
#include "commands/report.h"
#include "commands/run_plug.h"
#include "commands/run_share.h"
#include "commands/virtio_options.h"
#include "host/time.h"
#include "trust/quote/quote.h"

/* The size of all memories of a board together, as the library has it. */
#define MEMORY_MOST (16ull << 30)

#define FIELD(name) offsetof(struct session_options, name)

/* ---- Fields that are words ----------------------------------------------- */

struct text {
    const char *option;
    size_t field; /* offset in struct session_options: const char * */
};

static const struct text paths[] = {
#define PATH(field, name, use, written) {name, FIELD(field)},
#define PATHS(name)
#include "session/paths.def"
#undef PATH
#undef PATHS
};

static const struct text texts[] = {
    {"until",   FIELD(until)  },
    {"append",  FIELD(append) },
    {"cpu",     FIELD(cpu)    },
    {"console", FIELD(console)},
};

static const struct {
    const char *option;
    size_t field; /* bool */
} flags[] = {
    {"debug-unlocked", FIELD(debug_unlocked)},
    {"security",       FIELD(security)      },
    {"virtualization", FIELD(virtualization)},
    {"semihosting",    FIELD(semihosting)   },
    {"no-acpi",        FIELD(no_acpi)       },
    {"parallel",       FIELD(parallel)      },
    {"strict",         FIELD(strict)        },
    {"trace",          FIELD(trace)         },
    {"stats",          FIELD(time_engine)   },
    {"perf-map",       FIELD(perf_map)      },
};

static const struct {
    const char *option;
    size_t field; /* uint64_t */
    uint64_t least;
    uint64_t most;
} numbers[] = {
    {"max-instructions", FIELD(instructions),   1, UINT64_MAX },
    {"seed",             FIELD(seed),           0, UINT64_MAX },
    {"reverse-memory",   FIELD(reverse_memory), 0, UINT64_MAX },
    {"memory",           FIELD(memory_bytes),   1, MEMORY_MOST},
    {"hash-every",       FIELD(hash_distance),  0, UINT64_MAX },
    {"profile-every",    FIELD(profile_period), 0, UINT64_MAX },
};

static void set_texts(struct run_request *request, const struct text *rows,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *value = arguments_value(request->arguments, rows[i].option);
        memcpy((char *)&request->options + rows[i].field, &value,
               sizeof(value));
    }
}

/* "new:FILE": the run makes the file. */
const char *run_request_new(const char *value, bool *is_new)
{
    static const char prefix[] = "new:";
    *is_new = strncmp(value, prefix, sizeof(prefix) - 1) == 0;
    return value + (*is_new ? sizeof(prefix) - 1 : 0);
}

static void set_kept(struct session_options *options)
{
    if (options->flash) {
        options->flash = run_request_new(options->flash, &options->new_flash);
    }
    if (options->fuse_array) {
        options->fuse_array =
            run_request_new(options->fuse_array, &options->new_fuse_array);
    }
}

static void set_flags(struct run_request *request)
{
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        bool given = arguments_flag(request->arguments, flags[i].option);
        memcpy((char *)&request->options + flags[i].field, &given,
               sizeof(given));
    }
}

static int set_numbers(struct run_request *request)
{
    int result = COMMAND_DONE;
    for (size_t i = 0; result == COMMAND_DONE && i < ARRAY_SIZE(numbers); i++) {
        void *field = (char *)&request->options + numbers[i].field;
        uint64_t value;
        memcpy(&value, field, sizeof(value));
        result =
            arguments_number_from(request->arguments, numbers[i].option,
                                  numbers[i].least, numbers[i].most, &value);
        memcpy(field, &value, sizeof(value));
    }
    return result;
}

/* ---- Values with parts --------------------------------------------------- */

const char *run_request_cut(struct run_request *request, const char *text,
                            const char *end)
{
    char *name = strndup(text, (size_t)(end - text));
    buffer_append(&request->names, &name, sizeof(name));
    return name;
}

/* Profiles and symbols. What follows the last @ is an address if it is a
 * number: names of files have that character too. */
static int set_modules(struct run_request *request)
{
    const struct arguments *arguments = request->arguments;
    size_t count = arguments_count(arguments, "module");
    request->modules = xcalloc(count + 1, sizeof(*request->modules));
    for (size_t i = 0; i < count; i++) {
        const char *text = arguments_nth(arguments, "module", i);
        const char *equals = strchr(text, '=');
        if (!equals || equals == text) {
            return command_misuse(
                arguments, "option '--module': '%s' is not KIND=FILE", text);
        }
        request->modules[i] = (struct session_module){
            .kind = run_request_cut(request, text, equals),
            .path = equals + 1,
            .append = arguments_behind(arguments, "module", i, "module-append"),
        };
    }
    request->options.modules = request->modules;
    request->options.module_count = count;
    return COMMAND_DONE;
}

static int set_variables(struct run_request *request)
{
    static const char user[] = "USER=";
    const struct arguments *arguments = request->arguments;
    struct session_options *options = &request->options;
    request->variables =
        arguments_all(arguments, "set", &options->variable_count);
    options->variables = request->variables;
    for (size_t i = 0; i < options->variable_count; i++) {
        const char *pair = request->variables[i];
        uint64_t number = 0;
        if (!strchr(pair, '=')) {
            return command_misuse(
                arguments, "option '--set': '%s' is not NAME=VALUE", pair);
        }
        /* The quote is requested by the same mailbox user as the agent. */
        if (strncmp(pair, user, sizeof(user) - 1) == 0 &&
            command_parse_number(pair + sizeof(user) - 1, &number)) {
            options->mailbox_user = (uint32_t)number;
        }
    }
    return COMMAND_DONE;
}

/* [PORT=]BACKEND; what stands behind a colon is the back end's. */
static void set_serials(struct run_request *request)
{
    const struct arguments *arguments = request->arguments;
    size_t count = arguments_count(arguments, "serial");
    request->serials = xcalloc(count + 1, sizeof(*request->serials));
    for (size_t i = 0; i < count; i++) {
        const char *text = arguments_nth(arguments, "serial", i);
        const char *equals = text + strcspn(text, "=:");
        bool named = *equals == '=';
        request->serials[i] = (struct session_serial){
            .port = named ? run_request_cut(request, text, equals) : NULL,
            .backend = named ? equals + 1 : text,
        };
    }
    request->options.serials = request->serials;
    request->options.serial_count = count;
}

static void set_disks(struct run_request *request)
{
    const struct arguments *arguments = request->arguments;
    size_t count = arguments_count(arguments, "disk");
    request->disks = xcalloc(count + 1, sizeof(*request->disks));
    for (size_t i = 0; i < count; i++) {
        char *owned = disk_option_parse(arguments_nth(arguments, "disk", i),
                                        &request->disks[i]);
        buffer_append(&request->names, &owned, sizeof(owned));
    }
    request->options.disks = request->disks;
    request->options.disk_count = count;
}

/* [DEVICE=]KIND[,options]: the name of a kind has no '='. */
static void set_nets(struct run_request *request)
{
    const struct arguments *arguments = request->arguments;
    size_t count = arguments_count(arguments, "net");
    request->nets = xcalloc(count + 1, sizeof(*request->nets));
    for (size_t i = 0; i < count; i++) {
        const char *text = arguments_nth(arguments, "net", i);
        const char *equals = text + strcspn(text, "=,");
        bool named = *equals == '=';
        request->nets[i] = (struct session_net){
            .device = named ? run_request_cut(request, text, equals) : NULL,
            .backend = named ? equals + 1 : text,
        };
    }
    request->options.nets = request->nets;
    request->options.net_count = count;
}

/* WHAT[,interface=tis|crb]. */
static int set_tpm(struct run_request *request)
{
    static const char key[] = ",interface=";
    static const char *const interfaces[] = {"tis", "crb"};
    const char *text = arguments_value(request->arguments, "tpm");
    const char *comma = text ? strstr(text, key) : NULL;
    const char *named = comma ? comma + strlen(key) : interfaces[0];
    if (!text) {
        return COMMAND_DONE;
    }
    request->options.tpm =
        run_request_new(comma ? run_request_cut(request, text, comma) : text,
                        &request->options.new_tpm);
    for (size_t i = 0; i < ARRAY_SIZE(interfaces); i++) {
        if (strcmp(named, interfaces[i]) == 0) {
            request->options.tpm_interface = interfaces[i];
            return COMMAND_DONE;
        }
    }
    return command_misuse(request->arguments,
                          "option '--tpm': no interface '%s', there are tis "
                          "and crb",
                          named);
}

static int set_virtio(struct run_request *request)
{
    return virtio_options_parse(request->arguments, &request->options,
                                &request->names);
}

static void set_steps(struct run_request *request)
{
    const struct arguments *arguments = request->arguments;
    size_t count = arguments_count(arguments, "expect");
    request->steps = xcalloc(count + 1, sizeof(*request->steps));
    for (size_t i = 0; i < count; i++) {
        request->steps[i] = (struct session_step){
            .expect = arguments_nth(arguments, "expect", i),
            .type = arguments_behind(arguments, "expect", i, "type"),
        };
    }
    request->options.steps = request->steps;
    request->options.step_count = count;
    /* One that answers nothing, at a prompt that a snapshot has. */
    for (size_t i = 0; i < arguments->given_count; i++) {
        const struct given *given = &arguments->given[i];
        if (strcmp(given->option->name, "expect") == 0) {
            break;
        }
        if (strcmp(given->option->name, "type") == 0) {
            request->options.typed_first = given->value;
            break;
        }
    }
}

/* One number up to any of the delimiters; moves on to it. */
static bool take_number(const char **text, const char *delimiters,
                        uint32_t *value)
{
    size_t length = strcspn(*text, delimiters);
    char *digits = strndup(*text, length);
    uint64_t number = 0;
    bool good = command_parse_number(digits, &number) && number <= UINT32_MAX;
    free(digits);
    *value = (uint32_t)number;
    *text += length;
    return good;
}

static bool parse_power_cut(struct session_power_cut *plan, const char *text)
{
    if (!take_number(&text, ":@", &plan->operation) || plan->operation == 0) {
        return false;
    }
    if (*text == ':') {
        text++;
        if (!take_number(&text, "@", &plan->byte)) {
            return false;
        }
    }
    if (*text == '@') {
        text++;
        return take_number(&text, "", &plan->seed);
    }
    return *text == '\0';
}

static int set_times(struct run_request *request)
{
    const struct {
        const char *option;
        uint64_t *ns;
    } rows[] = {
        {"max-time", &request->options.virtual_ns},
        {"timeout",  &request->options.host_ns   },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *text = arguments_value(request->arguments, rows[i].option);
        if (text &&
            (!command_parse_time(text, rows[i].ns) || *rows[i].ns == 0)) {
            return command_misuse(request->arguments,
                                  "option '--%s': '%s' is no time above 0, "
                                  "for example 30s or 250ms",
                                  rows[i].option, text);
        }
    }
    return COMMAND_DONE;
}

static int set_power_cut(struct run_request *request)
{
    const char *text = arguments_value(request->arguments, "power-cut");
    return text && !parse_power_cut(&request->options.power_cut, text)
               ? command_misuse(request->arguments,
                                "option '--power-cut': '%s' is not "
                                "OPERATION[:BYTE][@SEED], for example 12:100@7",
                                text)
               : COMMAND_DONE;
}

static int set_nonce(struct run_request *request)
{
    struct session_options *options = &request->options;
    const char *nonce = arguments_value(request->arguments, "nonce");
    options->has_nonce = nonce != NULL;
    return nonce && !quote_parse_hex(nonce, strlen(nonce), options->nonce,
                                     QUOTE_NONCE_SIZE)
               ? command_misuse(request->arguments,
                                "option '--nonce': '%s' is not %d hexadecimal "
                                "digits",
                                nonce, 2 * QUOTE_NONCE_SIZE)
               : COMMAND_DONE;
}

/* ---- Choices ------------------------------------------------------------- */

/* The host's time is read once and becomes a date, which reports and snapshots
 * tell, so that the run can be repeated. */
static int set_clock(struct run_request *request)
{
    const char *text = arguments_value(request->arguments, "rtc");
    uint64_t seconds = 0;
    if (!text) {
        return COMMAND_DONE;
    }
    if (strcmp(text, "now") == 0) {
        seconds = host_time_of_day();
    } else if (!session_clock_read(text, &seconds)) {
        return command_misuse(request->arguments,
                              "option '--rtc': '%s' is neither now nor a date, "
                              "for example 2026-11-22T16:40:00Z",
                              text);
    }
    if (seconds > UINT32_MAX) {
        return command_misuse(request->arguments,
                              "option '--rtc': '%s' is behind "
                              "2106-02-07T06:28:15Z, where the clock's 32 bits "
                              "end",
                              text);
    }
    request->options.has_start_time = true;
    request->options.start_time = (uint32_t)seconds;
    session_clock_print((uint32_t)seconds, request->clock);
    return COMMAND_DONE;
}

/* The parser admits only the values of these tables. */
static void set_choices(struct run_request *request)
{
    static const char *const engines[] = {
        [CAIRN_ENGINE_INTERPRETER] = "interpreter",
        [CAIRN_ENGINE_COMPILER] = "compiler",
        [CAIRN_ENGINE_CHAOS] = "chaos",
    };
    struct session_options *options = &request->options;
    const char *engine = arguments_value(request->arguments, "engine");
    life_cycle_take(request->arguments, options);
    for (size_t i = 1; engine && i < ARRAY_SIZE(engines); i++) {
        if (strcmp(engines[i], engine) == 0) {
            options->engine = (enum cairn_engine)i;
        }
    }
}

/* With a terminal there is a user, who can end a run without progress. */
static void set_watched(struct run_request *request)
{
    int out = fileno(request->arguments->out);
    request->options.terminal = isatty(STDIN_FILENO) != 0;
    request->options.watched =
        request->options.terminal || (out >= 0 && isatty(out));
}

/* Files that the command writes itself. */
static int set_targets(struct run_request *request)
{
    static const struct {
        const char *option;
        enum file_use use;
    } rows[] = {
        {"events", FILE_IN_PLACE},
        {"log",    FILE_IN_PLACE},
        {"report", FILE_REPLACED},
    };
    const struct arguments *arguments = request->arguments;
    size_t count = arguments_count(arguments, "report");
    size_t *used = &request->options.target_count;
    request->targets =
        xcalloc(count + ARRAY_SIZE(rows), sizeof(*request->targets));
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *option = rows[i].option;
        for (size_t n = 0; n < arguments_count(arguments, option); n++) {
            request->targets[(*used)++] = (struct session_target){
                option, arguments_nth(arguments, option, n), rows[i].use};
        }
    }
    request->options.targets = request->targets;
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

/* ---- Life ---------------------------------------------------------------- */

int run_request_begin(struct run_request *request,
                      const struct arguments *arguments)
{
    struct session_options *options = &request->options;
    uint64_t cpus = 0;
    session_options_init(options);
    request->arguments = arguments;
    pass_phrases_init(&request->phrases, arguments);
    options->pass_phrase = &request->phrases.from;
    options->carried = embedded_find;
    options->board = board_chosen(arguments);
    request->overlays =
        arguments_all(arguments, "with", &options->overlay_count);
    request->folders =
        arguments_all(arguments, "allow", &options->folder_count);
    options->overlays = request->overlays;
    options->folders = request->folders;
    set_texts(request, paths, ARRAY_SIZE(paths));
    set_texts(request, texts, ARRAY_SIZE(texts));
    set_kept(options);
    set_flags(request);
    /* An option that asks for a guest's console or lines decides whether there
     * is one. */
    set_serials(request);
    set_steps(request);
    int result = arguments_number_from(arguments, "cpus", 1, UINT16_MAX, &cpus);
    options->cpus = (unsigned)cpus;
    result = result ? result : run_request_set_presses(request);
    return result ? result : set_targets(request);
}

int run_request_complete(struct run_request *request)
{
    static int (*const steps[])(struct run_request *) = {
        set_numbers,
        set_times,
        set_power_cut,
        set_nonce,
        run_request_set_resets,
        set_modules,
        set_clock,
        run_request_set_images,
        set_variables,
        set_tpm,
        run_share_set,
        set_virtio,
        run_plug_set,
    };
    int result = COMMAND_DONE;
    set_disks(request);
    set_nets(request);
    set_choices(request);
    run_request_measure(request);
    set_watched(request);
    for (size_t i = 0; result == COMMAND_DONE && i < ARRAY_SIZE(steps); i++) {
        result = steps[i](request);
    }
    return result;
}

void run_request_fini(struct run_request *request)
{
    char **names = (char **)(void *)request->names.bytes;
    for (size_t i = 0; i < request->names.size / sizeof(*names); i++) {
        free(names[i]);
    }
    buffer_fini(&request->names);
    free(request->overlays);
    free(request->folders);
    free(request->variables);
    free(request->images);
    free(request->loads);
    free(request->modules);
    free(request->serials);
    free(request->disks);
    free(request->nets);
    free(request->shares);
    free(request->steps);
    free(request->presses);
    free(request->resets);
    free(request->plugged);
    free(request->symbols);
    free(request->profiles);
    free(request->powers);
    free(request->targets);
}
