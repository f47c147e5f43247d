/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of this folder: a device that does what it is told, a small board
 * around it, an assembler of a dozen instructions, and machines from board
 * text. Included once per test program; it takes the place of devices/.
 */
#ifndef PLATFORM_TEST_BENCH_H
#define PLATFORM_TEST_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "bus/device.h"
#include "bus/serial.h"
#include "devices/devices.h"
#include "host/file.h"
#include "include/cairn/cairn.h"

#define BENCH __attribute__((unused)) static

/* ---- The device ---------------------------------------------------------- */

struct bench_state {
    uint32_t level;
    uint32_t alarm;
    uint32_t resets;
    uint32_t scratch;
    uint32_t fired;
    uint32_t reset_count;
    uint32_t last_depth;
    uint32_t strap_seen;
};

enum {
    BENCH_LEVEL = 0x00, /* line "level" */
    BENCH_ALARM = 0x04, /* line "alarm", the first interrupt */
    BENCH_TIMER = 0x08, /* nanoseconds from now until line "timer" */
    BENCH_NOW = 0x0c,
    BENCH_RESETS = 0x10, /* bit 0: reset_core, bit 1: reset_warm */
    BENCH_CONSOLE = 0x14,
    BENCH_RANDOM = 0x18,
    BENCH_UNMODELLED = 0x1c,
    BENCH_SCRATCH = 0x20, /* survives no warm reset */
    BENCH_EVENT = 0x24,
    BENCH_COUNT = 0x28, /* of resets */
    BENCH_DEPTH = 0x2c, /* of the last one */
    BENCH_STRAP = 0x30, /* level of input "strap" at the last change */
};

BENCH struct bench_state *bench_of(struct device *device)
{
    return device->state;
}

BENCH void bench_level(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    bench_of(device)->level = value;
    line_set(device_output(device, "level"), value);
}

BENCH void bench_alarm(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    bench_of(device)->alarm = value;
    line_set(device_output(device, "alarm"), value);
}

BENCH void bench_timer(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct clock *clock = &device->fabric->clock;
    line_lower(device_output(device, "timer"));
    timer_arm(clock, &device->timers[0],
              value ? clock_now(clock) + value : TIME_NEVER);
}

BENCH uint32_t bench_now(struct device *device, const struct access *access,
                         unsigned index)
{
    return (uint32_t)clock_now(&device->fabric->clock);
}

BENCH void bench_resets(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    bench_of(device)->resets = value;
    line_set(device_output(device, "reset_core"), value & 1);
    line_set(device_output(device, "reset_warm"), value >> 1 & 1);
}

BENCH void bench_console(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    fabric_console(device->fabric, device->name, (uint8_t)value);
}

BENCH uint32_t bench_random(struct device *device, const struct access *access,
                            unsigned index)
{
    uint32_t value;
    fabric_random(device->fabric, &value, sizeof(value));
    return value;
}

BENCH void bench_unmodelled(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    device_unmodelled(device, BENCH_UNMODELLED, "value 0x%x", value);
}

BENCH void bench_event(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    device_event(device, .fact = FACT_NUMBER_MEASURED,
                 .digest = event_digest(&value, sizeof(value)),
                 .values = {value});
}

BENCH void bench_fire(struct device *device)
{
    bench_of(device)->fired++;
    line_raise(device_output(device, "timer"));
}

/* A byte that is typed moves through the register that keeps what is written to
 * it. */
BENCH size_t bench_receive(struct device *device, unsigned port,
                           const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        struct bench_state *state = bench_of(device);
        state->scratch = state->scratch << 8 | ((const uint8_t *)bytes)[i];
    }
    return size;
}

BENCH void bench_strap(struct device *device, unsigned index, uint32_t level)
{
    bench_of(device)->strap_seen = level;
}

BENCH void bench_reset(struct device *device, enum reset_domain domain)
{
    bench_of(device)->reset_count++;
    bench_of(device)->last_depth = domain;
    timer_cancel(&device->fabric->clock, &device->timers[0]);
    line_lower(device_output(device, "timer"));
    line_set(device_output(device, "level"), 0);
    line_set(device_output(device, "alarm"), 0);
}

#define BENCH_FIELD(name) FIELD(struct bench_state, name)
static const struct register_spec bench_registers[] = {
#include "platform/test_bench.def"
};

