/* SPDX-License-Identifier: Apache-2.0 */
/* Oracles: U-Boot's mkeficapsule and `openssl smime`, where they are installed,
 * and offsets as the UEFI specification gives them. */
#include "trust/capsule/capsule.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "tests/harness.h"
#include "trust/capsule/guid.h"

enum { SIGNING_TIME = 1767225600 }; /* 2026-01-01 */

static const char type_text[] = "09d7cf52-0720-4710-91d1-08469b7fe9c8";

/* Runs a command line in the tests' folder; true when it succeeds. */
static bool shell(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

static char folder[] = "/tmp/cairn-capsule-XXXXXX";

static bool shell(const char *format, ...)
{
    struct buffer line = {0};
    va_list args;
    buffer_print(&line, "cd %s && exec >log 2>&1; ", folder);
    va_start(args, format);
    buffer_vprint(&line, format, args);
    va_end(args);
    /* NOLINTNEXTLINE(cert-env33-c): the tools are the oracle */
    bool done = system(buffer_text(&line)) == 0;
    buffer_fini(&line);
    return done;
}

static void remove_folder(void)
{
    (void)shell("rm -rf %s", folder);
}

/* Makes the folder with the keys and certificates "rsa", "ec" and "other". */
static bool prepare(void)
{
    static bool made;
    if (!made) {
        made = mkdtemp(folder) != NULL && atexit(remove_folder) == 0 &&
               shell(
                   "for name in rsa other; do openssl req -x509 -newkey "
                   "rsa:2048 -nodes -keyout $name.key -out $name.pem -days "
                   "3650 -subj /CN=$name || exit 1; done; "
                   "openssl req -x509 -newkey ec -pkeyopt "
                   "ec_paramgen_curve:P-384 -nodes -keyout ec.key -out "
                   "ec.pem -days 1 -subj /CN=ec");
    }
    return made;
}

static void read_file(const char *name, struct buffer *out)
{
    char *path = xasprintf("%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    uint8_t block[4096];
    free(path);
    if (file == NULL) {
        EXPECT(false);
        return;
    }
    for (size_t size; (size = fread(block, 1, sizeof(block), file)) != 0;) {
        buffer_append(out, block, size);
    }
    EXPECT_EQ(fclose(file), 0);
}

static void write_file(const char *name, const void *bytes, size_t size)
{
    char *path = xasprintf("%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    free(path);
    if (file == NULL) {
        EXPECT(false);
        return;
    }
    EXPECT_EQ(fwrite(bytes, 1, size, file), size);
    EXPECT_EQ(fclose(file), 0);
}

static struct capsule_signer *signer(const char *name)
{
    struct buffer key = {0};
    struct buffer certificate = {0};
    struct error error = {""};
    char *file = xasprintf("%s.key", name);
    read_file(file, &key);
    free(file);
    file = xasprintf("%s.pem", name);
    read_file(file, &certificate);
    free(file);
    struct capsule_signer *made = capsule_signer_create(
        key.bytes, key.size, certificate.bytes, certificate.size, NULL, &error);
    EXPECT_STR(error.text, "");
    buffer_fini(&key);
    buffer_fini(&certificate);
    return made;
}

static int verify(const struct capsule_item *item, const char *name,
                  struct error *error)
{
    struct buffer certificate = {0};
    read_file(name, &certificate);
    int status =
        capsule_verify(item, certificate.bytes, certificate.size, error);
    buffer_fini(&certificate);
    return status;
}

static const char image[] = "an image of some bytes";

static struct capsule_pack pack(void)
{
    struct capsule_pack pack = {
        .image_index = 2,
        .hardware_instance = 3,
        .flags = UEFI_CAPSULE_PERSIST,
        .image = image,
        .image_size = sizeof(image),
        .monotonic_count = 7,
        .signing_time = SIGNING_TIME,
    };
    EXPECT_EQ(guid_parse(type_text, &pack.image_type), 0);
    return pack;
}

TEST(a_guid_is_its_text_again_and_nothing_else_parses)
{
    static const uint8_t bytes[] = {0x52, 0xcf, 0xd7, 0x09, 0x20, 0x07,
                                    0x10, 0x47, 0x91, 0xd1, 0x08, 0x46,
                                    0x9b, 0x7f, 0xe9, 0xc8};
    static const char *const bad[] = {
        "",
        "09d7cf52",
        "09d7cf52-0720-4710-91d1-08469b7fe9c",
        "09d7cf52-0720-4710-91d1-08469b7fe9c80",
        "09d7cf5g-0720-4710-91d1-08469b7fe9c8",
        "09d7cf52+0720-4710-91d1-08469b7fe9c8",
    };
    struct uefi_guid guid;
    char text[GUID_TEXT_SIZE];
    EXPECT_EQ(guid_parse("09D7CF52-0720-4710-91d1-08469b7fe9c8", &guid), 0);
    EXPECT_BYTES(guid.bytes, bytes, sizeof(bytes));
    guid_print(&guid, text);
    EXPECT_STR(text, type_text);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        test_case("'%s'", bad[i]);
        EXPECT_EQ(guid_parse(bad[i], &guid), -EINVAL);
    }
}

FIXTURE(struct buffer, bytes, buffer_fini)

TEST_BEGINS(what_is_written_is_read, bytes)
{
    struct capsule_pack made = pack();
    struct capsule capsule;
    struct error error = {""};
    made.versioned = true;
    made.version = 9;
    made.lowest_supported_version = 4;
    EXPECT_EQ(capsule_write(&made, bytes, &error), 0);
    REQUIRE(capsule_read(&capsule, bytes->bytes, bytes->size, &error) == 0);
    EXPECT_EQ(capsule.kind, CAPSULE_FIRMWARE);
    EXPECT_EQ(capsule.count, 1);
    const struct capsule_item *item = &capsule.items[0];
    EXPECT(guid_equal(&item->image_type, &made.image_type));
    EXPECT_EQ(item->image_index, 2);
    EXPECT_EQ(item->hardware_instance, 3);
    EXPECT(!item->authenticated);
    EXPECT(item->versioned);
    EXPECT_EQ(item->version, 9);
    EXPECT_EQ(item->lowest_supported_version, 4);
    EXPECT_EQ(item->image_size, sizeof(image));
    EXPECT_BYTES(item->image, image, sizeof(image));
}

TEST_BEGINS(bad_packs_are_refused, bytes)
{
    struct capsule_pack made = pack();
    struct error error = {""};
    made.image_index = 0;
    EXPECT_EQ(capsule_write(&made, bytes, &error), -EINVAL);
    EXPECT_STR(error.text, "image index 0: indices start at 1");
    made = pack();
    made.versioned = true;
    made.version = 1;
    made.lowest_supported_version = 2;
    error_clear(&error);
    EXPECT_EQ(capsule_write(&made, bytes, &error), -EINVAL);
    EXPECT_STR(error.text, "lowest supported version 2 is above version 1");
    EXPECT_EQ(bytes->size, 0);
}

/* A signed capsule to spoil. */
static void make_signed(const char *name, struct buffer *bytes)
{
    struct capsule_pack made = pack();
    struct error error = {""};
    struct capsule_signer *by = signer(name);
    made.signer = by;
    made.versioned = true;
    made.version = 5;
    EXPECT_EQ(capsule_write(&made, bytes, &error), 0);
    EXPECT_STR(error.text, "");
    capsule_signer_destroy(by);
}

/* The digest is OpenSSL's of the DER form. */
TEST(fuses_name_an_rsa_certificate_by_its_digest)
{
    struct error error = {""};
    OWNED(buffer_fini) struct buffer pem = {0};
    OWNED(buffer_fini) struct buffer der = {0};
    uint8_t digest[32];
    uint8_t expected[32];
    REQUIRE(prepare());
    REQUIRE(shell("openssl x509 -in rsa.pem -outform DER -out rsa.der"));
    read_file("rsa.pem", &pem);
    read_file("rsa.der", &der);
    SHA256(der.bytes, der.size, expected);
    EXPECT_EQ(capsule_signer_identity(pem.bytes, pem.size, digest, &error), 0);
    EXPECT_BYTES(digest, expected, sizeof(digest));
    EXPECT_EQ(capsule_signer_identity(der.bytes, der.size, digest, &error), 0);
    EXPECT_BYTES(digest, expected, sizeof(digest));
    EXPECT_EQ(capsule_signer_identity(der.bytes, 100, digest, &error), -EINVAL);
    error_clear(&error);
    buffer_clear(&pem);
    read_file("ec.pem", &pem);
    EXPECT_EQ(capsule_signer_identity(pem.bytes, pem.size, digest, &error),
              -EINVAL);
    EXPECT_STR(error.text,
               "certificate: its key is not RSA of 2048 to 4096 bits, a "
               "multiple of 32");
}

/* Nothing is verified: the name is the claim of the signature. */
TEST(a_capsule_names_its_signer_by_digest_and_subject)
{
    struct error error = {""};
    OWNED(buffer_fini) struct buffer bytes = {0};
    OWNED(buffer_fini) struct buffer pem = {0};
    OWNED(buffer_fini) struct buffer subject = {0};
    struct capsule capsule;
    uint8_t digest[32];
    uint8_t expected[32];
    REQUIRE(prepare());
    make_signed("rsa", &bytes);
    REQUIRE(capsule_read(&capsule, bytes.bytes, bytes.size, &error) == 0);
    read_file("rsa.pem", &pem);
    EXPECT_EQ(capsule_signer_identity(pem.bytes, pem.size, expected, &error),
              0);
    EXPECT_EQ(capsule_claimed_signer(&capsule.items[0], digest, &subject), 0);
    EXPECT_BYTES(digest, expected, sizeof(digest));
    EXPECT_STR(buffer_text(&subject), "CN=rsa");
    capsule.items[0].authenticated = false;
    EXPECT_EQ(capsule_claimed_signer(&capsule.items[0], digest, &subject),
              -ENOENT);
    capsule.items[0].authenticated = true;
    capsule.items[0].pkcs7_size /= 2;
    EXPECT_EQ(capsule_claimed_signer(&capsule.items[0], digest, &subject),
              -ENOENT);
}

TEST(only_the_signers_certificate_verifies)
{
    static const struct {
        const char *name;
        int status;
        const char *error;
    } signers[] = {
        {"rsa", 0,       ""           },
        {"ec",  -EINVAL,
         "certificate: its key is not RSA of 2048 to "
         "4096 bits, a multiple of 32"},
    };
    REQUIRE(prepare());
    for (size_t i = 0; i < ARRAY_SIZE(signers); i++) {
        test_case("%s", signers[i].name);
        OWNED(buffer_fini) struct buffer bytes = {0};
        struct capsule capsule;
        struct error error = {""};
        OWNED(free_at) char *certificate = xasprintf("%s.pem", signers[i].name);
        make_signed(signers[i].name, &bytes);
        EXPECT_EQ(capsule_read(&capsule, bytes.bytes, bytes.size, &error), 0);
        EXPECT(capsule.items[0].authenticated);
        EXPECT_EQ(capsule.items[0].monotonic_count, 7);
        EXPECT_EQ(verify(&capsule.items[0], certificate, &error),
                  signers[i].status);
        EXPECT_STR(error.text, signers[i].error);
        EXPECT_EQ(verify(&capsule.items[0], "other.pem", &error), -EACCES);
    }
}

/* The verdict with the signer's certificate; refused if bytes are no capsule.
 */
static void judge(const struct buffer *bytes, const struct buffer *certificate,
                  struct verdict *verdict)
{
    struct capsule capsule;
    struct error error = {""};
    if (capsule_read(&capsule, bytes->bytes, bytes->size, &error) != 0) {
        verdict_add(verdict, VERDICT_REFUSED, "capsule", "%s", error.text);
    } else {
        capsule_judge(&capsule, certificate->bytes, certificate->size, verdict);
    }
}

static size_t count_naming(const struct verdict *verdict, const char *name)
{
    size_t found = 0;
    for (size_t i = 0; i < verdict->count; i++) {
        found += strstr(verdict->checks[i].text, name) != NULL;
    }
    return found;
}

TEST_BEGINS(each_byte_of_a_capsule_is_covered_or_named, bytes)
{
    static const char *const names[] = {"capsule flags", "image type",
                                        "hardware instance"};
    OWNED(buffer_fini) struct buffer certificate = {0};
    struct buffer none = {0};
    struct verdict verdict = {0};
    size_t named = 0;
    REQUIRE(prepare());
    read_file("rsa.pem", &certificate);
    make_signed("rsa", bytes);
    judge(bytes, &none, &verdict);
    EXPECT_EQ(verdict_decide(&verdict), VERDICT_IS_UNDECIDED);
    EXPECT_EQ(count_naming(&verdict, "payload"), 1);
    verdict_fini(&verdict);
    judge(bytes, &certificate, &verdict);
    EXPECT_EQ(verdict_decide(&verdict), VERDICT_IS_TRUSTED);
    EXPECT_EQ(count_naming(&verdict, "payload"), 0);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        test_case("%s", names[i]);
        EXPECT_EQ(count_naming(&verdict, names[i]), 1);
    }
    for (size_t at = 0; at < bytes->size; at++) {
        OWNED(verdict_fini) struct verdict other = {0};
        if (verdict_names_byte(&verdict, at)) {
            named++;
            continue;
        }
        test_case("offset 0x%zx", at);
        bytes->bytes[at] ^= (uint8_t)(1u << at % 8);
        judge(bytes, &certificate, &other);
        EXPECT_EQ(verdict_decide(&other), VERDICT_IS_REFUSED);
        bytes->bytes[at] ^= (uint8_t)(1u << at % 8);
    }
    /* Headers of capsule and firmware management with one offset, of the image,
     * and of the authentication without its count. */
    EXPECT_EQ(named, 28 + 8 + 8 + 48 + 24);
    verdict_fini(&verdict);
}

TEST_BEGINS(a_changed_payload_or_count_does_not_verify, bytes)
{
    REQUIRE(prepare());
    struct capsule capsule;
    struct error error = {""};
    make_signed("rsa", bytes);
    REQUIRE(capsule_read(&capsule, bytes->bytes, bytes->size, &error) == 0);
    size_t count =
        capsule.items[0].offset + sizeof(struct uefi_fmp_image_header);
    size_t payload = bytes->size - capsule.items[0].payload_size;
    const size_t places[] = {count, payload + 8, payload + 12, payload + 16,
                             bytes->size - 1};
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        test_case("offset %zu", places[i]);
        bytes->bytes[places[i]] ^= 0x10;
        EXPECT_EQ(capsule_read(&capsule, bytes->bytes, bytes->size, &error), 0);
        EXPECT_EQ(verify(&capsule.items[0], "rsa.pem", &error), -EACCES);
        bytes->bytes[places[i]] ^= 0x10;
    }
    EXPECT_EQ(verify(&capsule.items[0], "rsa.pem", &error), 0);
}

