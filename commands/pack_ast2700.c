/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn pack ast2700`: a recipe to a signed boot flash of an AST2700. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "commands/claims.h"
#include "commands/command.h"
#include "host/file.h"
#include "trust/aspeed/firmware.h"
#include "trust/aspeed/flash.h"
#include "trust/aspeed/make.h"

static const struct option options[] = {
    {0,   "image",      "NAME=FILE...", "Images",  NULL,
     "take FILE for the image NAME, for instance u-boot, whatever the recipe "
     "has for it"                                                                  },
    {'o', "out",        "FILE",         "Results", NULL, "write the flash to FILE" },
    {0,   "payload",    "FILE",         "Results", NULL,
     "write the set of images to FILE, as a capsule carries it (layout banks)"     },
    {0,   "fuses",      "FILE",         "Results", NULL,
     "write the fuses that a part needs for this flash to FILE"                    },
    {0,   "fuse-array", "FILE",         "Results", NULL,
     "write the OTP stand-in for this flash, an image of the memory soc_fuses"     },
    {'q', "quiet",      NULL,           "Results", NULL, "no contents, no progress"},
};

enum { FILE_LIMIT = 64 << 20 };

struct job {
    struct arguments *arguments;
    char *folder; /* of the recipe, which paths are relative to */
    struct aspeed_recipe recipe;
    struct key_ring keys;
    struct aspeed_made made;
    struct error error;
};

static void say(void *context, const char *step, const char *name)
{
    const struct job *job = context;
    if (!arguments_flag(job->arguments, "quiet")) {
        fprintf(job->arguments->err, "%s %s\n", step, name);
    }
}

static char *path_of(const struct job *job, const char *name)
{
    return name[0] == '/' ? xstrdup(name)
                          : xasprintf("%s/%s", job->folder, name);
}

static int read_named(void *context, const char *name, struct buffer *out,
                      struct error *error)
{
    char *path = path_of(context, name);
    int status = file_read(path, FILE_LIMIT, out, error);
    free(path);
    return status;
}

static int read_recipe(struct job *job, const char *path)
{
    struct buffer text = {0};
    int status = file_read(path, FILE_LIMIT, &text, &job->error);
    if (status == 0) {
        status = aspeed_recipe_read(&job->recipe, path, text.bytes, text.size,
                                    &job->error);
    }
    buffer_fini(&text);
    return status;
}

/* A field of the recipe that names a file, or NULL. */
static char **file_of(struct job *job, const char *name)
{
    uint32_t firmware = aspeed_firmware_find(name);
    if (strcmp(name, "device-tree") == 0) {
        return &job->recipe.device_tree;
    }
    return firmware != 0 ? &job->recipe.files[firmware] : NULL;
}

/* Paths of the command line are relative to where it was typed. */
static int override_images(struct job *job)
{
    struct arguments *arguments = job->arguments;
    int result = COMMAND_DONE;
    for (size_t i = 0;
         result == COMMAND_DONE && i < arguments_count(arguments, "image");
         i++) {
        const char *text = arguments_nth(arguments, "image", i);
        size_t length = strcspn(text, "=");
        char *name = xasprintf("%.*s", (int)length, text);
        char **file = file_of(job, name);
        if (file == NULL || text[length] == '\0') {
            result = command_misuse(arguments,
                                    "option '--image': '%s' is not NAME=FILE "
                                    "with an image of the recipe",
                                    text);
        } else {
            char *path = realpath(text + length + 1, NULL);
            free(*file);
            *file = path;
            if (path == NULL) {
                result = command_failure(arguments, "file '%s': %s",
                                         text + length + 1, strerror(errno));
            }
        }
        free(name);
    }
    return result;
}

/* Layouts leave some results out. */
static int check_results(const struct job *job)
{
    static const struct {
        const char *option;
        bool banks; /* layout banks alone has it, else all but the FIT have */
    } rows[] = {
        {"payload",    true },
        {"fuses",      false},
        {"fuse-array", false}
    };
    enum aspeed_layout layout = job->recipe.layout;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        bool there = rows[i].banks ? layout == ASPEED_LAYOUT_BANKS
                                   : layout != ASPEED_LAYOUT_FIT;
        if (!there && arguments_value(job->arguments, rows[i].option)) {
            return command_misuse(job->arguments,
                                  "option '--%s': the layout of the recipe has "
                                  "no such result",
                                  rows[i].option);
        }
    }
    return COMMAND_DONE;
}

static void claim(const struct job *job, struct file_claims *claims,
                  const char *name)
{
    if (name != NULL) {
        char *path = path_of(job, name);
        file_claim_add(claims, &(struct file_claim){
                                   .name = "RECIPE",
                                   .path = file_claim_keep(claims, path)});
    }
}

/* The recipe and what it names are read. */
static int check_files(const struct job *job)
{
    static const char *const outputs[] = {"out", "payload", "fuses",
                                          "fuse-array", NULL};
    const struct aspeed_recipe *recipe = &job->recipe;
    struct file_claims claims = {0};
    char *keys = path_of(job, recipe->common.keys);
    claims_add_keys(&claims, "RECIPE", file_claim_keep(&claims, keys));
    claim(job, &claims, recipe->common.bundle);
    claim(job, &claims, recipe->common.fmc);
    claim(job, &claims, recipe->common.runtime);
    claim(job, &claims, recipe->device_tree);
    claim(job, &claims, recipe->common.update_signer);
    for (unsigned i = 0; i < ASPEED_FIRMWARE_COUNT; i++) {
        claim(job, &claims, recipe->files[i]);
    }
    return claims_check(job->arguments, outputs, &claims);
}

static int make(struct job *job)
{
    const struct flash_source source = {
        .read = read_named, .report = say, .context = job};
    char *keys = path_of(job, job->recipe.common.keys);
    int status = keys_load(&job->keys, keys, &job->error);
    free(keys);
    return status ? status
                  : aspeed_make(&job->recipe, &job->keys, &source, &job->made,
                                &job->error);
}

static int write_option(struct job *job, const char *option,
                        const struct buffer *bytes)
{
    const char *path = arguments_value(job->arguments, option);
    return path ? file_write(path, bytes->bytes, bytes->size, &job->error) : 0;
}

static int write_fuses(struct job *job)
{
    struct buffer text = {0};
    buffer_print(&text, "# fuses for '%s'\n",
                 arguments_value(job->arguments, "out"));
    fuses_print(&job->made.fuses, &text);
    int status = write_option(job, "fuses", &text);
    buffer_fini(&text);
    return status;
}

static int print_contents(struct job *job)
{
    struct aspeed_flash *flash = xcalloc(1, sizeof(*flash));
    struct buffer text = {0};
    int status = aspeed_flash_read(flash, job->made.flash.bytes,
                                   job->made.flash.size, &job->error);
    aspeed_flash_print(flash, &text);
    fputs(buffer_text(&text), job->arguments->out);
    buffer_fini(&text);
    free(flash);
    return status;
}

static int write_results(struct job *job)
{
    int status = write_option(job, "out", &job->made.flash);
    status = status ? status : write_option(job, "payload", &job->made.bank);
    if (status == 0 && job->made.array.size != 0) {
        status = write_fuses(job);
        status =
            status ? status : write_option(job, "fuse-array", &job->made.array);
    }
    return status || arguments_flag(job->arguments, "quiet")
               ? status
               : print_contents(job);
}

static void fini(struct job *job)
{
    free(job->folder);
    aspeed_recipe_fini(&job->recipe);
    keys_fini(&job->keys);
    aspeed_made_fini(&job->made);
    free(job);
}

static int run(struct arguments *arguments)
{
    const char *path = arguments->operands[0];
    const char *slash = strrchr(path, '/');
    if (arguments_value(arguments, "out") == NULL) {
        return command_misuse(arguments, "--out FILE is missing");
    }
    struct job *job = xcalloc(1, sizeof(*job));
    job->arguments = arguments;
    job->folder = slash == NULL ? xstrdup(".")
                                : xasprintf("%.*s", (int)(slash - path), path);
    int status = read_recipe(job, path);
    int result = status == 0 ? override_images(job) : COMMAND_DONE;
    if (status == 0 && result == COMMAND_DONE) {
        result = check_results(job);
    }
    if (status == 0 && result == COMMAND_DONE) {
        result = check_files(job);
    }
    if (status == 0 && result == COMMAND_DONE) {
        status = make(job);
        status = status ? status : write_results(job);
    }
    if (status != 0) {
        result = command_failure(arguments, "%s", job->error.text);
    }
    fini(job);
    return result;
}

const struct command command_pack_ast2700 = {
    .name = "pack ast2700",
    .purpose = "pack and sign the boot flash of an ASPEED AST2700",
    .operands = "RECIPE",
    .description =
        "Makes a boot flash from a recipe, in the formats that ASPEED ships: "
        "the header of the boot MCU's first mutable code, and a Caliptra flash "
        "image with the firmware bundle, the SoC manifest, and the images that "
        "the manifest names; or a FIT of the older way. The same recipe and "
        "files give the same bytes.\n\n"
        "cairn-recipe(5) describes the recipe. The file ends behind the last "
        "byte that is not erased flash.",
    OPTIONS(options),
    .run = run,
};
