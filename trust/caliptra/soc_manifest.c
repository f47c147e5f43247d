/* SPDX-License-Identifier: Apache-2.0 */
/* Fields in the order of the layout, two signature pairs, and the checks of
 * Caliptra's runtime. */
#include "trust/caliptra/soc_manifest.h"

#include <stdlib.h>
#include <string.h>

#include "abi/caliptra_image.h"
#include "abi/caliptra_soc_manifest.h"
#include "abi/caliptra_status.h"
#include "base/json.h"
#include "trust/caliptra/checks.h"
#include "trust/caliptra/sign.h"
#include "trust/caliptra/words.h"

enum {
    PREAMBLE_SIZE = sizeof(struct caliptra_soc_preamble),
    COUNT_SIZE = offsetof(struct caliptra_soc_images, images),
    VENDOR_SIGNED = offsetof(struct caliptra_soc_preamble, version),
    VENDOR_SIGNED_SIZE =
        offsetof(struct caliptra_soc_preamble, vendor_endorsement) -
        VENDOR_SIGNED,
};

/* ---- Writing ------------------------------------------------------------- */

void soc_manifest_pack_init(struct soc_manifest_pack *pack,
                            const struct caliptra_signing *bundle)
{
    *pack = (struct soc_manifest_pack){
        .version = 1,
        .vendor_signs = true,
        .keys = bundle->keys,
        .vendor_ecc_index = bundle->vendor_ecc_index,
        .vendor_lms_index = bundle->vendor_pqc_index,
        .bundle = *bundle,
    };
}

static int check_images(const struct soc_manifest_pack *pack,
                        struct error *error)
{
    if (pack->count == 0 || pack->count > CALIPTRA_SOC_IMAGES_MAX) {
        return error_set(error, -EINVAL, "%zu images; a manifest has 1 to %d",
                         pack->count, CALIPTRA_SOC_IMAGES_MAX);
    }
    for (size_t i = 0; i < pack->count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (pack->images[i].firmware_id == pack->images[j].firmware_id) {
                return error_set(error, -EINVAL,
                                 "images %zu and %zu have the same identifier "
                                 "0x%x",
                                 j, i, pack->images[i].firmware_id);
            }
        }
    }
    return 0;
}

static void put_keys(struct caliptra_owner_keys *keys,
                     const struct ecc_signer *ecc, const struct lms_signer *lms)
{
    words_from_bytes(keys->ecc.x, ecc->key.x);
    words_from_bytes(keys->ecc.y, ecc->key.y);
    memcpy(&keys->lms, lms->public_key, sizeof(keys->lms));
}

static int sign(const struct soc_manifest_pack *pack,
                struct caliptra_soc_preamble *preamble, const void *list,
                size_t list_size, struct error *error)
{
    struct key_ring *firmware = pack->bundle.keys;
    struct key_ring *keys = pack->keys;
    const struct signature_slot slots[] = {
        {
         .name = "vendor endorsement",
         .ecc_signer = &firmware->vendor_ecc[pack->bundle.vendor_ecc_index],
         .lms_signer = &firmware->vendor_lms[pack->bundle.vendor_pqc_index],
         .signed_bytes = &preamble->version,
         .signed_size = VENDOR_SIGNED_SIZE,
         .ecc = &preamble->vendor_endorsement.ecc,
         .pqc = (uint8_t *)&preamble->vendor_endorsement.lms,
         },
        {
         .name = "owner endorsement",
         .ecc_signer = &firmware->owner_ecc,
         .lms_signer = &firmware->owner_lms,
         .signed_bytes = &preamble->owner_keys,
         .signed_size = sizeof(preamble->owner_keys),
         .ecc = &preamble->owner_endorsement.ecc,
         .pqc = (uint8_t *)&preamble->owner_endorsement.lms,
         },
        {
         .name = "owner",
         .ecc_signer = &keys->owner_ecc,
         .lms_signer = &keys->owner_lms,
         .signed_bytes = list,
         .signed_size = list_size,
         .ecc = &preamble->owner_metadata.ecc,
         .pqc = (uint8_t *)&preamble->owner_metadata.lms,
         },
        {
         .name = "vendor",
         .ecc_signer = &keys->vendor_ecc[pack->vendor_ecc_index],
         .lms_signer = &keys->vendor_lms[pack->vendor_lms_index],
         .signed_bytes = list,
         .signed_size = list_size,
         .ecc = &preamble->vendor_metadata.ecc,
         .pqc = (uint8_t *)&preamble->vendor_metadata.lms,
         },
    };
    size_t count = ARRAY_SIZE(slots) - (pack->vendor_signs ? 0 : 1);
    int status = 0;
    for (size_t i = 0; status == 0 && i < count; i++) {
        status = signature_slot_sign(&slots[i], pack->bundle.lms,
                                     pack->bundle.lms_leaf, error);
    }
    return status;
}

