/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile cases in packets of the socket device (virtio 1.2, 5.10). */
#include <string.h>

#include "virtio/hostile.h"

enum {
    HEADER = VIRTIO_VSOCK_HEADER_SIZE,
    OUT = 0x10000, /* a packet of the driver */
    IN = 0x11000,  /* one for the driver that is as it should be */
    CREDIT = 16,   /* of a flow of packets */
};

/* A packet with so many bytes, of any length that its header says. */
static void send_packet(struct hostile *hostile,
                        const struct virtio_vsock_hdr *header, uint32_t size)
{
    const struct test_buffer buffer = {OUT, size, false};

    memcpy(hostile->driver.buffers + OUT, header, HEADER);
    test_add(&hostile->driver, VIRTIO_VSOCK_TX, &buffer, 1);
    virtio_kick(hostile_virtio(hostile), VIRTIO_VSOCK_TX);
}

static struct virtio_vsock_hdr packet(enum virtio_vsock_socket_type type,
                                      enum virtio_vsock_op op, uint32_t length,
                                      uint32_t flags)
{
    return (struct virtio_vsock_hdr){
        .src_cid = TEST_CID,
        .dst_cid = VIRTIO_VSOCK_CID_HOST,
        .src_port = 1000,
        .dst_port = 52,
        .len = length,
        .type = (uint16_t)type,
        .op = (uint16_t)op,
        .flags = flags,
        .buf_alloc = 1000,
    };
}

static void offer(struct hostile *hostile, struct test_buffer buffer)
{
    test_add(&hostile->driver, VIRTIO_VSOCK_RX, &buffer, 1);
    virtio_kick(hostile_virtio(hostile), VIRTIO_VSOCK_RX);
}

/* A buffer for the answer, whose operation is at HOSTILE_STATUS. */
static void offer_answer(struct hostile *hostile)
{
    offer(hostile, (struct test_buffer){
                       HOSTILE_STATUS - offsetof(struct virtio_vsock_hdr, op),
                       HEADER, true});
}

static void send_of_none(struct hostile *hostile,
                         struct virtio_vsock_hdr header)
{
    offer_answer(hostile);
    send_packet(hostile, &header, HEADER + header.len);
}

static void say(struct hostile *hostile, enum vsock_word word, uint32_t a)
{
    const struct vsock_message message = {word, a, 0};

    virtio_vsock_hear(hostile_virtio(hostile), 0, &message, sizeof(message));
}

/* A flow of packets that is connected, and one packet more. */
static void send_of_flow(struct hostile *hostile,
                         struct virtio_vsock_hdr header)
{
    const struct virtio_vsock_hdr request =
        packet(VIRTIO_VSOCK_TYPE_SEQPACKET, VIRTIO_VSOCK_OP_REQUEST, 0, 0);

    say(hostile, VSOCK_SYNC, CREDIT);
    offer(hostile, (struct test_buffer){IN, HEADER, true});
    send_packet(hostile, &request, HEADER);
    say(hostile, VSOCK_ACCEPT, 0);
    send_of_none(hostile, header);
}

/* ---- Packets ------------------------------------------------------------- */

static void short_packet(struct hostile *hostile)
{
    const struct virtio_vsock_hdr header =
        packet(VIRTIO_VSOCK_TYPE_SEQPACKET, VIRTIO_VSOCK_OP_REQUEST, 0, 0);

    send_packet(hostile, &header, HEADER - 1);
}

static void no_payload(struct hostile *hostile)
{
    const struct virtio_vsock_hdr header =
        packet(VIRTIO_VSOCK_TYPE_SEQPACKET, VIRTIO_VSOCK_OP_RW, 5,
               VIRTIO_VSOCK_SEQ_EOM);

    send_packet(hostile, &header, HEADER + 4);
}

static void readable_buffer(struct hostile *hostile)
{
    hostile->queue = VIRTIO_VSOCK_RX;
    offer(hostile, (struct test_buffer){IN, HEADER, false});
    send_of_none(hostile,
                 packet(VIRTIO_VSOCK_TYPE_STREAM, VIRTIO_VSOCK_OP_RW, 0, 0));
}

static void short_buffer(struct hostile *hostile)
{
    hostile->queue = VIRTIO_VSOCK_RX;
    offer(hostile, (struct test_buffer){IN, HEADER - 1, true});
    send_of_none(hostile,
                 packet(VIRTIO_VSOCK_TYPE_STREAM, VIRTIO_VSOCK_OP_RW, 0, 0));
}

static void other_cid(struct hostile *hostile)
{
    struct virtio_vsock_hdr header =
        packet(VIRTIO_VSOCK_TYPE_SEQPACKET, VIRTIO_VSOCK_OP_REQUEST, 0, 0);

    header.src_cid = TEST_CID + 1;
    send_packet(hostile, &header, HEADER);
}

