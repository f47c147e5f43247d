/* SPDX-License-Identifier: Apache-2.0 */
/* Reads sources by dtc and blobs by libfdt, applies overlays, and looks up
 * properties. */
#include "platform/board/board.h"

#include <libfdt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/flat_tree.h"
#include "base/guess.h"
#include "host/file.h"
#include "host/folder.h"
#include "include/cairn/cairn.h"
#include "platform/board/places.h"

/* ---- Reading properties -------------------------------------------------- */

const struct board_property *board_find(const struct board *board, int node,
                                        const char *property)
{
    return board_index_find(&board->index, node, property);
}

const uint8_t *board_cells(const struct board *board, int node,
                           const char *property, size_t *cell_count)
{
    const struct board_property *found = board_find(board, node, property);
    bool whole = found && found->size % 4 == 0;
    *cell_count = whole ? found->size / 4 : 0;
    return whole ? found->value : NULL;
}

uint32_t board_u32(const struct board *board, int node, const char *property,
                   uint32_t otherwise)
{
    size_t count;
    const uint8_t *cells = board_cells(board, node, property, &count);
    return cells && count == 1 ? load_be32(cells) : otherwise;
}

bool board_has(const struct board *board, int node, const char *property)
{
    return board_find(board, node, property) != NULL;
}

static bool is_text(const struct board_property *found)
{
    return found && found->size > 0 && found->value[found->size - 1] == '\0';
}

const char *board_string(const struct board *board, int node,
                         const char *property)
{
    return board_text(board, node, property, 0);
}

int board_text_count(const struct board *board, int node, const char *property)
{
    const struct board_property *found = board_find(board, node, property);
    int count = 0;
    if (!found || found->size == 0) {
        return 0;
    }
    if (!is_text(found)) {
        return -1;
    }
    for (uint32_t i = 0; i < found->size; i++) {
        count += found->value[i] == '\0';
    }
    return count;
}

const char *board_text(const struct board *board, int node,
                       const char *property, int index)
{
    const struct board_property *found = board_find(board, node, property);
    if (!is_text(found)) {
        return NULL;
    }
    const char *text = (const char *)found->value;
    const char *end = text + found->size;
    while (text < end && index-- > 0) {
        text += strlen(text) + 1;
    }
    return text < end ? text : NULL;
}

bool board_is_compatible(const struct board *board, int node,
                         const char *compatible)
{
    const struct board_property *found = board_find(board, node, "compatible");
    return found && fdt_stringlist_contains((const char *)found->value,
                                            (int)found->size, compatible) != 0;
}

uint64_t board_number(const uint8_t *cells, unsigned cell_count)
{
    uint64_t number = 0;
    for (unsigned i = 0; i < cell_count; i++) {
        number = number << 32 | load_be32(cells + 4 * i);
    }
    return number;
}

int board_error(const struct board *board, int node, const char *property,
                struct error *error, int code, const char *format, ...)
{
    char path[256] = "";
    if (fdt_get_path(board->fdt, node, path, sizeof(path)) != 0) {
        snprintf(path, sizeof(path), "?");
    }
    struct buffer text = {0};
    if (error) {
        board_place(board, path, property, &text);
    }
    buffer_print(&text, ": node '%s': ", path);
    va_list args;
    va_start(args, format);
    buffer_vprint(&text, format, args);
    va_end(args);
    error_set(error, code, "%s", buffer_text(&text));
    buffer_fini(&text);
    return code;
}

/* ---- Reading files ------------------------------------------------------- */

static bool ends_with(const char *text, const char *suffix)
{
    size_t length = strlen(text);
    size_t wanted = strlen(suffix);
    return length >= wanted && strcmp(text + length - wanted, suffix) == 0;
}

/* dtc writes "Error: FILE:LINE.COLUMN-COLUMN text" or "FILE:LINE.C-C: ERROR
 * (check): text"; people get the first complaint as "FILE:LINE:COLUMN: text".*/
static void first_complaint(struct buffer *complaints, struct buffer *out)
{
    char *line = xstrdup(buffer_text(complaints));
    char *end = strpbrk(line, "\n");
    if (end) {
        *end = '\0';
    }
    const char *start = line;
    if (strncmp(start, "Error: ", 7) == 0) {
        start += 7;
    }
    const char *colon = strchr(start, ':');
    char *dot = NULL;
    char *past = NULL;
    unsigned long row = colon ? strtoul(colon + 1, &dot, 10) : 0;
    unsigned long column = dot && *dot == '.' ? strtoul(dot + 1, &past, 10) : 0;
    if (past && past != dot + 1) {
        buffer_print(out, "%.*s:%lu:%lu:%s", (int)(colon - start), start, row,
                     column, past + strcspn(past, " "));
    } else {
        buffer_print(out, "%s", *start ? start : "dtc failed");
    }
    free(line);
}

