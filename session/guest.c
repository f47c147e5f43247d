/* SPDX-License-Identifier: Apache-2.0 */
/* Gathering what a guest starts with, and writing what it leaves. */
#include "session/guest.h"

#include <errno.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/flat_tree.h"
#include "base/text.h"
#include "host/file.h"
#include "session/start.h"

enum { FILE_LIMIT = 1 << 30 };

/* ---- Gathering ----------------------------------------------------------- */

/* An empty file is a mistake: no file would not have been named. */
static int check_size(const char *path, uint64_t size,
                      struct session_error *why)
{
    return size == 0 ? session_failure(why, NULL, "file '%s': is empty", path)
                     : 0;
}

static int load(const char *path, struct buffer *bytes,
                struct cairn_image *image, struct session_error *why)
{
    struct error error = {""};
    if (!path) {
        return 0;
    }
    if (file_read(path, FILE_LIMIT, bytes, &error)) {
        return session_failure(why, NULL, "%s", error.text);
    }
    *image = (struct cairn_image){path, bytes->bytes, bytes->size};
    return check_size(path, bytes->size, why);
}

/* A file that the machine reads for itself. */
static int name_file(const char *path, struct cairn_image *image,
                     struct session_error *why)
{
    struct error error = {""};
    uint64_t size = 0;
    if (path && file_size(path, &size, &error)) {
        return session_failure(why, NULL, "%s", error.text);
    }
    *image = (struct cairn_image){.memory = path};
    return path ? check_size(path, size, why) : 0;
}

/* The first built-in board whose flash holds a guest of that name. */
static const char *find_carrier(const char *guest, struct cairn_board **opened)
{
    const char *name;
    for (size_t i = 0; (name = cairn_board_name(i)); i++) {
        const struct cairn_options look = {.size = sizeof(struct cairn_options),
                                           .board = name};
        if (cairn_board_open(&look, opened, NULL) != 0) {
            continue;
        }
        const char *carried = session_carried(*opened, "guest");
        if (carried && strcmp(carried, guest) == 0) {
            return name;
        }
        cairn_board_close(*opened);
        *opened = NULL;
    }
    return NULL;
}

/* A name that is no folder's may be that of a guest on another board. */
static int find_folder(struct session_guest *guest, const char *name,
                       struct session_error *error)
{
    struct cairn_board *board = NULL;
    int code = session_guest_folder_find(&guest->folder, name, error);
    const char *carrier =
        code && !guest->folder.kernel ? find_carrier(name, &board) : NULL;
    if (carrier) {
        code = session_misuse(error, "guest",
                              "'%s' is embedded for board '%s' only", name,
                              carrier);
    }
    cairn_board_close(board);
    return code;
}

/* The kernel and what comes with it, from its folder or named one by one. The
 * command line of options adds to the folder's. */
static int load_kernel(struct session_guest *guest, const char *folder,
                       struct session_error *error)
{
    const struct session_options *options = guest->options;
    const char *append = options->append;
    const char *kernel = options->kernel;
    const char *initrd = options->initrd;
    guest->guest.append = append;
    if (folder) {
        int code = find_folder(guest, folder, error);
        if (code) {
            return code;
        }
        const char *own = guest->folder.append;
        guest->append =
            xasprintf("%s%s%s", own ? own : "", own && append ? " " : "",
                      append ? append : "");
        guest->guest.append = *guest->append ? guest->append : NULL;
        kernel = guest->folder.kernel;
        initrd = guest->folder.initrd;
    }
    int code = name_file(kernel, &guest->guest.kernel, error);
    return code ? code : name_file(initrd, &guest->guest.initrd, error);
}

static int load_modules(struct session_guest *guest,
                        struct session_error *error)
{
    size_t count = guest->options->module_count;
    int code = 0;
    guest->modules = xcalloc(count + 1, sizeof(*guest->modules));
    guest->module_bytes = xcalloc(count + 1, sizeof(*guest->module_bytes));
    guest->guest.modules = guest->modules;
    guest->guest.module_count = count;
    for (size_t i = 0; i < count && code == 0; i++) {
        const struct session_module *from = &guest->options->modules[i];
        guest->modules[i] = (struct cairn_module){
            .kind = from->kind,
            .append = from->append,
        };
        code = load(from->path, &guest->module_bytes[i],
                    &guest->modules[i].image, error);
    }
    return code;
}

int session_guest_open_output(struct session_guest *guest,
                              struct session_error *error)
{
    const char *path = guest->options->output;
    guest->output = path ? fopen(path, "we") : NULL;
    return path && !guest->output
               ? session_failure(error, NULL, "output '%s': %s", path,
                                 strerror(errno))
               : 0;
}

static int check_cpu(const char *cpu, struct session_error *why)
{
    struct cairn_error error = {""};
    return cpu && cairn_cpu_check(cpu, &error)
               ? session_misuse(why, "cpu", "%s", error.text)
               : 0;
}

