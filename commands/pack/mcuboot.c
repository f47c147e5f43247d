/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn pack mcuboot`: a program to a signed image of MCUboot. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "commands/claims.h"
#include "commands/command.h"
#include "commands/image_key.h"
#include "commands/pack/mcuboot_custom.h"
#include "commands/pack/mcuboot_payload.h"
#include "host/file.h"
#include "trust/mcuboot/write.h"

static const struct option options[] = {
#include "commands/pack/mcuboot_options.def"
};

enum {
    IMAGE_LIMIT = 64 << 20,
    HEADER_DEFAULT = 0x200,
    SIGNATURE_LIMIT = 1 << 16
};

struct job {
    struct arguments *arguments;
    struct mcuboot_pack pack;
    struct mcuboot_key *key;
    struct mcuboot_key *recipient;
    struct buffer signature; /* of --fix-sig */
    struct mcuboot_payload payload;
    uint8_t vendor[MCUBOOT_UUID_SIZE];
    uint8_t class[MCUBOOT_UUID_SIZE];
    struct buffer custom; /* the values of --custom-tlv */
    struct buffer image;
};

/* ---- What the options say ------------------------------------------------ */

/* One of the values that the table lists. */
static unsigned choice(const struct job *job, const char *name, unsigned other)
{
    uint64_t value = other;
    return arguments_number(job->arguments, name, &value) == 0 ? (unsigned)value
                                                               : other;
}

static int read_version(const struct job *job, const char *name,
                        const char *text, struct mcuboot_version *version)
{
    return mcuboot_version_parse(text, version) == 0
               ? COMMAND_DONE
               : command_misuse(job->arguments,
                                "--%s: '%s' is no version as 1.2.3+4", name,
                                text);
}

static int read_header(struct job *job)
{
    struct mcuboot_pack *pack = &job->pack;
    const struct arguments *arguments = job->arguments;
    const char *version = arguments_value(arguments, "version");
    const char *endian = arguments_value(arguments, "endian");
    bool fixed = arguments_value(arguments, "rom-fixed") != NULL;
    bool loaded = arguments_value(arguments, "load-address") != NULL;
    uint64_t header = HEADER_DEFAULT;
    uint64_t address = 0;
    int status = version != NULL
                     ? read_version(job, "version", version, &pack->version)
                     : COMMAND_DONE;

    if (status == COMMAND_DONE && endian != NULL &&
        strcmp(endian, "big") == 0) {
        status = command_misuse(
            arguments,
            "--endian big: MCUboot's fields are little-endian on "
            "each target, and neither it nor imgtool verifies the "
            "images that 'imgtool -e big' writes");
    }
    status = status ? status
                    : arguments_number_from(arguments, "header-size",
                                            sizeof(struct mcuboot_header),
                                            UINT16_MAX, &header);
    status = status
                 ? status
                 : arguments_number_from(arguments,
                                         fixed ? "rom-fixed" : "load-address",
                                         0, UINT32_MAX, &address);
    pack->header_size = (uint32_t)header;
    pack->load_address = (uint32_t)address;
    pack->flags =
        (fixed    ? (uint32_t)MCUBOOT_ROM_FIXED
         : loaded ? (uint32_t)MCUBOOT_RAM_LOAD
                  : 0u) |
        (arguments_flag(arguments, "non-bootable") ? MCUBOOT_NON_BOOTABLE : 0u);
    return status;
}

/* From the version as imgtool does: minor and revision overlap where a minor
 * version is above what 16 bits leave of it. */
static uint32_t counter_of(const struct mcuboot_version *version)
{
    return ((uint32_t)version->major << 24) + ((uint32_t)version->minor << 16) +
           version->revision;
}

static int read_counter(struct job *job)
{
    const char *text = arguments_value(job->arguments, "security-counter");
    uint64_t counter = 0;

    if (text == NULL) {
        return COMMAND_DONE;
    }
    job->pack.has_counter = true;
    if (strcmp(text, "auto") == 0) {
        job->pack.counter = counter_of(&job->pack.version);
        return COMMAND_DONE;
    }
    int status = arguments_number_from(job->arguments, "security-counter", 0,
                                       UINT32_MAX, &counter);
    job->pack.counter = (uint32_t)counter;
    return status;
}

static int read_dependency(struct job *job, const char *text)
{
    struct mcuboot_pack *pack = &job->pack;
    const char *sign = strchr(text, '=');
    uint64_t number = 0;

    if (pack->dependency_count == MCUBOOT_DEPENDENCIES_MAX) {
        return command_misuse(job->arguments, "more than %d --dependency",
                              MCUBOOT_DEPENDENCIES_MAX);
    }
    char *image = strndup(text, sign != NULL ? (size_t)(sign - text) : 0);
    bool good = number_parse(image, &number) && number <= UINT8_MAX;
    free(image);
    if (!good) {
        return command_misuse(job->arguments,
                              "--dependency: '%s' is not IMAGE=VERSION, IMAGE "
                              "from 0 to %d",
                              text, UINT8_MAX);
    }
    struct mcuboot_dependency *dependency =
        &pack->dependencies[pack->dependency_count++];
    dependency->image = (uint8_t)number;
    return read_version(job, "dependency", sign + 1, &dependency->least);
}

static int read_dependencies(struct job *job)
{
    size_t count = arguments_count(job->arguments, "dependency");
    int status = COMMAND_DONE;

    for (size_t i = 0; status == COMMAND_DONE && i < count; i++) {
        status = read_dependency(
            job, arguments_nth(job->arguments, "dependency", i));
    }
    return status;
}

static int read_uuids(struct job *job)
{
    const char *vendor = arguments_value(job->arguments, "vendor");
    const char *class = arguments_value(job->arguments, "class");
    struct mcuboot_pack *pack = &job->pack;

    if (vendor != NULL) {
        if (!mcuboot_uuid_parse(vendor, NULL, job->vendor)) {
            return command_misuse(job->arguments, "--vendor is empty");
        }
        pack->vendor_uuid = job->vendor;
    }
    if (class != NULL) {
        bool is_name = false;
        if (!mcuboot_uuid_parse(class, pack->vendor_uuid, job->class)) {
            return command_misuse(job->arguments, "--class is empty");
        }
        is_name = strspn(class, "0123456789abcdefABCDEF-") != strlen(class);
        if (is_name && vendor == NULL) {
            return command_misuse(job->arguments,
                                  "--class '%s' is a name of --vendor, which "
                                  "is missing",
                                  class);
        }
        pack->class_uuid = job->class;
    }
    return COMMAND_DONE;
}

/* Zephyr's build gives these with --overwrite-only too, and imgtool then takes
 * no notice of them. */
static void note_ignored(const struct arguments *arguments)
{
    static const struct {
        const char *name;
        const char *why;
    } rows[] = {
        {"max-sectors", "the trailer has no state of sectors"},
        {"confirm",     "the slot is padded without its mark"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (arguments_count(arguments, rows[i].name) != 0) {
            command_note(arguments, "--%s with --overwrite-only: %s",
                         rows[i].name, rows[i].why);
        }
    }
}

static int read_slot(struct job *job)
{
    enum { SECTORS_DEFAULT = 128, SECTORS_MAX = 1 << 20, ALIGN_DEFAULT = 8 };
    const struct arguments *arguments = job->arguments;
    struct mcuboot_slot *slot = &job->pack.slot;
    uint64_t size = 0;
    uint64_t sectors = SECTORS_DEFAULT;
    int status =
        arguments_number_from(arguments, "slot-size", 1, IMAGE_LIMIT, &size);

    status = status ? status
                    : arguments_number_from(arguments, "max-sectors", 1,
                                            SECTORS_MAX, &sectors);
    slot->size = (size_t)size;
    slot->sectors_max = (unsigned)sectors;
    slot->write_size = choice(job, "align", 1);
    unsigned least =
        slot->write_size > ALIGN_DEFAULT ? slot->write_size : ALIGN_DEFAULT;
    slot->alignment = choice(job, "max-align", least);
    slot->overwrites = arguments_flag(arguments, "overwrite-only");
    slot->erased = (uint8_t)choice(job, "erased", UINT8_MAX);
    if (status == 0 && slot->overwrites) {
        note_ignored(arguments);
    }
    job->pack.is_confirmed = arguments_flag(arguments, "confirm");
    job->pack.is_padded =
        job->pack.is_confirmed || arguments_flag(arguments, "pad");
    job->pack.saves_tlvs = arguments_flag(arguments, "save-keys");
    if (status == 0 && slot->alignment < least) {
        status = command_misuse(arguments, "--max-align %u is below --align %u",
                                slot->alignment, slot->write_size);
    }
    return status;
}

/* Reads the signature of a signer elsewhere, or the choice of its vector. */
static int read_signing(struct job *job)
{
    const struct arguments *arguments = job->arguments;
    const char *vector = arguments_value(arguments, "vector-to-sign");
    const char *path = arguments_value(arguments, "fix-sig");
    struct mcuboot_pack *pack = &job->pack;
    struct buffer file = {0};
    struct error error = {""};

    if (vector != NULL) {
        pack->made = strcmp(vector, "payload") == 0 ? MCUBOOT_MADE_PAYLOAD
                                                    : MCUBOOT_MADE_DIGEST;
    }
    if (vector != NULL && pack->boot_record != NULL && pack->key == NULL) {
        return command_misuse(arguments,
                              "--boot-record names the signer: with "
                              "--vector-to-sign it needs --fix-sig-pubkey");
    }
    if (path == NULL) {
        return COMMAND_DONE;
    }
    if (file_read(path, SIGNATURE_LIMIT, &file, &error) != 0) {
        return command_failure(arguments, "%s", error.text);
    }
    mcuboot_signature_read(file.bytes, file.size, &job->signature);
    buffer_append(&job->signature, "", 1); /* so that an empty one is there */
    pack->signature = job->signature.bytes;
    pack->signature_size = job->signature.size - 1;
    buffer_fini(&file);
    return COMMAND_DONE;
}

static int read_keys(struct job *job)
{
    const struct arguments *arguments = job->arguments;
    struct mcuboot_pack *pack = &job->pack;
    const char *path = arguments_value(arguments, "key");
    const char *public_path = arguments_value(arguments, "fix-sig-pubkey");
    struct pass_phrases phrases;

    pass_phrases_init(&phrases, arguments);
    int status =
        image_key_read(&phrases, path != NULL ? path : public_path, &job->key);
    status =
        status ? status
               : image_key_read(&phrases, arguments_value(arguments, "encrypt"),
                                &job->recipient);
    status = status ? status : pass_phrases_end(&phrases);
    pack->key = job->key;
    pack->recipient = job->recipient;
    pack->hash_bits = choice(job, "hash", 0);
    pack->is_pure = arguments_flag(arguments, "pure");
    pack->has_full_key = arguments_flag(arguments, "full-key");
    pack->is_clear = arguments_flag(arguments, "clear");
    pack->with_sha512 = arguments_flag(arguments, "sha512");
    pack->aes_bits =
        choice(job, "aes",
               job->recipient != NULL && job->recipient->type == MCUBOOT_AES_256
                   ? 256
                   : 128);
    return status;
}

/* ---- The payload --------------------------------------------------------- */

/* Where the header goes: before the payload, or into its start. */
static int place_header(struct job *job, const char *path)
{
    struct mcuboot_pack *pack = &job->pack;
    size_t header = pack->header_size;

    pack->payload = job->payload.bytes.bytes;
    pack->payload_size = job->payload.bytes.size;
    pack->header_fill = pack->slot.erased;
    if (!arguments_flag(job->arguments, "header-included")) {
        return job->payload.own == 0
                   ? COMMAND_DONE
                   : command_failure(job->arguments,
                                     "'%s' starts with room for a header, "
                                     "in which the ELF file's own are: "
                                     "give --header-included",
                                     path);
    }
    if (job->payload.bytes.size < header ||
        !all_bytes(job->payload.bytes.bytes, header, 0)) {
        return command_failure(job->arguments,
                               "'%s' does not start with 0x%zx zeros for the "
                               "header",
                               path, header);
    }
    pack->payload = job->payload.bytes.bytes + header;
    pack->payload_size -= header;
    pack->header_fill = 0;
    return COMMAND_DONE;
}

static int read_payload(struct job *job)
{
    const char *path = job->arguments->operands[0];
    int status =
        mcuboot_payload_read(job->arguments, path, IMAGE_LIMIT, &job->payload);

    return status ? status : place_header(job, path);
}

/* ---- The command --------------------------------------------------------- */

static int make(struct job *job)
{
    struct error error = {""};
    int status = read_header(job);

    job->pack.boot_record = arguments_value(job->arguments, "boot-record");
    status = status ? status : read_counter(job);
    status = status ? status : read_dependencies(job);
    status = status ? status : read_uuids(job);
    status =
        status ? status
               : mcuboot_custom_read(job->arguments, &job->pack, &job->custom);
    status = status ? status : read_slot(job);
    status = status ? status : read_keys(job);
    status = status ? status : read_signing(job);
    status = status ? status : read_payload(job);
    if (status == 0 && mcuboot_write(&job->pack, &job->image, &error) != 0) {
        status = command_failure(job->arguments, "%s", error.text);
    }
    return status;
}

static bool is_hex(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot != NULL && strcasecmp(dot, ".hex") == 0;
}

static int store(const struct job *job, const char *path)
{
    struct error error = {""};
    char version[MCUBOOT_VERSION_TEXT];
    bool is_vector = job->pack.made != MCUBOOT_MADE_IMAGE;
    struct buffer hex = {0};
    int status =
        is_hex(path)
            ? mcuboot_image_to_hex(job->arguments, &job->payload,
                                   job->pack.header_size, &job->image, &hex)
            : COMMAND_DONE;
    const struct buffer *file = is_hex(path) ? &hex : &job->image;

    if (status == 0 && file_write(path, file->bytes, file->size, &error) != 0) {
        status = command_failure(job->arguments, "%s", error.text);
    }
    buffer_fini(&hex);
    if (status != COMMAND_DONE) {
        return status;
    }
    mcuboot_version_print(&job->pack.version, version);
    fprintf(job->arguments->out, "%s: %zu bytes%s, version %s, ", path,
            job->image.size, is_vector ? " to sign" : "", version);
    if (is_vector || job->key == NULL) {
        fputs("not signed", job->arguments->out);
    } else {
        fprintf(job->arguments->out, "signed%s (%s)",
                job->pack.signature != NULL ? " elsewhere" : "",
                mcuboot_key_name(job->key->type));
    }
    if (!is_vector && job->recipient != NULL) {
        fprintf(job->arguments->out, ", encrypted (%s)",
                mcuboot_key_name(job->recipient->type));
    }
    fputs("\n", job->arguments->out);
    return COMMAND_DONE;
}

static int run(struct arguments *arguments)
{
    static const char *const outputs[] = {"out", NULL};
    struct job job = {.arguments = arguments};
    const char *path = arguments_value(arguments, "out");
    struct file_claims claims = {0};
    int status = path == NULL
                     ? command_misuse(arguments, "--out FILE is missing")
                     : claims_check(arguments, outputs, &claims);

    if (status == COMMAND_DONE && path != NULL && !is_hex(path) &&
        arguments_value(arguments, "hex-addr") != NULL) {
        status = command_misuse(arguments,
                                "--hex-addr: '%s' does not end in .hex", path);
    }
    status = status ? status : make(&job);
    status = status ? status : store(&job, path);
    mcuboot_key_destroy(job.key);
    mcuboot_key_destroy(job.recipient);
    buffer_fini(&job.payload.bytes);
    buffer_fini(&job.custom);
    buffer_fini(&job.signature);
    buffer_fini(&job.image);
    return status;
}

const struct command command_pack_mcuboot = {
    .name = "pack mcuboot",
    .purpose = "pack and sign an image for MCUboot",
    .operands = "IMAGE",
    .description =
        "Puts a header before a program, an ELF file, Intel HEX or any other "
        "as it is, and its hash and signature behind it, as MCUboot verifies "
        "them. The result is that of MCUboot's imgtool, and always the same "
        "bytes for the same input: nonces of ECDSA follow RFC 6979, and salts "
        "and the keys of encrypted images are derived from the signing key and "
        "what is signed.\n\nWith --encrypt the image is encrypted for a "
        "device; the hash and the signature are those of the plain image. With "
        "--slot-size it must fit a slot beside the trailer, in which a boot "
        "loader keeps the state of an upgrade; --pad and --confirm make a "
        "whole slot.\n\nA signer elsewhere, a hardware module for example, "
        "signs what --vector-to-sign writes: RSA and ECDSA the digest, Ed25519 "
        "the digest as a message, or with --pure the payload. --fix-sig puts "
        "the signature in, with the same other options, if it is by "
        "--fix-sig-pubkey. An image that is encrypted as well differs each "
        "time, since there is no secret to derive its key from.\n\nKeys are "
        "made by cairn-keys-new(1) with --type; "
        "cairn-keys-public(1) prints the public key for the boot loader's "
        "source, and cairn-inspect(1) explains and verifies images:\n\n"
        "    cairn keys new --type ecdsa-p256 sign.pem\n"
        "    cairn pack mcuboot --key sign.pem --version 1.2.3 \\\n"
        "        --header-size 0x400 --slot-size 0x80000 --pad \\\n"
        "        program.elf --out signed.bin\n"
        "    cairn inspect signed.bin --verify --key sign.pem",
    OPTIONS(options),
    .run = run,
};
