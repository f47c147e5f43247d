/* SPDX-License-Identifier: Apache-2.0 */
/* State of the CPU die's system control unit, and the part of it that holds the
 * two Cortex-M4F and shows them their code (ast2700_m4.c). */
#ifndef DEVICES_ASPEED_AST2700_SCU0_H
#define DEVICES_ASPEED_AST2700_SCU0_H

#include "devices/aspeed/ast2700_scu.h"

enum { M4_SSP, M4_TSP, M4_COUNT };
enum { M4_REMAPS = 3 };

struct ast2700_m4 {
    uint32_t control;
    uint32_t ahb_base;  /* of remap 1 in the SoC, / 16 */
    uint32_t dram_base; /* of remap 2, or of the only one of the TSP */
    uint32_t cacheable[3];
    uint32_t cache;
    uint32_t remap[2 * M4_REMAPS]; /* base and size, in code space */
};

struct ast2700_scu0 {
    struct ast2700_scu scu;
    uint32_t misc;
    uint32_t debug_control;
    uint32_t write_protect;
    uint32_t ca35_release;
    uint32_t rvbar[4];
    struct ast2700_m4 m4[M4_COUNT];
    uint32_t interrupt_enable[2];
    uint32_t interrupt_status[2];
    uint32_t clock_select[3];
    uint32_t clock_select_lock[3];
    uint32_t reset_select;
    uint32_t pll[6];
    uint32_t clock_parameter[5];
    uint32_t duty[4];
    uint32_t delay_ring[2];
    uint32_t pinmux[3];
    uint32_t pinmux_vga[2];
    uint32_t pinmux_lock[3];
    uint32_t pinmux_vga_lock[2];
    uint32_t io_control[15];
    uint32_t scratch[96];
    uint32_t vga[24];
    uint32_t pci[2][11];
    uint32_t pci_misc[64];
};

/* The windows of a Cortex-M4F's code space. */
struct ast2700_m4_view {
    struct space *space; /* NULL: the board shows none */
    struct window *windows[M4_REMAPS];
    uint64_t base; /* of the code space */
    uint64_t size_bytes;
};

struct ast2700_scu0_wiring {
    struct region *dram;
    struct region *tcm;
    struct ast2700_m4_view views[M4_COUNT];
};

int ast2700_m4_init(struct device *device, struct error *error);
int ast2700_m4_gate(struct device *device, uint32_t port, struct space *space,
                    struct window *window, struct error *error);
/* Shows the windows as the registers say. */
void ast2700_m4_place(struct device *device);
/* The lines of a bank that have moved, for the processors behind them. */
void ast2700_m4_moved(struct device *device, unsigned bank, uint32_t asserted,
                      uint32_t released);
bool ast2700_m4_runs(const struct device *device, unsigned which);
/* Starts one that is held, as bit 0 of its control register does. */
void ast2700_m4_enable(struct device *device, unsigned which);

extern const struct logged_omission ast2700_m4_no_dram;

#define AST2700_M4_WRITE(name)                                                 \
    void ast2700_m4_##name(struct device *device, const struct access *access, \
                           unsigned index, uint32_t value)

AST2700_M4_WRITE(write_ssp_control);
AST2700_M4_WRITE(write_tsp_control);
AST2700_M4_WRITE(write_ssp_ahb_base);
AST2700_M4_WRITE(write_ssp_dram_base);
AST2700_M4_WRITE(write_ssp_remap0);
AST2700_M4_WRITE(write_ssp_remap1);
AST2700_M4_WRITE(write_ssp_remap2_base);
AST2700_M4_WRITE(write_ssp_remap2_size);
AST2700_M4_WRITE(write_tsp_dram_base);
AST2700_M4_WRITE(write_tsp_size);

/* In ast2700_scu0.c: all lines, from state; an access made the change, or
 * something else (NULL). */
void ast2700_scu0_drive(struct device *device, const struct access *access);

#endif
