/* SPDX-License-Identifier: Apache-2.0 */
/* The description of a GICv3 for guests: its node and its MADT structures. */
#include "devices/arm/gicv3.h"

enum { DISTRIBUTOR, REDISTRIBUTORS }; /* ranges of reg */

static const struct description_row tree_rows[] = {
    {"intc",                   TREE_DEVICE,             0,                            NULL        },
    {"compatible",             TREE_TEXT,               0,                            "arm,gic-v3"},
    {"interrupt-controller",   TREE_FLAG,               0,                            NULL        },
    {"#interrupt-cells",       TREE_NUMBER,             3,                            NULL        },
    {"#address-cells",         TREE_NUMBER,             2,                            NULL        },
    {"#size-cells",            TREE_NUMBER,             2,                            NULL        },
    {"ranges",                 TREE_FLAG,               0,                            NULL        },
    {"#redistributor-regions", TREE_NUMBER,             1,                            NULL        },
    {"reg",                    TREE_REG,                2,                            NULL        },
    {"interrupts",             TREE_PRIVATE | WITH_EL2, GICV3_MAINTENANCE - GIC_SGIS, NULL        },
    {"phandle",                TREE_HANDLE,             0,                            NULL        },
    {NULL,                     TREE_INSIDE,             0,                            NULL        },
    {"status",                 TREE_STATUS,             0,                            NULL        },
    {NULL,                     TREE_END,                0,                            NULL        },
};

static const struct description_field distributor_fields[] = {
    {2, FIELD_NUMBER, 0,           NULL},
    {4, FIELD_NUMBER, 0,           NULL},
    {8, FIELD_BASE,   DISTRIBUTOR, NULL},
    {4, FIELD_NUMBER, 0,           NULL},
    {1, FIELD_NUMBER, 3,           NULL}, /* version */
    {3, FIELD_NUMBER, 0,           NULL},
};

/* Each core's interface is system registers: it has no address. */
static const struct description_field core_fields[] = {
    {2, FIELD_NUMBER,            0,                 NULL },
    {4, FIELD_CORE,              0,                 NULL },
    {4, FIELD_CORE,              0,                 NULL },
    {4, FIELD_NUMBER,            1,                 NULL },
    {4, FIELD_NUMBER,            0,                 NULL },
    {4, FIELD_PRIVATE,           0,                 "pmu"},
    {8, FIELD_NUMBER,            0,                 NULL },
    {8, FIELD_NUMBER,            0,                 NULL },
    {8, FIELD_NUMBER,            0,                 NULL },
    {8, FIELD_NUMBER,            0,                 NULL },
    {4, FIELD_NUMBER | WITH_EL2, GICV3_MAINTENANCE, NULL },
    {8, FIELD_NUMBER,            0,                 NULL },
    {8, FIELD_CORE_ID,           0,                 NULL },
    {4, FIELD_NUMBER,            0,                 NULL },
};

static const struct description_field redistributor_fields[] = {
    {2, FIELD_NUMBER, 0,              NULL},
    {8, FIELD_BASE,   REDISTRIBUTORS, NULL},
    {4, FIELD_SIZE,   REDISTRIBUTORS, NULL},
};

/* GICD, GICC and GICR. */
static const struct description_record madt_records[] = {
    {0x0c, false, distributor_fields,   ARRAY_SIZE(distributor_fields)  },
    {0x0b, true,  core_fields,          ARRAY_SIZE(core_fields)         },
    {0x0e, false, redistributor_fields, ARRAY_SIZE(redistributor_fields)},
};

const struct description gicv3_description = {
    .kind = DESCRIBED_INTERRUPTS,
    DEVICE_TABLE(tree_row, tree_rows),
    DEVICE_TABLE(madt_record, madt_records),
};
