/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors, and the order in which the blocks are tried. */
#include "guest/caliptra/hardware/known_answers.h"

#include "abi/caliptra_image.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/ecc.h"
#include "guest/caliptra/hardware/hmac.h"
#include "guest/caliptra/hardware/lms.h"
#include "guest/caliptra/hardware/sha2.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/kit/memory/memory.h"
#include "guest/kit/mmio/mmio.h"

#include <stdbool.h>
#include <stddef.h>

static const uint8_t abc[3] = {'a', 'b', 'c'};

/* The digest of "abc", FIPS 180-4. */
static const uint32_t abc_384[12] = {
    0xcb00753f, 0x45a35e8b, 0xb5a03d69, 0x9ac65007, 0x272c32ab, 0x0eded163,
    0x1a8b605a, 0x43ff5bed, 0x8086072b, 0xa1e7cc23, 0x58baeca1, 0x34c825a7,
};
static const uint8_t abc_256[32] = {
    0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
    0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
    0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
};

/* The message 0, 1, ... 46 with the counter 5 in it, iterated to 14. */
enum { CHAIN_FROM = 5, CHAIN_COUNTER = 22, CHAIN_VALUE = 24 };
static const uint8_t chain_end[CHAIN_VALUE] = {
    0xbb, 0x17, 0x8f, 0xd3, 0xb7, 0x7b, 0x80, 0xf8, 0xeb, 0x69, 0x3d, 0x39,
    0xb3, 0x7e, 0xfe, 0x2b, 0x50, 0x01, 0xac, 0x43, 0x39, 0xa8, 0xdb, 0xe1,
};

/* The signature of "sample" with SHA-384, RFC 6979 A.2.6. */
static const uint32_t sample_digest[12] = {
    0x9a908350, 0x5bc92276, 0xaec4be31, 0x2696ef7b, 0xf3bf603f, 0x4bbd3811,
    0x96a029f3, 0x40585312, 0x313bca4a, 0x9b5b890e, 0xfee42c77, 0xb1ee25fe};
static const struct caliptra_ecc_key sample_key = {
    .x = {0xec3a4e41, 0x5b4e19a4, 0x56861802, 0x9f427fa5, 0xda9a8bc4,
          0xae92e02e, 0x06aae528, 0x6b300c64, 0xdef8f0ea, 0x90558660,
          0x64a25451, 0x5480bc13},
    .y = {0x8015d9b7, 0x2d7d5724, 0x4ea8ef9a, 0xc0c62189, 0x6708a593,
          0x67f9dfb9, 0xf54ca84b, 0x3f1c9db1, 0x288b231c, 0x3ae0d4fe,
          0x7344fd25, 0x33264720},
};
static const struct caliptra_ecc_signature sample_signature = {
    .r = {0x94edbb92, 0xa5ecb8aa, 0xd4736e56, 0xc691916b, 0x3f881406,
          0x66ce9fa7, 0x3d64c4ea, 0x95ad133c, 0x81a64815, 0x2e44acf9,
          0x6e36dd1e, 0x80fabe46},
    .s = {0x99ef4aeb, 0x15f178ce, 0xa1fe40db, 0x2603138f, 0x130e740a,
          0x19624526, 0x203b6351, 0xd0a3a94f, 0xa329c145, 0x786e679e,
          0x7b82c71a, 0x38628ac8},
};

/* From a seed and a nonce of zeros, as the released firmware publishes it, and
 * the signature of a digest of zeros. */
static const uint32_t made_private[12] = {
    0xfeeef554, 0x4a765649, 0x90128ad1, 0x89e873f2, 0x1f0dfd5a, 0xd7e2fa86,
    0x1127ee6e, 0x394ca784, 0x871c1aec, 0x032c7a8b, 0x10b93e0e, 0xab8946d6};
