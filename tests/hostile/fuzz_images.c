/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile files of programs, flashes and what is in them. */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/bits.h"
#include "base/flat_tree.h"
#include "platform/guest/dtb.h"
#include "platform/guest/image.h"
#include "tests/hostile/flash_checksums.h"
#include "tests/hostile/fuzz_parsers.h"
#include "tests/hostile/fuzz_ring.h"
#include "trust/aspeed/fit.h"
#include "trust/aspeed/fmc.h"
#include "trust/aspeed/manifest.h"
#include "trust/flash/bank.h"
#include "trust/image/elf.h"
#include "trust/image/gzip.h"
#include "trust/image/ihex.h"
#include "trust/mcuboot/trailer.h"

static const uint8_t contents[64] = {1, 2, 3};

/* ---- Programs ------------------------------------------------------------ */

/* Looks at all bytes of a piece. */
static int take_piece(void *context, uint64_t address, const void *bytes,
                      size_t size, struct error *error)
{
    uint64_t *sum = context;
    const uint8_t *at = bytes;

    for (size_t i = 0; i < size; i++) {
        *sum += at[i] * address;
    }
    return 0;
}

/* A file in pieces, which is refused with a reason. */
static void expect_pieces(int (*pieces)(const void *file, size_t size,
                                        piece_taker *take, void *context,
                                        struct error *error),
                          const uint8_t *bytes, size_t size)
{
    struct error error = {""};
    uint64_t sum = 0;

    if (pieces(bytes, size, take_piece, &sum, &error) != 0 &&
        error.text[0] == '\0') {
        abort();
    }
}

static int parse_elf(const uint8_t *bytes, size_t size, struct error *error)
{
    struct elf_image image = {0};
    struct error ignored = {""};
    int result = elf_image_read(&image, bytes, size, FUZZ_UNPACKED_MAX, error);

    expect_pieces(elf_image_pieces, bytes, size);
    if (result == 0) {
        if (image.bytes.size > FUZZ_UNPACKED_MAX) {
            abort();
        }
        (void)elf_image_check(&image, ELF_AARCH64, &ignored);
        (void)elf_image_check(&image, ELF_RISCV32, &ignored);
        buffer_fini(&image.bytes);
    }
    return result;
}

/* A program of 4 bytes for AArch64 (ELF-64: header, one PT_LOAD). */
static void put_segment(uint8_t *header, uint8_t offset, uint8_t address)
{
    header[0] = 1;        /* p_type: PT_LOAD */
    header[4] = 5;        /* p_flags */
    header[8] = offset;   /* p_offset */
    header[17] = address; /* p_vaddr, in units of 256 bytes */
    header[25] = address; /* p_paddr */
    header[32] = 4;       /* p_filesz */
    header[40] = 4;       /* p_memsz */
    header[48] = 4;       /* p_align */
}

static void write_elf(struct buffer *out)
{
    enum { HEADER = 64, SEGMENT = 56, DATA = HEADER + 2 * SEGMENT };
    uint8_t file[DATA + 8] = {0x7f, 'E', 'L', 'F', 2, 1, 1};

    file[16] = 2;       /* e_type: ET_EXEC */
    file[18] = 183;     /* e_machine: EM_AARCH64 */
    file[20] = 1;       /* e_version */
    file[25] = 0x10;    /* e_entry: 0x1000 */
    file[32] = HEADER;  /* e_phoff */
    file[52] = HEADER;  /* e_ehsize */
    file[54] = SEGMENT; /* e_phentsize */
    file[56] = 2;       /* e_phnum */
    put_segment(file + HEADER, DATA, 0x10);
    put_segment(file + HEADER + SEGMENT, DATA + 4, 0x20);
    buffer_append(out, file, sizeof(file));
}

