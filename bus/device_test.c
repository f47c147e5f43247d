/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/device.h"

#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"

/* A device with one row of each kind. */
struct state {
    uint32_t rw;
    uint32_t ro;
    uint32_t w1c;
    uint32_t w1s;
    uint32_t bank[4];
    uint32_t strap;
    uint32_t cold;
    uint32_t written[3]; /* index, value, count of the handler */
    uint32_t irq_level;
    uint64_t fired_ns;
};

static uint32_t read_handled(struct device *device, const struct access *access,
                             unsigned index)
{
    (void)device;
    return 0x100 + index + access->user;
}

static void write_handled(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;
    (void)access;
    state->written[0] = index;
    state->written[1] = value;
    state->written[2]++;
}

static uint32_t read_refused(struct device *device, const struct access *access,
                             unsigned index)
{
    (void)device;
    (void)index;
    access_refuse(access);
    return 0xffffffff;
}

static void write_refused(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    (void)device;
    (void)index;
    (void)value;
    access_refuse(access);
}

static const struct register_spec registers[] = {
#include "bus/device_test.def"
};

static const struct register_spec narrow_registers[] = {
    {0x00,
     2, "NARROW",
     {RW, W1C},
     RESET_POWER_ON, 7,
     UINT32_MAX, FIELD(struct state, bank),
     NULL, NULL,
     "bytes"},
};

static const struct register_bank banks[] = {
    {"registers", 0x44, 4,             registers,        ARRAY_SIZE(registers)},
    {"bytes",     0x08, 1 | 2 | 4 | 8, narrow_registers,
     ARRAY_SIZE(narrow_registers)                                             },
};

static const struct state_field fields[] = {
    STATE(struct state, written, RESET_WARM),
    STATE(struct state, irq_level, RESET_CORE),
    STATE(struct state, fired_ns, RESET_POWER_ON),
};

static const struct output_spec outputs[] = {
    {"irq", LINE_INTERRUPT}
};

static void irq_in(struct device *device, unsigned index, uint32_t level)
{
    struct state *state = device->state;
    state->irq_level = level;
    line_set(&device->outputs[0], level + index);
}

static const struct input_spec inputs[] = {
    {"in",     irq_in},
    {"unused", NULL  }
};

static void fire(struct device *device)
{
    struct state *state = device->state;
    state->fired_ns = clock_now(&device->fabric->clock);
}

static void (*const timers[])(struct device *) = {fire};

static const struct device_type type = {
    .compatible = "test,all",
    .title = "Test device",
    .state_size = sizeof(struct state),
    .banks = banks,
    .bank_count = ARRAY_SIZE(banks),
    .fields = fields,
    .field_count = ARRAY_SIZE(fields),
    .outputs = outputs,
    .output_count = ARRAY_SIZE(outputs),
    .inputs = inputs,
    .input_count = ARRAY_SIZE(inputs),
    .timers = timers,
    .timer_count = ARRAY_SIZE(timers),
};

struct bench {
    struct fabric fabric;
    struct device *device;
    struct access access;
    char line[256];
    unsigned lines;
};

static void keep_line(void *context, enum log_kind kind, const char *line)
{
    struct bench *bench = context;
    (void)kind;
    snprintf(bench->line, sizeof(bench->line), "%s", line);
    bench->lines++;
}

static bool setup(struct bench *bench)
{
    *bench = (struct bench){0};
    fabric_init(&bench->fabric, 1);
    bench->fabric.log.sink = keep_line;
    bench->fabric.log.context = bench;
    bench->fabric.log.now_ns = NULL;
    struct error error = {""};
    bench->device = device_create(&bench->fabric, &type, "dut", NULL, NULL);
    EXPECT_STR(error.text, "");
    return bench->device && device_init(bench->device, &error) == 0;
}

static void teardown(struct bench *bench)
{
    device_destroy(bench->device);
    fabric_fini(&bench->fabric);
}

static uint32_t get(struct bench *bench, uint64_t offset)
{
    uint64_t value = 0xbad;
    int result =
        device_read(bench->device, 0, &bench->access, offset, 4, &value);
    EXPECT_EQ(result, 0);
    return (uint32_t)value;
}

