/* SPDX-License-Identifier: Apache-2.0 */
/* Converts between the two layouts, and signs and checks the security version.
 */
#include "trust/aspeed/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "abi/caliptra_status.h"
#include "base/bits.h"
#include "crypto/lms.h"
#include "trust/aspeed/firmware.h"
#include "trust/caliptra/sign.h"
#include "trust/caliptra/words.h"

enum {
    PREAMBLE_SIZE = sizeof(struct aspeed_soc_preamble),
    LIST_HEAD = offsetof(struct caliptra_soc_images, images),
    ENTRY_SIZE = sizeof(struct caliptra_soc_image),
};

/* ---- The two layouts ----------------------------------------------------- */

void aspeed_manifest_convert(const struct aspeed_soc_manifest *manifest,
                             struct caliptra_soc_manifest *converted)
{
    const struct aspeed_soc_preamble *from = &manifest->preamble;
    *converted = (struct caliptra_soc_manifest){
        .preamble =
            {
                       .marker = from->marker,
                       .size = from->size,
                       .version = from->version,
                       .flags = from->flags,
                       .vendor_keys = from->vendor_keys,
                       .vendor_endorsement = from->vendor_endorsement,
                       .owner_keys = from->owner_keys,
                       .owner_endorsement = from->owner_endorsement,
                       .vendor_metadata = from->vendor_metadata,
                       .owner_metadata = from->owner_metadata,
                       },
        .images = manifest->images,
    };
}

static void extend(const struct caliptra_soc_manifest *from,
                   struct aspeed_soc_manifest *manifest)
{
    const struct caliptra_soc_preamble *preamble = &from->preamble;
    *manifest = (struct aspeed_soc_manifest){
        .preamble =
            {
                       .marker = preamble->marker,
                       .size = preamble->size,
                       .version = preamble->version,
                       .flags = preamble->flags,
                       .vendor_keys = preamble->vendor_keys,
                       .vendor_endorsement = preamble->vendor_endorsement,
                       .owner_keys = preamble->owner_keys,
                       .owner_endorsement = preamble->owner_endorsement,
                       .vendor_metadata = preamble->vendor_metadata,
                       .owner_metadata = preamble->owner_metadata,
                       },
        .images = from->images,
    };
}

/* ---- Writing ------------------------------------------------------------- */

static struct aspeed_signed_version
signed_version(const struct aspeed_soc_preamble *preamble)
{
    return (struct aspeed_signed_version){
        .version = preamble->version,
        .security_version = preamble->security_version,
        .flags = preamble->flags,
        .owner_keys = preamble->owner_keys,
    };
}

/* ASPEED's tool turns the leaf's number round. */
static void turn_leaf(struct caliptra_lms_signature *signature)
{
    store_be32(signature->q, load_le32(signature->q));
}

static int sign_version(const struct caliptra_signing *signing,
                        struct aspeed_soc_preamble *preamble,
                        struct error *error)
{
    const struct aspeed_signed_version subject = signed_version(preamble);
    struct caliptra_signatures *signatures = &preamble->owner_security_version;
    const struct signature_slot slot = {
        .name = "owner security version",
        .ecc_signer = &signing->keys->owner_ecc,
        .lms_signer = &signing->keys->owner_lms,
        .signed_bytes = &subject,
        .signed_size = sizeof(subject),
        .ecc = &signatures->ecc,
        .pqc = (uint8_t *)&signatures->lms,
    };
    int status =
        signature_slot_sign(&slot, signing->lms, signing->lms_leaf, error);
    turn_leaf(&signatures->lms);
    return status;
}

int aspeed_manifest_write(struct soc_manifest_pack *pack,
                          uint32_t security_version, struct buffer *out,
                          struct error *error)
{
    struct aspeed_soc_manifest *manifest = xcalloc(1, sizeof(*manifest));
    struct caliptra_soc_manifest *plain = xcalloc(1, sizeof(*plain));
    struct buffer bytes = {0};
    pack->all_places = true;
    int status = soc_manifest_write(pack, &bytes, error);
    if (status == 0) {
        memcpy(plain, bytes.bytes, sizeof(*plain));
        extend(plain, manifest);
        manifest->preamble.security_version = security_version;
        status = sign_version(&pack->bundle, &manifest->preamble, error);
    }
    if (status == 0) {
        buffer_append(out, manifest, sizeof(*manifest));
    }
    buffer_fini(&bytes);
    free(plain);
    free(manifest);
    return status;
}

