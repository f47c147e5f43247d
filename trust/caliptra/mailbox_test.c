/* SPDX-License-Identifier: Apache-2.0 */
/* The client against registers that answer from a script. */
#include "trust/caliptra/mailbox.h"

#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "tests/harness.h"

enum { COMMAND = 0x01020304, WRITES_MAX = 16, RESPONSE_MAX = 16 };

/* The core's side. */
struct core {
    unsigned lock_polls;   /* reads of LOCK that find it taken */
    unsigned answer_polls; /* reads of STATUS that find it busy */
    uint32_t status;       /* the answer, with what else the register has */
    uint32_t size;         /* of the response */
    uint32_t words[5];
    /* The acts of the client. */
    struct {
        uint32_t address;
        uint32_t value;
    } writes[WRITES_MAX];
    unsigned write_count;
    unsigned popped;
    unsigned waits[2];
    unsigned calls;
    unsigned fails_at; /* this call and all later ones, if not 0 */
};

static int called(struct core *core)
{
    core->calls++;
    return core->fails_at != 0 && core->calls >= core->fails_at ? -EFAULT : 0;
}

static int core_read(void *context, uint32_t address, uint32_t *value)
{
    struct core *core = context;
    *value = 0;
    switch (address) {
    case CALIPTRA_MBOX_LOCK:
        *value = core->waits[CALIPTRA_MAILBOX_WAIT_LOCK] < core->lock_polls;
        break;
    case CALIPTRA_MBOX_STATUS:
        *value = core->waits[CALIPTRA_MAILBOX_WAIT_ANSWER] < core->answer_polls
                     ? core->status & ~(uint32_t)CALIPTRA_MBOX_STATUS_MASK
                     : core->status;
        break;
    case CALIPTRA_MBOX_DLEN:
        *value = core->size;
        break;
    case CALIPTRA_MBOX_DATAOUT:
        *value = core->words[core->popped++ % ARRAY_SIZE(core->words)];
        break;
    default:
        EXPECT_EQ(address, 0);
    }
    return called(core);
}

static int core_write(void *context, uint32_t address, uint32_t value)
{
    struct core *core = context;
    if (EXPECT(core->write_count < WRITES_MAX)) {
        core->writes[core->write_count].address = address;
        core->writes[core->write_count++].value = value;
    }
    return called(core);
}

static int core_wait(void *context, enum caliptra_mailbox_wait wait)
{
    struct core *core = context;
    core->waits[wait]++;
    return called(core);
}

static const struct caliptra_mailbox_soc soc = {
    .read = core_read,
    .write = core_write,
    .wait = core_wait,
};

struct exchange {
    struct caliptra_mailbox mailbox;
    struct caliptra_mailbox_request request;
    struct caliptra_mailbox_answer answer;
    struct error error;
};

static int run(struct exchange *exchange, struct core *core, bool has_checksum,
               const void *bytes, size_t size)
{
    *exchange = (struct exchange){
        .mailbox = {.soc = &soc,                  .context = core},
        .request = { .command = COMMAND,
                    .doing = "test",
                    .has_checksum = has_checksum,
                    .response_max = RESPONSE_MAX},
    };
    /* Other bytes are behind the request. */
    buffer_append(&exchange->request.bytes, bytes, size);
    buffer_append(&exchange->request.bytes, "\xee\xee\xee\xee", 4);
    exchange->request.bytes.size = size;
    return caliptra_mailbox_exchange(&exchange->mailbox, &exchange->request,
                                     &exchange->answer, &exchange->error);
}

static void fini(struct exchange *exchange)
{
    buffer_fini(&exchange->request.bytes);
    buffer_fini(&exchange->answer.bytes);
}

static void expect_writes(const struct core *core, const uint32_t (*rows)[2],
                          unsigned count)
{
    EXPECT_EQ(core->write_count, count);
    for (unsigned i = 0; i < count && i < core->write_count; i++) {
        test_case("write %u", i);
        EXPECT_EQ(core->writes[i].address, rows[i][0]);
        EXPECT_EQ(core->writes[i].value, rows[i][1]);
    }
}

