/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions without a command line: options in C, the outcome in a struct. The
 * machines are board trust with what the program carries for it, and board virt
 * with a guest of the test's.
 */
#include "session/session.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi/ast2700.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "tests/harness.h"
#include "tests/own_path.h"

#define BUILT    "build/out/guest/"
#define EMBEDDED BUILT "caliptra/embedded/"

OWN_PATH(mcu_rom, "", "rom")
OWN_PATH(script_path, "", "script")

enum { FILE_MAX = 64 << 20 };

/* ---- What is carried ----------------------------------------------------- */

static const struct {
    const char *name;
    const char *path;
} carried_files[] = {
    {"mcu.bin",      BUILT "bootmcu/rom.bin" },
    {"rom.bin",      BUILT "caliptra/rom.bin"},
    {"trust.img.gz", EMBEDDED "trust.img.gz" },
    {"trust.fuses",  EMBEDDED "trust.fuses"  },
};

static struct buffer carried_bytes[ARRAY_SIZE(carried_files)];

static bool carried(const char *name, struct cairn_image *file)
{
    for (size_t i = 0; i < ARRAY_SIZE(carried_files); i++) {
        struct buffer *bytes = &carried_bytes[i];
        if (strcmp(carried_files[i].name, name) != 0) {
            continue;
        }
        if (bytes->size == 0 &&
            file_read(carried_files[i].path, FILE_MAX, bytes, NULL) != 0) {
            return false;
        }
        *file = (struct cairn_image){name, bytes->bytes, bytes->size};
        return true;
    }
    return false;
}

static void forget_carried(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(carried_files); i++) {
        buffer_fini(&carried_bytes[i]);
    }
}

/* ---- Reports to the observer --------------------------------------------- */

struct told {
    struct buffer console; /* of the applications' port */
    size_t events;
    size_t said;
    bool ends; /* at the first byte on the console */
    struct session *session;
};

static void console(void *context, const char *device, uint8_t byte)
{
    struct told *told = context;
    if (strcmp(device, "uart") != 0) {
        return;
    }
    buffer_append(&told->console, &byte, 1);
    if (told->ends) {
        cairn_stop(session_machine(told->session));
    }
}

static void event(void *context, const char *text, const char *json)
{
    ((struct told *)context)->events++;
}

static void say(void *context, const char *line)
{
    ((struct told *)context)->said++;
}

static bool is_ending(void *context)
{
    const struct told *told = context;
    return told->ends && told->console.size != 0;
}

static struct session_observer observer_of(struct told *told)
{
    return (struct session_observer){
        .console = console,
        .event = event,
        .say = say,
        .is_ending = is_ending,
        .context = told,
    };
}

/* From options to the outcome; the caller closes the session. */
static struct session *run(const struct session_options *options,
                           struct told *told, struct session_outcome *outcome)
{
    const struct session_observer observer = observer_of(told);
    struct session_error error = {0};
    struct session *session = NULL;
    if (!EXPECT_EQ(session_open(options, &observer, &session, &error), 0) ||
        !EXPECT_EQ(session_load(session, &error), 0) ||
        !EXPECT_EQ(session_build(session, &error), 0) ||
        !EXPECT_EQ(session_make_files(session, &error), 0)) {
        EXPECT_STR(error.text, "");
        return session;
    }
    told->session = session;
    session_run(session, outcome);
    EXPECT_EQ(session_finish(session), 0);
    return session;
}

/* ---- Tests --------------------------------------------------------------- */

TEST(board_trust_comes_to_its_application)
{
    struct session_options options;
    struct session_outcome outcome = {.code = -1};
    struct told told = {0};
    session_options_init(&options);
    options.board = "trust";
    options.carried = carried;
    struct session *session = run(&options, &told, &outcome);
    REQUIRE(session);
    EXPECT_EQ(outcome.code, 0);
    EXPECT(outcome.reached);
    EXPECT_EQ(outcome.end, SESSION_END_OFF);
    EXPECT_EQ(outcome.evidence_code, 0);
    EXPECT_EQ(outcome.unmodelled, 0);
    EXPECT_EQ(outcome.time_ns, cairn_time_ns(session_machine(session)));
    EXPECT_EQ(outcome.state_hash, cairn_state_hash(session_machine(session)));
    EXPECT_EQ(told.events, cairn_event_count(session_machine(session)));
    EXPECT_EQ(cairn_reached(session_machine(session), "application", NULL), 0);
    EXPECT(strstr(buffer_text(&told.console), "hello from EL1") != NULL);
    EXPECT(!session_has_guest(session) && !session_has_agent(session));
    EXPECT_STR(session_sandbox(session), "off");
    session_close(session);
    buffer_fini(&told.console);
    forget_carried();
}