static const struct register_bank bench_banks[] = {
    {"registers", 0x1000, 4, bench_registers, ARRAY_SIZE(bench_registers)},
};
static const struct state_field bench_fields[] = {
    STATE(struct bench_state, fired, RESET_WARM),
};
static const struct output_spec bench_outputs[] = {
    {"level",      LINE_SIGNAL   },
    {"alarm",      LINE_INTERRUPT},
    {"timer",      LINE_INTERRUPT},
    {"reset_core", LINE_RESET    },
    {"reset_warm", LINE_RESET    },
};
static const struct input_spec bench_inputs[] = {
    {"strap",   bench_strap},
    {"source1", NULL       },
    {"source2", NULL       },
};
static void (*const bench_timers[])(struct device *device) = {bench_fire};

static const struct serial_client bench_serial = {.receive = bench_receive};

static const struct device_type bench_type = {
    .compatible = "test,bench",
    .title = "Test bench",
    .reference = "platform/test_bench.h",
    .state_size = sizeof(struct bench_state),
    .banks = bench_banks,
    .bank_count = ARRAY_SIZE(bench_banks),
    .fields = bench_fields,
    .field_count = ARRAY_SIZE(bench_fields),
    .outputs = bench_outputs,
    .output_count = ARRAY_SIZE(bench_outputs),
    .inputs = bench_inputs,
    .input_count = ARRAY_SIZE(bench_inputs),
    .timer_count = 1,
    .timers = bench_timers,
    .reset = bench_reset,
    .serial = &bench_serial,
};

const struct device_type *device_type_find(const char *compatible)
{
    return strcmp(compatible, bench_type.compatible) == 0 ? &bench_type : NULL;
}

/* ---- The board ----------------------------------------------------------- */

/* ROM at 0, RAM at 0x10000, the device at 0x40000000; "soc" sees all of it. */
#define BENCH_ROM 0x00000000u
#define BENCH_RAM 0x00010000u
#define BENCH_DEV 0x40000000u

#define BENCH_CPU(label, unit, hz, resets)                                     \
    label ": cpu@" unit                                                        \
          " { device_type = \"cpu\";\n"                                        \
          "  compatible = \"riscv,rv32imc\"; reg = <0x" unit                   \
          ">;\n"                                                               \
          "  clock-frequency = <" hz ">; " resets " };\n"

#define BENCH_BOARD(cpus, device_properties)                                   \
    "/dts-v1/;\n"                                                              \
    "/ { #address-cells = <1>; #size-cells = <1>; model = \"test,bench\";\n"   \
    "cores: cluster { compatible = \"cpus,cluster\";\n"                        \
    "  #address-cells = <1>; #size-cells = <0>;\n"                             \
    "  address-map = <0 &rom 0 0x10000>, <0x10000 &ram 0x10000 0x10000>,\n"    \
    "                <0x40000000 &bus 0x40000000 0x10000>;\n" cpus             \
    "};\n"                                                                     \
    "soc: soc { compatible = \"cairn,soc-agent\"; cairn,view = <1>;\n"         \
    "  address-map = <0 &rom 0 0x10000>, <0x10000 &ram 0x10000 0x10000>,\n"    \
    "                <0x40000000 &bus 0x40000000 0x10000>; };\n"               \
    "rom: memory@0 { device_type = \"memory\"; reg = <0 0x10000>;\n"           \
    "  cairn,read-only; };\n"                                                  \
    "ram: memory@10000 { device_type = \"memory\"; reg = <0x10000 0x10000>;"   \
    " };\n"                                                                    \
    "bus: bus { compatible = \"indirect-bus\"; ranges;\n"                      \
    "  #address-cells = <1>; #size-cells = <1>;\n"                             \
    "  bench: bench@40000000 { compatible = \"test,bench\";\n"                 \
    "    reg = <0x40000000 0x1000>; #reset-cells = <1>;\n" device_properties   \
    "  };\n"                                                                   \
    "};\n"                                                                     \
    "};\n"

#define BENCH_ONE_CPU                                                          \
    BENCH_BOARD(BENCH_CPU("hart", "0", "100000000", "resets = <&bench 0>;"),   \
                "cairn,connect = \"timer\", \"hart.mtip\";\n"                  \
                "cairn,straps { strap = <7>; };\n")

