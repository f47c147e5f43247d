/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System control unit of the AST2700's CPU die. It holds the four Cortex-A35
 * until CA35_RELEASE is 1, the SSP and the TSP as their control registers say
 * (ast2700_m4.c), and the devices of this die by reset lines.
 *
 * Outputs 0 to 63 are the reset lines by their ids; behind them come those of
 * the processors. Input cpu_reset asserts the Cortex-A35's as long as it is 1;
 * input strap1 has the straps; input watchdog_log is what watchdogs add to
 * RESET_LOG3.
 */
#include "devices/aspeed/ast2700_scu0.h"

#include "abi/ast2700.h"
#include "base/assert.h"
#include "base/bits.h"

enum { INPUT_STRAP1, INPUT_CPU_RESET, INPUT_WATCHDOG_LOG };
enum outputs {
    OUTPUT_CA35 = AST2700_SCU_LINES,
    OUTPUT_SSP,
    OUTPUT_TSP,
    OUTPUT_RVBAR,
};
enum { CA35_COUNT = 4, NS_PER_COUNT = 40 };
enum { WPROT1_DEBUG_CONTROL = 1 << 18 };

/* ---- Processors ---------------------------------------------------------- */

static bool ca35_runs(const struct device *device)
{
    const struct ast2700_scu0 *state = device->state;

    return state->ca35_release != 0 &&
           (state->scu.strap & AST2700_SCU0_STRAP_NO_CA35) == 0 &&
           device->input_levels[INPUT_CPU_RESET] == 0;
}

static void drive_processor(struct device *device, const struct access *access,
                            unsigned output, bool runs)
{
    struct line *line = &device->outputs[output];

    if (line->level != !runs) {
        ast2700_scu_tell(device, access, output, !runs);
    }
    line_set(line, !runs);
}

/* Where a processor starts is known before it may start. */
void ast2700_scu0_drive(struct device *device, const struct access *access)
{
    const struct ast2700_scu0 *state = device->state;

    ast2700_scu_drive(device);
    for (unsigned i = 0; i < ARRAY_SIZE(state->rvbar); i++) {
        line_set(&device->outputs[OUTPUT_RVBAR + i], state->rvbar[i]);
    }
    drive_processor(device, access, OUTPUT_CA35, ca35_runs(device));
    drive_processor(device, access, OUTPUT_SSP,
                    ast2700_m4_runs(device, M4_SSP));
    drive_processor(device, access, OUTPUT_TSP,
                    ast2700_m4_runs(device, M4_TSP));
}

static void moved(struct device *device, const struct access *access,
                  unsigned bank, uint32_t asserted, uint32_t released)
{
    ast2700_m4_moved(device, bank, asserted, released);
    ast2700_scu0_drive(device, access);
}

static void write_release(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct ast2700_scu0 *state = device->state;

    if (value != 0 && (state->scu.strap & AST2700_SCU0_STRAP_NO_CA35) != 0) {
        device_guest_error(device, AST2700_SCU0_CA35_RELEASE,
                           "a strap disables the Cortex-A35");
    }
    state->ca35_release = value;
    ast2700_scu0_drive(device, access);
}

static void write_rvbar(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct ast2700_scu0 *state = device->state;

    debug_assert(index < CA35_COUNT);
    state->rvbar[index] = value;
    ast2700_scu0_drive(device, access);
}

/* The lines as registers move them; the release of SSP or TSP is that of its
 * reset line, then bit 0 of its control register. */
static void ask_reset(struct device *device, unsigned output, bool asserted)
{
    unsigned id = output == OUTPUT_SSP   ? AST2700_RESET0_SSP
                  : output == OUTPUT_TSP ? AST2700_RESET0_TSP
                                         : output;

    if (output == OUTPUT_CA35) {
        write_release(device, NULL, 0, asserted ? 0 : 1);
    } else if (asserted) {
        ast2700_scu_assert(device, NULL, id / 32, BIT(id % 32));
    } else {
        ast2700_scu_release(device, NULL, id / 32, BIT(id % 32));
        if (output != id) {
            ast2700_m4_enable(device, output - OUTPUT_SSP);
        }
        ast2700_scu0_drive(device, NULL);
    }
}

