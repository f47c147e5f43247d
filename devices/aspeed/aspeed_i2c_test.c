/* SPDX-License-Identifier: Apache-2.0 */
/* A bus of the AST2700 with a sensor and an EEPROM, as drivers use it: U-Boot's
 * byte by byte, Linux' by the pool and by memory; and as nobody should. */
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/told.h"

extern const struct device_type aspeed_i2c;
extern const struct device_type aspeed_i2c_global;
extern const struct device_type i2c_24c64;
extern const struct device_type i2c_lm75;

enum {
    FUN_CTRL = 0x00,
    BYTE = 0x08,
    BUFF_CTRL = 0x0c,
    IER = 0x10,
    ISR = 0x14,
    COMMAND = 0x18,
    DMA_LEN = 0x1c,
    TX_DMA = 0x30,
    RX_DMA = 0x34,
    DMA_DONE = 0x48,
    TX_DMA_HIGH = 0x60,
    RX_DMA_HIGH = 0x64,
    VERSION = 0x94,
};
enum {
    START = 1 << 0,
    TX = 1 << 1,
    RX = 1 << 3,
    LAST = 1 << 4,
    STOP = 1 << 5,
    TX_POOL = 1 << 6,
    RX_POOL = 1 << 7,
    TX_MEMORY = 1 << 8,
    RX_MEMORY = 1 << 9,
    RECOVER = 1 << 11,
    PACKET = 1 << 16,
};
enum {
    ACK = 1 << 0,
    NAK = 1 << 1,
    RX_DONE = 1 << 2,
    STOPPED = 1 << 4,
    ABNORMAL = 1 << 5,
    RECOVERED = 1 << 13,
    DONE = 1 << 16,
    ERROR = 1 << 17,
};
enum { SENSOR = 0x4d, EEPROM = 0x50, CONTROLLER_ON = 0x28001 };
#define HIGH_RAM UINT64_C(0x400000000)

struct i2c_test {
    struct test_bus bus;
    struct device *sensor;
    struct device *eeprom;
};

static void start(struct i2c_test *test)
{
    struct test_bus *bus = &test->bus;

    test_bus_init(bus);
    struct window high = {
        .base = gpa(HIGH_RAM),
        .size_bytes = TEST_RAM_SIZE,
        .rights = WINDOW_R | WINDOW_W,
        .enabled = true,
        .region = bus->ram,
    };
    space_add_window(bus->space, &high);
    bus->device = test_bus_make(bus, &aspeed_i2c);
    bus->parent = bus->device;
    test_bus_property(bus, "reg", SENSOR);
    test->sensor = test_bus_make(bus, &i2c_lm75);
    test_bus_property(bus, "reg", EEPROM);
    test->eeprom = test_bus_make(bus, &i2c_24c64);
    device_input(test->sensor, 0, 21500);
    test_write(bus->device, 0, FUN_CTRL, 0);
    test_write(bus->device, 0, FUN_CTRL, CONTROLLER_ON);
    test_write(bus->device, 0, ISR, UINT32_MAX);
}

static void finish(struct i2c_test *test)
{
    device_destroy(test->sensor);
    device_destroy(test->eeprom);
    test_bus_fini(&test->bus);
}

/* A packet; what ISR says of it, which is then cleared as U-Boot does. */
static uint32_t packet(struct i2c_test *test, unsigned address, uint32_t what)
{
    struct device *device = test->bus.device;

    test_write(device, 0, COMMAND, PACKET | address << 24 | what);
    const uint32_t status = test_read(device, 0, ISR);
    test_write(device, 0, ISR, DONE);
    EXPECT_EQ(test_read(device, 0, ISR), 0);
    return status;
}

static uint32_t put_byte(struct i2c_test *test, unsigned address, uint8_t byte,
                         uint32_t what)
{
    test_write(test->bus.device, 0, BYTE, byte);
    return packet(test, address, TX | what);
}

static uint32_t received(struct i2c_test *test)
{
    return test_read(test->bus.device, 0, BYTE) >> 8 & 0xff;
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, test_bus_init(bus))

