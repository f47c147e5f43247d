/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FMC and runtime of our Caliptra firmware 2.x, compiled for the host over
 * drivers that only note what they were asked for. Places, labels and names are
 * those of the released ROMs and FMCs of 2.0 and 2.1, under which the same
 * firmware runs (tests/caliptra/firmware_2_test.c, which needs such a ROM).
 */
#include <stddef.h>
#include <string.h>

#include "abi/caliptra2_handoff.h"
#include "abi/caliptra2_runtime.h"
#include "abi/caliptra_handoff.h"
#include "abi/caliptra_image.h"
#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_soc_ifc.h"
#include "tests/caliptra/commands.h"
#include "tests/caliptra/handoff.h"
#include "tests/caliptra/stand_ins.h"
#include "tests/harness.h"
#include "tests/register_file.h"

enum {
    MANIFEST = CALIPTRA_DCCM_BASE + 0x4000,
    LAST = CALIPTRA_DCCM_BASE + CALIPTRA2_DCCM_SIZE,
    UPDATE = 1,
    WARM = 2,
};

static struct caliptra2_fht *fht;
static struct caliptra2_fht_rest *rest;
static struct caliptra2_data_vault *vault;

static void fill(uint32_t *words, unsigned count, uint32_t first)
{
    for (uint32_t i = 0; i < count; i++) {
        words[i] = first + i;
    }
}

static void fill_rest(void)
{
    *rest = (struct caliptra2_fht_rest){
        .ldevid_tbs_address = CALIPTRA_DCCM_BASE + 0x10000,
        .fmcalias_tbs_address = CALIPTRA_DCCM_BASE + 0x11000,
        .ldevid_tbs_size = 0x201,
        .fmcalias_tbs_size = CALIPTRA_TBS_MAX,
        .pcr_log_address = CALIPTRA_DCCM_BASE + 0x12000,
        .pcr_log_index = 4,
        .measurement_log_address = CALIPTRA_DCCM_BASE + 0x13000,
        .measurement_log_index = 3,
        .rom_info_address = CALIPTRA2_ROM_SIZE - 4,
    };
}

static void fill_vault(void)
{
    fill((uint32_t *)vault, sizeof(*vault) / 4, 0xda000000);
    vault->runtime_entry = CALIPTRA_ICCM_BASE + 0x4000;
    vault->cold_boot_svn = 5;
    vault->svn = 7;
    vault->min_svn = 6;
}

static void set_up(uint32_t revision, uint32_t table, uint32_t behind,
                   uint32_t data)
{
    struct caliptra2_manifest *manifest;
    registers_clear();
    registers_set(CALIPTRA_SOC_IFC_HW_REV_ID, revision);
    registers_set(CALIPTRA_SOC_IFC_SECURITY_STATE, 7);
    stand_in_memory(CALIPTRA_DCCM_BASE, CALIPTRA2_DCCM_SIZE);
    /* NOLINTBEGIN(performance-no-int-to-ptr): where the firmware looks */
    fht = (struct caliptra2_fht *)(uintptr_t)table;
    rest = (struct caliptra2_fht_rest *)(uintptr_t)(table + behind);
    vault = (struct caliptra2_data_vault *)(uintptr_t)data;
    manifest = (struct caliptra2_manifest *)(uintptr_t)MANIFEST;
    /* NOLINTEND(performance-no-int-to-ptr) */
    manifest->header.flags = 0x11;
    manifest->header.pl0_pauser = 0x22;
    *fht = (struct caliptra2_fht){
        .marker = CALIPTRA_FHT_MARKER,
        .manifest_address = MANIFEST,
        .fmc_cdi_handle = CALIPTRA_HANDLE(CALIPTRA_VAULT_KEY, 0, 6),
        .fmc_private_key_handle = CALIPTRA_HANDLE(CALIPTRA_VAULT_KEY, 0, 7),
        .fmc_mldsa_seed_handle = CALIPTRA_HANDLE(CALIPTRA_VAULT_KEY, 0, 8),
    };
    fill_rest();
    fill_vault();
}

static void in_2_0(void)
{
    set_up(0x02, CALIPTRA20_DCCM_FHT, CALIPTRA20_FHT_REST,
           CALIPTRA20_DCCM_DATA_VAULT);
}

static void in_2_1(void)
{
    set_up(0x12, CALIPTRA21_DCCM_FHT, CALIPTRA21_FHT_REST,
           CALIPTRA21_DCCM_DATA_VAULT);
}

