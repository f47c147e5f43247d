/* SPDX-License-Identifier: Apache-2.0 */
/* The command response buffer by its state diagram, on a TPM that the test
 * plays. */
#include "devices/tpm/test_tpm.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type tpm_crb;

enum {
    LOC_STATE = 0x00,
    LOC_CTRL = 0x08,
    LOC_STS = 0x0c,
    INTF_ID = 0x30,
    INTF_ID_2 = 0x34,
    CTRL_REQ = 0x40,
    CTRL_STS = 0x44,
    CANCEL = 0x48,
    START = 0x4c,
    CMD_SIZE = 0x58,
    CMD_ADDR = 0x5c,
    RSP_SIZE = 0x64,
    RSP_ADDR = 0x68,
    BUFFER = 0x80,
    BUFFER_SIZE = 0xf80,
};

enum { REQUEST = 1, RELINQUISH = 2, SEIZE = 4 };
enum { COMMAND_READY = 1, GO_IDLE = 2 };
enum { GRANTED = 1, SEIZED = 2 };
enum { FAILED = 1, IS_IDLE = 2 };

enum phase { IDLE, READY, RECEPTION, EXECUTION, COMPLETION, PHASES };

static const char *const names[PHASES] = {"idle", "ready", "reception",
                                          "execution", "completion"};

static void fill(struct test_bus *bus, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        put(bus, 0, BUFFER + (uint32_t)i, 1, bytes[i]);
    }
}

static void reach(struct test_bus *bus, enum phase phase)
{
    put(bus, 0, LOC_CTRL, 4, REQUEST);
    if (phase >= READY) {
        put(bus, 0, CTRL_REQ, 4, COMMAND_READY);
    }
    if (phase >= RECEPTION) {
        fill(bus, get_random, sizeof(get_random));
    }
    if (phase >= EXECUTION) {
        put(bus, 0, START, 4, 1);
    }
    if (phase >= COMPLETION) {
        reply(bus, random_bytes, sizeof(random_bytes));
    }
}

FIXTURE(struct test_bus, bus, test_bus_fini)

TEST_BEGINS(the_tables_promises_hold, bus)
{
    struct fake fake;

    tpm_setup(bus, &fake, &tpm_crb, 0);
    EXPECT_DEVICE(bus->device, NULL);
    bus->device->channels = NULL;
    EXPECT_DEVICE(bus->device, NULL);
}

TEST_BEGINS(identity_says_where_the_buffer_is, bus)
{
    struct fake fake;

    tpm_setup(bus, &fake, &tpm_crb, 5);
    EXPECT_EQ(get(bus, 0, INTF_ID, 4) & 0xff, 0x11);
    EXPECT_EQ(get(bus, 0, INTF_ID, 4) >> 8 & 3, 3);
    EXPECT_EQ(get(bus, 0, INTF_ID, 4) >> 13 & 3, 2);
    EXPECT_EQ(get(bus, 0, INTF_ID_2, 4), 0x00011014);
    EXPECT_EQ(get(bus, 0, CMD_SIZE, 4), BUFFER_SIZE);
    EXPECT_EQ(get(bus, 0, RSP_SIZE, 4), BUFFER_SIZE);
    EXPECT_EQ(get(bus, 0, CMD_ADDR, 4), 0x0c000080);
    EXPECT_EQ(get(bus, 3, RSP_ADDR, 4), 0x0c003080);
    EXPECT_EQ(get(bus, 3, RSP_ADDR + 4, 4), 0);
    uint64_t both =
        test_read_as(bus->device, (struct test_who){0, false}, 0, RSP_ADDR, 8);
    EXPECT_EQ(both, 0x0c000080);
}

