/* SPDX-License-Identifier: Apache-2.0 */
/* Taking the samples of a run, and writing its files. */
#include "session/profile/profile.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "host/file.h"

/* The number of places whose names were looked up. */
enum { PLACES = 1 << 13, PAGE = 4096 };

/* ---- Names --------------------------------------------------------------- */

/* The name of a page, and of the memory that has it, stands for code that no
 * symbol names. */
static uint32_t name_page(struct session_profile *profile, size_t core,
                          uint64_t address)
{
    const char *memory = cairn_code_memory(profile->machine, core, address);
    char text[64];

    snprintf(text, sizeof(text), "[%s%s0x%" PRIx64 "]", memory ? memory : "",
             memory ? " " : "", address / PAGE * PAGE);
    return profile_tree_name(&profile->tree, text);
}

static const struct profile_place *find(struct session_profile *profile,
                                        const struct cairn_sample *sample,
                                        uint64_t address)
{
    uint64_t key = (address ^ address >> 13) * 5 + sample->number;
    struct profile_place *place = &profile->places[key % PLACES];

    if (place->filled && place->address == address &&
        place->core == sample->number) {
        return place;
    }
    const struct session_code code = {sample->core, sample->machine, address};
    uint64_t offset = 0;
    const char *name =
        session_symbol_files_find(profile->symbols, &code, &offset);
    *place = (struct profile_place){
        .address = address,
        .core = (uint32_t)sample->number,
        .filled = true,
        .symbol = name != NULL,
        .offset = offset,
        .name = name ? profile_tree_name(&profile->tree, name)
                     : name_page(profile, sample->number, address),
    };
    return place;
}

/* ---- Samples ------------------------------------------------------------- */

/* The mark for what is above the outermost frame that was found, where the
 * program's own end of the stack was not. */
static const char *mark_of(enum cairn_stack stack)
{
    static const char *const marks[] = {
        [CAIRN_STACK_WHOLE] = NULL,
        [CAIRN_STACK_CUT] = "[deeper]",
        [CAIRN_STACK_BROKEN] = "[not unwound]",
        [CAIRN_STACK_NONE] = NULL,
    };

    return marks[stack];
}

/*
 * The caller by the link register, which the chain of frames lacks while a
 * function has made no frame of its own. The register means that unless it
 * leads into the function itself, behind its last call, or is in the chain
 * already.
 */
static bool has_linked_caller(struct session_profile *profile,
                              const struct cairn_sample *sample, uint32_t *name)
{
    const struct profile_place here = *find(profile, sample, sample->pc);
    const struct profile_place from = *find(profile, sample, sample->link - 1);
    bool chained =
        sample->caller_count != 0 && sample->callers[0] == sample->link;
    bool same = from.address - from.offset == here.address - here.offset;

    *name = from.name;
    return here.symbol && from.symbol && !chained && !same;
}

static void take(void *context, const struct cairn_sample *sample)
{
    struct session_profile *profile = context;
    struct profile_tree *tree = &profile->tree;
    const char *mark = mark_of(sample->stack);
    uint32_t linked;

    assert(sample->number < profile->core_count);
    uint32_t node =
        profile_tree_enter(tree, profile->cores[sample->number].node,
                           profile_tree_name(tree, sample->mode));
    if (mark != NULL) {
        node = profile_tree_enter(tree, node, profile_tree_name(tree, mark));
    }
    for (size_t i = sample->caller_count; i-- > 0;) {
        /* The call is before the address that it returns to. */
        uint64_t call = sample->callers[i] - 1;
        node =
            profile_tree_enter(tree, node, find(profile, sample, call)->name);
    }
    if (has_linked_caller(profile, sample, &linked)) {
        node = profile_tree_enter(tree, node, linked);
    }
    const struct profile_place *here = find(profile, sample, sample->pc);
    node = profile_tree_enter(tree, node, here->name);
    profile_tree_add(tree, node, profile->options->profile_period);
    profile->unnamed += !here->symbol;
    profile->samples++;
}

