/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An SD memory card with block addresses (SDHC or SDXC), Physical Layer
 * Specification 3.01: 25 and 50 MHz, one or four lines, CMD23, erase. Without a
 * disk (bus/disk.h) there is no card in the slot. The capacity is what the CSD
 * can say, whole units of 512 KiB.
 */
#include <string.h>

#include "base/bits.h"
#include "devices/sd/card.h"

enum { UNIT = 512 << 10, CHECK_MASK = 0xfff, VOLTAGE_MASK = 0xf00 };
enum { FUNCTIONS = 2, KEEP_FUNCTION = 0xf };

#define OCR_VOLTAGES 0x00ff8000u
#define OCR_HIGH     0x40000000u
#define OCR_READY    0x80000000u
#define SET_FUNCTION 0x80000000u

static uint32_t units(const struct device *card)
{
    uint64_t count = card->disk->size_bytes / UNIT;
    return count == 0 ? 1 : count > 0x400000 ? 0x400000 : (uint32_t)count;
}

/* ---- Registers ----------------------------------------------------------- */

/* Version 2.0 (5.3.3). */
static void fill_csd(const struct device *card, uint8_t csd[16])
{
    static const uint8_t bytes[16] = {0x40, 0x0e, 0x00, 0x32, 0x5b, 0x59,
                                      0x00, 0x00, 0x00, 0x00, 0x7f, 0x80,
                                      0x0a, 0x40, 0x00, 0x01};
    uint32_t size = units(card) - 1;

    memcpy(csd, bytes, sizeof(bytes));
    csd[7] = (uint8_t)(size >> 16 & 0x3f);
    csd[8] = (uint8_t)(size >> 8);
    csd[9] = (uint8_t)size;
    if (!card_is_writable(card)) {
        csd[14] |= 0x10; /* TMP_WRITE_PROTECT */
    }
}

static const struct card_registers card_registers = {
    .cid = {0x00, 'C', 'A', 'C', 'A', 'I', 'R', 'N', 0x10, 0, 0, 0, 1, 0x01,
            0x81, 1},
    .fill_csd = fill_csd,
};

/* 5.6: version 3.0x, one and four lines, CMD23. */
static void fill_scr(uint8_t *bytes)
{
    static const uint8_t scr[8] = {0x02, 0x35, 0x80, 0x02};
    memcpy(bytes, scr, sizeof(scr));
}

/* 4.10.2: the width, class 10, allocation units of 4 MiB. */
static void fill_sd_status(const struct card_state *state, uint8_t *bytes)
{
    memset(bytes, 0, 64);
    bytes[0] = (uint8_t)(state->bus_width << 6);
    bytes[8] = 4;
    bytes[10] = 9 << 4;
}

/* 4.3.10: default and high speed in group 1, defaults in all others. */
static void switch_function(struct device *card, uint32_t argument)
{
    struct card_state *state = card->state;
    uint8_t *bytes = state->bytes;
    uint32_t wanted = argument & 0xf;
    uint32_t result = wanted == KEEP_FUNCTION ? state->speed : wanted;

    memset(bytes, 0, 64);
    bytes[1] = 100; /* milliamperes */
    for (unsigned group = 0; group < 6; group++) {
        bytes[2 + 2 * group] = 0x80;
        bytes[3 + 2 * group] = group == 5 ? 3 : 1;
    }
    if (result >= FUNCTIONS) {
        result = KEEP_FUNCTION;
    } else if ((argument & SET_FUNCTION) != 0) {
        state->speed = result;
    }
    bytes[16] = (uint8_t)result;
}

/* ---- Commands ------------------------------------------------------------ */

static void start(struct device *card, struct sd_reply *reply,
                  uint32_t argument, bool writes, bool multiple)
{
    struct card_state *state = card->state;

    state->source = SOURCE_MEDIUM;
    card_start_medium(card, reply, (uint64_t)argument * SD_BLOCK, writes,
                      multiple);
}

/* ACMDs that are for a selected card. */
static bool application(struct device *card, unsigned index, uint32_t argument,
                        struct sd_reply *reply)
{
    struct card_state *state = card->state;

    switch (index) {
    case 6:
        state->bus_width = argument & 3;
        return true;
    case 13:
        fill_sd_status(state, state->bytes);
        card_send_bytes(card, reply);
        return true;
    case 22: /* all that were sent were written */
        store_be32(state->bytes, 0);
        card_send_bytes(card, reply);
        return true;
    case 23:
    case 42:
        return true;
    case 51:
        memset(state->bytes, 0, 8);
        fill_scr(state->bytes);
        card_send_bytes(card, reply);
        return true;
    default:
        return false;
    }
}

/* Commands in the transfer state, with R1. */
static bool transfer(struct device *card, unsigned index, uint32_t argument,
                     struct sd_reply *reply)
{
    struct card_state *state = card->state;

