/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FMC and SPI controllers of the AST2700. Each has a window of 2 GiB; segment
 * registers place the chips in it. A control register for each chip selects
 * whether accesses to its segment are reads or writes that the controller turns
 * into commands, or bytes of the bus (user mode).
 *
 * Registers, and their values after a reset, are those that drivers and QEMU's
 * model agree upon; the data sheet is not public.
 */
#include "devices/aspeed/aspeed_smc.h"
#include "base/bits.h"
#include "devices/flash/spi.h"

enum { COMMAND_READ = 0x03, SMALL_ADDRESS = 3, LARGE_ADDRESS = 4 };

void smc_update_interrupt(struct device *device)
{
    const struct smc_state *state = device->state;
    uint32_t pending =
        state->intr_ctrl >> INTR_STATUS_SHIFT & state->intr_ctrl & INTR_ENABLES;

    line_set(&device->outputs[0], pending != 0);
}

/* ---- Commands to a chip -------------------------------------------------- */

static enum smc_mode mode_of(const struct smc_state *state, unsigned chip)
{
    return (enum smc_mode)(state->ctrl[chip] & CTRL_MODE);
}

static unsigned dummy_bytes(uint32_t ctrl)
{
    return (ctrl >> CTRL_DUMMY_HIGH_SHIFT & 1) << 2 |
           (ctrl >> CTRL_DUMMY_LOW_SHIFT & 3);
}

struct spi_read smc_read_command(const struct smc_state *state, unsigned chip)
{
    uint32_t ctrl = state->ctrl[chip];
    bool normal = mode_of(state, chip) == MODE_READ;

    return (struct spi_read){
        .code = normal ? COMMAND_READ : (uint8_t)(ctrl >> CTRL_COMMAND_SHIFT),
        .address_bytes =
            (state->ce_ctrl >> chip & 1) != 0 ? LARGE_ADDRESS : SMALL_ADDRESS,
        .dummy_bytes = normal ? 0 : (uint8_t)dummy_bytes(ctrl),
    };
}

bool smc_reads_memory(const struct device *device, unsigned chip)
{
    const struct smc_state *state = device->state;
    const struct smc_wiring *wiring = device->wiring;
    struct device *peer = wiring->chips[chip];

    if (peer == NULL || mode_of(state, chip) > MODE_FAST_READ ||
        (state->cmd_ctrl & 0xf0) != 0) {
        return false;
    }
    struct spi_read read = smc_read_command(state, chip);
    return spi_chip_of(peer)->reads_contents(peer, &read);
}

/* An empty chip select leaves the line to its pull-up. */
static uint8_t exchange(struct device *device, unsigned chip, uint8_t byte)
{
    const struct smc_wiring *wiring = device->wiring;
    struct device *peer = wiring->chips[chip];

    return peer != NULL ? spi_chip_of(peer)->exchange(peer, byte) : 0xff;
}

void smc_select(struct device *device, unsigned chip, bool selected)
{
    struct smc_state *state = device->state;
    const struct smc_wiring *wiring = device->wiring;
    uint32_t bit = 1u << chip;

    if (((state->selected & bit) != 0) == selected) {
        return;
    }
    state->selected = selected ? state->selected | bit : state->selected & ~bit;
    if (wiring->chips[chip] != NULL) {
        spi_chip_of(wiring->chips[chip])->select(wiring->chips[chip], selected);
    }
}

/* Command and address, and the dummy bytes of a fast read. */
static void begin(struct device *device, unsigned chip, uint64_t offset)
{
    const struct smc_state *state = device->state;
    struct spi_read read = smc_read_command(state, chip);

    smc_select(device, chip, true);
    exchange(device, chip, read.code);
    for (unsigned i = read.address_bytes; i-- > 0;) {
        if ((state->cmd_ctrl >> (4 + i) & 1) == 0) {
            exchange(device, chip, (uint8_t)(offset >> 8 * i));
        }
    }
    if (mode_of(state, chip) == MODE_FAST_READ) {
        for (unsigned i = 0; i < read.dummy_bytes; i++) {
            exchange(device, chip, (uint8_t)state->dummy_data);
        }
    }
}

int smc_read_chip(struct device *device, unsigned chip, uint64_t offset,
                  unsigned size, uint64_t *value)
{
    const struct smc_state *state = device->state;
    bool user = mode_of(state, chip) == MODE_USER;

    *value = 0;
    if (mode_of(state, chip) == MODE_WRITE) {
        device_guest_error(device, offset, "chip %u is read in write mode",
                           chip);
        return 0;
    }
    if (!user) {
        begin(device, chip, offset);
    }
    for (unsigned i = 0; i < size; i++) {
        *value |= (uint64_t)exchange(device, chip, 0) << 8 * i;
    }
    if (!user) {
        smc_select(device, chip, false);
    }
    return 0;
}

