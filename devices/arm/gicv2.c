/* SPDX-License-Identifier: Apache-2.0 */
/* GICv2: selects the interrupt signalled to a core; inputs; the device type. */
#include "devices/arm/gicv2.h"

#include "base/assert.h"

static bool targets(const struct device *device, unsigned core, unsigned spi)
{
    const struct gicv2 *gic = device->state;
    const struct gicv2_wiring *wiring = device->wiring;

    return wiring->core_count == 1 || (gic->targets[spi] >> core & 1) != 0;
}

static void look_at_bank(const struct device *device, unsigned core,
                         unsigned index, struct gicv2_best *best)
{
    const struct gicv2 *gic = device->state;
    const struct gic_bank *bank = &gic->banks[index];
    uint32_t groups = ((gic->control & GICV2_CTLR_G0) != 0 ? ~bank->group : 0) |
                      ((gic->control & GICV2_CTLR_G1) != 0 ? bank->group : 0);
    uint32_t left = gic_ready(bank) & groups;

    for (; left != 0; left &= left - 1) {
        unsigned n = (unsigned)__builtin_ctz(left);
        unsigned spi = index < GIC_CORES ? 0 : (index - GIC_CORES) * 32 + n;
        if (bank->priority[n] < best->priority &&
            (index < GIC_CORES || targets(device, core, spi))) {
            *best = (struct gicv2_best){
                .intid = index < GIC_CORES ? n : GIC_PRIVATE + spi,
                .priority = bank->priority[n],
                .group = bank->group >> n & 1,
            };
        }
    }
}

struct gicv2_best gicv2_find_best(const struct device *device, unsigned core)
{
    const struct gicv2 *gic = device->state;
    struct gicv2_best best = {GIC_SPURIOUS, GIC_IDLE_PRIORITY, GICV2_G0};

    debug_assert(core < GIC_CORES);
    look_at_bank(device, core, core, &best);
    for (unsigned i = GIC_CORES; i < ARRAY_SIZE(gic->banks); i++) {
        if (!gic_is_quiet(&gic->banks[i])) {
            look_at_bank(device, core, i, &best);
        }
    }
    return best;
}

uint8_t gicv2_running_priority(const struct gicv2_cpu *cpu)
{
    uint32_t active = cpu->active[0] | cpu->active[1];
    return (uint8_t)(active == 0 ? GIC_IDLE_PRIORITY
                                 : __builtin_ctz(active) << 3);
}

/* 3.3.3: the Non-secure binary point is one off. A point has three bits,
 * whatever a record holds. */
uint32_t gicv2_group_mask(const struct gicv2_cpu *cpu, unsigned group)
{
    debug_assert(group < GICV2_GROUPS);
    if (group == GICV2_G0 || (cpu->control & GICV2_CTLR_CBPR) != 0) {
        return UINT32_MAX << ((cpu->binary_point[GICV2_G0] & 7) + 1);
    }
    return UINT32_MAX << (cpu->binary_point[GICV2_GROUP1] & 7);
}

bool gicv2_can_preempt(const struct gicv2_cpu *cpu,
                       const struct gicv2_best *best)
{
    uint8_t running = gicv2_running_priority(cpu);
    uint32_t enable =
        best->group == GICV2_GROUP1 ? GICV2_CTLR_G1 : GICV2_CTLR_G0;

    return best->intid != GIC_SPURIOUS && (cpu->control & enable) != 0 &&
           best->priority < cpu->priority_mask &&
           gic_is_better(best->priority, running,
                         gicv2_group_mask(cpu, best->group));
}

/* The maintenance interrupt is a PPI of the same core, so it comes first. */
static void update_virtual(struct device *device, unsigned core)
{
    struct gicv2 *gic = device->state;
    bool irq;
    bool fiq;
    bool maintenance;

    gicv2_virtual_lines(&gic->virtuals[core], &irq, &fiq, &maintenance);
    gic_set_private(device, gic->banks, core, GICV2_MAINTENANCE, maintenance);
    line_set(&device->outputs[4 * core + 2], irq);
    line_set(&device->outputs[4 * core + 3], fiq);
}