static const struct caliptra_ecc_key made_key = {
    .x = {0xd7dd94e0, 0xbffc4cad, 0xe9902b7f, 0xdb154260, 0xd5ec5dfd,
          0x57950e83, 0x59015a30, 0x2c8bf7bb, 0xa7e5f6df, 0xfc168516,
          0x2bdd35f9, 0xf5c1b0ff},
    .y = {0xbb9c3a2f, 0x061e8d70, 0x14278dd5, 0x1e66a918, 0xa6b6f9f1,
          0xc1937312, 0xd4e7a921, 0xb18ef0f4, 0x1fdd401d, 0x9e771850,
          0x9f8731e9, 0xeec9c31d},
};
static const struct caliptra_ecc_signature made_signature = {
    .r = {0x93799d55, 0x12263628, 0x34f60f7b, 0x945290b7, 0xcce6e996,
          0x01fb7ebd, 0x026c2e3c, 0x445d3cd9, 0xb65068da, 0xc0a848be,
          0x9f0560aa, 0x758fda27},
    .s = {0xe548e535, 0xa1cc600e, 0x133b5591, 0xaebaad78, 0x054006d7,
          0x52d0e1df, 0x94fbfa95, 0xd78f0b3f, 0x8e81b911, 0x9c2be008,
          0xbf6d6f4e, 0x4185f87d},
};

/* RFC 4231 4.3; zeros after the key change nothing. */
static const uint32_t hmac_key[12] = {0x4a656665};
static const char hmac_message[] = "what do ya want for nothing?";
static const uint32_t hmac_tag[12] = {
    0xaf45d2e3, 0x76484031, 0x617f78d2, 0xb58a6b1b, 0x9c7ef464, 0xf5a01b47,
    0xe42ec373, 0x6322445e, 0x8e2240ca, 0x5e69e2c7, 0x8b3239ec, 0xfab21649};

/* Where the signature below leads, by an implementation in another language. */
static const uint8_t lms_end[CALIPTRA_LMS_N] = {
    0x91, 0x4d, 0xc2, 0x50, 0xbe, 0xde, 0x25, 0x80, 0x91, 0xfe, 0xc3, 0x1b,
    0xb7, 0x3a, 0xa6, 0x47, 0x27, 0x36, 0x5f, 0xab, 0x91, 0x3b, 0x85, 0x19};

static bool same(const void *left, const void *right, size_t size)
{
    return memcmp(left, right, size) == 0;
}

static uint32_t test_sha384(void)
{
    uint32_t digest[12];
    sha2_384(abc, sizeof abc, digest);
    return same(digest, abc_384, sizeof digest) ? 0 : CALIPTRA_ERROR_KAT_SHA384;
}

uint32_t known_answers_test_sha256(void)
{
    struct sha2_256 sha;
    uint8_t digest[32];
    sha2_256_begin(&sha);
    sha2_256_add(&sha, abc, sizeof abc);
    sha2_256_end(&sha, digest);
    return same(digest, abc_256, sizeof digest) ? 0 : CALIPTRA_ERROR_KAT_SHA256;
}

/* The loop that LMS signatures are verified with. */
static uint32_t test_chain(void)
{
    uint8_t message[47];
    uint8_t digest[32];
    if (soc_ifc_generation_1_0()) {
        return 0;
    }
    for (unsigned i = 0; i < sizeof message; i++) {
        message[i] = (uint8_t)i;
    }
    message[CHAIN_COUNTER] = CHAIN_FROM;
    sha2_256_chain(message, digest);
    return same(digest, chain_end, sizeof chain_end) ? 0
                                                     : CALIPTRA_ERROR_KAT_LMS;
}

static uint32_t test_ecc(void)
{
    uint32_t r[12];
    uint32_t error =
        ecc_verify(&sample_key, sample_digest, &sample_signature, r);
    return error == 0 && same(r, sample_signature.r, sizeof r)
               ? 0
               : CALIPTRA_ERROR_KAT_ECC;
}

