/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of who is held and released on board ast2700, and by what: programs of
 * a few instructions in the places of its firmware. The boot MCU's stores a
 * list of words, the Cortex-A35's notes that it ran and hands over by SCU0's
 * scratch registers, that of the SSP and the TSP counts its starts.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/ast2700.h"
#include "base/bits.h"
#include "include/cairn/cairn.h"
#include "tests/facts.h"
#include "tests/harness.h"
#include "tests/machine.h"

OWNER(struct cairn_machine, cairn_destroy)

enum { LIST = 0x1000, STORES_MAX = 1200 };
enum {
    A35_CODE = 0x1000,
    A35_SECOND = 0x400,
    A35_RAN = 0x800,
    A35_HANDED = 0x804
};
enum { M4_RAN = 0x40, M4_STARTS = 0x44 };
enum { SSP_OFFSET = 0x2c000000, TSP_OFFSET = 0x2e000000 };
enum { RAN = 0xa35, HANDED = 0xe9, SSP_RAN = 0x55 };

struct store {
    uint32_t address; /* 0: the end */
    uint32_t value;
};

#define SCU0(offset) (AST2700_SCU0 + (offset))
#define SCU1(offset) (AST2700_SCU1 + (offset))

static const uint32_t mcu_program[] = {
    0x00001437, /* lui s0, LIST >> 12 */
    0x00042283, /* 1: lw t0, 0(s0) */
    0x00442303, /* lw t1, 4(s0) */
    0x00840413, /* addi s0, s0, 8 */
    0x00028663, /* beqz t0, 2f */
    0x0062a023, /* sw t1, 0(t0) */
    0xfedff06f, /* j 1b */
    0x10500073, /* 2: wfi */
    0xffdff06f, /* j 2b */
};

#define A35_ENTRY (AST2700_SRAM0 + A35_CODE)

/* In SRAM0: notes its run; number 0 writes entry points, others wait. */
static const uint32_t a35_program[] = {
    0xd53800a0, /* mrs x0, mpidr_el1 */
    0x92401c00, /* and x0, x0, #0xff */
    0xd2a20001, /* mov x1, #0x10000000 */
    0x8b000c22, /* add x2, x1, x0, lsl #3 */
    0x528146a3, /* mov w3, #RAN */
    0xb9080043, /* str w3, [x2, #A35_RAN] */
    0xd284f005, /* mov x5, #0x2780 */
    0xf2a25805, /* movk x5, #0x12c0, lsl #16 */
    0xb40000c0, /* cbz x0, 2f */
    0x8b000ca5, /* add x5, x5, x0, lsl #3 */
    0xd503205f, /* 1: wfe */
    0xf94000a6, /* ldr x6, [x5] */
    0xb4ffffc6, /* cbz x6, 1b */
    0xd61f00c0, /* br x6 */
    0x91100027, /* 2: add x7, x1, #A35_SECOND */
    0xf90004a7, /* str x7, [x5, #8] */
    0xf90008a7, /* str x7, [x5, #16] */
    0xf9000ca7, /* str x7, [x5, #24] */
    0xd5033f9f, /* dsb sy */
    0xd503209f, /* sev */
    0x91000529, /* 3: add x9, x9, #1 */
    0x17ffffff, /* b 3b */
};
static const uint32_t a35_second[] = {
    0x52801d23, /* mov w3, #HANDED */
    0xb9080443, /* str w3, [x2, #A35_HANDED] */
    0x14000000, /* b . */
};

/* At 0 of a Cortex-M4F: stack, entry, then stores through 70000000 (SRAM0). */
static const uint16_t m4_program[] = {
    0x1000, 0x0000, 0x0009, 0x0000, 0xf04f, 0x40e0, /* mov.w r0, #0x70000000 */
    0x2155,                                         /* movs r1, #SSP_RAN */
    0x6401,                                         /* str r1, [r0, #M4_RAN] */
    0x6c42, /* ldr r2, [r0, #M4_STARTS] */
    0x3201, /* adds r2, #1 */
    0x6442, /* str r2, [r0, #M4_STARTS] */
    0xe7fe, /* b . */
};

static uint32_t get(struct cairn_machine *machine, uint64_t address)
{
    uint64_t value = 0;

    EXPECT_EQ(cairn_bus_read(machine, "ca35", 1, address, 4, &value), 0);
    return (uint32_t)value;
}

/* A machine whose boot MCU makes these stores, with so much DRAM (0: that of
 * the board) and an overlay or NULL. */
