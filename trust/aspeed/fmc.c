/* SPDX-License-Identifier: Apache-2.0 */
/* Both versions of the header become one view. */
#include "trust/aspeed/fmc.h"

#include <string.h>

#include "base/bits.h"
#include "crypto/lms.h"
#include "trust/caliptra/words.h"

const char *fmc_prebuilt_name(uint32_t type)
{
    static const char *const names[] = {
        NULL,        "ddr4-imem", "ddr4-dmem", "ddr4-2d-imem", "ddr4-2d-dmem",
        "ddr5-imem", "ddr5-dmem", "dp",        "uefi",
    };
    return type != 0 && type < ARRAY_SIZE(names) ? names[type] : "unknown";
}

/* ---- Writing ------------------------------------------------------------- */

static size_t padded(size_t size)
{
    return (size + 3) & ~(size_t)3;
}

static int check_pack(const struct fmc_pack *pack, struct error *error)
{
    size_t most = pack->version == 1 ? ASPEED_FMC_V1_MAX : ASPEED_FMC_V2_MAX;
    unsigned places =
        pack->version == 1 ? ASPEED_FMC_PREBUILTS_V1 : ASPEED_FMC_PREBUILTS_V2;
    if (pack->version != 1 && pack->version != 2) {
        return error_set(error, -EINVAL, "FMC header version %u is not 1 or 2",
                         pack->version);
    }
    if (pack->code.size == 0 || padded(pack->code.size) > most) {
        return error_set(error, -EFBIG,
                         "the first mutable code has %zu bytes, expected 1 to "
                         "%zu",
                         pack->code.size, most);
    }
    if (pack->svn > ASPEED_FMC_SVN_MAX) {
        return error_set(error, -EINVAL, "SVN %u is above %d", pack->svn,
                         ASPEED_FMC_SVN_MAX);
    }
    if (pack->ecc_key_index >= ASPEED_FMC_KEYS ||
        pack->lms_key_index >= ASPEED_FMC_KEYS) {
        return error_set(error, -EINVAL,
                         "key indices %u (ECC) and %u (LMS) are not below %d",
                         pack->ecc_key_index, pack->lms_key_index,
                         ASPEED_FMC_KEYS);
    }
    if (pack->prebuilt_count > places) {
        return error_set(error, -EINVAL,
                         "%u prebuilt binaries, version %u has room for %u",
                         pack->prebuilt_count, pack->version, places);
    }
    return 0;
}

/* Between RFC 8554's byte order and the header's. */
static void turn_lms(struct caliptra_lms_signature *signature)
{
    store_be32(signature->q, load_le32(signature->q));
    store_be32(signature->tree_type, load_le32(signature->tree_type));
}

static int sign(const struct fmc_pack *pack, struct aspeed_fmc_v2 *header,
                struct error *error)
{
    uint8_t digest[SHA384_SIZE];
    struct ecdsa_p384_signature signature;
    const struct ecc_signer *ecc = &pack->keys->owner_ecc;
    if (!ecc->has_private) {
        return error_set(error, -ENOKEY,
                         "the owner ECC key has no private part");
    }
    sha384(&header->body, sizeof(header->body), digest);
    int status = ecdsa_p384_sign(&ecc->key, digest, &signature);
    if (status != 0) {
        return error_set(error, status, "cannot sign with the owner ECC key");
    }
    memcpy(header->ecc_signature, signature.r, P384_SIZE);
    memcpy(header->ecc_signature + P384_SIZE, signature.s, P384_SIZE);
    header->ecc_key_index = pack->ecc_key_index;
    if (pack->lms) {
        header->lms_key_index = pack->lms_key_index;
        status = keys_sign_lms(&pack->keys->owner_lms, pack->lms_leaf, digest,
                               sizeof(digest),
                               (uint8_t *)&header->lms_signature, error);
        turn_lms(&header->lms_signature);
    }
    return status;
}

static void append_padded(struct buffer *out, const struct fmc_part *part)
{
    buffer_append(out, part->bytes, part->size);
    buffer_append_zeros(out, padded(part->size) - part->size);
}

