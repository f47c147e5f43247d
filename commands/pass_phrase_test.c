/* SPDX-License-Identifier: Apache-2.0 */
/* Encrypted private keys in each command that takes some. */
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/pem.h"
#include "host/file.h"
#include "tests/capsule_signer.h"
#include "tests/command_folder.h"

static const char phrase[] = "open sesame";
static const char recipe[] =
    "keys: keys\ncaliptra: {fmc: program, runtime: program}\nimages:\n"
    "- {name: monitor, file: program, load: 0xe000000, secure: true, "
    "starts: true}\n";

static EVP_PKEY *read_key(const char *name)
{
    char *path = xasprintf("%s/%s", folder, name);
    struct buffer file = {0};
    bool is_private = false;
    EXPECT_EQ(file_read(path, 1 << 16, &file, NULL), 0);
    EVP_PKEY *key =
        pem_read_key(file.bytes, file.size, NULL, &is_private, NULL);
    buffer_fini(&file);
    free(path);
    return key;
}

/* A key's file again, encrypted. */
static void encrypt(const char *name, const char *encrypted)
{
    OWNED(buffer_fini) struct buffer file = {0};
    EVP_PKEY *key = read_key(name);
    EXPECT(pem_write_key(key, phrase, strlen(phrase), &file));
    write_input(encrypted, file.bytes, file.size);
    EVP_PKEY_free(key);
}

static void prepare_capsule(void)
{
    struct test_signer signer;
    expect("keys new --type rsa-2048 @/rsa", 0, "a private key, rsa-2048\n",
           "");
    EVP_PKEY *key = read_key("rsa");
    test_signer_make(&signer, key);
    write_input("certificate", signer.der, signer.der_size);
    capsule_signer_destroy(signer.signer);
    EVP_PKEY_free(key);
    encrypt("rsa", "rsa.enc");
}

/* The terminal of who runs the tests is not asked. */
static bool prepare(void)
{
    static bool made;
    unsetenv("CAIRN_PASSWORD");
    if (!made && make_folder()) {
        int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
        EXPECT_EQ(dup2(nothing, STDIN_FILENO), STDIN_FILENO);
        close(nothing);
        made = true;
        write_input("right", "open sesame\r\nanother line\n", 26);
        write_input("wrong", "sesame\n", 7);
        write_input("empty", "", 0);
        write_input("blank", "\n", 1);
        write_input("program", "a program of 24 bytes...", 24);
        expect(
            "keys new --seed a --type ed25519 --encrypted --password-file "
            "@/right @/sign",
            0, "sign: a private key, ed25519, encrypted\n", "");
        expect("keys new --seed a --type ed25519 @/plain", 0, "ed25519\n", "");
        expect("keys new --seed a --type x25519 @/device", 0, "x25519", "");
        encrypt("device", "device.enc");
        expect(
            "pack mcuboot @/program -o @/image --key @/plain --encrypt "
            "@/device",
            0, "signed", "");
        expect("keys new @/keys --lms 0 --no-owner-lms --seed a", 0, "", "");
        encrypt("keys/owner-ecc.pem", "keys/owner-ecc.pem");
        encrypt("keys/vendor-ecc-3.pem", "keys/vendor-ecc-3.pem");
        write_input("recipe", recipe, strlen(recipe));
        prepare_capsule();
    }
    return made;
}

static const struct {
    const char *line; /* that is done with the pass phrase */
    const char *key;
} rows[] = {
    {"keys public @/sign",                                                   "sign"      },
    {"pack mcuboot @/program -o @/out --key @/sign",                         "sign"      },
    {"pack mcuboot @/program -o @/out --fix-sig-pubkey @/sign --vector-to-sign "
     "digest",                                                          "sign"      },
    {"pack mcuboot @/program -o @/out --key @/plain --encrypt @/device.enc",
     "device.enc"                                                                        },
    {"inspect @/image --verify --key @/sign --decrypt @/device",             "sign"      },
    {"inspect @/image --verify --key @/plain --decrypt @/device.enc",
     "device.enc"                                                                        },
    {"pack capsule @/program --guid 09d7cf52-0720-4710-91d1-08469b7fe9c8 --key "
     "@/rsa.enc --certificate @/certificate -o @/out",                  "rsa.enc"   },
    {"pack caliptra --fmc @/program --runtime @/program --keys @/keys --no-lms "
     "--out @/out",                                                     "vendor-ecc"},
    {"pack flash @/recipe --quiet --out @/out",                              "vendor-ecc"},
};

