/* SPDX-License-Identifier: Apache-2.0 */
/* Small A64 programs on the board virt, as bare kernels. */
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "bus/clock.h"
#include "host/file.h"
#include "include/cairn/cairn.h"
#include "tests/harness.h"
#include "tests/machine.h"

/* SYS_WRITE0 of "hello", then SYS_EXIT with status 7. */
static const uint32_t says_hello[] = {
    0x10000181, /* adr  x1, text */
    0x52800080, /* mov  w0, #4 */
    0xd45e0000, /* hlt  #0xf000 */
    0x100000a1, /* adr  x1, block */
    0x52800300, /* mov  w0, #0x18 */
    0xd45e0000, /* hlt  #0xf000 */
    0x14000000, /* b    . */
    0xd503201f, /* nop */
    0x00020026, 0x00000000, 0x00000007, 0x00000000, 0x6c6c6568, 0x00000a6f,
};

/* Turns core 1 on with 42 as context, waits until that is in memory, and turns
 * the system off; core 1 turns itself off. */
static const uint32_t turns_on[] = {
    0xd2b08000, /* mov  x0, #0x84000000 */
    0xd4000002, /* hvc  #0 */
    0xaa0003f3, /* mov  x19, x0 */
    0xd2b08000, /* mov  x0, #0x84000000 */
    0xf2800060, /* movk x0, #3 */
    0xd2800021, /* mov  x1, #1 */
    0x10000142, /* adr  x2, second */
    0xd2800543, /* mov  x3, #42 */
    0xd4000002, /* hvc  #0 */
    0xaa0003f4, /* mov  x20, x0 */
    0x58000184, /* ldr  x4, flag */
    0xb4ffffe4, /* cbz  x4, .-4 */
    0xd2b08000, /* mov  x0, #0x84000000 */
    0xf2800100, /* movk x0, #8 */
    0xd4000002, /* hvc  #0 */
    0x14000000, /* b    . */
    0x100000c5, /* second: adr x5, flag */
    0xf90000a0, /* str  x0, [x5] */
    0xd2b08000, /* mov  x0, #0x84000000 */
    0xf2800040, /* movk x0, #2 */
    0xd4000002, /* hvc  #0 */
    0x14000000, /* b    . */
    0x00000000, 0x00000000,
};

/* Writes what comes in at the PL011 back to it. */
static const uint32_t echoes[] = {
    0xd2a12000, /* mov  x0, #0x9000000 */
    0x52806021, /* mov  w1, #0x301: UARTEN, TXE, RXE */
    0xb9003001, /* str  w1, [x0, #0x30] */
    0xb9401802, /* ldr  w2, [x0, #0x18] */
    0x3727ffe2, /* tbnz w2, #4, .-4 */
    0xb9400002, /* ldr  w2, [x0] */
    0xb9000002, /* str  w2, [x0] */
    0x17fffffc, /* b    .-16 */
};

static void take(void *context, const char *device, uint8_t byte)
{
    buffer_append(context, &byte, 1);
}

static struct cairn_machine *make(const char *board, const void *program,
                                  size_t size, struct cairn_guest guest,
                                  struct buffer *console)
{
    guest.kernel = (struct cairn_image){"program", program, size};
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = board,
        .seed = 1,
        .guest = &guest,
        .callbacks = {.console = take, .context = console},
    };
    struct cairn_machine *machine = NULL;
    if (cairn_create(&options, &machine, NULL) == 0) {
        cairn_power(machine);
    }
    return machine;
}

FIXTURE(struct buffer, console, buffer_fini)

TEST_BEGINS(semihosting_prints_and_ends_the_run_with_a_status, console)
{
    const struct cairn_guest guest = {
        .size = sizeof(struct cairn_guest), .semihosting = true, .cpus = 1};
    struct cairn_machine *machine =
        make("virt", says_hello, sizeof(says_hello), guest, console);
    REQUIRE(machine);
    EXPECT_EQ(run_instructions(machine, 1000), CAIRN_STOP_OFF);
    EXPECT_EQ(cairn_guest_status(machine), 7);
    EXPECT_EQ(cairn_instructions(machine, NULL), 6);
    EXPECT(strcmp(buffer_text(console), "hello\n") == 0);
    cairn_destroy(machine);
}

