/* SPDX-License-Identifier: Apache-2.0 */
/* The host controller with an SD card: transfers of all kinds, errors, hostile
 * descriptors. */
#include "devices/sd/test_slot.h"

#include "bus/device_state.h"
#include "devices/test_spoil.h"
#include "tests/device.h"
#include "tests/harness.h"

enum { DONE = 2, DMA_WAITS = 8, ADMA_FAILED = 0x02000000 };
enum { READ_MANY = 0x33, WRITE_MANY = 0x23, AUTO_12 = 4, AUTO_23 = 8 };

/* A card in the transfer state. */
static void start(struct slot *slot)
{
    slot_start(slot, &sd_card);
    for (unsigned i = 0; i < SLOT_MEDIUM; i++) {
        slot->medium[i] = (uint8_t)(i ^ i >> 9);
    }
    slot_prepare(slot);
    slot_send(slot, 0, 0, R0);
    slot_send(slot, 8, 0x1aa, R1);
    slot_send(slot, 55, 0, R1);
    slot_send(slot, 41, 0x40ff8000, R3);
    slot_send(slot, 2, 0, R2);
    slot_send(slot, 3, 0, R1);
    slot_send(slot, 7, 0x10000, R1B);
}

FIXTURE(struct slot, slot, slot_stop)
FIXTURE_BEGIN(slot, start(slot))

TEST_BEGINS(the_tables_promises_hold, slot)
{
    /* Writes of these start commands or reset, and reads depend on peers. */
    static const char *const exclusions[] = {
        "COMMAND",       "CLOCK_CONTROL", "HOST_CONTROL", "BUFFER",
        "PRESENT_STATE", "SDMA_ADDRESS",  "CAPABILITIES", "CAPABILITIES_1",
        "MAX_CURRENT",   "SLOT_STATUS",   "INT_STATUS",   NULL};

    slot_start(slot, &sd_card);
    EXPECT_DEVICE(slot->bus.device, exclusions);
    EXPECT_DEVICE(slot->card, NULL);
    EXPECT_DEVICE(slot->wrapper, NULL);
}

TEST_BEGINS(an_empty_slot_says_so, slot)
{
    slot_start(slot, &sd_card);
    EXPECT_EQ(slot_get(slot, PRESENT, 4) >> 16 & 0xf, 0xf);
    slot->card->disk = NULL;
    EXPECT_EQ(slot_get(slot, PRESENT, 4) >> 16 & 1, 0);
    slot_prepare(slot);
    EXPECT_EQ(slot_send(slot, 8, 0x1aa, R1), 0x00018000);
}

TEST_BEGINS(capabilities_are_those_of_the_wrapper, slot)
{
    slot_start(slot, &sd_card);
    EXPECT_EQ(slot_get(slot, CAPABILITIES, 4), 0x19f80080);
    EXPECT_EQ(slot_get(slot, VERSION, 2), 2);
    test_write(slot->wrapper, 0, 0x10, 0x1df80080);
    EXPECT_EQ(slot_get(slot, CAPABILITIES, 4), 0x1df80080);
}

TEST_ON(without_a_clock_nothing_answers, slot)
{
    slot_set(slot, CLOCK, 2, 1);
    EXPECT_EQ(slot_get(slot, CLOCK, 2), 3);
    EXPECT_EQ(slot_send(slot, 13, 0x10000, R1), 0x00018000);
}

