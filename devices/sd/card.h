/* SPDX-License-Identifier: Apache-2.0 */
/* State that SD cards and eMMC have in common. */
#ifndef DEVICES_SD_CARD_H
#define DEVICES_SD_CARD_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/disk.h"
#include "bus/region.h"
#include "devices/sd/sd.h"

enum card_phase {
    CARD_IDLE,
    CARD_READY,
    CARD_IDENTIFICATION,
    CARD_STANDBY,
    CARD_TRANSFER,
    CARD_SENDING,
    CARD_RECEIVING,
    CARD_PROGRAMMING,
    CARD_DISCONNECTED,
    CARD_INACTIVE = 15,
};

/* The card status of R1. */
#define STATUS_OUT_OF_RANGE    0x80000000u
#define STATUS_BLOCK_LENGTH    0x20000000u
#define STATUS_ERASE_SEQUENCE  0x10000000u
#define STATUS_ERASE_PARAMETER 0x08000000u
#define STATUS_WRITE_PROTECTED 0x04000000u
#define STATUS_ILLEGAL         0x00400000u
#define STATUS_ERROR           0x00080000u
#define STATUS_READY           0x00000100u
#define STATUS_SWITCH_ERROR    0x00000080u
#define STATUS_APPLICATION     0x00000020u

enum card_source {
    SOURCE_NONE,
    SOURCE_MEDIUM, /* the disk */
    SOURCE_REGION, /* a boot partition */
    SOURCE_BYTES,  /* a register */
};

struct card_state {
    uint32_t phase;     /* enum card_phase */
    uint32_t address;   /* RCA */
    uint32_t errors;    /* of the next card status */
    uint32_t app;       /* the next command is an application command */
    uint32_t bus_width; /* as the last switch of it said */
    uint32_t speed;
    uint32_t blocks; /* set by CMD23 for the next command; 0: open */
    uint32_t erase_first;
    uint32_t erase_last;
    uint32_t erase_known; /* a bit for each of them */
    uint32_t source;      /* enum card_source, of the data under way */
    uint32_t writes;
    uint32_t limited; /* `left` counts */
    uint32_t left;    /* blocks until the transfer ends by itself */
    uint32_t moving;  /* bytes of the move under way */
    uint32_t busy;    /* an erase or a flush is under way */
    uint64_t offset;  /* of the next byte */
    uint8_t bytes[SD_BLOCK];
    uint8_t extended[SD_BLOCK]; /* eMMC: EXT_CSD where it was written */
};

struct card_wiring {
    struct sd_host host;
    struct region *boot; /* both boot partitions, or NULL */
};

enum { CARD_REQUESTS = 1 };

/* Registers by which a kind of card describes itself. */
struct card_registers {
    uint8_t cid[16];
    void (*fill_csd)(const struct device *card, uint8_t csd[16]);
};

/* The block that tuning commands send on four lines (SD 4.2.4.5, JESD84-B51
 * 6.6.5.1). */
extern const uint8_t card_tuning[64];

/* R1 with the phase before the command; takes the errors along. */
uint32_t card_status(struct device *card, enum card_phase phase);
/* Starts data: of a register, which is in state->bytes, or of the medium or a
 * boot partition from a byte on. */
void card_send_bytes(struct device *card, struct sd_reply *reply);
void card_start_medium(struct device *card, struct sd_reply *reply,
                       uint64_t offset, bool writes, bool multiple);
/* CMD32 and CMD33 of SD, CMD35 and CMD36 of eMMC: the first or last address. */
void card_set_erase(struct card_state *state, bool last, uint32_t argument);
/* CMD38, of blocks; possible: the medium and the argument allow it. */
void card_erase(struct device *card, struct sd_reply *reply, uint64_t first,
                uint64_t last, bool possible);
/* Erases or flushes; the card is busy meanwhile. */
void card_start_request(struct device *card, struct sd_reply *reply,
                        const struct disk_request *request);
void card_stop(struct device *card);
/* The address of a command is of this card. */
bool card_is_addressed(const struct card_state *state, uint32_t argument);
/* Commands for one address in any phase after identification, and CMD12. */
bool card_obey(struct device *card, const struct card_registers *registers,
               unsigned index, uint32_t argument, struct sd_reply *reply);
void card_go_idle(struct device *card);

/* Parts of the interface and the type. */
void card_listen(struct device *card, const struct sd_host *host);
bool card_is_present(const struct device *card);
bool card_is_writable(const struct device *card);
bool card_is_busy(const struct device *card);
int card_move(struct device *card, size_t size);
void card_timer(struct device *card);
int card_gather(struct device *card, unsigned number, void *bytes, size_t size);
void card_completed(struct device *card, unsigned number,
                    enum disk_status status, const void *bytes, size_t size);
void card_reset(struct device *card, enum reset_domain domain);

#define CARD_FIELDS                                                            \
    STATE(struct card_state, phase, RESET_POWER_ON),                           \
        STATE(struct card_state, address, RESET_POWER_ON),                     \
        STATE(struct card_state, errors, RESET_POWER_ON),                      \
        STATE(struct card_state, app, RESET_POWER_ON),                         \
        STATE(struct card_state, bus_width, RESET_POWER_ON),                   \
        STATE(struct card_state, speed, RESET_POWER_ON),                       \
        STATE(struct card_state, blocks, RESET_POWER_ON),                      \
        STATE(struct card_state, erase_first, RESET_POWER_ON),                 \
        STATE(struct card_state, erase_last, RESET_POWER_ON),                  \
        STATE(struct card_state, erase_known, RESET_POWER_ON),                 \
        STATE_TO(struct card_state, source, RESET_POWER_ON, SOURCE_BYTES),     \
        STATE(struct card_state, writes, RESET_POWER_ON),                      \
        STATE(struct card_state, limited, RESET_POWER_ON),                     \
        STATE(struct card_state, left, RESET_POWER_ON),                        \
        STATE_TO(struct card_state, moving, RESET_POWER_ON, SD_MOVE_MAX),      \
        STATE(struct card_state, busy, RESET_POWER_ON),                        \
        STATE(struct card_state, offset, RESET_POWER_ON),                      \
        STATE(struct card_state, bytes, RESET_POWER_ON),                       \
        STATE(struct card_state, extended, RESET_NEVER)

#endif
