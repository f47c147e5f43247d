/* SPDX-License-Identifier: Apache-2.0 */
/* The duties of a SoC as calls of the library. */
#include "tests/caliptra/soc.h"

#include <stdio.h>
#include <string.h>

#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"

#define STEP_LIMIT 20000000ull

static void console(void *context, const char *device, uint8_t byte)
{
    struct soc *soc = context;
    buffer_append(&soc->console, &byte, 1);
}

static void trng_changed(void *context, uint32_t level)
{
    struct soc *soc = context;
    if (level) {
        soc->trng_due = true;
        cairn_stop(soc->machine);
    }
}

bool soc_create(struct soc *soc, const char *board, const struct buffer *rom)
{
    return soc_create_with(soc, board, NULL, rom);
}

bool soc_create_with(struct soc *soc, const char *board, const char *overlay,
                     const struct buffer *rom)
{
    const struct cairn_image image = {"rom", rom->bytes, rom->size};
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = board,
        .overlays = &overlay,
        .overlay_count = overlay != NULL,
        .images = &image,
        .image_count = 1,
        .callbacks = {.console = console, .context = soc},
    };
    struct cairn_error error;

    memset(soc, 0, sizeof(*soc));
    if (cairn_create(&options, &soc->machine, &error)) {
        printf("%s\n", error.text);
        return false;
    }
    return cairn_line_watch(soc->machine, "soc_ifc.trng_req", trng_changed,
                            soc) == 0;
}

void soc_destroy(struct soc *soc)
{
    cairn_destroy(soc->machine);
    buffer_fini(&soc->console);
    memset(soc, 0, sizeof(*soc));
}

uint32_t soc_read(struct soc *soc, uint32_t address)
{
    uint64_t value = 0;
    cairn_bus_read(soc->machine, "soc", SOC_USER, address, 4, &value);
    return (uint32_t)value;
}

void soc_write(struct soc *soc, uint32_t address, uint32_t value)
{
    cairn_bus_write(soc->machine, "soc", SOC_USER, address, 4, value);
}

/* Words of a stream that only looks random: the firmware checks no quality. */
static void serve_trng(struct soc *soc)
{
    soc->trng_due = false;
    for (uint32_t i = 0; i < 12; i++) {
        uint64_t x = ++soc->trng_words * 0x9e3779b97f4a7c15ull;
        soc_write(soc, CALIPTRA_SOC_IFC_TRNG_DATA + 4 * i, (uint32_t)(x >> 32));
    }
    soc_write(soc, CALIPTRA_SOC_IFC_TRNG_STATUS, CALIPTRA_TRNG_STATUS_DONE);
}

static bool run(struct soc *soc, struct cairn_until until, uint64_t limit)
{
    uint64_t end = cairn_instructions(soc->machine, NULL) + limit;

    for (;;) {
        uint64_t now = cairn_instructions(soc->machine, NULL);
        if (now >= end) {
            return false;
        }
        until.instructions = end - now;
        switch (cairn_run(soc->machine, &until)) {
        case CAIRN_STOP_LINE:
        case CAIRN_STOP_ADDRESS:
            return true;
        case CAIRN_STOP_REQUESTED:
            if (soc->trng_due) {
                serve_trng(soc);
            }
            break;
        default:
            return false;
        }
    }
}

bool soc_wait(struct soc *soc, const char *line, uint32_t level, uint64_t limit)
{
    struct cairn_until until = {
        .size = sizeof(struct cairn_until), .line = line, .level = level};
    return run(soc, until, limit);
}

bool soc_run_to(struct soc *soc, uint32_t address, uint64_t limit)
{
    struct cairn_until until = {
        .size = sizeof(struct cairn_until), .core = "cpu", .address = address};
    return run(soc, until, limit);
}

/* Fuse word n holds bytes 4n to 4n + 3 as a big-endian number. */
static void burn(struct soc *soc, uint32_t address, const uint8_t *bytes,
                 size_t size)
{
    for (size_t i = 0; i < size; i += 4) {
        soc_write(soc, address + (uint32_t)i, load_be32(bytes + i));
    }
}

