/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every omission of every device model, poked through the accesses of the bus
 * in the built-in boards: the log has the line and counts it. Omissions that a
 * model decides itself (OMITTED_LOGGED) are provoked by
 * tests/machine/omissions.c.
 */
#include "tests/machine/omissions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "bus/device_state.h"
#include "devices/devices.h"
#include "devices/virtio/transport.h"
#include "platform/machine/machine.h"
#include "tests/harness.h"

enum { PROVOCATIONS_MAX = 256 };

static bool shown[PROVOCATIONS_MAX]; /* which provocations were logged */

struct heard {
    struct buffer lines;
    uint64_t count;
};

static void hear(void *context, enum log_kind kind, const char *line)
{
    struct heard *heard = context;

    if (kind == LOG_UNMODELLED) {
        buffer_print(&heard->lines, "%s\n", line);
    }
}

/* Does something to the device, which is as before afterwards, and returns what
 * the log then has of what is not modelled. */
static struct heard listen(struct device *device,
                           void (*act)(struct device *device,
                                       const void *context),
                           const void *context)
{
    struct log kept = device->fabric->log;
    struct heard heard = {.count = 0};
    void *image = xcalloc(1, device_image_size(device->type));

    device_image_take(device, image);
    log_init(&device->fabric->log);
    device->fabric->log.sink = hear;
    device->fabric->log.context = &heard;
    act(device, context);
    heard.count = device->fabric->log.count[LOG_UNMODELLED];
    device->fabric->log = kept;
    device_image_put(device, image);
    device_restored(device);
    free(image);
    return heard;
}

/* One access to a word of a bank. */
struct poke {
    unsigned bank;
    uint64_t offset;
    uint8_t view;
    bool write;
    uint32_t value;
};

static void perform(struct device *device, const void *context)
{
    const struct poke *poke = context;
    const struct access access = {.view = poke->view, .secure = true};
    uint64_t value;

    if (poke->write) {
        device_write(device, poke->bank, &access, poke->offset, 4, poke->value);
    } else {
        device_read(device, poke->bank, &access, poke->offset, 4, &value);
    }
}

static void provoke(struct device *device, const void *context)
{
    const struct provocation *provocation = context;

    provocation->act(device);
}

static void expect_line(struct heard *heard, const char *text, bool expected)
{
    bool is_there = strstr(buffer_text(&heard->lines), text) != NULL;

    EXPECT_EQ(is_there, expected);
    EXPECT(!expected || heard->count != 0);
    buffer_fini(&heard->lines);
}

/* ---- One row ------------------------------------------------------------- */

/* A view by which the row may be written, or read. */
static uint8_t view_of(const struct register_spec *row, bool write)
{
    uint8_t rule = row->access[0];

    return rule == NO || rule == (write ? RO : WO) ? 1 : 0;
}

static void try_word(struct device *device, const struct omission *omission,
                     struct poke *poke)
{
    const uint32_t lowest = omission->mask & (0u - omission->mask);
    OWNED(free_at) char *text = xasprintf(": %s", omission->text);
    struct heard heard;

    switch (omission->kind) {
    case OMITTED_SET:
        poke->value = lowest;
        break;
    case OMITTED_VALUE:
        poke->value = omission->value;
        break;
    case OMITTED_OTHER:
        poke->value = omission->value ^ lowest;
        break;
    default:
        poke->value = 0;
        break;
    }
    heard = listen(device, perform, poke);
    expect_line(&heard, text, true);
    if (omission->kind < OMITTED_WRITE) {
        poke->value = omission->kind == OMITTED_OTHER ? omission->value
                      : omission->kind == OMITTED_VALUE
                          ? omission->value ^ lowest
                          : 0;
        heard = listen(device, perform, poke);
        expect_line(&heard, text, false);
    }
}

/* The first word of the register, and its last. */
static void try_register(struct device *device, const struct omission *omission)
{
    const struct device_type *type = device->type;

    for (unsigned b = 0; b < type->bank_count; b++) {
        for (size_t i = 0; i < type->banks[b].register_count; i++) {
            const struct register_spec *row = &type->banks[b].registers[i];
            bool write = omission->kind != OMITTED_READ;
            struct poke poke = {.bank = b,
                                .offset = row->offset,
                                .view = view_of(row, write),
                                .write = write};

            if (strcmp(row->name, omission->name) != 0) {
                continue;
            }
            try_word(device, omission, &poke);
            poke.offset += (row->count - 1u) * 4;
            try_word(device, omission, &poke);
        }
    }
}

static void try_offset(struct device *device, const struct omission *omission)
{
    const struct device_type *type = device->type;
    struct poke poke = {.offset = omission->value};
    unsigned found = 0;

    for (unsigned b = 0; b < type->bank_count; b++) {
        if (strcmp(type->banks[b].name, omission->name) == 0) {
            poke.bank = b;
            found++;
        }
    }
    EXPECT_EQ(found, 1);
    for (unsigned write = 0; write < 2; write++) {
        poke.write = write != 0;
        struct heard heard = listen(device, perform, &poke);
        expect_line(&heard, ": no register", true);
    }
}

/* The first device of the type that a provocation reaches is enough: others may
 * lack what it needs. */
static void try_logged(struct device *device)
{
    for (size_t i = 0; provocations[i].compatible; i++) {
        if (shown[i] ||
            strcmp(provocations[i].compatible, device->type->compatible) != 0) {
            continue;
        }
        struct heard heard = listen(device, provoke, &provocations[i]);
        shown[i] = heard.count != 0 && strstr(buffer_text(&heard.lines),
                                              provocations[i].text) != NULL;
        buffer_fini(&heard.lines);
    }
}

