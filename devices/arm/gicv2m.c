/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GICv2m frame (Arm Server Base System Architecture, appendix E): a write of
 * an INTID is an edge on that shared interrupt of the GICv2 beside it.
 */
#include "devices/arm/gicv2.h"

struct wiring {
    struct device *gic;
    unsigned first; /* shared interrupt, counted from 0 */
    unsigned count;
};

static uint32_t read_typer(struct device *device, const struct access *access,
                           unsigned index)
{
    const struct wiring *wiring = device->wiring;

    return (GIC_PRIVATE + wiring->first) << 16 | wiring->count;
}

static void write_setspi(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    const struct wiring *wiring = device->wiring;
    unsigned spi = (value & 0x3ff) - GIC_PRIVATE;

    if (spi - wiring->first < wiring->count) {
        gicv2_pulse(wiring->gic, spi);
    } else {
        device_guest_error(device, value, "message for INTID %u, not one of %u",
                           value & 0x3ff, wiring->count);
    }
}

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    wiring->first = device_property_u32(device, "arm,msi-base-spi", 0);
    wiring->count = device_property_u32(device, "arm,msi-num-spis", 0);
    wiring->first -= wiring->first < GIC_PRIVATE ? 0 : GIC_PRIVATE;
    if (wiring->count > GIC_SPIS || wiring->first > GIC_SPIS - wiring->count) {
        return error_set(error, -EINVAL,
                         "property 'arm,msi-num-spis': %u, at most %u",
                         wiring->count, GIC_SPIS - wiring->first % GIC_SPIS);
    }
    wiring->gic = device_peer(device, "cairn,gic", 0, GICV2_COMPATIBLE, error);
    return wiring->gic != NULL ? 0 : -ENOENT;
}

static const struct register_spec registers[] = {
#include "devices/arm/gicv2m.def"
};

static const struct description_row tree_rows[] = {
    {"v2m",            TREE_DEVICE, 0, NULL               },
    {"compatible",     TREE_TEXT,   0, "arm,gic-v2m-frame"},
    {"msi-controller", TREE_FLAG,   0, NULL               },
    {"reg",            TREE_REG,    1, NULL               },
    {"phandle",        TREE_HANDLE, 0, NULL               },
    {"status",         TREE_STATUS, 0, NULL               },
    {NULL,             TREE_END,    0, NULL               },
};

/* A GIC MSI frame: its register says which interrupts it has, and the flag has
 * the table say it too. */
static const struct description_field frame_fields[] = {
    {2, FIELD_NUMBER,   0, NULL              },
    {4, FIELD_NUMBER,   0, NULL              },
    {8, FIELD_BASE,     0, NULL              },
    {4, FIELD_NUMBER,   1, NULL              },
    {2, FIELD_PROPERTY, 0, "arm,msi-num-spis"},
    {2, FIELD_PROPERTY, 0, "arm,msi-base-spi"},
};

static const struct description_record madt_records[] = {
    {0x0d, false, frame_fields, ARRAY_SIZE(frame_fields)},
};

static const struct description description = {
    .kind = DESCRIBED_MESSAGES,
    DEVICE_TABLE(tree_row, tree_rows),
    DEVICE_TABLE(madt_record, madt_records),
    .inside = "cairn,gic",
};

const struct device_type gicv2m = {
    .compatible = "arm,gic-v2m-frame",
    .title = "GICv2m message frame",
    .reference = "Arm Server Base System Architecture (DEN 0029), appendix E",
    .description = &description,
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("frame", 0x1000, 2 | 4, registers)),
    .init = init,
};
