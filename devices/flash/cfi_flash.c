/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bank of parallel NOR flash: two 16-bit chips side by side on a 32-bit bus,
 * with the Common Flash Interface (JESD68) and the Intel command set (0x0001),
 * as the machine that QEMU calls virt has two of.
 *
 * The contents are a memory of the board (cairn,memory), which guests read and
 * run from; while the chips answer with status, identification or query data
 * that memory is hidden. Both chips always get the same command. Programming
 * only clears bits. All operations are done at once: each word or buffer that
 * is programmed and each block that is erased is one, and power may be cut in
 * it (devices/flash/nor.h). Without power the bus reads as ones.
 */
#include "base/bits.h"
#include "devices/flash/nor.h"

enum {
    FLASH_SIZE = 64 << 20,
    BLOCK_SIZE = 256 << 10, /* of both chips */
    BUFFER_SIZE = 4096,     /* of both chips */
    BUFFER_WORDS = BUFFER_SIZE / 4,
    QUERY_SIZE = 0x52,
};

enum modes { SHOW_ARRAY, SHOW_STATUS, SHOW_IDENTIFIER, SHOW_QUERY };

/* The meaning of the next write. */
enum phases {
    EXPECT_COMMAND,
    EXPECT_DATA,
    EXPECT_ERASE_CONFIRM,
    EXPECT_LOCK_CONFIRM,
    EXPECT_COUNT,
    EXPECT_BUFFER,
    EXPECT_BUFFER_CONFIRM,
};

enum commands {
    COMMAND_PROGRAM_OLD = 0x10,
    COMMAND_ERASE = 0x20,
    COMMAND_PROGRAM = 0x40,
    COMMAND_CLEAR_STATUS = 0x50,
    COMMAND_LOCK = 0x60,
    COMMAND_READ_STATUS = 0x70,
    COMMAND_READ_IDENTIFIER = 0x90,
    COMMAND_QUERY = 0x98,
    COMMAND_SUSPEND = 0xb0,
    COMMAND_PROTECT = 0xc0,
    COMMAND_CONFIRM = 0xd0,
    COMMAND_BUFFER = 0xe8,
    COMMAND_READ_ARRAY_AMD = 0xf0,
    COMMAND_READ_ARRAY = 0xff,
};

enum status_bits {
    STATUS_READY = 1 << 7,
    STATUS_ERASE_ERROR = 1 << 5,
    STATUS_PROGRAM_ERROR = 1 << 4,
    STATUS_SEQUENCE_ERROR = STATUS_ERASE_ERROR | STATUS_PROGRAM_ERROR,
};

struct state {
    struct nor_state nor;
    uint32_t mode;
    uint32_t phase;
    uint32_t status;
    uint32_t left; /* writes to come of a buffer */
    uint32_t base; /* offset of the buffer in the flash */
    uint32_t outside;
    uint32_t buffer[BUFFER_WORDS];
};

struct wiring {
    struct region *contents;
};

/* Query data of one chip of 32 MiB: blocks of 128 KiB, a write buffer of 2 KiB,
 * typical times, and the Intel extension with no features. */
static const uint8_t query[QUERY_SIZE] = {
    [0x10] = 'Q',  [0x11] = 'R',  [0x12] = 'Y',  /* identification */
    [0x13] = 0x01, [0x15] = 0x31,                /* command set, extension */
    [0x1b] = 0x45, [0x1c] = 0x55,                /* volts */
    [0x1f] = 0x07, [0x20] = 0x07, [0x21] = 0x0a, /* typical times */
    [0x23] = 0x04, [0x24] = 0x04, [0x25] = 0x04, /* their maxima */
    [0x27] = 25,   [0x28] = 0x02, [0x2a] = 11,   /* size, x8 and x16, buffer */
    [0x2c] = 1,    [0x2d] = 0xff, [0x30] = 0x02, /* 256 blocks of 512 * 256 */
    [0x31] = 'P',  [0x32] = 'R',  [0x33] = 'I',
    [0x34] = '1',  [0x35] = '0',  [0x3f] = 1,
};

