/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SoC manifests as ASPEED ships them for the AST2700: Caliptra's 1.x SoC
 * manifest, a security version, and signatures over that by the owner's
 * firmware keys. The layout is that of abi/aspeed_image.h; what is Caliptra's
 * is left to trust/caliptra/soc_manifest.h.
 */
#ifndef TRUST_ASPEED_MANIFEST_H
#define TRUST_ASPEED_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/aspeed_image.h"
#include "base/buffer.h"
#include "base/error.h"
#include "trust/caliptra/soc_manifest.h"
#include "trust/verdict/verdict.h"

/* Appends a manifest with all 127 places. pack->all_places is set here. Errors
 * of soc_manifest_write. */
int aspeed_manifest_write(struct soc_manifest_pack *pack,
                          uint32_t security_version, struct buffer *out,
                          struct error *error);

/* True if bytes are such a manifest and not Caliptra's, which begins alike: the
 * length tells. */
bool aspeed_manifest_recognise(const void *bytes, size_t size);

/* A copy, with zeros for places that the file does not have. -EINVAL with place
 * and value. Says nothing about signatures. */
int aspeed_manifest_read(struct aspeed_soc_manifest *manifest,
                         const void *bytes, size_t size, struct error *error);

/* The form that SET_AUTH_MANIFEST takes of it: Caliptra's layout. */
void aspeed_manifest_convert(const struct aspeed_soc_manifest *manifest,
                             struct caliptra_soc_manifest *converted);

/* Adds the checks of Caliptra's runtime on a part that runs the bundle, and
 * those of the security version, which is to be at least lowest. lms is the
 * part's LMS fuse. Without a bundle (NULL) the list alone is checked, by the
 * manifest's own keys. */
void aspeed_manifest_verify(const struct aspeed_soc_manifest *manifest,
                            const struct caliptra_bundle *bundle, bool lms,
                            uint32_t lowest, struct verdict *verdict);

/* Covers what the proven checks cover of a manifest at offset in the judged
 * file, of size bytes. */
void aspeed_manifest_cover(struct verdict *verdict, size_t offset, size_t size);

/* Fields and images for people, and as members of a JSON object. */
void aspeed_manifest_print(const struct aspeed_soc_manifest *manifest,
                           struct buffer *out);
void aspeed_manifest_print_json(const struct aspeed_soc_manifest *manifest,
                                struct json *json);

#endif
