/* SPDX-License-Identifier: Apache-2.0 */
/* A memory of 1 MiB in blocks of 4 KiB, seen by a Secure and a Non-secure
 * address space. */
#include "bus/device_state.h"
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/told.h"

extern const struct device_type sie200_mpc;

enum {
    CTRL = 0x00,
    BLK_MAX = 0x10,
    BLK_CFG = 0x14,
    BLK_IDX = 0x18,
    BLK_LUT = 0x1c,
    INT_STAT = 0x20,
    INT_CLEAR = 0x24,
    INT_EN = 0x28,
    INT_INFO1 = 0x2c,
    INT_INFO2 = 0x30,
    INT_SET = 0x34,
};
enum { BASE = 0x10000000, BUS_ERRORS = 0x10 };

struct bench {
    struct test_bus bus;
    struct space *spaces[2]; /* Non-secure, Secure */
};

static void start(struct bench *bench)
{
    struct window window = {
        .name = "ram",
        .base = gpa(BASE),
        .size_bytes = TEST_RAM_SIZE,
        .rights = WINDOW_R | WINDOW_W | WINDOW_X,
        .enabled = true,
    };

    test_bus_init(&bench->bus);
    window.region = bench->bus.ram;
    bench->bus.device = test_bus_make(&bench->bus, &sie200_mpc);
    for (unsigned i = 0; i < 2; i++) {
        struct space *space = space_create(&bench->bus.fabric, "cpu");

        space->attributes.secure = i != 0;
        space->attributes.privileged = true;
        EXPECT_EQ(sie200_mpc.gate(bench->bus.device, 0, space, &window,
                                  &bench->bus.error),
                  0);
        space_add_window(space, &window);
        bench->spaces[i] = space;
    }
    device_reset(bench->bus.device, RESET_POWER_ON);
    memset(region_host(bench->bus.ram), 0x5a, TEST_RAM_SIZE);
}

static void stop(struct bench *bench)
{
    device_destroy(bench->bus.device);
    bench->bus.device = NULL;
    space_destroy(bench->spaces[0]);
    space_destroy(bench->spaces[1]);
    test_bus_fini(&bench->bus);
}

static uint32_t get(struct bench *bench, uint32_t offset)
{
    return (uint32_t)test_read_as(bench->bus.device, (struct test_who){0, true},
                                  0, offset, 4);
}

static void put(struct bench *bench, uint32_t offset, uint32_t value)
{
    test_write_as(bench->bus.device, (struct test_who){0, true}, 0, offset, 4,
                  value);
}

/* The byte there, or a negative errno. */
static int see(struct bench *bench, bool secure, uint32_t offset)
{
    uint64_t value;
    int code =
        space_read(bench->spaces[secure], NULL, gpa(BASE + offset), 1, &value);

    return code ? code : (int)value;
}

FIXTURE(struct bench, bench, stop)
FIXTURE_BEGIN(bench, start(bench))

TEST_ON(the_tables_promises_hold, bench)
{
    EXPECT_DEVICE(bench->bus.device, NULL);
}

TEST_ON(each_block_is_for_one_security_and_not_for_the_other, bench)
{
    EXPECT_EQ(get(bench, BLK_MAX), 7);
    EXPECT_EQ(get(bench, BLK_CFG), 7);
    EXPECT_EQ(see(bench, true, 0), 0x5a);
    EXPECT_EQ(see(bench, false, 0), 0);
    put(bench, BLK_IDX, 1);
    put(bench, BLK_LUT, 0x5);
    EXPECT_EQ(see(bench, false, 0x20000), 0x5a);
    EXPECT_EQ(see(bench, false, 0x20fff), 0x5a);
    EXPECT_EQ(see(bench, false, 0x21000), 0);
    EXPECT_EQ(see(bench, false, 0x22000), 0x5a);
    EXPECT_EQ(see(bench, true, 0x20000), 0);
    EXPECT_EQ(see(bench, true, 0x21000), 0x5a);
    EXPECT_EQ(see(bench, true, 0x22000), 0);
    EXPECT_EQ(see(bench, true, 0x23000), 0x5a);
}

TEST_ON(writes_to_a_barred_block_are_lost_and_may_be_bus_errors, bench)
{
    struct space *space;

    space = bench->spaces[0];
    EXPECT_EQ(space_write(space, NULL, gpa(BASE + 0x123), 1, 1), 0);
    put(bench, CTRL, BUS_ERRORS);
    EXPECT_EQ(space_write(space, NULL, gpa(BASE + 0x123), 1, 1), -EFAULT);
    EXPECT_EQ(see(bench, false, 0x123), -EFAULT);
    EXPECT_EQ(region_host(bench->bus.ram)[0x123], 0x5a);
}

