/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/run_files.h"

#include <stdlib.h>
#include <string.h>

#include "commands/embedded.h"
#include "host/file.h"
#include "session/chain.h"
#include "trust/caliptra/bundle.h"
#include "trust/image/gzip.h"

enum { FILE_MAX = 64 << 20 };
enum { TRUST_MCU, TRUST_ROM, TRUST_FLASH, TRUST_FUSES };

static int load(struct run_files *files, const char *path, struct buffer *bytes)
{
    struct error error = {""};
    return file_read(path, FILE_MAX, bytes, &error)
               ? command_failure(files->arguments, "%s", error.text)
               : COMMAND_DONE;
}

/* Whoever names an empty file does not mean that none was named. */
static int load_filled(struct run_files *files, const char *path,
                       struct buffer *bytes)
{
    int result = load(files, path, bytes);
    return result == COMMAND_DONE && bytes->size == 0
               ? command_failure(files->arguments, "file '%s': is empty", path)
               : result;
}

/* From the option's file, or what the program carries under that name. */
static int load_or_embedded(struct run_files *files, const char *option,
                            const char *embedded, struct buffer *bytes)
{
    const char *path = arguments_value(files->arguments, option);
    struct embedded_file file;
    if (path) {
        return load_filled(files, path, bytes);
    }
    if (embedded && embedded_find(embedded, &file)) {
        buffer_append(bytes, file.bytes, file.size);
    }
    return COMMAND_DONE;
}

/* Whether an --image is for the memory. */
static bool names_image(const struct run_files *files, const char *memory)
{
    const struct arguments *arguments = files->arguments;
    size_t length = strlen(memory);
    bool found = false;
    for (size_t i = 0; i < arguments_count(arguments, "image"); i++) {
        const char *text = arguments_nth(arguments, "image", i);
        found = found ||
                (strncmp(text, memory, length) == 0 && text[length] == '=');
    }
    return found;
}

/* path is NULL for what the program carries. */
static int check_fits(const struct run_files *files, const char *memory,
                      const char *path, size_t size)
{
    uint64_t room = cairn_board_memory_size(files->look, memory);
    return path && room != 0 && size > room
               ? command_failure(files->arguments,
                                 "file '%s': has %zu bytes, and memory '%s' of "
                                 "board '%s' only %llu",
                                 path, size, memory, files->board,
                                 (unsigned long long)room)
               : COMMAND_DONE;
}

static void add_image(struct run_files *files, const char *memory,
                      const struct buffer *bytes)
{
    files->images[files->image_count++] =
        (struct cairn_image){memory, bytes->bytes, bytes->size};
}

static bool is_trust(const struct run_files *files)
{
    return strcmp(files->board, "trust") == 0;
}

static bool has_image(const struct run_files *files, const char *memory)
{
    for (size_t i = 0; i < files->image_count; i++) {
        if (strcmp(files->images[i].memory, memory) == 0) {
            return true;
        }
    }
    return false;
}

static int check_image(const struct run_files *files, const char *text,
                       size_t length)
{
    char *name = strndup(text, length);
    int result = has_image(files, name)
                     ? command_misuse(files->arguments,
                                      "option '--image': memory '%s' starts "
                                      "with a file already",
                                      name)
                     : COMMAND_DONE;
    free(name);
    return result;
}

/* From its flash a chain starts that is not made for the run. */
static bool keeps_flash(const struct run_files *files)
{
    return !files->guest && cairn_board_has_memory(files->look, "boot_flash");
}

/* A file that is there counts, be it empty. */
static int add_kept(struct run_files *files, const struct session_kept *kept)
{
    if (kept->there) {
        add_image(files, kept->memory, &kept->bytes);
    }
    return kept->there
               ? check_fits(files, kept->memory, kept->path, kept->bytes.size)
               : COMMAND_DONE;
}

/* --image NAME=FILE; cuts the name out of a copy that lives on. */
static int load_images(struct run_files *files)
{
    struct arguments *arguments = files->arguments;
    const struct session_guest *guest = files->guest;
    size_t count = arguments_count(arguments, "image");
    files->images =
        xcalloc(count + 3 + RUN_TRUST_FILES + SESSION_FLASH_MEMORIES,
                sizeof(*files->images));
    files->image_bytes = xcalloc(count + 1, sizeof(*files->image_bytes));
    files->image_names = xcalloc(count + 1, sizeof(*files->image_names));
    files->option_count = count;
    if (files->rom.size) {
        add_image(files, "rom", &files->rom);
    }
    int result = check_fits(files, "rom", arguments_value(arguments, "rom"),
                            files->rom.size);
    if (guest && guest->bios.size) {
        add_image(files, "flash0", &guest->bios);
        result = result ? result
                        : check_fits(files, "flash0",
                                     arguments_value(arguments, "bios"),
                                     guest->bios.size);
    }
    result = result || !guest ? result : add_kept(files, &guest->flash);
    for (size_t i = 0; result == COMMAND_DONE && i < SESSION_FLASH_MEMORIES;
         i++) {
        result = add_kept(files, &files->flash.kept[i]);
    }
    for (size_t i = 0; result == COMMAND_DONE && i < count; i++) {
        const char *text = arguments_nth(arguments, "image", i);
        const char *equals = strchr(text, '=');
        if (!equals || equals == text) {
            return command_misuse(arguments,
                                  "option '--image': '%s' is not "
                                  "NAME=FILE",
                                  text);
        }
        result = check_image(files, text, (size_t)(equals - text));
        if (result) {
            return result;
        }
        struct buffer *bytes = &files->image_bytes[i];
        result = load_filled(files, equals + 1, bytes);
        if (result) {
            return result;
        }
        files->image_names[i] = strndup(text, (size_t)(equals - text));
        add_image(files, files->image_names[i], bytes);
        result =
            check_fits(files, files->image_names[i], equals + 1, bytes->size);
    }
    return result;
}

