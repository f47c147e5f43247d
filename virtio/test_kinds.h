/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kinds of devices as tests and fuzzers drive them: a row for each, and an echo
 * device for the core alone. A new kind takes part in hostile_test and
 * virtio_fuzz by a row of test_kinds.
 */
#ifndef VIRTIO_TEST_KINDS_H
#define VIRTIO_TEST_KINDS_H

#include "virtio/balloon.h"
#include "virtio/blk.h"
#include "virtio/console.h"
#include "virtio/gpio.h"
#include "virtio/i2c.h"
#include "virtio/net.h"
#include "virtio/rng.h"
#include "virtio/rtc.h"
#include "virtio/share.h"
#include "virtio/test_driver.h"
#include "virtio/vsock.h"

/* ---- Echo ---------------------------------------------------------------- */

/* Copies the readable bytes of a request to the writable ones. */
enum { ECHO_QUEUES = 3, ECHO_HELD = 16, ECHO_SMALL = 0, ECHO_LARGE = 1 };

struct echo_config {
    uint32_t fixed;
    uint32_t value; /* which the driver may write */
};

struct echo_state {
    struct virtio_state virtio;
    struct virtio_queue_state queues[ECHO_QUEUES];
    uint32_t value;
    uint32_t reserved;
    struct virtio_chain held[ECHO_HELD];
};

/* The outside of it. */
struct echo {
    bool holds;       /* requests are kept until echo_finish */
    unsigned limit;   /* requests that one call of serve takes; 0: all */
    bool puts_back;   /* the first request of each call of serve is put back */
    unsigned started; /* calls */
    unsigned dropped;
    unsigned served;
};

extern const struct virtio_type echo_device;
/* Completes the request in a place of `held`, if there is one. */
void echo_finish(struct virtio *virtio, unsigned place);

/* ---- Block device -------------------------------------------------------- */

enum { MEDIUM_SIZE = 128 * VIRTIO_BLK_SECTOR };

/* A medium in memory. */
struct test_medium {
    struct virtio_blk_medium medium; /* first: this is the outside */
    uint8_t bytes[MEDIUM_SIZE];
    bool holds; /* requests are kept until test_medium_finish */
    bool fails;
    unsigned flushes;
    unsigned cancelled;
    struct {
        bool busy;
        enum virtio_blk_operation operation;
        uint64_t offset;
        uint64_t size;
    } requests[VIRTIO_BLK_REQUESTS];
};

void test_medium_init(struct test_medium *medium);
void test_medium_finish(struct virtio *virtio, unsigned number);

/* ---- Entropy device ------------------------------------------------------ */

struct test_source {
    struct virtio_rng_source source; /* first: this is the outside */
    bool holds;
    size_t asked[VIRTIO_RNG_REQUESTS]; /* 0: nothing is under way */
};

/* ---- Console ------------------------------------------------------------- */

/* One port, with control messages. */
struct test_console {
    struct virtio_console_outside console; /* first: this is the outside */
    uint8_t bytes[256];                    /* the last that the driver sent */
    size_t size;
};

/* ---- Network device ------------------------------------------------------ */

struct test_link {
    struct virtio_net_link link; /* first: this is the outside */
    uint8_t sent[128];           /* the last message, as far as it fits */
    size_t size;
};

/* ---- File protocols ------------------------------------------------------ */

/* Sends the first bytes of a request back. */
struct test_server {
    struct virtio_share_server server; /* first: this is the outside */
    bool holds;                        /* until test_server_finish */
    bool fails;
    struct {
        bool busy;
        size_t size;
        size_t room;
    } requests[VIRTIO_SHARE_REQUESTS];
};

/* ---- Balloon ------------------------------------------------------------- */

struct test_balloon {
    struct virtio_balloon_outside balloon; /* first: this is the outside */
    unsigned releases;
    uint64_t address; /* of the last */
    uint64_t size;
};

/* ---- Socket device ------------------------------------------------------- */

struct test_sockets {
    struct virtio_vsock_outside sockets; /* first: this is the outside */
    unsigned said;
    unsigned line; /* of the last message */
    struct vsock_message message;
    uint8_t bytes[64]; /* behind it, as far as they fit */
    size_t size;
    unsigned ready[VSOCK_LINES]; /* calls */
};

enum { TEST_CID = 5 };

