/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a session's board, gathering its files and building its machine. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "host/file.h"
#include "session/disks.h"
#include "session/internal.h"
#include "session/network.h"
#include "session/record.h"
#include "session/sandbox.h"
#include "session/share.h"
#include "session/targets.h"
#include "session/virtio.h"

enum { FILE_MAX = 64 << 20, LAST_LINE_MAX = 120, MEMORY_UNIT = 8 };

#define INSTRUCTIONS_DEFAULT       200000000ull
#define GUEST_INSTRUCTIONS_DEFAULT 20000000000ull

/* ---- The board ----------------------------------------------------------- */

static bool names_folder(const struct session_options *options,
                         const struct cairn_board *board)
{
    const char *carried = session_carried(board, "guest");
    return options->guest && !(carried && strcmp(carried, options->guest) == 0);
}

static bool names_guest(const struct session_options *options,
                        const struct cairn_board *board)
{
    return options->kernel || names_folder(options, board);
}

/* True if a guest of the caller's is put into the flash of a chain of trust. */
static bool packs_guest(const struct session_options *options,
                        const struct cairn_board *board)
{
    return names_guest(options, board) && session_packs_guest(board);
}

static bool uses_console(const struct session_options *options)
{
    return options->console || options->serial_count != 0 ||
           options->step_count != 0 || options->typed_first ||
           options->press_count != 0 || options->input || options->output;
}

/* True if the board, or what options ask for, starts a guest of the caller's:
 * in the flash behind a chain of trust only one that is named, or one that is
 * there and that options talk to. */
static bool wants_guest(const struct session_options *options,
                        const struct cairn_board *board)
{
    if (cairn_board_awaits_guest(board)) {
        return !cairn_board_starts_guest(board) || uses_console(options);
    }
    if (cairn_board_processors(board) == 0) {
        return false;
    }
    if (cairn_board_starts_guest(board)) {
        return packs_guest(options, board);
    }
    return names_guest(options, board) || options->bios || options->cpu ||
           options->cpus;
}

static int read_script(struct session *session, struct session_error *why)
{
    const char *path = session->options->agent;
    struct error error = {""};
    if (!path) {
        return 0;
    }
    if (file_read(path, FILE_MAX, &session->script_bytes, &error)) {
        return session_failure(why, NULL, "%s", error.text);
    }
    session->script = buffer_text(&session->script_bytes);
    return 0;
}

/* True if only an agent can drive the root of trust's reset. */
static bool lacks_system(const struct session_roles *roles,
                         const struct cairn_board *board)
{
    char *reset =
        session_role_line(roles, SESSION_ROOT_OF_TRUST, "cptra_rst_b");
    bool lacks = reset && !cairn_board_drives(board, reset);
    free(reset);
    return lacks;
}

static int open_board(struct session *session, struct session_error *error)
{
    const struct session_options *options = session->options;
    const struct cairn_options look = {
        .size = sizeof(struct cairn_options),
        .board = options->board,
        .overlays = options->overlays,
        .overlay_count = options->overlay_count,
        .folders = options->folders,
        .folder_count = options->folder_count,
    };
    struct cairn_error refused = {""};
    int code = cairn_board_open(&look, &session->board, &refused);
    if (code != 0) {
        return code == -ENODEV
                   ? session_misuse(error, NULL, "%s", refused.text)
                   : session_failure(error, NULL, "%s", refused.text);
    }
    session_roles_find(&session->roles, session->board);
    session->has_guest = wants_guest(options, session->board);
    session->has_agent =
        options->agent || lacks_system(&session->roles, session->board);
    return read_script(session, error);
}

int session_open(const struct session_options *options,
                 const struct session_observer *observer, struct session **made,
                 struct session_error *error)
{
    struct session *session = xcalloc(1, sizeof(*session));
    session->options = options;
    session->observer = observer ? *observer : (struct session_observer){0};
    session->cut.observer = &session->observer;
    session->guest.timeout = &session->timeout;
    snprintf(session->sandbox, sizeof(session->sandbox), "off");
    int code = open_board(session, error);
    if (code) {
        session_close(session);
        session = NULL;
    }
    *made = session;
    return code;
}

