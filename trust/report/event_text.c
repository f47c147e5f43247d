/* SPDX-License-Identifier: Apache-2.0 */
/* Fills the words of trust/report/event_words.def with an event's values. */
#include "trust/report/event_text.h"

#include <inttypes.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "trust/caliptra/errors.h"

/* ---- Templates ----------------------------------------------------------- */

/* "a|b" up to the brace at end: the word with that number, or the last. */
static void print_choice(const char *at, const char *end, uint64_t value,
                         struct buffer *out)
{
    assert(at <= end);
    const char *bar = memchr(at, '|', (size_t)(end - at));
    while (value > 0 && bar) {
        at = bar + 1;
        bar = memchr(at, '|', (size_t)(end - at));
        value--;
    }
    buffer_append(out, at, (size_t)((bar ? bar : end) - at));
}

/* Prints the value for what stands behind a percent sign. Returns what follows
 * it. */
static const char *print_value(const char *at, uint64_t value,
                               struct buffer *out)
{
    if (*at == '{') {
        const char *end = strchr(at, '}');
        assert(end);
        print_choice(at + 1, end, value, out);
        return end + 1;
    }
    if (*at == 'e') {
        const char *text = caliptra_error_text((uint32_t)value);
        buffer_print(out, "0x%08" PRIx64 "%s%s", value, text ? ": " : "",
                     text ? text : "");
        return at + 1;
    }
    if (*at == 'E') {
        buffer_print(out, "ESR_EL%u 0x%" PRIx64, (unsigned)(value >> 56),
                     value & ~(UINT64_MAX << 56));
        return at + 1;
    }
    if (strncmp(at, "08x", 3) == 0) {
        buffer_print(out, "%08" PRIx64, value);
        return at + 3;
    }
    assert(*at == 'u' || *at == 'x');
    buffer_print(out, *at == 'u' ? "%" PRIu64 : "%" PRIx64, value);
    return at + 1;
}

static void print_words(const char *words, const char *name,
                        const uint64_t *values, size_t count,
                        struct buffer *out)
{
    size_t next = 0;
    assert(words != NULL);
    while (*words != '\0') {
        size_t plain = strcspn(words, "%");
        buffer_append(out, words, plain);
        words += plain;
        if (words[0] == '%' && words[1] == 's') {
            buffer_print(out, "%s", name);
            words += 2;
        } else if (words[0] == '%') {
            assert(next < count);
            words = print_value(words + 1, values[next++], out);
        }
    }
}

/* ---- Events -------------------------------------------------------------- */

void event_print_subject(const struct event *event, struct buffer *out)
{
    static const char *const words[EVENT_SUBJECTS] = {
#define SUBJECT_WORDS(subject, text) [SUBJECT_##subject] = (text),
#include "trust/report/event_words.def"
#undef SUBJECT_WORDS
    };
    print_words(words[event_subject(event)], event->name, &event->number, 1,
                out);
}

/* A choice among the refusals that boot MCUs know. */
static const char capsule_refused[] =
    "refused: %{"
#define UPDATE_REFUSAL(name, text) text "|"
#include "abi/update_refusals.def"
#undef UPDATE_REFUSAL
    "capsule: for an unknown reason}";

/* The same for those of banks. */
static const char bank_refused[] =
    "refused: %{"
#define BANK_REFUSAL(name, text) text "|"
#include "abi/bank_refusals.def"
#undef BANK_REFUSAL
    "for an unknown reason}";

void event_print_detail(const struct event *event, struct buffer *out)
{
    static const char *const words[EVENT_FACTS] = {
#define FACT_WORDS(fact, text) [FACT_##fact] = (text),
#include "trust/report/event_words.def"
#undef FACT_WORDS
    };
    assert(event->fact < EVENT_FACTS);
    print_words(words[event->fact], event->name, event->values, EVENT_VALUES,
                out);
}

/* The first bytes of a digest identify it for people; programs get all bytes.
 */
enum { DIGEST_HEAD_SIZE = 8 };

static bool is_zeros(const struct event_digest *digest)
{
    return all_bytes(digest->bytes, digest->size, 0);
}

const char *event_digest_label(const struct event *event)
{
    switch (event_subject(event)) {
    case SUBJECT_ECC_SIGNATURE:
        return is_zeros(&event->digest)
                   ? "over a digest of zeros, as in self-tests: "
                   : "over digest ";
    case SUBJECT_MLDSA_SIGNATURE:
        return "over mu, the digest of the message: ";
    default:
        return "";
    }
}

void event_print_text(const struct event *event, struct buffer *out)
{
    buffer_print(out, "%5" PRIu64 ".%06" PRIu64 " ms  %-9s  %-12s  ",
                 event->time_ns / 1000000, event->time_ns % 1000000,
                 event_kind_name(event_kind(event)), event->agent);
    event_print_subject(event, out);
    buffer_print(out, ": ");
    event_print_detail(event, out);
    if (event->digest.size != 0) {
        bool cut = event->digest.size > DIGEST_HEAD_SIZE;
        buffer_print(out, " [%s", event_digest_label(event));
        buffer_print_hex(out, event->digest.bytes,
                         cut ? DIGEST_HEAD_SIZE : event->digest.size);
        buffer_print(out, cut ? "...]" : "]");
    }
}

void event_write_words(struct json *json, const char *field,
                       const struct event *event,
                       void (*print)(const struct event *event,
                                     struct buffer *out))
{
    struct buffer words = {0};
    print(event, &words);
    json_string(json, field, buffer_text(&words));
    buffer_fini(&words);
}

void event_print_json(const struct event *event, struct buffer *out)
{
    struct json json;
    json_init(&json, out);
    json_begin_object(&json, NULL);
    json_number(&json, "time_ns", event->time_ns);
    json_string(&json, "event", event_kind_name(event_kind(event)));
    json_string(&json, "agent", event->agent);
    event_write_words(&json, "subject", event, event_print_subject);
    if (event->digest.size != 0) {
        json_bytes(&json, "digest", event->digest.bytes, event->digest.size);
    }
    if (event->key.present) {
        json_bytes(&json, "key", event->key.fingerprint,
                   sizeof(event->key.fingerprint));
    }
    event_write_words(&json, "detail", event, event_print_detail);
    json_end_object(&json);
}
