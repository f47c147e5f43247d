/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations by their numbers in the semihosting specification, chapter 7.
 * What is not listed answers -1, as the specification has unsupported
 * operations do, and is logged. Errors that SYS_ERRNO tells are Linux' numbers,
 * which the C library for bare metal (newlib) shares as far as they matter.
 */
#include "platform/debug/semihosting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "platform/debug/semihosting_files.h"
#include "platform/guest/guest.h"
#include "platform/machine/machine.h"

enum {
    PIECE = 1024,       /* of what is copied */
    PRINTED = 32,       /* read at a time of what is printed */
    TEXT_MAX = 1 << 20, /* printed by one call */
    NS_PER_CENTISECOND = 10000000,
    NS_PER_SECOND = 1000000000,
    SYS_READ = 0x06,
    SYS_READC = 0x07,
};

static const uint64_t application_exit = 0x20026; /* ADP_Stopped_... */
static const char device[] = SEMIHOSTING_CONSOLE;

struct request {
    struct cairn_machine *machine;
    struct core *core;
    struct semihosting_files *files;
    uint64_t argument; /* a number, or the address of the block */
};

/* ---- The guest's memory -------------------------------------------------- */

static int64_t fail(const struct request *request, int64_t code)
{
    request->files->state.error = (uint32_t)-code;
    return -1;
}

static bool read_memory(const struct request *request, uint64_t address,
                        void *bytes, size_t size)
{
    return core_read_memory(request->core, gva(address), bytes, size) == 0;
}

static bool write_memory(const struct request *request, uint64_t address,
                         const void *bytes, size_t size)
{
    return core_write_memory(request->core, gva(address), bytes, size) == 0;
}

/* Parameter blocks are of double words for AArch64, of words for others. */
static bool is_64_bit(const struct request *request)
{
    return strcmp(request->core->type->architecture, "aarch64") == 0;
}

static bool read_word(const struct request *request, uint64_t block,
                      unsigned index, uint64_t *value)
{
    unsigned size = is_64_bit(request) ? 8 : 4;
    uint8_t bytes[8] = {0};
    if (!read_memory(request, block + (uint64_t)size * index, bytes, size)) {
        return false;
    }
    *value = load_le64(bytes);
    return true;
}

static bool write_word(const struct request *request, uint64_t block,
                       unsigned index, uint64_t value)
{
    unsigned size = is_64_bit(request) ? 8 : 4;
    uint8_t bytes[8];
    store_le64(bytes, value);
    return write_memory(request, block + (uint64_t)size * index, bytes, size);
}

/* The first count words of the parameter block. */
static bool parameters(const struct request *request, uint64_t *values,
                       unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (!read_word(request, request->argument, i, &values[i])) {
            return false;
        }
    }
    return true;
}

/* A name of length bytes, which has no NUL among them. */
static int read_name(const struct request *request, uint64_t address,
                     uint64_t length, char name[SEMIHOSTING_NAME])
{
    if (length >= SEMIHOSTING_NAME) {
        return -ENAMETOOLONG;
    }
    if (!read_memory(request, address, name, (size_t)length)) {
        return -EFAULT;
    }
    name[length] = '\0';
    return strlen(name) == length ? 0 : -EINVAL;
}

/* ---- Console ------------------------------------------------------------- */

/* Prints up to size bytes, or up to a NUL; returns how many were not. Memory
 * begins and ends at multiples of PRINTED, which is read as one. */
