/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The debug stub: GDB's remote serial protocol over a TCP or Unix socket.
 *
 * One client at a time, an inferior per cluster, one GDB thread per core
 * (thread n is core n - 1). All-stop: any core that stops, stops the machine,
 * and virtual time stands still while the debugger looks. Registers are
 * described by a target description made from the core's own register list, so
 * that a new architecture needs no line here.
 */
#include "platform/debug/debug.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "engine/core.h"
#include "host/ending.h"
#include "host/socket.h"
#include "host/time.h"
#include "include/cairn/cairn.h"
#include "platform/agent/agent.h"
#include "platform/machine/callback.h"
#include "platform/machine/extension.h"
#include "platform/record/record.h"

/* That the past of a machine may take, unless the caller says otherwise. */
#define HISTORY_BYTES ((size_t)256 << 20)

size_t debug_core_count(const struct debug *debug)
{
    return debug->machine->core_count;
}

struct core *debug_core(const struct debug *debug, unsigned thread)
{
    return debug->machine->cores[thread - 1];
}

/* ---- Sending ------------------------------------------------------------- */

static void send_bytes(struct debug *debug, const void *bytes, size_t size)
{
    if (host_socket_write(debug->watch.fd, bytes, size,
                          host_time_ns() + debug->patience_ns)) {
        debug->done = true;
    }
}

static void send_wire(struct debug *debug)
{
    send_bytes(debug, debug->wire.bytes, debug->wire.size);
}

void debug_send_answer(struct debug *debug)
{
    buffer_clear(&debug->wire);
    gdb_packet_wrap(&debug->wire, debug->answer.bytes, debug->answer.size);
    send_wire(debug);
}

void debug_answer(struct debug *debug, const char *text)
{
    buffer_print(&debug->answer, "%s", text);
}

void debug_answer_error(struct debug *debug, int error)
{
    buffer_clear(&debug->answer);
    buffer_print(&debug->answer, "E%02x", (unsigned)-error & 0xff);
}

/* ---- Words of packets ---------------------------------------------------- */

bool debug_starts(const char *text, const char *prefix, const char **rest)
{
    size_t length = strlen(prefix);
    if (strncmp(text, prefix, length) != 0) {
        return false;
    }
    *rest = text + length;
    return true;
}

static void select_thread(struct debug *debug, const char *text)
{
    unsigned thread;

    if ((text[0] != 'g' && text[0] != 'c') ||
        !debug_parse_thread(debug, text + 1, &thread)) {
        debug_answer_error(debug, -EINVAL);
        return;
    }
    if (text[0] == 'c') {
        debug->step_thread = thread;
    } else if (thread != ALL_THREADS) {
        debug->thread = thread;
    }
    debug_answer(debug, "OK");
}

/* Packets that make the machine go, or end the session. */
static void dispatch_run(struct debug *debug, const char *text)
{
    const char *rest;

    switch (text[0]) {
    case 'c':
        debug_resume(debug, false, ALL_THREADS);
        break;
    case 's':
        debug_resume(debug, true, debug->step_thread);
        break;
    case 'b':
        if (debug->history && (text[1] == 's' || text[1] == 'c')) {
            debug->stepping = text[1] == 's';
            debug->backward = true;
            debug->going = true;
            debug->interrupted = false;
        }
        break;
    case 'D':
        debug_detach(debug, text + 1);
        break;
    case 'k':
        debug->silent = true;
        debug->done = true;
        break;
    case 'v':
        if (strcmp(text, "vCont?") == 0) {
            debug_answer(debug, "vCont;c;C;s;S");
        } else if (debug_starts(text, "vCont", &rest)) {
            debug_resume_by_actions(debug, rest);
        } else if (debug_starts(text, "vAttach;", &rest)) {
            debug_attach(debug, rest);
        } else if (debug_starts(text, "vKill", &rest)) {
            debug_detach(debug, rest);
        }
        break;
    default:
        break; /* an empty answer says: not supported */
    }
}

static void dispatch(struct debug *debug)
{
    const char *text = (const char *)debug->parser.payload;
    unsigned thread;

    switch (text[0]) {
    case '!':
        debug_answer(debug, "OK");
        break;
    case '?':
        debug_answer(debug, debug->last_stop);
        break;
    case 'g':
        debug_read_registers(debug);
        break;
    case 'G':
        debug_write_registers(debug, text + 1);
        break;
    case 'p':
        debug_read_register(debug, text + 1);
        break;
    case 'P':
        debug_write_register(debug, text + 1);
        break;
    case 'm':
        debug_read_memory(debug, text + 1);
        break;
    case 'M':
        debug_write_memory(debug, text + 1);
        break;
    case 'X':
        debug_write_binary(debug, text + 1);
        break;
    case 'Z':
    case 'z':
        debug_change_point(debug, text[0] == 'Z', text + 1);
        break;
    case 'H':
        select_thread(debug, text + 1);
        break;
    case 'T':
        debug_answer(
            debug, debug_parse_thread(debug, text + 1, &thread) ? "OK" : "E16");
        break;
    case 'q':
    case 'Q':
        debug_query(debug, text);
        break;
    default:
        dispatch_run(debug, text);
        break;
    }
}