static void put(struct bench *bench, uint64_t offset, uint32_t value)
{
    int result =
        device_write(bench->device, 0, &bench->access, offset, 4, value);
    EXPECT_EQ(result, 0);
}

TEST(registers_follow_their_access_rules)
{
    struct bench bench;
    REQUIRE(setup(&bench));
    EXPECT_EQ(get(&bench, 0x00), 0x11);
    put(&bench, 0x00, 0xffffffff);
    EXPECT_EQ(get(&bench, 0x00), 0xff00ffff);
    EXPECT_EQ(bench.device->reads, 2);
    EXPECT_EQ(get(&bench, 0x38), 0xff00ffff);
    EXPECT_EQ(get(&bench, 0x08), 0xff);
    put(&bench, 0x08, 0x3c);
    EXPECT_EQ(get(&bench, 0x08), 0xf3);
    put(&bench, 0x0c, 0x5a);
    EXPECT_EQ(get(&bench, 0x0c), 0x50);
    put(&bench, 0x1c, 0x12345678);
    EXPECT_EQ(get(&bench, 0x1c), 0x12345678);
    EXPECT_EQ(get(&bench, 0x18), 7);
    EXPECT_EQ(get(&bench, 0x28), 0xcafe);
    put(&bench, 0x3c, 0xabcd);
    EXPECT_EQ(get(&bench, 0x3c), 0);
    EXPECT_EQ(get(&bench, 0x18), 0xcd);
    EXPECT_EQ(bench.lines, 0);
    teardown(&bench);
}

TEST(what_a_view_forbids_is_ignored_and_logged)
{
    struct bench bench;
    REQUIRE(setup(&bench));
    put(&bench, 0x04, 1);
    EXPECT_STR(bench.line, "guest: dut: RO may not be written");
    bench.access.view = 1;
    put(&bench, 0x00, 1);
    EXPECT_STR(bench.line, "guest: dut: RW may not be written");
    EXPECT_EQ(get(&bench, 0x00), 0x11);
    EXPECT_EQ(get(&bench, 0x18), 0);
    EXPECT_STR(bench.line, "guest: dut: BANK[2] may not be read");
    put(&bench, 0x18, 1);
    EXPECT_EQ(bench.fabric.log.count[LOG_GUEST], 4);
    bench.access.view = 0;
    EXPECT_EQ(get(&bench, 0x18), 7);
    bench.access.debug = true;
    put(&bench, 0x04, 1);
    EXPECT_EQ(bench.fabric.log.count[LOG_GUEST], 4);
    teardown(&bench);
}

TEST(handlers_get_index_and_masked_value)
{
    struct bench bench;
    REQUIRE(setup(&bench));
    const struct state *state = bench.device->state;
    bench.access.user = 0x10;
    EXPECT_EQ(get(&bench, 0x24), 0x111);
    put(&bench, 0x24, 0xabcd1234);
    EXPECT_EQ(state->written[0], 1);
    EXPECT_EQ(state->written[1], 0x1234);
    bench.access.view = 1;
    EXPECT_EQ(get(&bench, 0x20), 0);
    put(&bench, 0x20, 0xabcd5678);
    EXPECT_EQ(state->written[1], 0x5678);
    EXPECT_EQ(state->written[2], 2);
    teardown(&bench);
}

TEST(a_handler_can_answer_with_a_bus_error)
{
    struct bench bench;
    uint64_t value = 1;
    REQUIRE(setup(&bench));
    EXPECT_EQ(device_read(bench.device, 0, &bench.access, 0x2c, 4, &value),
              -EFAULT);
    EXPECT_EQ(value, 0);
    EXPECT_EQ(device_write(bench.device, 0, &bench.access, 0x2c, 4, 1),
              -EFAULT);
    EXPECT_EQ(get(&bench, 0), 0x11);
    teardown(&bench);
}

