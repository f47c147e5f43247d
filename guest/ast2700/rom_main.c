/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boot ROM of the AST2700's boot MCU: a stand-in. The one in hardware is not
 * public, and neither is the order in which it starts Caliptra. This one does
 * what the formats, U-Boot's SPL and the runtime for Zephyr need of it: fuses
 * and firmware into Caliptra, the SoC manifest to its runtime, and the first
 * mutable code, digested and authorised, into SRAM.
 * docs/design/trust/ast2700.md has the whole walk.
 */
#include "abi/ast2700.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_soc_ifc.h"
#include "guest/ast2700/handoff.h"
#include "guest/ast2700/image.h"
#include "guest/ast2700/slots.h"
#include "guest/bootmcu/caliptra.h"
#include "guest/bootmcu/console.h"
#include "guest/bootmcu/flash.h"
#include "guest/bootmcu/report.h"
#include "guest/bootmcu/soc.h"
#include "guest/bootmcu/update.h"
#include "guest/kit/memory/memory.h"
#include "guest/kit/mmio/mmio.h"
#include "guest/kit/ns16550/ns16550.h"

_Noreturn void rom_main(void);
_Noreturn void boot_trap(uint32_t cause, uint32_t pc, uint32_t value);
_Noreturn void rom_leave(uint32_t entry);

/* The first mutable code is loaded here, and before it Caliptra's bundle. */
#define SRAM ((uint8_t *)(uintptr_t)ASPEED_LOAD_MCU)

_Noreturn void boot_trap(uint32_t cause, uint32_t pc, uint32_t value)
{
    console_trap(cause, pc, value);
    image_stop("the boot ROM trapped");
}

static refusal fail_with_error(refusal why)
{
    console_text("root of trust: error ");
    console_hex(caliptra_error());
    console_text("\n");
    return why;
}

/* ---- The root of trust --------------------------------------------------- */

/* Words to bytes, most significant first. */
static void to_bytes(uint8_t bytes[48], const uint32_t words[12])
{
    for (unsigned i = 0; i < 12; i++) {
        uint32_t turned = __builtin_bswap32(words[i]);
        memcpy(bytes + 4 * (size_t)i, &turned, sizeof(turned));
    }
}

/* True if these are the keys whose digest is in the fuses, or those of any
 * owner will do. */
static bool is_owner(const struct caliptra_owner_keys *owner)
{
    const unsigned first =
        (CALIPTRA_SOC_IFC_FUSE_OWNER_PK_HASH - CALIPTRA_SOC_IFC_FUSE_UDS_SEED) /
        4;
    uint32_t words[12];
    uint32_t any = 0;
    uint8_t wanted[48];
    uint8_t digest[48];
    for (unsigned i = 0; i < 12; i++) {
        words[i] = soc_fuse(first + i);
        any |= words[i];
    }
    to_bytes(wanted, words);
    caliptra_digest_two((const uint8_t *)owner, sizeof(*owner), NULL, 0,
                        digest);
    return any == 0 || memcmp(wanted, digest, sizeof(digest)) == 0;
}

static refusal feed_root_of_trust(uint32_t size)
{
    if (!caliptra_start()) {
        return fail_with_error(REFUSE_BANK(NO_ROOT_OF_TRUST));
    }
    if (caliptra_runs()) {
        console_text("root of trust: runs what it kept\n");
        return NULL;
    }
    console_text("root of trust: wants firmware\n");
    if (!caliptra_load(SRAM, size)) {
        return fail_with_error(REFUSE_BANK(BUNDLE));
    }
    console_text("root of trust: runs\n");
    return NULL;
}

/* The owner's keys of the bundle are kept: they signed the security version and
 * the FMC header. A reset of the SoC leaves the root of trust its power, and
 * with it the firmware that it verified: so the keys are compared with the
 * fuses here. */
