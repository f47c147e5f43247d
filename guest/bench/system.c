/* SPDX-License-Identifier: Apache-2.0 */
/* Benchmarks of memory and of what an operating system does. */
#include <stdbool.h>

#include "guest/bench/kernels.h"
#include "guest/kit/mmu/mmu.h"

#define PAGES   ((volatile uint64_t *)0xc0000000)
#define MIB     ((size_t)1 << 20)
#define UART_FR ((volatile uint32_t *)0x09000018)

/* ---- Copies and chases --------------------------------------------------- */

static uint64_t copy(uint64_t turns, size_t shift, size_t distance)
{
    enum { BYTES = 16384 };
    uint8_t *from = SCRATCH + shift;
    uint8_t *to = SCRATCH + distance + shift;

    for (unsigned i = 0; i < BYTES; i++) {
        from[i] = (uint8_t)(i * 13);
    }
    while (turns-- > 0) {
        copy_pairs(to, from, BYTES);
        copy_vectors(to, from, BYTES);
    }
    return to[4711] + to[BYTES - 1];
}

uint64_t copy_aligned(uint64_t turns)
{
    return copy(turns, 0, 0x18000);
}

uint64_t copy_misaligned(uint64_t turns)
{
    return copy(turns, 3, 0x18000);
}

/* Both streams fall on the same places of a direct-mapped TLB. */
uint64_t copy_far(uint64_t turns)
{
    return copy(turns, 0, MIB);
}

static uint64_t chase(uint64_t turns, uint32_t count, uint32_t stride)
{
    uint32_t *words = (uint32_t *)SCRATCH;
    uint32_t at = 0;

    for (uint32_t i = 0; i < count; i++) {
        words[i * 16] = (i + stride) % count;
    }
    for (uint64_t i = 0; i < turns * 1000; i++) {
        at = words[at * 16];
    }
    return at;
}

/* 256 lines: 16 KiB. */
uint64_t chase_near(uint64_t turns)
{
    return chase(turns, 256, 97);
}

/* 4 MiB: a thousand pages. */
uint64_t chase_far(uint64_t turns)
{
    return chase(turns, 65536, 40503);
}

/* Loads at random places of 2^bits pages at 3 GiB, each dependent on the one
 * before. The pages show the same 64 KiB, or are of blocks of 2 MiB that show
 * the same one: the time is that of translation, not of the host's memory. */
static uint64_t scatter(uint64_t turns, unsigned bits, bool blocks)
{
    const uint64_t memory = 0x50000000;
    uint64_t *leaves = (uint64_t *)(uintptr_t)0x4f000000;
    uint64_t at = 1;

    for (uint64_t i = 0; i < (uint64_t)1 << bits; i++) {
        leaves[i] = (memory + (i & 15) * 4096) | MMU_NORMAL | MMU_TABLE |
                    MMU_SHARED | MMU_ACCESSED;
    }
    for (uint64_t i = 0; i << 9 < (uint64_t)1 << bits; i++) {
        pages_2[i] = blocks
                         ? memory | MMU_NORMAL_BLOCK
                         : (uint64_t)(uintptr_t)(leaves + (i << 9)) | MMU_TABLE;
    }
    __asm__ volatile("dsb ishst\nisb" ::: "memory");
    for (uint64_t i = 0; i < turns * 100; i++) {
        at = at * 6364136223846793005 + 1442695040888963407;
        uint64_t page = at >> 32 & (((uint64_t)1 << bits) - 1);
        at += PAGES[page << 9 | (page & 511)];
    }
    return at;
}

/* 4, 32 and 256 MiB. */
uint64_t scatter_near(uint64_t turns)
{
    return scatter(turns, 10, false);
}

uint64_t scatter_far(uint64_t turns)
{
    return scatter(turns, 13, false);
}

uint64_t scatter_wide(uint64_t turns)
{
    return scatter(turns, 16, false);
}

uint64_t scatter_blocks(uint64_t turns)
{
    return scatter(turns, 16, true);
}

