/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of the cryptographic module: self-tests with known answers (FIPS
 * 140-3), an end to attestation, an end to everything. A self-test that fails
 * is fatal.
 */
#include "guest/caliptra/runtime/runtime.h"

#include "abi/caliptra_registers.h"
#include "guest/caliptra/hardware/ecc.h"
#include "guest/caliptra/hardware/fatal.h"
#include "guest/caliptra/hardware/sha2.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/caliptra/hardware/vault.h"
#include "guest/kit/memory/memory.h"
#include "guest/kit/mmio/mmio.h"

/* ---- Known answers ------------------------------------------------------- */

static const uint8_t abc[3] = {'a', 'b', 'c'};

/* Of "abc", FIPS 180-4. */
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

static uint32_t test_sha256(void)
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
    mmio_write(CALIPTRA_SHA_ACC_MODE, CALIPTRA_SHA_ACC_384_STREAMED);
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

/* ---- What runs is what was signed ---------------------------------------- */

static uint32_t test_rom(const struct runtime *runtime)
{
    const struct caliptra_rom_info *info =
        (const void *)(uintptr_t)runtime->fht->rom_info_address;
    uint32_t digest[8];
    sha2_256_raw(CALIPTRA_ROM_BASE, runtime->fht->rom_info_address / 64,
                 digest);
    return same(digest, info->digest, sizeof digest)
               ? 0
               : CALIPTRA_ERROR_ROM_INTEGRITY;
}

static uint32_t test_image(const struct caliptra_toc_entry *image,
                           uint32_t error)
{
    uint32_t digest[12];
    sha2_384((const void *)(uintptr_t)image->load_address, image->size, digest);
    return same(digest, image->digest, sizeof digest) ? 0 : error;
}

static uint32_t self_test(const struct runtime *runtime)
{
    static uint32_t (*const tests[])(void) = {
        test_sha256, test_sha384, test_accelerator, test_ecc, test_chain,
    };
    for (unsigned i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        uint32_t error = tests[i]();
        if (error != 0) {
            return error;
        }
    }
    uint32_t error = test_rom(runtime);
    if (error == 0) {
        error = test_image(&runtime->firmware->fmc,
                           CALIPTRA_ERROR_FMC_DIGEST_MISMATCH);
    }
    if (error == 0) {
        error = test_image(&runtime->firmware->runtime,
                           CALIPTRA_ERROR_RUNTIME_DIGEST_MISMATCH);
    }
    return error;
}

/* ---- Commands ------------------------------------------------------------ */

uint32_t module_start_self_test(struct runtime *runtime)
{
    if (runtime->kept->self_test != RUNTIME_SELF_TEST_IDLE) {
        return CALIPTRA_ERROR_RUNTIME_SELF_TEST_IN_PROGRESS;
    }
    runtime->kept->self_test = RUNTIME_SELF_TEST_DUE;
    return 0;
}

uint32_t module_self_test_results(struct runtime *runtime)
{
    if (runtime->kept->self_test != RUNTIME_SELF_TEST_PASSED) {
        return CALIPTRA_ERROR_RUNTIME_SELF_TEST_NOT_STARTED;
    }
    runtime->kept->self_test = RUNTIME_SELF_TEST_IDLE;
    return 0;
}

void module_idle(struct runtime *runtime)
{
    if (runtime->kept->self_test != RUNTIME_SELF_TEST_DUE) {
        return;
    }
    soc_ifc_boot_status(CALIPTRA_BOOT_RUNTIME_SELF_TEST);
    uint32_t error = self_test(runtime);
    if (error != 0) {
        fatal_halt(error);
    }
    runtime->kept->self_test = RUNTIME_SELF_TEST_PASSED;
    soc_ifc_boot_status(CALIPTRA_BOOT_RUNTIME_SELF_TESTED);
}

static void forget_key(uint32_t handle)
{
    if (handle != CALIPTRA_FHT_INVALID_HANDLE &&
        handle >> 12 == CALIPTRA_VAULT_KEY) {
        vault_clear_key(handle & 0xff);
    }
}

/* Without its CDI and key the runtime vouches for nothing any more, and what
 * it had authorised goes with it. */
uint32_t module_disable_attestation(struct runtime *runtime)
{
    forget_key(runtime->fht->rt_cdi_handle);
    forget_key(runtime->fht->rt_private_key_handle);
    runtime->kept->attestation_disabled = 1;
    gate_close_all();
    return 0;
}

/* The rest of it is the fatal error that follows the answer. */
uint32_t module_shut_down(struct runtime *runtime)
{
    gate_close_all();
    memset(runtime->images, 0, sizeof *runtime->images);
    memset(runtime->kept, 0, sizeof *runtime->kept);
    memset(runtime->dpe, 0, sizeof *runtime->dpe);
    runtime->shut_down = true;
    return 0;
}
