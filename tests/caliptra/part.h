/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A part with our Caliptra firmware behind one ROM or another, booted to its
 * runtime, and commands to that.
 */
#ifndef TESTS_CALIPTRA_PART_H
#define TESTS_CALIPTRA_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "tests/caliptra/soc.h"
#include "trust/caliptra/bundle.h"
#include "trust/caliptra/fuses.h"
#include "trust/keys/keys.h"

#define PART_LIMIT 20000000ull

/* A ROM and the generation that it runs on. */
struct part_rom {
    const char *file;
    const char *board;
    bool released; /* in the folder that CAIRN_CALIPTRA_ROMS names */
};

/* Ours on both generations, released ones. */
extern const struct part_rom part_roms[4];

/* A behaviour that is tried behind each of them. */
#define PART_BEHAVIOUR(name)                                                   \
    TEST(own_rom_##name)                                                       \
    {                                                                          \
        name(&part_roms[0]);                                                   \
    }                                                                          \
    TEST(own_rom_on_1_0_##name)                                                \
    {                                                                          \
        name(&part_roms[1]);                                                   \
    }                                                                          \
    TEST(rom_1_0_3_##name)                                                     \
    {                                                                          \
        name(&part_roms[2]);                                                   \
    }                                                                          \
    TEST(rom_1_1_1_##name)                                                     \
    {                                                                          \
        name(&part_roms[3]);                                                   \
    }

struct part {
    struct soc soc;
    struct buffer rom;
    struct buffer bytes; /* of the bundle */
    struct caliptra_bundle bundle;
    struct fuses fuses;
};

struct part_answer {
    uint32_t code; /* CPTRA_FW_ERROR_NON_FATAL */
    uint32_t size;
    uint8_t bytes[8192];
};

/* Reads a ROM; false without the folder of released ones, which skips the test,
 * and when it cannot be read, which fails. */
bool part_rom_read(const char *file, bool released, struct buffer *bytes);
/* Our FMC and runtime, at security version 5; they live over all tests. */
bool part_firmware(struct caliptra_pack *recipe);

/* "bundle" or another ring; they live over all tests. */
struct key_ring *part_ring(const char *name);

/* Up to the runtime. False without the ROM, which skips the test, and when
 * something failed. The bundle names SOC_USER as the privileged one. */
bool part_set_up(struct part *part, const struct part_rom *rom);
bool part_set_up_as(struct part *part, const struct part_rom *rom, bool lms,
                    uint32_t pl0_pauser);
/* The same in a state of the part: life cycle of the fuses, debug locked. */
bool part_set_up_in(struct part *part, const struct part_rom *rom,
                    uint32_t life_cycle, bool debug_locked);
/* Expects that nothing went wrong for good. Safe after a failed set-up. */
void part_tear_down(struct part *part);
/* From power on, again. */
bool part_boot(struct part *part);

/* Sends a request as it is: the mailbox status, with the answer, whose form is
 * checked, or the error. */
unsigned part_send(struct part *part, uint32_t command, const void *request,
                   size_t size, struct part_answer *answer);
/* The same with the checksum put in; the request starts with it. */
unsigned part_command(struct part *part, uint32_t code, void *request,
                      size_t size, struct part_answer *answer);
void part_expect_refused(struct part *part, uint32_t code, void *request,
                         size_t size, uint32_t error);

#endif