TEST_ON(the_tables_promises_hold, bus)
{
    bus->device = test_bus_make(bus, &aspeed_i2c);
    EXPECT_DEVICE(bus->device, NULL);
    device_destroy(bus->device);
    bus->device = test_bus_make(bus, &aspeed_i2c_global);
    EXPECT_DEVICE(bus->device, NULL);
}

FIXTURE(struct i2c_test, test, finish)
FIXTURE_BEGIN(test, start(test))

TEST_ON(a_probe_finds_the_targets_and_nobody_else, test)
{
    for (unsigned address = 8; address < 0x78; address++) {
        const uint32_t status = packet(test, address, START);
        const bool there = address == SENSOR || address == EEPROM;

        EXPECT_EQ(status, there ? DONE | ACK : DONE | ERROR | NAK | STOPPED);
        EXPECT_EQ(test_read(test->bus.device, 0, BYTE) & 1 << 16, 0);
    }
}

TEST_ON(a_register_is_read_byte_by_byte, test)
{
    EXPECT_EQ(put_byte(test, SENSOR, 0, START), DONE | ACK);
    for (int again = 0; again < 2; again++) { /* from the first byte */
        EXPECT_EQ(packet(test, SENSOR, START | RX), DONE | RX_DONE);
        EXPECT_EQ(received(test), 21);
    }
    EXPECT_EQ(packet(test, SENSOR, RX | LAST | STOP), DONE | RX_DONE | STOPPED);
    EXPECT_EQ(received(test), 0x80);
    test_write(test->bus.device, 0, BYTE, 0x35);
    EXPECT_EQ(packet(test, SENSOR, START | RX), DONE | RX_DONE);
    EXPECT_EQ(test_read(test->bus.device, 0, BYTE) & 0xff, 0x35);
}

TEST_ON(a_limit_is_written_byte_by_byte, test)
{
    EXPECT_EQ(put_byte(test, SENSOR, 3, START), DONE | ACK);
    EXPECT_EQ(put_byte(test, SENSOR, 0x20, 0), DONE | ACK);
    EXPECT_EQ(put_byte(test, SENSOR, 0x80, STOP), DONE | ACK | STOPPED);
    EXPECT_EQ(put_byte(test, SENSOR, 0, 0), DONE | ERROR | NAK | STOPPED);
    EXPECT_EQ(put_byte(test, SENSOR, 3, START), DONE | ACK);
    EXPECT_EQ(packet(test, SENSOR, START | RX), DONE | RX_DONE);
    EXPECT_EQ(received(test), 0x20);
}

/* As Linux does it: halves of the pool. */
TEST_ON(the_pool_carries_up_to_16_bytes_each_way, test)
{
    struct device *device = test->bus.device;
    test_write(device, 1, 0, 0x12340102);
    test_write(device, 1, 4, 0x00000078);
    test_write(device, 0, BUFF_CTRL, (5 - 1) << 8 | 1);
    EXPECT_EQ(packet(test, EEPROM, START | TX | TX_POOL | STOP),
              DONE | ACK | STOPPED);
    test_write(device, 0, BUFF_CTRL, (2 - 1) << 8 | 1);
    EXPECT_EQ(packet(test, EEPROM, START | TX | TX_POOL), DONE | ACK);
    test_write(device, 0, BUFF_CTRL, (16 - 1) << 16 | 1);
    EXPECT_EQ(packet(test, EEPROM, START | RX | RX_POOL | LAST | STOP),
              DONE | RX_DONE | STOPPED);
    EXPECT_EQ(test_read(device, 0, BUFF_CTRL), 16 << 24 | 15 << 16 | 1);
    EXPECT_EQ(test_read(device, 1, 16), 0xff781234);
    EXPECT_EQ(test_read(device, 1, 28), 0xffffffff);
    test_write(device, 0, BUFF_CTRL, (3 - 1) << 16 | 1);
    EXPECT_EQ(packet(test, EEPROM, START | RX | RX_POOL | LAST | STOP),
              DONE | RX_DONE | STOPPED);
    EXPECT_EQ(test_read(device, 0, BUFF_CTRL) >> 24, 3);
    test_write(device, 1, 0, 0x11111111);
    test_write(device, 0, BUFF_CTRL, (3 - 1) << 16); /* of the whole pool */
    EXPECT_EQ(packet(test, EEPROM, START | RX | RX_POOL | LAST | STOP),
              DONE | RX_DONE | STOPPED);
    EXPECT_EQ(test_read(device, 1, 0), 0x11ffffff);
}

