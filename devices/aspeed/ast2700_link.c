/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks of the AST2700 that software sets up and whose effect no program sees
 * but in time: the serial link between the dies (SLI), of which each die has
 * one end with three channels, and the AHB controllers of both dies. The link
 * has no errors and is always trained. Beside them the switch of the UFS path,
 * the only register of the UFS wrapper that boot code writes.
 */
#include "abi/ast2700.h"
#include "base/bits.h"
#include "bus/handlers.h"

/* ---- SLI ----------------------------------------------------------------- */

enum { CHANNELS = 3, OTHERS = 122 };

struct sli {
    uint32_t control[4 * CHANNELS];
    uint32_t enable[CHANNELS];
    uint32_t others[OTHERS * CHANNELS];
};

#define SLI_STATUS                                                             \
    (AST2700_SLI_TX_SUSPEND | AST2700_SLI_TX_IDLE | AST2700_SLI_RX_SUSPEND |   \
     AST2700_SLI_RX_IDLE)

REGISTER_VALUE(read_status, SLI_STATUS)

/* A status bit that is cleared is there again at once. */
static void clear_status(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
}

static const struct register_spec sli_registers[] = {
#include "devices/aspeed/ast2700_sli.def"
};

static const struct omission sli_omissions[] = {
    {NULL,           OMITTED_UNSEEN, 0,          0,
     "training of the link, which works before it, and errors: none occur"  },
    {"SLIM_INTR_EN", OMITTED_SET,    UINT32_MAX, 0, "interrupts of SLIM"    },
    {"SLIH_INTR_EN", OMITTED_SET,    UINT32_MAX, 0, "interrupts of SLIH"    },
    {"SLIV_INTR_EN", OMITTED_SET,    UINT32_MAX, 0, "interrupts of SLIV"    },
    {"SLIM_CTRL",    OMITTED_UNSEEN, 0,          0, "clocks of the link"    },
    {"SLIH_CTRL",    OMITTED_UNSEEN, 0,          0, "clocks of SLIH"        },
    {"SLIV_CTRL",    OMITTED_UNSEEN, 0,          0, "clocks of SLIV"        },
    {"SLIM_OTHERS",  OMITTED_UNSEEN, 0,          0, "other settings of SLIM"},
    {"SLIH_OTHERS",  OMITTED_UNSEEN, 0,          0, "other settings of SLIH"},
    {"SLIV_OTHERS",  OMITTED_UNSEEN, 0,          0, "other settings of SLIV"},
};

const struct device_type ast2700_sli = {
    .compatible = "aspeed,ast2700-sli",
    .title = "AST2700 serial link between the dies",
    .reference = "U-Boot board/aspeed/ibex_ast2700 and its header sli.h",
    DEVICE_TABLE(omission, sli_omissions),
    .state_size = sizeof(struct sli),
    DEVICE_BANKS(REGISTER_BANK("registers", 0x1000, 4, sli_registers)),
};

/* ---- AHB controllers ----------------------------------------------------- */

struct ahbc {
    uint32_t words[16 * 8];
};

static const struct register_spec ahbc_registers[] = {
    {0x000,
     16 * 8,
     "GROUP", {RW, RW},
     RESET_WARM, 0,
     UINT32_MAX, FIELD(struct ahbc, words),
     NULL, NULL,
     "16 words for each of 8 groups; word 13 counts waits; storage"},
};

const struct device_type ast2700_ahbc = {
    .compatible = "aspeed,ast2700-ahbc",
    .title = "AST2700 AHB controller",
    .reference = "U-Boot arch/arm/mach-aspeed/ast2700/board_common.c",
    DEVICE_OMISSIONS(
        {"GROUP", OMITTED_UNSEEN, 0, 0, "arbitration: registers are storage"}),
    .state_size = sizeof(struct ahbc),
    DEVICE_BANKS(REGISTER_BANK("registers", 0x1000, 4, ahbc_registers)),
};

/* ---- UFS wrapper --------------------------------------------------------- */

struct ufs {
    uint32_t path;
};

static const struct register_spec ufs_registers[] = {
    {AST2700_UFS_PATH,
     1, "PATH",
     {RW, RW},
     RESET_WARM, 0,
     UINT32_MAX, FIELD(struct ufs, path),
     NULL, NULL,
     "1: UFS goes by AXI; no effect"},
};

const struct device_type ast2700_ufs = {
    .compatible = "aspeed,ast2700-ufs-wrapper",
    .title = "AST2700 UFS wrapper",
    .reference = "ASPEED's runtime of the boot MCU, CPU release",
    DEVICE_OMISSIONS({"PATH", OMITTED_UNSEEN, 0, 0, "how UFS is reached"},
                     {"registers", OMITTED_OFFSET, 0, 0x100, "the UFS host"}),
    .state_size = sizeof(struct ufs),
    DEVICE_BANKS(REGISTER_BANK("registers", 0x1000, 4, ufs_registers)),
};