TEST(a_checksum_complements_the_bytes_of_command_and_payload)
{
    static const struct {
        uint32_t command;
        uint32_t checksum;
        uint8_t bytes[4];
        size_t size;
    } rows[] = {
        {0,          0,          {0},                      0},
        {0x01020304, 0xfffffff6, {0},                      0},
        {0xffffffff, 0xfffffc04, {0},                      0},
        {0,          0xfffffc04, {0xff, 0xff, 0xff, 0xff}, 4},
        {0x46505652, 0xfffffebe, {3, 1, 0xff},             2},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        EXPECT_EQ(
            caliptra_checksum(rows[i].command, rows[i].bytes, rows[i].size),
            rows[i].checksum);
    }
}

FIXTURE(struct exchange, exchange, fini)

TEST_BEGINS(a_request_is_written_word_by_word_in_the_order_of_the_protocol,
            exchange)
{
    static const uint8_t bytes[] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77};
    static const uint32_t expected[][2] = {
        {CALIPTRA_MBOX_CMD,     COMMAND   },
        {CALIPTRA_MBOX_DLEN,    7         },
        {CALIPTRA_MBOX_DATAIN,  0x44332211},
        {CALIPTRA_MBOX_DATAIN,  0x00776655},
        {CALIPTRA_MBOX_EXECUTE, 1         },
        {CALIPTRA_MBOX_EXECUTE, 0         },
    };
    struct core core = {.status = 0xf0 | CALIPTRA_MBOX_STATUS_COMPLETE};
    EXPECT_EQ(run(exchange, &core, false, bytes, sizeof(bytes)), 0);
    EXPECT_EQ(exchange->answer.status, CALIPTRA_MBOX_STATUS_COMPLETE);
    EXPECT_EQ(exchange->answer.bytes.size, 0);
    EXPECT_EQ(exchange->mailbox.state, CALIPTRA_MAILBOX_ANSWERED);
    expect_writes(&core, expected, 5);
    EXPECT_EQ(caliptra_mailbox_release(&exchange->mailbox), 0);
    EXPECT_EQ(exchange->mailbox.state, CALIPTRA_MAILBOX_RELEASED);
    expect_writes(&core, expected, 6);
}

TEST_BEGINS(the_checksum_of_a_request_is_filled_in, exchange)
{
    static const uint8_t bytes[] = {0xee, 0xee, 0xee, 0xee, 5, 0, 0, 1};
    static const uint32_t expected[][2] = {
        {CALIPTRA_MBOX_CMD,     COMMAND   },
        {CALIPTRA_MBOX_DLEN,    8         },
        {CALIPTRA_MBOX_DATAIN,  0xfffffff0},
        {CALIPTRA_MBOX_DATAIN,  0x01000005},
        {CALIPTRA_MBOX_EXECUTE, 1         },
    };
    struct core core = {.status = CALIPTRA_MBOX_STATUS_FAILURE};
    EXPECT_EQ(run(exchange, &core, true, bytes, sizeof(bytes)), 0);
    EXPECT_EQ(exchange->answer.status, CALIPTRA_MBOX_STATUS_FAILURE);
    expect_writes(&core, expected, ARRAY_SIZE(expected));
}

TEST(lock_and_answer_are_waited_for)
{
    static const unsigned polls[][2] = {
        {0, 0},
        {1, 0},
        {0, 1},
        {3, 5}
    };
    for (size_t i = 0; i < ARRAY_SIZE(polls); i++) {
        struct core core = {
            .lock_polls = polls[i][0],
            .answer_polls = polls[i][1],
            .status = CALIPTRA_MBOX_STATUS_COMPLETE,
        };
        OWNED(fini) struct exchange exchange = {0};
        test_case("%u, %u", polls[i][0], polls[i][1]);
        EXPECT_EQ(run(&exchange, &core, false, "", 0), 0);
        EXPECT_EQ(core.waits[CALIPTRA_MAILBOX_WAIT_LOCK], polls[i][0]);
        EXPECT_EQ(core.waits[CALIPTRA_MAILBOX_WAIT_ANSWER], polls[i][1]);
    }
}

