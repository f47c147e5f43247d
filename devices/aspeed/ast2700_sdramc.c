/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SDRAM controller of the AST2700 with its DDR PHY, as far as the training code
 * of a boot loader needs them to end: what is started has ended at once, the
 * self test passes, and the firmware that the loader puts into the PHY is not
 * run, but its mailbox says that training succeeded.
 *
 * The memory is cairn,memory, of the size that the board or the user gives it,
 * and shows at its multiples too, up to 8 GiB from its base or the end of a
 * master's 32 bits: software finds the size by writing behind the end. The
 * board leads the memory through this gate, port 0, for that.
 */
#include <string.h>

#include "abi/ast2700.h"
#include "base/bits.h"
#include "bus/handlers.h"

enum { BANK_REGISTERS, BANK_PHY };
enum { PHY_SIZE = 0x400000, SMALLEST = 256 << 20, SIZE_SHIFT = 2 };
enum { CONTROL_STARTS = 0xf, BIST_START = 3 };

static const uint64_t window_size = UINT64_C(8) << 30;
static const uint64_t four_gib = UINT64_C(1) << 32;

struct state {
    uint32_t unlocked;
    uint32_t status;
    uint32_t mask;
    uint32_t config;
    uint32_t control;
    uint32_t timing[7];
    uint32_t dfi_timing;
    uint32_t dram_config[2];
    uint32_t mode_control;
    uint32_t mode[6];
    uint32_t refresh[2];
    uint32_t calibration;
    uint32_t ecc[5];
    uint32_t arbiter;
    uint32_t encryption[13];
    uint32_t bist_config;
    uint32_t bist[3];
    uint32_t bist_result;
    uint32_t debug[4];
    uint32_t graphics[3];
    uint32_t mpu[256];
    uint32_t phy_halted;  /* its processor is in reset */
    uint32_t phy_message; /* that waits to be taken; 0: none */
};

struct wiring {
    struct region *memory;
};

static void update(struct device *device)
{
    const struct state *state = device->state;

    line_set(&device->outputs[0], (state->status & ~state->mask) != 0);
}

static void report(struct device *device, uint32_t bits)
{
    struct state *state = device->state;

    state->status |= bits;
    update(device);
}

/* ---- Controller ---------------------------------------------------------- */

/* A write to a locked controller is lost. */
static bool is_locked(struct device *device, uint32_t offset)
{
    const struct state *state = device->state;

    if (state->unlocked == 0) {
        device_guest_error(device, offset, "the controller is locked");
    }
    return state->unlocked == 0;
}

REGISTER_SET(write_key, unlocked = value == AST2700_SDRAMC_UNLOCK)
REGISTER_CLEAR(write_clear, status, update)
REGISTER_STORE(write_mask, mask, update)
REGISTER_SET_IF(write_config, !is_locked(device, AST2700_SDRAMC_CONFIG),
                config = value)

static void write_control(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    static const uint32_t done[] = {
        AST2700_SDRAMC_PHY_INIT, AST2700_SDRAMC_REFRESH_DONE, BIT(12), BIT(11)};
    const uint32_t phy = AST2700_SDRAMC_PHY_ON | AST2700_SDRAMC_PHY_RESET;
    struct state *state = device->state;
    uint32_t bits = 0;

    if (is_locked(device, AST2700_SDRAMC_CONTROL)) {
        return;
    }
    state->control = value & ~(uint32_t)CONTROL_STARTS;
    if ((value & CONTROL_STARTS) == 0) {
        return;
    }
    if ((value & phy) != AST2700_SDRAMC_PHY_ON) {
        device_guest_error(device, AST2700_SDRAMC_CONTROL,
                           "0x%x starts something while the PHY is off or in "
                           "reset",
                           value);
        return;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(done); i++) {
        bits |= (value >> i & 1) != 0 ? done[i] : 0;
    }
    report(device, bits);
}

static void write_mode(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (is_locked(device, AST2700_SDRAMC_MODE)) {
        return;
    }
    state->mode_control = value & ~1u;
    if ((value & 1) != 0) {
        report(device, AST2700_SDRAMC_MODE_DONE);
    }
}

static void write_bist(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (is_locked(device, AST2700_SDRAMC_BIST)) {
        return;
    }
    state->bist_config = value;
    state->bist_result = 0;
    if ((value & BIST_START) == BIST_START) {
        state->bist_result = AST2700_SDRAMC_BIST_DONE;
        report(device, AST2700_SDRAMC_BIST_DONE);
    }
}

/* ---- PHY ----------------------------------------------------------------- */

/* Registers have two bytes each; a wider access meets the first. */
static int read_phy(struct device *device, unsigned bank,
                    const struct access *access, uint64_t offset, unsigned size,
                    uint64_t *value)
{
    const struct state *state = device->state;

    *value = 0;
    switch (offset / 2) {
    case AST2700_PHY_MESSAGE_PENDING:
        *value = state->phy_message == 0;
        break;
    case AST2700_PHY_MESSAGE:
        *value = state->phy_message;
        break;
    default:
        break;
    }
    return 0;
}