TEST_BEGINS(a_key_that_cannot_sign_is_told, bytes)
{
    REQUIRE(prepare());
    REQUIRE(
        shell("openssl req -x509 -newkey ed25519 -nodes -keyout ed.key "
              "-out ed.pem -days 1 -subj /CN=ed"));
    struct capsule_pack made = pack();
    struct error error = {""};
    struct capsule_signer *ed = signer("ed");
    made.signer = ed;
    EXPECT(capsule_write(&made, bytes, &error) < 0);
    EXPECT(strstr(error.text, "cannot sign") != NULL);
    capsule_signer_destroy(ed);
}

TEST_BEGINS(an_unsigned_image_does_not_verify, bytes)
{
    REQUIRE(prepare());
    struct capsule_pack made = pack();
    struct capsule capsule;
    struct error error = {""};
    EXPECT_EQ(capsule_write(&made, bytes, &error), 0);
    EXPECT_EQ(capsule_read(&capsule, bytes->bytes, bytes->size, &error), 0);
    EXPECT_EQ(verify(&capsule.items[0], "rsa.pem", &error), -EACCES);
    EXPECT_STR(error.text, "the image is not signed");
}

TEST_BEGINS(every_cut_is_refused_with_its_place, bytes)
{
    REQUIRE(prepare());
    struct capsule capsule;
    make_signed("rsa", bytes);
    for (size_t size = 0; size < bytes->size; size++) {
        struct error error = {""};
        test_case("size %zu", size);
        EXPECT_EQ(capsule_read(&capsule, bytes->bytes, size, &error), -EINVAL);
        EXPECT(strncmp(error.text, "offset 0x", 9) == 0);
        /* The header's own size made to fit, the next length must be seen. */
        OWNED(buffer_fini) struct buffer copy = {0};
        buffer_append(&copy, bytes->bytes, size);
        if (size >= sizeof(struct uefi_capsule_header)) {
            store_le32(copy.bytes + 24, (uint32_t)size);
            EXPECT_EQ(capsule_read(&capsule, copy.bytes, size, NULL), -EINVAL);
        }
    }
}

