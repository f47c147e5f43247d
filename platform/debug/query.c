/* SPDX-License-Identifier: Apache-2.0 */
/* Questions that a debugger asks about the stub and the machine. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "include/cairn/cairn.h"
#include "platform/debug/debug.h"

/* ---- Queries ------------------------------------------------------------- */

static void monitor_events(struct debug *debug, const char *word,
                           struct buffer *out)
{
    for (size_t i = 0; i < cairn_event_count(debug->machine); i++) {
        buffer_print(out, "%s\n", cairn_event_text(debug->machine, i));
    }
}

static void monitor_board(struct debug *debug, const char *word,
                          struct buffer *out)
{
    char *picture;
    if (cairn_board_show(debug->machine, "text", &picture, NULL) == 0) {
        buffer_print(out, "%s", picture);
        free(picture);
    }
}

static void monitor_time(struct debug *debug, const char *word,
                         struct buffer *out)
{
    buffer_print(out, "%llu ns, %llu instructions\n",
                 (unsigned long long)cairn_time_ns(debug->machine),
                 (unsigned long long)cairn_instructions(debug->machine, NULL));
    if (debug->history) {
        const struct history *history = debug->history;
        buffer_print(out, "%zu moments, %llu inputs, %zu bytes%s\n",
                     history->chain.count,
                     (unsigned long long)history->machine->inputs.given,
                     history->chain.bytes + history->machine->inputs.bytes,
                     history->past ? "; in the past" : "");
    }
}

/* A script outside cannot take back what it has done since. */
static bool is_refused_in_past(const struct debug *debug, struct buffer *out)
{
    bool refused = debug->history && debug->history->past && debug->agent_runs;
    if (refused) {
        buffer_print(
            out,
            "not in the past: a script already has output of the future\n");
    }
    return refused;
}

static void list_reset_lines(const struct cairn_machine *machine,
                             struct buffer *out)
{
    const char *name;
    for (size_t i = 0; (name = cairn_reset_line_name(machine, i)); i++) {
        buffer_print(out, "%s\n", name);
    }
}

static void ask_reset_line(struct debug *debug, const char *line, bool asserted,
                           struct buffer *out)
{
    int code = cairn_reset_line(debug->machine, line, asserted);
    if (code == 0) {
        buffer_print(out, asserted ? "%s asserted\n" : "%s asked for release\n",
                     line);
        return;
    }
    buffer_print(out, "'%s' is no line that registers assert and release%s\n",
                 line, cairn_reset_line_name(debug->machine, 0) ? ":" : "");
    list_reset_lines(debug->machine, out);
}

static void monitor_reset(struct debug *debug, const char *word,
                          struct buffer *out)
{
    if (is_refused_in_past(debug, out)) {
        return;
    }
    if (machine_resets_whole(debug->machine)) {
        machine_reset(debug->machine, ROLE_HOST, "debugger");
        buffer_print(out, "system reset\n");
        return;
    }
    cairn_power(debug->machine);
    buffer_print(out, "power-on reset\n");
}

static void monitor_assert(struct debug *debug, const char *word,
                           struct buffer *out)
{
    if (!is_refused_in_past(debug, out)) {
        ask_reset_line(debug, word, true, out);
    }
}

static void monitor_release(struct debug *debug, const char *word,
                            struct buffer *out)
{
    if (!is_refused_in_past(debug, out)) {
        ask_reset_line(debug, word, false, out);
    }
}

static void monitor_clusters(struct debug *debug, const char *word,
                             struct buffer *out)
{
    debug_list_processes(debug, out);
}

static void monitor_physical(struct debug *debug, const char *word,
                             struct buffer *out)
{
    debug->physical = true;
    buffer_print(out, "memory addresses are physical\n");
}

static void monitor_virtual(struct debug *debug, const char *word,
                            struct buffer *out)
{
    debug->physical = false;
    buffer_print(out, "memory addresses are translated by the core\n");
}

