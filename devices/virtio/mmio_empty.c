/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtio-mmio transport with no device behind it (virtio 1.2, 4.2.2): device
 * 0, which drivers are to leave alone.
 */
#include "devices/virtio/transport.h"

static const struct register_spec registers[] = {
#include "devices/virtio/mmio_empty.def"
};

static const struct description_row tree_rows[] = {
    {"virtio_mmio",  TREE_DEVICE,     0,              NULL         },
    {"compatible",   TREE_TEXT,       0,              "virtio,mmio"},
    {"reg",          TREE_REG,        1,              NULL         },
    {"interrupts",   TREE_INTERRUPTS, DESCRIBED_EDGE, NULL         },
    {"dma-coherent", TREE_FLAG,       0,              NULL         },
    {"status",       TREE_STATUS,     0,              NULL         },
    {NULL,           TREE_END,        0,              NULL         },
};

static const struct description_row acpi_rows[] = {
    {"VR##", ACPI_DEVICE,    0, NULL      },
    {"_HID", ACPI_TEXT,      0, "LNRO0005"},
    {"_UID", ACPI_INDEX,     0, NULL      },
    {"_CCA", ACPI_INTEGER,   1, NULL      },
    {"_CRS", ACPI_RESOURCES, 0, NULL      },
    {NULL,   ACPI_END,       0, NULL      },
};

const struct description virtio_mmio_description = {
    .kind = DESCRIBED_TRANSPORT,
    DEVICE_TABLE(tree_row, tree_rows),
    DEVICE_TABLE(acpi_row, acpi_rows),
};

const struct device_type virtio_mmio = {
    .compatible = "virtio,mmio",
    .title = "virtio-mmio transport",
    .reference = "Virtual I/O Device (VIRTIO) Version 1.2, 4.2",
    DEVICE_OMISSIONS(
        {"DeviceID", OMITTED_ABSENT, 0, 0, "devices: the slot is empty"}),
    .description = &virtio_mmio_description,
    DEVICE_BANKS(REGISTER_BANK("virtio_mmio", 0x200, 1 | 2 | 4, registers)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
};
