/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encodes terms of AML, with package lengths filled in when a term is closed.
 */
#include "platform/guest/aml.h"

#include <string.h>

#include "base/bits.h"

enum {
    PREFIX_BYTE = 0x0a,
    PREFIX_WORD = 0x0b,
    PREFIX_DWORD = 0x0c,
    PREFIX_STRING = 0x0d,
    PREFIX_QWORD = 0x0e,
    BUFFER = 0x11,
    SEGMENT = 4,
};

/* ---- Terms --------------------------------------------------------------- */

void aml_op(struct buffer *aml, enum aml_op op)
{
    if (op > UINT8_MAX) {
        buffer_append_le(aml, (unsigned)op >> 8, 1);
    }
    buffer_append_le(aml, op & UINT8_MAX, 1);
}

void aml_integer(struct buffer *aml, uint64_t value)
{
    if (value <= 1) {
        buffer_append_le(aml, value, 1);
    } else if (value <= UINT8_MAX) {
        buffer_append_le(aml, PREFIX_BYTE, 1);
        buffer_append_le(aml, value, 1);
    } else if (value <= UINT16_MAX) {
        buffer_append_le(aml, PREFIX_WORD, 1);
        buffer_append_le(aml, value, 2);
    } else if (value <= UINT32_MAX) {
        buffer_append_le(aml, PREFIX_DWORD, 1);
        buffer_append_le(aml, value, 4);
    } else {
        buffer_append_le(aml, PREFIX_QWORD, 1);
        buffer_append_le(aml, value, 8);
    }
}

void aml_string(struct buffer *aml, const char *text)
{
    buffer_append_le(aml, PREFIX_STRING, 1);
    buffer_append(aml, text, strlen(text) + 1);
}

void aml_segment(struct buffer *aml, const char *name)
{
    if (*name == '\\') {
        buffer_append_le(aml, '\\', 1);
        name++;
    }
    size_t length = strlen(name);
    for (size_t i = 0; i < SEGMENT; i++) {
        buffer_append_le(aml, (uint8_t)(i < length ? name[i] : '_'), 1);
    }
}

static unsigned digit(char hex)
{
    return (unsigned)(hex <= '9' ? hex - '0' : hex - 'A' + 10);
}

/* Three letters of five bits and four digits, the first in front (6.1.5). */
void aml_eisa_id(struct buffer *aml, const char *id)
{
    unsigned value = 0;
    for (size_t i = 0; i < 3; i++) {
        value = value << 5 | ((unsigned)id[i] - 0x40);
    }
    for (size_t i = 3; i < 7; i++) {
        value = value << 4 | digit(id[i]);
    }
    aml_integer(aml, __builtin_bswap32(value));
}

void aml_bytes(struct buffer *aml, const void *bytes, size_t size)
{
    buffer_append_le(aml, BUFFER, 1);
    size_t start = aml->size;
    aml_integer(aml, size);
    buffer_append(aml, bytes, size);
    aml_close(aml, start);
}

/* ---- Things with a length ------------------------------------------------ */

size_t aml_open(struct buffer *aml, enum aml_op op)
{
    aml_op(aml, op);
    return aml->size;
}

size_t aml_open_device(struct buffer *aml, const char *name)
{
    size_t opened = aml_open(aml, AML_DEVICE);
    aml_segment(aml, name);
    return opened;
}

size_t aml_open_method(struct buffer *aml, const char *name, unsigned args)
{
    size_t opened = aml_open(aml, AML_METHOD);
    aml_segment(aml, name);
    buffer_append_le(aml, args, 1);
    return opened;
}

size_t aml_open_package(struct buffer *aml, unsigned count)
{
    size_t opened = aml_open(aml, AML_PACKAGE);
    buffer_append_le(aml, count, 1);
    return opened;
}

/* The length counts itself: six bits of it in one byte, or four bits and up to
 * three bytes more (20.2.4). */
void aml_close(struct buffer *aml, size_t opened)
{
    uint8_t length[4];
    size_t inside = aml->size - opened;
    size_t bytes = inside + 1 < 1 << 6    ? 1
                   : inside + 2 < 1 << 12 ? 2
                   : inside + 3 < 1 << 20 ? 3
                                          : 4;
    size_t total = inside + bytes;
    length[0] =
        (uint8_t)(bytes == 1 ? total : (bytes - 1) << 6 | (total & 0xf));
    for (size_t i = 1; i < bytes; i++) {
        length[i] = (uint8_t)(total >> (4 + 8 * (i - 1)));
    }
    buffer_grow(aml, bytes);
    memmove(aml->bytes + opened + bytes, aml->bytes + opened, inside);
    memcpy(aml->bytes + opened, length, bytes);
}

