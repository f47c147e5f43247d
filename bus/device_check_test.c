/* SPDX-License-Identifier: Apache-2.0 */
/* The generic device test, tested: it passes what is right and names what is
 * wrong. */
#include "bus/device_check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "tests/device.h"
#include "tests/harness.h"

struct state {
    uint32_t control;
    uint32_t status;
    uint32_t irq;
    uint32_t set;
    uint32_t strap;
    uint32_t handled;
    uint32_t pair[2];
};

static void write_handled(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;
    state->handled = value * 3;
}

static const struct register_spec registers[] = {
#include "bus/device_check_test.def"
};

static const struct register_bank banks[] = {
    {"registers", 0x24, 1 | 2 | 4 | 8, registers, ARRAY_SIZE(registers)},
};

static struct device_type good(void)
{
    return (struct device_type){
        .compatible = "test,good",
        .state_size = sizeof(struct state),
        .banks = banks,
        .bank_count = 1,
    };
}

TEST(a_device_that_keeps_its_tables_promises_passes)
{
    struct device_type type = good();
    EXPECT_DEVICE_TYPE(&type, NULL);
}

/* Reset disturbs a register that the table says is 0x10. */
static void reset_wrong(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;
    state->control = 0x12;
}

TEST(a_wrong_reset_value_is_named_unless_it_is_excluded)
{
    struct device_type type = good();
    struct buffer report = {0};
    type.reset = reset_wrong;
    EXPECT(device_check_type(&type, NULL, &report) > 0);
    EXPECT(strstr(buffer_text(&report),
                  "registers.CONTROL[0]: the field after power-on is "
                  "0x00000012, expected 0x00000010") != NULL);
    EXPECT(strstr(buffer_text(&report), "STATUS") == NULL);
    buffer_fini(&report);
    const char *const exclusions[] = {"CONTROL", NULL};
    EXPECT_DEVICE_TYPE(&type, exclusions);
}

/* Every reset wipes what only power-on may. */
static void reset_too_deep(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;
    state->status = 0x20;
}

FIXTURE(struct buffer, report, buffer_fini)

TEST_BEGINS(a_reset_that_reaches_too_deep_is_named, report)
{
    struct device_type type = good();
    type.reset = reset_too_deep;
    EXPECT_EQ(device_check_type(&type, NULL, report), 2);
    EXPECT(strstr(buffer_text(report),
                  "STATUS[0]: the field after a core reset") != NULL);
    EXPECT(strstr(buffer_text(report),
                  "STATUS[0]: the field after a warm reset") != NULL);
}

static void reset_second(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;
    state->pair[1] = 0x81;
}

TEST_BEGINS(each_word_of_a_row_is_checked, report)
{
    struct device_type type = good();
    type.reset = reset_second;
    EXPECT(device_check_type(&type, NULL, report) > 0);
    EXPECT(strstr(buffer_text(report),
                  "registers.PAIR[1]: the field after power-on is "
                  "0x00000081, expected 0x00000080") != NULL);
    EXPECT(strstr(buffer_text(report),
                  "PAIR[0]: the field after "
                  "power-on") == NULL);
}

/* ---- Banks without rows -------------------------------------------------- */

/* The one thing in which a device breaks the contract, by one view. */
static struct {
    unsigned view;
    int read, written; /* instead of 0 */
    uint64_t value;
} fault;

static int read_fault(struct device *device, unsigned bank,
                      const struct access *access, uint64_t offset,
                      unsigned size, uint64_t *value)
{
    *value = access->view == fault.view ? fault.value : 0;
    return access->view == fault.view ? fault.read : 0;
}

static int write_fault(struct device *device, unsigned bank,
                       const struct access *access, uint64_t offset,
                       unsigned size, uint64_t value)
{
    return access->view == fault.view ? fault.written : 0;
}

TEST(banks_without_rows_keep_the_contract_of_a_bus)
{
    static const struct register_bank plain[] = {
        {"first",  8, 15, NULL, 0},
        {"second", 8, 15, NULL, 0},
    };
    static const struct {
        int read, written;
        uint64_t value;
        const char *report; /* of a word; NULL: nothing */
    } cases[] = {
        {0,       0,       0,       NULL                                          },
        {-EFAULT, -EFAULT, 0,       NULL                                          },
        {0,       0,       0x80,    NULL                                          },
        {-EFAULT, 0,       1,       "4-byte read fails and leaves a value"        },
        {0,       0,       1 << 8,  "1-byte read gives more bits than it has"     },
        {0,       0,       1 << 16, "2-byte read gives more bits than it has"     },
        {-EINVAL, 0,       0,       "4-byte access is wrongly accepted or refused"},
        {0,       -EINVAL, 0,       "4-byte access is wrongly accepted or refused"},
        {-EPERM,  0,       0,       "8-byte access ends in no error of a bus"     },
        {0,       -EPERM,  0,       "8-byte access ends in no error of a bus"     },
    };
    const struct device_type type = {
        .compatible = "test,plain",
        DEVICE_TABLE(bank, plain),
        .read = read_fault,
        .write = write_fault,
    };
    for (size_t i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
        const char *report = cases[i / 2].report;
        struct buffer said = {0};
        char *line = xasprintf("second, view %zu, offset 0x0: %s", i % 2,
                               report ? report : "");
        fault.view = i % 2;
        fault.read = cases[i / 2].read;
        fault.written = cases[i / 2].written;
        fault.value = cases[i / 2].value;
        test_case("row %zu, view %zu", i / 2, i % 2);
        unsigned failures = device_check_type(&type, NULL, &said);
        EXPECT_EQ(failures > 0 && failures < 10000, report != NULL);
        EXPECT_EQ(strstr(buffer_text(&said), line) != NULL, report != NULL);
        EXPECT(strstr(buffer_text(&said), i % 2 ? "view 0" : "view 1") == NULL);
        buffer_fini(&said);
        free(line);
    }
}

