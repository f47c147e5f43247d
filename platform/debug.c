/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The debug stub: GDB's remote serial protocol over a TCP or Unix socket.
 *
 * One client at a time, one inferior, one GDB thread per core (thread n is
 * core n - 1). All-stop: any core that stops, stops the machine, and virtual
 * time stands still while the debugger looks. Registers are described by a
 * target description made from the core's own register list, so that a new
 * architecture needs no line here.
 *
 * While the machine runs it returns every SLICE instructions to look for the
 * debugger's Ctrl-C; that changes nothing in the run itself, since runs are the
 * same however they are sliced.
 */
#include "platform/debug.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "engine/core.h"
#include "host/socket.h"
#include "include/cairn/cairn.h"
#include "platform/agent.h"

enum { SLICE = 1000000 };

/* Signal numbers of GDB's protocol, not of the host. */
enum { GDB_SIGINT = 2, GDB_SIGTRAP = 5 };

size_t debug_core_count(const struct debug *debug)
{
    return debug->machine->core_count;
}

struct core *debug_core(const struct debug *debug, unsigned thread)
{
    return debug->machine->cores[thread - 1];
}

/* ---- Sending ---------------------------------------------------------- */

static void send_wire(struct debug *debug)
{
    if (host_socket_write(debug->fd, debug->wire.bytes, debug->wire.size)) {
        debug->done = true;
    }
}

static void send_answer(struct debug *debug)
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

bool debug_parse_thread(const struct debug *debug, const char *text,
                        unsigned *thread)
{
    uint64_t value;

    if (strcmp(text, "-1") == 0) {
        *thread = ALL_THREADS;
        return true;
    }
    if (!gdb_hex_value(&text, &value) || value > debug_core_count(debug)) {
        return false;
    }
    *thread = (unsigned)value;
    return true;
}

/* ---- Running ----------------------------------------------------------- */

static void note_stop(struct debug *debug, unsigned signal, const char *why)
{
    snprintf(debug->last_stop, sizeof(debug->last_stop), "T%02xthread:%x;%s",
             signal, debug->thread, why);
}

/* The name that a stop reply gives to a watchpoint at this address. */
static const char *watch_name(const struct core *core, uint64_t address)
{
    static const char *const names[] = {[WATCH_WRITE] = "watch",
                                        [WATCH_READ] = "rwatch",
                                        [WATCH_ACCESS] = "awatch"};
    for (size_t i = 0; i < core->watchpoint_count; i++) {
        const struct watchpoint *w = &core->watchpoints[i];
        if (address - w->address.value < w->size_bytes) {
            return names[w->kind];
        }
    }
    return names[WATCH_WRITE];
}

static void note_debug_stop(struct debug *debug)
{
    char why[40] = "";

    for (unsigned t = 1; t <= debug_core_count(debug); t++) {
        struct core *core = debug_core(debug, t);
        enum core_stop stop = debug->machine->last_stop[t - 1];
        if (stop == CORE_STOP_WATCHPOINT) {
            uint64_t address = core->stop_address.value;
            snprintf(why, sizeof(why), "%s:%llx;", watch_name(core, address),
                     (unsigned long long)address);
        }
        if (stop == CORE_STOP_WATCHPOINT || stop == CORE_STOP_BREAKPOINT ||
            stop == CORE_STOP_EBREAK) {
            debug->thread = t;
            break;
        }
    }
    note_stop(debug, GDB_SIGTRAP, why);
}

/* The answer to the command that let the machine go. */
static void halt(struct debug *debug)
{
    debug->going = false;
    buffer_clear(&debug->answer);
    debug_answer(debug, debug->last_stop);
    send_answer(debug);
}

static void run_slice(struct debug *debug, const struct cairn_until *until,
                      enum cairn_stop *stop)
{
    *stop = cairn_run(debug->machine, until);
    switch (*stop) {
    case CAIRN_STOP_DEBUG:
        note_debug_stop(debug);
        halt(debug);
        break;
    case CAIRN_STOP_REQUESTED:
        if (debug->agent_runs) {
            break;
        }
        __attribute__((fallthrough));
    case CAIRN_STOP_UNMODELLED:
        note_stop(debug, GDB_SIGTRAP, "");
        halt(debug);
        break;
    case CAIRN_STOP_IDLE:
        /* Nothing can happen until the debugger acts. */
        host_socket_wait(debug->fd, 100);
        break;
    default:
        break;
    }
}

