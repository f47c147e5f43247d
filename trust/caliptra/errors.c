/* SPDX-License-Identifier: Apache-2.0 */
/* The table of abi/caliptra_errors.def as texts. */
#include "trust/caliptra/errors.h"

#include "base/bits.h"

const char *caliptra_error_text(uint32_t code)
{
#define CALIPTRA_ERROR(name, number, text) {number, text},
    static const struct {
        uint32_t code;
        const char *text;
    } texts[] = {
#include "abi/caliptra_errors.def"
    };
#undef CALIPTRA_ERROR
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        if (texts[i].code == code) {
            return texts[i].text;
        }
    }
    return NULL;
}