int smc_write_chip(struct device *device, unsigned chip, uint64_t offset,
                   unsigned size, uint64_t value)
{
    struct smc_state *state = device->state;
    enum smc_mode mode = mode_of(state, chip);

    if ((state->conf >> (CONF_WRITE_ENABLE_SHIFT + chip) & 1) == 0) {
        state->intr_ctrl |= INTR_WRITE_PROTECTED;
        device_guest_error(device, offset,
                           "chip %u is written without its bit in CONF", chip);
        smc_update_interrupt(device);
        return 0;
    }
    if (mode <= MODE_FAST_READ) {
        device_guest_error(device, offset, "chip %u is written in read mode",
                           chip);
        return 0;
    }
    if (mode == MODE_WRITE) {
        begin(device, chip, offset);
    }
    for (unsigned i = 0; i < size; i++) {
        uint8_t in = exchange(device, chip, (uint8_t)(value >> 8 * i));
        state->full_duplex = in;
    }
    if (mode == MODE_WRITE) {
        smc_select(device, chip, false);
    }
    return 0;
}

/* ---- Accesses to the window ---------------------------------------------- */

/* A debugger sees what the chip holds and sends no commands. */
static uint64_t peek(struct device *device, unsigned chip, uint64_t offset,
                     unsigned size)
{
    const struct smc_wiring *wiring = device->wiring;
    struct device *peer = wiring->chips[chip];
    uint64_t value = 0;

    if (peer == NULL) {
        return UINT64_MAX >> (64 - 8 * size);
    }
    struct region *contents = spi_chip_of(peer)->contents(peer);
    for (unsigned i = 0; i < size; i++) {
        uint64_t at = (offset + i) % contents->size_bytes;
        value |= (uint64_t)region_host(contents)[at] << 8 * i;
    }
    return value;
}

/* The chip that an offset in a bank means, or SMC_CHIPS; the offset becomes one
 * from the start of its segment. */
static unsigned chip_of(struct device *device, unsigned bank, uint64_t *offset)
{
    const struct smc_state *state = device->state;

    if (bank >= SMC_BANK_CHIP) {
        return bank - SMC_BANK_CHIP;
    }
    unsigned chip = smc_chip_at(state, *offset);
    if (chip < SMC_CHIPS) {
        *offset -= smc_segment(state, chip).first;
    }
    return chip;
}

static int read_window(struct device *device, unsigned bank,
                       const struct access *access, uint64_t offset,
                       unsigned size, uint64_t *value)
{
    unsigned chip = chip_of(device, bank, &offset);

    *value = 0;
    if (chip == SMC_CHIPS) {
        device_guest_error(device, offset, "a read in no chip's segment");
        return 0;
    }
    if (access->debug) {
        *value = peek(device, chip, offset, size);
        return 0;
    }
    return smc_read_chip(device, chip, offset, size, value);
}

static int write_window(struct device *device, unsigned bank,
                        const struct access *access, uint64_t offset,
                        unsigned size, uint64_t value)
{
    unsigned chip = chip_of(device, bank, &offset);

    if (access->debug) {
        return -EFAULT;
    }
    if (chip == SMC_CHIPS) {
        device_guest_error(device, offset, "a write in no chip's segment");
        return 0;
    }
    return smc_write_chip(device, chip, offset, size, value);
}

/* ---- Registers ----------------------------------------------------------- */

static void write_ctrl(struct device *device, unsigned chip, uint32_t value)
{
    struct smc_state *state = device->state;
    bool user = (value & CTRL_MODE) == MODE_USER;

    state->ctrl[chip] = value;
    smc_select(device, chip, user && (value & CTRL_STOP_ACTIVE) == 0);
    smc_show(device);
}

static void write_segment(struct device *device, unsigned chip, uint32_t value)
{
    struct smc_state *state = device->state;

    state->segment[chip] = value;
    smc_show(device);
}

#define CHIP_WRITES(chip)                                                      \
    static void write_ctrl##chip(struct device *device,                        \
                                 const struct access *access, unsigned index,  \
                                 uint32_t value)                               \
    {                                                                          \
        write_ctrl(device, chip, value);                                       \
    }                                                                          \
    static void write_segment##chip(struct device *device,                     \
                                    const struct access *access,               \
                                    unsigned index, uint32_t value)            \
    {                                                                          \
        write_segment(device, chip, value);                                    \
    }
