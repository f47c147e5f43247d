/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of devices as tests and fuzzers drive them. */
#include "virtio/test_kinds.h"

#include <string.h>

/* ---- Echo ---------------------------------------------------------------- */

static struct echo_state *echo_of(const struct virtio *virtio)
{
    return (struct echo_state *)virtio->state;
}

static uint64_t echo_features(const struct virtio *virtio)
{
    return VIRTIO_FEATURE(ECHO_SMALL) | VIRTIO_FEATURE(ECHO_LARGE);
}

static void echo_config(const struct virtio *virtio, void *bytes)
{
    const struct echo_config config = {0x0ec40001, echo_of(virtio)->value};

    memcpy(bytes, &config, sizeof(config));
}

static void echo_configure(struct virtio *virtio, uint32_t offset,
                           const void *bytes, uint32_t size)
{
    if (offset != offsetof(struct echo_config, value) || size != 4) {
        virtio_fault(virtio, VIRTIO_FAULT_CONFIG_READ_ONLY, 0, offset);
        return;
    }
    memcpy(&echo_of(virtio)->value, bytes, 4);
}

static void answer(struct virtio *virtio, struct virtio_chain *chain)
{
    const uint64_t size = chain->readable_bytes < chain->writable_bytes
                              ? chain->readable_bytes
                              : chain->writable_bytes;
    uint8_t bytes[256];
    uint64_t done = 0;

    while (done < size) {
        const uint64_t piece =
            size - done < sizeof(bytes) ? size - done : sizeof(bytes);

        if (!virtio_read(virtio, chain, done, bytes, piece) ||
            !virtio_write(virtio, chain, done, bytes, piece)) {
            break;
        }
        done += piece;
    }
    virtio_complete(virtio, chain, done);
}

void echo_finish(struct virtio *virtio, unsigned place)
{
    struct virtio_chain *chain = &echo_of(virtio)->held[place];

    if (chain->taken != 0) {
        answer(virtio, chain);
    }
}

static void echo_serve(struct virtio *virtio, unsigned queue)
{
    struct echo *echo = virtio->outside;
    bool put_back = false;

    echo->served++;
    for (unsigned i = 0; echo->limit == 0 || i < echo->limit; i++) {
        struct virtio_chain own;
        struct virtio_chain *chain = &own;

        if (echo->holds) {
            unsigned place = 0;

            while (place < ECHO_HELD && echo_of(virtio)->held[place].taken) {
                place++;
            }
            if (place == ECHO_HELD) {
                return;
            }
            chain = &echo_of(virtio)->held[place];
        }
        if (!virtio_take(virtio, queue, chain)) {
            return;
        }
        if (echo->puts_back && !put_back) {
            put_back = true;
            virtio_put_back(virtio, chain);
        } else if (!echo->holds) {
            answer(virtio, chain);
        }
    }
}

static void echo_started(struct virtio *virtio)
{
    ((struct echo *)virtio->outside)->started++;
}

static void echo_drop(struct virtio *virtio, unsigned queue)
{
    for (unsigned i = 0; i < ECHO_HELD; i++) {
        struct virtio_chain *chain = &echo_of(virtio)->held[i];

        if (chain->taken != 0 && chain->queue == queue) {
            chain->taken = 0;
            ((struct echo *)virtio->outside)->dropped++;
        }
    }
}

static bool echo_possible(const struct virtio *virtio)
{
    for (unsigned i = 0; i < ECHO_HELD; i++) {
        if (!virtio_chain_is_possible(virtio, &echo_of(virtio)->held[i])) {
            return false;
        }
    }
    return true;
}

static const struct virtio_requirement echo_requirements[] = {
    {ECHO_LARGE, ECHO_SMALL},
};

const struct virtio_type echo_device = {
    .name = "echo",
    .title = "echo device",
    .id = 63,
    .queues = ECHO_QUEUES,
    .state_size = sizeof(struct echo_state),
    .config_size = sizeof(struct echo_config),
    .in_order = true,
    .features = echo_features,
    .requirements = echo_requirements,
    .requirement_count = 1,
    .config = echo_config,
    .configure = echo_configure,
    .serve = echo_serve,
    .started = echo_started,
    .drop = echo_drop,
    .possible = echo_possible,
};

