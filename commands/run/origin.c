/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A snapshot may come from anybody, so its origin is held to the table: it
 * names what a machine is made of, which a guest may read, but no file that a
 * run writes, and no folder of the host's. --agent could not be held so: its
 * script may read any file.
 */
#include "commands/run/origin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/folder.h"
#include "include/cairn/cairn.h"
#include "session/guest_folder.h"
#include "session/request/request.h"
#include "session/targets.h"

/* Which file's origin is followed, and what it is. */
static const char *source_of(const struct arguments *arguments)
{
    const char *snapshot = arguments_value(arguments, "restore");
    return snapshot ? snapshot : arguments_value(arguments, "replay");
}

static const char *kind_of(const struct arguments *arguments)
{
    return arguments_flag(arguments, "restore") ? "snapshot" : "record";
}

const struct session_option *run_origin_row(const struct arguments *arguments,
                                            const struct option *option)
{
    return &session_options_table[option - arguments->given.options];
}

const char *run_origin_file(const struct session_option *option,
                            const char *value)
{
    switch (option->origin) {
    case SESSION_ORIGIN_FILE:
    case SESSION_ORIGIN_PLACED_FILE:
        return value;
    case SESSION_ORIGIN_NAMED_FILE:
    case SESSION_ORIGIN_NAMED_PLACED_FILE:
        return value + strcspn(value, "=") + (strchr(value, '=') != NULL);
    default:
        return NULL;
    }
}

static bool is_kept(const struct session_option *option)
{
    return option->origin >= SESSION_ORIGIN_PLAIN;
}

/* The user names it again. */
static bool is_renamed(const struct session_option *option)
{
    return option->origin == SESSION_ORIGIN_AGAIN ||
           option->origin == SESSION_ORIGIN_AGAIN_INPUT;
}

/* The option of a word "--NAME" or "--NAME=VALUE", or NULL. */
static const struct option *option_of(const struct arguments *arguments,
                                      const char *word)
{
    size_t length = strcspn(word, "=");
    return strncmp(word, "--", 2) == 0
               ? given_find(&arguments->given, word + 2, length - 2)
               : NULL;
}

/* ---- Keeping ------------------------------------------------------------- */

/* From the root on, as text. */
static char *from_root(const char *path)
{
    char *here = path[0] == '/' ? NULL : getcwd(NULL, 0);
    char *whole = here ? xasprintf("%s/%s", here, path) : xstrdup(path);
    free(here);
    return whole;
}

static char *absolute_folder(const char *path)
{
    char *real = realpath(path, NULL);
    return real ? real : from_root(path);
}

/* A file keeps its own name, also if that is a link's: by it boards are told
 * from their sources, and a guest is told of its kernel. */
static char *absolute_file(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    char *above = slash ? strndup(path, (size_t)(slash - path) + 1) : NULL;
    char *folder = realpath(above ? above : ".", NULL);
    char *whole = folder ? xasprintf("%s/%s", folder[1] ? folder : "", name)
                         : from_root(path);
    free(folder);
    free(above);
    return whole;
}

/* The folder where the guest was found, which by its name may be another one
 * elsewhere. */
static char *guest_folder(const struct run_origin *origin, const char *value)
{
    const char *kernel = origin->kernel;
    char *above = kernel
                      ? strndup(kernel, (size_t)(strrchr(kernel, '/') - kernel))
                      : NULL;
    char *folder = above ? absolute_folder(above) : xstrdup(value);
    free(above);
    return folder;
}

static char *keep_value(const struct run_origin *origin,
                        const struct session_option *option, const char *value)
{
    /* An address is a part of the last name. */
    const char *file = run_origin_file(option, value);
    if (file) {
        char *path = absolute_file(file);
        char *whole = xasprintf("%.*s%s", (int)(file - value), value, path);
        free(path);
        return whole;
    }
    return option->origin == SESSION_ORIGIN_GUEST ? guest_folder(origin, value)
           : option->origin == SESSION_ORIGIN_SHARED ? absolute_folder(value)
                                                     : xstrdup(value);
}

