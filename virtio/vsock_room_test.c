/* SPDX-License-Identifier: Apache-2.0 */
/* Refusals, lines and buffers of the socket device, of which there is a bound
 * (virtio 1.2, 5.10.6). */
#include "virtio/vsock_bench.h"

#include "tests/harness.h"

static struct virtio_vsock_hdr of_none(void)
{
    struct virtio_vsock_hdr header = packet(VIRTIO_VSOCK_OP_RW);

    header.src_port = 4321;
    return header;
}

TEST(requests_beyond_the_lines_are_refused)
{
    struct bench bench;

    start(&bench);
    for (unsigned i = 0; i <= VSOCK_LINES_OUT; i++) {
        struct virtio_vsock_hdr request = packet(VIRTIO_VSOCK_OP_REQUEST);

        test_case("request %u", i);
        request.src_port += i;
        request.fwd_cnt = 7;
        send(&bench, request);
        EXPECT_EQ(received(&bench).op,
                  i == VSOCK_LINES_OUT ? VIRTIO_VSOCK_OP_RST : 0);
        EXPECT_EQ(sockets_of(&bench)->line,
                  i < VSOCK_LINES_OUT ? i : VSOCK_LINES_OUT - 1);
    }
    EXPECT_EQ(connection_of(&bench, OUT_LINE)->fwd_cnt, 7);
    EXPECT_EQ(connection_of(&bench, OUT_LINE)->buf_alloc, 1000);
    EXPECT_EQ(connection_of(&bench, VSOCK_LINES_OUT)->phase, VIRTIO_VSOCK_FREE);
    test_driver_fini(&bench.driver);
}

/* They come in their order; a line that would need one more waits, and so does
 * what the driver has sent. */
TEST(refusals_wait_for_buffers_in_their_order)
{
    struct bench bench;
    const struct virtio_vsock_state *state;
    unsigned added = 0;

    connect_out(&bench);
    state = bench.driver.state;
    while (bench.taken < 4) { /* no buffer is left */
        EXPECT(hear_bytes(&bench, OUT_LINE, "x"));
        received(&bench);
    }
    for (; added < VIRTIO_VSOCK_REFUSALS + 3; added++) {
        struct virtio_vsock_hdr header = packet(VIRTIO_VSOCK_OP_RW);

        header.src_port = 7000 + added;
        send(&bench, header);
    }
    EXPECT_EQ(state->refusal_count, VIRTIO_VSOCK_REFUSALS);
    EXPECT_EQ(state->stalled, 1);
    EXPECT_EQ(bench.driver.later_calls, 0);
    const unsigned before = sockets_of(&bench)->ready[OUT_LINE];
    EXPECT(!hear(&bench, OUT_LINE, VSOCK_SYNC, LONGEST, 0));
    EXPECT_EQ(connection_of(&bench, OUT_LINE)->waits, 1);
    for (unsigned i = 0; i < added; i++) {
        give(&bench, i == 0 ? 1 : i == 1 ? added - 1 : 0);
        const struct virtio_vsock_hdr answer = received(&bench);
        EXPECT_EQ(answer.op, VIRTIO_VSOCK_OP_RST);
        EXPECT(i >= VIRTIO_VSOCK_REFUSALS || answer.dst_port == 7000 + i);
    }
    EXPECT_EQ(state->stalled, 0);
    EXPECT_EQ(sockets_of(&bench)->ready[OUT_LINE], before + 1);
    give(&bench, 1);
    EXPECT(hear(&bench, OUT_LINE, VSOCK_SYNC, LONGEST, 0));
    EXPECT_EQ(received(&bench).op, VIRTIO_VSOCK_OP_RST);
    test_driver_fini(&bench.driver);
}

