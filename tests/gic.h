/* SPDX-License-Identifier: Apache-2.0 */
/* Facts that hold for the GICv2 and the GICv3 under test, and helpers. */
#ifndef TESTS_GIC_H
#define TESTS_GIC_H

#include "devices/test_bus.h"
#include "tests/harness.h"

static const struct test_who gic_secure = {0, true};
static const struct test_who gic_normal = {0, false};

static inline uint32_t gic_level(struct test_bus *bus, const char *name)
{
    return device_output(bus->device, name)->level;
}

static inline void gic_input(struct test_bus *bus, const char *name,
                             uint32_t level)
{
    device_input(bus->device, test_input(bus->device, name), level);
}

/* ---- Views of the two security states ------------------------------------ */

/* A write to a register, and the values that both states then read there. */
struct gic_view {
    bool secure; /* the writer */
    uint32_t offset;
    uint32_t value;
    uint32_t by_secure, by_normal;
};

static inline void gic_expect_views(struct test_bus *bus, unsigned bank,
                                    const struct gic_view *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct gic_view *row = &rows[i];

        test_case("row %zu, 0x%x", i, row->offset);
        test_write_as(bus->device, row->secure ? gic_secure : gic_normal, bank,
                      row->offset, 4, row->value);
        EXPECT_EQ(test_read_as(bus->device, gic_secure, bank, row->offset, 4),
                  row->by_secure);
        EXPECT_EQ(test_read_as(bus->device, gic_normal, bank, row->offset, 4),
                  row->by_normal);
    }
}

/* Rows of the distributor. INTIDs 40, 42, 45 and 47 are of Non-secure group 1;
 * priorities and triggers are those of the reset. */
static const struct gic_view gic_distributor_views[] = {
    {true,  0x104, 0x0301,     0x0301,     0x0100    }, /* enables */
    {false, 0x104, 0x0600,     0x0701,     0x0500    },
    {false, 0x184, 0x0300,     0x0601,     0x0400    },
    {true,  0x184, 0x0201,     0x0400,     0x0400    },
    {true,  0x204, 0x0300,     0x0300,     0x0100    }, /* pending */
    {false, 0x204, 0x0600,     0x0700,     0x0500    },
    {false, 0x284, 0x0300,     0x0600,     0x0400    },
    {true,  0x284, 0x0200,     0x0400,     0x0400    },
    {true,  0x224, UINT32_MAX, 0,          0         },
    {true,  0x304, 0x0300,     0x0300,     0x0100    }, /* active */
    {false, 0x304, 0x0600,     0x0700,     0x0500    },
    {false, 0x384, 0x0300,     0x0600,     0x0400    },
    {true,  0x384, 0x0200,     0x0400,     0x0400    },
    {true,  0x428, 0x27ff4581, 0x20f84080, 0x00f00000}, /* priority */
    {false, 0x428, 0xff80ff80, 0x20c040c0, 0x00800080},
    {false, 0x42c, 0x11223344, 0x88009800, 0x10003000},
    {true,  0x43c, 0x08101820, 0x08101820, 0         },
    {true,  0x440, 0x10182028, 0x10182028, 0         },
    {true,  0xc08, UINT32_MAX, 0xaaaaaaaa, 0x88220000}, /* ICFGR */
    {false, 0xc08, 0,          0x2288aaaa, 0         },
    {true,  0xc0c, 0x00000008, 0x00000008, 0         },
    {false, 0xc08, 0,          0x2288aaaa, 0         }, /* as it was */
    {true,  0xc48, UINT32_MAX, 0,          0         },
    {true,  0xc10, 0x00000002, 0x00000002, 0         },
    {true,  0xc18, 0x00000008, 0x00000008, 0         },
};

/* ---- Virtual interrupts -------------------------------------------------- */

/* A list register becomes pending while an interrupt of group 0 runs at 0xa0.
 * Control bits and binary points are fields of VMCR. */
struct gic_preemption {
    uint32_t control; /* 1 << 4: CBPR */
    unsigned point0, point1;
    bool group1;
    uint32_t priority;
    bool preempts;
};

static const struct gic_preemption gic_preemptions[] = {
    {0,      4, 3, false, 0x98, true },
    {0,      5, 3, false, 0x98, false},
    {0,      5, 3, false, 0x78, true },
    {0,      7, 3, false, 0x00, false},
    {0,      2, 3, true,  0x98, true },
    {0,      2, 5, true,  0x98, true },
    {0,      2, 6, true,  0x98, false},
    {0,      2, 7, true,  0x78, true },
    {1 << 4, 5, 3, true,  0x98, false},
    {1 << 4, 4, 7, true,  0x98, true },
};

/* VMCR with both groups on and no mask. */
static inline uint32_t gic_preemption_machine(const struct gic_preemption *row)
{
    return 0xf8000003 | row->control | row->point0 << 21 | row->point1 << 18;
}

/* The active priority that the running interrupt has, as a bit. */
static inline uint32_t gic_preemption_active(const struct gic_preemption *row)
{
    return 1u << ((0xa0 & UINT32_MAX << (row->point0 + 1)) >> 3) % 32;
}

/* List register 2 alone, and the bits of EISR and ELRSR that it leaves. */
struct gic_list_state {
    bool reports, hardware, active, pending;
    uint32_t ended, free;
};

static const struct gic_list_state gic_list_states[] = {
    {false, false, false, false, 0, 0xf},
    {true,  false, false, false, 4, 0xb},
    {true,  false, false, true,  0, 0xb},
    {true,  false, true,  false, 0, 0xb},
    {true,  true,  false, false, 0, 0xf},
    {false, true,  false, false, 0, 0xf},
    {false, true,  true,  false, 0, 0xb},
    {false, false, false, true,  0, 0xb},
};

#endif