static refusal start_root_of_trust(const struct bank *image,
                                   struct caliptra_owner_keys *owner)
{
    const struct flash_entry *entry = image_find(image, ASPEED_ENTRY_CALIPTRA);
    if (entry == NULL || entry->size < sizeof(struct caliptra_manifest)) {
        return REFUSE_BANK(NO_BUNDLE);
    }
    refusal why = image_copy(image, entry, SRAM, ASPEED_FMC_V2_MAX);
    if (why == NULL) {
        memcpy(owner,
               SRAM + offsetof(struct caliptra_manifest, preamble.owner_keys),
               sizeof(*owner));
        why = feed_root_of_trust(entry->size);
    }
    return why != NULL       ? why
           : is_owner(owner) ? NULL
                             : REFUSE_BANK(OTHER_OWNER);
}

/* True if the owner signed bytes; the root of trust takes the digest from its
 * SHA accelerator. */
static bool owner_signed(const struct caliptra_owner_keys *owner,
                         const uint8_t r[48], const uint8_t s[48],
                         const void *bytes, size_t size)
{
    struct caliptra_ecdsa_request request = {.header = {0}};
    uint8_t digest[48];
    to_bytes(request.x, owner->ecc.x);
    to_bytes(request.y, owner->ecc.y);
    memcpy(request.r, r, 48);
    memcpy(request.s, s, 48);
    caliptra_digest_two(bytes, size, NULL, 0, digest);
    return caliptra_command(CALIPTRA_CMD_ECDSA384_VERIFY, &request,
                            sizeof(request), NULL, 0, NULL, 0);
}

/* ---- The SoC manifest ---------------------------------------------------- */

static struct aspeed_soc_manifest manifest;
static struct caliptra_soc_manifest converted;

static void convert(void)
{
    const struct aspeed_soc_preamble *from = &manifest.preamble;
    struct caliptra_soc_preamble *to = &converted.preamble;
    to->marker = from->marker;
    to->size = from->size;
    to->version = from->version;
    to->flags = from->flags;
    memcpy(&to->vendor_keys, &from->vendor_keys, sizeof(to->vendor_keys));
    memcpy(&to->vendor_endorsement, &from->vendor_endorsement,
           sizeof(to->vendor_endorsement));
    memcpy(&to->owner_keys, &from->owner_keys, sizeof(to->owner_keys));
    memcpy(&to->owner_endorsement, &from->owner_endorsement,
           sizeof(to->owner_endorsement));
    memcpy(&to->vendor_metadata, &from->vendor_metadata,
           sizeof(to->vendor_metadata));
    memcpy(&to->owner_metadata, &from->owner_metadata,
           sizeof(to->owner_metadata));
    memcpy(&converted.images, &manifest.images, sizeof(converted.images));
}

static refusal check_version(const struct caliptra_owner_keys *owner)
{
    static struct aspeed_signed_version subject;
    const struct aspeed_soc_preamble *preamble = &manifest.preamble;
    const struct caliptra_ecc_signature *ecc =
        &preamble->owner_security_version.ecc;
    uint8_t r[48];
    uint8_t s[48];
    subject.version = preamble->version;
    subject.security_version = preamble->security_version;
    subject.flags = preamble->flags;
    memcpy(&subject.owner_keys, &preamble->owner_keys,
           sizeof(subject.owner_keys));
    to_bytes(r, ecc->r);
    to_bytes(s, ecc->s);
    if (!owner_signed(owner, r, s, &subject, sizeof(subject))) {
        return REFUSE_BANK(UNSIGNED_SVN);
    }
    if (preamble->security_version < update_floor()) {
        return REFUSE_BANK(SVN_BELOW_FLOOR);
    }
    return NULL;
}

static refusal install_manifest(const struct bank *image,
                                const struct caliptra_owner_keys *owner)
{
    const struct flash_entry *entry = image_find(image, ASPEED_ENTRY_MANIFEST);
    struct caliptra_set_auth_manifest_request request = {
        .manifest_size = sizeof(converted),
    };
    if (entry == NULL || entry->size != sizeof(manifest)) {
        return REFUSE_BANK(NO_MANIFEST);
    }
    refusal why = image_copy(image, entry, &manifest, sizeof(manifest));
    if (why != NULL) {
        return why;
    }
    convert();
    if (!caliptra_command(CALIPTRA_CMD_SET_AUTH_MANIFEST, &request,
                          sizeof(request), (const uint8_t *)&converted,
                          sizeof(converted), NULL, 0)) {
        return fail_with_error(REFUSE_BANK(MANIFEST));
    }
    why = check_version(owner);
    if (why == NULL) {
        console_text("SoC manifest: accepted\n");
    }
    return why;
}

