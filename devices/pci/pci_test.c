/* SPDX-License-Identifier: Apache-2.0 */
/* PCI as a guest works with it: a function is found in configuration space, its
 * BARs are sized and moved, and it interrupts by its pin and by messages.
 * devices/example/endpoint.c is the function. */
#include "bus/device_state.h"
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type pcie_host;
extern const struct device_type example_endpoint;
extern const struct device_type gicv2;
extern const struct device_type gicv2m;

enum { ECAM, PORTS, MEMORY, MEMORY_HIGH };              /* banks of the host */
enum { CONFIG = 0x8000, SLOT = 0x0800, REQUESTER = 8 }; /* 00:01.0 */
enum { COMMAND = 0x04, BAR = 0x10, MSIX = 0x40 };
enum { COMMAND_ALL = 7, INTX_OFF = 0x400, STATUS_INTX = 0x80000 };
enum { MESSAGE = 0x00, LEVEL = 0x04, ADDRESS = 0x08, DATA = 0x10 };
enum { SCRATCH = 0x14, PENDING = 0x800 };
/* Where the BARs are put: on the bus, and in the host's windows. */
enum { BAR0 = 0x10010000, BAR0_AT = 0x10000, MOVED = 0x20000 };
enum { BAR2_AT = 0x4000, BAR4 = 0x1000 };
/* Reached by the bus's master beside memory: a frame that takes messages, and a
 * register that records the requester of a write. */
enum { FRAME = 0x08020000, SETSPI = 0x40, WITNESS = 0x09000000 };
enum { FIRST_SPI = 80, SPIS = 64 };
static const uint32_t msix_enable = UINT32_C(1) << 31;

struct witness {
    uint32_t user;
    uint32_t value;
};

static void write_witness(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct witness *witness = device->state;

    *witness = (struct witness){access->user, value};
}

static const struct register_spec witness_rows[] = {
    {0,
     1, "WITNESS",
     {WO, WO},
     RESET_CORE, 0,
     UINT32_MAX, NO_FIELD,
     NULL, write_witness,
     "for the test"},
};
static const struct register_bank witness_banks[] = {
    {"bank", 0x10, 4, witness_rows, 1},
};
static const struct state_field witness_fields[] = {
    STATE(struct witness, user, RESET_CORE),
    STATE(struct witness, value, RESET_CORE),
};
static const struct device_type witness_type = {
    .compatible = "test,witness",
    .state_size = sizeof(struct witness),
    DEVICE_TABLE(bank, witness_banks),
    DEVICE_TABLE(field, witness_fields),
};

struct bench {
    struct test_bus bus;
    struct device *host;
    struct device *function;
    struct device *gic;
    struct device *frame;
    struct device *witness;
};

static void show(struct bench *bench, uint64_t base, struct device *device)
{
    struct window window = {
        .base = gpa(base),
        .size_bytes = device->type->banks[0].size_bytes,
        .rights = WINDOW_R | WINDOW_W,
        .enabled = true,
        .device = device,
    };
    space_add_window(bench->bus.space, &window);
}

static void setup(struct bench *bench)
{
    struct test_bus *bus = &bench->bus;

    test_bus_init(bus);
    test_bus_property(bus, "reg", SLOT);
    test_bus_property(bus, "arm,msi-base-spi", FIRST_SPI);
    test_bus_property(bus, "arm,msi-num-spis", SPIS);
    bench->host = test_bus_make(bus, &pcie_host);
    bus->parent = bench->host;
    bench->function = test_bus_make(bus, &example_endpoint);
    bus->parent = NULL;
    bench->gic = test_bus_make(bus, &gicv2);
    bus->peer = bench->gic;
    bench->frame = test_bus_make(bus, &gicv2m);
    bus->peer = NULL;
    bench->witness = test_bus_make(bus, &witness_type);
    for (unsigned i = 2; i < 16; i++) { /* messages are edges: GICD_ICFGR */
        test_write(bench->gic, 0, 0xc00 + 4 * i, UINT32_MAX);
    }
    show(bench, FRAME, bench->frame);
    show(bench, WITNESS, bench->witness);
}

