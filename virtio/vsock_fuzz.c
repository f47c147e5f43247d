/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections of the socket device between a driver and an outside that say
 * anything in any order: the input is a list of packets, messages, buffers and
 * interruptions. Both sides keep count: bytes beyond a credit, messages that
 * the lines do not have, flags that packets do not have, and a state that no
 * snapshot may have, are the device's faults.
 */
#include <string.h>

#include "tests/fuzz.h"
#include "virtio/test_kinds.h"

enum {
    OPS_MAX = 400,
    QUEUE_SIZE = 16,
    HEADER = VIRTIO_VSOCK_HEADER_SIZE,
    OUT = 0x100,
    IN = 0x8000,
    STEP = 0x100,
    PORTS = 4,
    LINES = 3, /* that are used: the first of each direction, and the second */
};

struct op {
    uint8_t what;
    uint8_t which;
    uint8_t type;
    uint8_t length;
    uint32_t value;
};

/* State that the outside knows of a line. */
struct line {
    bool open;
    bool packets;
    uint32_t waiting; /* bytes that were not taken */
};

/* Bytes that the driver said of a flow, and what came. */
struct flow {
    uint32_t buf_alloc;
    uint32_t fwd_cnt;
    uint32_t received;
};

struct fuzz {
    struct test_driver driver;
    struct virtio_vsock_outside outside; /* the device's */
    struct line lines[VSOCK_LINES];
    struct flow flows[PORTS][PORTS];
    uint32_t longest;
    unsigned given;
    unsigned taken;
};

static struct fuzz fuzz;

static void expect(bool good)
{
    if (!good) {
        abort();
    }
}

/* ---- Outside ------------------------------------------------------------- */

static void hear_data(struct line *line, const struct vsock_message *message,
                      size_t size)
{
    const uint32_t credit = line->packets ? fuzz.longest : VSOCK_CREDIT;

    expect(line->open && size <= VSOCK_PIECE);
    expect(message->a == 0 || (line->packets && message->a == VSOCK_LAST));
    expect(size != 0 || message->a == VSOCK_LAST);
    line->waiting += (uint32_t)size;
    expect(line->waiting <= credit);
}

static void say(struct virtio *virtio, unsigned number, const void *bytes,
                size_t size)
{
    struct vsock_message message;

    expect(size >= sizeof(message) && number <= VSOCK_LINES);
    memcpy(&message, bytes, sizeof(message));
    if (number == VSOCK_LINES) {
        expect(message.word == VSOCK_RESTART);
        memset(fuzz.lines, 0, sizeof(fuzz.lines));
        return;
    }
    struct line *line = &fuzz.lines[number];
    switch (message.word) {
    case VSOCK_CONNECT:
    case VSOCK_CONNECT_PACKETS:
        expect(number < VSOCK_LINES_OUT && !line->open);
        *line = (struct line){.open = true,
                              .packets = message.word == VSOCK_CONNECT_PACKETS};
        break;
    case VSOCK_DATA:
        hear_data(line, &message, size - sizeof(message));
        break;
    case VSOCK_SHUTDOWN:
    case VSOCK_ACCEPT:
        expect(line->open);
        break;
    default:
        expect(message.word == VSOCK_CLOSE && message.a <= line->packets);
        line->open = false;
        break;
    }
}

static void ready(struct virtio *virtio, unsigned line)
{
    expect(line <= VSOCK_LINES);
}

/* As the outside may, what makes no sense included; a line is opened by its
 * own CONNECT. */
static void tell(const struct op *op)
{
    static const unsigned numbers[LINES] = {0, VSOCK_LINES_OUT, 1};
    struct {
        struct vsock_message message;
        uint8_t bytes[256];
    } out = {.message = {.word = op->value % (VSOCK_CONNECT_PACKETS + 2)}};
    const unsigned number = numbers[op->which % LINES];
    struct line *line = &fuzz.lines[number];
    const uint32_t word = out.message.word;

    out.message.a = op->type;
    if (word == VSOCK_TAKEN) {
        out.message.a = op->length < line->waiting ? op->length : line->waiting;
        out.message.b = number;
        line->waiting -= out.message.a;
        virtio_vsock_hear(&fuzz.driver.virtio, VSOCK_LINES, &out,
                          sizeof(out.message));
        return;
    }
    if (word == VSOCK_CONNECT || word == VSOCK_CONNECT_PACKETS) {
        if (number < VSOCK_LINES_OUT || line->open) {
            return;
        }
        *line = (struct line){.open = true,
                              .packets = word == VSOCK_CONNECT_PACKETS};
        out.message.a = op->type % PORTS;
        out.message.b = op->length % PORTS;
    } else if (word == VSOCK_SYNC) {
        *line = (struct line){0};
        out.message.a = fuzz.longest;
    }
    virtio_vsock_hear(&fuzz.driver.virtio, number, &out,
                      sizeof(out.message) +
                          (word == VSOCK_DATA ? op->length : 0));
}

/* ---- Driver -------------------------------------------------------------- */