/* ---- Names --------------------------------------------------------------- */

void aml_name(struct buffer *aml, const char *name)
{
    aml_op(aml, AML_NAME);
    aml_segment(aml, name);
}

void aml_name_integer(struct buffer *aml, const char *name, uint64_t value)
{
    aml_name(aml, name);
    aml_integer(aml, value);
}

void aml_name_string(struct buffer *aml, const char *name, const char *text)
{
    aml_name(aml, name);
    aml_string(aml, text);
}

void aml_name_resources(struct buffer *aml, const char *name,
                        struct buffer *resources)
{
    static const uint8_t end[] = {0x79, 0}; /* 6.4.2.9: no checksum */
    buffer_append(resources, end, sizeof(end));
    aml_name(aml, name);
    aml_bytes(aml, resources->bytes, resources->size);
    buffer_fini(resources);
    *resources = (struct buffer){0};
}

/* ---- Resources ----------------------------------------------------------- */

/* A large descriptor: its type and the length of what follows (6.4.3). */
static void begin(struct buffer *resources, unsigned type, size_t length)
{
    buffer_append_le(resources, 0x80 | type, 1);
    buffer_append_le(resources, length, 2);
}

void aml_fixed_memory(struct buffer *resources, uint32_t base, uint32_t size)
{
    begin(resources, 0x06, 9);
    buffer_append_le(resources, 1, 1); /* writable */
    buffer_append_le(resources, base, 4);
    buffer_append_le(resources, size, 4);
}

/* Level, active high, not shared. */
void aml_interrupt(struct buffer *resources, uint32_t number)
{
    begin(resources, 0x09, 6);
    buffer_append_le(resources, 1, 1); /* a consumer's */
    buffer_append_le(resources, 1, 1); /* of one interrupt */
    buffer_append_le(resources, number, 4);
}

void aml_window(struct buffer *resources, unsigned bytes,
                const struct aml_window *window)
{
    enum { FIXED = 1 << 2 | 1 << 3, WRITABLE = 1, ENTIRE = 3 };
    unsigned type = bytes == 2 ? 0x08 : bytes == 4 ? 0x07 : 0x0a;
    begin(resources, type, 3 + 5 * (size_t)bytes);
    buffer_append_le(resources, window->range, 1);
    buffer_append_le(resources, FIXED, 1);
    buffer_append_le(resources,
                     window->range == AML_RANGE_MEMORY ? WRITABLE
                     : window->range == AML_RANGE_IO   ? ENTIRE
                                                       : 0,
                     1);
    buffer_append_le(resources, 0, bytes); /* granularity */
    buffer_append_le(resources, window->first, bytes);
    buffer_append_le(resources, window->first + window->length - 1, bytes);
    buffer_append_le(resources, window->offset, bytes);
    buffer_append_le(resources, window->length, bytes);
}

/* 6.4.3.8.1: the tables of pins and of names follow, at these offsets. */
void aml_pin_interrupt(struct buffer *resources, uint16_t pin,
                       const char *controller)
{
    enum { PINS = 23, NAME = PINS + 2, EDGE = 1, PULL_UP = 1 };
    size_t length = strlen(controller) + 1;
    begin(resources, 0x0c, NAME + length - 3);
    buffer_append_le(resources, 1, 1); /* revision */
    buffer_append_le(resources, 0, 1); /* an interrupt */
    buffer_append_le(resources, 1, 2); /* a consumer's */
    buffer_append_le(resources, EDGE, 2);
    buffer_append_le(resources, PULL_UP, 1);
    buffer_append_le(resources, 0, 2); /* drive strength */
    buffer_append_le(resources, 0, 2); /* debouncing */
    buffer_append_le(resources, PINS, 2);
    buffer_append_le(resources, 0, 1);
    buffer_append_le(resources, NAME, 2);
    buffer_append_le(resources, NAME + length, 2); /* of the vendor: nothing */
    buffer_append_le(resources, 0, 2);
    buffer_append_le(resources, pin, 2);
    buffer_append(resources, controller, length);
}
