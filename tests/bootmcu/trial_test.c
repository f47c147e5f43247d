/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trials of updated banks by the firmware of the boot MCU, compiled for the
 * host: acceptance, the way back, and what the guest may ask for.
 */
#include "tests/bootmcu/capsules.h"

/* ---- Trials -------------------------------------------------------------- */

/* Version NEW is on trial in bank 1, with its first boot done. */
static struct boot_mcu_soc *on_trial(uint32_t lowest)
{
    struct boot_mcu_soc *soc = start();
    deliver(soc, (struct order){.version = NEW, .lowest = lowest});
    boot(soc, "update: boot 1 of 3 on trial\nboot MCU: bank 1\n");
    return soc;
}

TEST(a_trial_has_three_boots)
{
    struct boot_mcu_soc *soc = on_trial(6);
    boot(soc, "update: boot 2 of 3 on trial\nboot MCU: bank 1\n");
    EXPECT_EQ(soc->operation_count, 1);
    boot(soc, "update: boot 3 of 3 on trial\nboot MCU: bank 1\n");
    EXPECT_EQ(soc->operations[0].size, 4);
    boot(soc,
         "update: no boots are left of the trial\n"
         "update: bank 0 is active again\nboot MCU: bank 0\n");
    expect_state(soc, 0, 1, FWU_BANK_ACCEPTED, FWU_BANK_INVALID);
    EXPECT_EQ(update_floor(), FLOOR);
    boot(soc, "boot MCU: bank 0\n");
    EXPECT(!boot_mcu_says(soc, "update:"));
}

TEST(a_trial_whose_record_is_lost_is_over)
{
    for (unsigned i = 0; i < 3; i++) {
        struct boot_mcu_soc *soc = on_trial(6);
        struct flash_trial trial;
        memcpy(&trial, soc->flash + FLASH_BOOT_RECORD, sizeof(trial));
        trial.magic ^= i == 0;
        trial.bank ^= i == 1;
        trial.crc32 =
            (uint32_t)crc32_z(0, (const uint8_t *)&trial, 16) ^ (i == 2);
        memcpy(soc->flash + FLASH_BOOT_RECORD, &trial, sizeof(trial));
        test_case("case %u", i);
        boot(soc,
             "update: the trial's record is lost\n"
             "update: bank 0 is active again\nboot MCU: bank 0\n");
    }
}

TEST(an_acceptance_raises_the_floor)
{
    static const struct {
        uint32_t floor, lowest, after;
    } cases[] = {
        {FLOOR, 6,     6    },
        {FLOOR, NEW,   NEW  },
        {FLOOR, FLOOR, FLOOR},
        {FLOOR, 1,     FLOOR},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct boot_mcu_soc *soc = start();
        deliver(soc, (struct order){.version = NEW,
                                    .lowest = cases[i].lowest,
                                    .at_once = true});
        boot(soc, "update: bank 1 is accepted\n");
        expect_state(soc, 1, 0, FWU_BANK_ACCEPTED, FWU_BANK_ACCEPTED);
        EXPECT_EQ(update_floor(), cases[i].after);
        EXPECT_EQ(boot_mcu_times(soc, BOOT_MCU_FUSES_BURN),
                  cases[i].after > FLOOR ? cases[i].after : 0);
        boot(soc, "boot MCU: bank 1\n");
        EXPECT_EQ(update_floor(), cases[i].after);
        EXPECT_EQ(boot_mcu_times(soc, BOOT_MCU_FUSES_BURN), 0);
        EXPECT(!boot_mcu_says(soc, "update:"));
    }
}