static void teardown(struct bench *bench)
{
    device_destroy(bench->host);
    device_destroy(bench->function);
    device_destroy(bench->frame);
    device_destroy(bench->gic);
    device_destroy(bench->witness);
    test_bus_fini(&bench->bus);
}

static uint32_t get(struct bench *bench, unsigned bank, uint64_t offset)
{
    return test_read(bench->host, bank, offset);
}

static void set(struct bench *bench, unsigned bank, uint64_t offset,
                uint32_t value)
{
    test_write(bench->host, bank, offset, value);
}

/* As a system does after it has found the function. */
static void place(struct bench *bench)
{
    set(bench, ECAM, CONFIG + BAR, BAR0);
    set(bench, ECAM, CONFIG + BAR + 8, BAR2_AT);
    set(bench, ECAM, CONFIG + BAR + 12, 0x80);
    set(bench, ECAM, CONFIG + BAR + 16, BAR4);
    set(bench, ECAM, CONFIG + COMMAND, COMMAND_ALL);
}

static void program_vector(struct bench *bench, unsigned vector,
                           uint32_t address, uint32_t data, uint32_t mask)
{
    uint64_t at = BAR2_AT + 16 * (uint64_t)vector;

    set(bench, MEMORY_HIGH, at, address);
    set(bench, MEMORY_HIGH, at + 4, 0);
    set(bench, MEMORY_HIGH, at + 8, data);
    set(bench, MEMORY_HIGH, at + 12, mask);
}

static bool is_pending(struct bench *bench, unsigned spi)
{
    enum { GICD_ISPENDR = 0x200 };
    unsigned intid = 32 + spi;

    return test_read(bench->gic, 0, GICD_ISPENDR + intid / 32 * 4) >>
               intid % 32 &
           1;
}

FIXTURE(struct bench, bench, teardown)
FIXTURE_BEGIN(bench, setup(bench))

TEST_ON(the_tables_promises_hold, bench)
{
    EXPECT_DEVICE(bench->function, NULL);
}

TEST_ON(a_function_is_found_and_its_bars_are_sized, bench)
{
    static const struct {
        unsigned bar;
        uint32_t fresh;
        uint32_t sized;
    } rows[] = {
        {0, 0, 0xffffff00},
        {1, 0, 0         },
        {2, 4, 0xfffff004},
        {3, 0, 0xffffffff},
        {4, 1, 0xffffff01},
        {5, 0, 0         },
    };

    EXPECT_EQ(get(bench, ECAM, CONFIG), 0x0001fffe);
    EXPECT_EQ(get(bench, ECAM, CONFIG + 0x1000), UINT32_MAX);
    EXPECT_EQ(get(bench, ECAM, CONFIG + 0x34), MSIX);
    EXPECT_EQ(get(bench, ECAM, CONFIG + MSIX), 0x00030011);
    EXPECT_EQ(get(bench, ECAM, CONFIG + 0xffc), 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint64_t at = CONFIG + BAR + 4 * rows[i].bar;

        test_case("BAR %u", rows[i].bar);
        EXPECT_EQ(get(bench, ECAM, at), rows[i].fresh);
        set(bench, ECAM, at, UINT32_MAX);
        EXPECT_EQ(get(bench, ECAM, at), rows[i].sized);
    }
    test_write_as(bench->host, (struct test_who){0, false}, ECAM, CONFIG + 0x3c,
                  1, 0x2a);
    EXPECT_EQ(get(bench, ECAM, CONFIG + 0x3c), 0x12a);
    EXPECT_EQ(bench->bus.fabric.log.count[LOG_GUEST], 0);
    EXPECT_EQ(bench->bus.fabric.log.count[LOG_UNMODELLED], 0);
}

