/* SPDX-License-Identifier: Apache-2.0 */

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "commands/command.h"
#include "host/sandbox.h"
#include "host/sandbox_capabilities.h"
#include "session/option_table.h"
#include "tests/harness.h"

/* An address may be that of a socket in a folder. */
static bool names_files(const struct option *option)
{
    static const char *const words[] = {"FILE",    "FOLDER", "BUNDLE",
                                        "OVERLAY", "SCRIPT", "ADDRESS"};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (option->argument && strstr(option->argument, words[i])) {
            return true;
        }
    }
    return false;
}

/* A file that the table lacks could not be read, or written, in the sandbox. */
TEST(every_option_with_files_says_what_becomes_of_them)
{
    /* The command opens the first four before; the lists of the next eight are
     * in session/sandbox.c and session/targets.c; back ends open what the
     * others name before, or have a right of their own. */
    static const char *const others[] = {
        "log",   "events",  "report", "password-file", "image",
        "load",  "with",    "module", "allow",         "symbols",
        "power", "profile", "disk",   "share",         "tpm"};
    const char *const words[] = {"run"};
    size_t used = 0;
    const struct command *command = command_find(1, words, &used);
    REQUIRE(command);
    for (size_t i = 0; i < command->option_count; i++) {
        const struct option *option = &command->options[i];
        test_case("--%s", option->name);
        bool own = false;
        for (size_t j = 0; j < ARRAY_SIZE(others); j++) {
            own = own || strcmp(option->name, others[j]) == 0;
        }
        EXPECT_EQ(own || session_options_table[i].value == SESSION_VALUE_PATH,
                  names_files(option));
    }
}

/* Else the tests behind this one would be in it. */
TEST(a_process_of_others_is_left_alone)
{
    EXPECT(!command_owns_process());
}

/* The section about what remains in the sandbox is made from its tables. */
static void expect_page(const struct command *command, unsigned always)
{
    OWNED(buffer_fini) struct buffer page = {0};
    REQUIRE(command && command->describe);
    command->describe(&page);
    const char *text = buffer_text(&page);
    for (size_t i = 0; i < sandbox_capability_count; i++) {
        const struct sandbox_capability *row = &sandbox_capabilities[i];
        OWNED(free_at) char *line = xasprintf("\n    %s ", row->words);
        const char *found = strstr(text, line);
        test_case("%s: %s", command->name, row->name);
        if (EXPECT(found)) {
            found += strlen(line);
            found += strspn(found, " ");
            EXPECT_EQ(strncmp(found, "yes ", 4) == 0,
                      sandbox_lets(row->calls & row->files, always));
        }
    }
    test_case("%s: calls", command->name);
    if (sandbox_count(always) != 0) {
        char *line = xasprintf("lets %d system calls", sandbox_count(always));
        EXPECT(strstr(text, line));
        EXPECT(strstr(text, "newfstatat"));
        free(line);
    }
}

TEST(pages_show_what_the_sandbox_leaves)
{
    const char *const words[] = {"run", "serve", "rot"};
    size_t used = 0;
    expect_page(command_find(1, words, &used), 0);
    expect_page(command_find(2, words + 1, &used),
                SANDBOX_PEERS | SANDBOX_KEEPER);
}

TEST(a_page_shows_the_options_of_its_command_alone)
{
    OWNED(buffer_fini) struct buffer page = {0};
    const char *const words[] = {"serve", "rot"};
    size_t used = 0;
    const struct command *command = command_find(2, words, &used);
    REQUIRE(command && command->describe);
    command->describe(&page);
    EXPECT(strstr(buffer_text(&page), "  B  --allow\n"));
    EXPECT(!strstr(buffer_text(&page), "--share"));
    EXPECT(!strstr(buffer_text(&page), "with T"));
}