/* Fuses of the floor end where those of the signer begin. */
TEST(the_floor_ends_with_its_fuses)
{
    static const uint32_t versions[] = {31, 32, 33, 511, 512, 513};
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        struct boot_mcu_soc *soc = start();
        uint32_t version = versions[i];
        uint32_t floor = version < 512 ? version : 512;
        deliver(soc, (struct order){.version = version,
                                    .lowest = version,
                                    .at_once = true});
        test_case("version %u", (unsigned)version);
        boot(soc, "boot MCU: bank 1\n");
        EXPECT_EQ(update_floor(), floor);
        struct boot_mcu_soc expected = *soc;
        set_floor(&expected, floor);
        EXPECT_BYTES(soc->fuses, expected.fuses, sizeof(soc->fuses));
        EXPECT_BYTES(soc->fuses + BOOT_MCU_FUSES_SIGNER / 4,
                     test_signer(0)->certificate, 32);
    }
}

/* The record of a trial is not signed. */
TEST(the_floor_stays_below_what_runs)
{
    struct boot_mcu_soc *soc = start();
    struct flash_trial trial;
    deliver(soc, (struct order){.version = NEW, .lowest = 6, .at_once = true});
    boot(soc, "update: bank 1 is accepted\n");
    memcpy(&trial, soc->flash + FLASH_BOOT_RECORD, sizeof(trial));
    trial.lowest_version = NEW + 5;
    trial.crc32 = (uint32_t)crc32_z(0, (const uint8_t *)&trial, 16);
    memcpy(soc->flash + FLASH_BOOT_RECORD, &trial, sizeof(trial));
    boot(soc, "boot MCU: bank 1\n");
    EXPECT_EQ(update_floor(), NEW);
}

/* Power went between acceptance and floor: no older set slips in. */
TEST(a_floor_to_come_counts_for_the_next_capsule)
{
    for (unsigned i = 0; i < 3; i++) {
        struct boot_mcu_soc *soc = start();
        deliver(soc,
                (struct order){.version = NEW, .lowest = 6, .at_once = true});
        boot(soc, "update: bank 1 is accepted\n");
        set_floor(soc, FLOOR);
        if (i == 2) {
            /* A record of the other bank's trial is nothing. */
            struct flash_trial trial;
            memcpy(&trial, soc->flash + FLASH_BOOT_RECORD, sizeof(trial));
            trial.bank = 0;
            trial.crc32 = (uint32_t)crc32_z(0, (const uint8_t *)&trial, 16);
            memcpy(soc->flash + FLASH_BOOT_RECORD, &trial, sizeof(trial));
        }
        deliver(soc, (struct order){.version = i == 1 ? 6 : 5});
        test_case("case %u", i);
        if (i == 0) {
            boot(soc,
                 "update: refused: capsule: its version is below the "
                 "floor\nboot MCU: bank 1\n");
            EXPECT_EQ(update_floor(), 6);
        } else {
            boot(soc, "boot MCU: bank 0\n");
        }
    }
}

/* ---- Empty capsules ------------------------------------------------------ */

static size_t deliver_empty(struct boot_mcu_soc *soc, bool accept,
                            uint8_t other)
{
    struct buffer capsule = {0};
    struct uefi_guid type = boot_mcu_metadata().images[0].image_type;
    type.bytes[15] ^= other;
    if (accept) {
        capsule_write_accept(&type, &capsule);
    } else {
        capsule_write_revert(&capsule);
    }
    memcpy(soc->flash + FLASH_CAPSULE, capsule.bytes, capsule.size);
    size_t size = capsule.size;
    buffer_fini(&capsule);
    return size;
}

TEST(an_accept_capsule_ends_the_trial)
{
    struct boot_mcu_soc *soc = on_trial(6);
    size_t size = deliver_empty(soc, true, 0);
    boot(soc, "update: bank 1 is accepted\nboot MCU: bank 1\n");
    expect_state(soc, 1, 0, FWU_BANK_ACCEPTED, FWU_BANK_ACCEPTED);
    expect_spent(soc, size);
    EXPECT_EQ(update_floor(), 6);
}

TEST(an_accept_capsule_that_fits_nothing_is_refused)
{
    struct boot_mcu_soc *soc = start();
    deliver_empty(soc, true, 0);
    expect_refused(soc, "accept capsule: nothing is on trial\n");
    soc = on_trial(6);
    deliver_empty(soc, true, 1);
    boot(soc,
         "update: refused: accept capsule: for another component\n"
         "update: boot 2 of 3 on trial\n");
}

