/* SPDX-License-Identifier: Apache-2.0 */
/* Encodes and decodes events; no length of the file is trusted. */
#include "platform/snapshot/events.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"

/* ---- Writing ------------------------------------------------------------- */

static void put_string(struct buffer *out, const char *text)
{
    buffer_append_le32(out, (uint32_t)strlen(text));
    buffer_append(out, text, strlen(text));
}

void snapshot_events_write(const struct event_list *list, struct buffer *out)
{
    store_le64(buffer_grow(out, 8), list->omitted);
    buffer_append_le32(out, (uint32_t)list->count);
    for (size_t i = 0; i < list->count; i++) {
        const struct event *event = &list->events[i];
        store_le64(buffer_grow(out, 8), event->time_ns);
        buffer_append_le32(out, (uint32_t)event->fact);
        buffer_append_le32(out, (uint32_t)event->role);
        put_string(out, event->agent);
        put_string(out, event->name);
        store_le64(buffer_grow(out, 8), event->number);
        for (size_t n = 0; n < EVENT_VALUES; n++) {
            store_le64(buffer_grow(out, 8), event->values[n]);
        }
        assert(event->digest.size <= sizeof(event->digest.bytes));
        buffer_append_le32(out, event->digest.size);
        buffer_append(out, event->digest.bytes, event->digest.size);
        buffer_append_le32(out, event->key.present);
        if (event->key.present) {
            buffer_append(out, event->key.fingerprint,
                          sizeof(event->key.fingerprint));
        }
    }
}

/* ---- Reading ------------------------------------------------------------- */

struct reader {
    const uint8_t *bytes;
    size_t size;
    bool good; /* nothing was missing so far */
};

/* NULL when there are no more than size - 1 bytes. */
static const uint8_t *take(struct reader *reader, size_t size)
{
    const uint8_t *start = reader->bytes;
    if (!reader->good || size > reader->size) {
        reader->good = false;
        return NULL;
    }
    reader->bytes += size;
    reader->size -= size;
    return start;
}

static uint32_t take_number(struct reader *reader)
{
    const uint8_t *bytes = take(reader, 4);
    return bytes ? load_le32(bytes) : 0;
}

static uint64_t take_long(struct reader *reader)
{
    const uint8_t *bytes = take(reader, 8);
    return bytes ? load_le64(bytes) : 0;
}

static void take_bytes(struct reader *reader, void *to, size_t size)
{
    const uint8_t *bytes = take(reader, size);
    if (bytes) {
        memcpy(to, bytes, size);
    }
}

/* A string that fits, without control characters. */
static void take_string(struct reader *reader, char *text, size_t room)
{
    uint32_t length = take_number(reader);
    if (length >= room) {
        reader->good = false;
        return;
    }
    take_bytes(reader, text, length);
    for (size_t i = 0; reader->good && i < length; i++) {
        uint8_t byte = (uint8_t)text[i];
        reader->good = byte >= ' ' && byte != 0x7f;
    }
}

static bool take_key(struct reader *reader, struct event_key *key)
{
    uint32_t present = take_number(reader);
    if (present > 1) {
        return false;
    }
    key->present = present != 0;
    if (key->present) {
        take_bytes(reader, key->fingerprint, sizeof(key->fingerprint));
    }
    return reader->good;
}

static bool take_event(struct reader *reader, struct event *event)
{
    uint64_t time_ns = take_long(reader);
    uint32_t fact = take_number(reader);
    uint32_t role = take_number(reader);
    if (fact >= EVENT_FACTS || role >= EVENT_ROLES) {
        return false;
    }
    *event = (struct event){
        .time_ns = time_ns,
        .fact = (enum event_fact)fact,
        .role = (enum event_role)role,
    };
    take_string(reader, event->agent, sizeof(event->agent));
    take_string(reader, event->name, sizeof(event->name));
    event->number = take_long(reader);
    for (size_t i = 0; i < EVENT_VALUES; i++) {
        event->values[i] = take_long(reader);
    }
    uint32_t digest_size = take_number(reader);
    if (digest_size > EVENT_DIGEST_MAX) {
        return false;
    }
    event->digest.size = (uint8_t)digest_size;
    take_bytes(reader, event->digest.bytes, digest_size);
    return take_key(reader, &event->key);
}

int snapshot_events_read(struct event_list *list, const uint8_t **bytes,
                         size_t *size, struct error *error)
{
    struct reader reader = {*bytes, *size, true};
    uint64_t omitted = take_long(&reader);
    uint32_t count = take_number(&reader);
    if (reader.good &&
        (count > EVENTS_MAX || (omitted != 0 && count < EVENTS_FIRST))) {
        return error_set(error, -EINVAL, "%u events, more than a list can have",
                         count);
    }
    for (uint32_t i = 0; reader.good && i < count; i++) {
        struct event event;
        if (!take_event(&reader, &event)) {
            return error_set(error, -EINVAL, "event %u is none", i);
        }
        event_add(list, &event);
    }
    if (!reader.good) {
        return error_set(error, -EINVAL, "the events are cut short");
    }
    list->omitted = omitted;
    *bytes = reader.bytes;
    *size = reader.size;
    return 0;
}
