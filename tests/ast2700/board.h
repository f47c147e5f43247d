/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Board ast2700 under test with the firmware that the program carries: its
 * console, and what its other processors were released with.
 */
#ifndef TESTS_AST2700_BOARD_H
#define TESTS_AST2700_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/carried.h"
#include "trust/aspeed/flash.h"

enum {
    AST2700_FILE_MCU,
    AST2700_FILE_ROM,
    AST2700_FILE_FLASH,
    AST2700_FILE_FUSES,
    AST2700_FILES
};

struct ast2700_board {
    struct cairn_machine *machine;
    struct buffer images[AST2700_FILES];
    uint64_t memory_bytes;     /* of DRAM; 0: as much as the board has */
    struct aspeed_flash flash; /* a view of images[AST2700_FILE_FLASH] */
    struct buffer console;     /* whole lines */
    struct carried_ports ports;
};

/* Reads what the program carries; images may be changed before the start. */
bool ast2700_board_read(struct ast2700_board *board);
/* Builds the machine and turns it on. */
bool ast2700_board_start(struct ast2700_board *board);
void ast2700_board_finish(struct ast2700_board *board);

/* Until all processors wait. */
enum cairn_stop ast2700_board_run(struct ast2700_board *board);
bool ast2700_board_says(struct ast2700_board *board, const char *text);

/* Instructions of Cortex-A35, SSP and TSP since the machine was made. */
uint64_t ast2700_board_instructions(const struct ast2700_board *board);
/* Events of the last power-on in which one of them was released. */
unsigned ast2700_board_releases(const struct ast2700_board *board);
/* True if each image of the carried flash that the boot MCU loads lies where it
 * is loaded. */
bool ast2700_board_is_intact(struct ast2700_board *board);

#endif
