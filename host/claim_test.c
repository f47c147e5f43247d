/* SPDX-License-Identifier: Apache-2.0 */
#include "host/claim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bits.h"
#include "host/file.h"
#include "tests/harness.h"

/* A folder with the file "old", links to it and to nothing, and a pipe. */
static void enter(char *folder)
{
    REQUIRE(mkdtemp(folder) && chdir(folder) == 0);
    REQUIRE(file_write("old", "x", 1, NULL) == 0 && mkdir("in", 0700) == 0);
    REQUIRE(symlink("old", "soft") == 0 && link("old", "hard") == 0);
    REQUIRE(symlink("in/later", "ahead") == 0 && mkfifo("pipe", 0600) == 0);
}

static void leave(const char *folder)
{
    static const char *const names[] = {"old",  "soft", "hard",
                                        "pipe", "in",   "ahead"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        remove(names[i]);
    }
    REQUIRE(chdir("/") == 0 && rmdir(folder) == 0);
}

TEST(one_file_has_one_name_if_it_is_written)
{
    static const struct {
        struct file_claim claims[2];
        const char *words; /* NULL: no clash */
        bool first_is_to_blame;
    } rows[] = {
        {{{"in", "old", false, NULL}, {"out", "old", true, NULL}},
         "--in reads 'old' too",                                                    false},
        {{{"out", "./in/../old", true, NULL}, {"IMAGE", "old", false, NULL}},
         "IMAGE reads './in/../old' too, as 'old'",                                 true },
        {{{"a", "soft", true, NULL}, {"b", "hard", true, NULL}},
         "--a writes 'hard' too, as 'soft'",                                        false},
        {{{"a", "new", true, NULL}, {"b", "./new", true, NULL}},
         "--a writes './new' too, as 'new'",                                        false},
        {{{"a", "ahead", true, NULL}, {"b", "in//later", true, NULL}},
         "--a writes 'in//later' too, as 'ahead'",                                  false},
        {{{"a", "new", true, NULL}, {"b", "in/new", true, NULL}},             NULL, false},
        {{{"a", "new", false, NULL}, {"b", "new", true, NULL}},               NULL, false},
        {{{"a", "old", false, NULL}, {"b", "old", false, NULL}},              NULL, false},
        {{{"a", "old", false, "b"}, {"b", "old", true, NULL}},                NULL, false},
        {{{"a", "old", true, NULL}, {"b", "old", false, "a"}},                NULL, false},
        {{{"a", "pipe", true, NULL}, {"b", "pipe", true, NULL}},              NULL, false},
        {{{"a", "/dev/null", true, NULL}, {"b", "/dev/null", true, NULL}},
         NULL,                                                                      false},
        {{{"a", "/dev/stdout", true, NULL}, {"b", "/dev/fd/1", true, NULL}},
         NULL,                                                                      false},
        {{{"a", "-", true, NULL}, {"b", "-", true, NULL}},                    NULL, false},
        {{{"a", "", true, NULL}, {"b", "", true, NULL}},                      NULL, false},
        {{{"a", NULL, true, NULL}, {"b", "old", true, NULL}},                 NULL, false},
    };
    char folder[] = "/tmp/cairn-claim-XXXXXX";
    enter(folder);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct file_claim *claims = rows[i].claims;
        const struct file_claim *first = NULL;
        const struct file_claim *second = NULL;
        OWNED(file_claims_fini) struct file_claims list = {0};
        file_claim_add(&list, &claims[0]);
        file_claim_add(&list, &claims[1]);
        test_case("%zu", i);
        EXPECT_EQ(file_claims_clash(&list, &first, &second),
                  rows[i].words != NULL);
        if (rows[i].words && second) {
            const size_t blamed = rows[i].first_is_to_blame ? 0 : 1;
            OWNED(free_at) char *words = file_claims_words(first, second);
            EXPECT_STR(words, rows[i].words);
            EXPECT_STR(second->name, claims[blamed].name);
        }
    }
    leave(folder);
}

TEST(a_list_has_as_many_claims_as_there_are)
{
    OWNED(file_claims_fini) struct file_claims list = {0};
    const struct file_claim *first;
    const struct file_claim *second;
    for (unsigned i = 0; i < 300; i++) {
        char *path = xasprintf("/tmp/cairn-claim-%u", i % 299);
        file_claim_add(
            &list, &(struct file_claim){.name = "save",
                                        .path = file_claim_keep(&list, path),
                                        .written = true});
    }
    REQUIRE(file_claims_clash(&list, &first, &second));
    EXPECT_STR(first->path, "/tmp/cairn-claim-0");
    EXPECT_STR(second->path, first->path);
}
