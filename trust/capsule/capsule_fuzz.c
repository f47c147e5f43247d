/* SPDX-License-Identifier: Apache-2.0 */
/* A hostile capsule: read, explained, its signatures verified. Nothing may step
 * outside it. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "trust/capsule/capsule.h"

/* Its private key was discarded: the target is the code before the check. */
static const char certificate[] =
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
    struct capsule capsule;
    struct error error = {""};

    if (capsule_read(&capsule, bytes, size, &error) != 0) {
        if (error.text[0] == '\0') {
            abort();
        }
        return 0;
    }
    struct buffer text = {0};
    capsule_print(&capsule, &text);
    struct verdict verdict = {0};
    capsule_judge(&capsule, NULL, 0, &verdict);
    verdict_print(&verdict, "capsule", &text);
    verdict_fini(&verdict);
    struct json json;
    json_init(&json, &text);
    json_begin_object(&json, NULL);
    capsule_print_json(&capsule, &json);
    json_end_object(&json);
    buffer_fini(&text);
    for (unsigned i = 0; i < capsule.count; i++) {
        if (capsule_verify(&capsule.items[i], certificate,
                           sizeof(certificate) - 1, NULL) == 0) {
            abort();
        }
    }
    return 0;
}
/* NOLINTEND(readability-identifier-naming) */
