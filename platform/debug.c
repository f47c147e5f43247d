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

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "engine/core.h"
#include "host/socket.h"
#include "include/cairn/cairn.h"
#include "platform/gdb_packet.h"
#include "platform/machine.h"

enum { SLICE = 1000000, ALL_THREADS = 0 };

/* Signal numbers of GDB's protocol, not of the host. */
enum { GDB_SIGINT = 2, GDB_SIGTRAP = 5 };

struct debug {
    struct cairn_machine *machine;
    int fd;
    bool no_ack;
    bool done;
    unsigned thread; /* for g, G, p, P: 1-based */
    unsigned step_thread;
    struct gdb_parser parser;
    struct buffer answer; /* payload under construction */
    struct buffer wire;   /* last packet sent, for retransmission */
    struct buffer target; /* target.xml of the selected core type */
    char last_stop[64];
};

static size_t core_count(const struct debug *debug)
{
    return debug->machine->core_count;
}

static struct core *core_of(const struct debug *debug, unsigned thread)
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

static void answer(struct debug *debug, const char *text)
{
    buffer_print(&debug->answer, "%s", text);
}

static void answer_error(struct debug *debug, int error)
{
    buffer_clear(&debug->answer);
    buffer_print(&debug->answer, "E%02x", (unsigned)-error & 0xff);
}

/* ---- Target description ------------------------------------------------ */

static void describe_feature(struct debug *debug, const struct core *core,
                             const char *feature)
{
    buffer_print(&debug->target, "<feature name=\"%s\">", feature);
    for (size_t i = 0; i < core->type->register_count(core); i++) {
        const struct core_register *r = core->type->register_info(core, i);
        if (strcmp(r->feature, feature) == 0) {
            buffer_print(&debug->target,
                         "<reg name=\"%s\" bitsize=\"%u\" regnum=\"%d\" "
                         "type=\"%s\" group=\"%s\"/>",
                         r->name, r->bits, r->number, r->type, r->group);
        }
    }
    buffer_print(&debug->target, "</feature>");
}

/* Features in the order of their first register; a feature's registers need
 * not stand together in the list. */
static void describe_target(struct debug *debug, const struct core *core)
{
    size_t count = core->type->register_count(core);

    buffer_clear(&debug->target);
    buffer_print(&debug->target,
                 "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM "
                 "\"gdb-target.dtd\"><target version=\"1.0\">"
                 "<architecture>%s</architecture>",
                 core->type->architecture);
    for (size_t i = 0; i < count; i++) {
        const char *feature = core->type->register_info(core, i)->feature;
        bool seen = false;
        for (size_t j = 0; j < i && !seen; j++) {
            seen = strcmp(core->type->register_info(core, j)->feature,
                          feature) == 0;
        }
        if (!seen) {
            describe_feature(debug, core, feature);
        }
    }
    buffer_print(&debug->target, "</target>");
}

/* qXfer answers: 'm' with more to come, 'l' with the last part. */
static void answer_transfer(struct debug *debug, const struct buffer *object,
                            const char *range)
{
    uint64_t offset;
    uint64_t length;

    if (!gdb_hex_value(&range, &offset) || *range++ != ',' ||
        !gdb_hex_value(&range, &length)) {
        answer_error(debug, -EINVAL);
        return;
    }
    if (offset >= object->size) {
        answer(debug, "l");
        return;
    }
    if (length > object->size - offset) {
        length = object->size - offset;
    }
    if (length > GDB_PACKET_MAX / 2) {
        length = GDB_PACKET_MAX / 2;
    }
    answer(debug, offset + length == object->size ? "l" : "m");
    buffer_append(&debug->answer, object->bytes + offset, length);
}

/* ---- Registers --------------------------------------------------------- */

static void print_register(struct debug *debug, uint64_t value, unsigned bits)
{
    uint8_t bytes[8];
    store_le64(bytes, value);
    buffer_print_hex(&debug->answer, bytes, bits / 8);
}

static uint64_t little_endian(const uint8_t *bytes, unsigned bits)
{
    uint64_t value = 0;
    for (unsigned i = bits / 8; i-- > 0;) {
        value = value << 8 | bytes[i];
    }
    return value;
}

/* The `g` packet holds the general group only: GDB fetches others by `p`. */
static bool in_g_packet(const struct core_register *r)
{
    return strcmp(r->group, "general") == 0;
}

