/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places follow Documentation/arm64/booting.rst of Linux 6.1: the kernel at
 * its offset from a 2 MiB boundary, the device tree 8-byte aligned within one
 * 2 MiB block, the initrd within 32 GiB of the kernel. They are the ones that
 * QEMU chooses, which makes runs easy to lay side by side. Without a kernel the
 * tree is at the start of memory, where firmware for this board looks.
 */
#include "platform/guest/guest.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/hash.h"
#include "bus/serial.h"
#include "platform/guest/dtb.h"
#include "platform/guest/file.h"
#include "platform/guest/firmware.h"
#include "platform/guest/image.h"
#include "platform/guest/pieces.h"
#include "platform/guest/view.h"
#include "platform/machine/callback.h"
#include "platform/machine/extension.h"
#include "platform/machine/psci.h"

enum { FILE_MAX = 1 << 30 };
static const uint64_t block = 2 << 20;
static const uint64_t initrd_distance = 128 << 20;

/* ---- Places -------------------------------------------------------------- */

static uint64_t align_up(uint64_t value, uint64_t power_of_two)
{
    return (value + power_of_two - 1) & ~(power_of_two - 1);
}

/* The image of a file that goes into memory as it is, or of bytes. */
static int read_kernel(const struct guest *guest,
                       const struct cairn_guest *wanted,
                       struct guest_file *file, struct guest_image *image,
                       struct error *error)
{
    const size_t limit = (size_t)guest->size;
    uint8_t head[GUEST_IMAGE_HEAD] = {0};
    struct buffer bytes = {0};
    bool plain = false;
    if (!wanted->from_files) {
        return guest_image_read(image, wanted->kernel.bytes,
                                wanted->kernel.size, limit, error);
    }
    int code = guest_file_open(file, wanted->kernel.memory, error);
    if (code != 0) {
        return code;
    }
    size_t size = file->stamp.size < sizeof(head) ? (size_t)file->stamp.size
                                                  : sizeof(head);
    code = guest_file_read(file, head, size, error);
    if (code == 0) {
        code = guest_image_peek(image, head, file->stamp.size, limit, &plain,
                                error);
    }
    if (code == 0 && !plain) {
        code = file_read(file->path, FILE_MAX, &bytes, error);
        guest_file_close(file);
        code = code ? code
                    : guest_image_read(image, bytes.bytes, bytes.size, limit,
                                       error);
        buffer_fini(&bytes);
    }
    return code;
}

static const char *kernel_name(const struct cairn_guest *wanted)
{
    return wanted->kernel.memory ? wanted->kernel.memory : "kernel";
}

static int place_image(struct guest *guest, const struct cairn_guest *wanted,
                       struct guest_file *file, const struct guest_image *image,
                       uint64_t *end, struct error *error)
{
    uint64_t start = image->address;
    uint64_t entry = image->entry;
    if (!image->placed) {
        /* One block further than it needs, as QEMU keeps its own loader in
         * front of kernels whose offset is 0. */
        uint64_t base = guest->base + (image->address < 4096 ? block : 0);
        start += base;
        entry += base;
    }
    guest->entry = entry;
    guest->has_kernel = true;
    *end = start + image->size_bytes;
    if (start < guest->base || *end - guest->base > guest->size) {
        return error_set(error, -ENOMEM,
                         "kernel '%s': needs memory from 0x%llx to 0x%llx, "
                         "there is 0x%llx from 0x%llx",
                         kernel_name(wanted), (unsigned long long)start,
                         (unsigned long long)*end,
                         (unsigned long long)guest->size,
                         (unsigned long long)guest->base);
    }
    int code = file->path
                   ? guest_add_file(guest, "kernel", start, file, error)
                   : guest_add_piece(guest, "kernel", start, image->bytes.bytes,
                                     image->bytes.size, error);
    if (code == 0) {
        struct guest_piece *piece = &guest->pieces[guest->piece_count - 1];
        piece->room = image->size_bytes;
        piece->raw = image->raw;
    }
    return code;
}

static int place_kernel(struct guest *guest, const struct cairn_guest *wanted,
                        uint64_t *end, struct error *error)
{
    struct guest_image image = {0};
    struct guest_file file = {0};
    int code = read_kernel(guest, wanted, &file, &image, error);
    if (code != 0) {
        error_prefix(error, "kernel '%s'", kernel_name(wanted));
    } else {
        code = place_image(guest, wanted, &file, &image, end, error);
    }
    guest_image_fini(&image);
    guest_file_close(&file);
    return code;
}

