/* SPDX-License-Identifier: Apache-2.0 */
/* Laying out a bundle: manifest, FMC, runtime, and in 2.x padding to the block
 * size of the recovery interface. */
#include <string.h>

#include "abi/caliptra_image.h"
#include "abi/caliptra_memory.h"
#include "trust/caliptra/bundle.h"
#include "trust/caliptra/words.h"

enum { IMAGE_ALIGNMENT = 4, RECOVERY_BLOCK = 256 };

void caliptra_pack_init(struct caliptra_pack *pack, int generation)
{
    *pack = (struct caliptra_pack){
        .generation = generation,
        .pqc_type = CALIPTRA2_PQC_LMS,
        .fmc = {.load_address = CALIPTRA_ICCM_BASE,
                .entry_point = CALIPTRA_ICCM_BASE                             },
        .pl0_valid = true,
        .pl0_pauser = 1,
        .signing = {.lms = true,                        .lms_leaf = KEYS_NEXT_LEAF},
    };
}

static uint32_t padded(size_t size)
{
    return (uint32_t)(size + IMAGE_ALIGNMENT - 1) & ~(IMAGE_ALIGNMENT - 1u);
}

/* A check that the ROM will check once more (see verify.c), said earlier and
 * with the name of the image. */
static int check_image(const struct caliptra_pack *pack, const char *name,
                       const struct caliptra_image *image, uint32_t svn_max,
                       struct error *error)
{
    const struct caliptra_layout *layout = caliptra_layout(pack->generation);
    const uint64_t iccm_size = layout->iccm_size;
    if (image->size == 0) {
        return error_set(error, -EINVAL, "%s: the image is empty", name);
    }
    if (image->size > layout->room) {
        return error_set(error, -EFBIG,
                         "%s: the image has %zu bytes, the mailbox has room "
                         "for %zu",
                         name, image->size, layout->room);
    }
    if (image->load_address < CALIPTRA_ICCM_BASE ||
        !in_range(image->load_address - CALIPTRA_ICCM_BASE, padded(image->size),
                  iccm_size)) {
        return error_set(error, -EINVAL,
                         "%s: load address 0x%08x with 0x%zx bytes is not in "
                         "ICCM (0x%08x to 0x%08llx)",
                         name, image->load_address, image->size,
                         CALIPTRA_ICCM_BASE,
                         (unsigned long long)(CALIPTRA_ICCM_BASE + iccm_size));
    }
    if (image->entry_point < CALIPTRA_ICCM_BASE ||
        image->entry_point - CALIPTRA_ICCM_BASE >= iccm_size) {
        return error_set(error, -EINVAL,
                         "%s: entry point 0x%08x is not in ICCM", name,
                         image->entry_point);
    }
    if ((image->load_address | image->entry_point) % 4 != 0) {
        return error_set(error, -EINVAL,
                         "%s: load address 0x%08x and entry point 0x%08x must "
                         "be multiples of 4",
                         name, image->load_address, image->entry_point);
    }
    if (image->svn > svn_max) {
        return error_set(error, -EINVAL, "%s: security version %u is above %u",
                         name, image->svn, svn_max);
    }
    return 0;
}

static bool uses_mldsa(const struct caliptra_pack *pack)
{
    return caliptra_layout(pack->generation)->number == 2 &&
           pack->pqc_type == CALIPTRA2_PQC_MLDSA;
}

