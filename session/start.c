/* SPDX-License-Identifier: Apache-2.0 */
/* Gathering the images that a machine starts with. */
#include "session/start.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "host/file.h"
#include "session/chain.h"
#include "session/slots.h"
#include "trust/caliptra/bundle.h"
#include "trust/caliptra/fuses.h"
#include "trust/image/gzip.h"

enum { FILE_MAX = 128 << 20 };

/* ---- What is carried ----------------------------------------------------- */

const char *session_carried(const struct cairn_board *board, const char *part)
{
    size_t length = strlen(part);
    const char *text;
    for (size_t i = 0; (text = cairn_board_carries(board, i)); i++) {
        if (strncmp(text, part, length) == 0 && text[length] == '=') {
            return text + length + 1;
        }
    }
    return NULL;
}

bool session_packs_guest(const struct cairn_board *board)
{
    char flash[CAIRN_PART_NAME_SIZE];
    return cairn_board_processors(board) != 0 &&
           cairn_board_role(board, "boot-flash", flash) == 0 &&
           session_carried(board, flash) != NULL;
}

static bool find_carried(const struct session_start *start, const char *name,
                         struct cairn_image *file)
{
    return name && start->options->carried &&
           start->options->carried(name, file);
}

/* ---- Files --------------------------------------------------------------- */

/* An empty file is a mistake: no file would not have been named. */
static int load(const char *path, struct buffer *bytes,
                struct session_error *why)
{
    struct error error = {""};
    if (file_read(path, FILE_MAX, bytes, &error)) {
        return session_failure(why, NULL, "%s", error.text);
    }
    return bytes->size == 0
               ? session_failure(why, NULL, "file '%s': is empty", path)
               : 0;
}

/* From the file that options name, or the program carries. */
static int load_or_carried(const struct session_start *start, const char *path,
                           const char *carried, struct buffer *bytes,
                           struct session_error *error)
{
    struct cairn_image file;
    if (path) {
        return load(path, bytes, error);
    }
    if (find_carried(start, carried, &file)) {
        buffer_append(bytes, file.bytes, file.size);
    }
    return 0;
}

static int check_fits(const struct session_start *start, const char *memory,
                      const char *path, size_t size,
                      struct session_error *error)
{
    uint64_t room = cairn_board_memory_size(start->board, memory);
    return room != 0 && size > room
               ? session_failure(error, NULL,
                                 "file '%s': has %zu bytes, and memory '%s' of "
                                 "board '%s' only %llu",
                                 path, size, memory, start->options->board,
                                 (unsigned long long)room)
               : 0;
}

/* ---- Images -------------------------------------------------------------- */

static struct cairn_image *find_image(const struct session_start *start,
                                      const char *memory)
{
    for (size_t i = 0; i < start->image_count; i++) {
        if (memory && strcmp(start->images[i].memory, memory) == 0) {
            return &start->images[i];
        }
    }
    return NULL;
}

static void add_image(struct session_start *start, const char *memory,
                      const struct buffer *bytes)
{
    assert(start->image_count < start->room);
    start->images[start->image_count++] =
        (struct cairn_image){memory, bytes->bytes, bytes->size};
}

/* Bytes that were read from a file, unless there are none. */
static int add_file(struct session_start *start, const char *memory,
                    const char *path, const struct buffer *bytes,
                    struct session_error *error)
{
    if (bytes->size == 0) {
        return 0;
    }
    add_image(start, memory, bytes);
    return check_fits(start, memory, path, bytes->size, error);
}

/* A kept file that is there counts, be it empty. */
static int add_kept(struct session_start *start,
                    const struct session_kept *kept,
                    struct session_error *error)
{
    if (!kept->there) {
        return 0;
    }
    add_image(start, kept->memory, &kept->bytes);
    return check_fits(start, kept->memory, kept->path, kept->bytes.size, error);
}

static int add_named(struct session_start *start,
                     const struct session_image *image,
                     struct session_error *error)
{
    struct session_bytes *loaded = &start->loaded[start->loaded_count];
    if (find_image(start, image->memory)) {
        return session_misuse(error, "image",
                              "memory '%s' starts with a file already",
                              image->memory);
    }
    assert(start->loaded_count < start->room);
    start->loaded_count++;
    int code = load(image->path, &loaded->bytes, error);
    if (code == 0 && session_pieces_places_itself(&loaded->bytes)) {
        const struct session_load whole = {.memory = image->memory,
                                           .path = image->path};
        return session_pieces_add(&start->pieces, &whole, &loaded->bytes,
                                  error);
    }
    if (code == 0) {
        add_image(start, image->memory, &loaded->bytes);
        code = check_fits(start, image->memory, image->path, loaded->bytes.size,
                          error);
    }
    return code;
}