/* ---- FMC ----------------------------------------------------------------- */

static void update(void)
{
    in_2_1();
    registers_set(CALIPTRA_SOC_IFC_RESET_REASON, UPDATE);
}

static void warm(void)
{
    in_2_0();
    registers_set(CALIPTRA_SOC_IFC_RESET_REASON, WARM);
}

static void warm_unprovisioned(void)
{
    warm();
    registers_set(CALIPTRA_SOC_IFC_SECURITY_STATE, 4);
}

static void warm_open(void)
{
    warm();
    registers_set(CALIPTRA_SOC_IFC_SECURITY_STATE, 3);
}

static void all_locked(void)
{
    in_2_1();
    fht->fmc_mldsa_seed_handle = CALIPTRA_HANDLE(CALIPTRA_VAULT_KEY, 0, 23);
    fht->fmc_cdi_handle = CALIPTRA_HANDLE(CALIPTRA_VAULT_KEY, 0, 0);
    fht->fmc_private_key_handle = CALIPTRA_HANDLE(CALIPTRA_VAULT_KEY, 0, 22);
}

static void dump(void)
{
    stand_ins_dump("table", (uint32_t)(uintptr_t)fht, 390);
    stand_ins_dump("PCR log", CALIPTRA_DCCM_BASE + 0x12000, 0x400);
    stand_ins_dump("certificate", CALIPTRA2_DCCM_RTALIAS_TBS, 16);
}

TEST(each_step_of_the_fmc_of_2_x_is_as_approved)
{
    static const struct stand_in_flow flows[] = {
        {"hand-off, 2.0",            in_2_0,             handoff_tell, false},
        {"hand-off, 2.1",            in_2_1,             handoff_tell, false},
        {"cold, 2.0",                in_2_0,             handoff_run,  true },
        {"cold, 2.1",                in_2_1,             handoff_run,  true },
        {"update, 2.1",              update,             handoff_run,  false},
        {"warm, 2.0",                warm,               handoff_run,  true },
        {"warm, unprovisioned, 2.0", warm_unprovisioned, handoff_run,  true },
        {"warm, open to debug, 2.0", warm_open,          handoff_run,  false},
        {"other slots, 2.1",         all_locked,         handoff_run,  false},
    };
    stand_ins_expect("tests/approved/caliptra_fmc_2.txt", flows,
                     sizeof(flows) / sizeof(flows[0]), dump);
}

#define FIELD(name) offsetof(struct caliptra2_fht, name)
#define REST(name)                                                             \
    (CALIPTRA20_FHT_REST + offsetof(struct caliptra2_fht_rest, name))

