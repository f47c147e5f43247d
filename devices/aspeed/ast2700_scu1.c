/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System control unit of the AST2700's I/O die. It holds Caliptra, the boot MCU
 * and the devices of this die by reset lines, and resets the whole SoC when a
 * watchdog asks for it.
 *
 * Outputs 0 to 63 are the reset lines by their ids; line 64, soc, is asserted
 * during a reset of the whole SoC: everything behind it is reset, this unit
 * too, but for its reset logs and scratch registers. Outputs cptra_pwrgood and
 * cptra_rst_b are line 41 as Caliptra wants it: its power is good from the
 * first release on. Line 41 alone is a warm reset of Caliptra; a reset of the
 * whole SoC takes its power along, so that it measures and authorises all
 * again. Output cpu_reset is 1 while a watchdog resets the Cortex-A35 alone,
 * and watchdog_log is what SCU0 is to log.
 *
 * Inputs strap1 and strap2 have the straps. Inputs wdt0 to wdt7 and wdt_abr are
 * what a watchdog asks for at the moment, AST2700_RESET_FULL or its like.
 */
#include "bus/handlers.h"
#include "devices/aspeed/ast2700_scu.h"

#include "abi/ast2700.h"
#include "base/assert.h"
#include "base/bits.h"

enum { WATCHDOGS = 9, WATCHDOG_ABR = 8, LOG_BITS = 4, PULSE_NS = 1000 };
enum { INPUT_STRAP1, INPUT_STRAP2, INPUT_CPTRA_READY, INPUT_WATCHDOG };
enum outputs {
    OUTPUT_SOC = AST2700_SCU_LINES,
    OUTPUT_CPTRA_PWRGOOD,
    OUTPUT_CPTRA_RST_B,
    OUTPUT_CPU_RESET,
    OUTPUT_WATCHDOG_LOG,
};
enum { TIMER_PULSE };

struct state {
    struct ast2700_scu scu;
    uint32_t strap2;
    uint32_t strap2_lock;
    uint32_t log4;
    uint32_t misc;
    uint32_t debug_control;
    uint32_t dac_control[2];
    uint32_t video_control;
    uint32_t interrupt_status[2];
    uint32_t interrupt_enable[2];
    uint32_t scratch[32];
    uint32_t gate2;
    uint32_t gate2_lock;
    uint32_t clock_select[2];
    uint32_t clock_select_lock[2];
    uint32_t reset_select[2];
    uint32_t pll[6];
    uint32_t uart_clock[2];
    uint32_t duty[2];
    uint32_t duty2;
    uint32_t mac_delay[3];
    uint32_t usb_control;
    uint32_t pinmux[32];
    uint32_t pull_down_disable[8];
    uint32_t pin_configuration;
    uint32_t io_driving[9];
    uint32_t pcie_control;
    uint32_t cptra_powered;
    uint32_t resetting_soc;
    uint32_t resetting_cpu;
};

/* ---- Caliptra and the lines ---------------------------------------------- */

static bool cptra_is_held(const struct state *state)
{
    return (state->scu.reset[1] & BIT(AST2700_RESET1_CPTRA - 32)) != 0 ||
           (state->scu.strap & AST2700_SCU1_STRAP_NO_CPTRA) != 0;
}

/* Power is good before reset is let go. */
static void drive(struct device *device)
{
    struct state *state = device->state;

    state->cptra_powered |= !cptra_is_held(state);
    ast2700_scu_drive(device);
    line_set(&device->outputs[OUTPUT_SOC], state->resetting_soc);
    line_set(&device->outputs[OUTPUT_CPTRA_PWRGOOD], state->cptra_powered);
    line_set(&device->outputs[OUTPUT_CPTRA_RST_B],
             !cptra_is_held(state) && state->resetting_soc == 0);
    line_set(&device->outputs[OUTPUT_CPU_RESET], state->resetting_cpu);
}

/* Reports changes of the lines that hold processors; others move too often. */
static void moved(struct device *device, const struct access *access,
                  unsigned bank, uint32_t asserted, uint32_t released)
{
    static const unsigned processors[] = {
        AST2700_RESET1_MCU0, AST2700_RESET1_MCU1, AST2700_RESET1_CPTRA};

    for (size_t i = 0; bank == 1 && i < ARRAY_SIZE(processors); i++) {
        uint32_t line = BIT(processors[i] - 32);

        if (((asserted | released) & line) != 0) {
            ast2700_scu_tell(device, access, processors[i],
                             (asserted & line) != 0);
        }
    }
    drive(device);
}

