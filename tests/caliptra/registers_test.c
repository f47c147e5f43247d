/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drivers of our Caliptra firmware for SOC_IFC and the vaults, and the end that
 * fatal errors make, compiled for the host over registers that do nothing by
 * themselves: what is read out of a register, and each word that is written.
 * Addresses and bits are those of the published register maps.
 */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "abi/caliptra_registers.h"
#include "abi/caliptra_soc_ifc.h"
#include "guest/caliptra/hardware/fatal.h"
#include "guest/caliptra/hardware/mailbox.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/caliptra/hardware/vault.h"
#include "tests/harness.h"
#include "tests/register_file.h"

/* ---- What is in a register ----------------------------------------------- */

static uint32_t reset_reason(void)
{
    return soc_ifc_reset_reason();
}

static uint32_t debug_locked(void)
{
    return soc_ifc_debug_locked();
}

static uint32_t generation_1_0(void)
{
    return soc_ifc_generation_1_0();
}

static uint32_t generation_2_0(void)
{
    return soc_ifc_generation_2_0();
}

static uint32_t lms_verify(void)
{
    return soc_ifc_lms_verify();
}

static uint32_t anti_rollback_disabled(void)
{
    return soc_ifc_anti_rollback_disabled();
}

static uint32_t key_id_algorithm(void)
{
    return soc_ifc_key_id_algorithm();
}

static uint32_t csr_wanted(void)
{
    return soc_ifc_csr_wanted();
}

static uint32_t watchdog_expired(void)
{
    return soc_ifc_watchdog_expired();
}

static uint32_t has_command(void)
{
    return mailbox_has_command();
}

