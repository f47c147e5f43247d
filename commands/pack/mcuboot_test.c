/* SPDX-License-Identifier: Apache-2.0 */
/* keys new, keys public, pack mcuboot, inspect and verify-token as a user would
 * call them. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "abi/mcuboot.h"
#include "base/buffer.h"
#include "tests/command_folder.h"

static bool prepare(void)
{
    static bool made;
    if (!made) {
        made = make_folder();
        write_input("program", "a program", 9);
        expect("keys new --seed a --type ed25519 @/sign", 0,
               "sign: a private key, ed25519", "");
        expect("keys new --seed a --type x25519 @/device", 0, "x25519", "");
    }
    return made;
}

TEST(a_key_is_one_private_file_and_never_replaced)
{
    struct stat status;
    REQUIRE(prepare());
    char *path = xasprintf("%s/sign", folder);
    EXPECT_EQ(stat(path, &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600);
    free(path);
    expect("keys new --type ed25519 @/sign", 1, "", "sign' is there already");
    expect("keys new --type rsa-1024 @/other", 2, "", "rsa-1024");
    expect("keys new --type rsa-2048 --seed a @/other", 2, "", "--seed");
    expect("keys new --type ed25519 --lms 1 @/other", 2, "", "--lms");
    expect("keys new --type ed25519 --no-owner-lms @/other", 2, "",
           "--no-owner-lms");
}

TEST(public_keys_have_five_forms)
{
    REQUIRE(prepare());
    expect("keys public @/sign", 0, "const unsigned char ed25519_pub_key[] = {",
           "");
    expect("keys public --format c-hash @/sign", 0,
           "const unsigned int ed25519_pub_key_hash_len = 32;", "");
    expect("keys public --format pem @/sign", 0, "-----BEGIN PUBLIC KEY-----",
           "");
    struct outcome outcome =
        outcome_of_line("keys public --format der @/sign", folder);
    EXPECT_EQ(outcome.out[0], 0x30);
    outcome_fini(&outcome);
    expect("keys public --format hash @/sign", 0, "", "");
    expect("keys public --format rust @/sign", 2, "", "rust");
    expect("keys public @/program", 1, "", "program': no key in PEM");
    expect("keys public @/none", 1, "", "No such file");
    write_input("aes", "0123456789abcdef", 16);
    expect("keys public @/aes", 1, "",
           "aes': a key of type aes-128 has no public part");
}

#define PACK "pack mcuboot @/program -o @/image "

TEST(an_image_is_packed_inspected_and_verified)
{
    OWNED(buffer_fini) struct buffer one = {0};
    OWNED(buffer_fini) struct buffer other = {0};
    REQUIRE(prepare());
    expect(PACK
           "--key @/sign --version 1.2.3+4 --header-size 0x40 "
           "--security-counter auto --dependency 1=2.0 --boot-record SPE",
           0, "image: 340 bytes, version 1.2.3+4, signed (ed25519)\n", "");
    read_output("image", &one);
    expect(
        "pack mcuboot @/program -o @/again --key @/sign --version 1.2.3+4 "
        "--header-size 64 --security-counter 16908291 --dependency 1=2.0.0 "
        "--boot-record SPE",
        0, "340 bytes", "");
    read_output("again", &other);
    EXPECT_EQ(one.size, other.size);
    EXPECT_BYTES(one.bytes, other.bytes, one.size);
    expect("inspect @/image", 0, "MCUboot image, version 1.2.3+4", "");
    expect("inspect @/image --json", 0, "{\"kind\":\"mcuboot\"", "");
    expect("inspect @/image --verify --key @/sign --counter 16908291", 0,
           "image: trusted: 5 proven, 0 refused, 0 undecided, 2 open", "");
    expect("inspect @/image --verify --key @/sign --json", 0,
           "\"trusted\":true,\"verdict\":\"trusted\",\"open\":[\"security "
           "counter\"",
           "");
    expect("inspect @/image --verify", 3, "image: undecided: ", "");
    expect(
        "inspect @/image --verify --json", 3,
        "\"trusted\":false,\"verdict\":\"undecided\",\"open\":[\"signature\"",
        "");
    expect("pack mcuboot @/program -o @/unsigned --version 1", 0, "not signed",
           "");
    expect("inspect @/unsigned --verify", 1,
           "REFUSED   signature                  the image is not signed", "");
    expect("inspect @/unsigned --verify --key @/sign", 1, "is not signed", "");
    expect("inspect @/image --verify --key @/sign --counter 16908292", 1,
           "REFUSED   security counter           at least 16908292 expected, "
           "found "
           "16908291",
           "");
    one.bytes[70] ^= 1;
    write_input("image", one.bytes, one.size);
    expect("inspect @/image", 0, "version 1.2.3+4", "");
    expect("inspect @/image --verify --key @/sign", 1, "REFUSED   hash", "");
    expect("inspect @/image --verify --json", 1, "\"verdict\":\"refused\"", "");
    one.bytes[8] = 1;
    write_input("image", one.bytes, one.size);
    expect("inspect @/image", 1, "",
           "image': offset 0x8: header size 0x1 is below 0x20");
}

/* The last TLV of an image is the signature, that of Ed25519 has 64 bytes. */
static void write_signature(const struct buffer *image, const char *name,
                            bool is_text)
{
    enum { SIZE = 64 };
    const uint8_t *at = image->bytes + image->size - SIZE;
    unsigned char text[2 * SIZE];
    int length = EVP_EncodeBlock(text, at, SIZE);
    write_input(name, is_text ? (const void *)text : at,
                is_text ? (size_t)length : SIZE);
}

