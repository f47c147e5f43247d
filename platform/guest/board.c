/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A board as its source has it, cut to the size that the user asks for: the
 * length of the memory "ram" here and in the address maps that show it, fewer
 * processors, and the root properties that say what cores and devices have.
 *
 * The board's index holds on while things are changed in place or made NOPs;
 * what moves is changed from the last node on, and the index is made anew.
 */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "engine/aarch64/core_type.h"
#include "platform/guest/guest.h"
#include "platform/guest/view.h"

enum { EDIT_ROOM = 4096 };
/* Before the names of processors in boards. */
static const char vendor[] = "arm,";

static int find_symbol(const struct board *board, const char *label)
{
    int symbols = board_index_child(&board->index, 0, "__symbols__");
    const char *path = board_string(board, symbols, label);
    return path ? fdt_path_offset(board->fdt, path) : -FDT_ERR_NOTFOUND;
}

static void store_number(uint8_t *cells, uint32_t count, uint64_t value)
{
    if (count == 2) {
        store_be32(cells, (uint32_t)(value >> 32));
        cells += 4;
    }
    store_be32(cells, (uint32_t)value);
}

/* ---- Memory -------------------------------------------------------------- */

/* Gives the entries of one address map that show the memory its new length. An
 * entry that is longer than the memory was shows as much as there is room for,
 * and stays. */
static int resize_map(struct board *board, int node, uint32_t phandle,
                      uint64_t old_size, uint64_t size)
{
    const struct board_property *map = board_find(board, node, "address-map");
    if (!map) {
        return 0;
    }
    uint32_t local = board_u32(board, node, "#ranges-address-cells", 1);
    uint32_t sizes = board_u32(board, node, "#ranges-size-cells", 1);
    uint32_t root = board_u32(board, 0, "#address-cells", 2);
    size_t row = 4 * ((size_t)local + 1 + root + sizes);
    if (sizes < 1 || sizes > 2 || map->size % row != 0) {
        return 0; /* the reader of the map reports the error */
    }
    struct buffer changed = {0};
    buffer_append(&changed, map->value, map->size);
    for (size_t at = 0; at < changed.size; at += row) {
        uint8_t *entry = changed.bytes + at;
        uint8_t *length = entry + row - 4 * (size_t)sizes;
        if (load_be32(entry + 4 * (size_t)local) == phandle &&
            board_number(length, sizes) <= old_size) {
            store_number(length, sizes, size);
        }
    }
    int status = fdt_setprop_inplace(board->fdt, node, "address-map",
                                     changed.bytes, (int)changed.size);
    buffer_fini(&changed);
    return status;
}

static int resize_memory(struct board *board, uint64_t size,
                         struct error *error)
{
    int node = find_symbol(board, "ram");
    uint32_t addresses = board_u32(board, 0, "#address-cells", 2);
    uint32_t sizes = board_u32(board, 0, "#size-cells", 1);
    const struct board_property *reg = board_find(board, node, "reg");
    uint8_t changed[16];
    if (!reg || addresses > 2 || sizes < 1 || sizes > 2 ||
        reg->size != 4 * (addresses + sizes)) {
        return error_set(error, -ENOENT,
                         "board '%s': has no memory 'ram' to resize",
                         board->name);
    }
    memcpy(changed, reg->value, reg->size);
    uint64_t old_size = board_number(changed + 4 * (size_t)addresses, sizes);
    store_number(changed + 4 * (size_t)addresses, sizes, size);
    int status =
        fdt_setprop_inplace(board->fdt, node, "reg", changed, (int)reg->size);
    uint32_t phandle = board_u32(board, node, "phandle", 0);
    for (size_t i = 0; status == 0 && i < board->index.node_count; i++) {
        status = resize_map(board, board->index.nodes[i].offset, phandle,
                            old_size, size);
    }
    return status ? error_set(error, -EINVAL, "board '%s': %s", board->name,
                              fdt_strerror(status))
                  : 0;
}

/* ---- Processors ---------------------------------------------------------- */

/* Others that a board has, of a root of trust for one, are no guest's. */
static bool is_core(const struct board *board, int node)
{
    return board_is_application_processor(board, node);
}

/* The index-th processor of the board, or negative. */
static int find_core(const struct board *board, unsigned index)
{
    for (size_t i = 0; i < board->index.node_count; i++) {
        int node = board->index.nodes[i].offset;
        if (is_core(board, node) && index-- == 0) {
            return node;
        }
    }
    return -FDT_ERR_NOTFOUND;
}

