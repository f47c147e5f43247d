/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger as a picture over virtual time: a lane for each processor and each
 * device that changed its state, and below them the current, as an average of
 * each bin. In a bin with several states each has its share of the lane's
 * height.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/svg.h"
#include "session/power/power.h"

enum {
    LEFT = 150,
    INSIDE = 900,
    RIGHT = 30,
    WIDTH = LEFT + INSIDE + RIGHT,
    HEAD = 70,
    LANE = 30,
    BAR = 22,
    CHART = 180,
    GAP = 26,
    LINE = 15,
    TICKS = 8,
};

struct picture {
    struct cairn_machine *machine;
    struct cairn_power_span span;
    struct buffer *out;
};

/* Waiting is pale, work is dark; what is not as it should be is red. */
static const struct {
    const char *state;
    const char *colour;
} colours[] = {
    {"run",           "#d9743a"},
    {"wfi",           "#a9cce8"},
    {"wfe",           "#bfe8c4"},
    {"sleep-on-exit", "#7fa3d9"},
    {"deep-sleep",    "#2f5f96"},
    {"reset",         "#8c8c8c"},
    {"off",           "#ececec"},
    {"lockup",        "#c2272d"},
};

/* Colours of devices: the first state is that after a reset. */
static const char *const others[] = {"#c9bcae", "#6fae7c", "#b58ac7",
                                     "#c9b25a"};

static const char *colour_of(const struct cairn_power_consumer *consumer,
                             size_t state)
{
    for (size_t i = 0; consumer->processor && i < ARRAY_SIZE(colours); i++) {
        if (strcmp(colours[i].state, consumer->states[state].name) == 0) {
            return colours[i].colour;
        }
    }
    return others[state % ARRAY_SIZE(others)];
}

/* ---- Text and axes ------------------------------------------------------- */

static void print_text(struct buffer *out, double x, double y,
                       const char *style, const char *text)
{
    svg_text(out, text, SIZE_MAX, "x=\"%.2f\" y=\"%.2f\" class=\"%s\"", x, y,
             style);
}

static double x_of(const struct picture *picture, uint64_t time_ns)
{
    const struct cairn_power_span *span = &picture->span;

    return LEFT + (double)(time_ns - span->start_ns) * INSIDE /
                      (double)(span->end_ns - span->start_ns);
}

/* The least of 1, 2 and 5 times a power of ten that is no less. */
static uint64_t round_up(uint64_t value)
{
    uint64_t unit = 1;

    while (value > 10 * unit) {
        unit *= 10;
    }
    return value <= unit       ? unit
           : value <= 2 * unit ? 2 * unit
           : value <= 5 * unit ? 5 * unit
                               : 10 * unit;
}

static const struct unit {
    const char *name;
    uint64_t size;
} times[] =
    {
        {"s",  1000000000u},
        {"ms", 1000000u   },
        {"us", 1000u      },
        {"ns", 1u         }
},
  currents[] = {{"mA", 1000000u}, {"uA", 1000u}, {"nA", 1u}};

/* The largest that is no larger; the last is 1. */
static const struct unit *unit_for(const struct unit *unit, uint64_t value)
{
    while (unit->size > value && unit->size != 1) {
        unit++;
    }
    return unit;
}

static void print_time_axis(const struct picture *picture, double top,
                            double bottom)
{
    const struct cairn_power_span *span = &picture->span;
    uint64_t step = round_up((span->end_ns - span->start_ns) / TICKS + 1);
    const struct unit *unit = unit_for(times, step);

    for (uint64_t at = (span->start_ns + step - 1) / step * step;
         at <= span->end_ns; at += step) {
        char *text =
            xasprintf("%.10g %s", (double)at / (double)unit->size, unit->name);

        buffer_print(picture->out,
                     "<path class=\"g\" d=\"M%.2f %.2fV%.2f\"/>\n",
                     x_of(picture, at), top, bottom);
        print_text(picture->out, x_of(picture, at), bottom + LINE, "m", text);
        free(text);
    }
    print_text(picture->out, LEFT + INSIDE / 2.0, bottom + 2.2 * LINE, "m",
               "virtual time");
}

/* ---- Lanes --------------------------------------------------------------- */

/* The only state of a bin, or -1. */
static int whole_state(const uint64_t times_ns[CAIRN_POWER_STATES])
{
    int only = -1;

    for (int state = 0; state < CAIRN_POWER_STATES; state++) {
        if (times_ns[state] != 0) {
            if (only >= 0) {
                return -1;
            }
            only = state;
        }
    }
    return only;
}

static uint64_t look_at_bin(const struct picture *picture, size_t consumer,
                            size_t bin, uint64_t times_ns[CAIRN_POWER_STATES])
{
    uint64_t sum = 0;

    for (size_t state = 0; state < CAIRN_POWER_STATES; state++) {
        times_ns[state] =
            cairn_power_bin(picture->machine, consumer, state, bin);
        sum += times_ns[state];
    }
    return sum;
}

