/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the parts of serial NOR flash describe themselves, read by a parser that
 * knows nothing of their tables, by the field definitions of JESD216B; and that
 * the chip does what it says of itself.
 */
#include "devices/flash/spi_nor.h"
#include "devices/flash/test_nor.h"
#include "tests/harness.h"

extern const struct device_type spi_nor;

static const char *part_name;

static const void *find(const void *node, const char *name, bool inherited,
                        size_t *size)
{
    *size = strlen(part_name) + 1;
    return strcmp(name, "cairn,part") == 0 ? part_name : NULL;
}

static void start(struct test_bus *bus, const char *part)
{
    static const struct property_source properties = {
        .find = find,
        .memory = test_memory,
    };

    part_name = part;
    test_bus_init(bus);
    memset(region_host(bus->ram), 0xff, TEST_RAM_SIZE);
    bus->device =
        device_create(&bus->fabric, &spi_nor, "device", &properties, bus);
    EXPECT_EQ(device_init(bus->device, &bus->error), 0);
    device_reset(bus->device, RESET_POWER_ON);
}

static uint8_t status(struct test_bus *bus, uint8_t code)
{
    uint8_t value;

    command(bus, &code, 1, &value, 1);
    return value;
}

/* ---- The parser ---------------------------------------------------------- */

enum { READS = 4, ERASES = 4, WORDS = 16 };

struct read_mode {
    bool offered;
    uint8_t code;
    unsigned lines;  /* of the address */
    unsigned clocks; /* mode and wait clocks */
};

struct erase_type {
    uint64_t size; /* 0: none */
    uint8_t code;
};

struct parameters {
    uint64_t bytes;
    unsigned address_bytes;        /* 3, 4 or 34 */
    struct read_mode reads[READS]; /* 1-1-2, 1-2-2, 1-1-4, 1-4-4 */
    struct erase_type erases[ERASES];
    unsigned page;
    unsigned quad_enable;
    bool suspends;
    uint32_t enter_4_byte;
    uint32_t exit_4_byte;
    uint32_t reset;
    uint32_t words[WORDS];
    unsigned word_count;
    uint32_t four_byte[2];
    bool has_four_byte;
};

static uint32_t field(const struct parameters *p, unsigned word, unsigned first,
                      unsigned count)
{
    return p->words[word - 1] >> first & ((1u << count) - 1);
}

static void read_sfdp(struct test_bus *bus, uint32_t at, uint8_t *bytes,
                      size_t size)
{
    const uint8_t out[] = {0x5a, (uint8_t)(at >> 16), (uint8_t)(at >> 8),
                           (uint8_t)at, 0};
    command(bus, out, sizeof(out), bytes, size);
}

static struct read_mode read_mode(const struct parameters *p, unsigned flag,
                                  unsigned word, unsigned shift, unsigned lines)
{
    return (struct read_mode){
        .offered = field(p, 1, flag, 1) != 0,
        .code = (uint8_t)field(p, word, shift + 8, 8),
        .lines = lines,
        .clocks = field(p, word, shift, 5) + field(p, word, shift + 5, 3),
    };
}

static void parse_basic(struct parameters *p)
{
    static const unsigned address[] = {3, 34, 4, 0};
    uint32_t density = p->words[1];

    p->bytes = density >> 31 != 0 ? (uint64_t)1 << (density & 0x7fffffff) >> 3
                                  : ((uint64_t)density + 1) / 8;
    p->address_bytes = address[field(p, 1, 17, 2)];
    p->reads[0] = read_mode(p, 16, 4, 0, 1);
    p->reads[1] = read_mode(p, 20, 4, 16, 2);
    p->reads[2] = read_mode(p, 22, 3, 16, 1);
    p->reads[3] = read_mode(p, 21, 3, 0, 4);
    for (unsigned i = 0; i < ERASES; i++) {
        unsigned exponent = field(p, 8 + i / 2, i % 2 * 16, 8);
        p->erases[i].size = exponent == 0 ? 0 : (uint64_t)1 << exponent;
        p->erases[i].code = (uint8_t)field(p, 8 + i / 2, i % 2 * 16 + 8, 8);
    }
    p->page = 1u << field(p, 11, 4, 4);
    p->suspends = field(p, 12, 31, 1) == 0;
    p->quad_enable = field(p, 15, 20, 3);
    p->enter_4_byte = field(p, 16, 24, 8);
    p->exit_4_byte = field(p, 16, 14, 10);
    p->reset = field(p, 16, 8, 6);
}

