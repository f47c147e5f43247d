/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile files for the parsers of bytes that have no fuzzer of their own. The
 * first byte selects the parser. With its top bit set the rest are edits, of
 * three bytes each (a 16-bit offset and a value), of a valid file that is made
 * here, by our own writers where there are any. Otherwise the rest is the file.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "trust/caliptra/fuses.h"
#include "trust/flash/bank.h"
#include "trust/flash/recipe.h"
#include "trust/image/elf.h"
#include "trust/image/gzip.h"
#include "trust/image/ihex.h"
#include "trust/mcuboot/image.h"
#include "trust/mcuboot/keys.h"
#include "trust/mcuboot/trailer.h"

enum { SIZE_LIMIT = 1 << 20 };

/* A parser returns 0, or an error with a text. */
typedef int parser(const uint8_t *bytes, size_t size, struct error *error);
typedef void writer(struct buffer *out);

static int parse_elf(const uint8_t *bytes, size_t size, struct error *error)
{
    struct elf_image image = {0};
    struct error ignored = {""};
    int result = elf_image_read(&image, bytes, size, SIZE_LIMIT, error);

    if (result == 0) {
        if (image.bytes.size > SIZE_LIMIT) {
            abort();
        }
        (void)elf_image_check(&image, ELF_AARCH64, &ignored);
        (void)elf_image_check(&image, ELF_RISCV32, &ignored);
        buffer_fini(&image.bytes);
    }
    return result;
}

/* A program of 4 bytes for AArch64 (ELF-64: header, one PT_LOAD). */
static void write_elf(struct buffer *out)
{
    uint8_t file[124] = {0x7f, 'E', 'L', 'F', 2, 1, 1};

    file[16] = 2;    /* e_type: ET_EXEC */
    file[18] = 183;  /* e_machine: EM_AARCH64 */
    file[20] = 1;    /* e_version */
    file[25] = 0x10; /* e_entry: 0x1000 */
    file[32] = 64;   /* e_phoff */
    file[52] = 64;   /* e_ehsize */
    file[54] = 56;   /* e_phentsize */
    file[56] = 1;    /* e_phnum */
    file[64] = 1;    /* p_type: PT_LOAD */
    file[68] = 5;    /* p_flags */
    file[72] = 120;  /* p_offset */
    file[81] = 0x10; /* p_vaddr */
    file[89] = 0x10; /* p_paddr */
    file[96] = 4;    /* p_filesz */
    file[104] = 4;   /* p_memsz */
    file[112] = 4;   /* p_align */
    buffer_append(out, file, sizeof(file));
}

static int parse_hex(const uint8_t *bytes, size_t size, struct error *error)
{
    struct ihex_image image = {0};
    int result = ihex_image_read(&image, bytes, size, SIZE_LIMIT, error);

    if (result == 0) {
        if (image.bytes.size > SIZE_LIMIT) {
            abort();
        }
        buffer_fini(&image.bytes);
    }
    return result;
}

static void write_hex(struct buffer *out)
{
    buffer_print(out,
                 ":020000040001F9\n:0400000001020304F2\n"
                 ":0400000500010000F6\n:00000001FF\n");
}

static int parse_gzip(const uint8_t *bytes, size_t size, struct error *error)
{
    struct buffer out = {0};
    int result = gzip_unpack(bytes, size, SIZE_LIMIT, &out, error);

    if (out.size > SIZE_LIMIT) {
        abort();
    }
    buffer_fini(&out);
    return result;
}

/* "a" in a stored block (RFC 1952, RFC 1951 3.2.4). */
static void write_gzip(struct buffer *out)
{
    static const uint8_t file[] = {0x1f, 0x8b, 8,    0,    0, 0,    0,    0,
                                   0,    3,    1,    1,    0, 0xfe, 0xff, 'a',
                                   0x43, 0xbe, 0xb7, 0xe8, 1, 0,    0,    0};

    buffer_append(out, file, sizeof(file));
}

/* Fuses that are read print as a text that reads as the same fuses. */
static int parse_fuses(const uint8_t *bytes, size_t size, struct error *error)
{
    struct fuses fuses;
    struct fuses again;
    struct buffer text = {0};
    struct error ignored = {""};

    fuses_init(&fuses);
    int result = fuses_parse(&fuses, "fuzz", bytes, size, error);
    if (result == 0) {
        fuses_print(&fuses, &text);
        fuses_init(&again);
        if (fuses_parse(&again, "again", text.bytes, text.size, &ignored) !=
            0) {
            abort();
        }
    }
    buffer_fini(&text);
    return result;
}

