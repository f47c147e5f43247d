/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile evidence: read, judged, explained, and taken as a reference. Nothing
 * that the fuzzer makes up is signed by the development manufacturer. */

#include "tests/fuzz.h"
#include "trust/quote/quote.h"

FUZZ(bytes, size)
{
    struct quote_wanted wanted = {
        .roots = FUZZ_CERTIFICATE,
        .roots_size = sizeof(FUZZ_CERTIFICATE) - 1,
        .time = 1795219200,
    };
    struct verdict verdict = {0};
    struct error error = {""};
    struct buffer text = {0};
    struct quote quote;

    quote_take_reference(&wanted, "reference", bytes, size, NULL);
    if (quote_read(&quote, bytes, size, &error) != 0) {
        if (error.text[0] == '\0') {
            abort();
        }
        return 0;
    }
    quote_verify(&quote, &wanted, &verdict);
    if (verdict_decide(&verdict) == VERDICT_IS_TRUSTED) {
        abort();
    }
    quote_explain(&quote, &verdict, "evidence", &text);
    quote_explain_json(&quote, &verdict, "evidence", &text);
    verdict_fini(&verdict);
    quote_print(&quote, &text);
    buffer_fini(&text);
    quote_fini(&quote);
    return 0;
}
