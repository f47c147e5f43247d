/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The events of a run as a chain: stages one after the other, the keys that the
 * fuses name, the PCRs as they ended. What a report in any form shows is here;
 * nothing is in it that no event said.
 */
#ifndef TRUST_REPORT_STAGES_H
#define TRUST_REPORT_STAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/event.h"
#include "trust/report/chain.h"

/* Decisions, counted. */
struct chain_counts {
    unsigned long valid;
    unsigned long refused;
    unsigned long authorised;
    unsigned long extended;
    unsigned long released;
    unsigned long faults;
};

struct chain_stage {
    const char *name;
    const char *words; /* what it is, in a sentence or two */
    const struct event *events;
    size_t count;
    uint64_t begin_ns;
    uint64_t took_ns; /* until the next one began, or the run ended */
    uint64_t wall_ns; /* the same in time of the host, if it is known */
    struct chain_counts counts;
};

struct chain_pcr {
    const struct event *last;
    unsigned long count;
};

/* A key that signatures were verified with. */
struct chain_signer {
    const struct event_key *key;
    const char *name; /* NULL: in no file of the run */
    /* It has verified a signature over zeros, which are the digest of nothing:
     * so firmware checks a pair that it has just made. */
    bool is_own;
    unsigned long valid;
    unsigned long refused;
};

/* Refers to the list of events. */
struct chain {
    struct chain_stage *stages;
    size_t stage_count;
    struct chain_pcr *pcrs; /* in the order of their first extension */
    size_t pcr_count;
    /* Events with the digest of keys; a later one of the same subject counts.
     */
    const struct event **keys;
    size_t key_count;
    struct chain_signer *signers; /* in the order of their first signature */
    size_t signer_count;
    bool has_wall_times;
    struct chain_counts counts; /* of all */
    bool is_plain; /* no event has to do with trust: processors run, no more */
};

void chain_read(struct chain *chain, const struct event_list *list,
                const struct chain_report *report);
void chain_fini(struct chain *chain);

bool chain_is_bad(const struct chain_counts *counts);
/* "3 signatures valid, 1 fault": what there is of each. */
void chain_print_counts(const struct chain_counts *counts, struct buffer *out);
/* The subject of a report: "Run", or "Chain of trust". */
const char *chain_title(const struct chain *chain);
/* The name of the keys whose digest an event of the fuses has, or NULL. */
const char *chain_key_name(const struct event *key,
                           const struct chain_report *report);
/* "owner ECC key of trust.yaml", or what else is known of the key and the head
 * of its fingerprint. */
void chain_print_signer(const struct chain_signer *signer, struct buffer *out);
/* The words of the events' own verdict. */
const char *chain_words(const struct chain_counts *counts);
/* True if the run went well: as the report says, else as the events do. */
bool chain_is_good(const struct chain *chain,
                   const struct chain_report *report);

#endif
