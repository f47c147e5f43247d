/* SPDX-License-Identifier: Apache-2.0 */
/* verify-quote by its options and its exit codes; tests/quote-test.sh has what
 * a root of trust says. */
#include "commands/command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "tests/command.h"

static char folder[64];

static void expect(const char *line, int code, const char *out, const char *err)
{
    expect_line(line, folder, code, out, err);
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
