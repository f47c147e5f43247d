/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of three profiles, right and wrong in one place. */
#include "trust/psa/token.h"

#include "tests/psa_made.h"

/* That nothing is refused, or that a check refuses and says this. */
static void expect_bytes(const struct buffer *bytes,
                         const struct psa_wanted *wanted, const char *refused,
                         const char *text)
{
    struct psa_token token;
    OWNED(verdict_fini) struct verdict verdict = {0};
    struct error error = {""};

    EXPECT_EQ(psa_token_read(&token, bytes->bytes, bytes->size, &error), 0);
    EXPECT_STR(error.text, "");
    psa_token_verify(&token, wanted, &verdict);
    EXPECT_EQ(verdict_decide(&verdict) == VERDICT_IS_REFUSED, refused != NULL);
    if (refused != NULL) {
        const struct verdict_check *check = verdict_find(&verdict, refused);
        if (EXPECT(check != NULL && check->result == VERDICT_REFUSED)) {
            EXPECT_STR(check->text, text);
        }
    }
}

static void expect(const struct recipe *recipe, const char *refused,
                   const char *text)
{
    OWNED(buffer_fini) struct buffer bytes = {0};
    struct psa_wanted wanted = {.key = signer(recipe->signer)->key};

    make(recipe, &bytes);
    expect_bytes(&bytes, &wanted, refused, text);
}

TEST(tokens_of_each_profile_and_curve_verify)
{
    static const char *const profiles[] = {"http://arm.com/psa/2.0.0",
                                           "tag:psacertified.org,2023:psa#tfm"};
    for (size_t i = 0; i < ARRAY_SIZE(signers); i++) {
        struct recipe recipe = first();
        test_case("%s", signers[i].group);
        recipe.signer = i;
        expect(&recipe, NULL, NULL);
        recipe.profile = NULL; /* need not be there */
        recipe.tag = 0;
        expect(&recipe, NULL, NULL);
        recipe = cca();
        recipe.signer = i;
        expect(&recipe, NULL, NULL);
        for (size_t j = 0; j < ARRAY_SIZE(profiles); j++) {
            recipe = later();
            recipe.signer = i;
            recipe.profile = profiles[j];
            expect(&recipe, NULL, NULL);
        }
    }
}