/* ---- Reading ------------------------------------------------------------- */

bool aspeed_manifest_recognise(const void *bytes, size_t size)
{
    return size >= PREAMBLE_SIZE + LIST_HEAD + ENTRY_SIZE &&
           (size - PREAMBLE_SIZE - LIST_HEAD) % ENTRY_SIZE == 0 &&
           load_le32(bytes) == CALIPTRA_SOC_MANIFEST_MARKER;
}

int aspeed_manifest_read(struct aspeed_soc_manifest *manifest,
                         const void *bytes, size_t size, struct error *error)
{
    const struct aspeed_soc_preamble *preamble = &manifest->preamble;
    memset(manifest, 0, sizeof(*manifest));
    memcpy(manifest, bytes,
           size < sizeof(*manifest) ? size : sizeof(*manifest));
    if (size < PREAMBLE_SIZE + LIST_HEAD) {
        return error_set(error, -EINVAL,
                         "%zu bytes; an SoC manifest of an AST2700 has %d or "
                         "more",
                         size, PREAMBLE_SIZE + LIST_HEAD);
    }
    if (preamble->marker != CALIPTRA_SOC_MANIFEST_MARKER) {
        return error_set(error, -EINVAL,
                         "offset 0x0: marker 0x%08x, not 0x%08x",
                         preamble->marker, CALIPTRA_SOC_MANIFEST_MARKER);
    }
    if (preamble->size != sizeof(struct caliptra_soc_preamble)) {
        return error_set(error, -EINVAL,
                         "offset 0x4: preamble size %u, not %zu",
                         preamble->size, sizeof(struct caliptra_soc_preamble));
    }
    uint32_t count = manifest->images.count;
    size_t room = (size - PREAMBLE_SIZE - LIST_HEAD) / ENTRY_SIZE;
    if (count == 0 || count > CALIPTRA_SOC_IMAGES_MAX || count > room) {
        return error_set(error, -EINVAL,
                         "offset 0x%x: %u images; the file has room for %zu, a "
                         "manifest for %d",
                         PREAMBLE_SIZE, count, room, CALIPTRA_SOC_IMAGES_MAX);
    }
    return 0;
}

/* ---- Verifying ----------------------------------------------------------- */

static void check_runtime(const struct aspeed_soc_manifest *manifest,
                          const struct caliptra_bundle *bundle, bool lms,
                          struct verdict *verdict)
{
    struct caliptra_soc_manifest *converted = xcalloc(1, sizeof(*converted));
    struct caliptra_verdict *runtime = xcalloc(1, sizeof(*runtime));
    aspeed_manifest_convert(manifest, converted);
    soc_manifest_verify(converted, sizeof(*converted), bundle, lms, runtime);
    soc_manifest_judge(runtime, verdict);
    free(runtime);
    free(converted);
}

static void check_version(const struct aspeed_soc_preamble *preamble,
                          const struct caliptra_owner_keys *owner, bool lms,
                          uint32_t lowest, struct verdict *verdict)
{
    const struct aspeed_signed_version subject = signed_version(preamble);
    const struct caliptra_signatures *signatures =
        &preamble->owner_security_version;
    struct caliptra_lms_signature turned = signatures->lms;
    uint8_t digest[SHA384_SIZE];
    sha384(&subject, sizeof(subject), digest);
    turn_leaf(&turned);
    bool holds = words_verify(&owner->ecc, &signatures->ecc, digest) == 0;
    verdict_add(verdict, holds ? VERDICT_PROVEN : VERDICT_REFUSED,
                "owner ECC signature of the security version", "%s",
                holds ? "holds" : "does not hold");
    if (lms) {
        holds = lms_verify((const uint8_t *)&owner->lms, sizeof(owner->lms),
                           digest, sizeof(digest), (const uint8_t *)&turned,
                           sizeof(turned)) == 0;
        verdict_add(verdict, holds ? VERDICT_PROVEN : VERDICT_REFUSED,
                    "owner LMS signature of the security version", "%s",
                    holds ? "holds" : "does not hold");
    }
    holds = preamble->security_version >= lowest;
    verdict_add(verdict, holds ? VERDICT_PROVEN : VERDICT_REFUSED,
                "security version", "%u, the lowest is %u",
                preamble->security_version, lowest);
}

