/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A serial NOR flash of 128 MiB with 64 KiB blocks and 256-byte pages, with
 * the commands that drivers use without asking: JEDEC JESD216 (SFDP) and the
 * data sheet of Macronix MX66L1G45G, whose identity it has.
 *
 * Contents are a memory of the board (cairn,memory). Operations take no time:
 * write-in-progress is never seen.
 */
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "devices/flash/nor.h"
#include "devices/flash/spi.h"

enum { PAGE_SIZE = 256, SECTOR_SIZE = 4 << 10, BLOCK_SIZE = 64 << 10 };

enum commands {
    COMMAND_WRITE_STATUS = 0x01,
    COMMAND_PROGRAM = 0x02,
    COMMAND_READ = 0x03,
    COMMAND_WRITE_DISABLE = 0x04,
    COMMAND_READ_STATUS = 0x05,
    COMMAND_WRITE_ENABLE = 0x06,
    COMMAND_FAST_READ = 0x0b,
    COMMAND_FAST_READ_4 = 0x0c,
    COMMAND_PROGRAM_4 = 0x12,
    COMMAND_READ_4 = 0x13,
    COMMAND_SECTOR_ERASE = 0x20,
    COMMAND_SECTOR_ERASE_4 = 0x21,
    COMMAND_SFDP = 0x5a,
    COMMAND_RESET_ENABLE = 0x66,
    COMMAND_RESET = 0x99,
    COMMAND_READ_IDENTITY = 0x9f,
    COMMAND_ENTER_4_BYTE = 0xb7,
    COMMAND_CHIP_ERASE = 0xc7,
    COMMAND_BLOCK_ERASE = 0xd8,
    COMMAND_BLOCK_ERASE_4 = 0xdc,
    COMMAND_EXIT_4_BYTE = 0xe9,
};

enum { STATUS_WRITE_ENABLED = 2 };

enum actions {
    ACT_NOTHING, /* at the end of the command */
    ACT_PROGRAM,
    ACT_ERASE,
    ACT_ERASE_CHIP,
    ACT_WRITE_ENABLE,
    ACT_WRITE_DISABLE,
    ACT_RESET_ENABLE,
    ACT_RESET,
    ACT_ENTER_4_BYTE,
    ACT_EXIT_4_BYTE,
};

/* What follows a command byte, and what it does when chip select ends. */
enum data_kind {
    DATA_NONE,
    DATA_ARRAY,
    DATA_STATUS,
    DATA_IDENTITY,
    DATA_SFDP,
    DATA_IN
};
enum { ADDRESS_NONE = 0, ADDRESS_3 = 3, ADDRESS_4 = 4, ADDRESS_MODE = 9 };

static const struct command {
    uint8_t code;
    uint8_t address; /* bytes, or ADDRESS_MODE */
    uint8_t dummies; /* bytes between address and data */
    uint8_t data;    /* enum data_kind */
    uint8_t action;  /* enum actions */
    uint32_t size;   /* of what is erased */
} commands[] = {
    {COMMAND_WRITE_STATUS,   0,            0, DATA_IN,       ACT_WRITE_DISABLE, 0          },
    {COMMAND_PROGRAM,        ADDRESS_MODE, 0, DATA_IN,       ACT_PROGRAM,       0          },
    {COMMAND_PROGRAM_4,      ADDRESS_4,    0, DATA_IN,       ACT_PROGRAM,       0          },
    {COMMAND_READ,           ADDRESS_MODE, 0, DATA_ARRAY,    ACT_NOTHING,       0          },
    {COMMAND_READ_4,         ADDRESS_4,    0, DATA_ARRAY,    ACT_NOTHING,       0          },
    {COMMAND_FAST_READ,      ADDRESS_MODE, 1, DATA_ARRAY,    ACT_NOTHING,       0          },
    {COMMAND_FAST_READ_4,    ADDRESS_4,    1, DATA_ARRAY,    ACT_NOTHING,       0          },
    {COMMAND_WRITE_DISABLE,  0,            0, DATA_NONE,     ACT_WRITE_DISABLE, 0          },
    {COMMAND_WRITE_ENABLE,   0,            0, DATA_NONE,     ACT_WRITE_ENABLE,  0          },
    {COMMAND_READ_STATUS,    0,            0, DATA_STATUS,   ACT_NOTHING,       0          },
    {COMMAND_SECTOR_ERASE,   ADDRESS_MODE, 0, DATA_NONE,     ACT_ERASE,         SECTOR_SIZE},
    {COMMAND_SECTOR_ERASE_4, ADDRESS_4,    0, DATA_NONE,     ACT_ERASE,         SECTOR_SIZE},
    {COMMAND_BLOCK_ERASE,    ADDRESS_MODE, 0, DATA_NONE,     ACT_ERASE,         BLOCK_SIZE },
    {COMMAND_BLOCK_ERASE_4,  ADDRESS_4,    0, DATA_NONE,     ACT_ERASE,         BLOCK_SIZE },
    {COMMAND_CHIP_ERASE,     0,            0, DATA_NONE,     ACT_ERASE_CHIP,    0          },
    {COMMAND_SFDP,           ADDRESS_3,    1, DATA_SFDP,     ACT_NOTHING,       0          },
    {COMMAND_READ_IDENTITY,  0,            0, DATA_IDENTITY, ACT_NOTHING,       0          },
    {COMMAND_RESET_ENABLE,   0,            0, DATA_NONE,     ACT_RESET_ENABLE,  0          },
    {COMMAND_RESET,          0,            0, DATA_NONE,     ACT_RESET,         0          },
    {COMMAND_ENTER_4_BYTE,   0,            0, DATA_NONE,     ACT_ENTER_4_BYTE,  0          },
    {COMMAND_EXIT_4_BYTE,    0,            0, DATA_NONE,     ACT_EXIT_4_BYTE,   0          },
};

