/* SPDX-License-Identifier: Apache-2.0 */
/* verify-quote by its options and its exit codes; tests/chain/quote-test.sh has
 * what a root of trust says. */
#include "commands/command.h"

#include "base/bits.h"
#include "tests/command_folder.h"

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
    write_input("evidence", "no block\n", 9);
    write_input("reference", "PCR 0 12\n", 9);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        expect(cases[i].line, 2, "", cases[i].complaint);
    }
    test_case("and what is no evidence is refused");
    expect(VERIFY "--development", 1, "",
           "evidence': block 1 (runtime alias): is missing");
    expect("verify-quote @/none --development", 1, "", "No such file");
    remove_folder();
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