static void burn_fuses(struct soc *soc, const struct fuses *f)
{
    uint32_t words[4];

    burn(soc, CALIPTRA_SOC_IFC_FUSE_UDS_SEED, f->uds_seed, 48);
    burn(soc, CALIPTRA_SOC_IFC_FUSE_FIELD_ENTROPY, f->field_entropy, 32);
    burn(soc, CALIPTRA_SOC_IFC_FUSE_KEY_MANIFEST_PK_HASH, f->vendor_key_hash,
         48);
    burn(soc, CALIPTRA_SOC_IFC_FUSE_OWNER_PK_HASH, f->owner_key_hash, 48);
    soc_write(soc, CALIPTRA_SOC_IFC_FUSE_KEY_MANIFEST_PK_HASH_MASK,
              f->ecc_revocation);
    fuses_svn_words(f->fmc_svn, words, 1);
    soc_write(soc, CALIPTRA_SOC_IFC_FUSE_FMC_KEY_MANIFEST_SVN, words[0]);
    fuses_svn_words(f->runtime_svn, words, 4);
    for (uint32_t i = 0; i < 4; i++) {
        soc_write(soc, CALIPTRA_SOC_IFC_FUSE_RUNTIME_SVN + 4 * i, words[i]);
    }
    soc_write(soc, CALIPTRA_SOC_IFC_FUSE_ANTI_ROLLBACK_DISABLE,
              f->anti_rollback_disable);
    burn(soc, CALIPTRA_SOC_IFC_FUSE_IDEVID_CERT_ATTR, f->idevid_attributes, 96);
    burn(soc, CALIPTRA_SOC_IFC_FUSE_IDEVID_MANUF_HSM_ID, f->hsm_id, 16);
    soc_write(soc, CALIPTRA_SOC_IFC_FUSE_LIFE_CYCLE, f->life_cycle);
    soc_write(soc, CALIPTRA_SOC_IFC_FUSE_LMS_VERIFY, f->lms_verify);
    soc_write(soc, CALIPTRA_SOC_IFC_FUSE_LMS_REVOCATION, f->lms_revocation);
    soc_write(soc, CALIPTRA_SOC_IFC_FUSE_SOC_STEPPING_ID, f->soc_stepping);
}

/* Generation 2 has other fuses at other places. */
static void burn_fuses_2(struct soc *soc, const struct fuses *f)
{
    uint32_t words[4];

    burn(soc, CALIPTRA2_SOC_IFC_FUSE_UDS_SEED, f->uds_seed, 64);
    burn(soc, CALIPTRA2_SOC_IFC_FUSE_FIELD_ENTROPY, f->field_entropy, 32);
    burn(soc, CALIPTRA2_SOC_IFC_FUSE_VENDOR_PK_HASH, f->vendor_key_hash, 48);
    burn(soc, CALIPTRA2_SOC_IFC_OWNER_PK_HASH, f->owner_key_hash, 48);
    soc_write(soc, CALIPTRA2_SOC_IFC_FUSE_ECC_REVOCATION, f->ecc_revocation);
    fuses_svn_words(f->runtime_svn, words, 4);
    for (uint32_t i = 0; i < 4; i++) {
        soc_write(soc, CALIPTRA_SOC_IFC_FUSE_RUNTIME_SVN + 4 * i, words[i]);
    }
    soc_write(soc, CALIPTRA_SOC_IFC_FUSE_ANTI_ROLLBACK_DISABLE,
              f->anti_rollback_disable);
    burn(soc, CALIPTRA_SOC_IFC_FUSE_IDEVID_CERT_ATTR, f->idevid_attributes, 96);
    burn(soc, CALIPTRA_SOC_IFC_FUSE_IDEVID_MANUF_HSM_ID, f->hsm_id, 16);
    soc_write(soc, CALIPTRA2_SOC_IFC_FUSE_LMS_REVOCATION, f->lms_revocation);
    soc_write(soc, CALIPTRA2_SOC_IFC_FUSE_MLDSA_REVOCATION,
              f->mldsa_revocation);
    soc_write(soc, CALIPTRA_SOC_IFC_FUSE_SOC_STEPPING_ID, f->soc_stepping);
    soc_write(soc, CALIPTRA2_SOC_IFC_FUSE_PQC_KEY_TYPE, f->pqc_key_type);
}

/* Steps that follow the fuses after every reset: the boot state machine waits
 * for the write of CALIPTRA_SOC_IFC_FUSE_WR_DONE even when the bit survived. */
static void let_go(struct soc *soc)
{
    soc_write(soc, CALIPTRA_SOC_IFC_MBOX_VALID_PAUSER, SOC_USER);
    soc_write(soc, CALIPTRA_SOC_IFC_MBOX_PAUSER_LOCK, 1);
    soc_write(soc, CALIPTRA_SOC_IFC_TRNG_VALID_PAUSER, SOC_USER);
    soc_write(soc, CALIPTRA_SOC_IFC_TRNG_PAUSER_LOCK, 1);
    soc_write(soc, CALIPTRA_SOC_IFC_WDT_CFG, 100000000);
    soc_write(soc, CALIPTRA_SOC_IFC_FUSE_WR_DONE, 1);
    soc_write(soc, CALIPTRA_SOC_IFC_BOOTFSM_GO, 1);
}

