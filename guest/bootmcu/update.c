/* SPDX-License-Identifier: Apache-2.0 */
/* Installs capsules into the other bank, and ends trials by acceptance or
 * return. */
#include "guest/bootmcu/update.h"

#include <stdbool.h>

#include "abi/boot_mcu.h"
#include "abi/boot_service.h"
#include "abi/flash_image.h"
#include "abi/uefi_capsule.h"
#include "guest/bootmcu/capsule.h"
#include "guest/bootmcu/console.h"
#include "guest/bootmcu/crc32.h"
#include "guest/bootmcu/flash.h"
#include "guest/bootmcu/images.h"
#include "guest/bootmcu/report.h"
#include "guest/bootmcu/soc.h"
#include "guest/kit/memory/memory.h"

/* The version of the set that runs: authorised, and above the floor. */
static uint32_t booted_version;

static const uint32_t places[METADATA_BANKS] = {FLASH_BANK_0, FLASH_BANK_1};

static void say(const char *text)
{
    console_text("update: ");
    console_text(text);
    console_text("\n");
}

static void say_bank(const char *text, unsigned bank)
{
    console_text("update: bank ");
    console_digit(bank);
    console_text(text);
    console_text("\n");
}

/* ---- Floor --------------------------------------------------------------- */

uint32_t update_floor(void)
{
    uint32_t floor = 0;
    for (unsigned i = 0; i < BOOT_MCU_FUSES_FLOOR_WORDS; i++) {
        uint32_t word = soc_fuse(BOOT_MCU_FUSES_FLOOR / 4 + i);
        for (unsigned bit = 0; bit < 32; bit++) {
            floor += word >> bit & 1;
        }
    }
    return floor;
}

/* One fuse more for each version: a part that loses power in between has a
 * floor in between. */
static void raise_floor(uint32_t version)
{
    for (uint32_t i = 0; i < version && i < 32 * BOOT_MCU_FUSES_FLOOR_WORDS;
         i++) {
        soc_burn_fuses(BOOT_MCU_FUSES_FLOOR / 4 + i / 32, 1u << i % 32);
    }
}

/* ---- Trial --------------------------------------------------------------- */

static bool read_trial(struct flash_trial *trial)
{
    memcpy(trial, flash_at(FLASH_BOOT_RECORD), sizeof(*trial));
    return trial->magic == FLASH_TRIAL_MAGIC &&
           trial->crc32 == crc32((const uint8_t *)trial,
                                 offsetof(struct flash_trial, crc32));
}

static void write_trial(unsigned bank, const struct capsule *capsule)
{
    struct flash_trial trial = {
        .magic = FLASH_TRIAL_MAGIC,
        .bank = bank,
        .lowest_version = capsule->lowest_version,
        .os_accepts = capsule->os_accepts,
        .boots = UINT32_MAX,
    };
    trial.crc32 =
        crc32((const uint8_t *)&trial, offsetof(struct flash_trial, crc32));
    flash_erase(FLASH_BOOT_RECORD);
    flash_program(FLASH_BOOT_RECORD, &trial, sizeof(trial));
}

static bool is_on_trial(const struct metadata *metadata)
{
    return metadata->header.bank_state[metadata->header.active_index] ==
           FWU_BANK_VALID;
}

/* The floor that the active bank's trial, which is over, left; 0:
 * nothing.
 */
static uint32_t floor_to_come(const struct metadata *metadata)
{
    unsigned active = metadata->header.active_index;
    struct flash_trial trial;
    return metadata->header.bank_state[active] == FWU_BANK_ACCEPTED &&
                   read_trial(&trial) && trial.bank == active
               ? trial.lowest_version
               : 0;
}

/* The active bank runs and has this version. The record of its trial is not
 * signed: the floor never rises above what was. */
static void finish_acceptance(const struct metadata *metadata, uint32_t version)
{
    uint32_t floor = floor_to_come(metadata);
    floor = floor < version ? floor : version;
    if (floor > update_floor()) {
        raise_floor(floor);
        report_version(UPDATE_FLOOR, metadata->header.active_index, floor);
    }
}

static void accept(struct metadata *metadata)
{
    unsigned active = metadata->header.active_index;
    metadata->header.bank_state[active] = FWU_BANK_ACCEPTED;
    metadata->banks[active].accepted = FWU_IMAGE_ACCEPTED;
    metadata_write(metadata);
    report_step(UPDATE_ACCEPTED, active, 0);
    say_bank(" is accepted", active);
}

