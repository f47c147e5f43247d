/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a bank, whose directory no signature covers: it can locate images,
 * but not change them. */
#include "guest/ast2700/image.h"

#include "abi/ast2700.h"
#include "guest/bootmcu/caliptra.h"
#include "guest/bootmcu/console.h"
#include "guest/bootmcu/report.h"
#include "guest/kit/hart/hart.h"
#include "guest/kit/memory/memory.h"
#include "guest/kit/mmio/mmio.h"

enum { STOPPED = 0xdead };

const struct flash_entry *image_find(const struct bank *bank, uint32_t id)
{
    const struct flash_entry *entry = images_find(bank, id);
    return entry != NULL && entry->size != 0 ? entry : NULL;
}

/* The security version, which the manifest has: the boot ROM checks it before
 * anything else believes it. */
uint32_t images_version(const struct bank *bank)
{
    struct aspeed_soc_preamble preamble;
    const struct flash_entry *entry = image_find(bank, ASPEED_ENTRY_MANIFEST);
    if (entry == NULL || entry->size < sizeof(preamble)) {
        return 0;
    }
    memcpy(&preamble, images_bytes(bank, entry), sizeof(preamble));
    return preamble.security_version;
}

refusal image_copy(const struct bank *bank, const struct flash_entry *entry,
                   void *to, uint32_t room)
{
    if (entry->size > room || entry->size % 4 != 0) {
        return REFUSE_BANK(NO_FIT);
    }
    memcpy(to, images_bytes(bank, entry), entry->size);
    return NULL;
}

refusal image_authorise(uint32_t firmware, const void *bytes, uint32_t size)
{
    uint8_t digest[48];
    caliptra_digest_two(bytes, size, NULL, 0, digest);
    return images_authorise(firmware, digest);
}

_Noreturn void image_stop(refusal why)
{
    console_text("stopped: ");
    console_text(why);
    console_text("\n");
    mmio_write(AST2700_SCU1 + AST2700_SCU1_SCRATCH, STOPPED);
    mmio_write(AST2700_SCU1 + AST2700_SCU_MODRST2,
               1u << (AST2700_RESET1_CPTRA - 32));
    for (;;) {
        hart_wait();
    }
}
