/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn verify-token`: checks a PSA attestation token, and compares it with
 * the images that a device should run. */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "commands/command.h"
#include "commands/confine.h"
#include "commands/judged.h"
#include "host/file.h"
#include "trust/psa/token.h"
#include "trust/quote/quote.h"

static const struct option options[] = {
    {0, "key",         "FILE",    "Trust",    NULL,
     "the device's attestation key in PEM, public as a rule: P-256, P-384 or "
     "P-521"                                                               },
    {0, "nonce",       "HEX",     "Expected", NULL,
     "32, 48 or 64 bytes that were sent: prove that the token was made "
     "afterwards; without them the verdict is undecided"                   },
    {0, "instance-id", "HEX",     "Expected", NULL,
     "33 bytes: the instance id of the device (default: the hash of --key)"},
    {0, "image",       "FILE...", "Expected", NULL,
     "image of MCUboot that the device should run: compare its hash and "
     "signer"                                                              },
    {0, "json",        NULL,      NULL,       NULL, "print one JSON object"},
};

enum { TOKEN_LIMIT = 1 << 20, IMAGE_LIMIT = 256 << 20, NONCE_MAX = 64 };

struct job {
    const struct arguments *arguments;
    struct psa_wanted wanted;
    struct psa_key *key;
    uint8_t nonce[NONCE_MAX];
    uint8_t instance[PSA_INSTANCE_SIZE];
    size_t image_count;
    struct psa_image *images;
    struct buffer *files; /* what the images point into */
};

static void job_fini(struct job *job)
{
    for (size_t i = 0; i < job->image_count; i++) {
        buffer_fini(&job->files[i]);
    }
    free(job->files);
    free(job->images);
    psa_key_destroy(job->key);
}

/* ---- What is expected ---------------------------------------------------- */

static int read_key(struct job *job)
{
    const char *path = arguments_value(job->arguments, "key");
    struct buffer file = {0};
    struct error error = {""};

    if (path == NULL) {
        return command_misuse(job->arguments,
                              "--key FILE is missing: the signer must be "
                              "chosen");
    }
    if (file_read(path, TOKEN_LIMIT, &file, &error) != 0) {
        return command_misuse(job->arguments, "%s", error.text);
    }
    job->key = psa_key_read(file.bytes, file.size, &error);
    job->wanted.key = job->key;
    buffer_fini(&file);
    return job->key != NULL
               ? COMMAND_DONE
               : command_misuse(job->arguments, "'%s': %s", path, error.text);
}

static int read_nonce(struct job *job)
{
    const char *text = arguments_value(job->arguments, "nonce");

    if (text == NULL) {
        return COMMAND_DONE;
    }
    size_t size = strlen(text) / 2;
    if ((size != 32 && size != 48 && size != 64) ||
        !quote_parse_hex(text, strlen(text), job->nonce, size)) {
        return command_misuse(job->arguments,
                              "option '--nonce': '%s' is not 64, 96 or 128 "
                              "hexadecimal digits",
                              text);
    }
    job->wanted.nonce = job->nonce;
    job->wanted.nonce_size = size;
    return COMMAND_DONE;
}

static int read_instance(struct job *job)
{
    const char *text = arguments_value(job->arguments, "instance-id");

    if (text == NULL) {
        return COMMAND_DONE;
    }
    if (!quote_parse_hex(text, strlen(text), job->instance,
                         sizeof(job->instance))) {
        return command_misuse(job->arguments,
                              "option '--instance-id': '%s' is not %d "
                              "hexadecimal digits",
                              text, 2 * PSA_INSTANCE_SIZE);
    }
    job->wanted.instance = job->instance;
    return COMMAND_DONE;
}

static int read_image(struct job *job, size_t index)
{
    struct psa_image *image = &job->images[index];
    struct buffer *file = &job->files[index];
    struct error error = {""};

    image->name = arguments_nth(job->arguments, "image", index);
    if (file_read(image->name, IMAGE_LIMIT, file, &error) != 0) {
        return command_misuse(job->arguments, "%s", error.text);
    }
    return mcuboot_read(&image->image, file->bytes, file->size, &error) == 0
               ? COMMAND_DONE
               : command_misuse(job->arguments, "'%s': %s", image->name,
                                error.text);
}

static int read_images(struct job *job)
{
    int result = COMMAND_DONE;

    job->image_count = arguments_count(job->arguments, "image");
    job->images = xcalloc(job->image_count + 1, sizeof(*job->images));
    job->files = xcalloc(job->image_count + 1, sizeof(*job->files));
    job->wanted.images = job->images;
    job->wanted.image_count = job->image_count;
    for (size_t i = 0; result == COMMAND_DONE && i < job->image_count; i++) {
        result = read_image(job, i);
    }
    return result;
}

/* ---- The command --------------------------------------------------------- */

static void print_json(const struct psa_token *token,
                       const struct verdict *verdict, const char *path,
                       struct buffer *out)
{
    struct json json;

    json_init(&json, out);
    json_begin_object(&json, NULL);
    json_string(&json, "file", path);
    verdict_print_json(verdict, &json);
    psa_token_print_json(token, &json);
    json_end_object(&json);
    buffer_print(out, "\n");
}

static int judge(const struct job *job, const char *path,
                 const struct buffer *file)
{
    struct psa_token token;
    struct verdict verdict = {0};
    struct error error = {""};
    struct buffer out = {0};

    if (psa_token_read(&token, file->bytes, file->size, &error) != 0) {
        return command_failure(job->arguments, "'%s': %s", path, error.text);
    }
    psa_token_verify(&token, &job->wanted, &verdict);
    if (arguments_flag(job->arguments, "json")) {
        print_json(&token, &verdict, path, &out);
    } else {
        verdict_print(&verdict, path, &out);
        psa_token_print(&token, &out);
    }
    fputs(buffer_text(&out), job->arguments->out);
    int result = judged_exit(&verdict);
    buffer_fini(&out);
    verdict_fini(&verdict);
    return result;
}

static int run(struct arguments *arguments)
{
    struct job job = {.arguments = arguments};
    const char *path = arguments->operands[0];
    struct buffer file = {0};
    struct error error = {""};
    int result;

    confine_reader(arguments);
    result = read_key(&job);
    result = result ? result : read_nonce(&job);
    result = result ? result : read_instance(&job);
    result = result ? result : read_images(&job);
    if (result == COMMAND_DONE && file_read(path, TOKEN_LIMIT, &file, &error)) {
        result = command_failure(arguments, "%s", error.text);
    }
    result = result ? result : judge(&job, path, &file);
    buffer_fini(&file);
    job_fini(&job);
    return result;
}

const struct command command_verify_token = {
    .name = "verify-token",
    .purpose = "check an attestation token of a microcontroller",
    .operands = "FILE",
    .description =
        "Checks a PSA attestation token as TF-M's initial attestation makes "
        "it: a COSE_Sign1 (ES256, ES384 or ES512) with the claims of "
        "PSA_IOT_PROFILE_1, of PSA 2.0.0 and RFC 9783, or of a CCA platform. "
        "The signature must be by --key; every claim must have the kind, size "
        "and value that its profile says. An instance id that is neither "
        "--instance-id nor the hash of the key is an open point. The images "
        "given are compared with the software components: the measurement is "
        "the hash in an image of MCUboot, the signer its key's hash.\n\nEvery "
        "check prints one line, also after one that failed: 'proven', "
        "'REFUSED' with the value expected and the value found, 'undecided', "
        "or 'open' when no expected value was given; then follow the claims. "
        "The exit code is 0 when the token is trusted, 1 when a check was "
        "refused, 2 for misuse, and 3 when it is undecided: without --nonce it "
        "may be an old one.\n\n"
        "    cairn verify-token token.bin --key attestation.pem \\\n"
        "        --nonce $nonce --image tfm_s_signed.bin \\\n"
        "        --image tfm_ns_signed.bin",
    OPTIONS(options),
    .run = run,
};