void session_close(struct session *session)
{
    if (!session) {
        return;
    }
    cairn_destroy(session->machine);
    cairn_board_close(session->board);
    session_perf_map_close(&session->perf_map);
    session_profile_fini(&session->profile);
    session_symbol_files_fini(&session->symbols);
    session_hashes_fini(&session->hashes);
    session_quote_fini(&session->quote);
    session_variables_fini(&session->variables);
    session_start_fini(&session->start);
    session_guest_fini(&session->guest);
    buffer_fini(&session->script_bytes);
    buffer_fini(&session->mcu.under_way);
    buffer_fini(&session->mcu.line);
    free(session->disk_names);
    free(session->share_names);
    free(session->net_names);
    free(session);
}

/* ---- Asking -------------------------------------------------------------- */

const struct cairn_board *session_board(const struct session *session)
{
    return session->board;
}

bool session_has_guest(const struct session *session)
{
    return session->has_guest;
}

bool session_has_agent(const struct session *session)
{
    return session->has_agent;
}

const char *session_script(const struct session *session)
{
    return session->script;
}

const char *session_guest_kernel(const struct session *session)
{
    return session->guest.folder.kernel;
}

FILE *session_console_file(const struct session *session)
{
    return session->guest.output;
}

struct cairn_machine *session_machine(const struct session *session)
{
    return session->machine;
}

const char *session_firmware(const struct session *session)
{
    return session->start.firmware_name;
}

int session_check_targets(const struct session *session,
                          struct session_error *error)
{
    const struct session_options *options = session->options;
    bool folder = session->has_guest && names_folder(options, session->board);
    return session_targets_check(options, folder ? options->guest : NULL,
                                 error);
}

int session_prepare_confinement(const struct session *session,
                                struct session_error *error)
{
    return session_sandbox_prepare(session->options, error);
}

const char *session_confine(struct session *session)
{
    session_sandbox_enter(session->options, session->guest.folder.kernel,
                          session->sandbox, sizeof(session->sandbox));
    return session->sandbox;
}

const char *session_sandbox(const struct session *session)
{
    return session->sandbox;
}

/* ---- Hearing ------------------------------------------------------------- */

/* The line of the boot MCU's console that says why it stopped. */
static void keep_line(struct session_last_line *last, uint8_t byte)
{
    bool visible = (byte >= ' ' && byte < 0x7f) || byte == '\t';
    if (byte == '\n' && last->under_way.size != 0) {
        struct buffer spare = last->line;
        last->line = last->under_way;
        last->under_way = spare;
        buffer_clear(&last->under_way);
    } else if (byte != '\n' && last->under_way.size < LAST_LINE_MAX) {
        if (visible) {
            buffer_append(&last->under_way, &byte, 1);
        } else if (byte != '\r') {
            buffer_print(&last->under_way, "\\x%02x", byte);
        }
    }
}

static void hear(void *context, const char *device, uint8_t byte)
{
    struct session *session = context;
    const struct session_observer *observer = &session->observer;
    bool shown = !session->has_guest ||
                 session_console_shows(&session->guest.console, device);
    if (observer->console && shown) {
        observer->console(observer->context, device, byte);
    }
    if (session->has_guest) {
        session_guest_hear(&session->guest, device, byte);
    }
    const char *boot = session_role(&session->roles, SESSION_BOOT_CONSOLE);
    if (boot && strcmp(device, boot) == 0) {
        keep_line(&session->mcu, byte);
    }
}

static void hear_log(void *context, enum cairn_log kind, const char *line)
{
    const struct session *session = context;
    if (session->observer.log) {
        session->observer.log(session->observer.context, kind, line);
    }
}

static void hear_event(void *context, const char *text, const char *json)
{
    const struct session *session = context;
    if (session->observer.event) {
        session->observer.event(session->observer.context, text, json);
    }
}

static void hear_progress(void *context, uint64_t time_ns,
                          uint64_t instructions)
{
    struct session *session = context;
    if (session_timeout_is_over(&session->timeout)) {
        cairn_stop(session->machine);
    }
    if (session->observer.progress) {
        session->observer.progress(session->observer.context, time_ns,
                                   instructions);
    }
}