static void parse(struct test_bus *bus, struct parameters *p)
{
    uint8_t header[8];
    uint8_t table[4 * WORDS];

    memset(p, 0, sizeof(*p));
    read_sfdp(bus, 0, header, 8);
    EXPECT_BYTES(header, "SFDP", 4);
    EXPECT_EQ(header[5], 1); /* major revision */
    for (unsigned i = 0; i <= header[6]; i++) {
        uint8_t h[8];
        read_sfdp(bus, 8 + 8 * i, h, 8);
        unsigned id = h[0] | (unsigned)h[7] << 8;
        uint32_t at = h[4] | (uint32_t)h[5] << 8 | (uint32_t)h[6] << 16;
        unsigned count = h[3] < WORDS ? h[3] : WORDS;
        read_sfdp(bus, at, table, 4 * (size_t)count);
        if (id == 0xff00) {
            p->word_count = count;
            for (unsigned w = 0; w < count; w++) {
                p->words[w] = load_le32(table + 4 * w);
            }
        } else if (id == 0xff84) {
            p->has_four_byte = count == 2;
            p->four_byte[0] = load_le32(table);
            p->four_byte[1] = load_le32(table + 4);
        }
    }
    EXPECT_EQ(p->word_count, WORDS);
    parse_basic(p);
}

/* ---- What the parts say -------------------------------------------------- */

static const struct {
    const char *name;
    uint64_t size;
    uint32_t identity;
    bool winbond;
} parts[] = {
    {"mx66l1g45g",  128 << 20, 0xc2201b, false},
    {"mx66l51235f", 64 << 20,  0xc2201a, false},
    {"mx25l25645g", 32 << 20,  0xc22019, false},
    {"w25q01jv",    128 << 20, 0xef4021, true },
    {"w25q512jv",   64 << 20,  0xef4020, true },
    {"w25q256jv",   32 << 20,  0xef4019, true },
};

TEST(parts_have_their_identity_and_size)
{
    for (unsigned i = 0; i < ARRAY_SIZE(parts); i++) {
        OWNED(test_bus_fini) struct test_bus bus;
        struct parameters p;
        uint8_t in[4] = {0};

        test_case("%s", parts[i].name);
        start(&bus, parts[i].name);
        command(&bus, (const uint8_t[]){0x9f}, 1, in + 1, 3);
        EXPECT_EQ(load_be32(in), parts[i].identity);
        parse(&bus, &p);
        EXPECT_EQ(p.bytes, parts[i].size);
        EXPECT_EQ(p.page, 256);
        EXPECT_EQ(p.address_bytes, 34);
        EXPECT_EQ(p.has_four_byte, parts[i].winbond);
    }
}

/* A read as SFDP describes it returns the contents from the address on. */
static void check_read(struct test_bus *bus, uint8_t code, unsigned address,
                       unsigned lines, unsigned clocks)
{
    uint8_t out[16] = {code};
    uint8_t in[4];
    size_t size = 1 + address + clocks * lines / 8;

    out[address - 1] = 0x12;
    out[address] = 0x34;
    command(bus, out, size, in, 4);
    EXPECT_BYTES(in, "what", 4);
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, start(bus, "w25q01jv"))

TEST_ON(winbonds_reads_are_as_described, bus)
{
    static const struct {
        unsigned bit;
        uint8_t code;
        unsigned lines;
        unsigned clocks;
    } four_byte[] = {
        {0, 0x13, 1, 0},
        {1, 0x0c, 1, 8},
        {2, 0x3c, 1, 8},
        {3, 0xbc, 2, 4},
        {4, 0x6c, 1, 8},
        {5, 0xec, 4, 6},
    };
    struct parameters p;

    region_load(bus->ram, 0x1234, "what", 4);
    parse(bus, &p);
    for (unsigned i = 0; i < READS; i++) {
        test_case("read %u", i);
        EXPECT(p.reads[i].offered);
        check_read(bus, p.reads[i].code, 3, p.reads[i].lines,
                   p.reads[i].clocks);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(four_byte); i++) {
        test_case("4-byte read %u", i);
        EXPECT_EQ(p.four_byte[0] >> four_byte[i].bit & 1, 1);
        check_read(bus, four_byte[i].code, 4, four_byte[i].lines,
                   four_byte[i].clocks);
    }
    EXPECT(!p.suspends);
    EXPECT_EQ(p.words[4] & 0x11, 0); /* neither 2-2-2 nor 4-4-4 */
}

