/* SPDX-License-Identifier: Apache-2.0 */
/* The device models of a program that is only a test's: those of the product,
 * and one whose register does on the host what a guest asks for by number, as
 * code could that a guest has planted in the process. It takes the place of
 * devices/devices.c. */
#include "devices/devices.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "bus/device.h"
#include "tests/planted/attempts.h"

struct state {
    uint32_t last;
};

static void say(const char *name, int code)
{
    char line[80];
    int size =
        code < 0 ? snprintf(line, sizeof(line), "planted %s\n", name)
                 : snprintf(line, sizeof(line), "planted %s %d\n", name, code);
    if (write(STDERR_FILENO, line, (size_t)size) != size) {
        _exit(1);
    }
}

static void write_number(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    if (!access->debug && value < planted_attempt_count) {
        say(planted_attempts[value].name, -1);
        say(planted_attempts[value].name, planted_attempts[value].attempt());
    }
}

static const struct register_spec registers[] = {
    {0x00,
     1, "NUMBER",
     {WO, WO},
     RESET_WARM, 0,
     UINT32_MAX, NO_FIELD,
     NULL, write_number,
     "does what the number says"},
};

static const struct register_bank banks[] = {
    {"planted", 0x1000, 4, registers, ARRAY_SIZE(registers)},
};

static const struct device_type planted = {
    .compatible = "cairn,test-planted",
    .title = "Planted code",
    .reference = "tests/planted/attempts.c",
    .state_size = sizeof(struct state),
    DEVICE_TABLE(bank, banks),
};

#define DEVICE(symbol) extern const struct device_type symbol;
#include "devices/devices.def"
#undef DEVICE

static const struct device_type *const types[] = {
#define DEVICE(symbol) &(symbol),
#include "devices/devices.def"
#undef DEVICE
    &planted,
};

const struct device_type *device_type_find(const char *compatible)
{
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if (strcmp(types[i]->compatible, compatible) == 0) {
            return types[i];
        }
    }
    return NULL;
}

const struct device_type *device_type_at(size_t index)
{
    return index < ARRAY_SIZE(types) ? types[index] : NULL;
}
