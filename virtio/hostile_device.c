/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile cases at the calls of a transport (virtio 1.2, 2.1 to 2.6, 3.1), and
 * in the requests of kinds of devices (5). */
#include <string.h>

#include "virtio/hostile.h"

enum { SMALL = 4 * VIRTIO_BLK_SECTOR, DATA = 0x10000 };

/* ---- Status and features ------------------------------------------------- */

static void clear_status(struct hostile *hostile)
{
    virtio_set_status(hostile_virtio(hostile), VIRTIO_ACKNOWLEDGE);
}

/* From the start, with the features that were accepted before. */
static void start_again(struct hostile *hostile, uint64_t features,
                        uint32_t status)
{
    virtio_set_status(hostile_virtio(hostile), 0);
    virtio_accept(hostile_virtio(hostile), features);
    virtio_set_status(hostile_virtio(hostile), status);
}

static void skip_features_ok(struct hostile *hostile)
{
    start_again(hostile, VIRTIO_FEATURE(VIRTIO_F_VERSION_1),
                VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_DRIVER_OK);
}

static void go_on_after_failed(struct hostile *hostile)
{
    start_again(hostile, VIRTIO_FEATURE(VIRTIO_F_VERSION_1),
                VIRTIO_ACKNOWLEDGE | VIRTIO_FAILED);
    virtio_set_status(hostile_virtio(hostile),
                      VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_FAILED);
}

static void accept_late(struct hostile *hostile)
{
    virtio_accept(hostile_virtio(hostile), VIRTIO_FEATURE(VIRTIO_F_VERSION_1));
}

static void accept_unknown(struct hostile *hostile)
{
    start_again(hostile,
                VIRTIO_FEATURE(VIRTIO_F_VERSION_1) | VIRTIO_FEATURE(49),
                VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_FEATURES_OK);
}

static void accept_alone(struct hostile *hostile)
{
    start_again(hostile,
                VIRTIO_FEATURE(VIRTIO_F_VERSION_1) | VIRTIO_FEATURE(ECHO_LARGE),
                VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_FEATURES_OK);
}

static void accept_tso_alone(struct hostile *hostile)
{
    start_again(hostile,
                VIRTIO_FEATURE(VIRTIO_F_VERSION_1) |
                    VIRTIO_FEATURE(VIRTIO_NET_F_HOST_TSO4),
                VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_FEATURES_OK);
}

static void accept_legacy(struct hostile *hostile)
{
    start_again(hostile, 0,
                VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_FEATURES_OK);
}

static void write_config(struct hostile *hostile)
{
    const uint32_t value = 1;

    virtio_write_config(hostile_virtio(hostile), 0, &value, sizeof(value));
}

static void read_config_outside(struct hostile *hostile)
{
    uint8_t bytes[64];

    virtio_read_config(hostile_virtio(hostile), 0xffffff00, bytes,
                       sizeof(bytes));
    hostile_request(hostile);
}

/* ---- Queues -------------------------------------------------------------- */

static void absent_queue(struct hostile *hostile)
{
    const unsigned absent = hostile->kind->type->queues;

    hostile->queue = absent;
    virtio_queue_set(hostile_virtio(hostile), absent, VIRTIO_QUEUE_SIZE, 8);
    virtio_queue_enable(hostile_virtio(hostile), absent);
    virtio_queue_stop(hostile_virtio(hostile), UINT32_MAX);
    virtio_queue_reset(hostile_virtio(hostile), absent);
}

static void change_enabled(struct hostile *hostile)
{
    virtio_queue_set(hostile_virtio(hostile), hostile->kind->queue,
                     VIRTIO_QUEUE_DEVICE, 0);
}

static void enable_early(struct hostile *hostile)
{
    virtio_set_status(hostile_virtio(hostile), 0);
    test_queue_enable(&hostile->driver, hostile->kind->queue, HOSTILE_SIZE);
}

static void reset_without_feature(struct hostile *hostile)
{
    virtio_queue_reset(hostile_virtio(hostile), hostile->kind->queue);
}