TEST_BEGINS(without_semihosting_it_is_an_undefined_instruction, console)
{
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .cpus = 1};
    struct cairn_machine *machine =
        make("virt", says_hello, sizeof(says_hello), guest, console);
    REQUIRE(machine);
    EXPECT(run_instructions(machine, 1000) != CAIRN_STOP_OFF);
    EXPECT_EQ(console->size, 0);
    cairn_destroy(machine);
}

TEST(a_second_core_is_turned_on_and_off_again_and_again_the_same)
{
    static const char *const boards[] = {"virt", "virt-gicv3"};
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .cpus = 2};
    for (size_t i = 0; i < ARRAY_SIZE(boards); i++) {
        uint64_t value;
        struct cairn_machine *machine =
            make(boards[i], turns_on, sizeof(turns_on), guest, NULL);
        struct cairn_machine *other =
            make(boards[i], turns_on, sizeof(turns_on), guest, NULL);
        REQUIRE(machine && other);
        EXPECT_EQ(run_instructions(machine, 100000), CAIRN_STOP_OFF);
        EXPECT_EQ(cairn_register_get(machine, "cpu0", "x19", &value), 0);
        EXPECT_EQ(value, 0x10001);
        EXPECT_EQ(cairn_register_get(machine, "cpu0", "x20", &value), 0);
        EXPECT_EQ(value, 0);
        EXPECT_EQ(cairn_register_get(machine, "cpu0", "x4", &value), 0);
        EXPECT_EQ(value, 42);
        uint64_t once = cairn_instructions(machine, NULL);
        EXPECT_EQ(run_instructions(other, 100000), CAIRN_STOP_OFF);
        cairn_power(machine);
        cairn_power(other);
        EXPECT_EQ(run_instructions(machine, 100000), CAIRN_STOP_OFF);
        EXPECT_EQ(cairn_instructions(machine, NULL), 2 * once);
        EXPECT_EQ(cairn_reset(machine), 0);
        EXPECT_EQ(run_instructions(machine, 100000), CAIRN_STOP_OFF);
        EXPECT_EQ(cairn_instructions(machine, NULL), 3 * once);
        EXPECT_EQ(run_instructions(other, 100000), CAIRN_STOP_OFF);
        EXPECT_EQ(cairn_reset(other), 0);
        EXPECT_EQ(run_instructions(other, 100000), CAIRN_STOP_OFF);
        EXPECT_EQ(cairn_state_hash(other), cairn_state_hash(machine));
        cairn_destroy(machine);
        cairn_destroy(other);
    }
}

static uint8_t *memory_at(struct cairn_machine *machine, uint64_t address,
                          size_t size)
{
    const uint64_t base = 0x40000000;
    uint8_t *host = NULL;
    size_t all;
    EXPECT_EQ(cairn_memory(machine, "ram", &host, &all), 0);
    EXPECT_EQ(cairn_memory_written(machine, "ram", address - base, size), 0);
    return host + (address - base);
}

/* Bytes that a loader put into memory are there again; all others stay.
 */
