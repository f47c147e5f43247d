/* SPDX-License-Identifier: Apache-2.0 */
/* Trace, as packets and as text, at the ports that the board names. */
#include "bus/serial.h"
#include "bus/trace.h"
#include "devices/test_bus.h"
#include "tests/harness.h"

extern const struct device_type swo;

struct heard {
    struct test_bus bus;
    struct buffer text; /* "PORT:BYTE " of each byte */
};

static void hear(void *context, const char *port, uint8_t byte)
{
    struct heard *heard = context;
    buffer_print(&heard->text, "%s:%c ", port, byte);
}

static const void *find(const void *node, const char *name, bool inherited,
                        size_t *size)
{
    static const char ports[] = "out\0trace";

    *size = sizeof(ports);
    return strcmp(name, "cairn,ports") == 0 ? ports : NULL;
}

TEST(each_byte_goes_to_the_port_of_its_kind)
{
    static const struct property_source properties = {.find = find};
    const struct trace_sink *sink = swo.interface;
    struct heard heard = {.text = {0}};

    test_bus_init(&heard.bus);
    heard.bus.fabric.console = hear;
    heard.bus.fabric.console_context = &heard;
    heard.bus.fabric.stream = hear;
    heard.bus.fabric.stream_context = &heard;
    heard.bus.device =
        device_create(&heard.bus.fabric, &swo, "swo", &properties, &heard);
    EXPECT_EQ(device_init(heard.bus.device, &heard.bus.error), 0);
    sink->packet(heard.bus.device, "123", 2);
    sink->text(heard.bus.device, "abc", 2);
    sink->text(heard.bus.device, "abc", 0);
    EXPECT_STR(buffer_text(&heard.text), "trace:1 trace:2 out:a out:b ");
    EXPECT_STR(swo.serial->name(heard.bus.device, 0), "out");
    EXPECT_STR(swo.serial->name(heard.bus.device, 1), "trace");
    EXPECT(swo.serial->name(heard.bus.device, 2) == NULL);
    buffer_fini(&heard.text);
    test_bus_fini(&heard.bus);
}

TEST(what_comes_in_is_taken_and_told)
{
    OWNED(test_bus_fini) struct test_bus bus;

    test_bus_init(&bus);
    bus.device = test_bus_create(&bus, &swo);
    EXPECT_EQ(device_init(bus.device, &bus.error), -EINVAL); /* no ports */
    EXPECT_EQ(swo.serial->receive(bus.device, 0, "", 0), 0);
    EXPECT_EQ(bus.fabric.log.count[LOG_UNMODELLED], 0);
    EXPECT_EQ(swo.serial->receive(bus.device, 0, "xy", 2), 2);
    EXPECT_EQ(bus.fabric.log.count[LOG_UNMODELLED], 1);
}
