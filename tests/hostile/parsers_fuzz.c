/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile files for the parsers of bytes that have no fuzzer of their own. The
 * first byte selects the parser. With its top bit set the rest are edits
 * (tests/hostile/edits.h) of a valid file that is made here, by our own writers
 * where there are any, and bit 6 has checksums put right after the edits.
 * Otherwise the rest is the file.
 */

#include "tests/fuzz.h"
#include "tests/hostile/edits.h"
#include "tests/hostile/fuzz_parsers.h"

enum { PARSERS_MAX = 64 };

static size_t list(const struct fuzz_parser *rows[PARSERS_MAX])
{
    const struct fuzz_parser *const tables[] = {fuzz_images, fuzz_texts};
    size_t count = 0;

    for (size_t i = 0; i < 2; i++) {
        for (const struct fuzz_parser *row = tables[i]; row->parse; row++) {
            rows[count++] = row;
        }
    }
    return count;
}

FUZZ(bytes, size)
{
    static const struct fuzz_parser *rows[PARSERS_MAX];
    static struct edited edited[PARSERS_MAX];
    static size_t count;
    struct error error = {""};

    if (size == 0) {
        return 0;
    }
    count = count != 0 ? count : list(rows);
    if (count == 0) {
        abort();
    }
    const size_t selected = (bytes[0] & 0x3f) % count;
    const struct fuzz_parser *row = rows[selected];
    struct edited *valid = &edited[selected];
    const bool edits = bytes[0] & 0x80;
    size_t file_size;
    if (edits && valid->places == 0) {
        row->write(&valid->valid);
        edits_find_places(valid);
    }
    uint8_t *file =
        edits_apply(edits ? valid : NULL, bytes + 1, size - 1, &file_size);
    if (edits && row->mend && bytes[0] & 0x40) {
        row->mend(file, file_size);
    }
    int result = row->parse(file, file_size, &error);
    if (result != 0 && error.text[0] == '\0') {
        abort(); /* a refusal without a reason */
    }
    if ((result != 0) != row->refused && edits && size == 1) {
        abort(); /* what our writers make is valid */
    }
    free(file);
    return 0;
}
