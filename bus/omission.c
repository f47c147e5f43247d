/* SPDX-License-Identifier: Apache-2.0 */
/* Logs accesses that rely on what a device does not model. Only registers with
 * a row of omissions come here. */
#include "bus/omission.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "bus/device.h"

/* True of kinds whose rows the register dispatch looks at. */
static bool is_watched(const struct omission *omission)
{
    return omission->kind >= OMITTED_SET && omission->kind <= OMITTED_READ;
}

static bool names(const struct omission *omission,
                  const struct register_spec *row)
{
    return is_watched(omission) && strcmp(omission->name, row->name) == 0;
}

bool omissions_watch(const struct device_type *type,
                     const struct register_spec *row)
{
    for (size_t i = 0; i < type->omission_count; i++) {
        if (names(&type->omissions[i], row)) {
            return true;
        }
    }
    return false;
}

bool omission_met(const struct omission *omission, uint32_t value,
                  uint32_t lanes)
{
    uint32_t field = value & omission->mask;
    bool whole = (omission->mask & ~lanes) == 0;

    switch (omission->kind) {
    case OMITTED_SET:
        return (field & lanes) != 0;
    case OMITTED_VALUE:
        return whole && field == omission->value;
    case OMITTED_OTHER:
        return ((field ^ omission->value) & omission->mask & lanes) != 0;
    case OMITTED_WRITE:
        return true;
    default:
        return false;
    }
}

/* A place of its own for each omission of a register: the log limits lines by
 * place. */
static uint64_t place_of(const struct device *device,
                         const struct omission *omission, uint32_t offset)
{
    uint64_t number = (uint64_t)(omission - device->type->omissions) + 1;

    return number << 32 | offset;
}

/* "UARTDMACR <- 0x00000003: DMA", "PC[2] is read: the program counter". */
static void report(struct device *device, const struct omission *omission,
                   const struct register_spec *row, unsigned index,
                   const char *how)
{
    char element[16] = "";

    if (row->count > 1) {
        snprintf(element, sizeof(element), "[%u]", index);
    }
    device_unmodelled(device,
                      place_of(device, omission, row->offset + index * 4),
                      "%s%s %s: %s", row->name, element, how, omission->text);
}

void omissions_write(struct device *device, const struct access *access,
                     const struct register_spec *row, unsigned index,
                     uint32_t value, uint32_t lanes)
{
    const struct device_type *type = device->type;
    uint8_t rule = row->access[access->view % REGISTER_VIEWS];

    if (access->debug || rule == NO || rule == RO) {
        return;
    }
    for (size_t i = 0; i < type->omission_count; i++) {
        const struct omission *omission = &type->omissions[i];

        if (names(omission, row) && omission_met(omission, value, lanes)) {
            char how[24];
            snprintf(how, sizeof(how), "<- 0x%08" PRIx32, value);
            report(device, omission, row, index, how);
        }
    }
}

void omissions_read(struct device *device, const struct access *access,
                    const struct register_spec *row, unsigned index)
{
    const struct device_type *type = device->type;
    uint8_t rule = row->access[access->view % REGISTER_VIEWS];

    if (access->debug || rule == NO || rule == WO) {
        return;
    }
    for (size_t i = 0; i < type->omission_count; i++) {
        const struct omission *omission = &type->omissions[i];

        if (omission->kind == OMITTED_READ && names(omission, row)) {
            report(device, omission, row, index, "is read");
        }
    }
}

void device_omits_of(struct device *device, const struct logged_omission *what,
                     const char *detail)
{
    const struct device_type *type = device->type;
    uint64_t place = 0;

    for (size_t i = 0; i < type->omission_count && place == 0; i++) {
        if (type->omissions[i].text == what->text) {
            place = place_of(device, &type->omissions[i], 0);
        }
    }
    device_unmodelled(device, place, "%s%s%s", what->text, detail ? ": " : "",
                      detail ? detail : "");
}

void device_omits(struct device *device, const struct logged_omission *what)
{
    device_omits_of(device, what, NULL);
}

/* ---- The rows themselves ------------------------------------------------- */