#define ELSEWHERE                                                              \
    "pack mcuboot @/program --version 1.2 --boot-record SPE "                  \
    "--fix-sig-pubkey @/sign.pub "

TEST(a_signature_is_made_elsewhere_and_put_in)
{
    static const char *const files[] = {"sig", "sig64"};
    OWNED(buffer_fini) struct buffer own = {0};
    OWNED(buffer_fini) struct buffer made = {0};
    REQUIRE(prepare());
    expect(PACK "--version 1.2 --boot-record SPE --key @/sign", 0, "signed",
           "");
    read_output("image", &own);
    struct outcome outcome =
        outcome_of_line("keys public --format pem @/sign", folder);
    write_input("sign.pub", outcome.out, strlen(outcome.out));
    outcome_fini(&outcome);
    write_signature(&own, "sig", false);
    write_signature(&own, "sig64", true);
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        char *line = xasprintf(ELSEWHERE "-o @/image --fix-sig @/%s", files[i]);
        buffer_clear(&made);
        write_input("image", "", 0);
        expect(line, 0, "signed elsewhere (ed25519)\n", "");
        read_output("image", &made);
        REQUIRE(made.size == own.size);
        EXPECT_BYTES(made.bytes, own.bytes, own.size);
        free(line);
    }
    buffer_clear(&made);
    expect(ELSEWHERE "-o @/vector --vector-to-sign payload", 0,
           "bytes to sign, version 1.2.0+0, not signed\n", "");
    read_output("vector", &made);
    REQUIRE(made.size < own.size);
    EXPECT_BYTES(made.bytes, own.bytes, made.size);
    size_t hash = made.size + sizeof(struct mcuboot_tlv_area) +
                  sizeof(struct mcuboot_tlv);
    buffer_clear(&made);
    expect(ELSEWHERE "-o @/vector --vector-to-sign digest", 0,
           "vector: 32 bytes to sign", "");
    read_output("vector", &made);
    REQUIRE(made.size == 32);
    EXPECT_BYTES(made.bytes, own.bytes + hash, made.size);
}

/* The signature is of another image, or by another key. */
TEST(a_signature_that_does_not_hold_makes_no_image)
{
    static const struct {
        const char *line;
        const char *text;
    } rows[] = {
        {"--version 1.2 --fix-sig-pubkey @/sign",
         "by this key, of type ed25519, of SHA256 "                                     },
        {"--fix-sig-pubkey @/other.pub",          "of 64 bytes is none by this key"     },
        {"--fix-sig-pubkey @/other.pub --pure",
         "of the image of 0x209 bytes itself"                                           },
        {"--fix-sig-pubkey @/device",             "a key of type x25519 signs no images"},
        {"--fix-sig-pubkey @/none",               "No such file"                        },
    };
    OWNED(buffer_fini) struct buffer own = {0};
    struct stat status;
    REQUIRE(prepare());
    expect(PACK "--key @/sign", 0, "signed", "");
    read_output("image", &own);
    write_signature(&own, "sig", false);
    expect("keys new --seed b --type ed25519 @/other.pub", 0, "", "");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *line =
            xasprintf("pack mcuboot @/program -o @/refused --fix-sig @/sig %s",
                      rows[i].line);
        test_case("%zu", i);
        expect(line, 1, "", rows[i].text);
        free(line);
    }
    write_input("sig", "", 0);
    expect(
        "pack mcuboot @/program -o @/refused --fix-sig @/sig "
        "--fix-sig-pubkey @/sign",
        1, "", "the signature of 0 bytes is none");
    expect(
        "pack mcuboot @/program -o @/refused --fix-sig @/none "
        "--fix-sig-pubkey @/sign",
        1, "", "No such file");
    OWNED(free_at) char *path = xasprintf("%s/refused", folder);
    EXPECT(stat(path, &status) != 0);
}

