/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An embedded MultiMediaCard (JESD84-B51): EXT_CSD and SWITCH, boot partitions
 * (cairn,boot, a memory of the board with both of them), cache and flush,
 * erase, trim and discard, HS200 with its tuning. The user area is a disk
 * (bus/disk.h); without one the device does not answer. Devices of up to 2 GiB
 * have byte addresses, larger ones block addresses, as the standard says.
 */
#include <string.h>

#include "base/bits.h"
#include "devices/sd/card.h"

enum extended {
    FLUSH_CACHE = 32,
    CACHE_CTRL = 33,
    PARTITION_CONFIG = 179,
    BUS_WIDTH = 183,
    SEC_COUNT = 212,
    BOOT_SIZE_MULT = 226,
};
enum { PARTITION_MASK = 7, BOOT_UNIT = 128 << 10, GROUP_BLOCKS = 1024 };
enum { ERASE = 0, TRIM = 1, DISCARD = 3 };
enum switch_access {
    ACCESS_COMMAND_SET,
    ACCESS_SET,
    ACCESS_CLEAR,
    ACCESS_BYTE
};

#define BYTE_ADDRESSES_MAX ((uint64_t)2 << 30)
#define OCR_VOLTAGES       0x00ff8080u
#define OCR_SECTORS        0x40000000u
#define OCR_READY          0x80000000u

static const struct extended_byte {
    uint16_t index;
    uint8_t value;
    uint8_t writable;
    bool is_volatile;
} extended[] = {
#include "devices/sd/emmc.def"
};

static bool has_sectors(const struct device *card)
{
    return card->disk->size_bytes > BYTE_ADDRESSES_MAX;
}

/* ---- Registers ----------------------------------------------------------- */

/* The smallest unit, as powers of 2, of which at most 4096 are the capacity:
 * C_SIZE_MULT + 2 + READ_BL_LEN. */
static unsigned unit_shift(uint64_t size)
{
    unsigned shift = 9 + 2;

    while (shift < 10 + 9 && size >> shift > 4096) {
        shift++;
    }
    return shift;
}

/* 7.3. */
static void fill_csd(const struct device *card, uint8_t csd[16])
{
    static const uint8_t bytes[16] = {0xd0, 0x4f, 0x01, 0x32, 0x0f, 0x59,
                                      0x03, 0xff, 0xff, 0xff, 0xff, 0xff,
                                      0x92, 0x40, 0x00, 0x01};
    uint64_t size = card->disk->size_bytes;

    memcpy(csd, bytes, sizeof(bytes));
    if (!has_sectors(card)) {
        unsigned shift = unit_shift(size);
        unsigned length = shift > 9 + 9 ? 10 : 9;
        unsigned multiple = shift - length - 2;
        uint32_t count = (uint32_t)(size >> shift);
        count = count == 0 ? 0 : count - 1;
        csd[5] = (uint8_t)(0x50 | length);
        csd[6] = (uint8_t)(count >> 10 & 3);
        csd[7] = (uint8_t)(count >> 2);
        csd[8] = (uint8_t)((count & 3) << 6 | 0x3f);
        csd[9] = (uint8_t)(0xfc | multiple >> 1);
        csd[10] = (uint8_t)((multiple & 1) << 7 | 0x7f);
    }
    if (!card_is_writable(card)) {
        csd[14] |= 0x10; /* TMP_WRITE_PROTECT */
    }
}

static const struct card_registers card_registers = {
    .cid = {0x00, 0x01, 0x00, 'C', 'A', 'I', 'R', 'N', 'M', 0x10, 0, 0, 0, 1,
            0x1b, 1},
    .fill_csd = fill_csd,
};

static const struct extended_byte *find(unsigned index)
{
    for (unsigned i = 0; i < ARRAY_SIZE(extended); i++) {
        if (extended[i].index == index) {
            return &extended[i];
        }
    }
    return NULL;
}

/* The state holds what differs from a new device. */
static uint8_t extended_value(const struct card_state *state,
                              const struct extended_byte *byte)
{
    return byte->value ^ state->extended[byte->index];
}