static void keep_option(struct run_origin *origin,
                        const struct arguments *arguments,
                        const struct given *given)
{
    const char *name = given->option->name;
    const struct session_option *option =
        run_origin_row(arguments, given->option);
    const char *value = option->origin == SESSION_ORIGIN_CLOCK ? origin->clock
                        : is_kept(option)                      ? given->value
                                                               : NULL;
    if (is_kept(option) || (origin->records && is_renamed(option))) {
        char *kept = value ? keep_value(origin, option, value) : NULL;
        origin->words[origin->count++] =
            kept ? xasprintf("--%s=%s", name, kept) : xasprintf("--%s", name);
        free(kept);
    }
}

static bool has_control(const char *word)
{
    for (; *word; word++) {
        if ((unsigned char)*word < ' ' || *word == 0x7f) {
            return true;
        }
    }
    return false;
}

/* A word that a snapshot cannot hold, or the first of too many; NULL: all are
 * good. */
static const char *find_unfit(const struct run_origin *origin)
{
    size_t size = 0;
    for (size_t i = 0; i < origin->count; i++) {
        size += strlen(origin->words[i]) + 1;
        if (has_control(origin->words[i]) || i >= CAIRN_ORIGIN_WORDS ||
            size > CAIRN_ORIGIN_SIZE) {
            return origin->words[i];
        }
    }
    return NULL;
}

static void drop_words(struct run_origin *origin)
{
    for (size_t i = 0; i < origin->count; i++) {
        free(origin->words[i]);
    }
    free(origin->words);
    origin->words = NULL;
    origin->count = 0;
}

void run_origin_make(struct run_origin *origin,
                     const struct arguments *arguments)
{
    size_t most = arguments->operand_count + arguments->given.count;
    origin->words = xcalloc(most + 1, sizeof(*origin->words));
    for (size_t i = 0; i < arguments->operand_count; i++) {
        const char *board = arguments->operands[i];
        origin->words[origin->count++] = session_board_is_built_in(board)
                                             ? xstrdup(board)
                                             : absolute_file(board);
    }
    for (size_t i = 0; i < arguments->given.count; i++) {
        keep_option(origin, arguments, &arguments->given.list[i]);
    }
    const char *unfit = find_unfit(origin);
    if (unfit) {
        struct buffer word = {0};
        buffer_print_word(&word, unfit);
        command_failure(arguments,
                        "a %s cannot hold %.200s: %s will need BOARD and its "
                        "options",
                        origin->records ? "record" : "snapshot",
                        buffer_text(&word),
                        origin->records ? "replaying" : "restoring");
        buffer_fini(&word);
        drop_words(origin);
    }
}

/* ---- Following ----------------------------------------------------------- */

/* The user names the machine. */
static bool is_told(const struct arguments *arguments)
{
    bool told = arguments->operand_count != 0;
    for (size_t i = 0; i < arguments->given.count; i++) {
        told = told || is_kept(run_origin_row(arguments,
                                              arguments->given.list[i].option));
    }
    return told;
}

/* BOARD, or an option of the table with its value in the same word. */
static bool is_good(const struct arguments *arguments, const char *word)
{
    const struct option *option = option_of(arguments, word);
    return word[0] != '-' ||
           (option && is_kept(run_origin_row(arguments, option)) &&
            (option->argument != NULL) == (strchr(word, '=') != NULL));
}

static int check_words(const struct arguments *arguments, const char *path,
                       char *const *words)
{
    for (; *words; words++) {
        if (!is_good(arguments, *words)) {
            struct buffer word = {0};
            buffer_print_word(&word, *words);
            int result =
                command_failure(arguments,
                                "%s '%s': its origin has %s, which "
                                "is no option that shapes a machine",
                                kind_of(arguments), path, buffer_text(&word));
            buffer_fini(&word);
            return result;
        }
    }
    return COMMAND_DONE;
}

