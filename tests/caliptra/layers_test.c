/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ROM of our Caliptra firmware 1.x, compiled for the host over drivers that
 * only note what they were asked for: what a boot asks of them and leaves in
 * memory and registers, and what becomes of it when one of its steps fails. The
 * approved texts are those of firmware whose certificates, PCRs and keys were
 * those of the released ROM 1.1.1, byte for byte
 * (tests/caliptra/identity_test.c).
 */
#include <stdio.h>
#include <string.h>

#include "abi/caliptra_handoff.h"
#include "abi/caliptra_image.h"
#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_registers.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_status.h"
#include "base/bits.h"
#include "guest/caliptra/rom/image.h"
#include "guest/caliptra/rom/rom.h"
#include "tests/caliptra/stand_ins.h"
#include "tests/harness.h"
#include "tests/register_file.h"

const uint32_t rom_start[1] = {0};
extern const struct rom_info rom_info;

enum { ICCM = CALIPTRA_ICCM_BASE, UPDATE = 1, WARM = 2 };

/* ---- The SoC ------------------------------------------------------------- */

/* Sent one after the other; data are served word by word. */
struct request {
    uint32_t code;
    uint32_t size;
    const void *data;
};

static struct {
    struct request queue[12];
    unsigned next;
    unsigned word;
    struct caliptra_manifest bundle;
    uint32_t bad_image; /* what is wrong with it */
} soc;

static void serve(uint32_t address)
{
    const struct request *request = &soc.queue[soc.next];
    switch (address) {
    case CALIPTRA_MBOX_STATUS:
        registers_set(address, request->code != 0 ? 0x180 : 0);
        break;
    case CALIPTRA_MBOX_CMD:
        registers_set(address, request->code);
        break;
    case CALIPTRA_MBOX_DLEN:
        registers_set(address, request->size);
        break;
    case CALIPTRA_MBOX_DATAOUT: {
        uint32_t word = 0;
        if (4 * soc.word < request->size) {
            memcpy(&word, (const uint8_t *)request->data + 4 * soc.word, 4);
        }
        soc.word++;
        registers_set(address, word);
        break;
    }
    case CALIPTRA_SOC_IFC_DBG_MANUF_SERVICE_REG: /* the wish is taken back once
                                                    read */
        if (registers_get(CALIPTRA_MBOX_EXECUTE) == 1) {
            registers_set(address, 0);
        }
        break;
    default:
        break;
    }
}

static void answered(uint32_t address, uint32_t value)
{
    if (address == CALIPTRA_MBOX_STATUS) {
        soc.next++;
        soc.word = 0;
    }
}

uint32_t image_verify(const struct caliptra_manifest *manifest,
                      uint32_t bundle_size, bool update,
                      struct image_verdict *verdict)
{
    registers_note("verify %u bytes%s: %x\n", (unsigned)bundle_size,
                   update ? " as an update" : "", (unsigned)soc.bad_image);
    EXPECT_BYTES(manifest, &soc.bundle, sizeof(soc.bundle));
    *verdict = (struct image_verdict){.ecc_index = 2,
                                      .lms_index = 9,
                                      .owner_key_hash_in_fuses = true,
                                      .fmc_effective_svn = 3};
    for (uint32_t i = 0; i < 12; i++) {
        verdict->owner_key_hash[i] = 0x0e000000 + i;
    }
    return soc.bad_image;
}

static const uint8_t load_request[4] = {0};

static void send(uint32_t code, const void *data, uint32_t size)
{
    unsigned last = 0;
    while (soc.queue[last].code != 0) {
        last++;
    }
    soc.queue[last] = (struct request){code, size, data};
}

static void fill_words(uint32_t *words, uint32_t first)
{
    for (uint32_t i = 0; i < 12; i++) {
        words[i] = first + i;
    }
}