TEST(a_register_says_what_the_part_is)
{
    static const struct {
        const char *name;
        uint32_t (*ask)(void);
        uint32_t address, word, answer;
    } cases[] = {
        {"reset",          reset_reason,           0x30030040, 0,          0         },
        {"reset",          reset_reason,           0x30030040, 1,          2         },
        {"reset",          reset_reason,           0x30030040, 2,          1         },
        {"reset",          reset_reason,           0x30030040, 3,          3         },
        {"reset",          reset_reason,           0x30030040, 0xfffffffc, 0         },
        {"life cycle",     soc_ifc_lifecycle,      0x30030044, 0xffffffff, 3         },
        {"life cycle",     soc_ifc_lifecycle,      0x30030044, 5,          1         },
        {"debug",          debug_locked,           0x30030044, 4,          1         },
        {"debug",          debug_locked,           0x30030044, 0xfffffffb, 0         },
        {"1.0",            generation_1_0,         0x300300d4, 0x0001,     1         },
        {"1.0",            generation_1_0,         0x300300d4, 0xffff01,   1         },
        {"1.0",            generation_1_0,         0x300300d4, 0x0011,     0         },
        {"1.0",            generation_1_0,         0x300300d4, 0x0002,     0         },
        {"2.0",            generation_2_0,         0x300300d4, 0x0102,     1         },
        {"2.0",            generation_2_0,         0x300300d4, 0x0012,     0         },
        {"2.0",            generation_2_0,         0x300300d4, 0x0001,     0         },
        {"ECC revocation", soc_ifc_ecc_revocation, 0x30030280, 0xffffffff, 0xf       },
        {"ECC revocation", soc_ifc_ecc_revocation, 0x30030280, 0x16,       6         },
        {"LMS revocation", soc_ifc_lms_revocation, 0x30030344, 0xfedcba98,
         0xfedcba98                                                                  },
        {"LMS",            lms_verify,             0x30030340, 1,          1         },
        {"LMS",            lms_verify,             0x30030340, 0xfffffffe, 0         },
        {"anti-rollback",  anti_rollback_disabled, 0x300302c8, 3,          1         },
        {"anti-rollback",  anti_rollback_disabled, 0x300302c8, 2,          0         },
        {"FMC version",    soc_ifc_fmc_svn,        0x300302b4, 0,          0         },
        {"FMC version",    soc_ifc_fmc_svn,        0x300302b4, 1,          1         },
        {"FMC version",    soc_ifc_fmc_svn,        0x300302b4, 5,          3         },
        {"FMC version",    soc_ifc_fmc_svn,        0x300302b4, 0x80000000, 32        },
        {"version",        soc_ifc_runtime_svn,    0x300302b8, 0,          0         },
        {"version",        soc_ifc_runtime_svn,    0x300302b8, 0x7f,       7         },
        {"version",        soc_ifc_runtime_svn,    0x300302bc, 1,          33        },
        {"version",        soc_ifc_runtime_svn,    0x300302c0, 2,          66        },
        {"version",        soc_ifc_runtime_svn,    0x300302c4, 1,          97        },
        {"version",        soc_ifc_runtime_svn,    0x300302c4, 0xffffffff, 128       },
        {"key identifier", key_id_algorithm,       0x300302cc, 0xfffffffe, 2         },
        {"key identifier", key_id_algorithm,       0x300302cc, 3,          3         },
        {"request",        csr_wanted,             0x300300bc, 1,          1         },
        {"request",        csr_wanted,             0x300300bc, 0xfffffffe, 0         },
        {"watchdog",       watchdog_expired,       0x30030104, 1,          1         },
        {"watchdog",       watchdog_expired,       0x30030104, 2,          1         },
        {"watchdog",       watchdog_expired,       0x30030104, 0xfffffffc, 0         },
        {"mailbox",        has_command,            0x3002001c, 0x180,      1         },
        {"mailbox",        has_command,            0x3002001c, 0xffffffbf, 1         },
        {"mailbox",        has_command,            0x3002001c, 0x1c0,      0         },
        {"mailbox",        has_command,            0x3002001c, 0xffffff7f, 0         },
        {"mailbox",        has_command,            0x3002001c, 0x100,      0         },
        {"mailbox",        has_command,            0x3002001c, 0x080,      0         },
        {"user",           mailbox_user,           0x30020004, 0xfffffffe, 0xfffffffe},
        {"command",        mailbox_command,        0x30020008, 0x46574c44, 0x46574c44},
        {"size",           mailbox_size,           0x3002000c, 0x12345,    0x12345   },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        test_case("%s, 0x%x", cases[i].name, (unsigned)cases[i].word);
        registers_clear();
        registers_set(cases[i].address, cases[i].word);
        EXPECT_EQ(cases[i].ask(), cases[i].answer);
    }
}

TEST(a_version_is_the_highest_fuse_of_all_words)
{
    registers_clear();
    registers_set(0x300302b8, 0xffffffff);
    registers_set(0x300302c0, 1);
    EXPECT_EQ(soc_ifc_runtime_svn(), 65);
}

TEST(identifiers_are_bytes_of_the_attributes)
{
    uint8_t key_id[20];
    uint8_t ueid[17];
    registers_clear();
    for (uint32_t i = 0; i < 24; i++) {
        registers_set(0x300302cc + 4 * i, 0x03020100 + 0x04040404 * i);
    }
    soc_ifc_key_id(key_id);
    soc_ifc_ueid(ueid);
    for (unsigned i = 0; i < sizeof(key_id); i++) {
        EXPECT_EQ(key_id[i], 4 + i);
    }
    EXPECT_EQ(ueid[0], 24);
    for (unsigned i = 1; i < sizeof(ueid); i++) {
        EXPECT_EQ(ueid[i], 27 + i);
    }
}

/* ---- What is said to registers ------------------------------------------- */

static uint32_t twelve[12] = {0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5,
                              0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab};
#define TWELVE "a0,a1,a2,a3,a4,a5,a6,a7,a8,a9,aa,ab "

static void key_hashes(void)
{
    soc_ifc_vendor_key_hash(twelve);
    soc_ifc_vendor_key_hash_2(twelve);
    soc_ifc_owner_key_hash(twelve);
}

