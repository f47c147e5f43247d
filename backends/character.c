/* SPDX-License-Identifier: Apache-2.0 */
/* Opens character back ends by name; keeps output until a peer takes it. */
#include "backends/character.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"

enum {
    OUT_SOON = 4096, /* passed on at once */
    OUT_MAX = 64 << 10,
};

#define CHARACTER(name) extern const struct character_type character_##name;
#include "backends/characters.def"
#undef CHARACTER

static const struct character_type *const types[] = {
#define CHARACTER(name) &character_##name,
#include "backends/characters.def"
#undef CHARACTER
};

/* ---- Kinds --------------------------------------------------------------- */

const struct character_type *character_type(size_t index)
{
    return index < ARRAY_SIZE(types) ? types[index] : NULL;
}

const struct character_type *character_type_find(const char *what,
                                                 struct error *error)
{
    struct buffer names = {0};
    size_t length = strcspn(what, ":");
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        const struct character_type *type = types[i];
        if (strlen(type->name) == length &&
            strncmp(type->name, what, length) == 0) {
            buffer_fini(&names);
            return type;
        }
        buffer_print(&names, "%s%s%s%s", i ? ", " : "", type->name,
                     type->operand ? ":" : "",
                     type->operand ? type->operand : "");
    }
    error_set(error, -EINVAL, "'%s' is none of %s", what, buffer_text(&names));
    buffer_fini(&names);
    return NULL;
}

/* ---- Life ---------------------------------------------------------------- */

static int check_operand(const struct character_type *type, const char *what,
                         const char *operand, struct error *error)
{
    if (type->operand && (!operand || *operand == '\0')) {
        return error_set(error, -EINVAL, "'%s': expected %s:%s", what,
                         type->name, type->operand);
    }
    if (!type->operand && operand) {
        return error_set(error, -EINVAL, "'%s': nothing follows '%s'", what,
                         type->name);
    }
    return 0;
}

static const char *operand_of(const char *what)
{
    const char *colon = strchr(what, ':');
    return colon ? colon + 1 : NULL;
}

static int find_and_check(const char *what, const struct character_type **type,
                          struct error *error)
{
    *type = character_type_find(what, error);
    return *type ? check_operand(*type, what, operand_of(what), error)
                 : -EINVAL;
}

int character_check(const char *what, struct error *error)
{
    const struct character_type *type;
    int code = find_and_check(what, &type, error);
    return code == 0 && type->check ? type->check(operand_of(what), error)
                                    : code;
}

int character_open(struct loop *loop, const char *what,
                   const struct character_events *events,
                   struct character **opened, struct error *error)
{
    assert(events->received);
    const struct character_type *type;
    int code = find_and_check(what, &type, error);
    *opened = NULL;
    if (code != 0) {
        return code;
    }
    struct character *character = xcalloc(1, sizeof(*character));
    character->type = type;
    character->loop = loop;
    character->events = *events;
    character->state = xcalloc(1, type->state_size ? type->state_size : 1);
    code = type->open(character, operand_of(what), error);
    if (code != 0) {
        character_close(character);
        return code;
    }
    *opened = character;
    return 0;
}

void character_close(struct character *character)
{
    if (!character) {
        return;
    }
    character_flush(character);
    character->type->close(character);
    byte_queue_fini(&character->out);
    free(character->state);
    free(character);
}

/* ---- Input --------------------------------------------------------------- */

void character_read(struct character *character, struct loop_watch *input)
{
    if (character->input) {
        loop_unwatch(character->loop, character->input);
    }
    character->input = input;
    if (input && !character->held) {
        loop_watch(character->loop, input);
    }
}

void character_hold(struct character *character, bool held)
{
    if (held != character->held) {
        character->held = held;
        character_read(character, character->input);
    }
}

/* ---- Output -------------------------------------------------------------- */

void character_flush(struct character *character)
{
    struct byte_queue *out = &character->out;
    const size_t size = byte_queue_size(out);
    if (size != 0 && character->type->write) {
        byte_queue_drop(out, character->type->write(
                                 character, byte_queue_first(out), size));
    }
}

void character_write(struct character *character, const void *bytes,
                     size_t size)
{
    struct byte_queue *out = &character->out;
    if (!character->type->write) {
        return;
    }
    const size_t before = byte_queue_size(out);
    byte_queue_append(out, bytes, size);
    if (before + size >= OUT_MAX ||
        (before + size) / OUT_SOON != before / OUT_SOON) {
        character_flush(character);
    }
    if (byte_queue_size(out) > OUT_MAX) {
        character->lost += byte_queue_size(out) - OUT_MAX;
        byte_queue_drop(out, byte_queue_size(out) - OUT_MAX);
    }
}

int character_end(struct character *character, struct error *error)
{
    struct byte_queue *out = &character->out;
    size_t before;
    do {
        before = byte_queue_size(out);
        character_flush(character);
    } while (byte_queue_size(out) < before);
    if (!character->type->end) {
        return 0;
    }
    byte_queue_drop(out, before);
    return character->type->end(character, character->lost + before, error);
}