REGISTER_VALUE(read_cptra, device->input_levels[INPUT_CPTRA_READY] != 0
                               ? AST2700_SCU1_CPTRA_READY
                               : 0)

/* ---- Resets of the whole SoC and of its application processors ----------- */

static void begin(struct device *device, uint32_t *what)
{
    struct clock *clock = &device->fabric->clock;

    *what = 1;
    timer_arm(clock, &device->timers[TIMER_PULSE], clock_now(clock) + PULSE_NS);
}

static void reset_soc(struct device *device, enum event_fact fact)
{
    struct state *state = device->state;

    device_event(device, .fact = fact);
    begin(device, &state->resetting_soc);
    device_reset(device, RESET_WARM);
}

static void end_pulse(struct device *device)
{
    struct state *state = device->state;

    state->resetting_soc = 0;
    state->resetting_cpu = 0;
    drive(device);
}

static void log_watchdog(struct device *device, unsigned number, uint32_t what)
{
    struct state *state = device->state;
    struct line *log = &device->outputs[OUTPUT_WATCHDOG_LOG];

    if (number == WATCHDOG_ABR) {
        state->scu.log[0] |= AST2700_SCU_RESET_LOG_ABR;
        return;
    }
    state->log4 |= what << LOG_BITS * number;
    line_set(log, what << LOG_BITS * number);
    line_set(log, 0);
}

static void watchdog_changed(struct device *device, unsigned index,
                             uint32_t level)
{
    struct state *state = device->state;

    debug_assert(index >= INPUT_WATCHDOG && index - INPUT_WATCHDOG < WATCHDOGS);
    if (level == 0) {
        return;
    }
    log_watchdog(device, index - INPUT_WATCHDOG, level & 0xf);
    if ((level & AST2700_RESET_CPU) != 0) {
        begin(device, &state->resetting_cpu);
        drive(device);
    } else {
        reset_soc(device, FACT_SYSTEM_WATCHDOG_RESET);
    }
}

static void ask_reset(struct device *device, unsigned output, bool asserted)
{
    if (output == OUTPUT_SOC && asserted) {
        reset_soc(device, FACT_SYSTEM_WARM_RESET);
    } else if (output < AST2700_SCU_LINES && asserted) {
        ast2700_scu_assert(device, NULL, output / 32, BIT(output % 32));
    } else if (output < AST2700_SCU_LINES) {
        ast2700_scu_release(device, NULL, output / 32, BIT(output % 32));
    }
}

/* ---- Second straps and clock gates --------------------------------------- */

REGISTER_SET(set_strap2, strap2 |= value & ~state->strap2_lock)
REGISTER_SET(clear_strap2, strap2 &= ~(value & ~state->strap2_lock))
REGISTER_SET(stop_clocks2, gate2 |= value & ~state->gate2_lock)
REGISTER_SET(start_clocks2, gate2 &= ~(value & ~state->gate2_lock))

/* ---- Life ---------------------------------------------------------------- */

static void strap_changed(struct device *device, unsigned index, uint32_t level)
{
    struct state *state = device->state;

    if (index == INPUT_STRAP1) {
        state->scu.strap = level;
    } else {
        state->strap2 = level;
    }
    drive(device);
}

static void reset(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;

    if (domain == RESET_POWER_ON) {
        timer_cancel(&device->fabric->clock, &device->timers[TIMER_PULSE]);
        state->scu.strap = device->input_levels[INPUT_STRAP1];
        state->strap2 = device->input_levels[INPUT_STRAP2];
    }
    drive(device);
}

static const struct register_spec registers[] = {
#include "devices/aspeed/ast2700_scu1.def"
};

static const struct output_spec outputs[] = {
#include "devices/aspeed/ast2700_scu1_outputs.def"
};