static void boot_status(void)
{
    soc_ifc_boot_status(0x123);
}

static void flow(void)
{
    soc_ifc_flow(0x10000001, 0x30);
}

static void versions(void)
{
    soc_ifc_set_rom_version(0xabcd);
    soc_ifc_set_fmc_version(0x1234);
    soc_ifc_set_runtime_version(0x98765432);
}

static void fatal(void)
{
    soc_ifc_error_fatal(0xbad);
}

static void non_fatal(void)
{
    soc_ifc_error_non_fatal(0xbad);
}

static void extended(void)
{
    soc_ifc_error_extended(0, 7);
    soc_ifc_error_extended(3, 8);
}

static void set_sticky(void)
{
    vault_set_sticky_digest(VAULT_OWNER_KEY_HASH, twelve);
    vault_lock_sticky_digest(VAULT_OWNER_KEY_HASH);
    vault_set_sticky_word(VAULT_LMS_INDEX, 5);
    vault_lock_sticky_word(VAULT_LMS_INDEX);
}

static void set_others(void)
{
    vault_set_digest(VAULT_RUNTIME_DIGEST + 3, twelve);
    vault_lock_digest(VAULT_RUNTIME_DIGEST + 3);
    vault_set_word(VAULT_UPDATE_STATUS, 5);
    vault_lock_word(VAULT_UPDATE_STATUS);
}

static void read_digests(void)
{
    vault_sticky_digest(VAULT_OWNER_KEY_HASH, twelve);
    vault_digest(VAULT_RUNTIME_DIGEST + 3, twelve);
    vault_pcr(31, twelve);
}

static void read_words(void)
{
    EXPECT_EQ(vault_sticky_word(VAULT_LMS_INDEX), 0x11);
    EXPECT_EQ(vault_word(VAULT_UPDATE_STATUS), 0x22);
}

static void unwrap(void)
{
    vault_unwrap_uds(0);
    vault_unwrap_uds(5);
    vault_unwrap_field_entropy(1);
    vault_forget_secrets();
}

static void lock_keys(void)
{
    vault_lock_key_use(3);
    vault_clear_key(4);
}

static void pcrs(void)
{
    EXPECT(!vault_clear_pcr(2));
    EXPECT(vault_clear_pcr(3));
    vault_lock_pcr(31);
}

static void ports(void)
{
    EXPECT(vault_port_read(CALIPTRA_HMAC_KEY_READ, 9));
    vault_port_write(CALIPTRA_HMAC_TAG_WRITE, 4, 0x600);
    EXPECT(!vault_port_written(CALIPTRA_HMAC_TAG_WRITE));
}

static void finish(void)
{
    mailbox_finish(true);
    mailbox_finish(false);
    mailbox_withdraw();
}

static void withdraw(void)
{
    mailbox_withdraw();
}

#define VECTOR "10000000=fb10365b,a1179741,fba193a1,f406d7e "

