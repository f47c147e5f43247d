/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/caliptra/mailbox.h"

#include "devices/caliptra/test_soc.h"
#include "tests/device.h"
#include "tests/told.h"

enum {
    LOCK = 0x00,
    USER = 0x04,
    CMD = 0x08,
    DLEN = 0x0c,
    DATAIN = 0x10,
    DATAOUT = 0x14,
    EXECUTE = 0x18,
    STATUS = 0x1c,
    UNLOCK = 0x20,
    BANK_SRAM = 1,
    SRAM_WORDS = 0x8000,
    DATA_READY = 1,
    COMPLETE = 2,
    HW_ERROR_NON_FATAL = 0x04,
    ERROR_STATUS = 0x814,
    NOTIF_STATUS = 0x818,
    NO_LOCK = 1,
    OUT_OF_ORDER = 2,
    COMMAND_AVAILABLE = 1,
    LOCK_WANTED = 1 << 4,
    INVALID_USER = 1 << 1,
};

enum phase {
    IDLE = 0,
    RDY_FOR_CMD = 1,
    RDY_FOR_DATA = 2,
    RDY_FOR_DLEN = 3,
    EXECUTE_SOC = 4,
    EXECUTE_UC = 6,
    ERROR = 7,
};

static uint32_t read_as(struct test_soc *soc, enum test_view view,
                        uint32_t offset)
{
    return test_read_as(soc, soc->mailbox, view,
                        view == TEST_CORE ? UINT32_MAX : TEST_USER, offset);
}

static void write_as(struct test_soc *soc, enum test_view view, uint32_t offset,
                     uint32_t value)
{
    test_write_as(soc, soc->mailbox, view,
                  view == TEST_CORE ? UINT32_MAX : TEST_USER, offset, value);
}

static unsigned phase(struct test_soc *soc)
{
    return read_as(soc, TEST_CORE, STATUS) >> 6 & 7;
}

static bool sram_read(struct test_soc *soc, uint32_t offset, unsigned size,
                      uint64_t *value)
{
    struct access access = {.view = TEST_CORE, .user = UINT32_MAX};
    return device_read(soc->mailbox, BANK_SRAM, &access, offset, size, value) ==
           0;
}

static void sram_write(struct test_soc *soc, uint32_t offset, unsigned size,
                       uint64_t value)
{
    struct access access = {.view = TEST_CORE, .user = UINT32_MAX};
    device_write(soc->mailbox, BANK_SRAM, &access, offset, size, value);
}

/* Words 1, 2, ... as a command, up to execute. */
static void send(struct test_soc *soc, enum test_view view, uint32_t length,
                 uint32_t word_count)
{
    EXPECT_EQ(read_as(soc, view, LOCK), 0);
    write_as(soc, view, CMD, 0xc0de);
    write_as(soc, view, DLEN, length);
    for (uint32_t i = 0; i < word_count; i++) {
        write_as(soc, view, DATAIN, i + 1);
    }
    write_as(soc, view, EXECUTE, 1);
}

FIXTURE(struct test_soc, soc, test_soc_fini)
FIXTURE_BEGIN(soc, test_boot(soc, 0x0101))

TEST_BEGINS(registers_keep_the_promises_of_their_table, soc)
{
    static const char *const own_values[] = {"mbox_lock", "mbox_sram", NULL};

    test_soc_init(soc, 0x0101);
    REQUIRE(soc->mailbox != NULL);
    EXPECT_DEVICE(soc->mailbox, own_values);
}

TEST_ON(reading_the_lock_as_zero_takes_it, soc)
{
    EXPECT_EQ(read_as(soc, TEST_SOC, LOCK), 0);
    EXPECT_EQ(read_as(soc, TEST_SOC, LOCK), 1);
    EXPECT_EQ(read_as(soc, TEST_CORE, LOCK), 1);
    EXPECT_EQ(read_as(soc, TEST_SOC, USER), TEST_USER);
    EXPECT_EQ(phase(soc), RDY_FOR_CMD);
    EXPECT(read_as(soc, TEST_SOC, STATUS) & 1 << 9);
}

