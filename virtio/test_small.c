/* SPDX-License-Identifier: Apache-2.0 */
/* Outsides and requests of small devices, for tests. */
#include <string.h>

#include "virtio/test_kinds.h"

/* ---- Balloon ------------------------------------------------------------- */

static void release(struct virtio *virtio, uint64_t address, uint64_t size)
{
    struct test_balloon *balloon = virtio->outside;

    balloon->releases++;
    balloon->address = address;
    balloon->size = size;
}

void test_balloon_init(union test_outside *outside)
{
    memset(&outside->balloon, 0, sizeof(outside->balloon));
    outside->balloon.balloon =
        (struct virtio_balloon_outside){.pages = 100, .release = release};
}

/* Four pages, of which the last two are neighbours. */
unsigned test_balloon_request(struct test_driver *driver, uint32_t offset,
                              struct test_buffer *buffers)
{
    static const uint32_t numbers[] = {9, 3, 5, 6};

    memcpy(driver->buffers + offset, numbers, sizeof(numbers));
    buffers[0] = (struct test_buffer){offset, 6, false};
    buffers[1] = (struct test_buffer){offset + 6, 10, false};
    return 2;
}

bool test_balloon_answered(const struct test_driver *driver, uint32_t offset,
                           uint32_t written)
{
    const struct test_balloon *balloon = driver->virtio.outside;

    return written == 0 && balloon->address == 5 * VIRTIO_BALLOON_PAGE_SIZE &&
           balloon->size == 2 * VIRTIO_BALLOON_PAGE_SIZE;
}

/* ---- Socket device ------------------------------------------------------- */

static void say(struct virtio *virtio, unsigned line, const void *message,
                size_t size)
{
    struct test_sockets *sockets = virtio->outside;

    sockets->said++;
    sockets->line = line;
    memcpy(&sockets->message, message, sizeof(sockets->message));
    sockets->size = size - sizeof(sockets->message);
    memcpy(sockets->bytes, (const uint8_t *)message + sizeof(sockets->message),
           sockets->size < sizeof(sockets->bytes) ? sockets->size
                                                  : sizeof(sockets->bytes));
}

static void ready(struct virtio *virtio, unsigned line)
{
    ((struct test_sockets *)virtio->outside)->ready[line]++;
}

void test_sockets_init(union test_outside *outside)
{
    memset(&outside->sockets, 0, sizeof(outside->sockets));
    outside->sockets.sockets = (struct virtio_vsock_outside){
        .cid = TEST_CID, .say = say, .ready = ready};
}

/* A packet to which there is no answer. */
unsigned test_sockets_request(struct test_driver *driver, uint32_t offset,
                              struct test_buffer *buffers)
{
    const struct virtio_vsock_hdr header = {
        .src_cid = TEST_CID,
        .dst_cid = VIRTIO_VSOCK_CID_HOST,
        .type = VIRTIO_VSOCK_TYPE_STREAM,
        .op = VIRTIO_VSOCK_OP_RST,
    };

    memcpy(driver->buffers + offset, &header, VIRTIO_VSOCK_HEADER_SIZE);
    buffers[0] = (struct test_buffer){offset, 20, false};
    buffers[1] =
        (struct test_buffer){offset + 20, VIRTIO_VSOCK_HEADER_SIZE - 20, false};
    return 2;
}

bool test_sockets_answered(const struct test_driver *driver, uint32_t offset,
                           uint32_t written)
{
    return written == 0;
}

/* ---- GPIO device --------------------------------------------------------- */

static bool sense(struct virtio *virtio, unsigned line)
{
    return line % 2 != 0;
}

static void drive(struct virtio *virtio, unsigned line, bool high)
{
    ((struct test_gpio *)virtio->outside)->driven[line] = high;
}

void test_gpio_init(union test_outside *outside)
{
    memset(&outside->gpio, 0, sizeof(outside->gpio));
    outside->gpio.gpio = (struct virtio_gpio_outside){
        .lines = VIRTIO_GPIO_LINES,
        .sense = sense,
        .drive = drive,
    };
}

/* The value of a line that is high. */
unsigned test_gpio_request(struct test_driver *driver, uint32_t offset,
                           struct test_buffer *buffers)
{
    const struct virtio_gpio_request request = {
        .type = VIRTIO_GPIO_MSG_GET_VALUE,
        .gpio = 3,
    };

