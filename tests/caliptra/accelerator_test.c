/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The known answer of the SHA accelerator, over registers that do nothing by
 * themselves: its digest is that of another block, so a ROM with a wrong answer
 * fails there before. No block digests or makes keys here, so the next test
 * fails.
 */
#include <string.h>

#include "abi/caliptra_registers.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/known_answers.h"
#include "tests/harness.h"
#include "tests/register_file.h"

/* The digest of "abc", FIPS 180-4. */
static const uint32_t abc[12] = {
    0xcb00753f, 0x45a35e8b, 0xb5a03d69, 0x9ac65007, 0x272c32ab, 0x0eded163,
    0x1a8b605a, 0x43ff5bed, 0x8086072b, 0xa1e7cc23, 0x58baeca1, 0x34c825a7,
};

TEST(the_accelerator_has_to_know_its_answer)
{
    for (uint32_t word = 0; word < 13; word++) {
        test_case("word %u is wrong", (unsigned)word);
        registers_clear();
        registers_set(CALIPTRA_ECC_STATUS, 3);
        registers_set_words(CALIPTRA_SHA512_DIGEST, abc, 12);
        registers_set_words(CALIPTRA_SHA_ACC_DIGEST, abc, 12);
        if (word < 12) {
            registers_set(CALIPTRA_SHA_ACC_DIGEST + 4 * word, abc[word] ^ 1);
        }
        EXPECT_EQ(known_answers_test(),
                  (uint32_t)(word < 12 ? CALIPTRA_ERROR_KAT_SHA_ACCELERATOR
                                       : CALIPTRA_ERROR_KAT_ECC_KEY_PAIR));
        EXPECT(strstr(registers_journal(),
                      " 30021008=4 30021010=3 30021014=61626300 30021018=1 "
                      "3002101c?1 30021020:12 30021060=1 30021000=1 ") != NULL);
    }
}

/* The holder of the lock may be using the accelerator. */
TEST(an_accelerator_that_the_soc_has_is_left_alone)
{
    registers_clear();
    registers_set(CALIPTRA_ECC_STATUS, 3);
    registers_set_words(CALIPTRA_SHA512_DIGEST, abc, 12);
    registers_set(CALIPTRA_SHA_ACC_LOCK, 1);
    EXPECT_EQ(known_answers_test(), (uint32_t)CALIPTRA_ERROR_KAT_ECC_KEY_PAIR);
    EXPECT(strstr(registers_journal(), "30021") == NULL);
}