TEST_BEGINS(one_locality_leaves_the_others_unanswered, bus)
{
    struct fake fake;

    tpm_setup(bus, &fake, &tpm_crb, 1);
    EXPECT_EQ(get(bus, 0, INTF_ID, 4) >> 8 & 1, 0);
    EXPECT_EQ(get(bus, 1, LOC_STATE, 4), UINT32_MAX);
    put(bus, 1, LOC_CTRL, 4, REQUEST);
    EXPECT_EQ(get(bus, 0, LOC_STATE, 4), 0x81);
}

TEST_BEGINS(localities_take_turns, bus)
{
    static const struct {
        unsigned locality;
        uint32_t value;
        uint32_t state;
        uint8_t sts[TPM_LOCALITIES];
    } rows[] = {
        {1, REQUEST,              0x87, {0, GRANTED, 0, 0, 0}     },
        {0, REQUEST,              0x87, {0, GRANTED, 0, 0, 0}     },
        {0, SEIZE,                0x87, {0, GRANTED, 0, 0, 0}     },
        {2, SEIZE,                0x8b, {0, SEIZED, GRANTED, 0, 0}},
        {1, REQUEST | RELINQUISH, 0x8b, {0, SEIZED, GRANTED, 0, 0}},
        {1, REQUEST,              0x8b, {0, 0, GRANTED, 0, 0}     },
        {2, RELINQUISH,           0x87, {0, GRANTED, 0, 0, 0}     },
        {0, RELINQUISH,           0x87, {0, GRANTED, 0, 0, 0}     },
        {1, RELINQUISH,           0x81, {0, 0, 0, 0, 0}           },
    };
    struct fake fake;

    tpm_setup(bus, &fake, &tpm_crb, 5);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("step %zu", i);
        put(bus, rows[i].locality, LOC_CTRL, 4, rows[i].value);
        EXPECT_EQ(get(bus, 4, LOC_STATE, 4), rows[i].state);
        for (unsigned l = 0; l < TPM_LOCALITIES; l++) {
            EXPECT_EQ(get(bus, l, LOC_STS, 4), rows[i].sts[l]);
        }
    }
}

/* The phase that the registers show. */
static enum phase seen(struct test_bus *bus, const struct fake *fake)
{
    if (get(bus, 0, CTRL_STS, 4) & IS_IDLE) {
        return IDLE;
    }
    if (get(bus, 0, START, 4) != 0) {
        return EXECUTION;
    }
    /* Only a command in reception can be started, and in Ready the buffer has
     * nothing. */
    unsigned asks = fake->asks;
    uint32_t word = get(bus, 0, BUFFER, 4);
    put(bus, 0, START, 4, 1);
    return fake->asks != asks   ? RECEPTION
           : word == UINT32_MAX ? READY
                                : COMPLETION;
}

TEST(each_state_answers_each_event)
{
    static const struct {
        const char *name;
        uint32_t offset;
        uint32_t value;
        enum phase after[PHASES];
    } events[] = {
        {"cmdReady",
         CTRL_REQ,             COMMAND_READY,
         {READY, READY, READY, EXECUTION, READY}                                             },
        {"goIdle",   CTRL_REQ, GO_IDLE,       {IDLE, IDLE, IDLE, EXECUTION, IDLE}            },
        {"both",     CTRL_REQ, 3,             {IDLE, READY, RECEPTION, EXECUTION, COMPLETION}},
        {"a byte",
         BUFFER,               0x80,
         {IDLE, RECEPTION, RECEPTION, EXECUTION, RECEPTION}                                  },
        {"Start",    START,    1,             {IDLE, READY, EXECUTION, EXECUTION, COMPLETION}},
        {"Start 0",  START,    0,             {IDLE, READY, RECEPTION, EXECUTION, COMPLETION}},
        {"cancel",   CANCEL,   1,             {IDLE, READY, RECEPTION, EXECUTION, COMPLETION}},
    };
    for (size_t event = 0; event < ARRAY_SIZE(events); event++) {
        for (unsigned phase = 0; phase < PHASES; phase++) {
            OWNED(test_bus_fini) struct test_bus bus;
            struct fake fake;
            test_case("%s in state %s", events[event].name, names[phase]);
            tpm_setup(&bus, &fake, &tpm_crb, 5);
            reach(&bus, (enum phase)phase);
            /* A length that is right also where the event wrote into it. */
            bool byte = events[event].offset == BUFFER;
            if (byte && phase == READY) {
                fill(&bus, get_random, sizeof(get_random));
            }
            put(&bus, 0, events[event].offset, byte ? 1 : 4,
                events[event].value);
            EXPECT_EQ(seen(&bus, &fake), events[event].after[phase]);
        }
    }
}