static void write_fuses(struct buffer *out)
{
    struct fuses fuses;

    fuses_init(&fuses);
    fuses_print(&fuses, out);
}

static int parse_trailer(const uint8_t *bytes, size_t size, struct error *error)
{
    struct mcuboot_trailer trailer = {0};

    (void)error;
    mcuboot_trailer_read(&trailer, bytes, size);
    return 0;
}

static void write_trailer(struct buffer *out)
{
    static const struct mcuboot_slot slot = {.size = 4096,
                                             .write_size = 8,
                                             .alignment = 8,
                                             .sectors_max = 8,
                                             .erased = 0xff};

    mcuboot_trailer_write(&slot, true, out);
}

static int parse_bank(const uint8_t *bytes, size_t size, struct error *error)
{
    struct flash_bank bank = {0};
    int result = flash_bank_read(&bank, bytes, size, error);

    for (unsigned i = 0; result == 0 && i < bank.count; i++) {
        if (bank.parts[i].bytes < bytes || bank.parts[i].size > size ||
            bank.parts[i].bytes + bank.parts[i].size > bytes + size) {
            abort();
        }
    }
    return result;
}

static void write_bank(struct buffer *out)
{
    static const uint8_t contents[64] = {1};
    struct flash_bank bank = {
        .count = 2,
        .parts = {{.id = 1, .bytes = contents, .size = 64},
                  {.id = 2, .bytes = contents, .size = 64}}
    };

    if (flash_bank_write(&bank, SIZE_LIMIT, out, NULL) != 0) {
        abort();
    }
}

static int parse_recipe(const uint8_t *bytes, size_t size, struct error *error)
{
    struct flash_recipe recipe = {0};
    int result = flash_recipe_read(&recipe, "fuzz", bytes, size, error);

    if (result == 0) {
        flash_recipe_fini(&recipe);
    }
    return result;
}

static void write_recipe(struct buffer *out)
{
    static const char text[] =
        "keys: keys\n"
        "version: 3\n"
        "caliptra: {fmc: a, runtime: b, runtime-svn: 2}\n"
        "images:\n"
        "  - {name: monitor, file: m, secure: true, starts: true}\n"
        "  - {name: kernel, file: Image, load: 0x40200000}\n";

    buffer_append(out, text, sizeof(text) - 1);
}

static int parse_key(const uint8_t *bytes, size_t size, struct error *error)
{
    struct mcuboot_key *key = mcuboot_key_read(bytes, size, error);
    int result = key ? 0 : -EINVAL;

    mcuboot_key_destroy(key);
    return result;
}

static void write_key(struct buffer *out)
{
    if (mcuboot_key_generate(MCUBOOT_ECDSA_P256, "fuzz", 4, out, NULL) != 0) {
        abort();
    }
}

static const struct {
    parser *parse;
    writer *write;
} files[] = {
    {parse_elf,     write_elf    },
    {parse_hex,     write_hex    },
    {parse_gzip,    write_gzip   },
    {parse_fuses,   write_fuses  },
    {parse_trailer, write_trailer},
    {parse_bank,    write_bank   },
    {parse_recipe,  write_recipe },
    {parse_key,     write_key    },
};

/* NOLINTBEGIN(readability-identifier-naming): the name is libFuzzer's */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct buffer file = {0};
    struct error error = {""};

    if (size == 0) {
        return 0;
    }
    size_t selected = (bytes[0] & 0x7f) % ARRAY_SIZE(files);
    if ((bytes[0] & 0x80) != 0) {
        files[selected].write(&file);
        for (size_t at = 1; at + 3 <= size; at += 3) {
            file.bytes[(bytes[at] | bytes[at + 1] << 8) % file.size] =
                bytes[at + 2];
        }
    } else {
        buffer_append(&file, bytes + 1, size - 1);
    }
    int result = files[selected].parse(file.bytes, file.size, &error);
    if (result != 0 && error.text[0] == '\0') {
        abort(); /* a refusal without a reason */
    }
    if (result != 0 && size == 1 && (bytes[0] & 0x80) != 0) {
        abort(); /* what our writers make is valid */
    }
    buffer_fini(&file);
    return 0;
}
/* NOLINTEND(readability-identifier-naming) */
