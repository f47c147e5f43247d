/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles as text and as JSON, the verdicts on them, and their PCRs. */
#include <string.h>

#include "base/json.h"
#include "tests/bundle_made.h"
#include "trust/quote/expected_pcrs.h"

/* Fields and verdict, as text and as JSON (either may be NULL). */
static void explain(const struct caliptra_bundle *bundle,
                    const struct caliptra_verdict *rom, bool is_named,
                    struct buffer *text, struct buffer *out)
{
    const struct caliptra_named named = {is_named, is_named};
    struct verdict_range places[CALIPTRA_PLACES_MAX];
    OWNED(verdict_fini) struct verdict verdict = {0};
    struct json json;
    caliptra_bundle_judge(bundle, rom, &named, false, 0, &verdict);
    verdict_name_uncovered(&verdict, bundle->size, places,
                           caliptra_bundle_places(bundle, 0, places));
    if (text != NULL) {
        caliptra_bundle_print(bundle, text);
        verdict_print(&verdict, "bundle", text);
    }
    if (out != NULL) {
        json_init(&json, out);
        json_begin_object(&json, NULL);
        caliptra_bundle_print_json(bundle, &json);
        verdict_print_json(&verdict, &json);
        json_end_object(&json);
    }
}

TEST(explanations_name_offsets_values_and_the_failed_check)
{
    struct subject subject;
    subject_init(&subject, CALIPTRA_1_1, true);
    subject.fuses.owner_key_hash[0] ^= 1;
    struct caliptra_bundle bundle;
    struct error error = {""};
    caliptra_bundle_read(&bundle, subject.bytes.bytes, subject.bytes.size,
                         &error);
    struct caliptra_verdict verdict;
    caliptra_bundle_verify(subject.bytes.bytes, subject.bytes.size,
                           CALIPTRA_1_1, &subject.fuses, &verdict);
    struct buffer text = {0};
    explain(&bundle, &verdict, true, &text, NULL);
    EXPECT(strstr(buffer_text(&text), "0x15a4  TOC count") != NULL);
    EXPECT(strstr(buffer_text(&text), "leaf 3, LMOTS type 7") != NULL);
    EXPECT(strstr(buffer_text(&text), "REFUSED   owner key hash") != NULL);
    EXPECT(strstr(buffer_text(&text), "  0x000b0007: owner") != NULL);
    buffer_clear(&text);
    explain(&bundle, &verdict, true, NULL, &text);
    EXPECT(strstr(buffer_text(&text), "\"field\":\"header.toc_count\"") !=
           NULL);
    EXPECT(strstr(buffer_text(&text), "\"trusted\":false") != NULL);
    buffer_fini(&text);
    buffer_fini(&subject.bytes);
}

/* As people and programs read it: of both forms one that is good, and one
 * that is refused at its end. */
TEST(explanations_are_as_approved)
{
    static const struct {
        int generation;
        bool lms;
    } cases[] = {
        {CALIPTRA_1_0, false},
        {CALIPTRA_2_1, true }
    };
    OWNED(buffer_fini) struct buffer text = {0};
    OWNED(buffer_fini) struct buffer json = {0};
    for (size_t i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
        struct subject subject;
        struct caliptra_bundle bundle;
        struct caliptra_verdict verdict;
        struct error error = {""};
        subject_init(&subject, cases[i / 2].generation, cases[i / 2].lms);
        subject.bytes.bytes[subject.bytes.size - 1] ^= (uint8_t)(i % 2);
        EXPECT_EQ(caliptra_bundle_read(&bundle, subject.bytes.bytes,
                                       subject.bytes.size, &error),
                  0);
        caliptra_bundle_verify(subject.bytes.bytes, subject.bytes.size,
                               cases[i / 2].generation, &subject.fuses,
                               &verdict);
        explain(&bundle, &verdict, i < 2, &text, &json);
        buffer_print(&text, "\n");
        buffer_print(&json, "\n");
        buffer_fini(&subject.bytes);
    }
    EXPECT_APPROVED(buffer_text(&text), "caliptra_bundle.txt");
    EXPECT_APPROVED(buffer_text(&json), "caliptra_bundle.json");
}

/* The PCRs that a part makes of it; that parts do is shown by
 * tests/chain/quote-test.sh. */
TEST(expected_pcrs_are_as_approved)
{
    struct subject subject;
    struct caliptra_bundle bundle;
    struct error error = {""};
    struct buffer text = {0};
    subject_init(&subject, CALIPTRA_1_1, true);
    EXPECT_EQ(caliptra_bundle_read(&bundle, subject.bytes.bytes,
                                   subject.bytes.size, &error),
              0);
    for (unsigned i = 0; i < 4; i++) {
        struct expected_pcrs pcrs = {0};
        subject.fuses.lms_verify = i & 1;
        subject.fuses.anti_rollback_disable = i >> 1;
        subject.fuses.fmc_svn = 3;
        EXPECT_EQ(expected_pcrs_bundle(&pcrs, &bundle, &subject.fuses), 0);
        expected_pcrs_print(&pcrs, &text);
        memset(subject.fuses.owner_key_hash, 0,
               sizeof(subject.fuses.owner_key_hash) * (i == 2));
    }
    EXPECT_APPROVED(buffer_text(&text), "expected_pcrs.txt");
    buffer_fini(&text);
    buffer_fini(&subject.bytes);
}

