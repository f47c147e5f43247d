/* SPDX-License-Identifier: Apache-2.0 */
/* Options of `cairn run` that measure: profiles and the ledger of power states.
 */
#include <string.h>

#include "base/buffer.h"
#include "commands/run_request.h"

static void set_profiles(struct run_request *request)
{
    const struct arguments *arguments = request->arguments;
    size_t count = arguments_count(arguments, "symbols");
    request->symbols = xcalloc(count + 1, sizeof(*request->symbols));
    for (size_t i = 0; i < count; i++) {
        struct session_symbols *symbols = &request->symbols[i];
        const char *text = arguments_nth(arguments, "symbols", i);
        const char *equals = text + strcspn(text, "=/");
        if (*equals == '=' && equals != text) {
            symbols->core = run_request_cut(request, text, equals);
            text = equals + 1;
        }
        const char *at = strrchr(text, '@');
        symbols->moved =
            at && at != text && command_parse_number(at + 1, &symbols->address);
        symbols->path =
            symbols->moved ? run_request_cut(request, text, at) : text;
    }
    request->profiles =
        arguments_all(arguments, "profile", &request->options.profile_count);
    request->options.profiles = request->profiles;
    request->options.symbols = request->symbols;
    request->options.symbol_count = count;
}

/* Each --power with a FILE is written, one without is shown. */
static void set_power(struct run_request *request)
{
    const struct arguments *arguments = request->arguments;
    size_t *used = &request->options.power_count;
    size_t count = arguments_count(arguments, "power");
    request->powers = xcalloc(count + 1, sizeof(*request->powers));
    for (size_t i = 0; i < count; i++) {
        const char *path = arguments_nth(arguments, "power", i);
        if (path) {
            request->powers[(*used)++] = path;
        }
    }
    request->options.power = count != 0;
    request->options.powers = request->powers;
    request->shows_power = count > *used;
}

void run_request_measure(struct run_request *request)
{
    set_profiles(request);
    set_power(request);
}
