/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn disk convert`: the same disk in another image. */
#include "backends/image.h"
#include "backends/image_copy.h"
#include "commands/command.h"
#include "commands/disk/draft.h"
#include "commands/disk/format.h"
#include "commands/progress.h"
#include "host/ending.h"

static const struct option options[] = {
    {'f', "format",       "raw|qcow2", NULL, NULL,
     "format of TARGET (default: qcow2 if it ends in .qcow2, else raw)"           },
    {0,   "from",         "raw|qcow2", NULL, NULL,
     "format of FILE (default: what its name and contents say)"                   },
    {0,   "backing",      "FILE",      NULL, NULL,
     "the image that FILE is over, if it is in another folder"                    },
    {0,   "cluster-size", "SIZE",      NULL, NULL,
     "unit of allocation of a qcow2 image, 4K to 2M (default: 64K)"               },
    {0,   "force",        NULL,        NULL, NULL, "replace TARGET if it is there"},
};

static bool show_progress(void *context, uint64_t done, uint64_t all)
{
    progress_update(context, "%llu of %llu MiB",
                    (unsigned long long)(done >> 20),
                    (unsigned long long)(all >> 20));
    return ending_signal() == 0;
}

static int convert_to(const struct arguments *arguments, struct image *from,
                      const struct image_type *type, unsigned cluster_bits,
                      struct error *error)
{
    const struct image_layout layout = {.size_bytes = from->size_bytes,
                                        .cluster_bits = cluster_bits};
    struct progress progress;
    struct disk_draft draft;
    progress_init(&progress, arguments->err, false);
    int code =
        disk_draft_open(&draft, arguments->operands[1], type, &layout, error);
    if (code == 0) {
        code = image_copy(from, draft.image, show_progress, &progress, error);
    }
    progress_clear(&progress);
    return disk_draft_close(&draft, code, error);
}

static int convert(struct arguments *arguments)
{
    const char *path = arguments->operands[0];
    const struct image_options from_options = {
        .format = arguments_value(arguments, "from"),
        .backing = arguments_value(arguments, "backing"),
        .read_only = true,
    };
    struct image *from = NULL;
    struct error error = {""};
    const struct image_type *type;
    unsigned bits;
    int result = disk_format_cluster_bits(arguments, &bits);
    if (result == COMMAND_DONE) {
        result = disk_format_for(arguments, arguments->operands[1], &type);
    }
    if (result == COMMAND_DONE) {
        result = disk_format_check_new(arguments, arguments->operands[1]);
    }
    if (result != COMMAND_DONE) {
        return result;
    }
    ending_catch();
    int code = image_open(path, &from_options, &from, &error);
    if (code == 0) {
        code = convert_to(arguments, from, type, bits, &error);
    }
    image_close(from);
    return code == 0 ? COMMAND_DONE
                     : command_failure(arguments, "%s", error.text);
}

const struct command command_disk_convert = {
    .name = "disk convert",
    .purpose = "copy a disk image, in another format",
    .operands = "FILE TARGET",
    .description =
        "Writes the disk of FILE to TARGET, a new image without a backing "
        "image. What is zeros takes no room there, and what FILE has "
        "compressed is not. TARGET appears when it is whole.\n\n"
        "    cairn disk convert debian.qcow2 debian.img\n"
        "    cairn disk convert --cluster-size 4K old.img new.qcow2",
    OPTIONS(options),
    .run = convert,
};
