/* SPDX-License-Identifier: Apache-2.0 */
/* A feature that identification registers promise is there, and nothing else.
 * Words are by llvm-mc. */
#include "engine/aarch64/core_type.h"

#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "tests/a64.h"
#include "tests/harness.h"

/* A word that is there only with a feature. */
static const struct {
    const char *feature, *text;
    uint32_t word;
} words[] = {
    {"lse",     "ldadd w0, w1, [x2]",           0xb8200041},
    {"lse",     "cas w0, w1, [x2]",             0x88a07c41},
    {"lor",     "ldlar x0, [x1]",               0xc8df7c20},
    {"lor",     "mrs x0, lorid_el1",            0xd538a4e0},
    {"rdm",     "sqrdmlah v0.4s, v1.4s, v2.4s", 0x6e828420},
    {"fp16",    "fadd h0, h1, h2",              0x1ee22820},
    {"dotprod", "sdot v0.4s, v1.16b, v2.16b",   0x4e829420},
    {"rcpc",    "ldapr x0, [x1]",               0xf8bfc020},
    {"pauth",   "pacia x0, x1",                 0xdac10020},
    {"pauth",   "mrs x0, apiakeylo_el1",        0xd5382100},
    {"jscvt",   "fjcvtzs w0, d1",               0x1e7e0020},
    {"sb",      "sb",                           0xd50330ff},
    {"dpb",     "dc cvap, x1",                  0xd50b7c21},
    {"pan",     "msr pan, #1",                  0xd500419f},
    {"pan",     "mrs x0, pan",                  0xd5384260},
    {"pan2",    "at s1e1rp, x0",                0xd5087900},
    {"uao",     "msr uao, #1",                  0xd500417f},
    {"ssbs",    "msr ssbs, #1",                 0xd503413f},
    {"ras",     "mrs x0, erridr_el1",           0xd5385300},
    {"ras",     "mrs x0, disr_el1",             0xd538c120},
    {"crc",     "crc32b w0, w1, w2",            0x1ac24020},
    {"aes",     "aese v0.16b, v1.16b",          0x4e284820},
};

/* Executes a word at EL1: true if it is not UNDEFINED. */
static bool is_there(const char *compatible, const char *features,
                     uint32_t word)
{
    const struct core_config config = {.compatible = compatible,
                                       .aarch64.features = features};
    struct a64 m;

    a64_init(&m, &config);
    a64_load(&m, 0, &word, sizeof(word));
    AARCH64_SYS(m.pe, CPACR_EL1) = 3 << 20;
    AARCH64_SYS(m.pe, VBAR_EL1) = A64_RAM + 0x1000;
    a64_put(&m, 0x1200, 0x14000000); /* b . */
    AARCH64_SYS(m.pe, ESR_EL1) = 0xffffffff;
    m.pe->state.r[1] = A64_RAM + 0x100;
    m.pe->state.r[2] = A64_RAM + 0x100;
    aarch64_update(m.pe);
    core_run(m.core, 1);
    bool there = m.pe->state.r[IR_PC] == A64_RAM + 4;
    EXPECT_EQ(AARCH64_SYS(m.pe, ESR_EL1), there ? 0xffffffff : 0x02000000);
    a64_fini(&m);
    return there;
}

TEST(each_feature_can_be_given_and_taken_on_both_cores)
{
    static const char *const cores[] = {"arm,cortex-a35", "arm,neoverse-n1"};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        for (size_t core = 0; core < ARRAY_SIZE(cores); core++) {
            char give[16];
            char take[16];

            snprintf(give, sizeof(give), "+%s", words[i].feature);
            snprintf(take, sizeof(take), "-%s", words[i].feature);
            test_case("%s on %s", words[i].text, cores[core]);
            EXPECT(is_there(cores[core], give, words[i].word));
            EXPECT(!is_there(cores[core], take, words[i].word));
        }
    }
}

TEST(a_cortex_a35_has_armv8_0_and_a_neoverse_n1_its_own)
{
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        const char *feature = words[i].feature;
        bool first = strcmp(feature, "crc") == 0 || strcmp(feature, "aes") == 0;
        bool optional = strcmp(feature, "pauth") == 0 ||
                        strcmp(feature, "jscvt") == 0 ||
                        strcmp(feature, "sb") == 0;

        test_case("%s", words[i].text);
        EXPECT_EQ(is_there("arm,cortex-a35", NULL, words[i].word), first);
        EXPECT_EQ(is_there("arm,neoverse-n1", NULL, words[i].word), !optional);
    }
}

FIXTURE(struct a64, m, a64_fini)

/* Identification as the guest reads it (TRM 100616, B2), but for what
 * core_type.c says is not there. */
TEST_BEGINS(the_registers_of_a_neoverse_n1_say_what_it_is, m)
{
    static const struct {
        uint32_t word; /* mrs x0, ... */
        uint64_t value;
    } cases[] = {
        {0xd5380000 /* midr_el1 */,         0x414fd0c1        },
        {0xd5380400 /* id_aa64pfr0_el1 */,  0x1100000010110011},
        {0xd5380420 /* id_aa64pfr1_el1 */,  0x20              },
        {0xd5380600 /* id_aa64isar0_el1 */, 0x100010211120    },
        {0xd5380620 /* id_aa64isar1_el1 */, 0x100001          },
        {0xd5380700 /* id_aa64mmfr0_el1 */, 0x101025          },
        {0xd5380720 /* id_aa64mmfr1_el1 */, 0x10212120        },
        {0xd5380740 /* id_aa64mmfr2_el1 */, 0x1011            },
        {0xd53b0020 /* ctr_el0 */,          0x8444c004        },
    };
    const struct core_config config = {.compatible = "arm,neoverse-n1"};

    a64_init(m, &config);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        a64_load(m, 0, &cases[i].word, 4);
        m->pe->state.r[IR_PC] = A64_RAM;
        core_run(m->core, 1);
        test_case("%08x", cases[i].word);
        EXPECT_EQ(m->pe->state.r[0], cases[i].value);
    }
}

