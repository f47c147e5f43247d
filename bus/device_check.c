/* SPDX-License-Identifier: Apache-2.0 */
/* Tries resets, records, outputs and hostile accesses in each view. What a row
 * says of accesses needs no test where no handler stands in the way:
 * device_access.c does it for all devices. */
#include "bus/device_check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "bus/device_state.h"

struct check {
    struct device *device;
    const char *const *exclusions;
    struct buffer *report;
    unsigned failures;
    void *image; /* as the device was handed in */
    bool poked;  /* rows that no reset repairs may hold anything */
    /* the register at hand */
    unsigned bank;
    const struct register_spec *row;
    unsigned index;
    unsigned view;
};

static void expect(struct check *check, const char *what, uint32_t actual,
                   uint32_t expected)
{
    if (actual == expected) {
        return;
    }
    check->failures++;
    buffer_print(check->report,
                 "%s.%s[%u]: %s is 0x%08" PRIx32 ", expected 0x%08" PRIx32 "\n",
                 check->device->type->banks[check->bank].name, check->row->name,
                 check->index, what, actual, expected);
}

static bool is_excluded(const struct check *check)
{
    const char *const *name = check->exclusions;
    for (; name && *name; name++) {
        if (strcmp(*name, check->row->name) == 0) {
            return true;
        }
    }
    return false;
}

static uint32_t *field_of(const struct check *check)
{
    return (uint32_t *)((uint8_t *)check->device->state + check->row->field) +
           check->index;
}

static uint8_t rule_of(const struct check *check)
{
    return check->row->access[check->view];
}

static struct access access_of(const struct check *check)
{
    return (struct access){.view = (uint8_t)check->view};
}

static void write_register(struct check *check, uint32_t value)
{
    struct access access = access_of(check);
    uint64_t offset = check->row->offset + check->index * 4u;
    device_write(check->device, check->bank, &access, offset, 4, value);
}

static void put_back(struct check *check)
{
    device_image_put(check->device, check->image);
    device_restored(check->device);
}

/* Calls visit for each word of each row. */
static void for_each_register(struct check *check,
                              void (*visit)(struct check *check))
{
    const struct device_type *type = check->device->type;
    for (check->bank = 0; check->bank < type->bank_count; check->bank++) {
        const struct register_bank *bank = &type->banks[check->bank];
        for (size_t i = 0; i < bank->register_count; i++) {
            check->row = &bank->registers[i];
            for (check->index = 0; check->index < check->row->count;
                 check->index++) {
                visit(check);
            }
        }
    }
}

/* ---- Reset values -------------------------------------------------------- */

static void check_reset_value(struct check *check)
{
    const struct register_spec *row = check->row;
    if (row->field != NO_FIELD && !is_excluded(check) &&
        !(check->poked && row->domain == RESET_NEVER)) {
        expect(check, "the field after power-on", *field_of(check), row->reset);
    }
}

static void check_reset_values(struct check *check)
{
    device_reset(check->device, RESET_POWER_ON);
    for_each_register(check, check_reset_value);
}

static void check_domain(struct check *check)
{
    static const char *const names[] = {"the field after a core reset",
                                        "the field after a warm reset",
                                        "the field after power-on"};
    const struct register_spec *row = check->row;
    /* One word speaks for its row. */
    if (row->field == NO_FIELD || check->index != 0 || is_excluded(check)) {
        return;
    }
    for (unsigned domain = RESET_CORE; domain < RESET_NEVER; domain++) {
        put_back(check);
        *field_of(check) = ~row->reset;
        device_reset(check->device, (enum reset_domain)domain);
        expect(check, names[domain], *field_of(check),
               row->domain <= domain ? row->reset : ~row->reset);
    }
}

/* ---- Hostile accesses ---------------------------------------------------- */

static void complain(struct check *check, uint64_t offset, unsigned size,
                     const char *what)
{
    check->failures++;
    buffer_print(check->report,
                 "%s, view %u, offset 0x%" PRIx64 ": %u-byte %s\n",
                 check->device->type->banks[check->bank].name, check->view,
                 offset, size, what);
}

static void poke(struct check *check, uint64_t offset, unsigned size,
                 uint64_t pattern)
{
    struct access access = access_of(check);
    struct device *device = check->device;
    bool legal = size <= 8 && (0x116u >> size & 1) && is_aligned(offset, size);
    uint64_t value = 0xbad;
    int result =
        device_read(device, check->bank, &access, offset, size, &value);
    if (result != 0 && value != 0) {
        complain(check, offset, size, "read fails and leaves a value");
    }
    if (size < 8 && value >> size * 8 != 0) {
        complain(check, offset, size, "read gives more bits than it has");
    }
    int written =
        device_write(device, check->bank, &access, offset, size, pattern);
    if ((result == -EINVAL) == legal || (written == -EINVAL) == legal) {
        complain(check, offset, size, "access is wrongly accepted or refused");
    }
    if ((result != 0 && result != -EINVAL && result != -EFAULT) ||
        (written != 0 && written != -EINVAL && written != -EFAULT)) {
        complain(check, offset, size, "access ends in no error of a bus");
    }
}

