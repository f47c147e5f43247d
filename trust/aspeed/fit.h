/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The FIT of an AST2700 that boots without a Caliptra flash image: a flattened
 * tree with the images uboot, fdt, atf, tee, sspfw and tspfw, which lies at a
 * multiple of 64 KiB. Nothing in it is signed or digested.
 */
#ifndef TRUST_ASPEED_FIT_H
#define TRUST_ASPEED_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"

enum { FIT_IMAGES_MAX = 16 };

struct fit_image {
    const char *name;
    const char *type; /* "firmware", "flat_dt" */
    const char *arch; /* "arm64", "arm" */
    bool has_load;    /* the image fdt goes behind uboot */
    uint64_t load;    /* the boot MCU's: DRAM is at 80000000 */
    const uint8_t *bytes;
    size_t size;
};

struct fit {
    size_t size; /* of the tree */
    unsigned count;
    struct fit_image images[FIT_IMAGES_MAX];
};

/* Appends a tree of the images in their order. -EINVAL for too many. */
int fit_write(const struct fit *fit, struct buffer *out, struct error *error);

/* Where a FIT begins, by the steps in which boot code looks for one; size if
 * there is none. */
size_t fit_find(const uint8_t *flash, size_t size);

/* Looks at a tree at the start of bytes, which must outlive the view. -EINVAL
 * with node and value. */
int fit_read(struct fit *fit, const void *bytes, size_t size,
             struct error *error);
const struct fit_image *fit_image_find(const struct fit *fit, const char *name);

void fit_print(const struct fit *fit, struct buffer *out);
void fit_print_json(const struct fit *fit, struct json *json);

#endif