static void revert(struct metadata *metadata)
{
    unsigned active = metadata->header.active_index;
    unsigned previous = metadata->header.previous_active_index;
    metadata->header.bank_state[active] = FWU_BANK_INVALID;
    metadata->banks[active].accepted = 0;
    metadata->header.active_index = previous;
    metadata->header.previous_active_index = active;
    metadata_write(metadata);
    report_step(UPDATE_REVERTED, previous, 0);
    say_bank(" is active again", previous);
}

static unsigned boots_counted(const struct flash_trial *trial)
{
    unsigned boots = 0;
    while (boots < FLASH_TRIAL_BOOTS && (trial->boots >> boots & 1) == 0) {
        boots++;
    }
    return boots;
}

void update_count_boot(struct metadata *metadata)
{
    struct flash_trial trial;
    if (!is_on_trial(metadata)) {
        return;
    }
    if (!read_trial(&trial) || trial.bank != metadata->header.active_index) {
        say("the trial's record is lost");
        revert(metadata);
        return;
    }
    unsigned boots = boots_counted(&trial);
    if (boots == FLASH_TRIAL_BOOTS) {
        say("no boots are left of the trial");
        revert(metadata);
        return;
    }
    trial.boots &= ~(1u << boots);
    flash_program(FLASH_BOOT_RECORD + offsetof(struct flash_trial, boots),
                  &trial.boots, sizeof(trial.boots));
    report_step(UPDATE_BOOT, trial.bank, boots + 1);
    console_text("update: boot ");
    console_digit(boots + 1);
    console_text(" of ");
    console_digit(FLASH_TRIAL_BOOTS);
    console_text(" on trial\n");
}

/* The floor comes last: an accepted set is never below it. Power may go between
 * acceptance and floor: the next boot does the rest. */
void update_booted(struct metadata *metadata, unsigned bank, uint32_t version)
{
    struct flash_trial trial;
    booted_version = version;
    report_version(UPDATE_BOOTED, bank, version);
    if (bank != metadata->header.active_index) {
        return;
    }
    if (is_on_trial(metadata) && read_trial(&trial) && trial.os_accepts == 0) {
        accept(metadata);
    }
    finish_acceptance(metadata, version);
}

/* ---- The guest's word ---------------------------------------------------- */

unsigned update_state(const struct metadata *metadata, unsigned bank,
                      uint32_t *boots_left)
{
    struct flash_trial trial;
    *boots_left = 0;
    if (metadata == NULL || bank != metadata->header.active_index) {
        return BOOT_SERVICE_BANK_OTHER;
    }
    if (!is_on_trial(metadata)) {
        return BOOT_SERVICE_BANK_ACCEPTED;
    }
    if (read_trial(&trial)) {
        *boots_left = FLASH_TRIAL_BOOTS - boots_counted(&trial);
    }
    return BOOT_SERVICE_BANK_TRIAL;
}

int update_bless(struct metadata *metadata, unsigned bank,
                 const struct uefi_guid *image_type)
{
    if (metadata == NULL || bank != metadata->header.active_index) {
        return FWU_DENIED;
    }
    if (memcmp(image_type, &metadata->image.image_type, sizeof(*image_type)) !=
        0) {
        return FWU_OUT_OF_BOUNDS;
    }
    if (is_on_trial(metadata)) {
        accept(metadata);
        finish_acceptance(metadata, booted_version);
    }
    return FWU_SUCCESS;
}

/* A bank below the floor would be refused when it boots. */
static bool can_go_back(const struct metadata *metadata)
{
    static struct bank bank;
    unsigned previous = metadata->header.previous_active_index;
    return metadata->header.bank_state[previous] == FWU_BANK_ACCEPTED &&
           previous != metadata->header.active_index &&
           images_open(&bank, places[previous], FLASH_BANK_SIZE) == NULL &&
           images_version(&bank) >= update_floor() &&
           images_version(&bank) >= floor_to_come(metadata);
}

int update_select_previous(struct metadata *metadata, unsigned bank)
{
    if (metadata == NULL || bank != metadata->header.active_index ||
        !can_go_back(metadata)) {
        return FWU_DENIED;
    }
    revert(metadata);
    return FWU_SUCCESS;
}

/* ---- Capsule ------------------------------------------------------------- */

/* Programming zeros needs no erase: what is done is never done again. Then the
 * place is made ready for the next capsule, its first block last. */