/* Every offset of small banks, and of large ones the first and last pages. */
static uint64_t next_offset(uint64_t offset, uint64_t size)
{
    const uint64_t edge = 0x1000;
    if (offset == edge && size > 2 * edge) {
        return size - edge;
    }
    return offset + 1;
}

static void poke_bank(struct check *check)
{
    static const unsigned sizes[] = {0, 1, 2, 3, 4, 8, 16};
    static const uint64_t values[] = {0, UINT64_MAX, 0xa5a5a5a5a5a5a5a5};
    uint64_t end = check->device->type->banks[check->bank].size_bytes + 8;
    struct clock *clock = &check->device->fabric->clock;
    for (uint64_t offset = 0; offset < end; offset = next_offset(offset, end)) {
        for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
            for (size_t j = 0; j < ARRAY_SIZE(values); j++) {
                poke(check, offset, sizes[i], values[j]);
            }
        }
        clock_advance(clock, clock->now_ns + 1000);
    }
}

static void check_pokes(struct check *check)
{
    const struct device_type *type = check->device->type;
    for (check->view = 0; check->view < REGISTER_VIEWS; check->view++) {
        for (check->bank = 0; check->bank < type->bank_count; check->bank++) {
            poke_bank(check);
        }
    }
    check->poked = true;
    check_reset_values(check);
}

/* ---- Records ------------------------------------------------------------- */

static void check_record(struct check *check)
{
    struct buffer record = {0};
    struct error error = {""};
    uint64_t hash = device_hash(check->device, 0);
    device_save(check->device, &record);
    /* A record that brings back nothing must not pass. */
    device_reset(check->device, RESET_POWER_ON);
    const uint8_t *bytes = record.bytes;
    size_t size = record.size;
    int result = device_restore(check->device, &bytes, &size, &error);
    if (result != 0 || device_hash(check->device, 0) != hash) {
        check->failures++;
        buffer_print(check->report, "its record does not restore: %s\n",
                     error.text);
    }
    buffer_fini(&record);
}

static void check_tables(struct check *check)
{
    struct error error = {""};
    if (device_type_check(check->device->type, &error) != 0) {
        check->failures++;
        buffer_print(check->report, "%s\n", error.text);
    }
}

/* ---- Outputs ------------------------------------------------------------- */

static uint32_t *levels_of(const struct check *check)
{
    const struct device_type *type = check->device->type;
    uint32_t *levels = xcalloc(type->output_count, sizeof(*levels));
    for (size_t i = 0; i < type->output_count; i++) {
        levels[i] = check->device->outputs[i].level;
    }
    return levels;
}

static void expect_levels(struct check *check, const uint32_t *levels,
                          const char *when)
{
    const struct device_type *type = check->device->type;
    for (size_t i = 0; i < type->output_count; i++) {
        uint32_t level = check->device->outputs[i].level;
        if (level != levels[i]) {
            check->failures++;
            buffer_print(check->report,
                         "output %s is 0x%" PRIx32 " %s, expected 0x%" PRIx32
                         "\n",
                         type->outputs[i].name, level, when, levels[i]);
        }
    }
}

/* Every bit of the tables set that can be, by view 0, and then by view 1. */
static void fill(struct check *check)
{
    if (rule_of(check) != NO && rule_of(check) != RO) {
        write_register(check, UINT32_MAX);
    }
}

/* Where outputs stand is a matter of state and inputs alone. */
static void check_outputs(struct check *check)
{
    void *image = xcalloc(1, device_image_size(check->device->type));
    device_reset(check->device, RESET_POWER_ON);
    uint32_t *fresh = levels_of(check);
    for (check->view = 0; check->view < REGISTER_VIEWS; check->view++) {
        for_each_register(check, fill);
    }
    uint32_t *filled = levels_of(check);
    device_image_take(check->device, image);
    device_reset(check->device, RESET_POWER_ON);
    expect_levels(check, fresh, "after power-on");
    device_image_put(check->device, image);
    device_restored(check->device);
    expect_levels(check, filled, "after its state was restored");
    free(filled);
    free(fresh);
    free(image);
}

unsigned device_check(struct device *device, const char *const *exclusions,
                      struct buffer *report)
{
    struct check check = {
        .device = device,
        .exclusions = exclusions,
        .report = report,
        .image = xcalloc(1, device_image_size(device->type)),
    };
    device_image_take(device, check.image);
    check_tables(&check);
    check_reset_values(&check);
    for_each_register(&check, check_domain);
    put_back(&check);
    check_record(&check);
    check_outputs(&check);
    check_pokes(&check);
    put_back(&check);
    free(check.image);
    return check.failures;
}

unsigned device_check_type(const struct device_type *type,
                           const char *const *exclusions, struct buffer *report)
{
    struct fabric fabric;
    struct error error = {""};
    unsigned failures = 1;
    fabric_init(&fabric, 1);
    struct device *device = device_create(&fabric, type, "device", NULL, NULL);
    if (device_init(device, &error) == 0) {
        failures = device_check(device, exclusions, report);
    } else {
        buffer_print(report, "%s\n", error.text);
    }
    device_destroy(device);
    fabric_fini(&fabric);
    return failures;
}