TEST_ON(memory_above_4_gib_is_sent_and_received_into, test)
{
    static const uint8_t sent[] = {0x00, 0x20, 'h', 'e', 'l', 'l', 'o'};

    struct device *device = test->bus.device;
    uint8_t *ram = region_host(test->bus.ram);
    memcpy(ram + 0x100, sent, sizeof(sent));
    test_write(device, 0, IER, DONE);
    test_write(device, 0, TX_DMA, 0x100);
    test_write(device, 0, TX_DMA_HIGH, 4);
    test_write(device, 0, RX_DMA, 0x200);
    test_write(device, 0, RX_DMA_HIGH, 4);
    test_write(device, 0, DMA_LEN, 1 << 15 | (7 - 1));
    test_write(device, 0, COMMAND,
               PACKET | EEPROM << 24 | START | TX | TX_MEMORY | STOP);
    EXPECT_EQ(device->outputs[0].level, 1);
    EXPECT_EQ(test_read(device, 0, DMA_DONE), 7);
    test_write(device, 0, ISR, DONE);
    EXPECT_EQ(device->outputs[0].level, 0);
    test_write(device, 0, DMA_LEN, 1 << 15 | (2 - 1));
    EXPECT_EQ(packet(test, EEPROM, START | TX | TX_MEMORY), DONE | ACK);
    test_write(device, 0, DMA_DONE, 0);
    test_write(device, 0, DMA_LEN, 1u << 31 | (6 - 1) << 16);
    EXPECT_EQ(test_read(device, 0, DMA_LEN), 5 << 16 | 1);
    test_write(device, 0, DMA_LEN, 1 << 15 | 4);
    EXPECT_EQ(test_read(device, 0, DMA_LEN), 5 << 16 | 4);
    EXPECT_EQ(packet(test, EEPROM, START | RX | RX_MEMORY | LAST | STOP),
              DONE | RX_DONE | STOPPED);
    EXPECT_EQ(test_read(device, 0, DMA_DONE), 6 << 16);
    EXPECT_BYTES(ram + 0x200, "hello\xff\0", 7);
}

/* ASPEED's U-Boot uses the bits of DMA for the pool. */
TEST_ON(without_dma_its_addresses_are_places_in_the_pool, test)
{
    struct device *device = test->bus.device;
    test_write(device, 0, VERSION, 0);
    test_write(device, 1, 0, 0x00aa0000);
    test_write(device, 0, TX_DMA, 0);
    test_write(device, 0, RX_DMA, 0x10);
    test_write(device, 0, DMA_LEN, 1 << 15 | (3 - 1));
    EXPECT_EQ(packet(test, EEPROM, START | TX | TX_MEMORY | STOP),
              DONE | ACK | STOPPED);
    test_write(device, 0, DMA_LEN, 1 << 15 | (2 - 1));
    EXPECT_EQ(packet(test, EEPROM, START | TX | TX_MEMORY), DONE | ACK);
    test_write(device, 0, DMA_LEN, 1u << 31);
    EXPECT_EQ(packet(test, EEPROM, START | RX | RX_MEMORY | LAST | STOP),
              DONE | RX_DONE | STOPPED);
    EXPECT_EQ(test_read(device, 1, 16), 0xaa);
    /* Longer than the pool is the rest of the pool. */
    test_write(device, 0, DMA_LEN, 1u << 31 | 0xfff << 16);
    EXPECT_EQ(packet(test, EEPROM, START | RX | RX_MEMORY | LAST | STOP),
              DONE | RX_DONE | STOPPED);
    EXPECT_EQ(test_read(device, 0, DMA_DONE), 16 << 16 | 2);
}