static int compile(const struct board *board, const char *path,
                   struct buffer *blob, struct error *error)
{
    struct buffer complaints = {0};
    int code = board_compile(board, path, "dtb", blob, &complaints);
    if (code == -ENOENT) {
        error_set(error, code,
                  "board '%s': dtc is needed to compile it and was not found "
                  "(package device-tree-compiler)",
                  path);
    } else if (code != 0) {
        struct buffer text = {0};
        first_complaint(&complaints, &text);
        bool denied = strstr(buffer_text(&text), strerror(EACCES)) != NULL;
        error_set(error, code, "%s%s", buffer_text(&text),
                  denied ? BOARD_OUTSIDE : "");
        buffer_fini(&text);
    }
    buffer_fini(&complaints);
    return code;
}

static int check_blob(const char *path, const struct buffer *blob,
                      struct error *error)
{
    int code = flat_tree_check(blob->bytes, blob->size);
    if (code != 0) {
        return error_set(error, -EINVAL, "board '%s': no device tree: %s", path,
                         fdt_strerror(code));
    }
    return 0;
}

static int read_blob(const struct board *board, const char *path, bool text,
                     struct buffer *blob, struct error *error)
{
    /* dtc's complaint of a missing file hides which one it is. */
    uint64_t size;
    int code = file_size(path, &size, error);
    if (code == 0 && size > BOARD_BLOB_MAX) {
        code = error_set(error, -EFBIG, "board '%s': more than %u bytes", path,
                         (unsigned)BOARD_BLOB_MAX);
    }
    if (code == 0) {
        code = text ? compile(board, path, blob, error)
                    : file_read(path, BOARD_BLOB_MAX, blob, error);
    }
    return code == 0 ? check_blob(path, blob, error) : code;
}

static struct board_source *add_source(struct board *board, const char *path,
                                       bool text)
{
    size_t count = board->source_count + 1;
    struct board_source *sources = xcalloc(count, sizeof(*sources));
    if (board->source_count != 0) {
        memcpy(sources, board->sources, board->source_count * sizeof(*sources));
    }
    free(board->sources);
    board->sources = sources;
    board->source_count = count;
    sources[count - 1] =
        (struct board_source){.path = xstrdup(path), .text = text};
    return &sources[count - 1];
}

static int apply_overlay(struct board *board, const char *path,
                         struct error *error)
{
    bool text = !ends_with(path, ".dtbo") && !ends_with(path, ".dtb");
    struct board_source *source = add_source(board, path, text);
    int code = read_blob(board, path, text, &source->blob, error);
    if (code != 0) {
        return code;
    }
    /* libfdt scribbles over both trees, also when it fails. */
    size_t size = board->size_bytes + 2 * source->blob.size + 4096;
    void *merged = xcalloc(1, size);
    void *overlay = xcalloc(1, source->blob.size);
    memcpy(overlay, source->blob.bytes, source->blob.size);
    code = fdt_open_into(board->fdt, merged, (int)size);
    if (code == 0) {
        code = fdt_overlay_apply(merged, overlay);
    }
    if (code == 0) {
        code = fdt_pack(merged);
    }
    free(overlay);
    if (code != 0) {
        free(merged);
        return error_set(error, -EINVAL,
                         "overlay '%s': does not fit board '%s': %s%s", path,
                         board->name, fdt_strerror(code),
                         code == -FDT_ERR_NOTFOUND
                             ? " (a label or path that the board lacks)"
                             : "");
    }
    free(board->fdt);
    board->fdt = merged;
    board->size_bytes = fdt_totalsize(merged);
    board_changed(board);
    return 0;
}

const char *cairn_board_name(size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (!board_builtins[i].name) {
            return NULL;
        }
    }
    return board_builtins[index].name;
}

static const struct board_builtin *find_builtin(const char *name)
{
    const struct board_builtin *builtin = board_builtins;
    while (builtin->name && strcmp(builtin->name, name) != 0) {
        builtin++;
    }
    return builtin->name ? builtin : NULL;
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) {
        return xstrdup(".");
    }
    int length = slash == path ? 1 : (int)(slash - path);
    return xasprintf("%.*s", length, path);
}

static int take_blob(struct board *board, const char *name, const void *blob,
                     size_t size, struct error *error)
{
    board->name = xstrdup(name);
    board->folder = xstrdup(".");
    struct buffer copy = {0};
    buffer_append(&copy, blob, size);
    int code = check_blob(name, &copy, error);
    if (code != 0) {
        buffer_fini(&copy);
        board_fini(board);
        return code;
    }
    board->fdt = copy.bytes;
    board->size_bytes = fdt_totalsize(copy.bytes);
    board_changed(board);
    return 0;
}