/* The file that a board without a kernel executes, or NULL. */
static const char *program_of(const struct session_options *options)
{
    return options->kernel || options->guest ? NULL
           : options->load_count != 0        ? options->loads[0].path
           : options->image_count != 0       ? options->images[0].path
                                             : NULL;
}

/* Equipment of the machine, beside files. */
static void describe(struct session_guest *described,
                     const struct session_options *options)
{
    unsigned least = described->on_application_processors ? 1 : 0;
    described->guest = (struct cairn_guest){
        .size = sizeof(struct cairn_guest),
        .from_files = true,
        .memory_bytes = options->memory_bytes,
        .cpus = options->cpus ? options->cpus : least,
        .cpu = options->cpu,
        .has_start_time = options->has_start_time,
        .start_time = options->start_time,
        .security = options->security,
        .virtualization = options->virtualization,
        .semihosting = options->semihosting || options->semihosting_folder,
        .semihosting_folder = options->semihosting_folder,
        .program = program_of(options),
        .firmware = options->bios != NULL,
        .no_acpi = options->no_acpi,
        .tpm = options->tpm ? options->tpm_interface : NULL,
    };
}

static int load_tree(struct session_guest *guest, struct session_error *error)
{
    const char *path = guest->options->dtb;
    int code = load(path, &guest->dtb, &guest->guest.dtb, error);
    int status = code == 0 && path
                     ? flat_tree_check(guest->dtb.bytes, guest->dtb.size)
                     : 0;
    return status != 0
               ? session_failure(error, NULL, "file '%s': no device tree: %s",
                                 path, fdt_strerror(status))
               : code;
}

int session_guest_load(struct session_guest *guest,
                       const struct session_options *options,
                       const struct session_observer *observer,
                       const char *folder, struct session_error *error)
{
    struct cairn_image unused;
    guest->options = options;
    guest->observer = observer;
    guest->flash = (struct session_kept){
        .option = "flash",
        .memory = session_role(guest->roles, SESSION_VARIABLES),
        .blank = 0xff,
        .whole = true,
    };
    describe(guest, options);
    int code = check_cpu(options->cpu, error);
    code = code ? code
                : session_console_load(&guest->console, options, observer,
                                       guest->roles, error);
    code = code ? code : load_kernel(guest, folder, error);
    code = code ? code : load_tree(guest, error);
    code = code ? code : load(options->bios, &guest->bios, &unused, error);
    if (code == 0 && options->bios &&
        text_begins(guest->bios.bytes, guest->bios.size)) {
        code = session_failure(error, NULL, "file '%s': a text, not firmware",
                               options->bios);
    }
    code = code ? code : load_modules(guest, error);
    return code ? code
                : session_kept_load(&guest->flash, options->flash,
                                    options->new_flash, error);
}

/* A file that was named as a kernel may be anything. */
void session_guest_tell(const struct session_guest *guest,
                        struct cairn_machine *machine)
{
    struct cairn_piece piece;
    for (size_t i = 0; cairn_guest_piece(machine, i, &piece) == 0; i++) {
        if (piece.raw) {
            session_say(guest->observer,
                        "kernel '%s': neither an arm64 Image nor ELF: started "
                        "as raw code",
                        guest->guest.kernel.memory);
        }
    }
}

/* ---- The end ------------------------------------------------------------- */

int session_guest_save_flash(const struct session_guest *guest,
                             struct cairn_machine *machine, struct error *error)
{
    return session_kept_save(&guest->flash, machine, error);
}

int session_guest_close_output(struct session_guest *guest, struct error *error)
{
    const char *path = guest->output ? guest->options->output : NULL;
    int code = file_end(guest->output, path, error);
    guest->output = NULL;
    return code;
}

int session_guest_save_tree(const struct session_guest *guest,
                            struct cairn_machine *machine, struct error *error)
{
    const char *path = guest->options->guest_dtb;
    uint8_t *bytes = NULL;
    size_t size = 0;
    if (!path || cairn_guest_dtb(machine, &bytes, &size, NULL) != 0) {
        return 0;
    }
    int code = file_write(path, bytes, size, error);
    free(bytes);
    return code;
}

void session_guest_fini(struct session_guest *guest)
{
    if (guest->output) {
        fclose(guest->output);
    }
    buffer_fini(&guest->dtb);
    buffer_fini(&guest->bios);
    session_kept_fini(&guest->flash);
    for (size_t i = 0; i < guest->guest.module_count; i++) {
        buffer_fini(&guest->module_bytes[i]);
    }
    free(guest->modules);
    free(guest->module_bytes);
    session_guest_folder_fini(&guest->folder);
    free(guest->append);
    buffer_fini(&guest->seen);
    session_console_fini(&guest->console);
}
