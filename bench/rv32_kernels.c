/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loops of bench/rv32.c, for bare RV32IMC at 0x80000000. Word 0 at
 * PARAMETERS picks the loop, word 1 says how often it runs, word 2 takes its
 * result. Ends by the virt machine's test device, then waits.
 */
#include <stdint.h>

#define PARAMETERS ((volatile uint32_t *)0x80100000)
#define TEST_END   ((volatile uint32_t *)0x100000)

enum { SIZE = 8192 };

static uint8_t *const bytes = (uint8_t *)0x80110000;
static uint8_t *const copy = (uint8_t *)0x80120000;
static uint32_t *const words = (uint32_t *)0x80130000;

void kernel_start(void);
void kernel_main(void);
/* guest/bench/integer_mix.c */
uint64_t integer_mix(uint64_t turns);

/* First in the image. */
__attribute__((naked)) void kernel_start(void)
{
    __asm__(
        "lui sp, 0x80200\n"
        "j kernel_main");
}

static uint32_t next(uint32_t x)
{
    x ^= x << 13;
    x ^= x >> 17;
    return x ^ x << 5;
}

static uint32_t alu(void)
{
    uint32_t x = 1;
    uint32_t sum = 0;

    for (unsigned i = 0; i < SIZE; i++) {
        x = next(x);
        sum = (x & 8) != 0 ? sum + x : sum ^ (x >> 3);
    }
    return sum;
}

static uint32_t memory(void)
{
    uint32_t sum = 0;

    for (unsigned i = 0; i < SIZE; i += 4) {
        words[i] = i;
        words[i + 1] = words[i] + 1;
        words[i + 2] = words[i] ^ words[i + 1];
        sum += words[i + 2] + words[(i * 7) % SIZE];
    }
    return sum;
}

static uint32_t branches(void)
{
    uint32_t x = 7;
    uint32_t count = 0;

    for (unsigned i = 0; i < SIZE; i++) {
        x = x * 1664525 + 1013904223;
        if (x >> 31) {
            count++;
        } else if (x >> 30) {
            count += 3;
        } else if ((x & 0x100) == 0) {
            count ^= i;
        }
    }
    return count;
}

static uint32_t __attribute__((noinline)) fib(uint32_t n)
{
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

static uint32_t calls(void)
{
    return fib(16);
}

static uint32_t divide(void)
{
    uint32_t sum = 1;

    for (uint32_t i = 1; i < SIZE; i++) {
        sum += (sum * 31 + i) / (i | 1) + sum % i;
    }
    return sum;
}

static uint32_t copying(void)
{
    for (volatile unsigned turn = 0; turn < 2; turn++) {
        for (unsigned i = 0; i < SIZE; i++) {
            ((volatile uint8_t *)copy)[i] = bytes[i];
        }
    }
    return copy[77];
}

static uint32_t sieve(void)
{
    uint32_t count = 0;

    for (unsigned i = 0; i < SIZE; i++) {
        ((volatile uint8_t *)bytes)[i] = 1;
    }
    for (unsigned i = 2; i < SIZE; i++) {
        if (bytes[i]) {
            count++;
            for (unsigned k = i + i; k < SIZE; k += i) {
                bytes[k] = 0;
            }
        }
    }
    return count;
}

static uint32_t sort(void)
{
    enum { COUNT = 512 };
    uint32_t x = 99;

    for (unsigned i = 0; i < COUNT; i++) {
        words[i] = x = next(x);
    }
    for (unsigned gap = COUNT / 2; gap > 0; gap /= 2) {
        for (unsigned i = gap; i < COUNT; i++) {
            uint32_t value = words[i];
            unsigned k = i;

            for (; k >= gap && words[k - gap] > value; k -= gap) {
                words[k] = words[k - gap];
            }
            words[k] = value;
        }
    }
    return words[COUNT / 2];
}

static uint32_t crc(void)
{
    uint32_t value = 0xffffffff;

    for (unsigned i = 0; i < 256; i++) {
        uint32_t entry = i;

        for (unsigned bit = 0; bit < 8; bit++) {
            entry = (entry & 1) != 0 ? entry >> 1 ^ 0xedb88320 : entry >> 1;
        }
        words[i] = entry;
    }
    for (unsigned i = 0; i < SIZE; i++) {
        value = value >> 8 ^ words[(value ^ bytes[i]) & 0xff];
    }
    return value;
}

static uint32_t run(uint32_t kernel)
{
    switch (kernel) {
    case 0:
        return (uint32_t)integer_mix(1);
    case 1:
        return alu();
    case 2:
        return memory();
    case 3:
        return branches();
    case 4:
        return calls();
    case 5:
        return divide();
    case 6:
        return copying();
    case 7:
        return sieve();
    case 8:
        return sort();
    default:
        return crc();
    }
}

void kernel_main(void)
{
    uint32_t kernel = PARAMETERS[0];
    uint32_t turns = PARAMETERS[1];
    uint32_t result = 0;

    while (turns-- > 0) {
        result = result * 33 + run(kernel);
    }
    PARAMETERS[2] = result;
    *TEST_END = 0x5555;
    for (;;) {
        __asm__ volatile("wfi");
    }
}