static bool is_shown(const struct device_type *type, const char *text)
{
    for (size_t i = 0; provocations[i].compatible; i++) {
        if (strcmp(provocations[i].compatible, type->compatible) == 0 &&
            strcmp(provocations[i].text, text) == 0) {
            return shown[i];
        }
    }
    return false;
}

static void try_device(struct device *device, const char *board)
{
    const struct device_type *type = device->type;

    for (size_t i = 0; i < type->omission_count; i++) {
        const struct omission *omission = &type->omissions[i];

        test_case("%s: %s: %s", board, type->compatible, omission->text);
        switch (omission->kind) {
        case OMITTED_OFFSET:
            try_offset(device, omission);
            break;
        case OMITTED_LOGGED:
        case OMITTED_ABSENT:
        case OMITTED_UNSEEN:
            break;
        default:
            try_register(device, omission);
            break;
        }
    }
}

/* ---- All of them --------------------------------------------------------- */

static bool is_tried(const struct device_type *type)
{
    static bool tried[512];

    for (size_t i = 0; device_type_at(i); i++) {
        if (device_type_at(i) == type) {
            bool before = tried[i];
            tried[i] = true;
            return before;
        }
    }
    return false;
}

/* All rows of a type were met: on a board, by a provocation. */
static void check_type(const struct device_type *type)
{
    bool tried = is_tried(type);

    for (size_t i = 0; i < type->omission_count; i++) {
        const struct omission *omission = &type->omissions[i];

        test_case("%s: %s", type->compatible, omission->text);
        EXPECT(tried || omission->kind >= OMITTED_LOGGED);
        EXPECT(omission->kind != OMITTED_LOGGED ||
               is_shown(type, omission->text));
    }
}

static struct cairn_machine *power_up(const char *board, const char *tpm)
{
    const struct cairn_guest guest = {
        .size = sizeof(guest), .memory_bytes = 64 << 20, .tpm = tpm};
    const struct cairn_options options = {
        .size = sizeof(options), .board = board, .guest = &guest};
    const struct cairn_options bare = {.size = sizeof(bare), .board = board};
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};

    if (cairn_create(&options, &machine, &error) != 0) {
        EXPECT_EQ(cairn_create(&bare, &machine, &error), 0);
    }
    return machine;
}

static void try_board(const char *board, const char *tpm)
{
    struct cairn_machine *machine = power_up(board, tpm);

    REQUIRE(machine != NULL);
    cairn_power(machine);
    for (size_t n = 0; n < machine->node_count; n++) {
        struct device *device = machine->nodes[n].device;
        if (!device) {
            continue;
        }
        if (!is_tried(device->type)) {
            try_device(device, board);
        }
        try_logged(device);
    }
    cairn_destroy(machine);
}

TEST(what_a_device_omits_is_logged_when_a_guest_relies_on_it)
{
    const char *board;
    const struct device_type *type;

    for (size_t i = 0; (board = cairn_board_name(i)); i++) {
        try_board(board, "tis");
    }
    try_board("virt", "crb");
    for (size_t i = 0; (type = device_type_at(i)); i++) {
        check_type(type);
    }
}

/* ---- Types of one model -------------------------------------------------- */

/* The register that a row is about, or the first of them. */
static const struct register_spec *register_of(const struct device_type *type,
                                               const char *name)
{
    for (size_t i = 0; i < type->bank_count; i++) {
        for (size_t n = 0; n < type->banks[i].register_count; n++) {
            const struct register_spec *row = &type->banks[i].registers[n];
            size_t size = strlen(row->name);

            if (strncmp(row->name, name, size) == 0 &&
                strchr(", ", name[size])) {
                return row;
            }
        }
    }
    return NULL;
}

/* True if an omission of one type is the other's too: it is about a register
 * that they have in common, or they are parts behind one interface. */
static bool is_shared(const struct omission *omission,
                      const struct device_type *type,
                      const struct device_type *other)
{
    const struct register_spec *row =
        omission->name ? register_of(type, omission->name) : NULL;
    const struct register_spec *same =
        row ? register_of(other, omission->name) : NULL;

    if (same) {
        return same->offset == row->offset && same->read == row->read &&
               same->write == row->write && strcmp(same->text, row->text) == 0;
    }
    return type->bank_count == 0 && other->bank_count == 0 && type->interface &&
           type->interface == other->interface;
}

static bool lists(const struct device_type *type,
                  const struct omission *omission)
{
    for (size_t i = 0; i < type->omission_count; i++) {
        if (strcmp(type->omissions[i].text, omission->text) == 0) {
            return true;
        }
    }
    return false;
}

TEST(types_that_share_a_model_list_what_it_omits)
{
    const struct device_type *type, *other;

    for (size_t i = 0; (type = device_type_at(i)); i++) {
        for (size_t j = 0; (other = device_type_at(j)); j++) {
            for (size_t n = 0; n < type->omission_count; n++) {
                const struct omission *omission = &type->omissions[n];

                test_case("%s, as %s: %s", other->compatible, type->compatible,
                          omission->text);
                EXPECT(!is_shared(omission, type, other) ||
                       lists(other, omission));
            }
        }
    }
}

TEST(each_virtio_device_lists_what_the_transport_omits)
{
    const struct device_type *type;
    unsigned count = 0;

    for (size_t i = 0; (type = device_type_at(i)); i++) {
        if (strncmp(type->compatible, "cairn,virtio-", 13) == 0) {
            test_case("%s", type->compatible);
            EXPECT(lists(type, &virtio_omissions[0]));
            count++;
        }
    }
    EXPECT(count > 30);
}
