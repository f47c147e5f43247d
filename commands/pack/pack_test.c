/* SPDX-License-Identifier: Apache-2.0 */
/* keys new, pack caliptra and inspect, one after the other as a user would. */
#include "commands/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "host/file.h"
#include "tests/command_folder.h"
#include "trust/flash/image.h"

static void make_inputs(void)
{
    REQUIRE(make_folder());
    write_input("fmc", "\x13\0\0\0\x6f\0\0\0", 8);
    write_input("runtime", "\x13\0\0\0\x6f\0\0\0", 8);
}

#define PACK "pack caliptra --fmc @/fmc --runtime @/runtime --keys @/keys "

#define RUN "run --rom build/out/guest/caliptra/rom.bin "

TEST(a_packed_bundle_is_accepted_and_a_damaged_one_refused)
{
    make_inputs();
    expect("keys new @/keys --seed pack-test", 0, "1 vendor LMS", "");
    expect("keys new @/keys", 1, "", "holds keys already");

    expect(PACK "--out @/a --fuses @/fuses --lms-index 1", 0,
           "signed with development keys", "");
    expect(PACK "--out @/b --lms-index 1", 0, "5900 bytes", "");
    struct buffer a = {0};
    struct buffer b = {0};
    read_output("a", &a);
    read_output("b", &b);
    REQUIRE(a.size == 5900 && b.size == 5900);
    EXPECT_BYTES(a.bytes, b.bytes, a.size);

    expect("inspect @/a --verify --with-fuses @/fuses", 0, "a: trusted: ", "");
    expect("inspect @/a --verify --with-fuses @/fuses --json", 0,
           "\"trusted\":true,\"verdict\":\"trusted\"", "");
    expect("inspect @/a --verify", 3,
           "undecided vendor key hash            none was given", "");
    expect("inspect @/a --verify --json", 3,
           "\"trusted\":false,\"verdict\":\"undecided\",\"open\":[\"vendor "
           "key hash\",\"owner key hash\"",
           "");
    expect("inspect @/a --fuses", 0, "lms_verify = 1", "");
    expect(PACK "--out @/m --generation 2.1 --mldsa --vendor-lms-index 3", 0,
           "17152 bytes", "");
    expect("inspect @/m --fuses", 0, "pqc_key_type = 1", "");
    a.bytes[5884] ^= 1;
    write_input("a", a.bytes, a.size);
    expect("inspect @/a", 0, "fuses", "");
    expect("inspect @/a --verify", 1, "0x000b0014: FMC does not match", "");
    store_le32(a.bytes + 4, 16956);
    write_input("a", a.bytes, a.size);
    expect("inspect @/a", 1, "", "manifest of 16956 bytes, that of 1.x has");
    /* The fuses would be those of other bytes; given them, the ROM decides. */
    expect(RUN "--firmware @/a", 1, "",
           "from before its release 2.0.0, whose layout is not known; with "
           "--fuses a part would be given it nevertheless");
    expect(RUN "--firmware @/a --fuses @/fuses", 1, "",
           "0x000b0002 (manifest size field is not the size of the manifest)");
    buffer_fini(&a);
    buffer_fini(&b);

    expect(PACK "--generation 2.1 --out @/c", 0, "17152 bytes", "");
    expect("inspect @/c --verify", 3, "c: undecided: ", "");
    expect(PACK
           "--no-lms --fmc-svn 3 --vendor-ecc-index 2 --out @/d "
           "--vendor-valid 20260101000000Z-20360101000000Z",
           0, "5900 bytes", "");
    expect("inspect @/d --verify", 3, "20360101000000Z", "");
    expect("inspect @/d --json", 0, "\"value\":3", "");
    remove_folder();
}

#define BUILT  "build/out/guest/caliptra/"
#define PACK_2 "pack caliptra --keys " BUILT "embedded/keys --generation "

/* The bundles that the program carries: accepted, for what fuses, and the same
 * when it is packed again. */
