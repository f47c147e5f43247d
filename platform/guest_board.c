/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A board as its source has it, cut to the size that the user asks for: the
 * length of the memory "ram" here and in the address maps that show it, fewer
 * processors, and the root properties that say what cores and devices have.
 */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "platform/guest.h"

enum { EDIT_ROOM = 4096 };

static int find_symbol(const void *fdt, const char *label)
{
    int symbols = fdt_path_offset(fdt, "/__symbols__");
    const char *path =
        symbols < 0 ? NULL : fdt_getprop(fdt, symbols, label, NULL);
    return path ? fdt_path_offset(fdt, path) : -FDT_ERR_NOTFOUND;
}

static uint32_t cell_count(const void *fdt, int node, const char *property,
                           uint32_t otherwise)
{
    int size;
    const void *value = fdt_getprop(fdt, node, property, &size);
    return value && size == 4 ? load_be32(value) : otherwise;
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

/* Gives the entries of one address map that show the memory its new length. */
static int resize_map(void *fdt, int node, uint32_t phandle, uint64_t size)
{
    int length;
    const uint8_t *map = fdt_getprop(fdt, node, "address-map", &length);
    if (!map) {
        return 0;
    }
    uint32_t local = cell_count(fdt, node, "#ranges-address-cells", 1);
    uint32_t sizes = cell_count(fdt, node, "#ranges-size-cells", 1);
    uint32_t root = cell_count(fdt, 0, "#address-cells", 2);
    size_t row = 4 * (size_t)(local + 1 + root + sizes);
    if (sizes < 1 || sizes > 2 || (size_t)length % row != 0) {
        return 0; /* who reads the map will complain */
    }
    uint8_t *changed = malloc((size_t)length + 1);
    if (!changed) {
        return -FDT_ERR_NOSPACE;
    }
    memcpy(changed, map, (size_t)length);
    for (size_t at = 0; at < (size_t)length; at += row) {
        if (load_be32(changed + at + 4 * (size_t)local) == phandle) {
            store_number(changed + at + row - 4 * (size_t)sizes, sizes, size);
        }
    }
    int status = fdt_setprop_inplace(fdt, node, "address-map", changed, length);
    free(changed);
    return status;
}

static int resize_memory(struct board *board, uint64_t size,
                         struct error *error)
{
    void *fdt = board->fdt;
    int node = find_symbol(fdt, "ram");
    uint32_t addresses = cell_count(fdt, 0, "#address-cells", 2);
    uint32_t sizes = cell_count(fdt, 0, "#size-cells", 1);
    int length = 0;
    const uint8_t *reg =
        node < 0 ? NULL : fdt_getprop(fdt, node, "reg", &length);
    uint8_t changed[16];
    if (!reg || addresses > 2 || sizes < 1 || sizes > 2 ||
        (uint32_t)length != 4 * (addresses + sizes)) {
        return error_set(error, -ENOENT,
                         "board '%s': has no memory 'ram' to resize",
                         board->name);
    }
    memcpy(changed, reg, (size_t)length);
    store_number(changed + 4 * (size_t)addresses, sizes, size);
    int status = fdt_setprop_inplace(fdt, node, "reg", changed, length);
    uint32_t phandle = fdt_get_phandle(fdt, node);
    for (int at = 0; status == 0 && at >= 0;
         at = fdt_next_node(fdt, at, NULL)) {
        status = resize_map(fdt, at, phandle, size);
    }
    return status ? error_set(error, -EINVAL, "board '%s': %s", board->name,
                              fdt_strerror(status))
                  : 0;
}

/* ---- Processors ---------------------------------------------------------- */

/* Others that a board has, of a root of trust for one, are no guest's. */
static bool is_core(const void *fdt, int node)
{
    int size;
    const char *type = fdt_getprop(fdt, node, "device_type", &size);
    if (!type || size != 4 || memcmp(type, "cpu", 4) != 0) {
        return false;
    }
    const char *kind = fdt_getprop(fdt, node, "compatible", &size);
    return kind && size > 4 && memcmp(kind, "arm,", 4) == 0;
}

static const char *label_of(const void *fdt, int node)
{
    int symbols = fdt_path_offset(fdt, "/__symbols__");
    char wanted[256];
    bool known = fdt_get_path(fdt, node, wanted, sizeof(wanted)) == 0;
    int property;
    fdt_for_each_property_offset(property, fdt, symbols)
    {
        const char *label;
        const char *path = fdt_getprop_by_offset(fdt, property, &label, NULL);
        if (path && known && strcmp(path, wanted) == 0) {
            return label;
        }
    }
    return fdt_get_name(fdt, node, NULL);
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

/* Takes the pairs out of a node's cairn,connect that lead to such a core. */
static int cut_lines(void *fdt, int node, const struct buffer *names)
{
    static const char property[] = "cairn,connect";
    int size = 0;
    const char *from = fdt_getprop(fdt, node, property, &size);
    int count = from ? fdt_stringlist_count(fdt, node, property) : 0;
    struct buffer kept = {0};
    for (int i = 0; i + 1 < count; i += 2) {
        const char *to = from + strlen(from) + 1;
        const char *next = to + strlen(to) + 1;
        if (!leads_to_any(to, names)) {
            buffer_append(&kept, from, (size_t)(next - from));
        }
        from = next;
    }
    int status = 0;
    if (count > 0 && kept.size == 0) {
        status = fdt_delprop(fdt, node, property);
    } else if (count > 0 && kept.size != (size_t)size) {
        status = fdt_setprop(fdt, node, property, kept.bytes, (int)kept.size);
    }
    buffer_fini(&kept);
    return status;
}

/* The lines to it stay; its name is appended. */
static int remove_core(void *fdt, int node, struct buffer *names)
{
    size_t start = names->size;
    const char *label = label_of(fdt, node);
    buffer_append(names, label, strlen(label) + 1);
    int status = fdt_del_node(fdt, node);
    int symbols = fdt_path_offset(fdt, "/__symbols__");
    if (status == 0 && symbols >= 0) {
        fdt_delprop(fdt, symbols, (const char *)names->bytes + start);
    }
    return status;
}

/* The index-th processor of the board, or negative. */
static int find_core(const void *fdt, unsigned index)
{
    for (int at = 0; at >= 0; at = fdt_next_node(fdt, at, NULL)) {
        if (is_core(fdt, at) && index-- == 0) {
            return at;
        }
    }
    return -FDT_ERR_NOTFOUND;
}

static unsigned count_cores(const void *fdt)
{
    unsigned count = 0;
    for (int at = 0; at >= 0; at = fdt_next_node(fdt, at, NULL)) {
        count += is_core(fdt, at);
    }
    return count;
}

static int keep_cores(struct board *board, unsigned count, struct error *error)
{
    struct buffer names = {0};
    unsigned present = count_cores(board->fdt);
    if (count > present) {
        return error_set(error, -EINVAL,
                         "board '%s': has %u processors, not %u", board->name,
                         present, count);
    }
    int status = 0;
    while (status == 0 && present > count) {
        status =
            remove_core(board->fdt, find_core(board->fdt, --present), &names);
    }
    for (int at = 0; status == 0 && names.size != 0 && at >= 0;
         at = fdt_next_node(board->fdt, at, NULL)) {
        status = cut_lines(board->fdt, at, &names);
    }
    buffer_fini(&names);
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

/* Makes every processor the one of `cpu`: a name, to which "arm," is added,
 * and after a comma features to give and to take. */
static int set_models(struct board *board, const char *cpu)
{
    size_t length = strcspn(cpu, ",");
    char *name = xasprintf("arm,%.*s", (int)length, cpu);
    const char *features = cpu + length + (cpu[length] == ',');
    int status = 0;
    int node;
    for (unsigned i = 0; status == 0 && (node = find_core(board->fdt, i)) >= 0;
         i++) {
        status = set_text(board->fdt, node, "compatible", name);
        node = find_core(board->fdt, i);
        if (status == 0 && *features) {
            status = set_text(board->fdt, node, "cairn,features", features);
        }
    }
    free(name);
    return status;
}

static int set_equipment(struct board *board, const struct cairn_guest *wanted)
{
    int status = set_root(board, "cairn,core-count", count_cores(board->fdt));
    if (status == 0 && wanted->cpu) {
        status = set_models(board, wanted->cpu);
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
    }
    return status ? error_set(error, -EINVAL, "board '%s': %s", board->name,
                              fdt_strerror(status))
                  : code;
}
