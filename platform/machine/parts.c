/* SPDX-License-Identifier: Apache-2.0 */
/* The list of a machine's parts, and what is done to all of them. */
#include "platform/machine/parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "platform/machine/memories.h"

/* ---- The list ------------------------------------------------------------ */

static void insert(struct part_list *list, size_t index,
                   const struct part *part)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 64;
        struct part *parts = xcalloc(capacity, sizeof(*parts));
        if (list->count != 0) {
            memcpy(parts, list->parts, list->count * sizeof(*parts));
        }
        free(list->parts);
        list->parts = parts;
        list->capacity = capacity;
    }
    memmove(list->parts + index + 1, list->parts + index,
            (list->count - index) * sizeof(*list->parts));
    list->parts[index] = *part;
    list->count++;
}

static void append(struct cairn_machine *machine, const struct part_kind *kind,
                   const char *record, const char *name, void *object)
{
    const struct part part = {kind, record, name, object};
    insert(&machine->parts, machine->parts.count, &part);
}

/* The order is that of hashes and of records in files. The slot of a core comes
 * before it: the core's state has copies of what the slot puts back. */
static void append_node(struct cairn_machine *machine, struct node *node)
{
    if (node->device) {
        append(machine, &part_device, node->device->type->compatible,
               node->name, node->device);
    }
    if (node->region) {
        append(machine, &part_memory, NULL, node->name, node);
    }
    if (node->slot) {
        append(machine, &part_slot, NULL, node->name, node->slot);
        append(machine, &part_core, node->core->config.compatible, node->name,
               node->core);
    }
}

void parts_list(struct cairn_machine *machine)
{
    assert(machine->parts.count == 0);
    memories_list(machine);
    for (size_t i = 0; i < machine->node_count; i++) {
        append_node(machine, &machine->nodes[i]);
    }
    for (size_t i = 0; i < machine->external_count; i++) {
        struct line *line = &machine->externals[i].line;
        append(machine, &part_input, NULL, line->name, line);
    }
    append(machine, &part_machine, NULL, "machine", machine);
}

void parts_add(struct cairn_machine *machine, const struct part *part)
{
    struct part_list *list = &machine->parts;
    /* The clock is put back last, when all timers are armed. */
    assert(list->count != 0 &&
           list->parts[list->count - 1].kind == &part_machine);
    insert(list, list->count - 1, part);
}

void parts_fini(struct cairn_machine *machine)
{
    memories_fini(machine);
    free(machine->parts.parts);
}

/* ---- Taking and putting -------------------------------------------------- */

void parts_take(const struct cairn_machine *machine, struct buffer *out)
{
    const struct part_list *list = &machine->parts;
    for (size_t i = 0; i < list->count; i++) {
        const struct part *part = &list->parts[i];
        size_t size = part->kind->size(part);
        if (size != 0) {
            part->kind->take(part, buffer_grow(out, size));
        }
    }
}

static void settle(const struct part_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct part *part = &list->parts[i];
        if (part->kind->settle) {
            part->kind->settle(part);
        }
    }
}

void parts_put(struct cairn_machine *machine, const uint8_t *images)
{
    const struct part_list *list = &machine->parts;
    for (size_t i = 0; i < list->count; i++) {
        const struct part *part = &list->parts[i];
        size_t size = part->kind->size(part);
        if (size != 0) {
            part->kind->put(part, images);
            images += size;
        }
    }
    settle(list);
}

/* ---- Saving and loading -------------------------------------------------- */

static const char *record_of(const struct part *part)
{
    return part->kind->record ? part->kind->record : part->record;
}

static void save_part(const struct part *part, struct buffer *out)
{
    struct state_table table = {0};
    uint8_t *image = xcalloc(1, part->kind->size(part));
    part->kind->take(part, image);
    part->kind->fields(part, &table);
    state_save(record_of(part), part->name, table.fields, table.count, image,
               out);
    state_table_fini(&table);
    free(image);
}

