/* SPDX-License-Identifier: Apache-2.0 */
/* Semihosting in a machine: its life, its console, and what snapshots keep of
 * it. */
#include "platform/debug/semihosting.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "platform/machine/extension.h"
#include "platform/machine/parts.h"

static const struct state_field fields[] = {
    STATE(struct semihosting_state, started_ns, RESET_NEVER),
    STATE(struct semihosting_state, error, RESET_NEVER),
    STATE(struct semihosting_state, promised, RESET_NEVER),
    STATE(struct semihosting_state, queue_first, RESET_NEVER),
    STATE(struct semihosting_state, queue_count, RESET_NEVER),
    STATE(struct semihosting_state, queue, RESET_NEVER),
    STATE(struct semihosting_state, files, RESET_NEVER),
};

static size_t part_size(const struct part *part)
{
    return sizeof(struct semihosting_state);
}

static void part_take(const struct part *part, void *image)
{
    const struct semihosting_files *files = part->object;
    memcpy(image, &files->state, sizeof(files->state));
}

static void part_put(const struct part *part, const void *image)
{
    struct semihosting_files *files = part->object;
    memcpy(&files->state, image, sizeof(files->state));
    semihosting_files_restored(files);
}

static void list_fields(const struct part *part, struct state_table *table)
{
    state_table_set(table, fields, ARRAY_SIZE(fields));
}

static int part_check(const struct part *part, const void *image,
                      struct error *error)
{
    struct semihosting_state *state = xcalloc(1, sizeof(*state));
    memcpy(state, image, sizeof(*state));
    bool good = semihosting_files_check(state);
    free(state);
    return good ? 0
                : error_set(error, -EINVAL, "%s: no such state of open files",
                            part->name);
}

static const struct part_kind part_semihosting = {
    .record = "cairn,semihosting",
    .size = part_size,
    .take = part_take,
    .put = part_put,
    .fields = list_fields,
    .check = part_check,
};

/* ---- Its console --------------------------------------------------------- */

static size_t type(struct cairn_machine *machine, const void *bytes,
                   size_t size)
{
    return semihosting_files_type(&semihosting_of(machine)->files, bytes, size);
}

static bool is_promised(const struct cairn_machine *machine)
{
    return semihosting_of(machine)->files.state.promised != 0;
}

static void promise(struct cairn_machine *machine, bool more)
{
    semihosting_of(machine)->files.state.promised = more;
}

static const struct program_service service = {
    .console = SEMIHOSTING_CONSOLE,
    .call = semihosting_call,
    .type = type,
    .is_promised = is_promised,
    .promise = promise,
};

/* ---- Life ---------------------------------------------------------------- */

/* The program's name without its folder, and what was appended. */
static char *make_command_line(const struct cairn_guest *wanted)
{
    const char *name = wanted->program         ? wanted->program
                       : wanted->kernel.memory ? wanted->kernel.memory
                                               : "kernel";
    const char *slash = strrchr(name, '/');
    name = slash ? slash + 1 : name;
    return wanted->append ? xasprintf("%s %s", name, wanted->append)
                          : xstrdup(name);
}

static int create(struct cairn_machine *machine,
                  const struct cairn_options *options, struct error *error)
{
    const struct cairn_guest *guest = options->guest;
    bool wanted = false;
    for (size_t i = 0; i < machine->core_count; i++) {
        const struct core_config *config = &machine->cores[i]->config;
        wanted = wanted || config->aarch64.semihosting ||
                 config->mprofile.semihosting;
    }
    if (!wanted) {
        return 0;
    }
    struct semihosting *semihosting = xcalloc(1, sizeof(*semihosting));
    machine->extensions[EXTENSION_SEMIHOSTING] = semihosting;
    const struct part part = {&part_semihosting, NULL, SEMIHOSTING_CONSOLE,
                              &semihosting->files};
    parts_add(machine, &part);
    machine->program = &service;
    semihosting->command_line = guest ? make_command_line(guest) : xstrdup("");
    return semihosting_files_init(
        &semihosting->files, guest ? guest->semihosting_folder : NULL, error);
}

static void destroy(struct cairn_machine *machine)
{
    struct semihosting *semihosting = semihosting_of(machine);
    if (semihosting) {
        semihosting_files_fini(&semihosting->files);
        free(semihosting->command_line);
        free(semihosting);
    }
}

/* The program begins. */
static void restart(struct cairn_machine *machine)
{
    struct semihosting *semihosting = semihosting_of(machine);
    if (semihosting) {
        semihosting_files_reset(&semihosting->files);
        semihosting->files.state.started_ns = machine->fabric.clock.now_ns;
    }
}

const struct machine_extension semihosting_extension = {
    .create = create,
    .destroy = destroy,
    .restart = restart,
};