TEST(sizes_that_the_bank_lacks_are_bus_errors)
{
    struct bench bench;
    uint64_t value = 1;
    REQUIRE(setup(&bench));
    EXPECT_EQ(device_read(bench.device, 0, &bench.access, 0, 2, &value),
              -EFAULT);
    EXPECT_EQ(value, 0);
    EXPECT_EQ(device_write(bench.device, 0, &bench.access, 0, 8, 1), -EFAULT);
    EXPECT_EQ(device_read(bench.device, 0, &bench.access, 2, 4, &value),
              -EINVAL);
    EXPECT_EQ(device_read(bench.device, 0, &bench.access, 0, 3, &value),
              -EINVAL);
    EXPECT_EQ(device_read(bench.device, 0, &bench.access, 0, 16, &value),
              -EINVAL);
    EXPECT_EQ(device_read(bench.device, 0, &bench.access, 0x44, 4, &value),
              -EFAULT);
    EXPECT_EQ(bench.fabric.log.count[LOG_GUEST], 3);
    teardown(&bench);
}

TEST(an_offset_without_a_register_is_unmodelled_and_reads_zero)
{
    struct bench bench;
    REQUIRE(setup(&bench));
    EXPECT_EQ(get(&bench, 0x40), 0);
    EXPECT_STR(bench.line,
               "unmodelled: dut: read at offset 0x40 of registers: "
               "no register");
    put(&bench, 0x40, 1);
    EXPECT_EQ(bench.fabric.log.count[LOG_UNMODELLED], 2);
    teardown(&bench);
}

TEST(narrow_accesses_touch_their_bytes_only)
{
    struct bench bench;
    uint64_t value;
    REQUIRE(setup(&bench));
    struct device *dut = bench.device;
    const struct state *state = dut->state;
    EXPECT_EQ(device_write(dut, 1, &bench.access, 2, 1, 0xfab), 0);
    EXPECT_EQ(state->bank[0], 0x00ab0007);
    EXPECT_EQ(device_write(dut, 1, &bench.access, 6, 2, 0x1234), 0);
    EXPECT_EQ(state->bank[1], 0x12340007);
    EXPECT_EQ(device_read(dut, 1, &bench.access, 7, 1, &value), 0);
    EXPECT_EQ(value, 0x12);
    EXPECT_EQ(device_read(dut, 1, &bench.access, 0, 8, &value), 0);
    EXPECT_EQ(value, 0x1234000700ab0007);
    EXPECT_EQ(device_write(dut, 1, &bench.access, 0, 8, 0x2222222211111111), 0);
    EXPECT_EQ(state->bank[1], 0x22222222);
    bench.access.view = 1;
    EXPECT_EQ(device_write(dut, 1, &bench.access, 1, 1, 0x10), 0);
    EXPECT_EQ(state->bank[0], 0x11110111);
    teardown(&bench);
}