static void send_packet(const struct op *op)
{
    struct virtio_vsock_hdr header = {
        .src_cid = op->which == 0xff ? 1 : TEST_CID,
        .dst_cid = op->which == 0xfe ? 1 : VIRTIO_VSOCK_CID_HOST,
        .src_port = op->which % PORTS,
        .dst_port = op->which / PORTS % PORTS,
        .len = op->length,
        .type = op->type % 4,
        .op = op->type / 4 % 10,
        .flags = op->value & 7,
        .buf_alloc = op->value >> 8 & 0xff,
    };
    struct flow *flow = &fuzz.flows[header.dst_port][header.src_port];
    const struct test_buffer buffer = {OUT, HEADER + op->length, false};
    unsigned id;
    uint32_t written;

    /* A driver never gives more than it has. */
    flow->fwd_cnt +=
        (op->value >> 16 & 0xff) % (flow->received - flow->fwd_cnt + 1);
    header.fwd_cnt = flow->fwd_cnt;
    if (header.op == VIRTIO_VSOCK_OP_REQUEST ||
        header.op == VIRTIO_VSOCK_OP_RESPONSE) {
        *flow = (struct flow){0};
        header.fwd_cnt = 0;
    }
    flow->buf_alloc = header.buf_alloc;
    memcpy(fuzz.driver.buffers + OUT, &header, HEADER);
    if (test_add(&fuzz.driver, VIRTIO_VSOCK_TX, &buffer, 1) >= 0) {
        virtio_kick(&fuzz.driver.virtio, VIRTIO_VSOCK_TX);
    }
    while (test_used(&fuzz.driver, VIRTIO_VSOCK_TX, &id, &written)) {
        expect(written == 0);
    }
}

static void check_packet(const struct virtio_vsock_hdr *header,
                         uint32_t written)
{
    const bool bytes = header->op == VIRTIO_VSOCK_OP_RW;

    expect(written == HEADER + header->len);
    expect(header->dst_cid == TEST_CID);
    expect(header->op >= VIRTIO_VSOCK_OP_REQUEST &&
           header->op <= VIRTIO_VSOCK_OP_CREDIT_REQUEST);
    expect(header->len == 0 || bytes);
    expect(header->type == VIRTIO_VSOCK_TYPE_STREAM ||
           header->type == VIRTIO_VSOCK_TYPE_SEQPACKET ||
           header->op == VIRTIO_VSOCK_OP_RST);
    if (bytes) {
        expect(header->flags == 0 ||
               (header->type == VIRTIO_VSOCK_TYPE_SEQPACKET &&
                header->flags == VIRTIO_VSOCK_SEQ_EOM));
        struct flow *flow =
            &fuzz.flows[header->src_port % PORTS][header->dst_port % PORTS];

        flow->received += header->len;
    } else {
        expect(header->op == VIRTIO_VSOCK_OP_SHUTDOWN ? header->flags <= 3
                                                      : header->flags == 0);
    }
}

static void take_packets(void)
{
    struct virtio_vsock_hdr header;
    uint32_t written = 0;
    unsigned id;

    while (test_used(&fuzz.driver, VIRTIO_VSOCK_RX, &id, &written)) {
        memcpy(&header,
               fuzz.driver.buffers + IN + STEP * (fuzz.taken++ % QUEUE_SIZE),
               HEADER);
        check_packet(&header, written);
    }
}

static void give_buffers(const struct op *op)
{
    for (unsigned i = 0; i < 1u + op->which % 4; i++) {
        const struct test_buffer buffer = {IN +
                                               STEP * (fuzz.given % QUEUE_SIZE),
                                           HEADER + op->length % 100, true};

        if (fuzz.given - fuzz.taken < QUEUE_SIZE &&
            test_add(&fuzz.driver, VIRTIO_VSOCK_RX, &buffer, 1) >= 0) {
            fuzz.given++;
        }
    }
    virtio_kick(&fuzz.driver.virtio, VIRTIO_VSOCK_RX);
}

static void start(uint32_t without)
{
    memset(fuzz.lines, 0, sizeof(fuzz.lines));
    memset(fuzz.flows, 0, sizeof(fuzz.flows));
    fuzz.given = fuzz.taken = 0;
    test_driver_reset(&fuzz.driver);
    test_driver_start(&fuzz.driver, ~(uint64_t)(without & 7), 3, QUEUE_SIZE);
    for (unsigned i = 0; i < LINES; i++) {
        tell(&(struct op){.which = (uint8_t)i, .value = VSOCK_SYNC});
    }
}

static void restart(const struct op *op)
{
    if (op->which % 8 == 0) {
        fuzz.longest = op->value % 200;
        start(op->type);
    } else if (op->which % 8 == 1) {
        virtio_vsock_interrupted(&fuzz.driver.virtio);
        memset(fuzz.lines, 0, sizeof(fuzz.lines));
        virtio_vsock_present(&fuzz.driver.virtio);
    }
}

FUZZ(data, size)
{
    static void (*const perform[])(const struct op *op) = {
        send_packet, tell, send_packet, tell, give_buffers, restart,
    };

    memset(&fuzz, 0, sizeof(fuzz));
    fuzz.longest = 100;
    fuzz.outside = (struct virtio_vsock_outside){
        .cid = TEST_CID, .say = say, .ready = ready};
    test_driver_init(&fuzz.driver, &virtio_vsock, &fuzz.outside);
    start(0);
    for (unsigned i = 0; i < OPS_MAX && size >= 8; i++) {
        struct op op = {data[0], data[1], data[2], data[3], 0};

        memcpy(&op.value, data + 4, sizeof(op.value));
        data += 8;
        size -= 8;
        perform[op.what % (sizeof(perform) / sizeof(perform[0]))](&op);
        take_packets();
        expect(fuzz.driver.memory.mapped == 0);
        expect(virtio_vsock.possible(&fuzz.driver.virtio));
    }
    test_driver_fini(&fuzz.driver);
    return 0;
}