TEST(embedded_bundles_of_each_generation_are_accepted)
{
    static const struct {
        const char *name;
        const char *images;
        const char *options;
        const char *fuses;
    } rows[] = {
        {"firmware",       "",   "1.1 --lms-index 0", "lms_verify = 1"  },
        {"firmware-2",     "-2", "2.0 --mldsa",       "pqc_key_type = 1"},
        {"firmware-2",     "-2", "2.1 --mldsa",       "pqc_key_type = 1"},
        {"firmware-2-lms", "-2", "2.0 --lms-index 0", "pqc_key_type = 3"},
    };

    make_inputs();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct buffer again = {0};
        struct buffer carried = {0};
        struct error error = {""};
        char *file = xasprintf(BUILT "embedded/%s.bundle", rows[i].name);
        char *verify = xasprintf("inspect %s --verify", file);
        char *fuses = xasprintf("inspect %s --fuses", file);
        char *pack =
            xasprintf(PACK_2 "%s --fmc " BUILT "fmc%s.elf --runtime " BUILT
                             "runtime%s.elf --out @/again",
                      rows[i].options, rows[i].images, rows[i].images);

        expect(verify, 3, ", 0 refused, 2 undecided, ", "");
        expect(fuses, 0, rows[i].fuses, "");
        expect(pack, 0, "signed with development keys", "");
        read_output("again", &again);
        EXPECT_EQ(file_read(file, 1 << 20, &carried, &error), 0);
        if (EXPECT_EQ(again.size, carried.size)) {
            EXPECT_BYTES(again.bytes, carried.bytes, again.size);
        }
        buffer_fini(&again);
        buffer_fini(&carried);
        free(file);
        free(verify);
        free(fuses);
        free(pack);
    }
    remove_folder();
}

#define FLASH "pack flash @/r.yaml --out @/f "

static void write_recipe(const char *text)
{
    write_input("r.yaml", text, strlen(text));
}

TEST(a_flash_is_packed_the_same_each_time_and_explained)
{
    make_inputs();
    expect("keys new @/keys --seed pack-test", 0, "1 vendor LMS", "");
    write_recipe(
        "keys: keys\nversion: 3\nlms: true\nlms-leaf: 4\n"
        "recovery: true\n"
        "caliptra: {fmc: fmc, runtime: runtime}\nimages:\n"
        "- {name: monitor, file: fmc, load: 0xe000000, secure: true, "
        "starts: true}\n"
        "- {name: kernel, file: runtime, load: 0x40200000}\n");
    expect(FLASH "--fuses @/fuses --payload @/p", 0,
           "to Secure 0xe000000, starts at 0xe000000", "signing SoC manifest");
    expect("pack flash @/r.yaml -q --out @/g", 0, "", "");
    struct buffer f = {0};
    struct buffer g = {0};
    char *path = xasprintf("%s/f", folder);
    EXPECT_EQ(file_read(path, 8 << 20, &f, NULL), 0);
    free(path);
    path = xasprintf("%s/g", folder);
    EXPECT_EQ(file_read(path, 8 << 20, &g, NULL), 0);
    free(path);
    REQUIRE(f.size == g.size && f.size != 0);
    EXPECT_BYTES(f.bytes, g.bytes, f.size);
    buffer_fini(&f);
    buffer_fini(&g);
    expect("inspect @/f", 0, "kernel, version 3, to 0x40200000", "");
    expect("inspect @/f --json", 0, "\"format\":\"boot-flash\"", "");
    expect("inspect @/p", 1, "", "no format that inspect knows (a capsule, ");
    remove_folder();
}

static void expect_refused_recipe(const char *keys, const char *image,
                                  const char *complaint)
{
    OWNED(free_at)
    char *recipe = xasprintf(
        "keys: %s\ncaliptra: {fmc: fmc, runtime: runtime}\n"
        "images:\n- {name: monitor, file: fmc, %sstarts: true}\n",
        keys, image);
    write_recipe(recipe);
    expect(FLASH, 1, "", complaint);
}

