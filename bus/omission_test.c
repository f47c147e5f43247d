/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/omission.h"

#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "bus/device_check.h"
#include "bus/fabric.h"
#include "tests/harness.h"

struct state {
    uint32_t control;
    uint32_t counts[2];
};

static const struct register_spec registers[] = {
#include "bus/omission_test.def"
};

static const struct register_spec more_registers[] = {
    {4, 1, "MORE", {NO, RW}, RESET_CORE, 0, 0, NO_FIELD, NULL, NULL, ""},
};

static const struct register_bank banks[] = {
    {"timer", 0x100, 1 | 2 | 4 | 8, registers,      ARRAY_SIZE(registers)},
    {"more",  8,     4,             more_registers, 1                    },
};

static const struct logged_omission both = {"CTRL", "both at once"};
static const struct logged_omission unlisted = {"ODD", "in no row"};
static const struct logged_omission alone = {"ALONE", "one alone"};

static const struct omission omissions[] = {
    {"KICK",   OMITTED_WRITE,  0,     0,     "triggers"        },
    {"CTRL",   OMITTED_SET,    0x30,  0,     "the prescaler"   },
    {"CTRL",   OMITTED_VALUE,  0xc00, 0x800, "capture"         },
    {"CTRL",   OMITTED_OTHER,  0x6,   0x2,   "other clocks"    },
    {"COUNT",  OMITTED_READ,   0,     0,     "counting"        },
    {"timer",  OMITTED_OFFSET, 0,     0x40,  "a second channel"},
    OMISSION_LOGGED(both),
    OMISSION_LOGGED(alone),
    {"STATUS", OMITTED_ABSENT, 0,     0,     "windows"         },
    {NULL,     OMITTED_UNSEEN, 0,     0,     "jitter"          },
    {NULL,     OMITTED_LOGGED, 0,     0,     "more"            },
    {"CTRL",   OMITTED_UNSEEN, 0,     0,     "less"            },
    {"STATUS", OMITTED_READ,   0,     0,     "states"          },
};

static struct device_type type_of(const struct omission *rows, size_t count)
{
    return (struct device_type){
        .compatible = "test,omission",
        .state_size = sizeof(struct state),
        DEVICE_TABLE(bank, banks),
        .omissions = rows,
        .omission_count = count,
    };
}

struct heard {
    struct fabric fabric;
    struct device *device;
    char lines[512];
};

static void hear(void *context, enum log_kind kind, const char *line)
{
    struct heard *heard = context;
    const char *text = strstr(line, "unmodelled: ");

    EXPECT_EQ(kind, LOG_UNMODELLED);
    if (text) {
        size_t used = strlen(heard->lines);
        snprintf(heard->lines + used, sizeof(heard->lines) - used, "%s\n",
                 text + strlen("unmodelled: "));
    }
}

static void start(struct heard *heard, const struct device_type *type)
{
    *heard = (struct heard){.lines = ""};
    fabric_init(&heard->fabric, 1);
    heard->fabric.log.sink = hear;
    heard->fabric.log.context = heard;
    heard->fabric.log.enabled[LOG_GUEST] = false;
    heard->device = device_create(&heard->fabric, type, "dut", NULL, NULL);
}

static void finish(struct heard *heard)
{
    device_destroy(heard->device);
    fabric_fini(&heard->fabric);
}