static struct cairn_machine *make_with(const struct store *stores, size_t count,
                                       uint64_t memory_bytes,
                                       const char *overlay)
{
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .memory_bytes = memory_bytes};
    static uint8_t rom[LIST + (STORES_MAX + 1) * sizeof(struct store)];
    const struct cairn_image image = {"mcu_rom", rom, sizeof(rom)};
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = "ast2700",
        .seed = 1,
        .images = &image,
        .image_count = 1,
        .guest = memory_bytes ? &guest : NULL,
        .overlays = &overlay,
        .overlay_count = overlay ? 1 : 0,
    };
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};

    if (!EXPECT(count <= STORES_MAX)) {
        return NULL;
    }
    memset(rom, 0, sizeof(rom));
    memcpy(rom + AST2700_MCU_RESET_VECTOR, mcu_program, sizeof(mcu_program));
    if (count != 0) {
        memcpy(rom + LIST, stores, count * sizeof(*stores));
    }
    if (cairn_create(&options, &machine, &error) != 0) {
        EXPECT_STR(error.text, "");
        return NULL;
    }
    cairn_power(machine);
    put_memory(machine, "sram0", A35_CODE, a35_program, sizeof(a35_program));
    put_memory(machine, "sram0", A35_SECOND, a35_second, sizeof(a35_second));
    return machine;
}

static struct cairn_machine *make(const struct store *stores, size_t count)
{
    struct cairn_machine *machine = make_with(stores, count, 0, NULL);

    if (machine) {
        put_memory(machine, "ram", SSP_OFFSET, m4_program, sizeof(m4_program));
        put_memory(machine, "ram", TSP_OFFSET, m4_program, sizeof(m4_program));
    }
    return machine;
}

static void run(struct cairn_machine *machine, uint64_t us)
{
    run_for_ns(machine, us * 1000);
}

static uint64_t retired(struct cairn_machine *machine, const char *core)
{
    return cairn_instructions(machine, core);
}

/* Events of that fact and processor. */
static unsigned told(struct cairn_machine *machine, enum event_fact fact,
                     const char *name)
{
    const struct event *event;
    unsigned count = 0;

    for (size_t i = 0; (event = fact_at(machine, i)) != NULL; i++) {
        count += event->fact == fact && strcmp(event->name, name) == 0;
    }
    return count;
}

static const char *const others[] = {"cpu0", "cpu1",    "cpu2",   "cpu3",
                                     "cpu",  "ssp_cpu", "tsp_cpu"};

/* The stores that release the Cortex-A35 at SRAM0. */
static const struct store release[] = {
    {SCU0(AST2700_SCU0_RVBAR),        A35_ENTRY >> 4},
    {SCU0(AST2700_SCU0_RVBAR + 4),    A35_ENTRY >> 4},
    {SCU0(AST2700_SCU0_RVBAR + 8),    A35_ENTRY >> 4},
    {SCU0(AST2700_SCU0_RVBAR + 12),   A35_ENTRY >> 4},
    {SCU0(AST2700_SCU0_CA35_RELEASE), 1             },
};

/* ---- Power-on ------------------------------------------------------------ */

TEST(from_power_on_the_boot_mcu_runs_and_all_others_are_held)
{
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make(NULL, 0);

    REQUIRE(machine);
    run(machine, 10);
    EXPECT(retired(machine, "mcu_cpu") > 0);
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        test_case("%s", others[i]);
        EXPECT_EQ(told(machine, FACT_PROCESSOR_HELD, others[i]), 1);
        EXPECT_EQ(retired(machine, others[i]), 0);
    }
}

/* ---- Cortex-A35 ---------------------------------------------------------- */

/* All registers of SCU0 but that one, with zeros and with ones, and all reset
 * lines of SCU1 but the boot MCU's. */
static size_t everything_else(struct store *stores)
{
    size_t count = 0;

    for (uint32_t offset = 4; offset < 0x1000; offset += 4) {
        if (offset != AST2700_SCU0_CA35_RELEASE &&
            offset != AST2700_SCU_STRAP1) {
            stores[count++] = (struct store){SCU0(offset), UINT32_MAX};
        }
    }
    stores[count++] = (struct store){SCU1(AST2700_SCU_MODRST1_CLR), UINT32_MAX};
    stores[count++] = (struct store){SCU1(AST2700_SCU_MODRST2_CLR), UINT32_MAX};
    stores[count++] = (struct store){SCU0(AST2700_SCU0_CA35_RELEASE), 0};
    return count;
}