TEST(fields_out_of_bounds_are_refused_by_name)
{
    static const struct {
        size_t offset;
        uint32_t value;
        const char *text;
    } cases[] = {
        {0,    0,
         "offset 0x0: GUID 00000000-e82d-4c44-bda1-"
         "7194199ad92a is not that of a known capsule"                                },
        {0x10, 4,          "offset 0x10: header size 0x4 is not between 0x1c and 0x83"},
        {0x18, 5,
         "offset 0x18: capsule size 0x5 is not that of the file, 0x83"                },
        {0x1c, 2,          "offset 0x1c: firmware management version 2 is not 1"      },
        {0x20, 0x00010001,
         "offset 0x1c: 1 drivers and 1 payloads; 0 and 1 to 16 are supported"         },
        {0x20, 0,
         "offset 0x1c: 0 drivers and 0 payloads; 0 and 1 to 16 are supported"         },
        {0x24, 8,
         "offset 0x1c: payload 0 at 0x8 is not between the headers and the "
         "end"                                                                        },
        {0x24, 0x80,
         "offset 0x1c: payload 0 at 0x80 is not between the headers and the "
         "end"                                                                        },
        {0x2c, 4,
         "payload 0: offset 0x2c: image header version 4 is not 1, 2 or 3"            },
        {0x44, 0x1000,
         "payload 0: offset 0x2c: image of 4096 and vendor code of 0 bytes "
         "reach past 0x83"                                                            },
        {0x48, 0xffffffff,
         "payload 0: offset 0x2c: image of 39 and vendor code of 4294967295 "
         "bytes reach past 0x83"                                                      },
        {0x54, 2,
         "payload 0: offset 0x2c: image has a dependency expression, which is "
         "not supported"                                                              },
        {0x60, 15,
         "payload 0: offset 0x5c: payload header size 15 is not between 16 and "
         "the payload's 39"                                                           },
    };
    struct capsule_pack made = pack();
    made.versioned = true;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(buffer_fini) struct buffer bytes = {0};
        struct capsule capsule;
        struct error error = {""};
        test_case("%zu", i);
        EXPECT_EQ(capsule_write(&made, &bytes, &error), 0);
        EXPECT_EQ(bytes.size, 0x5c + 16 + sizeof(image));
        store_le32(bytes.bytes + cases[i].offset, cases[i].value);
        EXPECT_EQ(capsule_read(&capsule, bytes.bytes, bytes.size, &error),
                  -EINVAL);
        EXPECT_STR(error.text, cases[i].text);
    }
}

