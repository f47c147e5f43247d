/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing ACPI Machine Language and resource templates: what a description of
 * devices needs of it. References are to the ACPI Specification 6.4.
 *
 * A thing with a length is opened, filled and closed; open returns what close
 * needs.
 */
#ifndef PLATFORM_GUEST_AML_H
#define PLATFORM_GUEST_AML_H

#include "base/buffer.h"

/* Operators and objects without operands of their own (20.2.5, 20.2.6). */
enum aml_op {
    AML_ZERO = 0x00,
    AML_ONE = 0x01,
    AML_NAME = 0x08,
    AML_SCOPE = 0x10,
    AML_PACKAGE = 0x12,
    AML_METHOD = 0x14,
    AML_LOCAL0 = 0x60,
    AML_ARG0 = 0x68,
    AML_ARG1 = 0x69,
    AML_ARG3 = 0x6b,
    AML_STORE = 0x70,
    AML_AND = 0x7b,
    AML_OR = 0x7d,
    AML_NOTIFY = 0x86,
    AML_CREATE_DWORD_FIELD = 0x8a,
    AML_NOT = 0x92,
    AML_EQUAL = 0x93,
    AML_IF = 0xa0,
    AML_ELSE = 0xa1,
    AML_RETURN = 0xa4,
    AML_DEVICE = 0x5b82, /* of two bytes */
};

void aml_op(struct buffer *aml, enum aml_op op);
void aml_integer(struct buffer *aml, uint64_t value);
void aml_string(struct buffer *aml, const char *text);
/* Up to four characters, padded by underscores; one of "\" stays in front. */
void aml_segment(struct buffer *aml, const char *name);
/* "PNP0A08" as a number. */
void aml_eisa_id(struct buffer *aml, const char *id);
void aml_bytes(struct buffer *aml, const void *bytes, size_t size);

size_t aml_open(struct buffer *aml, enum aml_op op);
size_t aml_open_device(struct buffer *aml, const char *name);
size_t aml_open_method(struct buffer *aml, const char *name, unsigned args);
size_t aml_open_package(struct buffer *aml, unsigned count);
void aml_close(struct buffer *aml, size_t opened);

/* Name (NAME, value). */
void aml_name(struct buffer *aml, const char *name);
void aml_name_integer(struct buffer *aml, const char *name, uint64_t value);
void aml_name_string(struct buffer *aml, const char *name, const char *text);
/* Takes the resources, adds their end, and empties them. */
void aml_name_resources(struct buffer *aml, const char *name,
                        struct buffer *resources);

/* ---- Resource descriptors (6.4) ------------------------------------------ */

enum aml_range { AML_RANGE_MEMORY = 0, AML_RANGE_IO = 1, AML_RANGE_BUS = 2 };

/* A range that a bus hands out: addresses from first on, length of them, which
 * are offset further for processors. */
struct aml_window {
    enum aml_range range;
    uint64_t first;
    uint64_t length;
    uint64_t offset;
};

void aml_fixed_memory(struct buffer *resources, uint32_t base, uint32_t size);
void aml_interrupt(struct buffer *resources, uint32_t number);
/* Descriptors of 2, 4 or 8 bytes a number. */
void aml_window(struct buffer *resources, unsigned bytes,
                const struct aml_window *window);
/* A rising edge at a pin of the named controller. */
void aml_pin_interrupt(struct buffer *resources, uint16_t pin,
                       const char *controller);

#endif