/* Away from the kernel, which may unpack itself, as far as the memory lets. */
static int place_initrd(struct guest *guest, const struct cairn_guest *wanted,
                        struct guest_dtb_options *options, uint64_t *end,
                        struct error *error)
{
    uint64_t half = guest->size / 2;
    uint64_t start =
        guest->base + (half < initrd_distance ? half : initrd_distance);
    if (start < align_up(*end, block)) {
        start = align_up(*end, block);
    }
    *end = start;
    struct guest_file file = {0};
    uint64_t size = wanted->initrd.size;
    if (wanted->from_files && wanted->initrd.memory) {
        int code = guest_file_open(&file, wanted->initrd.memory, error);
        if (code != 0) {
            return code;
        }
        size = file.stamp.size;
    }
    if (size == 0 || wanted->firmware) {
        guest_file_close(&file);
        return 0;
    }
    options->initrd_start = start;
    options->initrd_end = start + size;
    *end = align_up(options->initrd_end, block);
    int code = file.path
                   ? guest_add_file(guest, "initrd", start, &file, error)
                   : guest_add_piece(guest, "initrd", start,
                                     wanted->initrd.bytes, (size_t)size, error);
    guest_file_close(&file);
    return code;
}

/* ---- The tree ------------------------------------------------------------ */

/* Seeds follow from the machine's, so that a run can be repeated. */
static void make_seeds(const struct cairn_machine *machine,
                       struct guest_dtb_options *options)
{
    uint64_t seed =
        hash64(0, machine->random_start, sizeof(machine->random_start));
    for (size_t i = 0; i < sizeof(options->rng_seed); i += 8) {
        seed = hash64(seed, &i, sizeof(i));
        store_le64(options->rng_seed + i, seed);
    }
    seed = hash64(seed, "kaslr", 5);
    store_le64(options->kaslr_seed, seed);
}

static int make_tree(struct cairn_machine *machine, struct guest *guest,
                     const struct cairn_guest *wanted,
                     const struct guest_dtb_options *options,
                     struct error *error)
{
    if (wanted->dtb.size == 0) {
        return guest_dtb_make(machine, options, &guest->tree, error);
    }
    buffer_append(&guest->tree, wanted->dtb.bytes, wanted->dtb.size);
    return guest_dtb_choose(options, &guest->tree, error);
}

/* Kinds of modules, by what the tree calls them. */
static const struct {
    const char *kind;
    const char *compatible;
} kinds[] = {
    {"kernel",      "multiboot,kernel"     },
    {"ramdisk",     "multiboot,ramdisk"    },
    {"device-tree", "multiboot,device-tree"},
    {"policy",      "xen,xsm-policy"       },
};

static const char *find_kind(const char *kind)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (strcmp(kinds[i].kind, kind) == 0) {
            return kinds[i].compatible;
        }
    }
    return NULL;
}