TEST(each_word_goes_where_it_belongs)
{
    static const struct {
        const char *name;
        void (*run)(void);
        /* clang-format off */
        struct {
            uint32_t address, value;
        } before[3];
        const char *said;
    } cases[] = {
        {"key hashes",
         key_hashes,
         {{0}},
         "30030250:12 30030260:12 30030284:12 "},
        {"boot status, debug locked",
         boot_status,
         {{0x30030044, 4}},
         "500003fc=123 "},
        {"boot status, open",
         boot_status,
         {{0x30030044, 3}},
         "500003fc=123 30030038=123 "},
        {"flow", flow, {{0x3003003c, 0xf1}}, "3003003c=100000c1 "},
        {"versions",
         versions,
         {{0x300300d8, 0x77778888}},
         "300300d8=7777abcd 300300d8=1234abcd 300300dc=98765432 "},
        {"fatal error",
         fatal,
         {{0x500003fc, 0x66}},
         "30030008=bad 30030038=66 "},
        {"error", non_fatal, {{0x500003fc, 0x66}}, "3003000c=bad 30030038=66 "},
        {"no error to clear",
         soc_ifc_clear_error_non_fatal,
         {{0x500003fc, 0x66}},
         ""},
        {"an error to clear",
         soc_ifc_clear_error_non_fatal,
         {{0x500003fc, 0x66}, {0x3003000c, 5}},
         "3003000c=0 30030038=66 "},
        {"extended error", extended, {{0}}, "30030018=7 30030024=8 "},
        {"watchdog, open", soc_ifc_watchdog_start, {{0x30030110, 9}}, ""},
        {"watchdog",
         soc_ifc_watchdog_start,
         {{0x30030110, 9}, {0x30030114, 8}, {0x30030044, 4}},
         "30030110:2 300300ec=9,8 300300fc=1 30030100=0 300300e4=1 "
         "300300e8=1 "},
        {"watchdog, no period",
         soc_ifc_watchdog_start,
         {{0x30030044, 4}},
         "30030110:2 300300ec=1,0 300300fc=1 30030100=0 300300e4=1 "
         "300300e8=1 "},
        {"watchdog, low word of zeros",
         soc_ifc_watchdog_start,
         {{0x30030114, 8}, {0x30030044, 4}},
         "30030110:2 300300ec=0,8 300300fc=1 30030100=0 300300e4=1 "
         "300300e8=1 "},
        {"watchdog, high word of zeros",
         soc_ifc_watchdog_start,
         {{0x30030110, 2}, {0x30030044, 4}},
         "30030110:2 300300ec=2,0 300300fc=1 30030100=0 300300e4=1 "
         "300300e8=1 "},
        {"watchdog's end", soc_ifc_watchdog_stop, {{0}}, "300300e4=0 "},
        {"sticky entries",
         set_sticky,
         {{0}},
         "1001c1d8=" TWELVE "1001c024=1 1001c4b0=5 1001c490=1 "},
        {"other entries",
         set_others,
         {{0}},
         "1001c2c0=" TWELVE "1001c214=1 1001c448=5 1001c420=1 "},
        {"reading digests",
         read_digests,
         {{0}},
         "1001c1d8:12 1001c2c0:12 1001abd0:12 "},
        {"reading words",
         read_words,
         {{0x1001c4b0, 0x11}, {0x1001c448, 0x22}},
         ""},
        {"secrets",
         unwrap,
         {{0}},
         "10000014?1 " VECTOR "10000010=1 10000014?2 10000014?1 " VECTOR
         "10000010=15 10000014?2 10000014?1 " VECTOR
         "10000010=6 10000014?2 10000014?1 10000010=3 10000014?2 "},
        {"keys", lock_keys, {{0x1001800c, 0x801}}, "1001800c=803 10018010=4 "},
        {"PCRs",
         pcrs,
         {{0x1001a008, 0x3}, {0x1001a00c, 2}},
         "1001a00c=2 1001a07c=1 "},
        {"ports",
         ports,
         {{0x10010614, 0x200}},
         "10010604?1 10010600=13 10010604?2 10010614?1 10010610=609 "
         "10010614?2 "},
        {"an end of a command",
         finish,
         {{0}},
         "3002001c=2 3002001c=3 30020018=0 "},
        {"giving the mailbox back", withdraw, {{0x30020018, 1}}, "30020018=0 "},
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        test_case("%s", cases[i].name);
        registers_clear();
        for (unsigned k = 0; k < 3 && cases[i].before[k].address != 0; k++) {
            registers_set(cases[i].before[k].address, cases[i].before[k].value);
        }
        for (uint32_t k = 0; k < 12; k++) {
            twelve[k] = 0xa0 + k;
        }
        cases[i].run();
        EXPECT_STR(registers_journal(), cases[i].said);
    }
}