/* A guest of the caller's is packed into the flash of the run. */
TEST(board_trust_comes_to_a_guest_of_the_callers)
{
    static const struct session_step ready = {"ready", NULL};
    struct session_options options;
    struct session_outcome outcome = {.code = -1};
    struct told told = {0};
    session_options_init(&options);
    options.board = "trust";
    options.carried = carried;
    options.kernel = BUILT "virt/console.elf";
    options.initrd = "README.md";
    options.steps = &ready;
    options.step_count = 1;
    struct session *session = run(&options, &told, &outcome);
    REQUIRE(session);
    EXPECT_EQ(outcome.code, 0);
    EXPECT_STR(outcome.text, "the guest printed what was expected");
    EXPECT(session_has_guest(session));
    session_close(session);
    buffer_fini(&told.console);
    forget_carried();
}

TEST(a_part_that_the_chain_has_no_place_for_is_refused)
{
    static const struct session_module module = {"ramdisk", "README.md", NULL};
    const struct session_options options = {.board = "trust",
                                            .carried = carried,
                                            .kernel = BUILT "virt/console.elf",
                                            .initrd = "README.md",
                                            .modules = &module,
                                            .module_count = 1};
    struct session_error error = {0};
    struct session *session = NULL;

    EXPECT_EQ(session_open(&options, NULL, &session, &error), 0);
    EXPECT(session_load(session, &error) < 0);
    EXPECT_STR(error.text, "the chain has no place for a ramdisk");
    session_close(session);
    forget_carried();
}

/* A boot MCU that released somebody has nothing to say. */
TEST(a_goal_behind_the_application_is_missed_in_its_words_alone)
{
    struct session_options options;
    struct session_outcome outcome = {0};
    struct told told = {0};
    session_options_init(&options);
    options.board = "trust";
    options.carried = carried;
    options.agent = script_path;
    options.until = "none";
    EXPECT_EQ(file_write(script_path, "power\nrun 8000000\n", 18, NULL), 0);
    struct session *session = run(&options, &told, &outcome);
    REQUIRE(session);
    EXPECT_EQ(cairn_reached(session_machine(session), "application", NULL), 0);
    EXPECT_STR(outcome.text, "'none' is not a goal");
    session_close(session);
    unlink(script_path);
    buffer_fini(&told.console);
    forget_carried();
}

/* Without an answer the machine has an outcome all the same: why not. */
TEST(a_board_without_what_it_starts_with_fails_with_a_reason)
{
    struct session_options options;
    struct session_outcome outcome = {0};
    struct told told = {0};
    session_options_init(&options);
    options.board = "trust";
    options.instructions = 100000;
    struct session *session = run(&options, &told, &outcome);
    REQUIRE(session);
    EXPECT(outcome.code < 0 && !outcome.reached);
    EXPECT(outcome.text[0] != '\0');
    session_close(session);
    buffer_fini(&told.console);
}

TEST(a_guest_is_awaited_and_answered)
{
    static const struct session_step steps[] = {
        {"hello from EL1", "x\\n"},
        {"\n",             NULL  },
    };
    struct session_options options;
    struct session_outcome outcome = {.code = -1};
    struct told told = {0};
    session_options_init(&options);
    options.board = "virt";
    options.kernel = BUILT "virt/hello.elf";
    options.steps = steps;
    options.step_count = ARRAY_SIZE(steps);
    struct session *session = run(&options, &told, &outcome);
    REQUIRE(session);
    EXPECT_EQ(outcome.code, 0);
    EXPECT_EQ(outcome.end, SESSION_END_PRINTED);
    EXPECT(session_has_guest(session));
    session_close(session);
    buffer_fini(&told.console);
}

/* Firmware of the board's own brings the guest; the clock starts all the same.
 */
TEST(a_clock_starts_as_told_where_firmware_brings_the_guest)
{
    static const struct session_image images[] = {
        {"mcu_rom", BUILT "ast2700/rom.bin"},
    };
    struct session_options options;
    struct session_error error = {0};
    struct session *session = NULL;
    uint64_t time = 0;
    uint64_t year = 0;
    session_options_init(&options);
    options.board = "ast2700";
    options.images = images;
    options.image_count = ARRAY_SIZE(images);
    options.has_start_time = true;
    options.start_time = 1795550399; /* 2026-11-24 19:59:59 */
    REQUIRE(session_open(&options, NULL, &session, &error) == 0);
    REQUIRE(session_load(session, &error) == 0);
    REQUIRE(session_build(session, &error) == 0);
    struct cairn_machine *machine = session_machine(session);
    cairn_power(machine);
    EXPECT_EQ(cairn_bus_read(machine, "ca35", 1, AST2700_RTC, 4, &time), 0);
    EXPECT_EQ(cairn_bus_read(machine, "ca35", 1, AST2700_RTC + 4, 4, &year), 0);
    EXPECT_EQ(time, 0x18133b3b);
    EXPECT_EQ(year, 0x141a0b);
    session_close(session);
}

