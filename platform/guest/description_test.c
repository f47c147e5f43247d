/* SPDX-License-Identifier: Apache-2.0 */
/* A device that only this test has: with its rows and an overlay of the board
 * it is in the guest's tree and in the DSDT, and nothing else knows of it. */
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "devices/devices.h"
#include "platform/guest/acpi.h"
#include "tests/harness.h"

/* ---- The device, as its own file would have it --------------------------- */

static const struct description_row tree_rows[] = {
    {"engine",       TREE_DEVICE,     0,               NULL                       },
    {"compatible",   TREE_WORDS,      0,               "test,engine-2 test,engine"},
    {"reg",          TREE_REG,        2,               NULL                       },
    {"interrupts",   TREE_INTERRUPTS, DESCRIBED_LEVEL, NULL                       },
    {"dma-coherent", TREE_FLAG,       0,               NULL                       },
    {"test,depth",   TREE_NUMBER,     16,              NULL                       },
    {"phandle",      TREE_HANDLE,     0,               NULL                       },
    {"status",       TREE_STATUS,     0,               NULL                       },
    {NULL,           TREE_END,        0,               NULL                       },
};
static const struct description_row acpi_rows[] = {
    {"ENG#", ACPI_DEVICE,    0, NULL      },
    {"_HID", ACPI_TEXT,      0, "TEST0001"},
    {"_UID", ACPI_INDEX,     0, NULL      },
    {"_CRS", ACPI_RESOURCES, 0, NULL      },
    {NULL,   ACPI_END,       0, NULL      },
};
static const struct description description = {
    DEVICE_TABLE(tree_row, tree_rows),
    DEVICE_TABLE(acpi_row, acpi_rows),
};
static const struct register_bank banks[] = {
    {"control", 0x1000, 4, NULL, 0},
    {"data",    0x1000, 4, NULL, 0},
};
static const struct output_spec outputs[] = {
    {"done",   LINE_INTERRUPT},
    {"busy",   LINE_SIGNAL   },
    {"failed", LINE_INTERRUPT},
};

static int read_zero(struct device *device, unsigned bank,
                     const struct access *access, uint64_t offset,
                     unsigned size, uint64_t *value)
{
    *value = 0;
    return 0;
}

static int write_nothing(struct device *device, unsigned bank,
                         const struct access *access, uint64_t offset,
                         unsigned size, uint64_t value)
{
    return read_zero(device, bank, access, offset, size, &value);
}

static const struct device_type engine = {
    .compatible = "test,engine",
    .title = "An engine",
    .reference = "none",
    .description = &description,
    DEVICE_TABLE(bank, banks),
    DEVICE_TABLE(output, outputs),
    .read = read_zero,
    .write = write_nothing,
};

/* The models of the program and this one, in place of devices/devices.c. */
#define DEVICE(symbol) extern const struct device_type symbol;
#include "devices/devices.def"
#undef DEVICE

const struct device_type *device_type_find(const char *compatible)
{
    static const struct device_type *const types[] = {
#define DEVICE(symbol) &(symbol),
#include "devices/devices.def"
#undef DEVICE
        &engine,
    };
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if (strcmp(types[i]->compatible, compatible) == 0) {
            return types[i];
        }
    }
    return NULL;
}

/* ---- The board, and what its guest sees ---------------------------------- */

static const char overlay[] =
    "/dts-v1/;\n/plugin/;\n"
    "&bus {\n"
    "  #address-cells = <2>; #size-cells = <2>;\n"
    "  eng0: engine@9100000 { compatible = \"test,engine\";\n"
    "    reg = <0 0x9100000 0 0x1000>, <0 0x9102000 0 0x1000>;\n"
    "    cairn,connect = \"done\", \"gic.spi90\", \"failed\", \"gic.spi92\"; "
    "};\n"
    "  eng1: engine@9110000 { compatible = \"test,engine\";\n"
    "    reg = <0 0x9110000 0 0x1000>, <0 0x9112000 0 0x1000>; };\n"
    "  eng2: engine@9120000 { compatible = \"test,engine\";\n"
    "    reg = <0 0x9120000 0 0x1000>, <0 0x9122000 0 0x1000>;\n"
    "    cairn,secure-only; };\n"
    "  eng3: engine@9130000 { compatible = \"test,engine\";\n"
    "    reg = <0 0x9130000 0 0x1000>, <0 0x9132000 0 0x1000>;\n"
    "    cairn,hidden; };\n"
    "};\n";

static struct cairn_machine *make(const char *board)
{
    char path[] = "/tmp/cairn-engine-XXXXXX.dtso";
    int fd = mkstemps(path, 5);
    const char *const overlays[] = {path};
    const struct cairn_guest guest = {
        .size = sizeof(struct cairn_guest), .cpus = 2, .security = true};
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = board,
        .overlays = overlays,
        .overlay_count = 1,
        .guest = &guest,
    };
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};
    FILE *file = fdopen(fd, "w");
    fputs(overlay, file);
    fclose(file);
    if (cairn_create(&options, &machine, &error) != 0) {
        fprintf(stderr, "%s\n", error.text);
    }
    unlink(path);
    return machine;
}