/* The accelerator, unless the SoC is at work with it. */
static uint32_t test_accelerator(void)
{
    uint32_t digest[12];
    if ((mmio_read(CALIPTRA_SHA_ACC_LOCK) & 1) != 0) {
        return 0;
    }
    mmio_write(CALIPTRA_SHA_ACC_MODE, CALIPTRA_SHA_ACC_384_WORDS);
    mmio_write(CALIPTRA_SHA_ACC_DLEN, sizeof abc);
    mmio_write(CALIPTRA_SHA_ACC_DATAIN, 'a' << 24 | 'b' << 16 | 'c' << 8);
    mmio_write(CALIPTRA_SHA_ACC_EXECUTE, 1);
    mmio_wait(CALIPTRA_SHA_ACC_STATUS, 1);
    mmio_read_words(CALIPTRA_SHA_ACC_DIGEST, digest, 12);
    mmio_write(CALIPTRA_SHA_ACC_CONTROL, 1);
    mmio_write(CALIPTRA_SHA_ACC_LOCK, 1);
    return same(digest, abc_384, sizeof digest)
               ? 0
               : CALIPTRA_ERROR_KAT_SHA_ACCELERATOR;
}

static uint32_t test_key_pair(void)
{
    static const uint32_t zeros[12];
    struct caliptra_ecc_key key;
    struct caliptra_ecc_signature signature;
    uint32_t private[12];
    uint32_t error = ecc_generate_words(zeros, private, &key);
    if (error != 0 || !same(private, made_private, sizeof private) ||
        !same(&key, &made_key, sizeof key)) {
        return CALIPTRA_ERROR_KAT_ECC_KEY_PAIR;
    }
    error = ecc_sign_words(made_private, zeros, &signature);
    return error == 0 && same(&signature, &made_signature, sizeof signature)
               ? 0
               : CALIPTRA_ERROR_KAT_ECC;
}

static uint32_t test_hmac(void)
{
    uint32_t tag[12];
    uint32_t error =
        hmac_words(hmac_key, hmac_message, sizeof hmac_message - 1, tag);
    return error == 0 && same(tag, hmac_tag, sizeof tag)
               ? 0
               : CALIPTRA_ERROR_KAT_HMAC;
}

/* A signature of counted bytes: valid for no key, but it leads to one root. */
static uint32_t test_lms(void)
{
    static const uint8_t tree[4] = {0, 0, 0, CALIPTRA_LMS_TREE_TYPE};
    static const uint8_t ots[4] = {0, 0, 0, CALIPTRA_LMS_OTS_TYPE};
    static const uint8_t leaf[4] = {0, 0, 0x12, 0x34};
    struct caliptra_lms_signature signature;
    struct caliptra_lms_key key;
    uint32_t digest[12];
    uint8_t root[CALIPTRA_LMS_N];
    uint8_t *bytes = (uint8_t *)&signature;
    for (unsigned i = 0; i < sizeof signature; i++) {
        bytes[i] = (uint8_t)(5 * i + 1);
    }
    for (unsigned i = 0; i < 16; i++) {
        key.id[i] = (uint8_t)i;
    }
    for (unsigned i = 0; i < 12; i++) {
        digest[i] = 0x01010101 * i;
    }
    memcpy(signature.q, leaf, sizeof leaf);
    memcpy(signature.ots_type, ots, sizeof ots);
    memcpy(signature.tree_type, tree, sizeof tree);
    memcpy(key.ots_type, ots, sizeof ots);
    uint32_t error =
        lms_root(&key, &signature, digest, !soc_ifc_generation_1_0(), root);
    return error == 0 && same(root, lms_end, sizeof root)
               ? 0
               : CALIPTRA_ERROR_KAT_LMS;
}

uint32_t known_answers_test(void)
{
    static uint32_t (*const tests[])(void) = {
        test_sha384, test_accelerator, test_key_pair, test_ecc,
        test_hmac,   test_chain,       test_lms,
    };
    uint32_t error = 0;
    for (unsigned i = 0; i < sizeof tests / sizeof tests[0] && error == 0;
         i++) {
        error = tests[i]();
    }
    return error;
}
