/* SPDX-License-Identifier: Apache-2.0 */
/* Asking for certificates and a quote through the mailbox of the machine. */
#include "session/quote.h"

#include <stdlib.h>
#include <string.h>

#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "crypto/sha2.h"
#include "host/file.h"
#include "trust/caliptra/mailbox.h"
#include "trust/keys/idevid_issuer.h"

enum {
    FILE_LIMIT = 1 << 20,
    RESPONSE_MAX = 8192,
};

/* Instructions between two looks at a register, and in all. */
#define SLICE 1000ull
#define LIMIT 200000000ull

/* ---- Options ------------------------------------------------------------- */

/* Runs with the same seed send the same nonce; a verifier that needs a fresh
 * answer chooses one. */
static void default_nonce(uint64_t seed, uint8_t nonce[QUOTE_NONCE_SIZE])
{
    uint8_t text[] = "cairn quote nonce ........";
    store_le64(text + sizeof(text) - 9, seed);
    sha256(text, sizeof(text) - 1, nonce);
}

static int load_issuer(struct session_quote *quote,
                       const struct session_options *options,
                       struct session_error *why)
{
    const char *path = options->idevid_issuer;
    struct buffer text = {0};
    struct error error = {""};
    if (path == NULL) {
        quote->issuer = idevid_issuer_development();
    } else if (file_read(path, FILE_LIMIT, &text, &error) == 0) {
        quote->issuer = idevid_issuer_read(path, text.bytes, text.size,
                                           options->pass_phrase, &error);
    }
    if (text.bytes != NULL) {
        explicit_bzero(text.bytes, text.capacity); /* a private key */
    }
    buffer_fini(&text);
    return quote->issuer ? 0 : session_failure(why, NULL, "%s", error.text);
}

int session_quote_load(struct session_quote *quote,
                       const struct session_options *options,
                       struct session_error *error)
{
    *quote = (struct session_quote){
        .path = options->quote,
        .user = options->mailbox_user,
    };
    if (quote->path == NULL) {
        return 0;
    }
    if (options->has_nonce) {
        memcpy(quote->nonce, options->nonce, sizeof(quote->nonce));
    } else {
        default_nonce(options->seed, quote->nonce);
    }
    return load_issuer(quote, options, error);
}

void session_quote_fini(struct session_quote *quote)
{
    idevid_issuer_destroy(quote->issuer);
}

/* ---- The mailbox --------------------------------------------------------- */

/* The machine as the mailbox's client reaches it. */
struct asking {
    struct cairn_machine *machine;
    uint32_t user;
    const char *command; /* under way, for messages */
    bool idle;           /* nothing moved since the last look */
    uint64_t left;       /* instructions */
    struct error *error;
};

static int fail(const struct asking *asking, int code, const char *what)
{
    return error_set(asking->error, code, "%s: %s", asking->command, what);
}

static int get(void *context, uint32_t address, uint32_t *value)
{
    const struct asking *asking = context;
    uint64_t wide = 0;
    int result =
        cairn_bus_read(asking->machine, "soc", asking->user, address, 4, &wide);
    *value = (uint32_t)wide;
    return result ? error_set(asking->error, result,
                              "%s: read of 0x%08x: bus error", asking->command,
                              address)
                  : 0;
}

static int put(void *context, uint32_t address, uint32_t value)
{
    const struct asking *asking = context;
    int result = cairn_bus_write(asking->machine, "soc", asking->user, address,
                                 4, value);
    return result ? error_set(asking->error, result,
                              "%s: write to 0x%08x: bus error", asking->command,
                              address)
                  : 0;
}