static int add_load(struct session_start *start,
                    const struct session_load *wanted,
                    struct session_error *error)
{
    struct buffer bytes = {0};
    int code = load(wanted->path, &bytes, error);
    code =
        code ? code : session_pieces_add(&start->pieces, wanted, &bytes, error);
    buffer_fini(&bytes);
    return code;
}

/* Images that options name, in any way. */
static int add_images(struct session_start *start, struct session_error *error)
{
    const struct session_options *options = start->options;
    const struct session_guest *guest = start->guest;
    int code = add_file(start, "rom", options->rom, &start->rom, error);
    const char *firmware = session_role(start->roles, SESSION_FIRMWARE);
    if (code == 0 && options->bios && !firmware) {
        return session_misuse(error, "bios",
                              "the board has no flash for firmware");
    }
    if (code == 0 && guest) {
        code = add_file(start, firmware, options->bios, &guest->bios, error);
        code = code ? code : add_kept(start, &guest->flash, error);
    }
    for (size_t i = 0; code == 0 && i < SESSION_FLASH_MEMORIES; i++) {
        code = add_kept(start, &start->flash.kept[i], error);
    }
    for (size_t i = 0; code == 0 && i < options->image_count; i++) {
        code = add_named(start, &options->images[i], error);
    }
    code =
        code ? code
             : session_slots_add(options, start->board, &start->pieces, error);
    for (size_t i = 0; code == 0 && i < options->load_count; i++) {
        code = add_load(start, &options->loads[i], error);
    }
    return code;
}

/* "PART=FILE": the part, if it is a memory that starts with nothing else. */
static int add_carried(struct session_start *start, const char *text,
                       struct session_error *why)
{
    const char *equals = strchr(text, '=');
    struct cairn_image file;
    struct error error = {""};
    if (!equals) {
        return 0;
    }
    char *memory = strndup(text, (size_t)(equals - text));
    if (!cairn_board_has_memory(start->board, memory) ||
        find_image(start, memory) || !find_carried(start, equals + 1, &file)) {
        free(memory);
        return 0;
    }
    assert(start->loaded_count < start->room);
    struct session_bytes *loaded = &start->loaded[start->loaded_count++];
    loaded->memory = memory;
    if (!gzip_recognise(file.bytes, file.size)) {
        buffer_append(&loaded->bytes, file.bytes, file.size);
    } else if (gzip_unpack(file.bytes, file.size, FILE_MAX, &loaded->bytes,
                           &error) != 0) {
        return session_failure(why, NULL, "'%s': %s", equals + 1, error.text);
    }
    add_image(start, memory, &loaded->bytes);
    return 0;
}

/* Notes the contents that the new file of a memory starts with, once its images
 * are known. */
static void note_contents(const struct session_start *start,
                          struct session_kept *kept)
{
    const struct cairn_image *image = find_image(start, kept->memory);
    bool named = false;
    for (size_t i = 0; i < start->options->image_count; i++) {
        named = named ||
                (kept->memory &&
                 strcmp(start->options->images[i].memory, kept->memory) == 0);
    }
    kept->contents = start->options->restore ? SESSION_CONTENTS_SNAPSHOT
                     : named                 ? SESSION_CONTENTS_IMAGE
                     : image                 ? SESSION_CONTENTS_EMBEDDED
                                             : SESSION_CONTENTS_BLANK;
}

static size_t count_carried(const struct cairn_board *board)
{
    size_t count = 0;
    while (cairn_board_carries(board, count)) {
        count++;
    }
    return count;
}

/* Flash and fuses are packed for a guest of the caller's. */
static int check_chain(const struct session_start *start,
                       struct session_error *error)
{
    bool packs = start->guest && session_packs_guest(start->board);
    const char *flash = session_role(start->roles, SESSION_BOOT_FLASH);
    const char *fuses = session_role(start->roles, SESSION_FUSES);
    bool given = find_image(start, flash) || find_image(start, fuses);
    return packs && given
               ? session_misuse(error, "image",
                                "board '%s' makes %s and %s for a guest",
                                start->options->board, flash, fuses)
               : 0;
}

