/* SPDX-License-Identifier: Apache-2.0 */
/* Looks into descriptions of devices, and checks of their rows. */
#include "bus/description.h"

#include <errno.h>
#include <string.h>

#include "base/bits.h"

const struct description_row *description_tree(const struct description *from,
                                               bool secure, size_t *count)
{
    bool other = secure && from->secure_rows;
    *count = other ? from->secure_row_count : from->tree_row_count;
    return other ? from->secure_rows : from->tree_rows;
}

const char *description_node_name(const struct description *from, bool secure)
{
    size_t count;
    const struct description_row *rows = description_tree(from, secure, &count);
    for (size_t i = 0; i < count; i++) {
        if ((rows[i].kind & ROW_KIND) == TREE_DEVICE) {
            return rows[i].name;
        }
    }
    return NULL;
}

/* ---- Checks -------------------------------------------------------------- */

/* The rows of one table while they are walked. */
struct walk {
    struct error *error;
    size_t range_count;
    unsigned depth;
    bool has_status; /* of the outermost node at hand */
};

static int complain(const struct walk *walk, const struct description_row *row,
                    const char *complaint)
{
    return error_set(walk->error, -EINVAL, "description: '%s' %s",
                     row->name ? row->name : "end of a node", complaint);
}

static int check_tree_value(const struct walk *walk,
                            const struct description_row *row)
{
    unsigned kind = row->kind & ROW_KIND;
    if (kind >= TREE_ROWS) {
        return complain(walk, row, "is of no kind");
    }
    if ((kind == TREE_TEXT || kind == TREE_WORDS) && !row->text) {
        return complain(walk, row, "has no text");
    }
    if (kind == TREE_REG &&
        (row->number == 0 || row->number > walk->range_count)) {
        return complain(walk, row, "has ranges that the device does not have");
    }
    if (kind == TREE_INTERRUPTS && row->number != DESCRIBED_EDGE &&
        row->number != DESCRIBED_LEVEL) {
        return complain(walk, row, "has no trigger");
    }
    return 0;
}

static int check_tree_row(struct walk *walk, const struct description_row *row)
{
    unsigned kind = row->kind & ROW_KIND;
    bool begins = kind == TREE_DEVICE || kind == TREE_NODE;
    if (kind == TREE_END) {
        if (walk->depth == 0) {
            return complain(walk, row, "without its begin");
        }
        if (--walk->depth == 0 && !walk->has_status) {
            return complain(walk, row, "without a row for the status");
        }
        return 0;
    }
    if (!row->name && kind != TREE_INSIDE) {
        return complain(walk, row, "has no name");
    }
    if (!begins && walk->depth == 0) {
        return complain(walk, row, "is outside of nodes");
    }
    walk->has_status = kind == TREE_STATUS || (walk->depth && walk->has_status);
    walk->depth += begins;
    return check_tree_value(walk, row);
}

static int check_acpi_row(struct walk *walk, const struct description_row *row)
{
    unsigned kind = row->kind;
    bool wants_text =
        kind == ACPI_TEXT || kind == ACPI_EISA_ID || kind == ACPI_NOTIFY;
    bool wants_range = kind == ACPI_BASE || kind == ACPI_RESERVED;
    if (kind == ACPI_END) {
        return walk->depth-- ? 0 : complain(walk, row, "without its begin");
    }
    if (kind >= ACPI_ROWS) {
        return complain(walk, row, "is of no kind");
    }
    if (!row->name || strlen(row->name) != 4) {
        return complain(walk, row, "is no name of four characters");
    }
    if (kind != ACPI_DEVICE && walk->depth == 0) {
        return complain(walk, row, "is outside of devices");
    }
    walk->depth += kind == ACPI_DEVICE;
    if (wants_text && !row->text) {
        return complain(walk, row, "has no text");
    }
    return wants_range && row->number >= walk->range_count
               ? complain(walk, row,
                          "has a range that the device does not have")
               : 0;
}

static int check_rows(const struct description_row *rows, size_t count,
                      size_t range_count, struct error *error,
                      int (*check)(struct walk *walk,
                                   const struct description_row *row))
{
    struct walk walk = {.error = error, .range_count = range_count};
    int code = 0;
    for (size_t i = 0; code == 0 && i < count; i++) {
        code = check(&walk, &rows[i]);
    }
    return code == 0 && walk.depth != 0
               ? complain(&walk, &rows[count - 1], "ends no node")
               : code;
}

static int check_record(const struct description_record *record,
                        size_t range_count, struct error *error)
{
    size_t size = 2;
    for (size_t i = 0; i < record->field_count; i++) {
        const struct description_field *field = &record->fields[i];
        unsigned kind = field->kind & ROW_KIND;
        bool wants_range = kind == FIELD_BASE || kind == FIELD_SIZE;
        bool wants_text = kind == FIELD_PRIVATE || kind == FIELD_PROPERTY;
        if (kind > FIELD_PROPERTY || field->bytes == 0 || field->bytes > 8 ||
            (wants_range && field->number >= range_count) ||
            (wants_text && !field->text)) {
            return error_set(error, -EINVAL,
                             "description: field %zu of MADT structure 0x%x "
                             "does not hold",
                             i, record->type);
        }
        size += field->bytes;
    }
    return size <= UINT8_MAX
               ? 0
               : error_set(error, -EINVAL,
                           "description: MADT structure 0x%x is longer than "
                           "its length says",
                           record->type);
}

int description_check(const struct description *description, size_t range_count,
                      struct error *error)
{
    if (description->kind >= DESCRIPTION_KINDS) {
        return error_set(error, -EINVAL, "description: is of no kind");
    }
    int code = check_rows(description->tree_rows, description->tree_row_count,
                          range_count, error, check_tree_row);
    if (code == 0) {
        code =
            check_rows(description->secure_rows, description->secure_row_count,
                       range_count, error, check_tree_row);
    }
    if (code == 0) {
        code = check_rows(description->acpi_rows, description->acpi_row_count,
                          range_count, error, check_acpi_row);
    }
    for (size_t i = 0; code == 0 && i < description->madt_record_count; i++) {
        code = check_record(&description->madt_records[i], range_count, error);
    }
    for (size_t i = 0; code == 0 && i < description->window_count; i++) {
        if (description->windows[i].range >= range_count) {
            code = error_set(error, -EINVAL,
                             "description: a window has a range that the "
                             "device has not");
        }
    }
    return code;
}