static void write_v1(const struct fmc_pack *pack, struct buffer *out)
{
    struct aspeed_fmc_v1 header = {
        .magic = ASPEED_FMC_MAGIC,
        .version = 1,
        .size = (uint32_t)padded(pack->code.size),
    };
    for (unsigned i = 0; i < pack->prebuilt_count; i++) {
        header.prebuilts[i].type = pack->prebuilts[i].type;
        header.prebuilts[i].size = (uint32_t)pack->prebuilts[i].part.size;
    }
    buffer_append(out, &header, sizeof(header));
    append_padded(out, &pack->code);
}

static int write_v2(const struct fmc_pack *pack, struct buffer *out,
                    struct error *error)
{
    struct buffer code = {0};
    append_padded(&code, &pack->code);
    struct aspeed_fmc_v2 header = {
        .magic = ASPEED_FMC_MAGIC,
        .version = 2,
        .body = {.svn = pack->svn, .size = (uint32_t)code.size},
    };
    sha384(code.bytes, code.size, header.body.digest);
    for (unsigned i = 0; i < pack->prebuilt_count; i++) {
        const struct fmc_prebuilt *from = &pack->prebuilts[i];
        header.body.prebuilts[i].type = from->type;
        header.body.prebuilts[i].size = (uint32_t)from->part.size;
        sha384(from->part.bytes, from->part.size,
               header.body.prebuilts[i].digest);
    }
    int status = pack->keys != NULL ? sign(pack, &header, error) : 0;
    if (status == 0) {
        buffer_append(out, &header, sizeof(header));
        buffer_append(out, code.bytes, code.size);
    }
    buffer_fini(&code);
    return status;
}

int fmc_write(const struct fmc_pack *pack, struct buffer *out,
              struct error *error)
{
    int status = check_pack(pack, error);
    if (status == 0 && pack->version == 1) {
        write_v1(pack, out);
    } else if (status == 0) {
        status = write_v2(pack, out, error);
    }
    for (unsigned i = 0; status == 0 && i < pack->prebuilt_count; i++) {
        buffer_append(out, pack->prebuilts[i].part.bytes,
                      pack->prebuilts[i].part.size);
    }
    return status;
}

/* ---- Reading ------------------------------------------------------------- */

bool fmc_recognise(const void *bytes, size_t size)
{
    return size >= sizeof(uint32_t) && load_le32(bytes) == ASPEED_FMC_MAGIC;
}

/* The next part lies behind what the view has so far. */
static int take(struct fmc *fmc, const uint8_t *bytes, size_t size,
                size_t field, uint32_t part_size, struct fmc_part *part,
                struct error *error)
{
    if (part_size > size - fmc->size) {
        return error_set(error, -EINVAL,
                         "offset 0x%zx: size 0x%x, but only 0x%zx bytes follow "
                         "at 0x%zx",
                         field, part_size, size - fmc->size, fmc->size);
    }
    *part = (struct fmc_part){bytes + fmc->size, part_size};
    fmc->size += part_size;
    return 0;
}

static int read_v1(struct fmc *fmc, const uint8_t *bytes, size_t size,
                   struct error *error)
{
    struct aspeed_fmc_v1 header;
    memcpy(&header, bytes, sizeof(header));
    int status = take(fmc, bytes, size, offsetof(struct aspeed_fmc_v1, size),
                      header.size, &fmc->code, error);
    for (unsigned i = 0; status == 0 && i < ASPEED_FMC_PREBUILTS_V1 &&
                         header.prebuilts[i].type != 0;
         i++) {
        struct fmc_prebuilt *to = &fmc->prebuilts[fmc->prebuilt_count++];
        to->type = header.prebuilts[i].type;
        status = take(fmc, bytes, size,
                      offsetof(struct aspeed_fmc_v1, prebuilts[i].size),
                      header.prebuilts[i].size, &to->part, error);
    }
    return status;
}

