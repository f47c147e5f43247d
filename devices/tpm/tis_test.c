/* SPDX-License-Identifier: Apache-2.0 */
/* The FIFO interface by its state diagram, on a TPM that the test plays. */
#include "devices/tpm/test_tpm.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type tpm_tis;

enum {
    ACCESS = 0x00,
    INT_ENABLE = 0x08,
    INT_STATUS = 0x10,
    CAPABILITY = 0x14,
    STS = 0x18,
    FIFO = 0x24,
    INTERFACE_ID = 0x30,
    XFIFO = 0x80,
    DID_VID = 0xf00,
    RID = 0xf04,
};

/* TPM_ACCESS */
enum {
    ESTABLISHMENT = 0x01,
    REQUEST_USE = 0x02,
    PENDING = 0x04,
    SEIZE = 0x08,
    SEIZED = 0x10,
    ACTIVE = 0x20,
    VALID = 0x80,
    FREE = VALID | ESTABLISHMENT,
};

/* TPM_STS */
#define RETRY     0x02u
#define EXPECT_   0x08u
#define AVAILABLE 0x10u
#define GO        0x20u
#define READY     0x40u
#define CANCEL    0x01000000u
#define BASE      0x04000084u /* TPM 2.0, valid, self-tested */

/* Names of the states, and what a test does to get there. */
enum phase { IDLE, IS_READY, SOME, WHOLE, RUNNING, DONE, DRAINED, PHASES };

static const char *const names[PHASES] = {
    "idle", "ready", "some", "whole", "execution", "done", "drained"};

static uint32_t status(struct test_bus *bus, unsigned locality)
{
    return get(bus, locality, STS, 4) & ~0xffff00u;
}

static unsigned burst(struct test_bus *bus, unsigned locality)
{
    return get(bus, locality, STS, 4) >> 8 & 0xffff;
}

static void feed(struct test_bus *bus, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        put(bus, 0, FIFO, 1, bytes[i]);
    }
}

static void reach(struct test_bus *bus, enum phase phase)
{
    put(bus, 0, ACCESS, 1, REQUEST_USE);
    if (phase >= IS_READY) {
        put(bus, 0, STS, 4, READY);
    }
    if (phase >= SOME) {
        feed(bus, get_random, phase == SOME ? 7 : sizeof(get_random));
    }
    if (phase >= RUNNING) {
        put(bus, 0, STS, 4, GO);
    }
    if (phase >= DONE) {
        reply(bus, random_bytes, sizeof(random_bytes));
    }
    for (size_t i = 0; phase == DRAINED && i < sizeof(random_bytes); i++) {
        get(bus, 0, FIFO, 1);
    }
}

FIXTURE(struct test_bus, bus, test_bus_fini)

TEST_BEGINS(the_tables_promises_hold, bus)
{
    struct fake fake;

    tpm_setup(bus, &fake, &tpm_tis, 0);
    EXPECT_DEVICE(bus->device, NULL);
    bus->device->channels = NULL;
    EXPECT_DEVICE(bus->device, NULL);
}

TEST_BEGINS(identity_says_tpm_2_by_fifo, bus)
{
    struct fake fake;

    tpm_setup(bus, &fake, &tpm_tis, 0);
    EXPECT_EQ(get(bus, 0, INTERFACE_ID, 4) & 0xff, 0);
    EXPECT_EQ(get(bus, 0, INTERFACE_ID, 4) >> 8 & 1, 1);
    EXPECT_EQ(get(bus, 0, INTERFACE_ID, 4) >> 13 & 3, 1);
    EXPECT_EQ(get(bus, 4, CAPABILITY, 4), 0x3000068f);
    EXPECT_EQ(get(bus, 2, DID_VID, 4), 0x00011014);
    EXPECT_EQ(get(bus, 0, RID, 1), 1);
    EXPECT_EQ(get(bus, 0, ACCESS, 1), FREE);
}

TEST_BEGINS(one_locality_leaves_the_others_unanswered, bus)
{
    struct fake fake;

    tpm_setup(bus, &fake, &tpm_tis, 1);
    EXPECT_EQ(get(bus, 0, INTERFACE_ID, 4) >> 8 & 1, 0);
    EXPECT_EQ(get(bus, 1, ACCESS, 1), 0xff);
    put(bus, 1, ACCESS, 1, REQUEST_USE);
    EXPECT_EQ(get(bus, 0, ACCESS, 1), FREE);
    EXPECT_EQ(get(bus, 4, DID_VID, 4), UINT32_MAX);
    bus->device->channels = NULL;
    EXPECT_EQ(get(bus, 0, ACCESS, 1), 0xff);
    EXPECT_EQ(get(bus, 0, STS, 4), UINT32_MAX);
}