TEST(claims_of_another_kind_or_size_are_refused_by_name)
{
    static const struct {
        bool has_first_keys;
        const char *claim;
        const char *value;
        const char *text;
    } rows[] = {
        {true,  "client-id",               NULL,                           "expected, and there is none"                                  },
        {true,  "security-lifecycle",      NULL,                           "expected, and there is none"                                  },
        {true,  "boot-seed",               NULL,                           "expected, and there is none"                                  },
        {true,  "nonce",                   NULL,                           "expected, and there is none"                                  },
        {true,  "implementation-id",       NULL,                           "expected, and there is none"                                  },
        {true,  "instance-id",             NULL,                           "expected, and there is none"                                  },
        {true,  "software-components",     NULL,
         "at least one expected, found none"                                                                                              },
        {false, "software-components",     NULL,                           "expected, and there is none"                                  },
        {false, "software-components",     "80",
         "at least one expected, found none"                                                                                              },
        {false, "software-components",     "01",
         "array expected, found unsigned number"                                                                                          },
        {true,  "client-id",               "6161",                         "number of 32 bits expected, found text"                       },
        {true,  "client-id",               "1a80000000",
         "number of 32 bits expected, found unsigned number"                                                                              },
        {true,  "client-id",               "3a80000000",
         "number of 32 bits expected, found negative number"                                                                              },
        {true,  "security-lifecycle",      "f6",
         "number of 32 bits expected, found simple value"                                                                                 },
        {true,  "nonce",                   "4101",                         "32, 48 or 64 bytes expected, found 1"                         },
        {true,  "nonce",                   "6161",                         "byte string expected, found text"                             },
        {true,  "implementation-id",       "4101",                         "32 bytes expected, found 1"                                   },
        {true,  "instance-id",             "4101",
         "33 bytes, the first 0x01, expected, found 1"                                                                                    },
        {true,  "boot-seed",               "480102030405060708",           "32 bytes expected, found 8"                                   },
        {false, "boot-seed",               "4701020304050607",
         "8 to 32 bytes expected, found 7"                                                                                                },
        {false, "client-id",               "00",
         "a number below or above 0 expected, found 0 (0x0)"                                                                              },
        {true,  "client-id",               "00",
         "a number below or above 0 expected, found 0 (0x0)"                                                                              },
        {false, "security-lifecycle",      "190100",
         "0xN000 to 0xN0ff with N from 0 to 6 expected, found 256 (0x100)"                                                                },
        {false, "security-lifecycle",      "193100",
         "0xN000 to 0xN0ff with N from 0 to 6 expected, found 12544 (0x3100)"                                                             },
        {true,  "security-lifecycle",      "197000",
         "0xN000 to 0xN0ff with N from 0 to 6 expected, found 28672 (0x7000)"                                                             },
        {false, "security-lifecycle",      "20",
         "0xN000 to 0xN0ff with N from 0 to 6 expected, found -1 "
         "(0xffffffffffffffff)"                                                                                                           },
        {false, "certification-reference", "6d30363034353635323732383239",
         "13 digits, a hyphen and 5 digits expected, found another text"                                                                  },
        {true,  "certification-reference",
         "73303630343536353237323832392d3130303161",                       "13 digits, a hyphen and 5 digits expected, found another text"},
        {true,  "instance-id",
         "582102aa000000000000000000000000000000000000000000000000000000000000b"
         "b",                                                              "33 bytes, the first 0x01, expected, found 33, 02aa0000..."    },
        {true,  "certification-reference", "01",
         "text expected, found unsigned number"                                                                                           },
        {true,  "verification-service",    "4101",
         "text expected, found byte string"                                                                                               },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct recipe recipe = rows[i].has_first_keys ? first() : later();
        test_case("%s %s", rows[i].claim,
                  rows[i].value != NULL ? rows[i].value : "left out");
        recipe.replaced = rows[i].claim;
        recipe.value = rows[i].value;
        if (strcmp(rows[i].claim, "nonce") == 0 && rows[i].value == NULL) {
            /* By its key the profile is known when that is not named. */
            recipe.profile = "PSA_IOT_PROFILE_1";
        }
        expect(&recipe, rows[i].claim, rows[i].text);
    }
}

/* The ends of ranges, and the first profile's shorter reference. */
TEST(values_at_the_ends_of_their_ranges_hold)
{
    static const struct {
        bool has_first_keys;
        const char *claim;
        const char *value;
    } rows[] = {
        {false, "client-id",               "01"                          },
        {false, "client-id",               "20"                          },
        {false, "client-id",               "1a7fffffff"                  },
        {false, "client-id",               "3a7fffffff"                  },
        {false, "security-lifecycle",      "00"                          },
        {false, "security-lifecycle",      "18ff"                        },
        {true,  "security-lifecycle",      "191000"                      },
        {true,  "security-lifecycle",      "1960ff"                      },
        {true,  "certification-reference", "6d30363034353635323732383239"},
        {false, "certification-reference",
         "73303630343536353237323832392d3130303130"                      },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct recipe recipe = rows[i].has_first_keys ? first() : later();
        test_case("%s %s", rows[i].claim, rows[i].value);
        recipe.replaced = rows[i].claim;
        recipe.value = rows[i].value;
        expect(&recipe, NULL, NULL);
    }
}

TEST(what_a_profile_does_not_ask_for_may_be_missing)
{
    struct recipe recipe = later();
    recipe.replaced = "boot-seed";
    expect(&recipe, NULL, NULL);
    recipe.value = "480102030405060708";
    expect(&recipe, NULL, NULL);
    recipe = cca();
    recipe.replaced = "boot-seed";
    expect(&recipe, NULL, NULL);
    recipe.replaced = "platform-config";
    expect(&recipe, "platform-config", "expected, and there is none");
    recipe.replaced = "platform-hash-algorithm";
    expect(&recipe, "platform-hash-algorithm", "expected, and there is none");
}