static int read_v2(struct fmc *fmc, const uint8_t *bytes, size_t size,
                   struct error *error)
{
    struct aspeed_fmc_v2 *header = &fmc->header;
    memcpy(header, bytes, sizeof(*header));
    if (header->body.size > ASPEED_FMC_V2_MAX) {
        return error_set(error, -EINVAL,
                         "offset 0x%zx: the code has 0x%x bytes, the limit is "
                         "0x%x",
                         offsetof(struct aspeed_fmc_v2, body.size),
                         header->body.size, ASPEED_FMC_V2_MAX);
    }
    int status =
        take(fmc, bytes, size, offsetof(struct aspeed_fmc_v2, body.size),
             header->body.size, &fmc->code, error);
    for (unsigned i = 0; status == 0 && i < ASPEED_FMC_PREBUILTS_V2 &&
                         header->body.prebuilts[i].type != 0;
         i++) {
        struct fmc_prebuilt *to = &fmc->prebuilts[fmc->prebuilt_count++];
        to->type = header->body.prebuilts[i].type;
        memcpy(to->digest, header->body.prebuilts[i].digest,
               sizeof(to->digest));
        status = take(fmc, bytes, size,
                      offsetof(struct aspeed_fmc_v2, body.prebuilts[i].size),
                      header->body.prebuilts[i].size, &to->part, error);
    }
    return status;
}

int fmc_read(struct fmc *fmc, const void *bytes, size_t size,
             struct error *error)
{
    memset(fmc, 0, sizeof(*fmc));
    if (size < 8) {
        return error_set(error, -EINVAL, "%zu bytes; an FMC header has %zu",
                         size, sizeof(struct aspeed_fmc_v1));
    }
    if (!fmc_recognise(bytes, size)) {
        return error_set(error, -EINVAL, "offset 0x0: magic 0x%08x, not 0x%08x",
                         load_le32(bytes), ASPEED_FMC_MAGIC);
    }
    fmc->version = load_le32((const uint8_t *)bytes + 4);
    if (fmc->version != 1 && fmc->version != 2) {
        return error_set(error, -EINVAL, "offset 0x4: version %u, not 1 or 2",
                         fmc->version);
    }
    fmc->header_size = fmc->version == 1 ? sizeof(struct aspeed_fmc_v1)
                                         : sizeof(struct aspeed_fmc_v2);
    if (size < fmc->header_size) {
        return error_set(error, -EINVAL,
                         "%zu bytes; an FMC header of version %u has %zu", size,
                         fmc->version, fmc->header_size);
    }
    fmc->size = fmc->header_size;
    return fmc->version == 1 ? read_v1(fmc, bytes, size, error)
                             : read_v2(fmc, bytes, size, error);
}

/* ---- Verifying ----------------------------------------------------------- */

static bool ecc_holds(const struct aspeed_fmc_v2 *header,
                      const struct caliptra_ecc_key *key,
                      const uint8_t digest[SHA384_SIZE])
{
    struct caliptra_ecc_signature signature;
    words_from_bytes(signature.r, header->ecc_signature);
    words_from_bytes(signature.s, header->ecc_signature + P384_SIZE);
    return words_verify(key, &signature, digest) == 0;
}

static const char ecc_name[] = "ECC signature of the FMC header";
static const char lms_name[] = "LMS signature of the FMC header";

#define COVERED(check, field)                                                  \
    {                                                                          \
        offsetof(struct aspeed_fmc_v2, field),                                 \
            sizeof(((struct aspeed_fmc_v2 *)0)->field), check                  \
    }

static void check_signatures(const struct aspeed_fmc_v2 *header,
                             const struct caliptra_owner_keys *keys,
                             struct verdict *verdict)
{
    static const char *const names[] = {ecc_name, lms_name};
    struct caliptra_lms_signature lms = header->lms_signature;
    bool given[] = {
        !all_bytes(header->ecc_signature, sizeof(header->ecc_signature), 0),
        !all_bytes((const uint8_t *)&header->lms_signature, sizeof(lms), 0),
    };
    uint8_t digest[SHA384_SIZE];
    sha384(&header->body, sizeof(header->body), digest);
    turn_lms(&lms);
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        if (!given[i] || keys == NULL) {
            verdict_add(verdict, VERDICT_OPEN, names[i], "%s",
                        given[i] ? "no key to check it with"
                                 : "the header has none");
            continue;
        }
        bool holds = i == 0
                         ? ecc_holds(header, &keys->ecc, digest)
                         : lms_verify((const uint8_t *)&keys->lms,
                                      sizeof(keys->lms), digest, sizeof(digest),
                                      (const uint8_t *)&lms, sizeof(lms)) == 0;
        verdict_add(verdict, holds ? VERDICT_PROVEN : VERDICT_REFUSED, names[i],
                    "%s", holds ? "holds" : "does not hold");
    }
}