TEST(a_reset_loads_the_guest_again_and_keeps_the_rest)
{
    const struct cairn_guest guest = {
        .size = sizeof(struct cairn_guest),
        .cpus = 2,
        .initrd = {"initrd", "archive", 7}
    };
    const uint64_t left = 0x47000000;
    struct cairn_machine *machine =
        make("virt", turns_on, sizeof(turns_on), guest, NULL);
    struct cairn_piece piece;
    uint8_t *blob;
    size_t room;
    REQUIRE(machine);
    EXPECT_EQ(cairn_run(machine, NULL), CAIRN_STOP_OFF);
    REQUIRE(cairn_guest_dtb(machine, &blob, &room, NULL) == 0);
    memset(memory_at(machine, left, 4), 0x5a, 4);
    for (size_t i = 0; cairn_guest_piece(machine, i, &piece) == 0; i++) {
        bool tree = strcmp(piece.what, "device tree") == 0;
        size_t size = tree ? room : piece.size;
        memset(memory_at(machine, piece.address, size), 0xa5, size);
    }
    EXPECT_EQ(cairn_reset(machine), 0);
    for (size_t i = 0; cairn_guest_piece(machine, i, &piece) == 0; i++) {
        bool tree = strcmp(piece.what, "device tree") == 0;
        test_case("%s", piece.what);
        EXPECT(memcmp(memory_at(machine, piece.address, piece.size),
                      tree ? blob : piece.bytes,
                      tree ? room : piece.size) == 0);
    }
    EXPECT_EQ(memory_at(machine, left, 4)[3], 0x5a);
    EXPECT_EQ(cairn_run(machine, NULL), CAIRN_STOP_OFF);
    cairn_power(machine);
    EXPECT_EQ(memory_at(machine, left, 4)[3], 0);
    free(blob);
    cairn_destroy(machine);
}

static uint64_t read_clock(struct cairn_machine *machine)
{
    uint64_t seconds = 0;
    EXPECT_EQ(cairn_bus_read(machine, "cores", 0, 0x09010000, 4, &seconds), 0);
    return seconds;
}

static void wait_until(struct cairn_machine *machine, uint64_t time_ns)
{
    EXPECT_EQ(run_to_ns(machine, time_ns), CAIRN_STOP_TIME);
    EXPECT_EQ(cairn_time_ns(machine), time_ns);
}

/* CNTPCT_EL0 as the program below sees it when it starts. */
static uint64_t read_counter(struct cairn_machine *machine)
{
    uint64_t count = 0;
    EXPECT_EQ(run_instructions(machine, 1), CAIRN_STOP_BUDGET);
    EXPECT_EQ(cairn_register_get(machine, "cpu0", "x0", &count), 0);
    return count;
}

/* It has a battery; the counter of the processors has a power supply only. */
TEST(the_clock_goes_on_over_resets_and_losses_of_power)
{
    static const uint32_t count[] = {
        0xd53be020, /* mrs x0, cntpct_el0 */
        0xd503207f, /* wfi */
        0x17ffffff, /* b   .-4 */
    };
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .cpus = 1,
                                      .has_start_time = true,
                                      .start_time = 1000000000};
    const uint64_t second = 1000000000;
    struct cairn_machine *machine =
        make("virt", count, sizeof(count), guest, NULL);
    REQUIRE(machine);
    EXPECT_EQ(read_clock(machine), 1000000000);
    wait_until(machine, 2 * second + second / 2);
    EXPECT_EQ(read_clock(machine), 1000000002);
    EXPECT_EQ(cairn_reset(machine), 0);
    EXPECT_EQ(read_clock(machine), 1000000002);
    EXPECT_EQ(read_counter(machine), 5 * second / 2 / CLOCK_COUNTER_NS);
    cairn_power(machine);
    EXPECT_EQ(read_counter(machine), 0);
    wait_until(machine, 3 * second);
    EXPECT_EQ(read_clock(machine), 1000000003);
    cairn_destroy(machine);
}

/* The longer names of processors move the nodes behind them. */
TEST(the_clock_starts_as_told_whatever_the_processors_are)
{
    static const uint32_t waits[] = {0xd503207f}; /* wfi */
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .cpu = "cortex-a35,-crc,-sha256",
                                      .has_start_time = true,
                                      .start_time = 1000000000};
    struct cairn_machine *machine =
        make("virt", waits, sizeof(waits), guest, NULL);
    REQUIRE(machine);
    EXPECT_EQ(read_clock(machine), 1000000000);
    cairn_destroy(machine);
}

