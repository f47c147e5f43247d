/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The example DMA engine in a whole machine: an overlay puts it there, the
 * guest's device tree has it, and a guest programs it to overwrite code that
 * the guest has run, waits, and runs the code again.
 */
#include <errno.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "include/cairn/cairn.h"
#include "tests/harness.h"
#include "tests/machine.h"

#define SHARED    "devices/example/dma.dtso"
#define OWN_SPACE "devices/example/dma-own-space.dtso"

/* Places in RAM: results, the addresses that the guest hands to the engine,
 * the function that it calls, and what is to replace it. */
enum {
    BEFORE = 0x00,
    AFTER = 0x04,
    FINISHED = 0x08,
    SOURCE = 0x10,
    TARGET = 0x18,
    FUNCTION = 0x1000,
    REPLACEMENT = 0x2000,
};
enum { RAM = 0x40000000, GICD_ISPENDR1 = 0x08000204, SPI9 = 1 << 9 };
enum { ENGINE = 0x09100000, ENGINE_STATUS = 0x18 };
enum { BUDGET = 50000 };

/* Calls the function 3000 times, which is often enough to be compiled, keeps
 * its result, has it overwritten, and does the same again. */
static const uint32_t program[] = {
    0xd2a80013, /* mov x19, #0x40000000 */
    0x91400674, /* add x20, x19, #FUNCTION */
    0x52817716, /* mov w22, #3000 */
    0xd63f0280, /* 1: blr x20 */
    0x510006d6, /* sub w22, w22, #1 */
    0x35ffffd6, /* cbnz w22, 1b */
    0xb9000260, /* str w0, [x19, #BEFORE] */
    0xd2a12215, /* mov x21, #ENGINE */
    0xf9400a61, /* ldr x1, [x19, #SOURCE] */
    0xb90002a1, /* str w1, [x21, #0x00] */
    0xb90006bf, /* str wzr, [x21, #0x04] */
    0xf9400e61, /* ldr x1, [x19, #TARGET] */
    0xb9000aa1, /* str w1, [x21, #0x08] */
    0xb9000ebf, /* str wzr, [x21, #0x0c] */
    0x52800101, /* mov w1, #8 */
    0xb90012a1, /* str w1, [x21, #0x10] */
    0x52800021, /* mov w1, #1 */
    0xb9001ea1, /* str w1, [x21, #0x1c] */
    0xb90016a1, /* str w1, [x21, #0x14] */
    0xb9401aa1, /* 2: ldr w1, [x21, #0x18] */
    0x3607ffe1, /* tbz w1, #0, 2b */
    0xd508751f, /* ic iallu */
    0xd5033f9f, /* dsb sy */
    0xd5033fdf, /* isb */
    0x52817716, /* mov w22, #3000 */
    0xd63f0280, /* 3: blr x20 */
    0x510006d6, /* sub w22, w22, #1 */
    0x35ffffd6, /* cbnz w22, 3b */
    0xb9000660, /* str w0, [x19, #AFTER] */
    0x52800021, /* mov w1, #1 */
    0xb9000a61, /* str w1, [x19, #FINISHED] */
    0x14000000, /* b . */
};
static const uint32_t function[] = {0x52800020, 0xd65f03c0};    /* return 1 */
static const uint32_t replacement[] = {0x52800040, 0xd65f03c0}; /* return 2 */

static uint32_t get(struct cairn_machine *machine, uint64_t address)
{
    uint64_t value = 0;

    EXPECT_EQ(cairn_bus_read(machine, "cores", 0, address, 4, &value), 0);
    return (uint32_t)value;
}