/* Offsets that a large bank was read at by bytes, by view 0; and accesses. */
static struct {
    uint8_t offsets[0x4000];
    unsigned reads, writes;
} poked;

static int read_counted(struct device *device, unsigned bank,
                        const struct access *access, uint64_t offset,
                        unsigned size, uint64_t *value)
{
    poked.reads++;
    poked.offsets[offset] |= size == 1 && access->view == 0;
    *value = 0;
    return 0;
}

static int write_counted(struct device *device, unsigned bank,
                         const struct access *access, uint64_t offset,
                         unsigned size, uint64_t value)
{
    poked.writes++;
    return 0;
}

/* Rows: the size of a bank, and which of its offsets are left out. */
TEST(small_banks_are_poked_everywhere_and_large_ones_at_their_ends)
{
    static const struct {
        uint32_t size, first, after;
    } cases[] = {
        {8,      0,      0     },
        {0x1ff8, 0,      0     },
        {0x1ffc, 0x1001, 0x1004},
        {0x3000, 0x1001, 0x2008},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct register_bank bank = {"bank", cases[i].size, 15, NULL, 0};
        const struct device_type type = {
            .compatible = "test,poked",
            .banks = &bank,
            .bank_count = 1,
            .read = read_counted,
            .write = write_counted,
        };
        OWNED(buffer_fini) struct buffer report = {0};
        OWNED(fabric_fini) struct fabric fabric;
        test_case("0x%x bytes", cases[i].size);
        memset(&poked, 0, sizeof(poked));
        fabric_init(&fabric, 0);
        struct device *device =
            device_create(&fabric, &type, "dut", NULL, NULL);
        EXPECT_EQ(device_check(device, NULL, &report), 0);
        for (uint32_t at = 0; at < cases[i].size; at++) {
            EXPECT_EQ(poked.offsets[at],
                      at < cases[i].first || at >= cases[i].after);
        }
        if (i == 0) {
            /* 15 aligned places, 3 values, 2 views; behind the bank as many. */
            EXPECT_EQ(poked.reads, 15 * 3 * 2);
            EXPECT_EQ(poked.writes, 15 * 3 * 2);
            EXPECT_EQ(fabric.log.count[LOG_GUEST], 2 * 15 * 3 * 2);
            EXPECT_EQ(clock_now(&fabric.clock), 16 * 2 * 1000);
        }
        device_destroy(device);
    }
}

/* Pokes leave a mark outside the state that survives power-on. */
static void mark(struct device *device, const struct access *access,
                 unsigned index, uint32_t value)
{
    *(bool *)device->wiring = true;
}

static void reset_marked(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;
    if (*(bool *)device->wiring) {
        state->irq = 0;
    }
}

TEST_BEGINS(a_device_that_pokes_spoil_for_good_is_named, report)
{
    static struct register_spec spoiled[ARRAY_SIZE(registers)];
    memcpy(spoiled, registers, sizeof(registers));
    spoiled[5].write = mark;
    const struct register_bank bank = {"registers", 0x24, 4, spoiled,
                                       ARRAY_SIZE(spoiled)};
    struct device_type type = good();
    type.banks = &bank;
    type.wiring_size = sizeof(bool);
    type.reset = reset_marked;
    EXPECT(device_check_type(&type, NULL, report) > 0);
    EXPECT(strstr(buffer_text(report), "IRQ[0]: the field after power-on") !=
           NULL);
}

/* ---- Outputs ------------------------------------------------------------- */

static void raise_output(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct state *state = device->state;
    state->pair[index] = value;
    line_set(&device->outputs[1], state->pair[1] == UINT32_MAX);
}

static void update_output(struct device *device)
{
    const struct state *state = device->state;
    line_set(&device->outputs[1], state->pair[1] == UINT32_MAX);
}

static void reset_output(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;
    line_set(&device->outputs[1], state->pair[1] == UINT32_MAX);
}

static void leave_output(struct device *device, enum reset_domain domain)
{
}

static void lower_output(struct device *device)
{
    line_set(&device->outputs[1], 0);
}

