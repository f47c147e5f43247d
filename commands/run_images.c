/* SPDX-License-Identifier: Apache-2.0 */
/* Files that `cairn run` puts into memories: --image and --load. */
#include <string.h>

#include "base/buffer.h"
#include "commands/command.h"
#include "commands/run_request.h"

/* The text that follows the last @ is an address if it is a number, as names of
 * files have that character too. */
const char *run_request_address(const char *text, uint64_t *address)
{
    const char *at = strrchr(text, '@');
    return at && at != text && command_parse_number(at + 1, address) ? at
                                                                     : NULL;
}

/* FILE, or FILE@ADDRESS. */
static struct session_load parse_load(struct run_request *request,
                                      const char *memory, const char *text)
{
    struct session_load load = {.memory = memory};
    const char *at = run_request_address(text, &load.address);
    load.placed = at != NULL;
    load.path = at ? run_request_cut(request, text, at) : text;
    return load;
}

/* Files that are a memory's contents as they are, and those that go to
 * addresses. */
int run_request_set_images(struct run_request *request)
{
    const struct arguments *arguments = request->arguments;
    size_t count = arguments_count(arguments, "image");
    size_t load_count = arguments_count(arguments, "load");
    struct session_options *options = &request->options;
    request->images = xcalloc(count + 1, sizeof(*request->images));
    request->loads = xcalloc(count + load_count + 1, sizeof(*request->loads));
    for (size_t i = 0; i < count; i++) {
        const char *text = arguments_nth(arguments, "image", i);
        const char *equals = strchr(text, '=');
        if (!equals || equals == text) {
            return command_misuse(
                arguments, "option '--image': '%s' is not NAME=FILE", text);
        }
        struct session_load load = parse_load(
            request, run_request_cut(request, text, equals), equals + 1);
        if (load.placed) {
            request->loads[options->load_count++] = load;
        } else {
            request->images[options->image_count++] =
                (struct session_image){load.memory, load.path};
        }
    }
    for (size_t i = 0; i < load_count; i++) {
        request->loads[options->load_count++] =
            parse_load(request, NULL, arguments_nth(arguments, "load", i));
    }
    options->images = request->images;
    options->loads = request->loads;
    return COMMAND_DONE;
}