TEST(an_encrypted_key_needs_its_pass_phrase)
{
    REQUIRE(prepare());
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *right = xasprintf("%s --password-file @/right", rows[i].line);
        char *wrong = xasprintf("%s --password-file @/wrong", rows[i].line);
        expect(right, 0, "", "");
        expect(wrong, 1, "", "the pass phrase does not decrypt it (");
        expect(rows[i].line, 1, "",
               "': a pass phrase is needed, and there is no terminal to ask: "
               "give --password-file FILE or CAIRN_PASSWORD in the "
               "environment\n");
        expect(rows[i].line, 1, "", rows[i].key);
        setenv("CAIRN_PASSWORD", phrase, 1);
        expect(rows[i].line, 0, "", "");
        setenv("CAIRN_PASSWORD", "", 1);
        expect(rows[i].line, 1, "", "the pass phrase does not decrypt it (");
        unsetenv("CAIRN_PASSWORD");
        free(right);
        free(wrong);
    }
}

TEST(a_file_without_a_pass_phrase_or_a_key_for_it_is_told)
{
    REQUIRE(prepare());
    expect("keys public @/sign --password-file @/empty", 1, "",
           "empty': no pass phrase in it");
    expect("keys public @/sign --password-file @/none", 1, "", "No such file");
    expect("keys public @/sign --password-file @/blank", 1, "",
           "does not decrypt it");
    expect("keys public @/plain --password-file @/right", 2, "",
           "right': no key is encrypted");
    expect(
        "pack capsule @/program --guid 09d7cf52-0720-4710-91d1-08469b7fe9c8 "
        "--key @/rsa --certificate @/certificate -o @/out --password-file "
        "@/right",
        2, "", "right': no key is encrypted");
    expect("keys new --type ed25519 --encrypted --password-file @/blank @/new",
           1, "", "the pass phrase is empty");
    expect("keys new --type ed25519 --password-file @/right @/new", 2, "",
           "without --encrypted");
    expect("keys new --type aes-128 --encrypted @/new", 2, "", "--encrypted");
    expect("keys new --encrypted @/new", 2, "", "without --type");
}

TEST(a_pass_phrase_is_the_first_line_of_a_file)
{
    enum { FILE_LIMIT = 1 << 16 };
    static char large[FILE_LIMIT + 1];
    REQUIRE(prepare());
    write_input("bare", "open sesame", 11);
    expect("keys public @/sign --password-file @/bare", 0, "", "");
    write_input("nul", "open\0sesame\n", 12);
    expect("keys public @/sign --password-file @/nul", 1, "",
           "nul': pass phrase with a NUL as byte 5");
    write_input("behind", "open sesame\n\0", 13);
    expect("keys public @/sign --password-file @/behind", 0, "", "");
    memset(large, 'x', sizeof(large));
    write_input("large", large, PASS_PHRASE_MAX + 1);
    expect("keys public @/sign --password-file @/large", 1, "",
           "large': pass phrase of 1025 bytes, at most 1024");
    write_input("longest", large, PASS_PHRASE_MAX);
    expect(
        "keys new --type ed25519 --encrypted --password-file @/longest @/long",
        0, "encrypted", "");
    expect("keys public @/long --password-file @/longest", 0, "", "");
    large[0] = '\n';
    write_input("file", large, FILE_LIMIT);
    expect("keys public @/sign --password-file @/file", 1, "",
           "does not decrypt it");
    write_input("file", large, FILE_LIMIT + 1);
    expect("keys public @/sign --password-file @/file", 1, "",
           "file': more than the limit of 65536 bytes");
}

/* tests/chain/quote-test.sh looks at the evidence of such a run. */
TEST(an_issuer_of_a_run_may_have_one)
{
    struct test_signer signer;
    OWNED(buffer_fini) struct buffer file = {0};
    char *text = NULL;
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
    REQUIRE(prepare());
    test_signer_make(&signer, key);
    const unsigned char *der = signer.der;
    X509 *certificate = d2i_X509(NULL, &der, (long)signer.der_size);
    BIO *bio = BIO_new(BIO_s_mem());
    EXPECT_EQ(PEM_write_bio_X509(bio, certificate), 1);
    EXPECT(pem_write_key(key, phrase, strlen(phrase), &file));
    long size = BIO_get_mem_data(bio, &text);
    buffer_append(&file, text, (size_t)size);
    write_input("issuer", file.bytes, file.size);
    expect("run --quote @/q --idevid-issuer @/issuer", 1, "",
           "issuer': a pass phrase is needed");
    expect("run --quote @/q --idevid-issuer @/issuer --password-file @/wrong",
           1, "", "issuer': the private key is encrypted, and the pass phrase");
    BIO_free(bio);
    X509_free(certificate);
    EVP_PKEY_free(key);
    capsule_signer_destroy(signer.signer);
}

/* A verifier needs no secret, and is told so. */
TEST(a_token_is_verified_by_a_public_key)
{
    REQUIRE(prepare());
    expect(
        "keys new --type ecdsa-p256 --encrypted --password-file @/right "
        "@/attest",
        0, "encrypted", "");
    expect("verify-token @/program --key @/attest", 2, "",
           "attest': the private key is encrypted, and its public half "
           "suffices, which 'openssl pkey -pubout' prints");
}