static void take_packet(struct debug *debug)
{
    if (!debug->no_ack) {
        send_bytes(debug, "+", 1);
    }
    /* While the machine runs the protocol knows nothing but Ctrl-C. */
    if (debug->going) {
        return;
    }
    buffer_clear(&debug->answer);
    debug->silent = false;
    dispatch(debug);
    if (!debug->going && !debug->silent) {
        debug_send_answer(debug);
    }
}

static void receive_byte(struct debug *debug, uint8_t byte)
{
    switch (gdb_parser_feed(&debug->parser, byte)) {
    case GDB_INPUT_PACKET:
        take_packet(debug);
        break;
    case GDB_INPUT_BAD:
        if (!debug->no_ack) {
            send_bytes(debug, "-", 1);
        }
        break;
    case GDB_INPUT_NAK:
        send_wire(debug);
        break;
    case GDB_INPUT_INTERRUPT:
        if (debug->backward) {
            debug->interrupted = true;
        } else if (debug->going) {
            debug_note_stop(debug, GDB_SIGINT, "");
            debug_halt(debug);
        }
        break;
    default:
        break;
    }
}

void debug_receive(struct debug *debug, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count && !debug->done; i++) {
        receive_byte(debug, bytes[i]);
    }
}

static void take_bytes(void *context, unsigned events)
{
    struct debug *debug = context;
    uint8_t bytes[4096];
    ssize_t count = read(debug->watch.fd, bytes, sizeof(bytes));
    if (count > 0) {
        debug_receive(debug, bytes, (size_t)count);
    } else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
        debug->done = true;
    }
}

void debug_wait(struct debug *debug, uint64_t until_ns)
{
    if (loop_turn(debug->machine->loop, until_ns) == -EINTR) {
        debug->done = true;
    }
}

void debug_listen(struct debug *debug)
{
    debug_wait(debug, debug->going ? 0 : LOOP_FOREVER);
}

static void remove_points(struct cairn_machine *machine)
{
    for (size_t i = 0; i < machine->core_count; i++) {
        struct core *core = machine->cores[i];
        while (core->breakpoint_count) {
            core_remove_breakpoint(core, core->breakpoints[0]);
        }
        while (core->watchpoint_count) {
            struct watchpoint w = core->watchpoints[0];
            core_remove_watchpoint(core, w.address, w.size_bytes, w.kind);
        }
        core->catch_ebreak = false;
    }
}

/* NULL if the past is not to be kept, or the host has no memory for it. */
static struct history *start_history(struct cairn_machine *machine)
{
    const size_t bytes = debugging_of(machine)->history_bytes;
    return bytes != 0 && !machine->mappings ? history_create(machine, bytes)
                                            : NULL;
}

void debug_session(struct cairn_machine *machine, int fd, uint64_t patience_ns,
                   const struct cairn_agent_options *agent)
{
    struct loop *loop = machine_loop(machine, NULL);
    if (!loop) {
        return;
    }
    struct debug *debug = xcalloc(1, sizeof(*debug));
    debug->machine = machine;
    debug->patience_ns = patience_ns;
    debug->watch = (struct loop_watch){
        .fd = fd, .events = LOOP_READ, .ready = take_bytes, .context = debug};
    loop_watch(loop, &debug->watch);
    debug->thread = 1;
    debug->met.retired = UINT64_MAX;
    gdb_parser_init(&debug->parser);
    debug_note_stop(debug, GDB_SIGTRAP, "");
    for (size_t i = 0; i < machine->core_count; i++) {
        machine->cores[i]->catch_ebreak = true;
    }
    debug->history = debugging_of(machine)->history; /* of a replayed run */
    if (!debug->history) {
        debug->history = start_history(machine);
    }
    debug_serve(debug, agent);
    loop_unwatch(loop, &debug->watch);
    history_destroy(debug->history);
    remove_points(machine);
    buffer_fini(&debug->answer);
    buffer_fini(&debug->wire);
    buffer_fini(&debug->target);
    free(debug);
}

/* A socket where no debugger has come yet. */
struct listener {
    int fd;
    char name[128]; /* its address */
    struct host_socket_file file;
};

static struct listener *listener_of(const struct cairn_machine *machine)
{
    const struct debugging *debugging = debugging_of(machine);
    return debugging ? debugging->listener : NULL;
}

