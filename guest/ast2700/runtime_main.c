/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The boot MCU's first mutable code: loads what the SoC manifest names to where
 * it runs, has the root of trust authorise each image, and then releases the
 * processors in the order of ASPEED's runtime for Zephyr: Cortex-A35, SSP, TSP.
 */
#include <stdbool.h>

#include "abi/ast2700.h"
#include "guest/ast2700/handoff.h"
#include "guest/ast2700/image.h"
#include "guest/ast2700/slots.h"
#include "guest/bootmcu/console.h"
#include "guest/bootmcu/report.h"
#include "guest/kit/hart/hart.h"
#include "guest/kit/mmio/mmio.h"

_Noreturn void runtime_main(void);
_Noreturn void boot_trap(uint32_t cause, uint32_t pc, uint32_t value);

#define UFS_PATH (AST2700_UFS + 0xe4)

/* The other processors' address of DRAM, in units of 16 bytes. */
#define IN_SOC(address)                                                        \
    ((uint32_t)((AST2700_DRAM + ((uint64_t)(address)-AST2700_MCU_DRAM)) >> 4))

static const struct {
    uint32_t firmware;
    uint32_t load;
    uint32_t room;
    const char *name;
} loads[] = {
    {ASPEED_FIRMWARE_BL31,  ASPEED_LOAD_BL31,  ASPEED_ROOM_BL31,  "BL31"  },
    {ASPEED_FIRMWARE_OPTEE, ASPEED_LOAD_OPTEE, ASPEED_ROOM_OPTEE, "OP-TEE"},
    {ASPEED_FIRMWARE_UBOOT, ASPEED_LOAD_UBOOT, ASPEED_ROOM_UBOOT, "U-Boot"},
    {ASPEED_FIRMWARE_SSP,   ASPEED_LOAD_SSP,   ASPEED_ROOM_SSP,   "SSP"   },
    {ASPEED_FIRMWARE_TSP,   ASPEED_LOAD_TSP,   ASPEED_ROOM_TSP,   "TSP"   },
};
enum { LOADS = sizeof(loads) / sizeof(loads[0]) };

static uint32_t loaded; /* a bit for each firmware */

static bool is_loaded(uint32_t firmware)
{
    return (loaded >> firmware & 1) != 0;
}

_Noreturn void boot_trap(uint32_t cause, uint32_t pc, uint32_t value)
{
    console_trap(cause, pc, value);
    image_stop("the first mutable code trapped");
}

/* ---- Loading ------------------------------------------------------------- */

static unsigned place_of(uint32_t firmware)
{
    unsigned place = 0;
    while (place < LOADS && loads[place].firmware != firmware) {
        place++;
    }
    return place;
}

static refusal load(const struct bank *image, unsigned place)
{
    const struct flash_entry *entry =
        image_find(image, aspeed_entry_of(loads[place].firmware));
    return entry == NULL
               ? REFUSE_BANK(NOT_IN_FLASH)
               : image_copy(image, entry, (void *)(uintptr_t)loads[place].load,
                            loads[place].room);
}

static refusal authorise(const struct bank *image, unsigned place)
{
    const struct flash_entry *entry =
        image_find(image, aspeed_entry_of(loads[place].firmware));
    refusal why = image_authorise(loads[place].firmware,
                                  (const void *)(uintptr_t)loads[place].load,
                                  entry->size);
    if (why == NULL) {
        console_text(loads[place].name);
        console_text(": authorised\n");
    }
    return why;
}

/* Does one step with each image that the manifest has in stage 1. */
static refusal
for_all(const struct bank *image, const struct caliptra_soc_images *all,
        refusal (*step)(const struct bank *image, unsigned place))
{
    for (uint32_t i = 0; i < all->count && i < CALIPTRA_SOC_IMAGES_MAX; i++) {
        if (all->images[i].flags >> ASPEED_STAGE_SHIFT != ASPEED_STAGE_MCU) {
            continue;
        }
        unsigned place = place_of(all->images[i].firmware_id);
        if (place == LOADS) {
            return REFUSE_BANK(NO_PLACE);
        }
        refusal why = step(image, place);
        if (why != NULL) {
            console_text(loads[place].name);
            console_text(": refused\n");
            return why;
        }
        loaded |= 1u << loads[place].firmware;
    }
    return NULL;
}

