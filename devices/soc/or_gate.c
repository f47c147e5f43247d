/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An OR gate, where several interrupts share a line: the output is 1 while any
 * input is not 0.
 */
#include "base/bits.h"
#include "bus/device.h"

static void update(struct device *device)
{
    uint32_t any = 0;

    for (unsigned i = 0; i < device->type->input_count; i++) {
        any |= device->input_levels[i] != 0 ? 1 : 0;
    }
    line_set(&device->outputs[0], any);
}

static void changed(struct device *device, unsigned index, uint32_t level)
{
    update(device);
}

static const struct input_spec inputs[] = {
    {"input0",  changed},
    {"input1",  changed},
    {"input2",  changed},
    {"input3",  changed},
    {"input4",  changed},
    {"input5",  changed},
    {"input6",  changed},
    {"input7",  changed},
    {"input8",  changed},
    {"input9",  changed},
    {"input10", changed},
    {"input11", changed},
};

const struct device_type soc_or_gate = {
    .compatible = "cairn,or-gate",
    .title = "OR gate of lines",
    .reference = "defined here",
    DEVICE_OUTPUTS({"output", LINE_INTERRUPT}),
    DEVICE_TABLE(input, inputs),
    .restored = update,
};
