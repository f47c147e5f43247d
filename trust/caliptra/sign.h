/* SPDX-License-Identifier: Apache-2.0 */
/* One pair of signatures, for bundles and SoC manifests. */
#ifndef TRUST_CALIPTRA_SIGN_H
#define TRUST_CALIPTRA_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/caliptra_image.h"
#include "base/error.h"
#include "trust/keys/keys.h"

/* Where the signatures of one signer go, and over what. */
struct signature_slot {
    const char *name;
    const struct ecc_signer *ecc_signer;
    struct lms_signer *lms_signer;
    const struct mldsa_signer *mldsa_signer; /* instead of LMS, if not NULL */
    const void *signed_bytes;
    size_t signed_size;
    struct caliptra_ecc_signature *ecc;
    uint8_t *pqc;
};

/* pqc: sign with more than ECC; lms_leaf as keys_sign_lms has it. */
int signature_slot_sign(const struct signature_slot *slot, bool pqc,
                        int64_t lms_leaf, struct error *error);

#endif