static void step_core(struct debug *debug, unsigned thread)
{
    debug->thread = thread;
    machine_step_core(debug->machine, debug_core(debug, thread));
    note_stop(debug, GDB_SIGTRAP, "");
}

static void resume(struct debug *debug, bool step, unsigned thread)
{
    if (step) {
        step_core(debug, thread == ALL_THREADS ? debug->thread : thread);
        debug_answer(debug, debug->last_stop);
    } else {
        debug->going = true;
    }
}

/* vCont;action[:thread][;action...]: the first step action decides, else the
 * whole machine continues. */
static void resume_by_actions(struct debug *debug, const char *text)
{
    unsigned thread = ALL_THREADS;
    bool step = false;

    if (*text != ';') {
        debug_answer_error(debug, -EINVAL);
        return;
    }
    while (*text == ';' && !step) {
        char action = text[1];
        char name[16] = "";
        size_t length = strcspn(text + 1, ";");
        const char *colon = memchr(text + 1, ':', length);
        if (colon) {
            size_t size = length - (size_t)(colon - text);
            memcpy(name, colon + 1, size < 15 ? size : 15);
        }
        if (action == '\0' || !strchr("cCsS", action)) {
            debug_answer_error(debug, -EINVAL);
            return;
        }
        if (action == 's' || action == 'S') {
            step = true;
            if (name[0] && !debug_parse_thread(debug, name, &thread)) {
                debug_answer_error(debug, -EINVAL);
                return;
            }
        }
        text += 1 + length;
    }
    resume(debug, step, thread);
}
static void select_thread(struct debug *debug, const char *text)
{
    unsigned thread;

    if ((text[0] != 'g' && text[0] != 'c') ||
        !debug_parse_thread(debug, text + 1, &thread)) {
        debug_answer_error(debug, -EINVAL);
        return;
    }
    if (thread != ALL_THREADS) {
        if (text[0] == 'g') {
            debug->thread = thread;
        } else {
            debug->step_thread = thread;
        }
    }
    debug_answer(debug, "OK");
}

static void dispatch(struct debug *debug)
{
    const char *text = (const char *)debug->parser.payload;
    const char *rest;
    unsigned thread;

    switch (text[0]) {
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
    case 'c':
        resume(debug, false, ALL_THREADS);
        break;
    case 's':
        resume(debug, true, debug->step_thread);
        break;
    case 'H':
        select_thread(debug, text + 1);
        break;
    case 'T':
        debug_answer(
            debug, debug_parse_thread(debug, text + 1, &thread) ? "OK" : "E16");
        break;
    case 'D':
        debug_answer(debug, "OK");
        debug->done = true;
        break;
    case 'k':
        debug->silent = true;
        debug->done = true;
        break;
    case 'v':
        if (strcmp(text, "vCont?") == 0) {
            debug_answer(debug, "vCont;c;C;s;S");
        } else if (debug_starts(text, "vCont", &rest)) {
            resume_by_actions(debug, rest);
        } else if (debug_starts(text, "vKill", &rest)) {
            debug_answer(debug, "OK");
            debug->done = true;
        }
        break;
    case 'q':
    case 'Q':
        debug_query(debug, text);
        break;
    default:
        break; /* an empty answer says: not supported */
    }
}

static void take_packet(struct debug *debug)
{
    if (!debug->no_ack) {
        host_socket_write(debug->fd, "+", 1);
    }
    /* While the machine runs the protocol knows nothing but Ctrl-C. */
    if (debug->going) {
        return;
    }
    buffer_clear(&debug->answer);
    debug->silent = false;
    dispatch(debug);
    if (!debug->going && !debug->silent) {
        send_answer(debug);
    }
}

static void receive(struct debug *debug, uint8_t byte)
{
    switch (gdb_parser_feed(&debug->parser, byte)) {
    case GDB_INPUT_PACKET:
        take_packet(debug);
        break;
    case GDB_INPUT_BAD:
        if (!debug->no_ack) {
            host_socket_write(debug->fd, "-", 1);
        }
        break;
    case GDB_INPUT_NAK:
        send_wire(debug);
        break;
    case GDB_INPUT_INTERRUPT:
        if (debug->going) {
            note_stop(debug, GDB_SIGINT, "");
            halt(debug);
        }
        break;
    default:
        break;
    }
}

