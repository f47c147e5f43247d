/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A board as a flattened device tree, with overlays applied, and the places in
 * source files that its nodes and properties came from. See cairn-board(5).
 */
#ifndef PLATFORM_BOARD_BOARD_H
#define PLATFORM_BOARD_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "platform/board/index.h"

/* Behind the complaint about a file that the board may not name. */
#define BOARD_OUTSIDE                                                          \
    " (a board names files in its own folder, and in those that are allowed)"

enum { BOARD_BLOB_MAX = 16 << 20, BOARD_DEPTH_MAX = 32 };

/* A file that the board was made from. */
struct board_source {
    char *path;
    bool text;          /* dts or dtso: it has lines */
    struct buffer blob; /* of an overlay: as compiled, before it was applied */
};

struct board {
    char *name;   /* as the caller gave it */
    char *folder; /* paths in the board are relative to this; "." built in */
    void *fdt;
    size_t size_bytes;
    struct board_index index;     /* of fdt, as board_changed found it */
    struct board_source *sources; /* the board, then its overlays */
    size_t source_count;
    char **folders; /* where it may name files */
    size_t folder_count;
};

/* A board that is part of the program: boards/NAME.dts, compiled. */
struct board_builtin {
    const char *name;
    const uint8_t *blob;
    size_t size_bytes;
};
/* Ends with a row whose name is NULL. */
extern const struct board_builtin board_builtins[];

struct cairn_options;
/* The board, overlays and folders of the options. */
int board_load(struct board *board, const struct cairn_options *options,
               struct error *error);
/* True if the board may name that file, which is there. */
bool board_reaches(const struct board *board, const char *path);
/* The same from a blob in memory, which is copied. */
int board_from_blob(struct board *board, const char *name, const void *blob,
                    size_t size, struct error *error);
void board_fini(struct board *board);
/* Must follow each change of fdt, before properties are asked for. */
void board_changed(struct board *board);

/* Sets *error to "file:line: node '/path': ..." and returns code. property
 * may be NULL; with it, the line is the property's. */
int board_error(const struct board *board, int node, const char *property,
                struct error *error, int code, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* NULL: the node has none. */
const struct board_property *board_find(const struct board *board, int node,
                                        const char *property);
/* True if a node is a processor that runs a guest: an Arm one that is not of
 * the M-profile. */
bool board_is_application_processor(const struct board *board, int node);
/* The cells of a property, or NULL and 0; not a multiple of four: NULL. */
const uint8_t *board_cells(const struct board *board, int node,
                           const char *property, size_t *cell_count);
uint32_t board_u32(const struct board *board, int node, const char *property,
                   uint32_t otherwise);
bool board_has(const struct board *board, int node, const char *property);
/* A NUL-terminated string, or NULL. */
const char *board_string(const struct board *board, int node,
                         const char *property);
/* A list of strings: how many, or -1 if a property is no such list; and the
 * one of an index, or NULL. */
int board_text_count(const struct board *board, int node, const char *property);
const char *board_text(const struct board *board, int node,
                       const char *property, int index);
bool board_is_compatible(const struct board *board, int node,
                         const char *compatible);
/* The number in cell_count (1 or 2) big-endian cells. */
uint64_t board_number(const uint8_t *cells, unsigned cell_count);

#endif
