/* SPDX-License-Identifier: Apache-2.0 */
/* Starts and runs the board, and watches its console and gates. */
#include "tests/chain/trust_board.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/boot_mcu.h"
#include "base/bits.h"
#include "tests/facts.h"
#include "tests/harness.h"
#include "tests/machine.h"

enum { BUDGET = 2000000000, CORES = 8 };

static const struct carried_file files[TRUST_FILES] = {
    [TRUST_MCU] = {"mcu_rom",    "build/out/guest/bootmcu/rom.bin" },
    [TRUST_ROM] = {"rom",        "build/out/guest/caliptra/rom.bin"},
    [TRUST_FLASH] = {"boot_flash", CARRIED "trust.img.gz"            },
    [TRUST_FUSES] = {"soc_fuses",  CARRIED "trust.fuses"             },
};

static void console(void *context, const char *device, uint8_t byte)
{
    struct trust_board *board = context;
    carried_hear(&board->ports, device, byte, &board->console);
}

/* ---- What is released ---------------------------------------------------- */

/* Since the machine was made. */
static uint64_t application_instructions(const struct trust_board *board)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < CORES; i++) {
        char name[8];
        snprintf(name, sizeof(name), "cpu%u", i);
        sum += cairn_instructions(board->machine, name);
    }
    return sum;
}

uint64_t trust_board_entry(const struct trust_board *board)
{
    size_t i = cairn_event_count(board->machine);
    while (i-- > 0) {
        const struct event *event = fact_at(board->machine, i);
        if (event->fact == FACT_PROCESSOR_RUNS &&
            strcmp(event->name, "cpu0") == 0) {
            return event->values[0];
        }
    }
    return 0;
}

uint64_t trust_board_instructions(const struct trust_board *board)
{
    return application_instructions(board) - board->retired;
}

/* True if an image's payload lies where its header says. */
static bool is_loaded(struct trust_board *board, const struct flash_part *part)
{
    struct boot_image header;
    uint8_t *memory = NULL;
    size_t size = 0;
    if (boot_image_read(&header, part, NULL) != 0) {
        return false;
    }
    bool secure = (header.flags & BOOT_IMAGE_SECURE) != 0;
    uint64_t base = secure ? 0x0e000000 : 0x40000000;
    return cairn_memory(board->machine, secure ? "secram" : "ram", &memory,
                        &size) == 0 &&
           memcmp(memory + (header.load_address - base),
                  part->bytes + sizeof(header), header.payload_size) == 0;
}

static void note(uint64_t *first, uint64_t line, bool is_it)
{
    *first = *first == 0 && is_it ? line : *first;
}

/* Hears lines "MS ms trace: CORE: ADDRESS: ..." and "MS ms trace: DEVICE:
 * REGISTER <- ..." lines. */
static void hear_trace(void *context, enum cairn_log kind, const char *text)
{
    static const char wires[] = "soc_ifc: CPTRA_GENERIC_OUTPUT_WIRES[1] <- ";
    static const char release[] = "mcu_reset: RELEASE <- ";
    struct trust_board *board = context;
    const char *found = strstr(text, "trace: ");
    if (kind != CAIRN_LOG_TRACE || found == NULL) {
        return;
    }
    found += strlen("trace: ");
    uint64_t line = ++board->traced.lines;
    if (strncmp(found, wires, strlen(wires)) == 0) {
        note(&board->traced.authorised, line,
             strtoul(found + strlen(wires), NULL, 16) == 3);
    } else if (strncmp(found, release, strlen(release)) == 0) {
        note(&board->traced.released, line,
             (strtoul(found + strlen(release), NULL, 16) & 1) != 0);
    } else if (strncmp(found, "cpu", 3) == 0) {
        note(&board->traced.core, line, found[3] >= '0' && found[3] <= '9');
    }
}

static uint64_t find_entry(const struct flash_bank *bank)
{
    struct boot_image header;
    for (unsigned i = 0; i < bank->count; i++) {
        if (bank->parts[i].id >= FLASH_IMAGE_SOC &&
            boot_image_read(&header, &bank->parts[i], NULL) == 0 &&
            (header.flags & BOOT_IMAGE_STARTS) != 0) {
            return header.entry_point;
        }
    }
    return 0;
}