/* ---- The first mutable code ---------------------------------------------- */

/* A1: behind its header, whose digest and signature are checked too. */
static refusal load_behind_header(const struct caliptra_owner_keys *owner,
                                  uint32_t *size)
{
    static struct aspeed_fmc_v2 header;
    uint8_t digest[48];
    memcpy(&header, flash_at(0), sizeof(header));
    if (header.version != 2 || header.body.size == 0 ||
        header.body.size % 4 != 0 || header.body.size > ASPEED_FMC_V2_MAX) {
        return REFUSE_BANK(FMC_VERSION);
    }
    if (!owner_signed(owner, header.ecc_signature, header.ecc_signature + 48,
                      &header.body, sizeof(header.body))) {
        return REFUSE_BANK(FMC_UNSIGNED);
    }
    *size = header.body.size;
    memcpy(SRAM, flash_at(sizeof(header)), *size);
    caliptra_digest_two(SRAM, *size, NULL, 0, digest);
    return memcmp(digest, header.body.digest, sizeof(digest)) == 0
               ? NULL
               : REFUSE_BANK(FMC_DIGEST);
}

/* A2: in the flash image. */
static refusal load_from_image(const struct bank *image, uint32_t *size)
{
    const struct flash_entry *entry = image_find(image, ASPEED_ENTRY_MCU);
    if (entry == NULL) {
        return REFUSE_BANK(NO_FMC);
    }
    *size = entry->size;
    return image_copy(image, entry, SRAM, ASPEED_FMC_V2_MAX);
}

static void hand_over(const struct bank *image, unsigned slot)
{
    struct handoff *handoff = (struct handoff *)(uintptr_t)HANDOFF;
    handoff->magic = HANDOFF_MAGIC;
    handoff->place = image->place;
    handoff->room = image->room;
    handoff->slot = slot;
    handoff->version = manifest.preamble.security_version;
    memcpy(&handoff->images, &manifest.images, sizeof(handoff->images));
}

static refusal boot(const struct bank *image, unsigned slot, bool has_header)
{
    static struct caliptra_owner_keys owner;
    uint32_t size = 0;
    refusal why = start_root_of_trust(image, &owner);
    if (why == NULL) {
        why = install_manifest(image, &owner);
    }
    if (why == NULL) {
        why = has_header ? load_behind_header(&owner, &size)
                         : load_from_image(image, &size);
    }
    if (why == NULL) {
        why = image_authorise(ASPEED_FIRMWARE_MCU, SRAM, size);
    }
    if (why == NULL) {
        hand_over(image, slot);
    }
    return why;
}

static bool is_running(uint32_t m4_control)
{
    return (mmio_read(AST2700_SCU0 + m4_control) & AST2700_M4_IN_RESET) == 0;
}

/* A processor that runs shows that this core alone was reset. What that
 * processor does is not known, and it could change images after they are
 * authorised: so a watchdog resets all of the SoC. */
static void check_lines(void)
{
    if (mmio_read(AST2700_SCU0 + AST2700_SCU0_CA35_RELEASE) == 0 &&
        !is_running(AST2700_SCU0_SSP_CONTROL) &&
        !is_running(AST2700_SCU0_TSP_CONTROL)) {
        return;
    }
    console_text("boot MCU: reset in a running system\n");
    slots_reset_soc();
}

_Noreturn void rom_main(void)
{
    static struct bank image;
    unsigned slot = SLOT_ALONE;
    bool has_header = false;
    ns16550_init(AST2700_UART12);
    console_text("boot MCU: ROM (stand-in)\n");
    check_lines();
    refusal why = slots_open(&image, &slot, &has_header);
    if (why == NULL) {
        why = boot(&image, slot, has_header);
    }
    if (why != NULL) {
        slots_refused(slot, why);
    }
    console_text("first mutable code: authorised\n");
    rom_leave(ASPEED_LOAD_MCU);
}