TEST(a_response_has_as_many_bytes_as_it_says)
{
    static const uint8_t expected[] = {0xfc, 0xff, 0xff, 0xff, 0, 0,
                                       0,    0,    4,    0,    0};
    for (uint32_t size = 0; size <= RESPONSE_MAX; size++) {
        struct core core = {
            .status = CALIPTRA_MBOX_STATUS_DATA_READY,
            .size = size,
            .words = {0xfffffffc, 0, 4},
        };
        OWNED(fini) struct exchange exchange = {0};
        test_case("%u bytes", size);
        EXPECT_EQ(run(&exchange, &core, false, "", 0), 0);
        EXPECT_EQ(exchange.answer.bytes.size, size);
        EXPECT_EQ(core.popped, (size + 3) / 4);
        EXPECT_BYTES(exchange.answer.bytes.bytes, expected,
                     size < sizeof(expected) ? size : sizeof(expected));
    }
}

TEST(responses_are_judged)
{
    static const struct {
        const char *error;
        uint32_t size;
        uint32_t words[3];
        bool has_checksum;
    } rows[] = {
        {"",                                              8,  {0},                      true },
        {"",                                              12, {0xfffffffc, 0, 4},       true },
        {"",                                              9,  {0xfffffffc, 0, 0xee04},  true },
        {"",                                              12, {1, 2, 3},                false},
        {"",                                              0,  {0},                      false},
        {"test: a response of 0 bytes",                   0,  {0},                      true },
        {"test: a response of 7 bytes",                   7,  {0},                      true },
        {"test: a response of 17 bytes, the limit is 16", 17, {0},                      true },
        {"test: a response of 17 bytes, the limit is 16", 17, {0},                      false},
        {"test: a wrong checksum in the response",        8,  {1},                      true },
        {"test: a wrong checksum in the response",
         12,                                                  {0xfffffffd, 0, 4},
         true                                                                                },
        {"",                                              8,  {0xfffffec2, 0x55535244}, true },
        {"test: FIPS status 0x100 in the response",
         12,                                                  {0xfffffffb, 256, 4},
         true                                                                                },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct core core = {
            .status = CALIPTRA_MBOX_STATUS_DATA_READY,
            .size = rows[i].size,
            .words = {rows[i].words[0], rows[i].words[1], rows[i].words[2]},
        };
        OWNED(fini) struct exchange exchange = {0};
        test_case("row %zu", i);
        EXPECT_EQ(run(&exchange, &core, rows[i].has_checksum, "....", 4),
                  rows[i].error[0] ? -EPROTO : 0);
        EXPECT_STR(exchange.error.text, rows[i].error);
    }
}

/* The client makes no call after one that failed, and adds no words. */
TEST(any_failure_of_the_soc_ends_an_exchange)
{
    static const struct core good = {
        .lock_polls = 2,
        .answer_polls = 2,
        .status = CALIPTRA_MBOX_STATUS_DATA_READY,
        .size = 12,
        .words = {0xfffffffc, 0, 4},
    };
    struct core core = good;
    struct exchange exchange;
    EXPECT_EQ(run(&exchange, &core, true, "....12", 6), 0);
    fini(&exchange);
    unsigned calls = core.calls;
    EXPECT_EQ(calls, 5 + 5 + 5 + 4);
    for (unsigned i = 1; i <= calls; i++) {
        test_case("call %u", i);
        core = good;
        core.fails_at = i;
        EXPECT_EQ(run(&exchange, &core, true, "....12", 6), -EFAULT);
        EXPECT_STR(exchange.error.text, "");
        EXPECT_EQ(core.calls, i);
        fini(&exchange);
    }
}

TEST_BEGINS(a_release_that_fails_is_no_release, exchange)
{
    struct core core = {.status = CALIPTRA_MBOX_STATUS_COMPLETE};
    EXPECT_EQ(run(exchange, &core, false, "", 0), 0);
    core.fails_at = 1;
    EXPECT_EQ(caliptra_mailbox_release(&exchange->mailbox), -EFAULT);
    EXPECT_EQ(exchange->mailbox.state, CALIPTRA_MAILBOX_ANSWERED);
}
