/* SPDX-License-Identifier: Apache-2.0 */
/* Status, features and configuration (virtio 1.2, 2.1 to 2.5, 3.1), and states
 * that were saved. */
#include "virtio/virtio.h"

#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"
#include "virtio/test_kinds.h"

enum {
    BEGUN = VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER,
    READY = BEGUN | VIRTIO_FEATURES_OK,
    LIVE = READY | VIRTIO_DRIVER_OK,
};

#define VERSION_1 VIRTIO_FEATURE(VIRTIO_F_VERSION_1)
#define SMALL     VIRTIO_FEATURE(ECHO_SMALL)
#define LARGE     VIRTIO_FEATURE(ECHO_LARGE)
#define ALL       (UINT64_MAX & ~VIRTIO_FEATURE(VIRTIO_F_RING_PACKED))

static unsigned count_faults(const struct test_driver *driver)
{
    unsigned count = 0;

    for (unsigned i = 0; i < VIRTIO_FAULTS; i++) {
        count += driver->faults[i];
    }
    return count;
}

/* ---- Status -------------------------------------------------------------- */

TEST(status_bits_are_set_step_by_step)
{
    static const struct {
        const char *name;
        uint32_t writes[4]; /* up to a 0 */
        uint32_t status;
        enum virtio_fault_number fault; /* VIRTIO_FAULTS: none */
    } rows[] = {
        {"as 3.1.1 says",               {1, BEGUN, READY, LIVE},           LIVE,  VIRTIO_FAULTS              },
        {"all at once",                 {LIVE, 0, 0, 0},                   LIVE,  VIRTIO_FAULTS              },
        {"a bit is cleared",
         {BEGUN, 2, 0, 0},
         BEGUN,                                                                   VIRTIO_FAULT_STATUS_CLEARED},
        {"DRIVER_OK alone",
         {VIRTIO_DRIVER_OK, 0, 0, 0},
         0,                                                                       VIRTIO_FAULT_STATUS_ORDER  },
        {"no FEATURES_OK",
         {BEGUN, BEGUN | VIRTIO_DRIVER_OK, 0, 0},
         BEGUN,                                                                   VIRTIO_FAULT_STATUS_ORDER  },
        {"on after FAILED",
         {BEGUN | VIRTIO_FAILED, LIVE | VIRTIO_FAILED, 0, 0},
         BEGUN | VIRTIO_FAILED,
         VIRTIO_FAULT_STATUS_FAILED                                                                          },
        {"no ACKNOWLEDGE",
         {VIRTIO_DRIVER | VIRTIO_FEATURES_OK | VIRTIO_DRIVER_OK, 0, 0, 0},
         VIRTIO_DRIVER | VIRTIO_FEATURES_OK | VIRTIO_DRIVER_OK,
         VIRTIO_FAULT_STATUS_ORDER                                                                           },
        {"no DRIVER",
         {VIRTIO_ACKNOWLEDGE | VIRTIO_FEATURES_OK, 0, 0, 0},
         VIRTIO_ACKNOWLEDGE | VIRTIO_FEATURES_OK,
         VIRTIO_FAULT_STATUS_ORDER                                                                           },
        {"FAILED twice",
         {BEGUN | VIRTIO_FAILED, BEGUN | VIRTIO_FAILED, 0, 0},
         BEGUN | VIRTIO_FAILED,
         VIRTIO_FAULTS                                                                                       },
        {"bits of nothing",             {BEGUN | 0x30, 0, 0, 0},           BEGUN, VIRTIO_FAULTS              },
        {"NEEDS_RESET is the device's",
         {BEGUN | VIRTIO_NEEDS_RESET, 0, 0, 0},
         BEGUN,                                                                   VIRTIO_FAULTS              },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct echo echo = {0};
        OWNED(test_driver_fini) struct test_driver driver;

        test_case("%s", rows[i].name);
        test_driver_init(&driver, &echo_device, &echo);
        virtio_accept(&driver.virtio, VERSION_1);
        for (unsigned n = 0; n < 4 && rows[i].writes[n] != 0; n++) {
            virtio_set_status(&driver.virtio, rows[i].writes[n]);
        }
        EXPECT_EQ(driver.virtio.state->status, rows[i].status);
        EXPECT_EQ(count_faults(&driver), rows[i].fault != VIRTIO_FAULTS);
        EXPECT(rows[i].fault == VIRTIO_FAULTS ||
               (driver.faults[rows[i].fault] == 1 && driver.fault_queue == 0));
        EXPECT_EQ(echo.started, (rows[i].status & VIRTIO_DRIVER_OK) != 0);
    }
}

