/* SPDX-License-Identifier: Apache-2.0 */
/* The chain as text and as JSON. */
#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "trust/report/chain.h"
#include "trust/report/event_text.h"
#include "trust/report/resets.h"
#include "trust/report/stages.h"

/* ---- Text ---------------------------------------------------------------- */

static void print_ms(struct buffer *out, uint64_t ns)
{
    buffer_print(out, "%8" PRIu64 ".%06" PRIu64, ns / 1000000, ns % 1000000);
}

static void print_stages(const struct chain *chain, struct buffer *out)
{
    buffer_print(out, "Stages         at ms        took ms%s\n",
                 chain->has_wall_times ? "        wall ms" : "");
    for (size_t i = 0; i < chain->stage_count; i++) {
        const struct chain_stage *stage = &chain->stages[i];
        buffer_print(out, "  %2zu ", i + 1);
        print_ms(out, stage->begin_ns);
        print_ms(out, stage->took_ns);
        if (chain->has_wall_times) {
            print_ms(out, stage->wall_ns);
        }
        buffer_print(out, "  %-44s %s", stage->name,
                     chain_is_bad(&stage->counts) ? "BROKEN: " : "");
        chain_print_counts(&stage->counts, out);
        buffer_print(out, "\n");
    }
}

static void print_subject(const struct event *event, int width,
                          struct buffer *out)
{
    struct buffer words = {0};
    event_print_subject(event, &words);
    buffer_print(out, "  %-*s ", width, buffer_text(&words));
    buffer_fini(&words);
}

static void print_signers(const struct chain *chain, struct buffer *out)
{
    if (chain->signer_count != 0) {
        buffer_print(out, "\nSignatures, by key\n");
    }
    for (size_t i = 0; i < chain->signer_count; i++) {
        const struct chain_signer *signer = &chain->signers[i];
        buffer_print(out, "  %3lu valid", signer->valid);
        buffer_print(out, signer->refused ? ", %lu refused  " : "  ",
                     signer->refused);
        chain_print_signer(signer, out);
        buffer_print(out, "\n");
    }
}

void chain_report_text(const struct event_list *list,
                       const struct chain_report *report, struct buffer *out)
{
    struct chain chain;
    chain_read(&chain, list, report);
    if (chain.stage_count != 0) {
        print_stages(&chain, out);
    }
    if (chain.key_count != 0) {
        buffer_print(out, "\nKeys\n");
    }
    for (size_t i = 0; i < chain.key_count; i++) {
        const struct event *key = chain.keys[i];
        print_subject(key, 16, out);
        if (key->digest.size != 0) {
            buffer_print_hex(out, key->digest.bytes, key->digest.size);
        } else {
            buffer_print(out, "none is fused");
        }
        const char *name = chain_key_name(key, report);
        buffer_print(out, "%s%s", name ? "  " : "", name ? name : "");
        buffer_print(out, "\n");
    }
    print_signers(&chain, out);
    if (chain.pcr_count != 0) {
        buffer_print(out, "\nPCRs\n");
    }
    for (size_t i = 0; i < chain.pcr_count; i++) {
        const struct event *last = chain.pcrs[i].last;
        print_subject(last, 6, out);
        buffer_print_hex(out, last->digest.bytes, last->digest.size);
        buffer_print(out, "\n");
    }
    chain_print_resets(list, out);
    chain_fini(&chain);
}

/* ---- JSON ---------------------------------------------------------------- */

static void write_counts(struct json *json, const struct chain_counts *counts)
{
    json_number(json, "valid", counts->valid);
    json_number(json, "refused", counts->refused);
    json_number(json, "authorised", counts->authorised);
    json_number(json, "extended", counts->extended);
    json_number(json, "released", counts->released);
    json_number(json, "faults", counts->faults);
}

static void write_stages(struct json *json, const struct chain *chain)
{
    json_begin_array(json, "stages");
    for (size_t i = 0; i < chain->stage_count; i++) {
        const struct chain_stage *stage = &chain->stages[i];
        json_begin_object(json, NULL);
        json_string(json, "stage", stage->name);
        json_number(json, "begin_ns", stage->begin_ns);
        json_number(json, "took_ns", stage->took_ns);
        if (chain->has_wall_times) {
            json_number(json, "wall_ns", stage->wall_ns);
        }
        json_number(json, "events", stage->count);
        write_counts(json, &stage->counts);
        json_end_object(json);
    }
    json_end_array(json);
}

static void write_releases(struct json *json, const struct event_list *list)
{
    json_begin_array(json, "releases");
    for (size_t i = 0; i < list->count; i++) {
        const struct event *event = &list->events[i];
        if (event_kind(event) == EVENT_RELEASE) {
            json_begin_object(json, NULL);
            event_write_words(json, "what", event, event_print_subject);
            event_write_words(json, "detail", event, event_print_detail);
            json_number(json, "time_ns", event->time_ns);
            json_end_object(json);
        }
    }
    json_end_array(json);
}

static void write_digests(struct json *json, const struct chain *chain,
                          const struct chain_report *report)
{
    json_begin_array(json, "keys");
    for (size_t i = 0; i < chain->key_count; i++) {
        const struct event *key = chain->keys[i];
        json_begin_object(json, NULL);
        event_write_words(json, "key", key, event_print_subject);
        json_bytes(json, "digest", key->digest.bytes, key->digest.size);
        if (chain_key_name(key, report)) {
            json_string(json, "name", chain_key_name(key, report));
        }
        json_end_object(json);
    }
    json_end_array(json);
    json_begin_array(json, "pcrs");
    for (size_t i = 0; i < chain->pcr_count; i++) {
        const struct chain_pcr *pcr = &chain->pcrs[i];
        json_begin_object(json, NULL);
        event_write_words(json, "pcr", pcr->last, event_print_subject);
        json_bytes(json, "value", pcr->last->digest.bytes,
                   pcr->last->digest.size);
        json_number(json, "extended", pcr->count);
        json_number(json, "time_ns", pcr->last->time_ns);
        json_end_object(json);
    }
    json_end_array(json);
}

static void write_signers(struct json *json, const struct chain *chain)
{
    json_begin_array(json, "signers");
    for (size_t i = 0; i < chain->signer_count; i++) {
        const struct chain_signer *signer = &chain->signers[i];
        json_begin_object(json, NULL);
        json_bytes(json, "key", signer->key->fingerprint,
                   sizeof(signer->key->fingerprint));
        if (signer->name) {
            json_string(json, "name", signer->name);
        }
        json_bool(json, "own", signer->is_own);
        json_number(json, "valid", signer->valid);
        json_number(json, "refused", signer->refused);
        json_end_object(json);
    }
    json_end_array(json);
}

void chain_report_json(const struct event_list *list,
                       const struct chain_report *report, struct buffer *out)
{
    struct chain chain;
    struct json json;
    chain_read(&chain, list, report);
    json_init(&json, out);
    json_begin_object(&json, NULL);
    write_stages(&json, &chain);
    write_releases(&json, list);
    write_digests(&json, &chain, report);
    write_signers(&json, &chain);
    chain_write_resets(&json, list);
    json_end_object(&json);
    chain_fini(&chain);
}