CHIP_WRITES(0)
CHIP_WRITES(1)
CHIP_WRITES(2)

static void write_ce_ctrl(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct smc_state *state = device->state;

    state->ce_ctrl = value;
    smc_show(device);
}

static void write_cmd_ctrl(struct device *device, const struct access *access,
                           unsigned index, uint32_t value)
{
    struct smc_state *state = device->state;

    state->cmd_ctrl = value;
    smc_show(device);
}

static void write_intr_ctrl(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    struct smc_state *state = device->state;
    const uint32_t cleared = INTR_COMMAND_ABORTED | INTR_WRITE_PROTECTED;
    uint32_t status = state->intr_ctrl & ~(uint32_t)INTR_ENABLES;

    state->intr_ctrl = (status & ~(value & cleared)) | (value & INTR_ENABLES);
    smc_update_interrupt(device);
}

/* The engine's registers change only for who has been granted it, and not while
 * it runs. */
static bool may_set_dma(struct device *device, const char *name)
{
    const struct smc_state *state = device->state;

    if (!smc_dma_is_granted(state)) {
        device_guest_error(device, 0x80, "%s is written without a grant", name);
    } else if (state->dma_left != 0) {
        device_guest_error(device, 0x80, "%s is written while DMA runs", name);
    }
    return smc_dma_is_granted(state) && state->dma_left == 0;
}

