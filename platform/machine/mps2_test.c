/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boards of M-profile processors: where the parts of an521 are for the Secure
 * and the Non-secure state, what its protection controllers let through, and
 * how its second processor starts; and where files go on them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "platform/machine/machine.h"
#include "tests/harness.h"
#include "tests/machine.h"

OWNER(struct cairn_machine, cairn_destroy)

enum { NORMAL = 1, SECURE = 2, BOTH = 3 };

/* A vector table that starts at its first instruction, which stays there. */
static const uint32_t stays[] = {0x38000100, 0x10000009, 0xe7fee7fe};

static struct cairn_machine *make(const char *board, uint64_t at,
                                  struct cairn_error *error)
{
    const struct cairn_load load = {
        .name = "stays", .address = at, .bytes = stays, .size = sizeof(stays)};
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = board,
                                          .seed = 1,
                                          .loads = &load,
                                          .load_count = 1};
    struct cairn_machine *machine = NULL;

    if (cairn_create(&options, &machine, error) == 0) {
        cairn_power(machine);
    }
    return machine;
}

static struct cairn_machine *make_an521(void)
{
    struct cairn_error error = {""};
    struct cairn_machine *machine = make("an521", 0x10000000, &error);

    EXPECT_STR(error.text, "");
    return machine;
}

static struct space *space_of(const struct cairn_machine *machine, bool secure)
{
    const struct core_config *config = &machine->cores[0]->config;
    return secure ? config->mprofile.secure_space : config->space;
}

static uint32_t read_at(const struct cairn_machine *machine, bool secure,
                        uint32_t address)
{
    uint64_t value = 0;

    space_read(space_of(machine, secure), NULL, gpa(address), 4, &value);
    return (uint32_t)value;
}

static void write_at(const struct cairn_machine *machine, bool secure,
                     uint32_t address, uint32_t value)
{
    space_write(space_of(machine, secure), NULL, gpa(address), 4, value);
}

/* Protection controllers begin with all that is Secure, and zeros for others.
 */
TEST(an521_shows_each_state_what_is_its_own)
{
    static const struct {
        uint32_t address;
        uint32_t value;
        unsigned seen; /* by which states; others read 0 */
    } rows[] = {
        {0x10000000, 0x38000100, SECURE}, /* code */
        {0x00000000, 0x38000100, SECURE},
        {0x10400000, 0x38000100, SECURE},
        {0x40001fe0, 0x22,       SECURE}, /* timer 1 */
        {0x50001fe0, 0x22,       SECURE},
        {0x50200fe0, 0x21,       SECURE}, /* UART 0 */
        {0x40300ffc, 0x41045210, SECURE}, /* SCC */
        {0x50021fe0, 0x54,       SECURE}, /* at Secure addresses alone */
        {0x50083fe0, 0x60,       SECURE}, /* MPC */
        {0x40020000, 0x22041743, BOTH  }, /* SYS_VERSION */
        {0x40080fe0, 0x53,       BOTH  }, /* Non-secure privilege control */
        {0x50080fe0, 0x52,       SECURE},
        {0x40081fe0, 0x24,       BOTH  }, /* Non-secure watchdog */
        {0x50081fe0, 0x24,       SECURE},
    };
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make_an521();
    REQUIRE(machine);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        for (unsigned secure = 0; secure < 2; secure++) {
            bool seen = (rows[i].seen >> secure & 1) != 0;

            test_case("0x%x, %u", rows[i].address, secure);
            EXPECT_EQ(read_at(machine, secure != 0, rows[i].address),
                      seen ? rows[i].value : 0);
        }
    }
}

TEST(software_gives_memories_and_devices_to_the_non_secure_state)
{
    enum { MPC = 0x58007000, BLK_IDX = 0x18, BLK_LUT = 0x1c };
    enum { APBNSPPCEXP2 = 0x50080088, PORT_SCC = 1 << 0 };
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make_an521();

    REQUIRE(machine);
    write_at(machine, true, MPC + BLK_IDX, 0);
    write_at(machine, true, MPC + BLK_LUT, 1);
    EXPECT_EQ(read_at(machine, false, 0), 0x38000100);
    EXPECT_EQ(read_at(machine, true, 0x10000000), 0);
    write_at(machine, true, APBNSPPCEXP2, PORT_SCC);
    EXPECT_EQ(read_at(machine, false, 0x40300ffc), 0x41045210);
    EXPECT_EQ(read_at(machine, true, 0x50300ffc), 0);
    cairn_power(machine); /* all is as it was */
    EXPECT_EQ(read_at(machine, false, 0), 0);
    EXPECT_EQ(read_at(machine, false, 0x40300ffc), 0);
}