/* The size of an empty capsule is not checked; erasing ends with the flash. */
TEST(an_empty_capsule_of_any_size_is_spent)
{
    static const uint32_t sizes[] = {FLASH_CAPSULE_SIZE - 1, FLASH_CAPSULE_SIZE,
                                     UINT32_MAX, 0};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct boot_mcu_soc *soc = on_trial(6);
        deliver_empty(soc, true, 0);
        memcpy(soc->flash + FLASH_CAPSULE + SIZE, &sizes[i], 4);
        test_case("size 0x%x", (unsigned)sizes[i]);
        boot(soc, "update: bank 1 is accepted\n");
        if (sizes[i] != 0) {
            expect_spent(soc, FLASH_CAPSULE_SIZE);
        }
        boot(soc, "boot MCU: bank 1\n");
        EXPECT(!boot_mcu_says(soc, "update:"));
    }
}

TEST(a_revert_capsule_goes_back)
{
    struct boot_mcu_soc *soc = on_trial(6);
    size_t size = deliver_empty(soc, false, 0);
    boot(soc, "update: bank 0 is active again\nboot MCU: bank 0\n");
    expect_state(soc, 0, 1, FWU_BANK_ACCEPTED, FWU_BANK_INVALID);
    EXPECT_EQ(metadata_of(soc).banks[1].accepted, 0);
    expect_spent(soc, size);
    deliver_empty(soc, false, 0);
    expect_refused(soc, "revert capsule: there is no bank to go back to\n");
}

/* ---- The way back -------------------------------------------------------- */

/* Each of what a way back needs is missing once. */
enum missing {
    NOTHING,
    ACCEPTED,     /* the previous bank is only valid */
    ANOTHER,      /* it is the active one */
    SET,          /* it holds none */
    MONITOR_SIZE, /* the version is not there */
    FLOOR_UP,     /* it is below the floor */
    FLOOR_SOON,
    AT_FLOOR, /* nothing, just so */
    AT_FLOOR_SOON,
    MISSING
};

static struct boot_mcu_soc *without(enum missing what)
{
    struct boot_mcu_soc *soc = start();
    uint32_t lowest = what == FLOOR_SOON ? ACTIVE + 1 : ACTIVE;
    deliver(soc, (struct order){.version = NEW,
                                .lowest = lowest,
                                .at_once = what >= FLOOR_SOON});
    boot(soc, "boot MCU: bank 1\n");
    set_floor(soc, what == FLOOR_UP       ? ACTIVE + 1
                   : what == AT_FLOOR     ? ACTIVE
                   : what == MONITOR_SIZE ? 1
                                          : FLOOR);
    struct metadata metadata = metadata_of(soc);
    if (what == ACCEPTED) {
        metadata.header.bank_state[0] = FWU_BANK_VALID;
    } else if (what == ANOTHER) {
        metadata.header.previous_active_index = 1;
        metadata.header.bank_state[1] = FWU_BANK_ACCEPTED;
    } else if (what == SET) {
        soc->flash[FLASH_BANK_0] ^= 1;
    } else if (what == MONITOR_SIZE) {
        const uint32_t size = 63;
        memcpy(soc->flash + FLASH_BANK_0 + 16 + 2 * 12 + 8, &size, 4);
    }
    put_metadata(soc, &metadata);
    boot_mcu_power(soc);
    return soc;
}

static bool may_go_back(enum missing what)
{
    return what == NOTHING || what == AT_FLOOR || what == AT_FLOOR_SOON;
}

TEST(a_way_back_leads_to_an_accepted_set_above_the_floor)
{
    for (enum missing what = NOTHING; what < MISSING; what++) {
        struct boot_mcu_soc *soc = without(what);
        deliver_empty(soc, false, 0);
        test_case("missing %u", what);
        boot(soc, may_go_back(what)
                      ? "update: bank 0 is active again\nboot MCU: bank 0\n"
                      : "update: refused: revert capsule: there is no bank "
                        "to go back to\n");
    }
}