static int write_phy(struct device *device, unsigned bank,
                     const struct access *access, uint64_t offset,
                     unsigned size, uint64_t value)
{
    struct state *state = device->state;

    switch (offset / 2) {
    case AST2700_PHY_MICRO_RESET:
        if (state->phy_halted != 0 && value == 0) {
            state->phy_message = AST2700_PHY_TRAINED;
        }
        state->phy_halted = value != 0;
        break;
    case AST2700_PHY_ACKNOWLEDGE:
        state->phy_message = (value & 1) == 0 ? 0 : state->phy_message;
        break;
    default:
        break;
    }
    return 0;
}

/* ---- Memory -------------------------------------------------------------- */

static int gate(struct device *device, uint32_t port, struct space *space,
                struct window *window, struct error *error)
{
    const struct wiring *wiring = device->wiring;
    uint64_t base = window->base.value;
    uint64_t room = base < four_gib ? four_gib - base : window_size;

    if (port != 0 || !wiring->memory || window->region != wiring->memory) {
        return error_set(error, -EINVAL,
                         "'%s' has one port, for the memory of its "
                         "cairn,memory",
                         device->name);
    }
    struct window again = *window;
    uint64_t whole = window->region->size_bytes;
    if (window->offset != 0 || window->size_bytes != whole) {
        return 0;
    }
    for (; room / 2 >= whole; room -= whole) {
        again.base = gpa(again.base.value + whole);
        space_add_window(space, &again);
    }
    return 0;
}

static uint32_t size_code(const struct device *device)
{
    const struct wiring *wiring = device->wiring;
    uint32_t code = 0;

    while (wiring->memory && code < 5 &&
           wiring->memory->size_bytes > (uint64_t)SMALLEST << code) {
        code++;
    }
    return code << SIZE_SHIFT;
}

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    if (!device->properties || !device->properties->memory) {
        return 0; /* of a test: it shows no memory */
    }
    wiring->memory = device_memory(device, "cairn,memory", error);
    if (!wiring->memory) {
        return -ENOENT;
    }
    uint64_t size = wiring->memory->size_bytes;
    if (size < SMALLEST || size > window_size || (size & (size - 1)) != 0) {
        return error_set(error, -EINVAL,
                         "memory '%s' has 0x%llx bytes, the controller drives "
                         "256 MiB, 512 MiB and so on up to 8 GiB",
                         wiring->memory->name, (unsigned long long)size);
    }
    return 0;
}

static void reset(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;

    if (domain != RESET_CORE) {
        state->config = size_code(device);
        state->phy_halted = 1;
    }
    update(device);
}

static const struct register_spec registers[] = {
#include "devices/aspeed/ast2700_sdramc.def"
};

static const struct register_bank banks[] = {
    [BANK_REGISTERS] = {"registers", 0x2000,   4,             registers,
                        ARRAY_SIZE(registers)                             },
    [BANK_PHY] = {"phy",       PHY_SIZE, 1 | 2 | 4 | 8, NULL,      0},
};

static const struct omission omissions[] = {
    {NULL,       OMITTED_UNSEEN, 0,          0, "training: memory works before it"          },
    {NULL,       OMITTED_UNSEEN, 0,          0,
     "the time of training, self tests and refresh"                                         },
    {"ECC",      OMITTED_UNSEEN, 0,          0, "error correction: no error occurs"         },
    {"ENCCFG",   OMITTED_UNSEEN, 0,          0,
     "encryption of memory, which no master sees"                                           },
    {"MPU",      OMITTED_SET,    UINT32_MAX, 0, "protection of memory"                      },
    {NULL,       OMITTED_UNSEEN, 0,          0,
     "timings, refresh and arbitration: ACTIME, DFI_TIMING, DCFG, REFCTL, "
     "ZQCTL, ARBCTL"                                                                        },
    {NULL,       OMITTED_UNSEEN, 0,          0, "which memory a self test covers: BIST_ADDR"},
    {"GFMCFG",   OMITTED_UNSEEN, 0,          0, "graphics memory"                           },
    {"phy",      OMITTED_ABSENT, 0,          0,
     "registers of the PHY, which keep nothing, and its firmware, which is not "
     "run"                                                                                  },
    {"PROT_KEY", OMITTED_UNSEEN, 0,          0,
     "what the key guards but MCFG, MCTL, MRCTL and BISTCFG"                                },
};

const struct device_type ast2700_sdramc = {
    .compatible = "aspeed,ast2700-sdramc",
    .title = "AST2700 SDRAM controller and DDR PHY",
    .reference = "U-Boot sdram_ast2700.c and its header sdram.h",
    DEVICE_TABLE(omission, omissions),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_TABLE(bank, banks),
    DEVICE_FIELDS(
        STATE(struct state, phy_halted, RESET_WARM),
        STATE_TO(struct state, phy_message, RESET_WARM, AST2700_PHY_TRAINED)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
    .init = init,
    .reset = reset,
    .restored = update,
    .read = read_phy,
    .write = write_phy,
    .gate = gate,
};
