/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration device as firmware reads it, and what it does with the ACPI
 * tables: the script of the table loader is run here by its documentation. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "include/cairn/cairn.h"
#include "tests/harness.h"

OWNER(struct cairn_machine, cairn_destroy)

enum {
    DATA = 0x9020000,
    SELECTOR = 0x9020008,
    DIRECTORY = 0x19,
    NAME = 56,
    PLACE = 0x5c000000, /* of the tables */
};

static struct cairn_machine *make(const char *board, struct cairn_guest guest)
{
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = board,
                                          .seed = 1,
                                          .guest = &guest};
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};
    if (cairn_create(&options, &machine, &error) != 0) {
        fprintf(stderr, "%s\n", error.text);
        return NULL;
    }
    cairn_power(machine);
    return machine;
}

static void read_item(struct cairn_machine *machine, uint16_t key, size_t size,
                      struct buffer *bytes)
{
    uint64_t value = 0;
    buffer_clear(bytes);
    EXPECT_EQ(cairn_bus_write(machine, "cores", 0, SELECTOR, 2,
                              __builtin_bswap16(key)),
              0);
    for (size_t i = 0; i < size; i++) {
        EXPECT_EQ(cairn_bus_read(machine, "cores", 0, DATA, 1, &value), 0);
        uint8_t byte = (uint8_t)value;
        buffer_append(bytes, &byte, 1);
    }
}

static uint32_t read_number(struct cairn_machine *machine, uint16_t key,
                            size_t size)
{
    struct buffer bytes = {0};
    uint8_t number[4] = {0};
    read_item(machine, key, size, &bytes);
    memcpy(number, bytes.bytes, size);
    buffer_fini(&bytes);
    return load_le32(number);
}

/* False when there is no file of that name. */
static bool read_file(struct cairn_machine *machine, const char *name,
                      struct buffer *bytes)
{
    struct buffer list = {0};
    bool found = false;
    read_item(machine, DIRECTORY, 4, &list);
    uint32_t count = load_be32(list.bytes);
    read_item(machine, DIRECTORY, 4 + 64 * (size_t)count, &list);
    for (uint32_t i = 0; i < count && !found; i++) {
        const uint8_t *entry = list.bytes + 4 + 64 * (size_t)i;
        if (strcmp((const char *)entry + 8, name) == 0) {
            uint16_t key = (uint16_t)(load_be32(entry + 4) >> 16);
            read_item(machine, key, load_be32(entry), bytes);
            found = true;
        }
    }
    buffer_fini(&list);
    return found;
}

TEST(firmware_finds_kernel_initrd_and_arguments)
{
    struct buffer bytes = {0};
    struct cairn_machine *machine =
        make("virt", (struct cairn_guest){
                         .size = sizeof(struct cairn_guest),
                         .kernel = {.bytes = "kernel",  .size = 6},
                         .initrd = {.bytes = "initrd!", .size = 7},
                         .append = "quiet",
                         .cpus = 3,
                         .firmware = true,
    });
    REQUIRE(machine);
    EXPECT_EQ(read_number(machine, 0x05, 2), 3);
    EXPECT_EQ(read_number(machine, 0x08, 4), 6);
    EXPECT_EQ(read_number(machine, 0x0b, 4), 7);
    EXPECT_EQ(read_number(machine, 0x14, 4), 6);
    read_item(machine, 0x11, 7, &bytes);
    EXPECT_BYTES(bytes.bytes, "kernel\0", 7);
    read_item(machine, 0x12, 7, &bytes);
    EXPECT_BYTES(bytes.bytes, "initrd!", 7);
    read_item(machine, 0x15, 6, &bytes);
    EXPECT_BYTES(bytes.bytes, "quiet\0", 6);
    /* and starts where its own reset vector is */
    uint64_t pc = 1;
    EXPECT_EQ(cairn_register_get(machine, "cpu0", "pc", &pc), 0);
    EXPECT_EQ(pc, 0);
    buffer_fini(&bytes);
    cairn_destroy(machine);
}

