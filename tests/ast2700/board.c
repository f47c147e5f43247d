/* SPDX-License-Identifier: Apache-2.0 */
/* Starts and runs the board, and looks at its events and memory. */
#include "tests/ast2700/board.h"

#include <stdio.h>
#include <string.h>

#include "abi/ast2700.h"
#include "tests/facts.h"
#include "tests/harness.h"
#include "tests/machine.h"
#include "trust/aspeed/make.h"

enum { BUDGET = 400000000 };

static const struct carried_file files[AST2700_FILES] = {
    [AST2700_FILE_MCU] = {"mcu_rom",    "build/out/guest/ast2700/rom.bin" },
    [AST2700_FILE_ROM] = {"rom",        "build/out/guest/caliptra/rom.bin"},
    [AST2700_FILE_FLASH] = {"boot_flash", CARRIED "ast2700.img.gz"          },
    [AST2700_FILE_FUSES] = {"soc_fuses",  CARRIED "ast2700.fuses"           },
};

static const char *const released[] = {"cpu0", "cpu1",    "cpu2",
                                       "cpu3", "ssp_cpu", "tsp_cpu"};

static void console(void *context, const char *device, uint8_t byte)
{
    struct ast2700_board *board = context;
    carried_hear(&board->ports, device, byte, &board->console);
}

bool ast2700_board_read(struct ast2700_board *board)
{
    memset(board, 0, sizeof(*board));
    return carried_read(files, AST2700_FILES, board->images) &&
           EXPECT_EQ(aspeed_flash_read(
                         &board->flash, board->images[AST2700_FILE_FLASH].bytes,
                         board->images[AST2700_FILE_FLASH].size, NULL),
                     0);
}

bool ast2700_board_start(struct ast2700_board *board)
{
    const struct cairn_guest guest = {
        .size = sizeof(struct cairn_guest),
        .memory_bytes = board->memory_bytes,
    };
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = "ast2700",
        .guest = board->memory_bytes != 0 ? &guest : NULL,
        .callbacks = {.console = console, .context = board},
    };
    board->machine = carried_make(files, AST2700_FILES, board->images, options);
    if (board->machine == NULL) {
        return false;
    }
    cairn_power(board->machine);
    return true;
}

void ast2700_board_finish(struct ast2700_board *board)
{
    cairn_destroy(board->machine);
    for (size_t i = 0; i < AST2700_FILES; i++) {
        buffer_fini(&board->images[i]);
    }
    carried_ports_fini(&board->ports);
    buffer_fini(&board->console);
}

enum cairn_stop ast2700_board_run(struct ast2700_board *board)
{
    return run_instructions(board->machine, BUDGET);
}

bool ast2700_board_says(struct ast2700_board *board, const char *text)
{
    return strstr(buffer_text(&board->console), text) != NULL;
}

uint64_t ast2700_board_instructions(const struct ast2700_board *board)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof(released) / sizeof(released[0]); i++) {
        sum += cairn_instructions(board->machine, released[i]);
    }
    return sum;
}

unsigned ast2700_board_releases(const struct ast2700_board *board)
{
    unsigned count = 0;
    for (size_t i = 0; i < cairn_event_count(board->machine); i++) {
        const struct event *event = fact_at(board->machine, i);
        for (size_t j = 0; event->fact == FACT_PROCESSOR_RUNS &&
                           j < sizeof(released) / sizeof(released[0]);
             j++) {
            count += strcmp(event->name, released[j]) == 0;
        }
    }
    return count;
}

bool ast2700_board_is_intact(struct ast2700_board *board)
{
    uint8_t *memory = NULL;
    size_t size = 0;
    if (!EXPECT_EQ(cairn_memory(board->machine, "ram", &memory, &size), 0)) {
        return false;
    }
    for (uint32_t i = ASPEED_FIRMWARE_BL31; i < ASPEED_FIRMWARE_COUNT; i++) {
        uint64_t room = 0;
        uint64_t load = aspeed_load_address(i, &room);
        const struct flash_part *part =
            flash_bank_find(&board->flash.image, aspeed_entry_of(i));
        if (part == NULL || part->size == 0) {
            continue;
        }
        if (load - AST2700_MCU_DRAM + part->size > size ||
            memcmp(memory + (load - AST2700_MCU_DRAM), part->bytes,
                   part->size) != 0) {
            return false;
        }
    }
    return true;
}