TEST(a_recipe_of_no_flash_is_refused)
{
    static const struct {
        const char *image;
        const char *complaint;
    } cases[] = {
        {"",                                    "'fmc': image 'monitor' is not ELF and needs 'load'"},
        {"load: 0x100000000, ",
         "image 'monitor': 0x8 bytes at 0x100000000: the boot MCU loads at "
         "multiples of 16, up to 0x100000000"                                                       },
        {"load: 0xfffffffffffffff0, ",          "at 0xfffffffffffffff0"                             },
        {"load: 0xe000000, entry: 0xe000008, ",
         "image 'monitor': its entry point 0xe000008 lies outside of it"                            },
    };
    make_inputs();
    expect("keys new @/keys --seed pack-test", 0, "1 vendor LMS", "");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        expect_refused_recipe("keys", cases[i].image, cases[i].complaint);
    }
    expect_refused_recipe("none", "", "is not a key directory");
    write_recipe("colour: red\n");
    expect(FLASH, 1, "", "/r.yaml:1: unknown key 'colour'");
    expect("pack flash @/r.yaml", 2, "", "--out FILE is missing");
    remove_folder();
}

#define HASH                                                                   \
    "0000000000000000000000000000000000000000000000000000000000000000"         \
    "00000000000000000000000000000000"
#define GUID    "--guid 09d7cf52-0720-4710-91d1-08469b7fe9c8 "
#define CAPSULE "pack capsule @/fmc --out @/o "

TEST(a_capsule_is_packed_and_explained)
{
    make_inputs();
    expect(CAPSULE GUID "--version 3 --lowest-version 2", 0, "/o: 116 bytes",
           "");
    expect("inspect @/o", 0, "lowest supported   2", "");
    expect("inspect @/o --json", 0, "\"version\":3", "");
    expect("inspect @/o --verify", 1,
           "REFUSED   image 0                    the image is not signed", "");
    expect("inspect @/o --verify --certificate @/fmc --json", 1,
           "\"trusted\":false,\"verdict\":\"refused\"", "");
    expect("pack capsule --accept " GUID "--out @/a", 0, "/a: 44 bytes", "");
    expect("inspect @/a", 0, "accept capsule", "");
    expect(
        "inspect @/a --verify --json", 3,
        "\"trusted\":false,\"verdict\":\"undecided\",\"open\":[\"signature\"",
        "");
    expect("pack capsule --revert --out @/r", 0, "/r: 28 bytes", "");
    expect("inspect @/r", 0, "revert capsule", "");
    expect(CAPSULE, 2, "", "--guid GUID is missing");
    expect(CAPSULE "--guid 12", 2, "", "--guid '12': expected a GUID");
    expect(CAPSULE GUID "--index 256", 2, "", "--index 256 is above 255");
    expect(CAPSULE GUID "--index 0", 1, "", "image index 0");
    expect(CAPSULE GUID "--key @/fmc", 2, "",
           "option '--key' has no effect without --certificate");
    expect(CAPSULE GUID "--key @/fmc --certificate @/fmc", 1, "",
           "fmc': no key in PEM");
    expect(CAPSULE "--revert", 2, "", "an empty capsule has no image");
    expect("pack capsule --accept --revert --out @/r", 2, "",
           "option '--accept' has no effect with --revert");
    remove_folder();
}

/* Every option of inspect but --json, which all kinds take: a value for it, and
 * what takes it: c a capsule, m a manifest, f a flash, 1 and 2 bundles of these
 * generations, s a snapshot. */
static const struct {
    const char *option;
    const char *takes;
} fitting[] = {
    {"--fuses",                          "12"    },
    {"--pcrs",                           "1f"    },
    {"--verify",                         "12cfms"},
    {"--verify --with-fuses @/fuses",    "12fm"  },
    {"--verify --vendor-key-hash " HASH, "12fm"  },
    {"--verify --owner-key-hash " HASH,  "12fm"  },
    {"--pcrs --with-fuses @/fuses",      "1f"    },
    {"--pcrs --vendor-key-hash " HASH,   "1f"    },
    {"--pcrs --owner-key-hash " HASH,    "1f"    },
    {"--verify --certificate @/fmc",     "c"     },
    {"--verify --bundle @/a",            "m"     },
    {"--verify --generation 1.1",        "12"    },
};