TEST_ON(registers_are_where_the_bars_say_while_the_command_allows_it, bench)
{
    EXPECT_EQ(get(bench, MEMORY, BAR0_AT + SCRATCH), UINT32_MAX);
    place(bench);
    set(bench, MEMORY, BAR0_AT + SCRATCH, 0x1234);
    EXPECT_EQ(get(bench, MEMORY, BAR0_AT + SCRATCH), 0x1234);
    EXPECT_EQ(get(bench, PORTS, BAR4 + SCRATCH), 0x1234);
    EXPECT_EQ(get(bench, MEMORY_HIGH, BAR2_AT + 12), 1);
    set(bench, ECAM, CONFIG + BAR, BAR0 - BAR0_AT + MOVED);
    EXPECT_EQ(get(bench, MEMORY, BAR0_AT + SCRATCH), UINT32_MAX);
    EXPECT_EQ(get(bench, MEMORY, MOVED + SCRATCH), 0x1234);
    set(bench, ECAM, CONFIG + COMMAND, 1);
    EXPECT_EQ(get(bench, MEMORY, MOVED + SCRATCH), UINT32_MAX);
    EXPECT_EQ(get(bench, PORTS, BAR4 + SCRATCH), 0x1234);
    set(bench, ECAM, CONFIG + COMMAND, 0);
    EXPECT_EQ(get(bench, PORTS, BAR4 + SCRATCH), UINT32_MAX);
}

/* Slot 1 has its INTA at the host's INTB. */
TEST_ON(the_pin_is_a_line_that_the_host_passes_on, bench)
{
    const struct line *pin = device_output(bench->host, "intb");
    place(bench);
    set(bench, MEMORY, BAR0_AT + LEVEL, 1);
    EXPECT_EQ(pin->level, 1);
    EXPECT_EQ(device_output(bench->host, "inta")->level, 0);
    EXPECT_EQ(get(bench, ECAM, CONFIG + COMMAND) & STATUS_INTX, STATUS_INTX);
    set(bench, ECAM, CONFIG + COMMAND, COMMAND_ALL | INTX_OFF);
    EXPECT_EQ(pin->level, 0);
    set(bench, ECAM, CONFIG + COMMAND, COMMAND_ALL);
    EXPECT_EQ(pin->level, 1);
    set(bench, ECAM, CONFIG + MSIX, msix_enable);
    EXPECT_EQ(pin->level, 0);
    set(bench, ECAM, CONFIG + MSIX, 0);
    EXPECT_EQ(pin->level, 1);
    set(bench, MEMORY, BAR0_AT + LEVEL, 0);
    EXPECT_EQ(pin->level, 0);
    set(bench, MEMORY, BAR0_AT + LEVEL, 1);
    device_reset(bench->function, RESET_WARM);
    EXPECT_EQ(pin->level, 0);
}

TEST_ON(a_message_becomes_an_interrupt_or_waits_for_its_mask, bench)
{
    place(bench);
    program_vector(bench, 1, FRAME + SETSPI, 32 + FIRST_SPI + 2, 0);
    program_vector(bench, 2, FRAME + SETSPI, 32 + FIRST_SPI + 3, 1);
    set(bench, MEMORY, BAR0_AT + MESSAGE, 1); /* not enabled: nothing */
    EXPECT(!is_pending(bench, FIRST_SPI + 2));
    set(bench, ECAM, CONFIG + MSIX, msix_enable);
    set(bench, MEMORY, BAR0_AT + MESSAGE, 1);
    EXPECT(is_pending(bench, FIRST_SPI + 2));
    set(bench, MEMORY, BAR0_AT + MESSAGE, 2);
    EXPECT(!is_pending(bench, FIRST_SPI + 3));
    EXPECT_EQ(get(bench, MEMORY_HIGH, BAR2_AT + PENDING), 1 << 2);
    program_vector(bench, 2, FRAME + SETSPI, 32 + FIRST_SPI + 3, 0);
    EXPECT(is_pending(bench, FIRST_SPI + 3));
    EXPECT_EQ(get(bench, MEMORY_HIGH, BAR2_AT + PENDING), 0);
}

TEST_ON(the_mask_of_the_function_holds_back_all_messages, bench)
{
    place(bench);
    program_vector(bench, 0, FRAME + SETSPI, 32 + FIRST_SPI, 0);
    set(bench, ECAM, CONFIG + MSIX, msix_enable | msix_enable >> 1);
    set(bench, MEMORY, BAR0_AT + MESSAGE, 0);
    EXPECT(!is_pending(bench, FIRST_SPI));
    set(bench, ECAM, CONFIG + MSIX, msix_enable);
    EXPECT(is_pending(bench, FIRST_SPI));
}

