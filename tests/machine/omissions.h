/* SPDX-License-Identifier: Apache-2.0 */
/* Acts by which a guest relies on omissions that no single register
 * access shows: rows of kind OMITTED_LOGGED (bus/omission.h). */
#ifndef TESTS_MACHINE_OMISSIONS_H
#define TESTS_MACHINE_OMISSIONS_H

#include "bus/device.h"

struct provocation {
    const char *compatible; /* NULL: behind the last */
    const char *text;       /* of the row */
    void (*act)(struct device *device);
};

extern const struct provocation provocations[];

#endif