/* A boot MCU that prints a text, and does no more: the last line that is whole
 * is quoted, up to 120 bytes of it. */
TEST(the_last_line_of_a_boot_mcu_is_quoted)
{
    enum { ENTRY = 0x80, ROM_SIZE = 1024 };
    static const uint32_t prints[] = {
        0x14c342b7, /* lui t0, %hi(AST2700_UART12) */
        0xb0028293, /* addi t0, t0, %lo(AST2700_UART12) */
        0x00000317, /* auipc t1, 0 */
        0x02430313, /* addi t1, t1, text - . + 4 */
        0x00034383, /* 1: lbu t2, (t1) */
        0x00038863, /* beqz t2, 2f */
        0x0072a023, /* sw t2, (t0) */
        0x00130313, /* addi t1, t1, 1 */
        0xff1ff06f, /* j 1b */
        0x10500073, /* 2: wfi */
        0xffdff06f, /* j 2b */
    };
#define TEN     "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
    static const struct {
        const char *printed;
        const char *quoted; /* NULL: nothing */
    } rows[] = {
        {"no line",                      NULL                        },
        {"\n\r\n",                       NULL                        },
        {"a\n",                          "a"                         },
        {"first\nlast\r\n\nunfinished",  "last"                      },
        {" ~\t\x1f\x7f\x80\n",           " ~\t\\x1f\\x7f\\x80"       },
        {"x\n" HUNDRED TEN TEN "\n",     HUNDRED TEN TEN             },
        {HUNDRED TEN TEN "y\n",          HUNDRED TEN TEN             },
        {HUNDRED TEN "012345678\x01z\n", HUNDRED TEN "012345678\\x01"},
    };
    static const struct session_image images[] = {
        {"mcu_rom", mcu_rom}
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint8_t rom[ROM_SIZE] = {0};
        struct session_options options;
        struct session_outcome outcome = {0};
        struct told told = {0};

        memcpy(rom + ENTRY, prints, sizeof(prints));
        memcpy(rom + ENTRY + sizeof(prints), rows[i].printed,
               strlen(rows[i].printed));
        EXPECT_EQ(file_write(mcu_rom, rom, sizeof(rom), NULL), 0);
        session_options_init(&options);
        options.board = "ast2700";
        options.images = images;
        options.image_count = 1;
        session_close(run(&options, &told, &outcome));
        char *quote = xasprintf("; its console ends with '%s'",
                                rows[i].quoted ? rows[i].quoted : "");
        const char *at = strstr(outcome.text, "; its console");
        test_case("%zu: %s", i, outcome.text);
        EXPECT(outcome.code != 0);
        EXPECT_STR(at ? at : "", rows[i].quoted ? quote : "");
        free(quote);
        buffer_fini(&told.console);
    }
    unlink(mcu_rom);
}

TEST(an_observer_may_end_the_run)
{
    struct session_options options;
    struct session_outcome outcome = {0};
    struct told told = {.ends = true};
    session_options_init(&options);
    options.board = "virt";
    options.kernel = BUILT "virt/hello.elf";
    struct session *session = run(&options, &told, &outcome);
    REQUIRE(session);
    EXPECT_EQ(outcome.code, -EINTR);
    EXPECT(!outcome.reached);
    EXPECT_EQ(told.console.size, 1);
    session_close(session);
    buffer_fini(&told.console);
}

/* Two sessions with equal options end in the same state, side by side. */
TEST(sessions_are_independent_and_equal)
{
    struct session_options options;
    struct session_outcome outcomes[2] = {{.code = -1}};
    struct session *sessions[2] = {NULL};
    struct told told[2] = {{.ends = false}};
    session_options_init(&options);
    options.board = "virt";
    options.kernel = BUILT "virt/hello.elf";
    options.virtualization = true; /* the guest turns off by SMC */
    options.seed = 7;
    for (size_t i = 0; i < 2; i++) {
        sessions[i] = run(&options, &told[i], &outcomes[i]);
    }
    EXPECT_EQ(outcomes[0].code, 0);
    EXPECT_EQ(outcomes[0].state_hash, outcomes[1].state_hash);
    EXPECT_EQ(outcomes[0].instructions, outcomes[1].instructions);
    EXPECT_EQ(told[0].console.size, told[1].console.size);
    for (size_t i = 0; i < 2; i++) {
        session_close(sessions[i]);
        buffer_fini(&told[i].console);
    }
}

/* ---- What is kept -------------------------------------------------------- */