/* ---- Against U-Boot's tool and OpenSSL ----------------------------------- */

static bool has_mkeficapsule(void)
{
    return prepare() && shell("command -v mkeficapsule");
}

static void expect_file(const char *name, const struct buffer *bytes)
{
    OWNED(buffer_fini) struct buffer file = {0};
    read_file(name, &file);
    EXPECT_EQ(bytes->size, file.size);
    if (bytes->size == file.size) {
        EXPECT_BYTES(bytes->bytes, file.bytes, file.size);
    }
}

TEST_BEGINS(unsigned_and_empty_capsules_are_mkeficapsules_bytes, bytes)
{
    if (!has_mkeficapsule()) {
        SKIP("mkeficapsule is not installed (package u-boot-tools)");
    }
    struct capsule_pack made = pack();
    struct error error = {""};
    write_file("image", image, sizeof(image));
    EXPECT(
        shell("mkeficapsule -g %s -i 2 -I 3 image unsigned && "
              "mkeficapsule -A -g %s accept && mkeficapsule -R revert",
              type_text, type_text));
    EXPECT_EQ(capsule_write(&made, bytes, &error), 0);
    expect_file("unsigned", bytes);
    buffer_clear(bytes);
    capsule_write_accept(&made.image_type, bytes);
    expect_file("accept", bytes);
    buffer_clear(bytes);
    capsule_write_revert(bytes);
    expect_file("revert", bytes);
}

