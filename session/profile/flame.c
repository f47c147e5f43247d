/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A profile as a flame graph: an SVG picture that needs nothing but itself. The
 * width of a frame is the share of instructions of its function and all that
 * this called; callers are below, in the order of their names. A browser zooms
 * and searches by the script in the picture; without it the picture is whole.
 */
#include "session/profile/flame.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/bits.h"
#include "base/hash.h"
#include "base/svg.h"
#include "session/profile/profile.h"
#include "session/statistics.h"

enum {
    WIDTH = 1200,
    MARGIN = 10,
    INSIDE = WIDTH - 2 * MARGIN,
    HEAD = 62,
    ROW = 17,
    LINE = 14,
    DEPTH_MODE = 2,
};

/* Frames that are less wide are left out, in pixels; a character's width. */
static const double least_width = 0.2, character = 6.6;

struct picture {
    const struct profile_tree *tree;
    struct buffer *out;
    uint64_t whole;
    int base; /* y of the root's row */
};

/* ---- Text ---------------------------------------------------------------- */

static void print_text(struct buffer *out, int y, const char *style,
                       const char *text, size_t size)
{
    svg_text(out, text, size, "x=\"%d\" y=\"%d\" class=\"%s\"", MARGIN, y,
             style);
}

/* ---- Frames -------------------------------------------------------------- */

/* By what the processor was allowed to do. */
static const struct {
    const char *mode;
    uint8_t red, green, blue;
} colours[] = {
    {"EL0",   126, 190, 110},
    {"EL1",   240, 150, 70 },
    {"EL2",   80,  175, 185},
    {"EL3",   165, 130, 215},
    {"S-EL0", 205, 175, 90 },
    {"S-EL1", 225, 110, 105},
    {"S-EL2", 200, 100, 140},
    {"M",     105, 155, 225},
    {"U",     140, 195, 225},
};

static void print_colour(struct buffer *out, const char *mode, const char *name)
{
    unsigned shade = (unsigned)(hash64(0, name, strlen(name)) % 32);
    size_t row = 0;

    while (row < ARRAY_SIZE(colours) && strcmp(colours[row].mode, mode) != 0) {
        row++;
    }
    if (row == ARRAY_SIZE(colours) || name[0] == '[') {
        buffer_print(out, "#%02x%02x%02x", 185 + shade, 185 + shade,
                     190 + shade);
    } else {
        buffer_print(out, "#%02x%02x%02x", colours[row].red + shade - 16,
                     colours[row].green + shade - 16,
                     colours[row].blue + shade - 16);
    }
}

/* As much of a name as the frame has room for. */
static void print_label(struct buffer *out, const char *name, double width)
{
    size_t most = width > 6 ? (size_t)((width - 6) / character) : 0;

    if (most >= 3) {
        svg_escape_cut(out, name, most);
    }
}

static void print_frame(const struct picture *picture,
                        const struct profile_node *node, uint64_t before,
                        unsigned depth, const char *mode)
{
    struct buffer *out = picture->out;
    const char *name = profile_tree_text(picture->tree, node->name);
    double x = (double)before / (double)picture->whole;
    double w = (double)node->total / (double)picture->whole;
    int y = picture->base - (int)depth * ROW;

    buffer_print(out,
                 "<g class=\"f\" data-x=\"%.9f\" data-w=\"%.9f\" "
                 "data-d=\"%u\"><title>",
                 x, w, depth);
    svg_escape(out, name);
    buffer_print(
        out, " (%" PRIu64 " instructions, %.2f%%; %.2f%% itself)</title>",
        node->total, session_profile_share(node->total, picture->whole),
        session_profile_share(node->self, picture->whole));
    buffer_print(out,
                 "<rect x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\" "
                 "fill=\"",
                 MARGIN + x * INSIDE, y, w * INSIDE, ROW - 1);
    print_colour(out, mode, name);
    buffer_print(out, "\"/><text x=\"%.2f\" y=\"%d\">", MARGIN + 3 + x * INSIDE,
                 y + ROW - 5);
    print_label(out, name, w * INSIDE);
    buffer_print(out, "</text></g>\n");
}