TEST_ON(command_and_answer_go_through_the_states, soc)
{
    core_write(soc, NOTIF_STATUS, UINT32_MAX);
    EXPECT_EQ(read_as(soc, TEST_SOC, LOCK), 0);
    write_as(soc, TEST_SOC, CMD, 0x46574c44);
    EXPECT_EQ(phase(soc), RDY_FOR_DLEN);
    write_as(soc, TEST_SOC, DLEN, 7);
    EXPECT_EQ(phase(soc), RDY_FOR_DATA);
    write_as(soc, TEST_SOC, DATAIN, 0x11111111);
    write_as(soc, TEST_SOC, DATAIN, 0x22222222);
    EXPECT_EQ(core_read(soc, NOTIF_STATUS), 0);
    write_as(soc, TEST_SOC, EXECUTE, 1);
    EXPECT_EQ(phase(soc), EXECUTE_UC);
    EXPECT_EQ(core_read(soc, NOTIF_STATUS), COMMAND_AVAILABLE);
    EXPECT_EQ(read_as(soc, TEST_CORE, CMD), 0x46574c44);
    EXPECT_EQ(read_as(soc, TEST_CORE, DLEN), 7);
    EXPECT_EQ(read_as(soc, TEST_CORE, DATAOUT), 0x11111111);
    EXPECT_EQ(read_as(soc, TEST_CORE, DATAOUT), 0x22222222);
    EXPECT_EQ(read_as(soc, TEST_CORE, DATAOUT), 0);
    write_as(soc, TEST_CORE, DLEN, 4);
    write_as(soc, TEST_CORE, DATAIN, 0x33333333);
    EXPECT_EQ(test_level(soc->mailbox, "mailbox_data_avail"), 0);
    write_as(soc, TEST_CORE, STATUS, DATA_READY);
    EXPECT_EQ(phase(soc), EXECUTE_SOC);
    EXPECT_EQ(test_level(soc->mailbox, "mailbox_data_avail"), 1);
    EXPECT_EQ(read_as(soc, TEST_SOC, STATUS) & 0xf, DATA_READY);
    EXPECT_EQ(read_as(soc, TEST_SOC, DLEN), 4);
    EXPECT_EQ(read_as(soc, TEST_SOC, DATAOUT), 0x33333333);
    EXPECT_EQ(read_as(soc, TEST_SOC, DATAOUT), 0);
    write_as(soc, TEST_SOC, EXECUTE, 0);
    EXPECT_EQ(phase(soc), IDLE);
    EXPECT_EQ(read_as(soc, TEST_SOC, STATUS) & 0xf, 0);
    EXPECT_EQ(read_as(soc, TEST_SOC, LOCK), 0);
    EXPECT_EQ(soc_read(soc, HW_ERROR_NON_FATAL), 0);
}

TEST_ON(core_sends_to_the_soc_the_same_way, soc)
{
    send(soc, TEST_CORE, 8, 2);
    EXPECT_EQ(phase(soc), EXECUTE_SOC);
    EXPECT_EQ(test_level(soc->mailbox, "mailbox_data_avail"), 1);
    EXPECT_EQ(read_as(soc, TEST_SOC, DATAOUT), 1);
    EXPECT_EQ(read_as(soc, TEST_SOC, DATAOUT), 2);
    EXPECT_EQ(read_as(soc, TEST_CORE, DATAOUT), 0);
    write_as(soc, TEST_SOC, STATUS, COMPLETE);
    EXPECT_EQ(phase(soc), EXECUTE_UC);
    EXPECT_EQ(read_as(soc, TEST_CORE, STATUS) & 0xf, COMPLETE);
    /* The core may read it again, but for the first word: nothing was written
     * since (mbox.sv: mbox_rd_valid with rst_mbox_rdptr). */
    EXPECT_EQ(read_as(soc, TEST_CORE, DATAOUT), 0);
    EXPECT_EQ(read_as(soc, TEST_CORE, DATAOUT), 2);
    EXPECT_EQ(read_as(soc, TEST_CORE, DATAOUT), 0);
    write_as(soc, TEST_CORE, EXECUTE, 0);
    EXPECT_EQ(phase(soc), IDLE);
}

TEST(readable_length_is_no_more_than_what_was_written)
{
    static const struct {
        uint32_t length, written, readable;
    } cases[] = {
        {0,  2, 0},
        {1,  2, 1},
        {4,  2, 1},
        {5,  2, 2},
        {8,  1, 1},
        {8,  0, 0},
        {12, 3, 3}
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(test_soc_fini) struct test_soc soc;
        test_case("%u bytes, %u words", cases[i].length, cases[i].written);
        test_boot(&soc, 0x0101);
        send(&soc, TEST_SOC, cases[i].length, cases[i].written);
        for (uint32_t word = 0; word < 4; word++) {
            EXPECT_EQ(read_as(&soc, TEST_CORE, DATAOUT),
                      word < cases[i].readable ? word + 1 : 0);
        }
        EXPECT_EQ(read_as(&soc, TEST_CORE, STATUS) >> 10,
                  cases[i].readable > 1 ? cases[i].readable : 1);
    }
}

