/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/description.h"

#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"

#define ROWS(rows) rows, ARRAY_SIZE(rows)

static const struct description_row whole[] = {
    {"uart",       TREE_DEVICE,         0, NULL       },
    {"compatible", TREE_WORDS,          0, "test,uart"},
    {"reg",        TREE_REG,            2, NULL       },
    {"reg",        TREE_REG | WITH_EL2, 1, NULL       },
    {"interrupts", TREE_INTERRUPTS,     1, NULL       },
    {"interrupts", TREE_INTERRUPTS,     4, NULL       },
    {"inner",      TREE_NODE,           0, NULL       },
    {NULL,         TREE_INSIDE,         0, NULL       },
    {NULL,         TREE_END,            0, NULL       },
    {"status",     TREE_STATUS,         0, NULL       },
    {"model",      TREE_TEXT,           0, "one"      },
    {"msi",        TREE_ROWS - 1,       9, NULL       },
    {NULL,         TREE_END,            0, NULL       },
    {"other",      TREE_NODE,           0, NULL       },
    {"status",     TREE_STATUS,         0, NULL       },
    {NULL,         TREE_END,            0, NULL       },
};
static const struct description_row secure[] = {
    {"secure-uart", TREE_DEVICE, 0, NULL},
    {"status",      TREE_STATUS, 0, NULL},
    {NULL,          TREE_END,    0, NULL},
};

TEST(the_secure_world_may_have_rows_of_its_own)
{
    struct description description = {.tree_rows = whole,
                                      .tree_row_count = ARRAY_SIZE(whole)};
    size_t count;
    EXPECT(description_tree(&description, true, &count) == whole);
    EXPECT_EQ(count, ARRAY_SIZE(whole));
    EXPECT_STR(description_node_name(&description, true), "uart");
    description.secure_rows = secure;
    description.secure_row_count = ARRAY_SIZE(secure);
    EXPECT(description_tree(&description, true, &count) == secure);
    EXPECT_EQ(count, ARRAY_SIZE(secure));
    EXPECT_STR(description_node_name(&description, true), "secure-uart");
    EXPECT(description_tree(&description, false, &count) == whole);
    EXPECT_EQ(count, ARRAY_SIZE(whole));
    EXPECT_STR(description_node_name(&description, false), "uart");
    /* The device behind its rows is another's. */
    const struct description_row beyond[] = {whole[1], whole[0]};
    description =
        (struct description){.tree_rows = beyond, .tree_row_count = 1};
    EXPECT(description_node_name(&description, false) == NULL);
    description.tree_row_count = 2;
    EXPECT_STR(description_node_name(&description, false), "uart");
}

static void expect_complaint(const struct description *description,
                             const char *complaint)
{
    struct error error = {""};
    test_case("%s", *complaint ? complaint : "whole");
    EXPECT_EQ(description_check(description, 2, &error),
              *complaint ? -EINVAL : 0);
    EXPECT(strstr(error.text, complaint) != NULL);
}

