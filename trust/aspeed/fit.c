/* SPDX-License-Identifier: Apache-2.0 */
/* Trees by libfdt, which checks structure and bounds before anything is read.
 */
#include "trust/aspeed/fit.h"

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "abi/aspeed_image.h"
#include "base/bits.h"
#include "base/flat_tree.h"

/* ---- Writing ------------------------------------------------------------- */

static int put_text(void *tree, const char *name, const char *text)
{
    return fdt_property(tree, name, text, (int)strlen(text) + 1);
}

static int put_image(void *tree, const struct fit_image *image)
{
    int status = fdt_begin_node(tree, image->name);
    status = status ? status : put_text(tree, "description", image->name);
    status = status ? status : put_text(tree, "type", image->type);
    status = status ? status : put_text(tree, "arch", image->arch);
    status = status ? status : put_text(tree, "compression", "none");
    if (image->has_load) {
        status = status ? status : fdt_property_u64(tree, "load", image->load);
    }
    status = status
                 ? status
                 : fdt_property(tree, "data", image->bytes, (int)image->size);
    return status ? status : fdt_end_node(tree);
}

static int put_images(void *tree, const struct fit *fit)
{
    int status = fdt_begin_node(tree, "images");
    for (unsigned i = 0; status == 0 && i < fit->count; i++) {
        status = put_image(tree, &fit->images[i]);
    }
    return status ? status : fdt_end_node(tree);
}

/* One configuration: U-Boot's loader starts the first of the list, and takes
 * the others as loadables. */
static int put_configuration(void *tree, const struct fit *fit)
{
    struct buffer loadables = {0};
    bool has_tree = false;
    for (unsigned i = 0; i < fit->count; i++) {
        const char *name = fit->images[i].name;
        if (strcmp(name, "fdt") == 0) {
            has_tree = true;
        } else if (strcmp(name, "uboot") != 0) {
            buffer_append(&loadables, name, strlen(name) + 1);
        }
    }
    int status = fdt_begin_node(tree, "configurations");
    status = status ? status : put_text(tree, "default", "conf");
    status = status ? status : fdt_begin_node(tree, "conf");
    status = status ? status : put_text(tree, "firmware", "uboot");
    if (status == 0 && loadables.size != 0) {
        status = fdt_property(tree, "loadables", loadables.bytes,
                              (int)loadables.size);
    }
    if (status == 0 && has_tree) {
        status = put_text(tree, "fdt", "fdt");
    }
    status = status ? status : fdt_end_node(tree);
    buffer_fini(&loadables);
    return status ? status : fdt_end_node(tree);
}

int fit_write(const struct fit *fit, struct buffer *out, struct error *error)
{
    size_t room = 8192;
    if (fit->count == 0 || fit->count > FIT_IMAGES_MAX) {
        return error_set(error, -EINVAL, "%u images; a FIT has 1 to %d",
                         fit->count, FIT_IMAGES_MAX);
    }
    for (unsigned i = 0; i < fit->count; i++) {
        if (fit->images[i].size > INT32_MAX / FIT_IMAGES_MAX) {
            return error_set(error, -EFBIG, "image '%s': %zu bytes",
                             fit->images[i].name, fit->images[i].size);
        }
        room += fit->images[i].size + 512;
    }
    uint8_t *tree = xcalloc(1, room);
    int status = fdt_create(tree, (int)room);
    status = status ? status : fdt_finish_reservemap(tree);
    status = status ? status : fdt_begin_node(tree, "");
    status =
        status ? status : put_text(tree, "description", "AST2700 firmware");
    status = status ? status : fdt_property_u32(tree, "#address-cells", 2);
    status = status ? status : put_images(tree, fit);
    status = status ? status : put_configuration(tree, fit);
    status = status ? status : fdt_end_node(tree);
    status = status ? status : fdt_finish(tree);
    if (status == 0) {
        buffer_append(out, tree, fdt_totalsize(tree));
    } else {
        status = error_set(error, -EINVAL, "the FIT cannot be made: %s",
                           fdt_strerror(status));
    }
    free(tree);
    return status;
}

/* ---- Reading ------------------------------------------------------------- */