int soc_manifest_write(const struct soc_manifest_pack *pack, struct buffer *out,
                       struct error *error)
{
    struct caliptra_soc_manifest *manifest = xcalloc(1, sizeof(*manifest));
    struct caliptra_soc_preamble *preamble = &manifest->preamble;
    struct caliptra_soc_images *images = &manifest->images;
    size_t places = pack->all_places ? CALIPTRA_SOC_IMAGES_MAX : pack->count;
    size_t list_size = COUNT_SIZE + places * sizeof(*pack->images);
    int status = check_images(pack, error);
    if (status == 0) {
        preamble->marker = CALIPTRA_SOC_MANIFEST_MARKER;
        preamble->size = PREAMBLE_SIZE;
        preamble->version = pack->version;
        preamble->flags =
            pack->vendor_signs ? CALIPTRA_SOC_VENDOR_SIGNATURE_REQUIRED : 0;
        put_keys(&preamble->vendor_keys,
                 &pack->keys->vendor_ecc[pack->vendor_ecc_index],
                 &pack->keys->vendor_lms[pack->vendor_lms_index]);
        put_keys(&preamble->owner_keys, &pack->keys->owner_ecc,
                 &pack->keys->owner_lms);
        images->count = (uint32_t)pack->count;
        memcpy(images->images, pack->images,
               pack->count * sizeof(*pack->images));
        status = sign(pack, preamble, images, list_size, error);
    }
    if (status == 0) {
        buffer_append(out, manifest, PREAMBLE_SIZE + list_size);
    }
    free(manifest);
    return status;
}

/* ---- Reading and verifying ----------------------------------------------- */

bool soc_manifest_recognise(const void *bytes, size_t size)
{
    return size >= sizeof(uint32_t) &&
           load_le32(bytes) == CALIPTRA_SOC_MANIFEST_MARKER;
}

const struct caliptra_soc_images *
soc_manifest_images(const void *bytes, size_t size, struct error *error)
{
    const struct caliptra_soc_preamble *preamble = bytes;
    if (size < PREAMBLE_SIZE + COUNT_SIZE) {
        error_set(error, -EINVAL, "%zu bytes; a SoC manifest has %d or more",
                  size, PREAMBLE_SIZE + COUNT_SIZE);
        return NULL;
    }
    if (load_le32(&preamble->marker) != CALIPTRA_SOC_MANIFEST_MARKER) {
        error_set(error, -EINVAL, "offset 0x0: marker 0x%08x, not 0x%08x",
                  load_le32(&preamble->marker), CALIPTRA_SOC_MANIFEST_MARKER);
        return NULL;
    }
    if (load_le32(&preamble->size) != PREAMBLE_SIZE) {
        error_set(error, -EINVAL, "offset 0x4: preamble size %u, not %d",
                  load_le32(&preamble->size), PREAMBLE_SIZE);
        return NULL;
    }
    const struct caliptra_soc_images *images =
        (const void *)((const uint8_t *)bytes + PREAMBLE_SIZE);
    uint32_t count = load_le32(&images->count);
    size_t room =
        (size - PREAMBLE_SIZE - COUNT_SIZE) / sizeof(images->images[0]);
    if (count == 0 || count > CALIPTRA_SOC_IMAGES_MAX || count > room) {
        error_set(
            error, -EINVAL,
            "offset 0x%x: %u images; the file has room for %zu, a manifest "
            "for %d",
            PREAMBLE_SIZE, count, room, CALIPTRA_SOC_IMAGES_MAX);
        return NULL;
    }
    return images;
}