TEST(rows_of_the_tree_that_do_not_hold_are_found)
{
    static const struct description_row no_end[] = {
        {"uart",   TREE_DEVICE, 0, NULL},
        {"status", TREE_STATUS, 0, NULL}
    };
    static const struct description_row no_begin[] = {
        {NULL, TREE_END, 0, NULL}
    };
    static const struct description_row no_status[] = {
        {"uart", TREE_DEVICE, 0, NULL},
        {NULL,   TREE_END,    0, NULL}
    };
    /* The status of the first is not the second's. */
    static const struct description_row one_status[] = {
        {"uart",   TREE_DEVICE, 0, NULL},
        {"status", TREE_STATUS, 0, NULL},
        {NULL,     TREE_END,    0, NULL},
        {"other",  TREE_NODE,   0, NULL},
        {NULL,     TREE_END,    0, NULL}
    };
    static const struct description_row outside[] = {
        {"reg", TREE_REG, 1, NULL}
    };
    static const struct description_row no_words[] = {
        {"uart",  TREE_DEVICE, 0, NULL},
        {"names", TREE_WORDS,  0, NULL}
    };
    static const struct description_row reg_of_none[] = {
        {"uart", TREE_DEVICE, 0, NULL},
        {"reg",  TREE_REG,    0, NULL}
    };
    static const struct description_row no_name[] = {
        {NULL, TREE_DEVICE, 0, NULL}
    };
    static const struct description_row no_text[] = {
        {"uart",  TREE_DEVICE, 0, NULL},
        {"model", TREE_TEXT,   0, NULL}
    };
    static const struct description_row no_range[] = {
        {"uart", TREE_DEVICE, 0, NULL},
        {"reg",  TREE_REG,    3, NULL}
    };
    static const struct description_row no_trigger[] = {
        {"uart",       TREE_DEVICE,     0, NULL},
        {"interrupts", TREE_INTERRUPTS, 2, NULL}
    };
    static const struct description_row no_kind[] = {
        {"uart", TREE_DEVICE, 0, NULL},
        {"odd",  TREE_ROWS,   0, NULL}
    };
    static const struct {
        const struct description_row *rows;
        size_t count;
        const char *complaint;
    } rows[] = {
        {ROWS(whole),       ""                                },
        {ROWS(no_end),      "'status' ends no node"           },
        {ROWS(no_begin),    "end of a node' without its begin"},
        {ROWS(no_status),   "without a row for the status"    },
        {ROWS(one_status),  "without a row for the status"    },
        {ROWS(no_words),    "'names' has no text"             },
        {ROWS(reg_of_none), "'reg' has ranges that"           },
        {ROWS(outside),     "'reg' is outside of nodes"       },
        {ROWS(no_name),     "has no name"                     },
        {ROWS(no_text),     "'model' has no text"             },
        {ROWS(no_range),    "'reg' has ranges that"           },
        {ROWS(no_trigger),  "'interrupts' has no trigger"     },
        {ROWS(no_kind),     "'odd' is of no kind"             },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct description description = {.tree_rows = rows[i].rows,
                                          .tree_row_count = rows[i].count};
        expect_complaint(&description, rows[i].complaint);
        description = (struct description){.secure_rows = rows[i].rows,
                                           .secure_row_count = rows[i].count};
        expect_complaint(&description, rows[i].complaint);
    }
}

TEST(rows_of_the_dsdt_that_do_not_hold_are_found)
{
    static const struct description_row good[] = {
        {"COM#", ACPI_DEVICE,    0, NULL      },
        {"_HID", ACPI_TEXT,      0, "TEST0001"},
        {"_UID", ACPI_INTEGER,   7, NULL      },
        {"_CBA", ACPI_BASE,      1, NULL      },
        {"_CRS", ACPI_RESERVED,  1, NULL      },
        {"_CRS", ACPI_RESOURCES, 0, NULL      },
        {"_EVT", ACPI_NOTIFY,    9, "PWRB"    },
        {"_OSC", ACPI_ROWS - 1,  0, NULL      },
        {NULL,   ACPI_END,       0, NULL      },
        {"COM#", ACPI_DEVICE,    0, NULL      },
        {"_CID", ACPI_EISA_ID,   0, "PNP0501" },
        {NULL,   ACPI_END,       0, NULL      },
    };
    static const struct description_row no_end[] = {
        {"COM#", ACPI_DEVICE, 0, NULL}
    };
    static const struct description_row no_begin[] = {
        {NULL, ACPI_END, 0, NULL}
    };
    static const struct description_row outside[] = {
        {"_UID", ACPI_INDEX, 0, NULL}
    };
    static const struct description_row long_name[] = {
        {"COM10", ACPI_DEVICE, 0, NULL}
    };
    static const struct description_row no_text[] = {
        {"COM#", ACPI_DEVICE, 0, NULL},
        {"_HID", ACPI_TEXT,   0, NULL}
    };
    static const struct description_row no_range[] = {
        {"COM#", ACPI_DEVICE, 0, NULL},
        {"_CBA", ACPI_BASE,   2, NULL}
    };
    static const struct description_row none_reserved[] = {
        {"COM#", ACPI_DEVICE,   0, NULL},
        {"_CRS", ACPI_RESERVED, 2, NULL}
    };
    static const struct description_row no_identity[] = {
        {"COM#", ACPI_DEVICE,  0, NULL},
        {"_CID", ACPI_EISA_ID, 0, NULL}
    };
    static const struct description_row no_device[] = {
        {"COM#", ACPI_DEVICE, 0, NULL},
        {"_EVT", ACPI_NOTIFY, 0, NULL}
    };
    static const struct description_row no_name[] = {
        {NULL, ACPI_DEVICE, 0, NULL}
    };
    static const struct description_row no_kind[] = {
        {"COM#", ACPI_DEVICE, 0, NULL},
        {"_ODD", ACPI_ROWS,   0, NULL}
    };
    static const struct {
        const struct description_row *rows;
        size_t count;
        const char *complaint;
    } rows[] = {
        {ROWS(good),          ""                             },
        {ROWS(no_end),        "'COM#' ends no node"          },
        {ROWS(no_begin),      "without its begin"            },
        {ROWS(outside),       "'_UID' is outside of devices" },
        {ROWS(long_name),     "is no name of four characters"},
        {ROWS(no_text),       "'_HID' has no text"           },
        {ROWS(no_range),      "'_CBA' has a range that"      },
        {ROWS(none_reserved), "'_CRS' has a range that"      },
        {ROWS(no_identity),   "'_CID' has no text"           },
        {ROWS(no_device),     "'_EVT' has no text"           },
        {ROWS(no_name),       "is no name of four characters"},
        {ROWS(no_kind),       "'_ODD' is of no kind"         },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct description description = {
            .acpi_rows = rows[i].rows, .acpi_row_count = rows[i].count};
        expect_complaint(&description, rows[i].complaint);
    }
}

