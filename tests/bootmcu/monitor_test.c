/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor of board trust, compiled for the host over registers that keep
 * what is written: how each core starts, what each call answers and what it
 * asks of the boot MCU. tests/chain/reset_domains_test.c has it on the board.
 */
#include "guest/monitor/monitor.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "abi/boot_record.h"
#include "abi/boot_service.h"
#include "abi/flash_image.h"
#include "abi/fwu.h"
#include "abi/monitor_call.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "guest/kit/mmio/mmio.h"
#include "tests/harness.h"

enum {
    UART = 0x09040000,
    UART_FLAGS = UART + 0x18,
    GICD = 0x08000000,
    GICR = 0x080a0000,
    FRAME = 0x20000,
    WAKER = 0x14,
    CORES = 8,
    POLLS = 3,
    WRITES_MAX = 256,
    ACCESSES_MAX = 100000,
    SYSTEM = 1 << 20, /* and its number: the address of a system register */
    SYNCHRONISED = SYSTEM - 4,
};

enum end { ENTERED = 1, WAITS, HANGS };

static struct {
    uint64_t system[SYSTEM_REGISTERS];
    uint32_t waker[CORES];
    uint32_t services[0x400 / 4];
    uint32_t typer;
    unsigned busy;
    struct {
        uint32_t address;
        uint64_t value;
    } writes[WRITES_MAX];
    unsigned write_count;
    struct buffer console;
    bool returned; /* the last character is CR */
    unsigned accesses;
    /* The question to the boot MCU, and its answers. */
    uint32_t asked;
    uint32_t arguments[8];
    unsigned argument_count;
    uint32_t results[4];
    /* With what the Non-secure world was entered. */
    uint64_t entry, spsr, context;
} soc;

static jmp_buf stopped;

/* ---- Registers ----------------------------------------------------------- */

static void count(void)
{
    if (++soc.accesses > ACCESSES_MAX) {
        longjmp(stopped, HANGS);
    }
}

static void note(uint32_t address, uint64_t value)
{
    if (EXPECT(soc.write_count < WRITES_MAX)) {
        soc.writes[soc.write_count].address = address;
        soc.writes[soc.write_count++].value = value;
    }
}

uint64_t system_read(enum system_register which)
{
    count();
    return soc.system[which];
}

void system_write(enum system_register which, uint64_t value)
{
    count();
    note(SYSTEM + which, value);
    soc.system[which] = value;
}

void system_synchronise(void)
{
    note(SYNCHRONISED, 0);
}

void system_wait(void)
{
    longjmp(stopped, WAITS);
}

_Noreturn void monitor_enter(uint64_t entry, uint64_t spsr, uint64_t context)
{
    soc.entry = entry;
    soc.spsr = spsr;
    soc.context = context;
    longjmp(stopped, ENTERED);
}

static unsigned core(void)
{
    return (unsigned)(soc.system[SYSTEM_MPIDR_EL1] & 0xff);
}

static bool is_in(uint32_t address, uint32_t base, uint32_t size)
{
    return address >= base && address - base < size && address % 4 == 0;
}

/* The redistributor is asleep some readings after it was told to. */
static uint32_t read_waker(unsigned frame)
{
    uint32_t asleep = (soc.waker[frame] & 2) << 1;
    if (soc.busy > 0) {
        soc.busy--;
        asleep ^= 4;
    }
    return soc.waker[frame] | asleep;
}

uint32_t mmio_read(uint32_t address)
{
    if (address == UART_FLAGS) {
        return 0; /* the FIFO has room */
    }
    count();
    if (address == BOOT_SERVICE_REQUEST + 4 * core() && soc.busy > 0) {
        soc.busy--;
        return soc.asked;
    }
    if (is_in(address, BOOT_SERVICE, sizeof(soc.services))) {
        EXPECT(address == BOOT_SERVICE_REQUEST + 4 * core() ||
               is_in(address, BOOT_SERVICE_RESULT + 16 * core(), 16) ||
               is_in(address, BOOT_SERVICE_START + 16 * core(), 16));
        return soc.services[(address - BOOT_SERVICE) / 4];
    }
    if (is_in(address, GICR, CORES * FRAME)) {
        EXPECT_EQ((address - GICR) % FRAME, WAKER);
        return read_waker((address - GICR) / FRAME);
    }
    if (!EXPECT_EQ(address, GICD + 4)) {
        longjmp(stopped, HANGS);
    }
    return soc.typer;
}

