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
#include "trust/keys/idevid_issuer.h"

enum {
    FILE_LIMIT = 1 << 20,
    STATUS_MASK = 0xf,
    MAJOR_REVISION = 0xf,
    ANSWER_MAX = 8192,
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

static int load_issuer(struct session_quote *quote, const char *path,
                       struct session_error *why)
{
    struct buffer text = {0};
    struct error error = {""};
    if (path == NULL) {
        quote->issuer = idevid_issuer_development();
    } else if (file_read(path, FILE_LIMIT, &text, &error) == 0) {
        quote->issuer = idevid_issuer_read(path, text.bytes, text.size, &error);
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
    return load_issuer(quote, options->idevid_issuer, error);
}

void session_quote_fini(struct session_quote *quote)
{
    idevid_issuer_destroy(quote->issuer);
}

/* ---- The mailbox --------------------------------------------------------- */

struct mailbox {
    struct cairn_machine *machine;
    uint32_t user;
    const char *command; /* under way, for messages */
    bool idle;           /* nothing moved since the last look */
    uint64_t left;       /* instructions */
    struct error *error;
};

static int fail(struct mailbox *mailbox, int code, const char *what)
{
    return error_set(mailbox->error, code, "%s: %s", mailbox->command, what);
}

static int get(struct mailbox *mailbox, uint32_t address, uint32_t *value)
{
    uint64_t wide = 0;
    int result = cairn_bus_read(mailbox->machine, "soc", mailbox->user, address,
                                4, &wide);
    *value = (uint32_t)wide;
    return result ? error_set(mailbox->error, result,
                              "%s: read of 0x%08x: bus error", mailbox->command,
                              address)
                  : 0;
}

static int put(struct mailbox *mailbox, uint32_t address, uint32_t value)
{
    int result = cairn_bus_write(mailbox->machine, "soc", mailbox->user,
                                 address, 4, value);
    return result ? error_set(mailbox->error, result,
                              "%s: write to 0x%08x: bus error",
                              mailbox->command, address)
                  : 0;
}

/* A guest that turned the machine off left the root of trust with power. */
static int let_run(struct mailbox *mailbox)
{
    const struct cairn_until until = {.instructions = SLICE};
    if (mailbox->left < SLICE) {
        return fail(mailbox, -ETIMEDOUT, "no answer in time");
    }
    mailbox->left -= SLICE;
    bool was_idle = mailbox->idle;
    mailbox->idle = false;
    switch (cairn_run(mailbox->machine, &until)) {
    case CAIRN_STOP_BUDGET:
        return 0;
    case CAIRN_STOP_OFF:
        cairn_stay_on(mailbox->machine);
        return 0;
    case CAIRN_STOP_IDLE:
        /* The answer may have come right before. */
        mailbox->idle = true;
        return was_idle ? fail(mailbox, -ETIMEDOUT,
                               "no answer, and all processors wait")
                        : 0;
    case CAIRN_STOP_UNMODELLED:
        return fail(mailbox, -EPROTO, "something unmodelled was met (strict)");
    default:
        return fail(mailbox, -EPROTO, "the machine stopped");
    }
}

/* Polls a register until it says so. */
static int await(struct mailbox *mailbox, uint32_t address, uint32_t mask,
                 bool zero, uint32_t *value)
{
    for (;;) {
        int result = get(mailbox, address, value);
        if (result || ((*value & mask) == 0) == zero) {
            return result;
        }
        result = let_run(mailbox);
        if (result) {
            return result;
        }
    }
}

static int send(struct mailbox *mailbox, uint32_t code,
                const struct buffer *request)
{
    uint32_t value;
    int result = await(mailbox, CALIPTRA_MBOX_LOCK, 1, true, &value);
    result = result ? result : put(mailbox, CALIPTRA_MBOX_CMD, code);
    result = result ? result
                    : put(mailbox, CALIPTRA_MBOX_DLEN, (uint32_t)request->size);
    for (size_t i = 0; i < request->size && result == 0; i += 4) {
        uint8_t word[4] = {0};
        size_t rest = request->size - i;
        memcpy(word, request->bytes + i, rest < 4 ? rest : 4);
        result = put(mailbox, CALIPTRA_MBOX_DATAIN, load_le32(word));
    }
    return result ? result : put(mailbox, CALIPTRA_MBOX_EXECUTE, 1);
}

static int receive(struct mailbox *mailbox, struct buffer *answer)
{
    uint32_t size;
    uint32_t word = 0;
    int result = get(mailbox, CALIPTRA_MBOX_DLEN, &size);
    if (result == 0 && size > ANSWER_MAX) {
        return fail(mailbox, -EPROTO, "the answer is too long");
    }
    for (uint32_t i = 0; i < size && result == 0; i += 4) {
        result = get(mailbox, CALIPTRA_MBOX_DATAOUT, &word);
        buffer_append_le32(answer, word);
    }
    answer->size = result || answer->size < size ? answer->size : size;
    return result;
}

/* The firmware says why it refused a command. */
static int refused(struct mailbox *mailbox)
{
    uint32_t code = 0;
    int result = get(mailbox, CALIPTRA_SOC_IFC_FW_ERROR_NON_FATAL, &code);
    return result ? result
                  : error_set(mailbox->error, -EPROTO,
                              "%s: refused with error 0x%08x", mailbox->command,
                              code);
}

static void set_checksum(uint32_t code, struct buffer *request)
{
    uint32_t sum = 0;
    for (unsigned shift = 0; shift < 32; shift += 8) {
        sum += code >> shift & 0xff;
    }
    for (size_t i = 4; i < request->size; i++) {
        sum += request->bytes[i];
    }
    store_le32(request->bytes, 0u - sum);
}

/* The request starts with room for its checksum. */
static int ask(struct mailbox *mailbox, const char *name, uint32_t code,
               struct buffer *request, struct buffer *answer)
{
    uint32_t status = 0;
    mailbox->command = name;
    mailbox->left = LIMIT;
    mailbox->idle = false;
    set_checksum(code, request);
    int result = send(mailbox, code, request);
    result = result ? result
                    : await(mailbox, CALIPTRA_MBOX_STATUS, STATUS_MASK, false,
                            &status);
    if (result) {
        return result;
    }
    result = (status & STATUS_MASK) == CALIPTRA_MBOX_STATUS_DATA_READY
                 ? receive(mailbox, answer)
                 : refused(mailbox);
    int release = put(mailbox, CALIPTRA_MBOX_EXECUTE, 0);
    return result ? result : release;
}

/* ---- The evidence -------------------------------------------------------- */

/* Of a command whose answer is as many bytes as it says. */
static int ask_certificate(struct mailbox *mailbox, const char *name,
                           uint32_t code, struct buffer *request,
                           struct buffer *certificate)
{
    enum { SIZE = sizeof(struct caliptra_response_header), BYTES = SIZE + 4 };
    struct buffer answer = {0};
    int result = ask(mailbox, name, code, request, &answer);
    if (result == 0 && (answer.size < BYTES ||
                        load_le32(answer.bytes + SIZE) > answer.size - BYTES)) {
        result = fail(mailbox, -EPROTO, "the answer is cut short");
    } else if (result == 0) {
        buffer_append(certificate, answer.bytes + BYTES,
                      load_le32(answer.bytes + SIZE));
    }
    buffer_fini(&answer);
    return result;
}

static int ask_aliases(struct mailbox *mailbox, struct quote *quote)
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
        struct buffer request = {0};
        buffer_append_le32(&request, 0);
        result =
            ask_certificate(mailbox, commands[i].name, commands[i].code,
                            &request, &quote->certificates[commands[i].layer]);
        buffer_fini(&request);
    }
    return result;
}