TEST_ON(full_mailbox_takes_and_gives_each_word_once, soc)
{
    unsigned wrong = 0;

    send(soc, TEST_SOC, 4 * SRAM_WORDS + 100, SRAM_WORDS + 2);
    for (uint32_t i = 0; i < SRAM_WORDS; i++) {
        wrong += read_as(soc, TEST_CORE, DATAOUT) != i + 1;
    }
    EXPECT_EQ(wrong, 0);
    for (unsigned i = 0; i < 3; i++) { /* the pointer stands at the end */
        EXPECT_EQ(read_as(soc, TEST_CORE, DATAOUT), 0);
        EXPECT_EQ(read_as(soc, TEST_CORE, STATUS) >> 10, SRAM_WORDS - 1);
    }
}

/* Every step of the SoC in every state that it can be in. */
TEST(soc_out_of_order_leads_to_the_error_state)
{
    static const uint32_t steps[] = {CMD, DLEN, DATAIN, EXECUTE, STATUS};
    static const struct {
        enum phase phase;
        uint32_t allowed; /* bit for each step */
    } cases[] = {
        {RDY_FOR_CMD,  1 << 0         },
        {RDY_FOR_DLEN, 1 << 1         },
        {RDY_FOR_DATA, 1 << 2 | 1 << 3},
        {EXECUTE_UC,   0              },
        {EXECUTE_SOC,  1 << 3         },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases) * ARRAY_SIZE(steps); i++) {
        size_t at = i / ARRAY_SIZE(steps), step = i % ARRAY_SIZE(steps);
        OWNED(test_soc_fini) struct test_soc soc;
        test_case("state %u, register 0x%02x", cases[at].phase, steps[step]);
        test_boot(&soc, 0x0101);
        read_as(&soc, TEST_SOC, LOCK);
        for (size_t done = 0; done < at && done < 2; done++) {
            write_as(&soc, TEST_SOC, steps[done], 4);
        }
        if (at > 2) {
            write_as(&soc, TEST_SOC, EXECUTE, 1);
        }
        if (at > 3) {
            write_as(&soc, TEST_CORE, STATUS, COMPLETE);
        }
        EXPECT_EQ(phase(&soc), cases[at].phase);
        write_as(&soc, TEST_SOC, steps[step], 0);
        bool allowed = (cases[at].allowed & BIT(step)) != 0;
        EXPECT_EQ(phase(&soc) == ERROR, !allowed);
        EXPECT_EQ(test_level(soc.mailbox, "mailbox_data_avail"),
                  phase(&soc) == EXECUTE_SOC);
        EXPECT_EQ(soc_read(&soc, HW_ERROR_NON_FATAL),
                  allowed ? 0 : OUT_OF_ORDER);
        EXPECT_EQ(test_level(soc.soc_ifc, "cptra_error_non_fatal"), !allowed);
        if (cases[at].phase < EXECUTE_SOC) { /* else the core is in charge */
            EXPECT_EQ(core_read(&soc, ERROR_STATUS), allowed ? 0 : 1 << 2);
        }
        EXPECT_EQ(core_read(&soc, ERROR_STATUS) & 1 << 2, allowed ? 0 : 1 << 2);
    }
}

TEST_ON(only_the_cores_unlock_leaves_the_error_state, soc)
{
    read_as(soc, TEST_SOC, LOCK);
    write_as(soc, TEST_SOC, DATAIN, 1);
    EXPECT_EQ(phase(soc), ERROR);
    write_as(soc, TEST_SOC, EXECUTE, 0);
    write_as(soc, TEST_SOC, CMD, 0);
    write_as(soc, TEST_SOC, UNLOCK, 1);
    EXPECT_EQ(phase(soc), ERROR);
    EXPECT_EQ(read_as(soc, TEST_SOC, LOCK), 1);
    write_as(soc, TEST_CORE, UNLOCK, 1);
    EXPECT_EQ(phase(soc), IDLE);
    EXPECT_EQ(read_as(soc, TEST_SOC, LOCK), 0);
}

