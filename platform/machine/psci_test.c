/* SPDX-License-Identifier: Apache-2.0 */
/* Function numbers and results are those of DEN0022D and DEN0028; that guests
 * get along with them is shown by tests/guests/guests.sh. */
#include "platform/machine/psci.h"

#include "platform/test_bench.h"
#include "tests/facts.h"
#include "tests/harness.h"
#include "tests/machine.h"

OWNER(struct cairn_machine, cairn_destroy)

#define TWO_CPUS                                                               \
    BENCH_BOARD(BENCH_CPU("first", "0", "100000000", "")                       \
                    BENCH_CPU("second", "1", "100000000", ""),                 \
                "")

enum { NOT_SUPPORTED = -1, INVALID = -2, ALREADY_ON = -4, BAD_ADDRESS = -9 };

static const uint32_t spin[] = {J(0)};

/* Two cores, of which the second is off, as at the start of a guest. */
static struct cairn_machine *make(void)
{
    struct cairn_machine *machine =
        bench_machine(TWO_CPUS, spin, ARRAY_SIZE(spin));
    if (machine) {
        machine->cores[1]->power = CORE_OFF;
        slot_look(&machine->slots[1], 0);
    }
    return machine;
}

static int64_t call(struct cairn_machine *machine, unsigned core,
                    uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t x[8] = {function, a, b, c};
    return psci_call(machine, machine->cores[core], CORE_CALL_HVC, x)
               ? (int64_t)x[0]
               : INT64_MIN;
}

TEST(versions_and_features_are_told)
{
    static const struct {
        uint32_t function;
        uint32_t argument;
        int64_t result;
    } rows[] = {
        {0x84000000, 0,          0x10001      }, /* PSCI_VERSION */
        {0x80000000, 0,          0x10001      }, /* SMCCC_VERSION */
        {0x84000006, 0,          2            }, /* MIGRATE_INFO_TYPE */
        {0x84000005, 0,          NOT_SUPPORTED}, /* MIGRATE */
        {0x84000050, 0,          NOT_SUPPORTED}, /* TRNG_VERSION */
        {0xffffffff, 0,          NOT_SUPPORTED},
        {0xc4000000, 0,          NOT_SUPPORTED}, /* no wide form */
        {0x8400000a, 0x84000003, 0            }, /* PSCI_FEATURES */
        {0x8400000a, 0xc4000003, 0            },
        {0x8400000a, 0x80000000, 0            },
        {0x8400000a, 0x8400000e, NOT_SUPPORTED}, /* SYSTEM_SUSPEND */
        {0x8400000a, 0xc4000002, NOT_SUPPORTED},
        {0x80000001, 0x80000000, 0            }, /* SMCCC_ARCH_FEATURES */
        {0x80000001, 0x80008000, NOT_SUPPORTED}, /* WORKAROUND_1 */
        {0x84000001, 0,          0            }, /* standby */
        {0x84000001, 1 << 16,    INVALID      }, /* power down */
        {0x84000012, 5,          INVALID      }, /* SYSTEM_RESET2 */
    };
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make();
    REQUIRE(machine);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        EXPECT_EQ(call(machine, 0, rows[i].function, rows[i].argument, 0, 0),
                  rows[i].result);
    }
}

TEST(a_core_is_turned_on_once_at_its_entry_point)
{
    const uint32_t cpu_on = 0xc4000003;
    const uint32_t info = 0xc4000004;
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make();
    uint64_t pc;
    REQUIRE(machine);
    EXPECT_EQ(call(machine, 0, info, 1, 0, 0), 1);
    EXPECT_EQ(call(machine, 0, cpu_on, 2, BENCH_RAM, 0), INVALID);
    EXPECT_EQ(call(machine, 0, cpu_on, 1, BENCH_RAM + 2, 0), BAD_ADDRESS);
    EXPECT_EQ(call(machine, 0, cpu_on, 0, BENCH_RAM, 0), ALREADY_ON);
    EXPECT_EQ(call(machine, 0, cpu_on, 1, BENCH_RAM, 0), 0);
    EXPECT_EQ(cairn_register_get(machine, "second", "pc", &pc), 0);
    EXPECT_EQ(pc, BENCH_RAM);
    EXPECT_EQ(machine->cores[1]->power, CORE_RUNNING);
    EXPECT_EQ(call(machine, 0, info, 1, 0, 0), 0);
    EXPECT_EQ(call(machine, 0, info, 1, 1, 0), INVALID);
    EXPECT_EQ(call(machine, 0, info, 9, 0, 0), INVALID);
    EXPECT_EQ(call(machine, 0, cpu_on, 1, BENCH_RAM, 0), ALREADY_ON);
    EXPECT_EQ(call(machine, 1, 0x84000002, 0, 0, 0), 0); /* CPU_OFF */
    EXPECT_EQ(machine->cores[1]->power, CORE_OFF);
    EXPECT_EQ(call(machine, 0, info, 1, 0, 0), 1);
}

TEST(arguments_of_narrow_calls_have_32_bits)
{
    const uint64_t junk = (uint64_t)0xdead << 32;
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make();
    REQUIRE(machine);
    EXPECT_EQ(call(machine, 0, 0x84000004, junk | 1, junk, 0), 1);
    EXPECT_EQ(call(machine, 0, 0xc4000004, junk | 1, 0, 0), INVALID);
    EXPECT_EQ(call(machine, 0, junk | 0x84000000, 0, 0, 0), 0x10001);
}

TEST(turning_the_system_off_ends_the_run)
{
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make();
    REQUIRE(machine);
    EXPECT_EQ(run_instructions(machine, 10), CAIRN_STOP_BUDGET);
    call(machine, 0, 0x84000009, 0, 0, 0); /* SYSTEM_RESET */
    EXPECT_EQ(run_instructions(machine, 10), CAIRN_STOP_RESET);
    size_t events = cairn_event_count(machine);
    EXPECT_EQ(cairn_reset(machine), 0);
    fact_expect(machine, events, FACT_SYSTEM_RESET, ROLE_PSCI, "psci");
    EXPECT_EQ(run_instructions(machine, 10), CAIRN_STOP_BUDGET);
    call(machine, 0, 0x84000008, 0, 0, 0); /* SYSTEM_OFF */
    EXPECT_EQ(run_instructions(machine, 10), CAIRN_STOP_OFF);
    EXPECT_EQ(cairn_guest_status(machine), 0);
}

TEST(only_the_conduit_is_answered)
{
    uint64_t x[8] = {0x84000000};
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make();
    REQUIRE(machine);
    struct core *core = machine->cores[0];
    EXPECT(!psci_call(machine, core, CORE_CALL_SMC, x));
    core->config.aarch64.el2 = true;
    EXPECT(!psci_call(machine, core, CORE_CALL_HVC, x));
    EXPECT(psci_call(machine, core, CORE_CALL_SMC, x));
    core->config.aarch64.el3 = true;
    EXPECT(!psci_call(machine, core, CORE_CALL_SMC, x));
}