TEST(without_firmware_there_is_nothing_for_it_to_start)
{
    struct buffer bytes = {0};
    struct cairn_machine *machine =
        make("virt", (struct cairn_guest){
                         .size = sizeof(struct cairn_guest),
                         .kernel = {.bytes = "kernel", .size = 6}
    });
    REQUIRE(machine);
    EXPECT_EQ(read_number(machine, 0x08, 4), 0);
    EXPECT(!read_file(machine, "etc/acpi/tables", &bytes));
    EXPECT(read_file(machine, "bootorder", &bytes));
    buffer_fini(&bytes);
    cairn_destroy(machine);
}

TEST(firmware_may_be_given_no_tables)
{
    struct buffer bytes = {0};
    struct cairn_machine *machine =
        make("virt", (struct cairn_guest){.size = sizeof(struct cairn_guest),
                                          .firmware = true,
                                          .no_acpi = true});
    REQUIRE(machine);
    EXPECT(!read_file(machine, "etc/table-loader", &bytes));
    EXPECT(read_file(machine, "etc/smbios/smbios-anchor", &bytes));
    EXPECT_BYTES(bytes.bytes, "_SM3_", 5);
    buffer_fini(&bytes);
    cairn_destroy(machine);
}

/* ---- The table loader ---------------------------------------------------- */

struct tables {
    struct buffer rsdp;
    struct buffer tables;
    struct buffer loader;
};

static struct buffer *file_of(struct tables *tables, const uint8_t *name)
{
    const char *text = (const char *)name;
    return strcmp(text, "etc/acpi/rsdp") == 0     ? &tables->rsdp
           : strcmp(text, "etc/acpi/tables") == 0 ? &tables->tables
                                                  : NULL;
}

static uint8_t sum_of(const uint8_t *bytes, size_t size)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < size; i++) {
        sum = (uint8_t)(sum + bytes[i]);
    }
    return sum;
}

/* One entry; false if its numbers do not fit its files. */
static bool obey(struct tables *tables, const uint8_t *entry)
{
    const uint8_t *first = entry + 4;
    const uint8_t *second = first + NAME;
    struct buffer *file = file_of(tables, first);
    if (!file) {
        return false;
    }
    if (load_le32(entry) == 2) {
        uint32_t offset = load_le32(second + NAME);
        if (offset + 8 > file->size || second[NAME + 4] != 8 ||
            file_of(tables, second) != &tables->tables) {
            return false;
        }
        uint64_t value = load_le64(file->bytes + offset);
        store_le64(file->bytes + offset, value + PLACE);
        return value < tables->tables.size;
    }
    if (load_le32(entry) == 3) {
        uint32_t at = load_le32(second);
        uint32_t start = load_le32(second + 4);
        uint32_t size = load_le32(second + 8);
        if (start + size > file->size || at >= file->size) {
            return false;
        }
        file->bytes[at] =
            (uint8_t)(file->bytes[at] - sum_of(file->bytes + start, size));
        return true;
    }
    return load_le32(entry) == 1;
}

static bool link_tables(struct cairn_machine *machine, struct tables *tables)
{
    bool done = read_file(machine, "etc/acpi/rsdp", &tables->rsdp) &&
                read_file(machine, "etc/acpi/tables", &tables->tables) &&
                read_file(machine, "etc/table-loader", &tables->loader) &&
                tables->loader.size % 128 == 0;
    for (size_t at = 0; done && at < tables->loader.size; at += 128) {
        done = obey(tables, tables->loader.bytes + at);
    }
    return done;
}

static void free_tables(struct tables *tables)
{
    buffer_fini(&tables->rsdp);
    buffer_fini(&tables->tables);
    buffer_fini(&tables->loader);
}

static const uint8_t *at_address(const struct tables *tables, uint64_t address)
{
    bool inside = address >= PLACE && address - PLACE < tables->tables.size;
    return inside ? tables->tables.bytes + (address - PLACE) : NULL;
}

/* By way of the root pointer, as a system looks. */
static const uint8_t *find_table(const struct tables *tables,
                                 const char *signature)
{
    const uint8_t *rsdp = tables->rsdp.bytes;
    const uint8_t *xsdt =
        rsdp ? at_address(tables, load_le64(rsdp + 24)) : NULL;
    for (size_t at = 36; xsdt && at < load_le32(xsdt + 4); at += 8) {
        const uint8_t *table = at_address(tables, load_le64(xsdt + at));
        if (table && memcmp(table, signature, 4) == 0) {
            return table;
        }
    }
    return NULL;
}

