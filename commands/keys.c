/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn keys`: a directory of keys to sign firmware with, and single keys. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

#include "base/buffer.h"
#include "commands/command.h"
#include "commands/image_key.h"
#include "commands/progress.h"
#include "host/file.h"
#include "trust/keys/idevid_issuer.h"
#include "trust/keys/keys.h"

/* clang-format off */
static const struct option new_options[] = {
    {0, "seed", "TEXT", NULL,
     NEEDS(WITHOUT_VALUE("type", "rsa-2048"),
           WITHOUT_VALUE("type", "rsa-3072")),
     "derive all keys from TEXT: the same text gives the same keys"},
    {0, "type",
     "rsa-2048|rsa-3072|ecdsa-p256|ecdsa-p384|ed25519|x25519|aes-128|aes-256",
     NULL, NULL,
     "make one private key for cairn-pack-mcuboot(1), and write it to FILE"},
    {0, "lms", "COUNT", NULL, NEEDS(WITHOUT("type")),
     "make COUNT real vendor LMS keys (default 1); each takes seconds"},
    {0, "no-owner-lms", NULL, NULL, NEEDS(WITHOUT("type")),
     "make the owner's LMS key filler"},
    {0, "encrypted", NULL, NULL,
     NEEDS(WITH("type"), WITHOUT_VALUE("type", "aes-128"),
           WITHOUT_VALUE("type", "aes-256")),
     "encrypt the private key, with AES-256 by a pass phrase"},
    PASS_PHRASE_OPTION(NULL, NEEDS(WITH("encrypted"))),
};
/* clang-format on */

static void show_progress(void *context, uint32_t done, uint32_t total)
{
    progress_update(context, "LMS tree: %u of %u leaves", done, total);
}

static int new_ring(const struct arguments *arguments)
{
    uint64_t lms_count = 1;
    if (arguments_number(arguments, "lms", &lms_count) != 0) {
        return COMMAND_MISUSED;
    }
    if (lms_count > CALIPTRA_VENDOR_LMS_KEYS) {
        return command_misuse(arguments, "--lms takes 0 to %d, got %llu",
                              CALIPTRA_VENDOR_LMS_KEYS,
                              (unsigned long long)lms_count);
    }
    const char *directory = arguments->operands[0];
    const char *seed = arguments_value(arguments, "seed");
    struct progress progress;
    progress_init(&progress, arguments->err, false);
    struct keys_options options = {
        .seed = seed,
        .seed_size = seed != NULL ? strlen(seed) : 0,
        .vendor_lms_count = (unsigned)lms_count,
        .owner_lms = !arguments_flag(arguments, "no-owner-lms"),
        .progress = show_progress,
        .progress_context = &progress,
    };
    struct key_ring ring;
    struct error error = {""};
    int status = keys_generate(&ring, &options, &error);
    progress_clear(&progress);
    if (status == 0) {
        status = keys_save(&ring, directory, &error);
        keys_fini(&ring);
    }
    if (status != 0) {
        return command_failure(arguments, "%s", error.text);
    }
    fprintf(arguments->out,
            "%s: development keys: 4 vendor ECC, %u vendor LMS (the other %u "
            "are filler), owner ECC%s\n",
            directory, (unsigned)lms_count,
            CALIPTRA_VENDOR_LMS_KEYS - (unsigned)lms_count,
            options.owner_lms ? " and LMS" : "");
    return COMMAND_DONE;
}

/* Replaces a key in PEM by itself, encrypted. An exit code. */
static int encrypt(const struct arguments *arguments, const char *name,
                   struct buffer *file)
{
    struct pass_phrases phrases;
    char text[PASS_PHRASE_MAX];
    size_t size = 0;
    bool is_private = false;
    struct error error = {""};

    pass_phrases_init(&phrases, arguments);
    int result = pass_phrases_new(&phrases, name, text, &size);
    if (result == COMMAND_DONE) {
        EVP_PKEY *key =
            pem_read_key(file->bytes, file->size, NULL, &is_private, &error);
        OPENSSL_cleanse(file->bytes, file->size);
        buffer_clear(file);
        if (!pem_write_key(key, text, size, file)) {
            result = command_failure(arguments, "cannot encrypt '%s'", name);
        }
        EVP_PKEY_free(key);
    }
    OPENSSL_cleanse(text, sizeof(text));
    return result;
}

/* One key of a type, in a file that is not there yet. */
static int new_key(const struct arguments *arguments, const char *name)
{
    const char *path = arguments->operands[0];
    const char *seed = arguments_value(arguments, "seed");
    enum mcuboot_key_type type = MCUBOOT_RSA_2048;
    struct buffer file = {0};
    struct error error = {""};
    uint64_t size;

    if (mcuboot_key_type_parse(name, &type) != 0) {
        return command_misuse(arguments, "--type '%s' is not known", name);
    }
    if (file_size(path, &size, NULL) != -ENOENT) {
        return command_failure(arguments, "'%s' is there already", path);
    }
    int status = mcuboot_key_generate(
        type, seed, seed != NULL ? strlen(seed) : 0, &file, &error);
    int result = status == 0 && arguments_flag(arguments, "encrypted")
                     ? encrypt(arguments, path, &file)
                     : COMMAND_DONE;
    if (status == 0 && result == COMMAND_DONE) {
        status = file_write_private(path, file.bytes, file.size, &error);
    }
    if (file.size != 0) {
        OPENSSL_cleanse(file.bytes, file.size);
    }
    buffer_fini(&file);
    if (status != 0) {
        return command_failure(arguments, "%s", error.text);
    }
    if (result == COMMAND_DONE) {
        fprintf(arguments->out, "%s: a private key, %s%s\n", path, name,
                arguments_flag(arguments, "encrypted") ? ", encrypted" : "");
    }
    return result;
}

static int new_run(struct arguments *arguments)
{
    const char *type = arguments_value(arguments, "type");
    return type != NULL ? new_key(arguments, type) : new_ring(arguments);
}
const struct command command_keys_new = {
    .name = "keys new",
    .purpose = "make a directory of development keys, or one key",
    .operands = "FOLDER|FILE",
    .description =
        "Writes P-384 keys in PEM and LMS keys with their state, as "
        "cairn-pack-caliptra(1) reads them. The directory is marked as one of "
        "development keys, and only its owner can read it.\n\nAn LMS key signs "
        "32768 times and updates its file before each signature, so a copy of "
        "the directory must not be used beside the original.\n\nVendor LMS "
        "keys that are not made are filler: a bundle has 32 key slots, and "
        "those without a key hold a hash.\n\n"
        "With --type one key is made that signs images of MCUboot, or that "
        "these are encrypted for (x25519, aes-128 and aes-256; also rsa-2048 "
        "and ecdsa-p256): PKCS #8 in PEM, and an AES key in base64. Only its "
        "owner can read the file. With --encrypted a pass phrase is needed as "
        "well, by each command that reads the key.",
    OPTIONS(new_options),
    .run = new_run,
};

static int root_run(struct arguments *arguments)
{
    struct idevid_issuer *issuer = idevid_issuer_development();
    struct buffer text = {0};
    idevid_issuer_print(issuer, &text);
    fputs(buffer_text(&text), arguments->out);
    buffer_fini(&text);
    idevid_issuer_destroy(issuer);
    return COMMAND_DONE;
}

const struct command command_keys_root = {
    .name = "keys root",
    .purpose = "print the certificate of the development manufacturer",
    .operands = "",
    .description =
        "Prints in PEM the certificate of the manufacturer that certifies the "
        "IDevID of parts for 'cairn run --quote' unless --idevid-issuer names "
        "another issuer. It is always the same. Its private key is public: "
        "trust it on a bench only.",
    .run = root_run,
};

/* ---- Public keys --------------------------------------------------------- */

static const struct option public_options[] = {
    {0, "format", "c|c-hash|pem|der|hash", NULL, NULL,
     "c: an array in C, as MCUboot has it in its source (default); c-hash: its "
     "SHA-256; pem; der and hash: the array's bytes"},
    PASS_PHRASE_OPTION(NULL, ALWAYS),
};

/* The array's bytes, or their SHA-256. */
static void print_raw(const struct mcuboot_key *key, bool is_hash,
                      struct buffer *out)
{
    uint8_t digest[SHA256_DIGEST_LENGTH];

    mcuboot_key_public(key, out);
    if (is_hash) {
        SHA256(out->bytes, out->size, digest);
        buffer_clear(out);
        buffer_append(out, digest, sizeof(digest));
    }
}

static void print_public(const struct mcuboot_key *key, const char *format,
                         struct buffer *out)
{
    if (strcmp(format, "c") == 0 || strcmp(format, "c-hash") == 0) {
        mcuboot_key_print_c(key, strcmp(format, "c-hash") == 0, out);
    } else if (strcmp(format, "pem") == 0) {
        mcuboot_key_public_pem(key, out);
    } else {
        print_raw(key, strcmp(format, "hash") == 0, out);
    }
}

static int public_run(struct arguments *arguments)
{
    const char *format = arguments_value(arguments, "format");
    const char *path = arguments->operands[0];
    struct mcuboot_key *key;
    struct buffer out = {0};
    struct pass_phrases phrases;
    pass_phrases_init(&phrases, arguments);
    int result = image_key_read(&phrases, path, &key);

    result = result ? result : pass_phrases_end(&phrases);
    if (result == COMMAND_DONE && key->pkey == NULL) {
        result = command_failure(arguments,
                                 "'%s': a key of type %s has no public part",
                                 path, mcuboot_key_name(key->type));
    } else if (result == COMMAND_DONE) {
        print_public(key, format != NULL ? format : "c", &out);
        fwrite(out.bytes, 1, out.size, arguments->out);
    }
    buffer_fini(&out);
    mcuboot_key_destroy(key);
    return result;
}

const struct command command_keys_public = {
    .name = "keys public",
    .purpose = "print the public part of a key of images",
    .operands = "FILE",
    .description =
        "Prints the public key of a file in PEM, private or public, as "
        "MCUboot's boot loader compiles it in: PKCS #1 of RSA keys, "
        "SubjectPublicKeyInfo of others. Images signed with P-256, RSA or "
        "Ed25519 name their signer by the hash that --format hash gives, those "
        "with P-384 by SHA-384 of the same bytes.",
    OPTIONS(public_options),
    .run = public_run,
};
