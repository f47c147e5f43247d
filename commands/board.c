/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn board`: what a board description says, before anything runs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "commands/boards.h"
#include "commands/claims.h"
#include "commands/command.h"
#include "host/file.h"
#include "include/cairn/cairn.h"
#include "session/request/request.h"

static const struct option show_options[] = {
    {0, "svg",   "FILE",       NULL, NULL,
     "write the picture as SVG into FILE ('-': standard output)"            },
    {0, "with",  "OVERLAY...", NULL, NULL, "apply a device-tree overlay"    },
    {0, "allow", "FOLDER...",  NULL, NULL,
     "let board and overlays name files in FOLDER, beside their own folders"},
};

static int write_picture(const struct arguments *arguments, const char *path,
                         const char *picture)
{
    if (strcmp(path, "-") == 0) {
        fputs(picture, arguments->out);
        return COMMAND_DONE;
    }
    struct error error = {""};
    return file_write(path, picture, strlen(picture), &error) == 0
               ? COMMAND_DONE
               : command_failure(arguments, "%s", error.text);
}

static int check_picture(const struct arguments *arguments)
{
    static const char *const outputs[] = {"svg", NULL};
    const char *svg = arguments_value(arguments, "svg");
    const char *board;
    /* The board was meant, and its name is not to become a file's. */
    for (size_t i = 0; svg && arguments->operand_count == 0 &&
                       (board = cairn_board_name(i)) != NULL;
         i++) {
        if (strcmp(svg, board) == 0) {
            return command_misuse(arguments,
                                  "option '--svg' takes a file, and '%s' is a "
                                  "board: board show %s --svg FILE",
                                  svg, svg);
        }
    }
    struct file_claims claims = {0};
    return claims_check(arguments, outputs, &claims);
}

static int show(struct arguments *arguments)
{
    int misuse = check_picture(arguments);
    if (misuse) {
        return misuse;
    }
    board_warn(arguments);
    size_t overlay_count;
    size_t folder_count;
    const char **overlays = arguments_all(arguments, "with", &overlay_count);
    const char **folders = arguments_all(arguments, "allow", &folder_count);
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = arguments->operand_count ? arguments->operands[0]
                                          : SESSION_BOARD_DEFAULT,
        .overlays = overlays,
        .overlay_count = overlay_count,
        .folders = folders,
        .folder_count = folder_count,
    };
    const char *svg = arguments_value(arguments, "svg");
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};
    char *picture = NULL;
    int result = cairn_create(&options, &machine, &error);
    if (result == 0) {
        cairn_power(machine);
    }
    if (result ||
        cairn_board_show(machine, svg ? "svg" : "text", &picture, &error)) {
        result = result == -ENODEV
                     ? command_misuse(arguments, "%s", error.text)
                     : command_failure(arguments, "%s", error.text);
    } else {
        result = write_picture(arguments, svg ? svg : "-", picture);
    }
    free(picture);
    cairn_destroy(machine);
    free(overlays);
    free(folders);
    return result;
}

const struct command command_board_show = {
    .name = "board show",
    .purpose = "draw a board: masters, windows, lines",
    .operands = "[BOARD]",
    .description =
        "BOARD is a device-tree source or blob, or the name of a built-in "
        "board (see cairn-board-list(1)). Without it, the default board of "
        "cairn-run(1) is shown.\n\n"
        "The picture has a block for each master on the left, with its "
        "processors and the ranges of addresses that it sees, and one for each "
        "bus on the right, with its parts. Lines stand below the parts that "
        "drive them, and those that leave a block are drawn, bundled by kind; "
        "each row has a title with all windows, pins and connections that it "
        "stands for, which a browser shows where one points.\n\n"
        "Processors and reset lines are shown in their state at power-on: "
        "running or held in reset, asserted or not.",
    OPTIONS(show_options),
    .run = show,
};

static int list_one(const struct arguments *arguments, const char *name)
{
    const struct cairn_options look = {.size = sizeof(struct cairn_options),
                                       .board = name};
    struct cairn_board *board = NULL;
    struct cairn_error error = {""};
    if (cairn_board_open(&look, &board, &error)) {
        return command_failure(arguments, "%s", error.text);
    }
    const char *description = cairn_board_description(board);
    fprintf(arguments->out, "%-14s%s%s\n", name, description ? description : "",
            strcmp(name, SESSION_BOARD_DEFAULT) == 0 ? " (default)" : "");
    cairn_board_close(board);
    return COMMAND_DONE;
}

static int list(struct arguments *arguments)
{
    const char *name;
    int result = COMMAND_DONE;
    for (size_t i = 0; result == COMMAND_DONE && (name = cairn_board_name(i));
         i++) {
        result = list_one(arguments, name);
    }
    return result;
}

const struct command command_board_list = {
    .name = "board list",
    .purpose = "list the built-in boards",
    .operands = "",
    .description =
        "Prints one line per built-in board: its name and its description. "
        "cairn-board-show(1) draws it.",
    .run = list,
};