static const struct {
    uint64_t value;
    uint32_t offset;
    uint8_t size; /* 0: a 4-byte read */
    uint8_t view;
    bool debug;
    const char *lines;
} accesses[] = {
    {0x02,  0x00, 4, 0, false, ""                                                },
    {0x12,  0x00, 4, 0, false, "dut: CTRL <- 0x00000012: the prescaler\n"        },
    {0x12,  0x00, 4, 0, true,  ""                                                },
    {0x12,  0x00, 4, 1, false, ""                                                },
    {0x802, 0x00, 4, 0, false, "dut: CTRL <- 0x00000802: capture\n"              },
    {0xc02, 0x00, 4, 0, false, ""                                                },
    {0x00,  0x00, 4, 0, false, "dut: CTRL <- 0x00000000: other clocks\n"         },
    {0x04,  0x00, 1, 0, false, "dut: CTRL <- 0x00000004: other clocks\n"         },
    {0x08,  0x01, 1, 0, false, "dut: CTRL <- 0x00000800: capture\n"              },
    {0x30,  0x01, 1, 0, false, ""                                                },
    {0x36,  0x00, 2, 0, false,
     "dut: CTRL <- 0x00000036: the prescaler\n"
     "dut: CTRL <- 0x00000036: other clocks\n"                                   },
    {0,     0x08, 0, 0, false, "dut: COUNT[0] is read: counting\n"               },
    {0,     0x0c, 0, 0, false, "dut: COUNT[1] is read: counting\n"               },
    {0,     0x0c, 0, 0, true,  ""                                                },
    {0,     0x0c, 0, 1, false, ""                                                },
    {0,     0x14, 0, 1, false, "dut: STATUS is read: states\n"                   },
    {0,     0x10, 4, 1, false, "dut: KICK <- 0x00000000: triggers\n"             },
    {0,     0x00, 0, 0, false, ""                                                },
    {0,     0x10, 4, 0, false, "dut: KICK <- 0x00000000: triggers\n"             },
    {0x12,  0x00, 8, 0, false,
     "dut: CTRL <- 0x00000012: the prescaler\ndut: write at offset 0x4 of "
     "timer: no register\n"                                                      },
    {0,     0x40, 0, 0, false, "dut: read at offset 0x40 of timer: no register\n"},
};

TEST(an_access_that_relies_on_an_omission_is_logged_and_no_other)
{
    const struct device_type type = type_of(omissions, ARRAY_SIZE(omissions));

    for (size_t i = 0; i < ARRAY_SIZE(accesses); i++) {
        struct access access = {.view = accesses[i].view,
                                .debug = accesses[i].debug};
        OWNED(finish) struct heard heard;
        uint64_t value;

        test_case("%zu", i);
        start(&heard, &type);
        if (accesses[i].size == 0) {
            device_read(heard.device, 0, &access, accesses[i].offset, 4,
                        &value);
        } else {
            device_write(heard.device, 0, &access, accesses[i].offset,
                         accesses[i].size, accesses[i].value);
        }
        EXPECT_STR(heard.lines, accesses[i].lines);
    }
}

FIXTURE(struct heard, heard, finish)

TEST_BEGINS(omissions_count_without_a_sink_and_fail_a_strict_run, heard)
{
    const struct device_type type = type_of(omissions, ARRAY_SIZE(omissions));
    const struct access access = {0};

    start(heard, &type);
    heard->fabric.log.sink = NULL;
    heard->fabric.log.strict = true;
    for (unsigned i = 0; i < 10; i++) {
        EXPECT_EQ(device_write(heard->device, 0, &access, 0, 4, 0x12), 0);
    }
    EXPECT_EQ(heard->fabric.log.count[LOG_UNMODELLED], 10);
    EXPECT(log_failed(&heard->fabric.log));
}

TEST_BEGINS(rows_that_the_dispatch_looks_at_still_store, heard)
{
    const struct device_type type = type_of(omissions, ARRAY_SIZE(omissions));
    const struct access access = {0};
    uint64_t value = 0;

    start(heard, &type);
    device_write(heard->device, 0, &access, 0, 4, 0x812);
    device_read(heard->device, 0, &access, 0, 4, &value);
    EXPECT_EQ(value, 0x812);
    EXPECT_EQ(heard->device->writes, 1);
}