void gicv2_update_core(struct device *device, unsigned core)
{
    const struct gicv2 *gic = device->state;
    const struct gicv2_cpu *cpu = &gic->cpus[core];

    update_virtual(device, core);
    struct gicv2_best best = gicv2_find_best(device, core);
    bool signal = gicv2_can_preempt(cpu, &best);
    bool fiq = best.group == GICV2_G0 && (cpu->control & GICV2_CTLR_FIQ) != 0;

    line_set(&device->outputs[4 * core], signal && !fiq);
    line_set(&device->outputs[4 * core + 1], signal && fiq);
}

void gicv2_update(struct device *device)
{
    const struct gicv2_wiring *wiring = device->wiring;

    debug_assert(wiring->core_count != 0 && wiring->core_count <= GIC_CORES);
    for (unsigned core = 0; core < wiring->core_count; core++) {
        gicv2_update_core(device, core);
    }
}

static void input_changed(struct device *device, unsigned input, uint32_t level)
{
    struct gicv2 *gic = device->state;
    uint32_t bit;
    struct gic_bank *bank = gic_input_bank(gic->banks, input, &bit);

    gic_set_line(bank, bit, level != 0);
    gicv2_update(device);
}

void gicv2_pulse(struct device *device, unsigned spi)
{
    struct gicv2 *gic = device->state;
    struct gic_bank *bank = &gic->banks[GIC_CORES + spi / 32];

    assert(spi < GIC_SPIS);
    if ((bank->line & BIT(spi % 32)) == 0) {
        gic_set_line(bank, BIT(spi % 32), true);
        gic_set_line(bank, BIT(spi % 32), false);
        gicv2_update(device);
    }
}

/* ---- Life ---------------------------------------------------------------- */

static int init(struct device *device, struct error *error)
{
    struct gicv2_wiring *wiring = device->wiring;
    uint32_t cores = device_property_u32(device, "cairn,core-count", 1);

    if (cores == 0 || cores > GIC_CORES) {
        return error_set(error, -EINVAL,
                         "property 'cairn,core-count': %u cores, at most %u",
                         cores, (unsigned)GIC_CORES);
    }
    wiring->core_count = cores;
    wiring->security = device_property_u32(device, "cairn,security", 0) != 0;
    return 0;
}

static void reset(struct device *device, enum reset_domain domain)
{
    struct gicv2 *gic = device->state;

    for (unsigned core = 0; core < GIC_CORES; core++) {
        gic->banks[core].edge = 0xffff; /* SGIs */
        gic->banks[core].enabled = 0xffff;
        gic->cpus[core].binary_point[GICV2_G0] = GICV2_POINT_MIN;
        gic->cpus[core].binary_point[GICV2_GROUP1] = GICV2_POINT_MIN + 1;
        gicv2_virtual_reset(&gic->virtuals[core]);
    }
    gic_look_at_inputs(device, gic->banks);
    gicv2_update(device);
}

static const struct register_bank banks[] = {
    {"distributor",   0x10000, 1 | 2 | 4, gicv2_distributor_rows,
     GICV2_DISTRIBUTOR_ROWS                                                            },
    {"cpu_interface", 0x10000, 1 | 2 | 4, gicv2_cpu_rows,         GICV2_CPU_ROWS       },
    {"hypervisor",    0x10000, 4,         gicv2_hypervisor_rows,  GICV2_HYPERVISOR_ROWS},
    {"virtual",       0x10000, 4,         gicv2_virtual_rows,     GICV2_VIRTUAL_ROWS   },
};

static const struct output_spec outputs[] = {
#define OUTPUT(name) {name, LINE_SIGNAL},
#include "devices/arm/gic_outputs.def"
#undef OUTPUT
};

static const struct input_spec inputs[] = {
#define INPUT(name) {name, input_changed},
#include "devices/arm/gic_inputs.def"
#undef INPUT
};

