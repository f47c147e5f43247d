/* SPDX-License-Identifier: Apache-2.0 */
/* Firmware bundles with the fuses that suit them, for tests. */
#ifndef TESTS_BUNDLE_MADE_H
#define TESTS_BUNDLE_MADE_H

#include "tests/harness.h"
#include "tests/key_rings.h"
#include "trust/caliptra/bundle.h"

static inline struct key_ring *ring(void)
{
    return test_ring_make("bundle test", true);
}

static const uint8_t fmc_bytes[] = {0x13, 0, 0, 0, 0x6f, 0, 0, 0, 1};
static const uint8_t runtime_bytes[] = {0x13, 0, 0, 0, 0x6f, 0, 0, 0};

static inline void make_pack(struct caliptra_pack *pack, int generation,
                             bool lms)
{
    caliptra_pack_init(pack, generation);
    pack->fmc.bytes = fmc_bytes;
    pack->fmc.size = sizeof(fmc_bytes);
    pack->runtime.bytes = runtime_bytes;
    pack->runtime.size = sizeof(runtime_bytes);
    pack->signing.keys = ring();
    pack->signing.lms = lms;
    pack->signing.lms_leaf = 3;
}

/* A good bundle with the fuses that suit it, and how it was signed. */
struct subject {
    int generation;
    struct buffer bytes;
    struct fuses fuses;
    struct caliptra_signing signing;
};

static inline void subject_init_pqc(struct subject *subject, int generation,
                                    bool lms, unsigned pqc_type)
{
    struct caliptra_pack pack;
    make_pack(&pack, generation, lms);
    pack.pqc_type = pqc_type != 0 ? pqc_type : pack.pqc_type;
    *subject =
        (struct subject){.generation = generation, .signing = pack.signing};
    struct error error = {""};
    EXPECT_EQ(caliptra_bundle_write(&pack, &subject->bytes, &error), 0);
    EXPECT_STR(error.text, "");
    struct caliptra_bundle bundle;
    EXPECT_EQ(caliptra_bundle_read(&bundle, subject->bytes.bytes,
                                   subject->bytes.size, &error),
              0);
    caliptra_bundle_fuses(&bundle, &subject->fuses);
}

static inline void subject_init(struct subject *subject, int generation,
                                bool lms)
{
    subject_init_pqc(subject, generation, lms, 0);
}

#endif