TEST(nothing_but_ca35_release_lets_the_cortex_a35_go)
{
    static struct store stores[STORES_MAX];
    size_t count = everything_else(stores);
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make(stores, count);

    REQUIRE(machine);
    run(machine, 100);
    EXPECT(retired(machine, "mcu_cpu") > 6 * count);
    for (unsigned i = 0; i < 4; i++) {
        EXPECT_EQ(retired(machine, others[i]), 0);
        EXPECT_EQ(told(machine, FACT_PROCESSOR_RUNS, others[i]), 0);
    }
    EXPECT_EQ(cairn_bus_write(machine, "mcu", 1,
                              SCU0(AST2700_SCU0_CA35_RELEASE), 4, 1),
              0);
    EXPECT_EQ(told(machine, FACT_PROCESSOR_RUNS, "cpu0"), 1);
}

static const struct event *find(struct cairn_machine *machine,
                                enum event_fact fact, uint64_t number,
                                const char *name)
{
    const struct event *event;

    for (size_t i = 0; (event = fact_at(machine, i)) != NULL; i++) {
        if (event->fact == fact && event->number == number &&
            strcmp(event->name, name) == 0) {
            return event;
        }
    }
    return NULL;
}

TEST(four_cortex_a35_start_where_rvbar_says_and_hand_over_by_scratch)
{
    struct cairn_machine *machine = make(release, ARRAY_SIZE(release));

    REQUIRE(machine);
    run(machine, 100);
    EXPECT(find(machine, FACT_LINE_RELEASED, 0, "scu0.ca35"));
    for (unsigned i = 0; i < 4; i++) {
        const struct event *event =
            find(machine, FACT_PROCESSOR_RUNS, 0, others[i]);

        test_case("%s", others[i]);
        EXPECT(event && event->values[0] == A35_ENTRY);
        EXPECT_EQ(get(machine, AST2700_SRAM0 + A35_RAN + 8 * i), RAN);
        EXPECT_EQ(get(machine, AST2700_SRAM0 + A35_HANDED + 8 * i),
                  i == 0 ? 0 : HANDED);
    }
    EXPECT_EQ(get(machine, SCU0(AST2700_SCU0_EP0) + 8),
              AST2700_SRAM0 + A35_SECOND);
    cairn_destroy(machine);
}

TEST(a_strap_disables_the_cortex_a35)
{
    static const struct store stores[] = {
        {SCU0(AST2700_SCU_STRAP1),        AST2700_SCU0_STRAP_NO_CA35},
        {SCU0(AST2700_SCU0_CA35_RELEASE), 1                         },
    };
    struct cairn_machine *machine = make(stores, ARRAY_SIZE(stores));

    REQUIRE(machine);
    run(machine, 100);
    EXPECT_EQ(retired(machine, "cpu0"), 0);
    cairn_destroy(machine);
}

/* ---- SSP and TSP --------------------------------------------------------- */

#define LINE_SSP BIT(AST2700_RESET0_SSP)
#define LINE_TSP BIT(AST2700_RESET0_TSP - 32)

/* The SSP is started by its control register, the TSP by its line. */
static const struct store start_both[] = {
    {SCU0(AST2700_SCU_MODRST1_CLR),  LINE_SSP},
    {SCU0(AST2700_SCU0_SSP_CONTROL), 0x1e    },
    {SCU0(AST2700_SCU0_SSP_CONTROL), 0x1f    },
    {SCU0(AST2700_SCU0_TSP_CONTROL), 0       },
    {SCU0(AST2700_SCU_MODRST2_CLR),  LINE_TSP},
};

TEST(ssp_and_tsp_start_in_the_dram_that_scu0_shows_them)
{
    struct cairn_machine *machine = make(start_both, ARRAY_SIZE(start_both));

    REQUIRE(machine);
    run(machine, 100);
    EXPECT_EQ(get(machine, AST2700_SRAM0 + M4_RAN), SSP_RAN);
    EXPECT_EQ(get(machine, AST2700_SRAM0 + M4_STARTS), 2);
    EXPECT(find(machine, FACT_LINE_RELEASED, 0, "scu0.ssp"));
    EXPECT(find(machine, FACT_LINE_RELEASED, 0, "scu0.tsp"));
    EXPECT_EQ(retired(machine, "cpu0"), 0);
    /* Its line stops it; the other one goes on. */
    uint64_t before = retired(machine, "ssp_cpu");
    EXPECT_EQ(cairn_reset_line(machine, "scu0.reset_ssp", true), 0);
    run(machine, 100);
    EXPECT_EQ(retired(machine, "ssp_cpu"), before);
    EXPECT_EQ(told(machine, FACT_PROCESSOR_HELD, "tsp_cpu"), 1);
    EXPECT_EQ(cairn_reset_line(machine, "scu0.ssp", false), 0);
    run(machine, 100);
    EXPECT_EQ(get(machine, AST2700_SRAM0 + M4_STARTS), 3);
    cairn_destroy(machine);
}