/* ---- Other registers ----------------------------------------------------- */

static void write_debug_control(struct device *device,
                                const struct access *access, unsigned index,
                                uint32_t value)
{
    struct ast2700_scu0 *state = device->state;

    if ((state->write_protect & WPROT1_DEBUG_CONTROL) != 0) {
        device_guest_error(device, AST2700_SCU_DEBUG_CONTROL,
                           "DEBUG_CTRL is protected by WPROT1");
        return;
    }
    state->debug_control = value;
}

static uint32_t read_counter(struct device *device, const struct access *access,
                             unsigned index)
{
    const struct clock *clock = &device->fabric->clock;

    clock_tell(clock);
    uint64_t count = (clock_now(clock) - clock->powered_ns) / NS_PER_COUNT;
    return (uint32_t)(index == 0 ? count : count >> 32);
}

/* ---- Life ---------------------------------------------------------------- */

static void strap_changed(struct device *device, unsigned index, uint32_t level)
{
    struct ast2700_scu0 *state = device->state;

    state->scu.strap = level;
    ast2700_scu0_drive(device, NULL);
}

static void cpu_reset_changed(struct device *device, unsigned index,
                              uint32_t level)
{
    ast2700_scu0_drive(device, NULL);
}

static void watchdog_logged(struct device *device, unsigned index,
                            uint32_t level)
{
    struct ast2700_scu0 *state = device->state;

    state->scu.log[2] |= level;
}

static int init(struct device *device, struct error *error)
{
    return ast2700_m4_init(device, error);
}

static void reset(struct device *device, enum reset_domain domain)
{
    struct ast2700_scu0 *state = device->state;

    if (domain == RESET_POWER_ON) {
        state->scu.strap = device->input_levels[INPUT_STRAP1];
    }
    if (device_own_property_u32(device, "cairn,dram-trained", 0) != 0) {
        state->vga[0] |= AST2700_SCU0_DRAM_DONE;
    }
    ast2700_m4_place(device);
    ast2700_scu0_drive(device, NULL);
}

static void restored(struct device *device)
{
    ast2700_m4_place(device);
    ast2700_scu0_drive(device, NULL);
}

static const struct register_spec registers[] = {
#include "devices/aspeed/ast2700_scu0.def"
};

static const struct output_spec outputs[] = {
#include "devices/aspeed/ast2700_scu0_outputs.def"
};

static const struct ast2700_scu_part part = {
    .moved = moved,
};