/* The boot MCU answers at once, and says so later. */
static void ask(uint32_t value)
{
    soc.asked = value;
    soc.services[core()] = 0;
    memcpy(soc.arguments,
           soc.services + (BOOT_SERVICE_ARGUMENT - BOOT_SERVICE) / 4 +
               8 * core(),
           sizeof(soc.arguments));
    memcpy(soc.services + (BOOT_SERVICE_RESULT - BOOT_SERVICE) / 4 + 4 * core(),
           soc.results, sizeof(soc.results));
    soc.busy = POLLS;
}

void mmio_write(uint32_t address, uint32_t value)
{
    const uint8_t byte = (uint8_t)value;
    count();
    if (address == UART) {
        EXPECT_EQ(soc.returned, value == '\n');
        soc.returned = value == '\r';
        buffer_append(&soc.console, &byte, value != '\r');
        return;
    }
    if (address == BOOT_SERVICE_REQUEST + 4 * core()) {
        ask(value);
        return;
    }
    if (is_in(address, BOOT_SERVICE, sizeof(soc.services))) {
        EXPECT(is_in(address, BOOT_SERVICE_ARGUMENT + 32 * core(), 32));
        soc.services[(address - BOOT_SERVICE) / 4] = value;
        soc.argument_count++;
        return;
    }
    note(address, value);
    if (is_in(address, GICR, CORES * FRAME) &&
        (address - GICR) % FRAME == WAKER) {
        soc.waker[(address - GICR) / FRAME] = value & ~4u;
        soc.busy = POLLS;
    }
}

/* ---- A core -------------------------------------------------------------- */

static struct boot_record *record(void)
{
    static void *page;
    if (page == NULL) {
        /* NOLINTNEXTLINE(performance-no-int-to-ptr): where the monitor reads */
        page = mmap((void *)(uintptr_t)BOOT_RECORD_PLACE, BOOT_RECORD_SIZE,
                    PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
        if (!EXPECT(page != MAP_FAILED)) {
            abort();
        }
    }
    return page;
}

/* In reset, all of its registers but the ones that say what it is. */
static void reset(unsigned core, bool el2)
{
    buffer_fini(&soc.console);
    memset(&soc, 0, sizeof(soc));
    soc.system[SYSTEM_MPIDR_EL1] = 0x80000000 | core;
    soc.system[SYSTEM_ID_AA64PFR0_EL1] = el2 ? 0x1111 : 0x1011;
    soc.typer = 0xffe0 | 8;
    for (unsigned i = 0; i < CORES; i++) {
        soc.waker[i] = 0xa2;
    }
    memset(soc.services, 0xee, sizeof(soc.services));
    memset(soc.services + (BOOT_SERVICE_START - BOOT_SERVICE) / 4, 0, 128);
    memset(record(), 0, BOOT_RECORD_SIZE);
    record()->count = 2;
    record()->images[0] =
        (struct boot_record_image){FLASH_IMAGE_KERNEL, 1, 0x40080000};
    record()->images[1] =
        (struct boot_record_image){FLASH_IMAGE_DEVICE_TREE, 1, 0x4a000000};
}

static enum end start(void)
{
    int how = setjmp(stopped);
    if (how == 0) {
        monitor_main();
    }
    return (enum end)how;
}

struct expected {
    uint32_t address;
    uint64_t value;
};

/* Exactly these, from that one on. */
static unsigned expect_writes(unsigned at, const struct expected *expected,
                              unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        test_case("write %u", at + i);
        EXPECT_EQ(soc.writes[at + i].address, expected[i].address);
        EXPECT_EQ(soc.writes[at + i].value, expected[i].value);
    }
    test_case("-");
    return at + count;
}