void fmc_verify(const struct fmc *fmc, const struct caliptra_owner_keys *keys,
                struct verdict *verdict)
{
    static const struct verdict_range rows[] = {
        COVERED(ecc_name, ecc_signature),
        COVERED(ecc_name, body),
        COVERED(lms_name, lms_signature),
    };
    uint8_t digest[SHA384_SIZE];
    if (fmc->version == 1) {
        verdict_add(verdict, VERDICT_OPEN, "FMC header",
                    "version 1 has no digest and no signature");
        return;
    }
    sha384(fmc->code.bytes, fmc->code.size, digest);
    verdict_compare(verdict, "digest of the first mutable code", digest,
                    sizeof(digest), fmc->header.body.digest, sizeof(digest));
    for (unsigned i = 0; i < fmc->prebuilt_count; i++) {
        const struct fmc_prebuilt *prebuilt = &fmc->prebuilts[i];
        sha384(prebuilt->part.bytes, prebuilt->part.size, digest);
        verdict_compare(verdict, fmc_prebuilt_name(prebuilt->type), digest,
                        sizeof(digest), prebuilt->digest, sizeof(digest));
    }
    check_signatures(&fmc->header, keys, verdict);
    verdict_cover_proven(verdict, 0, rows, ARRAY_SIZE(rows));
    const struct verdict_range code = {fmc->header_size,
                                       fmc->size - fmc->header_size, ecc_name};
    verdict_cover_proven(verdict, 0, &code, 1);
}

/* ---- Explaining ---------------------------------------------------------- */

void fmc_print(const struct fmc *fmc, struct buffer *out)
{
    const struct aspeed_fmc_v2 *header = &fmc->header;
    buffer_print(out, "first mutable code, header version %u, %zu bytes\n",
                 fmc->version, fmc->size);
    if (fmc->version == 2) {
        buffer_print(out, "SVN %u, ECC key %u, LMS key %u\n", header->body.svn,
                     header->ecc_key_index, header->lms_key_index);
    }
    buffer_print(out, "code at 0x%zx, 0x%zx bytes", fmc->header_size,
                 fmc->code.size);
    if (fmc->version == 2) {
        buffer_print(out, "  ");
        buffer_print_hex(out, header->body.digest, sizeof(header->body.digest));
    }
    buffer_print(out, "\n");
    for (unsigned i = 0; i < fmc->prebuilt_count; i++) {
        const struct fmc_prebuilt *prebuilt = &fmc->prebuilts[i];
        buffer_print(out, "prebuilt %u  0x%zx bytes  %s\n", prebuilt->type,
                     prebuilt->part.size, fmc_prebuilt_name(prebuilt->type));
    }
}

void fmc_print_json(const struct fmc *fmc, struct json *json)
{
    const struct aspeed_fmc_v2 *header = &fmc->header;
    json_string(json, "format", "aspeed-fmc");
    json_number(json, "version", fmc->version);
    json_number(json, "size", fmc->code.size);
    if (fmc->version == 2) {
        json_number(json, "svn", header->body.svn);
        json_number(json, "ecc_key", header->ecc_key_index);
        json_number(json, "lms_key", header->lms_key_index);
        json_bytes(json, "sha384", header->body.digest,
                   sizeof(header->body.digest));
    }
    json_begin_array(json, "prebuilts");
    for (unsigned i = 0; i < fmc->prebuilt_count; i++) {
        json_begin_object(json, NULL);
        json_number(json, "type", fmc->prebuilts[i].type);
        json_string(json, "name", fmc_prebuilt_name(fmc->prebuilts[i].type));
        json_number(json, "size", fmc->prebuilts[i].part.size);
        json_end_object(json);
    }
    json_end_array(json);
}