TEST_ON(blocks_are_read_by_the_buffer, slot)
{
    slot_blocks(slot, 512, 2, READ_MANY & ~1u);
    EXPECT_EQ(slot_send(slot, 18, 5, R1 | DATA), 1);
    EXPECT_EQ(slot_get(slot, PRESENT, 4) & 0xe06, 0x206);
    for (unsigned block = 0; block < 2; block++) {
        slot_settle(slot);
        EXPECT_EQ(slot_get(slot, STATUS, 4) & INT_READ_READY, INT_READ_READY);
        EXPECT_EQ(slot_get(slot, PRESENT, 4) & 0x800, 0x800);
        slot_set(slot, STATUS, 4, INT_READ_READY);
        for (unsigned i = 0; i < 512; i += 4) {
            EXPECT_EQ(slot_get(slot, BUFFER, 4),
                      load_le32(slot->medium + (5 + block) * 512 + i));
        }
    }
    EXPECT_EQ(slot_get(slot, STATUS, 4), 1 | DONE);
    EXPECT_EQ(slot_send(slot, 12, 0, R1B), 1 | DONE);
    EXPECT_EQ(slot_get(slot, RESPONSE, 4), 0xb00);
}

TEST_ON(blocks_are_written_by_the_buffer, slot)
{
    slot_blocks(slot, 512, 2, (WRITE_MANY & ~1u) | AUTO_12);
    EXPECT_EQ(slot_send(slot, 25, 9, R1 | DATA), 1 | INT_WRITE_READY);
    for (unsigned i = 0; i < 1024; i += 4) {
        EXPECT_EQ(slot_get(slot, STATUS, 4) & INT_WRITE_READY, INT_WRITE_READY);
        slot_set(slot, BUFFER, 4, i);
        slot_settle(slot);
    }
    EXPECT_EQ(slot_get(slot, STATUS, 4) & DONE, DONE);
    for (unsigned i = 0; i < 1024; i += 4) {
        EXPECT_EQ(load_le32(slot->medium + 9 * 512 + i), i);
    }
    slot_send(slot, 13, 0x10000, R1);
    EXPECT_EQ(slot_get(slot, RESPONSE, 4), 0x900);
}

/* A chain of descriptors of 12 bytes at the start of RAM. */
static void describe(struct slot *slot, unsigned index, uint32_t head,
                     uint64_t address)
{
    uint8_t *at = region_host(slot->bus.ram) + 12 * (size_t)index;

    store_le32(at, head);
    store_le32(at + 4, (uint32_t)address);
    store_le32(at + 8, (uint32_t)(address >> 32));
}

static void use_adma(struct slot *slot)
{
    slot_set(slot, HOST_CONTROL, 1, DMA_ADMA_64 << 3);
    slot_set(slot, ADMA, 4, TEST_RAM);
    slot_set(slot, ADMA + 4, 4, 0);
}

TEST_ON(adma_scatters_and_gathers, slot)
{
    uint8_t *ram;

    ram = region_host(slot->bus.ram);
    use_adma(slot);
    describe(slot, 0, 100u << 16 | 0x21, TEST_RAM + 0x1000);
    describe(slot, 1, 0x01, 0);
    describe(slot, 2, 0x31, TEST_RAM + 48);
    describe(slot, 4, 1948u << 16 | 0x23, TEST_RAM + 0x2000);
    slot_blocks(slot, 512, 4, READ_MANY | AUTO_23);
    slot_set(slot, SDMA, 4, 4);
    EXPECT_EQ(slot_send(slot, 18, 16, R1 | DATA), 1);
    slot_settle(slot);
    EXPECT_EQ(slot_get(slot, STATUS, 4), 1 | DONE);
    EXPECT_BYTES(ram + 0x1000, slot->medium + 16 * 512, 100);
    EXPECT_BYTES(ram + 0x2000, slot->medium + 16 * 512 + 100, 1948);
    EXPECT_EQ(slot_get(slot, BLOCK_COUNT, 2), 0);

    memset(ram + 0x1000, 0x11, 100);
    memset(ram + 0x2000, 0x22, 1948);
    use_adma(slot);
    slot_blocks(slot, 512, 4, WRITE_MANY | AUTO_12);
    slot_set(slot, SIGNAL, 4, DONE);
    EXPECT_EQ(slot_send(slot, 25, 32, R1 | DATA), 1);
    EXPECT_EQ(slot->bus.device->outputs[0].level, 0);
    slot_settle(slot);
    EXPECT_EQ(slot->bus.device->outputs[0].level, 1);
    EXPECT_BYTES(slot->medium + 32 * 512, ram + 0x1000, 100);
    EXPECT_BYTES(slot->medium + 32 * 512 + 100, ram + 0x2000, 1948);
    slot_send(slot, 13, 0x10000, R1);
    EXPECT_EQ(slot_get(slot, RESPONSE, 4), 0x900);
}