int board_from_blob(struct board *board, const char *name, const void *blob,
                    size_t size, struct error *error)
{
    *board = (struct board){0};
    return take_blob(board, name, blob, size, error);
}

void board_changed(struct board *board)
{
    board_index_fini(&board->index);
    board_index_init(&board->index, board->fdt);
}

static int load_base(struct board *board, const char *name, struct error *error)
{
    const struct board_builtin *builtin = find_builtin(name);
    if (builtin) {
        return take_blob(board, name, builtin->blob, builtin->size_bytes,
                         error);
    }
    struct stat status;
    if (stat(name, &status) != 0 && !strpbrk(name, "/.")) {
        struct buffer names = {0};
        struct guess guess = GUESS(name);
        for (const struct board_builtin *b = board_builtins; b->name; b++) {
            buffer_print(&names, " %s", b->name);
            guess_consider(&guess, b->name);
        }
        error_set(error, -ENODEV,
                  "board '%s': no such file; %s%s%sbuilt in are%s", name,
                  guess.best[0] ? "did you mean '" : "", guess.best,
                  guess.best[0] ? "'? " : "",
                  names.size ? buffer_text(&names) : " none");
        buffer_fini(&names);
        return -ENODEV;
    }
    bool text = !ends_with(name, ".dtb");
    struct buffer blob = {0};
    int code = read_blob(board, name, text, &blob, error);
    if (code == 0) {
        code = take_blob(board, name, blob.bytes, blob.size, error);
    }
    if (code == 0) {
        free(board->folder);
        board->folder = folder_of(name);
        add_source(board, name, text);
    }
    buffer_fini(&blob);
    return code;
}

/* ---- What it may name ---------------------------------------------------- */

static void add_folder(struct board *board, char *folder)
{
    board->folders[board->folder_count++] = folder;
}

/* The folders of the sources, and what the caller allows. */
static void find_folders(struct board *board, const char *name,
                         const struct cairn_options *options)
{
    size_t most = 1 + options->overlay_count + options->folder_count;
    board->folders = xcalloc(most, sizeof(*board->folders));
    if (!find_builtin(name)) {
        add_folder(board, folder_of(name));
    }
    for (size_t i = 0; i < options->overlay_count; i++) {
        add_folder(board, folder_of(options->overlays[i]));
    }
    for (size_t i = 0; i < options->folder_count; i++) {
        add_folder(board, xstrdup(options->folders[i]));
    }
}

static int check_allowed(const struct cairn_options *options,
                         struct error *error)
{
    for (size_t i = 0; i < options->folder_count; i++) {
        int folder = folder_open(options->folders[i], error);
        if (folder < 0) {
            return folder;
        }
        close(folder);
    }
    return 0;
}

bool board_reaches(const struct board *board, const char *path)
{
    for (size_t i = 0; i < board->folder_count; i++) {
        if (folder_holds(board->folders[i], path)) {
            return true;
        }
    }
    return false;
}

/* ---- All of it ----------------------------------------------------------- */

int board_load(struct board *board, const struct cairn_options *options,
               struct error *error)
{
    const char *name = options->board ? options->board : "";
    *board = (struct board){0};
    find_folders(board, name, options);
    int code = check_allowed(options, error);
    code = code ? code : load_base(board, name, error);
    for (size_t i = 0; code == 0 && i < options->overlay_count; i++) {
        code = apply_overlay(board, options->overlays[i], error);
    }
    if (code != 0) {
        board_fini(board);
    }
    return code;
}

void board_fini(struct board *board)
{
    for (size_t i = 0; i < board->source_count; i++) {
        free(board->sources[i].path);
        buffer_fini(&board->sources[i].blob);
    }
    free(board->sources);
    for (size_t i = 0; i < board->folder_count; i++) {
        free(board->folders[i]);
    }
    free(board->folders);
    free(board->name);
    free(board->folder);
    free(board->fdt);
    board_index_fini(&board->index);
    *board = (struct board){0};
}

bool board_is_application_processor(const struct board *board, int node)
{
    static const char arm[] = "arm,";
    static const char m_profile[] = "arm,cortex-m";
    const char *type = board_string(board, node, "device_type");
    const char *kind = board_string(board, node, "compatible");
    return type && kind && strcmp(type, "cpu") == 0 &&
           strncmp(kind, arm, sizeof(arm) - 1) == 0 &&
           strncmp(kind, m_profile, sizeof(m_profile) - 1) != 0;
}