/* The acts of each core before it leaves. */
static unsigned expect_set_up(unsigned core, bool el2)
{
    const uint32_t frame = GICR + FRAME * core;
    const struct expected before[] = {
        {SYSTEM + SYSTEM_SCR_EL3,     0x531     },
        {SYSTEM + SYSTEM_CPTR_EL3,    0         },
        {SYSTEM + SYSTEM_MDCR_EL3,    0         },
        {SYSTEM + SYSTEM_CNTFRQ_EL0,  62500000  },
        {SYNCHRONISED,                0         },
        {frame + WAKER,               0xa4      },
        {frame + 0x10080,             UINT32_MAX},
        {frame + 0x10d00,             0         },
        {SYSTEM + SYSTEM_ICC_SRE_EL3, 0xf       },
        {SYNCHRONISED,                0         },
    };
    const struct expected at_el2[] = {
        {SYSTEM + SYSTEM_ICC_SRE_EL2, 0xf}
    };
    const struct expected after[] = {
        {SYSTEM + SYSTEM_ICC_SRE_EL1, 7   },
        {SYNCHRONISED,                0   },
        {SYSTEM + SYSTEM_ICC_PMR_EL1, 0xff},
    };
    soc.writes[5].value |= 4; /* as it was read, asleep or not */
    unsigned at = expect_writes(0, before, ARRAY_SIZE(before));
    at = expect_writes(at, at_el2, el2 ? 1 : 0);
    return expect_writes(at, after, ARRAY_SIZE(after));
}

static void expect_leaving(unsigned at, bool el2)
{
    const struct expected at_el2[] = {
        {SYSTEM + SYSTEM_HCR_EL2,   UINT64_C(1) << 31},
        {SYSTEM + SYSTEM_SCTLR_EL2, 0x30c50830       },
    };
    const struct expected all[] = {
        {SYSTEM + SYSTEM_SCTLR_EL1, 0x30d00800}
    };
    at = expect_writes(at, at_el2, el2 ? 2 : 0);
    at = expect_writes(at, all, 1);
    EXPECT_EQ(soc.write_count, at);
    EXPECT_EQ(soc.spsr, el2 ? 0x3c9 : 0x3c5);
}

TEST(the_first_core_gives_all_interrupts_away_and_starts_the_kernel)
{
    for (unsigned el2 = 0; el2 < 2; el2++) {
        reset(0, el2 != 0);
        EXPECT_EQ(start(), ENTERED);
        unsigned at = expect_set_up(0, el2 != 0);
        const struct expected enable = {GICD, 0x30};
        at = expect_writes(at, &enable, 1);
        for (uint32_t i = 1; i < 9; i++) {
            const struct expected group[] = {
                {GICD + 0x080 + 4 * i, UINT32_MAX},
                {GICD + 0xd00 + 4 * i, 0         },
            };
            at = expect_writes(at, group, 2);
        }
        const struct expected group_1 = {GICD, 0x32};
        at = expect_writes(at, &group_1, 1);
        expect_leaving(at, el2 != 0);
        EXPECT_EQ(soc.entry, 0x40080000);
        EXPECT_EQ(soc.context, 0x4a000000);
        EXPECT_STR(buffer_text(&soc.console),
                   "monitor: kernel at 0x40080000\n");
        EXPECT_EQ(soc.asked, 0);
    }
}

TEST(another_core_starts_where_its_channel_says)
{
    static const unsigned cores[] = {1, 5, 7};
    for (unsigned i = 0; i < ARRAY_SIZE(cores); i++) {
        reset(cores[i], i != 1);
        const uint32_t words[] = {0x40001000, 0x12, 0x89abcdef, 0x34};
        memcpy(soc.services + 0x300 / 4 + 4 * cores[i], words, sizeof(words));
        EXPECT_EQ(start(), ENTERED);
        expect_leaving(expect_set_up(cores[i], i != 1), i != 1);
        EXPECT_EQ(soc.entry, UINT64_C(0x1240001000));
        EXPECT_EQ(soc.context, UINT64_C(0x3489abcdef));
        EXPECT_STR(buffer_text(&soc.console), "");
    }
}

TEST(a_core_waits_until_its_redistributor_is_awake)
{
    reset(0, true);
    EXPECT_EQ(start(), ENTERED);
    EXPECT_EQ(soc.busy, 0);
}

