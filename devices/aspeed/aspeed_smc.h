/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations that the files of the FMC and SPI controllers share. */
#ifndef DEVICES_ASPEED_ASPEED_SMC_H
#define DEVICES_ASPEED_ASPEED_SMC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/device.h"
#include "bus/dma.h"

enum { SMC_CHIPS = 3, SMC_VIEWS = 16 };
#define SMC_WINDOW_SIZE 0x80000000u

/* The bank of the whole window, and behind it those of each chip select, which
 * count from the start of its segment. */
enum { SMC_BANK_WINDOW = 1, SMC_BANK_CHIP = 2 };

struct smc_state {
    uint32_t conf;
    uint32_t ce_ctrl; /* bit n: commands to chip n have 4 bytes of address */
    uint32_t intr_ctrl;
    uint32_t cmd_ctrl;
    uint32_t ctrl[SMC_CHIPS];
    uint32_t segment[SMC_CHIPS];
    uint32_t soft_reset;
    uint32_t dummy_data;
    uint32_t dma_dram_high;
    uint32_t dma_ctrl;
    uint32_t dma_flash;
    uint32_t dma_dram;
    uint32_t dma_len;
    uint32_t dma_left; /* bytes of the transfer under way */
    uint32_t checksum;
    uint32_t timing[SMC_CHIPS];
    uint32_t full_duplex; /* what came in with the last byte sent */
    uint32_t kept;        /* over watchdog resets */
    uint32_t selected;    /* a bit for each chip */
};

enum smc_conf_bits { CONF_WRITE_ENABLE_SHIFT = 16 };
enum smc_intr_bits {
    INTR_WRITE_PROTECTED = 1 << 9,
    INTR_COMMAND_ABORTED = 1 << 10,
    INTR_DMA_DONE = 1 << 11,
    INTR_STATUS_SHIFT = 8,
    INTR_ENABLES = 0xe,
};
enum smc_ctrl_bits {
    CTRL_MODE = 3,
    CTRL_STOP_ACTIVE = 1 << 2,
    CTRL_DUMMY_LOW_SHIFT = 6, /* 2 bits */
    CTRL_DUMMY_HIGH_SHIFT = 14,
    CTRL_COMMAND_SHIFT = 16,
};
enum smc_mode { MODE_READ, MODE_FAST_READ, MODE_WRITE, MODE_USER };

/* The windows of one address space onto the chips. */
struct smc_view {
    struct space *space;
    struct window under; /* a copy of the window that shows the whole bank */
    struct window *windows[SMC_CHIPS];
};

struct smc_wiring {
    struct device *chips[SMC_CHIPS]; /* NULL: nothing on that chip select */
    struct smc_view views[SMC_VIEWS];
    size_t view_count;
    struct dma dma;
};

struct smc_range {
    uint32_t first;
    uint32_t size_bytes; /* 0: the segment is closed */
};

/* The segment of a chip select, as offsets in the window. */
struct smc_range smc_segment(const struct smc_state *state, unsigned chip);
/* The chip select whose segment has that offset, or SMC_CHIPS. */
unsigned smc_chip_at(const struct smc_state *state, uint64_t offset);

/* One access to a chip, at an offset from the start of its segment, in the mode
 * that its control register selects. Returns 0 or -EFAULT. */
int smc_read_chip(struct device *device, unsigned chip, uint64_t offset,
                  unsigned size, uint64_t *value);
int smc_write_chip(struct device *device, unsigned chip, uint64_t offset,
                   unsigned size, uint64_t value);
void smc_select(struct device *device, unsigned chip, bool selected);
/* The command that a read of a chip in its mode makes. */
struct spi_read smc_read_command(const struct smc_state *state, unsigned chip);
/* True if reads of the segment are reads of the chip's memory. */
bool smc_reads_memory(const struct device *device, unsigned chip);

/* Shows each chip's memory where its segment is. */
void smc_show(struct device *device);
int smc_gate(struct device *device, uint32_t port, struct space *space,
             struct window *window, struct error *error);

void smc_update_interrupt(struct device *device);
bool smc_dma_is_granted(const struct smc_state *state);
/* The DMA engine: a write of its control register, and one step of it. */
register_write smc_write_dma_ctrl;
void smc_step_dma(struct device *device);

#endif