TEST(the_second_processor_waits_and_starts_at_its_vector)
{
    enum { INITSVTOR1 = 0x50021114, CPUWAIT = 0x50021118 };
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make_an521();

    REQUIRE(machine && machine->core_count == 2);
    EXPECT_EQ(machine->cores[0]->power, CORE_RUNNING);
    EXPECT_EQ(machine->cores[1]->power, CORE_HELD);
    write_at(machine, true, INITSVTOR1, 0x10400000);
    write_at(machine, true, CPUWAIT, 0);
    EXPECT_EQ(machine->cores[1]->power, CORE_RUNNING);
    EXPECT_EQ(machine->cores[1]->config.reset_vector.value, 0x10400000);
    EXPECT_EQ(machine->cores[0]->config.reset_vector.value, 0x10000000);
    write_at(machine, true, CPUWAIT, 2); /* it has started */
    EXPECT_EQ(machine->cores[1]->power, CORE_RUNNING);
}

/* Power-on is the cause 0, the Secure watchdog 2. */
TEST(a_watchdog_resets_the_system_which_is_told_why)
{
    enum { WATCHDOG = 0x50081000, LOAD = 0, CONTROL = 8 };
    enum { RESET_SYNDROME = 0x50021100, INITSVTOR0 = 0x50021110 };
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make_an521();

    REQUIRE(machine);
    EXPECT_EQ(read_at(machine, true, RESET_SYNDROME), 1);
    write_at(machine, true, INITSVTOR0, 0x10400000);
    write_at(machine, true, WATCHDOG + LOAD, 100);
    write_at(machine, true, WATCHDOG + CONTROL, 3);
    EXPECT_EQ(run_instructions(machine, 10000), CAIRN_STOP_RESET);
    EXPECT_EQ(cairn_instructions(machine, NULL) < 1000, true);
    cairn_reset(machine);
    EXPECT_EQ(read_at(machine, true, RESET_SYNDROME), 5);
    EXPECT_EQ(read_at(machine, true, WATCHDOG + CONTROL), 0);
    EXPECT_EQ(machine->cores[0]->power, CORE_RUNNING);
    EXPECT_EQ(machine->cores[0]->config.reset_vector.value, 0x10400000);
    EXPECT_EQ(machine->cores[1]->power, CORE_HELD);
}

/* Lines of the board: an interrupt for both processors, one for each. */
TEST(interrupts_of_an521_reach_its_processors)
{
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make_an521();

    REQUIRE(machine);
    const struct node *uart = machine_find(machine, NODE_DEVICE, "uart0");
    const struct node *mhu = machine_find(machine, NODE_DEVICE, "mhu1");
    const struct node *cpu0 = machine_find(machine, NODE_CORE, "cpu0");
    const struct node *cpu1 = machine_find(machine, NODE_CORE, "cpu1");
    REQUIRE(uart && mhu && cpu0 && cpu1);
    const struct line *tx = device_output(uart->device, "tx");
    EXPECT(cpu0->drivers[node_find_input(cpu0, "irq33")] == tx);
    EXPECT(cpu1->drivers[node_find_input(cpu1, "irq33")] == tx);
    EXPECT(cpu0->drivers[node_find_input(cpu0, "irq7")] ==
           device_output(mhu->device, "cpu0"));
    EXPECT(cpu1->drivers[node_find_input(cpu1, "irq7")] ==
           device_output(mhu->device, "cpu1"));
}

/* SYS_EXIT: ADP_Stopped_ApplicationExit. */
TEST(a_program_of_a_microcontroller_asks_the_host)
{
    static const uint32_t program[] = {0x20001000, 0x00000009, 0x49012018,
                                       0xe7febeab, 0x00020026};
    const struct cairn_load load = {
        .name = "exits", .bytes = program, .size = sizeof(program)};
    for (unsigned semihosting = 0; semihosting < 2; semihosting++) {
        const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                          .semihosting = semihosting != 0};
        const struct cairn_options options = {.size =
                                                  sizeof(struct cairn_options),
                                              .board = "an385",
                                              .seed = 1,
                                              .guest = &guest,
                                              .loads = &load,
                                              .load_count = 1};
        OWNED(cairn_destroy_at) struct cairn_machine *machine = NULL;
        struct cairn_error error = {""};
        REQUIRE(cairn_create(&options, &machine, &error) == 0);
        cairn_power(machine);
        EXPECT_EQ(run_instructions(machine, 1000) == CAIRN_STOP_OFF,
                  semihosting != 0);
    }
}

