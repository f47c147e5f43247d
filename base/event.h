/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain's event list: each decision and its maker, in order. It is the
 * spine of the product: text, JSON lines and the report are renderings of it.
 *
 * An event is one fact (base/event.def), reported by an agent at a virtual
 * time. The fact fixes the kind, the subject and the outcome; numbers, a digest
 * and a key give the details. No event holds prose: its words are made where it
 * is shown (trust/report/event_text.h), and code that looks for events compares
 * these fields.
 */
#ifndef BASE_EVENT_H
#define BASE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum event_kind {
    EVENT_RESET,     /* a reset line moved, a core started over */
    EVENT_MEASURE,   /* something was digested */
    EVENT_VERIFY,    /* a signature or digest was compared */
    EVENT_EXTEND,    /* a PCR was extended */
    EVENT_AUTHORISE, /* an image was allowed or refused */
    EVENT_RELEASE,   /* a core was released, or code was entered */
    EVENT_FAULT,     /* an error was reported, by hardware or firmware */
    EVENT_UPDATE,    /* firmware was loaded or replaced */
    EVENT_KINDS
};

/* The outcome of an event, as to the chain: whether something was decided, and
 * how. */
enum event_outcome {
    OUTCOME_NONE,     /* nothing was decided */
    OUTCOME_ACCEPTED, /* a signature is valid, an image is authorised */
    OUTCOME_REFUSED,
    OUTCOME_FAULT,
    OUTCOMES
};

/* The role of the agent in the machine; its name is that of the board's node.
 */
enum event_role {
    ROLE_NONE,             /* a device that has no part in the chain */
    ROLE_POWER,            /* the supply of the whole board */
    ROLE_HOST,             /* the program or debugger around the machine */
    ROLE_RESETS,           /* reset lines of processors */
    ROLE_PSCI,             /* firmware services that the host stands in for */
    ROLE_SEMIHOSTING,      /* a guest that asks the host */
    ROLE_SWITCH,           /* a node that turns off or resets a board */
    ROLE_PROCESSOR,        /* a processor by itself */
    ROLE_RESET_CONTROLLER, /* the gate in front of application processors */
    ROLE_FUSES,            /* the fuse array of the SoC */
    ROLE_FLASH,
    ROLE_ROOT_OF_TRUST, /* the SoC interface of the root of trust */
    ROLE_MAILBOX,       /* its mailbox */
    ROLE_VERIFIER,      /* its engines that check signatures */
    ROLE_PCR_VAULT,
    ROLE_ENTROPY,
    EVENT_ROLES
};

enum event_subject {
    SUBJECT_PROCESSOR,  /* by name */
    SUBJECT_EXCEPTIONS, /* of the agent, a processor */
    SUBJECT_SYSTEM,     /* the whole board */
    SUBJECT_LINE,       /* reset line, by number */
    SUBJECT_LINES,
    SUBJECT_RESET_LINE, /* by name */
    SUBJECT_POWER,
    SUBJECT_FUSES,
    SUBJECT_CORE, /* the root of trust's processor */
    SUBJECT_VENDOR_KEYS,
    SUBJECT_OWNER_KEYS,
    SUBJECT_FLOW, /* the root of trust's state, as the SoC sees it */
    SUBJECT_FIRMWARE,
    SUBJECT_HARDWARE,
    SUBJECT_NOISE,
    SUBJECT_ECC_SIGNATURE,
    SUBJECT_MLDSA_SIGNATURE,
    SUBJECT_PCR,   /* by number */
    SUBJECT_IMAGE, /* by identifier */
    SUBJECT_NUMBER,
    SUBJECT_SLOT,    /* a partition for a program, by name */
    SUBJECT_STATE,   /* the Non-secure state of the agent, a processor */
    SUBJECT_CAPSULE, /* by the name of its file */
    SUBJECT_UPDATE,
    SUBJECT_BANK, /* of the boot flash, by number; 2 is for recovery */
    EVENT_SUBJECTS
};

enum event_fact {
#define FACT(name, kind, subject, outcome) FACT_##name,
#include "base/event.def"
#undef FACT
    EVENT_FACTS
};

enum {
    EVENT_DIGEST_MAX = 64,
    EVENT_VALUES = 6,
    EVENT_AGENT_SIZE = 32,
    EVENT_NAME_SIZE = 64,
    EVENT_FINGERPRINT_SIZE = 48,
};

struct event_digest {
    uint8_t size; /* 0: there is none */
    uint8_t bytes[EVENT_DIGEST_MAX];
};

/* The public key that a signature was verified with: SHA-384 of its standard
 * encoding (trust/keys/known.h finds out whose it is). */
struct event_key {
    bool present;
    uint8_t fingerprint[EVENT_FINGERPRINT_SIZE];
};

struct event {
    uint64_t time_ns;
    enum event_fact fact;
    enum event_role role;
    char agent[EVENT_AGENT_SIZE];
    char name[EVENT_NAME_SIZE];    /* of a subject that has one, else "" */
    uint64_t number;               /* of a subject that has one, else 0 */
    uint64_t values[EVENT_VALUES]; /* those of the fact, zeros behind them */
    struct event_digest digest;
    struct event_key key;
};

/*
 * Bounds of a list: a guest that resets itself for ever makes events for ever.
 * When it is full the EVENTS_DROPPED behind the first EVENTS_FIRST go, so that
 * it always has how the run began and what came last.
 */
enum { EVENTS_FIRST = 8192, EVENTS_DROPPED = 8192, EVENTS_MAX = 32768 };

/* The list owns its events. Zero-initialised is empty. */
struct event_list {
    struct event *events;
    size_t count;
    size_t capacity;
    uint64_t omitted; /* that were behind the first EVENTS_FIRST, and went */
    uint64_t changes; /* of the list, which may go back in time */
    /* Called for each event as it is added; may be NULL. */
    void (*added)(void *context, const struct event *event);
    void *context;
};

enum event_kind event_kind(const struct event *event);
enum event_subject event_subject(const struct event *event);
enum event_outcome event_outcome(const struct event *event);
/* True if the outcome is a refusal or a fault. */
bool event_is_bad(const struct event *event);
const char *event_kind_name(enum event_kind kind);

/* At most EVENT_DIGEST_MAX bytes. */
struct event_digest event_digest(const void *bytes, size_t size);
/* Sets agent or name, which are cut to fit. */
void event_set_agent(struct event *event, const char *agent);
void event_set_name(struct event *event, const char *name);

void event_list_fini(struct event_list *list);
/* Appends a copy. Returns it; good until the next append. */
struct event *event_add(struct event_list *list, const struct event *event);
/* Moves the events of another list into this one, in place of its own; calls no
 * observer. */
void event_list_replace(struct event_list *list, struct event_list *from);
/* How many there were, those omitted too. */
uint64_t event_list_total(const struct event_list *list);
/* Drops all events past that total (a restored snapshot goes back in time). */
void event_list_truncate(struct event_list *list, uint64_t total);

#endif
