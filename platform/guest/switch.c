/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines by which a guest ends itself: a board names the outputs of a device
 * that turn the machine off or restart it, as firmware of the machine that QEMU
 * calls virt does by two pins of the secure GPIO.
 */
#include <string.h>

#include "base/bits.h"
#include "platform/guest/guest.h"

static void end(void *context, unsigned input, uint32_t level)
{
    const struct node *node = context;
    struct cairn_machine *machine = node->machine;
    if (level != 0 && !machine->powering) {
        machine->guest_end = (enum guest_end)input;
        machine->reset_role = ROLE_SWITCH;
        machine->reset_agent = node->name;
        if (machine->guest_end == GUEST_OFF) {
            machine_note_off(machine, ROLE_SWITCH, node->name);
        }
        machine_interrupt(machine);
    }
}

int guest_wire_switches(struct cairn_machine *machine, struct error *error)
{
    static const struct {
        const char *property;
        enum guest_end end;
    } switches[] = {
        {"cairn,power-off", GUEST_OFF  },
        {"cairn,restart",   GUEST_RESET},
    };
    const struct board *board = &machine->board;
    for (size_t i = 0; i < machine->node_count; i++) {
        struct node *node = &machine->nodes[i];
        for (size_t s = 0;
             (node->device || node->core) && s < ARRAY_SIZE(switches); s++) {
            const char *name =
                board_string(board, node->offset, switches[s].property);
            struct line *line = name ? node_output(node, name) : NULL;
            if (name && !line) {
                return board_error(board, node->offset, switches[s].property,
                                   error, -ENOENT, "'%s' has no output '%s'",
                                   node->name, name);
            }
            if (line) {
                line_connect(line, end, node, switches[s].end, "power");
            }
        }
    }
    return 0;
}
