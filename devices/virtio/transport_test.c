/* SPDX-License-Identifier: Apache-2.0 */
/* A block device behind both transports, at their registers: a driver that sets
 * it up, and makes a request, as it does in a machine. An entropy device has
 * what a disk has not, a request to a server. */
#include <string.h>

#include "abi/virtio_blk.h"
#include "bus/channel.h"
#include "bus/device_state.h"
#include "bus/disk.h"
#include "devices/test_bus.h"
#include "devices/virtio/transport.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "virtio/blk.h"

extern const struct device_type pcie_host;
extern const struct device_type virtio_mmio_blk;
extern const struct device_type virtio_mmio_rng;
extern const struct device_type virtio_pci_blk;
extern const struct device_type virtio_pci_rng;

enum { SLOT = 0x0800, CAPACITY = 1 << 20 };
enum { SIZE = 8, READY = VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER };
/* Where the driver keeps its queue and buffers. */
enum {
    TABLE = TEST_RAM,
    AVAILABLE = TEST_RAM + 0x1000,
    USED = TEST_RAM + 0x2000,
    HEADER = TEST_RAM + 0x3000,
    DATA = TEST_RAM + 0x4000,
    STATUS = TEST_RAM + 0x5000,
};

struct bench {
    struct test_bus bus;
    struct device *host; /* of the PCI function */
    struct device *device;
    struct disk disk;
    struct channels channels; /* of the entropy device */
    unsigned asked;
    unsigned cancelled;
};

/* ---- Medium -------------------------------------------------------------- */

static struct bench *bench_of(struct disk *disk)
{
    return (struct bench *)((char *)disk - offsetof(struct bench, disk));
}

static int ask(struct disk *disk, unsigned number,
               const struct disk_request *request)
{
    EXPECT_EQ(request->operation, DISK_READ);
    EXPECT_EQ(number, 0);
    bench_of(disk)->asked++;
    return 0;
}

static void cancel(struct disk *disk, unsigned number)
{
    bench_of(disk)->cancelled++;
}

/* ---- Server -------------------------------------------------------------- */

static struct bench *bench_at(struct channels *channels)
{
    return (struct bench *)((char *)channels -
                            offsetof(struct bench, channels));
}

static void ask_server(struct channels *channels, unsigned number,
                       const struct channel_request *request)
{
    EXPECT_EQ(number, 0);
    EXPECT_EQ(request->reply_room, 512);
    bench_at(channels)->asked++;
}

static void cancel_ask(struct channels *channels, unsigned number)
{
    bench_at(channels)->cancelled++;
}

/* ---- Driver -------------------------------------------------------------- */

/* Work that a driver does, at the registers of each transport. */
struct transport {
    const char *name;
    const struct device_type *type;
    const struct device_type *rng;
    unsigned bank;
    uint64_t config;
    uint64_t status;
    unsigned status_size;
    uint64_t select_offered, offered;
    uint64_t select_accepted, accepted;
    uint64_t queue, queue_size;
    unsigned queue_width; /* of accesses to both */
    uint64_t areas[3];
    uint64_t enable;
    uint64_t notify;
};

static const struct transport transports[] = {
    {"mmio",
     &virtio_mmio_blk,
     &virtio_mmio_rng,
     0, 0x100,
     0x070, 4,
     0x014, 0x010,
     0x024, 0x020,
     0x030, 0x038,
     4, {0x080, 0x090, 0x0a0},
     0x044, 0x050 },
    {"pci",
     &virtio_pci_blk,
     &virtio_pci_rng,
     1, 0x2000,
     0x14,  1,
     0x00,  0x04,
     0x08,  0x0c,
     0x16,  0x18,
     2, {0x20, 0x28, 0x30},
     0x1c,  0x3000},
};

static uint64_t get(const struct bench *bench, const struct transport *t,
                    uint64_t offset, unsigned size)
{
    return test_read_as(bench->device, (struct test_who){0, false}, t->bank,
                        offset, size);
}

