/* SPDX-License-Identifier: Apache-2.0 */
/* Sorts events into the stages of a boot. */
#include "trust/report/stages.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"

/* ---- The rules ----------------------------------------------------------- */

enum stage {
    HELD,
    UPDATE,
    FUSES,
    ROM,
    BUNDLE,
    FIRMWARE,
    MANIFEST,
    IMAGES,
    CORES,
    BLESSING,
    LOADER, /* from here on, of a microcontroller */
    SECURE,
    NON_SECURE,
    END,
};

static const char *const stage_names[] = {
    [HELD] = "Processors held in reset",
    [UPDATE] = "Update",
    [FUSES] = "Fuses",
    [ROM] = "Root of trust: ROM",
    [BUNDLE] = "Firmware bundle: signatures",
    [FIRMWARE] = "Firmware: measurements and identity",
    [MANIFEST] = "Runtime firmware: requests and SoC manifest",
    [IMAGES] = "Images authorised or stashed",
    [CORES] = "Application cores released",
    [BLESSING] = "Update: accepted or returned",
    [LOADER] = "Boot loader",
    [SECURE] = "Secure image",
    [NON_SECURE] = "Non-secure image",
    [END] = "Images in slots, at the end",
};

static const char *const stage_words[] = {
    [HELD] =
        "Power is on, or a reset was asserted. No processor runs except those "
        "released below.",
    [UPDATE] =
        "A capsule was delivered into the boot flash, or the boot MCU, before "
        "it starts the root of trust, verifies one, installs its set into the "
        "bank that is not active, or counts a boot of a trial.",
    [FUSES] =
        "The root of trust waits for its fuses: digests of keys, life "
        "cycle, floors. Once written they are locked.",
    [ROM] = "The root of trust's own processor runs its immutable ROM.",
    [BUNDLE] =
        "The ROM requests firmware. Until the first measurement it checks the "
        "signatures of the bundle and of its own certificates; the key of each "
        "is named.",
    [FIRMWARE] =
        "The loaded firmware is measured into PCRs before it runs, and "
        "each layer certifies the key of the next.",
    [MANIFEST] =
        "The runtime firmware serves requests. If it receives an SoC "
        "manifest, the signatures checked here are those of the manifest.",
    [IMAGES] =
        "An image whose digest is in the manifest is measured into a PCR and "
        "authorised; a stashed measurement without a manifest is only "
        "extended.",
    [CORES] = "The application processors are released from reset.",
    [BLESSING] =
        "The guest that runs accepts the bank on trial, or asks for the "
        "previous one; the floor rises with the acceptance.",
    [LOADER] =
        "A processor runs the boot loader, which is measured by the bench, not "
        "verified. What it decides is seen by what it enters.",
    [SECURE] =
        "A processor fetched its first instruction from the Secure slot. What "
        "was in it at that moment the bench verified by itself, with the key "
        "that the boot loader has.",
    [NON_SECURE] =
        "Secure code let the Non-secure state begin, or the Non-secure image "
        "was entered. The bench verified the slot at that moment, as before.",
    [END] =
        "What the run left in slots that were not entered, and in those of "
        "upgrades, as the bench verifies it.",
};

/* Wildcards of a rule. */
#define ANY_ROLE    EVENT_ROLES
#define ANY_SUBJECT EVENT_SUBJECTS
#define ANY_FACT    EVENT_FACTS