    switch (index) {
    case 6:
        switch_function(card, argument);
        card_send_bytes(card, reply);
        return true;
    case 16:
        state->errors |= argument > SD_BLOCK ? STATUS_BLOCK_LENGTH : 0;
        return true;
    case 17:
    case 18:
        start(card, reply, argument, false, index == 18);
        return true;
    case 19:
        memcpy(state->bytes, card_tuning, sizeof(card_tuning));
        card_send_bytes(card, reply);
        return true;
    case 20:
        return true;
    case 23:
        state->blocks = argument;
        return true;
    case 24:
    case 25:
        start(card, reply, argument, true, index == 25);
        return true;
    case 32:
    case 33:
        card_set_erase(state, index == 33, argument);
        return true;
    case 38:
        card_erase(card, reply, state->erase_first, state->erase_last, true);
        return true;
    default:
        return false;
    }
}

/* Commands of identification, whose answers are no R1. */
static bool identify(struct device *card, unsigned index, uint32_t argument,
                     struct sd_reply *reply)
{
    struct card_state *state = card->state;

    switch (index) {
    case 2:
        memcpy(reply->long_, card_registers.cid, sizeof(card_registers.cid));
        state->phase = CARD_IDENTIFICATION;
        return true;
    case 3:
        state->address = state->address % 0xffff + 1;
        state->phase = CARD_STANDBY;
        reply->word = state->address << 16 | 0x500;
        return true;
    case 8:
        reply->word = argument & CHECK_MASK;
        return (argument & VOLTAGE_MASK) == 0x100;
    case 41:
        reply->word = OCR_VOLTAGES | OCR_HIGH;
        if ((argument & OCR_VOLTAGES) != 0) { /* more than a question */
            reply->word |= OCR_READY;
            state->phase = CARD_READY;
        }
        return true;
    default:
        return false;
    }
}

static bool may_identify(const struct card_state *state, unsigned index)
{
    return index == 2   ? state->phase == CARD_READY
           : index == 3 ? state->phase == CARD_IDENTIFICATION ||
                              state->phase == CARD_STANDBY
           : index == 8
               ? state->phase == CARD_IDLE
               : index == 41 && state->app != 0 && state->phase == CARD_IDLE;
}

static bool obey(struct device *card, unsigned index, uint32_t argument,
                 struct sd_reply *reply)
{
    struct card_state *state = card->state;
    bool app = state->app != 0;

    if (may_identify(state, index)) {
        return identify(card, index, argument, reply);
    }
    if (index == 55) {
        return card_is_addressed(state, argument);
    }
    if (state->phase == CARD_TRANSFER &&
        ((app && application(card, index, argument, reply)) ||
         transfer(card, index, argument, reply))) {
        return true;
    }
    return card_obey(card, &card_registers, index, argument, reply);
}

/* Answers that are no card status. */
static bool is_r1(unsigned index, bool app)
{
    return !(index == 2 || index == 3 || index == 8 || index == 9 ||
             index == 10 || (app && index == 41));
}

static bool command(struct device *card, unsigned index, uint32_t argument,
                    struct sd_reply *reply)
{
    struct card_state *state = card->state;
    enum card_phase phase = (enum card_phase)state->phase;
    bool app = state->app != 0;

    memset(reply, 0, sizeof(*reply));
    if (!card_is_present(card) || phase == CARD_INACTIVE) {
        return false;
    }
    if (index == 0) {
        card_go_idle(card);
        return false;
    }
    bool answers = obey(card, index, argument, reply);
    state->app = answers && (app || index == 55);
    if (!answers) {
        state->errors |= STATUS_ILLEGAL;
        return false;
    }
    if (is_r1(index, app)) {
        reply->word = card_status(card, phase);
    }
    state->app = index == 55;
    return true;
}

/* ---- Life ---------------------------------------------------------------- */

static const struct disk_client client = {CARD_REQUESTS, card_gather,
                                          card_completed};
static const struct sd_card interface = {
    card_listen, card_is_present, card_is_writable, card_is_busy,
    command,     card_move,       card_stop,
};

const struct device_type sd_card = {
    .compatible = "cairn,sd-card",
    .title = "SD card",
    .reference = "SD Physical Layer Simplified Specification 3.01",
    DEVICE_OMISSIONS(
        {"OCR", OMITTED_ABSENT, 0, 0,
         "byte addresses (SDSC), 1.8 V and the speeds that need it"},
        {"illegal command in the status", OMITTED_ABSENT, 0, 0,
         "SPI mode, locking, security, write protection of groups"}),
    .state_size = sizeof(struct card_state),
    .wiring_size = sizeof(struct card_wiring),
    DEVICE_FIELDS(CARD_FIELDS),
    DEVICE_TIMERS(card_timer),
    .disk = &client,
    .reset = card_reset,
    .interface = &interface,
};