static int parse_hex(const uint8_t *bytes, size_t size, struct error *error)
{
    struct ihex_image image = {0};
    int result = ihex_image_read(&image, bytes, size, FUZZ_UNPACKED_MAX, error);

    (void)ihex_image_recognise(bytes, size);
    expect_pieces(ihex_image_pieces, bytes, size);
    if (result == 0) {
        if (image.bytes.size > FUZZ_UNPACKED_MAX) {
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
                 ":020000022000DC\n:0400000005060708E2\n"
                 ":0400000500010000F6\n:0400000300010000F8\n"
                 ":00000001FF\n");
}

/* The last byte of each record is what makes the sum of all zero. */
static void mend_hex(uint8_t *bytes, size_t size)
{
    static const char digits[] = "0123456789ABCDEF";
    uint8_t sum = 0;
    size_t digit = 0;

    for (size_t at = 0; at < size; at++) {
        const char *found =
            bytes[at] ? memchr(digits, bytes[at], sizeof(digits) - 1) : NULL;
        if (bytes[at] == ':') {
            sum = 0;
            digit = 0;
        } else if (found) {
            sum = (uint8_t)(sum + ((found - digits) << (digit++ % 2 ? 0 : 4)));
        } else if (digit > 2 && digit % 2 == 0) {
            uint8_t last = 0;
            for (size_t i = 2; i > 0; i--) {
                last = (uint8_t)(last << 4 |
                                 (strchr(digits, bytes[at - i]) - digits));
            }
            last = (uint8_t)(last - sum);
            bytes[at - 2] = (uint8_t)digits[last >> 4];
            bytes[at - 1] = (uint8_t)digits[last & 0xf];
            digit = 0;
        }
    }
}

static int parse_gzip(const uint8_t *bytes, size_t size, struct error *error)
{
    struct buffer out = {0};
    int result = gzip_unpack(bytes, size, FUZZ_UNPACKED_MAX, &out, error);

    if (out.size > FUZZ_UNPACKED_MAX) {
        abort();
    }
    buffer_fini(&out);
    return result;
}

static void pack_gzip(const struct buffer *plain, struct buffer *out)
{
    uint8_t packed[4096];
    z_stream stream = {.next_in = plain->bytes,
                       .avail_in = (unsigned)plain->size,
                       .next_out = packed,
                       .avail_out = sizeof(packed)};

    if (deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9,
                     Z_DEFAULT_STRATEGY) != Z_OK ||
        deflate(&stream, Z_FINISH) != Z_STREAM_END) {
        abort();
    }
    buffer_append(out, packed, stream.total_out);
    deflateEnd(&stream);
}

static void write_gzip(struct buffer *out)
{
    struct buffer plain = {0};

    for (unsigned i = 0; i < 200; i++) {
        buffer_print(&plain, "%u of 200\n", i * i);
    }
    pack_gzip(&plain, out);
    buffer_fini(&plain);
}

/* Checksum and size behind the compressed data, wherever these end now (RFC
 * 1952, 2.3.1); the header is the ten bytes of the writer. */
static void mend_gzip(uint8_t *bytes, size_t size)
{
    enum { HEADER = 10, TRAILER = 8 };
    static uint8_t plain[FUZZ_UNPACKED_MAX];
    z_stream stream = {.next_in = bytes + HEADER,
                       .avail_in = (unsigned)(size - HEADER),
                       .next_out = plain,
                       .avail_out = sizeof(plain)};

    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
        abort();
    }
    if (inflate(&stream, Z_FINISH) == Z_STREAM_END &&
        stream.avail_in >= TRAILER) {
        uint8_t *trailer = bytes + HEADER + stream.total_in;
        store_le32(trailer, (uint32_t)crc32_z(0, plain, stream.total_out));
        store_le32(trailer + 4, (uint32_t)stream.total_out);
    }
    inflateEnd(&stream);
}

/* ---- Parts of flashes ---------------------------------------------------- */

static int parse_trailer(const uint8_t *bytes, size_t size, struct error *error)
{
    struct mcuboot_trailer trailer = {0};

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
    struct boot_image header;
    struct error ignored = {""};
    int result = flash_bank_read(&bank, bytes, size, error);

    for (unsigned i = 0; result == 0 && i < bank.count; i++) {
        if (bank.parts[i].bytes < bytes || bank.parts[i].size > size ||
            bank.parts[i].bytes + bank.parts[i].size > bytes + size) {
            abort();
        }
        if (boot_image_read(&header, &bank.parts[i], &ignored) != 0 &&
            ignored.text[0] == '\0') {
            abort();
        }
    }
    return result;
}

static void write_bank(struct buffer *out)
{
    struct flash_bank bank = {
        .count = 2,
        .parts = {{.id = 1, .bytes = contents, .size = 64},
                  {.id = 2, .bytes = contents, .size = 64}}
    };

    if (flash_bank_write(&bank, FUZZ_UNPACKED_MAX, out, NULL) != 0) {
        abort();
    }
}