TEST_ON(the_first_refusal_is_told_until_it_is_cleared, bench)
{
    const struct line *interrupt;

    interrupt = device_output(bench->bus.device, "interrupt");
    see(bench, false, 0x1234);
    see(bench, false, 0x5678);
    EXPECT_EQ(get(bench, INT_STAT), 1);
    EXPECT_EQ(interrupt->level, 0);
    put(bench, INT_EN, 1);
    EXPECT_EQ(interrupt->level, 1);
    EXPECT_EQ(get(bench, INT_INFO1), 0x1234);
    EXPECT_EQ(get(bench, INT_INFO2), 0x10000);
    put(bench, INT_CLEAR, 1);
    EXPECT_EQ(interrupt->level, 0);
    put(bench, BLK_IDX, 0);
    put(bench, BLK_LUT, 1);
    see(bench, true, 0x10);
    EXPECT_EQ(interrupt->level, 1);
    EXPECT_EQ(get(bench, INT_INFO1), 0x10);
    EXPECT_EQ(get(bench, INT_INFO2), 0x20000);
    put(bench, INT_CLEAR, 1);
    put(bench, INT_SET, 1);
    EXPECT_EQ(interrupt->level, 1);
}

TEST_ON(the_index_goes_on_by_itself_and_wraps, bench)
{
    put(bench, CTRL, 0x100);
    put(bench, BLK_IDX, 6);
    put(bench, BLK_LUT, 0x66666666);
    put(bench, BLK_LUT, 0x77777777);
    EXPECT_EQ(get(bench, BLK_IDX), 0);
    put(bench, CTRL, 0);
    put(bench, BLK_IDX, 6);
    EXPECT_EQ(get(bench, BLK_LUT), 0x66666666);
    EXPECT_EQ(get(bench, BLK_LUT), 0x66666666);
    put(bench, CTRL, 0x100);
    EXPECT_EQ(get(bench, BLK_LUT), 0x66666666);
    EXPECT_EQ(get(bench, BLK_LUT), 0x77777777);
}

TEST_ON(the_table_is_secure_and_can_be_locked, bench)
{
    OWNED(told_fini) struct told told;

    told_init(&told, bench->bus.device);
    test_write(bench->bus.device, 0, BLK_LUT, UINT32_MAX);
    EXPECT_TOLD(&told,
                "guest: device: BLK_LUT written by a Non-secure access\n");
    EXPECT_EQ(see(bench, false, 0), 0);
    EXPECT_TOLD(&told,
                "guest: device: Non-secure read at offset 0x0 of 'ram': "
                "the block is Secure\n");
    test_write(bench->bus.device, 0, BLK_IDX, 3); /* nor are others changed */
    EXPECT_EQ(get(bench, BLK_IDX), 0);
    put(bench, INT_EN, 1);
    test_write(bench->bus.device, 0, INT_CLEAR, 1);
    EXPECT_EQ(get(bench, INT_STAT), 1);
    put(bench, INT_CLEAR, 0);
    EXPECT_EQ(get(bench, INT_STAT), 1);
    put(bench, INT_CLEAR, 1);
    test_write(bench->bus.device, 0, INT_SET, 1);
    put(bench, INT_SET, 0);
    EXPECT_EQ(get(bench, INT_STAT), 0);
    put(bench, INT_EN, 0);
    told_clear(&told);
    put(bench, BLK_IDX, 0);
    put(bench, BLK_LUT, 1);
    put(bench, BLK_IDX, 0);
    EXPECT_EQ(test_read(bench->bus.device, 0, BLK_LUT), 0);
    put(bench, CTRL, 0x80000000);
    put(bench, CTRL, 0);
    EXPECT_EQ(get(bench, CTRL), 0x80000000);
    EXPECT_TOLD(&told, "guest: device: CTRL written after the lock-down\n");
    put(bench, BLK_IDX, 0);
    put(bench, BLK_LUT, 0);
    put(bench, INT_EN, 1);
    EXPECT_EQ(see(bench, false, 0), 0x5a);
    EXPECT_EQ(get(bench, INT_EN), 0);
}

TEST_ON(a_gate_that_is_asked_for_is_there_at_once, bench)
{
    put(bench, CTRL, 0x40);
    EXPECT_EQ(get(bench, CTRL), 0xc0);
    put(bench, CTRL, 0x80);
    EXPECT_EQ(get(bench, CTRL), 0);
}

