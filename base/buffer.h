/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing run of bytes. Zero-initialised is empty. What happens where
 * memory runs out is in base/memory.h.
 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
};

void buffer_fini(struct buffer *buffer);
void buffer_clear(struct buffer *buffer);
/* Appends size uninitialised bytes and returns where they start; the pointer
 * is good until the next append. */
uint8_t *buffer_grow(struct buffer *buffer, size_t size);
void buffer_append(struct buffer *buffer, const void *bytes, size_t size);
void buffer_append_le32(struct buffer *buffer, uint32_t value);
/* The low bytes of a value, of which there are 8 at most. */
void buffer_append_le(struct buffer *buffer, uint64_t value, unsigned bytes);
void buffer_append_zeros(struct buffer *buffer, size_t size);
/* Appends text; the buffer stays NUL-terminated past size for use as string. */
void buffer_print(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void buffer_vprint(struct buffer *buffer, const char *format, va_list args);
void buffer_print_hex(struct buffer *buffer, const void *bytes, size_t size);
/* Appends a word as a shell takes it, in ASCII without control characters
 * whatever is in it: bare, in quotes, or in $'...'. */
void buffer_print_word(struct buffer *buffer, const char *word);
/* The text so far, "" when empty; good until the next append. */
const char *buffer_text(const struct buffer *buffer);

/* calloc, strdup and strndup that do not return NULL: see base/memory.h. */
void *xcalloc(size_t count, size_t size);
char *xstrdup(const char *text);
char *xstrndup(const char *text, size_t size);
/* "FIRST.SECOND", cut to size bytes with its zero. */
void dotted_name(char *name, size_t size, const char *first,
                 const char *second);
/* A string from format; the caller frees it. */
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