/* Writes text to a file of its own and returns its path; the caller removes
 * and frees it. */
BENCH char *bench_file(const char *text, const char *suffix)
{
    char *path = xasprintf("/tmp/cairn-test-XXXXXX%s", suffix);
    int fd = mkstemps(path, (int)strlen(suffix));
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) {
        abort();
    }
    close(fd);
    return path;
}

/* The words that machines here are told of how they came to be, in 15 bytes. */
BENCH const char *const bench_origin[] = {"bench", "--it's=1"};

BENCH int bench_create(const char *board, const uint32_t *rom, size_t words,
                       const struct cairn_callbacks *callbacks,
                       struct cairn_machine **machine,
                       struct cairn_error *error)
{
    char *path = bench_file(board, ".dts");
    const struct cairn_image image = {"rom", rom, 4 * words};
    struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = path,
        .images = &image,
        .image_count = rom ? 1 : 0,
        .seed = 1,
        .origin = bench_origin,
        .origin_count = ARRAY_SIZE(bench_origin),
    };
    if (callbacks) {
        options.callbacks = *callbacks;
    }
    int code = cairn_create(&options, machine, error);
    unlink(path);
    free(path);
    return code;
}

/* A machine whose power is on, or NULL. */
BENCH struct cairn_machine *bench_machine(const char *board,
                                          const uint32_t *rom, size_t words)
{
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};
    if (bench_create(board, rom, words, NULL, &machine, &error) != 0) {
        fprintf(stderr, "%s\n", error.text);
        return NULL;
    }
    cairn_power(machine);
    return machine;
}

BENCH uint32_t bench_read(struct cairn_machine *machine, uint32_t address)
{
    uint64_t value;
    return cairn_bus_read(machine, "soc", 0, address, 4, &value) == 0
               ? (uint32_t)value
               : 0xbadbadba;
}

/* ---- The assembler ------------------------------------------------------- */

enum { X0, RA, SP, GP, TP, T0, T1, T2, S0, S1, A0, A1, A2, A3 };

#define LUI(rd, value)                                                         \
    (((uint32_t)(value)&0xfffff000u) | (uint32_t)(rd) << 7 | 0x37u)
#define ADDI(rd, rs, imm) I_TYPE(imm, rs, 0u, rd, 0x13u)
#define LW(rd, imm, rs)   I_TYPE(imm, rs, 2u, rd, 0x03u)
#define SW(rs2, imm, rs1)                                                      \
    (((uint32_t)(imm) >> 5 & 0x7f) << 25 | (uint32_t)(rs2) << 20 |             \
     (uint32_t)(rs1) << 15 | 2u << 12 | ((uint32_t)(imm)&0x1f) << 7 | 0x23u)
#define I_TYPE(imm, rs, funct, rd, opcode)                                     \
    (((uint32_t)(imm)&0xfff) << 20 | (uint32_t)(rs) << 15 | (funct) << 12 |    \
     (uint32_t)(rd) << 7 | (opcode))
/* Offsets are in bytes from the instruction itself. */
#define J(offset)                                                              \
    (((uint32_t)(offset) >> 20 & 1) << 31 |                                    \
     ((uint32_t)(offset) >> 1 & 0x3ff) << 21 |                                 \
     ((uint32_t)(offset) >> 11 & 1) << 20 |                                    \
     ((uint32_t)(offset) >> 12 & 0xff) << 12 | 0x6fu)
#define BNE(rs1, rs2, offset)                                                  \
    (((uint32_t)(offset) >> 12 & 1) << 31 |                                    \
     ((uint32_t)(offset) >> 5 & 0x3f) << 25 | (uint32_t)(rs2) << 20 |          \
     (uint32_t)(rs1) << 15 | 1u << 12 | ((uint32_t)(offset) >> 1 & 0xf) << 8 | \
     ((uint32_t)(offset) >> 11 & 1) << 7 | 0x63u)
#define CSRRW(rd, csr, rs) I_TYPE(csr, rs, 1u, rd, 0x73u)
#define CSRRS(rd, csr, rs) I_TYPE(csr, rs, 2u, rd, 0x73u)
#define WFI                0x10500073u
#define MRET               0x30200073u
enum { CSR_MIE = 0x304, CSR_MTVEC = 0x305, CSR_MHARTID = 0xf14 };

#endif