/* Many at once are done with when the queue is served the next time. */
TEST(packets_beyond_the_refusals_are_served_later)
{
    enum { COUNT = VIRTIO_VSOCK_REFUSALS + 4 };
    const struct virtio_vsock_hdr header = packet(VIRTIO_VSOCK_OP_RW);
    const struct test_buffer buffer = {0, HEADER, false};
    struct bench bench;
    unsigned resets = 0;

    start(&bench);
    give(&bench, COUNT - 4);
    memcpy(bench.driver.buffers, &header, HEADER);
    for (unsigned i = 0; i < COUNT; i++) {
        EXPECT(test_add(&bench.driver, VIRTIO_VSOCK_TX, &buffer, 1) >= 0);
    }
    test_kick(&bench.driver, VIRTIO_VSOCK_TX);
    EXPECT_EQ(bench.driver.virtio.state->waiting, 1u << VIRTIO_VSOCK_TX);
    EXPECT_EQ(bench.driver.later_calls, 1);
    virtio_run(&bench.driver.virtio);
    while (received(&bench).op == VIRTIO_VSOCK_OP_RST) {
        resets++;
    }
    EXPECT_EQ(resets, COUNT);
    EXPECT_EQ(bench.driver.later_calls, 1);
    test_driver_fini(&bench.driver);
}

/* After a fault neither the outside nor the driver hears of anything. */
TEST(buffers_that_are_none_end_it_all)
{
    static const struct {
        const char *name;
        unsigned queue;
        uint32_t size;
        bool writable;
        enum virtio_fault_number fault;
    } rows[] = {
        {"a short buffer",      VIRTIO_VSOCK_RX,    HEADER - 1, true,
         VIRTIO_FAULT_REQUEST_SHORT    },
        {"a buffer to be read", VIRTIO_VSOCK_RX,    HEADER,     false,
         VIRTIO_FAULT_REQUEST_DIRECTION},
        {"a short event",       VIRTIO_VSOCK_EVENT, 3,          true,
         VIRTIO_FAULT_REQUEST_SHORT    },
        {"a short packet",      VIRTIO_VSOCK_TX,    HEADER - 1, false,
         VIRTIO_FAULT_REQUEST_SHORT    },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct test_buffer buffer = {0x100, rows[i].size,
                                           rows[i].writable};
        struct bench bench;
        struct virtio_vsock_state *state;

        test_case("%s", rows[i].name);
        connect_out(&bench);
        state = bench.driver.state;
        virtio_queue_stop(&bench.driver.virtio, VIRTIO_VSOCK_RX);
        test_queue_enable(&bench.driver, VIRTIO_VSOCK_RX, 64);
        send(&bench, of_none());
        EXPECT_EQ(state->refusal_count, 1);
        state->reset = 1;
        const unsigned before = sockets_of(&bench)->said;
        test_add(&bench.driver, rows[i].queue, &buffer, 1);
        test_kick(&bench.driver, rows[i].queue);
        EXPECT_EQ(bench.driver.faults[rows[i].fault], 1);
        EXPECT_EQ(bench.driver.fault_queue, rows[i].queue);
        EXPECT_EQ(bench.driver.fault_value, rows[i].size);
        EXPECT_EQ(sockets_of(&bench)->said, before);
        test_driver_fini(&bench.driver);
    }
}

TEST(a_packet_without_its_bytes_has_no_effect)
{
    struct bench bench;
    struct virtio_vsock_hdr request = packet(VIRTIO_VSOCK_OP_REQUEST);

    start(&bench);
    const unsigned before = sockets_of(&bench)->said;
    request.len = 201;
    send(&bench, request);
    EXPECT_EQ(bench.driver.faults[VIRTIO_FAULT_REQUEST_SHORT], 1);
    EXPECT_EQ(bench.driver.fault_queue, VIRTIO_VSOCK_TX);
    EXPECT_EQ(bench.driver.fault_value, 201);
    EXPECT_EQ(sockets_of(&bench)->said, before);
    EXPECT_EQ(connection_of(&bench, OUT_LINE)->phase, VIRTIO_VSOCK_FREE);
    test_driver_fini(&bench.driver);
}