static int check_pack(const struct caliptra_pack *pack, struct error *error)
{
    int status =
        check_image(pack, "FMC", &pack->fmc, CALIPTRA_FMC_SVN_MAX, error);
    if (status == 0) {
        status = check_image(pack, "runtime", &pack->runtime,
                             CALIPTRA_RUNTIME_SVN_MAX, error);
    }
    if (status != 0) {
        return status;
    }
    uint64_t fmc = pack->fmc.load_address;
    uint64_t runtime = pack->runtime.load_address;
    if (fmc < runtime + padded(pack->runtime.size) &&
        runtime < fmc + padded(pack->fmc.size)) {
        return error_set(error, -EINVAL,
                         "FMC at 0x%08x with 0x%zx bytes and runtime at "
                         "0x%08x overlap in ICCM",
                         pack->fmc.load_address, pack->fmc.size,
                         pack->runtime.load_address);
    }
    if (pack->svn > CALIPTRA_RUNTIME_SVN_MAX) {
        return error_set(error, -EINVAL, "security version %u is above %d",
                         pack->svn, CALIPTRA_RUNTIME_SVN_MAX);
    }
    unsigned pqc_keys = uses_mldsa(pack) ? CALIPTRA_VENDOR_MLDSA_KEYS
                                         : CALIPTRA_VENDOR_LMS_KEYS;
    if (pack->signing.vendor_ecc_index >= CALIPTRA_VENDOR_ECC_KEYS ||
        pack->signing.vendor_pqc_index >= pqc_keys) {
        return error_set(error, -ERANGE,
                         "vendor key indices %u (ECC) and %u (%s) must be "
                         "below %d and %u",
                         pack->signing.vendor_ecc_index,
                         pack->signing.vendor_pqc_index,
                         uses_mldsa(pack) ? "ML-DSA" : "LMS",
                         CALIPTRA_VENDOR_ECC_KEYS, pqc_keys);
    }
    return 0;
}

static void put_ecc_key(struct caliptra_ecc_key *out,
                        const struct ecc_signer *signer)
{
    words_from_bytes(out->x, signer->key.x);
    words_from_bytes(out->y, signer->key.y);
}

static void put_date(uint8_t out[CALIPTRA_DATE_SIZE], const char *text)
{
    memcpy(out, text, strnlen(text, CALIPTRA_DATE_SIZE));
}

static void put_dates(struct caliptra_signed_data *vendor,
                      struct caliptra_signed_data *owner,
                      const struct caliptra_pack *pack)
{
    put_date(vendor->not_before, pack->vendor_not_before);
    put_date(vendor->not_after, pack->vendor_not_after);
    put_date(owner->not_before, pack->owner_not_before);
    put_date(owner->not_after, pack->owner_not_after);
}

static void put_entry(struct caliptra_toc_entry *entry, uint32_t id,
                      const struct caliptra_image *image, uint32_t offset)
{
    entry->id = id;
    entry->type = CALIPTRA_TOC_EXECUTABLE;
    memcpy(entry->revision, image->revision, sizeof(entry->revision));
    entry->version = image->version;
    entry->load_address = image->load_address;
    entry->entry_point = image->entry_point;
    entry->offset = offset;
    entry->size = padded(image->size);
}

static void put_toc(const struct caliptra_pack *pack, uint32_t manifest_size,
                    struct caliptra_toc_entry *fmc,
                    struct caliptra_toc_entry *runtime)
{
    put_entry(fmc, CALIPTRA_TOC_FMC, &pack->fmc, manifest_size);
    put_entry(runtime, CALIPTRA_TOC_RUNTIME, &pack->runtime,
              manifest_size + fmc->size);
}

