/* SPDX-License-Identifier: Apache-2.0 */
/*
 * INTC0, the interrupt controller of the AST2700's CPU die (A1 and A2), in
 * front of the GIC and of the NVICs of SSP and TSP. It has three kinds of
 * interrupts:
 *
 *   - 128 of the CPU die, which it passes on as they are, each to the processor
 *     that three selector bits name;
 *   - 50 that INTC1 and the like have merged, M0 to M49: ten for each of five
 *     banks with an enable and a status register;
 *   - software interrupts, by which each processor interrupts the two others.
 *
 * Of the software interrupts, the places of the registers are those of ASPEED's
 * Zephyr driver, the outputs those of the device-tree binding; that bits 7:0 of
 * a trigger are for the first of the other two processors (in the order
 * Cortex-A35, SSP, TSP) and bits 15:8 for the second is our reading.
 *
 * The inputs 128 to 479 of the first revision have no source: their enables
 * keep what is written. The banks of M0 to M49 for the Cortex-A35 are where
 * Linux has them; what those of M10 to M29 do, which lead to SSP and TSP, is
 * not public.
 */
#include "bus/handlers.h"
#include "devices/aspeed/ast2700_intc.h"
#include "devices/aspeed/numbered.h"

enum { DIRECT = 128, DIRECT_GROUPS = 4, GROUPS = 15, IDLE_BANKS = 55 };
enum {
    MERGED_SSP = 5,
    MERGED_TSP = 6,
    MERGED_BANKS = 7,
    MERGED = 10,
    MERGED_MASK = 0x3ff
};
enum { PROCESSORS = 3, SOFTWARE_EACH = 8 };

/* As in the register space; a trigger is kept nowhere but in the status of
 * those whom it interrupts. */
struct software {
    uint32_t enable;
    uint32_t status;
    uint32_t trigger; /* 0 */
};

struct state {
    struct software software[PROCESSORS];
    uint32_t protection;
    uint32_t select[3][GROUPS];
    uint32_t idle[IDLE_BANKS];
    struct intc_bank merged[MERGED_BANKS];
};

/* First outputs: of the direct interrupts and of the software interrupts of
 * each processor, and of each bank of merged ones, with its first input. */
static const uint16_t direct_outputs[PROCESSORS] = {0, 256, 426};
static const uint16_t software_outputs[PROCESSORS] = {144, 400, 570};
static const struct {
    uint16_t input;
    uint16_t output;
} merged_lines[MERGED_BANKS] = {
    [0] = {DIRECT,      192},
    [3] = {DIRECT + 30, 208},
    [4] = {DIRECT + 40, 224},
    [MERGED_SSP] = {DIRECT + 10, 384},
    [MERGED_TSP] = {DIRECT + 20, 554},
};

/* ---- Direct interrupts --------------------------------------------------- */

static void update_direct(struct device *device, unsigned input)
{
    const struct state *state = device->state;
    unsigned group = input / 32;

    for (unsigned i = 0; i < ARRAY_SIZE(direct_outputs); i++) {
        uint32_t routed =
            intc_routed(state->select[0][group], state->select[1][group],
                        state->select[2][group], i);
        line_set(&device->outputs[direct_outputs[i] + input],
                 device->input_levels[input] != 0 &&
                     (routed & BIT(input % 32)) != 0);
    }
}

static void update_group(struct device *device, unsigned group)
{
    for (unsigned i = 0; group < DIRECT_GROUPS && i < 32; i++) {
        update_direct(device, group * 32 + i);
    }
}

#define SELECT_HANDLER(name, bit)                                              \
    static void name(struct device *device, const struct access *access,       \
                     unsigned index, uint32_t value)                           \
    {                                                                          \
        struct state *state = device->state;                                   \
                                                                               \
        state->select[bit][index] = value;                                     \
        update_group(device, index);                                           \
    }

SELECT_HANDLER(write_select0, 0)
SELECT_HANDLER(write_select1, 1)
SELECT_HANDLER(write_select2, 2)

/* ---- Merged interrupts --------------------------------------------------- */

static void update_merged(struct device *device, unsigned bank)
{
    struct state *state = device->state;

    /* The second and third of the Cortex-A35's five banks lead nowhere. */
    if (merged_lines[bank].output == 0) {
        return;
    }
    uint32_t levels = intc_levels(device, merged_lines[bank].input, MERGED);
    uint32_t taken = intc_latch(&state->merged[bank], levels);

    for (unsigned i = 0; i < MERGED; i++) {
        line_set(&device->outputs[merged_lines[bank].output + i],
                 taken >> i & 1);
    }
}

static void write_merged(struct device *device, unsigned bank, unsigned word,
                         uint32_t value)
{
    struct state *state = device->state;

    intc_write(&state->merged[bank], word, value & MERGED_MASK);
    update_merged(device, bank);
}

REGISTER_CALL(write_merged_psp, write_merged(device, index / INTC_BANK_WORDS,
                                             index % INTC_BANK_WORDS, value))