static void read_registers(struct debug *debug)
{
    struct core *core = core_of(debug, debug->thread);

    for (size_t i = 0; i < core->type->register_count(core); i++) {
        const struct core_register *r = core->type->register_info(core, i);
        uint64_t value = 0;
        if (in_g_packet(r)) {
            core->type->register_get(core, i, &value);
            print_register(debug, value, r->bits);
        }
    }
}

static void write_registers(struct debug *debug, const char *text)
{
    struct core *core = core_of(debug, debug->thread);
    uint8_t bytes[GDB_PACKET_MAX / 2];
    size_t size = strlen(text) / 2;
    size_t at = 0;

    if (size > sizeof(bytes) || !gdb_hex_bytes(text, bytes, size)) {
        answer_error(debug, -EINVAL);
        return;
    }
    for (size_t i = 0; i < core->type->register_count(core); i++) {
        const struct core_register *r = core->type->register_info(core, i);
        if (in_g_packet(r)) {
            if (at + r->bits / 8 > size) {
                break;
            }
            core->type->register_set(core, i,
                                     little_endian(bytes + at, r->bits));
            at += r->bits / 8;
        }
    }
    answer(debug, "OK");
}

static bool find_register(const struct core *core, uint64_t number,
                          size_t *index)
{
    for (size_t i = 0; i < core->type->register_count(core); i++) {
        if ((uint64_t)core->type->register_info(core, i)->number == number) {
            *index = i;
            return true;
        }
    }
    return false;
}

static void read_register(struct debug *debug, const char *text)
{
    struct core *core = core_of(debug, debug->thread);
    uint64_t number;
    uint64_t value;
    size_t index;

    if (!gdb_hex_value(&text, &number) ||
        !find_register(core, number, &index) ||
        core->type->register_get(core, index, &value)) {
        answer_error(debug, -EINVAL);
        return;
    }
    print_register(debug, value, core->type->register_info(core, index)->bits);
}

static void write_register(struct debug *debug, const char *text)
{
    struct core *core = core_of(debug, debug->thread);
    uint64_t number;
    size_t index;
    uint8_t bytes[8];
    unsigned bits;

    if (!gdb_hex_value(&text, &number) || *text++ != '=' ||
        !find_register(core, number, &index)) {
        answer_error(debug, -EINVAL);
        return;
    }
    bits = core->type->register_info(core, index)->bits;
    if (!gdb_hex_bytes(text, bytes, bits / 8) ||
        core->type->register_set(core, index, little_endian(bytes, bits))) {
        answer_error(debug, -EINVAL);
        return;
    }
    answer(debug, "OK");
}

/* ---- Memory ------------------------------------------------------------ */

/* "address,length" or "address,length:" */
static bool parse_range(const char **text, uint64_t *address, uint64_t *length)
{
    return gdb_hex_value(text, address) && *(*text)++ == ',' &&
           gdb_hex_value(text, length);
}

static struct access debug_access(const struct core *core)
{
    struct access access = core->config.space->attributes;
    access.debug = true;
    return access;
}

static void read_memory(struct debug *debug, const char *text)
{
    struct core *core = core_of(debug, debug->thread);
    uint8_t bytes[GDB_PACKET_MAX / 2];
    uint64_t address;
    uint64_t length;

    if (!parse_range(&text, &address, &length) || length > sizeof(bytes)) {
        answer_error(debug, -EINVAL);
        return;
    }
    while (length && core_read_memory(core, gva(address), bytes, length)) {
        length /= 2; /* GDB accepts a short answer up to the first hole */
    }
    if (length == 0) {
        answer_error(debug, -EFAULT);
        return;
    }
    buffer_print_hex(&debug->answer, bytes, length);
}

static void store_memory(struct debug *debug, uint64_t address,
                         const uint8_t *bytes, size_t size)
{
    struct core *core = core_of(debug, debug->thread);
    struct access access = debug_access(core);

    if (space_copy_in(core->config.space, &access, gpa(address), bytes, size,
                      NULL)) {
        answer_error(debug, -EFAULT);
        return;
    }
    answer(debug, "OK");
}

static void write_memory(struct debug *debug, const char *text)
{
    uint8_t bytes[GDB_PACKET_MAX / 2];
    uint64_t address;
    uint64_t length;

    if (!parse_range(&text, &address, &length) || *text++ != ':' ||
        length > sizeof(bytes) || !gdb_hex_bytes(text, bytes, length)) {
        answer_error(debug, -EINVAL);
        return;
    }
    store_memory(debug, address, bytes, length);
}

