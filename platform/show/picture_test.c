/* SPDX-License-Identifier: Apache-2.0 */
/* The pictures of all built-in boards: a page that one can look at, on which
 * nothing lies over something else, nothing is missing, nothing stands twice.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/machine/machine.h"
#include "platform/show/layout.h"
#include "platform/show/show.h"
#include "tests/harness.h"

/* ---- Pictures ------------------------------------------------------------ */

static struct cairn_machine *machine_of(const char *board)
{
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = board};
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};
    cairn_create(&options, &machine, &error);
    EXPECT_STR(error.text, "");
    if (machine) {
        cairn_power(machine);
    }
    return machine;
}

/* Calls see with the machine and picture of each built-in board. */
static void see_all(void (*see)(struct cairn_machine *machine, const char *svg))
{
    const char *board;
    for (size_t i = 0; (board = cairn_board_name(i)) != NULL; i++) {
        test_case("%s", board);
        struct cairn_machine *machine = machine_of(board);
        char *svg = NULL;
        REQUIRE(machine);
        REQUIRE(cairn_board_show(machine, "svg", &svg, NULL) == 0);
        see(machine, svg);
        free(svg);
        cairn_destroy(machine);
    }
}

static size_t occurrences(const char *text, const char *words)
{
    size_t count = 0;
    for (; (text = strstr(text, words)) != NULL; text += strlen(words)) {
        count++;
    }
    return count;
}

static void expect_once(const char *svg, const char *words)
{
    size_t count = occurrences(svg, words);
    if (count != 1) {
        test_case("%zu times: %s", count, words);
        EXPECT_EQ(count, 1);
    }
}

/* ---- Places -------------------------------------------------------------- */

enum { RECTANGLES_MAX = 512 };

struct rectangle {
    int x;
    int y;
    int width;
    int height;
};

/* The first numbers of text; returns how many there are, at most count. */
static size_t read_numbers(const char *text, int *numbers, size_t count)
{
    size_t found = 0;
    while (found < count && *text) {
        char *end;
        long number = strtol(text, &end, 10);
        if (end == text) {
            text++;
        } else {
            numbers[found++] = (int)number;
            text = end;
        }
    }
    return found;
}

/* The rectangles of a class, or of a class that begins so. */
static size_t find_rectangles(const char *svg, const char *class,
                              struct rectangle *found)
{
    char start[64];
    size_t count = 0;
    snprintf(start, sizeof(start), "<rect class=\"%s", class);
    EXPECT(occurrences(svg, start) <= RECTANGLES_MAX);
    for (const char *at = svg;
         count < RECTANGLES_MAX && (at = strstr(at, start)) != NULL; at++) {
        struct rectangle *r = &found[count];
        int n[4] = {0};
        EXPECT_EQ(read_numbers(strstr(at, " x="), n, 4), 4);
        *r = (struct rectangle){n[0], n[1], n[2], n[3]};
        count++;
    }
    return count;
}

static bool meet(const struct rectangle *a, const struct rectangle *b)
{
    return a->x < b->x + b->width && b->x < a->x + a->width &&
           a->y < b->y + b->height && b->y < a->y + a->height;
}

static bool holds(const struct rectangle *a, const struct rectangle *b)
{
    return a->x <= b->x && b->x + b->width <= a->x + a->width && a->y <= b->y &&
           b->y + b->height <= a->y + a->height;
}

static void expect_apart(const struct rectangle *all, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++) {
            EXPECT(!meet(&all[i], &all[k]));
        }
    }
}

static void see_places(struct cairn_machine *machine, const char *svg)
{
    struct rectangle blocks[RECTANGLES_MAX];
    struct rectangle boxes[RECTANGLES_MAX];
    int n[2] = {0};
    EXPECT_EQ(read_numbers(strstr(svg, " width="), n, 2), 2);
    const struct rectangle page = {0, 0, n[0], n[1]};
    EXPECT(page.width <= 2010 && page.height <= 3000);
    size_t block_count = find_rectangles(svg, "block", blocks);
    size_t box_count = find_rectangles(svg, "box", boxes);
    EXPECT(block_count >= 2 && box_count >= 2);
    expect_apart(blocks, block_count);
    expect_apart(boxes, box_count);
    for (size_t i = 0; i < block_count; i++) {
        EXPECT(holds(&page, &blocks[i]));
    }
    for (size_t i = 0; i < box_count; i++) {
        size_t inside = 0;
        for (size_t k = 0; k < block_count; k++) {
            inside += holds(&blocks[k], &boxes[i]);
        }
        EXPECT_EQ(inside, 1);
    }
}

TEST(a_page_is_of_a_size_to_look_at_and_nothing_overlaps)
{
    see_all(see_places);
}

/* ---- Parts, windows and lines -------------------------------------------- */

static void see_parts(struct cairn_machine *machine, const char *svg)
{
    size_t parts = 0;
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct node *node = &machine->nodes[i];
        char heading[160];
        char words[256];
        if (node->kind != NODE_CORE && node->kind != NODE_MEMORY &&
            node->kind != NODE_DEVICE && node->kind != NODE_IGNORED) {
            continue;
        }
        layout_heading(node, heading, sizeof(heading));
        snprintf(words, sizeof(words), "<g class=\"part\"><title>%s: %s",
                 node->name, heading);
        expect_once(svg, words);
        /* and it is to be read without pointing at it, uncut */
        snprintf(words, sizeof(words), "class=\"name\">%s</text>", node->name);
        EXPECT(strstr(svg, words) != NULL);
        parts++;
    }
    EXPECT_EQ(occurrences(svg, "<g class=\"part\">"), parts);
}