enum { ECHO_BYTES = 300 };

static void echo_init(union test_outside *outside)
{
    memset(&outside->echo, 0, sizeof(outside->echo));
}

static unsigned echo_request(struct test_driver *driver, uint32_t offset,
                             struct test_buffer *buffers)
{
    for (unsigned i = 0; i < ECHO_BYTES; i++) {
        driver->buffers[offset + i] = (uint8_t)(i * 7 + offset);
        driver->buffers[offset + 1024 + i] = 0;
    }
    buffers[0] = (struct test_buffer){offset, 100, false};
    buffers[1] = (struct test_buffer){offset + 100, ECHO_BYTES - 100, false};
    buffers[2] = (struct test_buffer){offset + 1024, ECHO_BYTES - 1, true};
    buffers[3] = (struct test_buffer){offset + 1024 + ECHO_BYTES - 1, 1, true};
    return 4;
}

static bool echo_answered(const struct test_driver *driver, uint32_t offset,
                          uint32_t written)
{
    return written == ECHO_BYTES &&
           memcmp(driver->buffers + offset, driver->buffers + offset + 1024,
                  ECHO_BYTES) == 0;
}

static void echo_hold(union test_outside *outside)
{
    outside->echo.holds = true;
}

static void echo_finish_all(struct virtio *virtio)
{
    for (unsigned i = 0; i < ECHO_HELD; i++) {
        echo_finish(virtio, i);
    }
}

/* ---- Block device -------------------------------------------------------- */

static void perform(struct virtio *virtio, unsigned number)
{
    struct test_medium *medium = virtio->outside;
    const uint64_t offset = medium->requests[number].offset;
    const uint64_t size = medium->requests[number].size;
    const bool gives =
        medium->requests[number].operation == VIRTIO_BLK_READ && !medium->fails;

    switch (medium->requests[number].operation) {
    case VIRTIO_BLK_FLUSH:
        medium->flushes++;
        break;
    case VIRTIO_BLK_DISCARD:
    case VIRTIO_BLK_ZERO:
    case VIRTIO_BLK_UNMAP_ZERO:
        memset(medium->bytes + offset, 0, size);
        break;
    default:
        break;
    }
    medium->requests[number].busy = false;
    virtio_blk_done(virtio, number, !medium->fails,
                    gives ? medium->bytes + offset : NULL, gives ? size : 0);
}

static void submit(struct virtio *virtio, unsigned number,
                   enum virtio_blk_operation operation, uint64_t offset,
                   uint64_t size)
{
    struct test_medium *medium = virtio->outside;

    if (operation == VIRTIO_BLK_WRITE && !medium->fails &&
        !virtio_blk_gather(virtio, number, medium->bytes + offset, size)) {
        virtio_blk_done(virtio, number, false, NULL, 0);
        return;
    }
    medium->requests[number].busy = true;
    medium->requests[number].operation = operation;
    medium->requests[number].offset = offset;
    medium->requests[number].size = size;
    if (!medium->holds) {
        perform(virtio, number);
    }
}

static void cancel(struct virtio *virtio, unsigned number)
{
    struct test_medium *medium = virtio->outside;

    medium->cancelled += medium->requests[number].busy;
    medium->requests[number].busy = false;
}

void test_medium_init(struct test_medium *medium)
{
    memset(medium, 0, sizeof(*medium));
    medium->medium = (struct virtio_blk_medium){
        .size_bytes = MEDIUM_SIZE,
        .discards = true,
        .physical_block_exp = 3,
        .serial = "cairn-test",
        .submit = submit,
        .cancel = cancel,
    };
}

void test_medium_finish(struct virtio *virtio, unsigned number)
{
    if (((struct test_medium *)virtio->outside)->requests[number].busy) {
        perform(virtio, number);
    }
}

