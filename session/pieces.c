/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts files into the pieces that a machine starts with. */
#include "session/pieces.h"

#include <ctype.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "trust/image/ihex.h"
#include "trust/image/pieces.h"

struct adding {
    struct session_pieces *pieces;
    const struct session_load *load;
};

static int take(void *context, uint64_t address, const void *bytes, size_t size,
                struct error *error)
{
    const struct adding *adding = context;
    struct session_pieces *pieces = adding->pieces;
    struct cairn_load *list = xcalloc(pieces->count + 1, sizeof(*list));
    void *copy = xcalloc(size, 1);

    memcpy(copy, bytes, size);
    if (pieces->count != 0) {
        memcpy(list, pieces->list, pieces->count * sizeof(*list));
    }
    list[pieces->count++] = (struct cairn_load){
        .memory = adding->load->memory ? xstrdup(adding->load->memory) : NULL,
        .name = adding->load->path,
        .is_offset = adding->load->is_offset,
        .address = address,
        .bytes = copy,
        .size = size,
    };
    free(pieces->list);
    pieces->list = list;
    return 0;
}

static bool is_elf(const struct buffer *file)
{
    return file->size >= SELFMAG && memcmp(file->bytes, ELFMAG, SELFMAG) == 0;
}

/* An ELF file of 32 bits for Arm: others are a memory's contents as they are,
 * as images always were. */
static bool is_arm(const struct buffer *file)
{
    return is_elf(file) && file->size > offsetof(Elf32_Ehdr, e_machine) + 1 &&
           file->bytes[EI_CLASS] == ELFCLASS32 &&
           file->bytes[offsetof(Elf32_Ehdr, e_machine)] == EM_ARM &&
           file->bytes[offsetof(Elf32_Ehdr, e_machine) + 1] == 0;
}

static bool is_hex(const struct buffer *file)
{
    enum { HEAD = 9 };

    if (file->size < HEAD || !ihex_image_recognise(file->bytes, file->size)) {
        return false;
    }
    for (size_t i = 1; i < HEAD; i++) {
        if (!isxdigit(file->bytes[i])) {
            return false;
        }
    }
    return true;
}

bool session_pieces_places_itself(const struct buffer *file)
{
    return is_arm(file) || is_hex(file);
}

int session_pieces_add(struct session_pieces *pieces,
                       const struct session_load *load,
                       const struct buffer *file, struct session_error *error)
{
    struct adding adding = {pieces, load};
    struct error why = {""};
    bool own = is_elf(file) || is_hex(file);
    int code;

    if (own == load->placed) {
        return session_failure(error, NULL,
                               own ? "file '%s': says itself where it goes, "
                                     "not to 0x%llx"
                                   : "file '%s': is neither ELF nor Intel HEX: "
                                     "needs FILE@ADDRESS",
                               load->path, (unsigned long long)load->address);
    }
    if (is_elf(file)) {
        code = elf_image_pieces(file->bytes, file->size, take, &adding, &why);
    } else if (own) {
        code = ihex_image_pieces(file->bytes, file->size, take, &adding, &why);
    } else {
        code = take(&adding, load->address, file->bytes, file->size, &why);
    }
    return code ? session_failure(error, NULL, "file '%s': %s", load->path,
                                  why.text)
                : 0;
}

void session_pieces_fini(struct session_pieces *pieces)
{
    for (size_t i = 0; i < pieces->count; i++) {
        free((void *)(uintptr_t)pieces->list[i].bytes);
        free((void *)(uintptr_t)pieces->list[i].memory);
    }
    free(pieces->list);
}