TEST(without_a_kernel_the_monitor_stops)
{
    reset(0, true);
    record()->images[0].id = FLASH_IMAGE_INITRD;
    EXPECT_EQ(start(), WAITS);
    EXPECT_STR(buffer_text(&soc.console),
               "monitor: kernel at 0x0\n"
               "monitor: stopped, syndrome 0x0 from 0x0, address 0x0\n");
}

TEST(the_record_ends_with_its_count_and_its_places)
{
    static const struct {
        uint32_t count, place;
        bool found;
    } cases[] = {
        {1,  0,  true },
        {1,  1,  false},
        {32, 31, true },
        {33, 32, false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        reset(0, true);
        memset(record(), 0, BOOT_RECORD_SIZE);
        record()->count = cases[i].count;
        const struct boot_record_image image = {FLASH_IMAGE_KERNEL, 1, 0x1000};
        memcpy((uint8_t *)record() + 8 + 16 * cases[i].place, &image, 16);
        test_case("case %zu", i);
        EXPECT_EQ(start(), cases[i].found ? ENTERED : WAITS);
    }
}

TEST(a_fault_is_told_by_its_registers)
{
    reset(2, true);
    if (setjmp(stopped) == 0) {
        monitor_fault(0x96000045, UINT64_C(0xffff000012345678), 0x1a);
    }
    EXPECT_STR(buffer_text(&soc.console),
               "monitor: stopped, syndrome 0x96000045 from "
               "0xffff000012345678, address 0x1a\n");
}

/* ---- Calls --------------------------------------------------------------- */

enum { NONE = 0, UNTOUCHED = 0x5a };

#define INVALID (UINT64_C(0) - 2)
#define UNKNOWN (UINT64_C(0) - 1)

/* clang-format off */
static const struct call {
    const char *name;
    uint64_t x[4];    /* in; x4 is 14 */
    uint32_t asked;   /* of the boot MCU, or NONE */
    unsigned count;   /* of arguments */
    unsigned out;     /* registers of the answer */
    uint32_t told[5]; /* arguments */
    uint32_t says[4]; /* the boot MCU */
    uint64_t result;  /* x0 */
    uint64_t more[3]; /* x1 to x3 */
} calls[] = {
    {.name = "SMCCC version", .x = {0x80000000}, .result = 0x10001, .out = 1},
    {.name = "SMCCC features: version",
     .x = {0x80000001, 0x80000000},
     .out = 1},
    {.name = "SMCCC features: itself", .x = {0x80000001, 0x80000001}, .out = 1},
    {.name = "SMCCC features: another",
     .x = {0x80000001, 0x80000002},
     .result = UNKNOWN,
     .out = 1},
    {.name = "PSCI version", .x = {0x84000000}, .result = 0x10001, .out = 1},
    {.name = "suspend", .x = {0xc4000001}, .result = UNKNOWN, .out = 1},
    {.name = "suspend 32", .x = {0x84000001}, .result = UNKNOWN, .out = 1},
    {.name = "migration", .x = {0x84000006}, .result = 2, .out = 1},
    {.name = "nothing", .x = {0x8400000b}, .result = UNKNOWN, .out = 1},
    {.name = "of another service",
     .x = {0x83000020},
     .result = UNKNOWN,
     .out = 1},
    {.name = "upper half of the function",
     .x = {0xffffffff84000000},
     .result = 0x10001,
     .out = 1},
    {.name = "core on",
     .x = {0xc4000003, 1, 0x1240001000, 0x3489abcdef},
     .asked = BOOT_SERVICE_CORE_ON,
     .count = 5,
     .told = {1, 0x40001000, 0x12, 0x89abcdef, 0x34},
     .says = {0},
     .result = 0,
     .out = 1},
    {.name = "core on, denied",
     .x = {0xc4000003, 1, 4, 0},
     .asked = BOOT_SERVICE_CORE_ON,
     .count = 5,
     .told = {1, 4, 0, 0, 0},
     .says = {0xfffffffd},
     .result = UINT64_C(0) - 3,
     .out = 1},
    {.name = "core on, of 32 bits",
     .x = {0x84000003, 0xff00000001, 0xff40001000, 0xff89abcdef},
     .asked = BOOT_SERVICE_CORE_ON,
     .count = 5,
     .told = {1, 0x40001000, 0, 0x89abcdef, 0},
     .out = 1},
    {.name = "core on, no such target",
     .x = {0xc4000003, UINT64_C(0x100000000), 0x40001000, 0},
     .result = INVALID,
     .out = 1},
    {.name = "core on, the last target",
     .x = {0xc4000003, 0xffffffff, 0x40001000, 0},
     .asked = BOOT_SERVICE_CORE_ON,
     .count = 5,
     .told = {0xffffffff, 0x40001000},
     .out = 1},
    {.name = "core on, to 0",
     .x = {0xc4000003, 1, 0, 0},
     .result = INVALID,
     .out = 1},
    {.name = "core on, between instructions",
     .x = {0xc4000003, 1, 0x40001002, 0},
     .result = INVALID,
     .out = 1},
    {.name = "core on, unaligned",
     .x = {0xc4000003, 1, 0x40001001, 0},
     .result = INVALID,
     .out = 1},
    {.name = "state",
     .x = {0xc4000004, 3, 0},
     .asked = BOOT_SERVICE_CORE_STATE,
     .count = 1,
     .told = {3},
     .says = {1},
     .result = 1,
     .out = 1},
    {.name = "state, of 32 bits",
     .x = {0x84000004, 3, 0},
     .asked = BOOT_SERVICE_CORE_STATE,
     .count = 1,
     .told = {3},
     .says = {0xfffffffe},
     .result = INVALID,
     .out = 1},
    {.name = "state of a cluster",
     .x = {0xc4000004, 3, 1},
     .result = INVALID,
     .out = 1},
    {.name = "state, no such target",
     .x = {0xc4000004, UINT64_C(0x100000000), 0},
     .result = INVALID,
     .out = 1},
    {.name = "state, the last target",
     .x = {0xc4000004, 0xffffffff, 0},
     .asked = BOOT_SERVICE_CORE_STATE,
     .count = 1,
     .told = {0xffffffff},
     .out = 1},
    {.name = "update: discovery",
     .x = {MONITOR_CALL_FWU_DISCOVERY},
     .result = FWU_SUCCESS,
     .out = 3,
     .more = {0x10000, 1 | 1u << 23 | 1u << 24}},
    {.name = "update: accept",
     .x = {MONITOR_CALL_FWU_ACCEPT, 11, 12, 13},
     .asked = BOOT_SERVICE_FWU_ACCEPT,
     .count = 4,
     .told = {11, 12, 13, 14},
     .says = {0xfffffffa, 9},
     .result = UINT64_C(0) - 6,
     .out = 2,
     .more = {9}},
    {.name = "update: previous",
     .x = {MONITOR_CALL_FWU_SELECT_PREVIOUS, 1, 2, 3},
     .asked = BOOT_SERVICE_FWU_REVERSE,
     .count = 4,
     .told = {1, 2, 3, 14},
     .says = {0, 0},
     .out = 2},
    {.name = "update: state",
     .x = {MONITOR_CALL_UPDATE_STATE},
     .asked = BOOT_SERVICE_UPDATE,
     .count = 4,
     .told = {0, 0, 0, 14},
     .says = {1, 2, 3, 4},
     .result = 1,
     .out = 2,
     .more = {2}},
    {.name = "update: image type",
     .x = {MONITOR_CALL_IMAGE_TYPE},
     .asked = BOOT_SERVICE_IMAGE_TYPE,
     .says = {0x80000001, 2, 3, 4},
     .result = 0x80000001,
     .out = 4,
     .more = {2, 3, 4}},
    {.name = "count", .x = {MONITOR_CALL_COUNT}, .result = 5, .out = 1},
    {.name = "identifier",
     .x = {MONITOR_CALL_UID},
     .result = 0x6a1c3fd2,
     .out = 4,
     .more = {0x47e09b58, 0x2e5df4a1, 0x90c7b613}},
    {.name = "revision", .x = {MONITOR_CALL_REVISION}, .result = 1, .out = 1},
    {.name = "not of the service",
     .x = {MONITOR_CALL_SIP + 1},
     .result = UNKNOWN,
     .out = 1},
};
/* clang-format on */

static struct monitor_registers registers;

static enum end call(const uint64_t x[5])
{
    memset(&registers, UNTOUCHED, sizeof(registers));
    memcpy(registers.x, x, 5 * sizeof(x[0]));
    int how = setjmp(stopped);
    if (how == 0) {
        monitor_call(&registers);
    }
    return (enum end)how;
}

static void check_call(const struct call *wanted)
{
    uint64_t x[5];
    memcpy(x, wanted->x, sizeof(wanted->x));
    x[4] = 14;
    EXPECT_EQ(call(x), 0);
    EXPECT_EQ(registers.x[0], wanted->result);
    for (unsigned i = 1; i < 18; i++) {
        uint64_t before = i < 5 ? x[i] : UINT64_C(0x5a5a5a5a5a5a5a5a);
        EXPECT_EQ(registers.x[i],
                  i < wanted->out ? wanted->more[i - 1] : before);
    }
    EXPECT_EQ(soc.asked, wanted->asked);
    EXPECT_EQ(soc.busy, 0);
    EXPECT_EQ(soc.argument_count, wanted->count);
    for (unsigned i = 0; i < wanted->count; i++) {
        EXPECT_EQ(soc.arguments[i], wanted->told[i]);
    }
}

TEST(each_call_has_its_answer_and_its_request)
{
    for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
        for (unsigned core = 0; core < CORES; core += 3) {
            reset(core, true);
            memcpy(soc.results, calls[i].says, sizeof(soc.results));
            test_case("%s, core %u", calls[i].name, core);
            check_call(&calls[i]);
        }
    }
}