/* ---- Images of the AST2700 ----------------------------------------------- */

/* The output is of no interest here, only that printing ends. */
static void print_fit(const void *fit, struct buffer *text, struct json *json)
{
    fit_print(fit, text);
    fit_print_json(fit, json);
}

static void print_fmc(const void *fmc, struct buffer *text, struct json *json)
{
    fmc_print(fmc, text);
    fmc_print_json(fmc, json);
}

static void print_manifest(const void *manifest, struct buffer *text,
                           struct json *json)
{
    aspeed_manifest_print(manifest, text);
    aspeed_manifest_print_json(manifest, json);
}

static void explain(void (*print)(const void *, struct buffer *, struct json *),
                    const void *object)
{
    struct buffer text = {0};
    struct buffer out = {0};
    struct json json;

    json_init(&json, &out);
    json_begin_object(&json, NULL);
    print(object, &text, &json);
    json_end_object(&json);
    buffer_fini(&text);
    buffer_fini(&out);
}

static int parse_fit(const uint8_t *bytes, size_t size, struct error *error)
{
    struct fit fit;
    int result = fit_read(&fit, bytes, size, error);

    (void)fit_find(bytes, size);
    if (result == 0) {
        explain(print_fit, &fit);
        (void)fit_image_find(&fit, "uboot");
    }
    return result;
}

static void write_fit(struct buffer *out)
{
    static const struct fit fit = {
        .count = 3,
        .images = {
                   {"uboot", "firmware", "arm64", true, 0x80000000, contents, 40},
                   {"fdt", "flat_dt", "arm64", false, 0, contents, 8},
                   {"sspfw", "firmware", "arm", true, 0xac000000, contents, 64}}
    };

    if (fit_write(&fit, out, NULL) != 0) {
        abort();
    }
}

static int parse_fmc(const uint8_t *bytes, size_t size, struct error *error)
{
    static const struct caliptra_owner_keys keys;
    struct verdict verdict = {0};
    struct fmc fmc;
    int result = fmc_read(&fmc, bytes, size, error);

    if (result == 0) {
        fmc_verify(&fmc, NULL, &verdict);
        fmc_verify(&fmc, &keys, &verdict);
        if (verdict_decide(&verdict) == VERDICT_IS_TRUSTED) {
            abort(); /* nobody has the keys of zeros */
        }
        explain(print_fmc, &fmc);
    }
    verdict_fini(&verdict);
    return result;
}

static void write_fmc(uint32_t version, struct key_ring *keys,
                      struct buffer *out)
{
    const struct fmc_pack pack = {
        .version = version,
        .svn = 2,
        .code = {contents,                            sizeof(contents)},
        .prebuilt_count = 2,
        .prebuilts = {{.type = 1, .part = {contents, 16}},
                 {.type = 7, .part = {contents, 8}}                   },
        .keys = keys,
    };

    if (fmc_write(&pack, out, NULL) != 0) {
        abort();
    }
}

static void write_fmc_1(struct buffer *out)
{
    write_fmc(1, NULL, out);
}

static void write_fmc_2(struct buffer *out)
{
    write_fmc(2, fuzz_ring(), out);
}

static int parse_manifest(const uint8_t *bytes, size_t size,
                          struct error *error)
{
    static struct aspeed_soc_manifest manifest;
    static struct caliptra_soc_manifest converted;
    int result = aspeed_manifest_read(&manifest, bytes, size, error);

    (void)aspeed_manifest_recognise(bytes, size);
    if (result == 0) {
        aspeed_manifest_convert(&manifest, &converted);
        explain(print_manifest, &manifest);
    }
    return result;
}

static void write_manifest(struct buffer *out)
{
    static const struct caliptra_soc_image images[] = {
        {.firmware_id = 1, .flags = CALIPTRA_SOC_SOURCE_IN_REQUEST},
        {.firmware_id = 2, .flags = CALIPTRA_SOC_IGNORE_AUTH_CHECK},
    };
    const struct caliptra_signing signing = {.keys = fuzz_ring()};
    struct soc_manifest_pack pack;

    soc_manifest_pack_init(&pack, &signing);
    pack.images = images;
    pack.count = ARRAY_SIZE(images);
    if (aspeed_manifest_write(&pack, 3, out, NULL) != 0) {
        abort();
    }
}

