/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtio-mmio transport with no device behind it (virtio 1.2, 4.2.2): device
 * 0, which drivers are to leave alone.
 */
#include "base/bits.h"
#include "bus/device.h"

static const struct register_spec registers[] = {
#include "devices/virtio/virtio_mmio.def"
};

static const struct register_bank banks[] = {
    {"virtio_mmio", 0x200, 1 | 2 | 4, registers, ARRAY_SIZE(registers)},
};

static const struct output_spec outputs[] = {
    {"interrupt", LINE_INTERRUPT}
};

const struct device_type virtio_mmio = {
    .compatible = "virtio,mmio",
    .title = "virtio-mmio transport",
    .reference = "Virtual I/O Device (VIRTIO) Version 1.2, 4.2",
    .omitted = "devices: the slot is empty",
    .banks = banks,
    .bank_count = ARRAY_SIZE(banks),
    .outputs = outputs,
    .output_count = ARRAY_SIZE(outputs),
};