static uint32_t ssp_sees(struct cairn_machine *machine, uint32_t address)
{
    uint64_t value = 0;

    EXPECT_EQ(cairn_bus_read(machine, "ssp", 1, address, 4, &value), 0);
    return (uint32_t)value;
}

/* Between the blocks of the I/O areas. */
TEST(gaps_of_the_io_areas_read_as_zero_and_are_counted)
{
    static const uint32_t gaps[] = {0x14c18400, 0x14c3b000, 0x12c20000};
    static const struct {
        const char *master;
        uint32_t offset; /* of the SoC's addresses */
    } masters[] = {
        {"ca35", 0         },
        {"mcu",  0         },
        {"ssp",  0x60000000},
        {"tsp",  0x60000000}
    };
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make(NULL, 0);
    uint64_t met = cairn_unmodelled_count(machine);

    for (size_t i = 0; i < ARRAY_SIZE(masters) * ARRAY_SIZE(gaps); i++) {
        const char *master = masters[i / ARRAY_SIZE(gaps)].master;
        const uint32_t address =
            masters[i / ARRAY_SIZE(gaps)].offset + gaps[i % ARRAY_SIZE(gaps)];
        uint64_t value = 1;

        test_case("%s, 0x%08x", master, address);
        EXPECT_EQ(cairn_bus_read(machine, master, 1, address, 4, &value), 0);
        EXPECT_EQ(value, 0);
        EXPECT_EQ(cairn_bus_write(machine, master, 1, address, 4, 1), 0);
        EXPECT_EQ(cairn_unmodelled_count(machine), met + 2);
        met += 2;
    }
    /* A block that has a model is in front, and what lies outside is nothing.
     */
    EXPECT_EQ(get(machine, SCU0(AST2700_SCU_STRAP1_SEC)), 0xff);
    uint64_t value = 0;
    EXPECT(cairn_bus_read(machine, "ca35", 1, 0x15000000, 4, &value) != 0);
}

static void move_ssp(struct cairn_machine *machine, uint64_t offset)
{
    EXPECT_EQ(cairn_bus_write(machine, "mcu", 1,
                              SCU0(AST2700_SCU0_SSP_DRAM_BASE), 4,
                              (AST2700_DRAM + offset) >> 4),
              0);
}

/* Windows follow the registers back to where a snapshot has them, in this
 * machine and in another. */
TEST(a_snapshot_has_the_windows_of_ssp_and_tsp)
{
    static const uint32_t word = 0x12345678;
    struct cairn_machine *machine = make(start_both, ARRAY_SIZE(start_both));
    struct cairn_machine *other = make(start_both, ARRAY_SIZE(start_both));
    struct cairn_snapshot *snapshot = NULL;
    struct cairn_error error = {""};
    uint8_t *bytes = NULL;
    size_t size = 0;

    REQUIRE(machine && other);
    run(machine, 20);
    put_memory(machine, "ram", 0x100000, &word, sizeof(word));
    EXPECT_EQ(ssp_sees(machine, 0), 0x1000);
    move_ssp(machine, 0x100000);
    EXPECT_EQ(ssp_sees(machine, 0), word);
    REQUIRE(cairn_snapshot(machine, &snapshot, &error) == 0);
    REQUIRE(cairn_save_bytes(machine, &bytes, &size, &error) == 0);
    move_ssp(machine, SSP_OFFSET);
    EXPECT_EQ(ssp_sees(machine, 0), 0x1000);
    EXPECT_EQ(cairn_restore(machine, snapshot, &error), 0);
    EXPECT_EQ(ssp_sees(machine, 0), word);
    EXPECT_EQ(cairn_load_bytes(other, bytes, size, &error), 0);
    EXPECT_EQ(ssp_sees(other, 0), word);
    EXPECT_EQ(cairn_state_hash(other), cairn_state_hash(machine));
    free(bytes);
    cairn_snapshot_destroy(snapshot);
    cairn_destroy(other);
    cairn_destroy(machine);
}