static void kick_early(struct hostile *hostile)
{
    virtio_set_status(hostile_virtio(hostile), 0);
    test_driver_negotiate(&hostile->driver, 0);
    test_queue_enable(&hostile->driver, hostile->kind->queue, HOSTILE_SIZE);
    virtio_kick(hostile_virtio(hostile), hostile->kind->queue);
}

static void kick_absent(struct hostile *hostile)
{
    hostile->queue = 0xffff;
    virtio_kick(hostile_virtio(hostile), 0x1234ffff);
}

static void kick_stopped(struct hostile *hostile)
{
    virtio_queue_stop(hostile_virtio(hostile), hostile->kind->queue);
    virtio_kick(hostile_virtio(hostile), hostile->kind->queue);
}

/* 2.9: the rest of a notification is a hint. */
static void kick_wrong(struct hostile *hostile)
{
    test_add(&hostile->driver, hostile->kind->queue, hostile->buffers,
             hostile->count);
    virtio_kick(hostile_virtio(hostile), 0xabcd0000 | hostile->kind->queue);
    virtio_kick(hostile_virtio(hostile), hostile->kind->queue);
}

/* The queue, stopped, with a field of the driver's choice, and a kick. */
static void enable_with(struct hostile *hostile, enum virtio_queue_field field,
                        uint64_t value)
{
    virtio_queue_stop(hostile_virtio(hostile), hostile->kind->queue);
    virtio_queue_set(hostile_virtio(hostile), hostile->kind->queue, field,
                     value);
    virtio_queue_enable(hostile_virtio(hostile), hostile->kind->queue);
    if (virtio_queue(hostile_virtio(hostile), hostile->kind->queue)->ready !=
        0) {
        virtio_kick(hostile_virtio(hostile), hostile->kind->queue);
    }
}

static void size_0(struct hostile *hostile)
{
    enable_with(hostile, VIRTIO_QUEUE_SIZE, 0);
}

static void size_odd(struct hostile *hostile)
{
    enable_with(hostile, VIRTIO_QUEUE_SIZE, 7);
}

static void size_large(struct hostile *hostile)
{
    enable_with(hostile, VIRTIO_QUEUE_SIZE, VIRTIO_QUEUE_SIZE_MAX * 2);
}

static void descriptors_odd(struct hostile *hostile)
{
    enable_with(hostile, VIRTIO_QUEUE_DESCRIPTORS, TEST_RINGS + 8);
}

static void driver_odd(struct hostile *hostile)
{
    enable_with(hostile, VIRTIO_QUEUE_DRIVER, TEST_RINGS + 2049);
}

static void device_odd(struct hostile *hostile)
{
    enable_with(hostile, VIRTIO_QUEUE_DEVICE, TEST_RINGS + 2562);
}

static void descriptors_absent(struct hostile *hostile)
{
    enable_with(hostile, VIRTIO_QUEUE_DESCRIPTORS,
                TEST_RINGS + TEST_RINGS_SIZE - 16);
}

static void driver_absent(struct hostile *hostile)
{
    enable_with(hostile, VIRTIO_QUEUE_DRIVER, 0x1000);
}

/* The used ring, or where the device asks for notifications. */
static void device_absent(struct hostile *hostile)
{
    virtio_queue_stop(hostile_virtio(hostile), hostile->kind->queue);
    test_queue_enable(&hostile->driver, hostile->kind->queue, HOSTILE_SIZE);
    virtio_queue_stop(hostile_virtio(hostile), hostile->kind->queue);
    virtio_queue_set(hostile_virtio(hostile), hostile->kind->queue,
                     VIRTIO_QUEUE_DEVICE, 0);
    virtio_queue_enable(hostile_virtio(hostile), hostile->kind->queue);
    hostile_request(hostile);
}

/* ---- Block device (5.2.6) ------------------------------------------------ */

