/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The firmware of the boot MCU, compiled for the host: which bank it boots,
 * what it does after resets and traps, and what it serves after the release.
 */
#include <string.h>
#include <zlib.h>

#include "abi/boot_service.h"
#include "abi/caliptra_soc_ifc.h"
#include "guest/bootmcu/metadata.h"
#include "tests/bootmcu/checks.h"

/* ---- Which bank ---------------------------------------------------------- */

static const uint8_t states[] = {FWU_BANK_INVALID, FWU_BANK_VALID,
                                 FWU_BANK_ACCEPTED};

static bool may(const struct metadata *metadata, unsigned bank, uint32_t tried,
                uint8_t state)
{
    return metadata->header.bank_state[bank] == state &&
           (tried & 1u << bank) == 0;
}

/* The rule again, from its words: the active one unless it is invalid, else an
 * accepted one, else a valid one, the previous before the others, recovery. */
static unsigned expected_bank(const struct metadata *metadata, uint32_t tried)
{
    const unsigned active = metadata->header.active_index;
    const unsigned previous = metadata->header.previous_active_index;
    const unsigned order[] = {previous, 0, 1};
    if (may(metadata, active, tried, FWU_BANK_VALID) ||
        may(metadata, active, tried, FWU_BANK_ACCEPTED)) {
        return active;
    }
    for (unsigned state = 2; state >= 1; state--) {
        for (unsigned i = 0; i < 3; i++) {
            if (may(metadata, order[i], tried, states[state])) {
                return order[i];
            }
        }
    }
    return (tried & 4) == 0 ? METADATA_RECOVERY : METADATA_NO_BANK;
}

TEST(the_bank_is_chosen_by_the_rule_in_every_state)
{
    for (unsigned i = 0; i < 9 * 4 * 8; i++) {
        const struct metadata metadata = {
            .header = {.active_index = i / 9 % 2,
                       .previous_active_index = i / 18 % 2,
                       .bank_state = {states[i % 3], states[i / 3 % 3]}}
        };
        test_case("states %u %u, active %u, previous %u, tried %u", i % 3,
                  i / 3 % 3, i / 9 % 2, i / 18 % 2, i / 36);
        EXPECT_EQ(metadata_choose(&metadata, i / 36),
                  expected_bank(&metadata, i / 36));
    }
    EXPECT_EQ(metadata_choose(NULL, 0), METADATA_RECOVERY);
    EXPECT_EQ(metadata_choose(NULL, 3), METADATA_RECOVERY);
    EXPECT_EQ(metadata_choose(NULL, 4), METADATA_NO_BANK);
}

static void seal(struct metadata *metadata)
{
    metadata->header.crc32 = (uint32_t)crc32_z(0, (const uint8_t *)metadata + 4,
                                               sizeof(*metadata) - 4);
}

static const struct {
    const char *name;
    size_t offset;
    size_t size;
    uint32_t value;
    bool good;
} metadata_fields[] = {
#define AT(field)                                                              \
    offsetof(struct metadata, field), sizeof(((struct metadata *)0)->field)
    {"version 1",       AT(header.version),               1,                           false},
    {"version 3",       AT(header.version),               3,                           false},
    {"active 1",        AT(header.active_index),          1,                           true },
    {"active 2",        AT(header.active_index),          2,                           false},
    {"previous 0",      AT(header.previous_active_index), 0,                           true },
    {"previous 2",      AT(header.previous_active_index), 2,                           false},
    {"size",            AT(header.metadata_size),         sizeof(struct metadata) - 1, false},
    {"larger",          AT(header.metadata_size),         sizeof(struct metadata) + 1, false},
    {"no descriptor",   AT(header.descriptor_offset),     0,                           false},
    {"one bank",        AT(descriptor.bank_count),        1,                           false},
    {"three banks",     AT(descriptor.bank_count),        3,                           false},
    {"no image",        AT(descriptor.image_count),       0,                           false},
    {"two images",      AT(descriptor.image_count),       2,                           false},
    {"state of bank 0", AT(header.bank_state[0]),         0xfd,                        false},
    {"bank 0 valid",    AT(header.bank_state[0]),         0xfe,                        true },
    {"bank 0 invalid",  AT(header.bank_state[0]),         0xff,                        true },
    {"state of bank 1", AT(header.bank_state[1]),         0,                           false},
    {"bank 1 accepted", AT(header.bank_state[1]),         0xfc,                        true },
#undef AT
};