/* ---- Resets in the middle of a run --------------------------------------- */

static const struct store release_all[] = {
    {SCU0(AST2700_SCU_MODRST1_CLR),   LINE_SSP      },
    {SCU0(AST2700_SCU0_SSP_CONTROL),  0x1f          },
    {SCU1(AST2700_SCU_MODRST2_CLR),   UINT32_MAX    },
    {SCU0(AST2700_SCU0_RVBAR),        A35_ENTRY >> 4},
    {SCU0(AST2700_SCU0_CA35_RELEASE), 1             },
};

/* With that line asserted at an instruction and released 1 us later. */
static struct cairn_machine *run_with(const char *line, uint64_t place)
{
    const struct cairn_reset_at at = {sizeof(at), line, place, 1000};
    struct cairn_machine *machine = make(release_all, ARRAY_SIZE(release_all));

    if (machine) {
        EXPECT_EQ(cairn_reset_line_at(machine, &at), 0);
        run(machine, 200);
        EXPECT_EQ(cairn_reset_lines_waiting(machine), 0);
    }
    return machine;
}

/* A processor that is held already is not released by the end of a reset. */
TEST(a_reset_of_what_is_held_releases_nobody)
{
    static const char *const lines[] = {"scu0.ca35", "scu0.ssp", "scu0.tsp"};

    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        const struct cairn_reset_at at = {sizeof(at), lines[i], 3, 1000};
        struct cairn_machine *machine = make(release_all, 0);

        test_case("%s", lines[i]);
        REQUIRE(machine);
        EXPECT_EQ(cairn_reset_line_at(machine, &at), 0);
        run(machine, 200);
        EXPECT_EQ(cairn_reset_lines_waiting(machine), 0);
        for (size_t c = 0; c < ARRAY_SIZE(others); c++) {
            EXPECT_EQ(told(machine, FACT_PROCESSOR_RUNS, others[c]), 0);
        }
        cairn_destroy(machine);
    }
}

TEST(reset_lines_of_both_units_reset_what_is_behind_them_alone)
{
    static const struct {
        const char *line;
        const char *again; /* a processor that starts again, or NULL */
    } rows[] = {
        {"scu0.ca35",           "cpu0"   },
        {"scu0.ssp",            "ssp_cpu"},
        {"scu1.reset_mcu0",     "mcu_cpu"},
        {"scu1.reset_caliptra", NULL     },
        {"scu1.reset_mac0",     NULL     },
        {"scu0.reset_emmc",     NULL     },
    };
    static const char *const all[] = {"cpu0", "ssp_cpu", "mcu_cpu"};

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct cairn_machine *machine = run_with(rows[i].line, 20000);

        REQUIRE(machine);
        for (size_t c = 0; c < ARRAY_SIZE(all); c++) {
            bool again = rows[i].again && strcmp(rows[i].again, all[c]) == 0;

            test_case("%s, %s", rows[i].line, all[c]);
            EXPECT_EQ(told(machine, FACT_PROCESSOR_RUNS, all[c]),
                      again ? 2 : 1);
        }
        cairn_destroy(machine);
    }
}

/* Everything is held, then the boot MCU goes through it all again. */
TEST(a_reset_of_the_whole_soc_goes_round_again)
{
    struct cairn_machine *machine = run_with("scu1.soc", 20000);

    REQUIRE(machine);
    EXPECT_EQ(told(machine, FACT_PROCESSOR_RUNS, "mcu_cpu"), 2);
    EXPECT_EQ(told(machine, FACT_PROCESSOR_HELD, "cpu0"), 2);
    EXPECT_EQ(told(machine, FACT_PROCESSOR_RUNS, "cpu0"), 2);
    EXPECT_EQ(told(machine, FACT_PROCESSOR_RUNS, "ssp_cpu"), 2);
    EXPECT_EQ(get(machine, AST2700_SRAM0 + M4_STARTS), 2);
    fact_find(machine, 0, FACT_SYSTEM_WARM_RESET, 0);
    cairn_destroy(machine);
}

/* ---- DRAM ---------------------------------------------------------------- */

/* A loader writes behind the end and looks at the base, as the boot MCU and the
 * Cortex-A35 see them; SSP and TSP have their code in the smallest, too. */