/* The event that a stage begins with, and the stages it may follow. */
/* clang-format off */
static const struct {
    enum stage stage, after, until;
    enum event_kind kind;
    enum event_role role;
    enum event_subject subject;
    enum event_fact fact;
} rules[] = {
    {HELD,     UPDATE,   BLESSING, EVENT_RESET,     ROLE_RESETS,        ANY_SUBJECT,  ANY_FACT},
    {UPDATE,   HELD,     HELD,     EVENT_UPDATE,    ANY_ROLE,           SUBJECT_CAPSULE, ANY_FACT},
    {UPDATE,   HELD,     HELD,     EVENT_VERIFY,    ANY_ROLE,           SUBJECT_CAPSULE, ANY_FACT},
    {UPDATE,   HELD,     HELD,     EVENT_VERIFY,    ANY_ROLE,           SUBJECT_UPDATE, ANY_FACT},
    {UPDATE,   HELD,     HELD,     EVENT_UPDATE,    ANY_ROLE,           SUBJECT_BANK, ANY_FACT},
    {BLESSING, CORES,    CORES,    EVENT_UPDATE,    ROLE_FUSES,         SUBJECT_BANK, ANY_FACT},
    {FUSES,    HELD,     BLESSING,    EVENT_RESET,     ROLE_ROOT_OF_TRUST, SUBJECT_CORE, ANY_FACT},
    {FUSES,    HELD,     UPDATE,   EVENT_UPDATE,    ROLE_ROOT_OF_TRUST, ANY_SUBJECT,  FACT_FUSES_LOCKED},
    {ROM,      HELD,     FUSES,    EVENT_RELEASE,   ROLE_ROOT_OF_TRUST, SUBJECT_CORE, ANY_FACT},
    {BUNDLE,   HELD,     ROM,      EVENT_UPDATE,    ROLE_ROOT_OF_TRUST, ANY_SUBJECT,  FACT_READY_FOR_FIRMWARE},
    {FIRMWARE, ROM,      BUNDLE,   EVENT_EXTEND,    ANY_ROLE,           ANY_SUBJECT,  ANY_FACT},
    {MANIFEST, ROM,      FIRMWARE, EVENT_UPDATE,    ROLE_ROOT_OF_TRUST, ANY_SUBJECT,  FACT_READY_FOR_RUNTIME},
    {IMAGES,   MANIFEST, MANIFEST, EVENT_EXTEND,    ANY_ROLE,           ANY_SUBJECT,  ANY_FACT},
    {IMAGES,   HELD,     MANIFEST, EVENT_AUTHORISE, ANY_ROLE,           ANY_SUBJECT,  ANY_FACT},
    {CORES,    MANIFEST, IMAGES,   EVENT_RELEASE,   ROLE_RESETS,        ANY_SUBJECT,  ANY_FACT},
    {CORES,    HELD,     IMAGES,   EVENT_RELEASE,   ROLE_PSCI,          ANY_SUBJECT,  ANY_FACT},
    {HELD,     LOADER,   END,      EVENT_RESET,     ANY_ROLE,           SUBJECT_SYSTEM, FACT_SYSTEM_RESET},
    {HELD,     LOADER,   END,      EVENT_RESET,     ANY_ROLE,           SUBJECT_SYSTEM, FACT_SYSTEM_POWERED_AGAIN},
    {LOADER,   HELD,     END,      EVENT_RELEASE,   ROLE_PROCESSOR,     SUBJECT_SLOT, FACT_BOOT_LOADER_ENTERED},
    {SECURE,   HELD,     LOADER,   EVENT_RELEASE,   ROLE_PROCESSOR,     SUBJECT_SLOT, FACT_SECURE_IMAGE_ENTERED},
    {NON_SECURE, HELD,   SECURE,   EVENT_RELEASE,   ROLE_PROCESSOR,     SUBJECT_STATE, ANY_FACT},
    {NON_SECURE, HELD,   SECURE,   EVENT_RELEASE,   ROLE_PROCESSOR,     SUBJECT_SLOT, FACT_NONSECURE_IMAGE_ENTERED},
    {END,      LOADER,   NON_SECURE, EVENT_UPDATE,    ROLE_HOST,        SUBJECT_SLOT, FACT_SLOT_NEVER_ENTERED},
};
/* clang-format on */

static bool fits(unsigned wanted, unsigned any, unsigned actual)
{
    return wanted == any || wanted == actual;
}

static enum stage next_stage(enum stage stage, const struct event *event)
{
    assert(stage <= END);
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
        if (rules[i].stage != stage && stage >= rules[i].after &&
            stage <= rules[i].until && event_kind(event) == rules[i].kind &&
            fits(rules[i].role, ANY_ROLE, event->role) &&
            fits(rules[i].subject, ANY_SUBJECT, event_subject(event)) &&
            fits(rules[i].fact, ANY_FACT, event->fact)) {
            return rules[i].stage;
        }
    }
    return stage;
}