TEST(each_field_of_the_metadata_is_checked)
{
    for (size_t i = 0; i < sizeof(metadata_fields) / sizeof(metadata_fields[0]);
         i++) {
        struct boot_mcu_soc *soc = boot_mcu_good();
        struct metadata metadata;
        memcpy(&metadata, soc->flash + FLASH_METADATA_0, sizeof(metadata));
        memcpy((uint8_t *)&metadata + metadata_fields[i].offset,
               &metadata_fields[i].value, metadata_fields[i].size);
        seal(&metadata);
        memcpy(soc->flash + FLASH_METADATA_0, &metadata, sizeof(metadata));
        memcpy(soc->flash + FLASH_METADATA_1, &metadata, sizeof(metadata));
        test_case("%s", metadata_fields[i].name);
        (void)boot_mcu_run(soc);
        EXPECT_EQ(boot_mcu_says(soc, "the update metadata is damaged"),
                  !metadata_fields[i].good);
    }
}

TEST(one_good_copy_of_the_metadata_is_enough)
{
    for (unsigned damaged = 0; damaged < 4; damaged++) {
        const struct set set = boot_mcu_set(5);
        struct boot_mcu_soc *soc = boot_mcu_good();
        boot_mcu_set_place(soc, FLASH_RECOVERY, &set);
        soc->flash[FLASH_METADATA_0] ^= (uint8_t)(damaged & 1);
        soc->flash[FLASH_METADATA_1] ^= (uint8_t)(damaged >> 1);
        test_case("damaged %u", damaged);
        EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
        EXPECT_SAYS(soc, damaged == 3
                             ? "boot MCU: recovery bank, the update metadata "
                               "is damaged\n"
                             : "boot MCU: bank 0\n");
        EXPECT_EQ(reset_register(soc, BOOT_MCU_KEPT_RUNNING),
                  damaged == 3 ? 3 : 1);
    }
}

/* Room is the bank's own. */
TEST(the_recovery_bank_is_smaller)
{
    const struct set set = boot_mcu_set(5);
    for (uint32_t more = 0; more < 2; more++) {
        struct boot_mcu_soc *soc = boot_mcu_good();
        const uint32_t offset = FLASH_RECOVERY_SIZE - 64 - 501 + more;
        boot_mcu_set_place(soc, FLASH_RECOVERY, &set);
        soc->flash[FLASH_METADATA_0] ^= 1;
        soc->flash[FLASH_METADATA_1] ^= 1;
        memcpy(soc->flash + FLASH_RECOVERY + 16 + 3 * 12 + 4, &offset, 4);
        EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_RESET);
        EXPECT_SAYS(soc, more == 0 ? "recovery bank: refused: image: no header"
                                   : "recovery bank: refused: directory: an "
                                     "image is out of bounds");
        EXPECT_EQ(reset_register(soc, BOOT_MCU_KEPT_TRIED), 4);
        EXPECT_EQ(reset_register(soc, BOOT_MCU_KEPT_TRYING), 4);
    }
}

TEST(without_a_bank_the_boot_mcu_stops)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    set_reset_register(soc, BOOT_MCU_KEPT_TRIED, 7);
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_STOPPED);
    EXPECT_STR(buffer_text(&soc->console), "stopped: no bank boots\n");
    EXPECT_EQ(reset_register(soc, BOOT_MCU_RESET_PERIOD), 0);
    EXPECT_EQ(reset_register(soc, BOOT_MCU_RESET_VERDICT),
              SOC_RESET_VERDICT_STOPPED);
}

/* ---- Resets -------------------------------------------------------------- */