/* ---- Building ------------------------------------------------------------ */

/* Equipment that the board cannot be equipped with. */
static int check_equipment(const struct session *session,
                           struct session_error *error)
{
    const struct session_options *options = session->options;
    unsigned most = cairn_board_processors(session->board);
    if (session->has_guest && options->cpus > most) {
        return session_misuse(error, "cpus",
                              "board '%s' has %u processors, not %u",
                              options->board, most, options->cpus);
    }
    return options->memory_bytes % MEMORY_UNIT != 0
               ? session_misuse(
                     error, "memory", "%llu bytes are no multiple of %d",
                     (unsigned long long)options->memory_bytes, MEMORY_UNIT)
               : 0;
}

/* The state of a TPM of the run's own, which a replay does not start. */
static int check_tpm(const struct session_options *options,
                     struct session_error *error)
{
    bool folder = options->tpm && !options->replay &&
                  strncmp(options->tpm, "unix:", 5) != 0;
    return folder ? session_kept_check("tpm", options->tpm, options->new_tpm,
                                       error)
                  : 0;
}

/* True if the machine starts with the guest, or has it in its flash: not if the
 * board's own firmware brings it from elsewhere. */
static bool is_started(const struct session *session)
{
    return session->has_guest &&
           (!cairn_board_starts_guest(session->board) ||
            packs_guest(session->options, session->board));
}

int session_load(struct session *session, struct session_error *error)
{
    const struct session_options *options = session->options;
    bool folder = names_folder(options, session->board);
    int code = check_equipment(session, error);
    code = code ? code : check_tpm(options, error);
    code = code ? code : session_disks_plug(session, error);
    code = code ? code : session_share_plug(session, error);
    code = code ? code : session_networks_plug(session, error);
    code = code ? code : session_virtio_plug(session, error);
    code = code ? code : session_quote_load(&session->quote, options, error);
    if (code == 0 && session->has_guest) {
        session->guest.roles = &session->roles;
        session->guest.on_application_processors =
            cairn_board_processors(session->board) != 0;
        code = session_guest_load(&session->guest, options, &session->observer,
                                  folder ? options->guest : NULL, error);
    }
    session->start.options = options;
    session->start.roles = &session->roles;
    session->start.board = session->board;
    session->start.guest = is_started(session) ? &session->guest : NULL;
    code = code ? code : session_start_load(&session->start, error);
    return code ? code
                : session_variables_make(&session->variables, options,
                                         &session->start, error);
}

static int create(struct session *session, struct session_error *error)
{
    const struct session_options *options = session->options;
    /* For the board's own firmware, which brings the guest. */
    const struct cairn_guest equipment = {
        .size = sizeof(struct cairn_guest),
        .memory_bytes = options->memory_bytes,
        .has_start_time = options->has_start_time,
        .start_time = options->start_time,
    };
    const bool equips = options->memory_bytes != 0 || options->has_start_time;
    const struct cairn_options machine = {
        .size = sizeof(struct cairn_options),
        .images = session->start.images,
        .image_count = session->start.image_count,
        .loads = session->start.pieces.list,
        .load_count = session->start.pieces.count,
        .seed = options->seed,
        .strict = options->strict,
        .trace = options->trace,
        .reports_slots = options->bl2 || options->secure || options->nonsecure,
        .engine = options->engine,
        .parallel = options->parallel,
        .power = options->power,
        .guest = session->start.guest ? &session->guest.guest
                 : equips             ? &equipment
                                      : NULL,
        .callbacks =
            {
                        .console = hear,
                        .log = hear_log,
                        .event = hear_event,
                        .context = session,
                        .progress = hear_progress,
                        },
        .origin = options->origin,
        .origin_count = options->origin_count,
    };
    struct cairn_error refused = {""};
    struct cairn_board *board = session->board;
    session->board = NULL;
    return cairn_create_on(board, &machine, &session->machine, &refused)
               ? session_failure(error, NULL, "%s", refused.text)
               : 0;
}