/* ---- The guest's word ---------------------------------------------------- */

static void read_metadata(struct boot_mcu_soc *soc, struct metadata *metadata)
{
    *metadata = metadata_of(soc);
}

TEST(a_guest_goes_back_by_the_same_rule)
{
    for (enum missing what = NOTHING; what < MISSING; what++) {
        struct boot_mcu_soc *soc = without(what);
        struct metadata metadata;
        read_metadata(soc, &metadata);
        test_case("missing %u", what);
        EXPECT_EQ(update_select_previous(&metadata, 0), FWU_DENIED);
        EXPECT_EQ(update_select_previous(&metadata, 2), FWU_DENIED);
        EXPECT_EQ(soc->operation_count, 0);
        EXPECT_EQ(update_select_previous(&metadata, 1),
                  may_go_back(what) ? FWU_SUCCESS : FWU_DENIED);
        EXPECT_EQ(metadata_of(soc).header.active_index, !may_go_back(what));
        EXPECT_EQ(metadata_of(soc).header.bank_state[1],
                  may_go_back(what) ? FWU_BANK_INVALID
                                    : metadata.header.bank_state[1]);
    }
    EXPECT_EQ(update_select_previous(NULL, 0), FWU_DENIED);
}

TEST(a_guest_blesses_the_bank_it_runs_from)
{
    struct boot_mcu_soc *soc = on_trial(6);
    struct metadata metadata;
    struct uefi_guid type = boot_mcu_metadata().images[0].image_type;
    struct uefi_guid other = type;
    other.bytes[15] ^= 1;
    soc->operation_count = 0;
    read_metadata(soc, &metadata);
    EXPECT_EQ(update_bless(NULL, 1, &type), FWU_DENIED);
    EXPECT_EQ(update_bless(&metadata, 0, &type), FWU_DENIED);
    EXPECT_EQ(update_bless(&metadata, 1, &other), FWU_OUT_OF_BOUNDS);
    EXPECT_EQ(soc->operation_count, 0);
    EXPECT_EQ(update_floor(), FLOOR);
    EXPECT_EQ(update_bless(&metadata, 1, &type), FWU_SUCCESS);
    expect_state(soc, 1, 0, FWU_BANK_ACCEPTED, FWU_BANK_ACCEPTED);
    EXPECT_EQ(update_floor(), 6);
    unsigned before = soc->operation_count;
    EXPECT_EQ(update_bless(&metadata, 1, &type), FWU_SUCCESS);
    EXPECT_EQ(soc->operation_count, before);
}

/* ---- Through the services ------------------------------------------------ */

enum { CHANNEL = 3 };

static struct {
    uint32_t request;
    uint32_t arguments[4];
    uint32_t results[2];
    bool asked;
} talk;

static bool ask(struct boot_mcu_soc *soc)
{
    uint32_t *services = soc->services;
    if (!talk.asked) {
        memcpy(services + 0x100 / 4 + 8 * CHANNEL, talk.arguments,
               sizeof(talk.arguments));
        services[CHANNEL] = talk.request;
        talk.asked = true;
        return true;
    }
    memcpy(talk.results, services + 0x200 / 4 + 4 * CHANNEL,
           sizeof(talk.results));
    return false;
}

static uint32_t asked(struct boot_mcu_soc *soc, uint32_t request,
                      const struct uefi_guid *type)
{
    talk.request = request;
    talk.asked = false;
    memset(talk.arguments, 0, sizeof(talk.arguments));
    if (type != NULL) {
        memcpy(talk.arguments, type, sizeof(talk.arguments));
    }
    soc->sleeps = ask;
    boot_mcu_power(soc);
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    soc->sleeps = NULL;
    return talk.results[0];
}