static bool is_later(const struct timespec *one, const struct timespec *other)
{
    return one->tv_sec != other->tv_sec ? one->tv_sec > other->tv_sec
                                        : one->tv_nsec > other->tv_nsec;
}

/* Why the file is not what the snapshot was made with, or NULL. One that was
 * read for it may be read again at the next reset, so it must be older; devices
 * and pipes may do things when they are opened. */
static const char *find_fault(const char *snapshot, const char *file)
{
    struct stat saved;
    struct stat status;
    if (stat(file, &status) != 0 || stat(snapshot, &saved) != 0) {
        return strerror(errno);
    }
    if (!S_ISREG(status.st_mode)) {
        return "is no regular file";
    }
    return is_later(&status.st_mtim, &saved.st_mtim) ? "was changed since"
                                                     : NULL;
}

/* True if a snapshot, which may be a stranger's, may name the file: in its own
 * folder, among the guests that a name stands for, or where the user says. */
static bool is_allowed(const struct arguments *arguments, const char *snapshot,
                       const char *file)
{
    const char *slash = strrchr(snapshot, '/');
    char *own = slash ? strndup(snapshot, (size_t)(slash - snapshot) + 1)
                      : xstrdup(".");
    bool allowed = folder_holds(own, file) || session_guest_folder_holds(file);
    size_t count = arguments_count(arguments, "allow");
    for (size_t i = 0; i < count; i++) {
        allowed =
            allowed || folder_holds(arguments_nth(arguments, "allow", i), file);
    }
    free(own);
    return allowed;
}

static int check_file(const struct arguments *arguments, const char *option,
                      const char *file)
{
    const char *path = source_of(arguments);
    const char *fault = find_fault(path, file);
    if (fault) {
        return command_failure(
            arguments,
            "%s '%s' was made with %s '%s': %s; to go on with another, name "
            "BOARD and the options%s",
            kind_of(arguments), path, option, file, fault,
            arguments_flag(arguments, "restore") ? " that 'cairn inspect' shows"
                                                 : "");
    }

    if (!is_allowed(arguments, path, file)) {
        return command_misuse(
            arguments,
            "%s '%s' was made with %s '%s', which is outside of its folder: if "
            "it is yours, --allow with that file's folder reads it",
            kind_of(arguments), path, option, file);
    }
    return COMMAND_DONE;
}

static int check_guest(const struct arguments *arguments, const char *folder)
{
    static const char *const files[] = {"kernel", "initrd", "cmdline"};
    int result = COMMAND_DONE;
    for (size_t i = 0; result == COMMAND_DONE && i < ARRAY_SIZE(files); i++) {
        char *file = xasprintf("%s/%s", folder, files[i]);
        bool needed = i == 0 || access(file, F_OK) == 0;
        result = needed ? check_file(arguments, "--guest", file) : COMMAND_DONE;
        free(file);
    }
    return result;
}

static int refuse_folder(const struct arguments *arguments, const char *folder)
{
    const char *path = source_of(arguments);
    return command_misuse(
        arguments,
        "%s '%s' was made with --semihosting-folder '%s', where its "
        "guest may read and change all files: name that, BOARD and the other "
        "options that 'cairn inspect' shows, if it shall",
        kind_of(arguments), path, folder);
}

static int check_value(const struct arguments *arguments,
                       const struct session_option *option, const char *value)
{
    const char *file = run_origin_file(option, value);
    if (file) {
        uint64_t address;
        const bool placed = option->origin == SESSION_ORIGIN_PLACED_FILE ||
                            option->origin == SESSION_ORIGIN_NAMED_PLACED_FILE;
        const char *at =
            placed ? session_request_address(file, &address) : NULL;
        char *name = xasprintf("--%s", option->name);
        char *path = at ? xstrndup(file, (size_t)(at - file)) : xstrdup(file);
        int result = check_file(arguments, name, path);
        free(path);
        free(name);
        return result;
    }
    return option->origin == SESSION_ORIGIN_GUEST && strchr(value, '/')
               ? check_guest(arguments, value)
           : option->origin == SESSION_ORIGIN_SHARED
               ? refuse_folder(arguments, value)
               : COMMAND_DONE;
}