void parts_save(const struct cairn_machine *machine, struct buffer *out)
{
    const struct part_list *list = &machine->parts;
    for (size_t i = 0; i < list->count; i++) {
        if (list->parts[i].kind->fields) {
            save_part(&list->parts[i], out);
        }
    }
}

/* State that no record has, copies and the like, is as it is now. */
static int load_part(const struct part *part, const uint8_t **bytes,
                     size_t *size, struct error *error)
{
    struct state_table table = {0};
    uint8_t *image = xcalloc(1, part->kind->size(part));
    part->kind->take(part, image);
    part->kind->fields(part, &table);
    int code = state_restore(record_of(part), part->name, table.fields,
                             table.count, image, bytes, size, error);
    if (code == 0 && part->kind->check) {
        code = part->kind->check(part, image, error);
    }
    if (code == 0) {
        part->kind->put(part, image);
    }
    state_table_fini(&table);
    free(image);
    return code;
}

/* Records of optional parts that the machine has not, or not here. */
static void pass_over(const char *wanted, const uint8_t **bytes, size_t *size)
{
    static const char *const optional[] = {"cairn,power"};

    for (size_t i = 0; i < ARRAY_SIZE(optional); i++) {
        while (strcmp(wanted, optional[i]) != 0 &&
               state_pass(optional[i], bytes, size)) {
        }
    }
}

int parts_load(struct cairn_machine *machine, const uint8_t **bytes,
               size_t *size, struct error *error)
{
    const struct part_list *list = &machine->parts;
    int code = 0;
    for (size_t i = 0; code == 0 && i < list->count; i++) {
        const struct part *part = &list->parts[i];
        if (!part->kind->fields) {
            continue;
        }
        pass_over(record_of(part), bytes, size);
        if (!part->kind->optional ||
            state_is_next(record_of(part), *bytes, *size)) {
            code = load_part(part, bytes, size, error);
        }
    }
    if (code == 0) {
        settle(list);
    }
    return code;
}

/* ---- Hashing and comparing ----------------------------------------------- */

uint64_t part_hash_nothing(const struct part *part, uint64_t hash,
                           bool memories)
{
    return hash;
}

static uint64_t hash_fields(const struct part *part, uint64_t hash)
{
    struct state_table table = {0};
    uint8_t *image = xcalloc(1, part->kind->size(part));
    part->kind->take(part, image);
    part->kind->fields(part, &table);
    hash = state_hash(hash, table.fields, table.count, image);
    state_table_fini(&table);
    free(image);
    return hash;
}

uint64_t parts_hash(const struct cairn_machine *machine, uint64_t hash,
                    bool memories)
{
    const struct part_list *list = &machine->parts;
    for (size_t i = 0; i < list->count; i++) {
        const struct part *part = &list->parts[i];
        hash = part->kind->hash ? part->kind->hash(part, hash, memories)
                                : hash_fields(part, hash);
    }
    return hash;
}

static bool compare_part(const struct part *part, const uint8_t *first,
                         const uint8_t *second, struct buffer *difference)
{
    struct state_table table = {0};
    part->kind->fields(part, &table);
    const struct state_field *field =
        state_compare(table.fields, table.count, first, second);
    if (field) {
        buffer_print(difference, "%s.%s", part->name, field->name);
    }
    state_table_fini(&table);
    return field != NULL;
}

bool parts_compare(const struct cairn_machine *machine, const uint8_t *first,
                   const uint8_t *second, struct buffer *difference)
{
    const struct part_list *list = &machine->parts;
    bool differs = false;
    for (size_t i = 0; !differs && i < list->count; i++) {
        const struct part *part = &list->parts[i];
        size_t size = part->kind->size(part);
        differs =
            part->kind->fields && compare_part(part, first, second, difference);
        first += size;
        second += size;
    }
    return differs;
}