static int load_images(struct session_start *start, struct session_error *error)
{
    enum { FIXED = 3 + SESSION_FLASH_MEMORIES };
    size_t carried = count_carried(start->board);
    size_t most = FIXED + start->options->image_count + carried;
    assert(start->images == NULL && start->loaded == NULL);
    start->room = most;
    start->images = xcalloc(most, sizeof(*start->images));
    start->loaded = xcalloc(most, sizeof(*start->loaded));
    int code = add_images(start, error);
    code = code ? code : check_chain(start, error);
    for (size_t i = 0; code == 0 && i < carried; i++) {
        code = add_carried(start, cairn_board_carries(start->board, i), error);
    }
    for (size_t i = 0; i < SESSION_FLASH_MEMORIES; i++) {
        note_contents(start, &start->flash.kept[i]);
    }
    if (start->guest) {
        note_contents(start, &start->guest->flash);
    }
    return code;
}

/* ---- A guest behind the chain -------------------------------------------- */

static struct session_bytes *find_loaded(struct session_start *start,
                                         const char *memory)
{
    for (size_t i = 0; i < start->loaded_count; i++) {
        const char *name = start->loaded[i].memory;
        if (name && memory && strcmp(name, memory) == 0) {
            return &start->loaded[i];
        }
    }
    return NULL;
}

/* Another machine, which never runs, says where the guest's parts go and which
 * tree describes it; then they are put into the flash of the one that does. */
static int put_behind_chain(struct session_start *start,
                            struct session_error *error)
{
    const struct session_options *options = start->options;
    const struct cairn_options planned = {
        .size = sizeof(struct cairn_options),
        .board = options->board,
        .overlays = options->overlays,
        .overlay_count = options->overlay_count,
        .folders = options->folders,
        .folder_count = options->folder_count,
        .seed = options->seed,
        .guest = &start->guest->guest,
    };
    struct session_bytes *flash =
        find_loaded(start, session_role(start->roles, SESSION_BOOT_FLASH));
    struct session_bytes *fuses =
        find_loaded(start, session_role(start->roles, SESSION_FUSES));
    struct cairn_machine *plan = NULL;
    struct cairn_error refused = {""};
    struct error why = {""};
    if (!flash || !fuses) {
        return session_failure(error, NULL,
                               "the program carries no flash for board '%s'",
                               options->board);
    }
    if (cairn_create(&planned, &plan, &refused) != 0) {
        return session_failure(error, NULL, "%s", refused.text);
    }
    int code = session_chain_pack(plan, &flash->bytes, &fuses->bytes, &why);
    cairn_destroy(plan);
    /* The bytes that were loaded for a memory are an image of it. */
    assert(find_image(start, flash->memory) &&
           find_image(start, fuses->memory));
    *find_image(start, flash->memory) = (struct cairn_image){
        flash->memory, flash->bytes.bytes, flash->bytes.size};
    *find_image(start, fuses->memory) = (struct cairn_image){
        fuses->memory, fuses->bytes.bytes, fuses->bytes.size};
    return code ? session_failure(error, NULL, "%s", why.text) : 0;
}

/* ---- Firmware for an agent ----------------------------------------------- */

/* Fuses that cannot be read are complained about later. */
static const char *default_firmware(const struct session_start *start)
{
    const char *lms = session_carried(start->board, "firmware-lms");
    const char *otherwise = session_carried(start->board, "firmware");
    struct fuses fuses;
    fuses_init(&fuses);
    if (lms == NULL || start->fuses.size == 0 ||
        fuses_parse(&fuses, "", start->fuses.bytes, start->fuses.size, NULL)) {
        return otherwise;
    }
    return fuses.pqc_key_type == CALIPTRA2_PQC_LMS ? lms : otherwise;
}

/* A core that is carried firmware but no ROM would run zeros, and only the
 * limit of instructions would end that. */
static int check_rom(const struct session_start *start,
                     struct session_error *error)
{
    const struct session_options *options = start->options;
    if (options->rom || options->image_count != 0 || options->load_count != 0 ||
        !session_carried(start->board, "firmware") ||
        session_carried(start->board, "rom")) {
        return 0;
    }
    return session_misuse(error, NULL,
                          "board '%s': the program carries no ROM for it; "
                          "name one with --rom",
                          options->board);
}

