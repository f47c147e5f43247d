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
    (void)access;
    (void)index;
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
    (void)domain;
    state->control = 0x12;
}

TEST(a_wrong_reset_value_is_named_unless_it_is_excluded)
{
    struct device_type type = good();
    struct buffer report = {0};
    type.reset = reset_wrong;
    EXPECT(device_check_type(&type, NULL, &report) > 0);
    EXPECT(strstr(buffer_text(&report),
                  "registers.CONTROL[0] view 0: the field after power-on is "
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
    (void)domain;
    state->status = 0x20;
}

TEST(a_reset_that_reaches_too_deep_is_named)
{
    struct device_type type = good();
    struct buffer report = {0};
    type.reset = reset_too_deep;
    EXPECT_EQ(device_check_type(&type, NULL, &report), 2);
    EXPECT(strstr(buffer_text(&report),
                  "STATUS[0] view 0: the field after a core reset") != NULL);
    EXPECT(strstr(buffer_text(&report),
                  "STATUS[0] view 0: the field after a warm reset") != NULL);
    buffer_fini(&report);
}

static void reset_second(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;
    (void)domain;
    state->pair[1] = 0x81;
}

TEST(each_word_of_a_row_is_checked)
{
    struct device_type type = good();
    struct buffer report = {0};
    type.reset = reset_second;
    EXPECT(device_check_type(&type, NULL, &report) > 0);
    EXPECT(strstr(buffer_text(&report),
                  "registers.PAIR[1] view 0: the field after power-on is "
                  "0x00000081, expected 0x00000080") != NULL);
    EXPECT(strstr(buffer_text(&report),
                  "PAIR[0] view 0: the field after "
                  "power-on") == NULL);
    buffer_fini(&report);
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
    (void)device;
    (void)bank;
    (void)offset;
    (void)size;
    *value = access->view == fault.view ? fault.value : 0;
    return access->view == fault.view ? fault.read : 0;
}

static int write_fault(struct device *device, unsigned bank,
                       const struct access *access, uint64_t offset,
                       unsigned size, uint64_t value)
{
    (void)device;
    (void)bank;
    (void)offset;
    (void)size;
    (void)value;
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
        .banks = plain,
        .bank_count = ARRAY_SIZE(plain),
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
        EXPECT_EQ(device_check_type(&type, NULL, &said) != 0, report != NULL);
        EXPECT_EQ(strstr(buffer_text(&said), line) != NULL, report != NULL);
        EXPECT(strstr(buffer_text(&said), i % 2 ? "view 0" : "view 1") == NULL);
        buffer_fini(&said);
        free(line);
    }
}

/* Pokes leave a mark outside the state that survives power-on. */
static void mark(struct device *device, const struct access *access,
                 unsigned index, uint32_t value)
{
    (void)access;
    (void)index;
    (void)value;
    *(bool *)device->wiring = true;
}

static void reset_marked(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;
    (void)domain;
    if (*(bool *)device->wiring) {
        state->irq = 0;
    }
}

TEST(a_device_that_pokes_spoil_for_good_is_named)
{
    static struct register_spec spoiled[ARRAY_SIZE(registers)];
    memcpy(spoiled, registers, sizeof(registers));
    spoiled[5].write = mark;
    const struct register_bank bank = {"registers", 0x24, 4, spoiled,
                                       ARRAY_SIZE(spoiled)};
    struct device_type type = good();
    struct buffer report = {0};
    type.banks = &bank;
    type.wiring_size = sizeof(bool);
    type.reset = reset_marked;
    EXPECT(device_check_type(&type, NULL, &report) > 0);
    EXPECT(strstr(buffer_text(&report),
                  "IRQ[0] view 0: the field after power-on") != NULL);
    buffer_fini(&report);
}

/* ---- Outputs ------------------------------------------------------------- */

static void raise_output(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct state *state = device->state;
    (void)access;
    (void)index;
    state->handled = value;
    line_set(&device->outputs[0], value != 0);
}

static void update_output(struct device *device)
{
    const struct state *state = device->state;
    line_set(&device->outputs[0], state->handled == UINT32_MAX);
}

static void reset_output(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;
    (void)domain;
    line_set(&device->outputs[0], state->handled == UINT32_MAX);
}

static void lower_output(struct device *device)
{
    line_set(&device->outputs[0], 0);
}

TEST(outputs_that_do_not_follow_from_state_are_named)
{
    static const struct output_spec outputs[] = {
        {"irq", LINE_INTERRUPT}
    };
    static const struct {
        void (*restored)(struct device *device);
        void (*reset)(struct device *device, enum reset_domain domain);
        const char *report;
    } cases[] = {
        {update_output, reset_output, ""                                 },
        {lower_output,  reset_output,
         "output irq is 0x0 after its state was restored, expected 0x1\n"},
        {update_output, NULL,
         "output irq is 0x1 after power-on, expected 0x0\n"              },
    };
    static struct register_spec raising[ARRAY_SIZE(registers)];
    memcpy(raising, registers, sizeof(registers));
    raising[5].write = raise_output;
    const struct register_bank bank = {"registers", 0x24, 4, raising,
                                       ARRAY_SIZE(raising)};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct device_type type = good();
        struct buffer report = {0};
        test_case("case %zu", i);
        type.banks = &bank;
        type.outputs = outputs;
        type.output_count = ARRAY_SIZE(outputs);
        type.restored = cases[i].restored;
        type.reset = cases[i].reset;
        EXPECT_EQ(device_check_type(&type, NULL, &report),
                  cases[i].report[0] != '\0');
        EXPECT_STR(buffer_text(&report), cases[i].report);
        buffer_fini(&report);
    }
}

TEST(a_checked_device_is_as_it_was)
{
    struct device_type type = good();
    struct fabric fabric;
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
    fabric_fini(&fabric);
}

TEST(a_broken_table_is_reported)
{
    struct device_type type = good();
    struct buffer report = {0};
    type.state_size += 4;
    EXPECT_EQ(device_check_type(&type, NULL, &report), 1);
    EXPECT(strstr(buffer_text(&report), "no row and no field") != NULL);
    buffer_fini(&report);
}
