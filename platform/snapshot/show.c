/* SPDX-License-Identifier: Apache-2.0 */
/* The contents of a snapshot file, without a machine. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "include/cairn/cairn.h"
#include "platform/machine/machine.h"
#include "platform/machine/origin.h"
#include "platform/snapshot/source.h"
#include "trust/verdict/verdict.h"

static void show_text(const struct snapshot_head *head, struct buffer *out)
{
    buffer_print(out, "Snapshot, version %d\n", SNAPSHOT_VERSION);
    buffer_print(out, "  %-12s  %s\n", "board", head->board_name);
    buffer_print(out, "  %-12s  %016" PRIx64 "\n", "identity", head->identity);
    if (head->origin_size != 0) {
        buffer_print(out, "  %-12s  ", "origin");
        origin_print(head->origin, head->origin_size, out);
        buffer_print(out, "\n");
    }
    buffer_print(out,
                 "  %-12s  %" PRIu64 " bytes, of which the head %" PRIu64
                 ", state %zu of them\n",
                 "file", head->file_size, head->size, head->state_size);
    for (size_t i = 0; i < head->memory_count; i++) {
        const struct snapshot_memory *memory = &head->memories[i];
        buffer_print(out,
                     "  %-12s  0x%" PRIx64 " bytes, %" PRIu64
                     " pages held from byte %" PRIu64 " on, hash %016" PRIx64
                     "\n",
                     memory->name, memory->size_bytes, memory->pages,
                     memory->offset, memory->hash);
    }
}

static void put_hash(struct json *json, const char *key, uint64_t hash)
{
    char text[24];
    snprintf(text, sizeof(text), "%016" PRIx64, hash);
    json_string(json, key, text);
}

static void put_origin(struct json *json, const struct snapshot_head *head)
{
    size_t count;
    char **words = origin_words(head->origin, head->origin_size, &count);
    json_begin_array(json, "origin");
    for (size_t i = 0; i < count; i++) {
        json_string(json, NULL, words[i]);
    }
    json_end_array(json);
    free(words);
}

static void show_json(const struct snapshot_head *head,
                      const struct verdict *verdict, struct buffer *out)
{
    struct json json;
    json_init(&json, out);
    json_begin_object(&json, NULL);
    json_number(&json, "version", SNAPSHOT_VERSION);
    json_string(&json, "board", head->board_name);
    put_hash(&json, "identity", head->identity);
    put_origin(&json, head);
    json_number(&json, "file_bytes", head->file_size);
    json_number(&json, "head_bytes", head->size);
    json_number(&json, "state_bytes", head->state_size);
    json_begin_array(&json, "memories");
    for (size_t i = 0; i < head->memory_count; i++) {
        const struct snapshot_memory *memory = &head->memories[i];
        json_begin_object(&json, NULL);
        json_string(&json, "name", memory->name);
        json_number(&json, "bytes", memory->size_bytes);
        json_number(&json, "pages", memory->pages);
        json_number(&json, "offset", memory->offset);
        put_hash(&json, "hash", memory->hash);
        json_end_object(&json);
    }
    json_end_array(&json);
    if (verdict->count != 0) {
        verdict_print_json(verdict, &json);
    }
    json_end_object(&json);
}

/* Hashes tell damage; whoever changes a snapshot can change them too. */
static int judge(struct snapshot_source *source, struct verdict *verdict,
                 struct error *error)
{
    int code = snapshot_verify(source, error);
    if (code != 0) {
        verdict_add(verdict, VERDICT_REFUSED, "memories", "%s", error->text);
        return code;
    }
    verdict_add(verdict, VERDICT_PROVEN, "memories",
                "they are what their hashes say");
    verdict_add(verdict, VERDICT_UNDECIDED, "signature",
                "a snapshot has none: anybody may have made it");
    const struct verdict_range whole = {0, (size_t)source->head.file_size,
                                        "the whole snapshot"};
    verdict_name_uncovered(verdict, whole.size, &whole, 1);
    return 0;
}

bool cairn_snapshot_recognise(const void *bytes, size_t size)
{
    return snapshot_recognise(bytes, size);
}

int cairn_snapshot_show(const char *path, bool json, bool verify, char **text,
                        struct cairn_error *cairn_error)
{
    struct error error = {""};
    struct snapshot_source source;
    struct buffer out = {0};
    *text = NULL;
    int code = snapshot_open(&source, path, &error);
    if (code == 0) {
        struct verdict verdict = {0};
        code = verify ? judge(&source, &verdict, &error) : 0;
        if (json) {
            show_json(&source.head, &verdict, &out);
        } else {
            show_text(&source.head, &out);
        }
        if (!json && verify) {
            verdict_print(&verdict, path, &out);
        }
        *text = xstrdup(buffer_text(&out));
        if (code != 0) {
            error_prefix(&error, "snapshot '%s'", path);
        }
        verdict_fini(&verdict);
        snapshot_close(&source);
    }
    buffer_fini(&out);
    return code == 0 ? 0 : machine_fail(cairn_error, code, &error);
}

int cairn_snapshot_origin(const char *path, char ***words, size_t *count,
                          struct cairn_error *cairn_error)
{
    struct error error = {""};
    struct snapshot_source source;
    *words = NULL;
    *count = 0;
    int code = snapshot_open(&source, path, &error);
    if (code == 0) {
        *words =
            origin_words(source.head.origin, source.head.origin_size, count);
        snapshot_close(&source);
    }
    return code == 0 ? 0 : machine_fail(cairn_error, code, &error);
}
