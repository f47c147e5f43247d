/* SPDX-License-Identifier: Apache-2.0 */
/* A fuzzer is the body behind FUZZ(data, size), which libFuzzer calls with any
 * bytes. It returns 0; what may not happen ends in abort(). */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define FUZZ(data, size)                                                       \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)

/* NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's */
FUZZ(data, size);

/* A certificate whose private key was discarded. */
#define FUZZ_CERTIFICATE                                                       \
    "-----BEGIN CERTIFICATE-----\n"                                            \
    "MIIBdDCCARugAwIBAgIUFVRS7rbw+meQ4JBvY3gMPPnYdy0wCgYIKoZIzj0EAwIw\n"       \
    "DzENMAsGA1UEAwwEZnV6ejAgFw0yNjExMjEwNjQ0MThaGA8yMDUxMDcxMzA2NDQx\n"       \
    "OFowDzENMAsGA1UEAwwEZnV6ejBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABP69\n"       \
    "XUou927dC4zE1xb80yPIae6NWExuYRUhdwtQ31gSiCea+nAViSLwVq7bZQs9TS88\n"       \
    "chMxbjwxSMwwjn4IWVWjUzBRMB0GA1UdDgQWBBTvbqHI7sI5jGGiPJsC6XYe2hta\n"       \
    "zTAfBgNVHSMEGDAWgBTvbqHI7sI5jGGiPJsC6XYe2htazTAPBgNVHRMBAf8EBTAD\n"       \
    "AQH/MAoGCCqGSM49BAMCA0cAMEQCIA7z+MeekSnovuud+9di7fmvmbHptGGCoBAP\n"       \
    "RRXU09BhAiAzeg/RloDGHV2IX6nPulpc4JC7BobTq06hlN2G7hNftg==\n"               \
    "-----END CERTIFICATE-----\n"

#endif