static const struct {
    char letter;
    const char *file;
    const char *words;
} kinds[] = {
    {'1', "@/a",        "a firmware bundle"                },
    {'2', "@/m",        "a firmware bundle of generation 2"},
    {'c', "@/o",        "a capsule"                        },
    {'f', "@/f",        "a boot flash"                     },
    {'m', "@/manifest", "an SoC manifest"                  },
    {'s', "@/snapshot", "a snapshot"                       },
};

static void expect_fit(size_t row, size_t kind)
{
    char *line =
        xasprintf("inspect %s %s", kinds[kind].file, fitting[row].option);
    char *reason = xasprintf("has no effect on %s\n", kinds[kind].words);
    struct outcome outcome = outcome_of_line(line, folder);
    bool takes = strchr(fitting[row].takes, kinds[kind].letter) != NULL;
    test_case("%s: %s", line, outcome.err);
    EXPECT_EQ(strstr(outcome.err, "has no effect") == NULL, takes);
    EXPECT_EQ(strstr(outcome.err, reason) == NULL, takes);
    if (!takes) {
        EXPECT_EQ(outcome.code, COMMAND_MISUSED);
        EXPECT_EQ(outcome.out[0], '\0');
    }
    free(outcome.out);
    free(outcome.err);
    free(line);
    free(reason);
}

TEST(options_that_do_not_fit_the_kind_of_a_file_are_misuse)
{
    make_inputs();
    write_input("manifest", "NMTA", 4);
    write_input("snapshot", "CAIRNSNP", 8);
    expect("keys new @/keys --seed pack-test", 0, "", "");
    expect(PACK "--out @/a --fuses @/fuses --lms-index 1", 0, "", "");
    expect(PACK "--out @/m --generation 2.1 --mldsa", 0, "", "");
    expect(CAPSULE GUID, 0, "", "");
    write_recipe(
        "keys: keys\nlms-leaf: 4\ncaliptra: {fmc: fmc, runtime: runtime}\n"
        "images:\n- {name: monitor, file: fmc, load: 0xe000000, "
        "starts: true}\n");
    expect(FLASH "-q", 0, "", "");
    for (size_t row = 0; row < ARRAY_SIZE(fitting); row++) {
        for (size_t kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
            expect_fit(row, kind);
        }
    }
    expect("inspect @/o --pcrs", 2, "",
           "inspect: option '--pcrs' has no effect on a capsule");
    expect("inspect @/fmc --certificate x --verify", 1, "",
           "no format that inspect knows");
    remove_folder();
}

TEST(options_of_the_other_generation_are_misuse)
{
    make_inputs();
    expect(PACK "--out @/o --generation 2.0 --fmc-svn 1", 2, "",
           "option '--fmc-svn' has no effect in generation 2.0, but in 1.0 and "
           "1.1");
    expect(PACK "--out @/o --generation 1.0 --mldsa", 2, "",
           "option '--mldsa' has no effect in generation 1.0");
    expect(PACK "--out @/o --generation 2.1 --mldsa --lms-index 0", 2, "",
           "option '--lms-index' has no effect with --mldsa");
    remove_folder();
}

/* Writes the SoC manifest of the flash f. */
static void cut_manifest(const char *name)
{
    OWNED(free_at) struct flash_image *image = xcalloc(1, sizeof(*image));
    OWNED(buffer_fini) struct buffer flash = {0};
    char *path = xasprintf("%s/f", folder);
    EXPECT_EQ(file_read(path, 8 << 20, &flash, NULL), 0);
    free(path);
    REQUIRE(flash_image_read(image, flash.bytes, flash.size, NULL) == 0);
    const struct flash_part *part =
        flash_bank_find(&image->banks[0], FLASH_IMAGE_SOC_MANIFEST);
    REQUIRE(part != NULL);
    write_input(name, part->bytes, part->size);
}

