/* SPDX-License-Identifier: Apache-2.0 */
/* Files that gzip compressed (RFC 1952). */
#ifndef TRUST_IMAGE_GZIP_H
#define TRUST_IMAGE_GZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

bool gzip_recognise(const void *bytes, size_t size);

/* Appends what the file unpacks to. -EINVAL for broken data, -EFBIG above
 * size_limit. */
int gzip_unpack(const void *file, size_t size, size_t size_limit,
                struct buffer *out, struct error *error);

#endif