TEST_ON(reading_data_out_of_turn_is_out_of_order_too, soc)
{
    read_as(soc, TEST_SOC, LOCK);
    EXPECT_EQ(read_as(soc, TEST_SOC, DATAOUT), 0);
    EXPECT_EQ(phase(soc), ERROR);
}

TEST_ON(access_without_lock_is_reported_and_changes_nothing, soc)
{
    write_as(soc, TEST_SOC, CMD, 1);
    EXPECT_EQ(phase(soc), IDLE);
    EXPECT_EQ(read_as(soc, TEST_SOC, CMD), 0);
    EXPECT_EQ(soc_read(soc, HW_ERROR_NON_FATAL), NO_LOCK);
    EXPECT_EQ(core_read(soc, ERROR_STATUS), INVALID_USER | 1 << 2);
}

TEST_ON(users_who_are_not_valid_get_bus_errors, soc)
{
    for (uint32_t offset = LOCK; offset <= STATUS; offset += 4) {
        test_case("register 0x%02x", offset);
        EXPECT_EQ(
            test_read_as(soc, soc->mailbox, TEST_SOC, TEST_OTHER_USER, offset),
            0);
        EXPECT(soc->refused);
    }
    test_write_as(soc, soc->mailbox, TEST_SOC, TEST_OTHER_USER, CMD, 1);
    EXPECT(soc->refused);
    EXPECT_EQ(read_as(soc, TEST_SOC, LOCK), 0);
    EXPECT_EQ(soc_read(soc, HW_ERROR_NON_FATAL), 0);
}

TEST_ON(valid_user_without_the_lock_is_dropped_without_harm, soc)
{
    soc_write(soc, 0x4c, TEST_OTHER_USER);
    soc_write(soc, 0x60, 1);
    send(soc, TEST_SOC, 4, 1);
    write_as(soc, TEST_CORE, DATAIN, 9);
    write_as(soc, TEST_CORE, STATUS, DATA_READY);
    test_write_as(soc, soc->mailbox, TEST_SOC, TEST_OTHER_USER, EXECUTE, 0);
    EXPECT(!soc->refused);
    EXPECT_EQ(
        test_read_as(soc, soc->mailbox, TEST_SOC, TEST_OTHER_USER, DATAOUT), 0);
    EXPECT_EQ(phase(soc), EXECUTE_SOC);
    EXPECT_EQ(core_read(soc, ERROR_STATUS), INVALID_USER);
    EXPECT_EQ(soc_read(soc, HW_ERROR_NON_FATAL), 0);
    EXPECT_EQ(read_as(soc, TEST_SOC, DATAOUT), 9);
}

TEST_ON(default_user_is_always_valid, soc)
{
    EXPECT_EQ(test_read_as(soc, soc->mailbox, TEST_SOC, UINT32_MAX, LOCK), 0);
    EXPECT(!soc->refused);
    EXPECT_EQ(read_as(soc, TEST_CORE, USER), UINT32_MAX);
    EXPECT(read_as(soc, TEST_CORE, STATUS) & 1 << 9);
}

TEST_ON(command_event_comes_with_each_command_and_stays_until_cleared, soc)
{
    core_write(soc, NOTIF_STATUS, UINT32_MAX);
    for (unsigned i = 0; i < 3; i++) {
        send(soc, TEST_SOC, 0, 0);
        EXPECT(core_read(soc, NOTIF_STATUS) & COMMAND_AVAILABLE);
        core_write(soc, NOTIF_STATUS, COMMAND_AVAILABLE);
        EXPECT_EQ(core_read(soc, NOTIF_STATUS) & COMMAND_AVAILABLE, 0);
        write_as(soc, TEST_CORE, STATUS, COMPLETE);
        write_as(soc, TEST_SOC, EXECUTE, 0);
        EXPECT_EQ(core_read(soc, NOTIF_STATUS) & COMMAND_AVAILABLE, 0);
    }
    send(soc, TEST_SOC, 0, 0);
    write_as(soc, TEST_CORE, STATUS, COMPLETE);
    write_as(soc, TEST_SOC, EXECUTE, 0);
    EXPECT(core_read(soc, NOTIF_STATUS) & COMMAND_AVAILABLE);
}