/* One after the other, behind the initrd. */
static int place_modules(struct guest *guest, const struct cairn_guest *wanted,
                         struct guest_dtb_module *modules, uint64_t *end,
                         struct error *error)
{
    if (wanted->module_count > GUEST_MODULES_MAX) {
        return error_set(error, -E2BIG, "%zu modules, at most %d",
                         wanted->module_count, GUEST_MODULES_MAX);
    }
    for (size_t i = 0; i < wanted->module_count; i++) {
        const struct cairn_module *module = &wanted->modules[i];
        modules[i] = (struct guest_dtb_module){
            .compatible = find_kind(module->kind),
            .append = module->append,
            .address = *end,
            .size = module->image.size,
        };
        if (!modules[i].compatible) {
            return error_set(error, -EINVAL,
                             "module '%s': kernel, ramdisk, device-tree or "
                             "policy is needed",
                             module->kind);
        }
        *end = align_up(*end + module->image.size, block);
        int code =
            guest_add_piece(guest, module->kind, modules[i].address,
                            module->image.bytes, module->image.size, error);
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

/* A guest may have grown it into the room at its end. */
static int add_tree(struct guest *guest, uint64_t address, struct error *error)
{
    const struct buffer *tree = &guest->tree;
    uint64_t size = fdt_totalsize(tree->bytes);
    if (!in_range(address - guest->base, size, guest->size)) {
        return error_set(error, -ENOMEM,
                         "device tree: 0x%llx bytes at 0x%llx do not fit in "
                         "the memory of 0x%llx bytes",
                         (unsigned long long)size, (unsigned long long)address,
                         (unsigned long long)guest->size);
    }
    int code = guest_add_piece(guest, "device tree", address, tree->bytes,
                               tree->size, error);
    if (code == 0) {
        guest->pieces[guest->piece_count - 1].tail = size - tree->size;
    }
    return code;
}

static bool is_delivered(const struct cairn_machine *machine)
{
    return board_string(&machine->board, 0, "cairn,psci") != NULL;
}

static int place_all(struct cairn_machine *machine, struct guest *guest,
                     const struct cairn_guest *wanted, struct error *error)
{
    const struct core_aarch64_config *core = &machine->cores[0]->config.aarch64;
    const char *firmware = board_string(&machine->board, 0, "cairn,psci");
    struct guest_dtb_options options = {
        .append = wanted->append,
        .memory_start = guest->base,
        .memory_size = guest->size,
        .psci_method = firmware    ? firmware
                       : core->el3 ? NULL
                       : core->el2 ? "smc"
                                   : "hvc",
        .el2 = core->el2,
        .acpi = wanted->firmware && !wanted->no_acpi,
        .el3 = core->el3,
    };
    struct guest_dtb_module modules[GUEST_MODULES_MAX];
    uint64_t end = guest->base;
    uint64_t tree = guest->base; /* where firmware for this board looks */
    int code = 0;
    make_seeds(machine, &options);
    guest->delivered = firmware != NULL;
    guest->psci = options.psci_method != NULL && !firmware;
    options.modules = modules;
    options.module_count = wanted->module_count;
    bool kernel = wanted->from_files ? wanted->kernel.memory != NULL
                                     : wanted->kernel.size != 0;
    if (kernel && !wanted->firmware) {
        code = place_kernel(guest, wanted, &end, error);
    }
    if (code == 0) {
        code = place_initrd(guest, wanted, &options, &end, error);
    }
    if (code == 0) {
        code = place_modules(guest, wanted, modules, &end, error);
    }
    if (guest->has_kernel) {
        tree = end;
    }
    if (code == 0) {
        code = make_tree(machine, guest, wanted, &options, error);
    }
    guest->dtb = tree;
    if (code == 0) {
        code = add_tree(guest, tree, error);
    }
    return code ? code : guest_firmware_equip(machine, wanted, &options, error);
}

static int read_whole(struct cairn_image *image, struct buffer *bytes,
                      struct error *error)
{
    int code =
        image->memory ? file_read(image->memory, FILE_MAX, bytes, error) : 0;
    image->bytes = bytes->bytes;
    image->size = bytes->size;
    return code;
}

/* Firmware is given bytes, in its fw_cfg or its flash. */
static int place_whole(struct cairn_machine *machine, struct guest *guest,
                       const struct cairn_guest *wanted, struct error *error)
{
    struct cairn_guest whole = *wanted;
    struct buffer kernel = {0};
    struct buffer initrd = {0};
    int code = 0;
    if (wanted->from_files && (wanted->firmware || is_delivered(machine))) {
        whole.from_files = false;
        code = read_whole(&whole.kernel, &kernel, error);
        code = code ? code : read_whole(&whole.initrd, &initrd, error);
    }
    code = code ? code : place_all(machine, guest, &whole, error);
    buffer_fini(&kernel);
    buffer_fini(&initrd);
    return code;
}

static int create(struct cairn_machine *machine,
                  const struct cairn_options *options, struct error *error)
{
    const struct cairn_guest *wanted = options->guest;
    struct node *ram = machine_find(machine, NODE_MEMORY, "ram");
    int code = guest_wire_switches(machine, error);
    if (code != 0 || !wanted || machine->core_count == 0 || !ram) {
        return code;
    }
    struct guest *guest = xcalloc(1, sizeof(*guest));
    machine->extensions[EXTENSION_GUEST] = guest;
    guest->ram = ram;
    code = node_reg(ram, 0, &guest->base, &guest->size, error);
    return code ? code : place_whole(machine, guest, wanted, error);
}

static void destroy(struct cairn_machine *machine)
{
    struct guest *guest = guest_of(machine);
    if (guest) {
        for (size_t i = 0; i < GUEST_PIECES; i++) {
            buffer_fini(&guest->pieces[i].bytes);
            guest_file_close(&guest->pieces[i].file);
        }
        buffer_fini(&guest->tree);
        free(guest);
    }
}

void guest_free_memory(const struct guest *guest, uint64_t *start,
                       uint64_t *end)
{
    if (guest) {
        *end = guest->base + guest->size;
        *start = align_up(guest->dtb + fdt_totalsize(guest->tree.bytes), block);
        *start = *start < *end ? *start : *end;
    }
}

/* ---- Power-on and reset -------------------------------------------------- */

/* PSCI turns the other cores on, and nothing else does. */
static bool keeps_off(const struct cairn_machine *machine, size_t core)
{
    const struct guest *guest = guest_of(machine);
    return guest && guest->psci && core != 0;
}

/* The cores are at their reset vectors. */
static void start(struct cairn_machine *machine)
{
    const struct guest *guest = guest_of(machine);
    if (!guest || guest->delivered) {
        return;
    }
    for (size_t i = 0; i < guest->piece_count; i++) {
        if (!guest_load_piece(machine, &guest->pieces[i])) {
            machine->cores[0]->power = CORE_OFF;
            slot_note_power(&machine->slots[0]);
            return;
        }
    }
    struct core *core = machine->cores[0];
    if (guest->has_kernel) {
        psci_set_register(core, "pc", guest->entry);
        psci_set_register(core, "x0", guest->dtb);
    }
}

static int configure(struct board *board, const struct cairn_options *options,
                     struct error *error)
{
    return guest_configure(board, options->guest, error);
}

const struct machine_extension guest_extension = {
    .configure = configure,
    .create = create,
    .destroy = destroy,
    .started = start,
    .keeps_off = keeps_off,
};

const char *cairn_console_default(struct cairn_machine *machine)
{
    struct guest_view view;
    guest_view_init(&view, machine);
    const struct node *node = guest_first(&view, DESCRIBED_SERIAL, false);
    return node && node->device->type->serial
               ? serial_port_name(node->device, 0)
               : cairn_console_name(machine, 0);
}

/* ---- For the host -------------------------------------------------------- */

static int64_t apply_stay_on(struct cairn_machine *machine, struct input *input)
{
    if (machine->guest_end == GUEST_OFF) {
        machine->guest_end = GUEST_GOES_ON;
        EXTENSIONS_CALL(turned, machine);
    }
    return 0;
}

const struct input_type input_stay_on = {
    .name = "stay on",
    .subject = INPUT_OF_NONE,
    .apply = apply_stay_on,
};

void cairn_stay_on(struct cairn_machine *machine)
{
    if (machine_is_called_back(machine)) {
        return;
    }
    struct input input = {.type = &input_stay_on};
    input_give(machine, &input);
}

uint64_t cairn_guest_status(const struct cairn_machine *machine)
{
    return machine->guest_status;
}

int cairn_guest_piece(const struct cairn_machine *machine, size_t index,
                      struct cairn_piece *piece)
{
    const struct guest *guest = guest_of(machine);
    if (!guest || index >= guest->piece_count) {
        return -ENOENT;
    }
    const struct guest_piece *from = &guest->pieces[index];
    uint64_t address = guest->base + from->offset;
    *piece = (struct cairn_piece){
        .what = from->what,
        .address = address,
        .entry = strcmp(from->what, "kernel") == 0 ? guest->entry : address,
        .bytes = from->bytes.bytes,
        .size = from->size,
        .raw = from->raw,
    };
    return 0;
}

int cairn_guest_dtb(struct cairn_machine *machine, uint8_t **blob, size_t *size,
                    struct cairn_error *error)
{
    const struct guest *guest = guest_of(machine);
    struct error inner = {""};
    if (!guest) {
        error_set(&inner, -ENOENT, "board '%s': starts no guest",
                  machine->board.name);
        return machine_fail(error, -ENOENT, &inner);
    }
    *size = fdt_totalsize(guest->tree.bytes);
    *blob = xcalloc(1, *size);
    memcpy(*blob, guest->tree.bytes, guest->tree.size);
    return 0;
}
