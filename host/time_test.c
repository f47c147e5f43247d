/* SPDX-License-Identifier: Apache-2.0 */
#include "host/time.h"

#include <string.h>

#include "tests/harness.h"

TEST(the_clock_does_not_go_back)
{
    uint64_t before = host_time_ns();
    for (int i = 0; i < 1000; i++) {
        uint64_t now = host_time_ns();
        EXPECT(now >= before);
        before = now;
    }
}

TEST(entropy_fills_all_bytes_and_differs)
{
    uint8_t a[512] = {0};
    uint8_t b[512] = {0};
    host_entropy(a, sizeof(a));
    host_entropy(b, sizeof(b));
    EXPECT(memcmp(a, b, sizeof(a)) != 0);
    EXPECT(memcmp(a + 480, b + 480, 32) != 0);
}