TEST(places_of_a_hand_off_are_in_dccm)
{
    static const struct {
        size_t field;
        uint32_t value;
        bool valid;
    } cases[] = {
        {FIELD(marker),                 0,                                  false},
        {FIELD(manifest_address),       CALIPTRA_DCCM_BASE,                 true },
        {FIELD(manifest_address),       CALIPTRA_DCCM_BASE - 4,             false},
        {FIELD(manifest_address),       MANIFEST + 1,                       false},
        {FIELD(manifest_address),       MANIFEST + 2,                       false},
        {FIELD(manifest_address),       LAST - CALIPTRA2_MANIFEST_SIZE,     true },
        {FIELD(manifest_address),       LAST - CALIPTRA2_MANIFEST_SIZE + 4, false},
        {FIELD(fmc_cdi_handle),         0x2006,                             false},
        {FIELD(fmc_private_key_handle), 0x2006,                             false},
        {FIELD(fmc_mldsa_seed_handle),  0x2006,                             false},
        {REST(ldevid_tbs_address),      LAST - CALIPTRA_TBS_MAX,            true },
        {REST(ldevid_tbs_address),      LAST - CALIPTRA_TBS_MAX + 4,        false},
        {REST(fmcalias_tbs_address),    LAST - CALIPTRA_TBS_MAX + 4,        false},
        {REST(pcr_log_address),         LAST - CALIPTRA_TBS_MAX + 4,        false},
        {REST(measurement_log_address), LAST - CALIPTRA_TBS_MAX + 4,        false},
        {REST(fmcalias_tbs_address),    0,                                  false},
        {REST(ldevid_tbs_size),         CALIPTRA_TBS_MAX,                   true },
        {REST(ldevid_tbs_size),         CALIPTRA_TBS_MAX + 1,               false},
        {REST(ldevid_tbs_size),         (CALIPTRA_TBS_MAX + 1) << 16,       false},
        {REST(rom_info_address),        CALIPTRA2_ROM_SIZE - 1,             true },
        {REST(rom_info_address),        CALIPTRA2_ROM_SIZE,                 false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        test_case("case %zu", i);
        in_2_0();
        memcpy((uint8_t *)fht + cases[i].field, &cases[i].value, 4);
        handoff_tell();
        EXPECT_EQ(strstr(registers_journal(), "error 0\n") != NULL,
                  cases[i].valid);
    }
}

TEST(a_runtime_of_2_x_starts_inside_iccm)
{
    for (unsigned i = 0; i < 4; i++) {
        static const uint32_t entries[] = {
            CALIPTRA_ICCM_BASE, CALIPTRA_ICCM_BASE + CALIPTRA2_ICCM_SIZE - 2,
            CALIPTRA_ICCM_BASE - 1, CALIPTRA_ICCM_BASE + CALIPTRA2_ICCM_SIZE};
        test_case("%x", (unsigned)entries[i]);
        in_2_0();
        vault->runtime_entry = entries[i];
        handoff_tell();
        EXPECT_EQ(strstr(registers_journal(), "error 0\n") != NULL, i < 2);
    }
}

/* ---- Runtime ------------------------------------------------------------- */

static struct runtime *runtime;

static void start(void)
{
    runtime = commands_start();
    registers_set(CALIPTRA_SOC_IFC_HW_REV_ID, 0x12);
    dpe_begin(runtime);
}

static void inform(void)
{
    commands_ask(CALIPTRA_CMD_FW_INFO);
    commands_ask(CALIPTRA_CMD_VERSION);
    commands_ask(CALIPTRA_CMD_CAPABILITIES);
    commands_ask(CALIPTRA_CMD_INVOKE_DPE);
}

static void quote(void)
{
    for (uint32_t i = 0; i < 32; i++) {
        runtime->kept->pcr_resets[i] = i + 1;
    }
    commands_send(CALIPTRA_CMD_QUOTE_PCRS, NULL, 32);
}

static void verify(void)
{
    static struct caliptra2_ecdsa_request ecdsa;
    memset(&ecdsa, 0x31, sizeof(ecdsa));
    memset(ecdsa.digest, 0x32, sizeof(ecdsa.digest));
    commands_send(CALIPTRA2_CMD_ECDSA384_VERIFY, ecdsa.base.x,
                  sizeof(ecdsa) - 4);
    memset(ecdsa.digest, 0x31, sizeof(ecdsa.digest));
    commands_send(CALIPTRA2_CMD_ECDSA384_VERIFY, ecdsa.base.x,
                  sizeof(ecdsa) - 4);
}

static void verify_by_lms(void)
{
    static struct caliptra2_lms_request lms;
    memset(&lms, 0x21, sizeof(lms));
    memset(lms.digest, 0x32, sizeof(lms.digest));
    memset(lms.base.key_root, 0x5a, sizeof(lms.base.key_root));
    lms.base.key_tree_type = lms.base.tree_type = 12;
    lms.base.key_ots_type = 7;
    commands_send(CALIPTRA2_CMD_LMS_VERIFY, &lms.base.key_tree_type,
                  sizeof(lms) - 4);
}

static void stash_and_log(void)
{
    commands_send(CALIPTRA_CMD_STASH_MEASUREMENT, NULL, 104);
    commands_ask(CALIPTRA_CMD_GET_PCR_LOG);
}

static void certificates(void)
{
    commands_ask(CALIPTRA_CMD_GET_RT_ALIAS_CERT);
    commands_ask(CALIPTRA_CMD_GET_LDEV_CERT);
}

static void end(void)
{
    commands_ask(CALIPTRA_CMD_DISABLE_ATTESTATION);
    commands_ask(CALIPTRA_CMD_SHUTDOWN);
}

TEST(each_step_of_a_command_of_2_x_is_as_approved)
{
    static const struct stand_in_flow flows[] = {
        {"what runs",    start, inform,        false},
        {"quote",        start, quote,         true },
        {"verify",       start, verify,        true },
        {"LMS",          start, verify_by_lms, true },
        {"stash",        start, stash_and_log, true },
        {"certificates", start, certificates,  false},
        {"end",          start, end,           true },
    };
    stand_ins_expect("tests/approved/caliptra_commands_2.txt", flows,
                     sizeof(flows) / sizeof(flows[0]), commands_dump);
}