static int check_values(const struct arguments *arguments)
{
    int result = COMMAND_DONE;
    if (arguments->operand_count &&
        !session_board_is_built_in(arguments->operands[0])) {
        result = check_file(arguments, "BOARD", arguments->operands[0]);
    }
    for (size_t i = 0; i < SESSION_OPTIONS; i++) {
        const struct session_option *option = &session_options_table[i];
        size_t count =
            is_kept(option) ? arguments_count(arguments, option->name) : 0;
        for (size_t n = 0; result == COMMAND_DONE && n < count; n++) {
            const char *value = arguments_nth(arguments, option->name, n);
            result =
                value ? check_value(arguments, option, value) : COMMAND_DONE;
        }
    }
    return result;
}

/* Prints the words and files of a run that come from a snapshot's origin. */
static void tell(const struct arguments *arguments, const char *path,
                 char *const *words)
{
    struct buffer line = {0};
    for (; *words; words++) {
        buffer_print(&line, " ");
        buffer_print_word(&line, *words);
    }
    if (!arguments_flag(arguments, "quiet")) {
        fprintf(arguments->err, "cairn: run: %s '%s' was made with:%s\n",
                kind_of(arguments), path, buffer_text(&line));
    }
    buffer_fini(&line);
}

static int add_words(struct arguments *arguments, const char *path,
                     size_t count, char *const *words)
{
    int result = check_words(arguments, path, words);
    if (result == COMMAND_DONE &&
        arguments_add(arguments, count, (const char *const *)words) != 0) {
        result = command_failure(arguments,
                                 "%s '%s': its origin is none of 'cairn run'",
                                 kind_of(arguments), path);
    }
    return result;
}

/* Takes words for what the user has to name out of the list; misuse for one
 * that was not named. */
static int drop_renamed(const struct arguments *arguments, const char *path,
                        char **words, size_t *count)
{
    size_t left = 0;
    for (size_t i = 0; i < *count; i++) {
        const struct option *option =
            strchr(words[i], '=') ? NULL : option_of(arguments, words[i]);
        if (!option || !is_renamed(run_origin_row(arguments, option))) {
            words[left++] = words[i];
        } else if (!arguments_flag(arguments, option->name)) {
            return command_misuse(arguments,
                                  "record '%s' was made with --%s, which is "
                                  "not taken from it: name it as it was then",
                                  path, option->name);
        }
    }
    words[left] = NULL;
    *count = left;
    return COMMAND_DONE;
}

int run_origin_follow(struct run_origin *origin, struct arguments *arguments)
{
    const char *path = source_of(arguments);
    bool restores = arguments_flag(arguments, "restore");
    struct cairn_error error = {""};
    size_t count = 0;
    if (!path || is_told(arguments)) {
        return COMMAND_DONE;
    }
    if ((restores ? cairn_snapshot_origin : cairn_record_origin)(
            path, &origin->followed, &count, &error) != 0) {
        return command_failure(arguments, "%s", error.text);
    }
    int result = restores
                     ? COMMAND_DONE
                     : drop_renamed(arguments, path, origin->followed, &count);
    if (result != COMMAND_DONE || count == 0) {
        return result;
    }
    result = add_words(arguments, path, count, origin->followed);
    result = result ? result : check_values(arguments);
    if (result == COMMAND_DONE) {
        tell(arguments, path, origin->followed);
    }
    return result;
}

void run_origin_fini(struct run_origin *origin)
{
    drop_words(origin);
    free(origin->followed);
    origin->followed = NULL;
}
