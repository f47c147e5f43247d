/* SPDX-License-Identifier: Apache-2.0 */
/* Checks whether the tables of a device type hold together. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "bus/device.h"

/* The row or field that names each byte of the state, as far as checked. */
struct cover {
    const struct device_type *type;
    const struct register_spec **rows; /* per word; NULL: no row */
    bool *fields;                      /* per byte */
    struct error *error;
};

static int complain(const struct cover *cover, const char *name,
                    const char *what)
{
    return error_set(cover->error, -EINVAL, "device type '%s': '%s' %s",
                     cover->type->compatible, name, what);
}

static int cover_row(struct cover *cover, const struct register_spec *row)
{
    size_t size = (size_t)row->count * 4;
    if (!in_range(row->field, size, cover->type->state_size)) {
        return complain(cover, row->name, "has its field outside the state");
    }
    if (!is_aligned(row->field, 4)) {
        return complain(cover, row->name, "has an unaligned field");
    }
    for (size_t i = row->field / 4; i < (row->field + size) / 4; i++) {
        const struct register_spec *other = cover->rows[i];
        if (other &&
            (other->reset != row->reset || other->domain != row->domain)) {
            return complain(cover, row->name,
                            "shares a field with a row of another reset");
        }
        if (other && other->field != row->field &&
            other->field + 4 * other->count != row->field + 4 * row->count) {
            return complain(cover, row->name, "runs into another row's field");
        }
        cover->rows[i] = row;
    }
    return 0;
}

static int check_row(struct cover *cover, const struct register_bank *bank,
                     const struct register_spec *row)
{
    if (!row->name || row->count == 0) {
        return complain(cover, row->name ? row->name : bank->name,
                        "has a row without name or count");
    }
    if (!is_aligned(row->offset, 4) ||
        !in_range(row->offset, (uint64_t)row->count * 4, bank->size_bytes)) {
        return complain(cover, row->name, "lies outside its bank");
    }
    if (row->domain > RESET_NEVER) {
        return complain(cover, row->name, "has no reset domain");
    }
    for (unsigned view = 0; view < REGISTER_VIEWS; view++) {
        uint8_t access = row->access[view];
        if (access > W1S) {
            return complain(cover, row->name, "has no access rule");
        }
        if (access >= RW && row->writable != 0 && row->field == NO_FIELD &&
            !row->write) {
            return complain(cover, row->name, "is writable but stores nowhere");
        }
    }
    return row->field == NO_FIELD ? 0 : cover_row(cover, row);
}

static int check_bank(struct cover *cover, const struct register_bank *bank)
{
    if (!bank->name || bank->register_count >= UINT16_MAX ||
        (bank->sizes & ~15u) || !(bank->sizes & 4) || bank->size_bytes == 0 ||
        !is_aligned(bank->size_bytes, 4)) {
        return complain(cover, bank->name ? bank->name : "bank",
                        "has no name, sizes or size that fit");
    }
    if (!bank->registers) {
        const struct device_type *type = cover->type;
        return type->read && type->write
                   ? 0
                   : complain(cover, bank->name,
                              "has neither rows nor handlers");
    }
    bool *taken = xcalloc(bank->size_bytes / 4, sizeof(*taken));
    int result = 0;
    for (size_t i = 0; i < bank->register_count && result == 0; i++) {
        const struct register_spec *row = &bank->registers[i];
        result = check_row(cover, bank, row);
        for (size_t n = 0; result == 0 && n < row->count; n++) {
            bool *word = &taken[row->offset / 4 + n];
            if (*word) {
                result = complain(cover, row->name, "overlaps another row");
            }
            *word = true;
        }
    }
    free(taken);
    return result;
}

static int check_field(struct cover *cover, const struct state_field *field)
{
    if (!in_range(field->offset, field->size_bytes, cover->type->state_size)) {
        return complain(cover, field->name, "lies outside the state");
    }
    for (size_t i = 0; i < field->size_bytes; i++) {
        size_t byte = field->offset + i;
        if (cover->rows[byte / 4] || cover->fields[byte]) {
            return complain(cover, field->name, "is named twice");
        }
        cover->fields[byte] = true;
    }
    return 0;
}

static int check_all(struct cover *cover)
{
    const struct device_type *type = cover->type;
    int result = 0;
    for (size_t i = 0; i < type->bank_count && result == 0; i++) {
        result = check_bank(cover, &type->banks[i]);
    }
    for (size_t i = 0; i < type->field_count && result == 0; i++) {
        result = check_field(cover, &type->fields[i]);
    }
    for (size_t i = 0; i < type->state_size && result == 0; i++) {
        if (!cover->rows[i / 4] && !cover->fields[i]) {
            result = error_set(cover->error, -EINVAL,
                               "device type '%s': byte 0x%zx of its state has "
                               "no row and no field",
                               type->compatible, i);
        }
    }
    for (size_t i = 0; i < type->timer_count && result == 0; i++) {
        if (!type->timers || !type->timers[i]) {
            result = complain(cover, "timers", "lack a callback");
        }
    }
    if (result == 0) {
        result = omissions_check(type, cover->error);
    }
    if (result == 0 && type->description) {
        result = description_check(type->description, type->bank_count,
                                   cover->error);
    }
    return result;
}

int device_type_check(const struct device_type *type, struct error *error)
{
    struct cover cover = {
        .type = type,
        .rows =
            xcalloc(type->state_size / 4 + 1, sizeof(struct register_spec *)),
        .fields = xcalloc(type->state_size, sizeof(bool)),
        .error = error,
    };
    int result = check_all(&cover);
    free(cover.rows);
    free(cover.fields);
    return result;
}