TEST_BEGINS(another_number_of_localities_is_refused, bus)
{
    struct error error = {""};

    test_bus_init(bus);
    test_bus_property(bus, "cairn,localities", 3);
    static const struct property_source properties = {.find = test_find};
    struct device *device =
        device_create(&bus->fabric, &tpm_tis, "tpm", &properties, bus);
    EXPECT(device_init(device, &error) != 0);
    EXPECT_STR(error.text, "tpm: 'cairn,localities' is 3, not 1 or 5");
    device_destroy(device);
}

TEST_BEGINS(localities_take_turns, bus)
{
    /* Writes to TPM_ACCESS, and what all five read afterwards. */
    static const struct {
        unsigned locality;
        uint32_t value;
        uint8_t read[TPM_LOCALITIES];
    } rows[] = {
#define F FREE
        {2, REQUEST_USE,          {F, F, F | ACTIVE, F, F}         },
        {2, REQUEST_USE,          {F, F, F | ACTIVE, F, F}         },
        {0,
                      REQUEST_USE,             {F | REQUEST_USE, F | PENDING, F | PENDING | ACTIVE, F | PENDING,
          F | PENDING}                        },
        {0, ACTIVE,               {F, F, F | ACTIVE, F, F}         }, /* taken back */
        {1, SEIZE,                {F, F, F | ACTIVE, F, F}         }, /* too low */
        {3, SEIZE,                {F, F, F | SEIZED, F | ACTIVE, F}},
        {2, SEIZED,               {F, F, F, F | ACTIVE, F}         },
        {3, ACTIVE | REQUEST_USE, {F, F, F, F | ACTIVE, F}         }, /* two fields */
        {1,
                      REQUEST_USE,             {F | PENDING, F | REQUEST_USE, F | PENDING, F | PENDING | ACTIVE,
          F | PENDING}                        },
        {0,
                      REQUEST_USE,             {F | PENDING | REQUEST_USE, F | PENDING | REQUEST_USE, F | PENDING,
          F | PENDING | ACTIVE, F | PENDING}  },
        {3,
                      ACTIVE,                  {F | REQUEST_USE, F | ACTIVE | PENDING, F | PENDING, F | PENDING,
          F | PENDING}                             },
        {1, ACTIVE,               {F | ACTIVE, F, F, F, F}         },
        {0, ACTIVE,               {F, F, F, F, F}                  },
        {4, SEIZE,                {F, F, F, F, F | ACTIVE}         },
#undef F
    };
    struct fake fake;

    tpm_setup(bus, &fake, &tpm_tis, 5);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("step %zu", i);
        put(bus, rows[i].locality, ACCESS, 1, rows[i].value);
        for (unsigned l = 0; l < TPM_LOCALITIES; l++) {
            EXPECT_EQ(get(bus, l, ACCESS, 1), rows[i].read[l]);
        }
    }
}

TEST(each_state_answers_each_event)
{
    /* The value of TPM_STS after an event in a state; the same as before
     * if the event means nothing there. */
    static const uint32_t before[PHASES] = {
        0, READY, EXPECT_, 0, 0, AVAILABLE, 0,
    };
    static const struct {
        const char *name;
        uint32_t write; /* TPM_STS; 0: a byte into the FIFO */
        uint32_t after[PHASES];
    } events[] = {
        {"commandReady",
         READY,                       {READY, READY, READY, READY, READY, READY, READY}},
        {"tpmGo",         GO,         {0, READY, EXPECT_, 0, 0, AVAILABLE, 0}          },
        {"responseRetry",
         RETRY,                       {0, READY, EXPECT_, 0, 0, AVAILABLE, AVAILABLE}  },
        {"commandCancel", CANCEL,     {0, READY, EXPECT_, 0, 0, AVAILABLE, 0}          },
        {"two fields",    GO | READY, {0, READY, EXPECT_, 0, 0, AVAILABLE, 0}          },
        {"a byte",        0,          {0, EXPECT_, EXPECT_, 0, 0, AVAILABLE, 0}        },
    };
    for (size_t event = 0; event < ARRAY_SIZE(events); event++) {
        for (unsigned phase = 0; phase < PHASES; phase++) {
            OWNED(test_bus_fini) struct test_bus bus;
            struct fake fake;
            test_case("%s in state %s", events[event].name, names[phase]);
            tpm_setup(&bus, &fake, &tpm_tis, 5);
            reach(&bus, (enum phase)phase);
            EXPECT_EQ(status(&bus, 0), BASE | before[phase]);
            unsigned asks = fake.asks;
            if (events[event].write != 0) {
                put(&bus, 0, STS, 4, events[event].write);
            } else {
                put(&bus, 0, FIFO, 1, 0);
            }
            EXPECT_EQ(status(&bus, 0), BASE | events[event].after[phase]);
            bool starts = events[event].write == GO && phase == WHOLE;
            EXPECT_EQ(fake.asks, asks + starts);
            bool aborts = events[event].write == READY && phase == RUNNING;
            EXPECT_EQ(fake.cancels, (unsigned)aborts);
        }
    }
}

