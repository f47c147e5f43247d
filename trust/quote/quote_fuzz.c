/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile evidence: read, judged, explained, and taken as a reference. Nothing
 * that the fuzzer makes up is signed by the development manufacturer. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "trust/quote/quote.h"

/* Its private key was discarded. */
static const char root[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBdDCCARugAwIBAgIUFVRS7rbw+meQ4JBvY3gMPPnYdy0wCgYIKoZIzj0EAwIw\n"
    "DzENMAsGA1UEAwwEZnV6ejAgFw0yNjExMjEwNjQ0MThaGA8yMDUxMDcxMzA2NDQx\n"
    "OFowDzENMAsGA1UEAwwEZnV6ejBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABP69\n"
    "XUou927dC4zE1xb80yPIae6NWExuYRUhdwtQ31gSiCea+nAViSLwVq7bZQs9TS88\n"
    "chMxbjwxSMwwjn4IWVWjUzBRMB0GA1UdDgQWBBTvbqHI7sI5jGGiPJsC6XYe2hta\n"
    "zTAfBgNVHSMEGDAWgBTvbqHI7sI5jGGiPJsC6XYe2htazTAPBgNVHRMBAf8EBTAD\n"
    "AQH/MAoGCCqGSM49BAMCA0cAMEQCIA7z+MeekSnovuud+9di7fmvmbHptGGCoBAP\n"
    "RRXU09BhAiAzeg/RloDGHV2IX6nPulpc4JC7BobTq06hlN2G7hNftg==\n"
    "-----END CERTIFICATE-----\n";

/* NOLINTBEGIN(readability-identifier-naming): the name is libFuzzer's */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct quote_wanted wanted = {
        .roots = root,
        .roots_size = sizeof(root) - 1,
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
/* NOLINTEND(readability-identifier-naming) */