enum signer { VENDOR, OWNER };

/* Two signatures by keys over bytes; all faults of one give one code. */
static bool check_pair(struct checks *checks, enum signer signer,
                       const char *const names[2],
                       const struct caliptra_ecc_key *ecc,
                       const struct caliptra_lms_key *lms,
                       const struct caliptra_signatures *signatures,
                       const void *bytes, size_t size)
{
    static const uint32_t codes[][2] = {
        [VENDOR] = {CALIPTRA_ERROR_RUNTIME_SOC_VENDOR_ECC_SIGNATURE,
                    CALIPTRA_ERROR_RUNTIME_SOC_VENDOR_LMS_SIGNATURE},
        [OWNER] = {CALIPTRA_ERROR_RUNTIME_SOC_OWNER_ECC_SIGNATURE,
                    CALIPTRA_ERROR_RUNTIME_SOC_OWNER_LMS_SIGNATURE },
    };
    const struct signature_check check = {
        .ecc_name = names[0],
        .lms_name = names[1],
        .signed_bytes = bytes,
        .signed_size = size,
        .ecc_key = ecc,
        .ecc_signature = &signatures->ecc,
        .key_zero_code = codes[signer][0],
        .signature_zero_code = codes[signer][0],
        .ecc_failure_code = codes[signer][0],
        .ecc_invalid_code = codes[signer][0],
        .lms = checks->fuses->lms_verify != 0,
        .lms_key = (const uint8_t *)lms,
        .lms_signature = (const uint8_t *)&signatures->lms,
        .lms_failure_code = codes[signer][1],
        .lms_invalid_code = codes[signer][1],
    };
    return checks_ecc(checks, &check) && checks_lms(checks, &check);
}

static bool check_preamble(struct checks *checks,
                           const struct caliptra_soc_preamble *preamble)
{
    static const char name[] = "SoC manifest marker and size";
    if (checks->size < PREAMBLE_SIZE) {
        return checks_fail(
            checks, name, CALIPTRA_ERROR_RUNTIME_SOC_MANIFEST_TOO_SHORT,
            "%zu bytes, the preamble has %d", checks->size, PREAMBLE_SIZE);
    }
    if (preamble->marker != CALIPTRA_SOC_MANIFEST_MARKER) {
        return checks_fail(checks, name,
                           CALIPTRA_ERROR_RUNTIME_SOC_MANIFEST_MARKER,
                           "marker 0x%08x, not 0x%08x", preamble->marker,
                           CALIPTRA_SOC_MANIFEST_MARKER);
    }
    if (preamble->size != PREAMBLE_SIZE) {
        return checks_fail(
            checks, name, CALIPTRA_ERROR_RUNTIME_SOC_MANIFEST_SIZE,
            "size field %u, not %d", preamble->size, PREAMBLE_SIZE);
    }
    return checks_pass(checks, name);
}

static bool check_endorsements(struct checks *checks,
                               const struct caliptra_soc_preamble *preamble,
                               const struct caliptra_preamble *firmware)
{
    static const char *const vendor[] = {"vendor ECC endorsement",
                                         "vendor LMS endorsement"};
    static const char *const owner[] = {"owner ECC endorsement",
                                        "owner LMS endorsement"};
    const struct caliptra_vendor_keys *keys = &firmware->vendor_keys;
    return check_pair(checks, VENDOR, vendor,
                      &keys->ecc[firmware->vendor_ecc_index %
                                 CALIPTRA_VENDOR_ECC_KEYS],
                      &keys->lms[firmware->vendor_lms_index %
                                 CALIPTRA_VENDOR_LMS_KEYS],
                      &preamble->vendor_endorsement, &preamble->version,
                      VENDOR_SIGNED_SIZE) &&
           check_pair(checks, OWNER, owner, &firmware->owner_keys.ecc,
                      &firmware->owner_keys.lms, &preamble->owner_endorsement,
                      &preamble->owner_keys, sizeof(preamble->owner_keys));
}

