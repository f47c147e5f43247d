/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Montgomery multiplication with 32-bit words. Nothing here is secret, so
 * nothing needs to take the same time always.
 */
#include "guest/kit/rsa/rsa.h"

#include "guest/kit/memory/memory.h"

enum { WORDS_MAX = RSA_BYTES_MAX / 4, DIGEST_SIZE = 32 };

/* Numbers are little-endian words. */
struct field {
    unsigned count;
    uint32_t modulus[WORDS_MAX];
    uint32_t inverse; /* -1 / modulus, modulo 2^32 */
};

static void load(uint32_t *words, const uint8_t *bytes, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const uint8_t *from = bytes + 4 * (size_t)(count - 1 - i);
        words[i] = (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 |
                   (uint32_t)from[2] << 8 | from[3];
    }
}

static bool is_below(const uint32_t *a, const uint32_t *b, unsigned count)
{
    for (unsigned i = count; i-- != 0;) {
        if (a[i] != b[i]) {
            return a[i] < b[i];
        }
    }
    return false;
}

static void subtract(uint32_t *a, const uint32_t *b, unsigned count)
{
    uint32_t borrow = 0;
    for (unsigned i = 0; i < count; i++) {
        uint64_t value = (uint64_t)a[i] - b[i] - borrow;
        a[i] = (uint32_t)value;
        borrow = (uint32_t)(value >> 32) & 1;
    }
}

/* out = a * b / 2^(32 count) modulo the modulus; out may be a or b. */
static void multiply(const struct field *field, uint32_t *out,
                     const uint32_t *a, const uint32_t *b)
{
    uint32_t sum[WORDS_MAX + 2] = {0};
    unsigned count = field->count;
    for (unsigned i = 0; i < count; i++) {
        uint64_t carry = 0;
        for (unsigned j = 0; j < count; j++) {
            carry += (uint64_t)a[i] * b[j] + sum[j];
            sum[j] = (uint32_t)carry;
            carry >>= 32;
        }
        carry += sum[count];
        sum[count] = (uint32_t)carry;
        sum[count + 1] = (uint32_t)(carry >> 32);
        uint32_t factor = sum[0] * field->inverse;
        carry = ((uint64_t)factor * field->modulus[0] + sum[0]) >> 32;
        for (unsigned j = 1; j < count; j++) {
            carry += (uint64_t)factor * field->modulus[j] + sum[j];
            sum[j - 1] = (uint32_t)carry;
            carry >>= 32;
        }
        carry += sum[count];
        sum[count - 1] = (uint32_t)carry;
        sum[count] = sum[count + 1] + (uint32_t)(carry >> 32);
    }
    if (sum[count] != 0 || !is_below(sum, field->modulus, count)) {
        subtract(sum, field->modulus, count);
    }
    memcpy(out, sum, count * sizeof(*out));
}

static void double_modulo(const struct field *field, uint32_t *a)
{
    uint32_t carry = 0;
    for (unsigned i = 0; i < field->count; i++) {
        uint32_t top = a[i] >> 31;
        a[i] = a[i] << 1 | carry;
        carry = top;
    }
    if (carry != 0 || !is_below(a, field->modulus, field->count)) {
        subtract(a, field->modulus, field->count);
    }
}

static void prepare(struct field *field)
{
    uint32_t inverse = 1;
    for (unsigned i = 0; i < 5; i++) {
        inverse *= 2 - field->modulus[0] * inverse;
    }
    field->inverse = 0u - inverse;
}

/* base ^ exponent, in place; base is below the modulus. */
static void power(const struct field *field, uint32_t *base, uint32_t exponent)
{
    uint32_t square[WORDS_MAX] = {1}; /* becomes 2^(64 count) */
    uint32_t result[WORDS_MAX];
    uint32_t one[WORDS_MAX] = {1};
    for (unsigned i = 0; i < 64 * field->count; i++) {
        double_modulo(field, square);
    }
    multiply(field, base, base, square);
    memcpy(result, base, sizeof(result));
    unsigned bit = 31;
    while ((exponent >> bit & 1) == 0) {
        bit--;
    }
    while (bit-- != 0) {
        multiply(field, result, result, result);
        if ((exponent >> bit & 1) != 0) {
            multiply(field, result, result, base);
        }
    }
    multiply(field, base, result, one);
}

/* Compares with what the padded digest must be, byte by byte from the most
 * significant. */
static bool is_padded(const uint32_t *words, size_t size,
                      const uint8_t digest[DIGEST_SIZE])
{
    static const uint8_t prefix[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60,
                                     0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
                                     0x01, 0x05, 0x00, 0x04, 0x20};
    size_t prefix_at = size - DIGEST_SIZE - sizeof(prefix);
    for (size_t i = 0; i < size; i++) {
        size_t from_end = size - 1 - i;
        uint8_t byte = (uint8_t)(words[from_end / 4] >> 8 * (from_end % 4));
        uint8_t wanted = i >= size - DIGEST_SIZE
                             ? digest[i - (size - DIGEST_SIZE)]
                         : i >= prefix_at               ? prefix[i - prefix_at]
                         : i == prefix_at - 1 || i == 0 ? 0
                         : i == 1                       ? 1
                                                        : 0xff;
        if (byte != wanted) {
            return false;
        }
    }
    return true;
}

bool rsa_verify(const uint8_t *modulus, size_t size, uint32_t exponent,
                const uint8_t *signature, const uint8_t digest[DIGEST_SIZE])
{
    struct field field = {.count = (unsigned)(size / 4)};
    uint32_t number[WORDS_MAX] = {0};
    if (size < RSA_BYTES_MIN || size > RSA_BYTES_MAX || size % 4 != 0 ||
        (exponent & 1) == 0 || exponent == 1) {
        return false;
    }
    load(field.modulus, modulus, field.count);
    load(number, signature, field.count);
    if ((field.modulus[0] & 1) == 0 ||
        (field.modulus[field.count - 1] >> 31) == 0 ||
        !is_below(number, field.modulus, field.count)) {
        return false;
    }
    prepare(&field);
    power(&field, number, exponent);
    return is_padded(number, size, digest);
}
