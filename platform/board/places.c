/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dtc -T writes a tree back as source, and behind each node and property where
 * it came from: "name = <1>; / * file:line * /". A node that several places add
 * to lists them in order; the first is where it began.
 *
 * What an overlay adds stands there below /fragment@N/__overlay__, and the
 * overlay's blob says which node of the board the fragment is for.
 */
#include "platform/board/places.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/process.h"

int board_compile(const struct board *board, const char *path,
                  const char *format, struct buffer *out,
                  struct buffer *complaints)
{
    bool annotate = strcmp(format, "dts") == 0;
    /* Warnings are for trees that an operating system reads. */
    const char *arguments[10] = {"dtc", "-q", "-@",   "-I",
                                 "dts", "-O", format, path};
    if (annotate) {
        arguments[8] = "-T";
    }
    const char **places = xcalloc(board->folder_count + 1, sizeof(*places));
    for (size_t i = 0; i < board->folder_count; i++) {
        places[i] = board->folders[i];
    }
    places[board->folder_count] = path; /* if it is a link that leads out */
    int code = process_run(arguments, places, board->folder_count + 1, out,
                           complaints);
    free(places);
    return code > 0 ? -EINVAL : code;
}

/* A line of annotated source, taken apart. */
struct line_parts {
    const char *name; /* of a node or property, without labels */
    int name_length;
    const char *place; /* "file:line", or NULL */
    int place_length;
    bool opens;
    bool closes;
};

static struct line_parts take_apart(char *line)
{
    struct line_parts parts = {0};
    line += strspn(line, "\t ");
    char *note = NULL;
    for (char *p = strstr(line, " /* "); p; p = strstr(p + 1, " /* ")) {
        note = p;
    }
    if (note) {
        *note = '\0';
        parts.place = note + 4;
        parts.place_length = (int)strcspn(parts.place, ", *");
    }
    size_t length = strlen(line);
    parts.closes = line[0] == '}';
    parts.opens = length > 0 && line[length - 1] == '{';
    if (parts.opens) {
        line[length - 1] = '\0';
        for (char *colon = strstr(line, ": "); colon;
             colon = strstr(line, ": ")) {
            line = colon + 2;
        }
    }
    parts.name = line;
    parts.name_length = (int)strcspn(line, parts.opens ? " " : " =;");
    return parts;
}

/* Looks for node_path (and in it property) in annotated text, which is cut up
 * in doing so. Returns where, or NULL; the node's place if the property has
 * none. */
static char *search(char *text, const char *node_path, const char *property)
{
    char *found = NULL;
    char path[1024] = "";
    for (char *save = NULL, *line = strtok_r(text, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        struct line_parts parts = take_apart(line);
        bool hit = false;
        if (parts.closes) {
            char *slash = strrchr(path, '/');
            if (slash) {
                *slash = '\0';
            }
        } else if (parts.opens) {
            size_t used = strlen(path);
            if (strcmp(parts.name, "/ ") != 0) {
                snprintf(path + used, sizeof(path) - used, "/%.*s",
                         parts.name_length, parts.name);
            }
            hit = strcmp(path[0] ? path : "/", node_path) == 0;
        } else if (property && strcmp(path[0] ? path : "/", node_path) == 0 &&
                   strlen(property) == (size_t)parts.name_length) {
            hit = strncmp(property, parts.name, strlen(property)) == 0;
        }
        if (hit && parts.place) {
            free(found);
            found = xasprintf("%.*s", parts.place_length, parts.place);
        }
    }
    return found;
}

/* dtc names files relative to the folder of the file it was given. */
static void print_place(const char *source, const char *place,
                        struct buffer *out)
{
    const char *slash = strrchr(source, '/');
    int folder = slash && place[0] != '/' ? (int)(slash - source) + 1 : 0;
    buffer_print(out, "%.*s%s", folder, source, place);
}

static bool search_source(const struct board *board,
                          const struct board_source *source,
                          const char *node_path, const char *property,
                          struct buffer *out)
{
    struct buffer text = {0};
    struct buffer complaints = {0};
    char *place = NULL;
    if (source->text &&
        board_compile(board, source->path, "dts", &text, &complaints) == 0) {
        char *copy = xstrdup(buffer_text(&text));
        place = search(copy, node_path, property);
        free(copy);
    }
    if (place) {
        print_place(source->path, place, out);
    }
    bool found = place != NULL;
    free(place);
    buffer_fini(&text);
    buffer_fini(&complaints);
    return found;
}

/* A NUL-terminated string property, or NULL. */
static const char *string_of(const void *fdt, int node, const char *property)
{
    int size = 0;
    const char *text =
        node >= 0 ? fdt_getprop(fdt, node, property, &size) : NULL;
    return text && size > 0 && text[size - 1] == '\0' ? text : NULL;
}

/* The label that fragment's target property waits for, or NULL. */
static const char *target_label(const void *overlay, const char *fragment)
{
    char place[128];
    snprintf(place, sizeof(place), "/%s:target:0", fragment);
    int fixups = fdt_path_offset(overlay, "/__fixups__");
    int property;
    fdt_for_each_property_offset(property, overlay, fixups)
    {
        const char *label;
        int size;
        const char *places =
            fdt_getprop_by_offset(overlay, property, &label, &size);
        if (places && fdt_stringlist_contains(places, size, place)) {
            return label;
        }
    }
    return NULL;
}

/* The board's node that a fragment of an overlay adds to, or NULL. */
static const char *target_path(const struct board *board, const void *overlay,
                               int fragment)
{
    const char *path = string_of(overlay, fragment, "target-path");
    if (path) {
        return path;
    }
    const char *label =
        target_label(overlay, fdt_get_name(overlay, fragment, NULL));
    return label ? string_of(board->fdt,
                             fdt_path_offset(board->fdt, "/__symbols__"), label)
                 : NULL;
}

static bool search_overlay(const struct board *board,
                           const struct board_source *source,
                           const char *node_path, const char *property,
                           struct buffer *out)
{
    const void *overlay = source->blob.bytes;
    bool found = false;
    int fragment;
    if (!overlay || !source->text) {
        return false;
    }
    fdt_for_each_subnode(fragment, overlay, 0)
    {
        const char *target = target_path(board, overlay, fragment);
        size_t length = target ? strlen(target) : 0;
        if (found || !target || strncmp(node_path, target, length) != 0 ||
            (node_path[length] != '/' && node_path[length] != '\0')) {
            continue;
        }
        char *inside = xasprintf("/%s/__overlay__%s",
                                 fdt_get_name(overlay, fragment, NULL),
                                 node_path + length);
        found = search_source(board, source, inside, property, out);
        free(inside);
    }
    return found;
}

void board_place(const struct board *board, const char *node_path,
                 const char *property, struct buffer *out)
{
    /* The last mention counts. */
    for (size_t i = board->source_count; i-- > 1;) {
        if (search_overlay(board, &board->sources[i], node_path, property,
                           out)) {
            return;
        }
    }
    if (board->source_count == 0 ||
        !search_source(board, &board->sources[0], node_path, property, out)) {
        buffer_print(out, "%s", board->name);
    }
}
