/* SPDX-License-Identifier: Apache-2.0 */
/* Banks that were tried are kept in SCU1's scratch registers, which a reset of
 * the SoC leaves alone. */
#include "guest/ast2700/slots.h"

#include "abi/aspeed_image.h"
#include "abi/ast2700.h"
#include "guest/ast2700/image.h"
#include "guest/bootmcu/console.h"
#include "guest/bootmcu/flash.h"
#include "guest/bootmcu/metadata.h"
#include "guest/bootmcu/report.h"
#include "guest/bootmcu/update.h"
#include "guest/kit/hart/hart.h"
#include "guest/kit/memory/memory.h"
#include "guest/kit/mmio/mmio.h"

/* A bit for each bank that was refused since power-on. */
#define TRIED (AST2700_SCU1 + AST2700_SCU1_SCRATCH + 4)

_Noreturn void slots_reset_soc(void)
{
    mmio_write(AST2700_WDT0 + AST2700_WDT_RELOAD, 1);
    mmio_write(AST2700_WDT0 + AST2700_WDT_RESTART, AST2700_WDT_MAGIC);
    mmio_write(AST2700_WDT0 + AST2700_WDT_CONTROL,
               AST2700_WDT_MODE_FULL | AST2700_WDT_RESETS | AST2700_WDT_ENABLE);
    for (;;) {
        hart_wait();
    }
}

/* Images of a bank have the first mutable code in them; that of A1, which may
 * lie where the recovery bank would, has not. */
static bool is_set(struct bank *bank, uint32_t place, uint32_t room)
{
    return images_open(bank, place, room) == NULL &&
           image_find(bank, ASPEED_ENTRY_MCU) != NULL;
}

static refusal open_bank(struct bank *bank, unsigned *slot)
{
    static struct metadata metadata;
    uint32_t tried = mmio_read(TRIED);
    bool good = metadata_read(&metadata);
    if (!good && !is_set(bank, FLASH_BANK_0, FLASH_BANK_SIZE) &&
        !is_set(bank, FLASH_RECOVERY, FLASH_RECOVERY_SIZE)) {
        *slot = SLOT_ALONE;
        return REFUSE_BANK(NO_FLASH_IMAGE);
    }
    if (good && tried == 0) {
        update_apply(&metadata);
        update_count_boot(&metadata);
    }
    *slot = metadata_choose(good ? &metadata : NULL, tried);
    if (*slot == METADATA_NO_BANK) {
        return REFUSE_BANK(NO_BANK);
    }
    console_text("boot MCU: ");
    console_text(bank_places[*slot].name);
    console_text(good ? "\n" : ", the update metadata is damaged\n");
    return images_open(bank, bank_places[*slot].place, bank_places[*slot].room);
}

refusal slots_open(struct bank *bank, unsigned *slot, bool *has_header)
{
    uint32_t magic;
    slots_open_flash();
    memcpy(&magic, flash_at(0), sizeof(magic));
    *has_header = magic == ASPEED_FMC_MAGIC;
    *slot = SLOT_ALONE;
    if (*has_header) {
        return images_open(bank, ASPEED_FLASH_IMAGE_A1,
                           FLASH_SIZE - ASPEED_FLASH_IMAGE_A1);
    }
    if (magic == FLASH_DIRECTORY_MAGIC) {
        return images_open(bank, 0, FLASH_SIZE);
    }
    return open_bank(bank, slot);
}

void slots_booted(unsigned slot, uint32_t version)
{
    static struct metadata metadata;
    mmio_write(TRIED, 0);
    if (slot != SLOT_ALONE && metadata_read(&metadata)) {
        update_booted(&metadata, slot, version);
    }
}

_Noreturn void slots_refused(unsigned slot, refusal why)
{
    if (slot >= METADATA_NO_BANK) {
        image_stop(why);
    }
    report_bank_refused(slot, why);
    console_text(bank_places[slot].name);
    console_text(": refused: ");
    console_text(why);
    console_text("\n");
    mmio_write(TRIED, mmio_read(TRIED) | 1u << slot);
    slots_reset_soc();
}