struct state {
    struct nor_state nor;
    uint32_t selected;
    uint32_t command;  /* index into commands + 1; 0: none yet or unknown */
    uint32_t received; /* bytes since chip select began */
    uint32_t address;
    uint32_t position; /* bytes of data so far */
    uint32_t write_enabled;
    uint32_t four_byte;
    uint32_t reset_enabled;
    uint8_t page[PAGE_SIZE];
    uint8_t page_used[PAGE_SIZE];
};

struct wiring {
    struct region *contents;
};

/* SFDP of one basic table (JESD216): 4 KiB and 64 KiB erases, 3- or 4-byte
 * addresses, 256-byte pages, 1 Gbit. */
static const uint8_t sfdp[] = {
    'S',
    'F',
    'D',
    'P',
    0x06,
    0x01,
    0x00,
    0xff, /* header, one table */
    0x00,
    0x06,
    0x01,
    0x10,
    0x30,
    0x00,
    0x00,
    0xff, /* table of 16 words */
    [0x10 ... 0x2f] = 0xff,
    [0x30] = 0xe5,
    0x20,
    0x82,
    0xff,
    0xff,
    0xff,
    0xff,
    0x3f,
    [0x38 ... 0x4b] = 0x00,
    [0x4c] = 0x0c,
    0x20,
    0x10,
    0xd8,
    0x00,
    0xff,
    0x00,
    0xff,
    [0x54] = 0x00,
    0x00,
    0x00,
    0x00,
    0x80,
    0x00,
    0x00,
    0x00,
    [0x5c ... 0x6f] = 0x00,
};

static const uint8_t identity[] = {0xc2, 0x20, 0x1b};

static const struct command *command_of(const struct state *state)
{
    return state->command == 0 ? NULL : &commands[state->command - 1];
}

static unsigned address_bytes(const struct state *state,
                              const struct command *command)
{
    return command->address != ADDRESS_MODE ? command->address
           : state->four_byte != 0          ? ADDRESS_4
                                            : ADDRESS_3;
}

static void start(struct device *device, uint8_t code)
{
    struct state *state = device->state;

    for (unsigned i = 0; i < ARRAY_SIZE(commands); i++) {
        if (commands[i].code == code) {
            state->command = i + 1;
            return;
        }
    }
    device_guest_error(device, code, "no command 0x%02x", code);
}

static uint8_t answer(struct device *device, const struct command *command,
                      uint8_t byte)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    uint32_t position = state->position++;
    uint64_t at;

    switch ((enum data_kind)command->data) {
    case DATA_ARRAY:
        at = ((uint64_t)state->address + position) %
             wiring->contents->size_bytes;
        return region_host(wiring->contents)[at];
    case DATA_STATUS:
        return state->write_enabled != 0 ? STATUS_WRITE_ENABLED : 0;
    case DATA_IDENTITY:
        return identity[position % sizeof(identity)];
    case DATA_SFDP:
        at = (uint64_t)state->address + position;
        return at < sizeof(sfdp) ? sfdp[at] : 0xff;
    case DATA_IN: /* wraps in the page */
        at = (state->address + position) % PAGE_SIZE;
        state->page[at] = byte;
        state->page_used[at] = 1;
        return 0xff;
    case DATA_NONE:
        break;
    }
    return 0xff;
}

static uint8_t exchange(struct device *device, uint8_t byte)
{
    struct state *state = device->state;
    uint32_t number = state->received++;

    if (state->selected == 0 || state->nor.dead != 0) {
        return 0xff;
    }
    if (number == 0) {
        start(device, byte);
        return 0xff;
    }
    const struct command *command = command_of(state);
    if (command == NULL) {
        return 0xff;
    }
    unsigned address = address_bytes(state, command);
    if (number <= address) {
        state->address = state->address << 8 | byte;
        return 0xff;
    }
    return number <= address + command->dummies ? 0xff
                                                : answer(device, command, byte);
}

/* The bytes that were sent, page by page; bytes not sent keep their place as
 * ones, which change nothing. */
