/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A serial NOR flash with 4, 32 and 64 KiB erases and 256-byte pages, with the
 * commands that drivers use (JEDEC JESD216 and the data sheets of the parts in
 * spi_nor_parts.c). Property cairn,part names the part.
 *
 * Contents are a memory of the board (cairn,memory). Operations take no time:
 * write-in-progress is never seen, and there is nothing to suspend. A byte is a
 * byte whether one, two or four lines carry it.
 */
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "devices/flash/spi_nor.h"

enum { ALIGNMENT = 64 << 10 };

enum actions {
    ACT_NOTHING, /* at the end of the command */
    ACT_PROGRAM,
    ACT_ERASE,
    ACT_ERASE_CHIP,
    ACT_WRITE_ENABLE,
    ACT_VOLATILE_ENABLE,
    ACT_WRITE_DISABLE,
    ACT_WRITE_STATUS,
    ACT_WRITE_STATUS_2,
    ACT_WRITE_STATUS_3,
    ACT_WRITE_EXTENDED_ADDRESS,
    ACT_POWER_DOWN,
    ACT_POWER_UP,
    ACT_RESET_ENABLE,
    ACT_RESET,
    ACT_ENTER_4_BYTE,
    ACT_EXIT_4_BYTE,
};

/* The data that follows a command byte, its address and dummies. */
enum data_kind {
    DATA_NONE,
    DATA_ARRAY,
    DATA_STATUS,
    DATA_STATUS_2,
    DATA_STATUS_3,
    DATA_EXTENDED_ADDRESS,
    DATA_ZERO,
    DATA_IDENTITY,
    DATA_DEVICE,
    DATA_MAKER_AND_DEVICE,
    DATA_SFDP,
    DATA_IN
};
enum { ADDRESS_MODE = 9, COMMAND_POWER_UP = 0xab };

static const struct command {
    uint8_t code;
    uint8_t vendors;
    uint8_t address; /* bytes, or ADDRESS_MODE */
    uint8_t dummies; /* bytes between address and data */
    uint8_t data;    /* enum data_kind */
    uint8_t action;  /* enum actions */
    uint8_t quad;    /* needs the quad enable bit */
    uint32_t size;   /* of what is erased */
} commands[] = {
#include "devices/flash/spi_nor.def"
};

static const struct command *command_of(const struct spi_nor_state *state)
{
    return state->command == 0 ? NULL : &commands[state->command - 1];
}

static unsigned address_bytes(const struct spi_nor_state *state,
                              const struct command *command)
{
    return command->address != ADDRESS_MODE ? command->address
           : state->four_byte != 0          ? 4
                                            : 3;
}

/* Addresses of 3 bytes are in the 16 MiB that the extended address register
 * selects. */
static uint64_t first_address(const struct spi_nor_state *state,
                              const struct command *command)
{
    bool extended = command->address == ADDRESS_MODE && state->four_byte == 0;

    return (uint64_t)state->address |
           (extended ? (uint64_t)state->extended_address << 24 : 0);
}

static const struct command *find(const struct device *device, uint8_t code)
{
    const struct spi_nor_state *state = device->state;
    const struct spi_nor_wiring *wiring = device->wiring;

    for (unsigned i = 0; i < ARRAY_SIZE(commands); i++) {
        const struct command *command = &commands[i];
        if (command->code == code &&
            (command->vendors & wiring->part->vendor) != 0 &&
            (command->quad == 0 || spi_nor_quad_enabled(device)) &&
            (state->powered_down == 0 || code == COMMAND_POWER_UP)) {
            return command;
        }
    }
    return NULL;
}

static const struct logged_omission suspension = {"commands 0x75, 0x7a",
                                                  "suspending an operation"};
static const struct logged_omission single_locks = {"commands 0x36, 0x39",
                                                    "locks of single blocks"};
static const struct logged_omission security_registers = {
    "commands 0x42, 0x44, 0x48", "security registers"};

/* Commands of real chips, which are ignored. */
static const struct {
    uint8_t code;
    const struct logged_omission *omission;
} missing[] = {
    {0x36, &single_locks      },
    {0x39, &single_locks      },
    {0x42, &security_registers},
    {0x44, &security_registers},
    {0x48, &security_registers},
    {0x75, &suspension        },
    {0x7a, &suspension        },
};