TEST(a_manifest_alone_has_a_verdict)
{
    static const struct {
        const char *arguments;
        int code;
        const char *out;
    } rows[] = {
        {"",                                            3, "no bundle was given: anybody may have made the keys"},
        {"--json",                                      3, "\"verdict\":\"undecided\""                          },
        {"--bundle @/a",                                3, "undecided vendor key hash"                          },
        {"--bundle @/a --with-fuses @/fuses",           0,
         "proven    vendor ECC endorsement"                                                                     },
        {"--bundle @/a --with-fuses @/fuses --json",    0, "\"trusted\":true"                                   },
        {"--bundle @/a --vendor-key-hash " HASH,        1,
         "REFUSED   Caliptra bundle"                                                                            },
        {"--bundle @/other --with-fuses @/other.fuses", 1,
         "REFUSED   vendor ECC endorsement"                                                                     },
    };
    make_inputs();
    expect("keys new @/keys --seed a --lms 0 --no-owner-lms", 0, "", "");
    expect("keys new @/others --seed b --lms 0 --no-owner-lms", 0, "", "");
    expect(PACK "--no-lms --out @/a --fuses @/fuses", 0, "", "");
    expect(
        "pack caliptra --fmc @/fmc --runtime @/runtime --keys @/others "
        "--no-lms --out @/other --fuses @/other.fuses",
        0, "", "");
    expect(PACK "--generation 2.1 --mldsa --out @/two", 0, "", "");
    write_recipe(
        "keys: keys\nlms: false\ncaliptra: {fmc: fmc, runtime: runtime}\n"
        "images:\n- {name: monitor, file: fmc, load: 0xe000000, "
        "starts: true}\n");
    expect(FLASH "-q", 0, "", "");
    cut_manifest("m");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *line = xasprintf("inspect @/m --verify %s", rows[i].arguments);
        expect(line, rows[i].code, rows[i].out, "");
        free(line);
    }
    expect("inspect @/m --verify --with-fuses @/fuses", 2, "",
           "'--with-fuses' has no effect on an SoC manifest without --bundle");
    expect("inspect @/m --verify --bundle @/none", 1, "", "No such file");
    expect("inspect @/m --verify --bundle @/fmc", 1, "", "fmc': ");
    expect("inspect @/m --verify --bundle @/two", 1, "",
           "two': a bundle of generation 2");
    struct buffer old = {0};
    read_output("a", &old);
    old.bytes[6] = 1; /* of the manifest's size, little-endian at offset 4 */
    write_input("old", old.bytes, old.size);
    buffer_fini(&old);
    expect("inspect @/m --verify --bundle @/old", 1, "",
           "old': offset 0x4: manifest of ");
    expect("inspect @/m --bundle @/a", 2, "", "without --verify");
    remove_folder();
}

#define AST2700 "pack ast2700 @/ast2700.yaml --out @/flash "

TEST(a_bundle_of_other_keys_is_not_packed_for_an_ast2700)
{
    static const char recipe[] =
        "keys: keys\ncaliptra: {bundle: bundle}\n"
        "images: {mcu: runtime, bl31: runtime}\n";
    make_inputs();
    write_input("ast2700.yaml", recipe, sizeof(recipe) - 1);
    expect("keys new @/keys --seed a --lms 0 --no-owner-lms", 0, "", "");
    expect(PACK "--no-lms --out @/bundle", 0, "", "");
    expect(AST2700, 0, "Caliptra flash image at 0x100000", "");
    expect("keys new @/others --seed b --lms 0 --no-owner-lms", 0, "", "");
    expect(
        "pack caliptra --fmc @/fmc --runtime @/runtime --keys @/others "
        "--no-lms --out @/bundle",
        0, "", "");
    expect(AST2700, 1, "", "would refuse this flash: vendor ECC endorsement");
    remove_folder();
}

