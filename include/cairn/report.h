/* SPDX-License-Identifier: Apache-2.0 */
/* A part of cairn/cairn.h, which includes it: the events of a machine, and
 * reports of a run. */
#ifndef CAIRN_REPORT_H
#define CAIRN_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct cairn_error;
struct cairn_machine;

/* The list of a run with very many events has the first 8192 and the last: the
 * second call returns the number of those between. Callbacks receive all. */
size_t cairn_event_count(const struct cairn_machine *machine);
uint64_t cairn_events_omitted(const struct cairn_machine *machine);
/* The subject of an event, and its outcome. */
enum cairn_event_kind {
    CAIRN_EVENT_RESET,     /* a reset line moved, a core started over */
    CAIRN_EVENT_MEASURE,   /* something was digested */
    CAIRN_EVENT_VERIFY,    /* a signature or digest was compared */
    CAIRN_EVENT_EXTEND,    /* a PCR was extended */
    CAIRN_EVENT_AUTHORISE, /* an image was allowed or refused */
    CAIRN_EVENT_RELEASE,   /* a core was released, or code was entered */
    CAIRN_EVENT_FAULT,     /* an error was reported */
    CAIRN_EVENT_UPDATE,    /* firmware, or the state it is in, has changed */
};
enum cairn_event_outcome {
    CAIRN_OUTCOME_NONE, /* nothing was decided */
    CAIRN_OUTCOME_ACCEPTED,
    CAIRN_OUTCOME_REFUSED,
    CAIRN_OUTCOME_FAULT,
};
struct cairn_event {
    uint64_t time_ns;
    enum cairn_event_kind kind;
    enum cairn_event_outcome outcome;
    const char *agent;     /* the node that reported it */
    uint64_t number;       /* of a PCR, an image or a reset line, else 0 */
    const uint8_t *digest; /* of digest_size bytes, which may be 0 */
    size_t digest_size;
};
/* -ENOENT past the end. */
int cairn_event_get(const struct cairn_machine *machine, size_t index,
                    struct cairn_event *event);
/* The event as a line of text or JSON; NULL past the end. */
const char *cairn_event_text(struct cairn_machine *machine, size_t index);
const char *cairn_event_json(struct cairn_machine *machine, size_t index);

/*
 * Tells whether a run has come to a goal, by its events alone, those before a
 * snapshot too:
 *
 *   "power"           the machine was turned on
 *   "processor"       a processor was released
 *   "reset"           the root of trust's reset was released
 *   "firmware-ready"  its ROM waits for firmware
 *   "fmc"             the ROM has handed over to that firmware
 *   "runtime"         the runtime firmware is ready
 *   "application"     an image was authorised, then an application processor
 *                     released
 *   "update"          the capsule that was delivered last was installed and its
 *                     set boots, or its order was carried out
 *   "off"             the guest turned the machine off
 *
 * Returns 0, -ENOENT when an event is missing, -EINVAL for another goal. words,
 * which may be NULL, says what was reached, or which event was not seen.
 */
int cairn_reached(const struct cairn_machine *machine, const char *goal,
                  struct cairn_error *words);

/* All events so far as "text", "json" (lines), "svg" (a picture that needs
 * nothing but itself) or "html" (such a page: stages, PCRs, time line, events).
 * The caller frees *report. */
int cairn_report(struct cairn_machine *machine, const char *format,
                 char **report, struct cairn_error *error);

/* Reports as an event that the caller has put an update capsule into the boot
 * flash, by its file's name: what of it takes place are events too, told by the
 * boot MCU. */
void cairn_capsule_delivered(struct cairn_machine *machine, const char *name,
                             const void *bytes, size_t size);

/* With cairn_options.reports_slots, at the end of a run: events for slots whose
 * images were never entered, and for what there is to upgrade them. Snapshots
 * that are saved have none of these, as the run goes on from there. */
void cairn_judge_slots(struct cairn_machine *machine);

/* A public key that the caller knows the origin of, for a report to name. */
struct cairn_known_key {
    uint8_t fingerprint[48]; /* SHA-384 of its standard encoding */
    const char *name;        /* "owner ECC key of firmware.bundle" */
};

/* A file that the machine began with: one of the last two is NULL. */
struct cairn_input {
    const char *option; /* by which it was named */
    const char *path;
    const char *sha256;     /* 64 hexadecimal digits */
    const char *not_hashed; /* the reason why there is no digest */
};

/* The text that a console printed last. */
struct cairn_console_end {
    const char *device;
    const char *text; /* lines, with newlines between them */
};

/* The outcome of a run, in the caller's words. */
struct cairn_outcome {
    size_t size;      /* sizeof(struct cairn_outcome) */
    const char *text; /* NULL: derived from the events */
    bool reached;
    /* The host's time at each event, and now, which differ in each run; or
     * NULL. */
    const uint64_t *wall_ns;
    size_t wall_count;
    uint64_t wall_end_ns;
    const struct cairn_known_key *keys;
    size_t key_count;
    const char *command; /* how the run was asked for; or NULL */
    const struct cairn_input *inputs;
    size_t input_count;
    const struct cairn_console_end *consoles;
    size_t console_count;
};
/* The chain by stages, with keys and PCRs, as "html" (a page) or "svg" (a
 * picture), which need nothing but themselves and have all events too, as
 * "text" (paragraphs) or "json" (one object). The caller frees it; NULL for
 * another format, or a size of outcome that is none. */
char *cairn_report_run(struct cairn_machine *machine, const char *format,
                       const struct cairn_outcome *outcome);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