#define DMA_WRITE(member)                                                      \
    static void write_##member(struct device *device,                          \
                               const struct access *access, unsigned index,    \
                               uint32_t value)                                 \
    {                                                                          \
        struct smc_state *state = device->state;                               \
                                                                               \
        if (may_set_dma(device, #member)) {                                    \
            state->member = value;                                             \
        }                                                                      \
    }
DMA_WRITE(dma_dram_high)
DMA_WRITE(dma_flash)
DMA_WRITE(dma_dram)
DMA_WRITE(dma_len)

static void write_soft_reset(struct device *device, const struct access *access,
                             unsigned index, uint32_t value)
{
    struct smc_state *state = device->state;

    state->soft_reset = value;
}

/* ---- Life ---------------------------------------------------------------- */

static void chip_changed(struct device *device)
{
    smc_show(device);
}

/* A machine may be restored that never was reset. */
static void restored(struct device *device)
{
    const struct smc_wiring *wiring = device->wiring;
    const struct spi_listener listener = {chip_changed, device};

    for (unsigned i = 0; i < ARRAY_SIZE(wiring->chips); i++) {
        if (wiring->chips[i] != NULL) {
            spi_chip_of(wiring->chips[i])->listen(wiring->chips[i], &listener);
        }
    }
    smc_show(device);
    smc_update_interrupt(device);
}

static void reset(struct device *device, enum reset_domain domain)
{
    struct smc_state *state = device->state;
    const struct smc_wiring *wiring = device->wiring;

    if (domain == RESET_CORE) {
        restored(device);
        return;
    }
    timer_cancel(&device->fabric->clock, &device->timers[0]);
    /* A chip that loses power as well does not end its command. */
    for (unsigned i = 0; domain == RESET_WARM && i < ARRAY_SIZE(wiring->chips);
         i++) {
        if (wiring->chips[i] != NULL) {
            spi_chip_of(wiring->chips[i])->select(wiring->chips[i], false);
        }
    }
    if (domain == RESET_WARM) {
        state->ce_ctrl |= state->kept >> 4 & 0xff;
    }
    restored(device);
}

/* How many chips the node names. */
static unsigned count_chips(const struct device *device)
{
    const struct property_source *properties = device->properties;
    size_t size = 0;

    if (properties == NULL ||
        properties->find(device->node, "cairn,chip", false, &size) == NULL) {
        return 0;
    }
    return (unsigned)(size / 4);
}

static int init_with(struct device *device, unsigned most, struct error *error)
{
    struct smc_wiring *wiring = device->wiring;
    unsigned count = count_chips(device);

    if (count > most) {
        return error_set(error, -EINVAL, "%u chips, it selects %u", count,
                         most);
    }
    for (unsigned i = 0; i < count; i++) {
        wiring->chips[i] =
            device_peer(device, "cairn,chip", i, "jedec,spi-nor", error);
        if (wiring->chips[i] == NULL) {
            return -ENOENT;
        }
    }
    return dma_open(&wiring->dma, device, error);
}

static int init_fmc(struct device *device, struct error *error)
{
    return init_with(device, SMC_CHIPS, error);
}

static int init_spi(struct device *device, struct error *error)
{
    return init_with(device, SMC_CHIPS - 1, error);
}

/* The FMC starts with quad reads of its first chip, from which the boot MCU
 * starts; the other controllers with single ones. */
#define SMC_CONF    0xa
#define SMC_CE_CTRL 0xaa00
#define SMC_CTRL0   0x406b0641
#define SMC_DUMMY   0x00010000
#define SMC_TIMING  0x007b0000
static const struct register_spec fmc_registers[] = {
#include "devices/aspeed/aspeed_smc.def"
};
#undef SMC_CONF
#undef SMC_CE_CTRL
#undef SMC_CTRL0
#undef SMC_DUMMY
#undef SMC_TIMING
#define SMC_CONF    0
#define SMC_CE_CTRL 0
#define SMC_CTRL0   0x400
#define SMC_DUMMY   0
#define SMC_TIMING  0
static const struct register_spec spi_registers[] = {
#include "devices/aspeed/aspeed_smc.def"
};

enum { FLASH_SIZES = 1 | 2 | 4 | 8, BANK_SIZE = 0x1000 };

#define SMC_BANKS(registers)                                                   \
    {"registers", BANK_SIZE, 4, registers, ARRAY_SIZE(registers)},             \
        {"flash", SMC_WINDOW_SIZE, FLASH_SIZES, NULL, 0},                      \
        {"chip 0", SMC_WINDOW_SIZE, FLASH_SIZES, NULL, 0},                     \
        {"chip 1", SMC_WINDOW_SIZE, FLASH_SIZES, NULL, 0},                     \
    {                                                                          \
        "chip 2", SMC_WINDOW_SIZE, FLASH_SIZES, NULL, 0                        \
    }
static const struct register_bank fmc_banks[] = {SMC_BANKS(fmc_registers)};
static const struct register_bank spi_banks[] = {SMC_BANKS(spi_registers)};

static const struct state_field fields[] = {
    STATE_TO(struct smc_state, dma_left, RESET_WARM, 0x02000000),
    STATE(struct smc_state, selected, RESET_WARM),
};

static const struct output_spec outputs[] = {
    {"interrupt", LINE_INTERRUPT},
};

static void (*const timers[])(struct device *device) = {smc_step_dma};

static const struct omission omissions[] = {
    {"TIMINGS",           OMITTED_UNSEEN, 0,   0,
     "clock frequencies and read timing, which always fit"                              },
    {"registers",         OMITTED_OFFSET, 0,   0xa0, "filters of commands and addresses"},
    {"registers",         OMITTED_OFFSET, 0,   0x60,
     "the watchdog at 60 to 6C: the ABR watchdog is a device of its own"                },
    {"SOFT_RST_CMD_CTRL", OMITTED_WRITE,  0,   0,    "the automatic reset command"      },
    {"CE_CMD_CTRL",       OMITTED_SET,    0xf, 0,    "the lines that carry a byte"      },
    {"CE_CTRL",           OMITTED_UNSEEN, 0,   0,
     "settings of chips other than the bytes of addresses"                              },
};

#define SMC_TYPE(name, compatible_, title_, banks_, init_)                     \
    const struct device_type name = {                                          \
        .compatible = compatible_,                                             \
        .title = title_,                                                       \
        .reference =                                                           \
            "U-Boot and Linux spi-aspeed-smc, QEMU aspeed_smc; no "            \
            "public data sheet",                                               \
        DEVICE_TABLE(omission, omissions),                                     \
        .state_size = sizeof(struct smc_state),                                \
        .wiring_size = sizeof(struct smc_wiring),                              \
        .banks = banks_,                                                       \
        .bank_count = ARRAY_SIZE(banks_),                                      \
        DEVICE_TABLE(field, fields),                                           \
        DEVICE_TABLE(output, outputs),                                         \
        DEVICE_TABLE(timer, timers),                                           \
        .init = init_,                                                         \
        .reset = reset,                                                        \
        .restored = restored,                                                  \
        .read = read_window,                                                   \
        .write = write_window,                                                 \
        .gate = smc_gate,                                                      \
    }

SMC_TYPE(aspeed_fmc, "aspeed,ast2700-fmc", "AST2700 firmware memory controller",
         fmc_banks, init_fmc);
SMC_TYPE(aspeed_spi, "aspeed,ast2700-spi", "AST2700 SPI controller", spi_banks,
         init_spi);
