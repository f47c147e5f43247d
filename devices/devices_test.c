/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/devices.h"

#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"

TEST(every_model_is_found_by_its_string_and_its_tables_hold)
{
    size_t count = 0;

    for (const struct device_type *type; (type = device_type_at(count)) != NULL;
         count++) {
        struct error error = {""};

        test_case("%s", type->compatible);
        EXPECT(device_type_find(type->compatible) == type);
        EXPECT_EQ(device_type_check(type, &error), 0);
        EXPECT_STR(error.text, "");
        EXPECT(type->title != NULL && type->reference != NULL);
    }
    EXPECT(count >= 9);
}

/* Words by which a row says that a register is without effect. */
static bool says_nothing_happens(const struct register_spec *row)
{
    static const char *const words[] = {"no effect", "not modelled",
                                        "not enforced"};

    if (strncmp(row->text, "stored", 6) == 0) {
        return true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (strstr(row->text, words[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static bool is_omitted(const struct device_type *type, const char *name)
{
    for (size_t i = 0; i < type->omission_count; i++) {
        const struct omission *omission = &type->omissions[i];
        if (omission->name && strcmp(omission->name, name) == 0) {
            return true;
        }
    }
    return false;
}

TEST(a_register_without_effect_is_an_omission)
{
    const struct device_type *type;
    size_t count = 0;

    for (size_t i = 0; (type = device_type_at(i)) != NULL; i++) {
        for (size_t b = 0; b < type->bank_count; b++) {
            const struct register_bank *bank = &type->banks[b];
            for (size_t n = 0; n < bank->register_count; n++) {
                const struct register_spec *row = &bank->registers[n];
                if (says_nothing_happens(row)) {
                    test_case("%s: %s", type->compatible, row->name);
                    EXPECT(is_omitted(type, row->name));
                    count++;
                }
            }
        }
    }
    EXPECT(count >= 50);
}

TEST(a_string_without_a_model_finds_none)
{
    EXPECT(device_type_find("example,nothing") == NULL);
    EXPECT(device_type_find("") == NULL);
}
