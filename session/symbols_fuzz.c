/* SPDX-License-Identifier: Apache-2.0 */
/* Symbols of any file, and names of any address: those at the front of the
 * input, and next to them. */
#include <string.h>

#include "base/bits.h"
#include "session/symbols.h"
#include "tests/fuzz.h"

static void look(const struct symbols *symbols, uint64_t address)
{
    const struct symbol *symbol = symbols_find(symbols, address);

    if (symbol && (address - symbol->address >= symbol->size ||
                   strlen(symbols_name(symbols, symbol)) == 0)) {
        abort();
    }
}

FUZZ(data, size)
{
    struct symbols symbols = {0};
    struct error error = {""};

    if (size < 8) {
        return 0;
    }
    uint64_t address = load_le64(data);
    if (symbols_read(&symbols, data + 8, size - 8, &error) != 0 &&
        error.text[0] == '\0') {
        abort(); /* a refusal without a reason */
    }
    look(&symbols, address);
    look(&symbols, symbols.lowest);
    look(&symbols, 0);
    look(&symbols, UINT64_MAX);
    symbols_fini(&symbols);
    return 0;
}