TEST(an_encrypted_image_needs_the_devices_key)
{
    REQUIRE(prepare());
    expect(PACK "--key @/sign --encrypt @/device --aes 256 --sha512", 0,
           "signed (ed25519), encrypted (x25519)", "");
    expect("inspect @/image --verify --key @/sign --decrypt @/device", 0,
           "proven    decryption                 image key, ECIES-X25519 with "
           "SHA-512, AES-256",
           "");
    expect("inspect @/image --verify --key @/sign", 3, "undecided decryption",
           "");
    expect("inspect @/image --verify --decrypt @/sign", 1,
           "with is of type ed25519", "");
    expect(PACK "--key @/sign --encrypt @/device --clear", 0, "encrypted", "");
    expect("inspect @/image --verify --key @/sign", 0, "trusted", "");
    write_input("aes256", "0123456789abcdef0123456789abcdef", 32);
    expect(PACK "--key @/sign --encrypt @/aes256", 0, "encrypted (aes-256)",
           "");
    expect("inspect @/image --verify --key @/sign --decrypt @/aes256", 0,
           "AES-KW, AES-256", "");
    expect(PACK "--key @/sign --encrypt @/aes256 --aes 128", 1, "",
           "with AES keys of 128 bits, not of 256");
}

TEST(tlvs_of_the_vendor_are_protected)
{
    REQUIRE(prepare());
    expect(PACK
           "--key @/sign --custom-tlv 0xa0=text --custom-tlv "
           "0xfffe=0x00ffAB --custom-tlv 0xa1=",
           0, "signed", "");
    expect("inspect @/image", 0,
           "TLV 0xa0 at 0x20d, protected: unknown: 74657874", "");
    expect("inspect @/image", 0, "unknown: 00ffab", "");
    expect("inspect @/image --verify --key @/sign", 0, "trusted", "");
}

/* Packing an Intel HEX image again keeps its addresses. */
TEST(an_image_is_intel_hex_by_its_name)
{
    struct buffer text = {0};
    REQUIRE(prepare());
    expect(
        "pack mcuboot @/program -o @/a.hex --hex-addr 0x8000000 "
        "--header-size 32 --slot-size 4K --pad",
        0, "a.hex: 4096 bytes", "");
    read_output("a.hex", &text);
    EXPECT_BYTES(text.bytes, ":020000040800F2\n:100000003DB8F396", 32);
    buffer_clear(&text);
    expect("pack mcuboot @/a.hex -o @/b.HEX --header-size 32", 0, "", "");
    read_output("b.HEX", &text);
    EXPECT_BYTES(text.bytes, ":0200000407FFF4\n:10FFE000", 25);
    buffer_fini(&text);
    expect("pack mcuboot @/program -o @/c.hex --hex-addr 0xffffffff", 1, "",
           "at 0xffffffff is not within 32 bits");
}

TEST(a_big_endian_image_is_named)
{
    uint8_t header[32] = {0x96, 0xf3, 0xb8, 0x3d};
    REQUIRE(prepare());
    expect(PACK "--endian little", 0, "not signed", "");
    expect("inspect @/image", 0, "MCUboot image", "");
    write_input("big", header, sizeof(header));
    expect("inspect @/big", 1, "",
           "big': offset 0x0: a big-endian image, as 'imgtool -e big' writes");
    expect("inspect @/big --verify --key @/sign", 1, "", "a big-endian image");
}

TEST(a_slot_has_a_trailer)
{
    REQUIRE(prepare());
    expect(PACK "--slot-size 4K --pad", 0, "image: 4096 bytes", "");
    expect("inspect @/image", 0, "pending, for a trial", "");
    expect(PACK "--slot-size 4K --confirm --align 16", 1, "",
           "trailer of 0x1850 do not fit the slot of 0x1000");
    expect(PACK "--slot-size 8K --confirm --align 16", 0, "8192 bytes", "");
    expect("inspect @/image", 0, "trailer, alignment 16", "");
    expect("inspect @/image", 0, "confirmed", "");
    expect(PACK "--slot-size 8K --pad --align 16 --max-align 8", 2, "",
           "--max-align 8 is below --align 16");
}

