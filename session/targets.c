/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of output files, of back ends and of the debugger's address. */
#include "session/targets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/vsock.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "base/error.h"
#include "host/claim.h"
#include "host/file.h"
#include "host/socket.h"
#include "session/console.h"
#include "session/guest_folder.h"
#include "session/network.h"
#include "session/option_table.h"

/* The path of a row of the table; NULL: it has none. */
static const char *path_of(const struct session_options *options, size_t row)
{
    return session_options_table[row].value == SESSION_VALUE_PATH
               ? session_option_text(&session_options_table[row], options)
               : NULL;
}

/* All targets in the order of their names, those of one name as they come. */
struct list {
    struct session_target *items;
    size_t count;
};

static void add(struct list *list, const struct session_target *target)
{
    size_t at = list->count++;
    while (at > 0 && strcmp(list->items[at - 1].name, target->name) > 0) {
        list->items[at] = list->items[at - 1];
        at--;
    }
    list->items[at] = *target;
}

static void collect(struct list *list, const struct session_options *options)
{
    list->items = xcalloc(SESSION_OPTIONS + options->profile_count +
                              options->power_count + options->target_count,
                          sizeof(*list->items));
    for (size_t i = 0; i < SESSION_OPTIONS; i++) {
        const struct session_option *option = &session_options_table[i];
        const char *path = path_of(options, i);
        if (path && option->written != SESSION_READ_ONLY) {
            add(list, &(struct session_target){option->name, path,
                                               (enum file_use)option->written});
        }
    }
    for (size_t i = 0; i < options->profile_count; i++) {
        add(list, &(struct session_target){"profile", options->profiles[i],
                                           FILE_REPLACED});
    }
    for (size_t i = 0; i < options->power_count; i++) {
        add(list, &(struct session_target){"power", options->powers[i],
                                           FILE_REPLACED});
    }
    for (size_t i = 0; i < options->target_count; i++) {
        add(list, &options->targets[i]);
    }
}

/* ---- One file, one use --------------------------------------------------- */

static void claim(struct file_claims *claims, const char *name,
                  const char *path, bool written)
{
    /* A snapshot is replaced as a whole, by the run that continued it. */
    const char *shares = strcmp(name, "restore") == 0 ? "save" : NULL;
    file_claim_add(claims, &(struct file_claim){name, path, written, shares});
}

bool session_board_is_built_in(const char *board)
{
    const char *name;
    for (size_t i = 0; (name = cairn_board_name(i)); i++) {
        if (strcmp(name, board) == 0) {
            return true;
        }
    }
    return false;
}

static void claim_board(struct file_claims *claims,
                        const struct session_options *options)
{
    if (options->board && !session_board_is_built_in(options->board)) {
        claim(claims, "BOARD", options->board, false);
    }
    for (size_t i = 0; i < options->overlay_count; i++) {
        claim(claims, "with", options->overlays[i], false);
    }
}

/* A folder that cannot be had is complained about when it is read. */
static void claim_guest(struct file_claims *claims, const char *folder)
{
    struct session_guest_folder found = {0};
    struct session_error ignored;
    if (folder && session_guest_folder_find(&found, folder, &ignored) == 0) {
        char *line = xasprintf(
            "%.*scmdline", (int)(strrchr(found.kernel, '/') + 1 - found.kernel),
            found.kernel);
        claim(claims, "guest", file_claim_keep(claims, line), false);
        claim(claims, "guest", file_claim_keep(claims, found.kernel), false);
        if (found.initrd) {
            claim(claims, "guest", file_claim_keep(claims, found.initrd),
                  false);
        }
        found.kernel = found.initrd = NULL;
    }
    session_guest_folder_fini(&found);
}

static void claim_read(struct file_claims *claims,
                       const struct session_options *options)
{
    for (size_t i = 0; i < SESSION_OPTIONS; i++) {
        const struct session_option *option = &session_options_table[i];
        if (option->written == SESSION_READ_ONLY &&
            option->use != SESSION_USE_SOCKET &&
            option->use != SESSION_USE_GUEST) {
            claim(claims, option->name, path_of(options, i), false);
        }
    }
    for (size_t i = 0; i < options->image_count; i++) {
        claim(claims, "image", options->images[i].path, false);
    }
    for (size_t i = 0; i < options->load_count; i++) {
        claim(claims, options->loads[i].memory ? "image" : "load",
              options->loads[i].path, false);
    }
    for (size_t i = 0; i < options->symbol_count; i++) {
        claim(claims, "symbols", options->symbols[i].path, false);
    }
    for (size_t i = 0; i < options->module_count; i++) {
        claim(claims, "module", options->modules[i].path, false);
    }
}

