/* SPDX-License-Identifier: Apache-2.0 */
/* The targets on a bus of the test's own, by their data sheets. */
#include "base/buffer.h"
#include "bus/device_state.h"
#include "devices/i2c/i2c.h"
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type i2c_24c02;
extern const struct device_type i2c_24c64;
extern const struct device_type i2c_lm75;

struct controller {
    struct i2c_bus bus;
};

static const struct device_type controller = {
    .compatible = "test,i2c",
    .wiring_size = sizeof(struct controller),
    .interface = i2c_controller_interface,
};

enum { SENSOR = 0x4d, EEPROM = 0x50 };

static uint32_t selected;

static const struct i2c_bus *bus_of(const struct test_bus *bus)
{
    const struct controller *wiring = bus->parent->wiring;
    return &wiring->bus;
}

static void start(struct test_bus *bus, const struct device_type *type,
                  unsigned address)
{
    test_bus_init(bus);
    selected = 0;
    bus->parent = test_bus_make(bus, &controller);
    test_bus_property(bus, "reg", address);
    bus->device = test_bus_make(bus, type);
}

static void finish(struct test_bus *bus)
{
    device_destroy(bus->parent);
    test_bus_fini(bus);
}

static bool begin(struct test_bus *bus, unsigned address, bool reads)
{
    return i2c_start(bus_of(bus), &selected, address, reads);
}

static bool put(struct test_bus *bus, uint8_t byte)
{
    return i2c_put(bus_of(bus), selected, byte);
}

static uint8_t get(struct test_bus *bus)
{
    return i2c_get(bus_of(bus), selected);
}

static void stop(struct test_bus *bus)
{
    i2c_stop(bus_of(bus), &selected);
}

static uint16_t read_register(struct test_bus *bus, uint8_t number)
{
    EXPECT(begin(bus, SENSOR, false));
    EXPECT(put(bus, number));
    EXPECT(begin(bus, SENSOR, true));
    const uint16_t upper = get(bus);
    const uint16_t value = (uint16_t)(upper << 8 | get(bus));
    stop(bus);
    return value;
}

TEST(the_tables_promises_hold)
{
    static const struct device_type *const types[] = {&i2c_lm75, &i2c_24c02,
                                                      &i2c_24c64};
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        OWNED(finish) struct test_bus bus;

        start(&bus, types[i], EEPROM);
        EXPECT_DEVICE(bus.device, NULL);
    }
}

FIXTURE(struct test_bus, bus, finish)
FIXTURE_BEGIN(bus, start(bus, &i2c_lm75, SENSOR))

TEST_ON(the_sensor_measures_in_halves_of_a_degree, bus)
{
    static const struct {
        int32_t temperature;
        uint16_t value;
    } rows[] = {
        {0,      0x0000},
        {25000,  0x1900},
        {500,    0x0080},
        {499,    0x0000},
        {-1,     0xff80},
        {-25000, 0xe700},
        {-55000, 0xc900},
        {-99999, 0xc900},
        {125000, 0x7d00},
        {200000, 0x7d00},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("%d", rows[i].temperature);
        device_input(bus->device, 0, (uint32_t)rows[i].temperature);
        EXPECT_EQ(read_register(bus, 0), rows[i].value);
    }
}

TEST_ON(the_sensors_limits_are_kept_and_its_temperature_is_not_written, bus)
{
    EXPECT_EQ(read_register(bus, 2), 0x4b00);
    EXPECT_EQ(read_register(bus, 3), 0x5000);
    EXPECT(begin(bus, SENSOR, false));
    EXPECT(put(bus, 3) && put(bus, 0x3c) && put(bus, 0xff));
    stop(bus);
    EXPECT_EQ(read_register(bus, 3), 0x3c80);
    EXPECT(begin(bus, SENSOR, false));
    EXPECT(put(bus, 0) && put(bus, 0x12) && put(bus, 0x34));
    stop(bus);
    EXPECT_EQ(read_register(bus, 0), 0);
    /* A register of one byte repeats it. */
    EXPECT(begin(bus, SENSOR, false));
    EXPECT(put(bus, 1) && put(bus, 0xff));
    stop(bus);
    EXPECT_EQ(read_register(bus, 1), 0x1f1f);
}

TEST_ON(the_alarm_has_a_hysteresis, bus)
{
    const struct line *alarm = device_output(bus->device, "alarm");
    EXPECT_EQ(alarm->level, 1); /* active low */
    device_input(bus->device, 0, 80500);
    EXPECT_EQ(alarm->level, 0);
    device_input(bus->device, 0, 76000);
    EXPECT_EQ(alarm->level, 0);
    device_input(bus->device, 0, 74500);
    EXPECT_EQ(alarm->level, 1);
    device_input(bus->device, 0, 80000);
    EXPECT_EQ(alarm->level, 1);
}

