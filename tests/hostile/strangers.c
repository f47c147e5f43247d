/* SPDX-License-Identifier: Apache-2.0 */
/* Draws files from a seed: whole, spoilt or odd ones of each kind. */
#include "tests/hostile/stranger_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "host/file.h"
#include "include/cairn/cairn.h"
#include "tests/chain/trust_capsule.h"

enum { FILE_MAX = 64 << 20 };

uint64_t stranger_draw(struct stranger *stranger, uint64_t limit)
{
    /* splitmix64 */
    uint64_t z = stranger->chance += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (z ^ z >> 31) % limit;
}

void stranger_fini(struct stranger *stranger)
{
    for (unsigned i = 0; i < stranger->word_count; i++) {
        free(stranger->words[i]);
    }
    buffer_fini(&stranger->wire);
}

/* ---- Files and words ----------------------------------------------------- */

void stranger_say(struct stranger *stranger, const char *format, ...)
{
    struct buffer text = {0};
    va_list args;
    va_start(args, format);
    buffer_vprint(&text, format, args);
    va_end(args);
    stranger->words[stranger->word_count++] = xstrdup(buffer_text(&text));
    buffer_fini(&text);
}

/* A limit, so that a case ends; and one file that may be written. */
void stranger_say_run(struct stranger *stranger)
{
    stranger_say(stranger, "--max-instructions=%u",
                 1000 + (unsigned)stranger_draw(stranger, 30000));
    if (stranger_draw(stranger, 4) == 0) {
        stranger_say(stranger, "--report=out/report.txt");
    }
    if (stranger_draw(stranger, 8) == 0) {
        stranger_say(stranger, "--json");
    }
}

bool stranger_put(const struct stranger *stranger, const char *name,
                  const void *bytes, size_t size)
{
    char *path = xasprintf("%s/%s", stranger->folder, name);
    bool good = file_write(path, bytes, size, NULL) == 0;
    free(path);
    return good;
}

/* Takes the contents of the tree's file, read anew for each case. */
static bool take(const char *path, struct buffer *bytes)
{
    return file_read(path, FILE_MAX, bytes, NULL) == 0 && bytes->size != 0;
}

/* A way to the canary, which must not be one. */
const char *stranger_name_canary(struct stranger *stranger, char *text,
                                 size_t size)
{
    static const char *const ways[] = {
        "%s",
        "../../canary/secret",
        "link",
        "up/secret",
        "./../in/../../canary/secret",
        "//%s",
        "up/../canary/secret",
        "/proc/self/root%s",
        "/proc/self/cwd/../canary/secret",
    };
    const char *way = DRAW(stranger, ways);
    const char *gap = strstr(way, "%s");
    snprintf(text, size, "%.*s%s%s", gap ? (int)(gap - way) : (int)strlen(way),
             way, gap ? stranger->canary : "", gap ? gap + 2 : "");
    return text;
}

/* Changes some bytes, mostly near the start, where structure is; or cuts the
 * end off, or repeats a part. */
void stranger_spoil(struct stranger *stranger, struct buffer *bytes)
{
    uint64_t count = stranger_draw(stranger, 12);
    for (uint64_t i = 0; i < count && bytes->size != 0; i++) {
        size_t near = bytes->size < 4096 ? bytes->size : 4096;
        size_t at = stranger_draw(
            stranger, stranger_draw(stranger, 3) ? near : bytes->size);
        static const uint8_t values[] = {0, 0xff, 0x7f, 0x80, 1, '/', '"'};
        bytes->bytes[at] = stranger_draw(stranger, 2)
                               ? DRAW(stranger, values)
                               : (uint8_t)stranger_draw(stranger, 256);
    }
    if (stranger_draw(stranger, 8) == 0 && bytes->size != 0) {
        bytes->size = stranger_draw(stranger, bytes->size);
    }
    if (stranger_draw(stranger, 8) == 0 && bytes->size > 64) {
        size_t from = stranger_draw(stranger, bytes->size - 64);
        size_t to = stranger_draw(stranger, bytes->size - 64);
        memmove(bytes->bytes + to, bytes->bytes + from, 64);
    }
}