static void fill_bundle(void)
{
    struct caliptra_manifest *bundle = &soc.bundle;
    bundle->marker = CALIPTRA_MANIFEST_MARKER;
    bundle->fmc = (struct caliptra_toc_entry){.load_address = ICCM,
                                              .entry_point = ICCM + 4,
                                              .offset = 0x2000,
                                              .size = 24,
                                              .svn = 5,
                                              .version = 0x12345678,
                                              .reserved = 0x51};
    bundle->runtime = (struct caliptra_toc_entry){.load_address = ICCM + 0x4000,
                                                  .entry_point = ICCM + 0x4010,
                                                  .offset = 0x3000,
                                                  .size = 32,
                                                  .svn = 7,
                                                  .version = 0x87654321,
                                                  .reserved = 0x52};
    fill_words(bundle->fmc.digest, 0x0f3c0000);
    fill_words(bundle->runtime.digest, 0x07770000);
    bundle->header.pl0_pauser = 0x101;
}

static void set_digest(uint32_t address, uint32_t first)
{
    uint32_t words[12];
    fill_words(words, first);
    registers_set_words(address, words, 12);
}

static void set_up(void)
{
    memset(&soc, 0, sizeof(soc));
    registers_clear();
    registers_serve(serve);
    registers_watch(answered);
    memset(stand_in_raw_digest, 0, sizeof(stand_in_raw_digest));
    stand_in_memory(CALIPTRA_DCCM_BASE, CALIPTRA_DCCM_SIZE);
    stand_in_memory(ICCM, CALIPTRA_ICCM_SIZE);
    uint8_t *sram = stand_in_memory(CALIPTRA_MBOX_SRAM, CALIPTRA_MBOX_SIZE);
    for (unsigned i = 0; i < 64; i++) {
        sram[0x2000 + i] = (uint8_t)(0x80 + i);
        sram[0x3000 + i] = (uint8_t)(0x40 + i);
    }
    fill_bundle();
    registers_set(CALIPTRA_SOC_IFC_SECURITY_STATE, 7);
    registers_set(CALIPTRA_SOC_IFC_WDT_CFG, 0x1000);
    registers_set(CALIPTRA_SOC_IFC_HW_REV_ID, 0x11);
    set_digest(CALIPTRA_SOC_IFC_FUSE_KEY_MANIFEST_PK_HASH, 0x0d000000);
    for (uint32_t i = 0; i < 24; i++) {
        registers_set(CALIPTRA_SOC_IFC_FUSE_IDEVID_CERT_ATTR + 4 * i,
                      0x10203040 * (i + 1) + 1);
    }
    registers_set(CALIPTRA_SOC_IFC_FUSE_KEY_MANIFEST_PK_HASH_MASK, 3);
    registers_set(CALIPTRA_SOC_IFC_FUSE_FMC_KEY_MANIFEST_SVN, 7);
    registers_set(CALIPTRA_SOC_IFC_FUSE_RUNTIME_SVN, 31);
    registers_set(CALIPTRA_SOC_IFC_FUSE_LMS_REVOCATION, 0x300);
    registers_set(CALIPTRA_MBOX_USER, 1);
}

/* ---- Texts --------------------------------------------------------------- */

static void dump(void)
{
    struct caliptra_fht *fht = (void *)CALIPTRA_DCCM_FHT;
    if (fht->rom_info_address == (uint32_t)(uintptr_t)&rom_info) {
        fht->rom_info_address = 1; /* wherever the host has it */
    }
    stand_ins_dump("table", CALIPTRA_DCCM_FHT, sizeof(*fht));
    stand_ins_dump("PCR log", CALIPTRA_DCCM_PCR_LOG, 0x400);
    stand_ins_dump("measurements", CALIPTRA_DCCM_MEASUREMENT_LOG, 0x400);
    stand_ins_dump("fuses", CALIPTRA_DCCM_FUSE_LOG, 0x3e0);
    stand_ins_dump("FMC", ICCM, 0x40);
    stand_ins_dump("runtime", ICCM + 0x4000, 0x40);
    stand_ins_dump("manifest", CALIPTRA_DCCM_MANIFEST1, 16);
}

/* ---- ROM ----------------------------------------------------------------- */

static void load_firmware(void)
{
    send(CALIPTRA_CMD_FIRMWARE_LOAD, &soc.bundle, 0x4000);
}

static void cold(void)
{
    set_up();
    load_firmware();
}

