/* SPDX-License-Identifier: Apache-2.0 */
/* Prints through the generic output wires. */
#include "guest/caliptra/hardware/console.h"

#include "abi/caliptra_soc_ifc.h"
#include "guest/kit/mmio/mmio.h"

/* Bit 8 changes with every byte, so that equal bytes in a row are seen. */
static void put(uint8_t byte)
{
    uint32_t before = mmio_read(CALIPTRA_SOC_IFC_GENERIC_OUTPUT_WIRES);
    mmio_write(CALIPTRA_SOC_IFC_GENERIC_OUTPUT_WIRES,
               ((before & 0x100) ^ 0x100) | byte);
}

void console_text(const char *text)
{
    for (; *text != '\0'; text++) {
        put((uint8_t)*text);
    }
}

static void digits(uint32_t value)
{
    for (int shift = 28; shift >= 0; shift -= 4) {
        put((uint8_t) "0123456789abcdef"[(value >> shift) & 15]);
    }
}

void console_value(const char *text, uint32_t value)
{
    console_text(text);
    console_text(" 0x");
    digits(value);
    put('\n');
}

void console_digest(const char *text, const uint32_t words[12])
{
    console_text(text);
    put(' ');
    for (unsigned i = 0; i < 12; i++) {
        digits(words[i]);
    }
    put('\n');
}
