/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a recipe, makes a flash of it and writes what the options ask for. */
#include "commands/pack/recipe.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "commands/pass_phrase.h"
#include "host/file.h"

enum { FILE_LIMIT = 64 << 20 };

static const struct flash_recipe *common(const struct packing *packing)
{
    return (const void *)((const char *)packing->recipe +
                          packing->packer->common);
}

static char *path_of(const struct packing *packing, const char *name)
{
    return name[0] == '/' ? xstrdup(name)
                          : xasprintf("%s/%s", packing->folder, name);
}

/* ---- What is read -------------------------------------------------------- */

static int read_recipe(struct packing *packing, const char *path)
{
    struct buffer text = {0};
    int status = file_read(path, FILE_LIMIT, &text, &packing->error);
    if (status == 0) {
        status = packing->packer->read(packing->recipe, path, text.bytes,
                                       text.size, &packing->error);
    }
    buffer_fini(&text);
    return status;
}

void packing_claim(struct packing *packing, const char *name)
{
    if (name != NULL) {
        char *path = path_of(packing, name);
        file_claim_add(&packing->claims,
                       &(struct file_claim){
                           .name = "RECIPE",
                           .path = file_claim_keep(&packing->claims, path)});
    }
}

/* The recipe and what it names are read. */
static int check_files(struct packing *packing)
{
    static const char *const outputs[] = {"out", "payload", "fuses",
                                          "fuse-array", NULL};
    const struct flash_recipe *recipe = common(packing);
    char *keys = path_of(packing, recipe->keys);
    claims_add_keys(&packing->claims, "RECIPE",
                    file_claim_keep(&packing->claims, keys));
    packing_claim(packing, recipe->update_signer);
    packing_claim(packing, recipe->bundle);
    packing_claim(packing, recipe->fmc);
    packing_claim(packing, recipe->runtime);
    packing->packer->claim(packing);
    return claims_check(packing->arguments, outputs, &packing->claims);
}

/* ---- What is made -------------------------------------------------------- */

static void say(void *context, const char *step, const char *name)
{
    const struct packing *packing = context;
    if (!arguments_flag(packing->arguments, "quiet")) {
        fprintf(packing->arguments->err, "%s %s\n", step, name);
    }
}

static int read_named(void *context, const char *name, struct buffer *out,
                      struct error *error)
{
    char *path = path_of(context, name);
    int status = file_read(path, FILE_LIMIT, out, error);
    free(path);
    return status;
}

/* An exit code, after a complaint unless it is COMMAND_DONE. */
static int load_keys(struct packing *packing)
{
    struct pass_phrases phrases;
    char *keys = path_of(packing, common(packing)->keys);
    struct error error = {""};
    pass_phrases_init(&phrases, packing->arguments);
    int result = keys_load(&packing->keys, keys, &phrases.from, &error)
                     ? command_failure(packing->arguments, "%s", error.text)
                     : pass_phrases_end(&phrases);
    free(keys);
    return result;
}

static int make(struct packing *packing)
{
    const struct flash_source source = {
        .read = read_named, .report = say, .context = packing};
    return packing->packer->make(packing->recipe, &packing->keys, &source,
                                 &packing->made, &packing->error);
}

/* ---- What is written ----------------------------------------------------- */

static int write_option(struct packing *packing, const char *option,
                        const struct buffer *bytes)
{
    const char *path = arguments_value(packing->arguments, option);
    return path ? file_write(path, bytes->bytes, bytes->size, &packing->error)
                : 0;
}

static int write_fuses(struct packing *packing)
{
    struct buffer text = {0};
    buffer_print(&text, "# fuses for '%s'\n",
                 arguments_value(packing->arguments, "out"));
    fuses_print(&packing->made.fuses, &text);
    int status = write_option(packing, "fuses", &text);
    buffer_fini(&text);
    return status;
}

static int print_contents(struct packing *packing)
{
    struct buffer text = {0};
    int status =
        packing->packer->print(&packing->made.flash, &text, &packing->error);
    fputs(buffer_text(&text), packing->arguments->out);
    buffer_fini(&text);
    return status;
}

static int write_results(struct packing *packing)
{
    const struct flash_made *made = &packing->made;
    int status = write_option(packing, "out", &made->flash);
    status = status ? status : write_option(packing, "payload", &made->bank);
    if (status == 0 && made->array.size != 0) {
        status = write_fuses(packing);
        status =
            status ? status : write_option(packing, "fuse-array", &made->array);
    }
    return status || arguments_flag(packing->arguments, "quiet")
               ? status
               : print_contents(packing);
}

int pack_recipe(struct arguments *arguments, const struct packer *packer)
{
    const char *path = arguments->operands[0];
    const char *slash = strrchr(path, '/');
    if (arguments_value(arguments, "out") == NULL) {
        return command_misuse(arguments, "--out FILE is missing");
    }
    struct packing packing = {
        .arguments = arguments,
        .packer = packer,
        .folder = slash == NULL ? xstrdup(".")
                                : xasprintf("%.*s", (int)(slash - path), path),
        .recipe = xcalloc(1, packer->recipe_size),
    };
    int result = COMMAND_DONE;
    int status = read_recipe(&packing, path);
    if (status == 0 && packer->adjust != NULL) {
        result = packer->adjust(&packing);
    }
    if (status == 0 && result == COMMAND_DONE) {
        result = check_files(&packing);
    }
    if (status == 0 && result == COMMAND_DONE) {
        result = load_keys(&packing);
    }
    if (status == 0 && result == COMMAND_DONE) {
        status = make(&packing);
        status = status ? status : write_results(&packing);
    }
    if (status != 0) {
        result = command_failure(arguments, "%s", packing.error.text);
    }
    free(packing.folder);
    packer->fini(packing.recipe);
    free(packing.recipe);
    keys_fini(&packing.keys);
    flash_made_fini(&packing.made);
    return result;
}
