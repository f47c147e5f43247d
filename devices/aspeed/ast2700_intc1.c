/* SPDX-License-Identifier: Apache-2.0 */
/*
 * INTC1, the interrupt controller of the AST2700's I/O die (A1 and A2): 192
 * interrupts in six groups. Three selector bits of each interrupt are its
 * route: 0, 4 and 5 to the Cortex-A35, 2 to the SSP, 3 to the TSP, 6 to the
 * boot MCU. Each route but the last has a bank with an enable and a status
 * register for each group, and an output for each group, which INTC0 hands on.
 *
 * The boot MCU has one output. That its two registers have a bit for each
 * group, and that the words at 40 are the levels of the interrupts, is our
 * reading of the register names that ASPEED's driver prints.
 */
#include "bus/handlers.h"
#include "devices/aspeed/ast2700_intc.h"
#include "devices/aspeed/numbered.h"

enum { GROUPS = 6, BANKS = 5, MCU_ROUTE = 6, MCU_OUTPUT = 50 };

struct state {
    uint32_t protection;
    uint32_t select[3][GROUPS];
    struct intc_bank banks[BANKS][GROUPS];
    struct intc_bank mcu;
};

/* The wiring of each bank: its route, and its first output. */
static const struct {
    uint8_t route;
    uint8_t output;
} destinations[BANKS] = {
    {0, 0 },
    {2, 10},
    {3, 20},
    {4, 30},
    {5, 40}
};

/* Interrupts of a group that a route takes. */
static uint32_t asserted(const struct state *state, uint32_t levels,
                         unsigned group, unsigned route)
{
    return levels & intc_routed(state->select[0][group],
                                state->select[1][group],
                                state->select[2][group], route);
}

static void update_group(struct device *device, unsigned group)
{
    struct state *state = device->state;
    uint32_t levels = intc_levels(device, group * 32, 32);

    for (unsigned i = 0; i < ARRAY_SIZE(destinations); i++) {
        uint32_t taken =
            intc_latch(&state->banks[i][group],
                       asserted(state, levels, group, destinations[i].route));
        line_set(&device->outputs[destinations[i].output + group], taken != 0);
    }
}

static void update_mcu(struct device *device)
{
    struct state *state = device->state;
    uint32_t groups = 0;

    for (unsigned i = 0; i < GROUPS; i++) {
        uint32_t levels = intc_levels(device, i * 32, 32);
        groups |= asserted(state, levels, i, MCU_ROUTE) != 0 ? BIT(i) : 0;
    }
    line_set(&device->outputs[MCU_OUTPUT],
             intc_latch(&state->mcu, groups) != 0);
}

static void update(struct device *device)
{
    for (unsigned i = 0; i < GROUPS; i++) {
        update_group(device, i);
    }
    update_mcu(device);
}

static void source_changed(struct device *device, unsigned input,
                           uint32_t level)
{
    const struct state *state = device->state;
    unsigned group = input / 32;

    update_group(device, group);
    if (asserted(state, BIT(input % 32), group, MCU_ROUTE) != 0) {
        update_mcu(device);
    }
}

REGISTER_VALUE(read_raw, intc_levels(device, index * 32, 32))

#define SELECT_HANDLER(name, bit)                                              \
    static void name(struct device *device, const struct access *access,       \
                     unsigned index, uint32_t value)                           \
    {                                                                          \
        struct state *state = device->state;                                   \
                                                                               \
        state->select[bit][index] = value;                                     \
        update(device);                                                        \
    }

SELECT_HANDLER(write_select0, 0)
SELECT_HANDLER(write_select1, 1)
SELECT_HANDLER(write_select2, 2)

#define BANK_HANDLER(name, bank)                                               \
    static void name(struct device *device, const struct access *access,       \
                     unsigned index, uint32_t value)                           \
    {                                                                          \
        struct state *state = device->state;                                   \
        unsigned group = index / INTC_BANK_WORDS;                              \
                                                                               \
        intc_write(&state->banks[bank][group], index % INTC_BANK_WORDS,        \
                   value);                                                     \
        update_group(device, group);                                           \
    }

BANK_HANDLER(write_psp, 0)
BANK_HANDLER(write_ssp, 1)
BANK_HANDLER(write_tsp, 2)
BANK_HANDLER(write_s1, 3)
BANK_HANDLER(write_s2, 4)

static void write_mcu(struct device *device, unsigned word, uint32_t value)
{
    struct state *state = device->state;

    intc_write(&state->mcu, word, value);
    update_mcu(device);
}

REGISTER_CALL(write_mcu_enable, write_mcu(device, 0, value))
REGISTER_CALL(write_mcu_status, write_mcu(device, 1, value))

static const struct register_spec registers[] = {
#include "devices/aspeed/ast2700_intc1.def"
};

static const struct register_bank banks[] = {
    {"intc1", 0x400, 4, registers, ARRAY_SIZE(registers)},
};

static const struct output_spec outputs[] = {
#define OUTPUT(name) {name, LINE_INTERRUPT},
#include "devices/aspeed/ast2700_intc1_lines.def"
#undef OUTPUT
};

static const struct input_spec inputs[] = {
#define INPUT(name) {name, source_changed},
#include "devices/aspeed/ast2700_intc1_lines.def"
#undef INPUT
};

const struct device_type ast2700_intc1 = {
    .compatible = "aspeed,ast2700-intc1",
    .title = "AST2700 interrupt controller of the I/O die",
    .reference = "Linux irq-ast2700-intc1.c, binding aspeed,ast2700-interrupt",
    DEVICE_OMISSIONS(
        {"PROTECTION", OMITTED_SET, 0x7ff, 0, "protection of registers"},
        {"SELECT0", OMITTED_UNSEEN, 0, 0, "route 1"},
        {"MCU_ENABLE", OMITTED_UNSEEN, 0, 0,
         "the registers of the boot MCU are our reading"}),
    .state_size = sizeof(struct state),
    DEVICE_TABLE(bank, banks),
    DEVICE_FIELDS(STATE(struct state, mcu.reserved, RESET_WARM)),
    DEVICE_TABLE(output, outputs),
    DEVICE_TABLE(input, inputs),
    .restored = update,
};
