/* SPDX-License-Identifier: Apache-2.0 */
/* The oracle is the tree that QEMU's machine of the same map gives to its
 * guests. */
#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "host/file.h"
#include "include/cairn/cairn.h"
#include "tests/harness.h"

OWNER(struct cairn_machine, cairn_destroy)

enum { CPUS = 2, MEMORY = 256 << 20, TREE_LIMIT = 4 << 20 };

static struct cairn_machine *make(const char *board, bool virtualization,
                                  bool security, const char *append)
{
    const struct cairn_guest guest = {
        .size = sizeof(struct cairn_guest),
        .memory_bytes = MEMORY,
        .cpus = CPUS,
        .virtualization = virtualization,
        .security = security,
        .append = append,
        .kernel = {.bytes = "kern",   .size = append ? 4 : 0},
        .initrd = {.bytes = "initrd", .size = append ? 6 : 0},
    };
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = board,
                                          .seed = 1,
                                          .guest = &guest};
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};
    if (cairn_create(&options, &machine, &error) != 0) {
        fprintf(stderr, "%s\n", error.text);
    }
    return machine;
}

static uint8_t *tree_of(struct cairn_machine *machine)
{
    uint8_t *tree = NULL;
    size_t size;
    return cairn_guest_dtb(machine, &tree, &size, NULL) == 0 ? tree : NULL;
}

/* Properties that name nodes by numbers of the maker's choice, and what is
 * random or the core's. */
static bool is_free(const char *property)
{
    static const char *const names[] = {
        "phandle", "interrupt-parent", "clocks",     "gpios",         "cpu",
        "msi-map", "rng-seed",         "kaslr-seed", "interrupt-map",
    };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(names[i], property) == 0) {
            return true;
        }
    }
    return false;
}

/* True for what differs by intent: a part of the path, and the property or NULL
 * for all of the node. */