TEST(outputs_that_do_not_follow_from_state_are_named)
{
    static const struct output_spec outputs[] = {
        {"quiet", LINE_INTERRUPT},
        {"irq",   LINE_INTERRUPT},
    };
    static const struct {
        void (*restored)(struct device *device);
        void (*reset)(struct device *device, enum reset_domain domain);
        const char *report;
    } cases[] = {
        {update_output, reset_output, ""                                 },
        {update_output, NULL,         ""                                 },
        {lower_output,  reset_output,
         "output irq is 0x0 after its state was restored, expected 0x1\n"},
        {update_output, leave_output,
         "output irq is 0x1 after power-on, expected 0x0\n"              },
    };
    static struct register_spec raising[ARRAY_SIZE(registers)];
    memcpy(raising, registers, sizeof(registers));
    raising[7].write = raise_output;
    const struct register_bank bank = {"registers", 0x24, 4, raising,
                                       ARRAY_SIZE(raising)};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct device_type type = good();
        OWNED(buffer_fini) struct buffer report = {0};
        OWNED(fabric_fini) struct fabric fabric;
        test_case("case %zu", i);
        type.banks = &bank;
        type.outputs = outputs;
        type.output_count = ARRAY_SIZE(outputs);
        type.restored = cases[i].restored;
        type.reset = cases[i].reset;
        fabric_init(&fabric, 0);
        struct device *device =
            device_create(&fabric, &type, "dut", NULL, NULL);
        const struct access access = {0};
        device_write(device, 0, &access, 0x20, 4,
                     cases[i].reset != leave_output ? UINT32_MAX : 0);
        EXPECT_EQ(device_check(device, NULL, &report),
                  cases[i].report[0] != '\0');
        EXPECT_STR(buffer_text(&report), cases[i].report);
        device_destroy(device);
    }
}

TEST(a_checked_device_is_as_it_was)
{
    struct device_type type = good();
    OWNED(fabric_fini) struct fabric fabric;
    fabric_init(&fabric, 0);
    struct device *device = device_create(&fabric, &type, "dut", NULL, NULL);
    REQUIRE(device_init(device, NULL) == 0);
    const struct state before = {
        1, 2, 3, 4, 0x50, 6, {7, 8}
    };
    struct state *state = device->state;
    *state = before;
    EXPECT_DEVICE(device, NULL);
    EXPECT_BYTES(state, &before, sizeof(before));
    device_destroy(device);
}

/* Rows: a word of the state, or none that names it, and what is said. */
TEST(a_record_that_does_not_restore_is_named)
{
    static const struct {
        struct state_field field;
        unsigned failures;
        const char *report;
    } cases[] = {
        {{"level", sizeof(struct state), 4, RESET_WARM, 0},  0, ""                               },
        {{"level", sizeof(struct state), 4, RESET_WARM, 15},
         1,                                                     "its record does not restore: state of 'dut': field 'level' is "
         "above 15\n"                                                                 },
        {{NULL, 0, 0, 0, 0},                                 2, "its record does not restore: \n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct device_type type = good();
        OWNED(buffer_fini) struct buffer report = {0};
        OWNED(fabric_fini) struct fabric fabric;
        test_case("case %zu", i);
        type.state_size += 4;
        type.fields = &cases[i].field;
        type.field_count = cases[i].field.name != NULL;
        fabric_init(&fabric, 0);
        struct device *device =
            device_create(&fabric, &type, "dut", NULL, NULL);
        ((uint32_t *)device->state)[sizeof(struct state) / 4] = 16;
        EXPECT_EQ(device_check(device, NULL, &report), cases[i].failures);
        EXPECT(strstr(buffer_text(&report), cases[i].report) != NULL);
        device_destroy(device);
    }
}

/* The second reset without a return to the start finds another strap. */
static void reset_once(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;
    if (state->strap == 0x50) {
        state->strap = 0x51;
    } else if (state->strap == 0x51) {
        state->control = 0x12;
    }
}

TEST(each_reset_starts_from_the_device_as_it_was)
{
    const char *const exclusions[] = {"STRAP", NULL};
    struct device_type type = good();
    type.reset = reset_once;
    EXPECT_DEVICE_TYPE(&type, exclusions);
}

static int init_wrong(struct device *device, struct error *error)
{
    struct state *state = device->state;
    state->strap = 1;
    return 0;
}

TEST_BEGINS(a_strap_that_init_changes_is_named, report)
{
    struct device_type type = good();
    type.init = init_wrong;
    EXPECT_EQ(device_check_type(&type, NULL, report), 1);
    EXPECT_STR(buffer_text(report),
               "registers.STRAP[0]: the field after power-on is 0x00000001, "
               "expected 0x00000050\n");
}

static int fail_init(struct device *device, struct error *error)
{
    return error_set(error, -ENODEV, "nothing there");
}

TEST_BEGINS(a_device_whose_init_fails_is_reported, report)
{
    struct device_type type = good();
    type.init = fail_init;
    EXPECT_EQ(device_check_type(&type, NULL, report), 1);
    EXPECT_STR(buffer_text(report), "device: nothing there\n");
}

TEST_BEGINS(a_broken_table_is_reported, report)
{
    struct device_type type = good();
    type.state_size += 4;
    EXPECT_EQ(device_check_type(&type, NULL, report), 1);
    EXPECT(strstr(buffer_text(report), "no row and no field") != NULL);
}
