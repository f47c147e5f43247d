/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn verify-quote`: checks the evidence that a part gives about itself, and
 * compares it with the expected values. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "commands/command.h"
#include "commands/confine.h"
#include "commands/judged.h"
#include "host/file.h"
#include "trust/keys/idevid_issuer.h"
#include "trust/quote/quote.h"

static const struct option options[] = {
    {0, "root",        "FILE",       "Trust",    NULL,
     "certificates in PEM: the part's IDevID must be certified by one of them"   },
    {0, "development", NULL,         "Trust",    NULL,
     "trust the development manufacturer, whose private key is public"           },
    {0, "attime",      "SECONDS",    "Trust",    NULL,
     "time of the validity checks, in seconds since 1970 (default: now)"         },
    {0, "nonce",       "HEX",        "Expected", NULL,
     "32 bytes that were sent: prove that the quote was made afterwards; "
     "without them the verdict is undecided"                                     },
    {0, "pcr",         "N=HEX...",   "Expected", NULL, "value of a PCR, 48 bytes"},
    {0, "reference",   "FILE",       "Expected", NULL,
     "take lines 'PCR N VALUE' of FILE, for example of a run's report"           },
    {0, "resets",      "N=COUNT...", "Expected", NULL,
     "reset counter of a PCR (default 0 for all)"                                },
    {0, "json",        NULL,         NULL,       NULL, "print one JSON object"   },
};

enum { FILE_LIMIT = 1 << 20 };

/* ---- What is expected ---------------------------------------------------- */

/* "N=": returns what is behind it, or NULL. */
static const char *parse_index(const char *pair, unsigned *index)
{
    char *end;
    if (!isdigit((unsigned char)pair[0])) {
        return NULL;
    }
    errno = 0;
    unsigned long value = strtoul(pair, &end, 10);
    *index = (unsigned)value;
    return *end == '=' && errno == 0 && value < QUOTE_PCRS ? end + 1 : NULL;
}

static int take_pcrs(const struct arguments *arguments,
                     struct quote_wanted *wanted)
{
    for (size_t i = 0; i < arguments_count(arguments, "pcr"); i++) {
        const char *pair = arguments_nth(arguments, "pcr", i);
        unsigned index = 0;
        const char *value = parse_index(pair, &index);
        if (!value ||
            !quote_parse_hex(value, strlen(value), wanted->pcrs[index].value,
                             QUOTE_DIGEST_SIZE)) {
            return command_misuse(arguments,
                                  "option '--pcr': '%s' is not N=HEX, N from 0 "
                                  "to %d and %d digits",
                                  pair, QUOTE_PCRS - 1, 2 * QUOTE_DIGEST_SIZE);
        }
        wanted->pcrs[index].is_known = true;
    }
    return COMMAND_DONE;
}

static int take_resets(const struct arguments *arguments,
                       struct quote_wanted *wanted)
{
    for (size_t i = 0; i < arguments_count(arguments, "resets"); i++) {
        const char *pair = arguments_nth(arguments, "resets", i);
        unsigned index = 0;
        uint64_t count = 0;
        const char *value = parse_index(pair, &index);
        if (!value || !number_parse(value, &count) || count > UINT32_MAX) {
            return command_misuse(arguments,
                                  "option '--resets': '%s' is not N=COUNT, N "
                                  "from 0 to %d",
                                  pair, QUOTE_PCRS - 1);
        }
        wanted->pcrs[index].resets = (uint32_t)count;
        wanted->pcrs[index].resets_known = true;
    }
    return COMMAND_DONE;
}

static int take_nonce(const struct arguments *arguments,
                      uint8_t nonce[QUOTE_NONCE_SIZE],
                      struct quote_wanted *wanted)
{
    const char *text = arguments_value(arguments, "nonce");
    if (text == NULL) {
        return COMMAND_DONE;
    }
    if (!quote_parse_hex(text, strlen(text), nonce, QUOTE_NONCE_SIZE)) {
        return command_misuse(arguments,
                              "option '--nonce': '%s' is not %d hexadecimal "
                              "digits",
                              text, 2 * QUOTE_NONCE_SIZE);
    }
    wanted->nonce = nonce;
    return COMMAND_DONE;
}

static int take_reference(const struct arguments *arguments,
                          struct quote_wanted *wanted)
{
    const char *path = arguments_value(arguments, "reference");
    struct buffer text = {0};
    struct error error = {""};
    if (path == NULL) {
        return COMMAND_DONE;
    }
    int result = file_read(path, FILE_LIMIT, &text, &error);
    result = result ? result
                    : quote_take_reference(wanted, path, text.bytes, text.size,
                                           &error);
    buffer_fini(&text);
    return result ? command_misuse(arguments, "%s", error.text) : COMMAND_DONE;
}

static int take_roots(const struct arguments *arguments, struct buffer *roots)
{
    const char *path = arguments_value(arguments, "root");
    bool development = arguments_flag(arguments, "development");
    struct error error = {""};
    if ((path != NULL) == development) {
        return command_misuse(arguments,
                              "expected either --root FILE or --development: "
                              "the root of trust must be chosen");
    }
    if (path) {
        return file_read(path, FILE_LIMIT, roots, &error)
                   ? command_misuse(arguments, "%s", error.text)
                   : COMMAND_DONE;
    }
    struct idevid_issuer *issuer = idevid_issuer_development();
    idevid_issuer_print(issuer, roots);
    idevid_issuer_destroy(issuer);
    return COMMAND_DONE;
}

/* ---- The command --------------------------------------------------------- */

static int judge(const struct arguments *arguments, const char *path,
                 const struct buffer *file, const struct quote_wanted *wanted)
{
    struct quote quote;
    struct verdict verdict = {0};
    struct error error = {""};
    struct buffer out = {0};
    if (quote_read(&quote, file->bytes, file->size, &error)) {
        return command_failure(arguments, "'%s': %s", path, error.text);
    }
    quote_verify(&quote, wanted, &verdict);
    if (arguments_flag(arguments, "json")) {
        quote_explain_json(&quote, &verdict, path, &out);
        buffer_print(&out, "\n");
    } else {
        quote_explain(&quote, &verdict, path, &out);
    }
    fputs(buffer_text(&out), arguments->out);
    buffer_fini(&out);
    quote_fini(&quote);
    int result = judged_exit(&verdict);
    verdict_fini(&verdict);
    return result;
}

static int run(struct arguments *arguments)
{
    const char *path = arguments->operands[0];
    struct quote_wanted wanted = {.time = time(NULL)};
    uint64_t seconds = (uint64_t)wanted.time;
    uint8_t nonce[QUOTE_NONCE_SIZE];
    struct buffer roots = {0};
    struct buffer file = {0};
    struct error error = {""};
    confine_reader(arguments);
    int result = take_roots(arguments, &roots);
    result = result ? result : take_nonce(arguments, nonce, &wanted);
    /* Single values win over the file's. */
    result = result ? result : take_reference(arguments, &wanted);
    result = result ? result : take_pcrs(arguments, &wanted);
    result = result ? result : take_resets(arguments, &wanted);
    result = result ? result : arguments_number(arguments, "attime", &seconds);
    if (result == COMMAND_DONE && file_read(path, FILE_LIMIT, &file, &error)) {
        result = command_failure(arguments, "%s", error.text);
    }
    if (result == COMMAND_DONE) {
        wanted.roots = roots.bytes;
        wanted.roots_size = roots.size;
        wanted.time = (int64_t)seconds;
        result = judge(arguments, path, &file, &wanted);
    }
    buffer_fini(&file);
    buffer_fini(&roots);
    return result;
}

const struct command command_verify_quote = {
    .name = "verify-quote",
    .purpose = "check the evidence of a root of trust",
    .operands = "FILE",
    .description =
        "Checks the evidence that 'cairn run --quote FILE' or other software "
        "has requested from a Caliptra part: the certificates of its "
        "identities up to a trusted root, its quote of the PCRs, and the "
        "expected values of these. OpenSSL checks certificates and signatures. "
        "Every check prints one line, also after one that failed: 'proven', "
        "'REFUSED' with the value found and the value expected, 'undecided', "
        "or 'open' when no expected value was given. The exit code is 0 when "
        "the evidence is trusted, 1 when a check was refused, 2 for misuse, "
        "and 3 when it is undecided: without --nonce it may be a replayed "
        "one.\n\n"
        "The counters of PCR resets are in the quote but not covered by its "
        "signature. The text between the blocks of FILE is not read.\n\n"
        "The expected PCRs can be computed from the firmware and the fuses of "
        "a part (cairn-inspect(1), --pcrs); the text report of a good run is a "
        "reference too:\n\n"
        "    cairn inspect trust.img --pcrs >expected\n"
        "    cairn run trust --quote evidence.pem --nonce $nonce\n"
        "    cairn verify-quote evidence.pem --development \\\n"
        "        --reference expected --nonce $nonce\n\n"
        "FILE is PEM: the certificates of runtime alias, FMC alias, LDevID and "
        "IDevID, then the response to QUOTE_PCRS. Without Cairn, its "
        "certificates and its signature (two numbers, in its last 96 bytes) "
        "are checked with:\n\n"
        "    cairn keys root >root.pem\n"
        "    openssl verify -x509_strict -CAfile root.pem \\\n"
        "        -untrusted evidence.pem evidence.pem\n"
        "    sed -n '/BEGIN CALIPTRA/,/END/{/-/!p}' evidence.pem | base64 -d "
        "\\\n"
        "        | tail -c +9 | head -c 1568 >pcrs-and-nonce\n"
        "    openssl dgst -sha384 -verify fmc-alias-key.pem \\\n"
        "        -signature signature.der pcrs-and-nonce",
    OPTIONS(options),
    .run = run,
};