FIXTURE(struct test_driver, driver, test_driver_fini)

/* 2.4: everything but the generation, which a driver may compare. */
TEST_BEGINS(a_reset_forgets_everything, driver)
{
    struct echo echo = {.holds = true};
    struct test_buffer buffers[4];

    test_driver_init(driver, &echo_device, &echo);
    test_driver_start(driver, ALL, ECHO_QUEUES, 16);
    virtio_changed(&driver->virtio);
    const unsigned count = test_kinds[0].request(driver, 0, buffers);
    test_add(driver, 1, buffers, count);
    test_kick(driver, 1);
    EXPECT_EQ(virtio_queue(&driver->virtio, 1)->counter, 1);
    virtio_set_status(&driver->virtio, 0);
    EXPECT_EQ(echo.dropped, 1);

    struct echo_state zeros;
    memset(&zeros, 0, sizeof(zeros));
    zeros.virtio.generation = 1;
    EXPECT_BYTES(driver->state, &zeros, sizeof(zeros));
}

/* ---- Features ------------------------------------------------------------ */

static uint64_t feature_of_kind(const struct virtio *virtio)
{
    return 1 << 5;
}

/* 6.: bits 28, 29, 32, 34, 38 and 40 are those of the core, 35 is of devices
 * that use buffers in order; the legacy interface (6.3) has 32 bits, 27 among
 * them. */
TEST(a_device_offers_features_of_the_core_of_its_kind_and_no_others)
{
    static const struct virtio_type plain = {.name = "plain"};
    static const struct virtio_type kind = {
        .name = "kind", .in_order = true, .features = feature_of_kind};
    static const struct {
        const struct virtio_type *type;
        bool legacy;
        uint64_t offered, features;
    } rows[] = {
        {&plain, false, UINT64_MAX,           UINT64_C(0x14530000000)},
        {&kind,  false, UINT64_MAX,           UINT64_C(0x14d30000020)},
        {&plain, true,  UINT64_MAX,           0x38000000             },
        {&kind,  true,  UINT64_MAX,           0x38000020             },
        {&kind,  false, 1 << 29 | 1 << 5 | 1, 1 << 29 | 1 << 5       },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct virtio virtio = {.type = rows[i].type,
                                      .legacy = rows[i].legacy,
                                      .offered = rows[i].offered};

        test_case("row %zu", i);
        EXPECT_EQ(virtio_features(&virtio), rows[i].features);
    }
}

TEST(features_are_accepted_or_features_ok_stays_clear)
{
    static const struct {
        const char *name;
        uint64_t accepted;
        enum virtio_fault_number fault;
        uint64_t value; /* of the fault */
    } rows[] = {
        {"the least",                  VERSION_1,                     VIRTIO_FAULTS,                0                              },
        {"one of its kind",            VERSION_1 | SMALL,             VIRTIO_FAULTS,                0                              },
        {"both",                       VERSION_1 | SMALL | LARGE,     VIRTIO_FAULTS,                0                              },
        {"none",                       0,                             VIRTIO_FAULT_FEATURES_LEGACY, 0                              },
        {"without VERSION_1",          SMALL,                         VIRTIO_FAULT_FEATURES_LEGACY, SMALL                          },
        {"not offered",                VERSION_1 | VIRTIO_FEATURE(5),
         VIRTIO_FAULT_FEATURES_UNKNOWN,                                                             VIRTIO_FEATURE(5)              },
        {"of the core, not offered",
         VERSION_1 | VIRTIO_FEATURE(VIRTIO_F_SR_IOV),
         VIRTIO_FAULT_FEATURES_UNKNOWN,                                                             VIRTIO_FEATURE(VIRTIO_F_SR_IOV)},
        {"one that needs another one", VERSION_1 | LARGE,
         VIRTIO_FAULT_FEATURES_ALONE,                                                               ECHO_LARGE                     },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const bool good = rows[i].fault == VIRTIO_FAULTS;
        struct echo echo = {0};
        OWNED(test_driver_fini) struct test_driver driver;

        test_case("%s", rows[i].name);
        test_driver_init(&driver, &echo_device, &echo);
        virtio_set_status(&driver.virtio, BEGUN);
        virtio_accept(&driver.virtio, rows[i].accepted);
        virtio_set_status(&driver.virtio, READY);
        EXPECT_EQ(driver.virtio.state->status,
                  good ? (uint32_t)READY : (uint32_t)BEGUN);
        EXPECT_EQ(count_faults(&driver), good ? 0 : 1);
        EXPECT(good ||
               (driver.faults[rows[i].fault] == 1 && driver.fault_queue == 0 &&
                driver.fault_value == rows[i].value));
        /* Another choice is possible until FEATURES_OK is set, not after. */
        virtio_accept(&driver.virtio, VERSION_1);
        virtio_set_status(&driver.virtio, READY);
        EXPECT_EQ(driver.virtio.state->status, READY);
        EXPECT_EQ(driver.virtio.state->features,
                  good ? rows[i].accepted : VERSION_1);
        EXPECT_EQ(driver.faults[VIRTIO_FAULT_FEATURES_LATE],
                  good && rows[i].accepted != VERSION_1);
    }
}