bool soc_power(struct soc *soc, const struct fuses *fuses)
{
    /* Down first: the security state is latched when reset is released. */
    cairn_line_set(soc->machine, "soc_ifc.cptra_rst_b", 0);
    cairn_line_set(soc->machine, "soc_ifc.cptra_pwrgood", 0);
    cairn_power(soc->machine);
    cairn_line_set(soc->machine, "soc_ifc.security_state",
                   fuses->life_cycle | fuses->debug_locked << 2);
    cairn_line_set(soc->machine, "soc_ifc.cptra_pwrgood", 1);
    cairn_line_set(soc->machine, "soc_ifc.cptra_rst_b", 1);
    if (!soc_wait(soc, "soc_ifc.ready_for_fuses", 1, STEP_LIMIT)) {
        return false;
    }
    if ((soc_read(soc, CALIPTRA_SOC_IFC_HW_REV_ID) & CALIPTRA_HW_REV_ID_MAJOR) <
        2) {
        burn_fuses(soc, fuses);
    } else {
        burn_fuses_2(soc, fuses);
    }
    let_go(soc);
    return true;
}

bool soc_warm_reset(struct soc *soc)
{
    cairn_line_set(soc->machine, "soc_ifc.cptra_rst_b", 0);
    cairn_line_set(soc->machine, "soc_ifc.cptra_rst_b", 1);
    if (!soc_wait(soc, "soc_ifc.ready_for_fuses", 1, STEP_LIMIT)) {
        return false;
    }
    let_go(soc);
    return true;
}

bool soc_mailbox_send(struct soc *soc, uint32_t command, const void *bytes,
                      size_t size)
{
    uint8_t tail[4] = {0};

    if (soc_read(soc, CALIPTRA_MBOX_LOCK) & 1) {
        return false;
    }
    soc_write(soc, CALIPTRA_MBOX_CMD, command);
    soc_write(soc, CALIPTRA_MBOX_DLEN, (uint32_t)size);
    for (size_t i = 0; i < size; i += 4) {
        size_t left = size - i < 4 ? size - i : 4;
        memcpy(tail, (const uint8_t *)bytes + i, left);
        memset(tail + left, 0, 4 - left);
        soc_write(soc, CALIPTRA_MBOX_DATAIN, load_le32(tail));
    }
    soc_write(soc, CALIPTRA_MBOX_EXECUTE, 1);
    return true;
}

unsigned soc_mailbox_wait(struct soc *soc, uint64_t limit)
{
    const uint64_t slice = 1000;

    for (uint64_t done = 0; done < limit; done += slice) {
        unsigned status =
            soc_read(soc, CALIPTRA_MBOX_STATUS) & CALIPTRA_MBOX_STATUS_MASK;
        if (status != CALIPTRA_MBOX_STATUS_BUSY) {
            return status;
        }
        if (soc_read(soc, CALIPTRA_SOC_IFC_FW_ERROR_FATAL) != 0 &&
            soc_read(soc, CALIPTRA_SOC_IFC_FW_ERROR_FATAL) != UINT32_MAX) {
            return CALIPTRA_MBOX_STATUS_BUSY;
        }
        /* No line is ever driven to this level: only time passes. */
        run(soc, (struct cairn_until){.size = sizeof(struct cairn_until)},
            slice);
    }
    return CALIPTRA_MBOX_STATUS_BUSY;
}

void soc_mailbox_finish(struct soc *soc)
{
    soc_write(soc, CALIPTRA_MBOX_EXECUTE, 0);
}

uint32_t soc_boot(struct soc *soc, const struct fuses *fuses,
                  const struct buffer *bundle)
{
    if (!soc_power(soc, fuses)) {
        return UINT32_MAX;
    }
    if (!soc_wait(soc, "soc_ifc.ready_for_fw", 1, STEP_LIMIT)) {
        uint32_t fatal = soc_read(soc, CALIPTRA_SOC_IFC_FW_ERROR_FATAL);
        return fatal ? fatal : UINT32_MAX;
    }
    if (!soc_mailbox_send(soc, CALIPTRA_CMD_FIRMWARE_LOAD, bundle->bytes,
                          bundle->size)) {
        return UINT32_MAX;
    }
    if (soc_mailbox_wait(soc, STEP_LIMIT) == CALIPTRA_MBOX_STATUS_COMPLETE) {
        soc_mailbox_finish(soc);
        return 0;
    }
    uint32_t fatal = soc_read(soc, CALIPTRA_SOC_IFC_FW_ERROR_FATAL);
    return fatal ? fatal : UINT32_MAX;
}