/* X: the same with raw bytes instead of digits. */
static void write_binary(struct debug *debug, const char *text)
{
    uint64_t address;
    uint64_t length;

    if (!parse_range(&text, &address, &length) || *text++ != ':' ||
        length != debug->parser.size -
                      (size_t)(text - (const char *)debug->parser.payload)) {
        answer_error(debug, -EINVAL);
        return;
    }
    store_memory(debug, address, (const uint8_t *)text, length);
}

/* ---- Break- and watchpoints -------------------------------------------- */

/* Z and z: kinds 0 and 1 are breakpoints, 2 to 4 watch writes, reads, both. */
static void change_point(struct debug *debug, bool insert, const char *text)
{
    static const enum watch_kind kinds[] = {
        [2] = WATCH_WRITE, [3] = WATCH_READ, [4] = WATCH_ACCESS};
    uint64_t kind;
    uint64_t address;
    uint64_t size;
    int result = 0;

    if (!gdb_hex_value(&text, &kind) || *text++ != ',' ||
        !parse_range(&text, &address, &size)) {
        answer_error(debug, -EINVAL);
        return;
    }
    if (kind >= ARRAY_SIZE(kinds)) {
        return; /* empty answer: not supported */
    }
    for (size_t i = 0; i < core_count(debug); i++) {
        struct core *core = debug->machine->cores[i];
        struct gva at = gva(address);
        if (kind < 2) {
            result |= insert ? core_add_breakpoint(core, at)
                             : core_remove_breakpoint(core, at);
        } else {
            result |= insert
                          ? core_add_watchpoint(core, at, size, kinds[kind])
                          : core_remove_watchpoint(core, at, size, kinds[kind]);
        }
    }
    if (result) {
        answer_error(debug, -ENOENT);
    } else {
        answer(debug, "OK");
    }
}

/* ---- Running ----------------------------------------------------------- */

static bool interrupted(struct debug *debug)
{
    uint8_t byte;
    while (host_socket_read_now(debug->fd, &byte, 1) == 1) {
        if (gdb_parser_feed(&debug->parser, byte) == GDB_INPUT_INTERRUPT) {
            return true;
        }
    }
    return host_socket_closed(debug->fd);
}

static void note_stop(struct debug *debug, unsigned signal, const char *why)
{
    snprintf(debug->last_stop, sizeof(debug->last_stop), "T%02xthread:%x;%s",
             signal, debug->thread, why);
}

static void note_debug_stop(struct debug *debug)
{
    char why[40] = "";

    for (unsigned t = 1; t <= core_count(debug); t++) {
        struct core *core = core_of(debug, t);
        enum core_stop stop = debug->machine->last_stop[t - 1];
        if (stop == CORE_STOP_WATCHPOINT) {
            snprintf(why, sizeof(why), "watch:%llx;",
                     (unsigned long long)core->stop_address.value);
        }
        if (stop == CORE_STOP_WATCHPOINT || stop == CORE_STOP_BREAKPOINT ||
            stop == CORE_STOP_EBREAK) {
            debug->thread = t;
            break;
        }
    }
    note_stop(debug, GDB_SIGTRAP, why);
}

static void continue_machine(struct debug *debug)
{
    const struct cairn_until until = {.instructions = SLICE};

    for (;;) {
        switch (cairn_run(debug->machine, &until)) {
        case CAIRN_STOP_DEBUG:
            note_debug_stop(debug);
            return;
        case CAIRN_STOP_UNMODELLED:
        case CAIRN_STOP_REQUESTED:
            note_stop(debug, GDB_SIGTRAP, "");
            return;
        case CAIRN_STOP_IDLE:
            /* Nothing can happen until the debugger acts. */
            host_socket_wait(debug->fd, 100);
            break;
        default:
            break;
        }
        if (interrupted(debug)) {
            note_stop(debug, GDB_SIGINT, "");
            return;
        }
    }
}

static void step_core(struct debug *debug, unsigned thread)
{
    debug->thread = thread;
    machine_step_core(debug->machine, core_of(debug, thread));
    note_stop(debug, GDB_SIGTRAP, "");
}

static void resume(struct debug *debug, bool step, unsigned thread)
{
    if (step) {
        step_core(debug, thread == ALL_THREADS ? debug->thread : thread);
    } else {
        continue_machine(debug);
    }
    answer(debug, debug->last_stop);
}