static void manufacturing(void)
{
    set_up();
    registers_set(CALIPTRA_SOC_IFC_SECURITY_STATE, 1);
    registers_set(CALIPTRA_SOC_IFC_DBG_MANUF_SERVICE_REG, 1);
    registers_set(CALIPTRA_SOC_IFC_FUSE_LMS_VERIFY, 1);
    registers_set(CALIPTRA_SOC_IFC_FUSE_IDEVID_CERT_ATTR, 3);
    registers_set(CALIPTRA_SOC_IFC_FLOW_STATUS, 0x55);
    memset(soc.bundle.header.owner_data.not_before, '2', 15);
    memset(soc.bundle.header.owner_data.not_after, '3', 15);
    load_firmware();
}

static void unprovisioned(void)
{
    set_up();
    registers_set(CALIPTRA_SOC_IFC_SECURITY_STATE, 4);
    registers_set(CALIPTRA_SOC_IFC_FUSE_ANTI_ROLLBACK_DISABLE, 1);
    registers_set(CALIPTRA_SOC_IFC_FUSE_IDEVID_CERT_ATTR, 2);
    memset(soc.bundle.header.vendor_data.not_before, '4', 15);
    memset(soc.bundle.header.vendor_data.not_after, '5', 15);
    load_firmware();
}

static void by_sha1(void)
{
    set_up();
    registers_set(CALIPTRA_SOC_IFC_FUSE_IDEVID_CERT_ATTR, 0);
    registers_set(CALIPTRA_SOC_IFC_DBG_MANUF_SERVICE_REG, 1);
    load_firmware();
}

static void refused(void)
{
    set_up();
    soc.bad_image = 0xb0b;
    load_firmware();
}

static void ask(uint32_t code)
{
    static uint32_t sums[16];
    static unsigned used;
    sums[++used % 16] = caliptra_checksum(code, "", 0);
    send(code, &sums[used % 16], 4);
}

static void ask_all(void)
{
    static const uint32_t commands[] = {
        CALIPTRA_CMD_SELF_TEST_GET_RESULTS, CALIPTRA_CMD_SELF_TEST_START,
        CALIPTRA_CMD_SELF_TEST_START,       CALIPTRA_CMD_SELF_TEST_GET_RESULTS,
        CALIPTRA_CMD_SELF_TEST_GET_RESULTS, CALIPTRA_CMD_VERSION,
        CALIPTRA_CMD_CAPABILITIES,          CALIPTRA_CMD_SHUTDOWN,
    };
    set_up();
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        ask(commands[i]);
    }
}

static struct caliptra_stash_request stash_request;

static void stash(void)
{
    uint8_t *bytes = (uint8_t *)&stash_request;
    for (unsigned i = 4; i < sizeof(stash_request); i++) {
        bytes[i] = (uint8_t)(3 * i);
    }
    stash_request.header.checksum = caliptra_checksum(
        CALIPTRA_CMD_STASH_MEASUREMENT, bytes + 4, sizeof(stash_request) - 4);
    send(CALIPTRA_CMD_STASH_MEASUREMENT, bytes, sizeof(stash_request));
}

static void stash_two(void)
{
    set_up();
    stash();
    stash();
    load_firmware();
}

static void stash_too_many(void)
{
    set_up();
    for (unsigned i = 0; i < CALIPTRA_MEASUREMENT_LOG_MAX + 1; i++) {
        stash();
    }
}

static void no_sum(void)
{
    set_up();
    send(CALIPTRA_CMD_CAPABILITIES, load_request, 4);
}

static void no_size(void)
{
    set_up();
    send(CALIPTRA_CMD_SELF_TEST_START, load_request, 8);
}

static void no_command(void)
{
    set_up();
    send(0x12345678, load_request, 4);
}

static void reserved_user(void)
{
    set_up();
    registers_set(CALIPTRA_MBOX_USER, CALIPTRA_RESERVED_USER);
    load_firmware();
}

static void empty_bundle(void)
{
    set_up();
    send(CALIPTRA_CMD_FIRMWARE_LOAD, &soc.bundle, 0);
}

