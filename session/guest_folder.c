/* SPDX-License-Identifier: Apache-2.0 */
#include "session/guest_folder.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "host/folder.h"

enum { APPEND_MAX = 4096, PLACES = 4, PATH_MAX_SIZE = 4096 };

static const char embedded[] = "hello";

bool session_guest_folder_wanted(const struct arguments *arguments)
{
    const char *name = arguments_value(arguments, "guest");
    return name && strcmp(name, embedded) != 0;
}

/* ---- Where guests are ---------------------------------------------------- */

/* A program that was not installed has the tree's guests two folders up. */
static char *tree_place(void)
{
    char path[PATH_MAX_SIZE];
    ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - 1);
    if (size <= 0) {
        return NULL;
    }
    path[size] = '\0';
    char *build = strstr(path, "/build/");
    if (!build) {
        return NULL;
    }
    for (char *next; (next = strstr(build + 1, "/build/"));) {
        build = next;
    }
    return xasprintf("%.*s/build/out/guests", (int)(build - path), path);
}

static char *user_place(void)
{
    const char *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    if (data && *data == '/') {
        return xasprintf("%s/cairn/guests", data);
    }
    return home ? xasprintf("%s/.local/share/cairn/guests", home) : NULL;
}

/* In the order of the search; those that do not exist here are left out. */
static size_t list_places(char *places[PLACES])
{
    const char *named = getenv("CAIRN_GUESTS");
    char *const all[PLACES] = {
        named && *named ? xstrdup(named) : NULL,
        user_place(),
        tree_place(),
        xstrdup("."),
    };
    size_t count = 0;
    for (size_t i = 0; i < PLACES; i++) {
        if (all[i]) {
            places[count++] = all[i];
        }
    }
    return count;
}

bool session_guest_folder_holds(const char *file)
{
    char *places[PLACES];
    size_t count = list_places(places);
    bool holds = false;
    for (size_t i = 0; i < count; i++) {
        holds = holds ||
                (strcmp(places[i], ".") != 0 && folder_holds(places[i], file));
        free(places[i]);
    }
    return holds;
}

/* ---- Finding ------------------------------------------------------------- */

static int read_append(struct session_guest_folder *found, const char *path,
                       const struct arguments *arguments)
{
    struct buffer line = {0};
    struct error error = {""};
    if (access(path, F_OK) != 0) {
        return COMMAND_DONE;
    }
    if (file_read(path, APPEND_MAX, &line, &error)) {
        return command_failure(arguments, "%s", error.text);
    }
    found->append = strndup((const char *)line.bytes, line.size);
    found->append[strcspn(found->append, "\n")] = '\0';
    buffer_fini(&line);
    return COMMAND_DONE;
}

/* False: there is no kernel in the folder. */
static bool take_folder(struct session_guest_folder *found, const char *folder,
                        const struct arguments *arguments, int *result)
{
    char *kernel = xasprintf("%s/kernel", folder);
    if (access(kernel, R_OK) != 0) {
        free(kernel);
        return false;
    }
    char *initrd = xasprintf("%s/initrd", folder);
    char *append = xasprintf("%s/cmdline", folder);
    found->kernel = kernel;
    if (access(initrd, F_OK) == 0) {
        found->initrd = initrd;
    } else {
        free(initrd);
    }
    *result = read_append(found, append, arguments);
    free(append);
    return true;
}

static int complain(const struct arguments *arguments, const char *name,
                    char *const *places, size_t count)
{
    struct buffer text = {0};
    for (size_t i = 0; i < count; i++) {
        buffer_print(&text, "%s'%s'",
                     i == 0           ? ""
                     : i + 1 == count ? " or "
                                      : ", ",
                     places[i]);
    }
    int result = command_failure(
        arguments, "guest '%s': there is no %s/kernel in %s%s", name, name,
        buffer_text(&text),
        strcmp(name, "linux") == 0 ? "; 'make guest-linux' fetches Debian's"
                                   : "");
    buffer_fini(&text);
    return result;
}

int session_guest_folder_find(struct session_guest_folder *found,
                              const struct arguments *arguments)
{
    const char *name = arguments_value(arguments, "guest");
    char *places[PLACES];
    int result = COMMAND_DONE;
    if (!session_guest_folder_wanted(arguments)) {
        return COMMAND_DONE;
    }
    if (strchr(name, '/')) {
        return take_folder(found, name, arguments, &result)
                   ? result
                   : command_failure(arguments,
                                     "guest '%s': no file 'kernel' in the "
                                     "folder",
                                     name);
    }
    size_t count = list_places(places);
    bool is_there = false;
    for (size_t i = 0; i < count && !is_there; i++) {
        char *folder = xasprintf("%s/%s", places[i], name);
        is_there = take_folder(found, folder, arguments, &result);
        free(folder);
    }
    if (!is_there) {
        result = complain(arguments, name, places, count);
    }
    for (size_t i = 0; i < count; i++) {
        free(places[i]);
    }
    return result;
}

void session_guest_folder_fini(struct session_guest_folder *found)
{
    free(found->kernel);
    free(found->initrd);
    free(found->append);
}
