/* SPDX-License-Identifier: Apache-2.0 */
/* Markdown tables from register rows, inputs and outputs. */
#include "bus/device_document.h"

#include <inttypes.h>

static const char *const rules[] = {
    [NO] = "none", [RO] = "RO",   [RW] = "RW",
    [WO] = "WO",   [W1C] = "W1C", [W1S] = "W1S",
};

static const char *const domains[] = {
    [RESET_CORE] = "core",
    [RESET_WARM] = "warm",
    [RESET_POWER_ON] = "power-on",
    [RESET_NEVER] = "never",
};

static const char *const kinds[] = {
    [LINE_INTERRUPT] = "interrupt",
    [LINE_RESET] = "reset",
    [LINE_POWER] = "power",
    [LINE_SIGNAL] = "signal",
};

/* Text in a table cell: a bar would end the cell. */
static void print_cell(struct buffer *out, const char *text)
{
    for (; text && *text; text++) {
        buffer_print(out, *text == '|' ? "\\%c" : "%c", *text);
    }
}

static void print_row(const struct register_spec *row, struct buffer *out)
{
    uint32_t last = row->offset + (row->count - 1u) * 4;
    if (row->count > 1) {
        buffer_print(out, "| 0x%03" PRIx32 "-0x%03" PRIx32 " | `%s[%u]`",
                     row->offset, last, row->name, row->count);
    } else {
        buffer_print(out, "| 0x%03" PRIx32 " | `%s`", row->offset, row->name);
    }
    for (unsigned view = 0; view < REGISTER_VIEWS; view++) {
        buffer_print(out, " | %s", rules[row->access[view]]);
    }
    buffer_print(out, " | 0x%08" PRIx32 " | 0x%08" PRIx32 " | %s | ",
                 row->reset, row->writable, domains[row->domain]);
    print_cell(out, row->text);
    buffer_print(out, " |\n");
}

static void print_sizes(unsigned sizes, struct buffer *out)
{
    const char *between = "";
    for (unsigned size = 1; size <= 8; size *= 2) {
        if (sizes & size) {
            buffer_print(out, "%s%u", between, size);
            between = ", ";
        }
    }
}

static void print_bank(const struct register_bank *bank, unsigned copies,
                       const char *const views[REGISTER_VIEWS],
                       struct buffer *out)
{
    buffer_print(out, "\n## Registers: %s\n\n", bank->name);
    buffer_print(out, "0x%" PRIx32 " bytes, accessed by ", bank->size_bytes);
    print_sizes(bank->sizes, out);
    buffer_print(out, " bytes.\n");
    if (copies > 1) {
        buffer_print(out, "\n%u copies lie one after the other.\n", copies);
    }
    if (!bank->registers) {
        return;
    }
    buffer_print(out, "\n| Offset | Name |");
    for (unsigned view = 0; view < REGISTER_VIEWS; view++) {
        if (views) {
            buffer_print(out, " %s |", views[view]);
        } else {
            buffer_print(out, " view %u |", view);
        }
    }
    buffer_print(out, " Reset value | Writable | Reset by | |\n|---|---|");
    for (unsigned view = 0; view < REGISTER_VIEWS; view++) {
        buffer_print(out, "---|");
    }
    buffer_print(out, "---|---|---|---|\n");
    for (size_t i = 0; i < bank->register_count; i++) {
        print_row(&bank->registers[i], out);
    }
}

static void print_wires(const struct device_type *type, struct buffer *out)
{
    if (type->input_count != 0) {
        buffer_print(out, "\n## Inputs\n\n");
    }
    for (size_t i = 0; i < type->input_count; i++) {
        buffer_print(out, "- `%s`\n", type->inputs[i].name);
    }
    if (type->output_count != 0) {
        buffer_print(out, "\n## Outputs\n\n");
    }
    for (size_t i = 0; i < type->output_count; i++) {
        buffer_print(out, "- `%s` (%s)\n", type->outputs[i].name,
                     kinds[type->outputs[i].kind]);
    }
}

/* A row for each omission, and when the log has it. */
static void print_omissions(const struct device_type *type, struct buffer *out)
{
    if (type->omission_count == 0) {
        buffer_print(out, "\nNot modelled: nothing known\n");
        return;
    }
    buffer_print(out, "\n| Not modelled | Logged when |\n|---|---|\n");
    for (size_t i = 0; i < type->omission_count; i++) {
        buffer_print(out, "| ");
        print_cell(out, type->omissions[i].text);
        buffer_print(out, " | ");
        omission_print(&type->omissions[i], out);
        buffer_print(out, " |\n");
    }
}

void device_document(const struct device_type *type,
                     const char *const views[REGISTER_VIEWS],
                     struct buffer *out)
{
    buffer_print(out, "# %s\n\n", type->title ? type->title : type->compatible);
    buffer_print(out, "Compatible: `%s`\n", type->compatible);
    if (type->reference) {
        buffer_print(out, "\nReference: %s\n", type->reference);
    }
    print_omissions(type, out);
    for (size_t i = 0; i < type->bank_count; i++) {
        print_bank(&type->banks[i], type->frames ? type->frames[i] : 1, views,
                   out);
    }
    print_wires(type, out);
}