TEST(what_psci_has_is_told)
{
    static const uint32_t functions[] = {
        0x80000000, 0x84000000, 0x84000002, 0x84000003, 0x84000004, 0x84000006,
        0x84000008, 0x84000009, 0x8400000a, 0xc4000003, 0xc4000004,
    };
    reset(0, true);
    for (uint32_t base = 0; base < 3; base++) {
        static const uint32_t bases[] = {0x80000000, 0x84000000, 0xc4000000};
        for (uint32_t i = 0; i < 0x20; i++) {
            const uint32_t function = bases[base] + i;
            const uint64_t x[5] = {0x8400000a, function};
            bool there = false;
            for (size_t j = 0; j < ARRAY_SIZE(functions); j++) {
                there = there || functions[j] == function;
            }
            test_case("0x%x", (unsigned)function);
            EXPECT_EQ(call(x), 0);
            EXPECT_EQ(registers.x[0], there ? 0 : UNKNOWN);
        }
    }
}

TEST(a_core_that_goes_off_takes_no_interrupts_and_waits_for_its_line)
{
    const uint64_t x[5] = {0x84000002};
    reset(3, true);
    soc.waker[3] = 0xa0;
    EXPECT_EQ(call(x), WAITS);
    EXPECT_EQ(soc.asked, BOOT_SERVICE_CORE_OFF);
    const struct expected writes[] = {
        {SYSTEM + SYSTEM_ICC_IGRPEN1_EL1, 0   },
        {SYNCHRONISED,                    0   },
        {GICR + 3 * FRAME + WAKER,        0xa2},
    };
    EXPECT_EQ(expect_writes(0, writes, ARRAY_SIZE(writes)), soc.write_count);
    EXPECT_EQ(soc.argument_count, 0);
}

TEST(the_system_ends_by_the_boot_mcu)
{
    static const struct {
        uint64_t function;
        uint32_t asked;
        const char *says;
    } cases[] = {
        {0x84000008, BOOT_SERVICE_POWER_OFF, "monitor: power off\n"},
        {0x84000009, BOOT_SERVICE_RESET,     "monitor: restart\n"  },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const uint64_t x[5] = {cases[i].function};
        reset(0, true);
        EXPECT_EQ(call(x), WAITS);
        EXPECT_EQ(soc.asked, cases[i].asked);
        EXPECT_STR(buffer_text(&soc.console), cases[i].says);
        EXPECT_EQ(soc.write_count, 0);
    }
}
