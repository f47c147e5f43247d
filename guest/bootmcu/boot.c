/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The boot MCU of board trust: starts the root of trust, has it verify what the
 * application cores are to run, and releases them. docs/design/trust/chain.md
 * has the whole walk.
 */
#include "abi/boot_mcu.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_soc_manifest.h"
#include "guest/bootmcu/caliptra.h"
#include "guest/bootmcu/console.h"
#include "guest/bootmcu/images.h"
#include "guest/bootmcu/metadata.h"
#include "guest/bootmcu/report.h"
#include "guest/bootmcu/service.h"
#include "guest/bootmcu/update.h"
#include "guest/kit/hart/hart.h"
#include "guest/kit/memory/memory.h"
#include "guest/kit/mmio/mmio.h"

_Noreturn void boot_main(void);
_Noreturn void boot_trap(uint32_t cause, uint32_t pc, uint32_t value);

/* Long enough to verify and copy a kernel, short enough to notice a hang. */
enum { WATCHDOG_US = 20000000 };

static _Noreturn void stop(const char *why)
{
    console_text("stopped: ");
    console_text(why);
    console_text("\n");
    mmio_write(BOOT_MCU_RESET_PERIOD, 0);
    mmio_write(BOOT_MCU_RESET_VERDICT, SOC_RESET_VERDICT_STOPPED);
    for (;;) {
        hart_wait();
    }
}

_Noreturn void boot_trap(uint32_t cause, uint32_t pc, uint32_t value)
{
    console_trap(cause, pc, value);
    stop("the boot MCU trapped");
}

static refusal load_root_of_trust(const struct bank *bank)
{
    const struct flash_entry *bundle = images_find(bank, FLASH_IMAGE_CALIPTRA);
    if (bundle == NULL) {
        return REFUSE_BANK(NO_BUNDLE);
    }
    if (!caliptra_start()) {
        return REFUSE_BANK(NO_ROOT_OF_TRUST);
    }
    console_text("root of trust: wants firmware\n");
    if (!caliptra_load(images_bytes(bank, bundle), (bundle->size + 3) & ~3u)) {
        console_text("root of trust: error ");
        console_hex(caliptra_error());
        console_text("\n");
        return REFUSE_BANK(BUNDLE);
    }
    console_text("root of trust: runs\n");
    return NULL;
}

/* One that kept its power over the reset keeps what it verified and measured,
 * as long as it is this bank's. */
static refusal start_root_of_trust(const struct bank *bank, bool keeps)
{
    if (!keeps) {
        return load_root_of_trust(bank);
    }
    if (!caliptra_resume()) {
        return REFUSE_BANK(NO_RESUME);
    }
    console_text("root of trust: runs again\n");
    return NULL;
}

/* Into a copy: what is read of it later is what was accepted. */
static refusal install_manifest(const struct bank *bank,
                                struct caliptra_soc_manifest *copy)
{
    const struct flash_entry *manifest =
        images_find(bank, FLASH_IMAGE_SOC_MANIFEST);
    if (manifest == NULL || manifest->size > sizeof(*copy) ||
        manifest->size % 4 != 0) {
        return REFUSE_BANK(NO_MANIFEST);
    }
    memcpy(copy, images_bytes(bank, manifest), manifest->size);
    struct caliptra_set_auth_manifest_request request = {
        .manifest_size = manifest->size,
    };
    if (!caliptra_command(CALIPTRA_CMD_SET_AUTH_MANIFEST, &request,
                          sizeof(request), (const uint8_t *)copy,
                          manifest->size, NULL, 0)) {
        console_text("root of trust: error ");
        console_hex(caliptra_error());
        console_text("\n");
        return REFUSE_BANK(MANIFEST);
    }
    console_text("SoC manifest: accepted\n");
    return NULL;
}

/* Tells all cores what they wait for and where they start; the first one goes,
 * the others when it asks for them. */
static refusal release(const struct images_outcome *outcome)
{
    for (unsigned core = 0; core < SOC_RESET_CORES; core++) {
        mmio_write(BOOT_MCU_RESET_REQUIRED + 4 * core, outcome->authorised);
        mmio_write(BOOT_MCU_RESET_ENTRY + 4 * core,
                   (uint32_t)(outcome->entry_point >> 4));
    }
    mmio_write(BOOT_MCU_RESET_LOCK, 1);
    mmio_write(BOOT_MCU_RESET_RELEASE, 1);
    return (mmio_read(BOOT_MCU_RESET_LINES) & 1) == 0 ? NULL
                                                      : REFUSE_BANK(GATE);
}