bool stranger_put_spoilt(struct stranger *stranger, const char *source,
                         const char *name)
{
    struct buffer bytes = {0};
    bool good = take(source, &bytes);
    if (good) {
        stranger_spoil(stranger, &bytes);
        good = stranger_put(stranger, name, bytes.bytes, bytes.size);
    }
    buffer_fini(&bytes);
    return good;
}

static bool put_whole(struct stranger *stranger, const char *source,
                      const char *name)
{
    struct buffer bytes = {0};
    bool good = take(source, &bytes) &&
                stranger_put(stranger, name, bytes.bytes, bytes.size);
    buffer_fini(&bytes);
    return good;
}

/* ---- Boards -------------------------------------------------------------- */

static void add_naming(struct stranger *stranger, struct buffer *text)
{
    static const char *const lines[] = {
        "/ { stolen = /incbin/(\"%s\"); };\n",
        "/ { stolen = /incbin/(\"%s\", 0, 16); };\n",
        "/include/ \"%s\"\n",
        "&rom { cairn,image = \"%s\"; };\n",
        "&iccm { cairn,image = \"%s\"; };\n",
        "/ { a { b { c = /incbin/(\"%s\"); }; }; };\n",
    };
    char name[256];
    stranger_name_canary(stranger, name, sizeof(name));
    const char *line = DRAW(stranger, lines);
    const char *gap = strstr(line, "%s");
    buffer_print(text, "%.*s%s%s", (int)(gap - line), line, name, gap + 2);
}

static void add_odd(struct stranger *stranger, struct buffer *text)
{
    static const char *const lines[] = {
        "&cpu { resets = <&cpu 0xffffffff>; };\n",
        "&iccm { reg = <0xffffffff 0xffffffff>; };\n",
        "&rom { reg = <0 0>; };\n",
        "/ { #address-cells = <9>; };\n",
        "/ { cairn,connect = \"cpu.mtip\", \"cpu.mtip\"; };\n",
        "/delete-node/ &soc_ifc;\n",
        "&soc_ifc { compatible = \"cairn,none\"; };\n",
        "/ { memory@0 { reg = <0 0x7fffffff>; }; };\n",
    };
    buffer_print(text, "%s", DRAW(stranger, lines));
}

static bool make_board(struct stranger *stranger)
{
    struct buffer text = {0};
    static const char included[] = "caliptra-1.x.dtsi";
    static const char source[] = "boards/caliptra-1.x.dtsi";
    bool good = take("boards/caliptra-1.1.dts", &text) &&
                (stranger_draw(stranger, 8)
                     ? put_whole(stranger, source, included)
                     : stranger_put_spoilt(stranger, source, included));
    uint64_t what = stranger_draw(stranger, 4);
    if (what != 0) {
        add_naming(stranger, &text);
    }
    if (what == 1) {
        add_odd(stranger, &text);
    }
    if (what == 0) {
        stranger_spoil(stranger, &text);
    }
    good = good && stranger_put(stranger, "board.dts", text.bytes, text.size);
    buffer_fini(&text);
    if (stranger_draw(stranger, 4) == 0) {
        stranger_say(stranger, "board");
        stranger_say(stranger, "show");
        stranger_say(stranger, "in/board.dts");
    } else {
        stranger_say(stranger, "run");
        stranger_say(stranger, "in/board.dts");
        stranger_say(stranger, "--rom=in/rom");
        stranger_say_run(stranger);
        good = good &&
               put_whole(stranger, "build/out/guest/caliptra/rom.bin", "rom");
    }
    return good;
}

static bool make_blob(struct stranger *stranger)
{
    static const char *const boards[] = {"caliptra-1.1", "virt", "trust"};
    char *path =
        xasprintf("build/out/release/boards/%s.dtb", DRAW(stranger, boards));
    bool good = stranger_put_spoilt(stranger, path, "board.dtb");
    free(path);
    stranger_say(stranger, "run");
    stranger_say(stranger, "in/board.dtb");
    stranger_say_run(stranger);
    return good;
}

