/* SPDX-License-Identifier: Apache-2.0 */
/* Ends of a board without a guest of the caller's: its boot MCU makes some
 * writes, and waits. */
#include "session/alone.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "abi/boot_mcu.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "session/session.h"
#include "tests/harness.h"
#include "tests/own_path.h"

OWN_PATH(code_path, "", "code")
OWN_PATH(board_path, "", "board.dts")

enum { WRITES = 16, T0 = 5, T1 = 6 };

struct write {
    uint32_t address;
    uint32_t value;
};

static void append_load(struct buffer *code, uint32_t reg, uint32_t value)
{
    buffer_append_le32(code, ((value + 0x800) & 0xfffff000) | reg << 7 | 0x37);
    buffer_append_le32(code,
                       (value & 0xfff) << 20 | reg << 15 | reg << 7 | 0x13);
}

static void write_code(const struct write *writes)
{
    OWNED(buffer_fini) struct buffer code = {0};

    for (; writes->address != 0; writes++) {
        append_load(&code, T0, writes->address);
        append_load(&code, T1, writes->value);
        buffer_append_le32(&code,
                           T1 << 20 | T0 << 15 | 0x2023); /* sw t1,(t0) */
    }
    buffer_append_le32(&code, 0x10500073); /* 1: wfi */
    buffer_append_le32(&code, 0xffdff06f); /* j 1b */
    EXPECT_EQ(file_write(code_path, code.bytes, code.size, NULL), 0);
}

static void say(void *context, const char *line)
{
    buffer_print(context, "%s\n", line);
}

#define VERDICT(value)                                                         \
    {                                                                          \
        BOOT_MCU_RESET_VERDICT, SOC_RESET_VERDICT_##value                      \
    }
#define RESET                                                                  \
    {                                                                          \
        BOOT_MCU_RESET_WARM, SOC_RESET_WARM_KEY                                \
    }
#define OFF                                                                    \
    {                                                                          \
        BOOT_MCU_RESET_POWER_OFF, SOC_RESET_POWER_OFF_KEY                      \
    }
#define CHIP(selected)                                                         \
    {                                                                          \
        BOOT_MCU_SPI_CSMODE, (selected) ? 2 : 0                                \
    }
#define BYTE(value)                                                            \
    {                                                                          \
        BOOT_MCU_SPI_TXDATA, value                                             \
    }
/* Serial NOR flash programs a byte (0x02) once writes are enabled (0x06). */
#define PROGRAM                                                                \
    {BOOT_MCU_SPI_FCTRL, 0}, {BOOT_MCU_SPI_FMT, 0x80008}, CHIP(true),          \
        BYTE(0x06), CHIP(false), CHIP(true), BYTE(0x02), BYTE(0), BYTE(0),     \
        BYTE(0), BYTE(0x55), CHIP(false)

#define REFUSED "the boot MCU released no application core"
#define UNSEEN                                                                 \
    "no image was authorised: no event 'authorise authorised' was seen"
#define HELD "all processors are held in reset or off; "
#define LOST "power: mcu_nor: lost in operation 1, on again\n"

TEST(each_end_of_a_board_without_a_guest_is_told)
{
    static const struct {
        struct write writes[WRITES];
        struct session_options options;
        int code;
        enum session_end end;
        const char *text;
        const char *said;
    } rows[] = {
        {{{0, 0}},                    {0}, -EACCES, SESSION_END_IDLE, REFUSED,                                          ""},
        {{VERDICT(STOPPED), OFF},     {0}, -EACCES, SESSION_END_IDLE, REFUSED,                                          ""},
        {{VERDICT(RELEASED)},
         {0},
         -EDEADLK,
         SESSION_END_IDLE,                                            "all processors wait and nothing will wake them",
         ""                                                                                                               },
        {{OFF},                       {0}, -ENOENT, SESSION_END_OFF,  UNSEEN,                                           ""},
        {{RESET},
         {.instructions = 10000},
         -ETIMEDOUT,
         SESSION_END_IDLE,                                            "the limit of 1 ms of virtual time was reached: " HELD
         "--max-instructions raises it",                                                      ""},
        {{RESET},
         {.virtual_ns = 1000000},
         -ETIMEDOUT,
         SESSION_END_IDLE,                                            "the limit of 1 ms of virtual time was reached: " HELD
         "--max-time raises it",                                                              ""},
        {{PROGRAM, OFF},
         {.power_cut = {.operation = 1}},
         -ENOENT,
         SESSION_END_OFF,                                             UNSEEN,
         LOST                                                                                                             },
        {{PROGRAM, VERDICT(STOPPED)},
         {.power_cut = {.operation = 1}},
         -EACCES,
         SESSION_END_IDLE,                                            REFUSED,
         LOST                                                                                                             },
        {{PROGRAM, VERDICT(STOPPED)},
         {.power_cut = {.operation = 2}},
         -EACCES,
         SESSION_END_IDLE,                                            REFUSED,
         "power: mcu_nor: never lost: 1 operations, none is number 2\n"                                                   },
    };
    static const struct session_image image = {"mcu_rom", code_path};

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct session_options options = rows[i].options;
        struct session_outcome outcome = {0};
        struct session_error error = {0};
        struct buffer said = {0};
        struct session *session = NULL;
        const struct session_observer observer = {.say = say, .context = &said};

        write_code(rows[i].writes);
        options.board = "trust";
        options.images = &image;
        options.image_count = 1;
        if (session_open(&options, &observer, &session, &error) == 0 &&
            session_load(session, &error) == 0 &&
            session_build(session, &error) == 0 &&
            session_make_files(session, &error) == 0) {
            (void)session_run(session, &outcome);
        }
        test_case("row %zu", i);
        EXPECT_STR(error.text, "");
        EXPECT_EQ(outcome.code, rows[i].code);
        EXPECT_EQ(outcome.end, rows[i].end);
        EXPECT_STR(outcome.text, rows[i].text);
        EXPECT_STR(buffer_text(&said), rows[i].said);
        buffer_fini(&said);
        session_close(session);
    }
    unlink(code_path);
}