static void expect_property(const void *tree, const char *path,
                            const char *name, const void *value, int size)
{
    int actual = -1;
    const void *found =
        fdt_getprop(tree, fdt_path_offset(tree, path), name, &actual);
    test_case("%s %s", path, name);
    EXPECT_EQ(actual, size);
    REQUIRE(found != NULL);
    EXPECT_BYTES(found, value, (size_t)size);
}

TEST(a_device_with_rows_is_in_the_tree)
{
    static const uint8_t reg[] = {
        0, 0, 0, 0, 0x09, 0x10, 0x00, 0, 0, 0, 0, 0, 0, 0, 0x10, 0,
        0, 0, 0, 0, 0x09, 0x10, 0x20, 0, 0, 0, 0, 0, 0, 0, 0x10, 0};
    static const uint8_t interrupts[] = {0, 0, 0, 0, 0, 0, 0, 90, 0, 0, 0, 4,
                                         0, 0, 0, 0, 0, 0, 0, 92, 0, 0, 0, 4};
    static const char path[] = "/engine@9100000";
    static const char *const boards[] = {"virt", "virt-gicv3"};
    for (size_t i = 0; i < ARRAY_SIZE(boards); i++) {
        uint8_t *tree = NULL;
        size_t size;
        struct cairn_machine *machine = make(boards[i]);
        REQUIRE(machine != NULL);
        REQUIRE(cairn_guest_dtb(machine, &tree, &size, NULL) == 0);
        expect_property(tree, path, "compatible", "test,engine-2\0test,engine",
                        26);
        expect_property(tree, path, "reg", reg, sizeof(reg));
        expect_property(tree, path, "interrupts", interrupts,
                        sizeof(interrupts));
        expect_property(tree, path, "dma-coherent", "", 0);
        expect_property(tree, path, "test,depth", "\0\0\0\20", 4);
        expect_property(tree, "/engine@9120000", "status", "disabled", 9);
        int first = fdt_path_offset(tree, path);
        int second = fdt_path_offset(tree, "/engine@9110000");
        REQUIRE(second >= 0);
        EXPECT(fdt_getprop(tree, first, "status", NULL) == NULL);
        EXPECT(fdt_getprop(tree, second, "interrupts", NULL) == NULL);
        EXPECT(fdt_get_phandle(tree, first) != fdt_get_phandle(tree, second));
        EXPECT(fdt_path_offset(tree, "/engine@9130000") < 0);
        free(tree);
        cairn_destroy(machine);
    }
}

static size_t find(const struct buffer *aml, const void *bytes, size_t size)
{
    const uint8_t *found = memmem(aml->bytes, aml->size, bytes, size);
    return found ? (size_t)(found - aml->bytes) : SIZE_MAX;
}

TEST(a_device_with_rows_is_in_the_dsdt)
{
    /* The overlay's nodes come into the board last first: this is eng0, from
     * its name to its resources, Memory32Fixed and two interrupts. */
    static const uint8_t first[] = {
        'E',  'N',  'G',  '1',  0x08, '_',  'H',  'I',  'D',  0x0d, 'T',
        'E',  'S',  'T',  '0',  '0',  '0',  '1',  0,    0x08, '_',  'U',
        'I',  'D',  0x01, 0x08, '_',  'C',  'R',  'S',  0x11, 0x23, 0x0a,
        0x20, 0x86, 0x09, 0x00, 0x01, 0x00, 0x00, 0x10, 0x09, 0x00, 0x10,
        0x00, 0x00, 0x89, 0x06, 0x00, 0x01, 0x01, 122,  0,    0,    0,
        0x89, 0x06, 0x00, 0x01, 0x01, 124,  0,    0,    0,    0x79, 0};
    struct guest_view view;
    struct buffer aml = {0};
    struct cairn_machine *machine = make("virt");
    REQUIRE(machine != NULL);
    guest_view_init(&view, machine);
    guest_dsdt_write(&aml, &view);
    size_t at = find(&aml, "ENG1", 4);
    REQUIRE(at != SIZE_MAX);
    REQUIRE(aml.size - at >= sizeof(first));
    EXPECT_BYTES(aml.bytes + at, first, sizeof(first));
    EXPECT(find(&aml, "ENG0", 4) != SIZE_MAX);
    EXPECT(find(&aml, "ENG2", 4) == SIZE_MAX); /* the secure world's */
    EXPECT(find(&aml, "ENG3", 4) == SIZE_MAX);
    buffer_fini(&aml);
    cairn_destroy(machine);
}