TEST_ON(accesses_of_a_bus_master_carry_its_requester_id, bench)
{
    const struct witness *witness = bench->witness->state;
    place(bench);
    program_vector(bench, 0, WITNESS, 0x77, 0);
    set(bench, ECAM, CONFIG + MSIX, msix_enable);
    set(bench, MEMORY, BAR0_AT + MESSAGE, 0);
    EXPECT_EQ(witness->user, REQUESTER);
    EXPECT_EQ(witness->value, 0x77);
    set(bench, MEMORY, BAR0_AT + ADDRESS, TEST_RAM + 8);
    set(bench, MEMORY, BAR0_AT + DATA, 0xabcdef);
    EXPECT_EQ(load_le32(region_host(bench->bus.ram) + 8), 0xabcdef);
    set(bench, ECAM, CONFIG + COMMAND, 3); /* no longer a master */
    set(bench, MEMORY, BAR0_AT + DATA, 1);
    EXPECT_EQ(load_le32(region_host(bench->bus.ram) + 8), 0xabcdef);
    EXPECT_EQ(bench->bus.fabric.log.count[LOG_GUEST], 0);
    set(bench, MEMORY, BAR0_AT + MESSAGE, 0);
    EXPECT_EQ(bench->bus.fabric.log.count[LOG_GUEST], 1);
}

/* A function that writes to its own BAR, and to its own configuration space
 * through the host, is reached again while it handles the access. */
TEST_ON(a_function_reaches_itself_through_its_host, bench)
{
    struct window window = {
        .base = gpa(0x10000000),
        .size_bytes = 0x100000,
        .rights = WINDOW_R | WINDOW_W,
        .enabled = true,
        .device = bench->host,
        .bank = MEMORY,
    };
    space_add_window(bench->bus.space, &window);
    place(bench);
    set(bench, MEMORY, BAR0_AT + ADDRESS, BAR0 + SCRATCH);
    set(bench, MEMORY, BAR0_AT + DATA, 0x99);
    EXPECT_EQ(get(bench, MEMORY, BAR0_AT + SCRATCH), 0x99);
    set(bench, MEMORY, BAR0_AT + ADDRESS, BAR0 + DATA);
    set(bench, MEMORY, BAR0_AT + DATA, 0x98); /* and so on, but not for ever */
    EXPECT_EQ(bench->bus.fabric.dma_depth, 0);
    EXPECT_EQ(get(bench, MEMORY, BAR0_AT + SCRATCH), 0x99);
}

TEST_ON(a_restored_function_is_where_it_was, bench)
{
    void *image = xcalloc(1, device_image_size(&example_endpoint));
    place(bench);
    set(bench, MEMORY, BAR0_AT + SCRATCH, 0x55);
    device_image_take(bench->function, image);
    device_reset(bench->function, RESET_POWER_ON);
    EXPECT_EQ(get(bench, MEMORY, BAR0_AT + SCRATCH), UINT32_MAX);
    device_image_put(bench->function, image);
    device_restored(bench->function);
    EXPECT_EQ(get(bench, MEMORY, BAR0_AT + SCRATCH), 0x55);
    free(image);
}

TEST(a_function_needs_a_host_and_a_number_of_its_own)
{
    static const struct {
        const char *name;
        bool has_host;
        const char *text;
    } rows[] = {
        {"no host", false, "other: must be below a PCI host"          },
        {"taken",   true,
         "other: property 'reg': device number 8 is taken by 'device'"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(teardown) struct bench bench;
        struct error error = {""};

        test_case("%s", rows[i].name);
        setup(&bench);
        bench.bus.parent = rows[i].has_host ? bench.host : bench.gic;
        struct device *other =
            device_create(&bench.bus.fabric, &example_endpoint, "other",
                          bench.function->properties, &bench.bus);
        EXPECT(device_init(other, &error) != 0);
        EXPECT_STR(error.text, rows[i].text);
        device_destroy(other);
    }
}
