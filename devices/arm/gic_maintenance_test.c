/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/arm/gic_maintenance.h"

#include "base/bits.h"
#include "tests/harness.h"

enum { EOI = 1, U = 2, LRENP = 4, NP = 8 }; /* GICH_MISR, IHI 0048B, 5.3.4 */

TEST(lists_that_ended_are_reported_or_free)
{
    const struct gic_lists lists = {
        .count = 4,
        .used = 0x5,
        .pending = 0x1,
        .reporting = 0x6,
    };

    EXPECT_EQ(gic_ended_lists(lists), 0x2);
    EXPECT_EQ(gic_free_lists(lists), 0x8);
}

TEST(each_cause_but_the_end_of_a_list_has_an_enable)
{
    static const struct {
        const char *name;
        struct gic_lists lists;
        uint32_t control;
        uint32_t machine;
        uint32_t causes;
    } rows[] = {
        {"nothing enabled",     {4, 0, 0, 0}, 0,               0, 0      },
        {"an end",              {4, 0, 0, 1}, 0,               0, EOI    },
        {"no end yet",          {4, 1, 0, 1}, 0,               0, 0      },
        {"no list in use",      {4, 0, 0, 0}, GIC_HCR_UIE,     0, U      },
        {"one list in use",     {4, 4, 4, 0}, GIC_HCR_UIE,     0, U      },
        {"the first in use",    {4, 1, 1, 0}, GIC_HCR_UIE,     0, U      },
        {"two lists in use",    {4, 5, 0, 0}, GIC_HCR_UIE,     0, 0      },
        {"none counted",        {4, 0, 0, 0}, GIC_HCR_LRENPIE, 0, 0      },
        {"none pending",        {4, 1, 0, 0}, GIC_HCR_NPIE,    0, NP     },
        {"one pending",         {4, 3, 2, 0}, GIC_HCR_NPIE,    0, 0      },
        {"both groups off",     {4, 0, 0, 0}, 0xf0,            0, 0xa0   },
        {"group 0 on",          {4, 0, 0, 0}, 0xf0,            1, 0x90   },
        {"group 1 on",          {4, 0, 0, 0}, 0xf0,            2, 0x60   },
        {"group 1's enable",    {4, 0, 0, 0}, 0x40,            3, 0x40   },
        {"an end, none in use", {4, 0, 0, 2}, GIC_HCR_UIE,     0, EOI | U},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("%s", rows[i].name);
        EXPECT_EQ(gic_maintenance_causes(rows[i].lists, rows[i].control,
                                         rows[i].machine),
                  rows[i].causes);
    }
}

TEST(ends_without_a_list_are_a_cause_once_counted)
{
    const struct gic_lists lists = {.count = 4};
    uint32_t counted = UINT32_C(1) << GIC_HCR_COUNT_SHIFT;

    EXPECT_EQ(gic_maintenance_causes(lists, counted, 0), 0);
    EXPECT_EQ(gic_maintenance_causes(lists, counted | GIC_HCR_LRENPIE, 0),
              LRENP);
}