/* Calls of 640 functions, one in each third page: places of a table of 1,024
 * pages that 384 of them share with another. */
uint64_t calls_far(uint64_t turns)
{
    enum { FUNCTIONS = 640, APART = 3 * 1024 + 16, RET = 0xd65f03c0 };
    uint32_t *code = (uint32_t *)SCRATCH;
    uint64_t sum = 0;

    for (unsigned i = 0; i < FUNCTIONS; i++) {
        code[i * APART] = 0x91000400 | (i & 0xff) << 10; /* add x0, x0, #i */
        code[i * APART + 1] = RET;
    }
    __asm__ volatile("dsb ish\nic iallu\ndsb ish\nisb" ::: "memory");
    for (uint64_t i = 0; i < turns * 100; i++) {
        sum = ((uint64_t(*)(uint64_t))(uintptr_t)(code + i * 97 % FUNCTIONS *
                                                             APART))(sum);
    }
    return sum;
}

uint64_t unaligned_accesses(uint64_t turns)
{
    for (unsigned i = 0; i < 256; i++) {
        SCRATCH[i] = (uint8_t)(i * 7);
    }
    return unaligned(SCRATCH, turns * 100);
}

uint64_t exclusive_pairs(uint64_t turns)
{
    return exclusives((uint64_t *)SCRATCH, turns * 100);
}

/* ---- Exceptions and translation ------------------------------------------ */

uint64_t supervisor_calls(uint64_t turns)
{
    return user_calls(turns * 100);
}

uint64_t hypervisor_calls(uint64_t turns)
{
    uint64_t sum = 0;

    for (uint64_t i = 0; i < turns * 100; i++) {
        register uint64_t x0 __asm__("x0") = 0x84000000; /* PSCI_VERSION */

        __asm__ volatile("hvc #0"
                         : "+r"(x0)::"x1", "x2", "x3", "x4", "x5", "x6", "x7",
                           "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
                           "x16", "x17", "memory");
        sum += x0 != 0;
    }
    return sum;
}

/* A page that is not mapped is touched, mapped by the handler, used, and taken
 * away again. */
uint64_t page_faults(uint64_t turns)
{
    uint64_t sum = 0;

    for (uint64_t i = 0; i < turns * 100; i++) {
        unsigned page = i & 63;

        sum += PAGES[page * 512]++;
        pages[page] = 0;
        uint64_t operand = (0xc0000000 >> 12) + page;
        __asm__ volatile(
            "dsb ishst\n"
            "tlbi vae1is, %0\n"
            "dsb ish\n"
            "isb" ::"r"(operand)
            : "memory");
    }
    return sum;
}

static uint64_t switches(uint64_t turns, unsigned touched)
{
    uint64_t sum = 0;

    for (unsigned page = 0; page < 512; page++) {
        pages[page] = (0x42000000 + page * 4096) | 0xf07;
    }
    __asm__ volatile("dsb ishst" ::: "memory");
    for (uint64_t i = 0; i < turns * 100; i++) {
        uint64_t asid = 1 + (i & 3);

        __asm__ volatile(
            "msr ttbr0_el1, %0\n"
            "isb" ::"r"((uint64_t)(uintptr_t)tables | asid << 48)
            : "memory");
        for (unsigned page = 0; page < touched; page++) {
            sum += PAGES[page * 512];
        }
        sum += asid;
    }
    return sum;
}

uint64_t switch_0(uint64_t turns)
{
    return switches(turns, 0);
}

uint64_t switch_16(uint64_t turns)
{
    return switches(turns, 16);
}

uint64_t switch_128(uint64_t turns)
{
    return switches(turns, 128);
}

uint64_t switch_512(uint64_t turns)
{
    return switches(turns, 512);
}

uint64_t system_registers(uint64_t turns)
{
    return read_registers(turns * 100);
}

uint64_t interrupt_mask(uint64_t turns)
{
    return mask_interrupts(turns * 100);
}