TEST_ON(without_packets_the_address_is_the_byte_to_send, test)
{
    struct device *device = test->bus.device;
    test_write(device, 0, BYTE, SENSOR << 1);
    test_write(device, 0, COMMAND, START | TX);
    EXPECT_EQ(test_read(device, 0, ISR), ACK);
    test_write(device, 0, ISR, ACK);
    test_write(device, 0, BYTE, 2);
    test_write(device, 0, COMMAND, TX);
    EXPECT_EQ(test_read(device, 0, ISR), ACK);
    test_write(device, 0, ISR, ACK);
    test_write(device, 0, BYTE, SENSOR << 1 | 1);
    test_write(device, 0, COMMAND, START | TX);
    test_write(device, 0, COMMAND, RX);
    test_write(device, 0, COMMAND, START | TX); /* from the first byte again */
    test_write(device, 0, COMMAND, RX | LAST | STOP);
    EXPECT_EQ(test_read(device, 0, ISR), ACK | RX_DONE | STOPPED);
    EXPECT_EQ(received(test), 75);
    test_write(device, 0, BYTE, 0x33 << 1);
    test_write(device, 0, ISR, UINT32_MAX);
    test_write(device, 0, COMMAND, START | TX);
    EXPECT_EQ(test_read(device, 0, ISR), NAK);
}

TEST_ON(a_protected_eeprom_stops_a_packet, test)
{
    device_input(test->eeprom, 0, 1);
    test_write(test->bus.device, 0, BUFF_CTRL, (4 - 1) << 8 | 1);
    EXPECT_EQ(packet(test, EEPROM, START | TX | TX_POOL | STOP),
              DONE | ERROR | NAK | STOPPED);
    EXPECT_EQ(test_read(test->bus.device, 0, DMA_DONE), 2);
}

/* In this order, from those of a reset on. */
TEST_ON(registers_read_as_writes_leave_them, test)
{
    static const struct {
        uint32_t offset;
        uint32_t value;
        uint32_t shown;
    } rows[] = {
        {DMA_LEN, 0x80120034,                    0x00120000                         },
        {DMA_LEN, 0x00568078,                    0x00120078                         },
        {DMA_LEN, 0x0abc0def,                    0x0abc0def                         },
        {DMA_LEN, 0x81238456,                    0x01230456                         },
        {COMMAND, 0x4d01ffff,                    0x4d01f400                         }, /* fails */
        {ISR,     STOPPED,                       DONE | ERROR | ABNORMAL | RECOVERED},
        {ISR,     DONE | ERROR,                  0                                  },
        {COMMAND, PACKET | SENSOR << 24 | START, 0x4d010000                         },
        {ISR,     NAK | STOPPED,                 DONE | ACK                         },
        {ISR,     DONE,                          0                                  },
        {BYTE,    SENSOR << 1,                   SENSOR << 1 | 0x60000              },
        {COMMAND, START | TX,                    0                                  },
        {ISR,     DONE | NAK,                    ACK                                }, /* of no packet */
        {ISR,     ACK,                           0                                  },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        test_write(test->bus.device, 0, rows[i].offset, rows[i].value);
        EXPECT_EQ(test_read(test->bus.device, 0, rows[i].offset),
                  rows[i].shown);
    }
}

TEST_ON(interrupts_are_enabled_and_end_by_a_reset, test)
{
    struct device *device = test->bus.device;
    test_write(device, 0, COMMAND, RECOVER);
    EXPECT_EQ(device->outputs[0].level, 0);
    test_write(device, 0, IER, DONE);
    EXPECT_EQ(device->outputs[0].level, 0);
    test_write(device, 0, IER, RECOVERED);
    EXPECT_EQ(device->outputs[0].level, 1);
    device_reset(device, RESET_CORE);
    EXPECT_EQ(device->outputs[0].level, 0);
}

TEST_ON(a_controller_that_is_turned_off_stops, test)
{
    EXPECT_EQ(packet(test, SENSOR, START), DONE | ACK);
    test_write(test->bus.device, 0, FUN_CTRL, CONTROLLER_ON);
    EXPECT_EQ(put_byte(test, SENSOR, 3, 0), DONE | ACK);
    test_write(test->bus.device, 0, FUN_CTRL, CONTROLLER_ON - 1);
    test_write(test->bus.device, 0, FUN_CTRL, CONTROLLER_ON);
    EXPECT_EQ(put_byte(test, SENSOR, 3, 0), DONE | ERROR | NAK | STOPPED);
}

