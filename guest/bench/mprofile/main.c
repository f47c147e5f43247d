/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Benchmarks for Cortex-M4: the kinds of work that firmware of microcontrollers
 * does, and what exceptions cost. The image is at address 0; behind its vectors
 * come the number of the kernel and how often it is repeated, which
 * bench/mprofile.c sets. Says "result HEX" by semihosting, and ends.
 */
#include <stdbool.h>
#include <stdint.h>

#define REG(address) (*(volatile uint32_t *)(address))

enum { SYS_WRITE0 = 4, SYS_EXIT = 0x18, EXIT_CODE = 0x20026 };

extern uint32_t stack_top[];
void start(void);
static volatile uint32_t counter;

static void handle_svc(void)
{
    counter++;
}

/* The first requests the second, which is entered from its end: tail chained.
 */
static void handle_first(void)
{
    REG(0xe000ed04) = 1u << 28;
}

static void handle_pendsv(void)
{
    counter++;
}

/* PendSV of an operating system: keeps one task's registers, takes another's.
 */
static uint32_t task_stacks[2][64] __attribute__((aligned(8)));
static uint32_t *task_sp[2];
static uint32_t task;

__attribute__((used)) static uint32_t *next_task(uint32_t *sp)
{
    task_sp[task] = sp;
    task ^= 1;
    return task_sp[task];
}

__attribute__((naked)) static void handle_switch(void)
{
    __asm__(
        "mrs r0, psp\n"
        "stmdb r0!, {r4-r11}\n"
        "push {r3, lr}\n"
        "bl next_task\n"
        "pop {r3, lr}\n"
        "ldmia r0!, {r4-r11}\n"
        "msr psp, r0\n"
        "bx lr");
}

static void (*ram_vectors[64])(void) __attribute__((aligned(256)));

__attribute__((section(".vectors"),
               used)) static void (*const vectors[64])(void) = {
    [0] = (void (*)(void))stack_top,
    [1] = start,
    [11] = handle_svc,
    [14] = handle_pendsv,
    [16] = handle_first,
};
/* Parameters that bench/mprofile.c sets. */
__attribute__((section(".parameters"),
               used)) static volatile const uint32_t parameters[2] = {1, 1};