TEST_BEGINS(what_is_typed_arrives_at_the_serial_port, console)
{
    static const char text[] = "a line that is longer than the queue of it\r";
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .cpus = 1};
    struct cairn_machine *machine =
        make("virt", echoes, sizeof(echoes), guest, console);
    REQUIRE(machine);
    EXPECT_EQ(cairn_console_input(machine, "uart", text, strlen(text)),
              (int64_t)strlen(text));
    EXPECT_EQ(cairn_console_input(machine, "gic", text, 1), -ENOENT);
    EXPECT_EQ(run_instructions(machine, 10000000), CAIRN_STOP_BUDGET);
    EXPECT(strcmp(buffer_text(console), text) == 0);
    cairn_destroy(machine);
}

/* ---- The state that programs are started in ------------------------------ */

/* Reads the counter until it moves, then turns the system off. */
static const uint32_t waits_for_the_counter[] = {
    0xd53be042, /* mrs  x2, cntvct_el0 */
    0xd53be043, /* mrs  x3, cntvct_el0 */
    0xeb02007f, /* cmp  x3, x2 */
    0x54ffffc0, /* b.eq .-8 */
    0xd2b08000, /* mov  x0, #0x84000000 */
    0xf2800100, /* movk x0, #8 */
    0xd4000002, /* hvc  #0 */
};

/* A loop that waits for time to pass must not wait for its core's slice to
 * end: at 1 GHz and 62.5 MHz a count is 16 instructions. */
TEST(the_counter_moves_within_a_slice)
{
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .cpus = 2};
    struct cairn_machine *machine =
        make("virt", waits_for_the_counter, sizeof(waits_for_the_counter),
             guest, NULL);
    uint64_t before;
    uint64_t after;
    REQUIRE(machine);
    EXPECT_EQ(run_instructions(machine, 64), CAIRN_STOP_OFF);
    EXPECT_EQ(cairn_register_get(machine, "cpu0", "x2", &before), 0);
    EXPECT_EQ(cairn_register_get(machine, "cpu0", "x3", &after), 0);
    EXPECT_EQ(after, before + 1);
    cairn_destroy(machine);
}

static uint64_t of(struct cairn_machine *machine, const char *core,
                   const char *name)
{
    uint64_t value = 0xbad;

    EXPECT_EQ(cairn_register_get(machine, core, name, &value), 0);
    return value;
}

/* Documentation/arm64/booting.rst of Linux. */
TEST(a_kernel_gets_its_tree_in_x0_and_everything_off)
{
    static const struct {
        struct cairn_guest guest;
        uint64_t cpsr; /* DAIF, the level and its stack */
        const char *sctlr;
    } cases[] = {
        {{.size = sizeof(struct cairn_guest), .cpus = 1}, 0x3c5, "SCTLR_EL1"},
        {{.size = sizeof(struct cairn_guest),
          .cpus = 1,
          .virtualization = true},
         0x3c9,                                                  "SCTLR_EL2"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        static const uint32_t loop = 0x14000000;
        struct cairn_machine *machine =
            make("virt", &loop, sizeof(loop), cases[i].guest, NULL);
        REQUIRE(machine);
        uint64_t tree = of(machine, "cpu0", "x0");
        EXPECT(tree != 0 && tree % 8 == 0);
        EXPECT_EQ(of(machine, "cpu0", "x1"), 0);
        EXPECT_EQ(of(machine, "cpu0", "x2"), 0);
        EXPECT_EQ(of(machine, "cpu0", "x3"), 0);
        EXPECT_EQ(of(machine, "cpu0", "cpsr"), cases[i].cpsr);
        EXPECT_EQ(of(machine, "cpu0", cases[i].sctlr) & 0x1005, 0);
        EXPECT_EQ(of(machine, "cpu0", "CNTFRQ_EL0"), 62500000);
        cairn_destroy(machine);
    }
}

/* CPU_ON of core 1 at the loop that follows, with 42 for it. */
static const uint32_t turns_on_a_loop[] = {
    0xd2b08000, /* mov  x0, #0x84000000 */
    0xf2800060, /* movk x0, #3 */
    0xd2800021, /* mov  x1, #1 */
    0x10000062, /* adr  x2, .+12 */
    0xd2800543, /* mov  x3, #42 */
    0xd4000002, /* hvc  #0 */
    0x14000000, /* b    . */
};

TEST(a_core_that_is_turned_on_starts_with_its_context_and_everything_off)
{
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .cpus = 2};
    struct cairn_machine *machine =
        make("virt", turns_on_a_loop, sizeof(turns_on_a_loop), guest, NULL);
    REQUIRE(machine);
    EXPECT_EQ(run_instructions(machine, 20000), CAIRN_STOP_BUDGET);
    EXPECT_EQ(of(machine, "cpu0", "x0"), 0);
    EXPECT_EQ(of(machine, "cpu0", "x1"), 1);
    EXPECT_EQ(of(machine, "cpu0", "x3"), 42); /* all but x0 are kept */
    EXPECT_EQ(of(machine, "cpu1", "x0"), 42);
    EXPECT_EQ(of(machine, "cpu1", "pc"), of(machine, "cpu0", "pc"));
    EXPECT_EQ(of(machine, "cpu1", "cpsr"), 0x3c5);
    EXPECT_EQ(of(machine, "cpu1", "SCTLR_EL1") & 0x1005, 0);
    cairn_destroy(machine);
}