static const struct omission omissions[] = {
    {"CLK_SEL",         OMITTED_UNSEEN, 0,                  0,
     "clocks: they run as the board says, whatever gates, selectors and PLLs "
     "hold"                                                                                              },
    {"CLK_SEL_LOCK",    OMITTED_SET,    UINT32_MAX,         0,          "locks of clock selectors"       },
    {"PINMUX",          OMITTED_UNSEEN, 0,                  0,          "pins: no two devices share them"},
    {"PINMUX_LOCK",     OMITTED_SET,    UINT32_MAX,         0,          "locks of pins"                  },
    {"PINMUX_VGA_LOCK", OMITTED_SET,    UINT32_MAX,         0,          "locks of pins of the VGA"       },
    {"WPROT1",          OMITTED_SET,    ~(uint32_t)BIT(18), 0,
     "what WPROT1 protects but DEBUG_CTRL"                                                               },
    {"SSP_CACHE",       OMITTED_UNSEEN, 0,                  0,          "caches of SSP and TSP"          },
    {"EXTRST_SEL",      OMITTED_UNSEEN, 0,                  0,
     "the external reset, which has no line"                                                             },
    {"IC0_ENABLE",      OMITTED_SET,    0xf,                0,          "interrupts of PCIe"             },
    {"IC1_ENABLE",      OMITTED_SET,    0xf,                0,          "interrupts of PCIe, second"     },
    {NULL,              OMITTED_UNSEEN, 0,                  0,
     "assumptions, as no public source says: CA35_RELEASE = 0 holds the "
     "Cortex-A35 again, and a strap which software changes acts at once"                                 },
    {"SSP_CACHEABLE",   OMITTED_UNSEEN, 0,                  0,          "what the SSP caches"            },
    {"TSP_CACHEABLE",   OMITTED_UNSEEN, 0,                  0,          "what the TSP caches"            },
    {"TSP_CACHE",       OMITTED_UNSEEN, 0,                  0,          "the cache of the TSP"           },
    {"CLKGATE_CTRL",    OMITTED_UNSEEN, 0,                  0,          "gates of clocks"                },
    {"DEBUG_CTRL",      OMITTED_UNSEEN, 0,                  0,          "which debug interfaces are off" },
    {"HWSTRAP1_SEC1",   OMITTED_OTHER,  UINT32_MAX,         0xff,
     "what the straps' word SEC1 decides"                                                                },
    {"HWSTRAP1_SEC2",   OMITTED_OTHER,  UINT32_MAX,         0,
     "what the straps' word SEC2 decides"                                                                },
    {"HWSTRAP1_SEC3",   OMITTED_OTHER,  UINT32_MAX,         0x1000408f,
     "what the straps' word SEC3 decides"                                                                },
    {NULL,              OMITTED_UNSEEN, 0,                  0,
     "clocks: HPLL, HPLL_EXT, DPLL, DPLL_EXT, MPLL, MPLL_EXT, D1CLK_PARA, "
     "D2CLK_PARA, CRT1CLK_PARA, CRT2CLK_PARA, MPHYCLK_PARA, CLKDUTY, "
     "DELAY_RING_CTRL, FREQ_COUNTER_CMP"                                                                 },
    {NULL,              OMITTED_UNSEEN, 0,                  0,
     "how pins drive, and those of the VGA: IO_CTRL, PINMUX_VGA"                                         },
    {NULL,              OMITTED_UNSEEN, 0,                  0,
     "what PCIe shows a host, which is not there: PCI0_CFG, PCIE0_DECODE, "
     "PCIE0_SHARED, PCI1_CFG, PCIE1_DECODE, PCIE1_SHARED, PCI_MISC"                                      },
    {NULL,              OMITTED_UNSEEN, 0,                  0,
     "settings of other parts that are not there: MISC"                                                  },
    OMISSION_LOGGED(ast2700_m4_no_dram),
};

const struct device_type ast2700_scu0 = {
    .compatible = "aspeed,ast2700-scu0",
    .title = "AST2700 system control unit of the CPU die",
    .reference =
        "U-Boot scu_ast2700.h, clk_ast2700.c, reset-ast2700.c; "
        "vbootrom ast27x0/ssp_tsp.c",
    DEVICE_TABLE(omission, omissions),
    .role = ROLE_RESET_CONTROLLER,
    .state_size = sizeof(struct ast2700_scu0),
    .wiring_size = sizeof(struct ast2700_scu0_wiring),
    DEVICE_BANKS(REGISTER_BANK("registers", 0x1000, 4 | 8, registers)),
    DEVICE_FIELDS(STATE(struct ast2700_scu0, m4[M4_TSP].ahb_base, RESET_WARM),
                  {"m4[M4_TSP].remap",
                   FIELD(struct ast2700_scu0, m4[M4_TSP].remap[0]),
                   5 * sizeof(uint32_t), RESET_WARM, 0}),
    DEVICE_TABLE(output, outputs),
    DEVICE_INPUTS({"strap1", strap_changed}, {"cpu_reset", cpu_reset_changed},
                  {"watchdog_log", watchdog_logged}),
    .init = init,
    .reset = reset,
    .restored = restored,
    .ask_reset = ask_reset,
    .interface = &part,
    .gate = ast2700_m4_gate,
};
