/* SPDX-License-Identifier: Apache-2.0 */
/* fdt_check_full of libfdt 1.6.1 accepts versions before 16 and then reads
 * address 0; it reads the header beyond the end of a short buffer; and it loops
 * for ever at a property whose length wraps. These cases are refused here
 * before it is called. */
#include "base/flat_tree.h"

#include <libfdt.h>
#include <string.h>

#include "base/bits.h"

enum { VERSION_LEAST = 16, PROPERTY_HEAD = 12 };

static size_t aligned(size_t size)
{
    return (size + 3) & ~(size_t)3;
}

/* Bytes of a token with what belongs to it, of which `left` are there; 0: it
 * reaches beyond them, or is none. */
static size_t token_size(const uint8_t *token, size_t left)
{
    size_t size = 4;
    const uint8_t *end;

    switch (load_be32(token)) {
    case FDT_BEGIN_NODE:
        end = memchr(token + size, '\0', left - size);
        size = end ? (size_t)(end - token) + 1 : left + 1;
        break;
    case FDT_PROP:
        size = left >= PROPERTY_HEAD
                   ? (size_t)PROPERTY_HEAD + load_be32(token + 4)
                   : left + 1;
        break;
    case FDT_END_NODE:
    case FDT_NOP:
        break;
    default:
        size = left + 1;
        break;
    }
    return size <= left ? aligned(size) : 0;
}

static int check_structure(const uint8_t *structure, size_t size)
{
    size_t at = 0;

    while (at + 4 <= size && load_be32(structure + at) != FDT_END) {
        const size_t token = token_size(structure + at, size - at);
        if (token == 0) {
            return -FDT_ERR_BADSTRUCTURE;
        }
        at += token;
    }
    return at + 4 <= size ? 0 : -FDT_ERR_TRUNCATED;
}

int flat_tree_check(const void *bytes, size_t size)
{
    if (size < FDT_V17_SIZE) {
        return -FDT_ERR_TRUNCATED;
    }
    if (fdt_magic(bytes) == FDT_MAGIC && fdt_version(bytes) < VERSION_LEAST) {
        return -FDT_ERR_BADVERSION;
    }
    int code = fdt_check_header(bytes);
    if (code != 0) {
        return code;
    }
    if (fdt_totalsize(bytes) > size) {
        return -FDT_ERR_TRUNCATED;
    }
    const size_t begin = fdt_off_dt_struct(bytes);
    const size_t room = fdt_totalsize(bytes) - begin;
    code = check_structure(
        (const uint8_t *)bytes + begin,
        fdt_version(bytes) > VERSION_LEAST ? fdt_size_dt_struct(bytes) : room);
    return code ? code : fdt_check_full(bytes, size);
}