size_t fit_find(const uint8_t *flash, size_t size)
{
    for (size_t at = 0; at < ASPEED_FIT_LIMIT && at < size;
         at += ASPEED_FIT_STEP) {
        struct fit fit;
        if (fit_read(&fit, flash + at, size - at, NULL) == 0) {
            return at;
        }
    }
    return size;
}

static const char *text_of(const void *tree, int node, const char *name)
{
    int length = 0;
    const char *text = fdt_getprop(tree, node, name, &length);
    return text != NULL && length > 0 && text[length - 1] == '\0' ? text : "";
}

static int read_load(const void *tree, int node, struct fit_image *image,
                     struct error *error)
{
    int length = 0;
    const uint8_t *load = fdt_getprop(tree, node, "load", &length);
    if (load == NULL) {
        return 0;
    }
    if (length != 4 && length != 8) {
        return error_set(error, -EINVAL,
                         "/images/%s/load: %d bytes, expected 4 or 8",
                         image->name, length);
    }
    image->has_load = true;
    image->load = length == 4
                      ? load_be32(load)
                      : (uint64_t)load_be32(load) << 32 | load_be32(load + 4);
    return 0;
}

static int read_image(const void *tree, int node, struct fit *fit,
                      struct error *error)
{
    int length = 0;
    const char *name = fdt_get_name(tree, node, NULL);
    if (fit->count == FIT_IMAGES_MAX) {
        return error_set(error, -EINVAL, "/images: more than %d images",
                         FIT_IMAGES_MAX);
    }
    struct fit_image *image = &fit->images[fit->count];
    *image = (struct fit_image){
        .name = name != NULL ? name : "",
        .type = text_of(tree, node, "type"),
        .arch = text_of(tree, node, "arch"),
    };
    image->bytes = fdt_getprop(tree, node, "data", &length);
    if (image->bytes == NULL || length <= 0) {
        return error_set(error, -EINVAL, "/images/%s: no data", image->name);
    }
    image->size = (size_t)length;
    fit->count++;
    return read_load(tree, node, image, error);
}

int fit_read(struct fit *fit, const void *bytes, size_t size,
             struct error *error)
{
    *fit = (struct fit){0};
    int status = flat_tree_check(bytes, size);
    if (status != 0) {
        return error_set(error, -EINVAL, "offset 0x0: no flattened tree: %s",
                         fdt_strerror(status));
    }
    int images = fdt_path_offset(bytes, "/images");
    if (images < 0) {
        return error_set(error, -EINVAL, "/images: %s", fdt_strerror(images));
    }
    int node = 0;
    fdt_for_each_subnode(node, bytes, images)
    {
        status = read_image(bytes, node, fit, error);
        if (status != 0) {
            return status;
        }
    }
    if (fit->count == 0) {
        return error_set(error, -EINVAL, "/images: no image");
    }
    fit->size = fdt_totalsize(bytes);
    return 0;
}

const struct fit_image *fit_image_find(const struct fit *fit, const char *name)
{
    for (unsigned i = 0; i < fit->count; i++) {
        if (strcmp(fit->images[i].name, name) == 0) {
            return &fit->images[i];
        }
    }
    return NULL;
}

/* ---- Explaining ---------------------------------------------------------- */

void fit_print(const struct fit *fit, struct buffer *out)
{
    buffer_print(out, "FIT, 0x%zx bytes, %u images\n", fit->size, fit->count);
    for (unsigned i = 0; i < fit->count; i++) {
        const struct fit_image *image = &fit->images[i];
        buffer_print(out, "image ");
        buffer_print_word(out, image->name);
        buffer_print(out, "  0x%zx bytes", image->size);
        if (image->has_load) {
            buffer_print(out, "  to 0x%llx", (unsigned long long)image->load);
        }
        buffer_print(out, "\n");
    }
}

void fit_print_json(const struct fit *fit, struct json *json)
{
    json_string(json, "format", "aspeed-ast2700-fit");
    json_number(json, "size", fit->size);
    json_begin_array(json, "images");
    for (unsigned i = 0; i < fit->count; i++) {
        const struct fit_image *image = &fit->images[i];
        json_begin_object(json, NULL);
        json_string(json, "name", image->name);
        json_string(json, "type", image->type);
        json_string(json, "arch", image->arch);
        json_number(json, "size", image->size);
        if (image->has_load) {
            json_number(json, "load", image->load);
        }
        json_end_object(json);
    }
    json_end_array(json);
}
