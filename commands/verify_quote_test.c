/* SPDX-License-Identifier: Apache-2.0 */
/* verify-quote by its options and its exit codes; tests/quote-test.sh has what
 * a root of trust says. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "commands/command.h"
#include "host/file.h"
#include "tests/harness.h"

static char folder[64];

/* Runs "cairn LINE"; @ in the line is the folder of this test. */
static int cairn(const char *line, char **out, char **err)
{
    enum { WORDS = 16 };
    struct buffer full = {0};
    size_t size = 0;
    for (; *line != '\0'; line++) {
        buffer_print(&full, *line == '@' ? "%s" : "%.1s",
                     *line == '@' ? folder : line);
    }
    char *copy = xstrdup(buffer_text(&full));
    const char *words[WORDS] = {"cairn"};
    int count = 1;
    char *rest = NULL;
    for (char *word = strtok_r(copy, " ", &rest); word && count < WORDS;
         word = strtok_r(NULL, " ", &rest)) {
        words[count++] = word;
    }
    FILE *out_file = open_memstream(out, &size);
    FILE *err_file = open_memstream(err, &size);
    int code = command_main(count, words, out_file, err_file);
    fclose(out_file);
    fclose(err_file);
    free(copy);
    buffer_fini(&full);
    return code;
}

static void expect(const char *line, int code, const char *out, const char *err)
{
    char *got_out = NULL;
    char *got_err = NULL;
    test_case("%s", line);
    EXPECT_EQ(cairn(line, &got_out, &got_err), code);
    EXPECT(strstr(got_out, out) != NULL);
    if (!EXPECT(strstr(got_err, err) != NULL)) {
        EXPECT_STR(got_err, err);
    }
    free(got_out);
    free(got_err);
}

static void write_file(const char *name, const char *text)
{
    char *path = xasprintf("%s/%s", folder, name);
    EXPECT_EQ(file_write(path, text, strlen(text), NULL), 0);
    free(path);
}

static bool make_folder(void)
{
    strcpy(folder, "/tmp/cairn-verify-quote-XXXXXX");
    return EXPECT(mkdtemp(folder) != NULL);
}

static void remove_file(const char *name)
{
    char *path = xasprintf("%s/%s", folder, name);
    unlink(path);
    free(path);
}

#define VERIFY "verify-quote @/evidence "

TEST(misuse_is_told_from_refusal)
{
    static const struct {
        const char *line;
        const char *complaint;
    } cases[] = {
        {VERIFY,                                         "either --root FILE or --development"},
        {VERIFY "--development --root x",                "either --root FILE or"              },
        {VERIFY "--root @/none",                         "No such file"                       },
        {VERIFY "--development --nonce 12",
         "option '--nonce': '12' is not 64 hexadecimal digits"                                },
        {VERIFY "--development --pcr 1=12",
         "option '--pcr': '1=12' is not N=HEX, N from 0 to 31 and 96 digits"                  },
        {VERIFY "--development --pcr 32=12",             "'32=12' is not N=HEX"               },
        {VERIFY "--development --resets 1",
         "option '--resets': '1' is not N=COUNT"                                              },
        {VERIFY "--development --resets 1=x",            "'1=x' is not N=COUNT"               },
        {VERIFY "--development --resets -1=1",           "is not N=COUNT"                     },
        {VERIFY "--development --attime noon",           "attime"                             },
        {VERIFY "--development --reference @/reference",
         "reference:1: expected 'PCR N VALUE'"                                                },
        {VERIFY "--development --reference @/none",      "No such file"                       },
        {"verify-quote --development",                   "FILE"                               },
    };
    REQUIRE(make_folder());
    write_file("evidence", "no block\n");
    write_file("reference", "PCR 0 12\n");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        expect(cases[i].line, 2, "", cases[i].complaint);
    }
    test_case("and what is no evidence is refused");
    expect(VERIFY "--development", 1, "",
           "evidence': block 1 (runtime alias): is missing");
    expect("verify-quote @/none --development", 1, "", "No such file");
    remove_file("evidence");
    remove_file("reference");
    rmdir(folder);
}

TEST(the_development_manufacturer_is_a_file_for_others_too)
{
    expect("keys root", 0, "-----BEGIN CERTIFICATE-----", "");
    expect("keys root more", 2, "", "more");
}

TEST(options_of_a_quote_go_with_a_quote)
{
    expect("run --nonce 00", 2, "",
           "option '--nonce' has no effect without --quote");
    expect("run --idevid-issuer x", 2, "", "has no effect without --quote");
    expect("run --quote q --nonce 00", 2, "",
           "option '--nonce': '00' is not 64 hexadecimal digits");
    expect("run --quote q --idevid-issuer /none", 1, "", "No such file");
}