static bool is_other(const void *tree, const char *path, const char *property)
{
    static const struct {
        const char *path;
        const char *property;
    } rows[] = {
        {"/platform-bus", NULL        }, /* for devices added to QEMU's */
        {"/cpus/cpu@",    "compatible"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (strstr(path, rows[i].path) &&
            (!rows[i].property || strcmp(rows[i].property, property) == 0)) {
            return true;
        }
    }
    /* Ours has the redistributors of 8 cores. */
    return strcmp(path, "/intc@8000000") == 0 && strcmp(property, "reg") == 0 &&
           fdt_node_check_compatible(tree, fdt_path_offset(tree, path),
                                     "arm,gic-v3") == 0;
}

/* Ours is named by the address of its registers, QEMU's by a window's. */
static int find_same(const void *ours, const char *path)
{
    return fdt_path_offset(
        ours, strncmp(path, "/pcie@", 6) == 0 ? "/pcie@4010000000" : path);
}

static size_t compare_nodes(const void *theirs, int node, const void *ours,
                            const char *path)
{
    size_t compared = 0;
    int same = find_same(ours, path);
    int property;
    if (same < 0) {
        fprintf(stderr, "no node %s\n", path);
    }
    EXPECT(same >= 0);
    fdt_for_each_property_offset(property, theirs, node)
    {
        const char *name;
        int size;
        int our_size;
        const void *value =
            fdt_getprop_by_offset(theirs, property, &name, &size);
        if (is_free(name) || is_other(theirs, path, name)) {
            continue;
        }
        const void *our_value = fdt_getprop(ours, same, name, &our_size);
        bool equal = our_value && size == our_size &&
                     memcmp(value, our_value, (size_t)size) == 0;
        if (!equal) {
            fprintf(stderr, "%s: %s\n", path, name);
        }
        EXPECT(equal);
        compared++;
    }
    return compared;
}

static size_t compare_trees(const void *theirs, const void *ours)
{
    size_t compared = 0;
    for (int node = 0; node >= 0; node = fdt_next_node(theirs, node, NULL)) {
        char path[256];
        EXPECT(fdt_get_path(theirs, node, path, sizeof(path)) == 0);
        if (!is_other(theirs, path, "")) {
            compared += compare_nodes(theirs, node, ours, path);
        }
    }
    return compared;
}

/* QEMU's tree for a machine, or false when there is no QEMU. Without firmware
 * in the flash (any file does) it would answer PSCI itself, and say so. */
static bool read_theirs(const char *machine, bool firmware, struct buffer *tree)
{
    char path[] = "/tmp/cairn-tree-XXXXXX";
    int fd = mkstemp(path);
    char command[256];
    snprintf(command, sizeof(command),
             "qemu-system-aarch64 -nic none -machine virt,%s,dumpdtb=%s "
             "-cpu cortex-a57 "
             "-smp %d -m %d -nographic %s >/dev/null 2>&1",
             machine, path, CPUS, MEMORY >> 20,
             firmware ? "-bios /bin/true" : "");
    bool read =
        system(command) == 0 && file_read(path, TREE_LIMIT, tree, NULL) == 0;
    close(fd);
    unlink(path);
    return read;
}

TEST(trees_are_those_of_the_machine_of_the_same_map)
{
    static const struct {
        const char *board;
        const char *theirs;
        bool virtualization;
        bool security;
    } rows[] = {
        {"virt",       "gic-version=2",                             false, false},
        {"virt",       "gic-version=2,virtualization=on",           true,  false},
        {"virt",       "gic-version=2,secure=on",                   false, true },
        {"virt-gicv3", "gic-version=3",                             false, false},
        {"virt-gicv3", "gic-version=3,virtualization=on",           true,  false},
        {"virt-gicv3", "gic-version=3,secure=on",                   false, true },
        {"virt-gicv3", "gic-version=3,secure=on,virtualization=on", true,  true },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct buffer theirs = {0};
        if (!read_theirs(rows[i].theirs, rows[i].security, &theirs)) {
            SKIP("qemu-system-aarch64 is not here");
        }
        struct cairn_machine *machine =
            make(rows[i].board, rows[i].virtualization, rows[i].security, NULL);
        REQUIRE(machine);
        uint8_t *ours = tree_of(machine);
        REQUIRE(ours);
        EXPECT(compare_trees(theirs.bytes, ours) > 100);
        free(ours);
        buffer_fini(&theirs);
        cairn_destroy(machine);
    }
}

static uint64_t number(const void *fdt, int node, const char *property)
{
    int size;
    const uint8_t *value = fdt_getprop(fdt, node, property, &size);
    return !value      ? 0
           : size == 8 ? (uint64_t)load_be32(value) << 32 | load_be32(value + 4)
                       : load_be32(value);
}

/* The binding's order: secure, physical, virtual, hypervisor, and on processors
 * with VHE the hypervisor's virtual one. */
TEST(the_timer_has_the_interrupts_of_the_board)
{
    static const uint32_t ppis[] = {13, 14, 11, 10, 12};
    static const struct {
        const char *board;
        const char *cpu;
        bool virtualization;
        int count;
    } rows[] = {
        {"virt",       "neoverse-n1",      true,  5},
        {"virt-gicv3", "neoverse-n1",      true,  5},
        {"virt",       "neoverse-n1,-vhe", true,  4},
        {"virt",       "neoverse-n1",      false, 4},
        {"virt",       "cortex-a35",       true,  4},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("%s %s", rows[i].board, rows[i].cpu);
        const struct cairn_guest guest = {
            .size = sizeof(struct cairn_guest),
            .cpu = rows[i].cpu,
            .virtualization = rows[i].virtualization,
            .kernel = {.bytes = "kern", .size = 4},
        };
        const struct cairn_options options = {.size =
                                                  sizeof(struct cairn_options),
                                              .board = rows[i].board,
                                              .guest = &guest};
        OWNED(cairn_destroy_at) struct cairn_machine *machine = NULL;
        int size = 0;
        REQUIRE(cairn_create(&options, &machine, NULL) == 0);
        OWNED(free_at) uint8_t *tree = tree_of(machine);
        REQUIRE(tree);
        const uint8_t *cells = fdt_getprop(
            tree, fdt_path_offset(tree, "/timer"), "interrupts", &size);
        REQUIRE(cells);
        EXPECT_EQ(size, 12 * rows[i].count);
        for (int n = 0; n < size / 12; n++) {
            EXPECT_EQ(load_be32(cells + 12 * n + 4), ppis[n]);
        }
    }
}

TEST(the_kernel_is_told_its_arguments_and_where_the_initrd_is)
{
    struct cairn_machine *machine = make("virt", false, false, "quiet");
    REQUIRE(machine);
    uint8_t *tree = tree_of(machine);
    REQUIRE(tree);
    int chosen = fdt_path_offset(tree, "/chosen");
    uint64_t start = number(tree, chosen, "linux,initrd-start");
    EXPECT(strcmp(fdt_getprop(tree, chosen, "bootargs", NULL), "quiet") == 0);
    EXPECT_EQ(start, 0x48000000);
    EXPECT_EQ(number(tree, chosen, "linux,initrd-end"), start + 6);
    free(tree);

    cairn_power(machine);
    uint64_t value;
    EXPECT_EQ(cairn_bus_read(machine, "cores", 0, start, 4, &value), 0);
    EXPECT_EQ(value, load_le32("init"));
    EXPECT_EQ(cairn_register_get(machine, "cpu0", "pc", &value), 0);
    EXPECT_EQ(value, 0x40200000);
    EXPECT_EQ(cairn_bus_read(machine, "cores", 0, value, 4, &value), 0);
    EXPECT_EQ(value, load_le32("kern"));
    EXPECT_EQ(cairn_register_get(machine, "cpu0", "x0", &value), 0);
    EXPECT_EQ(value, 0x48200000);
    EXPECT_EQ(cairn_bus_read(machine, "cores", 0, value, 4, &value), 0);
    EXPECT_EQ(value, load_le32("\xd0\x0d\xfe\xed"));
    cairn_destroy(machine);
}

TEST(modules_are_in_memory_where_the_tree_says)
{
    const struct cairn_module modules[] = {
        {"kernel",  {"dom0", "dom0 kernel", 12}, "console=hvc0"},
        {"ramdisk", {"disk", "ramdisk", 8},      NULL          },
    };
    struct cairn_guest guest = {
        .size = sizeof(struct cairn_guest),
        .kernel = {.bytes = "xen", .size = 4},
        .modules = modules,
        .module_count = ARRAY_SIZE(modules),
    };
    struct cairn_options options = {
        .size = sizeof(struct cairn_options), .board = "virt", .guest = &guest};
    OWNED(cairn_destroy_at) struct cairn_machine *machine = NULL;
    REQUIRE(cairn_create(&options, &machine, NULL) == 0);
    cairn_power(machine);
    OWNED(free_at) uint8_t *tree = tree_of(machine);
    REQUIRE(tree);
    int chosen = fdt_path_offset(tree, "/chosen");
    int node = fdt_first_subnode(tree, chosen);
    for (size_t i = 0; i < ARRAY_SIZE(modules); i++) {
        int size;
        uint64_t value;
        char kind[32];
        const uint8_t *reg = fdt_getprop(tree, node, "reg", &size);
        REQUIRE(reg != NULL);
        REQUIRE(size == 16);
        uint64_t address = load_be32(reg + 4);
        EXPECT_EQ(load_be32(reg + 12), modules[i].image.size);
        EXPECT_EQ(cairn_bus_read(machine, "cores", 0, address, 4, &value), 0);
        EXPECT_EQ(value, load_le32(modules[i].image.bytes));
        snprintf(kind, sizeof(kind), "multiboot,%s", modules[i].kind);
        EXPECT_EQ(fdt_node_check_compatible(tree, node, kind), 0);
        EXPECT_EQ(fdt_node_check_compatible(tree, node, "multiboot,module"), 0);
        const char *line = fdt_getprop(tree, node, "bootargs", NULL);
        EXPECT((line != NULL) == (modules[i].append != NULL));
        EXPECT(!line || !modules[i].append ||
               strcmp(line, modules[i].append) == 0);
        node = fdt_next_subnode(tree, node);
    }
}

TEST(modules_of_no_known_kind_are_refused)
{
    const struct cairn_module module = {
        "floppy", {"a", "b", 1},
         NULL
    };
    struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                .modules = &module,
                                .module_count = 1};
    struct cairn_options options = {
        .size = sizeof(struct cairn_options), .board = "virt", .guest = &guest};
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};
    EXPECT_EQ(cairn_create(&options, &machine, &error), -EINVAL);
    EXPECT(strstr(error.text, "floppy") != NULL);
    EXPECT(machine == NULL);
}

