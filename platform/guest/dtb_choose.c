/* SPDX-License-Identifier: Apache-2.0 */
/* Changes in a guest's tree from start to start. */
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/flat_tree.h"
#include "base/hash.h"
#include "platform/guest/dtb.h"

/* Room for what boot loaders add; the whole is as large as QEMU's, so that
 * memory is laid out as it is there. */
enum { TREE_ROOM = 1 << 14, TREE_SIZE = 1 << 20 };

static int find_or_add(void *fdt, const char *name)
{
    int node = fdt_subnode_offset(fdt, 0, name);
    return node == -FDT_ERR_NOTFOUND ? fdt_add_subnode(fdt, 0, name) : node;
}

static int set_memory(void *fdt, const struct guest_dtb_options *options)
{
    static const char type[] = "memory";
    char name[32];
    uint8_t reg[16];
    snprintf(name, sizeof(name), "memory@%llx",
             (unsigned long long)options->memory_start);
    store_be32(reg, (uint32_t)(options->memory_start >> 32));
    store_be32(reg + 4, (uint32_t)options->memory_start);
    store_be32(reg + 8, (uint32_t)(options->memory_size >> 32));
    store_be32(reg + 12, (uint32_t)options->memory_size);
    if (fdt_address_cells(fdt, 0) != 2 || fdt_size_cells(fdt, 0) != 2) {
        return 0; /* a tree of the user's, with memory as the user says */
    }
    int node = find_or_add(fdt, name);
    int status =
        node < 0 ? node
                 : fdt_setprop(fdt, node, "device_type", type, sizeof(type));
    return status ? status : fdt_setprop(fdt, node, "reg", reg, sizeof(reg));
}

static int set_seeds(void *fdt, int node,
                     const struct guest_dtb_options *options)
{
    int status = fdt_setprop(fdt, node, "rng-seed", options->rng_seed,
                             sizeof(options->rng_seed));
    return status ? status
                  : fdt_setprop(fdt, node, "kaslr-seed", options->kaslr_seed,
                                sizeof(options->kaslr_seed));
}

/* The secure world's, where there is one, needs seeds only, and not those that
 * the normal world can read. */
static int set_secure_chosen(void *fdt, const struct guest_dtb_options *options)
{
    struct guest_dtb_options own = *options;
    int node = fdt_subnode_offset(fdt, 0, "secure-chosen");
    for (size_t i = 0; i < sizeof(own.rng_seed); i += 8) {
        store_le64(own.rng_seed + i, hash64(1, own.rng_seed + i, 8));
    }
    store_le64(own.kaslr_seed, hash64(1, own.kaslr_seed, 8));
    return node < 0 ? 0 : set_seeds(fdt, node, &own);
}

static int set_chosen(void *fdt, const struct guest_dtb_options *options)
{
    int node = find_or_add(fdt, "chosen");
    int status = node < 0 ? node : 0;
    if (status == 0 && options->append) {
        status = fdt_setprop(fdt, node, "bootargs", options->append,
                             (int)strlen(options->append) + 1);
    }
    if (status == 0 && options->initrd_end) {
        status = fdt_setprop_u64(fdt, node, "linux,initrd-start",
                                 options->initrd_start);
    }
    if (status == 0 && options->initrd_end) {
        status =
            fdt_setprop_u64(fdt, node, "linux,initrd-end", options->initrd_end);
    }
    return status ? status : set_seeds(fdt, node, options);
}

/* The multiboot binding of Xen: docs/misc/arm/device-tree/booting.txt. */
static int add_module(void *fdt, int chosen,
                      const struct guest_dtb_module *module)
{
    char name[32];
    uint8_t reg[16];
    struct buffer compatible = {0};
    snprintf(name, sizeof(name), "module@%llx",
             (unsigned long long)module->address);
    store_be32(reg, (uint32_t)(module->address >> 32));
    store_be32(reg + 4, (uint32_t)module->address);
    store_be32(reg + 8, (uint32_t)(module->size >> 32));
    store_be32(reg + 12, (uint32_t)module->size);
    buffer_append(&compatible, module->compatible,
                  strlen(module->compatible) + 1);
    buffer_append(&compatible, "multiboot,module", sizeof("multiboot,module"));
    int node = fdt_add_subnode(fdt, chosen, name);
    int status = node < 0 ? node : 0;
    status = status ? status
                    : fdt_setprop(fdt, node, "compatible", compatible.bytes,
                                  (int)compatible.size);
    status = status ? status : fdt_setprop(fdt, node, "reg", reg, sizeof(reg));
    if (status == 0 && module->append) {
        status = fdt_setprop(fdt, node, "bootargs", module->append,
                             (int)strlen(module->append) + 1);
    }
    buffer_fini(&compatible);
    return status;
}

static int set_modules(void *fdt, const struct guest_dtb_options *options)
{
    int status = 0;
    int chosen = 0;
    if (options->module_count != 0) {
        chosen = fdt_path_offset(fdt, "/chosen");
        status = fdt_setprop_u32(fdt, chosen, "#address-cells", 2);
    }
    if (status == 0 && options->module_count != 0) {
        status = fdt_setprop_u32(fdt, chosen, "#size-cells", 2);
    }
    /* In reverse, as each goes in front of those that are there. */
    for (size_t i = options->module_count; status == 0 && i-- > 0;) {
        chosen = fdt_path_offset(fdt, "/chosen");
        status = add_module(fdt, chosen, &options->modules[i]);
    }
    return status;
}

int guest_dtb_choose(const struct guest_dtb_options *options,
                     struct buffer *blob, struct error *error)
{
    int status = flat_tree_check(blob->bytes, blob->size);
    if (status != 0) {
        return error_set(error, -EINVAL, "no device tree: %s",
                         fdt_strerror(status));
    }
    size_t append = options->append ? strlen(options->append) : 0;
    for (size_t i = 0; i < options->module_count; i++) {
        const char *line = options->modules[i].append;
        append += line ? strlen(line) : 0;
    }
    size_t size = fdt_totalsize(blob->bytes) + append + TREE_ROOM;
    size = size < TREE_SIZE ? TREE_SIZE : size;
    void *fdt = xcalloc(1, size);
    status = fdt_open_into(blob->bytes, fdt, (int)size);
    status = status ? status : set_memory(fdt, options);
    status = status ? status : set_chosen(fdt, options);
    status = status ? status : set_modules(fdt, options);
    status = status ? status : set_secure_chosen(fdt, options);
    if (status == 0) {
        buffer_clear(blob);
        buffer_append(blob, fdt,
                      fdt_off_dt_strings(fdt) + fdt_size_dt_strings(fdt));
    }
    free(fdt);
    return status ? error_set(error, -EINVAL, "device tree: %s",
                              fdt_strerror(status))
                  : 0;
}
