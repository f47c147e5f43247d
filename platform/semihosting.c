/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations by their numbers in the semihosting specification, chapter 7.
 * What is not listed answers -1, as the specification has unsupported
 * operations do. There is one handle, the console.
 */
#include "platform/semihosting.h"

#include <string.h>

#include "base/bits.h"

enum {
    OPEN = 0x01,
    CLOSE = 0x02,
    WRITEC = 0x03,
    WRITE0 = 0x04,
    WRITE = 0x05,
    IS_TTY = 0x09,
    CLOCK = 0x10,
    ERRNO = 0x13,
    EXIT = 0x18,
    EXIT_EXTENDED = 0x20,
};

enum {
    CONSOLE_HANDLE = 1,
    TEXT_MAX = 1 << 20, /* of one call */
    NS_PER_CENTISECOND = 10000000,
};

static const uint64_t application_exit = 0x20026; /* ADP_Stopped_... */
static const char console_name[] = ":tt";
static const char device[] = "semihosting";

struct request {
    struct cairn_machine *machine;
    struct core *core;
    uint64_t argument; /* a number, or the address of the block */
};

/* The index-th double word of the parameter block. */
static bool parameter(const struct request *request, unsigned index,
                      uint64_t *value)
{
    uint8_t bytes[8];
    if (core_read_memory(request->core, gva(request->argument + 8u * index),
                         bytes, sizeof(bytes)) != 0) {
        return false;
    }
    *value = load_le64(bytes);
    return true;
}

static bool read_byte(const struct request *request, uint64_t address,
                      uint8_t *byte)
{
    return core_read_memory(request->core, gva(address), byte, 1) == 0;
}

/* Prints up to size bytes, or up to a NUL; returns how many were not. */
static uint64_t print(const struct request *request, uint64_t address,
                      uint64_t size, bool is_string)
{
    uint8_t byte;
    uint64_t most = size < TEXT_MAX ? size : TEXT_MAX;
    for (uint64_t i = 0; i < most; i++) {
        if (!read_byte(request, address + i, &byte) ||
            (is_string && byte == 0)) {
            return size - i;
        }
        fabric_console(&request->machine->fabric, device, byte);
    }
    return size - most;
}

static int64_t write_char(const struct request *request)
{
    print(request, request->argument, 1, false);
    return 0;
}

static int64_t write_string(const struct request *request)
{
    print(request, request->argument, TEXT_MAX, true);
    return 0;
}

static int64_t write_bytes(const struct request *request)
{
    uint64_t handle;
    uint64_t address;
    uint64_t size;
    if (!parameter(request, 0, &handle) || !parameter(request, 1, &address) ||
        !parameter(request, 2, &size)) {
        return -1;
    }
    return (int64_t)(handle == CONSOLE_HANDLE
                         ? print(request, address, size, false)
                         : size);
}

static int64_t open_file(const struct request *request)
{
    char name[sizeof(console_name)];
    uint64_t address;
    if (!parameter(request, 0, &address) ||
        core_read_memory(request->core, gva(address), name, sizeof(name)) ||
        memcmp(name, console_name, sizeof(name)) != 0) {
        return -1;
    }
    return CONSOLE_HANDLE;
}

static int64_t close_file(const struct request *request)
{
    uint64_t handle;
    return parameter(request, 0, &handle) && handle == CONSOLE_HANDLE ? 0 : -1;
}

static int64_t is_tty(const struct request *request)
{
    uint64_t handle;
    return parameter(request, 0, &handle) && handle == CONSOLE_HANDLE;
}

static int64_t clock_time(const struct request *request)
{
    return (int64_t)(clock_now(&request->machine->fabric.clock) /
                     NS_PER_CENTISECOND);
}

static int64_t last_error(const struct request *request)
{
    (void)request;
    return 0;
}

/* Both forms have a block of reason and status on AArch64. */
static int64_t leave(const struct request *request)
{
    uint64_t reason = 0;
    uint64_t status = 1;
    if (!parameter(request, 0, &reason) || !parameter(request, 1, &status) ||
        reason != application_exit) {
        status = 1;
    }
    request->machine->guest_status = (uint32_t)status;
    request->machine->guest_end = GUEST_OFF;
    machine_interrupt(request->machine);
    return 0;
}

static const struct {
    uint32_t number;
    int64_t (*answer)(const struct request *request);
} operations[] = {
    {OPEN,          open_file   },
    {CLOSE,         close_file  },
    {WRITEC,        write_char  },
    {WRITE0,        write_string},
    {WRITE,         write_bytes },
    {IS_TTY,        is_tty      },
    {CLOCK,         clock_time  },
    {ERRNO,         last_error  },
    {EXIT,          leave       },
    {EXIT_EXTENDED, leave       },
};

void semihosting_call(struct cairn_machine *machine, struct core *core,
                      uint64_t x[8])
{
    const struct request request = {machine, core, x[1]};
    int64_t answer = -1;
    for (size_t i = 0; i < ARRAY_SIZE(operations); i++) {
        if (operations[i].number == (uint32_t)x[0]) {
            answer = operations[i].answer(&request);
            break;
        }
    }
    x[0] = (uint64_t)answer;
}
