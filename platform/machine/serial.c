/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Serial ports: devices that take bytes from outside (struct device_type,
 * receive), in the order of the board, and the console of semihosting behind
 * them.
 */
#include <errno.h>
#include <string.h>

#include "platform/debug/semihosting.h"
#include "platform/machine/machine.h"

static bool is_serial_port(const struct node *node)
{
    return node->kind == NODE_DEVICE && node->device->type->receive;
}

const char *cairn_console_name(const struct cairn_machine *machine,
                               size_t index)
{
    size_t found = 0;
    for (size_t i = 0; i < machine->node_count; i++) {
        if (is_serial_port(&machine->nodes[i]) && found++ == index) {
            return machine->nodes[i].name;
        }
    }
    return machine->semihosting && index == found ? SEMIHOSTING_CONSOLE : NULL;
}

/* subject is the port's node, NULL for semihosting; returns how many bytes were
 * taken. */
static int64_t apply_bytes(struct cairn_machine *machine, struct input *input)
{
    const struct node *node = input->subject;
    return (int64_t)(node ? node->device->type->receive(
                                node->device, input->bytes, input->size)
                          : semihosting_type(machine->semihosting, input->bytes,
                                             input->size));
}

static const struct input_type bytes_input = {"bytes", apply_bytes};

int64_t cairn_console_input(struct cairn_machine *machine, const char *device,
                            const void *bytes, size_t size)
{
    struct input input = {.type = &bytes_input, .size = size, .bytes = bytes};
    if (!machine->semihosting || strcmp(device, SEMIHOSTING_CONSOLE) != 0) {
        struct node *node = machine_find(machine, NODE_DEVICE, device);
        if (!node || !is_serial_port(node)) {
            return -ENOENT;
        }
        input.subject = node;
    }
    return input_give(machine, &input);
}