static void show(struct device *device, enum modes mode)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;

    state->mode = mode;
    region_set_hidden(wiring->contents,
                      mode != SHOW_ARRAY || state->nor.dead != 0);
}

static void finish(struct device *device, uint32_t status)
{
    struct state *state = device->state;

    state->status |= status;
    state->phase = EXPECT_COMMAND;
    show(device, SHOW_STATUS);
}

/* ---- Reads --------------------------------------------------------------- */

/* The word that each chip says at a word address. */
static uint32_t chip_word(const struct state *state, uint32_t word)
{
    static const uint16_t identifiers[] = {0x89, 0x18};

    switch ((enum modes)state->mode) {
    case SHOW_IDENTIFIER:
        word &= BLOCK_SIZE / 4 - 1;
        return word < ARRAY_SIZE(identifiers) ? identifiers[word] : 0;
    case SHOW_QUERY:
        return word < QUERY_SIZE ? query[word] : 0;
    default:
        return state->status;
    }
}

static uint32_t contents_word(const struct device *device, uint64_t offset)
{
    const struct wiring *wiring = device->wiring;

    return in_range(offset, 4, wiring->contents->size_bytes)
               ? load_le32(region_host(wiring->contents) + offset)
               : 0;
}

static int read(struct device *device, unsigned bank,
                const struct access *access, uint64_t offset, unsigned size,
                uint64_t *value)
{
    const struct state *state = device->state;
    uint64_t word = offset & ~(uint64_t)3;
    uint64_t both[2];

    for (unsigned i = 0; i < 2; i++) {
        uint32_t chip = chip_word(state, (uint32_t)word / 4 + i);
        both[i] = state->nor.dead != 0 ? UINT32_MAX
                  : state->mode == SHOW_ARRAY
                      ? contents_word(device, word + 4 * i)
                      : chip | chip << 16;
    }
    *value = both[0] | both[1] << 32;
    *value >>= 8 * (offset & 3);
    if (size < 8) {
        *value &= ((uint64_t)1 << 8 * size) - 1;
    }
    return 0;
}

/* ---- Writes -------------------------------------------------------------- */

/* Ones leave their bits as they are. */
static void program(struct device *device, uint64_t offset,
                    const uint8_t *bytes, size_t size)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;

    if (in_range(offset, size, wiring->contents->size_bytes)) {
        (void)nor_program(device, &state->nor, wiring->contents, offset, bytes,
                          size);
    }
}

static void program_word(struct device *device, uint64_t offset, uint32_t value)
{
    uint8_t bytes[4];

    store_le32(bytes, value);
    program(device, offset, bytes, sizeof(bytes));
}

static void erase_block(struct device *device, uint64_t offset)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    uint64_t size = wiring->contents->size_bytes;

    offset &= ~(uint64_t)(BLOCK_SIZE - 1);
    if (offset < size) {
        size = size - offset < BLOCK_SIZE ? size - offset : BLOCK_SIZE;
        (void)nor_erase(device, &state->nor, wiring->contents, offset,
                        (size_t)size);
    }
}

static const struct logged_omission suspending = {"command 0xb0", "suspending"};
static const struct logged_omission otp = {"command 0xc0", "OTP"};
static const struct logged_omission block_lock = {"command 0x60",
                                                  "locking a block"};

