/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices whose state a stranger chose: a snapshot file may hold any value in
 * any field. Every word of every device becomes something that no access could
 * have left there; what the device does then is of no interest, as long as it
 * stays within its own memory and comes to an end. The sanitizers judge. What a
 * record is refused for (state_field.most) is left as it was.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "bus/device_state.h"
#include "bus/state.h"
#include "platform/machine/machine.h"
#include "tests/harness.h"

enum { ROUNDS = 12, ACCESSES = 400, SPOILT_WORDS = 8 };

static uint64_t seed = 1;

static uint32_t draw(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33);
}

static uint32_t odd_value(void)
{
    static const uint32_t values[] = {UINT32_MAX, 0x7fffffff, 0x80000000,
                                      0x10000,    0x1001,     0x101,
                                      0x41,       0x21,       0x11};
    return draw() % 4 == 0 ? draw() : values[draw() % ARRAY_SIZE(values)];
}

/* Whole fields, so that small ones are hit as often as memories. */
static void spoil(struct device *device, bool all)
{
    struct state_table table = {0};
    uint8_t *image = xcalloc(1, device_image_size(device->type));

    device_image_take(device, image);
    device_fields(device->type, &table);
    for (size_t i = 0; i < table.count; i++) {
        const struct state_field *field = &table.fields[i];
        if (!all && draw() % 4 != 0) {
            continue;
        }
        uint8_t *before = image + field->offset;
        OWNED(free_at) uint8_t *kept = xcalloc(1, field->size_bytes + 1);
        memcpy(kept, before, field->size_bytes);
        for (unsigned j = 0; j < SPOILT_WORDS; j++) {
            uint32_t value = odd_value();
            size_t size = field->size_bytes < 4 ? field->size_bytes : 4;
            size_t at = field->size_bytes <= 4
                            ? 0
                            : (size_t)draw() % (field->size_bytes / 4) * 4;
            memcpy(before + at, &value, size);
        }
        if (!state_allows(field, before)) {
            memcpy(before, kept, field->size_bytes);
        }
    }
    state_table_fini(&table);
    device_image_put(device, image);
    free(image);
    device_restored(device);
}

static void poke(struct device *device)
{
    for (unsigned i = 0; i < ACCESSES; i++) {
        unsigned bank = draw() % (unsigned)device->type->bank_count;
        unsigned size = 1u << draw() % 4;
        uint64_t span = device_bank_size(device->type, bank);
        uint64_t offset =
            draw() % (span < 0x1000 || draw() % 4 == 0 ? span : 0x1000);
        struct access access = {.user = draw() % 2,
                                .master = (uint8_t)(draw() % 9),
                                .view = draw() % 2,
                                .secure = draw() % 2 != 0};
        uint64_t value;

        offset &= ~(uint64_t)(size - 1);
        if (draw() % 2 != 0) {
            (void)device_write(device, bank, &access, offset, size,
                               odd_value());
        }
        (void)device_read(device, bank, &access, offset, size, &value);
    }
}

static void try_all(const char *board)
{
    struct cairn_machine *machine = NULL;
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = board};
    struct cairn_error error = {""};

    test_case("%s", board);
    REQUIRE(cairn_create(&options, &machine, &error) == 0);
    cairn_power(machine);
    for (size_t i = 0; i < machine->node_count; i++) {
        struct device *device = machine->nodes[i].device;
        if (!device || device->type->bank_count == 0) {
            continue;
        }
        test_case("%s: %s", board, device->name);
        for (unsigned round = 0; round < ROUNDS; round++) {
            spoil(device, round % 2 == 0);
            poke(device);
            clock_advance(&machine->fabric.clock,
                          machine->fabric.clock.now_ns + 1000);
        }
        device_reset(device, RESET_POWER_ON);
    }
    cairn_destroy(machine);
}

TEST(no_state_leads_a_device_out_of_its_memory)
{
    static const char *const boards[] = {
        "caliptra-1.0", "caliptra-1.1", "caliptra-2.0", "caliptra-2.1",
        "trust",        "virt",         "virt-gicv3"};

    for (size_t i = 0; i < ARRAY_SIZE(boards); i++) {
        try_all(boards[i]);
    }
}