TEST(a_boot_mcu_that_wakes_among_running_cores_resets_all)
{
    static const struct {
        uint32_t lines;
        bool resets;
    } cases[] = {
        {0x3ff, false},
        {0x2ff, false}, /* the root of trust kept its power */
        {0x3fe, true },
        {0x37f, true },
        {0x1ff, true },
        {0x0ff, true },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct boot_mcu_soc *soc = boot_mcu_good();
        test_case("lines 0x%x", (unsigned)cases[i].lines);
        set_reset_register(soc, BOOT_MCU_RESET_LINES, cases[i].lines);
        set_reset_register(soc, BOOT_MCU_KEPT_RUNNING, 3);
        EXPECT_EQ(boot_mcu_run(soc),
                  cases[i].resets ? BOOT_MCU_RESET : BOOT_MCU_SERVES);
        EXPECT_EQ(boot_mcu_says(soc, "boot MCU: reset in a running system\n"),
                  cases[i].resets);
        EXPECT_EQ(reset_register(soc, BOOT_MCU_KEPT_RUNNING),
                  cases[i].resets ? 0 : 1);
        EXPECT_EQ(boot_mcu_times(soc, BOOT_MCU_RESET_PERIOD),
                  cases[i].resets ? 0 : 1);
    }
}

TEST(a_bank_that_hung_is_not_tried_again)
{
    for (unsigned bit = 0; bit < 2; bit++) {
        struct fwu metadata = boot_mcu_metadata();
        const struct set set = boot_mcu_set(6);
        struct boot_mcu_soc *soc = boot_mcu_good();
        metadata.bank_state[1] = FWU_BANK_ACCEPTED;
        boot_mcu_metadata_place(soc, &metadata);
        boot_mcu_set_place(soc, FLASH_BANK_1, &set);
        set_reset_register(soc, BOOT_MCU_RESET_CAUSE,
                           2 | (bit != 0 ? SOC_RESET_CAUSE_WATCHDOG : 0));
        set_reset_register(soc, BOOT_MCU_KEPT_TRYING, 1);
        test_case("the watchdog bit: %u", bit);
        EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
        EXPECT_EQ(boot_mcu_says(soc, "boot MCU: the watchdog bit\n"), bit);
        EXPECT_SAYS(soc,
                    bit != 0 ? "boot MCU: bank 1\n" : "boot MCU: bank 0\n");
        /* That it bit is forgotten, why else it was reset is not. */
        EXPECT_EQ(reset_register(soc, BOOT_MCU_RESET_CAUSE), 2);
        EXPECT_EQ(reset_register(soc, BOOT_MCU_KEPT_RUNNING), bit + 1);
    }
}

/* A bank that was tried before the watchdog bit stays tried. */
TEST(banks_that_were_tried_add_up)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    set_reset_register(soc, BOOT_MCU_RESET_CAUSE, SOC_RESET_CAUSE_WATCHDOG);
    set_reset_register(soc, BOOT_MCU_KEPT_TRIED, 1);
    set_reset_register(soc, BOOT_MCU_KEPT_TRYING, 4);
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_STOPPED);
    soc = boot_mcu_good();
    set_reset_register(soc, BOOT_MCU_KEPT_TRIED, 1);
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_RESET);
    EXPECT_SAYS(soc, "recovery bank: refused: directory: none");
    EXPECT_EQ(reset_register(soc, BOOT_MCU_KEPT_TRIED), 5);
}

/* By the cause of a trap. */
TEST(a_trap_is_told_and_stops_the_boot)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    EXPECT_EQ(boot_mcu_trap(soc, 7, 0x80001230, 0), BOOT_MCU_STOPPED);
    EXPECT_STR(buffer_text(&soc->console),
               "trap 0x7 at 0x80001230, value 0x0\n"
               "stopped: the boot MCU trapped\n");
    EXPECT_EQ(reset_register(soc, BOOT_MCU_RESET_PERIOD), 0);
}

/* Boots, and resets all but what survives. */
static struct boot_mcu_soc *restarted(void)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    boot_mcu_warm(soc);
    return soc;
}