static const struct description_row tree_rows[] = {
    {"intc",                 TREE_DEVICE,             0,                            NULL                },
    {"compatible",           TREE_TEXT,               0,                            "arm,cortex-a15-gic"},
    {"interrupt-controller", TREE_FLAG,               0,                            NULL                },
    {"#interrupt-cells",     TREE_NUMBER,             3,                            NULL                },
    {"#address-cells",       TREE_NUMBER,             2,                            NULL                },
    {"#size-cells",          TREE_NUMBER,             2,                            NULL                },
    {"ranges",               TREE_FLAG,               0,                            NULL                },
    {"reg",                  TREE_REG | WITHOUT_EL2,  2,                            NULL                },
    {"reg",                  TREE_REG | WITH_EL2,     4,                            NULL                }, /* the rest is for hypervisors */
    {"interrupts",           TREE_PRIVATE | WITH_EL2, GICV2_MAINTENANCE - GIC_SGIS, NULL                },
    {"phandle",              TREE_HANDLE,             0,                            NULL                },
    {NULL,                   TREE_INSIDE,             0,                            NULL                },
    {"status",               TREE_STATUS,             0,                            NULL                },
    {NULL,                   TREE_END,                0,                            NULL                },
};

/* GICD and GICC; the latter of cores that are enabled. */
static const struct description_field distributor_fields[] = {
    {2, FIELD_NUMBER, 0, NULL},
    {4, FIELD_NUMBER, 0, NULL},
    {8, FIELD_BASE,   0, NULL},
    {4, FIELD_NUMBER, 0, NULL},
    {1, FIELD_NUMBER, 2, NULL}, /* version */
    {3, FIELD_NUMBER, 0, NULL},
};

static const struct description_field core_fields[] = {
    {2, FIELD_NUMBER,            0,                 NULL },
    {4, FIELD_CORE,              0,                 NULL },
    {4, FIELD_CORE,              0,                 NULL },
    {4, FIELD_NUMBER,            1,                 NULL },
    {4, FIELD_NUMBER,            0,                 NULL },
    {4, FIELD_PRIVATE,           0,                 "pmu"},
    {8, FIELD_NUMBER,            0,                 NULL },
    {8, FIELD_BASE,              1,                 NULL },
    {8, FIELD_BASE | WITH_EL2,   3,                 NULL },
    {8, FIELD_BASE | WITH_EL2,   2,                 NULL },
    {4, FIELD_NUMBER | WITH_EL2, GICV2_MAINTENANCE, NULL },
    {8, FIELD_NUMBER,            0,                 NULL },
    {8, FIELD_CORE_ID,           0,                 NULL },
    {4, FIELD_NUMBER,            0,                 NULL },
};

static const struct description_record madt_records[] = {
    {0x0c, false, distributor_fields, ARRAY_SIZE(distributor_fields)},
    {0x0b, true,  core_fields,        ARRAY_SIZE(core_fields)       },
};

static const struct description description = {
    .kind = DESCRIBED_INTERRUPTS,
    DEVICE_TABLE(tree_row, tree_rows),
    DEVICE_TABLE(madt_record, madt_records),
    .core_mask = true,
};

const struct device_type gicv2 = {
    .compatible = GICV2_COMPATIBLE,
    .title = "GICv2 interrupt controller",
    .reference = "Arm GIC Architecture Specification (IHI 0048), GICv2",
    DEVICE_OMISSIONS({"GICD_NSACR", OMITTED_ABSENT, 0, 0,
                      "grants of Non-secure access, as of a GIC-400"},
                     {"GICC_CTLR", OMITTED_UNSEEN, 0, 0,
                      "bypass: no board has the legacy interrupt lines"},
                     {"a bus error", OMITTED_ABSENT, 0, 0,
                      "GICH of other cores at its aliases"}),
    .description = &description,
    .state_size = sizeof(struct gicv2),
    .wiring_size = sizeof(struct gicv2_wiring),
    DEVICE_TABLE(bank, banks),
    DEVICE_FIELDS(STATE(struct gicv2, banks, RESET_CORE),
                  STATE(struct gicv2, targets, RESET_CORE),
                  STATE(struct gicv2, sgi_sources, RESET_CORE),
                  STATE(struct gicv2, cpus, RESET_CORE),
                  STATE(struct gicv2, virtuals, RESET_CORE),
                  STATE(struct gicv2, control, RESET_CORE)),
    DEVICE_TABLE(output, outputs),
    DEVICE_TABLE(input, inputs),
    .init = init,
    .reset = reset,
    .restored = gicv2_update,
};