TEST_BEGINS(the_owner_may_withhold_features, driver)
{
    struct echo echo = {0};

    test_driver_init(driver, &echo_device, &echo);
    EXPECT((virtio_features(&driver->virtio) &
            VIRTIO_FEATURE(VIRTIO_F_IN_ORDER)) != 0);
    driver->virtio.offered = VERSION_1 | SMALL;
    EXPECT_EQ(virtio_features(&driver->virtio), VERSION_1 | SMALL);
}

/* ---- Configuration ------------------------------------------------------- */

TEST_BEGINS(configuration_is_read_and_written_in_its_bounds, driver)
{
    struct echo echo = {0};
    uint32_t word = 7;
    uint8_t bytes[300];

    test_driver_init(driver, &echo_device, &echo);
    virtio_read_config(&driver->virtio, 0, &word, 4);
    EXPECT_EQ(word, 0x0ec40001);
    word = 0x1234;
    virtio_write_config(&driver->virtio, 4, &word, 4);
    memset(bytes, 0xff, sizeof(bytes));
    virtio_read_config(&driver->virtio, 3, bytes, sizeof(bytes));
    EXPECT_EQ(bytes[0], 0x0e);
    EXPECT_EQ(load_le32(bytes + 1), 0x1234);
    for (unsigned i = 5; i < sizeof(bytes); i++) {
        EXPECT_EQ(bytes[i], 0);
    }
    virtio_read_config(&driver->virtio, UINT32_MAX, &word, 4);
    EXPECT_EQ(word, 0);
    EXPECT_EQ(count_faults(driver), 0);
    virtio_write_config(&driver->virtio, 0, &word, 4);
    virtio_write_config(&driver->virtio, 6, &word, 4);
    virtio_write_config(&driver->virtio, UINT32_MAX - 1, &word, 4);
    EXPECT_EQ(driver->faults[VIRTIO_FAULT_CONFIG_READ_ONLY], 3);
}

static unsigned configured; /* bytes of the last call */

static void note_configure(struct virtio *virtio, uint32_t offset,
                           const void *bytes, uint32_t size)
{
    configured = size;
}

/* More than the type says that there is. */
static void long_config(const struct virtio *virtio, void *bytes)
{
    memset(bytes, 0xff, 64);
}

TEST(a_type_sees_only_what_is_within_its_configuration)
{
    static const struct {
        uint32_t offset, size;
        unsigned configured; /* UINT32_MAX: there was no call */
    } rows[] = {
        {0,          8,              8         },
        {5,          3,              3         },
        {5,          4,              UINT32_MAX},
        {8,          0,              0         },
        {8,          1,              UINT32_MAX},
        {9,          0,              UINT32_MAX},
        {4,          UINT32_MAX - 3, UINT32_MAX},
        {UINT32_MAX, 1,              UINT32_MAX},
    };
    static const uint8_t bytes[8];
    struct virtio_type type = echo_device;
    struct echo echo = {0};

    type.configure = note_configure;
    type.config = long_config;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_driver_fini) struct test_driver driver;
        uint8_t seen[32];

        test_case("row %zu", i);
        test_driver_init(&driver, &type, &echo);
        configured = UINT32_MAX;
        virtio_write_config(&driver.virtio, rows[i].offset, bytes,
                            rows[i].size);
        EXPECT_EQ(configured, rows[i].configured);
        EXPECT_EQ(driver.faults[VIRTIO_FAULT_CONFIG_READ_ONLY],
                  configured == UINT32_MAX);
        EXPECT(
            configured != UINT32_MAX ||
            (driver.fault_queue == 0 && driver.fault_value == rows[i].offset));
        virtio_read_config(&driver.virtio, rows[i].offset, seen, sizeof(seen));
        for (uint32_t n = 0; n < sizeof(seen); n++) {
            EXPECT_EQ(seen[n], rows[i].offset < 8 - n && n < 8 ? 0xff : 0);
        }
    }
}