TEST(a_root_of_trust_with_power_keeps_its_firmware)
{
    const struct set set = boot_mcu_set(5);
    struct boot_mcu_soc *soc = restarted();
    soc->polls = 2;
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    EXPECT_SAYS(soc,
                "boot MCU: bank 0\nroot of trust: runs again\nSoC "
                "manifest: accepted\n");
    EXPECT_EQ(boot_mcu_times(soc, BOOT_MCU_RESET_ASSERT), 0);
    EXPECT_EQ(boot_mcu_times(soc, ROT_SIDE(CALIPTRA_SOC_IFC_FUSE_UDS_SEED)), 0);
    EXPECT_EQ(reset_register(soc, BOOT_MCU_RESET_REQUIRED + 4 * 9), 0);
    EXPECT_EQ(boot_mcu_times(soc, BOOT_MCU_RESET_REQUIRED + 4 * 8), 0);
    size_t at =
        expect_write(soc, 0, ROT_SIDE(CALIPTRA_SOC_IFC_WDT_CFG), 1000000000);
    at = expect_write(soc, at, BOOT_MCU_FUSES_LOCK, BOOT_MCU_LOCK_SECRETS);
    expect_write(soc, at, ROT_SIDE(CALIPTRA_SOC_IFC_FUSE_WR_DONE), 1);
    check_release(soc, 3, 0x0e000040);
    check_memory(soc, &set);
}

TEST(a_root_of_trust_that_lost_its_power_starts_over)
{
    struct boot_mcu_soc *soc = restarted();
    uint32_t lines = reset_register(soc, BOOT_MCU_RESET_LINES);
    set_reset_register(soc, BOOT_MCU_RESET_LINES,
                       lines | 1u << SOC_RESET_LINE_POWER);
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    EXPECT_SAYS(soc, "root of trust: wants firmware\n");
}

TEST(a_root_of_trust_with_another_banks_firmware_starts_over)
{
    for (uint32_t running = 0; running < 4; running++) {
        struct boot_mcu_soc *soc = restarted();
        set_reset_register(soc, BOOT_MCU_KEPT_RUNNING, running);
        test_case("running %u", (unsigned)running);
        EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
        EXPECT_SAYS(soc, running == 1 ? "root of trust: runs again\n"
                                      : "root of trust: wants firmware\n");
    }
}

TEST(a_root_of_trust_starts_over_when_the_watchdog_bit)
{
    struct boot_mcu_soc *soc = restarted();
    set_reset_register(soc, BOOT_MCU_RESET_CAUSE, SOC_RESET_CAUSE_WATCHDOG);
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    EXPECT_SAYS(soc, "boot MCU: bank 0\nroot of trust: wants firmware\n");
}

/* It is not the bank that failed: the next boot tries the same one anew. */
TEST(a_root_of_trust_that_does_not_start_again_costs_no_bank)
{
    static const enum rot_fault faults[] = {ROT_NO_FUSES, ROT_NO_BUNDLE};
    for (unsigned i = 0; i < 2; i++) {
        struct boot_mcu_soc *soc = restarted();
        soc->fault = faults[i];
        EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_RESET);
        EXPECT_SAYS(soc,
                    "bank 0: refused: root of trust: does not start again");
        EXPECT_EQ(reset_register(soc, BOOT_MCU_KEPT_TRIED), 0);
        EXPECT_EQ(reset_register(soc, BOOT_MCU_KEPT_RUNNING), 0);
        soc->fault = ROT_GOOD;
        boot_mcu_warm(soc);
        EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
        EXPECT_SAYS(soc, "root of trust: wants firmware\n");
    }
}

/* ---- Services ------------------------------------------------------------ */

enum { CHANNEL = 2 };

/* Questions that the channel asks in turn, and what it was told. */
static struct {
    uint32_t request[4];
    uint32_t arguments[4][5];
    uint32_t results[4][4];
    unsigned count, next;
} talk;

static uint32_t *service(struct boot_mcu_soc *soc, uint32_t address)
{
    return &soc->services[(address - BOOT_SERVICE) / 4];
}