TEST(a_supplied_tree_gets_memory_and_arguments)
{
    uint8_t blob[512];
    REQUIRE(fdt_create_empty_tree(blob, sizeof(blob)) == 0);
    fdt_setprop_u32(blob, 0, "#address-cells", 2);
    fdt_setprop_u32(blob, 0, "#size-cells", 2);
    fdt_setprop_string(blob, 0, "model", "mine");
    struct cairn_guest guest = {
        .size = sizeof(struct cairn_guest),
        .append = "mine",
        .dtb = {"mine.dtb", blob, sizeof(blob)}
    };
    struct cairn_options options = {
        .size = sizeof(struct cairn_options), .board = "virt", .guest = &guest};
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};
    REQUIRE(cairn_create(&options, &machine, &error) == 0);
    uint8_t *tree = tree_of(machine);
    REQUIRE(tree);
    EXPECT(strcmp(fdt_getprop(tree, 0, "model", NULL), "mine") == 0);
    EXPECT(fdt_path_offset(tree, "/memory@40000000") > 0);
    EXPECT(fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), "bootargs",
                       NULL) != NULL);
    free(tree);
    cairn_destroy(machine);
    blob[0] = 0;
    EXPECT_EQ(cairn_create(&options, &machine, &error), -EINVAL);
    EXPECT(strstr(error.text, "device tree") != NULL);
}