static void request_blk(struct hostile *hostile,
                        struct virtio_blk_header header, uint32_t size,
                        bool writable)
{
    struct test_driver *driver = &hostile->driver;
    const struct test_buffer buffers[] = {
        {HOSTILE_REQUEST, sizeof(header), false   },
        {DATA,            size,           writable},
        {HOSTILE_STATUS,  1,              true    },
    };

    memcpy(driver->buffers + HOSTILE_REQUEST, &header, sizeof(header));
    test_add(driver, hostile->kind->queue, buffers, 3);
    virtio_kick(&driver->virtio, hostile->kind->queue);
}

static void blk_short_header(struct hostile *hostile)
{
    const struct test_buffer buffers[] = {
        {HOSTILE_REQUEST, 15, false},
        {HOSTILE_STATUS,  1,  true },
    };

    test_add(&hostile->driver, hostile->kind->queue, buffers, 2);
    virtio_kick(hostile_virtio(hostile), hostile->kind->queue);
}

static void blk_no_status(struct hostile *hostile)
{
    const struct test_buffer buffer = {HOSTILE_REQUEST, 16, false};

    test_add(&hostile->driver, hostile->kind->queue, &buffer, 1);
    virtio_kick(hostile_virtio(hostile), hostile->kind->queue);
}

#define BLK(type, sector)                                                      \
    (struct virtio_blk_header)                                                 \
    {                                                                          \
        VIRTIO_BLK_T_##type, 0, sector                                         \
    }

static void blk_read_beyond(struct hostile *hostile)
{
    request_blk(hostile, BLK(IN, MEDIUM_SIZE / VIRTIO_BLK_SECTOR - 3), SMALL,
                true);
}

static void blk_read_far(struct hostile *hostile)
{
    request_blk(hostile, BLK(IN, UINT64_MAX / VIRTIO_BLK_SECTOR + 1), SMALL,
                true);
}

static void blk_write_beyond(struct hostile *hostile)
{
    request_blk(hostile, BLK(OUT, UINT64_MAX), SMALL, false);
}

static void blk_odd_size(struct hostile *hostile)
{
    request_blk(hostile, BLK(IN, 0), 513, true);
}

static void blk_write_read_only(struct hostile *hostile)
{
    hostile->outside.medium.medium.read_only = true;
    request_blk(hostile, BLK(OUT, 0), SMALL, false);
}

static void blk_unknown(struct hostile *hostile)
{
    request_blk(hostile, (struct virtio_blk_header){0xffffffff, 0, 0}, SMALL,
                true);
}

static void range(struct hostile *hostile, struct virtio_blk_header header,
                  struct virtio_blk_range of, uint32_t size)
{
    memcpy(hostile->driver.buffers + DATA, &of, sizeof(of));
    request_blk(hostile, header, size, false);
}

static void blk_discard_unmap(struct hostile *hostile)
{
    range(hostile, BLK(DISCARD, 0),
          (struct virtio_blk_range){0, 8, VIRTIO_BLK_UNMAP}, 16);
}

static void blk_zeroes_flags(struct hostile *hostile)
{
    range(hostile, BLK(WRITE_ZEROES, 0), (struct virtio_blk_range){0, 8, 2},
          16);
}

static void blk_discard_beyond(struct hostile *hostile)
{
    range(hostile, BLK(DISCARD, 0),
          (struct virtio_blk_range){UINT64_MAX, UINT32_MAX, 0}, 16);
}

static void blk_discard_odd(struct hostile *hostile)
{
    range(hostile, BLK(DISCARD, 0), (struct virtio_blk_range){0, 8, 0}, 17);
}

static void blk_discard_many(struct hostile *hostile)
{
    range(hostile, BLK(DISCARD, 0), (struct virtio_blk_range){0, 8, 0}, 32);
}

static void blk_discard_not_accepted(struct hostile *hostile)
{
    range(hostile, BLK(DISCARD, 0), (struct virtio_blk_range){0, 8, 0}, 16);
}

/* ---- Entropy device (5.4.6.1) -------------------------------------------- */

