/* SPDX-License-Identifier: Apache-2.0 */
#include "session/variables.h"

#include <errno.h>
#include <string.h>

#include "base/bits.h"
#include "host/file.h"
#include "tests/harness.h"

#define BUNDLE "build/out/guest/caliptra/embedded/firmware.bundle"

/* The list, with a blank behind each. */
static void print_all(const struct session_variables *variables,
                      struct buffer *out)
{
    for (size_t i = 0; i < variables->count; i++) {
        buffer_print(out, "%s ", variables->list[i]);
    }
}

TEST(a_script_has_variables_by_options_fuses_and_firmware)
{
    static const char *const set[] = {"A=b", "SEED=x"};
    static const struct {
        struct session_options options;
        const char *fuses;
        const char *firmware;
        int code;
        const char *expected;
    } rows[] = {
        {{.seed = 7},
         "",                                   NULL,
         0,    "SECURITY_STATE=7 SEED=7 UNTIL=runtime UNTIL=goal "                 },
        {{.seed = UINT64_MAX, .gdb = "0"},
         "",                                   NULL,
         0,    "SECURITY_STATE=7 SEED=18446744073709551615 UNTIL=reset UNTIL=goal "},
        {{.until = "fmc", .gdb = "0"},
         "",                                   NULL,
         0,    "SECURITY_STATE=7 SEED=0 UNTIL=fmc UNTIL=goal "                     },
        {{.variables = set, .variable_count = 2},
         "",                                   BUNDLE,
         0,    "SECURITY_STATE=7 SEED=0 UNTIL=runtime "
         "FIRMWARE=firmware.bundle FMC_ENTRY=0x40000000 A=b SEED=x "
         "UNTIL=goal "                                                  },
        {{.has_life_cycle = true, .life_cycle = 3},
         "life_cycle = 0\n",                   NULL,
         0,    "SECURITY_STATE=7 SEED=0 UNTIL=runtime FUSES=part.fuses UNTIL=goal "},
        {{.debug_unlocked = true},
         "life_cycle = 1\ndebug_locked = 1\n", "README.md",
         0,    "SECURITY_STATE=1 SEED=0 UNTIL=runtime "
         "FIRMWARE=firmware.bundle FUSES=part.fuses UNTIL=goal "        },
        {{.board = NULL},
         "debug_locked = 0\n",                 NULL,
         0,    "SECURITY_STATE=3 SEED=0 UNTIL=runtime FUSES=part.fuses UNTIL=goal "},
        {{.board = NULL},
         "nothing\n",                          NULL,
         -EIO,
         "part.fuses:1: expected 'name = value'"                                   },
        {{.fuses = "a"},
         "nothing\n",                          NULL,
         -EIO,
         "a:1: expected 'name = value'"                                            },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct session_variables variables = {0};
        struct session_start start = {.options = &rows[i].options};
        struct session_error why = {0};
        struct error error = {""};
        struct buffer text = {0};

        test_case("row %zu", i);
        buffer_append(&start.fuses, rows[i].fuses, strlen(rows[i].fuses));
        if (rows[i].firmware) {
            EXPECT_EQ(
                file_read(rows[i].firmware, 1 << 20, &start.firmware, &error),
                0);
        }
        EXPECT_EQ(
            session_variables_make(&variables, &rows[i].options, &start, &why),
            rows[i].code);
        if (rows[i].code == 0) {
            session_variables_until(&variables, "goal");
            print_all(&variables, &text);
        } else {
            buffer_print(&text, "%s", why.text);
        }
        EXPECT_STR(buffer_text(&text), rows[i].expected);
        session_variables_fini(&variables);
        buffer_fini(&text);
        buffer_fini(&start.fuses);
        buffer_fini(&start.firmware);
    }
}