static bool parse_thread(const struct debug *debug, const char *text,
                         unsigned *thread)
{
    uint64_t value;

    if (strcmp(text, "-1") == 0) {
        *thread = ALL_THREADS;
        return true;
    }
    if (!gdb_hex_value(&text, &value) || value > core_count(debug)) {
        return false;
    }
    *thread = (unsigned)value;
    return true;
}

/* vCont;action[:thread][;action...]: the first step action decides, else the
 * whole machine continues. */
static void resume_by_actions(struct debug *debug, const char *text)
{
    unsigned thread = ALL_THREADS;
    bool step = false;

    while (*text == ';' && !step) {
        char action = text[1];
        char name[16] = "";
        size_t length = strcspn(text + 1, ";");
        const char *colon = memchr(text + 1, ':', length);
        if (colon) {
            size_t size = length - (size_t)(colon - text);
            memcpy(name, colon + 1, size < 15 ? size : 15);
        }
        if (action == 's' || action == 'S') {
            step = true;
            if (name[0] && !parse_thread(debug, name, &thread)) {
                answer_error(debug, -EINVAL);
                return;
            }
        }
        text += 1 + length;
    }
    resume(debug, step, thread);
}

/* ---- Queries ------------------------------------------------------------ */

static void monitor_events(struct debug *debug, struct buffer *out)
{
    for (size_t i = 0; i < cairn_event_count(debug->machine); i++) {
        buffer_print(out, "%s\n", cairn_event_text(debug->machine, i));
    }
}

static void monitor_board(struct debug *debug, struct buffer *out)
{
    char *picture;
    if (cairn_board_show(debug->machine, "text", &picture, NULL) == 0) {
        buffer_print(out, "%s", picture);
        free(picture);
    }
}

static void monitor_time(struct debug *debug, struct buffer *out)
{
    buffer_print(out, "%llu ns, %llu instructions\n",
                 (unsigned long long)cairn_time_ns(debug->machine),
                 (unsigned long long)cairn_instructions(debug->machine, NULL));
}

static void monitor_reset(struct debug *debug, struct buffer *out)
{
    cairn_power(debug->machine);
    buffer_print(out, "power-on reset\n");
}

static const struct monitor_command {
    const char *name;
    const char *purpose;
    void (*run)(struct debug *debug, struct buffer *out);
} monitor_commands[] = {
    {"events", "the chain's events so far",         monitor_events},
    {"board",  "masters, windows and lines",        monitor_board },
    {"time",   "virtual time and instructions run", monitor_time  },
    {"reset",  "power-on reset of the board",       monitor_reset },
};

static void run_monitor(struct debug *debug, const char *digits)
{
    char text[64];
    struct buffer out = {0};
    size_t size = strlen(digits) / 2;

    if (size >= sizeof(text) || !gdb_hex_bytes(digits, text, size)) {
        answer_error(debug, -EINVAL);
        return;
    }
    text[size] = '\0';
    for (size_t i = 0; i < ARRAY_SIZE(monitor_commands); i++) {
        if (strcmp(text, monitor_commands[i].name) == 0) {
            monitor_commands[i].run(debug, &out);
        }
    }
    if (out.size == 0) {
        for (size_t i = 0; i < ARRAY_SIZE(monitor_commands); i++) {
            buffer_print(&out, "monitor %-8s %s\n", monitor_commands[i].name,
                         monitor_commands[i].purpose);
        }
    }
    buffer_print_hex(&debug->answer, out.bytes,
                     out.size < GDB_PACKET_MAX / 2 ? out.size
                                                   : GDB_PACKET_MAX / 2);
    buffer_fini(&out);
}

static bool starts(const char *text, const char *prefix, const char **rest)
{
    size_t length = strlen(prefix);
    if (strncmp(text, prefix, length) != 0) {
        return false;
    }
    *rest = text + length;
    return true;
}

static void answer_thread_name(struct debug *debug, const char *text)
{
    static const char *const power[] = {
        [CORE_OFF] = "off",
        [CORE_HELD] = "held in reset",
        [CORE_RUNNING] = "running",
        [CORE_WAITING] = "waiting for interrupt",
    };
    unsigned thread;
    struct buffer name = {0};

    if (!parse_thread(debug, text, &thread) || thread == ALL_THREADS) {
        answer_error(debug, -EINVAL);
        return;
    }
    buffer_print(&name, "%s (%s)", core_of(debug, thread)->name,
                 power[core_of(debug, thread)->power]);
    buffer_print_hex(&debug->answer, name.bytes, name.size);
    buffer_fini(&name);
}

