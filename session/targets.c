/* SPDX-License-Identifier: Apache-2.0 */
#include "session/targets.h"

#include <errno.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "commands/report.h"
#include "host/file.h"
#include "host/socket.h"

static const struct target {
    const char *option;
    enum file_use use;
} targets[] = {
    {"events",     FILE_IN_PLACE},
    {"flash",      FILE_REPLACED},
    {"fuse-array", FILE_REPLACED},
    {"guest-dtb",  FILE_REPLACED},
    {"hashes",     FILE_IN_PLACE},
    {"log",        FILE_IN_PLACE},
    {"output",     FILE_IN_PLACE},
    {"quote",      FILE_REPLACED},
    {"report",     FILE_REPLACED},
    {"save",       FILE_DRAFTED },
};

/* Whether an earlier row, or value, has the same file. Devices take it. */
static const char *find_other(const struct arguments *arguments, size_t row,
                              size_t n)
{
    const char *path = arguments_nth(arguments, targets[row].option, n);
    for (size_t i = 0; i <= row; i++) {
        size_t count =
            i == row ? n : arguments_count(arguments, targets[i].option);
        for (size_t m = 0; m < count; m++) {
            if (strncmp(path, "/dev/", 5) != 0 &&
                strcmp(arguments_nth(arguments, targets[i].option, m), path) ==
                    0) {
                return targets[i].option;
            }
        }
    }
    return NULL;
}

static int check_target(const struct arguments *arguments, size_t row, size_t n)
{
    const char *option = targets[row].option;
    const char *path = arguments_nth(arguments, option, n);
    const char *other = find_other(arguments, row, n);
    struct error error = {""};
    if (other) {
        return command_misuse(arguments, "option '--%s': --%s writes '%s' too",
                              option, other, path);
    }
    if (strcmp(option, "report") == 0 && !report_has_form(path)) {
        return command_misuse(arguments,
                              "option '--report': '%s' ends in none of %s",
                              path, report_forms);
    }
    return file_check(path, targets[row].use, &error)
               ? command_failure(arguments, "option '--%s': %s", option,
                                 error.text)
               : COMMAND_DONE;
}

static int check_address(const struct arguments *arguments)
{
    const char *address = arguments_value(arguments, "gdb");
    struct error error = {""};
    int code = address ? host_socket_check(address, &error) : 0;
    return code == 0 ? COMMAND_DONE
           : code == -EINVAL
               ? command_misuse(arguments, "option '--gdb': %s", error.text)
               : command_failure(arguments, "option '--gdb': %s", error.text);
}

int session_targets_check(const struct arguments *arguments)
{
    int result = COMMAND_DONE;
    for (size_t row = 0; row < ARRAY_SIZE(targets); row++) {
        size_t count = arguments_count(arguments, targets[row].option);
        for (size_t n = 0; result == COMMAND_DONE && n < count; n++) {
            result = check_target(arguments, row, n);
        }
    }
    return result ? result : check_address(arguments);
}
