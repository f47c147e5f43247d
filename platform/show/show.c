/* SPDX-License-Identifier: Apache-2.0 */
/* A board as a text tree: masters with what they see, devices with their
 * lines. The picture is in picture.c. */
#include "platform/show/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Words --------------------------------------------------------------- */

void show_size(uint64_t size_bytes, char *text, size_t text_size)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    unsigned unit = 0;
    while (unit < 4 && size_bytes >= 1024 && size_bytes % 1024 == 0) {
        size_bytes /= 1024;
        unit++;
    }
    snprintf(text, text_size, "%llu %s", (unsigned long long)size_bytes,
             units[unit]);
}

void show_frequency(uint64_t hz, char *text, size_t text_size)
{
    static const char *const units[] = {"Hz", "kHz", "MHz", "GHz"};
    unsigned unit = 0;
    while (unit < 3 && hz >= 1000 && hz % 1000 == 0) {
        hz /= 1000;
        unit++;
    }
    snprintf(text, text_size, "%llu %s", (unsigned long long)hz, units[unit]);
}

void show_target(const struct window *window, char *text, size_t text_size)
{
    if (window->device) {
        const struct device_type *type = window->device->type;
        bool several = type->bank_count > 1;
        snprintf(text, text_size, "%s%s%s", type->title, several ? ", " : "",
                 several ? type->banks[window->bank].name : "");
    } else if (window->region) {
        snprintf(text, text_size, "%s",
                 window->rights & WINDOW_W ? "memory" : "memory, read only");
    } else {
        snprintf(text, text_size, "not modelled");
    }
}

const char *show_line_kind(enum line_kind kind)
{
    static const char *const names[] = {
        [LINE_INTERRUPT] = "interrupt",
        [LINE_RESET] = "reset",
        [LINE_POWER] = "power",
        [LINE_SIGNAL] = "signal",
    };
    return names[kind];
}

const char *show_core_state(const struct node *node)
{
    static const char *const states[] = {
        [CORE_RUNNING] = ", runs", [CORE_HELD] = ", held",
        [CORE_OFF] = ", off",      [CORE_WAITING] = ", waits",
        [CORE_STUCK] = ", stuck",
    };
    return node->machine->powered ? states[node->core->power] : "";
}

const char *show_line_state(const struct cairn_machine *machine,
                            const struct line *line)
{
    return machine->powered && line->kind == LINE_RESET && line->level != 0
               ? ", asserted"
               : "";
}

const struct window **show_windows(const struct space *space, size_t *count)
{
    size_t total = 0;
    for (const struct window *w = space->windows; w; w = w->next) {
        total++;
    }
    const struct window **windows = xcalloc(total + 1, sizeof(struct window *));
    *count = 0;
    for (const struct window *w = space->windows; w; w = w->next) {
        size_t at = (*count)++;
        while (at > 0 && windows[at - 1]->base.value > w->base.value) {
            windows[at] = windows[at - 1];
            at--;
        }
        windows[at] = w;
    }
    return windows;
}

/* ---- The text tree ------------------------------------------------------- */

static void print_cores(struct cairn_machine *machine,
                        const struct node *cluster, struct buffer *out)
{
    for (size_t i = 0; i < machine->core_count; i++) {
        const struct node *node = machine->slots[i].node;
        const struct core_config *config = &node->core->config;
        char frequency[32];
        if (node->parent != cluster) {
            continue;
        }
        show_frequency(config->frequency_hz, frequency, sizeof(frequency));
        buffer_print(out, "  processor %s: %s, %s, starts at 0x%08llx%s\n",
                     node->name, config->compatible, frequency,
                     (unsigned long long)config->reset_vector.value,
                     show_core_state(node));
    }
}

bool show_is_secure_only(const struct node *node, const struct window *window)
{
    const struct window *w = node->space->windows;
    while (w && (w->base.value != window->base.value ||
                 strcmp(w->name, window->name) != 0)) {
        w = w->next;
    }
    return !w;
}

static void print_master(const struct node *node, struct buffer *out)
{
    size_t count;
    const struct window **windows = show_windows(
        node->secure_space ? node->secure_space : node->space, &count);
    buffer_print(out, "%s: %s\n", node->name,
                 node->kind == NODE_CLUSTER  ? "processors"
                 : node->kind == NODE_DEVICE ? "address map of this device"
                                             : "master driven from outside");
    print_cores(node->machine, node, out);
    for (size_t i = 0; i < count; i++) {
        char size[32];
        char target[128];
        show_size(windows[i]->size_bytes, size, sizeof(size));
        show_target(windows[i], target, sizeof(target));
        buffer_print(out, "  0x%08llx %9s  %-14s %s%s\n",
                     (unsigned long long)windows[i]->base.value, size,
                     windows[i]->name, target,
                     show_is_secure_only(node, windows[i]) ? ", Secure only"
                                                           : "");
    }
    free(windows);
}

static void print_line(const struct cairn_machine *machine,
                       const struct line *line, struct buffer *out)
{
    const char *output = strchr(line->name, '.');
    const char *before = " -> ";
    buffer_print(out, "  %-9s %s%s", show_line_kind(line->kind),
                 output ? output + 1 : line->name,
                 show_line_state(machine, line));
    for (const struct line_connection *c = line->connections; c; c = c->next) {
        buffer_print(out, "%s%s", before, c->sink_name);
        before = ", ";
    }
    buffer_print(out, "\n");
}

static void print_device(struct node *node, struct buffer *out)
{
    const struct device_type *type = node->device->type;
    buffer_print(out, "%s: %s (%s)\n", node->name, type->title,
                 type->compatible);
    for (size_t i = 0; i < type->output_count; i++) {
        print_line(node->machine, &node->device->outputs[i], out);
    }
}

static void print_externals(const struct cairn_machine *machine,
                            struct buffer *out)
{
    buffer_print(out, "inputs from outside\n");
    for (size_t i = 0; i < machine->external_count; i++) {
        const struct external *external = &machine->externals[i];
        buffer_print(out, "  %s = %u%s\n", external->line.name,
                     external->line.level,
                     external->strapped ? " (strap)" : "");
    }
}

void show_text(struct cairn_machine *machine, struct buffer *out)
{
    const char *model = board_string(&machine->board, 0, "model");
    buffer_print(out, "board %s%s%s\n", machine->board.name, model ? ": " : "",
                 model ? model : "");
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct node *node = &machine->nodes[i];
        if (node_is_master(node)) {
            buffer_print(out, "\n");
            print_master(node, out);
        }
    }
    buffer_print(out, "\n");
    for (size_t i = 0; i < machine->node_count; i++) {
        if (machine->nodes[i].device) {
            print_device(&machine->nodes[i], out);
        }
    }
    if (machine->external_count != 0) {
        buffer_print(out, "\n");
        print_externals(machine, out);
    }
}

int cairn_board_show(struct cairn_machine *machine, const char *format,
                     char **picture, struct cairn_error *cairn_error)
{
    struct buffer out = {0};
    *picture = NULL;
    if (strcmp(format, "text") == 0) {
        show_text(machine, &out);
    } else if (strcmp(format, "svg") == 0) {
        show_svg(machine, &out);
    } else {
        struct error error = {""};
        error_set(&error, -EINVAL, "no format '%s': 'text' or 'svg'", format);
        return machine_fail(cairn_error, -EINVAL, &error);
    }
    *picture = xstrdup(buffer_text(&out));
    buffer_fini(&out);
    return 0;
}
