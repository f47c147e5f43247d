/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain for people and programs, in four forms that say the same: a page of
 * HTML and a picture, which need nothing but themselves and run no script,
 * text, and JSON. How it ended, the stages one after the other, the keys that
 * the fuses name, and the PCRs; page and picture have every event too, once. A
 * run in which nothing was measured, verified or updated has neither keys nor
 * PCRs in page and picture, and no stages.
 */
#ifndef TRUST_REPORT_CHAIN_H
#define TRUST_REPORT_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/event.h"
#include "trust/keys/known.h"

/* A file that the machine began with: one of the last two is NULL. */
struct chain_input {
    const char *option;
    const char *path;
    const char *sha256;     /* hexadecimal */
    const char *not_hashed; /* the reason why there is no digest */
};

/* The text that a console printed last. */
struct chain_console {
    const char *device;
    const char *text; /* lines */
};

/* Facts that the events do not say. */
struct chain_report {
    const char *board;
    const char *machine; /* its processors and memories, or NULL */
    const char *outcome; /* in plain words; NULL: what the events say */
    bool reached;        /* of the outcome */
    /* How the run was asked for, and of which program; NULL: not shown. */
    const char *command;
    const char *version;
    const struct chain_input *inputs;
    size_t input_count;
    const struct chain_console *consoles;
    size_t console_count;
    /* Names for the keys that signatures were verified with; may be NULL. */
    const struct known_keys *known;
    uint64_t time_ns; /* when the run ended */
    uint64_t instructions;
    uint64_t unmodelled;
    uint64_t state_hash;
    /* The host's time at each event, and at the end; NULL, or of a number that
     * is not that of the events: wall times are not shown. */
    const uint64_t *wall_ns;
    size_t wall_count;
    uint64_t wall_end_ns;
};

/* Page and picture are well-formed XML; everything from events is escaped. */
void chain_report_html(const struct event_list *list,
                       const struct chain_report *report, struct buffer *out);
void chain_report_svg(const struct event_list *list,
                      const struct chain_report *report, struct buffer *out);
/* Stages, keys and PCRs as paragraphs. PCRs are lines "PCR N VALUE". */
void chain_report_text(const struct event_list *list,
                       const struct chain_report *report, struct buffer *out);
/* The same as an object. */
void chain_report_json(const struct event_list *list,
                       const struct chain_report *report, struct buffer *out);

#endif
