/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The FMC of our Caliptra firmware 1.x, compiled for the host over drivers that
 * only note what they were asked for: what it takes over from a ROM, and each
 * step to the runtime's identity. Keys, labels and certificates of the approved
 * text are those of the released FMC 1.2 (tests/caliptra/identity_test.c).
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "abi/caliptra_handoff.h"
#include "abi/caliptra_image.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_registers.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/vault.h"
#include "tests/caliptra/handoff.h"
#include "tests/caliptra/stand_ins.h"
#include "tests/harness.h"
#include "tests/register_file.h"

enum { ICCM = CALIPTRA_ICCM_BASE, UPDATE = 1, WARM = 2 };

static struct caliptra_fht *fht;

static void fill(uint32_t address, uint32_t first)
{
    for (uint32_t i = 0; i < 12; i++) {
        registers_set(address + 4 * i, first + i);
    }
}

static void fill_table(void)
{
    *fht = (struct caliptra_fht){
        .marker = CALIPTRA_FHT_MARKER,
        .rt_entry_handle =
            CALIPTRA_HANDLE(CALIPTRA_VAULT_DATA, CALIPTRA_DV_NON_STICKY_32, 1),
        .fmc_cdi_handle = CALIPTRA_HANDLE(CALIPTRA_VAULT_KEY, 0, 6),
        .fmc_private_key_handle = CALIPTRA_HANDLE(CALIPTRA_VAULT_KEY, 0, 7),
        .fmc_public_x_handle =
            CALIPTRA_HANDLE(CALIPTRA_VAULT_DATA, CALIPTRA_DV_STICKY_384, 6),
        .fmc_public_y_handle =
            CALIPTRA_HANDLE(CALIPTRA_VAULT_DATA, CALIPTRA_DV_STICKY_384, 9),
        .ldevid_cert_r_handle =
            CALIPTRA_HANDLE(CALIPTRA_VAULT_DATA, CALIPTRA_DV_STICKY_384, 0),
        .ldevid_cert_s_handle =
            CALIPTRA_HANDLE(CALIPTRA_VAULT_DATA, CALIPTRA_DV_NON_STICKY_384, 1),
        .fmc_cert_r_handle =
            CALIPTRA_HANDLE(CALIPTRA_VAULT_DATA, CALIPTRA_DV_STICKY_384, 4),
        .fmc_cert_s_handle =
            CALIPTRA_HANDLE(CALIPTRA_VAULT_DATA, CALIPTRA_DV_STICKY_384, 5),
        .ldevid_tbs_size = 0x201,
        .fmcalias_tbs_size = 0x302,
        .pcr_log_index = 3,
        .measurement_log_index = 2,
        .rom_info_address = 0xbfc0,
    };
}

static void set_up(void)
{
    struct caliptra_manifest *manifest;
    registers_clear();
    memset(stand_in_raw_digest, 0, sizeof(stand_in_raw_digest));
    stand_in_memory(CALIPTRA_DCCM_BASE, CALIPTRA_DCCM_SIZE);
    fht = (void *)CALIPTRA_DCCM_FHT;
    fill_table();
    manifest = (void *)CALIPTRA_DCCM_MANIFEST1;
    manifest->header.flags = 0x11;
    manifest->header.pl0_pauser = 0x22;
    registers_set(CALIPTRA_SOC_IFC_SECURITY_STATE, 7);
    for (uint32_t i = 0; i < 10; i++) {
        fill(CALIPTRA_DV_STICKY_ENTRY + 48 * i, 0x51000000 + 0x100 * i);
        fill(CALIPTRA_DV_NONSTICKY_ENTRY + 48 * i, 0x52000000 + 0x100 * i);
    }
    registers_set(CALIPTRA_DV_NONSTICKY_SCRATCH, 7);
    registers_set(CALIPTRA_DV_NONSTICKY_SCRATCH + 4, ICCM + 0x4000);
    registers_set(CALIPTRA_DV_NONSTICKY_SCRATCH + 12, 6);
    registers_set(CALIPTRA_DV_STICKY_SCRATCH, 5);
}

static void reset_by(uint32_t reason)
{
    set_up();
    registers_set(CALIPTRA_SOC_IFC_RESET_REASON, reason);
}

static void update(void)
{
    reset_by(UPDATE);
}

static void update_lower(void)
{
    reset_by(UPDATE);
    registers_set(CALIPTRA_DV_NONSTICKY_SCRATCH, 5);
}

static void warm(void)
{
    reset_by(WARM);
}

static void warm_open(void)
{
    reset_by(WARM);
    registers_set(CALIPTRA_SOC_IFC_SECURITY_STATE, 3);
}

static void warm_unprovisioned(void)
{
    reset_by(WARM);
    registers_set(CALIPTRA_SOC_IFC_SECURITY_STATE, 4);
}

static void cold_open(void)
{
    set_up();
    registers_set(CALIPTRA_SOC_IFC_SECURITY_STATE, 0);
}

static void unknown(void)
{
    reset_by(WARM | UPDATE);
}

static void dates(void)
{
    struct caliptra_manifest *manifest = (void *)CALIPTRA_DCCM_MANIFEST1;
    set_up();
    memset(manifest->header.vendor_data.not_before, '1', 15);
    memset(manifest->header.vendor_data.not_after, '2', 15);
    memset(manifest->header.owner_data.not_before, '3', 15);
}

static void locked(void)
{
    set_up();
    registers_set(CALIPTRA_PV_CTRL + 4 * CALIPTRA_PCR_RT_CURRENT, 1);
}