static const char *operand_of(const char *backend)
{
    const char *colon = strchr(backend, ':');
    return colon ? colon + 1 : NULL;
}

/* A disk that may be written has one name, as if it were an output. */
static void claim_back_ends(struct file_claims *claims,
                            const struct session_options *options)
{
    for (size_t i = 0; i < options->disk_count; i++) {
        const struct cairn_disk *disk = &options->disks[i].disk;
        claim(claims, "disk", operand_of(disk->backend),
              !disk->read_only && !disk->overlay && !disk->temporary);
        if (disk->overlay) {
            claim(claims, "disk", disk->overlay, true);
        }
    }
    for (size_t i = 0; i < options->net_count; i++) {
        char *log = cairn_net_value(options->nets[i].backend, "pcap", 0);
        if (log) {
            claim(claims, "net", file_claim_keep(claims, log), true);
        }
    }
    for (size_t i = 0; i < options->serial_count; i++) {
        if (session_serial_makes_file(&options->serials[i])) {
            claim(claims, "serial", operand_of(options->serials[i].backend),
                  true);
        }
    }
    if (options->vsock.path) {
        claim(claims, "vsock", options->vsock.path, true);
        claim(claims, "vsock",
              file_claim_keep(claims, xasprintf("%s" VSOCK_PACKETS_SUFFIX,
                                                options->vsock.path)),
              true);
    }
    if (options->gdb && strncmp(options->gdb, "unix:", 5) == 0) {
        claim(claims, "gdb", operand_of(options->gdb), true);
    }
}

static int check_claims(const struct session_options *options,
                        const char *guest_folder, const struct list *list,
                        struct session_error *why)
{
    struct file_claims claims = {0};
    const struct file_claim *first;
    const struct file_claim *second;
    int code = 0;
    claim_board(&claims, options);
    claim_guest(&claims, guest_folder);
    claim_read(&claims, options);
    for (size_t i = 0; i < list->count; i++) {
        claim(&claims, list->items[i].name, list->items[i].path, true);
    }
    claim_back_ends(&claims, options);
    if (file_claims_clash(&claims, &first, &second)) {
        char *words = file_claims_words(first, second);
        code = session_misuse(why, second->name, "%s", words);
        free(words);
    }
    file_claims_fini(&claims);
    return code;
}

/* ---- Whether it can be written ------------------------------------------- */

static int check_target(const struct session_target *target,
                        struct session_error *why)
{
    struct error error = {""};
    return file_check(target->path, target->use, &error)
               ? session_failure(why, target->name, "%s", error.text)
               : 0;
}

static int check_serial(const struct session_serial *serial,
                        struct session_error *why)
{
    struct cairn_error error = {""};
    int code = cairn_serial_check(serial->backend, &error);
    return code == 0         ? 0
           : code == -EINVAL ? session_misuse(why, "serial", "%s", error.text)
                             : session_failure(why, "serial", "%s", error.text);
}

static int check_address(const char *address, struct session_error *why)
{
    struct error error = {""};
    int code = address ? host_socket_check(address, &error) : 0;
    return code == 0         ? 0
           : code == -EINVAL ? session_misuse(why, "gdb", "%s", error.text)
                             : session_failure(why, "gdb", "%s", error.text);
}

int session_targets_check(const struct session_options *options,
                          const char *guest_folder, struct session_error *error)
{
    struct list list = {0};
    int code = session_networks_check(options, error);
    if (code != 0) {
        return code;
    }
    collect(&list, options);
    code = check_claims(options, guest_folder, &list, error);
    for (size_t i = 0; code == 0 && i < list.count; i++) {
        code = check_target(&list.items[i], error);
    }
    free(list.items);
    for (size_t i = 0; code == 0 && i < options->serial_count; i++) {
        code = check_serial(&options->serials[i], error);
    }
    return code ? code : check_address(options->gdb, error);
}
