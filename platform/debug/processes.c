/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes for GDB: each cluster of cores is one, so that each has an inferior
 * with its own architecture, memory and breakpoints (GDB manual, E.3, the
 * multiprocess extensions). A machine of one cluster, and a debugger that does
 * not know processes, has threads alone.
 *
 * A session begins with the first one. GDB asks an inferior's registers when it
 * attaches (`target extended-remote`, `add-inferior`, `attach 2`), and never of
 * one that it merely hears of, so only those that it attached to are named.
 *
 * Time is one: what makes one process go makes all of them go.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "platform/debug/debug.h"

/* Bits of debug->attached. */
enum { PROCESSES_MAX = 64 };

#define PROCESS_BIT(process) (UINT64_C(1) << ((process)-1))

static const struct node *cluster_of(const struct debug *debug, unsigned thread)
{
    assert(thread >= 1 && thread <= debug_core_count(debug));
    return debug->machine->slots[thread - 1].node->parent;
}

/* Clusters in the order of their first cores. */
unsigned debug_process(const struct debug *debug, unsigned thread)
{
    const struct node *cluster = cluster_of(debug, thread);
    unsigned process = 0;

    for (unsigned t = 1; t <= thread; t++) {
        bool is_first = true;
        for (unsigned before = 1; before < t; before++) {
            is_first =
                is_first && cluster_of(debug, before) != cluster_of(debug, t);
        }
        process += is_first;
        if (cluster_of(debug, t) == cluster) {
            break;
        }
    }
    return process;
}

static unsigned process_count(const struct debug *debug)
{
    unsigned count = 0;

    for (unsigned t = 1; t <= debug_core_count(debug); t++) {
        unsigned process = debug_process(debug, t);
        count = process > count ? process : count;
    }
    return count;
}

bool debug_same_process(const struct debug *debug, unsigned thread,
                        unsigned other)
{
    return !debug->processes ||
           cluster_of(debug, thread) == cluster_of(debug, other);
}

bool debug_is_attached(const struct debug *debug, unsigned thread)
{
    return !debug->processes ||
           (debug->attached & PROCESS_BIT(debug_process(debug, thread))) != 0;
}

/* Nobody would know what to do with a stop elsewhere. */
static void catch_breaks(struct debug *debug)
{
    for (unsigned t = 1; t <= debug_core_count(debug); t++) {
        debug_core(debug, t)->catch_ebreak = debug_is_attached(debug, t);
    }
}

void debug_offer_processes(struct debug *debug, const char *features)
{
    unsigned count = process_count(debug);

    debug->processes = strstr(features, "multiprocess+") != NULL && count > 1 &&
                       count <= PROCESSES_MAX;
    if (debug->processes) {
        debug->attached = PROCESS_BIT(debug_process(debug, debug->thread));
        debug_answer(debug, ";multiprocess+");
        debug_note_stop(debug, GDB_SIGTRAP, "");
    }
    catch_breaks(debug);
}

void debug_name_thread(const struct debug *debug, unsigned thread,
                       char name[THREAD_NAME_SIZE])
{
    if (debug->processes) {
        snprintf(name, THREAD_NAME_SIZE, "p%x.%x", debug_process(debug, thread),
                 thread);
    } else {
        snprintf(name, THREAD_NAME_SIZE, "%x", thread);
    }
}

/* ---- What the debugger says ---------------------------------------------- */

/* "p" and the process, which 0 and -1 leave open; then "." and a thread, or the
 * end: all of its threads. */
static bool parse_process(const struct debug *debug, const char **text,
                          uint64_t *process)
{
    (*text)++;
    if (strncmp(*text, "-1", 2) == 0) {
        *text += 2;
        *process = 0;
    } else if (!gdb_hex_value(text, process) ||
               *process > process_count(debug)) {
        return false;
    }
    if (**text == '.') {
        (*text)++;
        return **text != '\0';
    }
    return **text == '\0';
}

/* The first thread of a process. */
static unsigned first_thread(const struct debug *debug, uint64_t process)
{
    unsigned thread = 1;

    while (debug_process(debug, thread) != process) {
        thread++;
        assert(thread <= debug_core_count(debug));
    }
    return thread;
}

bool debug_parse_thread(const struct debug *debug, const char *text,
                        unsigned *thread)
{
    uint64_t process = 0;
    uint64_t value = 0;
    bool named = debug->processes && *text == 'p';

    if (named && !parse_process(debug, &text, &process)) {
        return false;
    }
    bool any = (named && *text == '\0') || strcmp(text, "-1") == 0;
    if (!any && (!gdb_hex_value(&text, &value) || *text != '\0' ||
                 value > debug_core_count(debug))) {
        return false;
    }
    *thread = (unsigned)value;
    if (process != 0 && *thread == ALL_THREADS) {
        *thread = first_thread(debug, process);
    }
    return process == 0 || debug_process(debug, *thread) == process;
}

/* The process that stands in a packet; 0: none that there is. */
static uint64_t named_process(const struct debug *debug, const char *text)
{
    uint64_t process;

    return gdb_hex_value(&text, &process) && *text == '\0' &&
                   process <= process_count(debug)
               ? process
               : 0;
}

void debug_attach(struct debug *debug, const char *text)
{
    uint64_t process = debug->processes ? named_process(debug, text) : 0;

    if (process == 0 || (debug->attached & PROCESS_BIT(process)) != 0) {
        debug_answer_error(debug, -ESRCH);
        return;
    }
    debug->attached |= PROCESS_BIT(process);
    debug->thread = first_thread(debug, process);
    catch_breaks(debug);
    debug_note_stop(debug, GDB_SIGTRAP, "");
    debug_answer(debug, debug->last_stop);
}

void debug_detach(struct debug *debug, const char *text)
{
    debug_answer(debug, "OK");
    if (!debug->processes || *text != ';') {
        debug->done = true;
        return;
    }
    uint64_t process = named_process(debug, text + 1);
    if (process == 0) {
        debug_answer_error(debug, -ESRCH);
        return;
    }
    debug->attached &= ~PROCESS_BIT(process);
    debug->done = debug->attached == 0;
    catch_breaks(debug);
}

void debug_list_processes(const struct debug *debug, struct buffer *out)
{
    for (unsigned t = 1; t <= debug_core_count(debug); t++) {
        const struct core *core = debug_core(debug, t);
        if (t == 1 || debug_process(debug, t) != debug_process(debug, t - 1)) {
            buffer_print(out, "%s%u %s:", t == 1 ? "" : "\n",
                         debug_process(debug, t), cluster_of(debug, t)->name);
        }
        buffer_print(out, " %s", core->name);
    }
    buffer_print(out, "\n");
}