/* ---- Files --------------------------------------------------------------- */

TEST(pieces_go_where_processors_see_a_memory)
{
    struct cairn_error error = {""};
    struct cairn_machine *machine = make("an385", 0x00400010, &error);

    REQUIRE(machine); /* the mirror of the first SSRAM */
    EXPECT_EQ(read_at(machine, false, 0x10), stays[0]);
    cairn_destroy(machine);
    machine = make("microbit", 0x10001080, &error);
    REQUIRE(machine);
    EXPECT_EQ(read_at(machine, false, 0x10001084), stays[1]);
    EXPECT_EQ(read_at(machine, false, 0x1000107c), UINT32_MAX);
    cairn_destroy(machine);
}

TEST(pieces_that_fit_nowhere_are_refused)
{
    struct cairn_error error = {""};

    EXPECT(make("an385", 0x30000000, &error) == NULL);
    EXPECT(
        strstr(error.text, "file 'stays': 12 bytes at 0x30000000: no memory"));
    EXPECT(make("an385", 0x203ffff8, &error) == NULL);
    EXPECT(strstr(error.text, "file 'stays': 12 bytes at 0x203ffff8 pass the"));
}

/* ---- Boards that are none ------------------------------------------------ */

#define MEMORY(size, more)                                                     \
    "/dts-v1/;\n/ { #address-cells = <1>; #size-cells = <1>;\n"                \
    "m: m { device_type = \"memory\"; reg = <0 " size ">; " more               \
    " };\n"                                                                    \
    "soc { compatible = \"cairn,soc-agent\";\n"                                \
    "address-map = <0 &m 0 " size                                              \
    ">, <0x40000000 &b 0x40000000 0x10000>; };\n"
#define BUS(nodes)                                                             \
    "b: b { compatible = \"simple-bus\"; #address-cells = <1>;\n"              \
    "#size-cells = <1>; ranges;\n" nodes "}; };\n"
#define MPC(more)                                                              \
    "mpc: mpc { compatible = \"arm,sie200-mpc\";\n"                            \
    "reg = <0x40000000 0x1000>; cairn,memory = <&m>; " more " };\n"

static int make_from(const char *source, struct cairn_machine **machine,
                     struct cairn_error *error)
{
    char path[] = "/tmp/cairn-test-XXXXXX.dts";
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options), .board = path, .seed = 1};
    int fd = mkstemps(path, 4);
    EXPECT(fd >= 0 && write(fd, source, strlen(source)) > 0);
    close(fd);
    int code = cairn_create(&options, machine, error);
    unlink(path);
    return code;
}

TEST(gates_that_are_none_are_refused_with_place_and_reason)
{
    static const struct {
        const char *board;
        const char *place;
        const char *why;
    } rows[] = {
        {MEMORY("0x8000",    "cairn,gate = <&mpc 0>;") BUS(MPC("")),   NULL, NULL                        },
        {MEMORY("0x8000",    "cairn,gate = <&mpc 1>;") BUS(MPC("")),
         ".dts:3: node '/m': ",                                              "'mpc' has one port"        },
        {MEMORY("0x8000",    "cairn,gate = <&b 0>;") BUS(MPC("")),
         ".dts:3: node '/m': ",                                              "needs <&gate port>"        },
        {MEMORY("0x8000",    "cairn,gate = <&mpc>;") BUS(MPC("")),
         ".dts:3: node '/m': ",                                              "needs <&gate port>"        },
        {MEMORY("0x8000",    "") BUS(MPC("cairn,block-size = <48>;")),
         "node '/b/mpc': ",                                                  "'cairn,block-size' is 0x30"},
        {MEMORY("0x4000000", "") BUS(MPC("")),
         "node '/b/mpc': ",                                                  "at most 0x2000000"         },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(cairn_destroy_at) struct cairn_machine *machine = NULL;
        struct cairn_error error = {""};
        int code = make_from(rows[i].board, &machine, &error);
        test_case("%zu: %s", i, error.text);
        EXPECT_EQ(code == 0, rows[i].why == NULL);
        if (rows[i].why) {
            EXPECT(strstr(error.text, rows[i].place) != NULL);
            EXPECT(strstr(error.text, rows[i].why) != NULL);
        }
    }
}