static void start(struct device *device, uint8_t code)
{
    struct spi_nor_state *state = device->state;
    const struct command *command = find(device, code);

    if (command != NULL) {
        state->command = (uint32_t)(command - commands) + 1;
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(missing) && !state->powered_down; i++) {
        if (missing[i].code == code) {
            device_omits(device, missing[i].omission);
            return;
        }
    }
    device_guest_error(device, code, "no command 0x%02x%s", code,
                       state->powered_down != 0 ? " while powered down" : "");
}

static uint8_t answer_array(const struct device *device,
                            const struct command *command, uint32_t position)
{
    const struct spi_nor_wiring *wiring = device->wiring;
    uint64_t at = first_address(device->state, command) + position;

    return region_host(wiring->contents)[at % wiring->contents->size_bytes];
}

static uint8_t answer(struct device *device, const struct command *command,
                      uint8_t byte)
{
    struct spi_nor_state *state = device->state;
    const struct spi_nor_wiring *wiring = device->wiring;
    const struct spi_nor_part *part = wiring->part;
    uint32_t position = state->position++;
    uint64_t at = (uint64_t)state->address + position;

    switch ((enum data_kind)command->data) {
    case DATA_ARRAY:
        return answer_array(device, command, position);
    case DATA_STATUS:
    case DATA_STATUS_2:
    case DATA_STATUS_3:
        return spi_nor_read_status(device, command->data - DATA_STATUS);
    case DATA_EXTENDED_ADDRESS:
        return (uint8_t)state->extended_address;
    case DATA_ZERO:
        return 0;
    case DATA_IDENTITY:
        return part->identity[position % sizeof(part->identity)];
    case DATA_DEVICE:
        return part->device;
    case DATA_MAKER_AND_DEVICE:
        return at % 2 == 0 ? part->identity[0] : part->device;
    case DATA_SFDP:
        return at < sizeof(wiring->sfdp) ? wiring->sfdp[at] : 0xff;
    case DATA_IN: /* wraps in the page */
        state->page[at % SPI_NOR_PAGE] = byte;
        state->page_used[at % SPI_NOR_PAGE] = 1;
        return 0xff;
    case DATA_NONE:
        break;
    }
    return 0xff;
}