TEST(hostile_descriptors_end_in_an_error)
{
    static const struct {
        uint32_t head;
        uint64_t address;
    } first[] = {
        {0x20,              TEST_RAM          }, /* not valid */
        {100u << 16 | 0x23, TEST_RAM + 64     }, /* ends too early */
        {0x31,              TEST_RAM          }, /* leads to itself */
        {0x31,              0xfffffffffffffff8}, /* to where nothing is */
        {512u << 16 | 0x23, 0x1234            }, /* memory that is not there */
        {0x01,              0                 }, /* nothing follows */
        {0x23,              UINT64_MAX - 100  }, /* wraps */
    };
    for (unsigned i = 0; i < ARRAY_SIZE(first); i++) {
        for (unsigned writes = 0; writes < 2; writes++) {
            OWNED(slot_stop) struct slot slot;
            test_case("descriptor %u, %s", i, writes ? "write" : "read");
            start(&slot);
            use_adma(&slot);
            describe(&slot, 0, first[i].head, first[i].address);
            slot_blocks(&slot, 512, 2, writes ? WRITE_MANY : READ_MANY);
            slot_send(&slot, writes ? 25 : 18, 0, R1 | DATA);
            slot_settle(&slot);
            EXPECT_EQ(slot_get(&slot, STATUS, 4) & ADMA_FAILED, ADMA_FAILED);
            EXPECT_EQ(slot_get(&slot, STATUS, 4) & DONE, 0);
            EXPECT(slot_get(&slot, ADMA_ERROR, 4) != 0);
            EXPECT_EQ(slot_get(&slot, PRESENT, 4) & 6, 0);
            EXPECT_EQ(slot_send(&slot, 12, 0, R1B), 1 | DONE);
        }
    }
}

/* Many descriptors without data before each byte cost the host more time than
 * the transfer is worth. */
TEST_BEGINS(a_transfer_takes_a_bounded_number_of_empty_descriptors, slot)
{
    enum { EMPTY = 100 };

    start(slot);
    use_adma(slot);
    for (unsigned i = 0; i < EMPTY; i++) {
        describe(slot, i, 0x01, 0);
    }
    describe(slot, EMPTY, 1u << 16 | 0x21, TEST_RAM + 0x8000);
    describe(slot, EMPTY + 1, 0x31, TEST_RAM);
    slot_blocks(slot, 512, 1, 0x11);
    slot_send(slot, 17, 0, R1 | DATA);
    slot_settle(slot);
    EXPECT_EQ(slot_get(slot, STATUS, 4) & ADMA_FAILED, ADMA_FAILED);
}

TEST_ON(sdma_waits_at_boundaries, slot)
{
    slot_blocks(slot, 512, 16, READ_MANY | AUTO_12);
    slot_set(slot, BLOCK_SIZE, 2, 512); /* 4 KiB */
    slot_set(slot, SDMA, 4, TEST_RAM + 0x800);
    slot_send(slot, 18, 64, R1 | DATA);
    slot_settle(slot);
    EXPECT_EQ(slot_get(slot, STATUS, 4), 1 | DMA_WAITS);
    EXPECT_EQ(slot_get(slot, BLOCK_COUNT, 2), 12);
    slot_set(slot, STATUS, 4, DMA_WAITS);
    slot_set(slot, SDMA, 4, TEST_RAM + 0x8000);
    slot_settle(slot);
    EXPECT_EQ(slot_get(slot, STATUS, 4), 1 | DMA_WAITS);
    slot_set(slot, SDMA, 4, TEST_RAM + 0x9000);
    slot_settle(slot);
    EXPECT_EQ(slot_get(slot, STATUS, 4) & DONE, DONE);
    EXPECT_BYTES(region_host(slot->bus.ram) + 0x800, slot->medium + 64 * 512,
                 0x800);
    EXPECT_BYTES(region_host(slot->bus.ram) + 0x8000,
                 slot->medium + 64 * 512 + 0x800, 0x1800);
}