static void rng_readable(struct hostile *hostile)
{
    const struct test_buffer buffers[] = {
        {HOSTILE_REQUEST, 16, false},
        {HOSTILE_STATUS,  16, true },
    };

    test_add(&hostile->driver, hostile->kind->queue, buffers, 2);
    virtio_kick(hostile_virtio(hostile), hostile->kind->queue);
}

/* ---- Console (5.3.6) ----------------------------------------------------- */

static void console_writable(struct hostile *hostile)
{
    hostile->buffers[1].writable = true;
    hostile_request(hostile);
}

static void console_long(struct hostile *hostile)
{
    struct test_buffer buffers[5];

    for (unsigned i = 0; i < 5; i++) {
        buffers[i] = (struct test_buffer){0, TEST_DATA_SIZE, false};
    }
    test_add(&hostile->driver, hostile->kind->queue, buffers, 5);
    virtio_kick(hostile_virtio(hostile), hostile->kind->queue);
}

static void send_control(struct hostile *hostile,
                         struct virtio_console_control control, uint32_t size)
{
    const struct test_buffer buffer = {HOSTILE_STATUS, size, false};

    hostile->queue = VIRTIO_CONSOLE_CONTROL_TRANSMIT;
    memcpy(hostile->driver.buffers + HOSTILE_STATUS, &control, sizeof(control));
    test_add(&hostile->driver, VIRTIO_CONSOLE_CONTROL_TRANSMIT, &buffer, 1);
    virtio_kick(hostile_virtio(hostile), VIRTIO_CONSOLE_CONTROL_TRANSMIT);
}

static void console_control_short(struct hostile *hostile)
{
    send_control(hostile, (struct virtio_console_control){0}, 7);
}

static void console_control_port(struct hostile *hostile)
{
    send_control(hostile,
                 (struct virtio_console_control){UINT32_MAX,
                                                 VIRTIO_CONSOLE_PORT_READY, 1},
                 8);
}

static void console_control_event(struct hostile *hostile)
{
    send_control(hostile, (struct virtio_console_control){0, 0xffff, 1}, 8);
}

static void console_port_queue(struct hostile *hostile)
{
    hostile->queue = VIRTIO_CONSOLE_CONTROL_RECEIVE;
    virtio_kick(hostile_virtio(hostile), hostile->queue);
}

/* ---- GPIO device (5.18) -------------------------------------------------- */

/* A request, whose response begins at HOSTILE_STATUS. */
static void send_gpio(struct hostile *hostile, unsigned type, unsigned line,
                      uint32_t value)
{
    const struct virtio_gpio_request request = {(uint16_t)type, (uint16_t)line,
                                                value};
    const struct test_buffer buffers[] = {
        {DATA,           sizeof(request), false},
        {HOSTILE_STATUS, 2,               true },
    };

    memcpy(hostile->driver.buffers + DATA, &request, sizeof(request));
    test_add(&hostile->driver, VIRTIO_GPIO_REQUESTS, buffers, 2);
    virtio_kick(hostile_virtio(hostile), VIRTIO_GPIO_REQUESTS);
}

static void gpio_short(struct hostile *hostile)
{
    hostile->buffers[1].length = 1;
    hostile_request(hostile);
}

static void gpio_no_response(struct hostile *hostile)
{
    hostile->count = 3;
    hostile_request(hostile);
}

static void gpio_line(struct hostile *hostile)
{
    send_gpio(hostile, VIRTIO_GPIO_MSG_SET_VALUE, VIRTIO_GPIO_LINES, 1);
}

static void gpio_message(struct hostile *hostile)
{
    send_gpio(hostile, 0xffff, 0, 0);
}

static void gpio_irq_type(struct hostile *hostile)
{
    send_gpio(hostile, VIRTIO_GPIO_MSG_SET_IRQ_TYPE, 0,
              VIRTIO_GPIO_IRQ_TYPE_LEVEL_LOW);
}

/* The first answer is taken, so that the second one is judged. */
static void gpio_irq_of_output(struct hostile *hostile)
{
    unsigned id;
    uint32_t written;

    send_gpio(hostile, VIRTIO_GPIO_MSG_SET_DIRECTION, 0,
              VIRTIO_GPIO_DIRECTION_OUT);
    test_used(&hostile->driver, VIRTIO_GPIO_REQUESTS, &id, &written);
    gpio_irq_type(hostile);
}