TEST_ON(debuggers_see_all_and_disturb_nothing, bench)
{
    static const struct access debugger = {.debug = true};
    uint64_t value;

    EXPECT_EQ(space_read(bench->spaces[0], &debugger, gpa(BASE), 4, &value), 0);
    EXPECT_EQ(value, 0x5a5a5a5a);
    EXPECT_EQ(space_write(bench->spaces[0], &debugger, gpa(BASE), 1, 1), 0);
    EXPECT_EQ(see(bench, true, 0), 1);
    EXPECT_EQ(get(bench, INT_STAT), 0);
    /* nor does it get behind the memory */
    struct device *device = bench->bus.device;
    for (unsigned past = 0; past < 2; past++) {
        const uint64_t last = TEST_RAM_SIZE - 4 + 4 * past;

        EXPECT_EQ(device_read(device, 1, &debugger, last, 4, &value),
                  past ? -EFAULT : 0);
        EXPECT_EQ(device_write(device, 1, &debugger, last, 4, 1),
                  past ? -EFAULT : 0);
    }
    put(bench, CTRL, 0x100);
    device_read(device, 0, &debugger, BLK_LUT, 4, &value);
    EXPECT_EQ(get(bench, BLK_IDX), 0);
}

TEST_ON(a_restored_table_bars_what_it_did, bench)
{
    size_t size = device_image_size(&sie200_mpc);
    uint8_t *image = malloc(size);
    put(bench, BLK_IDX, 0);
    put(bench, BLK_LUT, 1);
    device_image_take(bench->bus.device, image);
    device_reset(bench->bus.device, RESET_POWER_ON);
    EXPECT_EQ(see(bench, false, 0), 0);
    device_image_put(bench->bus.device, image);
    device_restored(bench->bus.device);
    EXPECT_EQ(see(bench, false, 0), 0x5a);
    EXPECT_EQ(see(bench, true, 0), 0);
    free(image);
}

TEST(blocks_that_do_not_fit_the_memory_are_refused)
{
    static const struct {
        uint64_t memory;
        uint32_t block;
        int code;
    } rows[] = {
        {0,                     4096,    -EINVAL}, /* no memory */
        {1 << 20,               0,       -EINVAL},
        {1 << 16,               16,      -EINVAL},
        {1 << 20,               48,      -EINVAL},
        {1 << 20,               64,      -EINVAL}, /* more than 8192 of them */
        {1 << 20,               128,     0      },
        {1 << 20,               1 << 20, 0      },
        {1 << 20,               2 << 20, -EINVAL},
        {8192 * 32,             32,      0      },
        {UINT64_C(8192) * 4096, 4096,    0      },
        {UINT64_C(8193) * 4096, 4096,    -EFBIG },
        {UINT64_C(8194) * 2048, 2048,    -EINVAL},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("row %zu", i);
        test_bus_init(&bus);
        region_destroy(bus.ram);
        bus.ram = rows[i].memory != 0
                      ? region_create("ram", rows[i].memory, &bus.error)
                      : NULL;
        test_bus_property(&bus, "cairn,block-size", rows[i].block);
        bus.device = test_bus_create(&bus, &sie200_mpc);
        EXPECT_EQ(device_init(bus.device, &bus.error), rows[i].code);
        EXPECT_EQ(strstr(bus.error.text, "1 to 8192 in 0x") != NULL,
                  rows[i].code == -EINVAL && rows[i].memory != 0);
    }
}

TEST_ON(a_memory_is_at_sixteen_places_of_each_security, bench)
{
    struct window window = {.size_bytes = TEST_RAM_SIZE, .enabled = true};

    window.region = bench->bus.ram;
    for (unsigned i = 1; i < 17; i++) { /* it is at one already */
        window.base = gpa(BASE + (uint64_t)i * TEST_RAM_SIZE);
        EXPECT_EQ(sie200_mpc.gate(bench->bus.device, 0, bench->spaces[0],
                                  &window, &bench->bus.error),
                  i < 16 ? 0 : -E2BIG);
    }
    EXPECT_EQ(sie200_mpc.gate(bench->bus.device, 1, bench->spaces[1], &window,
                              &bench->bus.error),
              -EINVAL);
    window.region = NULL;
    EXPECT_EQ(sie200_mpc.gate(bench->bus.device, 0, bench->spaces[1], &window,
                              &bench->bus.error),
              -EINVAL);
}
