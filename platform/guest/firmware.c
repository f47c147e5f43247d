/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys and contents: QEMU documentation, specs/fw_cfg, and what `qfw list` of
 * U-Boot shows there. Left out are bios-geometry, which is of PC firmware, and
 * etc/tpm/log: firmware that measures keeps its log where it wants.
 */
#include "platform/guest/firmware.h"

#include <string.h>

#include "base/bits.h"
#include "devices/qemu/fw_cfg.h"
#include "platform/guest/acpi.h"
#include "platform/guest/image.h"
#include "platform/guest/smbios.h"
#include "trust/image/gzip.h"

/* The first failure stays in code. */
struct items {
    struct device *device;
    int code;
};

static void keep(struct items *items, int code)
{
    if (items->code == 0) {
        items->code = code;
    }
}

static void add16(struct items *items, uint16_t key, uint16_t value)
{
    uint8_t bytes[2] = {(uint8_t)value, (uint8_t)(value >> 8)};
    keep(items, fw_cfg_add(items->device, key, bytes, sizeof(bytes)));
}

/* A thing of some length is two items. */
static void add_sized(struct items *items, uint16_t size_key, uint16_t key,
                      const void *bytes, size_t size)
{
    uint8_t length[4];
    store_le32(length, (uint32_t)size);
    keep(items, fw_cfg_add(items->device, size_key, length, sizeof(length)));
    keep(items, fw_cfg_add(items->device, key, bytes, size));
}

static void add_file(struct items *items, const char *name,
                     const struct buffer *bytes)
{
    keep(items,
         fw_cfg_add_file(items->device, name, bytes->bytes, bytes->size));
}

/* A kernel is handed over unpacked. */
static int add_kernel(struct items *items, const struct cairn_guest *wanted,
                      size_t limit, struct error *error)
{
    const struct cairn_image *kernel = &wanted->kernel;
    struct guest_image image;
    if (!gzip_recognise(kernel->bytes, kernel->size)) {
        add_sized(items, FW_CFG_KERNEL_SIZE, FW_CFG_KERNEL_DATA, kernel->bytes,
                  kernel->size);
        return 0;
    }
    int code =
        guest_image_read(&image, kernel->bytes, kernel->size, limit, error);
    if (code != 0) {
        error_prefix(error, "kernel '%s'",
                     kernel->memory ? kernel->memory : "kernel");
        return code;
    }
    add_sized(items, FW_CFG_KERNEL_SIZE, FW_CFG_KERNEL_DATA, image.bytes.bytes,
              image.bytes.size);
    guest_image_fini(&image);
    return 0;
}

static int add_guest(struct items *items, const struct cairn_guest *wanted,
                     const struct guest_dtb_options *options,
                     struct error *error)
{
    const char *append = wanted->append ? wanted->append : "";
    if (!wanted->firmware || wanted->kernel.size == 0) {
        return 0;
    }
    int code = add_kernel(items, wanted, (size_t)options->memory_size, error);
    if (wanted->initrd.size) {
        add_sized(items, FW_CFG_INITRD_SIZE, FW_CFG_INITRD_DATA,
                  wanted->initrd.bytes, wanted->initrd.size);
    }
    add_sized(items, FW_CFG_CMDLINE_SIZE, FW_CFG_CMDLINE_DATA, append,
              strlen(append) + 1);
    return code;
}

static void add_acpi(struct items *items, struct cairn_machine *machine,
                     const struct guest_dtb_options *options)
{
    struct guest_acpi acpi = {0};
    guest_acpi_make(&acpi, machine, options);
    add_file(items, GUEST_ACPI_RSDP, &acpi.rsdp);
    add_file(items, GUEST_ACPI_TABLES, &acpi.tables);
    add_file(items, "etc/table-loader", &acpi.loader);
    guest_acpi_fini(&acpi);
}

static void add_smbios(struct items *items, struct cairn_machine *machine,
                       const struct guest_dtb_options *options)
{
    struct guest_smbios smbios = {0};
    guest_smbios_make(&smbios, machine, options->memory_start,
                      options->memory_size);
    add_file(items, "etc/smbios/smbios-anchor", &smbios.anchor);
    add_file(items, "etc/smbios/smbios-tables", &smbios.tables);
    guest_smbios_fini(&smbios);
}

static const struct node *find_fw_cfg(const struct cairn_machine *machine)
{
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct node *node = &machine->nodes[i];
        if (node->device &&
            strcmp(node->device->type->compatible, FW_CFG_COMPATIBLE) == 0) {
            return node;
        }
    }
    return NULL;
}

int guest_firmware_equip(struct cairn_machine *machine,
                         const struct cairn_guest *wanted,
                         const struct guest_dtb_options *options,
                         struct error *error)
{
    static const uint8_t uuid[16];
    static const uint8_t no_wait[4] = {0xff, 0xff, 0xff, 0xff};
    const struct node *node = find_fw_cfg(machine);
    if (!node) {
        return 0;
    }
    struct items items = {.device = node->device};
    keep(&items, fw_cfg_add(items.device, FW_CFG_UUID, uuid, sizeof(uuid)));
    add16(&items, FW_CFG_NOGRAPHIC, 1);
    add16(&items, FW_CFG_NB_CPUS, (uint16_t)machine->core_count);
    add16(&items, FW_CFG_BOOT_MENU, 0);
    keep(&items, fw_cfg_add_file(items.device, "bootorder", NULL, 0));
    keep(&items, fw_cfg_add_file(items.device, "etc/boot-fail-wait", no_wait,
                                 sizeof(no_wait)));
    if (options->acpi) {
        add_acpi(&items, machine, options);
    }
    if (wanted->firmware) {
        add_smbios(&items, machine, options);
    }
    int code = add_guest(&items, wanted, options, error);
    if (code == 0 && items.code != 0) {
        code = error_set(error, items.code, "board '%s': no room in '%s'",
                         machine->board.name, node->name);
    }
    return code;
}
