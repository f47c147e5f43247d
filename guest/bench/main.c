/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the benchmark that the parameters name, prints what it returned. */
#include "guest/bench/kernels.h"
#include "guest/kit/mmu/mmu.h"
#include "guest/kit/pl011/pl011.h"

void make_tables(void);
void report_failure(uint64_t syndrome, uint64_t address);
void main(void);

/* Descriptor of a page of RAM for EL1, not global, its address left out. */
const uint64_t page_template = 0x42000000 | MMU_TABLE | MMU_NORMAL |
                               MMU_SHARED | MMU_ACCESSED | MMU_NOT_GLOBAL;

void make_tables(void)
{
    tables[0] = MMU_DEVICE_BLOCK;
    tables[1] = 0x40000000 | MMU_NORMAL_BLOCK;
    tables[2] = 0x40000000 | MMU_NORMAL_BLOCK | MMU_USER_READ;
    tables[3] = (uint64_t)(uintptr_t)pages_2 | MMU_TABLE;
    pages_2[0] = (uint64_t)(uintptr_t)pages | MMU_TABLE;
}

void report_failure(uint64_t syndrome, uint64_t address)
{
    print_text(&pl011, "unexpected exception ");
    print_hex(&pl011, syndrome, 16);
    print_text(&pl011, " at ");
    print_hex(&pl011, address, 16);
    print_text(&pl011, "\n");
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

    print_text(&pl011, "result ");
    print_hex(&pl011, kernels[number](turns), 16);
    print_text(&pl011, "\n");
}

/* Functions that the compiler calls. */
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