TEST_BEGINS(a_command_goes_out_and_its_response_comes_in, bus)
{
    struct fake fake;

    tpm_setup(bus, &fake, &tpm_tis, 5);
    reach(bus, IS_READY);
    EXPECT_EQ(burst(bus, 0), 4096);
    /* By words, a half and a byte at odd places, and the window. */
    put(bus, 0, FIFO, 4, load_le32(get_random));
    put(bus, 0, FIFO + 2, 2, (uint32_t)(get_random[4] | get_random[5] << 8));
    EXPECT_EQ(burst(bus, 0), 4090);
    put(bus, 0, FIFO + 3, 1, get_random[6]);
    put(bus, 0, XFIFO + 0x11, 1, get_random[7]);
    put(bus, 0, XFIFO + 0x3c, 4, load_le32(get_random + 8));
    EXPECT_EQ(status(bus, 0), BASE);
    put(bus, 0, STS, 1, GO);
    EXPECT_EQ(fake.size, 4 + sizeof(get_random));
    EXPECT_EQ(fake.room, 4096);
    static const uint8_t header[4] = {0, 1, 0x10, 0};
    EXPECT_BYTES(fake.request, header, 4);
    EXPECT_BYTES(fake.request + 4, get_random, sizeof(get_random));
    EXPECT_EQ(get(bus, 0, FIFO, 1), 0xff);
    reply(bus, random_bytes, sizeof(random_bytes));
    EXPECT_EQ(burst(bus, 0), sizeof(random_bytes));
    EXPECT_EQ(get(bus, 0, FIFO, 4), load_le32(random_bytes));
    EXPECT_EQ(get(bus, 0, FIFO + 1, 1), random_bytes[4]);
    EXPECT_EQ(get(bus, 0, FIFO + 2, 2), 20);
    EXPECT_EQ(burst(bus, 0), sizeof(random_bytes) - 7);
    put(bus, 0, STS, 1, RETRY);
    for (size_t i = 0; i < sizeof(random_bytes); i++) {
        EXPECT_EQ(get(bus, 0, XFIFO, 1), random_bytes[i]);
    }
    EXPECT_EQ(status(bus, 0), BASE);
    EXPECT_EQ(get(bus, 0, FIFO, 4), UINT32_MAX);
    /* The second command does not say that the machine was reset. */
    put(bus, 0, STS, 4, READY);
    feed(bus, get_random, sizeof(get_random));
    put(bus, 0, STS, 4, GO);
    EXPECT_EQ(fake.request[1], 0);
}

TEST_BEGINS(a_debugger_takes_no_byte, bus)
{
    struct fake fake;
    struct access access = {.debug = true};
    uint64_t value;

    tpm_setup(bus, &fake, &tpm_tis, 5);
    reach(bus, DONE);
    device_read(bus->device, 0, &access, FIFO, 4, &value);
    EXPECT_EQ(get(bus, 0, FIFO, 1), random_bytes[0]);
}

TEST(a_length_that_cannot_be_never_reaches_the_tpm)
{
    /* Bytes that are written, the length that they name. */
    static const struct {
        size_t written;
        uint32_t length;
    } rows[] = {
        {10,   0         },
        {10,   6         },
        {10,   9         },
        {5000, 4097      },
        {5000, UINT32_MAX},
    };
    static const uint8_t refusal[10] = {0x80, 1, 0, 0, 0, 10, 0, 0, 1, 0x42};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;
        struct fake fake;
        test_case("length %u", rows[i].length);
        tpm_setup(&bus, &fake, &tpm_tis, 5);
        reach(&bus, IS_READY);
        put(&bus, 0, FIFO, 2, 0x0180);
        for (unsigned byte = 4; byte-- > 0;) {
            put(&bus, 0, FIFO, 1, rows[i].length >> 8 * byte);
        }
        for (size_t n = 6; n < rows[i].written; n++) {
            put(&bus, 0, FIFO, 1, 0);
        }
        put(&bus, 0, STS, 4, GO);
        EXPECT_EQ(fake.asks, 0);
        EXPECT_EQ(status(&bus, 0), BASE | AVAILABLE);
        for (size_t n = 0; n < sizeof(refusal); n++) {
            EXPECT_EQ(get(&bus, 0, FIFO, 1), refusal[n]);
        }
        EXPECT_EQ(status(&bus, 0), BASE);
    }
}

