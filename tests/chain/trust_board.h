/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Board trust under test: what the program carries for it, its console, and
 * what is in memory when the first application core's reset is released.
 */
#ifndef TESTS_CHAIN_TRUST_BOARD_H
#define TESTS_CHAIN_TRUST_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/carried.h"
#include "trust/flash/image.h"

enum { TRUST_MCU, TRUST_ROM, TRUST_FLASH, TRUST_FUSES, TRUST_FILES };

struct trust_board {
    struct cairn_machine *machine;
    struct buffer images[TRUST_FILES];
    struct flash_image flash; /* a view of images[TRUST_FLASH] */
    struct buffer console;    /* whole lines */
    struct carried_ports ports;
    uint64_t retired; /* by application cores before the last power-on */
    /* at the release of the first application core */
    bool released;
    uint64_t early; /* instructions that application cores ran before */
    bool intact;    /* what is in memory is what is in bank 0 of the flash */
    uint32_t authorised;   /* the wires of the root of trust */
    uint64_t signed_entry; /* by the header in bank 0 */
    /* Set trace between reading and starting, and lines of the trace are
     * counted; here are the numbers of the first of each kind, 0 for none. */
    bool trace;
    struct {
        uint64_t lines;
        uint64_t authorised; /* the last wire of the two goes up */
        uint64_t released;   /* the boot MCU asks for core 0 */
        uint64_t core;       /* an application core's instruction */
    } traced;
};

/* Reads what the program carries; images may be changed before the start. */
bool trust_board_read(struct trust_board *board);
/* Builds the machine and turns it on. */
bool trust_board_start(struct trust_board *board);
void trust_board_finish(struct trust_board *board);

/* To the end of the guest, or to the boot MCU's refusal. */
enum cairn_stop trust_board_run(struct trust_board *board);
/* Power off and on, and the same, with a console that was cleared. */
enum cairn_stop trust_board_boot(struct trust_board *board);
/* Instructions of all application cores together, since power-on. */
uint64_t trust_board_instructions(const struct trust_board *board);
/* Where application core 0 started, by its last event; 0: it did not. */
uint64_t trust_board_entry(const struct trust_board *board);

/* Since the last clearing. */
bool trust_board_says(struct trust_board *board, const char *text);

/* The same as an expectation that shows what was said instead. */
#define EXPECT_SAYS(board, text)                                               \
    do {                                                                       \
        if (!EXPECT(trust_board_says(board, text))) {                          \
            printf("no '%s' in:\n%s\n", text, buffer_text(&(board)->console)); \
        }                                                                      \
    } while (0)

/* The least version that may be installed, by the fuses. */
uint32_t trust_board_floor(struct trust_board *board);
/* Writes and erases of the boot MCU's flash since power-on of the host. */
uint32_t trust_board_operations(struct trust_board *board);
/* Plans a loss of power in that operation after so many bytes of it; 0: none.
 */
void trust_board_cut(struct trust_board *board, uint32_t operation,
                     uint32_t byte, uint32_t seed);

/* Where the machine's flash is in the host's memory. */
uint8_t *trust_board_flash(struct trust_board *board);
/* Writes into it directly, as no part of the machine can. */
void trust_board_write(struct trust_board *board, size_t offset,
                       const void *bytes, size_t size);

#endif
