/* SPDX-License-Identifier: Apache-2.0 */
#include "base/byte_queue.h"

#include "tests/harness.h"

TEST(what_was_appended_comes_in_order_however_it_is_dropped)
{
    OWNED(byte_queue_fini) struct byte_queue queue = {.dropped = 0};
    unsigned appended = 0;
    unsigned dropped = 0;

    EXPECT_EQ(byte_queue_size(&queue), 0);
    byte_queue_drop(&queue, 0);
    for (unsigned round = 0; round < 2000; round++) {
        for (unsigned i = 0; i < round % 7; i++) {
            const uint8_t byte = (uint8_t)appended++;

            byte_queue_append(&queue, &byte, 1);
        }
        EXPECT_EQ(byte_queue_size(&queue), appended - dropped);
        const unsigned wanted = round % 5;
        const unsigned count =
            wanted < appended - dropped ? wanted : appended - dropped;
        for (unsigned i = 0; i < count; i++) {
            EXPECT_EQ(byte_queue_first(&queue)[i], (uint8_t)(dropped + i));
        }
        byte_queue_drop(&queue, count);
        dropped += count;
        /* Dropped bytes take no more room than what waits. */
        EXPECT(queue.dropped <= byte_queue_size(&queue));
    }
    byte_queue_drop(&queue, byte_queue_size(&queue));
    EXPECT_EQ(byte_queue_size(&queue), 0);
    EXPECT_EQ(queue.buffer.size, 0);
}