TEST(resets_reach_as_deep_as_their_domain)
{
    static const struct {
        enum reset_domain domain;
        uint32_t rw, w1c, cold, written, irq_level;
    } cases[] = {
        {RESET_CORE,     0x11, 1,    1, 1, 0},
        {RESET_WARM,     0x11, 0xff, 1, 0, 0},
        {RESET_POWER_ON, 0x11, 0xff, 6, 0, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct bench bench;
        REQUIRE(setup(&bench));
        test_case("domain %d", (int)cases[i].domain);
        struct state *state = bench.device->state;
        EXPECT_EQ(state->strap, 5);
        *state = (struct state){.rw = 1, .w1c = 1, .cold = 1};
        state->strap = 1;
        state->written[2] = 1;
        state->irq_level = 1;
        device_reset(bench.device, cases[i].domain);
        EXPECT_EQ(state->rw, cases[i].rw);
        EXPECT_EQ(state->w1c, cases[i].w1c);
        EXPECT_EQ(state->cold, cases[i].cold);
        EXPECT_EQ(state->written[2], cases[i].written);
        EXPECT_EQ(state->irq_level, cases[i].irq_level);
        EXPECT_EQ(state->strap, 1);
        teardown(&bench);
    }
}

TEST(inputs_outputs_and_timers_reach_the_device)
{
    struct bench bench;
    REQUIRE(setup(&bench));
    struct device *dut = bench.device;
    const struct state *state = dut->state;
    struct line *irq = device_output(dut, "irq");
    REQUIRE(irq != NULL);
    EXPECT_STR(irq->name, "dut.irq");
    EXPECT(device_output(dut, "fiq") == NULL);
    device_input(dut, 0, 3);
    EXPECT_EQ(irq->level, 3);
    device_input(dut, 1, 1);
    EXPECT_EQ(dut->input_levels[1], 1);
    timer_arm(&bench.fabric.clock, &dut->timers[0], 500);
    clock_advance(&bench.fabric.clock, 1000);
    EXPECT_EQ(state->fired_ns, 500);
    timer_arm(&bench.fabric.clock, &dut->timers[0], 5000);
    teardown(&bench);
    EXPECT(bench.fabric.clock.queue == NULL);
}

TEST(trace_lines_name_register_and_value)
{
    struct bench bench;
    REQUIRE(setup(&bench));
    bench.fabric.log.enabled[LOG_TRACE] = true;
    put(&bench, 0x14, 0x1234);
    EXPECT_STR(bench.line, "trace: dut: BANK[1] <- 0x00001234");
    get(&bench, 0x04);
    EXPECT_STR(bench.line, "trace: dut: RO -> 0x00000022");
    teardown(&bench);
}

/* ---- Properties ---------------------------------------------------------- */

static struct device *a_peer;

static const void *find(const void *node, const char *name, bool inherited,
                        size_t *size)
{
    (void)node;
    if (strcmp(name, "cell") == 0 && inherited) {
        *size = 4;
        return "\x00\x01\x02\x03";
    }
    if (strcmp(name, "text") == 0) {
        *size = 3;
        return "ab";
    }
    if (strcmp(name, "upper") == 0 && inherited) {
        *size = 3;
        return "up";
    }
    if (strcmp(name, "short") == 0) {
        *size = 2;
        return "xy";
    }
    return NULL;
}

static struct device *peer(const void *node, const char *name, unsigned index)
{
    (void)node;
    return strcmp(name, "peer") == 0 && index == 0 ? a_peer : NULL;
}

static const struct property_source properties = {.find = find, .peer = peer};

TEST(properties_have_defaults_and_peers_are_checked)
{
    struct bench bench;
    struct error error = {""};
    REQUIRE(setup(&bench));
    struct device *dut = bench.device;
    EXPECT_EQ(device_property_u32(dut, "cell", 9), 9);
    EXPECT(device_peer(dut, "peer", 0, NULL, &error) == NULL);
    EXPECT_STR(error.text, "needs property 'peer'");
    a_peer = dut;
    dut->properties = &properties;
    EXPECT_EQ(device_property_u32(dut, "cell", 9), 0x00010203);
    EXPECT_EQ(device_property_u32(dut, "short", 9), 9);
    EXPECT_STR(device_property_string(dut, "text", "-"), "ab");
    EXPECT_STR(device_property_string(dut, "short", "-"), "-");
    EXPECT_STR(device_property_string(dut, "upper", "-"), "up");
    EXPECT(device_own_property_name(dut, "upper", 0) == NULL);
    EXPECT_EQ(device_own_property_u32(dut, "cell", 9), 9);
    EXPECT_STR(device_own_property_name(dut, "text", 0), "ab");
    EXPECT(device_own_property_name(dut, "text", 1) == NULL);
    EXPECT(device_own_property_name(dut, "short", 0) == NULL);
    EXPECT(device_own_property_name(dut, "none", 0) == NULL);
    EXPECT(device_peer(dut, "peer", 0, "test,all", &error) == dut);
    error_clear(&error);
    EXPECT(device_peer(dut, "peer", 0, "other", &error) == NULL);
    EXPECT(strstr(error.text, "'other' is needed") != NULL);
    teardown(&bench);
}

/* ---- Broken types -------------------------------------------------------- */

static int read_bank(struct device *device, unsigned bank,
                     const struct access *access, uint64_t offset,
                     unsigned size, uint64_t *value)
{
    (void)device;
    (void)bank;
    (void)access;
    (void)offset;
    (void)size;
    *value = 0;
    return 0;
}

static int write_bank(struct device *device, unsigned bank,
                      const struct access *access, uint64_t offset,
                      unsigned size, uint64_t value)
{
    (void)device;
    (void)bank;
    (void)access;
    (void)offset;
    (void)size;
    (void)value;
    return 0;
}

TEST(broken_types_are_refused_with_the_reason)
{
    static const struct register_spec row = {
        .name = "A", .count = 1, .access = {RW, RW},
                .writable = 1
    };
    static void (*const no_timer[])(struct device *) = {fire, NULL};
    static const struct {
        const char *reason; /* "": none */
        struct register_bank bank;
        bool handled;
        size_t timer_count;
    } cases[] = {
        {"",                         {"b", 4, 4, &row, 1},     false, 1},
        {"",                         {"b", 8, 15, NULL, 0},    true,  1},
        {"'bank' has no name",       {NULL, 4, 4, &row, 1},    false, 1},
        {"'b' has no name, sizes",   {"b", 0, 4, &row, 1},     false, 1},
        {"'b' has no name, sizes",   {"b", 6, 4, &row, 1},     false, 1},
        {"'b' has no name, sizes",   {"b", 4, 3, &row, 1},     false, 1},
        {"'b' has no name, sizes",   {"b", 4, 0x14, &row, 1},  false, 1},
        {"'b' has no name, sizes",   {"b", 4, 4, &row, 65535}, false, 1},
        {"'b' has neither rows nor", {"b", 4, 4, NULL, 0},     false, 1},
        {"'timers' lack a callback", {"b", 4, 4, &row, 1},     false, 2},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct error error = {""};
        const struct state_field whole = {.name = "whole", .size_bytes = 4};
        const struct device_type broken = {
            .compatible = "test,broken",
            .state_size = 4,
            .banks = &cases[i].bank,
            .bank_count = 1,
            .fields = &whole,
            .field_count = cases[i].handled,
            .timers = no_timer,
            .timer_count = cases[i].timer_count,
            .read = cases[i].handled ? read_bank : NULL,
            .write = cases[i].handled ? write_bank : NULL,
        };
        test_case("case %zu", i);
        EXPECT_EQ(device_type_check(&broken, &error),
                  cases[i].reason[0] ? -EINVAL : 0);
        EXPECT(strstr(error.text, cases[i].reason) != NULL);
    }
}

TEST(handlers_of_a_bank_come_in_pairs)
{
    static const struct register_bank bank = {"b", 4, 4, NULL, 0};
    struct device_type half = {.compatible = "test,half",
                               .banks = &bank,
                               .bank_count = 1,
                               .read = read_bank};
    EXPECT_EQ(device_type_check(&half, NULL), -EINVAL);
    half.read = NULL;
    half.write = write_bank;
    EXPECT_EQ(device_type_check(&half, NULL), -EINVAL);
    half.read = read_bank;
    EXPECT_EQ(device_type_check(&half, NULL), 0);
}

TEST(a_broken_description_breaks_its_type)
{
    static const struct description description = {.kind = DESCRIPTION_KINDS};
    const struct device_type described = {.compatible = "test,described",
                                          .description = &description};
    struct error error = {""};
    EXPECT_EQ(device_type_check(&described, &error), -EINVAL);
    EXPECT(strstr(error.text, "is of no kind") != NULL);
}

TEST(broken_rows_are_refused_with_the_reason)
{
    static const struct {
        struct register_spec row;
        const char *reason; /* "": none */
    } cases[] = {
        {{.name = "A", .count = 1, .field = NO_FIELD},                          ""},
        {{.name = NULL, .count = 1, .field = NO_FIELD},
         "'bank' has a row without name or count"                                 },
        {{.name = "A", .count = 0, .field = NO_FIELD},
         "'A' has a row without name or count"                                    },
        {{.name = "A", .count = 1, .offset = 2, .field = NO_FIELD},
         "'A' lies outside its bank"                                              },
        {{.name = "A", .count = 3, .field = NO_FIELD},
         "'A' lies outside its bank"                                              },
        {{.name = "A",
          .count = 1,
          .domain = RESET_NEVER + 1,
          .field = NO_FIELD},
         "'A' has no reset domain"                                                },
        {{.name = "A", .count = 1, .access = {W1S, W1S}, .field = NO_FIELD},
         ""                                                                       },
        {{.name = "A", .count = 1, .access = {NO, W1S + 1}, .field = NO_FIELD},
         "'A' has no access rule"                                                 },
        {{.name = "A",
          .count = 1,
          .access = {RO, RW},
          .writable = 1,
          .field = NO_FIELD},
         "'A' is writable but stores nowhere"                                     },
        {{.name = "A",
          .count = 1,
          .access = {RO, RW},
          .writable = 1,
          .field = NO_FIELD,
          .write = write_handled},
         ""                                                                       },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct register_bank bank = {"bank", 8, 4, &cases[i].row, 1};
        const struct device_type broken = {
            .compatible = "test,broken", .banks = &bank, .bank_count = 1};
        struct error error = {""};
        test_case("case %zu", i);
        EXPECT_EQ(device_type_check(&broken, &error),
                  cases[i].reason[0] ? -EINVAL : 0);
        EXPECT(strstr(error.text, cases[i].reason) != NULL);
    }
}

TEST(rows_share_fields_from_one_place_or_to_one_place)
{
    static const struct {
        unsigned first, count; /* words of the second row's field */
        bool good;
    } cases[] = {
        {0, 1, true }, /* begins with the first row */
        {1, 2, true }, /* ends with it */
        {0, 4, true },
        {1, 1, false},
        {1, 3, false},
        {3, 1, true },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct register_spec rows[] = {
            {.name = "A",                       .count = 3, .access = {RO, RO}},
            { .name = "B",
             .offset = 12,
             .count = (uint16_t)cases[i].count,
             .access = {RO, RO},
             .field = 4 * cases[i].first},
            {                                       .name = "C",
             .offset = 28,
             .count = 1,
             .access = {RO, RO},
             .field = 12},
        };
        const struct register_bank bank = {"bank", 32, 4, rows, 3};
        const struct device_type shared = {.compatible = "test,shared",
                                           .state_size = 16,
                                           .banks = &bank,
                                           .bank_count = 1};
        struct error error = {""};
        test_case("row %zu", i);
        EXPECT_EQ(device_type_check(&shared, &error) == 0, cases[i].good);
        EXPECT_EQ(strstr(error.text, "'B' runs into another row's field") == 0,
                  cases[i].good);
    }
}

/* ---- Lives --------------------------------------------------------------- */

static unsigned ended;

static int fail_init(struct device *device, struct error *error)
{
    (void)device;
    return error_set(error, -ENODEV, "nothing there");
}

static void count_end(struct device *device)
{
    (void)device;
    ended++;
}

TEST(a_device_whose_init_fails_is_named_and_ends_once)
{
    const struct device_type frail = {
        .compatible = "test,frail", .init = fail_init, .fini = count_end};
    struct fabric fabric;
    struct error error = {""};
    fabric_init(&fabric, 0);
    struct device *device = device_create(&fabric, &frail, "dut", NULL, NULL);
    EXPECT_EQ(device_init(device, &error), -ENODEV);
    EXPECT_STR(error.text, "dut: nothing there");
    EXPECT_EQ(ended, 0);
    device_destroy(device);
    EXPECT_EQ(ended, 1);
    device_destroy(NULL);
    fabric_fini(&fabric);
}

/* ---- Broken tables ------------------------------------------------------- */

struct small {
    uint32_t a;
    uint32_t b;
};

TEST(broken_tables_are_refused_with_the_reason)
{
    static const struct {
        const char *reason;
        struct register_spec rows[2];
        struct state_field field;
    } cases[] = {
#include "bus/device_test_broken.def"
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("%s", cases[i].reason);
        const struct register_bank bank = {"bank", 16, 4, cases[i].rows, 2};
        const struct device_type broken = {.compatible = "test,broken",
                                           .state_size = sizeof(struct small),
                                           .banks = &bank,
                                           .bank_count = 1,
                                           .fields = &cases[i].field,
                                           .field_count = 1};
        struct error error = {""};
        EXPECT_EQ(device_type_check(&broken, &error), -EINVAL);
        EXPECT(strstr(error.text, cases[i].reason) != NULL);
    }
}