/* ---- Counting ------------------------------------------------------------ */

bool chain_is_bad(const struct chain_counts *counts)
{
    return counts->refused != 0 || counts->faults != 0;
}

static bool chain_is_empty(const struct chain_counts *counts)
{
    return counts->valid == 0 && counts->refused == 0 &&
           counts->authorised == 0 && counts->extended == 0 &&
           counts->released == 0 && counts->faults == 0;
}

static void count_event(struct chain_counts *counts, const struct event *event)
{
    enum event_kind kind = event_kind(event);
    enum event_outcome outcome = event_outcome(event);
    bool accepted = outcome == OUTCOME_ACCEPTED;
    counts->valid += kind == EVENT_VERIFY && accepted;
    counts->refused += outcome == OUTCOME_REFUSED;
    counts->authorised += kind == EVENT_AUTHORISE && accepted;
    counts->extended += kind == EVENT_EXTEND;
    counts->released += kind == EVENT_RELEASE;
    counts->faults += kind == EVENT_FAULT;
}

void chain_print_counts(const struct chain_counts *counts, struct buffer *out)
{
    const struct {
        unsigned long count;
        const char *one;
        const char *many;
    } parts[] = {
        {counts->refused,    "check failed",     "checks failed"    },
        {counts->faults,     "fault",            "faults"           },
        {counts->valid,      "signature valid",  "signatures valid" },
        {counts->extended,   "PCR extension",    "PCR extensions"   },
        {counts->authorised, "image authorised", "images authorised"},
        {counts->released,   "release",          "releases"         },
    };
    const char *comma = "";
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        if (parts[i].count != 0) {
            buffer_print(out, "%s%lu %s", comma, parts[i].count,
                         parts[i].count == 1 ? parts[i].one : parts[i].many);
            comma = ", ";
        }
    }
    buffer_print(out, "%s", *comma ? "" : "nothing to decide");
}

const char *chain_words(const struct chain_counts *counts)
{
    return chain_is_bad(counts)     ? "something was refused"
           : chain_is_empty(counts) ? "nothing was decided"
                                    : "nothing was refused";
}

const char *chain_title(const struct chain *chain)
{
    return chain->is_plain ? "Run" : "Chain of trust";
}

bool chain_is_good(const struct chain *chain, const struct chain_report *report)
{
    return report->outcome ? report->reached
                           : !chain_is_bad(&chain->counts) &&
                                 !chain_is_empty(&chain->counts);
}

/* ---- The chain ----------------------------------------------------------- */

static uint64_t passed(uint64_t from, uint64_t to)
{
    return to > from ? to - from : 0;
}

static void read_stages(struct chain *chain, const struct event_list *list,
                        const struct chain_report *report)
{
    const uint64_t *wall = chain->has_wall_times ? report->wall_ns : NULL;
    enum stage stage = HELD;
    for (size_t i = 0; i < list->count;) {
        size_t end = i + 1;
        stage = next_stage(stage, &list->events[i]);
        while (end < list->count &&
               next_stage(stage, &list->events[end]) == stage) {
            end++;
        }
        /* Each stage has an event, so that there are no more than events. */
        assert(end > i && chain->stage_count < list->count);
        bool is_last = end == list->count;
        struct chain_stage *made = &chain->stages[chain->stage_count++];
        *made = (struct chain_stage){
            .name = stage_names[stage],
            .words = stage_words[stage],
            .events = &list->events[i],
            .count = end - i,
            .begin_ns = list->events[i].time_ns,
            .took_ns =
                passed(list->events[i].time_ns,
                       is_last ? report->time_ns : list->events[end].time_ns),
        };
        if (wall) {
            made->wall_ns =
                passed(wall[i], is_last ? report->wall_end_ns : wall[end]);
        }
        for (size_t n = i; n < end; n++) {
            count_event(&made->counts, &list->events[n]);
        }
        i = end;
    }
}

