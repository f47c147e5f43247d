/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices that are reached again while they handle an access: the handlers of
 * the device below write to the bus, and the bus leads back to the device. The
 * inner access must neither see nor change what belongs to the outer one.
 */
#include "base/bits.h"
#include "bus/device.h"
#include "bus/space.h"
#include "tests/harness.h"

enum { BASE = 0x1000, FRAME_SIZE = 0x20, FRAMES = 4 };
enum { REFUSED = 0x00, AGAIN = 0x04, LOOK = 0x08, LOOK_TOO = 0x0c };

/* State that a handler saw of its access, before and after it made another. */
struct seen {
    uint32_t frame;
    uint32_t lanes;
    uint32_t size;
};

struct state {
    uint32_t inner_result; /* of the access that AGAIN made, negated */
    struct seen before;
    struct seen after;
    struct seen looked;
};

struct wiring {
    struct space *space;
    /* The access that a write to AGAIN makes. */
    uint64_t offset;
    unsigned size;
    bool refuses; /* AGAIN refuses its own access, before the other */
};

static struct seen look(const struct access *access)
{
    return (struct seen){access->frame, access->lanes, access->size};
}

static void write_refused(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    access_refuse(access);
}

static void write_again(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;

    state->before = look(access);
    if (wiring->refuses) {
        access_refuse(access);
    }
    state->inner_result = (uint32_t)-space_write(
        wiring->space, NULL, gpa(BASE + wiring->offset), wiring->size, value);
    state->after = look(access);
}

static void write_look(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;

    state->looked = look(access);
}

#define ROW(offset, name, write)                                               \
    {                                                                          \
        offset, 1, name, {RW, RW}, RESET_CORE, 0, UINT32_MAX, NO_FIELD, NULL,  \
            write, "for the test"                                              \
    }

static const struct register_spec registers[] = {
    ROW(REFUSED, "REFUSED", write_refused),
    ROW(AGAIN, "AGAIN", write_again),
    ROW(LOOK, "LOOK", write_look),
    ROW(LOOK_TOO, "LOOK_TOO", write_look),
};

static const struct register_bank banks[] = {
    {"bank", FRAME_SIZE, 1 | 2 | 4 | 8, registers, ARRAY_SIZE(registers)},
};
static const uint16_t frames[] = {FRAMES};
static const struct state_field fields[] = {
    STATE(struct state, inner_result, RESET_CORE),
    STATE(struct state, before, RESET_CORE),
    STATE(struct state, after, RESET_CORE),
    STATE(struct state, looked, RESET_CORE),
};

static const struct device_type type = {
    .compatible = "test,reentrant",
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_TABLE(bank, banks),
    .frames = frames,
    DEVICE_TABLE(field, fields),
};

/* Each row: the outer access, always a write to AGAIN of some frame; the inner
 * one; how both end and what both saw. */
static const struct {
    const char *name;
    unsigned outer_frame;
    unsigned outer_size;
    unsigned inner_frame;
    unsigned inner_offset;
    unsigned inner_size;
    bool refuses;
    int outer_result;
    int inner_result;
    struct seen outer;
    struct seen inner;
} rows[] = {
    {"frame",         1, 4, 3, LOOK,     4, false, 0, 0,       {1, 0xf, 4}, {3, 0xf, 4}},
    {"lanes",         0, 1, 0, LOOK,     4, false, 0, 0,       {0, 0x1, 1}, {0, 0xf, 4}},
    {"narrow inner",
     2,                  4,
     0,                        LOOK + 2,
     2,                                     false,
     0,                                               0,
     {2, 0xf, 4},
     {0, 0xc, 2}                                                                       },
    {"double inner",  2, 2, 1, LOOK,     8, false, 0, 0,       {2, 0x3, 2}, {1, 0xf, 8}},
    {"inner refused", 1, 4, 0, REFUSED,  4, false, 0, -EFAULT, {1, 0xf, 4}, {0}        },
    {"outer refused",
     1,                  4,
     0,                        LOOK,
     4,                                     true,
     -EFAULT,
     0,                                                        {1, 0xf, 4},
     {0, 0xf, 4}                                                                       },
    {"both refused",
     1,                  4,
     0,                        REFUSED,
     4,                                     true,
     -EFAULT,
     -EFAULT,
     {1, 0xf, 4},
     {0}                                                                               },
    {"no such size",  1, 4, 0, 0x100,    4, false, 0, -EFAULT, {1, 0xf, 4}, {0}        },
};

static void expect_seen(const struct seen *seen, const struct seen *expected)
{
    EXPECT_EQ(seen->frame, expected->frame);
    EXPECT_EQ(seen->lanes, expected->lanes);
    EXPECT_EQ(seen->size, expected->size);
}

static void check_row(struct device *device, unsigned i)
{
    struct state *state = device->state;
    struct wiring *wiring = device->wiring;

    test_case("%s", rows[i].name);
    device_reset(device, RESET_POWER_ON);
    wiring->offset = rows[i].inner_frame * FRAME_SIZE + rows[i].inner_offset;
    wiring->size = rows[i].inner_size;
    wiring->refuses = rows[i].refuses;
    EXPECT_EQ(space_write(wiring->space, NULL,
                          gpa(BASE + rows[i].outer_frame * FRAME_SIZE + AGAIN),
                          rows[i].outer_size, 0x55),
              rows[i].outer_result);
    EXPECT_EQ(state->inner_result, -rows[i].inner_result);
    expect_seen(&state->before, &rows[i].outer);
    expect_seen(&state->after, &rows[i].outer);
    expect_seen(&state->looked, &rows[i].inner);
}

TEST(an_access_inside_another_keeps_size_lanes_frame_and_refusal_apart)
{
    OWNED(fabric_fini) struct fabric fabric;
    struct error error = {""};

    fabric_init(&fabric, 0);
    struct device *device = device_create(&fabric, &type, "device", NULL, NULL);
    struct wiring *wiring = device->wiring;
    struct window window = {
        .base = gpa(BASE),
        .size_bytes = FRAMES * FRAME_SIZE,
        .rights = WINDOW_R | WINDOW_W,
        .enabled = true,
        .device = device,
    };
    EXPECT_EQ(device_type_check(&type, &error), 0);
    wiring->space = space_create(&fabric, "bus");
    space_add_window(wiring->space, &window);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        check_row(device, i);
    }
    space_destroy(wiring->space);
    device_destroy(device);
}