TEST_BEGINS(a_device_begins_with_all_that_its_type_has, driver)
{
    struct virtio *virtio = &driver->virtio;
    struct virtio_recorder *const none = NULL;
    struct echo echo = {0};

    test_driver_init(driver, &echo_device, &echo);
    memset(virtio, 0xff, sizeof(*virtio));
    virtio->state = driver->state;
    virtio_init(virtio, &echo_device);
    EXPECT_EQ(virtio->queues, ECHO_QUEUES);
    EXPECT_EQ(virtio->offered, UINT64_MAX);
    EXPECT(virtio->recorder == none);
}

TEST_BEGINS(a_change_has_a_new_generation_and_notifies_a_live_driver, driver)
{
    struct echo echo = {0};

    test_driver_init(driver, &echo_device, &echo);
    virtio_changed(&driver->virtio);
    EXPECT_EQ(driver->virtio.state->generation, 1);
    EXPECT_EQ(driver->configured_calls, 0);
    test_driver_start(driver, ALL, 1, 8);
    virtio_changed(&driver->virtio);
    EXPECT_EQ(driver->virtio.state->generation, 2);
    EXPECT_EQ(driver->configured_calls, 1);
}

/* 2.1.2: with a configuration change notification, once, and only if DRIVER_OK
 * is set. */
TEST(a_fault_that_needs_a_reset_tells_a_live_driver)
{
    for (unsigned live = 0; live < 2; live++) {
        struct echo echo = {0};
        OWNED(test_driver_fini) struct test_driver driver;

        test_driver_init(&driver, &echo_device, &echo);
        if (live != 0) {
            test_driver_start(&driver, ALL, 1, 8);
        } else {
            test_driver_negotiate(&driver, ALL);
        }
        virtio_fault(&driver.virtio, VIRTIO_FAULT_CHAIN_LONG, 0, 0);
        virtio_fault(&driver.virtio, VIRTIO_FAULT_CHAIN_ORDER, 0, 0);
        EXPECT((driver.virtio.state->status & VIRTIO_NEEDS_RESET) != 0);
        EXPECT_EQ(driver.configured_calls, live);
        EXPECT_EQ(driver.virtio.state->generation, 1);
        EXPECT_EQ(driver.virtio.state->faults,
                  UINT64_C(1) << VIRTIO_FAULT_CHAIN_LONG |
                      UINT64_C(1) << VIRTIO_FAULT_CHAIN_ORDER);
        /* The driver's writes keep the bit; 0 clears it. */
        virtio_set_status(&driver.virtio, READY);
        EXPECT((driver.virtio.state->status & VIRTIO_NEEDS_RESET) != 0);
        virtio_set_status(&driver.virtio, 0);
        EXPECT_EQ(driver.virtio.state->status, 0);
        EXPECT_EQ(driver.virtio.state->faults, 0);
    }
}

/* ---- Saved states -------------------------------------------------------- */

/* Any byte of a state may be wrong: it is refused, or nothing is read or
 * written that is not the driver's. */
TEST(states_with_random_bytes_are_refused_or_harmless)
{
    uint64_t random = 88172645463325252u;
    unsigned kept = 0;

    for (unsigned i = 0; i < 1000; i++) {
        struct echo echo = {.holds = true};
        OWNED(test_driver_fini) struct test_driver driver;
        struct test_buffer buffers[4];

        test_driver_init(&driver, &echo_device, &echo);
        driver.memory.temporary = i % 4 == 0;
        test_driver_start(&driver, (i & 1) != 0 ? UINT64_MAX : ALL, 2, 16);
        for (unsigned n = 0; n < 4; n++) {
            const unsigned count =
                test_kinds[0].request(&driver, n * 4096, buffers);
            test_add(&driver, n % 2, buffers, count);
            test_kick(&driver, n % 2);
        }
        for (unsigned n = 0; n < 3; n++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            /* Half of them where the queues are. */
            const size_t span =
                (random >> 60) % 2 != 0 ? 64 : sizeof(struct echo_state);
            ((uint8_t *)driver.state)[(random >> 8) % span] = (uint8_t)random;
        }
        if (virtio_restored(&driver.virtio)) {
            kept++;
            virtio_run(&driver.virtio);
            test_finish(&driver, &test_kinds[0]);
            virtio_kick(&driver.virtio, 0);
            virtio_kick(&driver.virtio, 1);
            test_finish(&driver, &test_kinds[0]);
        }
        EXPECT_EQ(driver.memory.mapped, 0);
    }
    EXPECT(kept > 50 && kept < 950);
}