uint64_t device_reads(uint64_t turns)
{
    uint64_t sum = 0;

    for (uint64_t i = 0; i < turns * 100; i++) {
        sum += *UART_FR & 0x10; /* RXFE */
    }
    return sum;
}

/* ---- Code that changes --------------------------------------------------- */

enum { RET = 0xd65f03c0, ADD_X0 = 0x91000400 /* add x0, x0, #1 */ };

static void publish(const void *address)
{
    __asm__ volatile(
        "dc cvau, %0\n"
        "dsb ish\n"
        "ic ivau, %0\n"
        "dsb ish\n"
        "isb" ::"r"(address)
        : "memory");
}

uint64_t modified_code(uint64_t turns)
{
    volatile uint32_t *code = (volatile uint32_t *)SCRATCH;
    uint64_t (*function)(uint64_t) = (uint64_t(*)(uint64_t))(uintptr_t)SCRATCH;
    uint64_t sum = 0;

    code[1] = RET;
    for (uint64_t i = 0; i < turns * 100; i++) {
        code[0] = ADD_X0 | (uint32_t)(i & 0xff) << 10; /* of another constant */
        publish(SCRATCH);
        sum = function(sum);
    }
    return sum;
}

/* A function that counts in the page that it lies in. */
uint64_t stores_beside_code(uint64_t turns)
{
    volatile uint32_t *code = (volatile uint32_t *)SCRATCH;
    uint64_t (*function)(uint64_t) = (uint64_t(*)(uint64_t))(uintptr_t)SCRATCH;
    uint64_t sum = 0;

    code[0] = 0x10004001; /* adr x1, .+2048 */
    code[1] = 0xf9400022; /* ldr x2, [x1] */
    code[2] = 0x8b000042; /* add x2, x2, x0 */
    code[3] = 0xf9000022; /* str x2, [x1] */
    code[4] = ADD_X0 | 1 << 10;
    code[5] = RET;
    publish(SCRATCH);
    for (uint64_t i = 0; i < turns * 100; i++) {
        sum = function(sum);
    }
    return sum + code[512];
}

/* An instruction of a page is changed, and twenty functions of it are called,
 * one in each third granule. */
uint64_t patched_loop(uint64_t turns)
{
    enum { FUNCTIONS = 20, APART = 48 };
    volatile uint32_t *code = (volatile uint32_t *)SCRATCH;
    uint64_t sum = 0;

    for (unsigned i = 0; i < FUNCTIONS; i++) {
        code[i * APART] = ADD_X0 | 1 << 10;
        code[i * APART + 1] = RET;
        publish(SCRATCH + i * APART * 4);
    }
    for (uint64_t i = 0; i < turns * 100; i++) {
        code[0] = ADD_X0 | (uint32_t)(i & 0xff) << 10;
        publish(SCRATCH);
        for (unsigned j = 0; j < FUNCTIONS; j++) {
            sum = ((uint64_t(*)(uint64_t))(uintptr_t)(SCRATCH + j * APART * 4))(
                sum);
        }
    }
    return sum;
}

/* 64 KiB of code that runs once. */
uint64_t cold_code(uint64_t turns)
{
    enum { WORDS = 16384 };
    volatile uint32_t *code = (volatile uint32_t *)SCRATCH;
    uint64_t (*function)(uint64_t) = (uint64_t(*)(uint64_t))(uintptr_t)SCRATCH;
    uint64_t sum = 0;

    while (turns-- > 0) {
        for (unsigned i = 0; i < WORDS - 1; i++) {
            code[i] = ADD_X0 | (i & 0xff) << 10;
        }
        code[WORDS - 1] = RET;
        for (unsigned i = 0; i < WORDS; i += 16) {
            __asm__ volatile("dc cvau, %0" ::"r"(code + i) : "memory");
        }
        __asm__ volatile(
            "dsb ish\n"
            "ic iallu\n"
            "dsb ish\n"
            "isb" ::
                : "memory");
        sum = function(sum);
    }
    return sum;
}