TEST(dram_of_any_size_is_at_its_multiples)
{
    static const uint64_t sizes[] = {256, 512, 1024, 2048, 4096, 8192};

    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        uint64_t size = sizes[i] << 20;
        struct cairn_machine *machine =
            make_with(release, ARRAY_SIZE(release), size, NULL);
        bool again = size < UINT64_C(8192) << 20;

        test_case("%u MiB", (unsigned)sizes[i]);
        REQUIRE(machine);
        EXPECT_EQ(cairn_bus_write(machine, "ca35", 1, AST2700_DRAM, 4, 0), 0);
        EXPECT_EQ(
            cairn_bus_write(machine, "ca35", 1, AST2700_DRAM + size, 4, 0x5a5a),
            again ? 0 : -EFAULT);
        EXPECT_EQ(get(machine, AST2700_DRAM), again ? 0x5a5a : 0);
        EXPECT_EQ(cairn_bus_write(machine, "mcu", 1,
                                  AST2700_MCU_DRAM + AST2700_MCU_DRAM_SIZE - 4,
                                  4, 0xa5a5),
                  0);
        EXPECT_EQ(
            get(machine, AST2700_DRAM + (AST2700_MCU_DRAM_SIZE - 4) % size),
            0xa5a5);
        EXPECT_EQ(get(machine, AST2700_SDRAMC + AST2700_SDRAMC_CONFIG), i << 2);
        run(machine, 100);
        EXPECT_EQ(get(machine, AST2700_SRAM0 + A35_RAN), RAN);
        cairn_destroy(machine);
    }
}

TEST(dram_of_a_size_that_the_controller_does_not_drive_is_refused)
{
    static const uint64_t sizes[] = {128, 768, 3072};

    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                          .memory_bytes = sizes[i] << 20};
        const struct cairn_options options = {
            .size = sizeof(struct cairn_options),
            .board = "ast2700",
            .guest = &guest,
        };
        OWNED(cairn_destroy_at) struct cairn_machine *machine = NULL;
        struct cairn_error error = {""};

        test_case("%u MiB", (unsigned)sizes[i]);
        EXPECT_EQ(cairn_create(&options, &machine, &error), -EINVAL);
        EXPECT(strstr(error.text, "the controller drives 256 MiB") != NULL);
    }
}

/* ---- Parts and straps ---------------------------------------------------- */

TEST(an_overlay_says_part_and_straps)
{
    struct cairn_machine *machine = make(NULL, 0);

    REQUIRE(machine);
    EXPECT_EQ(get(machine, SCU0(AST2700_SCU_REVISION)), AST2700_A1);
    EXPECT_EQ(get(machine, SCU1(AST2700_SCU_REVISION)), AST2700_A1);
    EXPECT_EQ(get(machine, SCU0(AST2700_SCU_STRAP1)), 0xc0);
    cairn_destroy(machine);
    machine = make_with(NULL, 0, 0, "devices/aspeed/ast2750-a2.dtso");
    REQUIRE(machine);
    EXPECT_EQ(get(machine, SCU0(AST2700_SCU_REVISION)), AST2750_A2);
    EXPECT_EQ(get(machine, SCU1(AST2700_SCU_REVISION)), AST2750_A2);
    EXPECT_EQ(get(machine, SCU1(AST2700_SCU_STRAP1)),
              AST2700_SCU1_STRAP_DDR4 | AST2700_SCU1_STRAP_SECURE_BOOT);
    cairn_power(machine);
    EXPECT_EQ(get(machine, SCU1(AST2700_SCU_STRAP1)),
              AST2700_SCU1_STRAP_DDR4 | AST2700_SCU1_STRAP_SECURE_BOOT);
    cairn_destroy(machine);
}

enum { UART_SCRATCH = 0x1c, VUART = 0x14c30000, UARTS = 0x14c33000 };

/* A register of each device that holds what is written, its value
 * after a reset, and the device's own reset line, if it has one. */