/* With a hysteresis above the limit each comparison turns the alarm over. */
TEST_ON(a_restored_sensor_does_not_compare_again, bus)
{
    OWNED(buffer_fini) struct buffer record = {0};
    struct error error = {""};

    device_input(bus->device, 0, 81000);
    EXPECT(begin(bus, SENSOR, false));
    EXPECT(put(bus, 2) && put(bus, 0x64)); /* 100 degrees */
    stop(bus);
    const uint64_t before = device_hash(bus->device, 0);
    const uint32_t level = device_output(bus->device, "alarm")->level;
    device_save(bus->device, &record);
    const uint8_t *bytes = record.bytes;
    size_t size = record.size;
    device_reset(bus->device, RESET_POWER_ON);
    REQUIRE(device_restore(bus->device, &bytes, &size, &error) == 0);
    device_restored(bus->device);
    EXPECT_EQ(device_hash(bus->device, 0), before);
    EXPECT_EQ(device_output(bus->device, "alarm")->level, level);
}

TEST_BEGINS(an_eeprom_is_written_in_pages_and_read_through, bus)
{
    start(bus, &i2c_24c02, EEPROM);
    EXPECT(begin(bus, EEPROM, false));
    EXPECT(put(bus, 0x06));
    for (uint8_t i = 0; i < 4; i++) {
        EXPECT(put(bus, i)); /* the last two at 0 and 1 of the page */
    }
    stop(bus);
    EXPECT(begin(bus, EEPROM, false));
    EXPECT(put(bus, 0xff));
    EXPECT(begin(bus, EEPROM, true));
    EXPECT_EQ(get(bus), 0xff);
    EXPECT_EQ(get(bus), 2); /* round the end */
    EXPECT_EQ(get(bus), 3);
    for (unsigned i = 2; i < 6; i++) {
        EXPECT_EQ(get(bus), 0xff);
    }
    EXPECT_EQ(get(bus), 0);
    EXPECT_EQ(get(bus), 1);
    stop(bus);
}

TEST_BEGINS(a_large_eeprom_has_addresses_of_two_bytes_and_keeps_its_contents,
            bus)
{
    start(bus, &i2c_24c64, EEPROM);
    EXPECT(begin(bus, EEPROM, false));
    EXPECT(put(bus, 0x12) && put(bus, 0x34) && put(bus, 0xa5));
    stop(bus);
    device_reset(bus->device, RESET_POWER_ON);
    EXPECT(begin(bus, EEPROM, false));
    EXPECT(put(bus, 0x12) && put(bus, 0x34));
    EXPECT(begin(bus, EEPROM, true));
    EXPECT_EQ(get(bus), 0xa5);
    stop(bus);
}

TEST_BEGINS(a_protected_eeprom_acknowledges_no_data, bus)
{
    start(bus, &i2c_24c02, EEPROM);
    device_input(bus->device, test_input(bus->device, "write_protect"), 1);
    EXPECT(begin(bus, EEPROM, false));
    EXPECT(put(bus, 0));
    EXPECT(!put(bus, 0x55));
    stop(bus);
    EXPECT(begin(bus, EEPROM, true));
    EXPECT_EQ(get(bus), 0xff);
    stop(bus);
}

TEST_BEGINS(an_eeprom_begins_with_what_the_board_says, bus)
{
    test_bus_init(bus);
    selected = 0;
    bus->parent = test_bus_make(bus, &controller);
    test_bus_property(bus, "reg", EEPROM);
    test_bus_property(bus, "cairn,eeprom", 0x41424344);
    bus->device = test_bus_make(bus, &i2c_24c02);
    EXPECT(begin(bus, EEPROM, false));
    EXPECT(put(bus, 2));
    EXPECT(begin(bus, EEPROM, true));
    EXPECT_EQ(get(bus), 0x43);
    EXPECT_EQ(get(bus), 0x44);
    EXPECT_EQ(get(bus), 0xff);
    stop(bus);
}

/* The complaint of a target's init where it does not fit. */
static void expect_refused(struct test_bus *bus, const char *text)
{
    static const struct property_source properties = {.find = test_find,
                                                      .parent = test_parent};
    struct device *device =
        device_create(&bus->fabric, &i2c_lm75, "other", &properties, bus);
    struct error error = {""};

    EXPECT_EQ(device_init(device, &error), -EINVAL);
    EXPECT(strstr(error.text, text));
    device_destroy(device);
}

TEST_ON(a_target_that_does_not_fit_is_refused, bus)
{
    expect_refused(bus, "address 0x4d is taken by 'device'");
    test_bus_property(bus, "reg", 0x78);
    expect_refused(bus, "'reg' is 0x78");
    test_bus_property(bus, "reg", 7);
    expect_refused(bus, "'reg' is 0x7");
    struct device *parent = bus->parent;
    bus->parent = bus->device;
    expect_refused(bus, "must be below an I2C controller");
    bus->parent = parent;
}

TEST_ON(nobody_answers_at_other_addresses, bus)
{
    EXPECT(begin(bus, SENSOR, true));
    EXPECT(!begin(bus, 0x11, true));
    EXPECT_EQ(get(bus), 0xff);
    EXPECT(!put(bus, 0));
    stop(bus);
}
