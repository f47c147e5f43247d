/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header of an AST2700's first mutable code (FMC): read, write, sign,
 * verify, explain, in version 1 (A0) and 2 (A1 on). The layout is that of
 * abi/aspeed_image.h. Which keys sign version 2 is in the SoC's OTP, whose map
 * is not public: here they are the owner's of a key ring.
 */
#ifndef TRUST_ASPEED_FMC_H
#define TRUST_ASPEED_FMC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/aspeed_image.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "trust/keys/keys.h"
#include "trust/verdict/verdict.h"

struct fmc_part {
    const uint8_t *bytes;
    size_t size;
};

struct fmc_prebuilt {
    uint32_t type; /* 1 to 8, see fmc_prebuilt_name */
    struct fmc_part part;
    uint8_t digest[CALIPTRA_DIGEST_SIZE]; /* version 2 */
};

/* A view. */
struct fmc {
    uint32_t version; /* 1 or 2 */
    size_t header_size;
    struct aspeed_fmc_v2 header; /* a copy; zeros in version 1 */
    struct fmc_part code;
    unsigned prebuilt_count;
    struct fmc_prebuilt prebuilts[ASPEED_FMC_PREBUILTS_V1];
    size_t size; /* with the prebuilt binaries */
};

struct fmc_pack {
    uint32_t version;
    uint32_t svn;
    struct fmc_part code; /* padded with zeros to words */
    unsigned prebuilt_count;
    struct fmc_prebuilt prebuilts[ASPEED_FMC_PREBUILTS_V1];
    struct key_ring *keys; /* NULL: not signed */
    uint32_t ecc_key_index;
    uint32_t lms_key_index;
    bool lms;
    int64_t lms_leaf;
};

const char *fmc_prebuilt_name(uint32_t type);

/* Appends header, code and prebuilt binaries. -EINVAL and -EFBIG with the limit
 * and the value, errors of the keys. */
int fmc_write(const struct fmc_pack *pack, struct buffer *out,
              struct error *error);

bool fmc_recognise(const void *bytes, size_t size);
/* Looks at bytes, which must outlive the view; there may be more behind it.
 * -EINVAL with place and value. Compares no digest. */
int fmc_read(struct fmc *fmc, const void *bytes, size_t size,
             struct error *error);

/* Adds the checks of digests, and of the signatures if keys are given. */
void fmc_verify(const struct fmc *fmc, const struct caliptra_owner_keys *keys,
                struct verdict *verdict);

void fmc_print(const struct fmc *fmc, struct buffer *out);
void fmc_print_json(const struct fmc *fmc, struct json *json);

#endif