static bool ask_next(struct boot_mcu_soc *soc)
{
    if (talk.next > 0) {
        EXPECT_EQ(*service(soc, BOOT_SERVICE_REQUEST + 4 * CHANNEL), 0);
        memcpy(talk.results[talk.next - 1],
               service(soc, BOOT_SERVICE_RESULT + 16 * CHANNEL), 16);
    }
    if (talk.next == talk.count) {
        return false;
    }
    memset(service(soc, BOOT_SERVICE_RESULT), 0xee, 16 * SOC_RESET_CORES);
    memset(service(soc, BOOT_SERVICE_ARGUMENT), 0xdd, 32 * SOC_RESET_CORES);
    memcpy(service(soc, BOOT_SERVICE_ARGUMENT + 32 * CHANNEL),
           talk.arguments[talk.next], sizeof(talk.arguments[0]));
    *service(soc, BOOT_SERVICE_REQUEST + 4 * CHANNEL) =
        talk.request[talk.next++];
    return true;
}

static enum boot_mcu_end serve(struct boot_mcu_soc *soc, unsigned count)
{
    talk.count = count;
    talk.next = 0;
    soc->sleeps = ask_next;
    return boot_mcu_run(soc);
}

TEST(a_core_starts_where_the_caller_says)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    const uint32_t core_5[] = {5, 0x11, 0x22, 0x33, 0x44};
    for (unsigned i = 0; i < 4; i++) {
        talk.request[i] =
            i == 1 || i == 3 ? BOOT_SERVICE_CORE_STATE : BOOT_SERVICE_CORE_ON;
        memcpy(talk.arguments[i], core_5, sizeof(core_5));
    }
    talk.arguments[3][0] = 6;
    EXPECT_EQ(serve(soc, 4), BOOT_MCU_SERVES);
    EXPECT_EQ(talk.results[0][0], BOOT_SERVICE_CORE_GOOD);
    EXPECT_EQ(talk.results[1][0], 0);
    EXPECT_EQ((int32_t)talk.results[2][0], BOOT_SERVICE_CORE_ON_NOW);
    EXPECT_EQ(talk.results[3][0], 1);
    EXPECT_EQ(reset_register(soc, BOOT_MCU_RESET_LINES), 0xde);
    EXPECT_EQ(*service(soc, BOOT_SERVICE_START + 16 * 5), 0x11);
    EXPECT_EQ(*service(soc, BOOT_SERVICE_START + 16 * 5 + 12), 0x44);
    EXPECT_EQ(*service(soc, BOOT_SERVICE_START + 16 * 6), 0);
}

TEST(cores_that_are_not_there_are_invalid)
{
    static const struct {
        uint32_t request;
        uint32_t core;
        int32_t result;
    } cases[] = {
        {BOOT_SERVICE_CORE_ON,    7, BOOT_SERVICE_CORE_GOOD   },
        {BOOT_SERVICE_CORE_ON,    8, BOOT_SERVICE_CORE_INVALID},
        {BOOT_SERVICE_CORE_ON,    9, BOOT_SERVICE_CORE_INVALID},
        {BOOT_SERVICE_CORE_STATE, 7, 1                        },
        {BOOT_SERVICE_CORE_STATE, 8, BOOT_SERVICE_CORE_INVALID},
        {BOOT_SERVICE_CORE_STATE, 0, 0                        },
        {77,                      0, BOOT_SERVICE_CORE_INVALID},
        {10,                      0, BOOT_SERVICE_CORE_INVALID},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct boot_mcu_soc *soc = boot_mcu_good();
        test_case("request %u of core %u", (unsigned)cases[i].request,
                  (unsigned)cases[i].core);
        memset(&talk, 0, sizeof(talk));
        talk.request[0] = cases[i].request;
        talk.arguments[0][0] = cases[i].core;
        EXPECT_EQ(serve(soc, 1), BOOT_MCU_SERVES);
        EXPECT_EQ((int32_t)talk.results[0][0], cases[i].result);
        /* The other channels' results are as they were. */
        EXPECT_EQ(*service(soc, BOOT_SERVICE_RESULT + 16 * CHANNEL + 16),
                  0xeeeeeeee);
        EXPECT_EQ(*service(soc, BOOT_SERVICE_RESULT + 16 * CHANNEL + 4),
                  0xeeeeeeee);
        EXPECT_EQ(*service(soc, BOOT_SERVICE_RESULT + 16 * CHANNEL - 4),
                  0xeeeeeeee);
    }
}