/* ---- Snapshots ----------------------------------------------------------- */

/* Words, most of which name files that were not given. */
static void make_origin(struct stranger *stranger, char *words[8],
                        unsigned *count)
{
    static const char *const forms[] = {
        "--kernel=%s",
        "--initrd=%s",
        "--rom=%s",
        "--firmware=%s",
        "--fuses=%s",
        "--image=rom=%s",
        "--module=kernel=%s",
        "--bios=%s",
        "--dtb=%s",
        "--with=%s",
        "--guest=%s",
        "--semihosting-folder=%s",
        "%s",
        "--save=%s",
        "--report=%s",
        "--log=%s",
        "--agent=%s",
        "--allow=%s",
        "--no-sandbox",
        "--restore=%s",
        "--flash=%s",
    };
    words[(*count)++] =
        xstrdup(stranger_draw(stranger, 2) ? "virt" : "caliptra-1.1");
    for (uint64_t more = 1 + stranger_draw(stranger, 3); more-- > 0;) {
        char name[256];
        const char *form = DRAW(stranger, forms);
        const char *gap = strstr(form, "%s");
        stranger_name_canary(stranger, name, sizeof(name));
        words[(*count)++] =
            gap ? xasprintf("%.*s%s", (int)(gap - form), form, name)
                : xstrdup(form);
    }
}

static bool make_snapshot(struct stranger *stranger)
{
    char *words[8];
    unsigned count = 0;
    struct cairn_machine *machine = NULL;
    struct cairn_error error;
    make_origin(stranger, words, &count);
    struct buffer rom = {0};
    bool good = take("build/out/guest/caliptra/rom.bin", &rom);
    const struct cairn_image image = {"rom", rom.bytes, rom.size};
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = "caliptra-1.1",
        .images = &image,
        .image_count = 1,
        .seed = 1,
        .origin = (const char *const *)words,
        .origin_count = stranger_draw(stranger, 4) ? count : 1,
    };
    char *path = xasprintf("%s/snapshot", stranger->folder);
    good = good && cairn_create(&options, &machine, &error) == 0;
    buffer_fini(&rom);
    if (good) {
        cairn_power(machine);
        good = cairn_save(machine, path, &error) == 0;
    }
    cairn_destroy(machine);
    if (good && stranger_draw(stranger, 2)) {
        good = stranger_put_spoilt(stranger, path, "snapshot");
    }
    for (unsigned i = 0; i < count; i++) {
        free(words[i]);
    }
    free(path);
    if (stranger_draw(stranger, 4) == 0) {
        stranger_say(stranger, "inspect");
        stranger_say(stranger, "in/snapshot");
        stranger_say(stranger, "--verify");
        return good;
    }
    stranger_say(stranger, "run");
    if (stranger_draw(stranger, 4) == 0) {
        stranger_say(stranger, "caliptra-1.1");
    }
    stranger_say(stranger, "--restore=in/snapshot");
    stranger_say_run(stranger);
    return good;
}

/* ---- Firmware ------------------------------------------------------------ */

static bool make_bundle(struct stranger *stranger)
{
    bool good = stranger_put_spoilt(
        stranger, "build/out/guest/caliptra/embedded/firmware.bundle",
        "bundle");
    if (stranger_draw(stranger, 2)) {
        stranger_say(stranger, "inspect");
        stranger_say(stranger, "in/bundle");
        return good;
    }
    good = good && stranger_put_spoilt(
                       stranger, "build/out/guest/caliptra/embedded/part.fuses",
                       "fuses");
    stranger_say(stranger, "run");
    stranger_say(stranger, "--firmware=in/bundle");
    if (stranger_draw(stranger, 2)) {
        stranger_say(stranger, "--fuses=in/fuses");
    }
    /* Far enough that the ROM has seen it. */
    stranger_say(stranger, "--max-instructions=%u",
                 100000 + (unsigned)stranger_draw(stranger, 1000000));
    return good;
}

