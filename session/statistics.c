/* SPDX-License-Identifier: Apache-2.0 */
/* Printing what machine and engine counted. */
#include "session/statistics.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/bits.h"

static double ratio(uint64_t a, uint64_t b)
{
    return b == 0 ? 0 : (double)a / (double)b;
}

static void print(struct buffer *out, const char *name, uint64_t value)
{
    buffer_print(out, "  %-29s %" PRIu64 "\n", name, value);
}

/* The counts of cores and devices. */
static void print_counts(const struct cairn_machine *machine,
                         struct buffer *out)
{
    struct cairn_count count;

    for (size_t i = 0; cairn_count_get(machine, i, &count) == 0; i++) {
        char *name =
            xasprintf("%s %s, %s", count.subject, count.kind, count.what);
        buffer_print(out, "  %-51s %" PRIu64 "\n", name, count.count);
        free(name);
    }
}

/* The numbers that depend on the host. */
static void print_host(const struct cairn_engine_statistics *s,
                       struct buffer *out)
{
    /* clang-format off */
    const struct {
        const char *name;
        double value;
    } ratios[] = {
        {"decoding, ms",                 (double)s->decode_ns / 1e6},
        {"compiling, ms",                (double)s->compile_ns / 1e6},
        {"decoding, ns an instruction",  ratio(s->decode_ns, s->decoded)},
        {"compiling, ns an instruction", ratio(s->compile_ns, s->instructions)},
        {"bytes an instruction",         ratio(s->bytes, s->instructions)},
    };
    /* clang-format on */

    print(out, "bytes of host code", s->bytes);
    for (size_t i = 0; i < ARRAY_SIZE(ratios); i++) {
        buffer_print(out, "  %-29s %.1f\n", ratios[i].name, ratios[i].value);
    }
}

void session_statistics_print(const struct cairn_machine *machine,
                              enum session_statistics which, struct buffer *out)
{
    struct cairn_engine_statistics s;

    cairn_engine_statistics(machine, &s);
    /* clang-format off */
    const struct {
        const char *name;
        uint64_t value;
    } figures[] = {
        {"instructions",                 cairn_instructions(machine, NULL)},
        {"exceptions taken",             s.traps},
        {"instructions decoded",         s.decoded},
        {"pages with code",              s.pages},
        {"pages evicted for others",     s.evicted_pages},
        {"pages dropped by stores",      s.written_pages},
        {"blocks dropped by stores",     s.dropped},
        {"blocks compiled",              s.blocks},
        {"instructions in them",         s.instructions},
        {"flushes of all code",          s.flushes},
        {"entries",                      s.entries},
        {"jumps aimed",                  s.links},
        {"exits for the run loop",       s.left},
        {"exits at a budget's end",      s.cut},
        {"exits for missing code",       s.missed},
        {"exits for a step",             s.stepped},
        {"TLB fills, read",              s.read_fills},
        {"TLB fills, write",             s.write_fills},
        {"TLB fills, fetch",             s.fetch_fills},
        {"TLB flushes, banks",           s.bank_flushes},
        {"TLB flushes, by address",      s.page_flushes},
        {"skipped, in loops that wait",  s.skipped},
    };
    /* clang-format on */

    for (size_t i = 0; i < ARRAY_SIZE(figures); i++) {
        print(out, figures[i].name, figures[i].value);
    }
    print_counts(machine, out);
    if (which == SESSION_STATISTICS_ALL) {
        print_host(&s, out);
    }
}