static bool check_count(struct checks *checks,
                        const struct caliptra_soc_images *images, size_t size)
{
    static const char name[] = "image list size";
    if (size < COUNT_SIZE) {
        return checks_fail(checks, name, CALIPTRA_ERROR_RUNTIME_SOC_LIST_SIZE,
                           "%zu bytes behind the preamble", size);
    }
    if (images->count == 0 || images->count > CALIPTRA_SOC_IMAGES_MAX) {
        return checks_fail(checks, name, CALIPTRA_ERROR_RUNTIME_SOC_LIST_COUNT,
                           "%u images, expected 1 to %d", images->count,
                           CALIPTRA_SOC_IMAGES_MAX);
    }
    if (size < COUNT_SIZE + images->count * sizeof(images->images[0])) {
        return checks_fail(checks, name, CALIPTRA_ERROR_RUNTIME_SOC_LIST_SIZE,
                           "%zu bytes behind the preamble, %u images", size,
                           images->count);
    }
    return checks_pass(checks, name);
}

static bool check_list_signatures(struct checks *checks,
                                  const struct caliptra_soc_manifest *manifest,
                                  size_t size)
{
    static const char *const vendor[] = {"vendor ECC signature of the list",
                                         "vendor LMS signature of the list"};
    static const char *const owner[] = {"owner ECC signature of the list",
                                        "owner LMS signature of the list"};
    const struct caliptra_soc_preamble *p = &manifest->preamble;
    bool go_on = true;
    if ((p->flags & CALIPTRA_SOC_VENDOR_SIGNATURE_REQUIRED) == 0) {
        checks_skip(checks, vendor[0]);
    } else {
        go_on = check_pair(checks, VENDOR, vendor, &p->vendor_keys.ecc,
                           &p->vendor_keys.lms, &p->vendor_metadata,
                           &manifest->images, size);
    }
    return go_on && check_pair(checks, OWNER, owner, &p->owner_keys.ecc,
                               &p->owner_keys.lms, &p->owner_metadata,
                               &manifest->images, size);
}

static bool check_identifiers(struct checks *checks,
                              const struct caliptra_soc_images *images)
{
    static const char name[] = "image identifiers";
    for (uint32_t i = 0; i < images->count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            if (images->images[i].firmware_id ==
                images->images[j].firmware_id) {
                return checks_fail(checks, name,
                                   CALIPTRA_ERROR_RUNTIME_SOC_LIST_DUPLICATE,
                                   "images %u and %u are both 0x%x", j, i,
                                   images->images[i].firmware_id);
            }
        }
    }
    return checks_pass(checks, name);
}

void soc_manifest_verify(const void *bytes, size_t size,
                         const struct caliptra_bundle *bundle, bool lms,
                         struct caliptra_verdict *verdict)
{
    struct caliptra_soc_manifest *manifest = xcalloc(1, sizeof(*manifest));
    struct fuses fuses = {.lms_verify = lms};
    struct checks checks = {
        .size = size < sizeof(*manifest) ? size : sizeof(*manifest),
        .fuses = &fuses,
        .verdict = verdict,
    };
    memset(verdict, 0, sizeof(*verdict));
    memcpy(manifest, bytes, checks.size);
    if (check_preamble(&checks, &manifest->preamble) &&
        (bundle == NULL || check_endorsements(&checks, &manifest->preamble,
                                              &bundle->manifest.v1.preamble))) {
        size_t list_size = checks.size - PREAMBLE_SIZE;
        (void)(check_count(&checks, &manifest->images, list_size) &&
               check_list_signatures(&checks, manifest, list_size) &&
               check_identifiers(&checks, &manifest->images));
    }
    free(manifest);
}