/* ---- Guests -------------------------------------------------------------- */

/* A kernel that goes into memory as it is is told from its head as well as from
 * the whole. */
static int parse_kernel(const uint8_t *bytes, size_t size, struct error *error)
{
    uint8_t head[GUEST_IMAGE_HEAD] = {0};
    struct guest_image image;
    struct guest_image peeked;
    struct error ignored = {""};
    bool plain = false;
    int result =
        guest_image_read(&image, bytes, size, FUZZ_UNPACKED_MAX, error);

    if (size != 0) {
        memcpy(head, bytes, size < sizeof(head) ? size : sizeof(head));
    }
    int code = guest_image_peek(&peeked, head, size, FUZZ_UNPACKED_MAX, &plain,
                                &ignored);
    if (plain && (code != result ||
                  (code == 0 && (peeked.entry != image.entry ||
                                 peeked.size_bytes != image.size_bytes ||
                                 peeked.raw != image.raw)))) {
        abort();
    }
    if (result == 0) {
        if (image.bytes.size > FUZZ_UNPACKED_MAX) {
            abort();
        }
        guest_image_fini(&image);
    }
    return result;
}

/* The header of Documentation/arm64/booting.rst before four bytes of code. */
static void write_kernel(struct buffer *out)
{
    uint8_t file[68] = {0};

    store_le64(file + 8, 0x1000);
    store_le64(file + 16, 0x20000);
    store_le32(file + 56, 0x644d5241); /* "ARM\x64" */
    buffer_append(out, file, sizeof(file));
}

static void write_packed_elf(struct buffer *out)
{
    struct buffer plain = {0};

    write_elf(&plain);
    pack_gzip(&plain, out);
    buffer_fini(&plain);
}

/* A tree of the user's: what the machine adds leaves it a tree. */
static int parse_tree(const uint8_t *bytes, size_t size, struct error *error)
{
    static const struct guest_dtb_module modules[] = {
        {"multiboot,kernel", "quiet", 0x41000000, 0x1000}
    };
    const struct guest_dtb_options options = {
        .append = "console=ttyAMA0",
        .initrd_start = 0x42000000,
        .initrd_end = 0x42001000,
        .memory_start = 0x40000000,
        .memory_size = 0x8000000,
        .modules = modules,
        .module_count = ARRAY_SIZE(modules),
    };
    struct buffer blob = {0};

    buffer_append(&blob, bytes, size);
    int result = guest_dtb_choose(&options, &blob, error);
    /* The room behind the last block is not in the blob. */
    if (result == 0 &&
        flat_tree_check(blob.bytes, fdt_totalsize(blob.bytes)) != 0) {
        abort();
    }
    buffer_fini(&blob);
    return result;
}

static void write_tree(struct buffer *out)
{
    uint8_t fdt[1024];
    int status = fdt_create_empty_tree(fdt, sizeof(fdt));

    status = status ? status : fdt_setprop_u32(fdt, 0, "#address-cells", 2);
    status = status ? status : fdt_setprop_u32(fdt, 0, "#size-cells", 2);
    for (const char *const *name =
             (const char *const[]){"memory@40000000", "chosen", "secure-chosen",
                                   NULL};
         status == 0 && *name; name++) {
        status = fdt_add_subnode(fdt, 0, *name) < 0;
    }
    if (status || fdt_pack(fdt)) {
        abort();
    }
    buffer_append(out, fdt, fdt_totalsize(fdt));
}

const struct fuzz_parser fuzz_images[] = {
    {parse_elf,      write_elf,        NULL,            false},
    {parse_hex,      write_hex,        mend_hex,        false},
    {parse_gzip,     write_gzip,       mend_gzip,       false},
    {parse_trailer,  write_trailer,    NULL,            false},
    {parse_bank,     write_bank,       flash_checksums, false},
    {parse_fit,      write_fit,        NULL,            false},
    {parse_fmc,      write_fmc_1,      NULL,            false},
    {parse_fmc,      write_fmc_2,      NULL,            false},
    {parse_manifest, write_manifest,   NULL,            false},
    {parse_kernel,   write_kernel,     NULL,            false},
    {parse_kernel,   write_packed_elf, mend_gzip,       false},
    {parse_tree,     write_tree,       NULL,            false},
    {NULL,           NULL,             NULL,            false},
};