static void put_manifest_1(const struct caliptra_pack *pack,
                           struct caliptra_manifest *m)
{
    const struct key_ring *keys = pack->signing.keys;
    m->marker = CALIPTRA_MANIFEST_MARKER;
    m->size = CALIPTRA_MANIFEST_SIZE;
    struct caliptra_preamble *p = &m->preamble;
    for (unsigned i = 0; i < CALIPTRA_VENDOR_ECC_KEYS; i++) {
        put_ecc_key(&p->vendor_keys.ecc[i], &keys->vendor_ecc[i]);
    }
    for (unsigned i = 0; i < CALIPTRA_VENDOR_LMS_KEYS; i++) {
        memcpy(&p->vendor_keys.lms[i], keys->vendor_lms[i].public_key,
               sizeof(p->vendor_keys.lms[i]));
    }
    p->vendor_ecc_index = pack->signing.vendor_ecc_index;
    p->vendor_lms_index = pack->signing.vendor_pqc_index;
    put_ecc_key(&p->owner_keys.ecc, &keys->owner_ecc);
    memcpy(&p->owner_keys.lms, keys->owner_lms.public_key,
           sizeof(p->owner_keys.lms));
    struct caliptra_header *h = &m->header;
    memcpy(h->revision, pack->revision, sizeof(h->revision));
    h->vendor_ecc_index = pack->signing.vendor_ecc_index;
    h->vendor_lms_index = pack->signing.vendor_pqc_index;
    h->flags = pack->pl0_valid ? CALIPTRA_HEADER_PL0_VALID : 0;
    h->toc_count = CALIPTRA_TOC_ENTRIES;
    h->pl0_pauser = pack->pl0_valid ? pack->pl0_pauser : 0;
    put_dates(&h->vendor_data, &h->owner_data, pack);
    put_toc(pack, CALIPTRA_MANIFEST_SIZE, &m->fmc, &m->runtime);
    m->fmc.svn = pack->fmc.svn;
    m->runtime.svn = pack->runtime.svn;
}

/* The descriptors hold digests of the keys as stored: an LMS key counts with
 * its 48 bytes only. */
static void put_descriptors(const struct key_ring *keys, bool mldsa,
                            struct caliptra2_preamble *p)
{
    p->ecc_descriptor.version = CALIPTRA2_DESCRIPTOR_VERSION;
    p->ecc_descriptor.count = CALIPTRA_VENDOR_ECC_KEYS;
    for (unsigned i = 0; i < CALIPTRA_VENDOR_ECC_KEYS; i++) {
        struct caliptra_ecc_key key;
        put_ecc_key(&key, &keys->vendor_ecc[i]);
        words_sha384(p->ecc_descriptor.key_digest[i], &key, sizeof(key));
    }
    p->pqc_descriptor.version = CALIPTRA2_DESCRIPTOR_VERSION;
    if (mldsa) {
        p->pqc_descriptor.type = CALIPTRA2_PQC_MLDSA;
        p->pqc_descriptor.count = CALIPTRA_VENDOR_MLDSA_KEYS;
        for (unsigned i = 0; i < CALIPTRA_VENDOR_MLDSA_KEYS; i++) {
            words_sha384(p->pqc_descriptor.key_digest[i],
                         keys->vendor_mldsa[i].public_key,
                         CALIPTRA_MLDSA_KEY_SIZE);
        }
        return;
    }
    p->pqc_descriptor.type = CALIPTRA2_PQC_LMS;
    p->pqc_descriptor.count = CALIPTRA_VENDOR_LMS_KEYS;
    for (unsigned i = 0; i < CALIPTRA_VENDOR_LMS_KEYS; i++) {
        words_sha384(p->pqc_descriptor.key_digest[i],
                     keys->vendor_lms[i].public_key, CALIPTRA_LMS_KEY_SIZE);
    }
}

static void put_pqc_keys(const struct caliptra_pack *pack,
                         struct caliptra2_preamble *p)
{
    const struct key_ring *keys = pack->signing.keys;
    unsigned index = pack->signing.vendor_pqc_index;
    p->vendor_pqc_index = index;
    if (uses_mldsa(pack)) {
        memcpy(p->vendor_pqc_key.bytes, keys->vendor_mldsa[index].public_key,
               CALIPTRA_MLDSA_KEY_SIZE);
        memcpy(p->owner_keys.pqc.bytes, keys->owner_mldsa.public_key,
               CALIPTRA_MLDSA_KEY_SIZE);
    } else {
        memcpy(p->vendor_pqc_key.bytes, keys->vendor_lms[index].public_key,
               CALIPTRA_LMS_KEY_SIZE);
        memcpy(p->owner_keys.pqc.bytes, keys->owner_lms.public_key,
               CALIPTRA_LMS_KEY_SIZE);
    }
}