static void print_bar(const struct picture *picture, size_t first, size_t end,
                      double y, double height, const char *colour)
{
    const struct cairn_power_span *span = &picture->span;
    uint64_t from = span->start_ns + first * span->bin_ns;
    uint64_t to = span->start_ns + end * span->bin_ns;
    double x = x_of(picture, from);

    to = to < span->end_ns ? to : span->end_ns;
    buffer_print(picture->out,
                 "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" "
                 "fill=\"%s\"/>\n",
                 x, y, x_of(picture, to) - x, height, colour);
}

static void print_mixed(const struct picture *picture,
                        const struct cairn_power_consumer *consumer, size_t bin,
                        double y, const uint64_t *times_ns, uint64_t sum)
{
    double bottom = y + BAR;

    for (size_t state = consumer->state_count; state-- > 0;) {
        double height = (double)times_ns[state] * BAR / (double)sum;

        if (times_ns[state] != 0) {
            print_bar(picture, bin, bin + 1, bottom - height, height,
                      colour_of(consumer, state));
            bottom -= height;
        }
    }
}

static void print_lane(const struct picture *picture, size_t index,
                       const struct cairn_power_consumer *consumer, double y)
{
    uint64_t times_ns[CAIRN_POWER_STATES];
    size_t first = 0;
    int run = -1; /* the state of the bins from first on */

    print_text(picture->out, LEFT - 8, y + BAR * 0.7, "r", consumer->name);
    for (size_t bin = 0; bin < picture->span.bins; bin++) {
        uint64_t sum = look_at_bin(picture, index, bin, times_ns);
        int whole = whole_state(times_ns);

        if (whole == run && whole >= 0) {
            continue;
        }
        if (run >= 0) {
            print_bar(picture, first, bin, y, BAR,
                      colour_of(consumer, (size_t)run));
        }
        if (whole < 0 && sum != 0) {
            print_mixed(picture, consumer, bin, y, times_ns, sum);
        }
        first = bin;
        run = whole;
    }
    if (run >= 0) {
        print_bar(picture, first, picture->span.bins, y, BAR,
                  colour_of(consumer, (size_t)run));
    }
}

/* ---- The current --------------------------------------------------------- */

/* The current of all that has currents, as an average of the bin, in
 * nanoamperes. */
static uint64_t current_of_bin(const struct picture *picture, size_t bin)
{
    const struct cairn_power_span *span = &picture->span;
    struct cairn_power_consumer consumer;
    uint64_t start = span->start_ns + bin * span->bin_ns;
    uint64_t left = span->end_ns - start;
    uint64_t length = left < span->bin_ns ? left : span->bin_ns;
    double charge = 0;

    for (size_t i = 0;
         cairn_power_consumer_get(picture->machine, i, &consumer) == 0; i++) {
        for (size_t state = 0; state < consumer.state_count; state++) {
            if (consumer.states[state].has_current) {
                charge +=
                    (double)cairn_power_bin(picture->machine, i, state, bin) *
                    consumer.states[state].current_na;
            }
        }
    }
    return length == 0 ? 0 : (uint64_t)(charge / (double)length);
}

static void print_current_axis(const struct picture *picture, double top,
                               uint64_t most)
{
    const struct unit *unit = unit_for(currents, most);

    for (unsigned i = 0; i <= 4; i++) {
        double y = top + CHART - i * CHART / 4.0;
        char *text = xasprintf(
            "%.4g %s", (double)most * i / 4 / (double)unit->size, unit->name);

        buffer_print(picture->out, "<path class=\"g\" d=\"M%d %.2fH%d\"/>\n",
                     LEFT, y, LEFT + INSIDE);
        print_text(picture->out, LEFT - 8, y + 4, "r", text);
        free(text);
    }
    buffer_print(picture->out,
                 "<text class=\"m\" transform=\"translate(24 %.2f) "
                 "rotate(-90)\">current, average of a bin</text>\n",
                 top + CHART / 2.0);
}

