/* SPDX-License-Identifier: Apache-2.0 */
/* GICv2 or GICv3, told apart by the system registers that the latter has. */
#include "guest/tests/worlds/worlds.h"

enum {
    GICD = 0x08000000,
    GICC = 0x08010000,
    GICR = 0x080a0000,
    GICR_PRIVATE = GICR + 0x10000,
    CTLR = 0,
    GROUP = 0x080,
    ENABLE = 0x100,
    PRIORITY = 0x400,
};

static bool is_3(void)
{
    return (READ_SYSTEM(id_aa64pfr0_el1) >> 24 & 15) != 0;
}

/* Where the private interrupts' registers are. */
static uint64_t private_base(void)
{
    return is_3() ? (uint64_t)GICR_PRIVATE : (uint64_t)GICD;
}

static void start_3(void)
{
    put32(GICD + CTLR, 0x37); /* both routed by affinity, all groups */
    put32(GICR + 0x14, get32(GICR + 0x14) & ~2u);
    while ((get32(GICR + 0x14) & 4) != 0) {
    }
    WRITE_SYSTEM(S3_6_C12_C12_5, 0xf); /* ICC_SRE_EL3 */
    WRITE_SYSTEM(S3_0_C4_C6_0, 0xff);  /* ICC_PMR_EL1 */
    WRITE_SYSTEM(S3_0_C12_C12_6, 1);   /* ICC_IGRPEN0_EL1 */
}

static void start_2(void)
{
    put32(GICD + CTLR, 3);
    put32(GICC + 4, 0xff);
    put32(GICC + CTLR, 1 | 2 | 8); /* both groups, group 0 by FIQ */
}

void controller_start(void)
{
    uint64_t base = private_base();

    if (is_3()) {
        start_3();
    } else {
        start_2();
    }
    put32(base + GROUP, ~(1u << TIMER_INTID));
    put32(base + PRIORITY + (TIMER_INTID & ~3u), 0x20202020);
    put32(base + ENABLE, 1u << TIMER_INTID | 1u << 27);
}

uint32_t controller_take(void)
{
    return is_3() ? (uint32_t)READ_SYSTEM(S3_0_C12_C8_0) : get32(GICC + 0xc);
}

void controller_end(uint32_t intid)
{
    if (is_3()) {
        WRITE_SYSTEM(S3_0_C12_C8_1, intid);
    } else {
        put32(GICC + 0x10, intid);
    }
}

/* What a world sees of the groups: the normal one reads zeros for group 0, and
 * its writes to them are ignored. */
void controller_look(uint64_t port, const char *who)
{
    uint64_t base = private_base();

    say_number(port, who, "groups", get32(base + GROUP));
    say_number(port, who, "enabled", get32(base + ENABLE) >> 16);
    put32(base + ENABLE + 0x80, 1u << TIMER_INTID | 1u << 27);
    say_number(port, who, "enabled then", get32(base + ENABLE) >> 16);
    put32(base + ENABLE, 1u << TIMER_INTID | 1u << 27);
    say_number(port, who, "priorities",
               get32(base + PRIORITY + (TIMER_INTID & ~3u)));
    say_number(port, who, "security", get32(GICD + 4) >> 10 & 1);
}