/* The manufacturer's part is done here, with the key that the part tells. */
static int ask_idevid(struct mailbox *mailbox,
                      const struct idevid_issuer *issuer, struct quote *quote)
{
    struct buffer request = {0};
    struct buffer info = {0};
    struct buffer tbs = {0};
    struct ecdsa_p384_signature signature;
    buffer_append_le32(&request, 0);
    int result = ask(mailbox, "GET_IDEV_INFO", CALIPTRA_CMD_GET_IDEV_INFO,
                     &request, &info);
    if (result == 0 &&
        info.size != sizeof(struct caliptra_idevid_info_response)) {
        result = fail(mailbox, -EPROTO, "the answer has a wrong size");
    }
    if (result == 0) {
        result = idevid_issuer_certify(
            issuer, &quote->certificates[QUOTE_LDEVID],
            info.bytes + sizeof(struct caliptra_response_header), &tbs,
            &signature, mailbox->error);
    }
    if (result == 0) {
        buffer_clear(&request);
        buffer_append_le32(&request, 0);
        buffer_append_le32(&request, (uint32_t)tbs.size);
        buffer_append(&request, signature.r, sizeof(signature.r));
        buffer_append(&request, signature.s, sizeof(signature.s));
        buffer_append(&request, tbs.bytes, tbs.size);
        result = ask_certificate(mailbox, "GET_IDEV_CERT",
                                 CALIPTRA_CMD_GET_IDEV_CERT, &request,
                                 &quote->certificates[QUOTE_IDEVID]);
    }
    buffer_fini(&tbs);
    buffer_fini(&info);
    buffer_fini(&request);
    return result;
}

static int ask_quote(struct mailbox *mailbox, const uint8_t *nonce,
                     struct quote *quote)
{
    struct buffer request = {0};
    buffer_append_le32(&request, 0);
    buffer_append(&request, nonce, QUOTE_NONCE_SIZE);
    int result = ask(mailbox, "QUOTE_PCRS", CALIPTRA_CMD_QUOTE_PCRS, &request,
                     &quote->response);
    uint32_t revision = 0;
    result =
        result ? result : get(mailbox, CALIPTRA_SOC_IFC_HW_REV_ID, &revision);
    quote->is_2 = (revision & MAJOR_REVISION) >= 2;
    buffer_fini(&request);
    return result;
}

static int check_ready(struct mailbox *mailbox, const char *board)
{
    uint32_t ready = 0;
    if (cairn_line_get(mailbox->machine, "soc_ifc.ready_for_runtime", &ready)) {
        return error_set(mailbox->error, -ENODEV,
                         "board '%s' has no root of trust to ask", board);
    }
    return ready ? 0
                 : error_set(mailbox->error, -EAGAIN,
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
                      struct cairn_machine *machine, const char *board,
                      struct error *error)
{
    struct quote quote = {0};
    struct mailbox mailbox = {
        .machine = machine,
        .user = run->user,
        .error = error,
    };
    int result = check_ready(&mailbox, board);
    result = result ? result : ask_aliases(&mailbox, &quote);
    result = result ? result : ask_idevid(&mailbox, run->issuer, &quote);
    result = result ? result : ask_quote(&mailbox, run->nonce, &quote);
    result = result ? result : write_evidence(run, &quote, board, error);
    quote_fini(&quote);
    return result;
}
