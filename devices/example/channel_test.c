/* SPDX-License-Identifier: Apache-2.0 */
/* The example link alone, with nothing outside;
 * tests/machine/example_channel_test.c has it in a machine with a peer and a
 * server. */
#include "bus/channel.h"
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type example_channel;

enum {
    DONE = 0x08,
    BUSY = 0x0c,
    SEND_ADDRESS = 0x10,
    SEND_SIZE = 0x14,
    SEND = 0x18,
    RECEIVE_ADDRESS = 0x20,
    RECEIVE_SIZE = 0x24,
    RECEIVE = 0x28,
    ASK_SIZE = 0x38,
    ASK = 0x48,
};

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, test_bus_start(bus, &example_channel))

TEST_ON(the_tables_promises_hold, bus)
{
    EXPECT_DEVICE(bus->device, NULL);
}

TEST_ON(a_message_is_taken_with_a_buffer_and_cut_to_it, bus)
{
    const struct channel_client *client = example_channel.channel;
    EXPECT(!client->received(bus->device, 0, "abcd", 4));
    test_write(bus->device, 0, RECEIVE_ADDRESS, TEST_RAM);
    test_write(bus->device, 0, RECEIVE_SIZE, 2);
    test_write(bus->device, 0, RECEIVE, 1);
    EXPECT(client->received(bus->device, 0, "abcd", 4));
    EXPECT(!client->received(bus->device, 0, "abcd", 4));
    EXPECT_BYTES(region_host(bus->ram), "ab\0", 3);
    EXPECT_EQ(test_read(bus->device, 0, RECEIVE_SIZE), 4);
    EXPECT_EQ(test_read(bus->device, 0, DONE), 1);
}

TEST_ON(messages_from_nowhere_and_too_long_ones_are_bus_errors, bus)
{
    struct channels none = {.open = (const uint8_t *)""};
    bus->device->channels = &none;
    test_write(bus->device, 0, SEND_ADDRESS, TEST_RAM + TEST_RAM_SIZE);
    test_write(bus->device, 0, SEND_SIZE, 4);
    test_write(bus->device, 0, SEND, 1);
    EXPECT_EQ(test_read(bus->device, 0, DONE), 4);
    test_write(bus->device, 0, DONE, 4);
    test_write(bus->device, 0, ASK_SIZE, 2049);
    test_write(bus->device, 0, ASK, TEST_RAM);
    EXPECT_EQ(test_read(bus->device, 0, DONE), 4);
    EXPECT_EQ(test_read(bus->device, 0, BUSY), 0);
    bus->device->channels = NULL;
}