/* ---- The legacy interface (1.3.1, 2.2.3, 3.1.2) -------------------------- */

TEST_BEGINS(a_legacy_driver_uses_a_device_before_it_is_ready, driver)
{
    union test_outside outside;
    const struct test_kind *kind = &test_kinds[0];

    test_kind_init(driver, kind, &outside);
    driver->virtio.legacy = true;
    EXPECT_EQ(virtio_features(&driver->virtio) >> 32, 0);
    EXPECT((virtio_features(&driver->virtio) &
            VIRTIO_FEATURE(VIRTIO_F_ANY_LAYOUT)) != 0);
    virtio_set_status(&driver->virtio, VIRTIO_ACKNOWLEDGE);
    virtio_set_status(&driver->virtio, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER);
    virtio_accept(&driver->virtio, VIRTIO_FEATURE(ECHO_SMALL));
    test_queue_enable(driver, 0, 8);
    EXPECT(test_works(driver, kind, 0));
    EXPECT_EQ(outside.echo.started, 0);
    virtio_changed(&driver->virtio); /* which it looks for by itself */
    EXPECT_EQ(driver->configured_calls, 0);
    virtio_set_status(&driver->virtio, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER |
                                           VIRTIO_FEATURES_OK |
                                           VIRTIO_DRIVER_OK);
    EXPECT_EQ(driver->virtio.state->status,
              VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_DRIVER_OK);
    EXPECT_EQ(outside.echo.started, 1);
    EXPECT(test_works(driver, kind, 0));
    EXPECT(virtio_restored(&driver->virtio));
    for (unsigned i = 0; i < VIRTIO_FAULTS; i++) {
        EXPECT_EQ(driver->faults[i], 0);
    }
}

TEST_BEGINS(features_that_a_legacy_driver_cannot_have_are_left_out, driver)
{
    union test_outside outside;

    test_kind_init(driver, &test_kinds[0], &outside);
    driver->virtio.legacy = true;
    virtio_set_status(&driver->virtio, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER);
    virtio_accept(&driver->virtio, 0);
    EXPECT_EQ(count_faults(driver), 0);
    virtio_accept(&driver->virtio, SMALL | LARGE);
    EXPECT_EQ(count_faults(driver), 0);
    EXPECT_EQ(driver->virtio.state->features, SMALL | LARGE);
    virtio_accept(&driver->virtio, VERSION_1);
    EXPECT_EQ(driver->faults[VIRTIO_FAULT_FEATURES_UNKNOWN], 1);
    EXPECT_EQ(driver->fault_queue, 0);
    EXPECT_EQ(driver->fault_value, VERSION_1);
    driver->faults[VIRTIO_FAULT_FEATURES_UNKNOWN] = 0;
    virtio_accept(&driver->virtio, VIRTIO_FEATURE(ECHO_LARGE) |
                                       VIRTIO_FEATURE(VIRTIO_F_EVENT_IDX) |
                                       VIRTIO_FEATURE(VIRTIO_F_VERSION_1));
    EXPECT_EQ(driver->virtio.state->features,
              VIRTIO_FEATURE(VIRTIO_F_EVENT_IDX));
    EXPECT_EQ(driver->faults[VIRTIO_FAULT_FEATURES_UNKNOWN], 1);
    EXPECT_EQ(driver->faults[VIRTIO_FAULT_FEATURES_ALONE], 1);
    EXPECT_EQ(driver->fault_queue, 0);
    EXPECT_EQ(driver->fault_value, ECHO_LARGE);
    virtio_set_status(&driver->virtio,
                      VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_DRIVER_OK);
    virtio_accept(&driver->virtio, 7);
    EXPECT_EQ(driver->faults[VIRTIO_FAULT_FEATURES_LATE], 1);
    EXPECT_EQ(driver->fault_queue, 0);
    EXPECT_EQ(driver->fault_value, 7);
    /* A state that only a device of the other interface has. */
    driver->virtio.state->status |= VIRTIO_FEATURES_OK;
    EXPECT(!virtio_restored(&driver->virtio));
}