static const struct {
    uint32_t address;
    uint32_t reset;
    const char *line;
} resettable[] = {
    {AST2700_SDRAMC + 0x20,             0,          "scu0.reset_sdram"},
    {AST2700_UFS + AST2700_UFS_PATH,    0,          "scu0.reset_ufs"  },
    {AST2700_AHBC0 + 0x34,              0,          NULL              },
    {AST2700_WDT0 + AST2700_WDT_RELOAD, 0x14fb180,  NULL              },
    {SCU0(AST2700_SCU_CLKSEL1),         0,          NULL              },
    {AST2700_HACE,                      0,          "scu0.reset_hace" },
    {AST2700_EMMC + 0x4,                5,          "scu0.reset_emmc" },
    {AST2700_EMMC + 0x108,              0,          "scu0.reset_emmc" },
    {AST2700_INTC0 + 0x200,             0,          NULL              },
    {AST2700_TIMERS + 0x4,              0,          NULL              },
    {AST2700_GPIO0 + 0x4,               0,          NULL              },
    {AST2700_SLI0,                      0,          NULL              },
    {AST2700_UART4 + UART_SCRATCH,      0,          NULL              },
    {AST2700_IPC0 + 0x10,               0,          NULL              },
    {AST2700_FMC + 0x54,                0x10000,    NULL              },
    {AST2700_SPI0 + 0x54,               0,          "scu1.reset_spi0" },
    {AST2700_SPI1 + 0x54,               0,          "scu1.reset_spi1" },
    {AST2700_SPI2 + 0x54,               0,          "scu1.reset_spi2" },
    {AST2700_MDIO0,                     0,          "scu1.reset_mii"  },
    {AST2700_MAC0 + 0x10,               0,          "scu1.reset_mac0" },
    {AST2700_MAC0 + 0x10010,            0,          "scu1.reset_mac1" },
    {AST2700_MAC0 + 0x20010,            0,          "scu1.reset_mac2" },
    {AST2700_SD + 0x4,                  5,          "scu1.reset_sd"   },
    {AST2700_SD + 0x108,                0,          "scu1.reset_sd"   },
    {AST2700_SD + 0x208,                0,          "scu1.reset_sd"   },
    {AST2700_AHBC1 + 0x34,              0,          NULL              },
    {AST2700_PWM_TACH + 0x4,            0,          "scu1.reset_pwm"  },
    {AST2700_ADC0 + 0x8,                0,          "scu1.reset_adc"  },
    {AST2700_ADC0 + 0x108,              0,          "scu1.reset_adc"  },
    {AST2700_OTP + 0xd0,                0,          NULL              },
    {AST2700_GPIO1 + 0x4,               0,          NULL              },
    {AST2700_I2C + 0x8,                 0,          "scu1.reset_i2c"  },
    {AST2700_I2C + 0x174,               0,          "scu1.reset_i2c"  },
    {AST2700_I2C + 0x1074,              0,          "scu1.reset_i2c"  },
    {AST2700_INTC1 + 0x80,              0,          NULL              },
    {AST2700_SLI1,                      0,          NULL              },
    {VUART + UART_SCRATCH,              0,          "scu1.reset_lpc0" },
    {UARTS + UART_SCRATCH,              0,          "scu1.reset_uart0"},
    {UARTS + 0x100 + UART_SCRATCH,      0,          "scu1.reset_uart1"},
    {UARTS + 0x200 + UART_SCRATCH,      0,          "scu1.reset_uart2"},
    {UARTS + 0x300 + UART_SCRATCH,      0,          "scu1.reset_uart3"},
    {UARTS + 0x400 + UART_SCRATCH,      0,          NULL              },
    {UARTS + 0x500 + UART_SCRATCH,      0,          "scu1.reset_uart6"},
    {UARTS + 0x600 + UART_SCRATCH,      0,          "scu1.reset_uart7"},
    {UARTS + 0x700 + UART_SCRATCH,      0,          "scu1.reset_uart8"},
    {UARTS + 0x800 + UART_SCRATCH,      0,          "scu1.reset_uart9"},
    {UARTS + 0xb00 + UART_SCRATCH,      0,          NULL              },
    {AST2700_MCU_TIMER + 0x8,           UINT32_MAX, NULL              },
    {AST2700_IPC1 + 0x10,               0,          NULL              },
};

enum { HELD_VALUE = 0x34 };

static void fill(struct cairn_machine *machine, uint32_t address)
{
    EXPECT_EQ(cairn_bus_write(machine, "ca35", 1, address, 4, HELD_VALUE), 0);
    EXPECT_EQ(get(machine, address), HELD_VALUE);
}