TEST_BEGINS(winbonds_erases_are_as_described, bus)
{
    struct parameters p;
    unsigned count = 0;

    start(bus, "w25q512jv");
    parse(bus, &p);
    for (unsigned i = 0; i < ERASES; i++) {
        uint64_t size = p.erases[i].size;
        if (size == 0) {
            continue;
        }
        count++;
        test_case("%llu bytes by %02x", (unsigned long long)size,
                  p.erases[i].code);
        memset(region_host(bus->ram), 0, TEST_RAM_SIZE);
        SEND(bus, 0x06);
        const uint8_t out[] = {p.erases[i].code, 0x03, 0xff, 0xff};
        command(bus, out, sizeof(out), NULL, 0);
        EXPECT_EQ(region_host(bus->ram)[0x3ffff - size], 0);
        EXPECT_EQ(region_host(bus->ram)[0x40000 - size], 0xff);
        EXPECT_EQ(region_host(bus->ram)[0x3ffff], 0xff);
        EXPECT_EQ(region_host(bus->ram)[0x40000], 0);
    }
    EXPECT_EQ(count, 3);
    /* The table of 4-byte commands has those of types 1 and 3. */
    EXPECT_EQ(p.four_byte[0] >> 9 & 7, 5);
    EXPECT_EQ(p.four_byte[1] & 0xff, 0x21);
    EXPECT_EQ(p.four_byte[1] >> 16 & 0xff, 0xdc);
}

TEST_ON(four_byte_mode_is_entered_and_left_as_described, bus)
{
    struct parameters p;
    uint8_t in[4];

    region_load(bus->ram, 0x1234, "what", 4);
    parse(bus, &p);
    EXPECT_EQ(p.enter_4_byte & 0x21, 0x21); /* B7; commands of their own */
    EXPECT_EQ(p.exit_4_byte & 0x41, 0x41);  /* E9; software reset */
    EXPECT_EQ(p.reset & 0x10, 0x10);        /* 66, 99 */
    SEND(bus, 0xb7);
    command(bus, (const uint8_t[]){0x03, 0, 0, 0x12, 0x34}, 5, in, 4);
    EXPECT_BYTES(in, "what", 4);
    EXPECT_EQ(status(bus, 0x15) & 1, 1);
    SEND(bus, 0xe9);
    EXPECT_EQ(status(bus, 0x15) & 1, 0);
    SEND(bus, 0xb7);
    SEND(bus, 0x66);
    SEND(bus, 0x99);
    command(bus, (const uint8_t[]){0x03, 0, 0x12, 0x34}, 4, in, 4);
    EXPECT_BYTES(in, "what", 4);
}

/* ---- Status registers ---------------------------------------------------- */

TEST_ON(quad_commands_need_the_bit_that_sfdp_names, bus)
{
    struct parameters p;
    uint8_t in[1];

    region_host(bus->ram)[0] = 0x55;
    parse(bus, &p);
    EXPECT_EQ(p.quad_enable, 4); /* bit 1 of status 2 */
    EXPECT_EQ(status(bus, 0x35), 2);
    SEND(bus, 0x06);
    SEND(bus, 0x01, 0x00, 0x00);
    EXPECT_EQ(status(bus, 0x35), 0);
    command(bus, (const uint8_t[]){0x6b, 0, 0, 0, 0}, 5, in, 1);
    EXPECT_EQ(in[0], 0xff);
    SEND(bus, 0x06);
    SEND(bus, 0x01, 0x00); /* one byte leaves the second register */
    EXPECT_EQ(status(bus, 0x35), 0);
    SEND(bus, 0x50);
    SEND(bus, 0x31, 0x02); /* until power-on */
    command(bus, (const uint8_t[]){0x6b, 0, 0, 0, 0}, 5, in, 1);
    EXPECT_EQ(in[0], 0x55);
    device_reset(bus->device, RESET_POWER_ON);
    EXPECT_EQ(status(bus, 0x35), 0);
}

TEST_ON(status_is_written_with_write_enable_alone, bus)
{
    SEND(bus, 0x01, 0x1c);
    EXPECT_EQ(status(bus, 0x05), 0);
    SEND(bus, 0x06);
    EXPECT_EQ(status(bus, 0x05), 2);
    SEND(bus, 0x01, 0x1f);
    EXPECT_EQ(status(bus, 0x05), 0x1c); /* not the lowest two bits */
}

static bool can_program(struct test_bus *bus, uint32_t address)
{
    const uint8_t out[] = {0x02, (uint8_t)(address >> 16),
                           (uint8_t)(address >> 8), (uint8_t)address, 0};

    region_host(bus->ram)[address] = 0xff;
    SEND(bus, 0x06);
    command(bus, out, sizeof(out), NULL, 0);
    return region_host(bus->ram)[address] == 0;
}

