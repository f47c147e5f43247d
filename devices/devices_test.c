/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/devices.h"

#include <string.h>

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

TEST(a_string_without_a_model_finds_none)
{
    EXPECT(device_type_find("example,nothing") == NULL);
    EXPECT(device_type_find("") == NULL);
}