TEST(linked_tables_are_found_and_add_up)
{
    static const char *const names[] = {"FACP", "APIC", "PPTT", "GTDT",
                                        "MCFG", "SPCR", "DBG2", "IORT"};
    struct tables tables = {0};
    OWNED(cairn_destroy_at)
    struct cairn_machine *machine = make(
        "virt-gicv3", (struct cairn_guest){.size = sizeof(struct cairn_guest),
                                           .firmware = true,
                                           .cpus = 4});
    REQUIRE(machine);
    REQUIRE(link_tables(machine, &tables));
    EXPECT_BYTES(tables.rsdp.bytes, "RSD PTR ", 8);
    EXPECT_EQ(sum_of(tables.rsdp.bytes, 20), 0);
    EXPECT_EQ(sum_of(tables.rsdp.bytes, 36), 0);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        const uint8_t *table = find_table(&tables, names[i]);
        REQUIRE(table);
        EXPECT_EQ(sum_of(table, load_le32(table + 4)), 0);
    }
    const uint8_t *fadt = find_table(&tables, "FACP");
    REQUIRE(fadt);
    const uint8_t *dsdt = at_address(&tables, load_le64(fadt + 140));
    REQUIRE(dsdt);
    EXPECT_BYTES(dsdt, "DSDT", 4);
    EXPECT_EQ(sum_of(dsdt, load_le32(dsdt + 4)), 0);
    EXPECT_EQ(fadt[129], 3); /* PSCI, by HVC */
    free_tables(&tables);
}

/* Counts the MADT's entries of a type. */
static unsigned count_entries(const uint8_t *madt, uint8_t type)
{
    unsigned count = 0;
    for (size_t at = 44; at < load_le32(madt + 4); at += madt[at + 1]) {
        count += madt[at] == type;
        if (madt[at + 1] == 0) {
            break;
        }
    }
    return count;
}

TEST(interrupt_tables_name_processors_and_controllers)
{
    enum { GICC = 0x0b, GICD = 0x0c, FRAME = 0x0d, GICR = 0x0e, ITS = 0x0f };
    for (unsigned version = 2; version <= 3; version++) {
        struct tables tables = {0};
        struct cairn_machine *machine =
            make(version == 3 ? "virt-gicv3" : "virt",
                 (struct cairn_guest){.size = sizeof(struct cairn_guest),
                                      .firmware = true,
                                      .cpus = 5,
                                      .virtualization = true});
        REQUIRE(machine);
        REQUIRE(link_tables(machine, &tables));
        const uint8_t *madt = find_table(&tables, "APIC");
        REQUIRE(madt);
        EXPECT_EQ(count_entries(madt, GICC), 5);
        EXPECT_EQ(count_entries(madt, GICD), 1);
        EXPECT_EQ(count_entries(madt, GICR), version == 3);
        EXPECT_EQ(count_entries(madt, ITS), version == 3);
        EXPECT_EQ(count_entries(madt, FRAME), version == 2);
        EXPECT_EQ(madt[44 + 20], version);
        /* the first processor: its interface in memory, its last interrupt */
        const uint8_t *gicc = madt + 44 + 24;
        EXPECT_EQ(load_le64(gicc + 32), version == 3 ? 0 : 0x08010000);
        EXPECT_EQ(load_le64(gicc + 40), version == 3 ? 0 : 0x08040000);
        EXPECT_EQ(load_le64(gicc + 48), version == 3 ? 0 : 0x08030000);
        EXPECT_EQ(load_le32(gicc + 56), 25);
        const uint8_t *fadt = find_table(&tables, "FACP");
        REQUIRE(fadt);
        EXPECT_EQ(fadt[129], 1); /* PSCI, by SMC */
        free_tables(&tables);
        cairn_destroy(machine);
    }
}

