/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The debug stub from inside.
 *
 *   gdb_packet.c        framing
 *   debug.c             the connection, running and stopping, dispatch
 *   debug_registers.c   the target description and registers
 *   debug_memory.c      memory, break- and watchpoints
 *   debug_query.c       queries and monitor commands
 *
 * Each packet is handled by a function that gets the text after its letter and
 * writes its answer; an empty answer says that the packet is not supported.
 */
#ifndef PLATFORM_DEBUG_H
#define PLATFORM_DEBUG_H

#include "base/buffer.h"
#include "engine/core.h"
#include "platform/gdb_packet.h"
#include "platform/machine.h"

enum { ALL_THREADS = 0 };

struct debug {
    struct cairn_machine *machine;
    int fd;
    bool no_ack;
    bool done;
    bool silent;     /* the command at hand has no answer */
    bool going;      /* the machine runs at the debugger's wish */
    bool agent_runs; /* and at an agent's, whose script goes on */
    unsigned thread; /* for g, G, p, P: 1-based */
    unsigned step_thread;
    struct gdb_parser parser;
    struct buffer answer; /* payload under construction */
    struct buffer wire;   /* last packet sent, for retransmission */
    struct buffer target; /* target.xml of the selected core type */
    char last_stop[64];
};

size_t debug_core_count(const struct debug *debug);
/* By its thread number, which counts from 1. */
struct core *debug_core(const struct debug *debug, unsigned thread);
void debug_answer(struct debug *debug, const char *text);
/* Replaces what was answered so far; error is a negative errno value. */
void debug_answer_error(struct debug *debug, int error);
/* "-1" is ALL_THREADS, as is 0; false for a thread that there is not. */
bool debug_parse_thread(const struct debug *debug, const char *text,
                        unsigned *thread);
/* True, with *rest behind it, if text begins with prefix. */
bool debug_starts(const char *text, const char *prefix, const char **rest);

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