static void put_manifest_2(const struct caliptra_pack *pack,
                           struct caliptra2_manifest *m)
{
    const struct key_ring *keys = pack->signing.keys;
    const struct caliptra_signing *signing = &pack->signing;
    m->marker = CALIPTRA2_MANIFEST_MARKER;
    m->size = CALIPTRA2_MANIFEST_SIZE;
    m->pqc_type = (uint8_t)pack->pqc_type;
    struct caliptra2_preamble *p = &m->preamble;
    put_descriptors(keys, uses_mldsa(pack), p);
    p->vendor_ecc_index = signing->vendor_ecc_index;
    put_ecc_key(&p->vendor_ecc_key,
                &keys->vendor_ecc[signing->vendor_ecc_index]);
    put_ecc_key(&p->owner_keys.ecc, &keys->owner_ecc);
    put_pqc_keys(pack, p);
    struct caliptra2_header *h = &m->header;
    memcpy(h->revision, pack->revision, sizeof(h->revision));
    h->vendor_ecc_index = signing->vendor_ecc_index;
    h->vendor_pqc_index = signing->vendor_pqc_index;
    h->flags = pack->pl0_valid ? CALIPTRA_HEADER_PL0_VALID : 0;
    h->toc_count = CALIPTRA_TOC_ENTRIES;
    h->pl0_pauser = pack->pl0_valid ? pack->pl0_pauser : 0;
    h->svn = pack->svn;
    put_dates(&h->vendor_data, &h->owner_data, pack);
    put_toc(pack, CALIPTRA2_MANIFEST_SIZE, &m->fmc, &m->runtime);
}

static void append_image(struct buffer *out, const struct caliptra_image *image)
{
    buffer_append(out, image->bytes, image->size);
    buffer_append_zeros(out, padded(image->size) - image->size);
}

static void lay_out(const struct caliptra_pack *pack, struct buffer *out)
{
    size_t start = out->size;
    if (caliptra_layout(pack->generation)->number == 2) {
        static const struct caliptra2_manifest empty;
        struct caliptra2_manifest manifest = empty;
        put_manifest_2(pack, &manifest);
        buffer_append(out, &manifest, sizeof(manifest));
    } else {
        static const struct caliptra_manifest empty;
        struct caliptra_manifest manifest = empty;
        put_manifest_1(pack, &manifest);
        buffer_append(out, &manifest, sizeof(manifest));
    }
    append_image(out, &pack->fmc);
    append_image(out, &pack->runtime);
    if (caliptra_layout(pack->generation)->number == 2) {
        size_t over = (out->size - start) % RECOVERY_BLOCK;
        buffer_append_zeros(out, over == 0 ? 0 : RECOVERY_BLOCK - over);
    }
}

int caliptra_bundle_write(const struct caliptra_pack *pack, struct buffer *out,
                          struct error *error)
{
    struct caliptra_pack complete = *pack;
    if (complete.runtime.load_address == 0) {
        complete.runtime.load_address =
            pack->fmc.load_address + padded(pack->fmc.size);
        complete.runtime.entry_point = complete.runtime.load_address;
    }
    int status = check_pack(&complete, error);
    if (status != 0) {
        return status;
    }
    if (caliptra_layout(pack->generation)->number == 2 &&
        pack->pqc_type != CALIPTRA2_PQC_LMS && !uses_mldsa(pack)) {
        return error_set(error, -EINVAL,
                         "key type %u is neither ML-DSA (1) nor LMS (3)",
                         pack->pqc_type);
    }
    size_t start = out->size;
    lay_out(&complete, out);
    size_t size = out->size - start;
    if (size > caliptra_layout(pack->generation)->room) {
        status = error_set(error, -EFBIG,
                           "the bundle has %zu bytes, the mailbox has room for "
                           "%zu",
                           size, caliptra_layout(pack->generation)->room);
    } else {
        status =
            caliptra_bundle_resign(out->bytes + start, size, &complete.signing,
                                   CALIPTRA_RESIGN_ALL, error);
    }
    if (status != 0) {
        out->size = start;
    }
    return status;
}