/* Revision 3 has one timer more, for processors that have it. */
TEST(timer_tables_have_the_interrupts_of_the_board)
{
    static const uint32_t intids[] = {29, 30, 27, 26};
    for (unsigned with = 0; with < 3; with++) {
        struct tables tables = {0};
        struct cairn_machine *machine =
            make("virt", (struct cairn_guest){
                             .size = sizeof(struct cairn_guest),
                             .firmware = true,
                             .cpu = with == 1 ? "cortex-a35" : "neoverse-n1",
                             .virtualization = with != 2});
        REQUIRE(machine);
        REQUIRE(link_tables(machine, &tables));
        const uint8_t *gtdt = find_table(&tables, "GTDT");
        REQUIRE(gtdt);
        EXPECT_EQ(gtdt[8], with == 0 ? 3 : 2);
        EXPECT_EQ(load_le32(gtdt + 4), with == 0 ? 104 : 96);
        for (size_t i = 0; i < ARRAY_SIZE(intids); i++) {
            EXPECT_EQ(load_le32(gtdt + 48 + 8 * i), intids[i]);
        }
        if (with == 0) {
            EXPECT_EQ(load_le32(gtdt + 96), 28);
            EXPECT_EQ(load_le32(gtdt + 100), 4);
        }
        free_tables(&tables);
        cairn_destroy(machine);
    }
}

/* TCG ACPI Specification 1.2, 7.3. */
TEST(a_tpm_is_in_a_table_with_its_start_method)
{
    static const struct {
        const char *interface;
        uint64_t control;
        uint32_t start;
    } rows[] = {
        {"tis", 0,          6},
        {"crb", 0x0c008040, 7},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct tables tables = {0};
        OWNED(cairn_destroy_at)
        struct cairn_machine *machine = make(
            "virt", (struct cairn_guest){.size = sizeof(struct cairn_guest),
                                         .firmware = true,
                                         .tpm = rows[i].interface});
        REQUIRE(machine);
        REQUIRE(link_tables(machine, &tables));
        const uint8_t *table = find_table(&tables, "TPM2");
        REQUIRE(table);
        EXPECT_EQ(sum_of(table, load_le32(table + 4)), 0);
        EXPECT_EQ(load_le32(table + 4), 64);
        EXPECT_EQ(load_le64(table + 40), rows[i].control);
        EXPECT_EQ(load_le32(table + 48), rows[i].start);
        free_tables(&tables);
    }
}

/* The reference implementation's disassembler reads all of the table and finds
 * nothing to object to. */
TEST(the_definition_block_is_one_to_acpica)
{
    char name[] = "/tmp/cairn-dsdt-XXXXXX";
    char command[512];
    struct tables tables = {0};
    if (system("command -v iasl >/dev/null") != 0) {
        SKIP("iasl is not here");
    }
    OWNED(cairn_destroy_at)
    struct cairn_machine *machine = make(
        "virt-gicv3", (struct cairn_guest){.size = sizeof(struct cairn_guest),
                                           .firmware = true,
                                           .cpus = 8,
                                           .tpm = "tis"});
    REQUIRE(machine);
    REQUIRE(link_tables(machine, &tables));
    const uint8_t *fadt = find_table(&tables, "FACP");
    REQUIRE(fadt);
    const uint8_t *dsdt = at_address(&tables, load_le64(fadt + 140));
    REQUIRE(dsdt);
    int fd = mkstemp(name);
    REQUIRE(fd >= 0);
    size_t size = load_le32(dsdt + 4);
    EXPECT_EQ(write(fd, dsdt, size), (ssize_t)size);
    close(fd);
    snprintf(command, sizeof(command),
             "cd /tmp && iasl -d %s 2>&1 | grep -qi error && exit 1; "
             "grep -q 'Device (PCI0)' %s.dsl && "
             "grep -q 'MSFT0101' %s.dsl && iasl -tc %s.dsl 2>&1 | "
             "grep -q ' 0 Errors, 0 Warnings'",
             name, name, name, name);
    EXPECT_EQ(system(command), 0);
    snprintf(command, sizeof(command), "rm -f %s %s.*", name, name);
    EXPECT_EQ(system(command), 0);
    free_tables(&tables);
}