/* ---- GPIO device --------------------------------------------------------- */

struct test_gpio {
    struct virtio_gpio_outside gpio; /* first: this is the outside */
    bool driven[VIRTIO_GPIO_LINES];
};

/* ---- I2C adapter --------------------------------------------------------- */

/* A chip at TEST_I2C_CHIP, which remembers a byte. */
enum { TEST_I2C_CHIP = 0x50 };

struct test_i2c {
    struct virtio_i2c_outside i2c; /* first: this is the outside */
    uint8_t byte;
};

/* ---- RTC device ---------------------------------------------------------- */

struct test_rtc {
    struct virtio_rtc_outside rtc; /* first: this is the outside */
    uint64_t now_ns;
    uint64_t wake_ns; /* that the device wants */
};

union test_outside;
void test_balloon_init(union test_outside *outside);
unsigned test_balloon_request(struct test_driver *driver, uint32_t offset,
                              struct test_buffer *buffers);
bool test_balloon_answered(const struct test_driver *driver, uint32_t offset,
                           uint32_t written);
void test_sockets_init(union test_outside *outside);
unsigned test_sockets_request(struct test_driver *driver, uint32_t offset,
                              struct test_buffer *buffers);
bool test_sockets_answered(const struct test_driver *driver, uint32_t offset,
                           uint32_t written);
void test_gpio_init(union test_outside *outside);
unsigned test_gpio_request(struct test_driver *driver, uint32_t offset,
                           struct test_buffer *buffers);
bool test_gpio_answered(const struct test_driver *driver, uint32_t offset,
                        uint32_t written);
void test_i2c_init(union test_outside *outside);
unsigned test_i2c_request(struct test_driver *driver, uint32_t offset,
                          struct test_buffer *buffers);
bool test_i2c_answered(const struct test_driver *driver, uint32_t offset,
                       uint32_t written);
void test_rtc_init(union test_outside *outside);
unsigned test_rtc_request(struct test_driver *driver, uint32_t offset,
                          struct test_buffer *buffers);
bool test_rtc_answered(const struct test_driver *driver, uint32_t offset,
                       uint32_t written);
void test_server_init(union test_outside *outside);
void test_server_hold(union test_outside *outside);
void test_server_finish(struct virtio *virtio);
unsigned test_server_request(struct test_driver *driver, uint32_t offset,
                             struct test_buffer *buffers);
bool test_server_answered(const struct test_driver *driver, uint32_t offset,
                          uint32_t written);

/* ---- All kinds ----------------------------------------------------------- */

union test_outside {
    struct echo echo;
    struct test_medium medium;
    struct test_source source;
    struct test_console console;
    struct test_link link;
    struct test_server server;
    struct test_balloon balloon;
    struct test_sockets sockets;
    struct test_gpio gpio;
    struct test_i2c i2c;
    struct test_rtc rtc;
};

struct test_kind {
    const struct virtio_type *type;
    unsigned queues; /* of the device, as it is connected here; all of them are
                        enabled, up to TEST_QUEUES */
    unsigned queue;  /* for good requests */
    bool writes;     /* the last of their buffers is to be written */
    void (*init)(union test_outside *outside);
    /* Writes a good request of one or more buffers into memory at an offset of
     * `buffers`: how many buffers it has (at most 4). */
    unsigned (*request)(struct test_driver *driver, uint32_t offset,
                        struct test_buffer *buffers);
    /* The answer to it is good. */
    bool (*answered)(const struct test_driver *driver, uint32_t offset,
                     uint32_t written);
    /* Requests stay under way from now on, until finish. NULL, both: they are
     * answered at once. */
    void (*hold)(union test_outside *outside);
    void (*finish)(struct virtio *virtio);
};

extern const struct test_kind test_kinds[];
extern const unsigned test_kind_count;

/* A device of that kind and its outside, without a driver. */
void test_kind_init(struct test_driver *driver, const struct test_kind *kind,
                    union test_outside *outside);
/* The number of its queues that are enabled. */
unsigned test_kind_queues(const struct test_kind *kind);
/* Sends a good request through a queue and waits for the answer. */
bool test_works(struct test_driver *driver, const struct test_kind *kind,
                unsigned queue);
void test_finish(struct test_driver *driver, const struct test_kind *kind);

#endif