TEST_ON(core_learns_that_the_soc_wants_the_lock, soc)
{
    core_write(soc, NOTIF_STATUS, UINT32_MAX);
    read_as(soc, TEST_SOC, LOCK);
    read_as(soc, TEST_SOC, LOCK);
    write_as(soc, TEST_CORE, UNLOCK, 1);
    read_as(soc, TEST_CORE, LOCK);
    read_as(soc, TEST_CORE, LOCK);
    EXPECT_EQ(core_read(soc, NOTIF_STATUS), 0);
    EXPECT_EQ(read_as(soc, TEST_SOC, LOCK), 1);
    EXPECT_EQ(core_read(soc, NOTIF_STATUS), LOCK_WANTED);
    EXPECT_EQ(core_read(soc, ERROR_STATUS), 0);
}

TEST_ON(memory_is_the_cores_with_its_lock_or_a_command, soc)
{
    uint64_t value;

    sram_write(soc, 0, 4, 0x12345678);
    EXPECT(sram_read(soc, 0, 4, &value));
    EXPECT_EQ(value, 0);
    read_as(soc, TEST_CORE, LOCK);
    sram_write(soc, 0x1fffc, 4, 0x12345678);
    sram_write(soc, 0x1fffe, 1, 0xaa);
    EXPECT(sram_read(soc, 0x1fffc, 4, &value));
    EXPECT_EQ(value, 0x12aa5678);
    EXPECT(sram_read(soc, 0x1fffc, 2, &value));
    EXPECT_EQ(value, 0x5678);
    write_as(soc, TEST_CORE, UNLOCK, 1);
    read_as(soc, TEST_SOC, LOCK);
    EXPECT(sram_read(soc, 0x1fffc, 4, &value));
    EXPECT_EQ(value, 0);
    write_as(soc, TEST_SOC, CMD, 1);
    write_as(soc, TEST_SOC, DLEN, 4);
    write_as(soc, TEST_SOC, DATAIN, 0xabcd);
    write_as(soc, TEST_SOC, EXECUTE, 1);
    EXPECT(sram_read(soc, 0, 4, &value));
    EXPECT_EQ(value, 0xabcd);
    write_as(soc, TEST_CORE, STATUS, COMPLETE);
    EXPECT(sram_read(soc, 0, 4, &value));
    EXPECT_EQ(value, 0);
}

TEST_ON(warm_reset_frees_the_mailbox_and_update_reset_does_not, soc)
{
    send(soc, TEST_SOC, 4, 1);
    core_write(soc, 0x624, 1);
    EXPECT_EQ(phase(soc), EXECUTE_UC);
    EXPECT_EQ(read_as(soc, TEST_CORE, DATAOUT), 1);
    test_input(soc->soc_ifc, "cptra_rst_b", 0);
    test_input(soc->soc_ifc, "cptra_rst_b", 1);
    EXPECT_EQ(phase(soc), IDLE);
}

/* ---- What passes through ------------------------------------------------- */

enum { AUTHORIZE = 0x41545348, REQUEST_BYTES = 116, ANSWER_BYTES = 12 };

/* The SoC asks about image 0x1001 with a digest of bytes 2, 0, 0, 0, 3, ...,
 * and the core answers. */
static void authorise(struct test_soc *soc, uint32_t bytes, uint32_t status,
                      uint32_t length, uint32_t result)
{
    EXPECT_EQ(read_as(soc, TEST_SOC, LOCK), 0);
    write_as(soc, TEST_SOC, CMD, AUTHORIZE);
    write_as(soc, TEST_SOC, DLEN, bytes);
    for (uint32_t i = 0; i < bytes / 4; i++) {
        write_as(soc, TEST_SOC, DATAIN, i == 1 ? 0x1001 : i);
    }
    write_as(soc, TEST_SOC, EXECUTE, 1);
    write_as(soc, TEST_CORE, DATAIN, 0);
    write_as(soc, TEST_CORE, DATAIN, 0);
    write_as(soc, TEST_CORE, DATAIN, result);
    write_as(soc, TEST_CORE, DLEN, length);
    write_as(soc, TEST_CORE, STATUS, status);
    write_as(soc, TEST_SOC, EXECUTE, 0);
}