void soc_manifest_judge(const struct caliptra_verdict *runtime,
                        struct verdict *verdict)
{
    for (unsigned i = 0; i < runtime->count; i++) {
        const struct caliptra_check *check = &runtime->checks[i];
        if (check->result == CALIPTRA_CHECK_FAILED) {
            verdict_add(verdict, VERDICT_REFUSED, check->name, "0x%08x: %s: %s",
                        runtime->code,
                        runtime->text != NULL ? runtime->text : "unknown",
                        runtime->detail);
        } else {
            bool passed = check->result == CALIPTRA_CHECK_PASSED;
            verdict_add(verdict, passed ? VERDICT_PROVEN : VERDICT_OPEN,
                        check->name, "%s", passed ? "holds" : "not asked for");
        }
    }
}

void soc_manifest_cover_fields(struct verdict *verdict, size_t offset,
                               size_t size, size_t preamble_size,
                               const struct verdict_range *rows, size_t count)
{
    const struct verdict_range list = {preamble_size, size - preamble_size,
                                       "owner ECC signature of the list"};
    verdict_cover_proven(verdict, offset, rows, count);
    verdict_cover_proven(verdict, offset, &list, size > preamble_size);
}

void soc_manifest_cover(struct verdict *verdict, size_t offset, size_t size)
{
    static const struct verdict_range rows[] = {
        SOC_MANIFEST_FIELDS(caliptra_soc_preamble)};
    soc_manifest_cover_fields(verdict, offset, size, PREAMBLE_SIZE, rows,
                              ARRAY_SIZE(rows));
}

/* ---- Explaining ---------------------------------------------------------- */

static void copy_image(struct caliptra_soc_image *image,
                       const struct caliptra_soc_images *images, uint32_t i)
{
    memcpy(image, &images->images[i], sizeof(*image));
}

void soc_manifest_print(const void *bytes, size_t size, struct buffer *out)
{
    const struct caliptra_soc_images *images =
        soc_manifest_images(bytes, size, NULL);
    const struct caliptra_soc_preamble *preamble = bytes;
    uint32_t flags = load_le32(&preamble->flags);
    buffer_print(out,
                 "SoC manifest, version %u, %zu bytes\n"
                 "flags 0x%08x: the vendor %s the image list\n",
                 load_le32(&preamble->version), size, flags,
                 (flags & CALIPTRA_SOC_VENDOR_SIGNATURE_REQUIRED) != 0
                     ? "signs"
                     : "does not sign");
    for (uint32_t i = 0; i < load_le32(&images->count); i++) {
        struct caliptra_soc_image image;
        copy_image(&image, images, i);
        buffer_print(out, "image 0x%08x  ", image.firmware_id);
        if ((image.flags & CALIPTRA_SOC_IGNORE_AUTH_CHECK) != 0) {
            buffer_print(out, "any contents");
        } else {
            buffer_print_hex(out, image.digest, sizeof(image.digest));
        }
        buffer_print(out, "\n");
    }
}

void soc_manifest_print_json(const void *bytes, size_t size, struct json *json)
{
    const struct caliptra_soc_images *images =
        soc_manifest_images(bytes, size, NULL);
    const struct caliptra_soc_preamble *preamble = bytes;
    json_string(json, "format", "caliptra-1.x-soc-manifest");
    json_number(json, "version", load_le32(&preamble->version));
    json_hex32(json, "flags", load_le32(&preamble->flags));
    json_begin_array(json, "images");
    for (uint32_t i = 0; i < load_le32(&images->count); i++) {
        struct caliptra_soc_image image;
        copy_image(&image, images, i);
        json_begin_object(json, NULL);
        json_hex32(json, "id", image.firmware_id);
        json_hex32(json, "flags", image.flags);
        json_bytes(json, "sha384", image.digest, sizeof(image.digest));
        json_end_object(json);
    }
    json_end_array(json);
}