static void send_gpio_event(struct hostile *hostile, uint16_t line,
                            uint32_t size)
{
    const struct test_buffer buffers[] = {
        {DATA,           size, false},
        {HOSTILE_STATUS, 1,    true },
    };

    hostile->queue = VIRTIO_GPIO_EVENTS;
    memcpy(hostile->driver.buffers + DATA, &line, sizeof(line));
    test_add(&hostile->driver, VIRTIO_GPIO_EVENTS, buffers, 2);
    virtio_kick(hostile_virtio(hostile), VIRTIO_GPIO_EVENTS);
}

static void gpio_event_short(struct hostile *hostile)
{
    send_gpio_event(hostile, 0, 1);
}

static void gpio_event_line(struct hostile *hostile)
{
    send_gpio_event(hostile, VIRTIO_GPIO_LINES, 2);
}

static void gpio_event_twice(struct hostile *hostile)
{
    send_gpio(hostile, VIRTIO_GPIO_MSG_SET_IRQ_TYPE, 0,
              VIRTIO_GPIO_IRQ_TYPE_EDGE_RISING);
    send_gpio_event(hostile, 0, 2);
    send_gpio_event(hostile, 0, 2);
}

/* ---- I2C adapter (5.16) -------------------------------------------------- */

/* A request with one byte, whose status is at HOSTILE_STATUS. */
static void send_i2c(struct hostile *hostile, unsigned address, uint32_t flags,
                     bool writable)
{
    const struct virtio_i2c_header header = {
        .address = (uint16_t)address,
        .flags = flags,
    };
    const struct test_buffer buffers[] = {
        {DATA,           sizeof(header), false   },
        {DATA + 32,      1,              writable},
        {HOSTILE_STATUS, 1,              true    },
    };

    memcpy(hostile->driver.buffers + DATA, &header, sizeof(header));
    test_add(&hostile->driver, 0, buffers, 3);
    virtio_kick(hostile_virtio(hostile), 0);
}

static void i2c_short(struct hostile *hostile)
{
    hostile->buffers[0].length = 5;
    hostile_request(hostile);
}

static void i2c_no_status(struct hostile *hostile)
{
    hostile->count = 2;
    hostile_request(hostile);
}

static void i2c_flags(struct hostile *hostile)
{
    send_i2c(hostile, TEST_I2C_CHIP << 1, 1u << 31, false);
}

static void i2c_read_of_written(struct hostile *hostile)
{
    send_i2c(hostile, TEST_I2C_CHIP << 1, VIRTIO_I2C_FLAGS_M_RD, false);
}

static void i2c_write_of_read(struct hostile *hostile)
{
    send_i2c(hostile, TEST_I2C_CHIP << 1, 0, true);
}

static void i2c_address(struct hostile *hostile)
{
    send_i2c(hostile, TEST_I2C_CHIP << 1 | 1, 0, false);
}

#define NO_PORTS     VIRTIO_FEATURE(VIRTIO_CONSOLE_F_MULTIPORT)
#define NO_RESET     VIRTIO_FEATURE(VIRTIO_F_RING_RESET)
#define NO_DISCARD   VIRTIO_FEATURE(VIRTIO_BLK_F_DISCARD)
#define FAULT(name)  VIRTIO_FAULT_##name, 0
#define NONE         VIRTIO_FAULTS, 0
#define STATUS(name) VIRTIO_FAULTS, VIRTIO_BLK_S_##name
#define ANSWER(byte) VIRTIO_FAULTS, byte
#define NO_IRQ       VIRTIO_FEATURE(VIRTIO_GPIO_F_IRQ)

const struct hostile_case hostile_device_cases[] = {
#include "virtio/hostile_device.def"
};
const unsigned hostile_device_case_count =
    sizeof(hostile_device_cases) / sizeof(hostile_device_cases[0]);
