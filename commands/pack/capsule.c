/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn pack capsule`: an image to a UEFI firmware update capsule. */
#include <openssl/crypto.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "commands/claims.h"
#include "commands/pass_phrase.h"
#include "host/file.h"
#include "trust/capsule/capsule.h"
#include "trust/capsule/guid.h"

/* clang-format off */
static const struct option options[] = {
    {0, "guid", "GUID", NULL, NEEDS(WITHOUT("revert")),
     "image type, as listed in the platform's ESRT"},
    {0, "index", "NUMBER", NULL, NEEDS(WITHOUT("accept"), WITHOUT("revert")),
     "image index, from 1 (default 1)"},
    {0, "instance", "NUMBER", NULL, NEEDS(WITHOUT("accept"),WITHOUT("revert")),
     "hardware instance (default 0: any)"},
    {0, "version", "NUMBER", NULL, NEEDS(WITHOUT("accept"),WITHOUT("revert")),
     "put this version in a header before the image"},
    {0, "lowest-version", "NUMBER", NULL,
     NEEDS(WITH("version"),WITHOUT("accept"),WITHOUT("revert")),
     "security floor once the image is accepted (default 0)"},
    {0, "os-accepts", NULL, NULL, NEEDS(WITHOUT("accept"),WITHOUT("revert")),
     "start a trial that an accept capsule ends"},
    {0, "accept", NULL, "Empty", NEEDS(WITHOUT("revert")),
     "no image: accept the image of type --guid"},
    {0, "revert", NULL, "Empty", NEEDS(WITHOUT("accept")),
     "no image: revert to the previous bank"},
    {0, "key", "FILE", "Signing",
     NEEDS(WITH("certificate"),WITHOUT("accept"),WITHOUT("revert")),
     "private key, PEM: RSA or EC"},
    {0, "certificate", "FILE", "Signing",
     NEEDS(WITH("key"),WITHOUT("accept"), WITHOUT("revert")),
     "certificate of that key, PEM or DER"},
    PASS_PHRASE_OPTION("Signing", NEEDS(WITH("key"))),
    {0, "count", "NUMBER", "Signing",
     NEEDS(WITHOUT("accept"), WITHOUT("revert")),
     "monotonic count, covered by the signature (default 0)"},
    {0, "time", "SECONDS", "Signing", NEEDS(WITH("key")),
     "signing time in seconds since 1970 (default: SOURCE_DATE_EPOCH, or 0, "
     "so that the same input gives the same bytes)"},
    {'o', "out", "FILE", "Results", NULL,
     "write the capsule to FILE"},
};
/* clang-format on */

struct job {
    struct arguments *arguments;
    struct capsule_pack pack;
    struct capsule_signer *signer;
    struct buffer image;
    struct buffer capsule;
};

enum { IMAGE_LIMIT = 1 << 30, KEY_LIMIT = 1 << 20 };

static int number(const struct job *job, const char *name, uint64_t limit,
                  uint64_t *value)
{
    int status = arguments_number(job->arguments, name, value);
    if (status == 0 && *value > limit) {
        status = command_misuse(job->arguments, "--%s %s is above %llu", name,
                                arguments_value(job->arguments, name),
                                (unsigned long long)limit);
    }
    return status;
}

static int read_numbers(struct job *job)
{
    uint64_t index = 1;
    uint64_t version = 0;
    uint64_t lowest = 0;
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    uint64_t time = 0;
    if (epoch != NULL && !number_parse(epoch, &time)) {
        return command_misuse(job->arguments,
                              "SOURCE_DATE_EPOCH '%s' is no number", epoch);
    }
    int status = number(job, "index", UINT8_MAX, &index);
    if (status == 0) {
        status =
            number(job, "instance", UINT64_MAX, &job->pack.hardware_instance);
    }
    if (status == 0) {
        status = number(job, "version", UINT32_MAX, &version);
    }
    if (status == 0) {
        status = number(job, "lowest-version", UINT32_MAX, &lowest);
    }
    if (status == 0) {
        status = number(job, "count", UINT64_MAX, &job->pack.monotonic_count);
    }
    if (status == 0) {
        status = number(job, "time", INT32_MAX, &time);
    }
    job->pack.image_index = (uint8_t)index;
    job->pack.versioned = arguments_value(job->arguments, "version") != NULL;
    job->pack.version = (uint32_t)version;
    job->pack.lowest_supported_version = (uint32_t)lowest;
    job->pack.signing_time = (int64_t)time;
    return status;
}

static int read_signer(struct job *job)
{
    const char *key_path = arguments_value(job->arguments, "key");
    const char *path = arguments_value(job->arguments, "certificate");
    if (key_path == NULL) {
        return 0;
    }
    struct buffer key = {0};
    struct buffer certificate = {0};
    struct error error = {""};
    struct pass_phrases phrases;
    pass_phrases_init(&phrases, job->arguments);
    const struct pass_phrase from = pass_phrase_named(&phrases.from, key_path);
    if (file_read(key_path, KEY_LIMIT, &key, &error) == 0 &&
        file_read(path, KEY_LIMIT, &certificate, &error) == 0) {
        job->signer =
            capsule_signer_create(key.bytes, key.size, certificate.bytes,
                                  certificate.size, &from, &error);
    }
    if (key.size != 0) {
        OPENSSL_cleanse(key.bytes, key.size);
    }
    buffer_fini(&key);
    buffer_fini(&certificate);
    job->pack.signer = job->signer;
    return job->signer != NULL
               ? pass_phrases_end(&phrases)
               : command_failure(job->arguments, "%s", error.text);
}

static int make_firmware(struct job *job)
{
    struct error error = {""};
    if (job->arguments->operand_count != 1) {
        return command_misuse(job->arguments, "one image is needed");
    }
    int status = read_numbers(job);
    if (status == 0) {
        status = read_signer(job);
    }
    if (status != 0) {
        return status;
    }
    job->pack.flags =
        UEFI_CAPSULE_PERSIST |
        (arguments_flag(job->arguments, "os-accepts") ? UEFI_CAPSULE_OS_ACCEPTS
                                                      : 0u);
    if (file_read(job->arguments->operands[0], IMAGE_LIMIT, &job->image,
                  &error) == 0) {
        job->pack.image = job->image.bytes;
        job->pack.image_size = job->image.size;
        if (capsule_write(&job->pack, &job->capsule, &error) == 0) {
            return 0;
        }
    }
    return command_failure(job->arguments, "%s", error.text);
}

static int make(struct job *job)
{
    const char *guid = arguments_value(job->arguments, "guid");
    bool accept = arguments_flag(job->arguments, "accept");
    bool revert = arguments_flag(job->arguments, "revert");
    if ((accept || revert) && job->arguments->operand_count != 0) {
        return command_misuse(job->arguments,
                              "'%s': an empty capsule has no "
                              "image",
                              job->arguments->operands[0]);
    }
    if (revert) {
        capsule_write_revert(&job->capsule);
        return 0;
    }
    if (guid == NULL) {
        return command_misuse(job->arguments, "--guid GUID is missing");
    }
    if (guid_parse(guid, &job->pack.image_type) != 0) {
        return command_misuse(job->arguments,
                              "--guid '%s': expected a GUID as "
                              "09d7cf52-0720-4710-91d1-08469b7fe9c8",
                              guid);
    }
    if (accept) {
        capsule_write_accept(&job->pack.image_type, &job->capsule);
        return 0;
    }
    return make_firmware(job);
}

static int run(struct arguments *arguments)
{
    struct job job = {.arguments = arguments};
    const char *path = arguments_value(arguments, "out");
    static const char *const outputs[] = {"out", NULL};
    struct file_claims claims = {0};
    int status = path == NULL
                     ? command_misuse(arguments, "--out FILE is missing")
                     : claims_check(arguments, outputs, &claims);
    status = status ? status : make(&job);
    if (status == 0) {
        struct error error = {""};
        if (file_write(path, job.capsule.bytes, job.capsule.size, &error) !=
            0) {
            status = command_failure(arguments, "%s", error.text);
        } else {
            fprintf(arguments->out, "%s: %zu bytes%s\n", path, job.capsule.size,
                    job.signer != NULL ? ", signed" : "");
        }
    }
    capsule_signer_destroy(job.signer);
    buffer_fini(&job.image);
    buffer_fini(&job.capsule);
    return status;
}

const struct command command_pack_capsule = {
    .name = "pack capsule",
    .purpose = "pack and sign a UEFI firmware update capsule",
    .operands = "[IMAGE]",
    .description =
        "Puts an image into a capsule of the firmware management protocol, "
        "signed with PKCS #7 and SHA-256 when a key is given. U-Boot and EDK2 "
        "accept it as a file on disk. The signature covers image, version "
        "header and count.\n\nAn update agent refuses a version below the "
        "floor of the part; the floor rises to --lowest-version once the image "
        "is accepted. --accept and --revert make the empty capsules that end "
        "a trial.\n\nCapsules signed with RSA are the same bytes for the same "
        "input; ECDSA signatures differ each time.",
    OPTIONS(options),
    .run = run,
};
