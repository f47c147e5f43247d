/* SPDX-License-Identifier: Apache-2.0 */
/* The block that the sixteen I2C buses of the AST2700 share: input "busN" is
 * the interrupt of bus N. */
#include "base/bits.h"
#include "bus/handlers.h"

enum { CTRL_NEW_MODE = 1 << 2 };

struct state {
    uint32_t owner;
    uint32_t ctrl;
    uint32_t divider;
    uint32_t sram[2];
};

REGISTER_READ(read_isr, device_input_bits)
REGISTER_VALUE(read_zero, 0)
REGISTER_SET(write_ctrl, ctrl = value)

static const struct register_spec registers[] = {
#include "devices/aspeed/aspeed_i2c_global.def"
};

static const struct input_spec inputs[] = {
    {"bus0",  NULL},
    {"bus1",  NULL},
    {"bus2",  NULL},
    {"bus3",  NULL},
    {"bus4",  NULL},
    {"bus5",  NULL},
    {"bus6",  NULL},
    {"bus7",  NULL},
    {"bus8",  NULL},
    {"bus9",  NULL},
    {"bus10", NULL},
    {"bus11", NULL},
    {"bus12", NULL},
    {"bus13", NULL},
    {"bus14", NULL},
    {"bus15", NULL},
};

const struct device_type aspeed_i2c_global = {
    .compatible = "aspeed,ast2700-i2c-global",
    .title = "shared registers of the AST2700's I2C buses",
    .reference = "U-Boot drivers/i2c/ast2600_i2c.c; Linux i2c-ast2600.c",
    DEVICE_OMISSIONS(
        {"I2CG_CTRL", OMITTED_OTHER, 4, 4, "the registers of the old mode"},
        {"I2CG_OWNER", OMITTED_SET, UINT32_MAX, 0,
         "interrupts for other owners"},
        {"I2CG_CLK_DIV_CTRL", OMITTED_UNSEEN, 0, 0, "base clocks"},
        {"I2CG_SRAM_CTRL", OMITTED_UNSEEN, 0, 0, "FIFOs"}),
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("global", 0x100, 4, registers)),
    DEVICE_TABLE(input, inputs),
};
