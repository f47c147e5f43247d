/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn keys`: a directory of keys to sign firmware with. */
#include <string.h>

#include "base/buffer.h"
#include "commands/command.h"
#include "commands/progress.h"
#include "trust/keys/idevid_issuer.h"
#include "trust/keys/keys.h"

static const struct option new_options[] = {
    {0, "seed",         "TEXT",  NULL, NULL,
     "derive all keys from TEXT: the same text gives the same keys"           },
    {0, "lms",          "COUNT", NULL, NULL,
     "make COUNT real vendor LMS keys (default 1); each takes seconds"        },
    {0, "no-owner-lms", NULL,    NULL, NULL, "make the owner's LMS key filler"},
};

static void show_progress(void *context, uint32_t done, uint32_t total)
{
    progress_update(context, "LMS tree: %u of %u leaves", done, total);
}

static int new_run(struct arguments *arguments)
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

const struct command command_keys_new = {
    .name = "keys new",
    .purpose = "make a directory of development keys",
    .operands = "FOLDER",
    .description =
        "Writes P-384 keys in PEM and LMS keys with their state, as "
        "cairn-pack-caliptra(1) reads them. The directory is marked as one of "
        "development keys, and only its owner can read it.\n\nAn LMS key signs "
        "32768 times and updates its file before each signature, so a copy of "
        "the directory must not be used beside the original.\n\nVendor LMS "
        "keys that are not made are filler: a bundle has 32 key slots, and "
        "those without a key hold a hash.",
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
