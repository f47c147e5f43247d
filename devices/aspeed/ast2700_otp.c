/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OTP controller of the AST2700: 8192 words of 16 bits that only ever go from
 * zero to one, in the memory cairn,memory, which keeps over power cycles. Each
 * of six masters has registers of its own to read, program and compare words;
 * an operation ends at once. The words' addresses are those of the hardware's
 * regions (ROM patch 0, RBP 3e0, configuration 400, straps 420 and 430, user
 * 440, secure 1000, Caliptra 1c00, PUF 1f80). Most of what the words mean is
 * not public, and nothing in the machine reads them: straps are the board's,
 * and the root of trust's fuses come from an array of ours
 * (devices/soc/fuses.c).
 */
#include "abi/ast2700.h"
#include "base/assert.h"
#include "base/bits.h"
#include "bus/handlers.h"
#include "bus/region.h"

enum { MASTERS = 6, MASTER_WORDS = 8, WORDS = 0x2000, DATA_WORDS = 4 };
enum { COMMAND, DATA, STATUS = 5, ADDRESS, RESULT };
enum { MULTIPLE = 2 * DATA_WORDS };
enum status {
    STATUS_PASS = 0x00,
    STATUS_DIFFERS = 0x20,
    STATUS_REGION = 0x30,
    STATUS_MASTER = 0x40,
};

struct state {
    uint32_t unlocked;
    uint32_t master[MASTERS * MASTER_WORDS];
    uint32_t control[6];
    uint32_t region[61];
    uint32_t interrupt[6];
    uint32_t configuration;
};

struct wiring {
    struct region *contents;
};

static uint16_t word_at(const struct device *device, uint32_t address)
{
    const struct wiring *wiring = device->wiring;

    debug_assert(address < WORDS);
    const uint8_t *bytes = region_host(wiring->contents) + 2 * (size_t)address;
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static void burn(struct device *device, uint32_t address, uint32_t bits)
{
    const struct wiring *wiring = device->wiring;
    uint16_t before = word_at(device, address);
    uint16_t after = (uint16_t)(before | bits);
    const uint8_t bytes[2] = {(uint8_t)after, (uint8_t)(after >> 8)};

    if (after == before) {
        return;
    }
    region_load(wiring->contents, 2 * (uint64_t)address, bytes, sizeof(bytes));
    device_event(device, .fact = FACT_FUSE_BURNT, .values = {address, after});
}

/* The 16 bits of a master's data that are for the index-th word. */
static uint32_t data_of(const uint32_t *master, unsigned index)
{
    debug_assert(index < MULTIPLE);
    return master[DATA + index / 2] >> index % 2 * 16 & 0xffff;
}

static const struct logged_omission other_command = {
    "MASTER", "a command that is not known"};

static uint32_t obey(struct device *device, uint32_t *master, uint32_t command)
{
    const struct state *state = device->state;
    uint32_t address = master[ADDRESS];
    uint32_t count = command == AST2700_OTP_PROGRAM_MULTIPLE ? MULTIPLE : 1;

    if (state->unlocked == 0) {
        device_guest_error(device, AST2700_OTP_KEY, "the OTP is locked");
        return STATUS_MASTER;
    }
    if (address >= WORDS || count > WORDS - address) {
        return STATUS_REGION;
    }
    switch (command) {
    case AST2700_OTP_READ:
        master[RESULT] = word_at(device, address);
        return STATUS_PASS;
    case AST2700_OTP_COMPARE:
        return word_at(device, address) == data_of(master, 0) ? STATUS_PASS
                                                              : STATUS_DIFFERS;
    case AST2700_OTP_PROGRAM:
    case AST2700_OTP_PROGRAM_MULTIPLE:
        for (unsigned i = 0; i < count; i++) {
            burn(device, address + i, data_of(master, i));
        }
        return STATUS_PASS;
    default:
        device_omits(device, &other_command);
        return STATUS_PASS;
    }
}

static void write_master(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct state *state = device->state;
    unsigned word = index % MASTER_WORDS;

    debug_assert(index < MASTERS * MASTER_WORDS);
    uint32_t *master = &state->master[index - word];
    if (word == COMMAND) {
        master[STATUS] = obey(device, master, value);
        for (unsigned i = 0; i < DATA_WORDS; i++) {
            master[DATA + i] = 0;
        }
    } else if (word != STATUS && word != RESULT) {
        master[word] = value;
    }
}

REGISTER_SET(write_key, unlocked = value == AST2700_OTP_UNLOCK)

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    wiring->contents = device_memory(device, "cairn,memory", error);
    if (!wiring->contents) {
        return -ENOENT;
    }
    return wiring->contents->size_bytes >= 2 * WORDS
               ? 0
               : error_set(error, -EINVAL, "'%s' needs a memory of 16 KiB",
                           device->name);
}

#define AT(name) AST2700_OTP_##name

static const struct register_spec registers[] = {
#include "devices/aspeed/ast2700_otp.def"
};

const struct device_type ast2700_otp = {
    .compatible = "aspeed,ast2700-otp",
    .title = "AST2700 OTP controller",
    .reference = "ASPEED's Linux driver otp-ast2700",
    DEVICE_OMISSIONS(
        {"REGION", OMITTED_SET, UINT32_MAX, 0, "protection of regions"},
        {"CONTROL", OMITTED_UNSEEN, 0, 0, "error correction: no error occurs"},
        {"INTR", OMITTED_SET, UINT32_MAX, 0, "interrupts"},
        {"DAP_CFG_RQ", OMITTED_UNSEEN, 0, 0, "access by debuggers"},
        {NULL, OMITTED_UNSEEN, 0, 0,
         "what the words mean: no strap, key or lock of the machine comes from "
         "them"},
        {NULL, OMITTED_UNSEEN, 0, 0, "the time that an operation takes"},
        OMISSION_LOGGED(other_command)),
    .role = ROLE_FUSES,
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("registers", 0x1000, 4, registers)),
    .init = init,
};