static uint32_t ask(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;

    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

/* ---- Kernels ------------------------------------------------------------- */

static uint8_t bytes[16384];
static uint8_t copies[16384];

static uint32_t crc_and_lists(void)
{
    struct node {
        struct node *next;
        uint32_t value;
    };
    static struct node nodes[64];
    uint32_t crc = 0xffffffff;
    uint32_t sum = 0;

    for (unsigned i = 0; i < 64; i++) {
        nodes[i].next = &nodes[(i * 37 + 11) & 63];
        nodes[i].value = i * 2654435761u;
    }
    const struct node *at = nodes;
    for (unsigned i = 0; i < 512; i++) {
        sum += at->value;
        at = at->next;
    }
    for (unsigned i = 0; i < 256; i++) {
        crc ^= bytes[i];
        for (unsigned bit = 0; bit < 8; bit++) {
            crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
        }
    }
    return crc ^ sum;
}

static uint32_t matrix(void)
{
    static int16_t a[16][16];
    static int16_t b[16][16];
    uint32_t sum = 0;

    for (unsigned i = 0; i < 16; i++) {
        for (unsigned j = 0; j < 16; j++) {
            a[i][j] = (int16_t)(i * 3 + j);
            b[i][j] = (int16_t)(i - j * 5);
        }
    }
    for (unsigned i = 0; i < 16; i++) {
        for (unsigned j = 0; j < 16; j++) {
            int32_t cell = 0;

            for (unsigned k = 0; k < 16; k++) {
                cell += a[i][k] * b[k][j];
            }
            sum = sum * 31 + (uint32_t)cell;
        }
    }
    return sum;
}

/* Numbers in text, by a state machine. */
static uint32_t state_machine(void)
{
    static const char text[] = "12 +7.5 -3e4 .8 0x1f nan 99. 1e -.5e-3 +";
    enum state { START, SIGN, DIGITS, POINT, EXPONENT, BAD } state = START;
    uint32_t counts[6] = {0};

    for (unsigned turn = 0; turn < 8; turn++) {
        for (const char *at = text; *at != 0; at++) {
            char c = *at;

            if (c == ' ') {
                counts[state]++;
                state = START;
                continue;
            }
            switch (state) {
            case START:
                state = c == '+' || c == '-'   ? SIGN
                        : c >= '0' && c <= '9' ? DIGITS
                        : c == '.'             ? POINT
                                               : BAD;
                break;
            case SIGN:
                state = c >= '0' && c <= '9' ? DIGITS : c == '.' ? POINT : BAD;
                break;
            case DIGITS:
            case POINT:
                state = c == '.'               ? POINT
                        : c == 'e'             ? EXPONENT
                        : c >= '0' && c <= '9' ? state
                                               : BAD;
                break;
            default:
                break;
            }
        }
    }
    return counts[0] + counts[2] * 7 + counts[3] * 49 + counts[5] * 343;
}

static uint32_t copy(void)
{
    uint32_t *to = (uint32_t *)(void *)copies;
    const uint32_t *from = (const uint32_t *)(const void *)bytes;

    for (unsigned i = 0; i < sizeof(bytes) / 16; i++) {
        to[0] = from[0];
        to[1] = from[1];
        to[2] = from[2];
        to[3] = from[3];
        to += 4;
        from += 4;
    }
    for (unsigned i = 0; i < 2048; i++) {
        copies[i] = bytes[i + 1];
    }
    return copies[100] + copies[9000];
}

static uint32_t dsp(void)
{
    const uint32_t *x = (const uint32_t *)(const void *)bytes;
    uint32_t sum = 0;
    uint32_t packed = 0;

    for (unsigned i = 0; i < 256; i++) {
        uint32_t y;

        __asm__ volatile("smlad %0, %1, %2, %0"
                         : "+r"(sum)
                         : "r"(x[i]), "r"(x[i + 1]));
        __asm__ volatile("uqadd8 %0, %1, %2" : "=r"(y) : "r"(x[i]), "r"(sum));
        __asm__ volatile("qadd16 %0, %0, %1" : "+r"(packed) : "r"(y));
        __asm__ volatile("ssat %0, #12, %0, asr #4" : "+r"(y));
        sum ^= y;
    }
    return sum ^ packed;
}

/* A filter of second order. */
static uint32_t floating(void)
{
    float x1 = 0;
    float x2 = 0;
    float y1 = 0;
    float y2 = 0;
    float sum = 0;

    for (unsigned i = 0; i < 256; i++) {
        float x = (float)(int8_t)bytes[i] * 0.0078125f;
        float y = 0.2f * x + 0.4f * x1 + 0.2f * x2 + 0.3f * y1 - 0.1f * y2;

        x2 = x1;
        x1 = x;
        y2 = y1;
        y1 = y;
        sum += y * y;
    }
    union {
        float number;
        uint32_t word;
    } bits = {sum};
    return bits.word;
}

static uint32_t svc(void)
{
    for (unsigned i = 0; i < 100; i++) {
        __asm__ volatile("svc #0" : : : "memory");
    }
    return counter;
}

/* An interrupt and PendSV, chained to its end. */
static uint32_t chain(void)
{
    for (unsigned i = 0; i < 100; i++) {
        REG(0xe000e200) = 1;
        __asm__ volatile("dsb\n isb" : : : "memory");
    }
    return counter;
}

static uint32_t switches(void)
{
    for (unsigned i = 0; i < 100; i++) {
        REG(0xe000ed04) = 1u << 28;
        __asm__ volatile("dsb\n isb" : : : "memory");
    }
    return task;
}

static uint32_t (*const kernels[])(void) = {
    0,   crc_and_lists, matrix, state_machine, copy,
    dsp, floating,      svc,    chain,         switches,
};
enum { SWITCHES = 9 };

/* The second task does what the first does. */
static void __attribute__((noreturn)) second(void)
{
    for (;;) {
        switches();
    }
}

static void prepare_tasks(void)
{
    uint32_t *sp = &task_stacks[1][64 - 16];

    for (unsigned i = 0; i < 64; i++) {
        ram_vectors[i] = vectors[i];
    }
    ram_vectors[14] = handle_switch;
    REG(0xe000ed08) = (uint32_t)ram_vectors;
    sp[14] = (uint32_t)second;
    sp[15] = 1 << 24;
    task_sp[1] = sp;
    __asm__ volatile("msr psp, %0\n movs r0, #2\n msr control, r0\n isb"
                     :
                     : "r"(&task_stacks[0][64])
                     : "r0", "memory");
}

__attribute__((used)) static void run(void)
{
    char line[] = "result 00000000\n";
    uint32_t result = 0;
    uint32_t kernel = parameters[0];

    REG(0xe000ed88) = 0xf << 20;
    REG(0xe000e100) = 1;
    REG(0xe000ed20) = 0x00ff0000; /* PendSV is the lowest */
    __asm__ volatile("dsb\n isb");
    for (unsigned i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 167 + (i >> 8));
    }
    if (kernel == SWITCHES) {
        prepare_tasks();
    }
    for (uint32_t turn = 0; kernel != 0 && turn < parameters[1]; turn++) {
        result = result * 33 + kernels[kernel]();
    }
    for (unsigned i = 0; i < 8; i++) {
        line[14 - i] = "0123456789abcdef"[result >> i * 4 & 15];
    }
    ask(SYS_WRITE0, line);
    ask(SYS_EXIT, (const void *)EXIT_CODE);
}

__attribute__((naked)) void start(void)
{
    __asm__("b run");
}
