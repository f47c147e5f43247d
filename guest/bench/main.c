/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the benchmark that the parameters name, prints what it returned. */
#include "guest/bench/kernels.h"

#define UART_DATA ((volatile uint32_t *)0x09000000)

void make_tables(void);
void report_failure(uint64_t syndrome, uint64_t address);
void main(void);

/* Descriptor of a page of RAM for EL1, not global, its address left out. */
const uint64_t page_template = 0x42000000 | 0xf07;

void make_tables(void)
{
    const uint64_t block = 0x401; /* AF, valid, device */
    const uint64_t normal = 0x705;
    const uint64_t executable_by_all = 0xc0; /* AP: read-only, also for EL0 */

    tables[0] = block;
    tables[1] = 0x40000000 | normal;
    tables[2] = 0x40000000 | normal | executable_by_all;
    tables[3] = (uint64_t)(uintptr_t)pages_2 | 3;
    pages_2[0] = (uint64_t)(uintptr_t)pages | 3;
}

static void print(const char *text)
{
    while (*text != '\0') {
        *UART_DATA = (uint8_t)*text++;
    }
}

static void print_number(uint64_t value)
{
    for (int shift = 60; shift >= 0; shift -= 4) {
        *UART_DATA = (uint8_t) "0123456789abcdef"[value >> shift & 15];
    }
}

void report_failure(uint64_t syndrome, uint64_t address)
{
    print("unexpected exception ");
    print_number(syndrome);
    print(" at ");
    print_number(address);
    print("\n");
}

static kernel *const kernels[] = {
#define KERNEL(name) name,
#include "guest/bench/kernels.def"
#undef KERNEL
};

void main(void)
{
    uint64_t number = ((volatile uint64_t *)parameters)[0];
    uint64_t turns = ((volatile uint64_t *)parameters)[1];

    print("result ");
    print_number(kernels[number](turns));
    print("\n");
}

/* What the compiler calls. */
void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);

void *memcpy(void *to, const void *from, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        ((volatile uint8_t *)to)[i] = ((const uint8_t *)from)[i];
    }
    return to;
}

void *memset(void *to, int value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        ((volatile uint8_t *)to)[i] = (uint8_t)value;
    }
    return to;
}
