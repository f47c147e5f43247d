/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bookkeeping of verification, shared by verify.c (what both
 * generations check) and its two halves for 1.x and 2.x. A check function
 * returns whether to go on.
 */
#ifndef TRUST_CALIPTRA_CHECKS_H
#define TRUST_CALIPTRA_CHECKS_H

#include "trust/caliptra/bundle.h"

struct checks {
    const uint8_t *bytes; /* as the mailbox holds them: zeros past size */
    size_t room;          /* of the mailbox */
    size_t size;          /* of the bundle */
    uint32_t iccm_size;
    const struct fuses *fuses; /* NULL: not known */
    struct caliptra_verdict *verdict;
};

bool checks_pass(struct checks *checks, const char *name);
bool checks_skip(struct checks *checks, const char *name);
bool checks_fail(struct checks *checks, const char *name, uint32_t code,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Inputs of a signature check. */
struct signature_check {
    const char *ecc_name;
    const char *lms_name;
    const void *signed_bytes;
    size_t signed_size;
    const struct caliptra_ecc_key *ecc_key;
    const struct caliptra_ecc_signature *ecc_signature;
    uint32_t key_zero_code;
    uint32_t signature_zero_code;
    uint32_t ecc_failure_code;
    uint32_t ecc_invalid_code;
    bool lms;
    const uint8_t *lms_key;
    const uint8_t *lms_signature;
    uint32_t lms_failure_code;
    uint32_t lms_invalid_code;
};

bool checks_ecc(struct checks *checks, const struct signature_check *check);
bool checks_lms(struct checks *checks, const struct signature_check *check);

/* Key hashes against fuses. */
bool checks_vendor_hash(struct checks *checks, const void *keys, size_t size);
bool checks_owner_hash(struct checks *checks, const void *keys, size_t size);

/* An index into revocable keys, the last of which cannot be revoked. */
struct index_check {
    const char *name;
    uint32_t index;
    uint32_t count;
    uint32_t revocation;
    uint32_t bounds_code;
    uint32_t revoked_code;
};
bool checks_index(struct checks *checks, const struct index_check *check);

/* Everything from the table of contents on. svn_2 is the header's version in
 * 2.x, NULL in 1.x. */
struct toc_check {
    uint32_t count;
    const uint32_t *digest;
    uint32_t toc_offset;
    uint32_t manifest_size;
    const struct caliptra_toc_entry *fmc;
    const struct caliptra_toc_entry *runtime;
    const uint32_t *svn_2;
};
bool checks_toc(struct checks *checks, const struct toc_check *check);

/* True when the life cycle asks for it. */
bool checks_provisioned(const struct checks *checks);

void caliptra_verify_1(struct checks *checks);
void caliptra_verify_2(struct checks *checks);

#endif
