/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running and stopping at a debugger's wish.
 *
 * While the machine runs it returns every DEBUG_SLICE instructions to look for
 * the debugger's Ctrl-C; that changes nothing in the run itself, since runs are
 * the same however they are sliced. A step is such a slice too: the machine
 * runs as it would, the other cores with it, until the core at hand has retired
 * an instruction or has taken an exception.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "host/time.h"
#include "platform/agent/agent.h"
#include "platform/debug/debug.h"
#include "platform/record/record.h"

/* How long the debugger is waited for while nothing else can happen. */
enum { IDLE_NS = 100000000 };

/* ---- Stopping ------------------------------------------------------------ */

void debug_note_stop(struct debug *debug, unsigned signal, const char *why)
{
    char name[THREAD_NAME_SIZE];

    debug_name_thread(debug, debug->thread, name);
    snprintf(debug->last_stop, sizeof(debug->last_stop), "T%02x%sthread:%s;",
             signal, why, name);
}

/* The watchpoint that an access at the core's stop address met, and of its
 * bytes the first that it met: an access may begin before it. */
static const char *watch_name(const struct core *core, uint64_t *address)
{
    static const char *const names[] = {[WATCH_WRITE] = "watch",
                                        [WATCH_READ] = "rwatch",
                                        [WATCH_ACCESS] = "awatch"};
    const struct watchpoint *met = NULL;
    *address = core->stop_address.value;
    for (size_t i = 0; i < core->watchpoint_count; i++) {
        const struct watchpoint *w = &core->watchpoints[i];
        if (*address - w->address.value < w->size_bytes) {
            return names[w->kind];
        }
        if (w->address.value > *address &&
            (!met || w->address.value < met->address.value)) {
            met = w;
        }
    }
    if (met) {
        *address = met->address.value;
    }
    return names[met ? met->kind : WATCH_WRITE];
}

void debug_note_point(struct debug *debug)
{
    const struct cairn_machine *machine = debug->machine;
    char why[40] = "";
    if (machine->round_core < machine->core_count) {
        const struct core *core = machine->cores[machine->round_core];
        debug->thread = (unsigned)machine->round_core + 1;
        if (machine->last_stop[machine->round_core] == CORE_STOP_WATCHPOINT) {
            uint64_t address;
            const char *name = watch_name(core, &address);
            snprintf(why, sizeof(why), "%s:%llx;", name,
                     (unsigned long long)address);
        }
    }
    debug_note_stop(debug, GDB_SIGTRAP, why);
}

static void tell_divergence(struct debug *debug)
{
    struct history *history = debug->history;
    struct buffer text = {0};
    buffer_print(&text,
                 "cairn: replay did not reach the same state: "
                 "execution continues from here");
    if (history->difference.size != 0) {
        buffer_print(&text, " (%s differs)", buffer_text(&history->difference));
    }
    debug_tell(debug, buffer_text(&text));
    buffer_fini(&text);
    buffer_clear(&history->difference);
    history->diverged = false;
}

static void tell_staying(struct debug *debug)
{
    struct buffer text = {0};
    buffer_print(&text, "cairn: %s: " HISTORY_STAYING, debug->history->staying);
    debug_tell(debug, buffer_text(&text));
    buffer_fini(&text);
    debug->history->staying = NULL;
}

void debug_halt(struct debug *debug)
{
    struct core *stepped = debug->machine->stepped;
    if (stepped) {
        stepped->trap_stop = UINT64_MAX;
        debug->machine->stepped = NULL;
    }
    if (debug->history && debug->history->diverged) {
        tell_divergence(debug);
    }
    if (debug->history && debug->history->staying) {
        tell_staying(debug);
    }
    debug->going = false;
    debug->stepping = false;
    buffer_clear(&debug->answer);
    debug_answer(debug, debug->last_stop);
    debug_send_answer(debug);
}

void debug_tell(struct debug *debug, const char *text)
{
    if (debug->going) {
        buffer_clear(&debug->answer);
        buffer_print(&debug->answer, "O");
        buffer_print_hex(&debug->answer, text, strlen(text));
        buffer_print_hex(&debug->answer, "\n", 1);
        debug_send_answer(debug);
    }
}

/* ---- Resuming ------------------------------------------------------------ */

static bool is_there(const struct core *core)
{
    return core->power == CORE_RUNNING || core->power == CORE_WAITING;
}

void debug_resume(struct debug *debug, bool step, unsigned thread)
{
    struct core *core;

    if (step && thread != ALL_THREADS) {
        debug->thread = thread;
    }
    core = debug_core(debug, debug->thread);
    /* A core that is off has no next instruction. */
    if (step && !is_there(core)) {
        debug_note_stop(debug, GDB_SIGTRAP, "");
        debug_answer(debug, debug->last_stop);
        return;
    }
    core_pass_breakpoint(core);
    debug->met = (struct moment){.retired = UINT64_MAX};
    if (step) {
        debug->machine->stepped = core;
        debug->machine->stepped_end = core->retired + 1;
        core->trap_stop = core->traps + 1;
    }
    debug->stepping = step;
    debug->going = true;
}