static void blk_init(union test_outside *outside)
{
    test_medium_init(&outside->medium);
    for (unsigned i = 0; i < MEDIUM_SIZE; i++) {
        outside->medium.bytes[i] = (uint8_t)(i ^ i >> 8);
    }
}

enum { BLK_SECTOR = 3, BLK_DATA = 1024, BLK_STATUS = 2048 };

static unsigned blk_request(struct test_driver *driver, uint32_t offset,
                            struct test_buffer *buffers)
{
    const struct virtio_blk_header header = {
        .type = VIRTIO_BLK_T_IN,
        .sector = BLK_SECTOR,
    };

    memcpy(driver->buffers + offset, &header, sizeof(header));
    memset(driver->buffers + offset + BLK_DATA, 0, 1024);
    driver->buffers[offset + BLK_STATUS] = 0xff;
    buffers[0] = (struct test_buffer){offset, sizeof(header), false};
    buffers[1] = (struct test_buffer){offset + BLK_DATA, 1024, true};
    buffers[2] = (struct test_buffer){offset + BLK_STATUS, 1, true};
    return 3;
}

static bool blk_answered(const struct test_driver *driver, uint32_t offset,
                         uint32_t written)
{
    const struct test_medium *medium = driver->virtio.outside;

    return written == 1025 &&
           driver->buffers[offset + BLK_STATUS] == VIRTIO_BLK_S_OK &&
           memcmp(driver->buffers + offset + BLK_DATA,
                  medium->bytes + BLK_SECTOR * VIRTIO_BLK_SECTOR, 1024) == 0;
}

static void blk_hold(union test_outside *outside)
{
    outside->medium.holds = true;
}

static void blk_finish_all(struct virtio *virtio)
{
    for (unsigned i = 0; i < VIRTIO_BLK_REQUESTS; i++) {
        test_medium_finish(virtio, i);
    }
}

/* ---- Entropy device ------------------------------------------------------ */

static void give(struct virtio *virtio, unsigned number)
{
    struct test_source *source = virtio->outside;
    const size_t size = source->asked[number];
    uint8_t bytes[VIRTIO_RNG_BYTES_MAX];

    source->asked[number] = 0;
    memset(bytes, 0x5a, sizeof(bytes));
    if (size != 0) {
        virtio_rng_done(virtio, number, bytes, size);
    }
}

static void ask(struct virtio *virtio, unsigned number, size_t size)
{
    struct test_source *source = virtio->outside;

    source->asked[number] = size;
    if (!source->holds) {
        give(virtio, number);
    }
}

static void ask_no_more(struct virtio *virtio, unsigned number)
{
    ((struct test_source *)virtio->outside)->asked[number] = 0;
}

static void rng_init(union test_outside *outside)
{
    memset(&outside->source, 0, sizeof(outside->source));
    outside->source.source.ask = ask;
    outside->source.source.cancel = ask_no_more;
}

static unsigned rng_request(struct test_driver *driver, uint32_t offset,
                            struct test_buffer *buffers)
{
    memset(driver->buffers + offset, 0, 96);
    buffers[0] = (struct test_buffer){offset, 64, true};
    buffers[1] = (struct test_buffer){offset + 64, 32, true};
    return 2;
}

static bool rng_answered(const struct test_driver *driver, uint32_t offset,
                         uint32_t written)
{
    return written == 96 && driver->buffers[offset] == 0x5a &&
           driver->buffers[offset + 95] == 0x5a;
}

static void rng_hold(union test_outside *outside)
{
    outside->source.holds = true;
}

static void rng_finish_all(struct virtio *virtio)
{
    for (unsigned i = 0; i < VIRTIO_RNG_REQUESTS; i++) {
        give(virtio, i);
    }
}

/* ---- Console ------------------------------------------------------------- */

static void put(struct virtio *virtio, unsigned port, const void *bytes,
                size_t size)
{
    struct test_console *console = virtio->outside;

    for (size_t i = 0; i < size; i++) {
        console->bytes[console->size % sizeof(console->bytes)] =
            ((const uint8_t *)bytes)[i];
        console->size++;
    }
}