static void fill_extended(const struct device *card, uint8_t *bytes)
{
    const struct card_state *state = card->state;
    const struct card_wiring *wiring = card->wiring;

    memset(bytes, 0, SD_BLOCK);
    for (unsigned i = 0; i < ARRAY_SIZE(extended); i++) {
        bytes[extended[i].index] = extended_value(state, &extended[i]);
    }
    store_le32(bytes + SEC_COUNT,
               (uint32_t)(card->disk->size_bytes / SD_BLOCK));
    bytes[BOOT_SIZE_MULT] =
        wiring->boot != NULL
            ? (uint8_t)(wiring->boot->size_bytes / 2 / BOOT_UNIT)
            : 0;
}

static void set_extended(struct card_state *state, unsigned index,
                         uint8_t value)
{
    const struct extended_byte *byte = find(index);

    state->extended[index] = (uint8_t)((value ^ byte->value) & byte->writable);
}

static void reset_extended(struct card_state *state)
{
    for (unsigned i = 0; i < ARRAY_SIZE(extended); i++) {
        if (extended[i].is_volatile) {
            state->extended[extended[i].index] = 0;
        }
    }
    state->extended[PARTITION_CONFIG] &= (uint8_t)~PARTITION_MASK;
}

static void go_idle(struct device *card)
{
    card_go_idle(card);
    reset_extended(card->state);
}

/* ---- SWITCH -------------------------------------------------------------- */

static void flush(struct device *card, struct sd_reply *reply)
{
    const struct disk_request request = {
        .operation = DISK_FLUSH,
        .latency_ns = 1000000,
    };
    card_start_request(card, reply, &request);
}

/* User area and, if there are any, boot partitions. */
static bool has_partition(const struct device *card, unsigned partition)
{
    const struct card_wiring *wiring = card->wiring;

    return partition == 0 || (partition <= 2 && wiring->boot != NULL);
}

static void switch_to(struct device *card, struct sd_reply *reply,
                      uint32_t argument)
{
    struct card_state *state = card->state;
    unsigned access = argument >> 24 & 3;
    unsigned index = argument >> 16 & 0xff;
    uint8_t value = (uint8_t)(argument >> 8);

    if (access == ACCESS_COMMAND_SET) {
        return;
    }
    if (index == FLUSH_CACHE) {
        if (value == 1) {
            flush(card, reply);
        }
        return;
    }
    const struct extended_byte *byte = find(index);
    if (byte == NULL || byte->writable == 0) {
        state->errors |= STATUS_SWITCH_ERROR;
        return;
    }
    uint8_t old = extended_value(state, byte);
    value = access == ACCESS_SET     ? old | value
            : access == ACCESS_CLEAR ? (uint8_t)(old & ~value)
                                     : value;
    if ((value & ~byte->writable) != 0 ||
        (index == PARTITION_CONFIG &&
         !has_partition(card, value & PARTITION_MASK))) {
        state->errors |= STATUS_SWITCH_ERROR;
        return;
    }
    set_extended(state, index, value);
}

/* ---- Data ---------------------------------------------------------------- */

/* The partition that is selected. A hostile snapshot may select one that does
 * not exist: it counts as the user area. */
static unsigned partition(const struct device *card)
{
    unsigned selected =
        extended_value(card->state, find(PARTITION_CONFIG)) & PARTITION_MASK;

    return has_partition(card, selected) ? selected : 0;
}

static void start(struct device *card, struct sd_reply *reply,
                  uint32_t argument, bool writes, bool multiple)
{
    struct card_state *state = card->state;
    const struct card_wiring *wiring = card->wiring;
    unsigned which = partition(card);
    uint64_t offset =
        has_sectors(card) ? (uint64_t)argument * SD_BLOCK : argument;

    state->source = which == 0 ? SOURCE_MEDIUM : SOURCE_REGION;
    if (which != 0) {
        uint64_t half = wiring->boot->size_bytes / 2;
        offset = offset < half ? offset + (which - 1) * half
                               : wiring->boot->size_bytes;
    }
    card_start_medium(card, reply, offset, writes, multiple);
}

