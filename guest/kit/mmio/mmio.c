/* SPDX-License-Identifier: Apache-2.0 */
/* The accesses behind mmio.h, by volatile pointers. */
#include "guest/kit/mmio/mmio.h"

uint32_t mmio_read(uint32_t address)
{
    return *(volatile uint32_t *)(uintptr_t)address;
}

void mmio_write(uint32_t address, uint32_t value)
{
    *(volatile uint32_t *)(uintptr_t)address = value;
}

void mmio_read_words(uint32_t address, uint32_t *words, unsigned count)
{
    const volatile uint32_t *registers =
        (volatile uint32_t *)(uintptr_t)address;
    for (unsigned i = 0; i < count; i++) {
        words[i] = registers[i];
    }
}

void mmio_write_words(uint32_t address, const uint32_t *words, unsigned count)
{
    volatile uint32_t *registers = (volatile uint32_t *)(uintptr_t)address;
    for (unsigned i = 0; i < count; i++) {
        registers[i] = words[i];
    }
}

uint32_t mmio_wait(uint32_t address, uint32_t mask)
{
    uint32_t value;
    do {
        value = mmio_read(address);
    } while ((value & mask) == 0);
    return value;
}
