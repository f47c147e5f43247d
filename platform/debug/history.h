/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The past of a machine under a debugger.
 *
 * A run follows from a state and from the inputs that came since
 * (platform/machine/input.h). So the history keeps moments (snapshot/chain.h)
 * and has the machine keep its list of inputs; going to any place is going to a
 * moment before it and running on, with the inputs given again and the output
 * dropped. When the run is back at the present, the hash of the machine's state
 * must be what it was.
 */
#ifndef PLATFORM_DEBUG_HISTORY_H
#define PLATFORM_DEBUG_HISTORY_H

#include "platform/agent/agent.h"
#include "platform/snapshot/chain.h"

/* The warning when a debugger changes the past of a device whose server, a TPM
 * or a folder, has a state of its own. */
#define HISTORY_STAYING                                                        \
    "the past was changed, but what is behind this device stays as it was at " \
    "the latest; --save and --restore take a TPM back too"

/* The place of a core at a moment, by which a moment is found. */
struct history_core {
    uint64_t retired;
    uint64_t traps;
};

/* State that a moment of the chain needs beside the machine's state. The log is
 * on the host's side, so that restoring a snapshot leaves its counts alone;
 * travelling puts them back, as the run on from the moment logs again. */
struct history_mark {
    struct moment at;
    uint64_t hash; /* of the state but memory */
    uint64_t log_count[LOG_KINDS];
    uint16_t log_repeats[sizeof(((struct log *)0)->repeats) / sizeof(uint16_t)];
    struct history_core cores[];
};

struct history {
    struct cairn_machine *machine;
    struct snapshot_chain chain;
    size_t bytes_max;
    bool past;                /* the machine is somewhere before the present */
    bool diverged;            /* until the debugger was told */
    struct buffer difference; /* the state that diverged, or empty */
    /* The device whose server did not go back when the past was changed, until
     * the debugger was told; or NULL. */
    const char *staying;
    struct moment present; /* while in the past */
    uint64_t present_hash;
    struct cairn_callbacks callbacks; /* the machine's, while in the past */
};

/* Why history_run came back. */
enum history_stop {
    HISTORY_RAN,     /* as far as it was allowed to */
    HISTORY_DEBUG,   /* a break- or watchpoint, or the step is done */
    HISTORY_PRESENT, /* the machine is at the present again */
};

/* State of a machine's debuggers between their sessions. */
struct debugging {
    struct listener *listener; /* of debug.c, before a debugger came, or NULL */
    struct history *history;   /* while one is kept, or NULL */
    size_t history_bytes;      /* that it may take */
};

/* NULL before the machine is whole. */
static inline struct debugging *
debugging_of(const struct cairn_machine *machine)
{
    return machine->extensions[EXTENSION_DEBUG];
}

/* NULL if the host has no memory for it. */
struct history *history_create(struct cairn_machine *machine, size_t bytes_max);
/* Leaves the machine where it is. */
void history_destroy(struct history *history);

/* ---- At the present ------------------------------------------------------ */
/* cairn_run, of which there is a history. */
enum cairn_stop history_run_on(struct history *history,
                               const struct cairn_until *until);

/* ---- Travelling ---------------------------------------------------------- */
/* Must precede a travel from the present; does nothing in the past. */
void history_leave(struct history *history);
/* On through the past, at most so many instructions and to limit (or, if NULL,
 * the present). */
enum history_stop history_run(struct history *history, uint64_t instructions,
                              const struct moment *limit);
/* To a place in the past, or right before the present, break- and watchpoints
 * aside. */
void history_seek(struct history *history, const struct moment *place);
/* To the index-th moment of the chain. */
void history_go(struct history *history, size_t index);
const struct history_mark *history_mark(const struct history *history,
                                        size_t index);
/* The last moment of the chain that is not behind place. */
size_t history_before(const struct history *history,
                      const struct moment *place);
/* Keeps the present place of the run as a moment, if there is room. */
void history_keep(struct history *history);
/* The same once enough was run since the last one. */
void history_keep_due(struct history *history);

/* ---- Between history.c and travel.c -------------------------------------- */
/* The machine's place becomes the present; what was behind it never came.
 */
void history_forget_future(struct history *history);
/* The machine is at the present and may be heard again. */
void history_unmute(struct history *history);

#endif
