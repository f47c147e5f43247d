/* SPDX-License-Identifier: Apache-2.0 */
/* The registers of the legacy interface (virtio 1.2, 4.2.4), as a driver uses
 * them that knows no others. */
#include <string.h>

#include "base/buffer.h"
#include "bus/device_state.h"
#include "devices/test_bus.h"
#include "devices/virtio/transport.h"
#include "tests/harness.h"

extern const struct device_type virtio_mmio_legacy_rng;

enum {
    VERSION = 0x004,
    HOST_FEATURES = 0x010,
    HOST_FEATURES_SEL = 0x014,
    GUEST_PAGE_SIZE = 0x028,
    QUEUE_SEL = 0x030,
    QUEUE_NUM = 0x038,
    QUEUE_ALIGN = 0x03c,
    QUEUE_PFN = 0x040,
    QUEUE_NOTIFY = 0x050,
    INTERRUPT_STATUS = 0x060,
    STATUS = 0x070,
};

enum { SIZE = 4, PAGE = 4096, ALIGN = 512, BYTES = 16 };
/* The layout of a queue of that size: a table, and behind it the available
 * ring. */
enum {
    TABLE = TEST_RAM + PAGE,
    AVAILABLE = TABLE + 16 * SIZE,
    USED = TABLE + ALIGN,
    DATA = TEST_RAM + 2 * PAGE,
};

struct bench {
    struct test_bus bus;
    struct device *device;
};

static void setup(struct bench *bench)
{
    test_bus_init(&bench->bus);
    bench->device = test_bus_make(&bench->bus, &virtio_mmio_legacy_rng);
    device_reset(bench->device, RESET_POWER_ON);
}

static void teardown(struct bench *bench)
{
    device_destroy(bench->device);
    test_bus_fini(&bench->bus);
}

static uint32_t get(const struct bench *bench, unsigned offset)
{
    return (uint32_t)test_read(bench->device, 0, offset);
}

static void set(const struct bench *bench, unsigned offset, uint32_t value)
{
    test_write(bench->device, 0, offset, value);
}

static void *memory(const struct bench *bench, uint64_t address)
{
    return region_host(bench->bus.ram) + (address - TEST_RAM);
}

/* In the order of Linux: the page size, and only then a reset. */
static void begin(const struct bench *bench, uint32_t align)
{
    set(bench, GUEST_PAGE_SIZE, PAGE);
    set(bench, STATUS, 0);
    set(bench, STATUS, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER);
    set(bench, QUEUE_SEL, 0);
    set(bench, QUEUE_NUM, SIZE);
    set(bench, QUEUE_ALIGN, align);
    set(bench, QUEUE_PFN, TABLE / PAGE);
}

static void request(const struct bench *bench)
{
    const struct virtio_descriptor descriptor = {DATA, BYTES, VIRTIO_DESC_WRITE,
                                                 0};
    uint16_t *available = memory(bench, AVAILABLE);

    memcpy(memory(bench, TABLE), &descriptor, sizeof(descriptor));
    available[2 + available[1] % SIZE] = 0;
    available[1]++;
    set(bench, QUEUE_NOTIFY, 0);
}

TEST(the_tables_promises_hold)
{
    struct error error = {""};

    EXPECT_EQ(device_type_check(&virtio_mmio_legacy_rng, &error), 0);
    EXPECT_STR(error.text, "");
}

FIXTURE(struct bench, bench, teardown)
FIXTURE_BEGIN(bench, setup(bench))

TEST_ON(a_queue_is_one_area_at_a_page, bench)
{
    EXPECT_EQ(get(bench, VERSION), 1);
    begin(bench, ALIGN);
    EXPECT_EQ(get(bench, QUEUE_PFN), TABLE / PAGE);
    request(bench);
    EXPECT_EQ(((uint16_t *)memory(bench, USED))[1], 1);
    EXPECT_EQ(((uint32_t *)memory(bench, USED))[2], BYTES);
    EXPECT_EQ(get(bench, INTERRUPT_STATUS), VIRTIO_INTERRUPT_QUEUE);
    EXPECT_EQ(bench->device->outputs[0].level, 1);
    /* The driver ends the queue. */
    set(bench, QUEUE_PFN, 0);
    EXPECT_EQ(get(bench, QUEUE_PFN), 0);
    request(bench);
    EXPECT_EQ(((uint16_t *)memory(bench, USED))[1], 1);
}

TEST_ON(features_have_one_word, bench)
{
    EXPECT(get(bench, HOST_FEATURES) >> VIRTIO_F_ANY_LAYOUT & 1);
    set(bench, HOST_FEATURES_SEL, 1);
    EXPECT_EQ(get(bench, HOST_FEATURES), 0);
}

TEST(what_is_no_power_of_two_places_no_queue)
{
    static const struct {
        uint32_t page;
        uint32_t align;
    } rows[] = {
        {PAGE,     0        },
        {PAGE,     ALIGN + 1},
        {PAGE + 1, ALIGN    },
        {0,        ALIGN    },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(teardown) struct bench bench;

        test_case("page %u, align %u", rows[i].page, rows[i].align);
        setup(&bench);
        begin(&bench, 0);
        device_reset(bench.device, RESET_WARM);
        set(&bench, GUEST_PAGE_SIZE, rows[i].page);
        set(&bench, QUEUE_NUM, SIZE);
        set(&bench, QUEUE_ALIGN, rows[i].align);
        set(&bench, QUEUE_PFN, 1);
        EXPECT_EQ(get(&bench, STATUS) & VIRTIO_NEEDS_RESET, VIRTIO_NEEDS_RESET);
        EXPECT_EQ(get(&bench, QUEUE_PFN), 0);
    }
}

TEST_ON(queues_that_are_not_there_are_not_placed, bench)
{
    begin(bench, ALIGN);
    for (uint32_t queue = 1; queue < 100; queue += 33) {
        set(bench, QUEUE_SEL, queue);
        set(bench, QUEUE_ALIGN, ALIGN);
        set(bench, QUEUE_PFN, 1);
        EXPECT_EQ(get(bench, QUEUE_PFN), 0);
    }
    EXPECT_EQ(bench->bus.fabric.log.count[LOG_GUEST], 3);
}

TEST_ON(a_queue_is_in_the_state, bench)
{
    OWNED(buffer_fini) struct buffer saved = {0};
    struct error error = {""};

    begin(bench, ALIGN);
    device_save(bench->device, &saved);
    device_reset(bench->device, RESET_POWER_ON);
    EXPECT_EQ(get(bench, QUEUE_PFN), 0);
    const uint8_t *bytes = saved.bytes;
    size_t size = saved.size;
    EXPECT_EQ(device_restore(bench->device, &bytes, &size, &error), 0);
    device_restored(bench->device);
    EXPECT_EQ(get(bench, QUEUE_PFN), TABLE / PAGE);
    request(bench);
    EXPECT_EQ(((uint16_t *)memory(bench, USED))[1], 1);
}