/* In the first profile alone; 1 is its only value. */
TEST(a_token_may_say_that_nothing_was_measured)
{
    struct recipe recipe = first();
    recipe.replaced = "software-components";
    recipe.extra_key = -75007;
    recipe.extra_value = "01";
    expect(&recipe, NULL, NULL);
    recipe.extra_value = "02";
    expect(&recipe, "software-components", "at least one expected, found none");
    recipe.extra_value = "20";
    expect(&recipe, "software-components", "at least one expected, found none");
}

TEST(claims_are_proven_together_or_not_at_all)
{
    struct recipe recipe = first();
    for (int good = 1; good >= 0; good--) {
        OWNED(buffer_fini) struct buffer bytes = {0};
        struct psa_token token;
        OWNED(verdict_fini) struct verdict verdict = {0};
        struct psa_wanted wanted = {.key = signer(0)->key};
        recipe.replaced = good ? NULL : "boot-seed";
        make(&recipe, &bytes);
        EXPECT_EQ(psa_token_read(&token, bytes.bytes, bytes.size, NULL), 0);
        psa_token_verify(&token, &wanted, &verdict);
        EXPECT_EQ(verdict_find(&verdict, "claims") != NULL, good);
    }
}

TEST(members_of_components_are_judged_as_claims_are)
{
    static const struct {
        const char *member;
        const char *value;
        const char *check;
        const char *text;
    } rows[] = {
        {"measurement-value", NULL,   "component 0 measurement-value",
         "expected, and there is none"                                     },
        {"measurement-value", "4101", "component 0 measurement-value",
         "32, 48 or 64 bytes expected, found 1"                            },
        {"signer-id",         NULL,   "component 0 signer-id",
         "expected, and there is none"                                     },
        {"signer-id",         "01",   "component 0 signer-id",
         "byte string expected, found unsigned number"                     },
        {"version",           "4101", "component 0 version",
         "text expected, found byte string"                                },
        {"version",           NULL,   NULL,                            NULL},
        {"measurement-type",  NULL,   NULL,                            NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct recipe recipe = first();
        test_case("%zu", i);
        recipe.member = rows[i].member;
        recipe.member_value = rows[i].value;
        expect(&recipe, rows[i].check, rows[i].text);
    }
}

TEST(profiles_are_named_and_do_not_mix)
{
    struct recipe recipe = later();
    recipe.profile = "http://arm.com/psa/3.0.0";
    expect(&recipe, "profile",
           "one of PSA or of a CCA platform expected, found another");
    recipe.profile = NULL;
    expect(&recipe, "profile", "expected, and there is none");
    recipe.profile = "PSA_IOT_PROFILE_1";
    expect(&recipe, "nonce",
           "a key of profile PSA_IOT_PROFILE_1 expected, found 10");
    recipe = first();
    recipe.profile = "http://arm.com/psa/2.0.0";
    expect(&recipe, "client-id",
           "a key of profile http://arm.com/psa/2.0.0 expected, found -75001");
}

/* ---- Signature, nonce, instance ------------------------------------------ */

FIXTURE(struct buffer, bytes, buffer_fini)

TEST_BEGINS(another_signer_or_algorithm_is_refused, bytes)
{
    struct recipe recipe = first();
    struct psa_wanted wanted = {.key = signer(1)->key};
    make(&recipe, bytes);
    expect_bytes(bytes, &wanted, "algorithm",
                 "ES384 (-35), that of the key, expected, found ES256 (-7)");
    wanted.key = signer(0)->key;
    bytes->bytes[bytes->size - 1] ^= 1;
    expect_bytes(bytes, &wanted, "signature",
                 "ES256, but not by the key that was given");
    buffer_fini(bytes);
    recipe.algorithm = -8;
    expect(&recipe, "algorithm",
           "ES256 (-7), that of the key, expected, found none that is known "
           "(-8)");
    /* The algorithm's number is signed, too. */
    recipe.signer = 1;
    recipe.algorithm = -7;
    make(&recipe, bytes);
    wanted.key = signer(0)->key;
    expect_bytes(bytes, &wanted, "signature", "64 bytes expected, found 96");
}

TEST_BEGINS(a_change_of_any_byte_of_claims_or_signature_is_refused, bytes)
{
    struct recipe recipe = first();
    struct psa_wanted wanted = {.key = signer(0)->key};
    make(&recipe, bytes);
    for (size_t at = 0; at < bytes->size; at++) {
        struct psa_token token;
        struct verdict verdict = {0};
        bytes->bytes[at] ^= (uint8_t)(1u << at % 8);
        if (psa_token_read(&token, bytes->bytes, bytes->size, NULL) == 0) {
            psa_token_verify(&token, &wanted, &verdict);
            test_case("0x%zx", at);
            EXPECT_EQ(verdict_decide(&verdict), VERDICT_IS_REFUSED);
            verdict_fini(&verdict);
        }
        bytes->bytes[at] ^= (uint8_t)(1u << at % 8);
    }
    expect_bytes(bytes, &wanted, NULL, NULL);
}

TEST_BEGINS(a_nonce_is_compared_or_open, bytes)
{
    struct recipe recipe = later();
    uint8_t nonce[64] = {1, 2, 3};
    struct psa_wanted wanted = {
        .key = signer(0)->key, .nonce = nonce, .nonce_size = 32};
    make(&recipe, bytes);
    expect_bytes(bytes, &wanted, NULL, NULL);
    nonce[31] = 1;
    expect_bytes(
        bytes, &wanted, "nonce",
        "0102030000000000000000000000000000000000000000000000000000000001 "
        "expected, found "
        "0102030000000000000000000000000000000000000000000000000000000000");
    nonce[31] = 0;
    wanted.nonce_size = 48;
    struct psa_token token;
    struct verdict verdict = {0};
    EXPECT_EQ(psa_token_read(&token, bytes->bytes, bytes->size, NULL), 0);
    psa_token_verify(&token, &wanted, &verdict);
    EXPECT_EQ(verdict_find(&verdict, "nonce")->result, VERDICT_REFUSED);
    verdict_fini(&verdict);
    wanted.nonce = NULL;
    psa_token_verify(&token, &wanted, &verdict);
    EXPECT_EQ(verdict_find(&verdict, "nonce")->result, VERDICT_UNDECIDED);
    EXPECT_EQ(verdict_decide(&verdict), VERDICT_IS_UNDECIDED);
    verdict_fini(&verdict);
}

/* The hash of the key, what the verifier expects, or else an open point. */
TEST_BEGINS(an_instance_is_compared_or_open, bytes)
{
    static const char other[] =
        "5821"
        "01aa000000000000000000000000000000000000000000000000000000000000bb";
    struct recipe recipe = later();
    struct psa_wanted wanted = {.key = signer(0)->key};
    struct psa_token token;
    struct verdict verdict = {0};
    recipe.replaced = "instance-id";
    recipe.value = other;
    make(&recipe, bytes);
    EXPECT_EQ(psa_token_read(&token, bytes->bytes, bytes->size, NULL), 0);
    psa_token_verify(&token, &wanted, &verdict);
    const struct verdict_check *check = verdict_find(&verdict, "instance-id");
    REQUIRE(check != NULL);
    EXPECT_EQ(check->result, VERDICT_OPEN);
    EXPECT(strstr(check->text, other + 4) == check->text);
    EXPECT(verdict_decide(&verdict) != VERDICT_IS_REFUSED);
    verdict_fini(&verdict);
    for (int i = 0; i < 2; i++) {
        uint8_t instance[PSA_INSTANCE_SIZE] = {1, 0xaa};
        instance[32] = i == 0 ? 0xbb : 0xbc;
        wanted.instance = instance;
        psa_token_verify(&token, &wanted, &verdict);
        EXPECT_EQ(verdict_find(&verdict, "instance-id")->result,
                  i == 0 ? VERDICT_PROVEN : VERDICT_REFUSED);
        verdict_fini(&verdict);
    }
}

/* A parameter in the header that is not signed. */
TEST(what_no_signature_covers_is_named)
{
    static const uint8_t parameter[] = {0x04, 0x41, 0x61};
    uint8_t nonce[64] = {1, 2, 3};
    struct recipe recipe = later();
    struct psa_wanted wanted = {
        .key = signer(0)->key, .nonce = nonce, .nonce_size = 32};
    struct psa_token token;
    OWNED(verdict_fini) struct verdict verdict = {0};
    OWNED(buffer_fini) struct buffer bytes = {0};
    OWNED(buffer_fini) struct buffer longer = {0};
    make(&recipe, &bytes);
    REQUIRE(psa_token_read(&token, bytes.bytes, bytes.size, NULL) == 0);
    size_t at = token.unprotected_offset;
    buffer_append(&longer, bytes.bytes, at);
    longer.bytes[at - 1] = 0xa1;
    buffer_append(&longer, parameter, sizeof(parameter));
    buffer_append(&longer, bytes.bytes + at, bytes.size - at);
    REQUIRE(psa_token_read(&token, longer.bytes, longer.size, NULL) == 0);
    psa_token_verify(&token, &wanted, &verdict);
    EXPECT_EQ(verdict_decide(&verdict), VERDICT_IS_TRUSTED);
    for (size_t i = 0; i < longer.size; i++) {
        test_case("0x%zx", i);
        EXPECT_EQ(verdict_names_byte(&verdict, i),
                  i >= at && i < at + sizeof(parameter));
    }
}

TEST(what_is_no_token_is_named)
{
    static const struct {
        const char *hex;
        const char *text;
    } rows[] = {
        {"",                               "offset 0x0: the CBOR item is cut off"                       },
        {"d2",                             "offset 0x1: the CBOR item is cut off"                       },
        {"d184",
         "the token is a COSE_Mac0: the key that verifies it also makes it, "
         "and none can be given"                                                                        },
        {"d9018fa0",
         "the token is a CCA token (tag 399), of a platform's and a realm's: "
         "only the platform's alone is verified"                                                        },
        {"d9038ba0",
         "the token is a CCA token (tag 907), of a platform's and a realm's: "
         "only the platform's alone is verified"                                                        },
        {"d384",                           "tag 18 expected for a COSE_Sign1, found 19"                 },
        {"d283",
         "offset 0x1: array of 4 expected for a COSE_Sign1, found array"                                },
        {"a0",                             "offset 0x0: array of 4 expected for a COSE_Sign1, found map"},
        {"84a0",
         "protected header: offset 0x1: byte string expected, found map"                                },
        {"8440f6",
         "unprotected header: offset 0x2: map expected, found simple value"                             },
        {"8440a0f640",
         "payload: offset 0x3: byte string expected, found simple value"                                },
        {"8440a04040",
         "protected header: it is empty, so that no algorithm is signed"                                },
        {"8441a0a0404000",                 "offset 0x6: 0x1 bytes behind the token"                     },
        {"8441a0a04040",                   "claims: offset 0x0: the CBOR item is cut off"               },
        {"8441a0a041a140",                 "offset 0x1: the CBOR item is cut off"                       },
        {"8441a0a042a00040",               "offset 0x1: 0x1 bytes behind the claims"                    },
        {"8444a1028101a041a040",
         "protected header: it names parameters that must be understood, and "
         "none are"                                                                                     },
        {"8441a0a045a20a400a4040",         "nonce: there are two"                                       },
        {"8441a0a049a119095f81a204010440",
         "offset 0x9: the CBOR item is cut off"                                                         },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct psa_token token;
        struct error error = {""};
        OWNED(buffer_fini) struct buffer bytes = {0};
        test_case("%s", rows[i].hex);
        put_hex(&bytes, rows[i].hex);
        EXPECT_EQ(psa_token_read(&token, bytes.bytes, bytes.size, &error),
                  -EINVAL);
        EXPECT_STR(error.text, rows[i].text);
    }
}

TEST_BEGINS(headers_that_are_not_known_are_passed_over, bytes)
{
    struct psa_token token;
    /* {[1]: 0, "a": {}, 1: -7} */
    put_hex(bytes, "8449a38101006161a00126a041a040");
    EXPECT_EQ(psa_token_read(&token, bytes->bytes, bytes->size, NULL), 0);
    EXPECT_EQ(token.algorithm, -7);
}

TEST_BEGINS(more_components_than_there_is_room_for_are_refused, bytes)
{
    struct psa_token token;
    struct error error = {""};
    put_hex(bytes, "8441a0a05826a119095f9821");
    for (unsigned i = 0; i < 33; i++) {
        put_hex(bytes, "a0");
    }
    bytes->bytes[5] = 6 + 33;
    put_hex(bytes, "40");
    EXPECT_EQ(psa_token_read(&token, bytes->bytes, bytes->size, &error),
              -EINVAL);
    EXPECT_STR(error.text,
               "software-components: at most 32 expected, found 33");
}

TEST(keys_of_other_kinds_are_refused)
{
    struct error error = {""};
    struct mcuboot_key *key = made_key(MCUBOOT_ED25519);
    struct buffer pem = {0};
    EXPECT(psa_key_read("x", 1, &error) == NULL);
    EXPECT_STR(error.text, "no key in PEM");
    error_clear(&error);
    mcuboot_key_public_pem(key, &pem);
    EXPECT(psa_key_read(pem.bytes, pem.size, &error) == NULL);
    EXPECT_STR(error.text, "the key is not on P-256, P-384 or P-521");
    buffer_fini(&pem);
    mcuboot_key_destroy(key);
    psa_key_destroy(NULL);
}

/* ---- Words --------------------------------------------------------------- */

TEST_BEGINS(claims_are_explained_to_people, bytes)
{
    struct recipe recipe = later();
    struct psa_token token;
    OWNED(buffer_fini) struct buffer text = {0};
    struct json json;
    recipe.replaced = "instance-id"; /* the key is another each time */
    recipe.value = "4101";
    recipe.extra_key = -99999;
    recipe.extra_value = "64610a7f62"; /* not all of it can be printed */
    make(&recipe, bytes);
    REQUIRE(psa_token_read(&token, bytes->bytes, bytes->size, NULL) == 0);
    psa_token_print(&token, &text);
    json_init(&json, &text);
    json_begin_object(&json, NULL);
    psa_token_print_json(&token, &json);
    json_end_object(&json);
    buffer_print(&text, "\n");
    EXPECT_APPROVED(buffer_text(&text), "psa_token.txt");
}

TEST(life_cycles_have_names)
{
    static const struct {
        const char *value;
        const char *text;
    } rows[] = {
        {"00",     "0 (0x0, unknown)"                         },
        {"191000", "4096 (0x1000, assembly and test)"         },
        {"1930ff", "12543 (0x30ff, secured)"                  },
        {"195000", "20480 (0x5000, recoverable PSA RoT debug)"},
        {"196000", "24576 (0x6000, decommissioned)"           },
        {"197000", "28672 (0x7000, reserved)"                 },
        {"193100", "12544 (0x3100, reserved)"                 },
        {"20",     "-1 (0xffffffffffffffff, reserved)"        },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct recipe recipe = first();
        struct psa_token token;
        OWNED(buffer_fini) struct buffer bytes = {0};
        OWNED(buffer_fini) struct buffer text = {0};
        test_case("%s", rows[i].value);
        recipe.replaced = "security-lifecycle";
        recipe.value = rows[i].value;
        make(&recipe, &bytes);
        REQUIRE(psa_token_read(&token, bytes.bytes, bytes.size, NULL) == 0);
        psa_token_print(&token, &text);
        EXPECT(strstr(buffer_text(&text), rows[i].text) != NULL);
    }
    struct recipe recipe = cca();
    struct psa_token token;
    struct buffer bytes = {0};
    struct buffer text = {0};
    recipe.replaced = "security-lifecycle";
    recipe.value = "194000";
    make(&recipe, &bytes);
    REQUIRE(psa_token_read(&token, bytes.bytes, bytes.size, NULL) == 0);
    psa_token_print(&token, &text);
    EXPECT(strstr(buffer_text(&text), "non-CCA-platform debug") != NULL);
    buffer_fini(&text);
    buffer_fini(&bytes);
}