/* ---- Files --------------------------------------------------------------- */

static const struct form {
    const char *suffix;
    void (*write)(const struct session_profile *profile, struct buffer *out);
} forms[] = {
    {".svg",    session_profile_flame },
    {".folded", session_profile_folded},
    {".txt",    session_profile_tables},
    {"",        session_profile_tables},
};

static const struct form *form_of(const char *path)
{
    const char *suffix = file_suffix(path);

    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        if (strcmp(forms[i].suffix, suffix) == 0) {
            return &forms[i];
        }
    }
    return NULL;
}

int session_profile_check(const struct session_options *options,
                          struct session_error *error)
{
    for (size_t i = 0; i < options->profile_count; i++) {
        if (form_of(options->profiles[i]) == NULL) {
            return session_misuse(error, "profile",
                                  "'%s' ends in none of .svg, .folded or .txt",
                                  options->profiles[i]);
        }
    }
    return options->profile_count != 0 && options->profile_period == 0
               ? session_misuse(error, "profile-every", "0 is no distance")
               : 0;
}

void session_profile_begin(struct session_profile *profile,
                           const struct session_options *options,
                           const struct session_symbol_files *symbols,
                           struct cairn_machine *machine)
{
    struct cairn_core_time time;
    size_t count = 0;

    if (options->profile_count == 0) {
        return;
    }
    assert(options->profile_period != 0 && profile->machine == NULL);
    *profile = (struct session_profile){.options = options,
                                        .symbols = symbols,
                                        .machine = machine,
                                        .start_ns = cairn_time_ns(machine)};
    profile->places = xcalloc(PLACES, sizeof(*profile->places));
    while (cairn_core_time_get(machine, count, &time) == 0) {
        count++;
    }
    profile->core_count = count;
    profile->cores = xcalloc(count + 1, sizeof(*profile->cores));
    for (size_t i = 0; i < count; i++) {
        (void)cairn_core_time_get(machine, i, &time);
        profile->cores[i] = (struct profile_core){
            .node = profile_tree_enter(
                &profile->tree, PROFILE_ROOT,
                profile_tree_name(&profile->tree, time.core)),
            .instructions = time.instructions,
            .running_ns = time.running_ns,
        };
    }
    cairn_sample(machine, options->profile_period, take, profile);
}

int session_profile_close(struct session_profile *profile, struct error *error)
{
    int result = 0;

    if (profile->machine == NULL) {
        return 0;
    }
    cairn_sample(profile->machine, 0, NULL, NULL);
    profile_tree_close(&profile->tree);
    for (size_t i = 0; i < profile->options->profile_count; i++) {
        const char *path = profile->options->profiles[i];
        struct error refused = {""};
        struct buffer text = {0};

        form_of(path)->write(profile, &text);
        if (file_write(path, text.bytes, text.size, &refused) != 0) {
            result = error_set(error, -EIO, "%s", refused.text);
        }
        buffer_fini(&text);
    }
    return result;
}

void session_profile_fini(struct session_profile *profile)
{
    profile_tree_fini(&profile->tree);
    free(profile->places);
    free(profile->cores);
}

/* ---- For what is written ------------------------------------------------- */

bool session_profile_core(const struct session_profile *profile, size_t index,
                          struct cairn_core_time *time, uint64_t *waiting_ns)
{
    const struct profile_core *before = &profile->cores[index];
    uint64_t passed = cairn_time_ns(profile->machine) - profile->start_ns;

    if (index >= profile->core_count) {
        return false;
    }
    (void)cairn_core_time_get(profile->machine, index, time);
    time->instructions -= before->instructions;
    time->running_ns -= before->running_ns;
    *waiting_ns = passed > time->running_ns ? passed - time->running_ns : 0;
    return true;
}

double session_profile_share(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : (double)part * 100 / (double)whole;
}