TEST(a_core_whose_images_are_not_authorised_is_denied)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    memset(&talk, 0, sizeof(talk));
    talk.request[0] = BOOT_SERVICE_CORE_ON;
    talk.arguments[0][0] = 3;
    soc->gate_stays_shut_for_others = true;
    EXPECT_EQ(serve(soc, 1), BOOT_MCU_SERVES);
    EXPECT_EQ((int32_t)talk.results[0][0], BOOT_SERVICE_CORE_DENIED);
}

TEST(a_core_that_wants_off_is_held)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    memset(&talk, 0, sizeof(talk));
    talk.request[0] = BOOT_SERVICE_CORE_ON;
    talk.arguments[0][0] = CHANNEL;
    talk.request[1] = BOOT_SERVICE_CORE_OFF;
    EXPECT_EQ(serve(soc, 2), BOOT_MCU_SERVES);
    EXPECT_EQ(talk.results[0][0], BOOT_SERVICE_CORE_GOOD);
    EXPECT_EQ(talk.results[1][0], BOOT_SERVICE_CORE_GOOD);
    EXPECT_EQ(reset_register(soc, BOOT_MCU_RESET_LINES), 0xfe);
    expect_write(soc, 0, BOOT_MCU_RESET_ASSERT, 1u << CHANNEL);
}

TEST(the_system_ends_by_keys)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    memset(&talk, 0, sizeof(talk));
    talk.request[0] = BOOT_SERVICE_POWER_OFF;
    EXPECT_EQ(serve(soc, 1), BOOT_MCU_OFF);
    EXPECT_SAYS(soc, "boot MCU: power off\n");
    soc = boot_mcu_good();
    talk.request[0] = BOOT_SERVICE_RESET;
    EXPECT_EQ(serve(soc, 1), BOOT_MCU_RESET);
    EXPECT_SAYS(soc, "boot MCU: reset\n");
}

TEST(the_image_type_is_told_in_four_words)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    memset(&talk, 0, sizeof(talk));
    talk.request[0] = BOOT_SERVICE_IMAGE_TYPE;
    EXPECT_EQ(serve(soc, 1), BOOT_MCU_SERVES);
    EXPECT_EQ(talk.results[0][0], 0x04030201);
    EXPECT_EQ(talk.results[0][3], 0x100f0e0d);
    soc = boot_mcu_good();
    const struct set set = boot_mcu_set(5);
    boot_mcu_set_place(soc, FLASH_RECOVERY, &set);
    memset(soc->flash, 0, 2 * FLASH_METADATA_1);
    EXPECT_EQ(serve(soc, 1), BOOT_MCU_SERVES);
    for (unsigned i = 0; i < 4; i++) {
        EXPECT_EQ(talk.results[0][i], 0);
    }
}

/* ---- Sleep --------------------------------------------------------------- */

TEST(while_it_sleeps_the_boot_mcu_wakes_to_kick_the_watchdog)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    soc->time = 0x7fffffff0;
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    EXPECT_EQ(soc->wakes_by, 1u << 7 | 1u << 11);
    uint64_t at = 0x7fffffff0 + 5 * UINT64_C(10000000);
    size_t write = expect_write(soc, 0, BOOT_MCU_RESET_KICK, 1);
    write = expect_write(soc, write, BOOT_MCU_MTIMECMP, UINT32_MAX);
    write =
        expect_write(soc, write, BOOT_MCU_MTIMECMP + 4, (uint32_t)(at >> 32));
    expect_write(soc, write, BOOT_MCU_MTIMECMP, (uint32_t)at);
}

/* The low word was read before it wrapped, the high one behind it. */
TEST(a_time_that_is_read_across_its_low_word_is_read_again)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    soc->time = UINT64_C(0x300000010);
    soc->wraps = true;
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    EXPECT_EQ(soc->time_compare[1], 4);
}