TEST(fields_of_identification_registers_follow_the_choice)
{
    static struct aarch64_rules rules;
    struct error error = {""};

    EXPECT_EQ(aarch64_make_rules("arm,neoverse-n1", "-lse,-pan2,+pauth", &rules,
                                 &error),
              0);
    EXPECT_EQ(rules.initial[AARCH64_ID_AA64ISAR0_EL1] >> 20 & 15, 0);
    EXPECT_EQ(rules.initial[AARCH64_ID_AA64MMFR1_EL1] >> 20 & 15, 1);
    EXPECT_EQ(rules.initial[AARCH64_ID_AA64ISAR1_EL1], 0x1100011);
    EXPECT(aarch64_rules_have(&rules, AARCH64_FEATURE_PAN));
    EXPECT(!aarch64_rules_have(&rules, AARCH64_FEATURE_ATS1E1));
    EXPECT(!aarch64_rules_have(&rules, AARCH64_FEATURE_LSE));
}

TEST(names_that_are_no_features_are_refused)
{
    static const char *const bad[] = {"pauth", "+sve",       "+base",
                                      "+pan,", "+lse,,-lor", "+sha512"};
    static struct aarch64_rules rules;

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct error error = {""};
        int code =
            aarch64_make_rules("arm,neoverse-n1", bad[i], &rules, &error);

        test_case("%s", bad[i]);
        EXPECT_EQ(code, strcmp(bad[i], "+pan,") == 0 ? 0 : -EINVAL);
    }
    struct error error = {""};
    EXPECT_EQ(aarch64_make_rules("arm,cortex-a7", NULL, &rules, &error),
              -ENODEV);
}

/* A hint of an extension that is not there does nothing (C6.1). */
TEST(pointer_authentication_hints_are_nothing_without_it)
{
    EXPECT(is_there("arm,cortex-a35", NULL, 0xd503233f /* paciasp */));
    EXPECT(is_there("arm,cortex-a35", NULL, 0xd503221f /* esb */));
}

TEST(registers_of_the_other_core_are_undefined)
{
    EXPECT(is_there("arm,cortex-a35", NULL, 0xd539f200 /* s3_1_c15_c2_0 */));
    EXPECT(!is_there("arm,neoverse-n1", NULL, 0xd539f200));
    EXPECT(is_there("arm,neoverse-n1", NULL, 0xd538f100 /* s3_0_c15_c1_0 */));
    EXPECT(!is_there("arm,cortex-a35", NULL, 0xd538f100));
}

/* Firmware that saves registers of AArch32 asks ID_AA64PFR0_EL1 first. */
TEST(a_core_that_tells_aarch32_has_its_registers_as_zeros)
{
    static const uint32_t code[] = {
        0xd5380400 /* mrs x0, id_aa64pfr0_el1 */,
        0xd51c4321 /* msr spsr_abt, x1 */,
        0xd53c4321 /* mrs x1, spsr_abt */,
    };
    for (unsigned told = 0; told < 2; told++) {
        const struct core_config config = {
            .compatible = "arm,cortex-a35",
            .aarch64.features = told ? "+aarch32" : NULL,
            .aarch64.el2 = true,
            .aarch64.el3 = true,
        };
        OWNED(a64_fini) struct a64 m;

        test_case(told ? "told" : "not told");
        a64_init(&m, &config);
        a64_load(&m, 0, code, sizeof(code));
        a64_put(&m, 0x1200, 0x14000000); /* b . */
        AARCH64_SYS(m.pe, VBAR_EL3) = A64_RAM + 0x1000;
        aarch64_update(m.pe);
        m.pe->state.r[1] = 5;
        core_run(m.core, 3);
        EXPECT_EQ(m.pe->state.r[0] & 0xff, told ? 0x22 : 0x11);
        EXPECT_EQ(m.pe->state.r[1], told ? 0 : 5);
        EXPECT_EQ(m.pe->state.r[IR_PC] == A64_RAM + 12, told);
    }
}

TEST(a_core_tells_its_features_by_name)
{
    static const struct {
        const char *compatible, *feature;
        bool has;
    } cases[] = {
        {"arm,cortex-a35",  "crc",  true },
        {"arm,cortex-a35",  "vhe",  false},
        {"arm,neoverse-n1", "vhe",  true },
        {"arm,neoverse-n1", "none", false},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(a64_fini) struct a64 m;

        a64_init(&m, &(struct core_config){.compatible = cases[i].compatible});
        test_case("%s of %s", cases[i].feature, cases[i].compatible);
        EXPECT_EQ(core_has_feature(m.core, cases[i].feature), cases[i].has);
    }
}

TEST_BEGINS(code_that_cores_share_is_counted_once, m)
{
    static const uint32_t loop[] = {0xd503201f, 0xd503201f, 0x14000000};
    struct core_statistics sum = {0};
    struct core *other;

    a64_init(m, &(struct core_config){.compatible = "arm,cortex-a35"});
    a64_load(m, 0, loop, sizeof(loop));
    struct core_config config = m->core->config;
    config.compatible = "arm,cortex-a35";
    REQUIRE(core_create(&config, &other, NULL) == 0);
    other->power = CORE_RUNNING;
    core_run(m->core, 10);
    core_run(other, 10);
    core_add_statistics(m->core, &sum);
    core_add_statistics(other, &sum);
    EXPECT_EQ(sum.pages, 1);
    EXPECT_EQ(sum.fetch_fills, 2);
    core_destroy(other);
}