TEST(each_part_stands_once)
{
    see_all(see_parts);
}

static void see_windows(struct cairn_machine *machine, const char *svg)
{
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct node *node = &machine->nodes[i];
        const struct window *w = !node_is_master(node) ? NULL
                                 : node->secure_space
                                     ? node->secure_space->windows
                                     : node->space->windows;
        for (; w; w = w->next) {
            char size[32];
            char words[128];
            char ending[64];
            show_size(w->size_bytes, size, sizeof(size));
            snprintf(words, sizeof(words),
                     "0x%08llx %s %s: ", (unsigned long long)w->base.value,
                     size, w->name);
            snprintf(ending, sizeof(ending), ", for %s", node->name);
            const char *at = strstr(svg, words);
            EXPECT(at && strstr(at, ending));
        }
    }
}

TEST(each_window_is_in_the_title_of_a_row)
{
    see_all(see_windows);
}

static void see_lines(struct cairn_machine *machine, const char *svg)
{
    size_t told = occurrences(svg, " -&gt; ");
    size_t wires = 0;
    for (size_t i = 0; i < machine->node_count; i++) {
        size_t count;
        const struct line *lines = layout_outputs(&machine->nodes[i], &count);
        for (size_t k = 0; k < count; k++) {
            const struct line_connection *c = lines[k].connections;
            for (; c; c = c->next) {
                char words[192];
                snprintf(words, sizeof(words), "%s%s -&gt; %s", lines[k].name,
                         show_line_state(machine, &lines[k]), c->sink_name);
                if (!strstr(svg, words)) {
                    test_case("%s", words);
                    EXPECT(!"in no title");
                }
                wires++;
            }
        }
    }
    EXPECT(wires > 0 && told >= wires);
}

TEST(each_line_is_in_the_title_of_a_row)
{
    see_all(see_lines);
}

/* ---- Trunks -------------------------------------------------------------- */

/* Three pieces of a trunk's path: those of two trunks may cross, not lie on
 * each other. */
struct piece {
    bool level;
    int at;
    int from;
    int to;
};

enum { PIECES_MAX = 512 };

static size_t find_pieces(const char *svg, struct piece *pieces)
{
    size_t count = 0;
    EXPECT(3 * occurrences(svg, "<g class=\"trunk\"") <= PIECES_MAX);
    for (const char *at = svg;
         count + 3 <= PIECES_MAX && (at = strstr(at, "<g class=\"trunk\""));
         at++) {
        int n[5] = {0}; /* Mx y Hlane Vto_y Hend */
        EXPECT_EQ(read_numbers(strstr(at, " d=\"M"), n, 5), 5);
        pieces[count++] = (struct piece){true, n[1], n[0], n[2]};
        pieces[count++] = (struct piece){false, n[2], n[1], n[3]};
        pieces[count++] = (struct piece){true, n[3], n[2], n[4]};
    }
    return count;
}

static int low(const struct piece *piece)
{
    return piece->from < piece->to ? piece->from : piece->to;
}

static int high(const struct piece *piece)
{
    return piece->from < piece->to ? piece->to : piece->from;
}

static void see_trunks(struct cairn_machine *machine, const char *svg)
{
    struct piece pieces[PIECES_MAX];
    size_t count = find_pieces(svg, pieces);
    EXPECT(count >= 3);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i - i % 3; k++) {
            const struct piece *a = &pieces[i];
            const struct piece *b = &pieces[k];
            EXPECT(a->level != b->level || a->at != b->at || high(a) < low(b) ||
                   high(b) < low(a));
        }
    }
}

TEST(no_trunk_lies_on_another)
{
    see_all(see_trunks);
}

/* ---- What stands together ------------------------------------------------ */

TEST(what_is_alike_stands_in_one_row)
{
    static const struct {
        const char *board;
        const char *words; /* of one text */
    } rows[] = {
        {"virt",     "0a000000-0a003fff"          },
        {"virt",     "virtio0 and 31 more"        },
        {"virt",     "4010000000-401fffffff"      }, /* a gap is kept */
        {"virt",     "48 interrupts to bus"       },
        {"virt",     "32 signals from bus"        },
        {"virt",     "32 signals -&gt; cpu0..cpu7"},
        {"trust",    "16 resets from mcu_bus"     },
        {"ast2700",  "20 windows onto soc1"       },
        {"ast2700",  "154 interrupts from soc0"   },
        {"microbit", "3 interrupts -&gt; cpu"     },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char words[96];
        char *svg = NULL;
        struct cairn_machine *machine = machine_of(rows[i].board);
        REQUIRE(machine);
        REQUIRE(cairn_board_show(machine, "svg", &svg, NULL) == 0);
        snprintf(words, sizeof(words), ">%s</text>", rows[i].words);
        test_case("%s: %s", rows[i].board, words);
        EXPECT(strstr(svg, words) != NULL);
        free(svg);
        cairn_destroy(machine);
    }
}
