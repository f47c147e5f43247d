/* SPDX-License-Identifier: Apache-2.0 */
/* Starts the runtime firmware on the host and sends it mailbox commands. */
#include "tests/caliptra/commands.h"

#include <string.h>

#include "abi/caliptra2_handoff.h"
#include "abi/caliptra_handoff.h"
#include "abi/caliptra_image.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_registers.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_soc_manifest.h"
#include "base/bits.h"
#include "crypto/sha2.h"
#include "guest/caliptra/hardware/generation.h"
#include "guest/caliptra/runtime/command.h"
#include "tests/caliptra/stand_ins.h"
#include "tests/register_file.h"

enum { SHOWN = 24 };

struct runtime commands_state;

/* State that ROM and FMC left. */
static struct {
    struct caliptra2_manifest manifest; /* room for that of 1.x too */
    struct caliptra_rom_info rom;
    struct caliptra_ecc_key idevid_key;
    struct caliptra_idevid_csr csr;
    struct caliptra_pcr_log_entry log[CALIPTRA_PCR_LOG_MAX];
    uint32_t log_count;
    struct caliptra_measurement_log_entry stashes[CALIPTRA_MEASUREMENT_LOG_MAX];
    uint32_t cdi_handle, key_handle;
    struct caliptra_ecc_key runtime_key;
    struct caliptra_ecc_signature signature;
    uint16_t tbs_size;
} left;

static struct caliptra_soc_images images;
static struct runtime_kept kept;
static struct dpe dpe;

static const struct handoff_names names = {"FMC name", "runtime name",
                                           "FMC key", "CDI", "runtime key"};

static void fill(void *bytes, size_t size, uint8_t step)
{
    uint8_t *to = bytes;
    for (size_t i = 0; i < size; i++) {
        to[i] = (uint8_t)(step * (i + 1));
    }
}

static void leave(void)
{
    memset(&left, 0, sizeof(left));
    fill(&left.rom, sizeof(left.rom), 3);
    fill(&left.idevid_key, sizeof(left.idevid_key), 5);
    fill(&left.runtime_key, sizeof(left.runtime_key), 7);
    fill(&left.signature, sizeof(left.signature), 9);
    fill(left.log, sizeof(left.log), 11);
    fill(left.stashes, sizeof(left.stashes), 13);
    fill(&left.manifest, sizeof(left.manifest), 15);
    memset(&left.manifest.header.vendor_data, 0,
           sizeof(left.manifest.header.vendor_data));
    fill(left.csr.bytes, sizeof(left.csr.bytes), 17);
    left.csr.size = 99;
    left.log_count = 3;
    left.cdi_handle = CALIPTRA_HANDLE(CALIPTRA_VAULT_KEY, 0, 4);
    left.key_handle = CALIPTRA_HANDLE(CALIPTRA_VAULT_KEY, 0, 5);
    left.tbs_size = 77;
    left.manifest.fmc.load_address = CALIPTRA_ICCM_BASE;
    left.manifest.fmc.size = 64;
    left.manifest.runtime.load_address = CALIPTRA_ICCM_BASE + 0x4000;
    left.manifest.runtime.size = 128;
}

static void sign_image(struct caliptra_toc_entry *image)
{
    uint8_t digest[48];
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): where the firmware looks */
    sha384((const void *)(uintptr_t)image->load_address, image->size, digest);
    for (size_t i = 0; i < 12; i++) {
        image->digest[i] = load_be32(digest + 4 * i);
    }
}

static void hand_over(struct handoff *handoff)
{
    *handoff = (struct handoff){
        .names = &names,
        .manifest = &left.manifest,
        .fmc = &left.manifest.fmc,
        .runtime = &left.manifest.runtime,
        .vendor_data = &left.manifest.header.vendor_data,
        .owner_data = &left.manifest.header.vendor_data,
        .flags = CALIPTRA_HEADER_PL0_VALID,
        .pl0_pauser = 1,
        .runtime_svn = 7,
        .runtime_min_svn = 6,
        .fmc_svn = 5,
        .rom = &left.rom,
        .idevid_key = &left.idevid_key,
        .idevid_csr = &left.csr,
        .pcr_log = {left.log, &left.log_count},
        .stashes = left.stashes,
        .stash_count = 2,
        .runtime_cdi_handle = &left.cdi_handle,
        .runtime_key_handle = &left.key_handle,
        .runtime_key = &left.runtime_key,
        .runtime_signature = &left.signature,
        .runtime_tbs_size = &left.tbs_size,
    };
    fill(handoff->owner_key_hash, sizeof(handoff->owner_key_hash), 19);
    handoff->ldevid = (struct handoff_certificate){
        .tbs = (const uint8_t *)&left.manifest, .size = 88};
    handoff->fmc_alias = (struct handoff_certificate){
        .tbs = (const uint8_t *)&left.manifest + 100, .size = 66};
    fill(&handoff->ldevid.signature, sizeof(handoff->ldevid.signature), 21);
    fill(&handoff->fmc_alias.signature, sizeof(handoff->fmc_alias.signature),
         23);
}