TEST_ON(recovery_is_done_at_once, test)
{
    test_write(test->bus.device, 0, COMMAND, PACKET | RECOVER);
    EXPECT_EQ(test_read(test->bus.device, 0, ISR), RECOVERED);
}

TEST_ON(the_shared_registers_say_whose_interrupt_is_raised, bus)
{
    bus->device = test_bus_make(bus, &aspeed_i2c_global);
    test_write(bus->device, 0, 0x0c, 0x16);
    EXPECT_EQ(bus->fabric.log.count[LOG_UNMODELLED], 0);
    device_input(bus->device, 0, 1);
    device_input(bus->device, 15, 1);
    EXPECT_EQ(test_read(bus->device, 0, 0), 0x8001);
    device_input(bus->device, 0, 0);
    EXPECT_EQ(test_read(bus->device, 0, 0), 0x8000);
    EXPECT_EQ(test_read(bus->device, 0, 4), 0);
    test_write(bus->device, 0, 0x0c, 0);
    EXPECT_EQ(bus->fabric.log.count[LOG_UNMODELLED], 1);
}

/* ---- Hostile drivers ----------------------------------------------------- */

TEST_ON(a_controller_that_is_off_does_nothing_and_one_as_target_says_so, test)
{
    struct told told;

    test_write(test->bus.device, 0, FUN_CTRL, 0);
    told_init(&told, test->bus.device);
    test_write(test->bus.device, 0, COMMAND, PACKET | SENSOR << 24 | START);
    EXPECT_TOLD(&told,
                "guest: device: a command of a controller that is not "
                "enabled\n");
    told_fini(&told);
    EXPECT_EQ(test_read(test->bus.device, 0, ISR), 0);
    test_write(test->bus.device, 0, FUN_CTRL, 2);
    EXPECT_EQ(test->bus.fabric.log.count[LOG_UNMODELLED], 1);
}

TEST_ON(memory_that_does_not_answer_ends_a_packet, test)
{
    struct device *device = test->bus.device;
    test_write(device, 0, TX_DMA_HIGH, 0x7f);
    test_write(device, 0, RX_DMA_HIGH, 0x7f);
    test_write(device, 0, DMA_LEN, 0x0fff0fff);
    EXPECT_EQ(packet(test, EEPROM, START | TX | TX_MEMORY),
              DONE | ERROR | ABNORMAL | STOPPED);
    EXPECT_EQ(packet(test, EEPROM, START | RX | RX_MEMORY | STOP),
              DONE | ERROR | ABNORMAL | STOPPED);
}

TEST_ON(bytes_without_a_start_find_nobody, test)
{
    EXPECT_EQ(put_byte(test, SENSOR, 1, 0), DONE | ERROR | NAK | STOPPED);
    EXPECT_EQ(packet(test, SENSOR, RX), DONE | RX_DONE);
    EXPECT_EQ(received(test), 0xff);
}

/* Memory is the bus's own registers: a command within a command. */
TEST_BEGINS(a_command_that_comes_back_is_refused, test)
{
    enum { SELF = 0x10000 };
    OWNED(told_fini) struct told told;

    start(test);
    struct device *device = test->bus.device;
    struct window window = {
        .base = gpa(SELF),
        .size_bytes = 0xa0,
        .rights = WINDOW_R | WINDOW_W,
        .enabled = true,
        .device = device,
    };
    space_add_window(test->bus.space, &window);
    test_write(device, 0, RX_DMA, SELF);
    test_write(device, 0, DMA_LEN, 1u << 31 | (0x20 - 1) << 16);
    told_init(&told, device);
    (void)packet(test, EEPROM, START | RX | RX_MEMORY | STOP);
    EXPECT(strstr(buffer_text(&told.text),
                  "a command of a controller that is busy\n") != NULL);
}