static unsigned count_cores(const struct board *board)
{
    unsigned count = 0;
    for (size_t i = 0; i < board->index.node_count; i++) {
        count += is_core(board, board->index.nodes[i].offset);
    }
    return count;
}

static const char *label_of(const struct board *board, int symbols, int node)
{
    char wanted[256];
    bool known = fdt_get_path(board->fdt, node, wanted, sizeof(wanted)) == 0;
    int property;
    fdt_for_each_property_offset(property, board->fdt, symbols)
    {
        const char *label;
        const char *path =
            fdt_getprop_by_offset(board->fdt, property, &label, NULL);
        if (path && known && strcmp(path, wanted) == 0) {
            return label;
        }
    }
    return fdt_get_name(board->fdt, node, NULL);
}

static bool leads_to(const char *input, const char *name)
{
    size_t length = strlen(name);
    return strncmp(input, name, length) == 0 && input[length] == '.';
}

/* Names follow each other, each with its NUL. */
static bool leads_to_any(const char *input, const struct buffer *names)
{
    size_t at = 0;
    bool found = false;
    while (!found && at < names->size) {
        const char *name = (const char *)names->bytes + at;
        found = leads_to(input, name);
        at += strlen(name) + 1;
    }
    return found;
}

/* The pairs of a node's cairn,connect that lead to no such core. Returns
 * whether there are others. */
static bool keep_lines(const struct board *board, int node,
                       const struct buffer *names, struct buffer *kept)
{
    int count = board_text_count(board, node, "cairn,connect");
    bool cut = false;
    for (int i = 0; i + 1 < count; i += 2) {
        const char *from = board_text(board, node, "cairn,connect", i);
        const char *to = from + strlen(from) + 1;
        if (leads_to_any(to, names)) {
            cut = true;
        } else {
            buffer_append(kept, from, (size_t)(to - from) + strlen(to) + 1);
        }
    }
    return cut;
}

static int cut_lines(struct board *board, int node, const struct buffer *names)
{
    struct buffer kept = {0};
    int status = 0;
    if (keep_lines(board, node, names, &kept)) {
        status = kept.size == 0 ? fdt_delprop(board->fdt, node, "cairn,connect")
                                : fdt_setprop(board->fdt, node, "cairn,connect",
                                              kept.bytes, (int)kept.size);
    }
    buffer_fini(&kept);
    return status;
}

/* Appends the names of all cores but the first, and takes their labels away. */
static void name_cores(struct board *board, unsigned first,
                       struct buffer *names)
{
    int symbols = board_index_child(&board->index, 0, "__symbols__");
    int node;
    for (unsigned i = first; (node = find_core(board, i)) >= 0; i++) {
        size_t start = names->size;
        const char *label = label_of(board, symbols, node);
        buffer_append(names, label, strlen(label) + 1);
        fdt_nop_property(board->fdt, symbols,
                         (const char *)names->bytes + start);
    }
}

static int keep_cores(struct board *board, unsigned count, struct error *error)
{
    struct buffer names = {0};
    unsigned present = count_cores(board);
    if (count > present) {
        return error_set(error, -EINVAL,
                         "board '%s': has %u processors, not %u", board->name,
                         present, count);
    }
    name_cores(board, count, &names);
    int status = 0;
    /* From the last node on: the offsets of earlier nodes stay valid. */
    for (size_t i = board->index.node_count;
         status == 0 && names.size != 0 && i-- > 0;) {
        int node = board->index.nodes[i].offset;
        if (is_core(board, node) && present > count) {
            present--;
            status = fdt_del_node(board->fdt, node);
        } else {
            status = cut_lines(board, node, &names);
        }
    }
    buffer_fini(&names);
    board_changed(board);
    return status ? error_set(error, -EINVAL, "board '%s': %s", board->name,
                              fdt_strerror(status))
                  : 0;
}

/* ---- All of it ----------------------------------------------------------- */

static int open_board(struct board *board)
{
    size_t size = board->size_bytes + EDIT_ROOM;
    void *fdt = xcalloc(1, size);
    int status = fdt_open_into(board->fdt, fdt, (int)size);
    if (status != 0) {
        free(fdt);
        return status;
    }
    free(board->fdt);
    board->fdt = fdt;
    board->size_bytes = size;
    board_changed(board);
    return 0;
}