TEST(devices_are_reset_by_their_lines_and_by_that_of_the_soc)
{
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make(NULL, 0);
    const char *other = "scu0.reset_video";

    REQUIRE(machine);
    for (size_t i = 0; i < ARRAY_SIZE(resettable); i++) {
        const char *line = resettable[i].line;

        test_case("0x%x", resettable[i].address);
        fill(machine, resettable[i].address);
        EXPECT_EQ(cairn_reset_line(machine, other, true), 0);
        EXPECT_EQ(cairn_reset_line(machine, other, false), 0);
        EXPECT_EQ(get(machine, resettable[i].address), HELD_VALUE);
        if (line) {
            EXPECT_EQ(cairn_reset_line(machine, line, true), 0);
            EXPECT_EQ(get(machine, resettable[i].address), resettable[i].reset);
            EXPECT_EQ(cairn_reset_line(machine, line, false), 0);
            fill(machine, resettable[i].address);
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(resettable); i++) {
        fill(machine, resettable[i].address);
    }
    EXPECT_EQ(cairn_reset_line(machine, "scu1.soc", true), 0);
    for (size_t i = 0; i < ARRAY_SIZE(resettable); i++) {
        test_case("0x%x, the SoC", resettable[i].address);
        EXPECT_EQ(get(machine, resettable[i].address), resettable[i].reset);
    }
}

/* ---- Watchdogs ----------------------------------------------------------- */

#define WDT1(offset) (AST2700_WDT0 + 0x80 + (offset))

/* The boot MCU arms watchdog 1 each time, after it let the others go. */
static size_t arm_after_release(struct store *stores, uint32_t mode)
{
    const struct store last[] = {
        {WDT1(AST2700_WDT_RELOAD),  50                 },
        {WDT1(AST2700_WDT_RESTART), AST2700_WDT_MAGIC  },
        {WDT1(AST2700_WDT_CONTROL),
         AST2700_WDT_ENABLE | AST2700_WDT_RESETS | mode},
    };

    memcpy(stores, release_all, sizeof(release_all));
    memcpy(stores + ARRAY_SIZE(release_all), last, sizeof(last));
    return ARRAY_SIZE(release_all) + ARRAY_SIZE(last);
}

TEST(a_watchdog_goes_round_the_whole_chain_again)
{
    struct store stores[16];
    size_t count = arm_after_release(stores, AST2700_WDT_MODE_SOC);
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make(stores, count);

    REQUIRE(machine);
    run(machine, 75);
    EXPECT_EQ(told(machine, FACT_PROCESSOR_RUNS, "mcu_cpu"), 2);
    EXPECT_EQ(told(machine, FACT_PROCESSOR_RUNS, "cpu0"), 2);
    EXPECT_EQ(told(machine, FACT_PROCESSOR_RUNS, "ssp_cpu"), 2);
    EXPECT_EQ(get(machine, SCU1(AST2700_SCU1_RESET_LOG4)),
              AST2700_RESET_OF_SOC << 4);
    EXPECT_EQ(get(machine, SCU0(AST2700_SCU_RESET_LOG3)),
              AST2700_RESET_OF_SOC << 4);
    EXPECT_EQ(get(machine, SCU0(AST2700_SCU_RESET_LOG1)),
              AST2700_SCU_RESET_LOG_POWER_ON);
    fact_find(machine, 0, FACT_SYSTEM_WATCHDOG_RESET, 0);
    run(machine, 50);
    EXPECT_EQ(told(machine, FACT_PROCESSOR_RUNS, "mcu_cpu"), 3);
}

TEST(a_watchdog_may_reset_the_cortex_a35_alone)
{
    struct store stores[16];
    size_t count = arm_after_release(stores, AST2700_WDT_MODE_CPU);
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make(stores, count);

    REQUIRE(machine);
    run(machine, 200);
    EXPECT_EQ(told(machine, FACT_PROCESSOR_RUNS, "mcu_cpu"), 1);
    EXPECT_EQ(told(machine, FACT_PROCESSOR_RUNS, "cpu0"), 2);
    EXPECT_EQ(told(machine, FACT_PROCESSOR_RUNS, "cpu3"), 2);
    EXPECT_EQ(get(machine, SCU1(AST2700_SCU1_RESET_LOG4)),
              AST2700_RESET_CPU << 4);
}

TEST(equal_resets_are_equal_runs)
{
    static const char *const lines[] = {"scu0.ca35", "scu1.soc",
                                        "scu1.reset_caliptra"};

    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        struct cairn_machine *one = run_with(lines[i], 30001);
        struct cairn_machine *two = run_with(lines[i], 30001);

        test_case("%s", lines[i]);
        REQUIRE(one && two);
        EXPECT_EQ(cairn_state_hash(one), cairn_state_hash(two));
        cairn_destroy(one);
        cairn_destroy(two);
    }
}
