/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn disk`: makes disk images, and shows what is in them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/image.h"
#include "backends/image_copy.h"
#include "base/json.h"
#include "commands/command.h"
#include "commands/disk/draft.h"
#include "commands/disk/format.h"

/* 21474836480 as "20 GiB". */
static const char *words_of(uint64_t bytes, char *text, size_t room)
{
    static const char *const units[] = {"bytes", "KiB", "MiB",
                                        "GiB",   "TiB", "PiB"};
    unsigned unit = 0;
    uint64_t scale = 1;
    while (unit + 1 < ARRAY_SIZE(units) && bytes / scale >= 1024) {
        scale *= 1024;
        unit++;
    }
    const uint64_t tenths = bytes / scale * 10 + bytes % scale * 10 / scale;
    snprintf(text, room,
             tenths % 10 ? "%" PRIu64 ".%" PRIu64 " %s"
                         : "%" PRIu64 "%.0" PRIu64 " %s",
             tenths / 10, tenths % 10, units[unit]);
    return text;
}

/* ---- create -------------------------------------------------------------- */

/* clang-format off */
static const struct option create_options[] = {
    {'s', "size", "SIZE", NULL, NULL,
     "size of the disk, for example 1.5G, rounded up to a multiple of 512 "
     "(default: that of the backing image)"},
    {'f', "format", "raw|qcow2", NULL, NULL,
     "format (default: qcow2 if FILE ends in .qcow2, else raw)"},
    {'b', "backing", "FILE", NULL, NULL,
     "begin with the contents of the image FILE, which is only read"},
    {0, "backing-format", "raw|qcow2", NULL, NEEDS(WITH("backing")),
     "format of the backing image (default: what its name and contents say)"},
    {0, "cluster-size", "SIZE", NULL, NULL,
     "unit of allocation of a qcow2 image, 4K to 2M (default: 64K)"},
    {0, "force", NULL, NULL, NULL,
     "replace FILE if it is there"},
};
/* clang-format on */

static int create(struct arguments *arguments)
{
    const char *path = arguments->operands[0];
    const struct image_type *type;
    struct image_layout layout = {
        .backing = arguments_value(arguments, "backing"),
        .backing_format = arguments_value(arguments, "backing-format"),
    };
    struct error error = {""};
    char size[32];
    int result = arguments_number_from(arguments, "size", 512, INT64_MAX,
                                       &layout.size_bytes);
    if (result == COMMAND_DONE) {
        result = disk_format_for(arguments, path, &type);
    }
    if (result == COMMAND_DONE) {
        result = disk_format_cluster_bits(arguments, &layout.cluster_bits);
    }
    if (result == COMMAND_DONE && !layout.size_bytes && !layout.backing) {
        result = command_misuse(arguments, "--size or --backing is missing");
    }
    if (result == COMMAND_DONE) {
        result = disk_format_check_new(arguments, path);
    }
    if (result != COMMAND_DONE) {
        return result;
    }
    struct disk_draft draft;
    int code = disk_draft_open(&draft, path, type, &layout, &error);
    const uint64_t bytes = code == 0 ? draft.image->size_bytes : 0;
    code = disk_draft_close(&draft, code, &error);
    if (code != 0) {
        return command_failure(arguments, "%s", error.text);
    }
    fprintf(arguments->out, "%s: %s, %s%s%s\n", path, type->name,
            words_of(bytes, size, sizeof(size)),
            layout.backing ? ", over " : "",
            layout.backing ? layout.backing : "");
    if (layout.size_bytes % 512 != 0) {
        fprintf(arguments->out,
                "%s: %" PRIu64 " bytes were rounded up to %" PRIu64
                ", a multiple of 512\n",
                path, layout.size_bytes, bytes);
    }
    return COMMAND_DONE;
}

const struct command command_disk_create = {
    .name = "disk create",
    .purpose = "make a disk image",
    .operands = "FILE",
    .description =
        "Makes FILE, an empty disk, or one that begins with the contents of "
        "another image. It takes no room on the host but for what is written "
        "to it.\n\n"
        "A 'raw' image is the disk byte for byte, as large as the disk and "
        "full of holes. A 'qcow2' image can be copied anywhere, and can have a "
        "backing image: what was not written yet is read from there. Other "
        "programs read and write both. The backing image must stay as it is: "
        "who changes it changes all that is over it. It is named relative to "
        "the folder of FILE if it is in it or below.\n\n"
        "    cairn disk create --size 20G disk.qcow2\n"
        "    cairn disk create --backing debian.qcow2 mine.qcow2\n"
        "    cairn run virt --guest linux --disk mine.qcow2",
    OPTIONS(create_options),
    .run = create,
};

/* ---- show ---------------------------------------------------------------- */

static const struct option show_options[] = {
    {0,   "json",   NULL,        NULL, NULL, "print one JSON object"},
    {'f', "format", "raw|qcow2", NULL, NULL,
     "format of FILE (default: what its name and contents say)"     },
};

/* An image, and what was found out about it. */
struct shown {
    const char *path;
    struct image *image;
    struct image_facts facts;
    struct image_survey survey;
    uint64_t host_bytes;
    struct error damage; /* "": none was found */
};

static const char *const place_names[] = {
    [IMAGE_HOLE] = "empty",     [IMAGE_ZERO] = "zeros",
    [IMAGE_STORED] = "stored",  [IMAGE_COMPRESSED] = "compressed",
    [IMAGE_BACKED] = "backing",
};

/* Damage is shown with the rest; no other error is expected here. */
static int check(struct shown *shown)
{
    struct image *image = shown->image;
    int code = image->type->check && !shown->facts.refused
                   ? image->type->check(image)
                   : 0;
    if (code == -EUCLEAN) {
        (void)error_set(&shown->damage, code, "%s", image_why(image, code));
        code = 0;
    }
    return code;
}

static int look(struct shown *shown, const char *path, const char *format,
                struct error *error)
{
    const struct image_options options = {
        .format = format, .read_only = true, .look = true, .alone = true};
    struct stat there;
    *shown = (struct shown){.path = path};
    int code = image_open(path, &options, &shown->image, error);
    if (code != 0) {
        return code;
    }
    shown->image->type->describe(shown->image, &shown->facts);
    if (fstat(shown->image->file.fd, &there) == 0) {
        shown->host_bytes = 512 * (uint64_t)there.st_blocks;
    }
    if (!shown->facts.refused) {
        code = image_take_survey(shown->image, &shown->survey);
    }
    code = code ? code : check(shown);
    if (code != 0) {
        error_set(error, code, "'%s': %s", path, image_why(shown->image, code));
        image_close(shown->image);
        shown->image = NULL;
    }
    return code;
}

static void print_map(FILE *out, const struct image_survey *survey)
{
    static const char shades[] = ".:-=+*%#";
    fprintf(out, "  map           [");
    for (unsigned i = 0; i < IMAGE_MAP_CELLS; i++) {
        const uint8_t cell = survey->cells[i];
        fputc(cell == 0     ? ' '
              : cell == 255 ? '#'
                            : shades[cell * (sizeof(shades) - 2) / 255],
              out);
    }
    fprintf(out, "]\n");
}

static void print_shown(FILE *out, const struct shown *shown)
{
    const struct image_facts *facts = &shown->facts;
    char text[32];
    fprintf(out, "%s: %s", shown->path, shown->image->type->name);
    if (facts->version != 0) {
        fprintf(out, " version %u", facts->version);
    }
    fprintf(out, "\n  disk          %s (%" PRIu64 " bytes)\n",
            words_of(shown->image->size_bytes, text, sizeof(text)),
            shown->image->size_bytes);
    fprintf(out, "  on the host   %s\n",
            words_of(shown->host_bytes, text, sizeof(text)));
    for (unsigned i = 0; i < ARRAY_SIZE(place_names); i++) {
        if (shown->survey.bytes[i] != 0) {
            fprintf(out, "  %-12s  %s\n", place_names[i],
                    words_of(shown->survey.bytes[i], text, sizeof(text)));
        }
    }
    if (facts->refused) {
        fprintf(out, "  not readable  it %s\n", facts->refused);
    } else {
        print_map(out, &shown->survey);
    }
    if (facts->snapshots != 0) {
        fprintf(out, "  snapshots     %u inside: it can only be read\n",
                facts->snapshots);
    }
    if (facts->version != 0) {
        fprintf(out, "  clusters      %s, refcounts of %u bits\n",
                words_of(facts->cluster_size, text, sizeof(text)),
                facts->refcount_bits);
    }
    if (facts->dirty || facts->corrupt || facts->lazy_refcounts) {
        fprintf(out, "  marked        %s%s%s\n",
                facts->corrupt ? "corrupt " : "",
                facts->dirty ? "not closed " : "",
                facts->lazy_refcounts ? "lazy refcounts" : "");
    }
    if (shown->damage.text[0] != '\0') {
        fprintf(out, "  damaged       %s\n", shown->damage.text);
    }
    if (facts->backing) {
        fprintf(out, "  over          %s (%s)\n", facts->backing,
                facts->backing_format ? facts->backing_format
                                      : "its format is not said");
    }
}

static void print_json(struct json *json, const struct shown *shown)
{
    const struct image_facts *facts = &shown->facts;
    json_begin_object(json, NULL);
    json_string(json, "file", shown->path);
    json_string(json, "format", shown->image->type->name);
    json_number(json, "disk_bytes", shown->image->size_bytes);
    json_number(json, "host_bytes", shown->host_bytes);
    json_begin_object(json, "bytes");
    for (unsigned i = 0; i < ARRAY_SIZE(place_names); i++) {
        json_number(json, place_names[i], shown->survey.bytes[i]);
    }
    json_end_object(json);
    json_bool(json, "readable", facts->refused == NULL);
    if (facts->refused) {
        json_string(json, "refused", facts->refused);
    }
    if (shown->damage.text[0] != '\0') {
        json_string(json, "damage", shown->damage.text);
    }
    if (facts->version != 0) {
        json_number(json, "snapshots", facts->snapshots);
        json_number(json, "version", facts->version);
        json_number(json, "cluster_bytes", facts->cluster_size);
        json_number(json, "refcount_bits", facts->refcount_bits);
        json_bool(json, "corrupt", facts->corrupt);
        json_bool(json, "dirty", facts->dirty);
        json_bool(json, "lazy_refcounts", facts->lazy_refcounts);
    }
    if (facts->backing) {
        json_string(json, "backing", facts->backing);
        json_string(json, "backing_format",
                    facts->backing_format ? facts->backing_format : "");
    }
    json_end_object(json);
}

/* The chain from the file down. Each image names the next one. */
static int show(struct arguments *arguments)
{
    const bool as_json = arguments_flag(arguments, "json");
    char *path = strdup(arguments->operands[0]);
    char *format = NULL;
    struct buffer text = {0};
    struct error error = {""};
    struct json json;
    int code = 0;
    bool damaged = false;
    const char *given = arguments_value(arguments, "format");
    json_init(&json, &text);
    json_begin_object(&json, NULL);
    json_begin_array(&json, "chain");
    for (unsigned i = 0; code == 0 && path; i++) {
        struct shown shown;
        char *next = NULL;
        code = image_check_depth(path, i, &error);
        code =
            code ? code : look(&shown, path, i == 0 ? given : format, &error);
        if (code == 0) {
            if (as_json) {
                print_json(&json, &shown);
            } else {
                print_shown(arguments->out, &shown);
            }
            free(format);
            format = shown.facts.backing_format
                         ? strdup(shown.facts.backing_format)
                         : NULL;
            next = shown.facts.backing
                       ? image_backing_path(path, shown.facts.backing)
                       : NULL;
            if (shown.damage.text[0] != '\0') {
                damaged = true;
                command_failure(arguments, "'%s': %s", path, shown.damage.text);
            }
            image_close(shown.image);
        }
        free(path);
        path = next;
    }
    free(path);
    free(format);
    json_end_array(&json);
    json_end_object(&json);
    if (as_json && code == 0) {
        fprintf(arguments->out, "%s\n", buffer_text(&text));
    }
    buffer_fini(&text);
    return code == 0 ? damaged ? COMMAND_FAILED : COMMAND_DONE
                     : command_failure(arguments, "%s", error.text);
}

const struct command command_disk_show = {
    .name = "disk show",
    .purpose = "show what a disk image is and what is in it",
    .operands = "FILE",
    .description =
        "Prints the format of FILE, the size of the disk, how much room it "
        "takes on the host, and of which kind its contents are: 'stored', "
        "'compressed', 'zeros' that were written, 'empty', or in the 'backing' "
        "image, which is shown next, and so on down the chain. The map is the "
        "disk from its beginning to its end: a '#' is a part that this image "
        "has in full, a blank one of which it has nothing.\n\n"
        "Tables of a qcow2 image that name a place where others of its tables "
        "are, and refcounts of 0 there, are 'damage': the first that is found "
        "is shown, and the exit code is 1.\n\n"
        "An image with a feature that is not supported is shown as far as its "
        "header goes. An image that a machine writes is in use, and is not "
        "shown.",
    OPTIONS(show_options),
    .run = show,
};