/* What board trust starts with unless --image says otherwise. */
static const struct {
    const char *memory;
    const char *file;
} trust_files[RUN_TRUST_FILES] = {
    [TRUST_MCU] = {"mcu_rom",    "mcu.bin"     },
    [TRUST_ROM] = {"rom",        "rom.bin"     },
    [TRUST_FLASH] = {"boot_flash", "trust.img.gz"},
    [TRUST_FUSES] = {"soc_fuses",  "trust.fuses" },
};

static int add_trust_file(struct run_files *files, size_t index)
{
    struct buffer *bytes = &files->trust[index];
    struct embedded_file file;
    struct error error = {""};
    if (has_image(files, trust_files[index].memory) ||
        !embedded_find(trust_files[index].file, &file)) {
        return COMMAND_DONE;
    }
    if (gzip_recognise(file.bytes, file.size)) {
        if (gzip_unpack(file.bytes, file.size, FILE_MAX, bytes, &error) != 0) {
            return command_failure(files->arguments, "'%s': %s", file.name,
                                   error.text);
        }
    } else {
        buffer_append(bytes, file.bytes, file.size);
    }
    add_image(files, trust_files[index].memory, bytes);
    return COMMAND_DONE;
}

static int add_trust_files(struct run_files *files)
{
    int result = COMMAND_DONE;
    for (size_t i = 0;
         result == COMMAND_DONE && i < RUN_TRUST_FILES && is_trust(files);
         i++) {
        result = add_trust_file(files, i);
    }
    return result;
}

/* Flash and fuses are made for the guest. */
static int check_chain(const struct run_files *files)
{
    bool given = has_image(files, trust_files[TRUST_FLASH].memory) ||
                 has_image(files, trust_files[TRUST_FUSES].memory);
    return given ? command_misuse(files->arguments,
                                  "option '--image': board 'trust' makes "
                                  "boot_flash and soc_fuses for a guest")
                 : COMMAND_DONE;
}

static void replace_image(struct run_files *files, size_t index)
{
    for (size_t i = 0; i < files->image_count; i++) {
        if (strcmp(files->images[i].memory, trust_files[index].memory) == 0) {
            files->images[i].bytes = files->trust[index].bytes;
            files->images[i].size = files->trust[index].size;
        }
    }
}

/* A machine that never runs says where the guest's parts go, and what tree
 * describes it; then they are in the flash of the one that does. */
static int put_behind_chain(struct run_files *files)
{
    const struct cairn_options planned = {
        .board = files->board,
        .overlays = files->overlays,
        .overlay_count = files->overlay_count,
        .folders = files->folders,
        .folder_count = files->folder_count,
        .seed = files->seed,
        .guest = &files->guest->guest,
    };
    struct cairn_machine *plan = NULL;
    struct cairn_error why = {""};
    struct error error = {""};
    int code = cairn_create(&planned, &plan, &why);
    if (code != 0) {
        return command_failure(files->arguments, "%s", why.text);
    }
    code = session_chain_pack(plan, &files->trust[TRUST_FLASH],
                              &files->trust[TRUST_FUSES], &error);
    cairn_destroy(plan);
    replace_image(files, TRUST_FLASH);
    replace_image(files, TRUST_FUSES);
    return code ? command_failure(files->arguments, "%s", error.text)
                : COMMAND_DONE;
}

/* What a lone root of trust gets unless options name it. Of 2.x there is no
 * ROM; the fuses follow from the bundle. */
struct defaults {
    const char *boards; /* how their names begin */
    const char *rom;
    const char *firmware;
    const char *fuses;
    const char *firmware_lms; /* for fuses that want LMS in place of ML-DSA */
};

static const struct defaults no_defaults;
static const struct defaults defaults_of[] = {
    {"caliptra-1.", "rom.bin", "firmware.bundle",   "part.fuses", NULL                   },
    {"caliptra-2.", NULL,      "firmware-2.bundle", NULL,         "firmware-2-lms.bundle"},
};

/* Built-in boards get what the program carries. */
static const struct defaults *find_defaults(const struct run_files *files)
{
    const char *name;
    for (size_t i = 0; !files->guest && (name = cairn_board_name(i)); i++) {
        for (size_t k = 0; k < ARRAY_SIZE(defaults_of); k++) {
            const char *start = defaults_of[k].boards;
            if (strcmp(name, files->board) == 0 &&
                strncmp(name, start, strlen(start)) == 0) {
                return &defaults_of[k];
            }
        }
    }
    return &no_defaults;
}