static void query(struct debug *debug, const char *text)
{
    const char *rest;

    if (starts(text, "qSupported", &rest)) {
        buffer_print(&debug->answer,
                     "PacketSize=%x;qXfer:features:read+;vContSupported+;"
                     "QStartNoAckMode+;swbreak+;hwbreak+",
                     GDB_PACKET_MAX);
    } else if (starts(text, "qXfer:features:read:target.xml:", &rest)) {
        describe_target(debug, core_of(debug, debug->thread));
        answer_transfer(debug, &debug->target, rest);
    } else if (starts(text, "qfThreadInfo", &rest)) {
        for (unsigned t = 1; t <= core_count(debug); t++) {
            buffer_print(&debug->answer, "%c%x", t == 1 ? 'm' : ',', t);
        }
    } else if (starts(text, "qsThreadInfo", &rest)) {
        answer(debug, "l");
    } else if (starts(text, "qThreadExtraInfo,", &rest)) {
        answer_thread_name(debug, rest);
    } else if (starts(text, "qAttached", &rest)) {
        answer(debug, "1");
    } else if (starts(text, "qRcmd,", &rest)) {
        run_monitor(debug, rest);
    } else if (strcmp(text, "qC") == 0) {
        buffer_print(&debug->answer, "QC%x", debug->thread);
    } else if (strcmp(text, "QStartNoAckMode") == 0) {
        debug->no_ack = true;
        answer(debug, "OK");
    }
}

static void select_thread(struct debug *debug, const char *text)
{
    unsigned thread;

    if ((text[0] != 'g' && text[0] != 'c') ||
        !parse_thread(debug, text + 1, &thread)) {
        answer_error(debug, -EINVAL);
        return;
    }
    if (thread != ALL_THREADS) {
        if (text[0] == 'g') {
            debug->thread = thread;
        } else {
            debug->step_thread = thread;
        }
    }
    answer(debug, "OK");
}

static void dispatch(struct debug *debug)
{
    const char *text = (const char *)debug->parser.payload;
    const char *rest;
    unsigned thread;

    switch (text[0]) {
    case '?':
        answer(debug, debug->last_stop);
        break;
    case 'g':
        read_registers(debug);
        break;
    case 'G':
        write_registers(debug, text + 1);
        break;
    case 'p':
        read_register(debug, text + 1);
        break;
    case 'P':
        write_register(debug, text + 1);
        break;
    case 'm':
        read_memory(debug, text + 1);
        break;
    case 'M':
        write_memory(debug, text + 1);
        break;
    case 'X':
        write_binary(debug, text + 1);
        break;
    case 'Z':
    case 'z':
        change_point(debug, text[0] == 'Z', text + 1);
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
        answer(debug, parse_thread(debug, text + 1, &thread) ? "OK" : "E16");
        break;
    case 'D':
        answer(debug, "OK");
        debug->done = true;
        break;
    case 'k':
        debug->done = true;
        break;
    case 'v':
        if (strcmp(text, "vCont?") == 0) {
            answer(debug, "vCont;c;C;s;S");
        } else if (starts(text, "vCont", &rest)) {
            resume_by_actions(debug, rest);
        } else if (starts(text, "vKill", &rest)) {
            answer(debug, "OK");
            debug->done = true;
        }
        break;
    case 'q':
    case 'Q':
        query(debug, text);
        break;
    default:
        break; /* an empty answer says: not supported */
    }
}

static void receive(struct debug *debug, uint8_t byte)
{
    bool acknowledge = !debug->no_ack;

    switch (gdb_parser_feed(&debug->parser, byte)) {
    case GDB_INPUT_PACKET:
        if (acknowledge) {
            host_socket_write(debug->fd, "+", 1);
        }
        buffer_clear(&debug->answer);
        dispatch(debug);
        send_answer(debug);
        break;
    case GDB_INPUT_BAD:
        if (acknowledge) {
            host_socket_write(debug->fd, "-", 1);
        }
        break;
    case GDB_INPUT_NAK:
        send_wire(debug);
        break;
    default:
        break;
    }
}

static void serve(struct debug *debug)
{
    uint8_t bytes[4096];

    while (!debug->done) {
        ssize_t count = read(debug->fd, bytes, sizeof(bytes));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return;
        }
        for (ssize_t i = 0; i < count && !debug->done; i++) {
            receive(debug, bytes[i]);
        }
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
    serve(debug);
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