TEST(a_flash_of_an_ast2700_is_packed_and_explained)
{
    static const char recipe[] =
        "keys: keys\nlayout: a2\ncaliptra: {fmc: fmc, runtime: runtime}\n"
        "images: {mcu: runtime, bl31: runtime}\n";
    struct buffer flash = {0};
    make_inputs();
    write_input("ast2700.yaml", recipe, sizeof(recipe) - 1);
    expect("keys new @/keys --seed a --lms 0 --no-owner-lms", 0, "", "");
    expect("pack ast2700 @/ast2700.yaml", 2, "", "--out FILE is missing");
    expect(AST2700 "--image bl33=@/fmc", 2, "", "is not NAME=FILE");
    expect(AST2700 "--image bl31=@/fmc --image bl31=@/runtime", 2, "",
           "option '--image': 'bl31' was given twice");
    expect(AST2700 "--image bl31=@/none", 1, "", "No such file");
    /* in the recipe's folder, but not where the command is typed */
    expect(AST2700 "--image bl31=fmc", 1, "", "file 'fmc': No such file");
    expect(AST2700 "--payload @/set", 2, "", "option '--payload': the layout");
    expect(AST2700 "--image u-boot=@/fmc --fuses @/fuses", 0,
           "8 bytes  0x100a  U-Boot", "signing SoC manifest");
    expect("inspect @/flash", 0, "firmware 10  stage 1", "");
    expect("inspect @/flash --verify --with-fuses @/fuses", 0,
           "flash: trusted: ", "");
    expect("inspect @/flash --verify --counter 1", 3, "0 refused, 2 undecided",
           "");
    expect("inspect @/flash --verify --counter 2", 1, "1, the lowest is 2", "");
    expect("inspect @/flash --json", 0, "\"name\":\"bl31\"", "");
    read_output("flash", &flash);
    flash.bytes[flash.size - 1] ^= 1;
    write_input("flash", flash.bytes, flash.size);
    buffer_fini(&flash);
    expect("inspect @/flash", 0, "payload checksum", "");
    expect("inspect @/flash --verify", 1, "REFUSED   flash image", "");
    remove_folder();
}

TEST(wrong_input_is_named)
{
    make_inputs();
    write_input("elf", "\177ELF\1\1\1", 7);
    expect("keys new", 2, "", "FOLDER|FILE is missing");
    expect("keys new @/k --lms 33", 2, "", "--lms takes 0 to 32, got 33");
    expect("pack caliptra", 2, "", "--out FILE is missing");
    expect("pack caliptra --out @/o", 2, "", "--keys FOLDER is missing");
    expect("pack caliptra --out @/o --keys @/k", 2, "",
           "--fmc FILE is missing");
    expect(PACK "--out @/o", 1, "", "is not a key directory");
    expect("pack caliptra --out @/o --keys @/k --fmc @/elf --runtime @/runtime",
           1, "", "/elf': ELF header is cut off at 7 bytes");
    expect(PACK "--out @/o --vendor-valid soon", 2, "",
           "--vendor-valid 'soon': expected two dates");
    expect(PACK "--out @/o --mldsa", 2, "",
           "option '--mldsa' has no effect in generation 1.1, but in 2.0 and "
           "2.1");
    expect(PACK "--out @/o --generation 2.0 --no-lms", 2, "",
           "option '--no-lms' has no effect in generation 2.0, but in 1.0 and "
           "1.1");
    expect(PACK "--out @/o --fmc-load 0x123456789", 2, "",
           "does not fit 32 bits");
    expect("inspect", 2, "", "FILE is missing");
    expect("inspect @/nothing", 1, "", "No such file");
    expect("inspect @/elf", 1, "",
           "/elf': an ELF file, a program: no format that inspect knows (a ");
    write_input("empty", "", 0);
    expect("inspect @/empty", 1, "", "/empty': an empty file: no format");
    write_input("text", "some words\n", 11);
    expect("inspect @/text", 1, "", "/text': text: no format");
    write_input("token", "\xd2\x84\x43", 3);
    expect("inspect @/token", 1, "", "cairn-verify-token(1)): no format");
    expect("inspect @/fmc", 1, "", "/fmc': no format that inspect knows (a ");
    remove_folder();
}
