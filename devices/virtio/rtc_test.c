/* SPDX-License-Identifier: Apache-2.0 */
/* The RTC device in a machine: clocks that start as the board says, Arm's
 * counter, and an alarm that outlives a snapshot. */
#include <stdlib.h>
#include <string.h>

#include "abi/virtio_rtc.h"
#include "bus/device_state.h"
#include "devices/test_bus.h"
#include "devices/virtio/transport.h"
#include "tests/harness.h"

extern const struct device_type virtio_mmio_rtc;

enum {
    DRIVER_FEATURES = 0x020,
    DRIVER_FEATURES_SEL = 0x024,
    QUEUE_SEL = 0x030,
    QUEUE_NUM = 0x038,
    QUEUE_READY = 0x044,
    QUEUE_NOTIFY = 0x050,
    STATUS = 0x070,
    QUEUE_DESCRIPTORS = 0x080,
    QUEUE_DRIVER = 0x090,
    QUEUE_DEVICE = 0x0a0,
};

enum { UTC = 1, SIZE = 8, START = 1700000000 };
/* The layout of a queue and of its first descriptors. */
enum {
    QUEUE_BYTES = 0x10000,
    DRIVER_AREA = 0x1000,
    DEVICE_AREA = 0x2000,
    REQUEST = 0x3000,
    RESPONSE = 0x4000,
};

static const uint64_t second = 1000000000;

struct bench {
    struct test_bus bus;
    struct device *device;
};

static void set(const struct bench *bench, unsigned offset, uint32_t value)
{
    test_write(bench->device, 0, offset, value);
}

static uint8_t *memory(const struct bench *bench, unsigned queue,
                       unsigned offset)
{
    return (uint8_t *)region_host(bench->bus.ram) + queue * QUEUE_BYTES +
           offset;
}

static void enable(const struct bench *bench, unsigned queue)
{
    const uint32_t at = TEST_RAM + queue * QUEUE_BYTES;

    set(bench, QUEUE_SEL, queue);
    set(bench, QUEUE_NUM, SIZE);
    set(bench, QUEUE_DESCRIPTORS, at);
    set(bench, QUEUE_DRIVER, at + DRIVER_AREA);
    set(bench, QUEUE_DEVICE, at + DEVICE_AREA);
    set(bench, QUEUE_READY, 1);
}

static void setup(struct bench *bench)
{
    const uint32_t ready = VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER;

    test_bus_init(&bench->bus);
    test_bus_property(&bench->bus, "cairn,start-time", START);
    bench->device = test_bus_make(&bench->bus, &virtio_mmio_rtc);
    device_reset(bench->device, RESET_POWER_ON);
    set(bench, STATUS, ready);
    set(bench, DRIVER_FEATURES_SEL, 0);
    set(bench, DRIVER_FEATURES, 1u << VIRTIO_RTC_F_ALARM);
    set(bench, DRIVER_FEATURES_SEL, 1);
    set(bench, DRIVER_FEATURES, 1u << (VIRTIO_F_VERSION_1 - 32));
    set(bench, STATUS, ready | VIRTIO_FEATURES_OK);
    enable(bench, VIRTIO_RTC_REQUESTS);
    enable(bench, VIRTIO_RTC_ALARMS);
    set(bench, STATUS, ready | VIRTIO_FEATURES_OK | VIRTIO_DRIVER_OK);
}

static void teardown(struct bench *bench)
{
    device_destroy(bench->device);
    test_bus_fini(&bench->bus);
}

/* The first descriptor of a queue is available once more. */
static void offer(const struct bench *bench, unsigned queue)
{
    uint16_t *index = (uint16_t *)(void *)memory(bench, queue, DRIVER_AREA + 2);

    ++*index;
    set(bench, QUEUE_NOTIFY, queue);
}

static void ask(const struct bench *bench, const void *request, uint32_t size,
                struct virtio_rtc_response *response)
{
    const uint64_t at = TEST_RAM;
    const struct virtio_descriptor table[] = {
        {at + REQUEST,  size,              VIRTIO_DESC_NEXT,  1},
        {at + RESPONSE, sizeof(*response), VIRTIO_DESC_WRITE, 0},
    };

    memcpy(memory(bench, VIRTIO_RTC_REQUESTS, 0), table, sizeof(table));
    memcpy(memory(bench, VIRTIO_RTC_REQUESTS, REQUEST), request, size);
    offer(bench, VIRTIO_RTC_REQUESTS);
    memcpy(response, memory(bench, VIRTIO_RTC_REQUESTS, RESPONSE),
           sizeof(*response));
}

FIXTURE(struct bench, bench, teardown)
FIXTURE_BEGIN(bench, setup(bench))

TEST_ON(clocks_start_as_the_board_says, bench)
{
    static const struct virtio_rtc_of_clock request = {
        .head.type = VIRTIO_RTC_REQ_READ_CROSS,
        .clock = UTC,
        .what = VIRTIO_RTC_COUNTER_ARM_VCT,
    };
    struct virtio_rtc_response response;

    clock_advance(&bench->bus.fabric.clock, 5 * second);
    ask(bench, &request, sizeof(request), &response);
    EXPECT_EQ(response.status, VIRTIO_RTC_S_OK);
    EXPECT_EQ(response.time_ns, (START + 5) * second);
    EXPECT_EQ(response.cycles, 5 * second / CLOCK_COUNTER_NS);
    /* The counter begins with the power, the clock goes on without it. */
    bench->bus.fabric.clock.powered_ns = 2 * second;
    ask(bench, &request, sizeof(request), &response);
    EXPECT_EQ(response.time_ns, (START + 5) * second);
    EXPECT_EQ(response.cycles, 3 * second / CLOCK_COUNTER_NS);
}

TEST_ON(an_alarm_is_in_a_snapshot, bench)
{
    static const struct virtio_rtc_set_alarm request = {
        .head.type = VIRTIO_RTC_REQ_SET_ALARM,
        .time_ns = (START + UINT64_C(9)) * 1000000000,
        .clock = UTC,
        .flags = VIRTIO_RTC_FLAG_ALARM_ENABLED,
    };
    static const struct virtio_descriptor event = {
        TEST_RAM + QUEUE_BYTES + RESPONSE, 16, VIRTIO_DESC_WRITE, 0};
    struct virtio_rtc_response response;

    memcpy(memory(bench, VIRTIO_RTC_ALARMS, 0), &event, sizeof(event));
    offer(bench, VIRTIO_RTC_ALARMS);
    ask(bench, &request, sizeof(request), &response);
    EXPECT_EQ(response.status, VIRTIO_RTC_S_OK);
    void *image = malloc(device_image_size(&virtio_mmio_rtc));
    device_image_take(bench->device, image);
    device_reset(bench->device, RESET_POWER_ON);
    clock_advance(&bench->bus.fabric.clock, 3 * second);
    device_image_put(bench->device, image);
    device_restored(bench->device);
    free(image);

    const uint8_t *told = memory(bench, VIRTIO_RTC_ALARMS, RESPONSE);
    clock_advance(&bench->bus.fabric.clock, 9 * second - 1);
    EXPECT_EQ(bench->device->outputs[0].level, 1); /* of the response */
    EXPECT_EQ(told[1], 0);
    clock_advance(&bench->bus.fabric.clock, 9 * second);
    EXPECT_EQ(told[0] | told[1] << 8, VIRTIO_RTC_NOTIF_ALARM);
    EXPECT_EQ(told[8], UTC);
}
