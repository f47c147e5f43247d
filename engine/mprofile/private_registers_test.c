/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each word of the private peripheral bus is what the architecture says, on
 * every core: modelled, logged as not modelled, or absent (the table is in
 * private_registers_test.def).
 */
#include "engine/mprofile/test_machine.h"
#include "tests/harness.h"

static const struct reference {
    uint32_t address, count;
    const char *name;
    unsigned needs; /* as mprofile.features */
    const char *on; /* by enum architecture */
} references[] = {
#define REGISTER(address, count, name, needs, on)                              \
    {address, count, name, needs, on},
#include "engine/mprofile/private_registers_test.def"
#undef REGISTER
};

enum architecture { ARMV6M, ARMV7M, ARMV8M };

static enum architecture architecture_of(const struct mprofile *m)
{
    return mprofile_has(m, T32_V8M_BASE) ? ARMV8M
           : mprofile_has(m, T32_V7M)    ? ARMV7M
                                         : ARMV6M;
}

static char letter_on(const struct reference *row, const struct mprofile *m)
{
    bool has = row->needs == 0 || mprofile_has(m, row->needs);
    char letter = has ? row->on[architecture_of(m)] : '-';

    return letter != 'p' ? letter : m->mpu_regions != 0 ? 'm' : 'z';
}

static uint64_t unmodelled(const struct machine *machine)
{
    return machine->fabric.log.count[LOG_UNMODELLED];
}

/* True if a use of the word is logged as not modelled. */
static bool reading_is_logged(struct machine *machine, uint32_t address)
{
    uint64_t before = unmodelled(machine);

    (void)peek(machine, address);
    return unmodelled(machine) != before;
}

static bool writing_is_logged(struct machine *machine, uint32_t address,
                              uint32_t value)
{
    uint64_t before = unmodelled(machine);

    poke(machine, address, value);
    return unmodelled(machine) != before;
}

static bool is_absent(struct machine *machine, uint32_t address)
{
    uint32_t before = peek(machine, address);

    return !reading_is_logged(machine, address) &&
           !writing_is_logged(machine, address, UINT32_MAX) &&
           (before | peek(machine, address)) == 0;
}

/* True if the word has a value at rest, or after one of these writes. */
static bool has_value(struct machine *machine, uint32_t address)
{
    static const uint32_t values[] = {UINT32_MAX, 3, 1, 0};
    uint32_t seen = peek(machine, address);

    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        poke(machine, address, values[i]);
        seen |= peek(machine, address);
    }
    return seen != 0;
}

static void expect_row(const struct reference *row, const char *model)
{
    OWNED(fini) struct machine machine;
    bool valued = false;
    unsigned logged = 0;

    init(&machine, model);
    const char letter = letter_on(row, of(&machine));
    test_case("%s: %s", model, row->name);
    for (uint32_t i = 0; i < row->count; i++) {
        uint32_t address = row->address + 4 * i;

        if (letter == '-') {
            EXPECT(is_absent(&machine, address));
            continue;
        }
        logged += reading_is_logged(&machine, address);
        logged += letter != 'o' && writing_is_logged(&machine, address, 0);
    }
    for (uint32_t i = 0; i < row->count && letter != '-'; i++) {
        valued = has_value(&machine, row->address + 4 * i) || valued;
    }
    EXPECT_EQ(logged, letter == 'o' ? row->count : 0);
    EXPECT_EQ(valued, letter == 'm');
}

TEST(each_register_of_the_architecture_is_modelled_omitted_or_absent)
{
    for (size_t i = 0; mprofile_compatibles[i]; i++) {
        for (size_t j = 0; j < ARRAY_SIZE(references); j++) {
            expect_row(&references[j], mprofile_compatibles[i]);
        }
    }
}

static bool is_listed(uint32_t address)
{
    for (size_t i = 0; i < ARRAY_SIZE(references); i++) {
        if (address - references[i].address < 4 * references[i].count) {
            return true;
        }
    }
    return false;
}

TEST(words_of_its_blocks_that_the_architecture_does_not_list_are_reserved)
{
    static const uint32_t blocks[] = {0xe0000000, 0xe0001000, 0xe0002000,
                                      0xe000e000, 0xe0040000};

    for (size_t i = 0; mprofile_compatibles[i]; i++) {
        OWNED(fini) struct machine machine;

        init(&machine, mprofile_compatibles[i]);
        for (size_t j = 0; j < ARRAY_SIZE(blocks) * 1024; j++) {
            uint32_t address = blocks[j / 1024] + 4 * (uint32_t)(j % 1024);

            if (!is_listed(address)) {
                test_case("%s: 0x%08x", mprofile_compatibles[i], address);
                EXPECT(is_absent(&machine, address));
            }
        }
        EXPECT(machine.fabric.log.count[LOG_GUEST] != 0);
    }
}

FIXTURE(struct machine, machine, fini)
FIXTURE_BEGIN(machine, init(machine, "arm,cortex-m7"))

/* Such a block may be the chip's. */
TEST_ON(other_blocks_are_logged_as_not_modelled, machine)
{
    EXPECT(reading_is_logged(machine, 0xe0003000));
    EXPECT(writing_is_logged(machine, 0xe0050000, 1));
}

TEST_ON(a_debugger_reads_what_is_not_modelled_without_a_line, machine)
{
    static const uint32_t addresses[] = {0xe0000fb8, 0xe000e000, 0xe0003000};
    const struct access access = {.privileged = true, .debug = true};
    uint64_t value;

    for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
        test_case("0x%08x", addresses[i]);
        EXPECT_EQ(
            space_read(of(machine)->ppb, &access, gpa(addresses[i]), 4, &value),
            0);
        EXPECT_EQ(value, 0);
    }
    EXPECT_EQ(unmodelled(machine), 0);
    EXPECT_EQ(machine->fabric.log.count[LOG_GUEST], 0);
}