static void start_command(struct device *device, uint8_t command)
{
    struct state *state = device->state;

    switch (command) {
    case COMMAND_PROGRAM_OLD:
    case COMMAND_PROGRAM:
        state->phase = EXPECT_DATA;
        show(device, SHOW_STATUS);
        break;
    case COMMAND_ERASE:
        state->phase = EXPECT_ERASE_CONFIRM;
        show(device, SHOW_STATUS);
        break;
    case COMMAND_LOCK:
        state->phase = EXPECT_LOCK_CONFIRM;
        show(device, SHOW_STATUS);
        break;
    case COMMAND_BUFFER:
        state->phase = EXPECT_COUNT;
        show(device, SHOW_STATUS);
        break;
    case COMMAND_CLEAR_STATUS:
        state->status = STATUS_READY;
        show(device, SHOW_ARRAY);
        break;
    case COMMAND_READ_STATUS:
        show(device, SHOW_STATUS);
        break;
    case COMMAND_READ_IDENTIFIER:
        show(device, SHOW_IDENTIFIER);
        break;
    case COMMAND_QUERY:
        show(device, SHOW_QUERY);
        break;
    case COMMAND_SUSPEND:
        device_omits(device, &suspending);
        show(device, SHOW_ARRAY);
        break;
    case COMMAND_PROTECT:
        device_omits(device, &otp);
        show(device, SHOW_ARRAY);
        break;
    default:
        if (command != COMMAND_READ_ARRAY &&
            command != COMMAND_READ_ARRAY_AMD && command != 0) {
            device_guest_error(device, command, "no command 0x%02x", command);
        }
        show(device, SHOW_ARRAY);
        break;
    }
}

static void start_buffer(struct device *device, uint32_t count)
{
    struct state *state = device->state;

    if (count >= BUFFER_WORDS) {
        finish(device, STATUS_SEQUENCE_ERROR);
        return;
    }
    memset(state->buffer, 0xff, sizeof(state->buffer));
    state->left = count + 1;
    state->base = UINT32_MAX;
    state->outside = 0;
    state->phase = EXPECT_BUFFER;
}

/* All data has to be for the same part of the flash, as large as the buffer. */
static void fill_buffer(struct device *device, uint64_t word, uint32_t value)
{
    struct state *state = device->state;
    uint32_t base = (uint32_t)word & ~(uint32_t)(BUFFER_SIZE - 1);

    if (state->base == UINT32_MAX) {
        state->base = base;
    }
    if (state->base == base) {
        state->buffer[word % BUFFER_SIZE / 4] &= value;
    } else {
        state->outside = 1;
    }
    if (--state->left == 0) {
        state->phase = EXPECT_BUFFER_CONFIRM;
    }
}

/* From the first word that was written to the last; buffers of ones only are
 * no operation. */
static void program_buffer(struct device *device, uint8_t command)
{
    struct state *state = device->state;
    uint8_t bytes[BUFFER_SIZE];
    unsigned first = 0;
    unsigned end = BUFFER_WORDS;

    if (command != COMMAND_CONFIRM || state->outside != 0) {
        finish(device, STATUS_SEQUENCE_ERROR);
        return;
    }
    while (first < end && state->buffer[first] == UINT32_MAX) {
        first++;
    }
    while (end > first && state->buffer[end - 1] == UINT32_MAX) {
        end--;
    }
    for (unsigned i = first; i < end; i++) {
        store_le32(bytes + 4 * i, state->buffer[i]);
    }
    if (first < end) {
        program(device, state->base + 4 * first, bytes + 4 * first,
                4 * (end - first));
    }
    finish(device, 0);
}

/* value has ones where the access has no bytes. */
static void write_word(struct device *device, uint64_t word, uint32_t value,
                       uint8_t command)
{
    const struct state *state = device->state;

    if (state->nor.dead != 0) {
        return;
    }
    switch ((enum phases)state->phase) {
    case EXPECT_COMMAND:
        start_command(device, command);
        break;
    case EXPECT_DATA:
        program_word(device, word, value);
        finish(device, 0);
        break;
    case EXPECT_ERASE_CONFIRM:
        if (command == COMMAND_CONFIRM) {
            erase_block(device, word);
        }
        finish(device, command == COMMAND_CONFIRM ? 0 : STATUS_SEQUENCE_ERROR);
        break;
    case EXPECT_LOCK_CONFIRM: /* no block is ever locked */
        if (command != COMMAND_CONFIRM) {
            device_omits(device, &block_lock);
        }
        finish(device, 0);
        break;
    case EXPECT_COUNT:
        start_buffer(device, value & 0xffff);
        break;
    case EXPECT_BUFFER:
        fill_buffer(device, word, value);
        break;
    case EXPECT_BUFFER_CONFIRM:
        program_buffer(device, command);
        break;
    }
}

