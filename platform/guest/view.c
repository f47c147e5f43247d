/* SPDX-License-Identifier: Apache-2.0 */
/* Follows the board's nodes, lines and address maps to what a guest sees. */
#include "platform/guest/view.h"

#include <stdlib.h>
#include <string.h>

#include "devices/devices.h"
#include "engine/core.h"

bool guest_is_secure(const struct node *node)
{
    return node->secure_only;
}

/* ---- Descriptions -------------------------------------------------------- */

static const struct device_type *find_type(const struct board *board,
                                           int offset)
{
    const struct device_type *type = NULL;
    const char *compatible;
    for (int i = 0;
         !type && (compatible = board_text(board, offset, "compatible", i));
         i++) {
        type = device_type_find(compatible);
    }
    return type;
}

const struct description *guest_description(const struct node *node)
{
    const struct board *board = &node->machine->board;
    const struct device_type *type = node->device ? node->device->type
                                     : node->kind == NODE_IGNORED
                                         ? find_type(board, node->offset)
                                         : NULL;
    return type && !node->hidden ? type->description : NULL;
}

bool guest_takes_start_time(const struct board *board, int offset)
{
    const struct device_type *type = find_type(board, offset);
    return type && type->takes_start_time;
}

const struct node *guest_next(const struct guest_view *view,
                              enum description_kind kind,
                              const struct node *before)
{
    const struct cairn_machine *machine = view->machine;
    const struct node *end = machine->nodes + machine->node_count;
    const struct node *node = before ? before + 1 : machine->nodes;
    for (; node < end; node++) {
        const struct description *description = guest_description(node);
        if (description && description->kind == kind) {
            return node;
        }
    }
    return NULL;
}

const struct node *guest_first(const struct guest_view *view,
                               enum description_kind kind, bool secure)
{
    const struct node *node = guest_next(view, kind, NULL);
    while (node && (!node->device || guest_is_secure(node) != secure)) {
        node = guest_next(view, kind, node);
    }
    return node;
}

bool guest_is_inside(const struct node *node, const struct node *outer)
{
    const struct description *description = guest_description(node);
    const struct board *board = &node->machine->board;
    return description->inside && outer->phandle != 0 &&
           board_u32(board, node->offset, description->inside, 0) ==
               outer->phandle;
}

uint64_t guest_base_of(const struct node *node)
{
    uint64_t base = 0;
    uint64_t size = 0;
    node_reg(node, 0, &base, &size, NULL);
    return base;
}

/* The application processors come first on boards that have others too. */
static unsigned count_cores(const struct cairn_machine *machine)
{
    unsigned count = 0;
    while (count < machine->core_count &&
           strncmp(machine->cores[count]->config.compatible, "arm,", 4) == 0) {
        count++;
    }
    return count;
}

void guest_view_init(struct guest_view *view, struct cairn_machine *machine)
{
    *view = (struct guest_view){
        .machine = machine,
        .cpu_count = count_cores(machine),
    };
    view->controller = guest_first(view, DESCRIBED_INTERRUPTS, false);
    view->messages =
        view->controller ? guest_first(view, DESCRIBED_MESSAGES, false) : NULL;
    while (view->messages &&
           !guest_is_inside(view->messages, view->controller)) {
        view->messages = guest_next(view, DESCRIBED_MESSAGES, view->messages);
    }
}

/* ---- Interrupts ---------------------------------------------------------- */

/* The number of the interrupt controller's input that the line drives, behind
 * a prefix of its name; -1: none. */
static int input_of(const struct guest_view *view, const struct line *line,
                    const char *prefix)
{
    size_t count =
        view->controller && line ? node_input_count(view->controller) : 0;
    size_t length = strlen(prefix);
    for (size_t i = 0; i < count; i++) {
        const char *name = node_input_name(view->controller, i);
        if (view->controller->drivers[i] == line &&
            strncmp(name, prefix, length) == 0) {
            return (int)strtoul(name + length, NULL, 10);
        }
    }
    return -1;
}

int guest_view_spi(const struct guest_view *view, const struct node *node,
                   unsigned index)
{
    const struct device *device = node->device;
    const struct line *line = NULL;
    for (size_t i = 0; device && i < device->type->output_count; i++) {
        if (device->outputs[i].kind == LINE_INTERRUPT && index-- == 0) {
            line = &device->outputs[i];
            break;
        }
    }
    return input_of(view, line, "spi");
}

size_t guest_view_spis(const struct guest_view *view, const struct node *node,
                       uint32_t *spis, size_t most)
{
    const struct device *device = node->device;
    size_t outputs = device ? device->type->output_count : 0;
    size_t count = 0;
    for (unsigned i = 0; i < outputs && count < most; i++) {
        int spi = guest_view_spi(view, node, i);
        if (spi >= 0) {
            spis[count++] = (uint32_t)spi;
        }
    }
    return count;
}

int guest_view_ppi(const struct guest_view *view, const char *output)
{
    enum { FIRST_PPI = 16 };
    const struct core *core = view->cpu_count ? view->machine->cores[0] : NULL;
    for (size_t i = 0; core && i < core->type->output_count; i++) {
        if (strcmp(core->type->outputs[i].name, output) == 0) {
            int number = input_of(view, &core->outputs[i], "cpu0_ppi");
            return number < FIRST_PPI ? -1 : number - FIRST_PPI;
        }
    }
    return -1;
}

static bool has_host_extensions(const struct guest_view *view)
{
    struct core *core = view->machine->cores[0];
    return core->config.aarch64.el2 && core_has_feature(core, "vhe");
}

size_t guest_view_timers(const struct guest_view *view,
                         uint32_t ppis[GUEST_TIMERS])
{
    static const char *const outputs[GUEST_TIMERS] = {
        "timer_secure", "timer_physical", "timer_virtual", "timer_hypervisor",
        "timer_hypervisor_virtual"};
    size_t most = view->cpu_count && has_host_extensions(view)
                      ? GUEST_TIMERS
                      : GUEST_TIMERS - 1;
    size_t count = 0;
    while (count < most) {
        int ppi = guest_view_ppi(view, outputs[count]);
        if (ppi < 0) {
            break;
        }
        ppis[count++] = (uint32_t)ppi;
    }
    return count;
}