/* A boot that is cut in two by a snapshot ends as one that is not. */
TEST(a_session_goes_on_from_a_snapshot)
{
    char path[] = "/tmp/cairn-session-XXXXXX";
    struct session_options options;
    struct session_outcome whole = {0};
    struct session_outcome half = {0};
    struct session_outcome rest = {0};
    struct told told = {0};
    REQUIRE(close(mkstemp(path)) == 0);
    session_options_init(&options);
    options.board = "caliptra-1.1";
    options.rom = BUILT "caliptra/rom.bin";
    options.firmware = EMBEDDED "firmware.bundle";
    session_close(run(&options, &told, &whole));
    options.until = "fmc";
    options.save = path;
    session_close(run(&options, &told, &half));
    options.until = NULL;
    options.save = NULL;
    options.restore = path;
    session_close(run(&options, &told, &rest));
    EXPECT(whole.reached && half.reached && rest.reached);
    EXPECT(half.instructions < whole.instructions);
    EXPECT_EQ(rest.instructions, whole.instructions);
    EXPECT_EQ(rest.state_hash, whole.state_hash);
    buffer_fini(&told.console);
    unlink(path);
}

/* ---- Memory -------------------------------------------------------------- */

/* A session of board virt with something in each list. */
static void run_rich(const char *folder)
{
    static const struct session_symbols symbols[] = {
        {.path = BUILT "virt/hello.elf"}, {.path = BUILT "virt/console.elf"}};
    static const struct session_module modules[] = {
        {"kernel",  BUILT "virt/hello.elf", "x" },
        {"ramdisk", "README.md",            NULL}
    };
    static const struct session_disk disks[] = {
        {.disk = {.backend = "file:" EMBEDDED "trust.fuses",
                  .read_only = true}                     },
        { .bus = "pci",
         .serial = "s",
         .disk = {.backend = "volatile:" BUILT "caliptra/rom.bin"}}
    };
    static const struct session_net nets[] = {
        {.backend = "none,mac=52:54:00:00:00:01,mtu=99,queues=2"},
        {.backend = "none,bus=pci"}};
    static const struct session_share shares[] = {
        {.share = {.path = "tests", .protocol = "9p", .read_only = true},
         .tag = "a"}
    };
    static const struct session_serial serials[] = {{.backend = "loopback"}};
    static const struct session_press presses[] = {{.line = "power"},
                                                   {.line = "gpio.pin1"}};
    static const struct session_step steps[] = {
        {"hello", "x\\ny"}
    };
    static const char *const variables[] = {"A=b"};
    char *paths[5];
    struct session_options options;
    struct session_outcome outcome;
    struct told told = {0};
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        static const char *const names[] = {"p.svg", "p.txt", "w.json",
                                            "hashes", "save"};
        paths[i] = xasprintf("%s/%s", folder, names[i]);
    }
    session_options_init(&options);
    options.board = "virt";
    options.kernel = BUILT "virt/hello.elf";
    options.initrd = "README.md";
    options.input = "README.md";
    options.append = "x";
    options.symbols = symbols;
    options.symbol_count = ARRAY_SIZE(symbols);
    options.modules = modules;
    options.module_count = ARRAY_SIZE(modules);
    options.disks = disks;
    options.disk_count = ARRAY_SIZE(disks);
    options.nets = nets;
    options.net_count = ARRAY_SIZE(nets);
    options.shares = shares;
    options.share_count = ARRAY_SIZE(shares);
    options.serials = serials;
    options.serial_count = ARRAY_SIZE(serials);
    options.presses = presses;
    options.press_count = ARRAY_SIZE(presses);
    options.steps = steps;
    options.step_count = ARRAY_SIZE(steps);
    options.variables = variables;
    options.variable_count = ARRAY_SIZE(variables);
    options.perf_map = true;
    options.profiles = (const char *const *)paths;
    options.profile_count = 2;
    options.power = true;
    options.powers = (const char *const *)paths + 2;
    options.power_count = 1;
    options.hashes = paths[3];
    options.save = paths[4];
    options.instructions = 100000;
    session_close(run(&options, &told, &outcome));
    buffer_fini(&told.console);
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        unlink(paths[i]);
        free(paths[i]);
    }
}

static void *run_in_thread(void *folder)
{
    run_rich(folder);
    return NULL;
}

/* All of it, when the thread has ended for which the allocator keeps some. */
TEST(a_session_gives_its_memory_back)
{
    char folder[] = "/tmp/cairn-session-XXXXXX";
    size_t before = 0;

    REQUIRE(mkdtemp(folder));
    for (unsigned turn = 0; turn < 3; turn++) {
        pthread_t thread;
        REQUIRE(pthread_create(&thread, NULL, run_in_thread, folder) == 0);
        pthread_join(thread, NULL);
        before = turn < 2 ? mallinfo2().uordblks : before;
    }
    EXPECT_EQ(mallinfo2().uordblks, before);
    rmdir(folder);
}
