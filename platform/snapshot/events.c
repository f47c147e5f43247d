/* SPDX-License-Identifier: Apache-2.0 */
/* Encodes and decodes events; no length of the file is trusted. */
#include "platform/snapshot/events.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

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
        buffer_append_le32(out, (uint32_t)event->kind);
        buffer_append_le32(out, event->digest_size);
        buffer_append(out, event->digest, event->digest_size);
        put_string(out, event->agent);
        put_string(out, event->subject);
        put_string(out, event->detail);
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

static void take_bytes(struct reader *reader, void *to, size_t size)
{
    const uint8_t *bytes = take(reader, size);
    if (bytes) {
        memcpy(to, bytes, size);
    }
}

/* What event_add would have kept of it, without control characters. */
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

static bool take_event(struct reader *reader, struct event *event)
{
    const uint8_t *time = take(reader, 8);
    uint32_t kind = take_number(reader);
    uint32_t digest_size = take_number(reader);
    *event = (struct event){.time_ns = time ? load_le64(time) : 0};
    if (kind >= EVENT_KINDS || digest_size > EVENT_DIGEST_MAX) {
        return false;
    }
    event->kind = (enum event_kind)kind;
    event->digest_size = (uint8_t)digest_size;
    take_bytes(reader, event->digest, digest_size);
    take_string(reader, event->agent, sizeof(event->agent));
    take_string(reader, event->subject, sizeof(event->subject));
    take_string(reader, event->detail, sizeof(event->detail));
    return reader->good;
}

int snapshot_events_read(struct event_list *list, const uint8_t **bytes,
                         size_t *size, struct error *error)
{
    struct reader reader = {*bytes, *size, true};
    const uint8_t *omitted = take(&reader, 8);
    uint32_t count = take_number(&reader);
    if (omitted && (count > EVENTS_MAX ||
                    (load_le64(omitted) != 0 && count < EVENTS_FIRST))) {
        return error_set(error, -EINVAL, "%u events, which no list has", count);
    }
    for (uint32_t i = 0; reader.good && i < count; i++) {
        struct event event;
        if (!take_event(&reader, &event)) {
            return error_set(error, -EINVAL, "event %u is none", i);
        }
        event_add(list, event.time_ns, event.kind, event.agent, event.subject,
                  event.digest_size ? event.digest : NULL, event.digest_size,
                  "%s", event.detail);
    }
    if (!reader.good) {
        return error_set(error, -EINVAL, "the events are cut short");
    }
    list->omitted = omitted ? load_le64(omitted) : 0;
    *bytes = reader.bytes;
    *size = reader.size;
    return 0;
}