/* Its signing time is the host's: that and the signature may differ. */
TEST(a_signed_capsule_has_mkeficapsules_headers_and_length)
{
    if (!has_mkeficapsule()) {
        SKIP("mkeficapsule is not installed (package u-boot-tools)");
    }
    struct capsule_pack made = pack();
    OWNED(buffer_fini) struct buffer ours = {0};
    OWNED(buffer_fini) struct buffer theirs = {0};
    struct capsule capsule;
    struct error error = {""};
    struct capsule_signer *by = signer("rsa");
    made.signer = by;
    write_file("image", image, sizeof(image));
    EXPECT(
        shell("mkeficapsule -g %s -i 2 -I 3 -p rsa.key -c rsa.pem -m 7 "
              "image signed",
              type_text));
    read_file("signed", &theirs);
    EXPECT_EQ(capsule_write(&made, &ours, &error), 0);
    EXPECT_EQ(ours.size, theirs.size);
    enum { HEADERS = 0x7c };
    REQUIRE(ours.size > HEADERS && theirs.size > HEADERS);
    EXPECT_BYTES(ours.bytes, theirs.bytes, HEADERS);
    EXPECT_EQ(capsule_read(&capsule, theirs.bytes, theirs.size, &error), 0);
    EXPECT_EQ(verify(&capsule.items[0], "rsa.pem", &error), 0);
    EXPECT_EQ(verify(&capsule.items[0], "other.pem", &error), -EACCES);
    capsule_signer_destroy(by);
}

