/* SPDX-License-Identifier: Apache-2.0 */
/* GICv3 interrupt translation service: registers (IHI 0069, 12.18) and the
 * device type. See gicv3_its.h. */
#include "devices/arm/gicv3_its.h"

#include "base/assert.h"

static const uint64_t command_mask = 0xfffe0; /* offsets within the queue */

static uint32_t half(uint64_t value, unsigned index)
{
    return (uint32_t)(value >> (index % 2 != 0 ? 32 : 0));
}

static uint64_t with_half(uint64_t old, unsigned index, uint32_t word)
{
    return index % 2 != 0 ? (uint32_t)old | (uint64_t)word << 32
                          : (old & ~(uint64_t)UINT32_MAX) | word;
}

/* Bit 31 Quiescent: nothing is ever under way. */
static uint32_t read_ctlr(struct device *device, const struct access *access,
                          unsigned index)
{
    const struct its *its = device->state;

    return its->control | 1u << 31;
}

static void write_ctlr(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct its *its = device->state;

    its->control = value & ITS_ENABLED;
    its_run(device);
}

static uint32_t read_cbaser(struct device *device, const struct access *access,
                            unsigned index)
{
    const struct its *its = device->state;

    return half(its->commands, index);
}

static void write_cbaser(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct its *its = device->state;

    if ((its->control & ITS_ENABLED) == 0) {
        its->commands = with_half(its->commands, index, value) &
                        ~((uint64_t)0x000f << 52 | 0x300);
        its->reader = 0;
    }
}

static uint32_t read_cwriter(struct device *device, const struct access *access,
                             unsigned index)
{
    const struct its *its = device->state;

    return half(its->writer, index);
}

/* Bit 0 asks to go on after a stall. */
static void write_cwriter(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct its *its = device->state;

    if (index == 0) {
        its->writer = value & command_mask;
        if ((value & 1) != 0) {
            its->reader &= ~(uint64_t)ITS_STALLED;
        }
        its_run(device);
    }
}

static uint32_t read_creadr(struct device *device, const struct access *access,
                            unsigned index)
{
    const struct its *its = device->state;

    return half(its->reader, index);
}

static uint32_t read_baser(struct device *device, const struct access *access,
                           unsigned index)
{
    const struct its *its = device->state;

    debug_assert(index / 2 < ITS_TABLES);
    return half(its->tables[index / 2], index);
}

/* Type and entry size of a table are ours to say (5.2, GITS_BASERn). */
static uint64_t table_nature(unsigned number)
{
    uint64_t type = number == ITS_DEVICES ? 1 : 4;
    debug_assert(number == ITS_DEVICES || number == ITS_COLLECTIONS);
    return type << 56 | (uint64_t)(ITS_ENTRY_SIZE - 1) << 48;
}

static void write_baser(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct its *its = device->state;
    unsigned number = index / 2;
    const uint64_t fixed = (uint64_t)7 << 56 | (uint64_t)0x1f << 48;

    if (number > ITS_COLLECTIONS || (its->control & ITS_ENABLED) != 0) {
        return;
    }
    uint64_t table = with_half(its->tables[number], index, value);
    if (number == ITS_COLLECTIONS) {
        table &= ~its_indirect;
    }
    its->tables[number] = (table & ~fixed) | table_nature(number);
}

static void write_translater(struct device *device, const struct access *access,
                             unsigned index, uint32_t value)
{
    const struct its *its = device->state;

    if ((its->control & ITS_ENABLED) == 0) {
        return;
    }
    enum its_error error = its_act(device, access->user, value, ITS_SET);
    if (error != ITS_DONE) {
        device_guest_error(device, (uint64_t)access->user << 8 | error,
                           "event 0x%x of device 0x%x: %s", value, access->user,
                           its_error_text(error));
    }
}

/* ---- Life ---------------------------------------------------------------- */

static int init(struct device *device, struct error *error)
{
    struct its_wiring *wiring = device->wiring;

    wiring->gic = device_peer(device, "cairn,gic", 0, GICV3_COMPATIBLE, error);
    if (wiring->gic == NULL) {
        return -ENOENT;
    }
    return dma_open(&wiring->dma, device, error);
}

static void reset(struct device *device, enum reset_domain domain)
{
    struct its *its = device->state;

    for (unsigned i = 0; i <= ITS_COLLECTIONS; i++) {
        /* Pages of 64 KiB, as QEMU's: software that keeps them works. */
        its->tables[i] = table_nature(i) | 2 << 8;
    }
}

static const struct register_spec registers[] = {
#include "devices/arm/gicv3_its.def"
};

static const struct description_row tree_rows[] = {
    {"its",            TREE_DEVICE, 0, NULL            },
    {"compatible",     TREE_TEXT,   0, "arm,gic-v3-its"},
    {"msi-controller", TREE_FLAG,   0, NULL            },
    {"#msi-cells",     TREE_NUMBER, 1, NULL            },
    {"reg",            TREE_REG,    1, NULL            },
    {"phandle",        TREE_HANDLE, 0, NULL            },
    {"status",         TREE_STATUS, 0, NULL            },
    {NULL,             TREE_END,    0, NULL            },
};

/* GIC ITS; its number is 0, which the IORT names. */
static const struct description_field its_fields[] = {
    {2, FIELD_NUMBER, 0, NULL},
    {4, FIELD_NUMBER, 0, NULL},
    {8, FIELD_BASE,   0, NULL},
    {4, FIELD_NUMBER, 0, NULL},
};

static const struct description_record madt_records[] = {
    {0x0f, false, its_fields, ARRAY_SIZE(its_fields)},
};

static const struct description description = {
    .kind = DESCRIBED_MESSAGES,
    DEVICE_TABLE(tree_row, tree_rows),
    DEVICE_TABLE(madt_record, madt_records),
    .requester_ids = true,
    .inside = "cairn,gic",
};

const struct device_type gicv3_its = {
    .compatible = "arm,gic-v3-its",
    .title = "GICv3 interrupt translation service",
    .reference = "Arm GIC Architecture Specification (IHI 0069), chapter 5",
    DEVICE_OMISSIONS(
        {"GITS_TYPER.Virtual", OMITTED_ABSENT, 0, 0, "virtual LPIs (GICv4)"}),
    .description = &description,
    .state_size = sizeof(struct its),
    .wiring_size = sizeof(struct its_wiring),
    DEVICE_BANKS(REGISTER_BANK("its", 0x20000, 2 | 4 | 8, registers)),
    DEVICE_FIELDS(STATE(struct its, commands, RESET_CORE),
                  STATE(struct its, writer, RESET_CORE),
                  STATE(struct its, reader, RESET_CORE),
                  STATE(struct its, tables, RESET_CORE),
                  STATE(struct its, control, RESET_CORE),
                  STATE(struct its, reserved, RESET_CORE)),
    .init = init,
    .reset = reset,
};
