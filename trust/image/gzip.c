/* SPDX-License-Identifier: Apache-2.0 */
/* Unpacks by zlib up to a limit. */
#include "trust/image/gzip.h"

#include <string.h>
#include <zlib.h>

enum { GZIP_WINDOW = 16 + MAX_WBITS, UNPACK_STEP = 1 << 20 };

bool gzip_recognise(const void *bytes, size_t size)
{
    static const uint8_t magic[] = {0x1f, 0x8b};

    return size >= sizeof(magic) && memcmp(bytes, magic, sizeof(magic)) == 0;
}

static int unpack_step(z_stream *stream, struct buffer *out, size_t size_limit,
                       struct error *error)
{
    if (out->size >= size_limit) {
        return error_set(error, -EFBIG, "unpacks to more than %zu bytes",
                         size_limit);
    }
    uint8_t *room = buffer_grow(out, UNPACK_STEP);
    stream->next_out = room;
    stream->avail_out = UNPACK_STEP;
    int status = inflate(stream, Z_NO_FLUSH);
    out->size -= stream->avail_out;
    if (status == Z_STREAM_END) {
        return 1;
    }
    if (status != Z_OK) {
        return error_set(error, -EINVAL, "gzip data is broken: %s",
                         stream->msg ? stream->msg : "cut off");
    }
    return 0;
}

int gzip_unpack(const void *file, size_t size, size_t size_limit,
                struct buffer *out, struct error *error)
{
    if (size > UINT32_MAX) {
        return error_set(error, -EFBIG, "more than %u bytes", UINT32_MAX);
    }
    z_stream stream = {.avail_in = (unsigned)size};
    memcpy(&stream.next_in, &file, sizeof(file)); /* zlib lacks a const */
    if (inflateInit2(&stream, GZIP_WINDOW) != Z_OK) {
        return error_set(error, -ENOMEM, "zlib cannot be initialised");
    }
    int status = 0;
    while (status == 0) {
        status = unpack_step(&stream, out, size_limit, error);
    }
    inflateEnd(&stream);
    return status > 0 ? 0 : status;
}