TEST(decisions_about_images_are_events)
{
    static const struct {
        uint32_t status;
        uint32_t result;
        enum event_fact fact;
    } cases[] = {
        {DATA_READY, 0xdeadc0de, FACT_IMAGE_AUTHORISED     },
        {DATA_READY, 0x21523f21, FACT_IMAGE_NOT_IN_MANIFEST},
        {DATA_READY, 0x8bfb95cb, FACT_IMAGE_OTHER_DIGEST   },
        {DATA_READY, 0,          FACT_IMAGE_UNKNOWN_ANSWER },
        {3,          0xdeadc0de, FACT_IMAGE_COMMAND_FAILED },
    };
    static const uint8_t digest[] = {2, 0, 0, 0, 3, 0, 0, 0};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(test_soc_fini) struct test_soc soc;
        test_boot(&soc, 0x0101);
        const struct event_list *list = &soc.mailbox->fabric->events;
        size_t before = list->count;
        test_case("status %u, result 0x%x", cases[i].status, cases[i].result);
        authorise(&soc, REQUEST_BYTES, cases[i].status, ANSWER_BYTES,
                  cases[i].result);
        if (EXPECT_EQ(list->count, before + 1)) {
            const struct event *event = &list->events[before];
            EXPECT_EQ(event->fact, cases[i].fact);
            EXPECT_EQ(event->role, ROLE_MAILBOX);
            EXPECT_EQ(event->number, 0x1001);
            EXPECT_EQ(event->digest.size, 48);
            EXPECT_BYTES(event->digest.bytes, digest, sizeof(digest));
        }
    }
}

/* A request of another size asks about no image. */
TEST_ON(what_decides_about_no_image_is_no_event, soc)
{
    const struct event_list *list = &soc->mailbox->fabric->events;
    size_t before = list->count;
    authorise(soc, REQUEST_BYTES - 4, 3, ANSWER_BYTES, 0xdeadc0de);
    send(soc, TEST_SOC, REQUEST_BYTES, REQUEST_BYTES / 4);
    write_as(soc, TEST_CORE, STATUS, COMPLETE);
    EXPECT_EQ(list->count, before);
}

/* ---- Register values ----------------------------------------------------- */

TEST_ON(registers_read_as_their_owner_wrote_them, soc)
{
    EXPECT_EQ(read_as(soc, TEST_SOC, LOCK), 0);
    write_as(soc, TEST_SOC, CMD, 0x11);
    write_as(soc, TEST_SOC, DLEN, 8);
    write_as(soc, TEST_SOC, DATAIN, 0x33);
    write_as(soc, TEST_SOC, DATAIN, 0x44);
    EXPECT_EQ(read_as(soc, TEST_CORE, USER), TEST_USER);
    EXPECT_EQ(read_as(soc, TEST_CORE, CMD), 0x11);
    EXPECT_EQ(read_as(soc, TEST_CORE, DLEN), 8);
    EXPECT_EQ(read_as(soc, TEST_CORE, DATAIN), 0x44);
    EXPECT_EQ(read_as(soc, TEST_CORE, EXECUTE), 0);
    write_as(soc, TEST_SOC, EXECUTE, 1);
    EXPECT_EQ(read_as(soc, TEST_CORE, EXECUTE), 1);
    EXPECT_EQ(read_as(soc, TEST_CORE, STATUS),
              EXECUTE_UC << 6 | 1 << 9 | 1 << 10);
    EXPECT_EQ(read_as(soc, TEST_CORE, DATAOUT), 0x33);
    EXPECT_EQ(read_as(soc, TEST_CORE, STATUS) >> 10, 2);
    EXPECT_EQ(read_as(soc, TEST_CORE, DATAOUT), 0x44);
}

/* Commands both ways, and an unlock in the midst. */
TEST_ON(available_data_is_a_line_and_commands_are_events, soc)
{
    OWNED(told_fini) struct told told;

    told_init(&told, soc->mailbox);
    core_write(soc, NOTIF_STATUS, UINT32_MAX);
    send(soc, TEST_SOC, 4, 1);
    EXPECT_EQ(core_read(soc, NOTIF_STATUS), COMMAND_AVAILABLE);
    EXPECT_TOLD(&told, "");
    write_as(soc, TEST_CORE, STATUS, DATA_READY);
    EXPECT_TOLD(&told, "mailbox_data_avail = 1\n");
    write_as(soc, TEST_SOC, EXECUTE, 0);
    EXPECT_TOLD(&told, "mailbox_data_avail = 0\n");
    send(soc, TEST_CORE, 4, 1);
    EXPECT_TOLD(&told, "mailbox_data_avail = 1\n");
    core_write(soc, NOTIF_STATUS, UINT32_MAX);
    write_as(soc, TEST_SOC, STATUS, COMPLETE);
    EXPECT_TOLD(&told, "mailbox_data_avail = 0\n");
    EXPECT_EQ(core_read(soc, NOTIF_STATUS), COMMAND_AVAILABLE);
    write_as(soc, TEST_CORE, EXECUTE, 0);
    send(soc, TEST_CORE, 4, 1);
    told_clear(&told);
    write_as(soc, TEST_CORE, UNLOCK, 0);
    EXPECT_TOLD(&told, "");
    write_as(soc, TEST_CORE, UNLOCK, 1);
    EXPECT_TOLD(&told, "mailbox_data_avail = 0\n");
    EXPECT_EQ(read_as(soc, TEST_CORE, STATUS) & 0x3ff, 0);
    EXPECT_EQ(read_as(soc, TEST_CORE, EXECUTE), 0);
}