static void line_changed(void *context, uint32_t level)
{
    struct trust_board *board = context;
    const struct flash_bank *bank = &board->flash.banks[0];
    if (level != 0 || board->released) {
        return;
    }
    board->released = true;
    board->early = trust_board_instructions(board);
    cairn_line_get(board->machine, "soc_ifc.generic_output_wires1",
                   &board->authorised);
    board->intact = true;
    for (unsigned i = 0; i < bank->count; i++) {
        if (bank->parts[i].id >= FLASH_IMAGE_SOC &&
            !is_loaded(board, &bank->parts[i])) {
            board->intact = false;
        }
    }
}

/* ---- A machine ----------------------------------------------------------- */

bool trust_board_read(struct trust_board *board)
{
    *board = (struct trust_board){0};
    return carried_read(files, TRUST_FILES, board->images);
}

bool trust_board_start(struct trust_board *board)
{
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = "trust",
        .strict = true,
        .trace = board->trace,
        .callbacks = {.console = console,
                      .log = board->trace ? hear_trace : NULL,
                      .context = board},
    };
    EXPECT_EQ(flash_image_read(&board->flash, board->images[TRUST_FLASH].bytes,
                               board->images[TRUST_FLASH].size, NULL),
              0);
    board->machine = carried_make(files, TRUST_FILES, board->images, options);
    if (board->machine == NULL) {
        return false;
    }
    board->signed_entry = find_entry(&board->flash.banks[0]);
    cairn_line_watch(board->machine, "mcu_reset.line0", line_changed, board);
    cairn_power(board->machine);
    return true;
}

void trust_board_finish(struct trust_board *board)
{
    cairn_destroy(board->machine);
    for (size_t i = 0; i < TRUST_FILES; i++) {
        buffer_fini(&board->images[i]);
    }
    carried_ports_fini(&board->ports);
    buffer_fini(&board->console);
}

enum cairn_stop trust_board_run(struct trust_board *board)
{
    const struct cairn_until until = {
        .size = sizeof(struct cairn_until),
        .instructions = BUDGET,
        .line = "mcu_reset.verdict",
        .level = SOC_RESET_VERDICT_STOPPED,
    };
    return cairn_run(board->machine, &until);
}

bool trust_board_says(struct trust_board *board, const char *text)
{
    return strstr(buffer_text(&board->console), text) != NULL;
}

uint8_t *trust_board_flash(struct trust_board *board)
{
    uint8_t *flash = NULL;
    size_t size = 0;
    EXPECT_EQ(cairn_memory(board->machine, "boot_flash", &flash, &size), 0);
    return flash;
}

void trust_board_write(struct trust_board *board, size_t offset,
                       const void *bytes, size_t size)
{
    put_memory(board->machine, "boot_flash", offset, bytes, size);
}

/* ---- Updates ------------------------------------------------------------- */

enum cairn_stop trust_board_boot(struct trust_board *board)
{
    buffer_clear(&board->console);
    board->released = false;
    board->retired = application_instructions(board);
    cairn_power(board->machine);
    return trust_board_run(board);
}

uint32_t trust_board_floor(struct trust_board *board)
{
    uint8_t *fuses = NULL;
    size_t size = 0;
    uint32_t floor = 0;
    EXPECT_EQ(cairn_memory(board->machine, "soc_fuses", &fuses, &size), 0);
    for (unsigned i = 0; i < 64; i++) {
        floor += (uint32_t)__builtin_popcount(fuses[BOOT_MCU_FUSES_FLOOR + i]);
    }
    return floor;
}

uint32_t trust_board_operations(struct trust_board *board)
{
    uint32_t count = 0;
    EXPECT_EQ(cairn_line_get(board->machine, "mcu_nor.operations", &count), 0);
    return count;
}

void trust_board_cut(struct trust_board *board, uint32_t operation,
                     uint32_t byte, uint32_t seed)
{
    EXPECT_EQ(cairn_line_set(board->machine, "mcu_nor.cut_byte", byte), 0);
    EXPECT_EQ(cairn_line_set(board->machine, "mcu_nor.cut_seed", seed), 0);
    EXPECT_EQ(
        cairn_line_set(board->machine, "mcu_nor.cut_operation", operation), 0);
}