/* A machine whose engine sees RAM from ram_base on. */
static struct cairn_machine *make(const char *overlay, enum cairn_engine engine,
                                  uint64_t ram_base)
{
    const uint64_t addresses[] = {ram_base + REPLACEMENT, ram_base + FUNCTION};
    const struct cairn_image image = {"flash0", program, sizeof(program)};
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .cpus = 1};
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = "virt",
        .guest = &guest,
        .overlays = &overlay,
        .overlay_count = 1,
        .seed = 1,
        .engine = engine,
        .images = &image,
        .image_count = 1,
    };
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};

    if (cairn_create(&options, &machine, &error) != 0) {
        EXPECT_STR(error.text, "");
        return NULL;
    }
    cairn_power(machine);
    put_memory(machine, "ram", SOURCE, addresses, sizeof(addresses));
    put_memory(machine, "ram", FUNCTION, function, sizeof(function));
    put_memory(machine, "ram", REPLACEMENT, replacement, sizeof(replacement));
    return machine;
}

static void run(struct cairn_machine *machine, uint64_t instructions)
{
    run_instructions(machine, instructions);
}

static void expect_done(struct cairn_machine *machine)
{
    uint32_t level = 0;

    EXPECT_EQ(get(machine, RAM + FINISHED), 1);
    EXPECT_EQ(get(machine, RAM + BEFORE), 1);
    EXPECT_EQ(get(machine, RAM + AFTER), 2);
    EXPECT_EQ(cairn_line_get(machine, "dma.interrupt", &level), 0);
    EXPECT_EQ(level, 1);
    EXPECT_EQ(get(machine, GICD_ISPENDR1) & SPI9, SPI9);
    EXPECT_EQ(
        cairn_bus_write(machine, "cores", 0, ENGINE + ENGINE_STATUS, 4, 1), 0);
    EXPECT_EQ(cairn_line_get(machine, "dma.interrupt", &level), 0);
    EXPECT_EQ(level, 0);
}

TEST(code_that_the_engine_overwrites_is_translated_anew)
{
    static const struct {
        const char *name;
        const char *overlay;
        uint64_t ram_base;
    } rows[] = {
        {"through the processors' space", SHARED,    RAM},
        {"through a space of its own",    OWN_SPACE, 0  },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint64_t hashes[2];

        for (unsigned compiled = 0; compiled < 2; compiled++) {
            test_case("%s, %s", rows[i].name,
                      compiled ? "compiled" : "interpreted");
            struct cairn_machine *machine = make(
                rows[i].overlay,
                compiled ? CAIRN_ENGINE_COMPILER : CAIRN_ENGINE_INTERPRETER,
                rows[i].ram_base);
            REQUIRE(machine != NULL);
            run(machine, BUDGET);
            hashes[compiled] = cairn_state_hash(machine);
            expect_done(machine);
            cairn_destroy(machine);
        }
        EXPECT_EQ(hashes[0], hashes[1]);
    }
}

/* The snapshot is taken when the engine has started and not yet copied. */
TEST(a_transfer_goes_on_from_a_snapshot)
{
    struct cairn_snapshot *snapshot = NULL;
    struct cairn_error error = {""};
    struct cairn_machine *machine = make(SHARED, CAIRN_ENGINE_COMPILER, RAM);

    REQUIRE(machine != NULL);
    run(machine, 15000 + 16);
    EXPECT_EQ(get(machine, ENGINE + 0x20), 1);
    EXPECT_EQ(get(machine, RAM + FUNCTION), function[0]);
    REQUIRE(cairn_snapshot(machine, &snapshot, &error) == 0);
    run(machine, BUDGET);
    uint64_t hash = cairn_state_hash(machine);
    EXPECT_EQ(cairn_restore(machine, snapshot, &error), 0);
    EXPECT_EQ(get(machine, RAM + FUNCTION), function[0]);
    run(machine, BUDGET);
    EXPECT_EQ(cairn_state_hash(machine), hash);
    expect_done(machine);
    cairn_snapshot_destroy(snapshot);
    cairn_destroy(machine);
}