static void log_full(void)
{
    set_up();
    fht->pcr_log_index = CALIPTRA_PCR_LOG_MAX - 1;
}

static void dump(void)
{
    stand_ins_dump("table", CALIPTRA_DCCM_FHT, 380);
    stand_ins_dump("rest", CALIPTRA_DCCM_FHT + 0x7f0, 16);
    stand_ins_dump("PCR log", CALIPTRA_DCCM_PCR_LOG, 0x400);
    stand_ins_dump("certificate", CALIPTRA_DCCM_RTALIAS_TBS, 16);
}

TEST(each_step_of_the_fmc_is_as_approved)
{
    static const struct stand_in_flow flows[] = {
        {"hand-off",            set_up,             handoff_tell, true },
        {"cold",                set_up,             handoff_run,  true },
        {"update",              update,             handoff_run,  true },
        {"update, lower",       update_lower,       handoff_run,  false},
        {"warm",                warm,               handoff_run,  true },
        {"warm, open to debug", warm_open,          handoff_run,  true },
        {"warm, unprovisioned", warm_unprovisioned, handoff_run,  false},
        {"cold, open to debug", cold_open,          handoff_run,  false},
        {"unknown reset",       unknown,            handoff_run,  false},
        {"dates",               dates,              handoff_run,  false},
        {"locked PCR",          locked,             handoff_run,  false},
        {"full log",            log_full,           handoff_run,  true },
    };
    stand_ins_expect("tests/approved/caliptra_fmc.txt", flows,
                     sizeof(flows) / sizeof(flows[0]), dump);
}

/* ---- What no hand-off is ------------------------------------------------- */

enum { INVALID = CALIPTRA_ERROR_FMC_HANDOFF_INVALID };

#define FIELD(name) offsetof(struct caliptra_fht, name)

TEST(a_hand_off_that_makes_no_sense_is_refused)
{
    static const struct {
        size_t field;
        uint32_t value;
        uint32_t error;
    } cases[] = {
        {FIELD(marker),                 0x54484644, INVALID                         },
        {FIELD(rt_entry_handle),        0x3302,     INVALID                         },
        {FIELD(fmc_cdi_handle),         0x3106,     INVALID                         },
        {FIELD(fmc_cdi_handle),         0x11006,    INVALID                         },
        {FIELD(fmc_private_key_handle), 0x1107,     INVALID                         },
        {FIELD(fmc_public_x_handle),    0x3106,     INVALID                         },
        {FIELD(fmc_public_x_handle),    0x320a,     INVALID                         },
        {FIELD(fmc_public_y_handle),    0x340a,     INVALID                         },
        {FIELD(fmc_public_y_handle),    0x3409,     0                               },
        {FIELD(fmc_cdi_handle),         0x1003,     CALIPTRA_ERROR_FMC_CDI_COLLISION},
        {FIELD(fmc_cdi_handle),         0x1004,     CALIPTRA_ERROR_FMC_CDI_COLLISION},
        {FIELD(fmc_cdi_handle),         0x1005,     CALIPTRA_ERROR_FMC_CDI_COLLISION},
        {FIELD(fmc_private_key_handle), 0x1003,
         CALIPTRA_ERROR_FMC_ALIAS_COLLISION                                         },
        {FIELD(fmc_private_key_handle), 0x1004,
         CALIPTRA_ERROR_FMC_ALIAS_COLLISION                                         },
        {FIELD(fmc_private_key_handle), 0x1005,
         CALIPTRA_ERROR_FMC_ALIAS_COLLISION                                         },
        {FIELD(fmc_private_key_handle), 0x101f,     0                               },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char expected[32];
        test_case("case %zu", i);
        set_up();
        memcpy((uint8_t *)fht + cases[i].field, &cases[i].value, 4);
        handoff_run();
        snprintf(expected, sizeof(expected), "error %x\n",
                 (unsigned)cases[i].error);
        const char *said = registers_journal();
        EXPECT(strlen(said) >= strlen(expected));
        EXPECT_STR(said + strlen(said) - strlen(expected), expected);
    }
}

TEST(a_runtime_starts_inside_iccm)
{
    static const struct {
        uint32_t entry;
        bool valid;
    } cases[] = {
        {ICCM - 2,       false},
        {ICCM,           true },
        {ICCM + 1,       true },
        {ICCM + 0x4002,  true },
        {ICCM + 0x1fffe, true },
        {ICCM + 0x20000, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        test_case("%x", (unsigned)cases[i].entry);
        set_up();
        registers_set(CALIPTRA_DV_NONSTICKY_SCRATCH + 4, cases[i].entry);
        handoff_tell();
        EXPECT_EQ(strstr(registers_journal(), "error 0\n") != NULL,
                  cases[i].valid);
    }
}

/* The certificate is then taken for none. */
TEST(a_signature_that_is_nowhere_is_none)
{
    static const size_t fields[] = {
        FIELD(ldevid_cert_r_handle), FIELD(ldevid_cert_s_handle),
        FIELD(fmc_cert_r_handle), FIELD(fmc_cert_s_handle)};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        uint32_t value = CALIPTRA_FHT_INVALID_HANDLE;
        test_case("field at %zu", fields[i]);
        set_up();
        memcpy((uint8_t *)fht + fields[i], &value, 4);
        handoff_tell();
        const char *said = registers_journal();
        EXPECT_EQ(strstr(said, "LDevID: 50003c00, 513 bytes") != NULL, i >= 2);
        EXPECT_EQ(strstr(said, "FMC alias: 50004000, 770 bytes") != NULL,
                  i < 2);
    }
}
