/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of a device type that do not hold together are found, and why. */
#include <string.h>

#include "base/bits.h"
#include "bus/device.h"
#include "tests/harness.h"

static void fire(struct device *device)
{
}

static void write_handled(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
}

static int read_bank(struct device *device, unsigned bank,
                     const struct access *access, uint64_t offset,
                     unsigned size, uint64_t *value)
{
    *value = 0;
    return 0;
}

static int write_bank(struct device *device, unsigned bank,
                      const struct access *access, uint64_t offset,
                      unsigned size, uint64_t value)
{
    return 0;
}

TEST(broken_types_are_refused_with_the_reason)
{
    static const struct register_spec row = {
        .name = "A", .count = 1, .access = {RW, RW},
                .writable = 1
    };
    static void (*const no_timer[])(struct device *) = {fire, NULL};
    static void (*const no_first[])(struct device *) = {NULL};
    static const struct {
        const char *reason; /* "": none */
        struct register_bank bank;
        bool handled;
        size_t timer_count;
    } cases[] = {
        {"",                         {"b", 4, 4, &row, 1},     false, 1},
        {"",                         {"b", 8, 15, NULL, 0},    true,  1},
        {"'bank' has no name",       {NULL, 4, 4, &row, 1},    false, 1},
        {"'b' has no name, sizes",   {"b", 0, 4, &row, 1},     false, 1},
        {"'b' has no name, sizes",   {"b", 6, 4, &row, 1},     false, 1},
        {"'b' has no name, sizes",   {"b", 5, 4, &row, 1},     false, 1},
        {"'b' has no name, sizes",   {"b", 4, 3, &row, 1},     false, 1},
        {"'b' has no name, sizes",   {"b", 4, 0x14, &row, 1},  false, 1},
        {"'b' has no name, sizes",   {"b", 4, 4, &row, 65535}, false, 1},
        {"'b' has neither rows nor", {"b", 4, 4, NULL, 0},     false, 1},
        {"'timers' lack a callback", {"b", 4, 4, &row, 1},     false, 2},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct error error = {""};
        const struct state_field whole = {.name = "whole", .size_bytes = 4};
        const struct device_type broken = {
            .compatible = "test,broken",
            .state_size = 4,
            .banks = &cases[i].bank,
            .bank_count = 1,
            .fields = &whole,
            .field_count = cases[i].handled,
            .timers = no_timer,
            .timer_count = cases[i].timer_count,
            .read = cases[i].handled ? read_bank : NULL,
            .write = cases[i].handled ? write_bank : NULL,
        };
        test_case("case %zu", i);
        EXPECT_EQ(device_type_check(&broken, &error),
                  cases[i].reason[0] ? -EINVAL : 0);
        EXPECT(strstr(error.text, cases[i].reason) != NULL);
    }
    const struct device_type untimed = {
        .compatible = "test,untimed", .timers = no_first, .timer_count = 1};
    EXPECT_EQ(device_type_check(&untimed, NULL), -EINVAL);
}

TEST(every_bank_and_every_byte_is_looked_at)
{
    static const struct register_bank two[] = {
        {"one", 4, 4, NULL, 0},
        {"two", 0, 4, NULL, 0},
    };
    struct device_type type = {.compatible = "test,two",
                               .banks = two,
                               .bank_count = 2,
                               .read = read_bank,
                               .write = write_bank};
    struct error error = {""};
    EXPECT_EQ(device_type_check(&type, &error), -EINVAL);
    EXPECT(strstr(error.text, "'two' has no name, sizes") != NULL);
    type = (struct device_type){.compatible = "test,byte", .state_size = 1};
    error_clear(&error);
    EXPECT_EQ(device_type_check(&type, &error), -EINVAL);
    EXPECT(strstr(error.text, "byte 0x0 of its state") != NULL);
}

TEST(handlers_of_a_bank_come_in_pairs)
{
    static const struct register_bank bank = {"b", 4, 4, NULL, 0};
    struct device_type half = {.compatible = "test,half",
                               .banks = &bank,
                               .bank_count = 1,
                               .read = read_bank};
    EXPECT_EQ(device_type_check(&half, NULL), -EINVAL);
    half.read = NULL;
    half.write = write_bank;
    EXPECT_EQ(device_type_check(&half, NULL), -EINVAL);
    half.read = read_bank;
    EXPECT_EQ(device_type_check(&half, NULL), 0);
}

TEST(a_broken_description_or_omission_breaks_its_type)
{
    static const struct description description = {.kind = DESCRIPTION_KINDS};
    const struct device_type described = {.compatible = "test,described",
                                          .description = &description};
    struct error error = {""};
    EXPECT_EQ(device_type_check(&described, &error), -EINVAL);
    EXPECT(strstr(error.text, "is of no kind") != NULL);
    static const struct omission omission = {NULL, OMITTED_UNSEEN, 0, 0, ""};
    const struct device_type omitted = {.compatible = "test,omitted",
                                        .omissions = &omission,
                                        .omission_count = 1};
    EXPECT_EQ(device_type_check(&omitted, &error), -EINVAL);
}

