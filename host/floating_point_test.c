/* SPDX-License-Identifier: Apache-2.0 */
#include "host/floating_point.h"

#include <fenv.h>

#include "base/bits.h"
#include "tests/harness.h"

/* Volatile: the compiler knows nothing of modes. */
static double divide(void)
{
    volatile double one = 1;
    volatile double three = 3;

    return one / three;
}

TEST(arithmetic_rounds_to_nearest_in_between_and_as_before_afterwards)
{
    static const int ways[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    const double nearest = divide();

    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        struct floating_point caller;

        fesetround(ways[i]);
        double before = divide();
        feclearexcept(FE_ALL_EXCEPT);
        floating_point_begin(&caller);
        double between = divide();
        EXPECT(fetestexcept(FE_INEXACT) != 0);
        floating_point_end(&caller);
        EXPECT_EQ(fetestexcept(FE_ALL_EXCEPT), 0);
        double after = divide();
        fesetenv(FE_DFL_ENV);
        EXPECT(between == nearest);
        EXPECT(after == before);
        EXPECT((before != nearest) == (ways[i] == FE_UPWARD));
    }
}