    memcpy(driver->buffers + offset, &request, sizeof(request));
    memset(driver->buffers + offset + 16, 0xee, 2);
    buffers[0] = (struct test_buffer){offset, 6, false};
    buffers[1] = (struct test_buffer){offset + 6, 2, false};
    buffers[2] = (struct test_buffer){offset + 16, 1, true};
    buffers[3] = (struct test_buffer){offset + 17, 1, true};
    return 4;
}

bool test_gpio_answered(const struct test_driver *driver, uint32_t offset,
                        uint32_t written)
{
    return written == 2 &&
           driver->buffers[offset + 16] == VIRTIO_GPIO_STATUS_OK &&
           driver->buffers[offset + 17] == 1;
}

/* ---- I2C adapter --------------------------------------------------------- */

static bool begin(struct virtio *virtio, unsigned address, bool reads)
{
    return address == TEST_I2C_CHIP;
}

static bool put(struct virtio *virtio, uint8_t byte)
{
    ((struct test_i2c *)virtio->outside)->byte = byte;
    return true;
}

static uint8_t get(struct virtio *virtio)
{
    return ((struct test_i2c *)virtio->outside)->byte++;
}

static void end(struct virtio *virtio)
{
}

void test_i2c_init(union test_outside *outside)
{
    memset(&outside->i2c, 0, sizeof(outside->i2c));
    outside->i2c.i2c = (struct virtio_i2c_outside){begin, put, get, end};
}

/* A write of two bytes. */
unsigned test_i2c_request(struct test_driver *driver, uint32_t offset,
                          struct test_buffer *buffers)
{
    const struct virtio_i2c_header header = {.address = TEST_I2C_CHIP << 1};

    memcpy(driver->buffers + offset, &header, sizeof(header));
    memcpy(driver->buffers + offset + 16, "\x12\x34", 2);
    driver->buffers[offset + 32] = 0xee;
    buffers[0] = (struct test_buffer){offset, sizeof(header), false};
    buffers[1] = (struct test_buffer){offset + 16, 2, false};
    buffers[2] = (struct test_buffer){offset + 32, 1, true};
    return 3;
}

bool test_i2c_answered(const struct test_driver *driver, uint32_t offset,
                       uint32_t written)
{
    const struct test_i2c *i2c = driver->virtio.outside;

    return written == 1 && i2c->byte == 0x34 &&
           driver->buffers[offset + 32] == VIRTIO_I2C_MSG_OK;
}

/* ---- RTC device ---------------------------------------------------------- */

enum { TEST_NOW = 1234567 };

static uint64_t rtc_now(struct virtio *virtio)
{
    return ((struct test_rtc *)virtio->outside)->now_ns;
}

static uint64_t rtc_count(struct virtio *virtio, uint64_t now_ns)
{
    return now_ns / 16;
}

static void rtc_wake(struct virtio *virtio, uint64_t when_ns)
{
    ((struct test_rtc *)virtio->outside)->wake_ns = when_ns;
}

void test_rtc_init(union test_outside *outside)
{
    outside->rtc = (struct test_rtc){
        .rtc = {.start_ns = UINT64_C(1700000037000000000),
                .now_ns = rtc_now,
                .count = rtc_count,
                .wake = rtc_wake},
        .now_ns = TEST_NOW,
        .wake_ns = VIRTIO_RTC_NEVER,
    };
}

/* The monotonic clock, with the counter. */
unsigned test_rtc_request(struct test_driver *driver, uint32_t offset,
                          struct test_buffer *buffers)
{
    const struct virtio_rtc_of_clock request = {
        .head.type = VIRTIO_RTC_REQ_READ_CROSS,
        .clock = 3,
        .what = VIRTIO_RTC_COUNTER_ARM_VCT,
    };

    memcpy(driver->buffers + offset, &request, sizeof(request));
    memset(driver->buffers + offset + 16, 0xee, 24);
    buffers[0] = (struct test_buffer){offset, 9, false};
    buffers[1] = (struct test_buffer){offset + 9, 7, false};
    buffers[2] = (struct test_buffer){offset + 16, 10, true};
    buffers[3] = (struct test_buffer){offset + 26, 14, true};
    return 4;
}

bool test_rtc_answered(const struct test_driver *driver, uint32_t offset,
                       uint32_t written)
{
    struct virtio_rtc_response response;

    memcpy(&response, driver->buffers + offset + 16, sizeof(response));
    return written == sizeof(response) && response.status == VIRTIO_RTC_S_OK &&
           response.time_ns == TEST_NOW && response.cycles == TEST_NOW / 16;
}