/* vCont;action[:thread][;action...]: the first step action decides, else the
 * whole machine continues. */
void debug_resume_by_actions(struct debug *debug, const char *text)
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
    debug_resume(debug, step, thread);
}

bool debug_may_change(struct debug *debug)
{
    /* The script has already seen the future. */
    if (debug->history && debug->history->past && debug->agent_runs) {
        debug_answer_error(debug, -EPERM);
        return false;
    }
    return true;
}

/* ---- Running ------------------------------------------------------------- */

static void stop_with(struct debug *debug, const char *text)
{
    debug_tell(debug, text);
    debug_note_stop(debug, GDB_SIGTRAP, "");
    debug_halt(debug);
}

static enum cairn_stop run_slice(struct debug *debug,
                                 const struct cairn_until *until)
{
    if (replayer_is_there(debug->machine)) {
        debug_tell(debug, "cairn: the file of inputs has no more");
        debug_note_stop(debug, GDB_SIGTRAP, "replaylog:end;");
        debug_halt(debug);
        return CAIRN_STOP_REQUESTED;
    }
    enum cairn_stop stop = debug->history
                               ? history_run_on(debug->history, until)
                               : cairn_run(debug->machine, until);
    switch (stop) {
    case CAIRN_STOP_DEBUG:
        debug_note_point(debug);
        debug_halt(debug);
        break;
    case CAIRN_STOP_REQUESTED:
        if (debug->agent_runs) {
            break;
        }
        __attribute__((fallthrough));
    case CAIRN_STOP_UNMODELLED:
        debug_note_stop(debug, GDB_SIGTRAP, "");
        debug_halt(debug);
        break;
    case CAIRN_STOP_OFF:
        if (!debug->agent_runs) {
            stop_with(debug, "cairn: the guest turned itself off");
        }
        break;
    case CAIRN_STOP_RESET:
        if (!debug->agent_runs) {
            cairn_reset(debug->machine);
        }
        break;
    case CAIRN_STOP_IDLE:
        /* Nothing can happen until the debugger acts. */
        debug_wait(debug, host_time_ns() + IDLE_NS);
        break;
    default:
        break;
    }
    return stop;
}

/* On through what was already run. A debugger that continues stops at the
 * present, to know it; a step goes on from there. */
static void run_past(struct debug *debug)
{
    switch (history_run(debug->history, DEBUG_SLICE, NULL)) {
    case HISTORY_DEBUG:
        debug_note_point(debug);
        debug_halt(debug);
        break;
    case HISTORY_PRESENT:
        if (!debug->stepping || debug->history->diverged) {
            debug_note_stop(debug, GDB_SIGTRAP, "replaylog:end;");
            debug_halt(debug);
        }
        break;
    default:
        break;
    }
}

/* The instructions that may still be run for an agent that has run since start;
 * false when that is nothing. */
static bool cut_slice(const struct debug *debug,
                      const struct cairn_until *until, uint64_t start,
                      struct cairn_until *slice)
{
    uint64_t now = machine_retired(debug->machine);
    uint64_t ran = now > start ? now - start : 0;

    *slice = *until;
    slice->instructions = DEBUG_SLICE;
    if (until->instructions) {
        if (ran >= until->instructions) {
            return false;
        }
        uint64_t left = until->instructions - ran;
        slice->instructions = left < DEBUG_SLICE ? left : DEBUG_SLICE;
    }
    return true;
}

/* cairn_run with the debugger in between: returns when what until asks for
 * came about, or the debugger left. */
static enum cairn_stop run_debugged(void *context,
                                    const struct cairn_until *until)
{
    struct debug *debug = context;
    uint64_t start = machine_retired(debug->machine);

    while (!debug->done) {
        struct cairn_until slice;
        debug_listen(debug);
        if (!debug->going || debug->done) {
            continue;
        }
        if (debug->backward) {
            debug_reverse(debug);
            continue;
        }
        if (debug->history && debug->history->past) {
            run_past(debug);
            continue;
        }
        if (!cut_slice(debug, until, start, &slice)) {
            return CAIRN_STOP_BUDGET;
        }
        enum cairn_stop stop = run_slice(debug, &slice);
        if (debug->agent_runs && debug->going && stop != CAIRN_STOP_BUDGET &&
            stop != CAIRN_STOP_IDLE) {
            return stop;
        }
    }
    return CAIRN_STOP_REQUESTED;
}

void debug_serve(struct debug *debug, const struct cairn_agent_options *agent)
{
    static const struct cairn_until forever = {.size =
                                                   sizeof(struct cairn_until)};

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
            debug_tell(debug, why.text);
        }
    }
    while (!debug->done) {
        run_debugged(debug, &forever);
    }
}