TEST(broken_rows_are_refused_with_the_reason)
{
    static const struct {
        struct register_spec row;
        const char *reason; /* "": none */
    } cases[] = {
        {{.name = "A", .count = 4, .field = NO_FIELD},                          ""},
        {{.name = "A", .count = 1, .field = NO_FIELD},                          ""},
        {{.name = NULL, .count = 1, .field = NO_FIELD},
         "'bank' has a row without name or count"                                 },
        {{.name = "A", .count = 0, .field = NO_FIELD},
         "'A' has a row without name or count"                                    },
        {{.name = "A", .count = 1, .offset = 1, .field = NO_FIELD},
         "'A' lies outside its bank"                                              },
        {{.name = "A", .count = 1, .offset = 2, .field = NO_FIELD},
         "'A' lies outside its bank"                                              },
        {{.name = "A", .count = 5, .field = NO_FIELD},
         "'A' lies outside its bank"                                              },
        {{.name = "A",
          .count = 1,
          .domain = RESET_NEVER + 1,
          .field = NO_FIELD},
         "'A' has no reset domain"                                                },
        {{.name = "A", .count = 1, .access = {W1S, W1S}, .field = NO_FIELD},
         ""                                                                       },
        {{.name = "A", .count = 1, .access = {W1S + 1, NO}, .field = NO_FIELD},
         "'A' has no access rule"                                                 },
        {{.name = "A", .count = 1, .access = {NO, W1S + 1}, .field = NO_FIELD},
         "'A' has no access rule"                                                 },
        {{.name = "A",
          .count = 1,
          .access = {RO, RW},
          .writable = 1,
          .field = NO_FIELD},
         "'A' is writable but stores nowhere"                                     },
        {{.name = "A",
          .count = 1,
          .access = {RO, RW},
          .writable = 1,
          .field = NO_FIELD,
          .write = write_handled},
         ""                                                                       },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct register_bank bank = {"bank", 16, 4, &cases[i].row, 1};
        const struct device_type broken = {
            .compatible = "test,broken", .banks = &bank, .bank_count = 1};
        struct error error = {""};
        test_case("case %zu", i);
        EXPECT_EQ(device_type_check(&broken, &error),
                  cases[i].reason[0] ? -EINVAL : 0);
        EXPECT(strstr(error.text, cases[i].reason) != NULL);
    }
}

TEST(rows_share_fields_from_one_place_or_to_one_place)
{
    static const struct {
        unsigned first, count; /* words of the second row's field */
        bool good;
    } cases[] = {
        {0, 1, true }, /* begins with the first row */
        {1, 2, true }, /* ends with it */
        {0, 4, true },
        {1, 1, false},
        {1, 3, false},
        {3, 1, true },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct register_spec rows[] = {
            {.name = "A",                       .count = 3, .access = {RO, RO}},
            { .name = "B",
             .offset = 12,
             .count = (uint16_t)cases[i].count,
             .access = {RO, RO},
             .field = 4 * cases[i].first},
            {                                       .name = "C",
             .offset = 28,
             .count = 1,
             .access = {RO, RO},
             .field = 12},
        };
        const struct register_bank bank = {"bank", 32, 4, rows, 3};
        const struct device_type shared = {.compatible = "test,shared",
                                           .state_size = 16,
                                           .banks = &bank,
                                           .bank_count = 1};
        struct error error = {""};
        test_case("row %zu", i);
        EXPECT_EQ(device_type_check(&shared, &error) == 0, cases[i].good);
        EXPECT_EQ(strstr(error.text, "'B' runs into another row's field") == 0,
                  cases[i].good);
    }
}

/* ---- Broken tables ------------------------------------------------------- */

struct small {
    uint32_t a;
    uint32_t b;
};

TEST(broken_tables_are_refused_with_the_reason)
{
    static const struct {
        const char *reason;
        struct register_spec rows[2];
        struct state_field field;
    } cases[] = {
#include "bus/device_type_test.def"
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("%s", cases[i].reason);
        const struct register_bank bank = {"bank", 16, 4, cases[i].rows, 2};
        const struct device_type broken = {.compatible = "test,broken",
                                           .state_size = sizeof(struct small),
                                           .banks = &bank,
                                           .bank_count = 1,
                                           .fields = &cases[i].field,
                                           .field_count = 1};
        struct error error = {""};
        EXPECT_EQ(device_type_check(&broken, &error), -EINVAL);
        EXPECT(strstr(error.text, cases[i].reason) != NULL);
    }
}