/* Where there are no fuses their checks are left out; a manifest alone can be
 * looked at. */
TEST(a_bundle_is_judged_without_fuses_and_read_without_images)
{
    static const int generations[] = {CALIPTRA_1_0, CALIPTRA_1_1, CALIPTRA_2_0,
                                      CALIPTRA_2_1};
    for (size_t i = 0; i < ARRAY_SIZE(generations); i++) {
        struct subject subject;
        struct caliptra_bundle bundle;
        struct caliptra_verdict verdict;
        struct error error = {""};
        test_case("generation %d", generations[i]);
        subject_init(&subject, generations[i],
                     caliptra_layout(generations[i])->number == 2);
        caliptra_bundle_verify(subject.bytes.bytes, subject.bytes.size,
                               generations[i], NULL, &verdict);
        EXPECT_EQ(verdict.code, 0);
        size_t manifest = caliptra_layout(generations[i])->number == 2
                              ? sizeof(struct caliptra2_manifest)
                              : sizeof(struct caliptra_manifest);
        EXPECT_EQ(caliptra_bundle_read(&bundle, subject.bytes.bytes, manifest,
                                       &error),
                  0);
        EXPECT_EQ(caliptra_bundle_read(&bundle, subject.bytes.bytes,
                                       manifest - 1, &error),
                  -EINVAL);
        buffer_fini(&subject.bytes);
    }
}

/* Bytes of a bundle changed, on a part whose fuses are known: the ROM
 * refuses, or the verdict named the byte. */
TEST(each_byte_is_covered_or_named)
{
    static const struct {
        int generation;
        bool lms;
        bool has_owner; /* the fuse of the owner's key hash is burnt */
        unsigned pqc_type;
        unsigned step;
        size_t named; /* bytes that nothing covers */
    } rows[] = {
        {CALIPTRA_1_1, true,  true,  0,                   3,  8   },
        {CALIPTRA_1_1, false, true,  0,                   5,  3252},
        {CALIPTRA_1_1, false, false, 0,                   5,  3532},
        {CALIPTRA_2_0, true,  true,  CALIPTRA2_PQC_LMS,   5,  8747},
        {CALIPTRA_2_1, true,  true,  CALIPTRA2_PQC_MLDSA, 61, 187 },
    };
    static const struct caliptra_named named = {true, true};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct verdict_range places[CALIPTRA_PLACES_MAX];
        struct caliptra_bundle bundle;
        struct caliptra_verdict rom;
        struct subject subject;
        struct verdict verdict = {0};
        size_t tried = 0;
        size_t named_count = 0;
        subject_init_pqc(&subject, rows[i].generation, rows[i].lms,
                         rows[i].pqc_type);
        if (!rows[i].has_owner) {
            memset(subject.fuses.owner_key_hash, 0, CALIPTRA_DIGEST_SIZE);
        }
        REQUIRE(caliptra_bundle_read(&bundle, subject.bytes.bytes,
                                     subject.bytes.size, NULL) == 0);
        caliptra_bundle_verify(bundle.bytes, bundle.size, rows[i].generation,
                               &subject.fuses, &rom);
        caliptra_bundle_judge(&bundle, &rom, &named, false, 0, &verdict);
        verdict_name_uncovered(&verdict, bundle.size, places,
                               caliptra_bundle_places(&bundle, 0, places));
        EXPECT_EQ(verdict_decide(&verdict), VERDICT_IS_TRUSTED);
        for (size_t at = 0; at < bundle.size; at++) {
            if (verdict_names_byte(&verdict, at)) {
                named_count++;
                continue;
            }
            if (at % rows[i].step != 0) {
                continue;
            }
            uint8_t *byte = &subject.bytes.bytes[at];
            *byte ^= (uint8_t)(1u << at % 8);
            caliptra_bundle_verify(bundle.bytes, bundle.size,
                                   rows[i].generation, &subject.fuses, &rom);
            *byte ^= (uint8_t)(1u << at % 8);
            test_case("%zu, 0x%zx", i, at);
            EXPECT(rom.code != 0);
            tried++;
        }
        EXPECT(tried > 100);
        test_case("%zu", i);
        EXPECT_EQ(named_count, rows[i].named);
        verdict_fini(&verdict);
        buffer_fini(&subject.bytes);
    }
}