static void expect_update(struct boot_mcu_soc *soc, uint32_t state,
                          uint32_t boots)
{
    EXPECT_EQ(asked(soc, BOOT_SERVICE_UPDATE, NULL), state);
    EXPECT_EQ(talk.results[1], boots);
}

TEST(a_guest_is_told_what_state_its_bank_is_in)
{
    struct boot_mcu_soc *soc = on_trial(6);
    expect_update(soc, BOOT_SERVICE_BANK_TRIAL, 1);
    expect_update(soc, BOOT_SERVICE_BANK_TRIAL, 0);
    expect_update(soc, BOOT_SERVICE_BANK_ACCEPTED, 0);
    /* Bank 1 is active and does not boot. */
    soc = on_trial(6);
    soc->reset[(BOOT_MCU_KEPT_TRIED - BOOT_MCU_RESET_BASE) / 4] = 2;
    talk.request = BOOT_SERVICE_UPDATE;
    talk.asked = false;
    soc->sleeps = ask;
    boot_mcu_warm(soc);
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    EXPECT_SAYS(soc, "boot MCU: bank 0\n");
    EXPECT_EQ(talk.results[0], BOOT_SERVICE_BANK_OTHER);
    soc->sleeps = NULL;
}

/* A boot that follows a refused bank changes nothing in the flash. */
TEST(a_boot_after_a_refused_bank_counts_no_boot)
{
    struct boot_mcu_soc *soc = on_trial(6);
    soc->flash[FLASH_BANK_1] ^= 1;
    boot_mcu_power(soc);
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_RESET);
    EXPECT_SAYS(soc,
                "update: boot 2 of 3 on trial\nboot MCU: bank 1\nbank 1: "
                "refused: directory: none\n");
    deliver(soc, (struct order){.version = NEW + 1, .at_once = true});
    boot_mcu_warm(soc);
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    EXPECT_SAYS(soc, "boot MCU: bank 0\n");
    EXPECT(!boot_mcu_says(soc, "update:"));
    EXPECT_EQ(soc->operation_count, 0);
}

TEST(a_guest_blesses_and_goes_back_by_requests)
{
    struct boot_mcu_soc *soc = on_trial(6);
    struct uefi_guid type = boot_mcu_metadata().images[0].image_type;
    struct uefi_guid other = type;
    other.bytes[15] ^= 1;
    EXPECT_EQ((int32_t)asked(soc, BOOT_SERVICE_FWU_ACCEPT, &other),
              FWU_OUT_OF_BOUNDS);
    EXPECT_EQ(asked(soc, BOOT_SERVICE_FWU_ACCEPT, &type), FWU_SUCCESS);
    expect_state(soc, 1, 0, FWU_BANK_ACCEPTED, FWU_BANK_ACCEPTED);
    EXPECT_EQ(update_floor(), 6);
    EXPECT_EQ((int32_t)asked(soc, BOOT_SERVICE_FWU_REVERSE, NULL), FWU_DENIED);
    soc = on_trial(FLOOR);
    EXPECT_EQ(asked(soc, BOOT_SERVICE_FWU_REVERSE, NULL), FWU_SUCCESS);
    expect_state(soc, 0, 1, FWU_BANK_ACCEPTED, FWU_BANK_INVALID);
    EXPECT_SAYS(soc, "update: bank 0 is active again\n");
}

/* Nothing of the trial's end is the business of another bank. */
TEST(a_bank_that_is_not_active_accepts_nothing)
{
    struct boot_mcu_soc *soc = start();
    deliver(soc, (struct order){.version = NEW, .lowest = 6, .at_once = true});
    soc->fault = ROT_BAD_MANIFEST;
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_RESET);
    soc->fault = ROT_GOOD;
    boot_mcu_warm(soc);
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    EXPECT_SAYS(soc, "boot MCU: bank 0\n");
    EXPECT(!boot_mcu_says(soc, "accepted\nu"));
    expect_state(soc, 1, 0, FWU_BANK_ACCEPTED, FWU_BANK_VALID);
    EXPECT_EQ(update_floor(), FLOOR);
}