static uint64_t print(const struct request *request, uint64_t address,
                      uint64_t size, bool is_string)
{
    uint8_t bytes[PRINTED];
    uint64_t most = size < TEXT_MAX ? size : TEXT_MAX;
    for (uint64_t done = 0; done < most;) {
        const size_t room = PRINTED - (size_t)((address + done) % PRINTED);
        const size_t piece = most - done < room ? (size_t)(most - done) : room;
        if (!read_memory(request, address + done, bytes, piece)) {
            fail(request, -EFAULT);
            return size - done;
        }
        for (size_t i = 0; i < piece; i++, done++) {
            if (is_string && bytes[i] == 0) {
                return size - done;
            }
            fabric_console(&request->machine->fabric, device, bytes[i]);
        }
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

static int64_t read_char(const struct request *request)
{
    uint8_t byte;
    return semihosting_files_typed(request->files, &byte, 1) ? byte
                                                             : fail(request, 0);
}

/* ---- Files --------------------------------------------------------------- */

static int64_t open_file(const struct request *request)
{
    uint64_t block[3];
    char name[SEMIHOSTING_NAME];
    if (!parameters(request, block, 3)) {
        return fail(request, -EFAULT);
    }
    int code = read_name(request, block[0], block[2], name);
    if (code == 0) {
        code = semihosting_files_open(request->files, name, block[1]);
    }
    if (code == -EACCES && request->files->folder < 0) {
        log_write(&request->machine->fabric.log, LOG_GUEST, device, 0,
                  "file '%s' is refused: no folder was named for files", name);
    }
    return code > 0 ? code : fail(request, code);
}

static int64_t close_file(const struct request *request)
{
    uint64_t handle;
    int code = parameters(request, &handle, 1)
                   ? semihosting_files_close(request->files, handle)
                   : -EFAULT;
    return code ? fail(request, code) : 0;
}

/* The answer of SYS_WRITE and SYS_READ is how much was not done. */
static int64_t write_bytes(const struct request *request)
{
    uint64_t block[3] = {0, 0, UINT64_MAX};
    uint8_t bytes[PIECE];
    uint64_t done = 0;
    if (!parameters(request, block, 3)) {
        return fail(request, -EFAULT);
    }
    uint64_t size = block[2];
    uint64_t most = size < SEMIHOSTING_FILE_MAX ? size : SEMIHOSTING_FILE_MAX;
    if (semihosting_files_kind(request->files, block[0]) ==
        SEMIHOSTING_OUTPUT) {
        return (int64_t)print(request, block[1], size, false);
    }
    while (done < most) {
        size_t piece = most - done < PIECE ? (size_t)(most - done) : PIECE;
        int64_t count = -EFAULT;
        if (read_memory(request, block[1] + done, bytes, piece)) {
            count =
                semihosting_files_write(request->files, block[0], bytes, piece);
        }
        done += count > 0 ? (uint64_t)count : 0;
        if (count < 0) {
            fail(request, count);
        }
        if (count < (int64_t)piece) {
            break;
        }
    }
    return (int64_t)(size - done);
}

/* A file moves on only if there is memory to write to. */
static int64_t read_piece(const struct request *request, uint64_t handle,
                          uint64_t address, size_t size)
{
    uint8_t bytes[PIECE];
    if (!read_memory(request, address, bytes, size) ||
        !write_memory(request, address, bytes, size)) {
        return -EFAULT;
    }
    int64_t count = semihosting_files_read(request->files, handle, bytes, size);
    if (count > 0) {
        write_memory(request, address, bytes, (size_t)count);
    }
    return count;
}

static int64_t read_bytes(const struct request *request)
{
    uint64_t block[3];
    uint64_t done = 0;
    if (!parameters(request, block, 3)) {
        return fail(request, -EFAULT);
    }
    uint64_t size = block[2];
    uint64_t most = size < SEMIHOSTING_FILE_MAX ? size : SEMIHOSTING_FILE_MAX;
    while (done < most) {
        size_t piece = most - done < PIECE ? (size_t)(most - done) : PIECE;
        int64_t count = read_piece(request, block[0], block[1] + done, piece);
        done += count > 0 ? (uint64_t)count : 0;
        if (count < 0) {
            fail(request, count);
        }
        if (count < (int64_t)piece) {
            break;
        }
    }
    return (int64_t)(size - done);
}

static int64_t is_tty(const struct request *request)
{
    uint64_t handle;
    int kind = parameters(request, &handle, 1)
                   ? semihosting_files_kind(request->files, handle)
                   : -EFAULT;
    return kind < 0 ? fail(request, kind)
                    : kind == SEMIHOSTING_INPUT || kind == SEMIHOSTING_OUTPUT;
}

static int64_t seek(const struct request *request)
{
    uint64_t block[2];
    int code = parameters(request, block, 2)
                   ? semihosting_files_seek(request->files, block[0], block[1])
                   : -EFAULT;
    return code ? fail(request, code) : 0;
}

static int64_t file_length(const struct request *request)
{
    uint64_t handle;
    int64_t length = parameters(request, &handle, 1)
                         ? semihosting_files_length(request->files, handle)
                         : -EFAULT;
    return length < 0 ? fail(request, length) : length;
}

/* Names are the same for the same identifier, in every run. */
static int64_t temporary_name(const struct request *request)
{
    uint64_t block[3];
    char name[16];
    if (!parameters(request, block, 3)) {
        return fail(request, -EFAULT);
    }
    int length = snprintf(name, sizeof(name), "cairn-%02x.tmp",
                          (unsigned)(block[1] & 0xff));
    if (block[1] > 0xff || (uint64_t)length >= block[2]) {
        return fail(request, -EINVAL);
    }
    return write_memory(request, block[0], name, (size_t)length + 1)
               ? 0
               : fail(request, -EFAULT);
}

static int64_t remove_file(const struct request *request)
{
    uint64_t block[2];
    char name[SEMIHOSTING_NAME];
    int code = parameters(request, block, 2)
                   ? read_name(request, block[0], block[1], name)
                   : -EFAULT;
    code = code ? code : semihosting_files_remove(request->files, name);
    return code ? fail(request, code) : 0;
}

static int64_t rename_file(const struct request *request)
{
    uint64_t block[4];
    char from[SEMIHOSTING_NAME];
    char to[SEMIHOSTING_NAME];
    int code = parameters(request, block, 4)
                   ? read_name(request, block[0], block[1], from)
                   : -EFAULT;
    code = code ? code : read_name(request, block[2], block[3], to);
    code = code ? code : semihosting_files_rename(request->files, from, to);
    return code ? fail(request, code) : 0;
}

/* ---- Time ---------------------------------------------------------------- */

static uint64_t now(const struct request *request)
{
    return clock_now(&request->machine->fabric.clock);
}

static uint64_t since_start(const struct request *request)
{
    return now(request) - request->files->state.started_ns;
}

static int64_t clock_time(const struct request *request)
{
    return (int64_t)(since_start(request) / NS_PER_CENTISECOND);
}

/* The time that the board's clock of the time of day started with. */
static int64_t time_of_day(const struct request *request)
{
    const struct cairn_machine *machine = request->machine;
    uint64_t start = 0;
    for (size_t i = 0; start == 0 && i < machine->node_count; i++) {
        start = board_u32(&machine->board, machine->nodes[i].offset,
                          "cairn,start-time", 0);
    }
    return (int64_t)(start + now(request) / NS_PER_SECOND);
}

static int64_t elapsed(const struct request *request)
{
    return write_word(request, request->argument, 0, since_start(request))
               ? 0
               : fail(request, -EFAULT);
}

static int64_t tick_frequency(const struct request *request)
{
    return NS_PER_SECOND;
}

/* ---- The program --------------------------------------------------------- */

static int64_t run_program(const struct request *request)
{
    log_write(&request->machine->fabric.log, LOG_GUEST, device, 1,
              "SYS_SYSTEM is refused");
    return fail(request, -EPERM);
}

static int64_t last_error(const struct request *request)
{
    return request->files->state.error;
}

static int64_t is_error(const struct request *request)
{
    uint64_t status;
    return !parameters(request, &status, 1) || (int64_t)status < 0;
}

static int64_t command_line(const struct request *request)
{
    uint64_t block[2];
    const char *text = semihosting_of(request->machine)->command_line;
    size_t length = strlen(text);
    if (!parameters(request, block, 2)) {
        return fail(request, -EFAULT);
    }
    if (length >= block[1]) {
        return fail(request, -E2BIG);
    }
    return write_memory(request, block[0], text, length + 1) &&
                   write_word(request, request->argument, 1, length)
               ? 0
               : fail(request, -EFAULT);
}

/* Heap and stack grow towards each other in what memory the guest's images
 * leave. Zeros say that the program has to know by itself. */
static int64_t heap(const struct request *request)
{
    uint64_t address;
    uint64_t start = 0;
    uint64_t end = 0;
    guest_free_memory(guest_of(request->machine), &start, &end);
    const uint64_t places[] = {start, end, end, start};
    if (!parameters(request, &address, 1)) {
        return fail(request, -EFAULT);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(places); i++) {
        if (!write_word(request, address, i, places[i])) {
            return fail(request, -EFAULT);
        }
    }
    return 0;
}

static int64_t end_guest(const struct request *request, bool well,
                         uint64_t status)
{
    request->machine->guest_status = well ? status : 1;
    request->machine->guest_end = GUEST_OFF;
    machine_note_off(request->machine, ROLE_SEMIHOSTING, "semihosting");
    machine_interrupt(request->machine);
    return 0;
}

/* A block of reason and status. */
static int64_t leave_with_status(const struct request *request)
{
    uint64_t block[2] = {0};
    bool well = parameters(request, block, 2) && block[0] == application_exit;
    return end_guest(request, well, block[1]);
}

/* The same on AArch64; elsewhere the argument is the reason. */
static int64_t leave(const struct request *request)
{
    return is_64_bit(request)
               ? leave_with_status(request)
               : end_guest(request, request->argument == application_exit, 0);
}

static const struct {
    uint32_t number;
    int64_t (*answer)(const struct request *request);
} operations[] = {
    {0x01,      open_file        },
    {0x02,      close_file       },
    {0x03,      write_char       },
    {0x04,      write_string     },
    {0x05,      write_bytes      },
    {SYS_READ,  read_bytes       },
    {SYS_READC, read_char        },
    {0x08,      is_error         },
    {0x09,      is_tty           },
    {0x0a,      seek             },
    {0x0c,      file_length      },
    {0x0d,      temporary_name   },
    {0x0e,      remove_file      },
    {0x0f,      rename_file      },
    {0x10,      clock_time       },
    {0x11,      time_of_day      },
    {0x12,      run_program      },
    {0x13,      last_error       },
    {0x15,      command_line     },
    {0x16,      heap             },
    {0x18,      leave            },
    {0x20,      leave_with_status},
    {0x30,      elapsed          },
    {0x31,      tick_frequency   },
};

/* A read of the console, whose input is still to come. */
static bool waits(const struct request *request, uint32_t number)
{
    const struct semihosting_state *state = &request->files->state;
    uint64_t block[3];
    if (state->promised == 0 || state->queue_count != 0) {
        return false;
    }
    return number == SYS_READC ||
           (number == SYS_READ && parameters(request, block, 3) &&
            block[2] != 0 &&
            semihosting_files_kind(request->files, block[0]) ==
                SEMIHOSTING_INPUT);
}

enum core_answer semihosting_call(struct cairn_machine *machine,
                                  struct core *core, uint64_t x[8])
{
    const struct request request = {machine, core,
                                    &semihosting_of(machine)->files, x[1]};
    uint32_t number = (uint32_t)x[0];
    if (waits(&request, number)) {
        return CORE_ASKED_AGAIN;
    }
    for (size_t i = 0; i < ARRAY_SIZE(operations); i++) {
        if (operations[i].number == number) {
            x[0] = (uint64_t)operations[i].answer(&request);
            return CORE_ANSWERED;
        }
    }
    log_write(&machine->fabric.log, LOG_UNMODELLED, device, number,
              "operation 0x%x", number);
    x[0] = (uint64_t)fail(&request, -ENOSYS);
    return CORE_ANSWERED;
}