void aspeed_manifest_verify(const struct aspeed_soc_manifest *manifest,
                            const struct caliptra_bundle *bundle, bool lms,
                            uint32_t lowest, struct verdict *verdict)
{
    check_runtime(manifest, bundle, lms, verdict);
    if (bundle != NULL) {
        check_version(&manifest->preamble,
                      &bundle->manifest.v1.preamble.owner_keys, lms, lowest,
                      verdict);
    }
}

void aspeed_manifest_cover(struct verdict *verdict, size_t offset, size_t size)
{
    static const char signature[] =
        "owner ECC signature of the security version";
    static const struct verdict_range rows[] = {
        SOC_MANIFEST_FIELDS(aspeed_soc_preamble),
        VERDICT_FIELD(aspeed_soc_preamble, security_version, signature),
        VERDICT_FIELD(aspeed_soc_preamble, owner_security_version.ecc,
                      signature),
        VERDICT_FIELD(aspeed_soc_preamble, owner_security_version.lms,
                      "owner LMS signature of the security version"),
    };
    soc_manifest_cover_fields(verdict, offset, size, PREAMBLE_SIZE, rows,
                              ARRAY_SIZE(rows));
}

/* ---- Explaining ---------------------------------------------------------- */

void aspeed_manifest_print(const struct aspeed_soc_manifest *manifest,
                           struct buffer *out)
{
    const struct aspeed_soc_preamble *preamble = &manifest->preamble;
    bool vendor =
        (preamble->flags & CALIPTRA_SOC_VENDOR_SIGNATURE_REQUIRED) != 0;
    buffer_print(out,
                 "SoC manifest of an AST2700, version %u, security version %u\n"
                 "flags 0x%08x: the vendor %s the image list\n",
                 preamble->version, preamble->security_version, preamble->flags,
                 vendor ? "signs" : "does not sign");
    for (uint32_t i = 0; i < manifest->images.count; i++) {
        const struct caliptra_soc_image *image = &manifest->images.images[i];
        buffer_print(out, "firmware %2u  stage %u  ", image->firmware_id,
                     image->flags >> ASPEED_STAGE_SHIFT);
        if ((image->flags & CALIPTRA_SOC_IGNORE_AUTH_CHECK) != 0) {
            buffer_print(out, "any contents");
        } else {
            buffer_print_hex(out, image->digest, sizeof(image->digest));
        }
        buffer_print(out, "  %s\n", aspeed_firmware_words(image->firmware_id));
    }
}

void aspeed_manifest_print_json(const struct aspeed_soc_manifest *manifest,
                                struct json *json)
{
    const struct aspeed_soc_preamble *preamble = &manifest->preamble;
    json_string(json, "format", "aspeed-ast2700-soc-manifest");
    json_number(json, "version", preamble->version);
    json_number(json, "security_version", preamble->security_version);
    json_hex32(json, "flags", preamble->flags);
    json_begin_array(json, "images");
    for (uint32_t i = 0; i < manifest->images.count; i++) {
        const struct caliptra_soc_image *image = &manifest->images.images[i];
        json_begin_object(json, NULL);
        json_number(json, "id", image->firmware_id);
        json_string(json, "name", aspeed_firmware_key(image->firmware_id));
        json_number(json, "stage", image->flags >> ASPEED_STAGE_SHIFT);
        json_hex32(json, "flags", image->flags);
        json_bytes(json, "sha384", image->digest, sizeof(image->digest));
        json_end_object(json);
    }
    json_end_array(json);
}