REGISTER_CALL(write_merged_ssp, write_merged(device, MERGED_SSP, index, value))
REGISTER_CALL(write_merged_tsp, write_merged(device, MERGED_TSP, index, value))

/* ---- Software interrupts ------------------------------------------------- */

/* Where the half of a trigger goes: the processor, and the shift of the eight
 * bits in its status, where those of the other sender are too. */
struct half {
    unsigned processor;
    unsigned shift;
};

static struct half receiver(unsigned sender, unsigned half)
{
    unsigned processor = half < sender ? half : half + 1;
    unsigned place = sender < processor ? sender : sender - 1;

    return (struct half){processor, place * SOFTWARE_EACH};
}

static void update_software(struct device *device)
{
    const struct state *state = device->state;

    for (unsigned i = 0; i < ARRAY_SIZE(software_outputs); i++) {
        uint32_t taken = state->software[i].status & state->software[i].enable;
        for (unsigned j = 0; j < 2 * SOFTWARE_EACH; j++) {
            line_set(&device->outputs[software_outputs[i] + j], taken >> j & 1);
        }
    }
}

/* The trigger reads as what its receivers have not cleared yet. */
static uint32_t read_software(const struct state *state, unsigned processor,
                              unsigned word)
{
    uint32_t value = 0;

    if (word == 0) {
        return state->software[processor].enable;
    }
    if (word == 1) {
        return state->software[processor].status;
    }
    for (unsigned i = 0; i < PROCESSORS - 1; i++) {
        struct half to = receiver(processor, i);
        value |=
            bits(state->software[to.processor].status, to.shift + 7, to.shift)
            << i * SOFTWARE_EACH;
    }
    return value;
}

static void write_software(struct device *device, unsigned processor,
                           unsigned word, uint32_t value)
{
    struct state *state = device->state;

    if (word == 0) {
        state->software[processor].enable = value;
    } else if (word == 1) {
        state->software[processor].status &= ~value;
    }
    for (unsigned i = 0; word == 2 && i < PROCESSORS - 1; i++) {
        struct half to = receiver(processor, i);
        state->software[to.processor].status |=
            bits(value, i * SOFTWARE_EACH + 7, i * SOFTWARE_EACH) << to.shift;
    }
    update_software(device);
}

#define SOFTWARE_HANDLERS(name, processor)                                     \
    static uint32_t read_software_##name(                                      \
        struct device *device, const struct access *access, unsigned index)    \
    {                                                                          \
        return read_software(device->state, processor, index);                 \
    }                                                                          \
                                                                               \
    static void write_software_##name(struct device *device,                   \
                                      const struct access *access,             \
                                      unsigned index, uint32_t value)          \
    {                                                                          \
        write_software(device, processor, index, value & 0xffff);              \
    }

SOFTWARE_HANDLERS(psp, 0)
SOFTWARE_HANDLERS(ssp, 1)
SOFTWARE_HANDLERS(tsp, 2)

/* ---- Life ---------------------------------------------------------------- */

static void source_changed(struct device *device, unsigned input,
                           uint32_t level)
{
    if (input < DIRECT) {
        update_direct(device, input);
        return;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(merged_lines); i++) {
        if (input - merged_lines[i].input < MERGED) {
            update_merged(device, i);
        }
    }
}

static void update(struct device *device)
{
    for (unsigned i = 0; i < DIRECT_GROUPS; i++) {
        update_group(device, i);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(merged_lines); i++) {
        update_merged(device, i);
    }
    update_software(device);
}

static const struct register_spec registers[] = {
#include "devices/aspeed/ast2700_intc0.def"
};

static const struct output_spec outputs[] = {
#define OUTPUT(name) {name, LINE_INTERRUPT},
#include "devices/aspeed/ast2700_intc0_lines.def"
#undef OUTPUT
};

static const struct input_spec inputs[] = {
#define INPUT(name) {name, source_changed},
#include "devices/aspeed/ast2700_intc0_lines.def"
#undef INPUT
};

const struct device_type ast2700_intc0 = {
    .compatible = "aspeed,ast2700-intc0",
    .title = "AST2700 interrupt controller of the CPU die",
    .reference = "Linux irq-ast2700-intc0.c, binding aspeed,ast2700-interrupt",
    DEVICE_OMISSIONS(
        {"PROTECTION", OMITTED_SET, 0x3fff, 0, "protection of registers"},
        {NULL, OMITTED_UNSEEN, 0, 0, "software interrupts of the boot MCU"},
        {NULL, OMITTED_UNSEEN, 0, 0,
         "the inputs 128 to 479 of the first revision"},
        {NULL, OMITTED_UNSEEN, 0, 0, "enables of inputs that have no source"},
        {"GICINT192_201", OMITTED_UNSEEN, 0, 0,
         "what is at 10 and 20 of this register"}),
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("intc0", 0x3c00, 4, registers)),
    DEVICE_TABLE(output, outputs),
    DEVICE_TABLE(input, inputs),
    .restored = update,
};