static void large_bundle(void)
{
    set_up();
    send(CALIPTRA_CMD_FIRMWARE_LOAD, &soc.bundle, CALIPTRA_MBOX_SIZE + 1);
}

static void largest_bundle(void)
{
    set_up();
    send(CALIPTRA_CMD_FIRMWARE_LOAD, &soc.bundle, CALIPTRA_MBOX_SIZE);
}

static void pcr_locked(void)
{
    set_up();
    registers_set(CALIPTRA_PV_CTRL + 4 * CALIPTRA_PCR_FMC_CURRENT, 1);
    load_firmware();
}

static void rom_spoilt(void)
{
    set_up();
    stand_in_raw_digest[7] = 1;
}

static void reset_by(uint32_t reason)
{
    set_up();
    registers_set(CALIPTRA_SOC_IFC_RESET_REASON, reason);
    registers_set(CALIPTRA_DV_STICKY_SCRATCH + 4, CALIPTRA_BOOT_COLD_DONE);
    registers_set(CALIPTRA_DV_STICKY_SCRATCH + 8, ICCM + 4);
}

static void warm(void)
{
    reset_by(WARM);
}

static void warm_after_failure(void)
{
    reset_by(WARM);
    registers_set(CALIPTRA_DV_STICKY_SCRATCH + 4, CALIPTRA_BOOT_COLD_STARTED);
}

static void warm_after_update(void)
{
    reset_by(WARM);
    registers_set(CALIPTRA_DV_NONSTICKY_SCRATCH + 16,
                  CALIPTRA_BOOT_UPDATE_DONE);
}

static void warm_in_update(void)
{
    reset_by(WARM);
    registers_set(CALIPTRA_DV_NONSTICKY_SCRATCH + 16,
                  CALIPTRA_BOOT_UPDATE_STARTED);
}

static void unknown_reset(void)
{
    reset_by(WARM | UPDATE);
}

static void update(void)
{
    reset_by(UPDATE);
    load_firmware();
}

static void update_refused(void)
{
    update();
    soc.bad_image = 0xb0b;
}

static void update_by_another(void)
{
    reset_by(UPDATE);
    send(CALIPTRA_CMD_VERSION, load_request, 4);
}

static void update_of_nothing(void)
{
    reset_by(UPDATE);
}

TEST(each_step_of_the_rom_is_as_approved)
{
    static const struct stand_in_flow flows[] = {
        {"cold",                      cold,               rom_main, true },
        {"cold, manufacturing",       manufacturing,      rom_main, true },
        {"cold, unprovisioned",       unprovisioned,      rom_main, false},
        {"cold, SHA-1",               by_sha1,            rom_main, false},
        {"cold, refused",             refused,            rom_main, false},
        {"commands",                  ask_all,            rom_main, true },
        {"two stashes",               stash_two,          rom_main, true },
        {"stashes",                   stash_too_many,     rom_main, false},
        {"no sum",                    no_sum,             rom_main, false},
        {"no size",                   no_size,            rom_main, false},
        {"no command",                no_command,         rom_main, false},
        {"reserved user",             reserved_user,      rom_main, false},
        {"empty bundle",              empty_bundle,       rom_main, false},
        {"large bundle",              large_bundle,       rom_main, false},
        {"largest bundle",            largest_bundle,     rom_main, false},
        {"locked PCR",                pcr_locked,         rom_main, false},
        {"spoilt ROM",                rom_spoilt,         rom_main, false},
        {"warm",                      warm,               rom_main, true },
        {"warm after a failure",      warm_after_failure, rom_main, false},
        {"warm after an update",      warm_after_update,  rom_main, false},
        {"warm in an update",         warm_in_update,     rom_main, false},
        {"unknown reset",             unknown_reset,      rom_main, false},
        {"update",                    update,             rom_main, true },
        {"update, refused",           update_refused,     rom_main, false},
        {"update by another command", update_by_another,  rom_main, false},
        {"update of nothing",         update_of_nothing,  rom_main, false},
    };
    stand_ins_expect("tests/approved/caliptra_rom.txt", flows,
                     sizeof(flows) / sizeof(flows[0]), dump);
}