TEST_BEGINS(a_command_goes_out_and_its_response_comes_in, bus)
{
    static const uint8_t header[4] = {0, 1, 0x0f, 0x80};
    struct fake fake;

    tpm_setup(bus, &fake, &tpm_crb, 5);
    reach(bus, READY);
    for (uint32_t i = 0; i < sizeof(get_random); i += 4) {
        put(bus, 0, BUFFER + i, 4, load_le32(get_random + i));
    }
    put(bus, 0, BUFFER + 0xf7c, 4, 0x12345678);
    put(bus, 0, START, 4, 1);
    EXPECT_EQ(get(bus, 0, START, 4), 1);
    EXPECT_EQ(fake.size, 4 + sizeof(get_random));
    EXPECT_EQ(fake.room, BUFFER_SIZE);
    EXPECT_BYTES(fake.request, header, 4);
    EXPECT_BYTES(fake.request + 4, get_random, sizeof(get_random));
    EXPECT_EQ(get(bus, 0, BUFFER, 4), UINT32_MAX);
    reply(bus, random_bytes, sizeof(random_bytes));
    EXPECT_EQ(get(bus, 0, START, 4), 0);
    for (uint32_t i = 0; i < sizeof(random_bytes); i++) {
        EXPECT_EQ(get(bus, 0, BUFFER + i, 1), random_bytes[i]);
    }
    /* Another locality sees and changes nothing. */
    EXPECT_EQ(get(bus, 1, BUFFER, 4), UINT32_MAX);
    put(bus, 1, CTRL_REQ, 4, GO_IDLE);
    EXPECT_EQ(get(bus, 0, CTRL_STS, 4), 0);
}

TEST_BEGINS(a_length_that_cannot_be_never_reaches_the_tpm, bus)
{
    static const uint32_t lengths[] = {0, 9, 0xf81, UINT32_MAX};
    struct fake fake;

    tpm_setup(bus, &fake, &tpm_crb, 5);
    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
        uint8_t command[10] = {0x80, 1};
        test_case("length %u", lengths[i]);
        store_be32(command + 2, lengths[i]);
        reach(bus, READY);
        fill(bus, command, sizeof(command));
        put(bus, 0, START, 4, 1);
        EXPECT_EQ(fake.asks, 0);
        EXPECT_EQ(get(bus, 0, START, 4), 0);
        EXPECT_EQ(get(bus, 0, BUFFER + 8, 2), 0x4201);
    }
}

TEST_BEGINS(a_tpm_that_is_gone_has_failed_until_the_reset, bus)
{
    struct fake fake;

    tpm_setup(bus, &fake, &tpm_crb, 5);
    reach(bus, EXECUTION);
    reply(bus, "swtpm went away", 15);
    EXPECT_EQ(get(bus, 0, CTRL_STS, 4), FAILED);
    EXPECT_EQ(get(bus, 0, BUFFER + 8, 2), 0x0101);
    EXPECT_EQ(bus->fabric.log.count[LOG_HOST], 1);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(get(bus, 0, CTRL_STS, 4), IS_IDLE);
    reach(bus, EXECUTION);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(fake.cancels, 2 /* each reset */);
    EXPECT_EQ(get(bus, 0, LOC_STATE, 4), 0x81);
}