TEST(the_guests_device_tree_has_it)
{
    struct cairn_machine *machine = make(SHARED, CAIRN_ENGINE_COMPILER, RAM);
    uint8_t *tree = NULL;
    size_t size = 0;
    int length = 0;

    REQUIRE(machine != NULL);
    REQUIRE(cairn_guest_dtb(machine, &tree, &size, NULL) == 0);
    int node = fdt_path_offset(tree, "/dma-controller@9100000");
    REQUIRE(node >= 0);
    EXPECT_STR(fdt_getprop(tree, node, "compatible", NULL),
               "cairn,example-dma");
    const uint8_t *cells = fdt_getprop(tree, node, "interrupts", &length);
    REQUIRE(cells != NULL && length == 12);
    EXPECT_EQ(load_be32(cells), 0); /* shared */
    EXPECT_EQ(load_be32(cells + 4), 9);
    EXPECT_EQ(load_be32(cells + 8), 4); /* a level */
    free(tree);
    cairn_destroy(machine);
}

/* ---- Memory and registers of the caller (cairn_map) ---------------------- */

enum { CALLER_RAM = 0x20000000, CALLER_FIFO = 0x21000000, MOVED = 64 };

struct fifo {
    uint32_t next;
    uint32_t taken;
};

static int read_fifo(void *context, const struct cairn_access *access,
                     uint64_t offset, unsigned size, uint64_t *value)
{
    struct fifo *fifo = context;
    *value = offset << 16 | size << 8 | fifo->next++;
    fifo->taken++;
    return 0;
}

static void copy(struct cairn_machine *machine, uint64_t source,
                 uint64_t target)
{
    const uint32_t rows[][2] = {
        {0x00, (uint32_t)source},
        {0x08, (uint32_t)target},
        {0x10, MOVED           },
        {0x14, 1               },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        EXPECT_EQ(cairn_bus_write(machine, "cores", 0, ENGINE + rows[i][0], 4,
                                  rows[i][1]),
                  0);
    }
    run(machine, BUDGET);
    EXPECT_EQ(get(machine, ENGINE + ENGINE_STATUS), 1);
    cairn_bus_write(machine, "cores", 0, ENGINE + ENGINE_STATUS, 4, 1);
}

TEST(the_engine_reaches_memory_and_registers_of_the_caller)
{
    static uint8_t memory[4096];
    struct fifo fifo = {0};
    const uint32_t loop = 0x14000000;
    const char *overlay = OWN_SPACE;
    const struct cairn_image image = {"flash0", &loop, sizeof(loop)};
    const struct cairn_guest guest = {.size = sizeof(guest), .cpus = 1};
    const struct cairn_options options = {.size = sizeof(options),
                                          .board = "virt",
                                          .guest = &guest,
                                          .overlays = &overlay,
                                          .overlay_count = 1,
                                          .images = &image,
                                          .image_count = 1};
    const struct cairn_map ram = {.size = sizeof(ram),
                                  .name = "caller-ram",
                                  .master = "dma",
                                  .address = CALLER_RAM,
                                  .size_bytes = sizeof(memory),
                                  .host = memory};
    const struct cairn_map registers = {.size = sizeof(registers),
                                        .name = "caller-fifo",
                                        .master = "dma",
                                        .address = CALLER_FIFO,
                                        .size_bytes = 0x1000,
                                        .read = read_fifo,
                                        .context = &fifo};
    struct cairn_machine *machine = NULL;
    uint32_t word = 0;

    REQUIRE(cairn_create(&options, &machine, NULL) == 0);
    REQUIRE(cairn_map(machine, &ram, NULL, NULL) == 0);
    REQUIRE(cairn_map(machine, &registers, NULL, NULL) == 0);
    cairn_power(machine);
    put_memory(machine, "ram", SOURCE, "sixteen bytes of", 16);
    copy(machine, SOURCE, CALLER_RAM + 8);
    EXPECT(memcmp(memory + 8, "sixteen bytes of", 16) == 0);
    copy(machine, CALLER_FIFO, CALLER_RAM);
    EXPECT_EQ(fifo.taken, MOVED / 4);
    memcpy(&word, memory + 4, sizeof(word));
    EXPECT_EQ(word, 4 << 16 | 4 << 8 | 1);
    /* The processors were not shown it. */
    (void)get(machine, CALLER_FIFO);
    EXPECT_EQ(fifo.taken, MOVED / 4);
    cairn_destroy(machine);
}