static int write(struct device *device, unsigned bank,
                 const struct access *access, uint64_t offset, unsigned size,
                 uint64_t value)
{
    uint64_t word = offset & ~(uint64_t)3;
    unsigned shift = 8 * (unsigned)(offset & 3);

    if (size == 8) {
        write_word(device, word, (uint32_t)value, (uint8_t)value);
        write_word(device, word + 4, (uint32_t)(value >> 32),
                   (uint8_t)(value >> 32));
        return 0;
    }
    uint32_t lanes = (uint32_t)((((uint64_t)1 << 8 * size) - 1) << shift);
    write_word(device, word, (uint32_t)value << shift | ~lanes, (uint8_t)value);
    return 0;
}

/* ---- Life ---------------------------------------------------------------- */

static struct region *memory(struct device *device, unsigned bank)
{
    const struct wiring *wiring = device->wiring;

    return wiring->contents;
}

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    wiring->contents = device_memory(device, "cairn,memory", error);
    return wiring->contents != NULL ? 0 : -ENOENT;
}

static void reset(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;

    state->status = STATUS_READY;
    show(device, SHOW_ARRAY);
    nor_update(device, &state->nor);
}

static void restored(struct device *device)
{
    const struct state *state = device->state;
    show(device, (enum modes)state->mode);
    nor_update(device, &state->nor);
}

/* The banks of one world are one chip of as many ranges. ACPI systems reach it
 * by UEFI's services. */
static const struct description_row tree_rows[] = {
    {"flash",      TREE_DEVICE,     0, NULL       },
    {"compatible", TREE_TEXT,       0, "cfi-flash"},
    {"reg",        TREE_REG_OF_ALL, 0, NULL       },
    {"bank-width", TREE_NUMBER,     4, NULL       },
    {"status",     TREE_STATUS,     0, NULL       },
    {NULL,         TREE_END,        0, NULL       },
};

static const struct description_row secure_rows[] = {
    {"secflash",   TREE_DEVICE,     0, NULL       },
    {"compatible", TREE_TEXT,       0, "cfi-flash"},
    {"reg",        TREE_REG_OF_ALL, 0, NULL       },
    {"bank-width", TREE_NUMBER,     4, NULL       },
    {"status",     TREE_STATUS,     0, NULL       },
    {NULL,         TREE_END,        0, NULL       },
};

static const struct description description = {
    .kind = DESCRIBED_FLASH,
    DEVICE_TABLE(tree_row, tree_rows),
    DEVICE_TABLE(secure_row, secure_rows),
    .joined = true,
};

const struct device_type cfi_flash = {
    .compatible = "cfi-flash",
    .title = "CFI parallel NOR flash",
    .reference = "JEDEC JESD68 and JEP137, Intel command set 0x0001",
    DEVICE_OMISSIONS({NULL, OMITTED_UNSEEN, 0, 0, "the duration of operations"},
                     OMISSION_LOGGED(suspending), OMISSION_LOGGED(otp),
                     OMISSION_LOGGED(block_lock)),
    .description = &description,
    .role = ROLE_FLASH,
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS({"flash", FLASH_SIZE, 1 | 2 | 4 | 8, NULL, 0}),
    DEVICE_FIELDS(NOR_FIELDS(struct state, nor),
                  STATE(struct state, mode, RESET_CORE),
                  STATE(struct state, phase, RESET_CORE),
                  STATE(struct state, status, RESET_CORE),
                  STATE(struct state, left, RESET_CORE),
                  STATE(struct state, base, RESET_CORE),
                  STATE(struct state, outside, RESET_CORE),
                  STATE(struct state, buffer, RESET_CORE)),
    DEVICE_OUTPUTS(NOR_OUTPUT_SPECS),
    DEVICE_INPUTS(NOR_INPUT_SPECS),
    .init = init,
    .reset = reset,
    .restored = restored,
    .read = read,
    .write = write,
    .memory = memory,
};
