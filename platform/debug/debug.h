/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The debug stub from inside.
 *
 *   gdb_packet.c        framing
 *   debug.c             the connection and dispatch
 *   run.c               running and stopping
 *   reverse.c           running backwards
 *   history.c           the past that this needs
 *   travel.c            running through it
 *   registers.c         the target description and registers
 *   types.c             types in the target description
 *   memory.c            memory, break- and watchpoints
 *   processes.c         processes and threads by their names
 *   query.c             queries and monitor commands
 *
 * Each packet is handled by a function that gets the text after its letter and
 * writes its answer; an empty answer says that the packet is not supported.
 */
#ifndef PLATFORM_DEBUG_DEBUG_H
#define PLATFORM_DEBUG_DEBUG_H

#include "base/buffer.h"
#include "engine/core.h"
#include "host/loop.h"
#include "platform/debug/gdb_packet.h"
#include "platform/debug/history.h"
#include "platform/machine/machine.h"

enum { ALL_THREADS = 0 };

struct debug {
    struct cairn_machine *machine;
    struct loop_watch watch; /* of the connection */
    uint64_t patience_ns;    /* for the debugger to read an answer */
    bool no_ack;
    bool done;
    bool silent;       /* the command at hand has no answer */
    bool going;        /* the machine runs at the debugger's wish ... */
    bool stepping;     /* ... for a step of machine->stepped only */
    bool backward;     /* ... to where it was before */
    bool agent_runs;   /* and at an agent's, whose script goes on */
    bool interrupted;  /* the debugger pressed Ctrl-C, while backward */
    bool physical;     /* addresses of m, M and X are */
    bool processes;    /* the debugger sees a process per cluster */
    uint64_t attached; /* to these processes, a bit for each */
    unsigned thread;   /* for g, G, p, P: 1-based */
    unsigned step_thread;
    struct moment met;       /* where going back stopped last */
    struct history *history; /* NULL: the past is not kept */
    struct gdb_parser parser;
    struct buffer answer; /* payload under construction */
    struct buffer wire;   /* last packet sent, for retransmission */
    struct buffer target; /* target.xml of the selected core type */
    char last_stop[64];
};

/* The manual page of cairn run names it. */
#define DEBUG_PATIENCE_NS 5000000000ull

/* Serves the debugger at the other end of a socket until it leaves. One that
 * does not read an answer for patience_ns does not hold the machine: it counts
 * as gone. */
void debug_session(struct cairn_machine *machine, int fd, uint64_t patience_ns,
                   const struct cairn_agent_options *agent);

/* Closes what cairn_debug_listen opened. */
extern const struct machine_extension debug_extension;

size_t debug_core_count(const struct debug *debug);
/* By its thread number, which counts from 1. */
struct core *debug_core(const struct debug *debug, unsigned thread);
void debug_answer(struct debug *debug, const char *text);
/* Replaces what was answered so far; error is a negative errno value. */
void debug_answer_error(struct debug *debug, int error);
/* The number of the thread's process; threads count from 1, as they do. */
unsigned debug_process(const struct debug *debug, unsigned thread);
/* Adds to the answer to qSupported, by the debugger's own features. */
void debug_offer_processes(struct debug *debug, const char *features);
/* Always true of a debugger that knows no processes. */
bool debug_same_process(const struct debug *debug, unsigned thread,
                        unsigned other);
/* True if the debugger has the thread's process. */
bool debug_is_attached(const struct debug *debug, unsigned thread);
/* As the debugger knows it. */
enum { THREAD_NAME_SIZE = 24 };
void debug_name_thread(const struct debug *debug, unsigned thread,
                       char name[THREAD_NAME_SIZE]);
/* "-1" is ALL_THREADS, as is 0, and all threads of one process are its first;
 * false for a thread that there is not. */
bool debug_parse_thread(const struct debug *debug, const char *text,
                        unsigned *thread);
void debug_attach(struct debug *debug, const char *text); /* vAttach */
/* Each process by its number, with its cores. */
void debug_list_processes(const struct debug *debug, struct buffer *out);
/* D and vKill, with ";" and a process or without: the session ends when none is
 * left. */
void debug_detach(struct debug *debug, const char *text);
/* True, with *rest behind it, if text begins with prefix. */
bool debug_starts(const char *text, const char *prefix, const char **rest);

/* Sends what was answered. */
void debug_send_answer(struct debug *debug);
/* Serves the debugger, and what else the machine waits for; until then. */
void debug_wait(struct debug *debug, uint64_t until_ns);
/* Hears what the debugger sent; waits for it while the machine stands. */
void debug_listen(struct debug *debug);
void debug_receive(struct debug *debug, const uint8_t *bytes, size_t count);
/* Text on the debugger's console, which listens only while the machine runs. */
void debug_tell(struct debug *debug, const char *text);

/* Signal numbers of GDB's protocol, not of the host. */
enum { GDB_SIGINT = 2, GDB_SIGTRAP = 5 };
/* Instructions between two looks for the debugger's Ctrl-C. */
enum { DEBUG_SLICE = 100000 };

/* Sets the stop reply from now on; why is of the form "name:value;". */
void debug_note_stop(struct debug *debug, unsigned signal, const char *why);
/* From the core that stopped last. */
void debug_note_point(struct debug *debug);
/* The answer to the command that let the machine go. */
void debug_halt(struct debug *debug);
void debug_resume(struct debug *debug, bool step, unsigned thread);  /* c, s */
void debug_resume_by_actions(struct debug *debug, const char *text); /* vCont */
void debug_serve(struct debug *debug, const struct cairn_agent_options *agent);
/* Before the debugger changes the machine: false, with the answer, if it may
 * not. */
bool debug_may_change(struct debug *debug);

void debug_reverse(struct debug *debug); /* bs, bc */

/* The definitions of types that a feature's registers need; "" if none. */
const char *debug_types(const char *feature);
/* Part of target.xml, "OFFSET,LENGTH" in hexadecimal. */
void debug_answer_target(struct debug *debug, const char *range);
void debug_read_registers(struct debug *debug);                    /* g */
void debug_write_registers(struct debug *debug, const char *text); /* G */
void debug_read_register(struct debug *debug, const char *text);   /* p */
void debug_write_register(struct debug *debug, const char *text);  /* P */

void debug_read_memory(struct debug *debug, const char *text);  /* m */
void debug_write_memory(struct debug *debug, const char *text); /* M */
void debug_write_binary(struct debug *debug, const char *text); /* X */
void debug_change_point(struct debug *debug, bool insert,
                        const char *text); /* Z, z */

void debug_query(struct debug *debug, const char *text); /* q, Q */

#endif