TEST_ON(whoever_does_what_he_may_not_is_told, soc)
{
    struct access look = {
        .view = TEST_SOC, .user = TEST_OTHER_USER, .debug = true};
    OWNED(told_fini) struct told told;
    uint64_t value;

    told_init(&told, soc->mailbox);
    test_read_as(soc, soc->mailbox, TEST_SOC, TEST_OTHER_USER, CMD);
    EXPECT_TOLD(&told, "guest: mailbox: user 0x00000022 is not valid\n");
    EXPECT(device_read(soc->mailbox, 0, &look, CMD, 4, &value) != 0);
    EXPECT_TOLD(&told, "");
    sram_write(soc, 4, 4, 5);
    sram_read(soc, 8, 4, &value);
    EXPECT_TOLD(&told,
                "guest: mailbox: memory written without lock or command: "
                "dropped\n"
                "guest: mailbox: memory read without lock or command: zero\n");
    read_as(soc, TEST_SOC, LOCK);
    sram_write(soc, 4, 4, 5);
    write_as(soc, TEST_SOC, EXECUTE, 1);
    EXPECT_TOLD(
        &told,
        "guest: mailbox: memory written without lock or command: dropped\n"
        "guest: mailbox: protocol out of order in state 1 by user 0x00000011\n"
        "fact MAILBOX_OUT_OF_ORDER 0x2\n");
    EXPECT_EQ(phase(soc), ERROR);
}

TEST_ON(a_second_message_begins_at_the_first_word, soc)
{
    for (uint32_t i = 1; i < 4; i++) {
        test_case("%u words", i);
        send(soc, TEST_SOC, 4 * i, i);
        for (uint32_t word = 1; word <= i; word++) {
            EXPECT_EQ(read_as(soc, TEST_CORE, DATAOUT), word);
        }
        EXPECT_EQ(read_as(soc, TEST_CORE, DATAOUT), 0);
        write_as(soc, TEST_CORE, STATUS, COMPLETE);
        EXPECT_EQ(read_as(soc, TEST_CORE, STATUS) >> 9 & 1, 1);
        write_as(soc, TEST_SOC, EXECUTE, 0);
        EXPECT_EQ(read_as(soc, TEST_CORE, STATUS) & 0x3ff, 0);
    }
}

TEST_ON(a_message_after_a_full_one_is_read_from_its_start, soc)
{
    for (uint32_t i = 0; i < 2; i++) {
        send(soc, TEST_SOC, 4 * SRAM_WORDS, SRAM_WORDS);
        for (uint32_t word = 1; word <= SRAM_WORDS; word++) {
            if (read_as(soc, TEST_CORE, DATAOUT) != word) {
                test_case("message %u, word %u", i, word);
                EXPECT(false);
                break;
            }
        }
        write_as(soc, TEST_CORE, STATUS, COMPLETE);
        write_as(soc, TEST_SOC, EXECUTE, 0);
    }
}

/* Each length around the end, in a mailbox that is full. */
TEST(a_full_mailbox_is_readable_by_its_length)
{
    static const uint32_t lengths[] = {
        3 * SRAM_WORDS + 4, 4 * SRAM_WORDS - 4, 4 * SRAM_WORDS - 3,
        4 * SRAM_WORDS,     4 * SRAM_WORDS + 4,
    };

    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
        OWNED(test_soc_fini) struct test_soc soc;
        uint32_t words = 0;

        test_case("length 0x%x", lengths[i]);
        test_boot(&soc, 0x0101);
        send(&soc, TEST_SOC, lengths[i], SRAM_WORDS);
        while (read_as(&soc, TEST_CORE, DATAOUT) == words + 1) {
            words++;
        }
        EXPECT_EQ(words, lengths[i] >= 4 * SRAM_WORDS ? SRAM_WORDS
                                                      : (lengths[i] + 3) / 4);
    }
}