struct runtime *commands_start(void)
{
    registers_clear();
    uint8_t *iccm = stand_in_memory(CALIPTRA_ICCM_BASE, CALIPTRA_ICCM_SIZE);
    fill(iccm, 0x8000, 25);
    uint8_t *dccm = stand_in_memory(CALIPTRA_DCCM_BASE, CALIPTRA2_DCCM_SIZE);
    fill(dccm + (generation.runtime_tbs - CALIPTRA_DCCM_BASE), 80, 27);
    leave();
    sign_image(&left.manifest.fmc);
    sign_image(&left.manifest.runtime);
    memcpy(stand_in_raw_digest, left.rom.digest, sizeof(stand_in_raw_digest));
    memset(&images, 0, sizeof(images));
    memset(&kept, 0, sizeof(kept));
    memset(&dpe, 0, sizeof(dpe));
    memset(&commands_state, 0, sizeof(commands_state));
    hand_over(&commands_state.handoff);
    commands_state.images = &images;
    commands_state.kept = &kept;
    commands_state.dpe = &dpe;
    commands_state.user = 1;
    registers_set(CALIPTRA_SOC_IFC_SECURITY_STATE, 7);
    registers_set(CALIPTRA_SHA512_PCR_HASH_STATUS, 3);
    registers_set(CALIPTRA_ECC_STATUS, 3);
    for (uint32_t i = 0; i < 32 * 12; i++) {
        registers_set(CALIPTRA_PV_ENTRY + 4 * i, 0xbc000000 + i);
    }
    for (uint32_t i = 0; i < 12; i++) {
        registers_set(CALIPTRA_SHA_ACC_DIGEST + 4 * i, 0xacc00000 + i);
        registers_set(CALIPTRA_SHA512_PCR_HASH_DIGEST + 4 * i, 0xd1900000 + i);
        registers_set(CALIPTRA_ECC_SIGN_R + 4 * i, 0x11110000 + i);
        registers_set(CALIPTRA_ECC_SIGN_S + 4 * i, 0x22220000 + i);
        registers_set(CALIPTRA2_SOC_IFC_FUSE_VENDOR_PK_HASH + 4 * i,
                      0xfe000000 + i);
    }
    for (uint32_t i = 0; i < 24; i++) {
        registers_set(CALIPTRA_SOC_IFC_FUSE_IDEVID_CERT_ATTR + 4 * i,
                      0x01020304 * i);
    }
    for (uint32_t i = 0; i < CALIPTRA_MBOX_USERS; i++) {
        registers_set(CALIPTRA_SOC_IFC_MBOX_VALID_PAUSER + 4 * i, 0x70 + i);
        registers_set(CALIPTRA_SOC_IFC_MBOX_PAUSER_LOCK + 4 * i, 2 + i % 2);
    }
    registers_set(CALIPTRA_SOC_IFC_HW_REV_ID, 0x11);
    return &commands_state;
}

static void tell_answer(const struct runtime *runtime)
{
    uint8_t digest[32];
    uint32_t count = (runtime->answered + 3) / 4;
    sha256(runtime->response, runtime->answered, digest);
    registers_note("answer %u bytes %08x:", (unsigned)runtime->answered,
                   (unsigned)load_be32(digest));
    for (uint32_t i = 0; i < count && i < SHOWN; i++) {
        registers_note(" %x", (unsigned)runtime->response[i]);
    }
    registers_note("\n");
}

void commands_send(uint32_t code, const void *body, uint32_t size)
{
    struct runtime *runtime = &commands_state;
    memset(runtime->request, 0xdd, sizeof(runtime->request));
    memset(runtime->response, 0xee, sizeof(runtime->response));
    runtime->size = 4 + size;
    if (body != NULL) {
        memcpy(runtime->request + 1, body, size);
    } else {
        fill(runtime->request + 1, size, 29);
    }
    registers_note("> %x, %u bytes\n", (unsigned)code, (unsigned)size);
    uint32_t error = command_serve(runtime, code);
    if (error == 0) {
        tell_answer(runtime);
    } else {
        registers_note("error %x\n", (unsigned)error);
    }
}

void commands_ask(uint32_t code)
{
    commands_send(code, "", 0);
}

static void tell_bytes(const char *name, const void *bytes, size_t size)
{
    uint8_t digest[32];
    sha256(bytes, size, digest);
    registers_note("%s %08x\n", name, (unsigned)load_be32(digest));
}

void commands_dump(void)
{
    tell_bytes("kept", &kept, sizeof(kept));
    tell_bytes("contexts", &dpe, sizeof(dpe));
    tell_bytes("images", &images, sizeof(images));
    tell_bytes("key", &left.runtime_key, sizeof(left.runtime_key));
    registers_note("shut down: %d\n", commands_state.shut_down);
}
