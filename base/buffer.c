/* SPDX-License-Identifier: Apache-2.0 */
/* Growing by doubling, and printing into a buffer. */
#include "base/buffer.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "base/memory.h"

void buffer_fini(struct buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct buffer){0};
}

void buffer_clear(struct buffer *buffer)
{
    buffer->size = 0;
    if (buffer->bytes) {
        buffer->bytes[0] = '\0';
    }
}

/* Room for size more bytes and the NUL that text wants past them. */
static void reserve(struct buffer *buffer, size_t size)
{
    size_t needed;
    if (__builtin_add_overflow(buffer->size, size, &needed) ||
        needed > SIZE_MAX / 2 - 1) {
        memory_exhausted();
    }
    needed++;
    if (needed <= buffer->capacity) {
        return;
    }
    size_t capacity = buffer->capacity ? buffer->capacity : 64;
    while (capacity < needed) {
        capacity *= 2;
    }
    buffer->bytes = memory_resize(buffer->bytes, 1, capacity);
    buffer->capacity = capacity;
}

uint8_t *buffer_grow(struct buffer *buffer, size_t size)
{
    reserve(buffer, size);
    assert(buffer->size + size < buffer->capacity);
    uint8_t *start = buffer->bytes + buffer->size;
    buffer->size += size;
    buffer->bytes[buffer->size] = '\0';
    return start;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t size)
{
    assert(bytes || size == 0);
    uint8_t *start = buffer_grow(buffer, size);
    if (size != 0) {
        memcpy(start, bytes, size);
    }
}

void buffer_append_le(struct buffer *buffer, uint64_t value, unsigned bytes)
{
    uint8_t little[8];
    store_le64(little, value);
    buffer_append(buffer, little, bytes);
}

void buffer_append_le32(struct buffer *buffer, uint32_t value)
{
    buffer_append_le(buffer, value, 4);
}

void buffer_append_zeros(struct buffer *buffer, size_t size)
{
    memset(buffer_grow(buffer, size), 0, size);
}

void buffer_vprint(struct buffer *buffer, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    if (length > 0) {
        char *text = (char *)buffer_grow(buffer, (size_t)length);
        vsnprintf(text, (size_t)length + 1, format, again);
    }
    va_end(again);
}

void buffer_print(struct buffer *buffer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buffer_vprint(buffer, format, args);
    va_end(args);
}

void buffer_print_hex(struct buffer *buffer, const void *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *from = bytes;
    uint8_t *to = buffer_grow(buffer, size * 2);
    for (size_t i = 0; i < size; i++) {
        to[i * 2] = (uint8_t)digits[from[i] >> 4];
        to[i * 2 + 1] = (uint8_t)digits[from[i] & 15];
    }
}

/* A quote and a backslash mean something inside $'...'. */
static void print_escaped(struct buffer *buffer, const char *word)
{
    buffer_print(buffer, "$'");
    for (; *word; word++) {
        unsigned char byte = (unsigned char)*word;
        if (byte < ' ' || byte >= 0x7f) {
            buffer_print(buffer, "\\%03o", byte);
        } else {
            buffer_print(buffer, byte == '\'' || byte == '\\' ? "\\%c" : "%c",
                         byte);
        }
    }
    buffer_print(buffer, "'");
}

void buffer_print_word(struct buffer *buffer, const char *word)
{
    static const char bare[] =
        "abcdefghijklmnopqrstuvwxyz"
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        "0123456789_./=:,@%+-";
    bool printable = true;
    for (const char *at = word; *at; at++) {
        printable = printable && *at >= ' ' && *at < 0x7f && *at != '\'';
    }
    if (!printable) {
        print_escaped(buffer, word);
    } else if (*word && word[strspn(word, bare)] == '\0') {
        buffer_print(buffer, "%s", word);
    } else {
        buffer_print(buffer, "'%s'", word);
    }
}

const char *buffer_text(const struct buffer *buffer)
{
    return buffer->bytes ? (const char *)buffer->bytes : "";
}

void *xcalloc(size_t count, size_t size)
{
    return memory_zeroed(count, size);
}

char *xstrndup(const char *text, size_t size)
{
    size_t length = strnlen(text, size);
    char *copy = memory_resize(NULL, 1, length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *xstrdup(const char *text)
{
    return xstrndup(text, strlen(text));
}

/* Without a format: a machine has hundreds of them to make. */
void dotted_name(char *name, size_t size, const char *first, const char *second)
{
    const char *const parts[] = {first, ".", second};
    size_t room = size - 1;

    for (size_t i = 0; i < 3; i++) {
        size_t length = strlen(parts[i]);

        length = length < room ? length : room;
        memcpy(name, parts[i], length);
        name += length;
        room -= length;
    }
    *name = '\0';
}

char *xasprintf(const char *format, ...)
{
    struct buffer text = {0};
    va_list args;
    va_start(args, format);
    buffer_vprint(&text, format, args);
    va_end(args);
    return text.bytes ? (char *)text.bytes : xstrdup("");
}