/* What the debugger sent; waits for it while the machine stands. */
static void listen_to(struct debug *debug)
{
    uint8_t bytes[4096];
    size_t count;

    if (debug->going) {
        count = host_socket_read_now(debug->fd, bytes, sizeof(bytes));
        debug->done = count == 0 && host_socket_closed(debug->fd);
    } else {
        ssize_t got = read(debug->fd, bytes, sizeof(bytes));
        if (got < 0 && errno == EINTR) {
            return;
        }
        count = got > 0 ? (size_t)got : 0;
        debug->done = got <= 0;
    }
    for (size_t i = 0; i < count && !debug->done; i++) {
        receive(debug, bytes[i]);
    }
}

/* cairn_run with the debugger in between: returns when what until asks for
 * came about, or the debugger left. */
static enum cairn_stop run_debugged(void *context,
                                    const struct cairn_until *until)
{
    struct debug *debug = context;
    uint64_t start = cairn_instructions(debug->machine, NULL);
    enum cairn_stop stop = CAIRN_STOP_BUDGET;

    while (!debug->done) {
        listen_to(debug);
        if (!debug->going || debug->done) {
            continue;
        }
        struct cairn_until slice = *until;
        uint64_t ran = cairn_instructions(debug->machine, NULL) - start;
        slice.instructions = SLICE;
        if (until->instructions) {
            if (ran >= until->instructions) {
                return CAIRN_STOP_BUDGET;
            }
            uint64_t left = until->instructions - ran;
            slice.instructions = left < SLICE ? left : SLICE;
        }
        run_slice(debug, &slice, &stop);
        if (debug->going && stop != CAIRN_STOP_BUDGET &&
            stop != CAIRN_STOP_IDLE) {
            return stop;
        }
    }
    return CAIRN_STOP_REQUESTED;
}

/* Text on the debugger's console, which only listens while the machine runs. */
static void tell(struct debug *debug, const char *text)
{
    if (debug->going) {
        buffer_clear(&debug->answer);
        buffer_print(&debug->answer, "O");
        buffer_print_hex(&debug->answer, text, strlen(text));
        buffer_print_hex(&debug->answer, "\n", 1);
        send_answer(debug);
    }
}

static void serve(struct debug *debug, const struct cairn_agent_options *agent)
{
    static const struct cairn_until forever;

    if (agent) {
        struct cairn_error why = {""};
        struct agent_service *service = agent_service(debug->machine);
        service->run = run_debugged;
        service->run_context = debug;
        debug->agent_runs = true;
        int result = cairn_agent_run(debug->machine, agent, &why);
        debug->agent_runs = false;
        service->run = NULL;
        if (result && !debug->done) {
            tell(debug, why.text);
        }
    }
    while (!debug->done) {
        run_debugged(debug, &forever);
    }
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

int cairn_debug_serve(struct cairn_machine *machine, const char *address,
                      const struct cairn_agent_options *agent,
                      void (*listening)(void *context, const char *address),
                      void *context, struct cairn_error *error)
{
    struct error cause = {0};
    struct debug *debug;
    char name[128];
    int listener = -1;
    int result;

    debug = xcalloc(1, sizeof(*debug));
    debug->machine = machine;
    debug->fd = -1;
    debug->thread = 1;
    gdb_parser_init(&debug->parser);
    note_stop(debug, GDB_SIGTRAP, "");
    if (machine->core_count == 0) {
        result = error_set(&cause, -ENODEV, "the board has no core to debug");
        goto out;
    }
    result = host_socket_listen(address, &listener, name, sizeof(name), &cause);
    if (result) {
        goto out;
    }
    if (listening) {
        listening(context, name);
    }
    result = host_socket_accept(listener, &debug->fd, &cause);
    if (result) {
        goto out;
    }
    for (size_t i = 0; i < machine->core_count; i++) {
        machine->cores[i]->catch_ebreak = true;
    }
    serve(debug, agent);
    remove_points(machine);
out:
    if (result && error) {
        snprintf(error->text, sizeof(error->text), "%s", cause.text);
    }
    host_socket_close(debug->fd);
    host_socket_close(listener);
    buffer_fini(&debug->answer);
    buffer_fini(&debug->wire);
    buffer_fini(&debug->target);
    free(debug);
    return result;
}