/* A replay takes the TPM's responses from its file. */
static int connect_tpm(struct session *session, struct session_error *error)
{
    const struct session_options *options = session->options;
    struct cairn_error refused = {""};
    if (!options->tpm ||
        cairn_tpm_connect(session->machine,
                          options->replay ? NULL : options->tpm,
                          &refused) == 0) {
        return 0;
    }
    return session_failure(error, "tpm", "%s", refused.text);
}

static int open_debugger(struct session *session, struct session_error *error)
{
    const char *address = session->options->gdb;
    struct cairn_error refused = {""};
    return address && cairn_debug_listen(session->machine, address, &refused)
               ? session_failure(error, NULL, "%s", refused.text)
               : 0;
}

size_t session_created(const struct session *session,
                       struct session_created list[SESSION_CREATED_MAX])
{
    const struct session_kept *const all[SESSION_CREATED_MAX] = {
        &session->start.flash.kept[SESSION_FLASH],
        &session->start.flash.kept[SESSION_FUSE_ARRAY],
        &session->guest.flash,
    };
    static_assert(SESSION_CREATED_MAX == SESSION_FLASH_MEMORIES + 1,
                  "the chain's and the guest's");
    size_t count = 0;
    for (size_t i = 0; i < SESSION_CREATED_MAX; i++) {
        const char *origin = session_kept_origin(all[i]);
        if (origin) {
            list[count++] =
                (struct session_created){all[i]->option, all[i]->path, origin};
        }
    }
    return count;
}

static void tell_created(const struct session *session)
{
    struct session_created list[SESSION_CREATED_MAX];
    size_t count = session_created(session, list);
    for (size_t i = 0; i < count; i++) {
        session_say(&session->observer, "%s '%s': %s", list[i].option,
                    list[i].path, list[i].origin);
    }
}

/* Connects what listens to the machine, or is served by it. */
static int attach(struct session *session, struct session_error *error)
{
    const struct session_options *options = session->options;
    struct cairn_machine *machine = session->machine;
    tell_created(session);
    int code = session_disks_connect(session, error);
    code = code ? code : connect_tpm(session, error);
    code = code ? code : session_share_connect(session, error);
    code = code ? code : session_virtio_connect(session, error);
    if (options->time_engine) {
        cairn_time_engine(machine);
    }
    if (code == 0 && session->has_guest) {
        session->guest.machine = machine;
        session_guest_tell(&session->guest, machine);
        code = session_console_attach(&session->guest.console, machine, error);
    }
    if (code == 0 && (options->perf_map || options->profile_count != 0)) {
        code = session_symbol_files_read(&session->symbols, options, machine,
                                         error);
    }
    code = code ? code
                : session_perf_map_open(&session->perf_map, options,
                                        &session->symbols, machine, error);
    code = code ? code : session_networks_connect(session, error);
    code = code ? code : open_debugger(session, error);
    code = code ? code : session_record_open(session, error);
    code = code ? code : session_profile_check(options, error);
    code = code ? code : session_power_check(options, error);
    return code ? code : session_hashes_check(options, error);
}

int session_build(struct session *session, struct session_error *error)
{
    assert(session->board && session->start.options);
    session->cut.plan = session->options->power_cut;
    int code = create(session, error);
    return code ? code : attach(session, error);
}

int session_make_files(struct session *session, struct session_error *error)
{
    struct cairn_machine *machine = session->machine;
    int code = 0;
    if (session->start.missing) {
        return session_misuse(error, NULL, "board '%s': nothing to run; %s",
                              session->options->board, session->start.missing);
    }
    if (session->has_guest) {
        code = session_guest_open_output(&session->guest, error);
        code = code
                   ? code
                   : session_console_make_files(&session->guest.console, error);
    }
    code = code ? code : session_networks_make_logs(session, error);
    code = code ? code : session_record_make_file(session, error);
    return code ? code
                : session_hashes_open(&session->hashes, session->options,
                                      machine, error);
}

uint64_t session_instructions(const struct session *session)
{
    const struct session_options *options = session->options;
    return options->instructions != 0 ? options->instructions
           : !session->has_guest      ? INSTRUCTIONS_DEFAULT
           : options->watched || session->guest.on_application_processors
               ? 0 /* an operating system takes as long as its work does */
               : GUEST_INSTRUCTIONS_DEFAULT;
}