TEST_ON(a_medium_that_fails_is_a_data_error, slot)
{
    slot_blocks(slot, 512, 1, 0x11);
    slot_set(slot, SDMA, 4, TEST_RAM);
    slot_send(slot, 17, 0, R1 | DATA);
    EXPECT(slot->in_flight);
    slot_complete(slot, DISK_FAILED);
    EXPECT_EQ(slot_get(slot, STATUS, 4), 0x00208001);
    EXPECT_EQ(slot_send(slot, 12, 0, R1B), 1 | DONE);
    EXPECT_EQ(slot_get(slot, RESPONSE, 4) & 0x80000, 0x80000);
}

TEST_ON(a_reset_drops_the_transfer, slot)
{
    slot_blocks(slot, 512, 1, 0x11);
    slot_set(slot, SDMA, 4, TEST_RAM);
    slot_send(slot, 17, 0, R1 | DATA);
    slot_set(slot, RESET, 1, 4);
    EXPECT_EQ(slot->cancels, 1);
    EXPECT_EQ(slot_get(slot, RESET, 1), 0);
    EXPECT_EQ(slot_get(slot, PRESENT, 4) & 6, 0);
    slot_send(slot, 17, 0, R1 | DATA);
    device_reset(slot->bus.device, RESET_WARM);
    EXPECT_EQ(slot->cancels, 2);
}

/* The state that a snapshot keeps is enough for the completion that comes
 * later. */
TEST_ON(a_write_goes_on_after_its_record_is_restored, slot)
{
    OWNED(buffer_fini) struct buffer host = {0};
    OWNED(buffer_fini) struct buffer card = {0};
    const uint8_t *bytes;
    size_t size;

    memset(region_host(slot->bus.ram), 0x77, 2048);
    slot_blocks(slot, 512, 4, WRITE_MANY | AUTO_12);
    slot_set(slot, SDMA, 4, TEST_RAM);
    slot_send(slot, 25, 100, R1 | DATA);
    device_save(slot->bus.device, &host);
    device_save(slot->card, &card);
    slot_power_on(slot);
    slot->in_flight = true; /* the session makes the request again */
    bytes = host.bytes;
    size = host.size;
    EXPECT_EQ(device_restore(slot->bus.device, &bytes, &size, &slot->bus.error),
              0);
    bytes = card.bytes;
    size = card.size;
    EXPECT_EQ(device_restore(slot->card, &bytes, &size, &slot->bus.error), 0);
    slot_settle(slot);
    EXPECT_EQ(slot_get(slot, STATUS, 4) & DONE, DONE);
    EXPECT_EQ(slot->medium[100 * 512 + 2047], 0x77);
}

/* The machine that a snapshot is restored into was not reset before. */
TEST(a_record_is_restored_into_new_devices)
{
    struct slot slot;
    OWNED(slot_stop) struct slot other;
    struct buffer host = {0};
    struct buffer card = {0};
    const uint8_t *bytes;
    size_t size;

    start(&slot);
    device_save(slot.bus.device, &host);
    device_save(slot.card, &card);
    slot_build(&other, &sd_card);
    bytes = host.bytes;
    size = host.size;
    EXPECT_EQ(device_restore(other.bus.device, &bytes, &size, &other.bus.error),
              0);
    bytes = card.bytes;
    size = card.size;
    EXPECT_EQ(device_restore(other.card, &bytes, &size, &other.bus.error), 0);
    device_restored(other.bus.device);
    memset(region_host(other.bus.ram), 0x77, 2048);
    slot_blocks(&other, 512, 4, WRITE_MANY | AUTO_12);
    slot_set(&other, SDMA, 4, TEST_RAM);
    slot_send(&other, 25, 100, R1 | DATA);
    slot_settle(&other);
    EXPECT_EQ(slot_get(&other, STATUS, 4) & DONE, DONE);
    EXPECT_EQ(other.medium[100 * 512 + 2047], 0x77);
    buffer_fini(&host);
    buffer_fini(&card);
    slot_stop(&slot);
}