/* The log limits lines by place. */
TEST_BEGINS(each_omission_of_each_word_has_lines_of_its_own, heard)
{
    static const struct {
        uint32_t offset, value;
        bool reads;
    } met[] = {
        {0x00, 0x12,  false},
        {0x00, 0x802, false},
        {0x00, 0x06,  false},
        {0x08, 0,     true },
        {0x0c, 0,     true },
        {0x10, 0,     false},
    };
    const struct device_type type = type_of(omissions, ARRAY_SIZE(omissions));
    const struct access access = {0};
    uint64_t value;

    start(heard, &type);
    for (unsigned n = 0; n < LOG_REPEATS; n++) {
        device_omits(heard->device, &unlisted);
    }
    for (size_t i = 0; i < ARRAY_SIZE(met); i++) {
        for (unsigned n = 0; n < LOG_REPEATS; n++) {
            heard->lines[0] = '\0';
            if (met[i].reads) {
                device_read(heard->device, 0, &access, met[i].offset, 4,
                            &value);
            } else {
                device_write(heard->device, 0, &access, met[i].offset, 4,
                             met[i].value);
            }
            test_case("%zu, time %u", i, n);
            EXPECT(heard->lines[0] != '\0');
        }
    }
    for (unsigned n = 0; n < 2 * LOG_REPEATS; n++) {
        heard->lines[0] = '\0';
        device_omits(heard->device, n % 2 ? &both : &alone);
        EXPECT(heard->lines[0] != '\0');
    }
}

/* Rows behind the last of a type are another's. */
TEST_BEGINS(a_type_has_the_omissions_that_it_counts, heard)
{
    static const struct omission rows[] = {
        {"COUNT", OMITTED_READ, 0, 0, "one"},
        {"COUNT", OMITTED_READ, 0, 0, "two"},
        {"CTRL",  OMITTED_SET,  1, 0, "one"},
        {"CTRL",  OMITTED_SET,  1, 0, "two"},
        OMISSION_LOGGED(both),
    };
    const struct access access = {0};
    uint64_t value;

    for (unsigned i = 0; i < 2; i++) {
        const struct device_type type = type_of(&rows[2 * i], 1);
        start(heard, &type);
        device_write(heard->device, 0, &access, 0, 4, 1);
        device_read(heard->device, 0, &access, 8, 4, &value);
        EXPECT_STR(heard->lines, i == 0 ? "dut: COUNT[0] is read: one\n"
                                        : "dut: CTRL <- 0x00000001: one\n");
        finish(heard);
    }
    const struct device_type type = type_of(&rows[4], 1);
    start(heard, &type);
    for (unsigned i = 0; i < LOG_REPEATS; i++) {
        device_omits(heard->device, &unlisted);
    }
    heard->lines[0] = '\0';
    device_omits(heard->device, &both);
    EXPECT_STR(heard->lines, "dut: both at once\n");
}

TEST_BEGINS(a_model_logs_what_it_decides_itself, heard)
{
    const struct device_type type = type_of(omissions, ARRAY_SIZE(omissions));

    start(heard, &type);
    device_omits(heard->device, &both);
    device_omits_of(heard->device, &both, "A");
    EXPECT_STR(heard->lines, "dut: both at once\ndut: both at once: A\n");
}

/* A model that types share may come upon it with the state of a snapshot. */
TEST_BEGINS(a_model_logs_for_a_type_without_the_row, heard)
{
    const struct device_type type = type_of(omissions, 1);

    start(heard, &type);
    for (unsigned i = 0; i < 3; i++) {
        device_omits(heard->device, &both);
    }
    EXPECT(strncmp(heard->lines, "dut: both at once\n", 18) == 0);
    EXPECT_EQ(heard->fabric.log.count[LOG_UNMODELLED], 3);
}

