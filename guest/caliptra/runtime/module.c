/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of the cryptographic module: self-tests with known answers (FIPS
 * 140-3), an end to attestation, an end to everything. A self-test that fails
 * is fatal.
 */
#include "guest/caliptra/runtime/runtime.h"

#include "abi/caliptra_handoff.h"
#include "abi/caliptra_image.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/fatal.h"
#include "guest/caliptra/hardware/hmac.h"
#include "guest/caliptra/hardware/known_answers.h"
#include "guest/caliptra/hardware/sha2.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/caliptra/hardware/trng.h"
#include "guest/caliptra/hardware/vault.h"
#include "guest/caliptra/identity/identity.h"
#include "guest/kit/memory/memory.h"
#include "guest/kit/mmio/mmio.h"

static bool same(const void *left, const void *right, size_t size)
{
    return memcmp(left, right, size) == 0;
}

/* ---- What runs is what was signed ---------------------------------------- */

static uint32_t test_rom(const struct runtime *runtime)
{
    const struct caliptra_rom_info *info = runtime->handoff.rom;
    uint32_t digest[8];
    sha2_256_raw(CALIPTRA_ROM_BASE, (uint32_t)(uintptr_t)info / 64, digest);
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
    uint32_t error = known_answers_test_sha256();
    if (error == 0) {
        error = known_answers_test();
    }
    if (error == 0) {
        error = test_rom(runtime);
    }
    if (error == 0) {
        error = test_image(runtime->handoff.fmc,
                           CALIPTRA_ERROR_FMC_DIGEST_MISMATCH);
    }
    if (error == 0) {
        error = test_image(runtime->handoff.runtime,
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

uint32_t module_forget_keys(struct runtime *runtime)
{
    const struct handoff *handoff = &runtime->handoff;
    unsigned cdi = *handoff->runtime_cdi_handle & 0xff;
    unsigned key = *handoff->runtime_key_handle & 0xff;
    struct identity nobody;
    vault_clear_key(cdi);
    vault_clear_key(key);
    dpe_forget_export(runtime);
    uint32_t error = trng_start();
    if (error == 0) {
        error = hmac_derive_nothing("zero_rt_cdi", cdi);
    }
    if (error == 0) {
        error = identity_derive(&nobody, cdi, handoff->names->key_label, key);
    }
    if (error == 0) {
        *handoff->runtime_key = nobody.key;
    }
    return error;
}

/* The runtime goes on with keys that its certificate does not speak for, and
 * what it had authorised goes with the old ones. */
uint32_t module_disable_attestation(struct runtime *runtime)
{
    runtime->kept->attestation_disabled = 1;
    gate_close_all();
    return module_forget_keys(runtime);
}

/* The rest of it is the fatal error that follows the answer. */
uint32_t module_shut_down(struct runtime *runtime)
{
    gate_close_all();
    dpe_forget_export(runtime);
    memset(runtime->images, 0, sizeof *runtime->images);
    memset(runtime->kept, 0, sizeof *runtime->kept);
    memset(runtime->dpe, 0, sizeof *runtime->dpe);
    runtime->shut_down = true;
    return 0;
}