/* ---- Files --------------------------------------------------------------- */

static char kernel_path[64];

/* A machine whose kernel is a file, and its initrd another one. */
static struct cairn_machine *make_from_files(const void *program, size_t size)
{
    const struct cairn_guest guest = {
        .size = sizeof(struct cairn_guest),
        .kernel = {.memory = kernel_path},
        .initrd = {.memory = kernel_path},
        .from_files = true,
        .cpus = 2,
    };
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = "virt",
                                          .seed = 1,
                                          .guest = &guest};
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};
    snprintf(kernel_path, sizeof(kernel_path), "/tmp/cairn-kernel-%d",
             (int)getpid());
    if (file_write(kernel_path, program, size, NULL) != 0 ||
        cairn_create(&options, &machine, &error) != 0) {
        fprintf(stderr, "%s\n", error.text);
    }
    return machine;
}

TEST_BEGINS(a_kernel_that_is_a_file_makes_the_same_guest, console)
{
    const struct cairn_guest guest = {
        .size = sizeof(struct cairn_guest),
        .initrd = {"initrd", turns_on, sizeof(turns_on)},
        .cpus = 2
    };
    struct cairn_machine *machine =
        make("virt", turns_on, sizeof(turns_on), guest, console);
    struct cairn_machine *other = make_from_files(turns_on, sizeof(turns_on));
    REQUIRE(machine && other);
    unlink(kernel_path); /* it is open */
    for (unsigned again = 0; again < 3; again++) {
        if (again < 2) {
            cairn_power(machine);
            cairn_power(other);
        } else {
            EXPECT_EQ(cairn_reset(machine), 0);
            EXPECT_EQ(cairn_reset(other), 0);
        }
        EXPECT_EQ(cairn_state_hash(other), cairn_state_hash(machine));
        EXPECT_EQ(cairn_run(machine, NULL), CAIRN_STOP_OFF);
        EXPECT_EQ(cairn_run(other, NULL), CAIRN_STOP_OFF);
        EXPECT_EQ(cairn_state_hash(other), cairn_state_hash(machine));
    }
    cairn_destroy(machine);
    cairn_destroy(other);
}

TEST(a_kernel_that_changed_since_leaves_the_guest_off)
{
    struct cairn_machine *machine = make_from_files(turns_on, sizeof(turns_on));
    REQUIRE(machine);
    cairn_power(machine);
    EXPECT_EQ(cairn_run(machine, NULL), CAIRN_STOP_OFF);
    EXPECT_EQ(cairn_unmodelled_count(machine), 0);
    uint64_t before = cairn_instructions(machine, NULL);
    REQUIRE(truncate(kernel_path, 16) == 0);
    EXPECT_EQ(cairn_reset(machine), 0);
    EXPECT_EQ(cairn_run(machine, NULL), CAIRN_STOP_IDLE);
    EXPECT_EQ(cairn_instructions(machine, NULL), before);
    EXPECT_EQ(cairn_unmodelled_count(machine), 1);
    cairn_destroy(machine);
    unlink(kernel_path);
}

