/* SPDX-License-Identifier: Apache-2.0 */
/* A profile as text: folded stacks, and tables. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

#include "session/profile/profile.h"
#include "session/statistics.h"

/* Nodes of processors, and of their modes, are so deep; below are functions. */
enum { DEPTH_CORE = 1, DEPTH_MODE, DEPTH_FUNCTION };

/* ---- Folded stacks ------------------------------------------------------- */

static void print_stack(const struct profile_tree *tree, uint32_t at,
                        struct buffer *path, struct buffer *out)
{
    const struct profile_node *node = profile_tree_node(tree, at);
    size_t before = path->size;

    for (const char *c = profile_tree_text(tree, node->name); *c; c++) {
        /* A separator of frames cannot be in one. */
        buffer_append(path, *c == ';' ? ":" : c, 1);
    }
    if (node->self != 0) {
        buffer_append(out, path->bytes, path->size);
        buffer_print(out, " %" PRIu64 "\n", node->self);
    }
    buffer_append(path, ";", 1);
    for (uint32_t child = node->child; child != 0;
         child = profile_tree_node(tree, child)->next) {
        print_stack(tree, child, path, out);
    }
    path->size = before;
}

void session_profile_folded(const struct session_profile *profile,
                            struct buffer *out)
{
    const struct profile_tree *tree = &profile->tree;
    struct buffer path = {0};

    for (uint32_t core = profile_tree_node(tree, PROFILE_ROOT)->child;
         core != 0; core = profile_tree_node(tree, core)->next) {
        print_stack(tree, core, &path, out);
    }
    buffer_fini(&path);
}

/* ---- Functions ----------------------------------------------------------- */

struct function {
    const char *name;
    uint64_t self;
    uint64_t total;  /* with what it calls; once for each stack */
    unsigned inside; /* how often it is on the path at hand */
};

static void add_functions(const struct profile_tree *tree, uint32_t at,
                          unsigned depth, struct function *list)
{
    const struct profile_node *node = profile_tree_node(tree, at);
    struct function *function =
        depth >= DEPTH_FUNCTION ? &list[node->name] : NULL;

    if (function) {
        function->name = profile_tree_text(tree, node->name);
        function->self += node->self;
        function->total += function->inside++ == 0 ? node->total : 0;
    }
    for (uint32_t child = node->child; child != 0;
         child = profile_tree_node(tree, child)->next) {
        add_functions(tree, child, depth + 1, list);
    }
    if (function) {
        function->inside--;
    }
}

static int compare(const void *a, const void *b)
{
    const struct function *x = a;
    const struct function *y = b;

    return x->self != y->self     ? compare_numbers(y->self, x->self)
           : x->total != y->total ? compare_numbers(y->total, x->total)
           : x->total != 0        ? strcmp(x->name, y->name)
                                  : 0;
}

static void print_functions(const struct session_profile *profile,
                            struct buffer *out)
{
    const struct profile_tree *tree = &profile->tree;
    uint64_t whole = profile_tree_node(tree, PROFILE_ROOT)->total;
    size_t count = profile_tree_name_count(tree);
    struct function *list = xcalloc(count + 1, sizeof(*list));

    add_functions(tree, PROFILE_ROOT, 0, list);
    qsort(list, count, sizeof(*list), compare);
    buffer_print(out, "   self   total  function\n");
    for (size_t i = 0; i < count && list[i].total != 0; i++) {
        buffer_print(out, "%6.2f%% %6.2f%%  %s\n",
                     session_profile_share(list[i].self, whole),
                     session_profile_share(list[i].total, whole), list[i].name);
    }
    free(list);
}

/* ---- Tables -------------------------------------------------------------- */

static void print_modes(const struct session_profile *profile, size_t core,
                        struct buffer *out)
{
    const struct profile_tree *tree = &profile->tree;
    const struct profile_node *node =
        profile_tree_node(tree, profile->cores[core].node);

    for (uint32_t mode = node->child; mode != 0;
         mode = profile_tree_node(tree, mode)->next) {
        const struct profile_node *at = profile_tree_node(tree, mode);

        buffer_print(out, "  %s %.1f%%", profile_tree_text(tree, at->name),
                     session_profile_share(at->total, node->total));
    }
}

static void print_cores(const struct session_profile *profile,
                        struct buffer *out)
{
    struct cairn_core_time time;
    uint64_t waiting;

    buffer_print(out,
                 "processor     instructions  running ms  waiting or "
                 "off ms  modes\n");
    for (size_t i = 0; session_profile_core(profile, i, &time, &waiting); i++) {
        buffer_print(out, "%-12s %13" PRIu64 " %11.3f %18.3f", time.core,
                     time.instructions, (double)time.running_ns / 1e6,
                     (double)waiting / 1e6);
        print_modes(profile, i, out);
        buffer_print(out, "\n");
    }
}

void session_profile_summary(const struct session_profile *profile,
                             struct buffer *out)
{
    uint64_t passed = cairn_time_ns(profile->machine) - profile->start_ns;

    buffer_print(out,
                 "%" PRIu64 " samples, one in each %" PRIu64
                 " instructions of each processor, in %.6f s of virtual time",
                 profile->samples, profile->options->profile_period,
                 (double)passed / 1e9);
}

void session_profile_unnamed(const struct session_profile *profile,
                             struct buffer *out)
{
    if (profile->unnamed != 0) {
        buffer_print(out,
                     "%.2f%% of the samples are in code that no symbol names: "
                     "--symbols FILE names its functions\n",
                     session_profile_share(profile->unnamed, profile->samples));
    }
}

void session_profile_exits(const struct session_profile *profile,
                           struct buffer *out)
{
    print_cores(profile, out);
    buffer_print(out, "\nexits from the guest's code, and other counts\n");
    session_statistics_print(profile->machine, SESSION_STATISTICS_GUEST, out);
}

void session_profile_tables(const struct session_profile *profile,
                            struct buffer *out)
{
    session_profile_summary(profile, out);
    buffer_print(out, "\n");
    session_profile_unnamed(profile, out);
    buffer_print(out, "\n");
    print_functions(profile, out);
    buffer_print(out, "\n");
    session_profile_exits(profile, out);
}