static void consume(void)
{
    static const struct uefi_guid done = {{0}};
    struct uefi_capsule_header header;
    memcpy(&header, flash_at(FLASH_CAPSULE), sizeof(header));
    flash_program(FLASH_CAPSULE, &done, sizeof(done));
    uint32_t size = header.image_size < FLASH_CAPSULE_SIZE ? header.image_size
                                                           : FLASH_CAPSULE_SIZE;
    for (uint32_t left = (size + FLASH_ERASE_SIZE - 1) / FLASH_ERASE_SIZE;
         left != 0; left--) {
        flash_erase(FLASH_CAPSULE + (left - 1) * FLASH_ERASE_SIZE);
    }
}

static bool is_installed(const struct metadata *metadata, uint32_t version)
{
    static struct bank bank;
    unsigned active = metadata->header.active_index;
    return images_open(&bank, places[active], FLASH_BANK_SIZE) == NULL &&
           images_version(&bank) == version;
}

static void copy_set(unsigned bank, const struct capsule *capsule)
{
    for (uint32_t at = 0; at < capsule->image_size; at += FLASH_ERASE_SIZE) {
        uint32_t left = capsule->image_size - at;
        flash_erase(places[bank] + at);
        flash_program(places[bank] + at, flash_at(capsule->image + at),
                      left < FLASH_ERASE_SIZE ? left : FLASH_ERASE_SIZE);
    }
}

static void install(struct metadata *metadata, const struct capsule *capsule)
{
    unsigned bank = 1 - metadata->header.active_index;
    report_version(UPDATE_INSTALLS, bank, capsule->version);
    say_bank(" gets the new set", bank);
    if (metadata->header.bank_state[bank] != FWU_BANK_INVALID) {
        metadata->header.bank_state[bank] = FWU_BANK_INVALID;
        metadata->banks[bank].accepted = 0;
        metadata_write(metadata);
    }
    copy_set(bank, capsule);
    write_trial(bank, capsule);
    metadata->header.previous_active_index = metadata->header.active_index;
    metadata->header.active_index = bank;
    metadata->header.bank_state[bank] = FWU_BANK_VALID;
    metadata_write(metadata);
    consume();
    report_version(UPDATE_TRIAL, bank, capsule->version);
    say_bank(" is active, on trial", bank);
}

static refusal apply_firmware(struct metadata *metadata)
{
    static struct bank set;
    struct capsule capsule;
    refusal why = capsule_open(&capsule, &metadata->image.image_type);
    if (why == NULL) {
        report_version(UPDATE_VERIFIED, 0, capsule.version);
    }
    if (why == NULL && (capsule.version < update_floor() ||
                        capsule.version < floor_to_come(metadata))) {
        why = REFUSE(BELOW_FLOOR);
    }
    if (why == NULL &&
        (capsule.image_size > FLASH_BANK_SIZE ||
         images_open(&set, capsule.image, capsule.image_size) != NULL)) {
        why = REFUSE(NO_SET);
    }
    if (why == NULL && images_version(&set) != capsule.version) {
        why = REFUSE(OTHER_SET);
    }
    if (why == NULL && is_installed(metadata, capsule.version)) {
        consume();
        why = REFUSE(ACTIVE);
    }
    if (why == NULL) {
        install(metadata, &capsule);
    }
    return why;
}

static refusal apply_accept(struct metadata *metadata)
{
    struct uefi_guid type;
    memcpy(&type, flash_at(FLASH_CAPSULE + sizeof(struct uefi_capsule_header)),
           sizeof(type));
    if (memcmp(&type, &metadata->image.image_type, sizeof(type)) != 0) {
        return REFUSE(ACCEPT_TYPE);
    }
    if (!is_on_trial(metadata)) {
        return REFUSE(NO_TRIAL);
    }
    accept(metadata);
    consume();
    return NULL;
}

static refusal apply_revert(struct metadata *metadata)
{
    if (!can_go_back(metadata)) {
        return REFUSE(NO_PREVIOUS);
    }
    revert(metadata);
    consume();
    return NULL;
}

void update_apply(struct metadata *metadata)
{
    refusal why = NULL;
    switch (capsule_kind()) {
    case CAPSULE_NONE:
        return;
    case CAPSULE_FIRMWARE:
        why = apply_firmware(metadata);
        break;
    case CAPSULE_ACCEPT:
        why = apply_accept(metadata);
        break;
    case CAPSULE_REVERT:
        why = apply_revert(metadata);
        break;
    case CAPSULE_UNKNOWN:
        why = REFUSE(KIND);
        break;
    }
    if (why != NULL) {
        report_refused(why);
        console_text("update: refused: ");
        console_text(why);
        console_text("\n");
    }
}