/* A guest that turned the machine off left the root of trust with power. */
static int let_run(void *context, enum caliptra_mailbox_wait wait)
{
    struct asking *asking = context;
    const struct cairn_until until = {.size = sizeof(struct cairn_until),
                                      .instructions = SLICE};
    if (asking->left < SLICE) {
        return fail(asking, -ETIMEDOUT, "no answer in time");
    }
    asking->left -= SLICE;
    bool was_idle = asking->idle;
    asking->idle = false;
    switch (cairn_run(asking->machine, &until)) {
    case CAIRN_STOP_BUDGET:
        return 0;
    case CAIRN_STOP_OFF:
        cairn_stay_on(asking->machine);
        return 0;
    case CAIRN_STOP_IDLE:
        /* The answer may have come right before. */
        asking->idle = true;
        return was_idle ? fail(asking, -ETIMEDOUT,
                               "no answer, and all processors wait")
                        : 0;
    case CAIRN_STOP_UNMODELLED:
        return fail(asking, -EPROTO,
                    "an unmodelled feature was accessed (strict)");
    default:
        return fail(asking, -EPROTO, "the machine stopped");
    }
}

static const struct caliptra_mailbox_soc soc = {
    .read = get,
    .write = put,
    .wait = let_run,
};

/* The firmware says why it refused a command. */
static int refused(struct asking *asking)
{
    uint32_t code = 0;
    int result = get(asking, CALIPTRA_SOC_IFC_FW_ERROR_NON_FATAL, &code);
    return result ? result
                  : error_set(asking->error, -EPROTO,
                              "%s: refused with error 0x%08x", asking->command,
                              code);
}

/* The arguments follow the request's header; the response is appended. */
static int ask(struct asking *asking, const char *name, uint32_t code,
               const struct buffer *arguments, struct buffer *response)
{
    struct caliptra_mailbox mailbox = {.soc = &soc, .context = asking};
    struct caliptra_mailbox_request request = {
        .command = code,
        .doing = name,
        .has_checksum = true,
        .response_max = RESPONSE_MAX,
    };
    struct caliptra_mailbox_answer answer = {.status = 0};
    asking->command = name;
    asking->left = LIMIT;
    asking->idle = false;
    buffer_append_zeros(&request.bytes, sizeof(struct caliptra_request_header));
    if (arguments != NULL) {
        buffer_append(&request.bytes, arguments->bytes, arguments->size);
    }
    int result =
        caliptra_mailbox_exchange(&mailbox, &request, &answer, asking->error);
    if (result == 0) {
        bool has_data = answer.status == CALIPTRA_MBOX_STATUS_DATA_READY;
        result = has_data ? 0 : refused(asking);
        int release = caliptra_mailbox_release(&mailbox);
        result = result ? result : release;
    }
    if (result == 0) {
        buffer_append(response, answer.bytes.bytes, answer.bytes.size);
    }
    buffer_fini(&answer.bytes);
    buffer_fini(&request.bytes);
    return result;
}

/* ---- The evidence -------------------------------------------------------- */

/* The response is a caliptra_sized_response. */
static int ask_certificate(struct asking *asking, const char *name,
                           uint32_t code, const struct buffer *arguments,
                           struct buffer *certificate)
{
    enum { SIZE = sizeof(struct caliptra_response_header), BYTES = SIZE + 4 };
    struct buffer answer = {0};
    int result = ask(asking, name, code, arguments, &answer);
    if (result == 0 && (answer.size < BYTES ||
                        load_le32(answer.bytes + SIZE) > answer.size - BYTES)) {
        result = fail(asking, -EPROTO, "the answer is cut short");
    } else if (result == 0) {
        buffer_append(certificate, answer.bytes + BYTES,
                      load_le32(answer.bytes + SIZE));
    }
    buffer_fini(&answer);
    return result;
}

static int ask_aliases(struct asking *asking, struct quote *quote)
{
    static const struct {
        const char *name;
        uint32_t code;
        enum quote_layer layer;
    } commands[] = {
        {"GET_RT_ALIAS_CERT",  CALIPTRA_CMD_GET_RT_ALIAS_CERT,  QUOTE_RT_ALIAS},
        {"GET_FMC_ALIAS_CERT", CALIPTRA_CMD_GET_FMC_ALIAS_CERT,
         QUOTE_FMC_ALIAS                                                      },
        {"GET_LDEV_CERT",      CALIPTRA_CMD_GET_LDEV_CERT,      QUOTE_LDEVID  },
    };
    int result = 0;
    for (size_t i = 0; i < ARRAY_SIZE(commands) && result == 0; i++) {
        result = ask_certificate(asking, commands[i].name, commands[i].code,
                                 NULL, &quote->certificates[commands[i].layer]);
    }
    return result;
}