/* Any of the eight bits is an error of the vault. */
TEST(a_port_reports_each_error)
{
    for (unsigned bit = 0; bit < 12; bit++) {
        bool fault = bit >= 2 && bit < 10;
        registers_clear();
        registers_set(CALIPTRA_HMAC_KEY_READ + 4, 1u << bit);
        test_case("bit %u", bit);
        EXPECT_EQ(vault_port_read(CALIPTRA_HMAC_KEY_READ, 1), !fault);
        EXPECT_EQ(vault_port_written(CALIPTRA_HMAC_KEY_READ), !fault);
    }
}

TEST(keys_without_a_lock_are_cleared)
{
    registers_clear();
    for (uint32_t slot = 0; slot < 40; slot++) {
        registers_set(0x10018000 + 4 * slot,
                      slot >= 4 && slot < 31 ? 3 : slot % 4 | 0x800);
    }
    vault_clear_keys();
    EXPECT_STR(registers_journal(), "10018000=4 ");
    registers_set(0x1001807c, 0xfffffffc);
    vault_clear_keys();
    EXPECT_STR(registers_journal(), "10018000=4 1001807c=4 ");
}

/* ---- The end of the road ------------------------------------------------- */

const struct fatal_codes fatal_codes = {
    .nmi = 0x100, .exception = 0x200, .watchdog = 0x300};

static jmp_buf halted;
static unsigned rounds;

/* The SoC's command comes in the second round, and the third ends it. */
static void go_round(uint32_t address)
{
    if (address == CALIPTRA_SHA_ACC_LOCK) {
        rounds++;
        registers_set(CALIPTRA_MBOX_STATUS, rounds == 1 ? 0x180 : 0);
        if (rounds == 3) {
            longjmp(halted, 1);
        }
    }
}

static void end(void)
{
    fatal_halt(0xbad);
}

static void except(void)
{
    fatal_exception(2, 3, 4, 5);
}

static void interrupt(void)
{
    fatal_nmi(2, 3, 4, 5);
}

static void run_to_the_end(void (*run)(void))
{
    if (setjmp(halted) == 0) {
        run();
    }
}

TEST(a_fatal_error_is_told_and_wipes_what_is_secret)
{
    static const struct {
        const char *name;
        void (*run)(void);
        uint32_t watchdog;
        uint32_t code;
        const char *said; /* before that */
    } cases[] = {
        {"halt",      end,       3, 0xbad, ""                      },
        {"exception", except,    1, 0x200,
         "30030018=2 3003001c=3 30030020=4 30030024=5 "            },
        {"interrupt", interrupt, 0, 0x100,
         "30030018=2 3003001c=3 30030020=4 30030024=5 30030028=99 "},
        {"watchdog",  interrupt, 1, 0x300,
         "30030018=2 3003001c=3 30030020=4 30030024=5 30030028=99 "},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char expected[512];
        char said[16384] = "";
        const char *word;
        int size;
        test_case("%s", cases[i].name);
        registers_clear();
        rounds = 0;
        registers_serve(go_round);
        registers_set(CALIPTRA_SOC_IFC_WDT_STATUS, cases[i].watchdog);
        registers_set(CALIPTRA_SOC_IFC_INTR_ERROR_INTERNAL_INTR, 0x99);
        for (uint32_t slot = 1; slot < 32; slot++) {
            registers_set(CALIPTRA_KV_KEY_CTRL + 4 * slot, 1);
        }
        run_to_the_end(cases[i].run);
        /* Output that goes to the console is for people. */
        for (word = registers_journal(); *word != '\0'; word += size) {
            size = (int)strcspn(word, " ") + 1;
            if (strncmp(word, "300300cc", 8) != 0) {
                strncat(said, word, (size_t)size);
            }
        }
        snprintf(expected, sizeof(expected),
                 "%s30030008=%x 30030038=0 3003000c=%x 30030038=0 10008010=4 "
                 "10010010=4 10028010=8 10020010=10 30021060=1 10018000=4 "
                 "300300e4=0 3002001c=3 ",
                 cases[i].said, (unsigned)cases[i].code,
                 (unsigned)cases[i].code);
        EXPECT_STR(said, expected);
    }
}