static int set_root(struct board *board, const char *property, uint32_t value)
{
    return fdt_setprop_u32(board->fdt, 0, property, value);
}

static int set_text(void *fdt, int node, const char *property, const char *text)
{
    return fdt_setprop(fdt, node, property, text, (int)strlen(text) + 1);
}

static int no_cpu(const char *cpu, size_t length, struct error *error)
{
    struct buffer names = {0};
    for (size_t i = 0; aarch64_core_types[i]; i++) {
        buffer_print(&names, "%s%s", i ? ", " : "",
                     aarch64_core_types[i] + strlen(vendor));
    }
    int code = error_set(error, -EINVAL, "no processor '%.*s', there are %s",
                         (int)length, cpu, buffer_text(&names));
    buffer_fini(&names);
    return code;
}

int cairn_cpu_check(const char *cpu, struct cairn_error *cairn_error)
{
    size_t length = strcspn(cpu, ",");
    const char *features = cpu + length + (cpu[length] == ',');
    struct aarch64_rules *rules = xcalloc(1, sizeof(*rules));
    struct error error = {""};
    char *name = xasprintf("%s%.*s", vendor, (int)length, cpu);
    int code = aarch64_make_rules(name, features, rules, &error);
    if (code == -ENODEV) {
        error_clear(&error);
        code = no_cpu(cpu, length, &error);
    }
    free(name);
    free(rules);
    return code ? machine_fail(cairn_error, code, &error) : 0;
}

/* Makes every processor the one of `cpu`: a name, to which "arm," is added,
 * and after a comma features to give and to take. */
static int set_models(struct board *board, const char *cpu)
{
    size_t length = strcspn(cpu, ",");
    char *name = xasprintf("%s%.*s", vendor, (int)length, cpu);
    const char *features = cpu + length + (cpu[length] == ',');
    int status = 0;
    for (size_t i = board->index.node_count; status == 0 && i-- > 0;) {
        int node = board->index.nodes[i].offset;
        if (!is_core(board, node)) {
            continue;
        }
        status = set_text(board->fdt, node, "compatible", name);
        if (status == 0 && *features) {
            status = set_text(board->fdt, node, "cairn,features", features);
        }
    }
    free(name);
    return status;
}

/* Sets the time that clocks of the time of day start with. */
static int set_clocks(struct board *board, uint32_t seconds)
{
    int status = 0;
    for (size_t i = board->index.node_count; status == 0 && i-- > 0;) {
        int node = board->index.nodes[i].offset;
        if (guest_takes_start_time(board, node)) {
            status =
                fdt_setprop_u32(board->fdt, node, "cairn,start-time", seconds);
        }
    }
    return status;
}

static int set_equipment(struct board *board, const struct cairn_guest *wanted)
{
    unsigned cores = count_cores(board);
    int status = wanted->cpu ? set_models(board, wanted->cpu) : 0;
    if (status == 0 && wanted->has_start_time) {
        board_changed(board); /* names of processors may have moved nodes */
        status = set_clocks(board, wanted->start_time);
        board_changed(board);
    }
    if (status == 0) {
        status = set_root(board, "cairn,core-count", cores);
    }
    if (status == 0 && wanted->virtualization) {
        status = set_root(board, "cairn,virtualization", 1);
    }
    if (status == 0 && wanted->security) {
        status = set_root(board, "cairn,security", 1);
    }
    if (status == 0 && wanted->semihosting) {
        status = set_root(board, "cairn,semihosting", 1);
    }
    if (status == 0 && wanted->tpm) {
        status = set_text(board->fdt, 0, "cairn,tpm", wanted->tpm);
    }
    return status;
}

int guest_configure(struct board *board, const struct cairn_guest *wanted,
                    struct error *error)
{
    if (!wanted) {
        return 0;
    }
    int status = open_board(board);
    int code = 0;
    if (status == 0 && wanted->memory_bytes) {
        code = resize_memory(board, wanted->memory_bytes, error);
    }
    if (status == 0 && code == 0 && wanted->cpus) {
        code = keep_cores(board, wanted->cpus, error);
    }
    if (status == 0 && code == 0) {
        status = set_equipment(board, wanted);
    }
    if (status == 0 && code == 0) {
        status = fdt_pack(board->fdt);
        board->size_bytes = fdt_totalsize(board->fdt);
        board_changed(board);
    }
    return status ? error_set(error, -EINVAL, "board '%s': %s", board->name,
                              fdt_strerror(status))
                  : code;
}