/* The same for all cases: a signature takes its time. */
static const struct buffer *sound_capsule(void)
{
    static struct buffer capsule;
    struct trust_board board = {0};
    const struct trust_order order = {.version = 2};
    if (capsule.size == 0 && trust_board_read(&board)) {
        trust_capsule_fuses(&board, 0);
        if (trust_board_start(&board)) {
            trust_capsule_make(&board, &order, &capsule);
        }
        trust_board_finish(&board);
    }
    return &capsule;
}

static bool make_capsule(struct stranger *stranger)
{
    struct buffer bytes = {0};
    const struct buffer *sound = sound_capsule();
    buffer_append(&bytes, sound->bytes, sound->size);
    stranger_spoil(stranger, &bytes);
    bool good = sound->size != 0 &&
                stranger_put(stranger, "capsule", bytes.bytes, bytes.size);
    buffer_fini(&bytes);
    if (stranger_draw(stranger, 4)) {
        stranger_say(stranger, "inspect");
        stranger_say(stranger, "in/capsule");
        return good;
    }
    stranger_say(stranger, "run");
    stranger_say(stranger, "trust");
    stranger_say(stranger, "--capsule=in/capsule");
    stranger_say(stranger, "--flash=out/flash");
    stranger_say_run(stranger);
    return good;
}

/* ---- Guests -------------------------------------------------------------- */

static void put_words(struct stranger *stranger, struct buffer *code,
                      unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint8_t word[4];
        store_le32(word, (uint32_t)stranger_draw(stranger, 1ull << 32));
        buffer_append(code, word, sizeof(word));
    }
}

/* Opens a file by semihosting, and prints what it reads there: SYS_OPEN,
 * SYS_READ, SYS_WRITE0, then whatever is behind. */
static void put_thief(struct stranger *stranger, struct buffer *code)
{
    static const uint32_t words[] = {
        0xd2800020, /* mov x0, #1 */
        0x10000181, /* adr x1, 1f: at 0x34 */
        0xd45e0000, /* hlt #0xf000 */
        0x10000142, /* adr x2, 1f */
        0xf9000040, /* str x0, [x2] */
        0x91008041, /* add x1, x2, #32: a block for reading */
        0xf9000020, /* str x0, [x1] */
        0xd28000c0, /* mov x0, #6 */
        0xd45e0000, /* hlt #0xf000 */
        0x91040041, /* add x1, x2, #256: what was read */
        0xd2800080, /* mov x0, #4 */
        0xd45e0000, /* hlt #0xf000 */
        0x14000000, /* b . */
    };
    enum { BLOCK = 0x34, NAME = 0x80, READ_INTO = 256 };
    static const uint64_t ram = 0x40200000; /* where ELF's segment goes */
    char name[READ_INTO - NAME];
    uint8_t bytes[BLOCK + READ_INTO] = {0};
    memset(name, 0, sizeof(name));
    stranger_name_canary(stranger, name, sizeof(name));
    for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
        store_le32(bytes + 4 * i, words[i]);
    }
    store_le64(bytes + BLOCK, ram + BLOCK + NAME);
    store_le64(bytes + BLOCK + 8, stranger_draw(stranger, 12));
    store_le64(bytes + BLOCK + 16, strlen(name));
    store_le64(bytes + BLOCK + 40, ram + BLOCK + READ_INTO);
    store_le64(bytes + BLOCK + 48, 64);
    memcpy(bytes + BLOCK + NAME, name, sizeof(name));
    buffer_append(code, bytes, sizeof(bytes));
    buffer_append_zeros(code, 128);
}