static void console_init(union test_outside *outside)
{
    memset(&outside->console, 0, sizeof(outside->console));
    outside->console.console = (struct virtio_console_outside){
        .ports = 1,
        .port = {{.name = "port", .console = true, .columns = 80, .rows = 25}},
        .put = put,
    };
}

static unsigned console_request(struct test_driver *driver, uint32_t offset,
                                struct test_buffer *buffers)
{
    struct test_console *console = driver->virtio.outside;

    console->size = 0;
    for (unsigned i = 0; i < 96; i++) {
        driver->buffers[offset + i] = (uint8_t)(offset + i);
    }
    buffers[0] = (struct test_buffer){offset, 64, false};
    buffers[1] = (struct test_buffer){offset + 64, 32, false};
    return 2;
}

static bool console_answered(const struct test_driver *driver, uint32_t offset,
                             uint32_t written)
{
    const struct test_console *console = driver->virtio.outside;

    return written == 0 && console->size == 96 &&
           memcmp(console->bytes, driver->buffers + offset, 96) == 0;
}

/* ---- Network device ------------------------------------------------------ */

enum { NET_HEADER = sizeof(struct virtio_net_header), NET_FRAME = 60 };

static void send(struct virtio *virtio, const void *message, size_t size)
{
    struct test_link *link = virtio->outside;

    link->size = size;
    memcpy(link->sent, message,
           size < sizeof(link->sent) ? size : sizeof(link->sent));
}

static void ready(struct virtio *virtio)
{
}

static void net_init(union test_outside *outside)
{
    memset(&outside->link, 0, sizeof(outside->link));
    outside->link.link = (struct virtio_net_link){
        .mac = {2, 0, 0, 0, 0, 1},
        .pairs = 1,
        .up = true,
        .send = send,
        .ready = ready,
    };
}

static unsigned net_request(struct test_driver *driver, uint32_t offset,
                            struct test_buffer *buffers)
{
    struct test_link *link = driver->virtio.outside;

    link->size = 0;
    memset(driver->buffers + offset, 0, NET_HEADER);
    for (unsigned i = 0; i < NET_FRAME; i++) {
        driver->buffers[offset + 64 + i] = (uint8_t)(offset + i);
    }
    buffers[0] = (struct test_buffer){offset, NET_HEADER, false};
    buffers[1] = (struct test_buffer){offset + 64, NET_FRAME, false};
    return 2;
}

static bool net_answered(const struct test_driver *driver, uint32_t offset,
                         uint32_t written)
{
    const struct test_link *link = driver->virtio.outside;

    return written == 0 && link->size == PACKET_HEADER + NET_FRAME &&
           memcmp(link->sent + PACKET_HEADER, driver->buffers + offset + 64,
                  NET_FRAME) == 0;
}

/* ---- All kinds ----------------------------------------------------------- */

const struct test_kind test_kinds[] = {
#include "virtio/test_kinds.def"
};
const unsigned test_kind_count = sizeof(test_kinds) / sizeof(test_kinds[0]);

void test_kind_init(struct test_driver *driver, const struct test_kind *kind,
                    union test_outside *outside)
{
    kind->init(outside);
    test_driver_init(driver, kind->type, outside);
    driver->virtio.queues = kind->queues;
}

unsigned test_kind_queues(const struct test_kind *kind)
{
    return kind->queues < TEST_QUEUES ? kind->queues : TEST_QUEUES;
}

void test_finish(struct test_driver *driver, const struct test_kind *kind)
{
    if (kind->finish != NULL) {
        kind->finish(&driver->virtio);
    }
}

bool test_works(struct test_driver *driver, const struct test_kind *kind,
                unsigned queue)
{
    const uint32_t offset = 0x10000;
    struct test_buffer buffers[4];
    const unsigned count = kind->request(driver, offset, buffers);
    const int id = test_add(driver, queue, buffers, count);
    unsigned used;
    uint32_t written;

    if (id < 0) {
        return false;
    }
    test_kick(driver, queue);
    test_finish(driver, kind);
    return test_used(driver, queue, &used, &written) && (int)used == id &&
           kind->answered(driver, offset, written);
}
