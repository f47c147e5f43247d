/* SPDX-License-Identifier: Apache-2.0 */
/* Any host, by libm. */
#include "host/floating_point.h"

#include <assert.h>
#include <fenv.h>
#include <string.h>

static_assert(sizeof(fenv_t) <= sizeof(struct floating_point),
              "there is room for what libm keeps");

void floating_point_begin(struct floating_point *caller)
{
    fenv_t modes;

    fegetenv(&modes);
    memcpy(caller->modes, &modes, sizeof(modes));
    fesetenv(FE_DFL_ENV);
}

void floating_point_end(const struct floating_point *caller)
{
    fenv_t modes;

    memcpy(&modes, caller->modes, sizeof(modes));
    fesetenv(&modes);
}