static bool is_shown(const struct picture *picture,
                     const struct profile_node *node)
{
    return (double)node->total * INSIDE >=
               least_width * (double)picture->whole &&
           node->total != 0;
}

static void print_frames(const struct picture *picture, uint32_t at,
                         uint64_t before, unsigned depth, const char *mode)
{
    const struct profile_node *node = profile_tree_node(picture->tree, at);

    if (!is_shown(picture, node)) {
        return;
    }
    if (depth == DEPTH_MODE) {
        mode = profile_tree_text(picture->tree, node->name);
    }
    print_frame(picture, node, before, depth, mode);
    for (uint32_t child = node->child; child != 0;
         child = profile_tree_node(picture->tree, child)->next) {
        print_frames(picture, child, before, depth + 1, mode);
        before += profile_tree_node(picture->tree, child)->total;
    }
}

static unsigned height(const struct picture *picture, uint32_t at)
{
    const struct profile_node *node = profile_tree_node(picture->tree, at);
    unsigned most = 0;

    if (!is_shown(picture, node)) {
        return 0;
    }
    for (uint32_t child = node->child; child != 0;
         child = profile_tree_node(picture->tree, child)->next) {
        unsigned below = height(picture, child);
        most = below > most ? below : most;
    }
    return most + 1;
}

/* ---- The picture --------------------------------------------------------- */

static const char style[] =
    "text{font:11px monospace;fill:#222}"
    ".h{font:bold 15px sans-serif}.s{font:12px sans-serif}"
    ".b{font:12px sans-serif;fill:#1f5fa8;cursor:pointer}"
    ".t{white-space:pre}.f{cursor:pointer}"
    ".f:hover rect{stroke:#222;stroke-width:.6}";

static void print_head(const struct session_profile *profile, int bottom,
                       struct buffer *out)
{
    struct buffer words = {0};

    svg_begin_file(out, WIDTH, bottom, style, "#fff");
    buffer_print(&words, "Where the guest's time went: board '%s'",
                 profile->options->board ? profile->options->board : "");
    print_text(out, 20, "h", buffer_text(&words), words.size);
    buffer_clear(&words);
    session_profile_summary(profile, &words);
    print_text(out, 37, "s", buffer_text(&words), words.size);
    buffer_fini(&words);
    buffer_print(out,
                 "<text id=\"details\" x=\"%d\" y=\"54\"></text>\n"
                 "<text id=\"found\" x=\"%d\" y=\"37\" class=\"s\" "
                 "text-anchor=\"end\"></text>\n"
                 "<text id=\"search\" x=\"%d\" y=\"20\" class=\"b\" "
                 "text-anchor=\"end\">search</text>\n"
                 "<text id=\"reset\" x=\"%d\" y=\"20\" class=\"b\" "
                 "text-anchor=\"end\" style=\"display:none\">reset zoom"
                 "</text>\n",
                 MARGIN, WIDTH - MARGIN, WIDTH - MARGIN, WIDTH - MARGIN - 60);
}

static void print_lines(struct buffer *out, int y, const char *text)
{
    struct svg_line line;

    for (; svg_line_next(&text, SIZE_MAX, &line); y += LINE) {
        print_text(out, y, "t", line.text, line.size);
    }
}

void session_profile_flame(const struct session_profile *profile,
                           struct buffer *out)
{
    struct picture picture = {
        .tree = &profile->tree,
        .out = out,
        .whole = profile_tree_node(&profile->tree, PROFILE_ROOT)->total,
    };
    struct buffer tables = {0};
    int rows = (int)height(&picture, PROFILE_ROOT);

    session_profile_unnamed(profile, &tables);
    session_profile_exits(profile, &tables);
    picture.base = HEAD + (rows > 0 ? rows - 1 : 0) * ROW;
    int under = picture.base + 2 * ROW;
    int bottom =
        under + svg_line_count(buffer_text(&tables), SIZE_MAX) * LINE + MARGIN;
    print_head(profile, bottom, out);
    print_frames(&picture, PROFILE_ROOT, 0, 0, "");
    print_lines(out, under, buffer_text(&tables));
    buffer_print(out, "<script><![CDATA[\n%s]]></script>\n</svg>\n",
                 flame_script);
    buffer_fini(&tables);
}
