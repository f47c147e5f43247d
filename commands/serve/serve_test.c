/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of what `cairn serve rot` refuses, which is before it listens; clients
 * of one that serves are in tests/caliptra/rot-server-test.py. */
#include <unistd.h>

#include "tests/command.h"

#define SOCKET "/tmp/cairn-serve-test.sock"

TEST(a_request_that_cannot_be_served_is_refused_before_there_is_a_socket)
{
    static const struct {
        const char *line;
        int code;
        const char *err;
    } cases[] = {
        {"serve rot",                                                       COMMAND_MISUSED, "option '--socket' is missing"},
        {"serve rot --socket " SOCKET " trust",                             COMMAND_MISUSED,
         "board 'trust' is not a root of trust alone"                                                                      },
        {"serve rot --socket " SOCKET " caliptra-1.0 caliptra-1.1",
         COMMAND_MISUSED,                                                                    "caliptra-1.1"                },
        {"serve rot --socket " SOCKET " --generation 1.0 caliptra-1.1",
         COMMAND_MISUSED,                                                                    "BOARD 'caliptra-1.1' has one"},
        {"serve rot --socket " SOCKET " --generation 3.0",                  COMMAND_MISUSED,
         "--generation"                                                                                                    },
        {"serve rot --socket " SOCKET " --until never",                     COMMAND_MISUSED,
         "--until"                                                                                                         },
        {"serve rot --socket " SOCKET " --timeout 5",                       COMMAND_MISUSED,
         "'5' is no time"                                                                                                  },
        {"serve rot --socket " SOCKET " --timeout 7ns",                     COMMAND_MISUSED,
         "'7ns' is no time"                                                                                                },
        {"serve rot --socket " SOCKET " --access-time 2ms",                 COMMAND_MISUSED,
         "'2ms' is no time"                                                                                                },
        {"serve rot --socket " SOCKET " --access-time 1us --real-time",
         COMMAND_MISUSED,                                                                    "--access-time"               },
        {"serve rot --socket " SOCKET " --clients 257",                     COMMAND_MISUSED,
         "--clients"                                                                                                       },
        {"serve rot --socket " SOCKET " --user x",                          COMMAND_MISUSED,
         "'x' is no number"                                                                                                },
        {"serve rot --socket " SOCKET
         " --user 1 --user 2 --user 3 --user 4 --user 5 --user 6", COMMAND_MISUSED, "a part has 5 users, not 6"   },
        {"serve rot --socket " SOCKET " --seed x",                          COMMAND_MISUSED, "--seed"                      },
        {"serve rot --socket " SOCKET " nowhere",                           COMMAND_MISUSED, "nowhere"                     },
        {"serve rot --socket " SOCKET " --firmware /nowhere/f",             COMMAND_FAILED,
         "/nowhere/f"                                                                                                      },
        {"serve rot --socket " SOCKET " --log /nowhere/f",                  COMMAND_FAILED,
         "/nowhere/f"                                                                                                      },
        {"serve rot --socket /nowhere/s",                                   COMMAND_FAILED,  "/nowhere/s"                  },
    };
    struct outcome empty = CAIRN("serve", "rot", "--socket", "");
    EXPECT_EQ(empty.code, COMMAND_FAILED);
    EXPECT(strstr(empty.err, "socket path '' is empty") != NULL);
    outcome_fini(&empty);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("%s", cases[i].line);
        struct outcome outcome = outcome_of_line(cases[i].line, NULL);
        EXPECT_EQ(outcome.code, cases[i].code);
        EXPECT_STR(outcome.out, "");
        EXPECT(strstr(outcome.err, cases[i].err) != NULL);
        EXPECT(access(SOCKET, F_OK) != 0);
        outcome_fini(&outcome);
    }
}

TEST(help_names_the_options_by_their_groups)
{
    struct outcome outcome = CAIRN("serve", "rot", "--help");
    EXPECT_EQ(outcome.code, COMMAND_DONE);
    EXPECT(strstr(outcome.out, "--socket FILE") != NULL);
    EXPECT(strstr(outcome.out, "Time:") != NULL);
    outcome_fini(&outcome);
}