/* Contents of 1 MiB: BP 1 to 4 are 64 to 512 KiB. */
TEST(blocks_are_protected_from_one_end)
{
    static const struct {
        uint8_t status;
        uint8_t second;
        uint32_t first;
        uint32_t end;
    } cases[] = {
        {0x00, 0x02, 0,       0       },
        {0x04, 0x02, 0xf0000, 0x100000},
        {0x10, 0x02, 0x80000, 0x100000},
        {0x44, 0x02, 0,       0x10000 },
        {0x50, 0x02, 0,       0x80000 },
        {0x3c, 0x02, 0,       0x100000},
        {0x44, 0x42, 0x10000, 0x100000},
        {0x04, 0x42, 0,       0xf0000 },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("status %02x %02x", cases[i].status, cases[i].second);
        start(&bus, "w25q01jv");
        const uint8_t out[] = {0x01, cases[i].status, cases[i].second};
        SEND(&bus, 0x06);
        command(&bus, out, sizeof(out), NULL, 0);
        for (uint32_t at = 0; at < TEST_RAM_SIZE; at += 0x10000) {
            bool protected = at >= cases[i].first && at < cases[i].end;
            EXPECT_EQ(can_program(&bus, at), !protected);
        }
        memset(region_host(bus.ram), 0, TEST_RAM_SIZE);
        SEND(&bus, 0x06);
        SEND(&bus, 0xc7);
        EXPECT_EQ(region_host(bus.ram)[0],
                  cases[i].end == cases[i].first ? 0xff : 0);
        EXPECT_EQ(status(&bus, 0x05) & 2, 0);
    }
}

TEST_BEGINS(macronix_protects_and_enables_quad_in_its_own_way, bus)
{
    uint8_t in[1];

    start(bus, "mx66l1g45g");
    region_host(bus->ram)[0] = 0x55;
    command(bus, (const uint8_t[]){0x6b, 0, 0, 0, 0}, 5, in, 1);
    EXPECT_EQ(in[0], 0xff);
    SEND(bus, 0x06);
    SEND(bus, 0x01, 0x44, 0x0f); /* QE, 64 KiB, from the bottom */
    EXPECT_EQ(status(bus, 0x05), 0x44);
    EXPECT_EQ(status(bus, 0x15), 0x0f);
    command(bus, (const uint8_t[]){0x6b, 0, 0, 0, 0}, 5, in, 1);
    EXPECT_EQ(in[0], 0x55);
    EXPECT(!can_program(bus, 0x8000));
    EXPECT(can_program(bus, 0x10000));
}

TEST_BEGINS(a_chip_in_power_down_obeys_its_release_alone, bus)
{
    uint8_t in[3];

    start(bus, "w25q256jv");
    SEND(bus, 0xb9);
    command(bus, (const uint8_t[]){0x9f}, 1, in, 3);
    EXPECT_BYTES(in, "\xff\xff\xff", 3);
    command(bus, (const uint8_t[]){0xab, 0, 0, 0}, 4, in, 1);
    EXPECT_EQ(in[0], 0x18);
    command(bus, (const uint8_t[]){0x9f}, 1, in, 3);
    EXPECT_BYTES(in, "\xef\x40\x19", 3);
}

TEST_BEGINS(the_extended_address_selects_16_mib, bus)
{
    const struct spi_chip *chip;
    const struct spi_read three = {0x03, 3, 0};
    const struct spi_read four = {0x13, 4, 0};

    start(bus, "w25q512jv");
    chip = spi_chip_of(bus->device);
    EXPECT(chip->reads_contents(bus->device, &three));
    SEND(bus, 0x06);
    SEND(bus, 0xc5, 0x01);
    EXPECT_EQ(status(bus, 0xc8), 1);
    EXPECT(!chip->reads_contents(bus->device, &three));
    EXPECT(chip->reads_contents(bus->device, &four));
}

TEST_BEGINS(a_part_that_is_not_known_is_refused, bus)
{
    static const struct property_source properties = {
        .find = find,
        .memory = test_memory,
    };

    part_name = "w25q80";
    test_bus_init(bus);
    bus->device =
        device_create(&bus->fabric, &spi_nor, "device", &properties, bus);
    EXPECT_EQ(device_init(bus->device, &bus->error), -EINVAL);
    EXPECT_STR(bus->error.text, "device: cairn,part 'w25q80' is not known");
}