static void store_half(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static void put_elf(struct stranger *stranger, const struct buffer *code,
                    struct buffer *out)
{
    uint8_t head[0x1000] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    store_half(head + 16, 2);
    store_half(head + 18, 183); /* EM_AARCH64 */
    store_le32(head + 20, 1);
    store_le64(head + 24, 0x40200000);
    store_le64(head + 32, 64);
    store_half(head + 52, 64);
    store_half(head + 54, 56);
    store_half(head + 56, 1);
    store_le32(head + 64, 1);
    store_le32(head + 68, 7);
    store_le64(head + 72, sizeof(head));
    store_le64(head + 80, 0x40200000);
    store_le64(head + 88, 0x40200000);
    store_le64(head + 96, code->size);
    store_le64(head + 104, code->size);
    store_le64(head + 112, 0x1000);
    /* Half of them are sound. */
    for (uint64_t i = stranger_draw(stranger, 2) * 3; i > 0; i--) {
        head[16 + stranger_draw(stranger, 104)] =
            (uint8_t)stranger_draw(stranger, 256);
    }
    buffer_append(out, head, sizeof(head));
    buffer_append(out, code->bytes, code->size);
}

static void put_image(struct stranger *stranger, const struct buffer *code,
                      struct buffer *out)
{
    uint8_t head[64] = {0};
    store_le32(head, 0x14000010); /* b . + 64 */
    store_le64(head + 8, stranger_draw(stranger, 4) ? 0x80000 : 1);
    store_le64(head + 16, stranger_draw(stranger, 4)
                              ? code->size + 64
                              : stranger_draw(stranger, UINT64_MAX));
    store_le64(head + 24, stranger_draw(stranger, 16));
    store_le32(head + 56, 0x644d5241); /* "ARM\x64" */
    buffer_append(out, head, sizeof(head));
    buffer_append(out, code->bytes, code->size);
}

static bool make_kernel(struct stranger *stranger)
{
    struct buffer code = {0};
    struct buffer file = {0};
    bool thief = stranger_draw(stranger, 3) == 0;
    if (thief) {
        put_thief(stranger, &code);
    }
    put_words(stranger, &code, 16 + (unsigned)stranger_draw(stranger, 200));
    if (thief || stranger_draw(stranger, 2)) {
        put_elf(stranger, &code, &file);
    } else {
        put_image(stranger, &code, &file);
    }
    bool good = stranger_put(stranger, "kernel", file.bytes, file.size);
    buffer_fini(&code);
    buffer_fini(&file);
    stranger_say(stranger, "run");
    stranger_say(stranger, "virt");
    stranger_say(stranger, "--kernel=in/kernel");
    stranger_say(stranger, "--memory=%uM", 64 << stranger_draw(stranger, 3));
    if (thief || stranger_draw(stranger, 4) == 0) {
        stranger_say(stranger, "--semihosting-folder=out");
        stranger_say(stranger, "--console=semihosting");
        stranger_say(stranger, "--output=out/printed");
    }
    if (stranger_draw(stranger, 6) == 0) {
        stranger_say(stranger, "--cpus=2");
        stranger_say(stranger, "--parallel");
    }
    if (stranger_draw(stranger, 4) == 0) {
        stranger_say(stranger, "--security");
    }
    stranger_say_run(stranger);
    return good;
}

static bool make_rom(struct stranger *stranger)
{
    struct buffer code = {0};
    if (stranger_draw(stranger, 2)) {
        put_words(stranger, &code, 1 + (unsigned)stranger_draw(stranger, 4000));
    } else if (take("build/out/guest/caliptra/rom.bin", &code)) {
        stranger_spoil(stranger, &code);
    }
    bool good = stranger_put(stranger, "rom", code.bytes, code.size);
    buffer_fini(&code);
    stranger_say(stranger, "run");
    stranger_say(stranger, "%s",
                 stranger_draw(stranger, 4) ? "caliptra-1.1" : "caliptra-2.0");
    stranger_say(stranger, "--rom=in/rom");
    stranger_say_run(stranger);
    return good;
}

const struct stranger_kind stranger_kinds[] = {
    {"board",    make_board           },
    {"blob",     make_blob            },
    {"snapshot", make_snapshot        },
    {"bundle",   make_bundle          },
    {"capsule",  make_capsule         },
    {"image",    stranger_make_image  },
    {"token",    stranger_make_token  },
    {"kernel",   make_kernel          },
    {"rom",      make_rom             },
    {"packets",  stranger_make_packets},
    {"script",   stranger_make_script },
};
const unsigned stranger_kind_count = ARRAY_SIZE(stranger_kinds);