static void print_chart(const struct picture *picture, double top)
{
    const struct cairn_power_span *span = &picture->span;
    uint64_t *bins = xcalloc(span->bins + 1, sizeof(*bins));
    uint64_t most = 1;
    struct power_sum all = power_sum_all(picture->machine);
    uint64_t average =
        power_average_na(all.charge_pc, span->end_ns - span->start_ns);
    struct buffer text = {0};

    for (size_t bin = 0; bin < span->bins; bin++) {
        bins[bin] = current_of_bin(picture, bin);
        most = bins[bin] > most ? bins[bin] : most;
    }
    most = round_up(most);
    print_current_axis(picture, top, most);
    buffer_print(picture->out, "<path class=\"c\" d=\"M%d %.2f", LEFT,
                 top + CHART);
    for (size_t bin = 0; bin < span->bins; bin++) {
        uint64_t end = span->start_ns + (bin + 1) * span->bin_ns;

        end = end < span->end_ns ? end : span->end_ns;
        buffer_print(picture->out, "V%.2fH%.2f",
                     top + CHART - (double)bins[bin] * CHART / (double)most,
                     x_of(picture, end));
    }
    buffer_print(picture->out, "V%.2fZ\"/>\n", top + CHART);
    double y = top + CHART - (double)average * CHART / (double)most;
    buffer_print(picture->out, "<path class=\"a\" d=\"M%d %.2fH%d\"/>\n", LEFT,
                 y, LEFT + INSIDE);
    buffer_print(&text, "average ");
    power_print_current(&text, average);
    print_text(picture->out, LEFT + INSIDE - 4, y - 4, "e", buffer_text(&text));
    buffer_fini(&text);
    free(bins);
}

/* ---- The picture --------------------------------------------------------- */

/* Returns where the next entry begins. */
static double print_key(const struct picture *picture, double x, double y,
                        const char *colour, const char *words)
{
    buffer_print(picture->out,
                 "<rect x=\"%.2f\" y=\"%.2f\" width=\"11\" height=\"11\" "
                 "fill=\"%s\"/>\n",
                 x, y - 10, colour);
    print_text(picture->out, x + 15, y, "s", words);
    return x + 30 + 7.0 * (double)strlen(words);
}

static void print_legend(const struct picture *picture, double y)
{
    double x = LEFT;

    for (size_t i = 0; i < ARRAY_SIZE(colours); i++) {
        x = print_key(picture, x, y, colours[i].colour, colours[i].state);
    }
    x = print_key(picture, x, y, others[0], "device at rest");
    x = print_key(picture, x, y, others[1], "at work");
    for (size_t i = 2; i < ARRAY_SIZE(others); i++) {
        x = print_key(picture, x, y, others[i], "otherwise");
    }
}

static void print_lines(const struct picture *picture, double y,
                        const char *text)
{
    struct svg_line line;

    for (; svg_line_next(&text, SIZE_MAX, &line); y += LINE) {
        /* For browsers the style says it; others ask for the attribute. */
        svg_text(picture->out, line.text, line.size,
                 "x=\"20\" y=\"%.2f\" class=\"t\" "
                 "xml:space=\"preserve\"",
                 y);
    }
}

static const char style[] =
    "text{font:12px sans-serif;fill:#222}.h{font:bold 15px sans-serif}"
    ".m{text-anchor:middle}.r,.e{text-anchor:end}.e{fill:#8a2f1d}"
    ".t{font:11px monospace;white-space:pre}.g{stroke:#ddd;fill:none}"
    ".c{fill:#d9743a;fill-opacity:.35;stroke:#b4501c;stroke-width:.8}"
    ".a{stroke:#8a2f1d;stroke-dasharray:5 3;fill:none}";

static void print_head(const struct picture *picture, int height,
                       const char *board)
{
    char *title =
        xasprintf("Power states over virtual time: board '%s'", board);

    svg_begin_file(picture->out, WIDTH, height, style, "#fff");
    print_text(picture->out, 20, 22, "h", title);
    free(title);
}

void session_power_picture(struct cairn_machine *machine, const char *board,
                           struct buffer *out)
{
    struct picture picture = {.machine = machine, .out = out};
    struct cairn_power_consumer consumer;
    struct power_sum all = power_sum_all(machine);
    struct buffer text = {0};
    double y = HEAD;
    int lanes = 0;

    for (size_t i = 0; cairn_power_consumer_get(machine, i, &consumer) == 0;
         i++) {
        lanes += power_steady_state(&consumer) < 0;
    }
    session_power_text(machine, board, &text);
    int chart = all.given ? CHART + GAP : 0;
    int under = HEAD + lanes * LANE + chart + 4 * LINE;
    int height =
        under + svg_line_count(buffer_text(&text), SIZE_MAX) * LINE + LINE;
    print_head(&picture, height, board);
    if (cairn_power_span_get(machine, &picture.span) == 0 &&
        picture.span.bins != 0) {
        print_time_axis(&picture, HEAD - 6, HEAD + lanes * LANE + chart);
        print_legend(&picture, 48);
        for (size_t i = 0; cairn_power_consumer_get(machine, i, &consumer) == 0;
             i++) {
            if (power_steady_state(&consumer) < 0) {
                print_lane(&picture, i, &consumer, y);
                y += LANE;
            }
        }
        if (all.given) {
            print_chart(&picture, y + GAP / 2.0);
        }
    }
    print_lines(&picture, under, buffer_text(&text));
    buffer_print(out, "</svg>\n");
    buffer_fini(&text);
}