static void unknown_type(struct hostile *hostile)
{
    struct virtio_vsock_hdr header =
        packet(VIRTIO_VSOCK_TYPE_STREAM, VIRTIO_VSOCK_OP_REQUEST, 0, 0);

    header.type = 3;
    send_of_none(hostile, header);
}

static void request_packets(struct hostile *hostile)
{
    say(hostile, VSOCK_SYNC, CREDIT);
    send_of_none(hostile, packet(VIRTIO_VSOCK_TYPE_SEQPACKET,
                                 VIRTIO_VSOCK_OP_REQUEST, 0, 0));
}

static void request_stream(struct hostile *hostile)
{
    say(hostile, VSOCK_SYNC, CREDIT);
    send_of_none(hostile, packet(VIRTIO_VSOCK_TYPE_STREAM,
                                 VIRTIO_VSOCK_OP_REQUEST, 0, 0));
}

static void bytes_of_none(struct hostile *hostile)
{
    say(hostile, VSOCK_SYNC, CREDIT);
    send_of_none(hostile, packet(VIRTIO_VSOCK_TYPE_SEQPACKET,
                                 VIRTIO_VSOCK_OP_RW, 4, VIRTIO_VSOCK_SEQ_EOM));
}

/* ---- Packets of a connection --------------------------------------------- */

static void unknown_operation(struct hostile *hostile)
{
    struct virtio_vsock_hdr header =
        packet(VIRTIO_VSOCK_TYPE_SEQPACKET, VIRTIO_VSOCK_OP_INVALID, 0, 0);

    header.op = 8;
    send_of_flow(hostile, header);
}

static void second_request(struct hostile *hostile)
{
    send_of_flow(hostile, packet(VIRTIO_VSOCK_TYPE_SEQPACKET,
                                 VIRTIO_VSOCK_OP_REQUEST, 0, 0));
}

static void second_response(struct hostile *hostile)
{
    send_of_flow(hostile, packet(VIRTIO_VSOCK_TYPE_SEQPACKET,
                                 VIRTIO_VSOCK_OP_RESPONSE, 0, 0));
}

static void other_type(struct hostile *hostile)
{
    send_of_flow(hostile,
                 packet(VIRTIO_VSOCK_TYPE_STREAM, VIRTIO_VSOCK_OP_RW, 4, 0));
}

static void long_message(struct hostile *hostile)
{
    send_of_flow(hostile,
                 packet(VIRTIO_VSOCK_TYPE_SEQPACKET, VIRTIO_VSOCK_OP_RW,
                        CREDIT + 1, VIRTIO_VSOCK_SEQ_EOM));
}

/* The first is as long as the credit, and has no end. */
static void long_message_in_two(struct hostile *hostile)
{
    const struct virtio_vsock_hdr header =
        packet(VIRTIO_VSOCK_TYPE_SEQPACKET, VIRTIO_VSOCK_OP_RW, 1,
               VIRTIO_VSOCK_SEQ_EOM);

    send_of_flow(hostile, packet(VIRTIO_VSOCK_TYPE_SEQPACKET,
                                 VIRTIO_VSOCK_OP_RW, CREDIT, 0));
    send_packet(hostile, &header, HEADER + 1);
}

static void send_behind_end(struct hostile *hostile, uint32_t length)
{
    const struct virtio_vsock_hdr header =
        packet(VIRTIO_VSOCK_TYPE_SEQPACKET, VIRTIO_VSOCK_OP_RW, length,
               VIRTIO_VSOCK_SEQ_EOM);

    send_of_flow(hostile,
                 packet(VIRTIO_VSOCK_TYPE_SEQPACKET, VIRTIO_VSOCK_OP_SHUTDOWN,
                        0, VIRTIO_VSOCK_SHUTDOWN_SEND));
    send_packet(hostile, &header, HEADER + length);
}

static void late_message(struct hostile *hostile)
{
    send_behind_end(hostile, 4);
}

static void late_empty_message(struct hostile *hostile)
{
    send_behind_end(hostile, 0);
}

/* ---- Cases --------------------------------------------------------------- */

#define FAULT(name)  VIRTIO_FAULT_##name, 0
#define ANSWER(name) VIRTIO_FAULTS, VIRTIO_VSOCK_OP_##name
#define NO_SEQPACKET VIRTIO_FEATURE(VIRTIO_VSOCK_F_SEQPACKET)
#define NO_STREAM    VIRTIO_FEATURE(VIRTIO_VSOCK_F_STREAM)

const struct hostile_case hostile_vsock_cases[] = {
#include "virtio/hostile_vsock.def"
};
const unsigned hostile_vsock_case_count =
    sizeof(hostile_vsock_cases) / sizeof(hostile_vsock_cases[0]);