static void stop_listening(struct cairn_machine *machine)
{
    struct listener *listener = listener_of(machine);
    if (listener) {
        host_socket_remove(&listener->file);
        host_socket_close(listener->fd);
        free(listener);
        debugging_of(machine)->listener = NULL;
    }
}

static int create(struct cairn_machine *machine,
                  const struct cairn_options *options, struct error *error)
{
    struct debugging *debugging = xcalloc(1, sizeof(*debugging));
    debugging->history_bytes = HISTORY_BYTES;
    machine->extensions[EXTENSION_DEBUG] = debugging;
    return 0;
}

static void destroy(struct cairn_machine *machine)
{
    free(debugging_of(machine));
}

const struct machine_extension debug_extension = {
    .create = create,
    .close = stop_listening,
    .destroy = destroy,
};

static int start_listening(struct cairn_machine *machine, const char *address,
                           struct error *error)
{
    struct listener *listener = xcalloc(1, sizeof(*listener));
    int code;
    if (machine->core_count == 0) {
        code = error_set(error, -ENODEV, "the board has no core to debug");
    } else if (machine->parallel) {
        code = error_set(error, -ENOTSUP,
                         "no debugger while cores run in parallel: it needs "
                         "runs that are the same");
    } else if (!machine_loop(machine, error)) {
        code = -EMFILE;
    } else {
        code = host_socket_listen(address, &listener->fd, listener->name,
                                  sizeof(listener->name), error);
    }
    if (code != 0) {
        free(listener);
        return code;
    }
    host_socket_note(address, &listener->file);
    stop_listening(machine);
    debugging_of(machine)->listener = listener;
    return 0;
}

int cairn_debug_listen(struct cairn_machine *machine, const char *address,
                       struct cairn_error *error)
{
    const int busy = callback_refuse(machine, error);
    if (busy != 0) {
        return busy;
    }
    struct error cause = {""};
    int result = start_listening(machine, address, &cause);
    if (result && error) {
        snprintf(error->text, sizeof(error->text), "%s", cause.text);
    }
    return result;
}

static void note_peer(void *context, unsigned events)
{
    bool *came = context;
    *came = true;
}

/* Waits for one debugger. */
static int accept_debugger(struct cairn_machine *machine, int *fd,
                           struct error *error)
{
    bool came = false;
    struct loop_watch watch = {.fd = listener_of(machine)->fd,
                               .events = LOOP_READ,
                               .ready = note_peer,
                               .context = &came};
    int served = 0;
    loop_watch(machine->loop, &watch);
    while (!came && served >= 0) {
        served = loop_turn(machine->loop, LOOP_FOREVER);
    }
    loop_unwatch(machine->loop, &watch);
    return served < 0
               ? error_set(error, -EINTR, "no debugger connected: ended by %s",
                           ending_name())
               : host_socket_accept(watch.fd, fd, error);
}

static void keep_moment(void *context)
{
    history_keep_due(context);
}

/* A run by a file of inputs is run before the debugger comes, and then left for
 * its beginning: all of it is past to the debugger. */
static int replay_whole(struct cairn_machine *machine, struct error *error)
{
    if (!replayer_is_there(machine)) {
        return 0;
    }
    struct history *history = start_history(machine);
    if (!history) {
        return error_set(error, -ENOMEM,
                         "a replayed run needs memory for its past");
    }
    int code = replayer_run(machine, keep_moment, history, error);
    if (code != 0) {
        history_destroy(history);
        return code;
    }
    history_leave(history);
    history_go(history, 0);
    return 0;
}

int cairn_debug_serve(struct cairn_machine *machine, const char *address,
                      const struct cairn_agent_options *agent,
                      void (*listening)(void *context, const char *address),
                      void *context, struct cairn_error *error)
{
    const int busy = callback_refuse(machine, error);
    if (busy != 0) {
        return busy;
    }
    struct error cause = {""};
    int fd = -1;
    int result =
        listener_of(machine) ? 0 : start_listening(machine, address, &cause);
    result = result ? result : replay_whole(machine, &cause);
    if (result == 0 && listening) {
        listening(context, listener_of(machine)->name);
    }
    result = result ? result : accept_debugger(machine, &fd, &cause);
    if (result == 0) {
        debug_session(machine, fd, DEBUG_PATIENCE_NS, agent);
    }
    if (result && error) {
        snprintf(error->text, sizeof(error->text), "%s", cause.text);
    }
    /* No debugger came. */
    history_destroy(debugging_of(machine)->history);
    host_socket_close(fd);
    stop_listening(machine);
    return result;
}

void cairn_debug_reverse(struct cairn_machine *machine, size_t bytes)
{
    if (!machine_is_called_back(machine)) {
        debugging_of(machine)->history_bytes = bytes;
    }
}
