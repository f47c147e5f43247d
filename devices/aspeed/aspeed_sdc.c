/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The block around the two slots of an SD controller of the AST2700, or the one
 * of its eMMC controller: copies of the slots' capabilities, which software may
 * change, and their interrupts. The slots are devices of their own
 * (devices/sd/sdhci.c).
 */
#include "base/bits.h"
#include "bus/handlers.h"
#include "devices/sd/sdhci.h"

enum { SLOTS = 2 };

struct state {
    uint32_t info;
    uint32_t debounce;
    uint32_t bus;
    uint32_t capability[SLOTS * SDHCI_CAPABILITIES];
    uint32_t write_protect;
    uint32_t card_detect;
    uint32_t phase;
};

static uint32_t capability(const struct device *device, unsigned slot,
                           unsigned number)
{
    const struct state *state = device->state;

    return state->capability[slot % SLOTS * SDHCI_CAPABILITIES +
                             number % SDHCI_CAPABILITIES];
}

static uint32_t pending(const struct device *device)
{
    return (device->input_levels[0] != 0 ? 1 : 0) |
           (device->input_levels[1] != 0 ? 2 : 0);
}

static void update(struct device *device)
{
    line_set(&device->outputs[0], pending(device) != 0);
}

REGISTER_READ(read_irq, pending)

static void changed(struct device *device, unsigned index, uint32_t level)
{
    update(device);
}

static const struct register_spec registers[] = {
#include "devices/aspeed/aspeed_sdc.def"
};

static const struct sdhci_slots slots = {capability};

const struct device_type aspeed_sdc = {
    .compatible = "aspeed,ast2700-sd-controller",
    .title = "AST2700 SD controller, around its slots",
    .reference =
        "Linux sdhci-of-aspeed, QEMU aspeed_sdhci; no public data "
        "sheet",
    DEVICE_OMISSIONS(
        {"PHASE", OMITTED_UNSEEN, 0, 0, "phases, which always fit"},
        {"DEBOUNCE", OMITTED_UNSEEN, 0, 0, "debouncing: cards do not bounce"},
        {"INFO", OMITTED_UNSEEN, 0, 0, "eight lines of a slot"},
        {"BUS", OMITTED_UNSEEN, 0, 0, "bus settings"},
        {"WP_POL", OMITTED_UNSEEN, 0, 0,
         "polarity of write protection, which has no line"},
        {"CARD_DET", OMITTED_UNSEEN, 0, 0,
         "polarity of card detection, which has no line"}),
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("registers", 0x100, 4, registers)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
    DEVICE_INPUTS({"slot0", changed}, {"slot1", changed}),
    .restored = update,
    .interface = &slots,
};