static void set(const struct bench *bench, const struct transport *t,
                uint64_t offset, unsigned size, uint64_t value)
{
    test_write_as(bench->device, (struct test_who){0, false}, t->bank, offset,
                  size, value);
}

static void setup_type(struct bench *bench, const struct device_type *type)
{
    *bench = (struct bench){
        .disk = {CAPACITY, false, 4096, ask, cancel},
        .channels = {.ask = ask_server,     .cancel = cancel_ask   },
    };
    test_bus_init(&bench->bus);
    test_bus_property(&bench->bus, "reg", SLOT);
    bench->host = test_bus_make(&bench->bus, &pcie_host);
    bench->bus.parent = bench->host;
    bench->device = test_bus_make(&bench->bus, type);
    if (type->disk != NULL) {
        bench->device->disk = &bench->disk;
    } else {
        bench->device->channels = &bench->channels;
    }
    device_reset(bench->device, RESET_POWER_ON);
    bench->cancelled = 0;
    if (type->behind_bus) {
        test_write(bench->device, 0, 0x04,
                   PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    }
}

static void setup(struct bench *bench, const struct transport *t)
{
    setup_type(bench, t->type);
}

static void teardown(struct bench *bench)
{
    device_destroy(bench->device);
    device_destroy(bench->host);
    test_bus_fini(&bench->bus);
}

static uint64_t offered(const struct bench *bench, const struct transport *t)
{
    uint64_t features = 0;

    for (unsigned word = 0; word < 2; word++) {
        set(bench, t, t->select_offered, 4, word);
        features |= get(bench, t, t->offered, 4) << word * 32;
    }
    return features;
}

static void accept(const struct bench *bench, const struct transport *t,
                   uint64_t features)
{
    for (unsigned word = 0; word < 2; word++) {
        set(bench, t, t->select_accepted, 4, word);
        set(bench, t, t->accepted, 4, features >> word * 32 & UINT32_MAX);
    }
}

static void drive_with(const struct bench *bench, const struct transport *t,
                       uint64_t features)
{
    static const uint64_t areas[] = {TABLE, AVAILABLE, USED};

    set(bench, t, t->status, t->status_size, READY);
    accept(bench, t, VIRTIO_FEATURE(VIRTIO_F_VERSION_1) | features);
    set(bench, t, t->status, t->status_size, READY | VIRTIO_FEATURES_OK);
    EXPECT_EQ(get(bench, t, t->status, t->status_size),
              READY | VIRTIO_FEATURES_OK);
    set(bench, t, t->queue, t->queue_width, 0);
    set(bench, t, t->queue_size, t->queue_width, SIZE);
    for (unsigned i = 0; i < ARRAY_SIZE(areas); i++) {
        set(bench, t, t->areas[i], 4, areas[i]);
        set(bench, t, t->areas[i] + 4, 4, 0);
    }
    set(bench, t, t->enable, t->queue_width, 1);
    set(bench, t, t->status, t->status_size,
        READY | VIRTIO_FEATURES_OK | VIRTIO_DRIVER_OK);
}

static void drive(const struct bench *bench, const struct transport *t)
{
    drive_with(bench, t,
               VIRTIO_FEATURE(VIRTIO_BLK_F_CONFIG_WCE) |
                   VIRTIO_FEATURE(VIRTIO_BLK_F_FLUSH));
}

static void *memory(const struct bench *bench, uint64_t address)
{
    return region_host(bench->bus.ram) + (address - TEST_RAM);
}

/* A read of sector 0, as the first entry of the ring. */
static void request(const struct bench *bench, const struct transport *t)
{
    struct virtio_descriptor *table = memory(bench, TABLE);
    uint16_t *available = memory(bench, AVAILABLE);

    memset(memory(bench, HEADER), 0, sizeof(struct virtio_blk_header));
    table[0] = (struct virtio_descriptor){
        HEADER, sizeof(struct virtio_blk_header), VIRTIO_DESC_NEXT, 1};
    table[1] = (struct virtio_descriptor){
        DATA, 512, VIRTIO_DESC_NEXT | VIRTIO_DESC_WRITE, 2};
    table[2] = (struct virtio_descriptor){STATUS, 1, VIRTIO_DESC_WRITE, 0};
    available[2] = 0;
    available[1] = 1;
    set(bench, t, t->notify, t->queue_width, 0);
}

static void finish(const struct bench *bench)
{
    uint8_t bytes[512];

    memset(bytes, 0x5a, sizeof(bytes));
    bench->device->type->disk->completed(bench->device, 0, DISK_DONE, bytes,
                                         sizeof(bytes));
}

/* ---- Both ---------------------------------------------------------------- */

/* A test of each transport, with a bench that is set up for it. */
#define TEST_BOTH(name)                                                        \
    static void name##_by(struct bench *bench, const struct transport *t);     \
    TEST(name)                                                                 \
    {                                                                          \
        on_both(name##_by);                                                    \
    }                                                                          \
    static void name##_by(struct bench *bench, const struct transport *t)

static void on_both(void (*test)(struct bench *bench,
                                 const struct transport *t))
{
    for (size_t i = 0; i < ARRAY_SIZE(transports); i++) {
        OWNED(teardown) struct bench bench;

        test_case("%s", transports[i].name);
        setup(&bench, &transports[i]);
        test(&bench, &transports[i]);
    }
}

TEST_BOTH(the_tables_promises_hold)
{
    struct error error = {""};

    (void)bench;
    EXPECT_EQ(device_type_check(t->type, &error), 0);
    EXPECT_STR(error.text, "");
}

TEST_BOTH(a_driver_reads_a_sector)
{
    EXPECT_EQ(get(bench, t, t->config, 4), CAPACITY / VIRTIO_BLK_SECTOR);
    drive(bench, t);
    request(bench, t);
    EXPECT_EQ(bench->asked, 1);
    EXPECT_EQ(bench->device->outputs[0].level, 0);
    finish(bench);
    EXPECT_EQ(bench->device->outputs[0].level, 1);
    EXPECT_EQ(*(uint8_t *)memory(bench, DATA + 511), 0x5a);
    EXPECT_EQ(*(uint8_t *)memory(bench, STATUS), VIRTIO_BLK_S_OK);
    EXPECT_EQ(((uint16_t *)memory(bench, USED))[1], 1);
}

TEST_BOTH(status_0_resets_and_cancels)
{
    drive(bench, t);
    request(bench, t);
    set(bench, t, t->status, t->status_size, 0);
    EXPECT(bench->cancelled != 0);
    EXPECT_EQ(get(bench, t, t->status, t->status_size), 0);
    EXPECT_EQ(get(bench, t, t->enable, t->queue_width), 0);
    EXPECT_EQ(bench->device->outputs[0].level, 0);
    /* And drives again. */
    drive(bench, t);
    request(bench, t);
    EXPECT_EQ(bench->asked, 2);
}

TEST_BOTH(a_warm_reset_forgets_requests)
{
    drive(bench, t);
    request(bench, t);
    device_reset(bench->device, RESET_WARM);
    EXPECT(bench->cancelled != 0);
    EXPECT_EQ(get(bench, t, t->status, t->status_size), 0);
}

/* Both resets: a warm one of the machine leaves the device no time to cancel
 * by its queues. What the server answers late touches no memory. */
TEST(a_reset_cancels_what_a_server_was_asked)
{
    for (size_t i = 0; i < 2 * ARRAY_SIZE(transports); i++) {
        const struct transport *t = &transports[i / 2];
        struct virtio_descriptor *table;
        OWNED(teardown) struct bench bench;
        uint8_t bytes[512];

        test_case("%s, %s", t->name, i % 2 == 0 ? "status" : "warm");
        setup_type(&bench, t->rng);
        drive_with(&bench, t, 0);
        table = memory(&bench, TABLE);
        table[0] = (struct virtio_descriptor){DATA, 512, VIRTIO_DESC_WRITE, 0};
        ((uint16_t *)memory(&bench, AVAILABLE))[1] = 1;
        set(&bench, t, t->notify, t->queue_width, 0);
        EXPECT_EQ(bench.asked, 1);
        EXPECT_EQ(bench.cancelled, 0);
        if (i % 2 == 0) {
            set(&bench, t, t->status, t->status_size, 0);
        } else {
            device_reset(bench.device, RESET_WARM);
        }
        EXPECT(bench.cancelled != 0);
        memset(bytes, 0x5a, sizeof(bytes));
        t->rng->channel->replied(bench.device, 0, bytes, sizeof(bytes));
        EXPECT_EQ(*(uint8_t *)memory(&bench, DATA), 0);
        EXPECT_EQ(((uint16_t *)memory(&bench, USED))[1], 0);
    }
}

TEST_BOTH(there_are_two_words_of_features)
{
    EXPECT((offered(bench, t) & VIRTIO_FEATURE(VIRTIO_F_VERSION_1)) != 0);
    for (uint32_t word = 2; word < 5; word++) {
        set(bench, t, t->select_offered, 4, word);
        EXPECT_EQ(get(bench, t, t->offered, 4), 0);
    }
}

/* writeback, the one byte of the configuration that a driver may write. */
TEST_BOTH(a_byte_of_the_configuration_is_written_alone)
{
    enum { WRITEBACK = 32 };

    drive(bench, t);
    EXPECT_EQ(get(bench, t, t->config + WRITEBACK, 1), 1);
    set(bench, t, t->config + WRITEBACK, 1, 0);
    EXPECT_EQ(get(bench, t, t->config + WRITEBACK, 1), 0);
    EXPECT_EQ(bench->bus.fabric.log.count[LOG_GUEST], 0);
    set(bench, t, t->config, 4, 0);
    EXPECT_EQ(bench->bus.fabric.log.count[LOG_GUEST], 1);
    EXPECT_EQ(get(bench, t, t->config, 4), CAPACITY / VIRTIO_BLK_SECTOR);
}

TEST_BOTH(queues_that_are_not_there_have_no_entries)
{
    set(bench, t, t->queue, t->queue_width, 4);
    EXPECT_EQ(get(bench, t, t->type->behind_bus ? t->queue_size : 0x034,
                  t->queue_width),
              0);
    set(bench, t, t->enable, t->queue_width, 1);
    EXPECT_EQ(get(bench, t, t->enable, t->queue_width), 0);
}

/* A device that is saved with a request under way completes it elsewhere. */
TEST_BOTH(a_request_is_in_the_state)
{
    OWNED(buffer_fini) struct buffer saved = {0};
    struct error error = {""};

    drive(bench, t);
    request(bench, t);
    device_save(bench->device, &saved);
    device_reset(bench->device, RESET_POWER_ON);
    const uint8_t *bytes = saved.bytes;
    size_t size = saved.size;
    EXPECT_EQ(device_restore(bench->device, &bytes, &size, &error), 0);
    device_restored(bench->device);
    finish(bench);
    EXPECT_EQ(((uint16_t *)memory(bench, USED))[1], 1);
    EXPECT_EQ(*(uint8_t *)memory(bench, STATUS), VIRTIO_BLK_S_OK);
}

/* ---- PCI ----------------------------------------------------------------- */

static const struct transport *const pci = &transports[1];

FIXTURE(struct bench, bench, teardown)
FIXTURE_BEGIN(bench, setup(bench, pci))

TEST_ON(fields_of_a_word_are_written_alone, bench)
{
    set(bench, pci, 0x16, 2, 3); /* queue_select */
    set(bench, pci, 0x14, 1, VIRTIO_ACKNOWLEDGE);
    EXPECT_EQ(get(bench, pci, 0x16, 2), 3);
    EXPECT_EQ(get(bench, pci, 0x14, 1), VIRTIO_ACKNOWLEDGE);
    set(bench, pci, 0x18, 2, 16); /* queue_size */
    EXPECT_EQ(get(bench, pci, 0x1a, 2), 0xffff);
    set(bench, pci, 0x1a, 2, 5); /* queue_msix_vector */
    EXPECT_EQ(get(bench, pci, 0x18, 2), 16);
    EXPECT_EQ(get(bench, pci, 0x1a, 2), 5);
    EXPECT_EQ(get(bench, pci, 0x12, 2), VIRTIO_BLK_QUEUES);
}

/* 4.1.4.3.2 */
TEST_ON(a_queue_is_not_disabled_by_a_write_of_0, bench)
{
    set(bench, pci, pci->enable, 2, 0);
    EXPECT_EQ(virtio_of(bench->device)->state->faults, 0);
    drive(bench, pci);
    set(bench, pci, pci->enable, 2, 0);
    EXPECT_EQ(get(bench, pci, pci->enable, 2), 1);
    EXPECT_EQ(virtio_of(bench->device)->state->faults,
              UINT64_C(1) << VIRTIO_FAULT_QUEUE_LATE);
}

TEST_ON(vectors_that_are_not_there_are_refused, bench)
{
    static const struct {
        unsigned written;
        unsigned read;
    } rows[] = {
        {0,                      0                     },
        {VIRTIO_PCI_VECTORS - 1, VIRTIO_PCI_VECTORS - 1},
        {VIRTIO_PCI_VECTORS,     0xffff                },
        {0xffff,                 0xffff                },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("vector %u", rows[i].written);
        set(bench, pci, 0x10, 2, rows[i].written);
        EXPECT_EQ(get(bench, pci, 0x10, 2), rows[i].read);
        set(bench, pci, 0x1a, 2, rows[i].written);
        EXPECT_EQ(get(bench, pci, 0x1a, 2), rows[i].read);
    }
}

TEST_BEGINS(reading_the_isr_acknowledges_but_for_a_debugger, bench)
{
    enum { ISR = 0x1000 };
    uint64_t value = 0;

    setup(bench, pci);
    drive(bench, pci);
    request(bench, pci);
    finish(bench);
    device_read(bench->device, 1, &(struct access){.debug = true}, ISR, 1,
                &value);
    EXPECT_EQ(value, VIRTIO_INTERRUPT_QUEUE);
    EXPECT_EQ(bench->device->outputs[0].level, 1);
    EXPECT_EQ(get(bench, pci, ISR, 1), VIRTIO_INTERRUPT_QUEUE);
    EXPECT_EQ(bench->device->outputs[0].level, 0);
    EXPECT_EQ(get(bench, pci, ISR, 1), 0);
}

/* Firmware that has placed no BAR reads by configuration space (4.1.4.9). */
TEST_ON(the_window_of_configuration_space_leads_behind_the_bar, bench)
{
    static const struct {
        uint32_t bar, offset, length, value;
    } rows[] = {
        {4, 0x2000,     4,  CAPACITY / VIRTIO_BLK_SECTOR},
        {4, 0x14,       1,  VIRTIO_ACKNOWLEDGE          },
        {4, 0x12,       2,  VIRTIO_BLK_QUEUES           },
        {3, 0x2000,     4,  0                           },
        {4, 0x2001,     4,  0                           },
        {4, 0x2000,     3,  0                           },
        {4, UINT32_MAX, 1,  0                           },
        {4, 0x2000,     16, 0                           },
    };

    set(bench, pci, 0x14, 1, VIRTIO_ACKNOWLEDGE);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        test_write(bench->device, 0, 0x94, rows[i].bar);
        test_write(bench->device, 0, 0x98, rows[i].offset);
        test_write(bench->device, 0, 0x9c, rows[i].length);
        EXPECT_EQ(test_read(bench->device, 0, 0xa0), rows[i].value);
    }
}

TEST_ON(a_function_that_is_no_bus_master_reaches_no_memory, bench)
{
    drive(bench, pci);
    test_write(bench->device, 0, 0x04, PCI_COMMAND_MEMORY);
    request(bench, pci);
    EXPECT_EQ(bench->asked, 0);
    EXPECT((get(bench, pci, 0x14, 1) & VIRTIO_NEEDS_RESET) != 0);
}