/* All are copied before the first is digested: DRAM may be small, and show at
 * its multiples, so that one image lands on another. */
static refusal load_all(const struct bank *image,
                        const struct caliptra_soc_images *all)
{
    refusal why = for_all(image, all, load);
    if (why == NULL) {
        why = for_all(image, all, authorise);
    }
    if (why == NULL && !is_loaded(ASPEED_FIRMWARE_BL31)) {
        why = REFUSE_BANK(NO_BL31);
    }
    return why;
}

/* ---- Releasing ----------------------------------------------------------- */

static void scu0_write(uint32_t offset, uint32_t value)
{
    mmio_write(AST2700_SCU0 + offset, value);
}

/* Secondary cores wait until BL31 gives them an address; BL31 finds U-Boot's.
 */
static void release_ca35(bool has_uboot)
{
    for (unsigned core = 0; core < 4; core++) {
        uint32_t entry = AST2700_SCU0_EP0 + 8 * core;
        bool first = core == 0 && has_uboot;
        scu0_write(entry, first ? IN_SOC(ASPEED_LOAD_UBOOT) << 4 : 0);
        scu0_write(entry + 4, first ? IN_SOC(ASPEED_LOAD_UBOOT) >> 28 : 0);
    }
    for (unsigned core = 0; core < 4; core++) {
        scu0_write(AST2700_SCU0_RVBAR + 4 * core, IN_SOC(ASPEED_LOAD_BL31));
    }
    /* The models' DRAM needs no training; U-Boot would try it. */
    scu0_write(AST2700_SCU0_VGA, AST2700_SCU0_DRAM_DONE);
    scu0_write(AST2700_SCU0_CA35_RELEASE, 1);
}

/* Code from address 0 of its own view; its reset line falls first, and the
 * processor starts with ENABLE. */
static void release_ssp(void)
{
    scu0_write(AST2700_SCU0_SSP_REMAP2_BASE, 0);
    scu0_write(AST2700_SCU0_SSP_REMAP2_SIZE, ASPEED_ROOM_SSP);
    scu0_write(AST2700_SCU0_SSP_DRAM_BASE, IN_SOC(ASPEED_LOAD_SSP));
    scu0_write(AST2700_SCU_MODRST1_CLR, 1u << AST2700_RESET0_SSP);
    scu0_write(AST2700_SCU0_SSP_CONTROL, AST2700_M4_ENABLE);
}

static void release_tsp(void)
{
    scu0_write(AST2700_SCU0_TSP_REMAP_SIZE, ASPEED_ROOM_TSP);
    scu0_write(AST2700_SCU0_TSP_DRAM_BASE, IN_SOC(ASPEED_LOAD_TSP));
    scu0_write(AST2700_SCU_MODRST2_CLR, 1u << (AST2700_RESET0_TSP - 32));
    scu0_write(AST2700_SCU0_TSP_CONTROL, AST2700_M4_ENABLE);
}

static void release(void)
{
    mmio_write(UFS_PATH, 1); /* UFS reaches memory by AXI */
    console_text("Cortex-A35: released\n");
    release_ca35(is_loaded(ASPEED_FIRMWARE_UBOOT));
    if (is_loaded(ASPEED_FIRMWARE_SSP)) {
        release_ssp();
    }
    if (is_loaded(ASPEED_FIRMWARE_TSP)) {
        release_tsp();
    }
}

_Noreturn void runtime_main(void)
{
    static struct bank image;
    const struct handoff *handoff = (const struct handoff *)(uintptr_t)HANDOFF;
    console_text("boot MCU: first mutable code\n");
    refusal why = handoff->magic == HANDOFF_MAGIC
                      ? images_open(&image, handoff->place, handoff->room)
                      : "boot ROM: left no hand-over";
    if (why == NULL) {
        why = load_all(&image, &handoff->images);
    }
    if (why != NULL) {
        slots_refused(handoff->slot, why);
    }
    slots_booted(handoff->slot, handoff->version);
    release();
    for (;;) {
        hart_wait();
    }
}