TEST_ON(the_answer_to_a_full_message_begins_at_the_first_word, soc)
{
    send(soc, TEST_SOC, 4 * SRAM_WORDS, SRAM_WORDS);
    write_as(soc, TEST_CORE, DATAIN, 9);
    write_as(soc, TEST_CORE, DLEN, 4);
    write_as(soc, TEST_CORE, STATUS, DATA_READY);
    EXPECT_EQ(read_as(soc, TEST_SOC, DATAOUT), 9);
    EXPECT_EQ(read_as(soc, TEST_SOC, DATAOUT), 0);
}

TEST_ON(a_debuggers_look_takes_neither_lock_nor_data, soc)
{
    struct access look = {.view = TEST_CORE, .user = UINT32_MAX, .debug = true};
    uint64_t value;

    for (unsigned i = 0; i < 2; i++) {
        EXPECT_EQ(device_read(soc->mailbox, 0, &look, LOCK, 4, &value), 0);
        EXPECT_EQ(value, 0);
    }
    send(soc, TEST_SOC, 8, 2);
    for (unsigned i = 0; i < 2; i++) {
        EXPECT_EQ(device_read(soc->mailbox, 0, &look, LOCK, 4, &value), 0);
        EXPECT_EQ(value, 1);
        EXPECT_EQ(device_read(soc->mailbox, 0, &look, DATAOUT, 4, &value), 0);
        EXPECT_EQ(value, 1);
    }
    EXPECT_EQ(read_as(soc, TEST_CORE, DATAOUT), 1);
    EXPECT_EQ(device_read(soc->mailbox, 0, &look, DATAOUT, 4, &value), 0);
    EXPECT_EQ(value, 2);
}

TEST_BEGINS(a_mailbox_needs_the_soc_interface, soc)
{
    test_soc_init(soc, 0x0101);
    struct device *soc_ifc = soc->soc_ifc;
    soc->soc_ifc = NULL;
    EXPECT(test_add(soc, "chipsalliance,caliptra-mailbox", "x") == NULL);
    soc->soc_ifc = soc_ifc;
}

/* The core took the lock away in the midst of the data. */
TEST(a_message_after_a_broken_one_begins_at_the_first_word)
{
    static const uint32_t lengths[] = {3, SRAM_WORDS};

    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
        OWNED(test_soc_fini) struct test_soc soc;

        test_case("%u words", lengths[i]);
        test_boot(&soc, 0x0101);
        read_as(&soc, TEST_SOC, LOCK);
        write_as(&soc, TEST_SOC, CMD, 1);
        write_as(&soc, TEST_SOC, DLEN, 4 * lengths[i]);
        for (uint32_t word = 0; word < lengths[i]; word++) {
            write_as(&soc, TEST_SOC, DATAIN, 0xbad);
        }
        write_as(&soc, TEST_CORE, UNLOCK, 1);
        send(&soc, TEST_SOC, 8, 2);
        EXPECT_EQ(read_as(&soc, TEST_CORE, DATAOUT), 1);
        EXPECT_EQ(read_as(&soc, TEST_CORE, DATAOUT), 2);
        EXPECT_EQ(read_as(&soc, TEST_CORE, DATAOUT), 0);
    }
}

/* The core is trusted to keep the order; what it does not keep waits. */
TEST_ON(what_the_core_sets_before_its_time_counts_then, soc)
{
    uint64_t value;

    read_as(soc, TEST_CORE, LOCK);
    write_as(soc, TEST_CORE, EXECUTE, 1);
    write_as(soc, TEST_CORE, DATAIN, 7); /* not pushed */
    EXPECT(sram_read(soc, 0, 4, &value));
    EXPECT_EQ(value, 0);
    write_as(soc, TEST_CORE, CMD, 1);
    EXPECT_EQ(phase(soc), RDY_FOR_DLEN);
    write_as(soc, TEST_CORE, DLEN, 4);
    EXPECT_EQ(phase(soc), EXECUTE_SOC);
    EXPECT_EQ(test_level(soc->mailbox, "mailbox_data_avail"), 1);
    EXPECT_EQ(read_as(soc, TEST_SOC, DATAOUT), 0);
    test_input(soc->soc_ifc, "cptra_rst_b", 0);
    EXPECT_EQ(test_level(soc->mailbox, "mailbox_data_avail"), 0);
}