struct patience {
    unsigned asked;
    unsigned most; /* 0: no end */
};

static bool is_ending(void *context)
{
    struct patience *patience = context;

    return patience->most != 0 && ++patience->asked >= patience->most;
}

/* Board virt, as if it ran without a guest. */
static void write_board(void)
{
    static const char include[] = "virt.dtsi";
    static const char awaits[] = "cairn,awaits-guest;";
    OWNED(buffer_fini) struct buffer text = {0};
    OWNED(buffer_fini) struct buffer board = {0};
    char here[PATH_MAX] = "";

    EXPECT(getcwd(here, sizeof(here)));
    EXPECT_EQ(file_read("boards/virt.dts", 1 << 20, &text, NULL), 0);
    buffer_append_zeros(&text, 1);
    char *from = strstr((char *)text.bytes, include);
    char *flag = from ? strstr(from, awaits) : NULL;
    EXPECT(flag);
    if (from && flag) {
        memset(flag, ' ', strlen(awaits));
        buffer_print(&board, "%.*s%s/boards/", (int)(from - (char *)text.bytes),
                     (char *)text.bytes, here);
        buffer_append(&board, from, strlen(from));
    }
    EXPECT_EQ(file_write(board_path, board.bytes, board.size, NULL), 0);
}

TEST(a_processor_that_resets_itself_ends_at_a_limit)
{
    static const uint32_t resets[] = {
        0x52800120, /* mov w0, #9 */
        0x72b08000, /* movk w0, #0x8400, lsl #16: SYSTEM_RESET */
        0xd4000002, /* hvc #0 */
    };
    static const struct {
        uint64_t instructions;
        unsigned patience;
        int code;
        uint64_t done; /* instructions */
        const char *text;
    } rows[] = {
        {1000, 0, -ETIMEDOUT, 1000,
         "the limit of 1000 instructions was reached; --max-instructions "
         "raises it"                                                          },
        {0,    0, -ETIMEDOUT, 60003,
         "the limit of 20000 resets was reached; --max-instructions raises it"},
        {1000, 5, -EINTR,     15,    "ended early"                            },
    };
    static const struct session_image image = {"flash0", code_path};
    static const char *const folders[] = {"boards"};

    write_board();
    EXPECT_EQ(file_write(code_path, resets, sizeof(resets), NULL), 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct session_options options = {.board = board_path,
                                                .folders = folders,
                                                .folder_count = 1,
                                                .images = &image,
                                                .image_count = 1,
                                                .instructions =
                                                    rows[i].instructions};
        struct patience patience = {.most = rows[i].patience};
        const struct session_observer observer = {.is_ending = is_ending,
                                                  .context = &patience};
        struct session_outcome outcome = {0};
        struct session_error error = {0};
        struct session *session = NULL;

        test_case("row %zu", i);
        if (session_open(&options, &observer, &session, &error) == 0 &&
            session_load(session, &error) == 0 &&
            session_build(session, &error) == 0) {
            (void)session_run(session, &outcome);
        }
        EXPECT_STR(error.text, "");
        EXPECT_EQ(outcome.code, rows[i].code);
        REQUIRE(session && !session_has_guest(session));
        EXPECT_EQ(outcome.instructions, rows[i].done);
        EXPECT_STR(outcome.text, rows[i].text);
        session_close(session);
    }
    unlink(board_path);
    unlink(code_path);
}