/* Certifies the key that the part reports, as its manufacturer would. */
static int ask_idevid(struct asking *asking, const struct idevid_issuer *issuer,
                      struct quote *quote)
{
    struct buffer arguments = {0};
    struct buffer info = {0};
    struct buffer tbs = {0};
    struct ecdsa_p384_signature signature;
    int result =
        ask(asking, "GET_IDEV_INFO", CALIPTRA_CMD_GET_IDEV_INFO, NULL, &info);
    if (result == 0 &&
        info.size != sizeof(struct caliptra_idevid_info_response)) {
        result = fail(asking, -EPROTO, "the answer has a wrong size");
    }
    if (result == 0) {
        result = idevid_issuer_certify(
            issuer, &quote->certificates[QUOTE_LDEVID],
            info.bytes + sizeof(struct caliptra_response_header), &tbs,
            &signature, asking->error);
    }
    if (result == 0) {
        buffer_append_le32(&arguments, (uint32_t)tbs.size);
        buffer_append(&arguments, signature.r, sizeof(signature.r));
        buffer_append(&arguments, signature.s, sizeof(signature.s));
        buffer_append(&arguments, tbs.bytes, tbs.size);
        result =
            ask_certificate(asking, "GET_IDEV_CERT", CALIPTRA_CMD_GET_IDEV_CERT,
                            &arguments, &quote->certificates[QUOTE_IDEVID]);
    }
    buffer_fini(&tbs);
    buffer_fini(&info);
    buffer_fini(&arguments);
    return result;
}

static int ask_quote(struct asking *asking, const uint8_t *nonce,
                     struct quote *quote)
{
    struct buffer arguments = {0};
    buffer_append(&arguments, nonce, QUOTE_NONCE_SIZE);
    int result = ask(asking, "QUOTE_PCRS", CALIPTRA_CMD_QUOTE_PCRS, &arguments,
                     &quote->response);
    uint32_t revision = 0;
    result =
        result ? result : get(asking, CALIPTRA_SOC_IFC_HW_REV_ID, &revision);
    quote->form = (revision & CALIPTRA_HW_REV_ID_MAJOR) >= 2 ? QUOTE_FORM_2
                                                             : QUOTE_FORM_1;
    buffer_fini(&arguments);
    return result;
}

static int check_ready(struct asking *asking, const struct session_roles *roles,
                       const char *board)
{
    uint32_t ready = 0;
    if (session_role_get(roles, SESSION_ROOT_OF_TRUST, "ready_for_runtime",
                         asking->machine, &ready)) {
        return error_set(asking->error, -ENODEV,
                         "board '%s' has no root of trust to ask", board);
    }
    return ready ? 0
                 : error_set(asking->error, -EAGAIN,
                             "the root of trust's runtime firmware is not "
                             "ready to be asked");
}

static int write_evidence(const struct session_quote *run,
                          const struct quote *quote, const char *board,
                          struct error *error)
{
    struct buffer text = {0};
    buffer_print(
        &text, "What the root of trust of board %s measured.\nNonce: ", board);
    buffer_print_hex(&text, run->nonce, sizeof(run->nonce));
    buffer_print(&text, "\nTo be checked by: cairn verify-quote\n\n");
    quote_print(quote, &text);
    int result = file_write(run->path, text.bytes, text.size, error);
    buffer_fini(&text);
    return result;
}

int session_quote_ask(const struct session_quote *run,
                      struct cairn_machine *machine,
                      const struct session_roles *roles, const char *board,
                      struct error *error)
{
    struct quote quote = {0};
    struct asking asking = {
        .machine = machine,
        .user = run->user,
        .error = error,
    };
    int result = check_ready(&asking, roles, board);
    result = result ? result : ask_aliases(&asking, &quote);
    result = result ? result : ask_idevid(&asking, run->issuer, &quote);
    result = result ? result : ask_quote(&asking, run->nonce, &quote);
    result = result ? result : write_evidence(run, &quote, board, error);
    quote_fini(&quote);
    return result;
}