TEST(structures_windows_and_kinds_that_do_not_hold_are_found)
{
    static const struct description_field odd_fields[] = {
        {4, FIELD_BASE,     2, NULL},
        {4, FIELD_SIZE,     2, NULL},
        {4, FIELD_PRIVATE,  0, NULL},
        {4, FIELD_PROPERTY, 0, NULL},
        {0, FIELD_NUMBER,   0, NULL},
        {9, FIELD_NUMBER,   0, NULL},
        {4, ROW_KIND,       0, NULL},
    };
    /* With the two bytes before them 255, and 256. */
    static const struct description_field many[33] = {
        [0 ... 30] = {8, FIELD_NUMBER | WITH_EL2, 0, NULL},
        [31] = {5, FIELD_NUMBER,            0, NULL},
        [32] = {1, FIELD_NUMBER,            0, NULL},
    };
    struct description_record record = {0x0c, false, many, 32};
    struct description description = {.madt_records = &record,
                                      .madt_record_count = 1};
    expect_complaint(&description, "");
    record.field_count = 33;
    expect_complaint(&description, "0xc is longer than its length says");
    record.field_count = 1;
    for (size_t i = 0; i < ARRAY_SIZE(odd_fields); i++) {
        record.fields = &odd_fields[i];
        expect_complaint(&description, "field 0 of MADT structure 0xc");
    }
    /* The fault is behind those that hold. */
    static const struct description_field good[] = {
        {1, FIELD_BASE,     1, NULL },
        {8, FIELD_PRIVATE,  9, "irq"},
        {4, FIELD_PROPERTY, 9, "msi"},
        {4, FIELD_SIZE,     1, NULL },
        {4, FIELD_NUMBER,   9, NULL },
        {4, FIELD_BASE,     2, NULL },
    };
    const struct description_record records[] = {
        {0x0d, false, good, 5},
        {0x0e, false, good, 6},
    };
    description =
        (struct description){.madt_records = records, .madt_record_count = 1};
    expect_complaint(&description, "");
    description.madt_record_count = 2;
    expect_complaint(&description, "field 5 of MADT structure 0xe");
    static const struct description_window windows[] = {
        {DESCRIBED_PCI_IO,       1, 0},
        {DESCRIBED_PCI_MEMORY32, 2, 0},
    };
    description = (struct description){.windows = windows, .window_count = 1};
    expect_complaint(&description, "");
    description.window_count = 2;
    expect_complaint(&description, "a window has a range");
    description = (struct description){.kind = DESCRIPTION_KINDS};
    expect_complaint(&description, "is of no kind");
}