static void note_pcr(struct chain *chain, const struct event *event)
{
    size_t i = 0;
    while (i < chain->pcr_count &&
           chain->pcrs[i].last->number != event->number) {
        i++;
    }
    chain->pcr_count += i == chain->pcr_count;
    chain->pcrs[i].last = event;
    chain->pcrs[i].count++;
}

static void note_key(struct chain *chain, const struct event *event)
{
    size_t i = 0;
    while (i < chain->key_count &&
           event_subject(chain->keys[i]) != event_subject(event)) {
        i++;
    }
    chain->key_count += i == chain->key_count;
    chain->keys[i] = event;
}

static bool is_zeros(const struct event_digest *digest)
{
    return digest->size != 0 && all_bytes(digest->bytes, digest->size, 0);
}

static void note_signer(struct chain *chain, const struct event *event,
                        const struct known_keys *known)
{
    size_t i = 0;
    while (i < chain->signer_count &&
           memcmp(chain->signers[i].key->fingerprint, event->key.fingerprint,
                  sizeof(event->key.fingerprint)) != 0) {
        i++;
    }
    struct chain_signer *signer = &chain->signers[i];
    if (i == chain->signer_count) {
        chain->signer_count++;
        signer->key = &event->key;
        signer->name = known_keys_name(known, &event->key);
    }
    signer->is_own =
        signer->is_own || (!event_is_bad(event) && is_zeros(&event->digest));
    signer->valid += !event_is_bad(event);
    signer->refused += event_is_bad(event);
}

const char *chain_key_name(const struct event *key,
                           const struct chain_report *report)
{
    struct event_key digest = {.present = true};
    if (key->digest.size != sizeof(digest.fingerprint)) {
        return NULL;
    }
    memcpy(digest.fingerprint, key->digest.bytes, sizeof(digest.fingerprint));
    return known_keys_name(report->known, &digest);
}

void chain_print_signer(const struct chain_signer *signer, struct buffer *out)
{
    enum { HEAD = 8 };
    if (signer->name) {
        buffer_print(out, "%s", signer->name);
        return;
    }
    buffer_print(out, "%s [",
                 signer->is_own ? "a key that the part made itself"
                                : "a key that is in no file of the run");
    buffer_print_hex(out, signer->key->fingerprint, HEAD);
    buffer_print(out, "...]");
}

static bool is_key(const struct event *event)
{
    enum event_subject subject = event_subject(event);
    return subject == SUBJECT_VENDOR_KEYS || subject == SUBJECT_OWNER_KEYS;
}

/* Resets, releases and faults are those of any machine, unless they are of a
 * root of trust or of a slot for signed images. */
static bool is_plain(const struct event *event)
{
    enum event_kind kind = event_kind(event);
    return (kind == EVENT_RESET || kind == EVENT_RELEASE ||
            kind == EVENT_FAULT) &&
           event->role != ROLE_ROOT_OF_TRUST &&
           event_subject(event) != SUBJECT_SLOT;
}

void chain_read(struct chain *chain, const struct event_list *list,
                const struct chain_report *report)
{
    size_t most = list->count + 1;
    *chain = (struct chain){
        .stages = xcalloc(most, sizeof(*chain->stages)),
        .pcrs = xcalloc(most, sizeof(*chain->pcrs)),
        .keys = xcalloc(most, sizeof(const struct event *)),
        .signers = xcalloc(most, sizeof(*chain->signers)),
        .is_plain = true,
        .has_wall_times = report->wall_ns && report->wall_count == list->count,
    };
    read_stages(chain, list, report);
    for (size_t i = 0; i < list->count; i++) {
        const struct event *event = &list->events[i];
        count_event(&chain->counts, event);
        chain->is_plain = chain->is_plain && is_plain(event);
        if (event_subject(event) == SUBJECT_PCR) {
            note_pcr(chain, event);
        } else if (is_key(event)) {
            note_key(chain, event);
        } else if (event->key.present) {
            note_signer(chain, event, report->known);
        }
    }
}

void chain_fini(struct chain *chain)
{
    free(chain->stages);
    free(chain->pcrs);
    free(chain->keys);
    free(chain->signers);
}
