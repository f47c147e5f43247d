/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of the protocols of others, CPTR and MBOX. */
#include "abi/caliptra_mailbox.h"
#include "tests/rot_bench.h"

enum { APB_READ = 3, APB_RDATA, APB_WRITE, APB_WACK, APB_ERROR = 0xe000 };
enum {
    WORD = CALIPTRA_SOC_IFC_WDT_CFG,
    END_OF_WINDOW = ROT_WINDOW_BASE + ROT_WINDOW_SIZE,
};

FIXTURE(struct bench, bench, bench_close)
FIXTURE_BEGIN(bench, REQUIRE(bench_serve(bench, &plain)))

TEST_ON(a_register_is_read_and_written_and_its_refusal_has_a_number, bench)
{
    static const struct {
        unsigned number;
        uint32_t words[2];
        unsigned reply;
        size_t size;
        uint32_t value;
    } rows[] = {
        {APB_WRITE, {WORD, 0x1234},         APB_WACK,                      0, 0     },
        {APB_READ,  {WORD, 0},              APB_RDATA,                     4, 0x1234},
        {APB_READ,  {END_OF_WINDOW, 0},     APB_ERROR | ROT_ERROR_ADDRESS, 0, 0     },
        {APB_WRITE, {WORD + 1, 0},          APB_ERROR | ROT_ERROR_ADDRESS, 0, 0     },
        {APB_READ,  {CALIPTRA_MBOX_LOCK},   APB_RDATA,                     4, 1     },
        {APB_WRITE, {CALIPTRA_MBOX_CMD, 1}, APB_ERROR | ROT_ERROR_BUSY,    0, 0     },
        {APB_READ,
         {CALIPTRA_MBOX_DATAOUT, 0},
         APB_ERROR | ROT_ERROR_BUSY,
         0,                                                                   0     },
    };
    struct peer bus = peer_connect(bench, ROT_PROTOCOL_REGISTERS);
    OWNED(peer_close) struct peer own = peer_greet(bench);
    uint32_t lock = 1;
    EXPECT_EQ(rot_core_read(&bench->server->core, &lock, USER,
                            CALIPTRA_MBOX_LOCK, &lock),
              ROT_ERROR_NONE);
    EXPECT_EQ(lock, 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("%zu", i);
        peer_send(&bus, rows[i].number, rows[i].words, sizeof(rows[i].words));
        expect_frame(&bus, rows[i].reply, &rows[i].value, rows[i].size);
    }
    /* Only whole commands wait for the mailbox. */
    ask(&own, 4, 1, WORDS(CALIPTRA_MBOX_CMD, 1, 1));
    expect_refusal(&own, 4, 1, ROT_ERROR_BUSY);
    peer_close(&bus);
}

TEST_ON(a_mailbox_takes_commands_of_its_size, bench)
{
    static const struct {
        uint32_t size; /* as the request says it */
        size_t bytes;
        uint32_t status, answer;
    } rows[] = {
        {4,                    4,                    1, 36},
        {5,                    4,                    3, 0 },
        {UINT32_MAX,           4,                    3, 0 },
        {4,                    8,                    1, 36},
        {ROT_MAILBOX_MOST / 2, ROT_MAILBOX_MOST / 2, 3, 0 },
        {ROT_MAILBOX_MOST + 4, ROT_MAILBOX_MOST + 4, 3, 0 },
    };
    struct peer peer = peer_connect(bench, ROT_PROTOCOL_MAILBOX);
    peer.client->protocol = ROT_PROTOCOL_MAILBOX;
    OWNED(peer_close) struct peer own = peer_greet(bench);
    struct rot_core *core = &bench->server->core;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(buffer_fini) struct buffer bytes = {0};
        test_case("%u of %zu", rows[i].size, rows[i].bytes);
        buffer_append_le32(&bytes, CALIPTRA_CMD_VERSION);
        buffer_append_le32(&bytes, rows[i].size);
        buffer_append_le32(&bytes,
                           caliptra_checksum(CALIPTRA_CMD_VERSION, NULL, 0));
        buffer_append_zeros(&bytes, rows[i].bytes - 4);
        struct rot_frame frame = {.length = (uint32_t)bytes.size,
                                  .payload = bytes.bytes};
        const uint64_t before_ns = rot_core_time(core);
        EXPECT_EQ(rot_mailbox_serve(peer.client, &frame), ROT_SERVED);
        EXPECT_EQ(rot_core_time(core) != before_ns,
                  rows[i].size == 4 || rows[i].size == ROT_MAILBOX_MOST / 2);
        rot_client_flush(peer.client);
        peer_take(&peer);
        EXPECT_EQ(peer.got.size, ROT_HEADER_SIZE + 8 + rows[i].answer);
        EXPECT_EQ(load_le32(peer.got.bytes + 12), rows[i].status);
        EXPECT_EQ(load_le32(peer.got.bytes + 16), rows[i].answer);
        buffer_clear(&peer.got);
    }
    peer_close(&peer);
}