/* Groups, or with TRIM and DISCARD blocks. Boot partitions are not erased. */
static void erase(struct device *card, struct sd_reply *reply,
                  uint32_t argument)
{
    struct card_state *state = card->state;
    uint32_t divisor = has_sectors(card) ? 1 : SD_BLOCK;
    uint64_t first = state->erase_first / divisor;
    uint64_t last = state->erase_last / divisor;
    uint64_t count = card->disk->size_bytes / SD_BLOCK;
    bool known = argument == ERASE || argument == TRIM || argument == DISCARD;

    if (argument == ERASE) {
        first -= first % GROUP_BLOCKS;
        last += GROUP_BLOCKS - 1 - last % GROUP_BLOCKS;
        last = last < count ? last : count - 1;
    }
    card_erase(card, reply, first, last, known && partition(card) == 0);
}

/* The block that CMD21 sends (6.6.5.1). */
static void fill_tuning(const struct card_state *state, uint8_t *bytes)
{
    static const uint8_t eight[128] = {
        0xff, 0xff, 0x00, 0xff, 0xff, 0xff, 0x00, 0x00, 0xff, 0xff, 0xcc, 0xcc,
        0xcc, 0x33, 0xcc, 0xcc, 0xcc, 0x33, 0x33, 0xcc, 0xcc, 0xcc, 0xff, 0xff,
        0xff, 0xee, 0xff, 0xff, 0xff, 0xee, 0xee, 0xff, 0xff, 0xff, 0xdd, 0xff,
        0xff, 0xff, 0xdd, 0xdd, 0xff, 0xff, 0xff, 0xbb, 0xff, 0xff, 0xff, 0xbb,
        0xbb, 0xff, 0xff, 0xff, 0x77, 0xff, 0xff, 0xff, 0x77, 0x77, 0xff, 0x77,
        0xbb, 0xdd, 0xee, 0xff, 0xff, 0xff, 0xff, 0x00, 0xff, 0xff, 0xff, 0x00,
        0x00, 0xff, 0xff, 0xcc, 0xcc, 0xcc, 0x33, 0xcc, 0xcc, 0xcc, 0x33, 0x33,
        0xcc, 0xcc, 0xcc, 0xff, 0xff, 0xff, 0xee, 0xff, 0xff, 0xff, 0xee, 0xee,
        0xff, 0xff, 0xff, 0xdd, 0xff, 0xff, 0xff, 0xdd, 0xdd, 0xff, 0xff, 0xff,
        0xbb, 0xff, 0xff, 0xff, 0xbb, 0xbb, 0xff, 0xff, 0xff, 0x77, 0xff, 0xff,
        0xff, 0x77, 0x77, 0xff, 0x77, 0xbb, 0xdd, 0xee};
    bool wide = (extended_value(state, find(BUS_WIDTH)) & 3) == 2;

    if (wide) {
        memcpy(bytes, eight, sizeof(eight));
    } else {
        memcpy(bytes, card_tuning, sizeof(card_tuning));
    }
}

/* ---- Commands ------------------------------------------------------------ */

static bool transfer(struct device *card, unsigned index, uint32_t argument,
                     struct sd_reply *reply)
{
    struct card_state *state = card->state;

    switch (index) {
    case 6:
        switch_to(card, reply, argument);
        return true;
    case 8:
        fill_extended(card, state->bytes);
        card_send_bytes(card, reply);
        return true;
    case 16:
        state->errors |= argument > SD_BLOCK ? STATUS_BLOCK_LENGTH : 0;
        return true;
    case 17:
    case 18:
        start(card, reply, argument, false, index == 18);
        return true;
    case 21:
        fill_tuning(state, state->bytes);
        card_send_bytes(card, reply);
        return true;
    case 23:
        state->blocks = argument & 0xffff;
        return true;
    case 24:
    case 25:
        start(card, reply, argument, true, index == 25);
        return true;
    case 35:
    case 36:
        card_set_erase(state, index == 36, argument);
        return true;
    case 38:
        erase(card, reply, argument);
        return true;
    default:
        return false;
    }
}

/* CMD1 to CMD3: the host gives the address. */
static bool identify(struct device *card, unsigned index, uint32_t argument,
                     struct sd_reply *reply)
{
    struct card_state *state = card->state;