TEST(what_does_not_fit_is_refused)
{
    static uint8_t kernel[9 << 20];
    static const struct {
        uint64_t memory;
        unsigned cpus;
        const char *board;
        const char *part;
    } rows[] = {
        {8 << 20, 1, "virt",         "kernel"          },
        {0,       9, "virt",         "has 8 processors"},
        {1 << 20, 1, "caliptra-1.1", "no memory 'ram'" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct cairn_guest guest = {
            .size = sizeof(struct cairn_guest),
            .memory_bytes = rows[i].memory,
            .cpus = rows[i].cpus,
            .kernel = {"big", kernel, sizeof(kernel)}
        };
        struct cairn_options options = {.size = sizeof(struct cairn_options),
                                        .board = rows[i].board,
                                        .guest = &guest};
        struct cairn_machine *machine = NULL;
        struct cairn_error error = {""};
        EXPECT(cairn_create(&options, &machine, &error) < 0);
        EXPECT(strstr(error.text, rows[i].part) != NULL);
        EXPECT(machine == NULL);
    }
}

static bool says(const void *tree, const char *path, const char *property,
                 const char *text)
{
    int node = fdt_path_offset(tree, path);
    const char *value =
        node < 0 ? NULL : fdt_getprop(tree, node, property, NULL);
    return value && strcmp(value, text) == 0;
}

TEST(a_guest_that_firmware_delivers_is_planned_and_not_put_into_memory)
{
    struct cairn_machine *machine = make("trust", false, false, "quiet");
    REQUIRE(machine != NULL);
    uint8_t *tree = tree_of(machine);
    REQUIRE(tree != NULL);
    EXPECT(says(tree, "/psci", "method", "smc"));
    EXPECT(says(tree, "/cpus/cpu@1", "enable-method", "psci"));
    EXPECT(fdt_path_offset(tree, "/cpus/cpu@2") < 0);
    EXPECT(fdt_path_offset(tree, "/pl011@9000000") >= 0);
    EXPECT(fdt_path_offset(tree, "/pl011@90010000") < 0); /* the boot MCU's */
    free(tree);

    static const char *const parts[] = {"kernel", "initrd", "device tree"};
    struct cairn_piece piece;
    uint8_t *memory;
    size_t size;
    cairn_power(machine);
    REQUIRE(cairn_memory(machine, "ram", &memory, &size) == 0);
    for (size_t i = 0; i < 3; i++) {
        REQUIRE(cairn_guest_piece(machine, i, &piece) == 0);
        EXPECT(strcmp(piece.what, parts[i]) == 0);
        EXPECT(piece.size != 0);
        EXPECT_EQ(load_le32(memory + (piece.address - 0x40000000)), 0);
    }
    EXPECT_EQ(cairn_guest_piece(machine, 3, &piece), -ENOENT);
    cairn_destroy(machine);
}

TEST(a_tpm_is_in_the_tree_unless_who_reads_that_would_misuse_it)
{
    static const struct {
        const char *interface;
        bool firmware, no_acpi;
        const char *node; /* or NULL: none */
    } rows[] = {
        {NULL,  true,  false, NULL          },
        {"tis", false, false, "/tpm@c000000"},
        {"tis", true,  false, "/tpm@c000000"},
        {"crb", false, false, NULL          },
        {"crb", true,  true,  NULL          },
        {"crb", true,  false, "/tpm@c008000"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                          .cpus = 1,
                                          .firmware = rows[i].firmware,
                                          .no_acpi = rows[i].no_acpi,
                                          .tpm = rows[i].interface};
        const struct cairn_options options = {.size =
                                                  sizeof(struct cairn_options),
                                              .board = "virt",
                                              .seed = 1,
                                              .guest = &guest};
        OWNED(cairn_destroy_at) struct cairn_machine *machine = NULL;
        REQUIRE(cairn_create(&options, &machine, NULL) == 0);
        OWNED(free_at) uint8_t *tree = tree_of(machine);
        REQUIRE(tree != NULL);
        int node = fdt_node_offset_by_compatible(tree, -1, "tcg,tpm-tis-mmio");
        EXPECT_EQ(node >= 0, rows[i].node != NULL);
        EXPECT(node < 0 || node == fdt_path_offset(tree, rows[i].node));
    }
}