TEST_BEGINS(a_tpm_that_is_gone_answers_in_failure_mode, bus)
{
    static const uint8_t failure[10] = {0x80, 1, 0, 0, 0, 10, 0, 0, 1, 1};
    struct fake fake;

    tpm_setup(bus, &fake, &tpm_tis, 5);
    for (unsigned i = 0; i < 2; i++) {
        reach(bus, RUNNING);
        reply(bus, "swtpm went away", i == 0 ? 0 : 15);
        EXPECT_EQ(bus->fabric.log.count[LOG_HOST], i + 1);
        for (size_t n = 0; n < sizeof(failure); n++) {
            EXPECT_EQ(get(bus, 0, FIFO, 1), failure[n]);
        }
    }
}

TEST_BEGINS(losing_the_locality_aborts_the_command, bus)
{
    struct fake fake;

    tpm_setup(bus, &fake, &tpm_tis, 5);
    reach(bus, RUNNING);
    EXPECT_EQ(get(bus, 3, STS, 4), UINT32_MAX);
    put(bus, 3, STS, 4, READY);
    put(bus, 3, ACCESS, 1, SEIZE);
    EXPECT_EQ(fake.cancels, 1);
    EXPECT_EQ(status(bus, 3), BASE);
    EXPECT_EQ(get(bus, 0, STS, 4), UINT32_MAX);
    /* A reply that is late, as a list of inputs might have. */
    reply(bus, random_bytes, sizeof(random_bytes));
    EXPECT_EQ(status(bus, 3), BASE);
    put(bus, 3, STS, 4, READY);
    for (size_t i = 0; i < sizeof(get_random); i++) {
        put(bus, 3, FIFO, 1, get_random[i]);
    }
    put(bus, 3, STS, 4, GO);
    EXPECT_EQ(fake.request[0], 3);
}

TEST_BEGINS(events_interrupt_where_they_are_enabled, bus)
{
    struct fake fake;

    tpm_setup(bus, &fake, &tpm_tis, 5);
    const struct line *line = device_output(bus->device, "interrupt");
    put(bus, 0, INT_ENABLE, 4, 0x80000087); /* not the active locality */
    EXPECT_EQ(get(bus, 0, INT_ENABLE, 4), 0);
    reach(bus, IDLE);
    put(bus, 0, INT_ENABLE, 4, 0x80000085);
    put(bus, 0, STS, 4, READY);
    EXPECT_EQ(get(bus, 0, INT_STATUS, 4), 0x80);
    EXPECT_EQ(line->level, 1);
    put(bus, 0, INT_STATUS, 4, 0x80);
    EXPECT_EQ(line->level, 0);
    feed(bus, get_random, sizeof(get_random));
    put(bus, 0, STS, 4, GO);
    reply(bus, random_bytes, sizeof(random_bytes));
    EXPECT_EQ(get(bus, 0, INT_STATUS, 4), 0x01);
    EXPECT_EQ(line->level, 1);
    put(bus, 0, INT_ENABLE, 4, 0x00000085);
    EXPECT_EQ(line->level, 0);
    /* Another one waits for it. */
    put(bus, 0, ACCESS, 1, ACTIVE);
    put(bus, 1, ACCESS, 1, REQUEST_USE);
    put(bus, 1, INT_ENABLE, 4, 0x80000004);
    put(bus, 2, ACCESS, 1, SEIZE);
    put(bus, 1, ACCESS, 1, REQUEST_USE);
    put(bus, 2, ACCESS, 1, ACTIVE);
    EXPECT_EQ(get(bus, 1, INT_STATUS, 4), 0x04);
    EXPECT_EQ(line->level, 1);
}

TEST_BEGINS(resets_take_all_but_a_reset_of_the_core, bus)
{
    struct fake fake;

    tpm_setup(bus, &fake, &tpm_tis, 5);
    reach(bus, DONE);
    device_reset(bus->device, RESET_CORE);
    EXPECT_EQ(status(bus, 0), BASE | AVAILABLE);
    put(bus, 0, STS, 4, READY);
    feed(bus, get_random, sizeof(get_random));
    put(bus, 0, STS, 4, GO);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(fake.cancels, 1);
    EXPECT_EQ(get(bus, 0, ACCESS, 1), FREE);
    reach(bus, RUNNING);
    EXPECT_EQ(fake.request[1], 1);
}