/* Fuses that cannot be read are complained about later. */
static const char *default_firmware(const struct run_files *files,
                                    const struct defaults *defaults)
{
    struct fuses fuses;
    fuses_init(&fuses);
    if (defaults->firmware_lms == NULL || files->fuses.size == 0 ||
        fuses_parse(&fuses, "", files->fuses.bytes, files->fuses.size, NULL)) {
        return defaults->firmware;
    }
    return fuses.pqc_key_type == CALIPTRA2_PQC_LMS ? defaults->firmware_lms
                                                   : defaults->firmware;
}

/* A Caliptra core of another generation would run zeros, and only the limit of
 * instructions would end that. */
static int check_rom(const struct run_files *files)
{
    bool images = arguments_count(files->arguments, "image") != 0;
    if (files->rom.size || images ||
        strncmp(files->board, "caliptra-2.", 11) != 0) {
        return COMMAND_DONE;
    }
    return command_misuse(files->arguments,
                          "board '%s': the program carries no ROM for it; "
                          "name one with --rom",
                          files->board);
}

/* Whether a bundle is of another generation than a built-in board. */
static bool is_foreign(const struct run_files *files,
                       const struct caliptra_bundle *bundle)
{
    const char *other =
        caliptra_is_2(bundle->generation) ? "caliptra-1." : "caliptra-2.";
    return strncmp(files->board, other, strlen(other)) == 0;
}

/* The fuses follow from the firmware unless they are given; what cannot be read
 * would be refused for fuses that nobody chose. */
static int check_firmware(const struct run_files *files)
{
    struct caliptra_bundle bundle;
    struct error error = {""};
    if (files->firmware.size == 0 || files->fuses.size != 0 || files->guest ||
        arguments_value(files->arguments, "agent")) {
        return COMMAND_DONE;
    }
    int code = caliptra_bundle_read(&bundle, files->firmware.bytes,
                                    files->firmware.size, &error);
    if (code == 0 && !is_foreign(files, &bundle)) {
        return COMMAND_DONE;
    }
    if (code == 0) {
        error_set(&error, -EINVAL,
                  "a bundle for generation %s, which the ROM of board '%s' "
                  "would not know",
                  caliptra_is_2(bundle.generation) ? "2.x" : "1.x",
                  files->board);
    }
    return command_failure(files->arguments,
                           "firmware '%s': %s; with --fuses a part would be "
                           "given it nevertheless",
                           arguments_value(files->arguments, "firmware"),
                           error.text);
}

void run_files_overlays(struct run_files *files)
{
    files->overlays =
        arguments_all(files->arguments, "with", &files->overlay_count);
    files->folders =
        arguments_all(files->arguments, "allow", &files->folder_count);
}

int run_files_script(struct run_files *files)
{
    const char *script = arguments_value(files->arguments, "agent");
    return script ? load(files, script, &files->script) : COMMAND_DONE;
}

int run_files_load(struct run_files *files)
{
    if (files->guest) {
        int code = session_guest_load(files->guest, files->arguments);
        if (code) {
            return code;
        }
    }
    const struct defaults *defaults = find_defaults(files);
    const char *firmware = arguments_value(files->arguments, "firmware");
    const char *rom = names_image(files, "rom") ? NULL : defaults->rom;
    int result = load_or_embedded(files, "rom", rom, &files->rom);
    result = result ? result : check_rom(files);
    result = result ? result
                    : load_or_embedded(files, "fuses",
                                       firmware ? NULL : defaults->fuses,
                                       &files->fuses);
    result = result ? result
                    : load_or_embedded(files, "firmware",
                                       default_firmware(files, defaults),
                                       &files->firmware);
    result = result ? result : check_firmware(files);
    files->firmware_name = firmware               ? firmware
                           : files->firmware.size ? "our own, signed with "
                                                    "development keys"
                                                  : NULL;
    result = result ? result
                    : session_flash_load(&files->flash, files->arguments,
                                         keeps_flash(files));
    result = result ? result : load_images(files);
    if (result || !is_trust(files) || !files->guest) {
        return result ? result : add_trust_files(files);
    }
    result = check_chain(files);
    result = result ? result : add_trust_files(files);
    return result ? result : put_behind_chain(files);
}

void run_files_fini(struct run_files *files)
{
    buffer_fini(&files->rom);
    buffer_fini(&files->firmware);
    buffer_fini(&files->fuses);
    buffer_fini(&files->script);
    session_flash_fini(&files->flash);
    for (size_t i = 0; i < RUN_TRUST_FILES; i++) {
        buffer_fini(&files->trust[i]);
    }
    for (size_t i = 0; i < files->option_count; i++) {
        buffer_fini(&files->image_bytes[i]);
        free(files->image_names[i]);
    }
    free(files->images);
    free(files->image_bytes);
    free(files->image_names);
    free(files->overlays);
    free(files->folders);
    cairn_board_close(files->look);
}