/* Up to the release: all that the application cores need is authorised. */
static refusal authorise_bank(uint32_t place, uint32_t room, bool keeps,
                              struct images_outcome *outcome)
{
    static struct bank bank;
    static struct caliptra_soc_manifest manifest;
    refusal why = images_open(&bank, place, room);
    if (why == NULL) {
        why = start_root_of_trust(&bank, keeps);
    }
    if (why == NULL) {
        why = install_manifest(&bank, &manifest);
    }
    if (why == NULL) {
        why = images_load(&bank, &manifest.images, outcome);
    }
    /* A set that was signed once is not good for ever. */
    if (why == NULL && outcome->version < update_floor()) {
        why = REFUSE_BANK(BELOW_FLOOR);
    }
    return why;
}

static _Noreturn void reset_system(void)
{
    mmio_write(BOOT_MCU_RESET_WARM, SOC_RESET_WARM_KEY);
    for (;;) {
    }
}

/* A root of trust that refused an image must be reset, and with it every part
 * that acted on its answers: the next bank boots from a clean system. */
static _Noreturn void try_next(uint32_t tried)
{
    mmio_write(BOOT_MCU_KEPT_TRIED, tried);
    reset_system();
}

/* Lines that are released tell that this core alone was reset: nothing is known
 * of what the others were doing. */
static void check_lines(void)
{
    const uint32_t power = 1u << SOC_RESET_LINE_POWER;
    const uint32_t all = (1u << (SOC_RESET_LINE_ROT + 1)) - 1;
    if ((mmio_read(BOOT_MCU_RESET_LINES) | power) != all) {
        console_text("boot MCU: reset in a running system\n");
        mmio_write(BOOT_MCU_KEPT_RUNNING, 0);
        reset_system();
    }
}

/* The banks not to boot. A bank that hangs is a bank that failed. */
static uint32_t read_tried(void)
{
    uint32_t tried = mmio_read(BOOT_MCU_KEPT_TRIED);
    if ((mmio_read(BOOT_MCU_RESET_CAUSE) & SOC_RESET_CAUSE_WATCHDOG) != 0) {
        mmio_write(BOOT_MCU_RESET_CAUSE, SOC_RESET_CAUSE_WATCHDOG);
        mmio_write(BOOT_MCU_KEPT_RUNNING, 0);
        console_text("boot MCU: the watchdog bit\n");
        tried |= mmio_read(BOOT_MCU_KEPT_TRYING);
    }
    return tried;
}

/* True if the root of trust ran this bank's firmware before a reset that left
 * it its power. */
static bool root_of_trust_keeps(unsigned bank)
{
    bool has_power =
        (mmio_read(BOOT_MCU_RESET_LINES) >> SOC_RESET_LINE_POWER & 1) == 0;
    bool same = mmio_read(BOOT_MCU_KEPT_RUNNING) == bank + 1;
    mmio_write(BOOT_MCU_KEPT_RUNNING, 0);
    return has_power && same;
}

static refusal boot_bank(struct metadata *metadata, bool good, unsigned bank,
                         bool keeps)
{
    static struct images_outcome outcome;
    mmio_write(BOOT_MCU_KEPT_TRYING, 1u << bank);
    refusal why = authorise_bank(bank_places[bank].place,
                                 bank_places[bank].room, keeps, &outcome);
    if (why != NULL) {
        return why;
    }
    /* Once released the application cores may turn the power off. */
    if (good) {
        update_booted(metadata, bank, outcome.version);
    }
    mmio_write(BOOT_MCU_KEPT_TRIED, 0);
    mmio_write(BOOT_MCU_KEPT_TRYING, 0);
    mmio_write(BOOT_MCU_KEPT_RUNNING, bank + 1);
    return release(&outcome);
}

_Noreturn void boot_main(void)
{
    static struct metadata metadata;
    check_lines();
    mmio_write(BOOT_MCU_RESET_PERIOD, WATCHDOG_US);
    uint32_t tried = read_tried();
    bool good = metadata_read(&metadata);
    if (good && tried == 0) {
        update_apply(&metadata);
        update_count_boot(&metadata);
    }
    unsigned bank = metadata_choose(good ? &metadata : NULL, tried);
    if (bank == METADATA_NO_BANK) {
        stop(REFUSE_BANK(NO_BANK));
    }
    console_text("boot MCU: ");
    console_text(bank_places[bank].name);
    console_text(good ? "\n" : ", the update metadata is damaged\n");
    bool keeps = root_of_trust_keeps(bank);
    refusal why = boot_bank(&metadata, good, bank, keeps);
    if (why != NULL) {
        report_bank_refused(bank, why);
        console_text(bank_places[bank].name);
        console_text(": refused: ");
        console_text(why);
        console_text("\n");
        /* With what the root of trust kept it is not the bank that failed. */
        try_next(keeps ? tried : tried | 1u << bank);
    }
    console_text("application cores: released\n");
    mmio_write(BOOT_MCU_RESET_VERDICT, SOC_RESET_VERDICT_RELEASED);
    service_run(good ? &metadata : NULL, bank);
}