TEST_BEGINS(openssl_verifies_our_signature_over_payload_and_count, bytes)
{
    REQUIRE(prepare());
    OWNED(buffer_fini) struct buffer content = {0};
    struct capsule capsule;
    uint8_t count[8];
    make_signed("rsa", bytes);
    REQUIRE(capsule_read(&capsule, bytes->bytes, bytes->size, NULL) == 0);
    const struct capsule_item *item = &capsule.items[0];
    store_le64(count, item->monotonic_count);
    buffer_append(&content, item->payload, item->payload_size);
    write_file("payload", content.bytes, content.size);
    buffer_append(&content, count, sizeof(count));
    write_file("content", content.bytes, content.size);
    write_file("p7", item->pkcs7, item->pkcs7_size);
    EXPECT(
        shell("openssl smime -verify -binary -inform DER -in p7 -content "
              "content -CAfile rsa.pem -purpose any -out /dev/null"));
    EXPECT(
        !shell("openssl smime -verify -binary -inform DER -in p7 -content "
               "payload -CAfile rsa.pem -purpose any -out /dev/null"));
}

TEST(the_same_rsa_input_gives_the_same_bytes)
{
    REQUIRE(prepare());
    OWNED(buffer_fini) struct buffer one = {0};
    OWNED(buffer_fini) struct buffer two = {0};
    make_signed("rsa", &one);
    make_signed("rsa", &two);
    REQUIRE(one.size == two.size);
    EXPECT_BYTES(one.bytes, two.bytes, one.size);
}

