/* SPDX-License-Identifier: Apache-2.0 */
/* States that were saved, of all kinds: what can be is taken, and what cannot
 * is refused, field by field and up to the bounds. */
#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"
#include "virtio/test_kinds.h"

enum { SPLIT = 1, PACKED = 2, BOTH = SPLIT | PACKED, SIZE = 16 };

struct change {
    size_t offset;
    size_t size;
    uint64_t value;
};

#define TO(state, field, value)                                                \
    {                                                                          \
        offsetof(struct state, field), sizeof(((struct state *)0)->field),     \
            value                                                              \
    }
#define CORE(field, value)     TO(echo_state, virtio.field, value)
#define HELD(field, value)     TO(echo_state, held[0].field, value)
#define QUEUE(n, field, value) TO(echo_state, queues[n].field, value)

/* The good request has two buffers to be read, of 100 and 200 bytes, and two to
 * be written, of 299 bytes and one. */
static const struct row {
    const char *name;
    const struct virtio_type *type;
    unsigned formats;
    bool possible;
    struct change changes[5];
} rows[] = {
#include "virtio/states_test.def"
};

static const struct test_kind *kind_of(const struct virtio_type *type)
{
    const struct test_kind *kind = test_kinds;

    while (kind->type != type) {
        kind++;
    }
    return kind;
}

/* A device of two queues or more, with a request under way if its kind keeps
 * some. */
static void start(struct test_driver *driver, union test_outside *outside,
                  const struct test_kind *kind, bool packed)
{
    struct test_buffer buffers[4];

    test_kind_init(driver, kind, outside);
    test_driver_start(
        driver, packed ? UINT64_MAX : ~VIRTIO_FEATURE(VIRTIO_F_RING_PACKED),
        kind->queues < 2 ? 1 : 2, SIZE);
    if (kind->hold != NULL) {
        kind->hold(outside);
        const unsigned count = kind->request(driver, 0, buffers);
        test_add(driver, kind->queue, buffers, count);
        test_kick(driver, kind->queue);
    }
}

TEST(states_are_taken_or_refused_field_by_field)
{
    for (size_t i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
        const struct row *row = &rows[i / 2];
        const bool packed = i % 2 != 0;
        union test_outside outside;
        struct test_driver driver;

        if ((row->formats & (packed ? PACKED : SPLIT)) == 0) {
            continue;
        }
        test_case("%s %s: %s", row->type->name, packed ? "packed" : "split",
                  row->name);
        start(&driver, &outside, kind_of(row->type), packed);
        EXPECT(virtio_restored(&driver.virtio));
        for (unsigned n = 0; n < ARRAY_SIZE(row->changes); n++) {
            const struct change *change = &row->changes[n];

            memcpy((uint8_t *)driver.state + change->offset, &change->value,
                   change->size);
        }
        EXPECT_EQ(virtio_restored(&driver.virtio), row->possible);
        test_driver_fini(&driver);
    }
}

/* All of its buffers may be of one direction. */
TEST(a_chain_has_as_many_buffers_as_fit_and_no_more)
{
    for (unsigned i = 0; i < 4; i++) {
        const unsigned count = VIRTIO_CHAIN_MAX + i / 2;
        const bool readable = i % 2 != 0;
        union test_outside outside;
        OWNED(test_driver_fini) struct test_driver driver;

        test_case("%u %s buffers", count, readable ? "readable" : "writable");
        start(&driver, &outside, &test_kinds[0], false);
        struct echo_state *state = driver.state;
        struct virtio_chain *chain = &state->held[0];
        for (unsigned n = 0; n < VIRTIO_CHAIN_MAX; n++) {
            chain->segments[n] = (struct virtio_segment){n, 1, 0};
        }
        chain->count = (uint16_t)count;
        chain->readable = readable ? chain->count : 0;
        chain->readable_bytes = readable ? count : 0;
        chain->writable_bytes = readable ? 0 : count;
        state->held[1].count = 1; /* what lies behind the last buffer */
        EXPECT_EQ(virtio_restored(&driver.virtio), count == VIRTIO_CHAIN_MAX);
    }
}

/* A device of the legacy interface has no FEATURES_OK, and queues all the
 * same. */
TEST(states_of_the_legacy_interface_are_other_ones)
{
    static const struct {
        uint64_t features;
        uint32_t status;
        bool possible;
    } cases[] = {
        {1,                  VIRTIO_DRIVER,                    true },
        {1,                  VIRTIO_DRIVER | VIRTIO_DRIVER_OK, true },
        {VIRTIO_FEATURE(26), VIRTIO_DRIVER,                    false},
        {1,                  VIRTIO_FEATURES_OK,               false},
        {VIRTIO_FEATURE(26), VIRTIO_FEATURES_OK,               false},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        union test_outside outside;
        OWNED(test_driver_fini) struct test_driver driver;

        test_case("case %zu", i);
        start(&driver, &outside, &test_kinds[0], false);
        driver.virtio.legacy = true;
        driver.virtio.state->status = cases[i].status;
        driver.virtio.state->features = cases[i].features;
        EXPECT_EQ(virtio_restored(&driver.virtio), cases[i].possible);
    }
}