static const struct input_spec inputs[] = {
    {"strap1",                  strap_changed   },
    {"strap2",                  strap_changed   },
    {"cptra_ready_for_runtime", NULL            },
    {"wdt0",                    watchdog_changed},
    {"wdt1",                    watchdog_changed},
    {"wdt2",                    watchdog_changed},
    {"wdt3",                    watchdog_changed},
    {"wdt4",                    watchdog_changed},
    {"wdt5",                    watchdog_changed},
    {"wdt6",                    watchdog_changed},
    {"wdt7",                    watchdog_changed},
    {"wdt_abr",                 watchdog_changed},
};

static const struct ast2700_scu_part part = {
    .moved = moved,
};

static const struct omission omissions[] = {
    {"CLK_SEL1",      OMITTED_UNSEEN, 0,          0,
     "clocks: they run as the board says, whatever gates, selectors and PLLs "
     "hold"                                                                                    },
    {"CLK_SEL_LOCK",  OMITTED_SET,    UINT32_MAX, 0,          "locks of clock selectors"       },
    {"PINMUX",        OMITTED_UNSEEN, 0,          0,          "pins: no two devices share them"},
    {"EXTRST_SEL",    OMITTED_UNSEEN, 0,          0,
     "the external reset, which has no line"                                                   },
    {"IC2_ENABLE",    OMITTED_SET,    0xf,        0,          "interrupts of the SCU"          },
    {"IC3_ENABLE",    OMITTED_SET,    0xf,        0,          "interrupts of the SCU, second"  },
    {"DEBUG_CTRL",    OMITTED_UNSEEN, 0,          0,          "which debug interfaces are off" },
    {"CPTRA_STATUS",  OMITTED_UNSEEN, 0,          0,          "other bits of CPTRA_STATUS"     },
    {NULL,            OMITTED_UNSEEN, 0,          0,
     "assumptions, as no public source says: Caliptra is held at power-on "
     "until line 41 is released, a reset of the SoC is a cold one for it, a "
     "strap which software changes acts at once, lines 32 and 33 are the boot "
     "MCU's"                                                                                   },
    {"CLKGATE1_CTRL", OMITTED_UNSEEN, 0,          0,          "gates of clocks"                },
    {"HWSTRAP1_SEC1", OMITTED_OTHER,  UINT32_MAX, 0xff,
     "what the straps' word SEC1 decides"                                                      },
    {"HWSTRAP1_SEC2", OMITTED_OTHER,  UINT32_MAX, 0,
     "what the straps' word SEC2 decides"                                                      },
    {"HWSTRAP1_SEC3", OMITTED_OTHER,  UINT32_MAX, 0x1000408f,
     "what the straps' word SEC3 decides"                                                      },
    {NULL,            OMITTED_UNSEEN, 0,          0,
     "clocks: HPLL, HPLL_EXT, APLL, APLL_EXT, DPLL, DPLL_EXT, CLK_SEL2, "
     "UXCLK_CTRL, HUXCLK_CTRL, CLKDUTY, CLKDUTY2, FREQ_COUNTER_CMP"                            },
    {NULL,            OMITTED_UNSEEN, 0,          0,
     "how pins drive and delay: MAC_DELAY, PULL_DOWN_DISABLE, PIN_CONF, "
     "IO_DRIVING"                                                                              },
    {NULL,            OMITTED_UNSEEN, 0,          0,
     "settings of parts that are not there: DAC_CTRL, VIDEO_INPUT_CTRL, "
     "USB_CTRL, PCIE3_CTRL, MISC"                                                              },
};

const struct device_type ast2700_scu1 = {
    .compatible = "aspeed,ast2700-scu1",
    .title = "AST2700 system control unit of the I/O die",
    .reference =
        "U-Boot scu_ast2700.h, clk_ast2700.c, reset-ast2700.c, "
        "cpu-info.c",
    DEVICE_TABLE(omission, omissions),
    .role = ROLE_RESET_CONTROLLER,
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("registers", 0x1000, 4 | 8, registers)),
    DEVICE_FIELDS(STATE(struct state, cptra_powered, RESET_WARM),
                  STATE(struct state, resetting_soc, RESET_POWER_ON),
                  STATE(struct state, resetting_cpu, RESET_POWER_ON)),
    DEVICE_TABLE(output, outputs),
    DEVICE_TABLE(input, inputs),
    DEVICE_TIMERS([TIMER_PULSE] = end_pulse),
    .reset = reset,
    .restored = drive,
    .ask_reset = ask_reset,
    .interface = &part,
};