static void program(struct device *device)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    uint64_t page = state->address & ~(uint64_t)(PAGE_SIZE - 1);
    size_t first = 0;
    size_t end = PAGE_SIZE;

    debug_assert(page % PAGE_SIZE == 0);
    page %= wiring->contents->size_bytes;
    while (first < PAGE_SIZE && state->page_used[first] == 0) {
        first++;
    }
    while (end > first && state->page_used[end - 1] == 0) {
        end--;
    }
    for (size_t i = first; i < end; i++) {
        if (state->page_used[i] == 0) {
            state->page[i] = 0xff;
        }
    }
    if (first < end) {
        (void)nor_program(device, &state->nor, wiring->contents, page + first,
                          state->page + first, end - first);
    }
}

static void erase(struct device *device, uint64_t offset, uint64_t size)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;

    /* Blocks are powers of two; the chip, which may be any size, is erased
     * from its first byte. */
    assert(size != 0 && ((size & (size - 1)) == 0 || offset == 0));
    offset = offset % wiring->contents->size_bytes & ~(size - 1);
    (void)nor_erase(device, &state->nor, wiring->contents, offset,
                    (size_t)size);
}

static bool allowed(struct device *device, const struct command *command)
{
    struct state *state = device->state;
    unsigned whole = 1 + address_bytes(state, command);

    if (state->write_enabled == 0) {
        device_guest_error(device, command->code,
                           "command 0x%02x without write enable",
                           command->code);
        return false;
    }
    if (state->received < whole) {
        device_guest_error(device, command->code,
                           "command 0x%02x ends within its address",
                           command->code);
        return false;
    }
    state->write_enabled = 0;
    return true;
}

static void finish(struct device *device, const struct command *command)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    bool reset = state->reset_enabled != 0;

    state->reset_enabled = 0;
    switch ((enum actions)command->action) {
    case ACT_PROGRAM:
        if (allowed(device, command)) {
            program(device);
        }
        break;
    case ACT_ERASE:
        if (allowed(device, command)) {
            erase(device, state->address, command->size);
        }
        break;
    case ACT_ERASE_CHIP:
        if (allowed(device, command)) {
            erase(device, 0, wiring->contents->size_bytes);
        }
        break;
    case ACT_WRITE_ENABLE:
        state->write_enabled = 1;
        break;
    case ACT_WRITE_DISABLE:
        state->write_enabled = 0;
        break;
    case ACT_RESET_ENABLE:
        state->reset_enabled = 1;
        break;
    case ACT_RESET:
        if (reset) {
            state->write_enabled = 0;
            state->four_byte = 0;
        }
        break;
    case ACT_ENTER_4_BYTE:
        state->four_byte = 1;
        break;
    case ACT_EXIT_4_BYTE:
        state->four_byte = 0;
        break;
    case ACT_NOTHING:
        break;
    }
}

static void select(struct device *device, bool selected)
{
    struct state *state = device->state;
    const struct command *command = command_of(state);

    if (!selected && state->selected != 0 && command != NULL &&
        state->nor.dead == 0) {
        finish(device, command);
    }
    state->selected = selected;
    state->command = 0;
    state->received = 0;
    state->address = 0;
    state->position = 0;
    memset(state->page_used, 0, sizeof(state->page_used));
}

/* ---- Life ---------------------------------------------------------------- */

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    wiring->contents = device_memory(device, "cairn,memory", error);
    if (wiring->contents == NULL) {
        return -ENOENT;
    }
    if (!is_aligned(wiring->contents->size_bytes, BLOCK_SIZE)) {
        return error_set(
            error, -EINVAL, "%s: memory of 0x%llx bytes is no multiple of 0x%x",
            device->name, (unsigned long long)wiring->contents->size_bytes,
            BLOCK_SIZE);
    }
    return 0;
}

static void update(struct device *device)
{
    const struct state *state = device->state;

    nor_update(device, &state->nor);
}

static void reset(struct device *device, enum reset_domain domain)
{
    (void)domain;
    update(device);
}

static const struct state_field fields[] = {
    NOR_FIELDS(struct state, nor),
    STATE(struct state, selected, RESET_CORE),
    STATE(struct state, command, RESET_CORE),
    STATE(struct state, received, RESET_CORE),
    STATE(struct state, address, RESET_CORE),
    STATE(struct state, position, RESET_CORE),
    STATE(struct state, write_enabled, RESET_POWER_ON),
    STATE(struct state, four_byte, RESET_POWER_ON),
    STATE(struct state, reset_enabled, RESET_POWER_ON),
    STATE(struct state, page, RESET_CORE),
    STATE(struct state, page_used, RESET_CORE),
};

static const struct output_spec outputs[] = {NOR_OUTPUT_SPECS};
static const struct input_spec inputs[] = {NOR_INPUT_SPECS};
static const struct spi_chip chip = {select, exchange};

const struct device_type spi_nor = {
    .compatible = "jedec,spi-nor",
    .title = "serial NOR flash",
    .reference = "JEDEC JESD216 and data sheet MX66L1G45G",
    .omitted =
        "duration of operations, protection of blocks, OTP, dual "
        "and quad lines, suspending",
    .role = ROLE_FLASH,
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_TABLE(field, fields),
    DEVICE_TABLE(output, outputs),
    DEVICE_TABLE(input, inputs),
    .init = init,
    .reset = reset,
    .restored = update,
    .interface = &chip,
};
