/* SPDX-License-Identifier: Apache-2.0 */
/* Steps that cold and update boots have in common once a bundle is in the
 * mailbox. */
#ifndef GUEST_CALIPTRA_LOAD_H
#define GUEST_CALIPTRA_LOAD_H

#include "abi/caliptra_image.h"
#include "guest/caliptra/rom/image.h"

/* Pops the manifest out of the mailbox to its place in DCCM. */
struct caliptra_manifest *load_manifest(uint32_t address);

/* Records what the running images are, for later resets and stages. */
void load_record_runtime(const struct caliptra_manifest *manifest);

/* Extends PCR 0, afresh, and PCR 1, on top of what it holds, and keeps the
 * log of it. Returns 0 or a CALIPTRA_ERROR_ code. */
uint32_t load_measure(const struct image_verdict *verdict);

/* Copies an image to where it runs. */
void load_image(const struct caliptra_toc_entry *entry);

#endif
