/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Saved state, made from state_field tables.
 *
 * A record names every field and its size, so that it survives fields that
 * moved within their struct, and refuses by name what it does not know, what
 * is missing and what changed its size. device_state.h makes records of
 * devices.
 */
#ifndef BUS_STATE_H
#define BUS_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "bus/device.h"

/* Fields that are listed when they are asked for. Zero-initialised is empty. */
struct state_table {
    const struct state_field *fields;
    size_t count;
    struct state_field *listed; /* with names that the table owns, or NULL */
    size_t capacity;
};

/* The name is from xstrdup or xasprintf, and the table frees it. */
void state_table_add(struct state_table *table, const char *name, size_t offset,
                     size_t size, uint32_t most);
/* Makes an empty table one of fields that outlive it. */
void state_table_set(struct state_table *table,
                     const struct state_field *fields, size_t count);
void state_table_fini(struct state_table *table);

/* Appends a record of the fields of *state, but for those that are
 * STATE_COPIED. kind is what it is ("riscv,..."),
 * name whose it is ("hart0"); both are checked on restoring. */
void state_save(const char *kind, const char *name,
                const struct state_field *fields, size_t count,
                const void *state, struct buffer *out);

/*
 * Reads one record from bytes and moves *bytes and *size behind it. *state
 * changes only on success. -EINVAL and *error on a record that is cut short,
 * of another kind, name or version, whose fields are not exactly these, or that
 * holds a word above the most that its field says.
 */
int state_restore(const char *kind, const char *name,
                  const struct state_field *fields, size_t count, void *state,
                  const uint8_t **bytes, size_t *size, struct error *error);

/* True if a record of that kind is what comes next. */
bool state_is_next(const char *kind, const uint8_t *bytes, size_t size);
/* Moves *bytes and *size behind a whole record of that kind; false: none is
 * next. */
bool state_pass(const char *kind, const uint8_t **bytes, size_t *size);

/* True if a record may hold these bytes of a field: no word is above what the
 * field says (state_field.most). */
bool state_allows(const struct state_field *field, const void *bytes);

/* Hash of the fields' bytes, in the order of the table. */
uint64_t state_hash(uint64_t seed, const struct state_field *fields,
                    size_t count, const void *state);

/* The first field whose bytes in two states differ, or NULL. */
const struct state_field *state_compare(const struct state_field *fields,
                                        size_t count, const void *first,
                                        const void *second);

#endif