static uint8_t exchange(struct device *device, uint8_t byte)
{
    struct spi_nor_state *state = device->state;
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
static void program(struct device *device, uint64_t address)
{
    struct spi_nor_state *state = device->state;
    const struct spi_nor_wiring *wiring = device->wiring;
    uint64_t page = address & ~(uint64_t)(SPI_NOR_PAGE - 1);
    size_t first = 0;
    size_t end = SPI_NOR_PAGE;

    debug_assert(page % SPI_NOR_PAGE == 0);
    page %= wiring->contents->size_bytes;
    while (first < SPI_NOR_PAGE && state->page_used[first] == 0) {
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
    struct spi_nor_state *state = device->state;
    const struct spi_nor_wiring *wiring = device->wiring;

    /* Blocks are powers of two; the chip, which may be any size, is erased
     * from its first byte. */
    assert(size != 0 && ((size & (size - 1)) == 0 || offset == 0));
    offset = offset % wiring->contents->size_bytes & ~(size - 1);
    (void)nor_erase(device, &state->nor, wiring->contents, offset,
                    (size_t)size);
}

/* ---- What commands do when chip select ends ------------------------------ */

/* A change needs write enable, and ends it. */
static bool allowed(struct device *device, const struct command *command)
{
    struct spi_nor_state *state = device->state;
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

/* Protected blocks stay as they are, and the command ends. */
static bool unprotected(struct device *device, const struct command *command,
                        uint64_t offset, uint64_t size)
{
    const struct spi_nor_wiring *wiring = device->wiring;

    offset = offset % wiring->contents->size_bytes & ~(size - 1);
    if (!spi_nor_is_protected(device, offset, size)) {
        return true;
    }
    device_guest_error(device, command->code,
                       "command 0x%02x at 0x%llx: the block is protected",
                       command->code, (unsigned long long)offset);
    return false;
}

static void finish_change(struct device *device, const struct command *command)
{
    const struct spi_nor_state *state = device->state;
    const struct spi_nor_wiring *wiring = device->wiring;
    uint64_t address = first_address(state, command);

    if (!allowed(device, command)) {
        return;
    }
    if (command->action == ACT_PROGRAM) {
        if (unprotected(device, command, address, SPI_NOR_PAGE)) {
            program(device, address);
        }
    } else if (command->action == ACT_ERASE) {
        if (unprotected(device, command, address, command->size)) {
            erase(device, address, command->size);
        }
    } else if (unprotected(device, command, 0, wiring->contents->size_bytes)) {
        erase(device, 0, wiring->contents->size_bytes);
    }
}

static void finish_status(struct device *device, const struct command *command)
{
    struct spi_nor_state *state = device->state;

    if (state->volatile_enabled == 0 && !allowed(device, command)) {
        return;
    }
    spi_nor_write_status(device, command->action - ACT_WRITE_STATUS);
    state->volatile_enabled = 0;
}

static void finish_extended_address(struct device *device,
                                    const struct command *command)
{
    struct spi_nor_state *state = device->state;

    if (state->position != 0 && allowed(device, command)) {
        state->extended_address = state->page[0];
    }
}

static void software_reset(struct device *device)
{
    struct spi_nor_state *state = device->state;

    state->write_enabled = 0;
    state->volatile_enabled = 0;
    state->extended_address = 0;
    spi_nor_load_status(device);
}

static void finish(struct device *device, const struct command *command)
{
    struct spi_nor_state *state = device->state;
    bool reset = state->reset_enabled != 0;

    state->reset_enabled = 0;
    switch ((enum actions)command->action) {
    case ACT_PROGRAM:
    case ACT_ERASE:
    case ACT_ERASE_CHIP:
        finish_change(device, command);
        break;
    case ACT_WRITE_ENABLE:
        state->write_enabled = 1;
        break;
    case ACT_VOLATILE_ENABLE:
        state->volatile_enabled = 1;
        break;
    case ACT_WRITE_DISABLE:
        state->write_enabled = 0;
        break;
    case ACT_WRITE_STATUS:
    case ACT_WRITE_STATUS_2:
    case ACT_WRITE_STATUS_3:
        finish_status(device, command);
        break;
    case ACT_WRITE_EXTENDED_ADDRESS:
        finish_extended_address(device, command);
        break;
    case ACT_POWER_DOWN:
    case ACT_POWER_UP:
        state->powered_down = command->action == ACT_POWER_DOWN;
        break;
    case ACT_RESET_ENABLE:
        state->reset_enabled = 1;
        break;
    case ACT_RESET:
        if (reset) {
            software_reset(device);
        }
        break;
    case ACT_ENTER_4_BYTE:
    case ACT_EXIT_4_BYTE:
        state->four_byte = command->action == ACT_ENTER_4_BYTE;
        break;
    case ACT_NOTHING:
        break;
    }
}

/* ---- The controller's side ----------------------------------------------- */

static void select(struct device *device, bool selected)
{
    struct spi_nor_state *state = device->state;
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

static struct region *contents(const struct device *device)
{
    const struct spi_nor_wiring *wiring = device->wiring;
    return wiring->contents;
}

static bool reads_contents(const struct device *device,
                           const struct spi_read *read)
{
    const struct spi_nor_state *state = device->state;
    const struct command *command = find(device, read->code);

    return command != NULL && command->data == DATA_ARRAY &&
           state->nor.dead == 0 &&
           address_bytes(state, command) == read->address_bytes &&
           command->dummies == read->dummy_bytes &&
           (command->address != ADDRESS_MODE || state->four_byte != 0 ||
            state->extended_address == 0);
}

static void listen(struct device *device, const struct spi_listener *listener)
{
    struct spi_nor_wiring *wiring = device->wiring;
    wiring->listener = *listener;
}

/* ---- Life ---------------------------------------------------------------- */

static int init(struct device *device, struct error *error)
{
    struct spi_nor_wiring *wiring = device->wiring;
    const char *part =
        device_property_string(device, "cairn,part", "mx66l1g45g");

    wiring->contents = device_memory(device, "cairn,memory", error);
    if (wiring->contents == NULL) {
        return -ENOENT;
    }
    wiring->part = spi_nor_part_find(part);
    if (wiring->part == NULL) {
        return error_set(error, -EINVAL, "cairn,part '%s' is not known", part);
    }
    if (!is_aligned(wiring->contents->size_bytes, ALIGNMENT) ||
        wiring->contents->size_bytes > wiring->part->size_bytes) {
        return error_set(error, -EINVAL,
                         "memory of 0x%llx bytes is no multiple of 0x%x, "
                         "or more than the 0x%llx of part '%s'",
                         (unsigned long long)wiring->contents->size_bytes,
                         ALIGNMENT,
                         (unsigned long long)wiring->part->size_bytes, part);
    }
    spi_nor_describe(wiring->part, wiring->sfdp);
    return 0;
}

static void update(struct device *device)
{
    const struct spi_nor_state *state = device->state;
    const struct spi_nor_wiring *wiring = device->wiring;

    nor_update(device, &state->nor);
    if (wiring->listener.changed != NULL) {
        wiring->listener.changed(wiring->listener.controller);
    }
}

static void reset(struct device *device, enum reset_domain domain)
{
    if (domain == RESET_POWER_ON) {
        spi_nor_load_status(device);
    }
    update(device);
}

static const struct state_field fields[] = {
    NOR_FIELDS(struct spi_nor_state, nor),
    STATE(struct spi_nor_state, selected, RESET_CORE),
    STATE_TO(struct spi_nor_state, command, RESET_CORE, ARRAY_SIZE(commands)),
    STATE(struct spi_nor_state, received, RESET_CORE),
    STATE(struct spi_nor_state, address, RESET_CORE),
    STATE(struct spi_nor_state, position, RESET_CORE),
    STATE(struct spi_nor_state, write_enabled, RESET_POWER_ON),
    STATE(struct spi_nor_state, volatile_enabled, RESET_POWER_ON),
    STATE(struct spi_nor_state, four_byte, RESET_POWER_ON),
    STATE(struct spi_nor_state, extended_address, RESET_POWER_ON),
    STATE(struct spi_nor_state, powered_down, RESET_POWER_ON),
    STATE(struct spi_nor_state, reset_enabled, RESET_POWER_ON),
    STATE(struct spi_nor_state, kept, RESET_NEVER),
    STATE(struct spi_nor_state, status, RESET_POWER_ON),
    STATE(struct spi_nor_state, page, RESET_CORE),
    STATE(struct spi_nor_state, page_used, RESET_CORE),
};

static const struct spi_chip chip = {
    select, exchange, contents, reads_contents, listen,
};

const struct device_type spi_nor = {
    .compatible = "jedec,spi-nor",
    .title = "serial NOR flash",
    .reference =
        "JEDEC JESD216B and data sheets MX66L1G45G, W25Q512JV, "
        "W25Q01JV",
    DEVICE_OMISSIONS(
        {NULL, OMITTED_UNSEEN, 0, 0, "the duration of operations"},
        {NULL, OMITTED_UNSEEN, 0, 0, "the pin WP, which nothing drives"},
        {"SFDP", OMITTED_ABSENT, 0, 0, "continuous read, DTR and QPI"},
        {NULL, OMITTED_UNSEEN, 0, 0,
         "non-volatile bits of status registers from run to run"},
        OMISSION_LOGGED(suspension), OMISSION_LOGGED(single_locks),
        OMISSION_LOGGED(security_registers)),
    .role = ROLE_FLASH,
    .state_size = sizeof(struct spi_nor_state),
    .wiring_size = sizeof(struct spi_nor_wiring),
    DEVICE_TABLE(field, fields),
    DEVICE_OUTPUTS(NOR_OUTPUT_SPECS),
    DEVICE_INPUTS(NOR_INPUT_SPECS),
    .init = init,
    .reset = reset,
    .restored = update,
    .interface = &chip,
};