TEST_ON(registers_that_change_meanwhile_do_not_change_a_transfer, slot)
{
    slot_blocks(slot, 512, 2, READ_MANY & ~1u);
    slot_send(slot, 18, 5, R1 | DATA);
    slot_set(slot, MODE, 2, 0);
    slot_set(slot, BLOCK_SIZE, 2, 0);
    slot_settle(slot);
    for (unsigned i = 0; i < 512; i += 4) {
        (void)slot_get(slot, BUFFER, 4);
    }
    slot_settle(slot);
    EXPECT_EQ(slot_get(slot, BUFFER, 4), load_le32(slot->medium + 6 * 512));
}

TEST_ON(a_transfer_of_nothing_ends_at_once, slot)
{
    slot_blocks(slot, 0, 1, 0x11);
    EXPECT_EQ(slot_send(slot, 17, 0, R1 | DATA) & DONE, DONE);
    slot_send(slot, 12, 0, R1B);
    slot_blocks(slot, 512, 0, READ_MANY);
    EXPECT_EQ(slot_send(slot, 18, 0, R1 | DATA) & DONE, DONE);
}

TEST_ON(a_read_behind_the_end_has_no_data, slot)
{
    slot_blocks(slot, 512, 1, 0x11);
    EXPECT_EQ(slot_send(slot, 17, SLOT_MEDIUM / 512, R1 | DATA), 0x00108001);
    EXPECT_EQ(slot_get(slot, RESPONSE, 4), 0x80000900);
    /* It ends in the middle. */
    slot_blocks(slot, 512, 4, READ_MANY & ~1u);
    slot_send(slot, 18, SLOT_MEDIUM / 512 - 1, R1 | DATA);
    slot_settle(slot);
    for (unsigned i = 0; i < 512; i += 4) {
        (void)slot_get(slot, BUFFER, 4);
    }
    slot_settle(slot);
    EXPECT_EQ(slot_get(slot, STATUS, 4) & INT_DATA_CRC, INT_DATA_CRC);
}

/* Neither the host nor a card without boot partitions ends the program. */
TEST(states_that_somebody_made_up_end_in_nothing_worse)
{
    enum { STATES = 3000 };
    static const struct device_type *const cards[] = {&sd_card, &emmc_card};

    for (size_t i = 0; i < 2 * ARRAY_SIZE(cards); i++) {
        OWNED(slot_stop) struct slot slot;
        struct region *boot;

        slot_build(&slot, cards[i / 2]);
        boot = slot.boot;
        slot.boot = i % 2 != 0 ? NULL : boot;
        EXPECT_EQ(device_init(slot.card, &slot.bus.error), 0);
        slot_power_on(&slot);
        for (unsigned n = 0; n < STATES; n++) {
            test_spoil(slot.card);
            test_spoil(slot.bus.device);
            (void)slot_get(&slot, BUFFER, 4);
            slot_set(&slot, BUFFER, 4, 0);
            slot_set(&slot, SDMA, 4, TEST_RAM);
            slot_set(&slot, CLOCK, 2, 5);
            slot_blocks(&slot, 512, 1, 0x11);
            slot_send(&slot, 17, 0, R1 | DATA);
            slot_settle(&slot);
        }
        slot.boot = boot;
    }
}
