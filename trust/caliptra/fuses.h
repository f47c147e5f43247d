/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fuses of a Caliptra part, as a text file: "name = value" lines, # starts
 * a comment. `cairn pack` writes what a bundle needs, a run burns it, and
 * verification compares with it. Byte strings are hexadecimal in the order of
 * the standards (a key hash as sha384sum prints it); numbers are decimal or 0x.
 * Names that are missing keep the values of fuses_init.
 */
#ifndef TRUST_CALIPTRA_FUSES_H
#define TRUST_CALIPTRA_FUSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/caliptra_soc_ifc.h"
#include "base/buffer.h"
#include "base/error.h"

struct fuses {
    uint8_t uds_seed[64]; /* 48 bytes count in 1.x */
    uint8_t field_entropy[32];
    uint8_t vendor_key_hash[48]; /* SHA-384 of the vendor keys */
    uint8_t owner_key_hash[48];  /* zero: any owner */
    uint32_t ecc_revocation;     /* bit n revokes vendor ECC key n */
    uint32_t lms_revocation;
    uint32_t mldsa_revocation; /* 2.x */
    uint32_t fmc_svn;          /* 1.x; as numbers, see fuses_svn_words */
    uint32_t runtime_svn;      /* of all firmware in 2.x */
    uint32_t anti_rollback_disable;
    uint32_t lms_verify;   /* 1.x */
    uint32_t pqc_key_type; /* 2.x: CALIPTRA2_PQC_* */
    uint32_t soc_stepping;
    uint8_t idevid_attributes[96];
    uint8_t hsm_id[16];
    uint32_t life_cycle;   /* CALIPTRA_LIFECYCLE_* */
    uint32_t debug_locked; /* security state, not a fuse */
};

/* A production part with debug locked and the secrets that Caliptra's own
 * tests use; no key hashes. */
void fuses_init(struct fuses *fuses);

/* file_name is for messages ("file:line: ..."). Text needs no NUL. */
int fuses_parse(struct fuses *fuses, const char *file_name, const void *text,
                size_t size, struct error *error);
/* All fuses as text. */
void fuses_print(const struct fuses *fuses, struct buffer *out);

/* The fuse registers of a generation 1 core from the first to the last, as the
 * SoC writes them: no other register is between. */
void fuses_registers(const struct fuses *fuses,
                     uint32_t words[CALIPTRA_SOC_IFC_FUSE_WORDS]);

/* A version number as its fuse words: as many low bits set as the number. */
void fuses_svn_words(uint32_t svn, uint32_t *words, size_t count);

#endif