TEST_BEGINS(explanations_name_type_version_and_digest, bytes)
{
    struct capsule_pack made = pack();
    OWNED(buffer_fini) struct buffer text = {0};
    struct capsule capsule;
    made.versioned = true;
    made.version = 5;
    EXPECT_EQ(capsule_write(&made, bytes, NULL), 0);
    REQUIRE(capsule_read(&capsule, bytes->bytes, bytes->size, NULL) == 0);
    capsule_print(&capsule, &text);
    EXPECT(strstr(buffer_text(&text), type_text) != NULL);
    EXPECT(strstr(buffer_text(&text), "version            5\n") != NULL);
    EXPECT(strstr(buffer_text(&text), "flags 0x00010000 persist\n") != NULL);
    buffer_clear(&text);
    struct json json;
    json_init(&json, &text);
    json_begin_object(&json, NULL);
    capsule_print_json(&capsule, &json);
    json_end_object(&json);
    EXPECT(strstr(buffer_text(&text), "\"version\":5") != NULL ||
           strstr(buffer_text(&text), "\"version\": 5") != NULL);
}

/* A signature is not of the same length every time: a certificate's serial
 * number is in it. */
static void explain(const struct buffer *bytes, struct buffer *out)
{
    struct capsule capsule;
    struct error error = {""};
    EXPECT_EQ(capsule_read(&capsule, bytes->bytes, bytes->size, &error), 0);
    EXPECT_STR(error.text, "");
    if (capsule.items[0].authenticated) {
        capsule.size = 4321;
        capsule.items[0].pkcs7_size = 1234;
    }
    capsule_print(&capsule, out);
    struct json json;
    json_init(&json, out);
    json_begin_object(&json, NULL);
    capsule_print_json(&capsule, &json);
    json_end_object(&json);
    buffer_print(out, "\n");
}

TEST_BEGINS(explanations_are_as_approved, bytes)
{
    struct capsule_pack made = pack();
    OWNED(buffer_fini) struct buffer text = {0};
    REQUIRE(prepare());
    EXPECT_EQ(capsule_write(&made, bytes, NULL), 0);
    explain(bytes, &text);
    buffer_clear(bytes);
    made.versioned = true;
    made.version = 5;
    made.lowest_supported_version = 3;
    made.flags = UEFI_CAPSULE_PERSIST | UEFI_CAPSULE_POPULATE |
                 UEFI_CAPSULE_RESET | UEFI_CAPSULE_OS_ACCEPTS;
    EXPECT_EQ(capsule_write(&made, bytes, NULL), 0);
    explain(bytes, &text);
    buffer_clear(bytes);
    make_signed("rsa", bytes);
    explain(bytes, &text);
    buffer_clear(bytes);
    capsule_write_accept(&made.image_type, bytes);
    explain(bytes, &text);
    buffer_clear(bytes);
    capsule_write_revert(bytes);
    explain(bytes, &text);
    EXPECT_APPROVED(buffer_text(&text), "capsule.txt");
}