/* True if a bundle is of another generation than the board. */
static bool is_foreign(const struct session_start *start,
                       const struct caliptra_bundle *bundle)
{
    unsigned generation = cairn_board_generation(start->board);
    return generation != 0 &&
           (generation >= 0x0200) !=
               (caliptra_layout(bundle->generation)->number == 2);
}

/* The fuses are derived from the firmware unless they are given, so unreadable
 * firmware would be refused because of fuses that the user did not choose. */
static int check_firmware(const struct session_start *start,
                          struct session_error *why)
{
    struct caliptra_bundle bundle;
    struct error error = {""};
    if (start->firmware.size == 0 || start->fuses.size != 0 || start->guest ||
        start->options->agent) {
        return 0;
    }
    int code = caliptra_bundle_check_age(start->firmware.bytes,
                                         start->firmware.size, &error);
    code = code ? code
                : caliptra_bundle_read(&bundle, start->firmware.bytes,
                                       start->firmware.size, &error);
    if (code == 0 && !is_foreign(start, &bundle)) {
        return 0;
    }
    if (code == 0) {
        error_set(&error, -EINVAL,
                  "a bundle for generation %s, which the ROM of board '%s' "
                  "would not know",
                  caliptra_layout(bundle.generation)->text,
                  start->options->board);
    }
    return session_failure(why, NULL,
                           "firmware '%s': %s; with --fuses a part would be "
                           "given it nevertheless",
                           start->options->firmware, error.text);
}

static int load_firmware(struct session_start *start,
                         struct session_error *error)
{
    const struct session_options *options = start->options;
    const char *fuses =
        options->firmware ? NULL : session_carried(start->board, "fuses");
    int code =
        load_or_carried(start, options->fuses, fuses, &start->fuses, error);
    code = code ? code
                : load_or_carried(start, options->firmware,
                                  default_firmware(start), &start->firmware,
                                  error);
    code = code ? code : check_firmware(start, error);
    start->firmware_name = options->firmware ? options->firmware
                           : start->firmware.size
                               ? "our own, signed with development keys"
                               : NULL;
    return code;
}

/* ---- Life ---------------------------------------------------------------- */

/* A chain that is not packed for the run starts from the board's flash. */
static bool keeps_flash(const struct session_start *start)
{
    return !start->guest && session_role(start->roles, SESSION_BOOT_FLASH);
}

/* The words for what is missing on a built-in board whose processors would find
 * no code: none is embedded, named, or loaded later, and the machine itself is
 * not what is wanted. NULL: nothing. */
static const char *missing_code(const struct session_start *start)
{
    const struct session_options *options = start->options;
    const char *dot = strrchr(options->board, '.');
    bool own = strchr(options->board, '/') || options->overlay_count != 0 ||
               (dot && strncmp(dot, ".dt", 3) == 0);
    bool later = cairn_board_carries(start->board, 0) || options->gdb ||
                 options->agent || options->restore || options->save ||
                 options->replay || options->serves;
    if (own || later || options->kernel || options->guest || options->bl2 ||
        start->image_count != 0 || options->load_count != 0 ||
        start->rom.size != 0) {
        return NULL;
    }
    return cairn_board_processors(start->board) != 0
               ? "--kernel FILE, --bios FILE or --guest linux"
               : "--load FILE";
}

int session_start_load(struct session_start *start, struct session_error *error)
{
    const struct session_options *options = start->options;
    int code = options->rom ? load(options->rom, &start->rom, error) : 0;
    code = code ? code : check_rom(start, error);
    code = code ? code : load_firmware(start, error);
    code = code ? code
                : session_flash_load(&start->flash, options, start->roles,
                                     keeps_flash(start), error);
    code = code ? code : load_images(start, error);
    bool packs = start->guest && session_packs_guest(start->board);
    code = code || !packs ? code : put_behind_chain(start, error);
    start->missing = missing_code(start);
    start->board = NULL;
    return code;
}

void session_start_fini(struct session_start *start)
{
    buffer_fini(&start->rom);
    buffer_fini(&start->firmware);
    buffer_fini(&start->fuses);
    session_flash_fini(&start->flash);
    for (size_t i = 0; i < start->loaded_count; i++) {
        buffer_fini(&start->loaded[i].bytes);
        free(start->loaded[i].memory);
    }
    free(start->loaded);
    free(start->images);
    session_pieces_fini(&start->pieces);
}