static const struct register_bank *find_bank(const struct device_type *type,
                                             const char *name)
{
    for (size_t i = 0; i < type->bank_count; i++) {
        if (strcmp(type->banks[i].name, name) == 0) {
            return &type->banks[i];
        }
    }
    return NULL;
}

static const struct register_spec *find_row(const struct device_type *type,
                                            const char *name, unsigned *count)
{
    const struct register_spec *found = NULL;

    *count = 0;
    for (size_t b = 0; b < type->bank_count; b++) {
        const struct register_bank *bank = &type->banks[b];
        for (size_t i = 0; bank->registers && i < bank->register_count; i++) {
            if (strcmp(bank->registers[i].name, name) == 0) {
                found = &bank->registers[i];
                ++*count;
            }
        }
    }
    return found;
}

static bool has_rule(const struct register_spec *row, bool write)
{
    for (unsigned view = 0; view < REGISTER_VIEWS; view++) {
        uint8_t rule = row->access[view];
        if (rule != NO && rule != (write ? RO : WO)) {
            return true;
        }
    }
    return false;
}

/* NULL if the row holds. */
static const char *find_fault(const struct device_type *type,
                              const struct omission *omission)
{
    const struct register_spec *row;
    const struct register_bank *bank;
    unsigned count;

    if (omission->kind == 0 || omission->kind > OMITTED_UNSEEN) {
        return "is of no kind";
    }
    if (omission->kind == OMITTED_OFFSET) {
        bank = omission->name ? find_bank(type, omission->name) : NULL;
        return bank && omission->value < bank->size_bytes &&
                       omission->value % 4 == 0
                   ? NULL
                   : "names no offset of a bank";
    }
    if (omission->kind == OMITTED_ABSENT && !omission->name) {
        return "does not name what tells guests";
    }
    if (!is_watched(omission)) {
        return NULL;
    }
    row = omission->name ? find_row(type, omission->name, &count) : NULL;
    if (!row || count != 1) {
        return row ? "names several registers" : "names no register";
    }
    if (!has_rule(row, omission->kind != OMITTED_READ)) {
        return "is of a register that refuses such an access";
    }
    if (omission->kind < OMITTED_WRITE &&
        (omission->mask == 0 || (omission->value & ~omission->mask) != 0)) {
        return "can never or always be met";
    }
    return NULL;
}

int omissions_check(const struct device_type *type, struct error *error)
{
    for (size_t i = 0; i < type->omission_count; i++) {
        const struct omission *omission = &type->omissions[i];
        const char *fault = omission->text && *omission->text
                                ? find_fault(type, omission)
                                : "has no text";

        if (fault) {
            return error_set(error, -EINVAL,
                             "device type '%s': omission %zu ('%s') %s",
                             type->compatible, i,
                             omission->text ? omission->text : "", fault);
        }
    }
    return 0;
}

void omission_print(const struct omission *omission, struct buffer *out)
{
    const char *name = omission->name ? omission->name : "";

    switch (omission->kind) {
    case OMITTED_SET:
        buffer_print(out, "`%s`: a bit of 0x%08" PRIx32 " is set", name,
                     omission->mask);
        break;
    case OMITTED_VALUE:
    case OMITTED_OTHER:
        buffer_print(out, "`%s`: field 0x%08" PRIx32 " is made %s0x%08" PRIx32,
                     name, omission->mask,
                     omission->kind == OMITTED_OTHER ? "other than " : "",
                     omission->value);
        break;
    case OMITTED_WRITE:
        buffer_print(out, "`%s` is written", name);
        break;
    case OMITTED_READ:
        buffer_print(out, "`%s` is read", name);
        break;
    case OMITTED_OFFSET:
        buffer_print(out, "offset 0x%03" PRIx32 " of %s is accessed",
                     omission->value, name);
        break;
    case OMITTED_LOGGED:
        buffer_print(
            out, omission->name ? "`%s` asks for it" : "a guest asks for it%s",
            name);
        break;
    case OMITTED_ABSENT:
        buffer_print(out, "not logged: %s tells guests", name);
        break;
    default:
        buffer_print(out, *name ? "`%s`: not observable" : "%snot observable",
                     name);
        break;
    }
}