static const struct {
    struct omission row;
    const char *error;
} faults[] = {
    {{"CTRL", 0, 1, 0, "x"},                   "'test,omission': omission 0 ('x') is of no kind"},
    {{"CTRL", OMITTED_UNSEEN + 1, 1, 0, "x"},  "is of no kind"                                  },
    {{"CTRL", OMITTED_SET, 1, 0, NULL},        "omission 0 ('') has no text"                    },
    {{"CTRL", OMITTED_SET, 1, 0, ""},          "has no text"                                    },
    {{"CRTL", OMITTED_SET, 1, 0, "x"},         "names no register"                              },
    {{NULL, OMITTED_SET, 1, 0, "x"},           "names no register"                              },
    {{"TWICE", OMITTED_SET, 1, 0, "x"},        "names several registers"                        },
    {{"CTRL", OMITTED_SET, 0, 0, "x"},         "can never or always be met"                     },
    {{"CTRL", OMITTED_VALUE, 1, 2, "x"},       "can never or always be met"                     },
    {{"STATUS", OMITTED_SET, 1, 0, "x"},
     "is of a register that refuses such an access"                                             },
    {{"KICK", OMITTED_READ, 0, 0, "x"},
     "is of a register that refuses such an access"                                             },
    {{"uart", OMITTED_OFFSET, 0, 0, "x"},      "names no offset of a bank"                      },
    {{"timer", OMITTED_OFFSET, 0, 0x100, "x"}, "names no offset of a bank"                      },
    {{"timer", OMITTED_OFFSET, 0, 6, "x"},     "names no offset of a bank"                      },
    {{NULL, OMITTED_OFFSET, 0, 0, "x"},        "names no offset of a bank"                      },
    {{"timer", OMITTED_OFFSET, 0, 0xfc, "x"},  NULL                                             },
    {{"timer", OMITTED_OFFSET, 0, 4, "x"},     NULL                                             },
    {{NULL, OMITTED_ABSENT, 0, 0, "x"},        "does not name what tells guests"                },
    {{"more", OMITTED_OFFSET, 0, 4, "x"},      NULL                                             },
    {{"more", OMITTED_OFFSET, 0, 8, "x"},      "names no offset of a bank"                      },
    {{"MORE", OMITTED_SET, 1, 0, "x"},         NULL                                             },
    {{"MORE", OMITTED_READ, 0, 0, "x"},        NULL                                             },
    {{NULL, OMITTED_UNSEEN, 0, 0, "x"},        NULL                                             },
    {{"KICK", OMITTED_WRITE, 0, 0, "x"},       NULL                                             },
    {{NULL, OMITTED_LOGGED, 0, 0, "x"},        NULL                                             },
    {{"CTRL", OMITTED_SET, 1, 0, "x"},         NULL                                             },
};

TEST(a_row_that_cannot_be_met_or_says_nothing_is_an_error)
{
    for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
        const struct device_type type = type_of(&faults[i].row, 1);
        struct error error = {""};

        test_case("%zu", i);
        EXPECT_EQ(omissions_check(&type, &error),
                  faults[i].error ? -EINVAL : 0);
        EXPECT(!faults[i].error || strstr(error.text, faults[i].error));
    }
    const struct omission second[] = {
        omissions[0], {NULL, 0, 0, 0, "x"}
    };
    const struct device_type type = type_of(second, 2);
    EXPECT_EQ(omissions_check(&type, NULL), -EINVAL);
}

TEST(conditions_are_printed_for_people)
{
    static const char *const texts[] = {
        "`KICK` is written",
        "`CTRL`: a bit of 0x00000030 is set",
        "`CTRL`: field 0x00000c00 is made 0x00000800",
        "`CTRL`: field 0x00000006 is made other than 0x00000002",
        "`COUNT` is read",
        "offset 0x040 of timer is accessed",
        "`CTRL` asks for it",
        "`ALONE` asks for it",
        "not logged: STATUS tells guests",
        "not observable",
        "a guest asks for it",
        "`CTRL`: not observable",
        "`STATUS` is read",
    };

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        OWNED(buffer_fini) struct buffer out = {0};
        omission_print(&omissions[i], &out);
        EXPECT_STR(buffer_text(&out), texts[i]);
    }
}
