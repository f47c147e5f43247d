/* SPDX-License-Identifier: Apache-2.0 */
/* State of the random number generator (csrng.c), and its commands
 * (csrng_run.c). */
#ifndef DEVICES_CALIPTRA_CSRNG_STATE_H
#define DEVICES_CALIPTRA_CSRNG_STATE_H

#include "bus/device.h"
#include "crypto/ctr_drbg.h"

enum {
    SEED_WORDS = CTR_DRBG_SEED_BYTES / 4,
    BLOCK_WORDS = CTR_DRBG_BLOCK_BYTES / 4,
    STATE_WORDS = 14, /* of INT_STATE_VAL */
};

struct csrng_state {
    uint32_t interrupt_state;
    uint32_t interrupt_enable;
    uint32_t writable;
    uint32_t control;
    uint32_t state_number;
    uint32_t state_word; /* of INT_STATE_VAL that is read next */
    uint32_t recoverable;
    uint32_t error_test;
    uint32_t failed;       /* SW_CMD_STS.cmd_sts, enum command_status */
    uint32_t acknowledged; /* 2.x: the last command is done */
    uint32_t reseed_interval;
    uint32_t read_enable; /* INT_STATE_READ_ENABLE */
    uint32_t read_enable_writable;
    uint32_t fips_force;
    uint32_t fips;       /* seeded by the source */
    uint32_t header;     /* of the command at hand */
    uint32_t data_left;  /* words of it to come */
    uint32_t data_count; /* that came */
    uint32_t data[SEED_WORDS];
    uint32_t waiting;     /* for entropy */
    uint32_t blocks_left; /* to make */
    uint32_t words_left;  /* in block */
    uint32_t block[BLOCK_WORDS];
    struct ctr_drbg drbg;
};

/* Differences between the generations: constants of each device type. */
struct csrng_variant {
    const char *source; /* compatible of the entropy source */
    uint32_t bad_flag0; /* bit of RECOV_ALERT_STS */
    /* Commands that are out of sequence, of a wrong length or past the reseed
     * interval are refused. */
    bool refuses;
    /* Instances are many and have states of their own, of which firmware may
     * read its own if INT_STATE_READ_ENABLE says so. */
    bool has_instances;
    /* The counter of a state is of generate requests, and not the DRBG's. */
    bool counts_requests;
};

struct csrng_wiring {
    struct device *source;
};

enum commands { INSTANTIATE = 1, RESEED, GENERATE, UPDATE, UNINSTANTIATE };
enum multi_bit { YES = 6, NO_WAY = 9 };
enum control_shifts {
    ENABLE = 0,
    SW_APP_ENABLE = 4,
    READ_INT_STATE = 8,
    FIPS_FORCE_ENABLE = 12, /* 2.x */
};
enum recoverable_bits {
    ALERT_FLAG0 = 1 << 3,
    ALERT_FLAG0_2 = 1 << 4,
    ALERT_MAIN = 1 << 13, /* 2.x: an unknown command */
    ALERT_SEQUENCE = 1 << 14,
    ALERT_RESEED_COUNT = 1 << 15,
};
enum status_bits { COMMAND_READY = 1 << 0, COMMAND_FAILED = 1 << 1 };
enum status_2_bits { READY_2 = 1 << 1, ACKNOWLEDGED_2 = 1 << 2 };
enum status_2_shifts { STATUS_2 = 3 };
/* As 2.x tells them; any but the first is a failure for 1.x. */
enum command_status {
    SUCCESS,
    UNKNOWN_COMMAND,
    WRONG_LENGTH,
    WRONG_SEQUENCE,
    RESEED_COUNT_EXCEEDED,
};
/* Firmware's among the instances of 2.x, behind two of the hardware. */
enum { FIRMWARE_INSTANCE = 2 };

static inline const struct csrng_variant *
variant_of(const struct device *device)
{
    return device->type->interface;
}

static inline bool is_yes(uint32_t value, unsigned shift)
{
    return (value >> shift & 0xf) == YES;
}

static inline unsigned command_of(const struct csrng_state *state)
{
    return state->header & 0xf;
}

/* The words of data that came with the command, as bytes. */
void csrng_collect_data(const struct csrng_state *state,
                        uint8_t bytes[CTR_DRBG_SEED_BYTES]);
/* Makes the next block of output; additional counts after the last one. */
void csrng_make_block(struct device *device, const uint8_t *additional);
/* Generate requests since the last seed, as 2.x counts them. */
uint32_t csrng_reseed_count(const struct csrng_state *state);
/* Runs the command whose words have all come. */
void csrng_run(struct device *device);
/* Seeds by the source, mixed with data, or by data alone (flag0). */
void csrng_seed(struct device *device);
/* Takes the first word of a command. */
void csrng_begin(struct device *device, uint32_t header);
/* Output that was not fetched is lost with the next command. */
void csrng_drop_output(struct csrng_state *state);

#endif
