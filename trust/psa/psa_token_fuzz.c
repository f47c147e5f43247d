/* SPDX-License-Identifier: Apache-2.0 */
/* A hostile attestation token: read, verified, explained. Nothing may step
 * outside of it. */

#include "tests/fuzz.h"
#include "trust/psa/token.h"

/* Its private key was discarded: the target is the code around the check. */
static const char public_key[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEQrXQ/4Zx7Vy6SLQfpEwdvhjZ9z6J\n"
    "++YWh5vpGJaJFAUplGI1UCNutKKd5YdQWk7+U53zUcbF1+jjP+OKD7U6FQ==\n"
    "-----END PUBLIC KEY-----\n";

static void explain(const struct psa_token *token)
{
    struct buffer text = {0};
    struct json json;

    psa_token_print(token, &text);
    json_init(&json, &text);
    json_begin_object(&json, NULL);
    psa_token_print_json(token, &json);
    json_end_object(&json);
    buffer_fini(&text);
}

FUZZ(bytes, size)
{
    static struct psa_key *key;
    static const uint8_t nonce[32];
    struct psa_token token;
    struct error error = {""};

    if (key == NULL) {
        key = psa_key_read(public_key, sizeof(public_key) - 1, NULL);
    }
    if (psa_token_read(&token, bytes, size, &error) != 0) {
        if (error.text[0] == '\0') {
            abort();
        }
        return 0;
    }
    struct verdict verdict = {0};
    struct psa_wanted wanted = {
        .key = key, .nonce = nonce, .nonce_size = sizeof(nonce)};
    psa_token_verify(&token, &wanted, &verdict);
    const struct verdict_check *check = verdict_find(&verdict, "signature");
    if (check != NULL && check->result == VERDICT_PROVEN) {
        abort();
    }
    verdict_fini(&verdict);
    explain(&token);
    return 0;
}