/* Zephyr's build signs with such lines; imgtool takes no notice of the two. */
TEST(overwriting_takes_no_notice_of_sectors_and_confirmation)
{
    static const struct {
        const char *line;
        const char *note;
    } rows[] = {
        {PACK "--slot-size 4K --overwrite-only --confirm",
         "cairn: pack mcuboot: --confirm with --overwrite-only: the slot is "
         "padded without its mark\n"},
        {PACK "--slot-size 4K --overwrite-only --pad --max-sectors 9999",
         "--max-sectors with --overwrite-only: the trailer has no state of "
         "sectors\n"                },
    };
    OWNED(buffer_fini) struct buffer plain = {0};
    OWNED(buffer_fini) struct buffer noted = {0};
    REQUIRE(prepare());
    expect(PACK "--slot-size 4K --overwrite-only --pad", 0, "4096 bytes", "");
    read_output("image", &plain);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        buffer_clear(&noted);
        expect(rows[i].line, 0, "4096 bytes", rows[i].note);
        read_output("image", &noted);
        REQUIRE(noted.size == plain.size);
        EXPECT_BYTES(noted.bytes, plain.bytes, plain.size);
    }
}

/* An ELF file is laid out by its addresses; trust/image tests that. */
TEST(programs_are_raw_elf_or_hex)
{
    static const char hex[] = ":0102000055A8\n:00000001FF\n";
    uint8_t elf[96] = {0x7f, 'E', 'L', 'F', 1, 1};
    uint8_t zeros[40] = {0};
    REQUIRE(prepare());
    write_input("program.hex", hex, sizeof(hex) - 1);
    expect("pack mcuboot @/program.hex --header-size 32 -o @/image", 0,
           "image: 73 bytes", "");
    write_input("program.elf", elf, sizeof(elf));
    expect("pack mcuboot @/program.elf -o @/image", 1, "",
           "program.elf': program header table");
    /* One segment, in which the file's own headers are. */
    elf[28] = 52; /* e_phoff */
    elf[42] = 32; /* e_phentsize */
    elf[44] = 1;  /* e_phnum */
    elf[52] = 1;  /* PT_LOAD, all of the file */
    elf[68] = sizeof(elf);
    elf[72] = sizeof(elf);
    elf[90] = 7; /* behind them */
    write_input("program.elf", elf, sizeof(elf));
    expect("pack mcuboot @/program.elf -o @/image", 1, "",
           "program.elf' starts with room for a header, in which the ELF "
           "file's own are: give --header-included");
    expect(
        "pack mcuboot @/program.elf --header-included --header-size 84 -o "
        "@/image",
        0, "image: 136 bytes", "");
    expect(
        "pack mcuboot @/program.elf --header-included --header-size 92 -o "
        "@/image",
        1, "", "does not start with 0x5c zeros");
    write_input("bad.hex", ":00\n", 4);
    expect("pack mcuboot @/bad.hex -o @/image", 1, "", "bad.hex': line 1");
    zeros[39] = 1;
    write_input("zeros", zeros, sizeof(zeros));
    expect("pack mcuboot @/zeros --header-included --header-size 36 -o @/image",
           0, "image: 80 bytes", "");
    expect("pack mcuboot @/zeros --header-included --header-size 40 -o @/image",
           1, "", "zeros' does not start with 0x28 zeros for the header");
    expect("pack mcuboot @/zeros --header-included --header-size 41 -o @/image",
           1, "", "does not start with 0x29 zeros");
    expect("pack mcuboot @/none -o @/image", 1, "", "No such file");
}