    switch (index) {
    case 1:
        reply->word = OCR_VOLTAGES | (has_sectors(card) ? OCR_SECTORS : 0);
        if ((argument & OCR_VOLTAGES) != 0) { /* more than a question */
            reply->word |= OCR_READY;
            state->phase = CARD_READY;
        }
        return true;
    case 2:
        memcpy(reply->long_, card_registers.cid, sizeof(card_registers.cid));
        state->phase = CARD_IDENTIFICATION;
        return true;
    default:
        state->address = argument >> 16;
        state->phase = CARD_STANDBY;
        return true;
    }
}

static bool may_identify(const struct card_state *state, unsigned index)
{
    return index == 1   ? state->phase <= CARD_READY
           : index == 2 ? state->phase == CARD_READY
                        : index == 3 && state->phase == CARD_IDENTIFICATION;
}

static bool obey(struct device *card, unsigned index, uint32_t argument,
                 struct sd_reply *reply)
{
    struct card_state *state = card->state;

    if (may_identify(state, index)) {
        return identify(card, index, argument, reply);
    }
    if (index == 5) { /* sleep and awake: it does not wait to be woken */
        return card_is_addressed(state, argument) &&
               state->phase == CARD_STANDBY;
    }
    return (state->phase == CARD_TRANSFER &&
            transfer(card, index, argument, reply)) ||
           card_obey(card, &card_registers, index, argument, reply);
}

static bool command(struct device *card, unsigned index, uint32_t argument,
                    struct sd_reply *reply)
{
    struct card_state *state = card->state;
    enum card_phase phase = (enum card_phase)state->phase;

    memset(reply, 0, sizeof(*reply));
    if (!card_is_present(card) || phase == CARD_INACTIVE) {
        return false;
    }
    if (index == 0) {
        go_idle(card);
        return false;
    }
    if (!obey(card, index, argument, reply)) {
        state->errors |= STATUS_ILLEGAL;
        return false;
    }
    if (index != 1 && index != 2 && index != 9 && index != 10) {
        /* The next status tells whether a switch failed. */
        uint32_t later = index == 6 ? state->errors & STATUS_SWITCH_ERROR : 0;
        state->errors &= ~later;
        reply->word = card_status(card, phase);
        state->errors |= later;
    }
    return true;
}

/* ---- Life ---------------------------------------------------------------- */

static int init(struct device *device, struct error *error)
{
    struct card_wiring *wiring = device->wiring;
    struct error none = {""};

    /* Optional: no boot partitions. */
    wiring->boot = device_memory(device, "cairn,boot", &none);
    if (wiring->boot != NULL &&
        (wiring->boot->size_bytes % (2 * BOOT_UNIT) != 0 ||
         wiring->boot->size_bytes / 2 / BOOT_UNIT > UINT8_MAX)) {
        return error_set(error, -EINVAL,
                         "cairn,boot has 0x%llx bytes, which are not two "
                         "partitions of 1 to 255 times 128 KiB",
                         (unsigned long long)wiring->boot->size_bytes);
    }
    return 0;
}

static void reset(struct device *device, enum reset_domain domain)
{
    if (domain == RESET_POWER_ON) {
        reset_extended(device->state);
    }
    card_reset(device, domain);
}

static const struct disk_client client = {CARD_REQUESTS, card_gather,
                                          card_completed};
static const struct sd_card interface = {
    card_listen, card_is_present, card_is_writable, card_is_busy,
    command,     card_move,       card_stop,
};

const struct device_type emmc_card = {
    .compatible = "cairn,emmc",
    .title = "eMMC device",
    .reference = "JEDEC JESD84-B51",
    DEVICE_OMISSIONS(
        {"EXT_CSD", OMITTED_ABSENT, 0, 0,
         "RPMB and general purpose partitions, HS400, sleep, write protection, "
         "boot mode, secure erase, command queue, background operations"},
        {NULL, OMITTED_UNSEEN, 0, 0,
         "bytes of EXT_CSD that outlast power, from run to run"}),
    .state_size = sizeof(struct card_state),
    .wiring_size = sizeof(struct card_wiring),
    DEVICE_FIELDS(CARD_FIELDS),
    DEVICE_TIMERS(card_timer),
    .disk = &client,
    .init = init,
    .reset = reset,
    .interface = &interface,
};