static const struct monitor_command {
    const char *name;
    const char *purpose;
    /* word is what follows the name, or "". */
    void (*run)(struct debug *debug, const char *word, struct buffer *out);
} monitor_commands[] = {
    {"events",   "the chain's events so far",                   monitor_events  },
    {"board",    "masters, windows and lines",                  monitor_board   },
    {"clusters", "clusters of cores, each a process to attach",
     monitor_clusters                                                           },
    {"time",     "virtual time and instructions run",           monitor_time    },
    {"reset",    "reset of the system",                         monitor_reset   },
    {"assert",   "assert a reset LINE",                         monitor_assert  },
    {"release",  "ask for the release of a reset LINE",         monitor_release },
    {"physical", "memory addresses are physical",               monitor_physical},
    {"virtual",  "memory addresses are translated by the core", monitor_virtual },
};

static void run_monitor(struct debug *debug, const char *digits)
{
    char text[64];
    struct buffer out = {0};
    size_t size = strlen(digits) / 2;

    if (size >= sizeof(text) || !gdb_hex_bytes(digits, text, size)) {
        debug_answer_error(debug, -EINVAL);
        return;
    }
    text[size] = '\0';
    size_t length = strcspn(text, " ");
    const char *word = text + length + strspn(text + length, " ");
    for (size_t i = 0; i < ARRAY_SIZE(monitor_commands); i++) {
        const char *name = monitor_commands[i].name;
        if (strncmp(text, name, length) == 0 && name[length] == '\0') {
            monitor_commands[i].run(debug, word, &out);
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

static void answer_thread_name(struct debug *debug, const char *text)
{
    static const char *const power[] = {
        [CORE_OFF] = "off",
        [CORE_HELD] = "held in reset",
        [CORE_RUNNING] = "running",
        [CORE_WAITING] = "waiting for interrupt",
        [CORE_STUCK] = "stuck in exceptions",
    };
    unsigned thread;
    struct buffer name = {0};

    if (!debug_parse_thread(debug, text, &thread) || thread == ALL_THREADS) {
        debug_answer_error(debug, -EINVAL);
        return;
    }
    buffer_print(&name, "%s (%s)", debug_core(debug, thread)->name,
                 power[debug_core(debug, thread)->power]);
    buffer_print_hex(&debug->answer, name.bytes, name.size);
    buffer_fini(&name);
}

static void list_threads(struct debug *debug)
{
    char separator = 'm';

    for (unsigned t = 1; t <= debug_core_count(debug); t++) {
        char name[THREAD_NAME_SIZE];
        if (debug_is_attached(debug, t)) {
            debug_name_thread(debug, t, name);
            buffer_print(&debug->answer, "%c%s", separator, name);
            separator = ',';
        }
    }
}

void debug_query(struct debug *debug, const char *text)
{
    const char *rest;

    if (debug_starts(text, "qSupported", &rest)) {
        buffer_print(&debug->answer,
                     "PacketSize=%x;qXfer:features:read+;vContSupported+;"
                     "QStartNoAckMode+;swbreak+;hwbreak+",
                     GDB_PACKET_MAX);
        if (debug->history) {
            debug_answer(debug, ";ReverseStep+;ReverseContinue+");
        }
        debug_offer_processes(debug, rest);
    } else if (debug_starts(text, "qXfer:features:read:target.xml:", &rest)) {
        debug_answer_target(debug, rest);
    } else if (debug_starts(text, "qfThreadInfo", &rest)) {
        list_threads(debug);
    } else if (debug_starts(text, "qsThreadInfo", &rest)) {
        debug_answer(debug, "l");
    } else if (debug_starts(text, "qThreadExtraInfo,", &rest)) {
        answer_thread_name(debug, rest);
    } else if (debug_starts(text, "qAttached", &rest)) {
        debug_answer(debug, "1");
    } else if (debug_starts(text, "qRcmd,", &rest)) {
        run_monitor(debug, rest);
    } else if (strcmp(text, "qC") == 0) {
        char name[THREAD_NAME_SIZE];
        debug_name_thread(debug, debug->thread, name);
        buffer_print(&debug->answer, "QC%s", name);
    } else if (strcmp(text, "QStartNoAckMode") == 0) {
        debug->no_ack = true;
        debug_answer(debug, "OK");
    }
}
