/* SPDX-License-Identifier: Apache-2.0 */
/* The system-register instructions behind system.h. */
#include "guest/monitor/system.h"

#include "guest/kit/gic/gic.h"
#include "guest/kit/sysreg/sysreg.h"

uint64_t system_read(enum system_register which)
{
    uint64_t value = 0;
    switch (which) {
#define WRITABLE(name, assembly)
#define READABLE(name, assembly)                                               \
    case SYSTEM_##name:                                                        \
        value = SYSREG_READ(assembly);                                         \
        break;
#include "guest/monitor/system.def"
#undef READABLE
#undef WRITABLE
    default:
        break;
    }
    return value;
}

void system_write(enum system_register which, uint64_t value)
{
    switch (which) {
#define READABLE(name, assembly)
#define WRITABLE(name, assembly)                                               \
    case SYSTEM_##name:                                                        \
        SYSREG_WRITE(assembly, value);                                         \
        break;
#include "guest/monitor/system.def"
#undef READABLE
#undef WRITABLE
    default:
        break;
    }
}

void system_synchronise(void)
{
    SYSREG_SYNCHRONISE();
}

void system_wait(void)
{
    __asm__ volatile("wfi");
}