/* An ELF file of a program at the start of memory with a large .bss. */
struct elf_kernel {
    Elf64_Ehdr header;
    Elf64_Phdr segment;
    uint32_t code[4];
};

static struct elf_kernel elf_kernel(uint64_t address, uint64_t bss)
{
    struct elf_kernel kernel = {
        .header = {.e_type = ET_EXEC,
                   .e_machine = EM_AARCH64,
                   .e_entry = address,
                   .e_phoff = offsetof(struct elf_kernel, segment),
                   .e_phentsize = sizeof(Elf64_Phdr),
                   .e_phnum = 1},
        .segment = {.p_type = PT_LOAD,
                   .p_offset = offsetof(struct elf_kernel, code),
                   .p_paddr = address,
                   .p_filesz = sizeof(kernel.code),
                   .p_memsz = sizeof(kernel.code) + bss},
        .code = {0x14000000         },
    };
    memcpy(kernel.header.e_ident, ELFMAG, SELFMAG);
    kernel.header.e_ident[EI_CLASS] = ELFCLASS64;
    kernel.header.e_ident[EI_DATA] = ELFDATA2LSB;
    return kernel;
}

static int create_elf(uint64_t address, uint64_t bss,
                      struct cairn_machine **machine, struct cairn_error *error)
{
    const struct elf_kernel kernel = elf_kernel(address, bss);
    const struct cairn_guest guest = {
        .size = sizeof(struct cairn_guest),
        .kernel = {"elf",    &kernel,    sizeof(kernel)    },
        .initrd = {"initrd", says_hello, sizeof(says_hello)},
    };
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options), .board = "virt", .guest = &guest};
    return cairn_create(&options, machine, error);
}

TEST(what_comes_with_an_elf_kernel_is_behind_its_bss)
{
    const uint64_t base = 0x40000000;
    const uint64_t bss = 300 << 20;
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};
    struct cairn_piece piece;
    REQUIRE(create_elf(base, bss, &machine, &error) == 0);
    for (size_t i = 1; i < 3; i++) {
        REQUIRE(cairn_guest_piece(machine, i, &piece) == 0);
        EXPECT(piece.address >= base + bss);
    }
    cairn_destroy(machine);
    EXPECT_EQ(create_elf(base, 1 << 30, &machine, &error), -ENOMEM);
    EXPECT_STR(error.text,
               "kernel 'elf': needs memory from "
               "0x40000000 to 0x80000010, there is 0x20000000 from "
               "0x40000000");
    EXPECT_EQ(create_elf(0x80000, 0, &machine, &error), -ENOMEM);
}

TEST_BEGINS(a_kernel_of_no_known_form_is_told_from_others, console)
{
    struct cairn_guest guest = {.size = sizeof(struct cairn_guest)};
    struct cairn_machine *machine =
        make("virt", says_hello, sizeof(says_hello), guest, console);
    struct cairn_piece piece;
    REQUIRE(machine);
    REQUIRE(cairn_guest_piece(machine, 0, &piece) == 0);
    EXPECT(piece.raw);
    cairn_destroy(machine);
    REQUIRE(create_elf(0x40000000, 0, &machine, NULL) == 0);
    REQUIRE(cairn_guest_piece(machine, 0, &piece) == 0);
    EXPECT(!piece.raw);
    cairn_destroy(machine);
    machine = make_from_files(says_hello, sizeof(says_hello));
    REQUIRE(machine);
    REQUIRE(cairn_guest_piece(machine, 0, &piece) == 0);
    EXPECT(piece.raw);
    cairn_destroy(machine);
    unlink(kernel_path);
}
