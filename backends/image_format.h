/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which format a file has. Names are those of formats.def, or "raw" if there is
 * nothing of these; for most there is no image_type.
 */
#ifndef BACKENDS_IMAGE_FORMAT_H
#define BACKENDS_IMAGE_FORMAT_H

#include "backends/image.h"

/* By the end of the file's name, in small letters or capitals. */
const char *image_format_of_name(const char *path);
/* 0 or a negative errno value. */
int image_format_of_contents(struct image_file *file, const char **name);
/* The type of that format, or if it is NULL the one on which name and contents
 * agree; 0, or -EINVAL and *error. */
int image_format_choose(struct image_file *file, const char *format,
                        const struct image_type **type, struct error *error);

#endif
