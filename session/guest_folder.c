/* SPDX-License-Identifier: Apache-2.0 */
/* Where guests are, and what a guest's folder has. */
#include "session/guest_folder.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "host/folder.h"

enum { APPEND_MAX = 4096, PLACES = 4, PATH_MAX_SIZE = 4096 };

/* ---- Where guests are ---------------------------------------------------- */

/* The path of the running program, into path; false if there is none. */
static bool find_program(char path[PATH_MAX_SIZE])
{
    ssize_t size = readlink("/proc/self/exe", path, PATH_MAX_SIZE - 1);
    path[size > 0 ? size : 0] = '\0';
    return size > 0;
}

/* A program that was not installed has the tree's guests two folders up. */
static char *tree_place(void)
{
    char path[PATH_MAX_SIZE];
    char *build = find_program(path) ? strstr(path, "/build/") : NULL;
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
                       struct session_error *why)
{
    struct buffer line = {0};
    struct error error = {""};
    if (access(path, F_OK) != 0) {
        return 0;
    }
    if (file_read(path, APPEND_MAX, &line, &error)) {
        return session_failure(why, NULL, "%s", error.text);
    }
    found->append = strndup((const char *)line.bytes, line.size);
    found->append[strcspn(found->append, "\n")] = '\0';
    buffer_fini(&line);
    return 0;
}

/* False: there is no kernel in the folder. */
static bool take_folder(struct session_guest_folder *found, const char *folder,
                        int *code, struct session_error *error)
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
    *code = read_append(found, append, error);
    free(append);
    return true;
}

/* How to fetch guest linux: by the script that was installed beside this
 * program, as PREFIX/bin/cairn has it, or by the tree. */
static char *fetch_command(void)
{
    char path[PATH_MAX_SIZE];
    char *bin = find_program(path) ? strstr(path, "/bin/cairn") : NULL;
    if (bin) {
        char *script = xasprintf("%.*s/share/cairn/guest-linux/guest-linux",
                                 (int)(bin - path), path);
        if (access(script, X_OK) == 0) {
            return script;
        }
        free(script);
    }
    return xstrdup("make guest-linux");
}

static int complain(const char *name, char *const *places, size_t count,
                    struct session_error *error)
{
    struct buffer text = {0};
    for (size_t i = 0; i < count; i++) {
        buffer_print(&text, "%s'%s'",
                     i == 0           ? ""
                     : i + 1 == count ? " or "
                                      : ", ",
                     places[i]);
    }
    bool is_linux = strcmp(name, "linux") == 0;
    char *command = is_linux ? fetch_command() : xstrdup("");
    int code = session_failure(
        error, NULL, "guest '%s': there is no %s/kernel in %s%s%s%s", name,
        name, buffer_text(&text), is_linux ? "; '" : "", command,
        is_linux ? "' fetches Debian's" : "");
    free(command);
    buffer_fini(&text);
    return code;
}

int session_guest_folder_find(struct session_guest_folder *found,
                              const char *name, struct session_error *error)
{
    char *places[PLACES];
    int code = 0;
    if (strchr(name, '/')) {
        return take_folder(found, name, &code, error)
                   ? code
                   : session_failure(error, NULL,
                                     "guest '%s': no file 'kernel' in the "
                                     "folder",
                                     name);
    }
    size_t count = list_places(places);
    bool is_there = false;
    for (size_t i = 0; i < count && !is_there; i++) {
        char *folder = xasprintf("%s/%s", places[i], name);
        is_there = take_folder(found, folder, &code, error);
        free(folder);
    }
    if (!is_there) {
        code = complain(name, places, count, error);
    }
    for (size_t i = 0; i < count; i++) {
        free(places[i]);
    }
    return code;
}

void session_guest_folder_fini(struct session_guest_folder *found)
{
    free(found->kernel);
    free(found->initrd);
    free(found->append);
}
