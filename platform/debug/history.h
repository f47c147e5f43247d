/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The past of a machine under a debugger.
 *
 * A run follows from a state and from what the outside did since: typed keys,
 * an agent's accesses, a debugger's writes, power. So the history keeps moments
 * (snapshot/chain.h) and, with their places in the run, those inputs; going to
 * any place is going to a moment before it and running on, the inputs being
 * given again and the output being dropped. When the run is back at the
 * present, the hash of the machine's state must be what it was.
 *
 * A place is found again by the instructions that all cores have retired, then
 * by the traps they have taken (several may come between two instructions),
 * then by time (which passes while all cores wait).
 */
#ifndef PLATFORM_DEBUG_HISTORY_H
#define PLATFORM_DEBUG_HISTORY_H

#include "platform/agent/agent.h"
#include "platform/snapshot/chain.h"

/* A place in the run. All four only ever grow. */
struct moment {
    uint64_t inputs; /* that were given before */
    uint64_t retired;
    uint64_t traps;
    uint64_t time_ns;
};

/* -1, 0, 1 as a is before, at or behind b. */
int moment_compare(const struct moment *a, const struct moment *b);
/* Whether nothing but inputs may be between them. */
bool moment_same_place(const struct moment *a, const struct moment *b);

enum history_input {
    HISTORY_READ, /* of a bus, for its side effects */
    HISTORY_WRITE,
    HISTORY_LINE,
    HISTORY_KEYS,
    HISTORY_POWER,
    HISTORY_RESET,   /* of the system; subject is the name of who asked */
    HISTORY_SERVICE, /* an agent's work changed what goes on after it */
    HISTORY_POKE,    /* a debugger wrote memory */
    HISTORY_REGISTER,
};

struct history_core {
    uint64_t retired;
    uint64_t traps;
};

/* What a moment of the chain needs beside the machine's state. */
struct history_mark {
    struct moment at;
    uint64_t hash; /* of the state but memory */
    uint64_t log_count[LOG_KINDS];
    uint16_t log_repeats[sizeof(((struct log *)0)->repeats) / sizeof(uint16_t)];
    struct history_core cores[];
};

struct history_note {
    enum history_input kind;
    struct moment at;
    void *subject; /* node, line, core, space or name; NULL: what semihosting
                      reads */
    uint32_t user;
    uint64_t address; /* or register, or level */
    uint64_t value;
    unsigned width; /* of a bus access */
    size_t size;
    const void *bytes;
};

struct history {
    struct cairn_machine *machine;
    struct snapshot_chain chain;
    size_t bytes_max;
    struct history_note *notes;
    size_t note_count;
    size_t note_capacity;
    size_t notes_dropped; /* before notes[0] */
    size_t note_bytes;
    uint64_t given; /* inputs so far, those dropped too */
    bool inside;    /* the machine runs: what it does to itself is no input */
    bool past;      /* the machine is somewhere before the present */
    bool diverged;  /* until somebody was told */
    struct moment present; /* while in the past */
    uint64_t present_hash;
    struct cairn_callbacks callbacks; /* the machine's, while in the past */
    struct agent_service service;     /* as the last run left it */
};

/* Why history_run came back. */
enum history_stop {
    HISTORY_RAN,     /* as far as it was allowed to */
    HISTORY_DEBUG,   /* a break- or watchpoint, or the step is done */
    HISTORY_PRESENT, /* the machine is at the present again */
};

/* NULL if the host has no memory for it. */
struct history *history_create(struct cairn_machine *machine, size_t bytes_max);
/* Leaves the machine where it is. */
void history_destroy(struct history *history);

struct moment history_now(const struct history *history);

/* ---- At the present ---- */
/* cairn_run, of which there is a history. */
enum cairn_stop history_run_on(struct history *history,
                               const struct cairn_until *until);

/* ---- From what touches the machine (machine.c and the like) ---- */
/*
 * Brackets an input. subject is what the kind says, bytes are copied. In the
 * past this starts a new future. What an input leads to is no input, so
 * brackets within brackets do nothing. history may be NULL.
 */
bool history_begin(struct history *history, const struct history_note *note);
void history_end(struct history *history, bool begun);

/* ---- Travelling ---- */
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

/* ---- Between debug_history.c and debug_travel.c ---- */
/* Does to the machine what was done before. */
void history_give(struct history *history, const struct history_note *note);
/* What is here is the present, and what was behind it never came. */
void history_forget_future(struct history *history);
/* The machine is at the present and may be heard again. */
void history_unmute(struct history *history);
/* The agent's service is as the run left it. */
void history_remember_service(struct history *history);

#endif
