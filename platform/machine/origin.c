/* SPDX-License-Identifier: Apache-2.0 */
/* Packs words, and refuses control characters. */
#include "platform/machine/origin.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "include/cairn/cairn.h"

static size_t count_words(const uint8_t *bytes, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < size; i++) {
        count += bytes[i] == 0;
    }
    return count;
}

/* The first byte of size that no word has there, or size. A NUL ends a word, so
 * it is neither the first byte nor behind another. */
static size_t find_bad(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bool empty = bytes[i] == 0 && (i == 0 || bytes[i - 1] == 0);
        bool control = (bytes[i] != 0 && bytes[i] < ' ') || bytes[i] == 0x7f;
        if (empty || control) {
            return i;
        }
    }
    return size;
}

int origin_check(const uint8_t *bytes, size_t size, uint64_t place,
                 struct error *error)
{
    size_t count = count_words(bytes, size);
    size_t bad = find_bad(bytes, size);
    if (size > CAIRN_ORIGIN_SIZE) {
        return error_set(error, -EINVAL,
                         "byte %" PRIu64 ": origin: %zu bytes, at most %d",
                         place, size, CAIRN_ORIGIN_SIZE);
    }
    if (count > CAIRN_ORIGIN_WORDS) {
        return error_set(error, -EINVAL,
                         "byte %" PRIu64 ": origin: %zu words, at most %d",
                         place, count, CAIRN_ORIGIN_WORDS);
    }
    if (bad < size) {
        return error_set(error, -EINVAL, "byte %" PRIu64 ": origin: 0x%02x %s",
                         place + bad, bytes[bad],
                         bytes[bad] == 0 ? "ends an empty word"
                                         : "is not part of a word");
    }
    if (size != 0 && bytes[size - 1] != 0) {
        return error_set(error, -EINVAL,
                         "byte %" PRIu64
                         ": origin: 0x%02x, not the 0 that "
                         "ends the last word",
                         place + size - 1, bytes[size - 1]);
    }
    return 0;
}

int origin_pack(struct buffer *out, const char *const *words, size_t count,
                struct error *error)
{
    size_t start = out->size;
    for (size_t i = 0; i < count; i++) {
        buffer_append(out, words[i], strlen(words[i]) + 1);
    }
    return count == 0
               ? 0
               : origin_check(out->bytes + start, out->size - start, 0, error);
}

char **origin_words(const uint8_t *bytes, size_t size, size_t *count)
{
    size_t words = count_words(bytes, size);
    char **list = xcalloc(1, (words + 1) * sizeof(*list) + size);
    char *text = (char *)(list + words + 1);
    if (size != 0) {
        memcpy(text, bytes, size);
    }
    for (size_t i = 0; i < words; i++) {
        list[i] = text;
        text += strlen(text) + 1;
    }
    *count = words;
    return list;
}

void origin_print(const uint8_t *bytes, size_t size, struct buffer *out)
{
    for (size_t at = 0; at < size;) {
        const char *word = (const char *)bytes + at;
        buffer_print(out, at == 0 ? "" : " ");
        buffer_print_word(out, word);
        at += strlen(word) + 1;
    }
}