TEST(what_has_no_effect_or_no_sense_is_misuse)
{
    static const struct {
        const char *line;
        const char *text;
    } rows[] = {
        {"pack mcuboot @/program",                                                    "--out FILE is missing"                    },
        {PACK "--endian big",
         "--endian big: MCUboot's fields are little-endian"                                                                      },
        {PACK "--endian middle",                                                      "--endian"                                 },
        {PACK "--version 1.2.3.4",                                                    "'1.2.3.4' is no version"                  },
        {PACK "--header-size 31",                                                     "--header-size"                            },
        {PACK "--header-size 64K",                                                    "--header-size"                            },
        {PACK "--load-address 0x100000000",                                           "--load-address"                           },
        {PACK "--load-address 0 --rom-fixed 0",                                       "--rom-fixed"                              },
        {PACK "--security-counter 0x100000000",                                       "--security-counter"                       },
        {PACK "--security-counter often",                                             "--security-counter"                       },
        {PACK "--dependency 1",                                                       "'1' is not IMAGE=VERSION"                 },
        {PACK "--dependency 256=1",                                                   "'256=1' is not"                           },
        {PACK "--dependency =1",                                                      "'=1' is not"                              },
        {PACK "--dependency 1=x",                                                     "'x' is no version"                        },
        {PACK "--custom-tlv 0xa0",                                                    "'0xa0' is not TAG=VALUE, TAG from 0xa0 to"},
        {PACK "--custom-tlv 0x9f=a",                                                  "'0x9f=a' is not"                          },
        {PACK "--custom-tlv 0xffff=a",                                                "'0xffff=a' is not"                        },
        {PACK "--custom-tlv 0xa0=0x0",                                                "'0xa0=0x0' is not of pairs"               },
        {PACK "--custom-tlv 0xa0=0xzz",                                               "'0xa0=0xzz' is not of pairs"              },
        {PACK "--custom-tlv 0xa0=a --custom-tlv 160=b",
         "0xa0 is there already"                                                                                                 },
        {PACK "--hex-addr 0",                                                         "image' does not end in .hex"              },
        {"pack mcuboot @/program -o @/out.hex",                                       "--hex-addr is missing"                    },
        {"pack mcuboot @/program -o @/out.hex --hex-addr 0x100000000",
         "--hex-addr"                                                                                                            },
        {PACK "--class name",                                                         "'name' is a name of --vendor"             },
        {PACK "--hash 1",                                                             "--hash"                                   },
        {PACK "--pure",                                                               "--key"                                    },
        {PACK "--full-key",                                                           "--key"                                    },
        {PACK "--encrypt @/device",                                                   "--key"                                    },
        {PACK "--fix-sig @/sign",                                                     "--fix-sig-pubkey"                         },
        {PACK "--fix-sig-pubkey @/sign",                                              "--fix-sig"                                },
        {PACK "--fix-sig @/sign --fix-sig-pubkey @/sign --key @/sign",                "--key"                                    },
        {PACK
         "--fix-sig @/sign --fix-sig-pubkey @/sign --vector-to-sign digest", "--vector-to-sign"                         },
        {PACK "--vector-to-sign hash",                                                "--vector-to-sign"                         },
        {PACK "--vector-to-sign digest --pure --key @/sign",                          "--pure"                                   },
        {PACK "--vector-to-sign digest --full-key --key @/sign",                      "--full-key"                               },
        {PACK "--vector-to-sign digest --slot-size 4K",                               "--slot-size"                              },
        {PACK "--vector-to-sign digest --encrypt @/device --clear",                   "--clear"                                  },
        {PACK "--vector-to-sign digest --boot-record SPE",
         "--boot-record names the signer"                                                                                        },
        {PACK "--aes 128",                                                            "--encrypt"                                },
        {PACK "--clear",                                                              "--encrypt"                                },
        {PACK "--pad",                                                                "--slot-size"                              },
        {PACK "--align 8",                                                            "--slot-size"                              },
        {PACK "--slot-size 4K --align 3",                                             "--align"                                  },
        {"pack mcuboot @/program -o @/program",                                       "--out"                                    },
        {"inspect @/image --key @/sign",                                              "--verify"                                 },
        {"inspect @/image --verify --certificate @/sign",                             "an MCUboot image"                         },
        {"inspect @/image --fuses",                                                   "an MCUboot image"                         },
        {"inspect @/image --verify --counter x",                                      "--counter"                                },
        {"verify-token @/image",                                                      "--key FILE is missing"                    },
        {"verify-token @/image --key @/program",                                      "no key in PEM"                            },
        {"verify-token @/image --key @/sign",                                         "not on P-256, P-384 or P-521"             },
        {"verify-token @/image --key @/none",                                         "No such file"                             },
    };
    REQUIRE(prepare());
    expect(PACK, 0, "not signed", "");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        expect(rows[i].line, 2, "", rows[i].text);
    }
    expect(PACK "--key @/program", 1, "", "no key in PEM");
    expect(PACK "--key @/device", 1, "",
           "a key of type x25519 signs no images");
}

TEST(what_is_no_token_is_refused)
{
    REQUIRE(prepare());
    expect("keys new --seed a --type ecdsa-p256 @/attest", 0, "", "");
    expect("verify-token @/program --key @/attest", 1, "",
           "program': offset 0x0: array of 4 expected");
    expect("verify-token @/program --key @/attest --nonce 00", 2, "",
           "'00' is not 64, 96 or 128 hexadecimal digits");
    expect("verify-token @/program --key @/attest --image @/program", 2, "",
           "program': header is cut off at 9 bytes");
    expect("verify-token @/program --key @/attest --image @/none", 2, "",
           "No such file");
}
