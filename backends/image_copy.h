/* SPDX-License-Identifier: Apache-2.0 */
/* The contents of whole images, and copies of them. */
#ifndef BACKENDS_IMAGE_COPY_H
#define BACKENDS_IMAGE_COPY_H

#include "backends/image.h"

enum { IMAGE_MAP_CELLS = 64 };

/* Bytes of the disk by the place that has them, in this image alone. */
struct image_survey {
    uint64_t bytes[IMAGE_BACKED + 1]; /* by enum image_place */
    /* The disk in so many equal pieces: the share that is in this image, from 0
     * to 255. */
    uint8_t cells[IMAGE_MAP_CELLS];
};

int image_take_survey(struct image *image, struct image_survey *survey);

/*
 * Writes the contents of one image to another, which is empty and at least as
 * large; what is zeros is left out. progress, if it is not NULL, hears how much
 * of the disk was looked at; it returns false to stop, with -EINTR. Any thread.
 */
int image_copy(struct image *from, struct image *to,
               bool (*progress)(void *context, uint64_t done, uint64_t all),
               void *context, struct error *error);

#endif
