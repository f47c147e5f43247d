/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TPM in a whole machine, by swtpm: a driver's steps through the registers of
 * either interface, what a reset does, a TPM that goes away, and its state in
 * snapshots. Skipped without swtpm.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/process.h"
#include "include/cairn/cairn.h"
#include "tests/debugger.h"
#include "tests/harness.h"
#include "tests/machine.h"

enum { TIS = 0x0c000000, CRB = 0x0c008000, LONG_ENOUGH_NS = 1000000 };

static const uint32_t program[] = {0x14000000}; /* b . */

static const uint8_t startup[] = {0x80, 1, 0, 0, 0, 12, 0, 0, 1, 0x44, 0, 0};
static const uint8_t get_random[] = {0x80, 1, 0, 0, 0, 12, 0, 0, 1, 0x7b, 0, 8};

struct bench {
    char folder[64];
    struct cairn_machine *machine;
    char log[512]; /* lines of the host's */
};

static void note_line(void *context, enum cairn_log kind, const char *line)
{
    struct bench *bench = context;
    size_t length = strlen(bench->log);
    if (kind == CAIRN_LOG_HOST) {
        snprintf(bench->log + length, sizeof(bench->log) - length, "%s\n",
                 line);
    }
}

static struct cairn_machine *make(struct bench *bench, const char *interface)
{
    const struct cairn_image image = {"flash0", program, sizeof(program)};
    const struct cairn_guest guest = {
        .size = sizeof(struct cairn_guest), .cpus = 1, .tpm = interface};
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = "virt",
        .guest = &guest,
        .seed = 1,
        .images = &image,
        .image_count = 1,
        .callbacks = {.log = note_line, .context = bench},
    };
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};
    EXPECT_EQ(cairn_create(&options, &machine, &error), 0);
    EXPECT_STR(error.text, "");
    return machine;
}

static bool has_swtpm(void)
{
    struct buffer out = {0};
    const char *arguments[] = {"swtpm", "--version", NULL};
    bool here = process_run(arguments, NULL, 0, &out, &out) == 0;
    buffer_fini(&out);
    return here;
}

static bool start(struct bench *bench, const char *interface)
{
    struct cairn_error error = {""};
    *bench = (struct bench){.folder = "/tmp/cairn-tpm-XXXXXX"};
    EXPECT(mkdtemp(bench->folder) != NULL);
    bench->machine = make(bench, interface);
    if (!bench->machine) {
        return false;
    }
    EXPECT_EQ(cairn_tpm_connect(bench->machine, bench->folder, &error), 0);
    EXPECT_STR(error.text, "");
    cairn_power(bench->machine);
    return true;
}

static void end(struct bench *bench)
{
    cairn_destroy(bench->machine);
    DIR *folder = opendir(bench->folder);
    const struct dirent *entry;
    while (folder && (entry = readdir(folder))) {
        char *path = xasprintf("%s/%s", bench->folder, entry->d_name);
        unlink(path);
        free(path);
    }
    if (folder) {
        closedir(folder);
    }
    EXPECT_EQ(rmdir(bench->folder), 0);
}

static void set(struct bench *bench, uint32_t address, unsigned size,
                uint32_t value)
{
    EXPECT_EQ(cairn_bus_write(bench->machine, "cores", 0, address, size, value),
              0);
}

static uint32_t get(struct bench *bench, uint32_t address, unsigned size)
{
    uint64_t value = 0;
    EXPECT_EQ(cairn_bus_read(bench->machine, "cores", 0, address, size, &value),
              0);
    return (uint32_t)value;
}

static void run(struct bench *bench)
{
    run_for_ns(bench->machine, LONG_ENOUGH_NS);
}

/* The response code of a command by the FIFO interface; the rest stays in the
 * FIFO. */
static uint32_t by_tis(struct bench *bench, const uint8_t *bytes, size_t size)
{
    uint8_t header[10];
    set(bench, TIS, 1, 0x02);
    set(bench, TIS + 0x18, 4, 0x40);
    for (size_t i = 0; i < size; i++) {
        set(bench, TIS + 0x24, 1, bytes[i]);
    }
    set(bench, TIS + 0x18, 4, 0x20);
    EXPECT_EQ(get(bench, TIS + 0x18, 4) & 0x10, 0);
    run(bench);
    EXPECT_EQ(get(bench, TIS + 0x18, 4) & 0x10, 0x10);
    for (size_t i = 0; i < sizeof(header); i++) {
        header[i] = (uint8_t)get(bench, TIS + 0x24, 1);
    }
    return load_be32(header + 6);
}

static uint32_t by_crb(struct bench *bench, const uint8_t *bytes, size_t size)
{
    uint8_t header[10];
    set(bench, CRB + 0x08, 4, 1);
    set(bench, CRB + 0x40, 4, 1);
    for (uint32_t i = 0; i < size; i++) {
        set(bench, CRB + 0x80 + i, 1, bytes[i]);
    }
    set(bench, CRB + 0x4c, 4, 1);
    EXPECT_EQ(get(bench, CRB + 0x4c, 4), 1);
    run(bench);
    EXPECT_EQ(get(bench, CRB + 0x4c, 4), 0);
    for (uint32_t i = 0; i < sizeof(header); i++) {
        header[i] = (uint8_t)get(bench, CRB + 0x80 + i, 1);
    }
    return load_be32(header + 6);
}

TEST(commands_reach_swtpm_by_either_interface)
{
    static const struct {
        const char *name;
        uint32_t (*ask)(struct bench *bench, const uint8_t *bytes, size_t size);
    } rows[] = {
        {"tis", by_tis},
        {"crb", by_crb},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct bench bench;
        test_case("%s", rows[i].name);
        if (!has_swtpm()) {
            SKIP("swtpm is not installed");
        }
        REQUIRE(start(&bench, rows[i].name));
        /* A reset of the machine is one of the TPM, and nothing else is. */
        EXPECT_EQ(rows[i].ask(&bench, get_random, sizeof(get_random)), 0x100);
        EXPECT_EQ(rows[i].ask(&bench, startup, sizeof(startup)), 0);
        EXPECT_EQ(rows[i].ask(&bench, startup, sizeof(startup)), 0x100);
        EXPECT_EQ(rows[i].ask(&bench, get_random, sizeof(get_random)), 0);
        cairn_power(bench.machine);
        EXPECT_EQ(rows[i].ask(&bench, get_random, sizeof(get_random)), 0x100);
        EXPECT_STR(bench.log, "");
        end(&bench);
    }
}

/* True if PCR 16 of the SHA-256 bank is zero. */
static bool is_pcr_zero(struct bench *bench)
{
    static const uint8_t read[] = {0x80, 1, 0, 0, 0, 20, 0, 0, 1, 0x7e,
                                   0,    0, 0, 1, 0, 11, 3, 0, 0, 1};
    uint8_t rest = 0;
    EXPECT_EQ(by_tis(bench, read, sizeof(read)), 0);
    for (unsigned i = 10; i < 62; i++) {
        uint8_t byte = (uint8_t)get(bench, TIS + 0x24, 1);
        rest |= i >= 30 ? byte : 0;
    }
    return rest == 0;
}

static void extend_pcr(struct bench *bench)
{
    uint8_t extend[65] = {0x80, 2,  0, 0, 0, 65, 0,    0, 1,  0x82, 0, 0,
                          0,    16, 0, 0, 0, 9,  0x40, 0, 0,  9,    0, 0,
                          0,    0,  0, 0, 0, 0,  1,    0, 11, 1};
    EXPECT_EQ(by_tis(bench, extend, sizeof(extend)), 0);
}

static int load(struct bench *bench, const char *path, bool by_list)
{
    struct cairn_error error = {""};
    *bench = (struct bench){.folder = "/tmp/cairn-tpm-XXXXXX"};
    EXPECT(mkdtemp(bench->folder) != NULL);
    bench->machine = make(bench, "tis");
    EXPECT_EQ(cairn_tpm_connect(bench->machine, by_list ? NULL : bench->folder,
                                &error),
              0);
    int code = cairn_load(bench->machine, path, &error);
    snprintf(bench->log, sizeof(bench->log), "%s", error.text);
    return code;
}

TEST(a_snapshot_has_the_state_of_the_tpm)
{
    char path[] = "/tmp/cairn-tpm-snapshot-XXXXXX";
    struct bench first;
    struct bench second;
    struct cairn_error error = {""};
    int fd = mkstemp(path);
    if (!has_swtpm()) {
        SKIP("swtpm is not installed");
    }
    REQUIRE(fd >= 0 && close(fd) == 0);
    REQUIRE(start(&first, "tis"));
    /* Even before the first command. */
    EXPECT_EQ(cairn_save(first.machine, path, &error), 0);
    EXPECT_EQ(by_tis(&first, startup, sizeof(startup)), 0);
    EXPECT(is_pcr_zero(&first));
    EXPECT_EQ(load(&second, path, false), 0);
    EXPECT_EQ(by_tis(&second, get_random, sizeof(get_random)), 0x100);
    EXPECT_EQ(by_tis(&second, startup, sizeof(startup)), 0);
    end(&second);

    extend_pcr(&first);
    EXPECT_EQ(cairn_save(first.machine, path, &error), 0);
    EXPECT_STR(error.text, "");
    /* A measurement that comes later is not in it. */
    EXPECT(!is_pcr_zero(&first));
    EXPECT_EQ(load(&second, path, false), 0);
    EXPECT_STR(second.log, "");
    EXPECT(!is_pcr_zero(&second));
    EXPECT_EQ(by_tis(&second, startup, sizeof(startup)), 0x100);
    /* And the machine that was saved goes on. */
    extend_pcr(&first);
    end(&first);
    /* A machine that goes on has its own. */
    cairn_power(second.machine);
    EXPECT_EQ(by_tis(&second, startup, sizeof(startup)), 0);
    EXPECT(is_pcr_zero(&second));
    end(&second);

    /* A run by a list needs none. */
    EXPECT_EQ(load(&second, path, true), 0);
    EXPECT_EQ(cairn_save(second.machine, path, &error), -ENOTSUP);
    EXPECT_STR(error.text,
               "snapshots do not hold the state of the TPM, whose "
               "responses come from a list, which is outside of "
               "the machine");
    end(&second);
    unlink(path);
}

/* True if a line comes on the debugger's console before the answer. */
static bool is_told(struct session *session, const char *payload)
{
    char text[GDB_PACKET_MAX + 64];
    bool told = false;
    say_packet(session, payload);
    for (;;) {
        (void)hear_packet(session, text, sizeof(text));
        say(session, "+");
        if (strncmp(text, "$O", 2) != 0 || strncmp(text, "$OK", 3) == 0) {
            EXPECT(text[0] == '$' && text[1] != 'E');
            return told;
        }
        told = true;
    }
}

/* A debugger that goes back and changes what was: the TPM does not go with it,
 * which is said on the debugger's console and in the log, if it was asked. */
TEST(a_debugger_hears_that_the_tpm_stays)
{
    static const char *const packets[] = {"s", "s", "bs", "P1=4000000000000000",
                                          "s", "s"};
    if (!has_swtpm()) {
        SKIP("swtpm is not installed");
    }
    for (unsigned asked = 0; asked < 2; asked++) {
        OWNED(end) struct bench bench = {0};
        struct session session;
        REQUIRE(start(&bench, "tis"));
        if (asked) {
            EXPECT_EQ(by_tis(&bench, startup, sizeof(startup)), 0);
        }
        REQUIRE(open_session_with(&session, bench.machine, NULL));
        for (size_t i = 0; i < ARRAY_SIZE(packets); i++) {
            test_case("asked: %u, %s", asked, packets[i]);
            EXPECT_EQ(is_told(&session, packets[i]), asked && i == 4);
        }
        end_session(&session);
        EXPECT_EQ(strstr(bench.log, "the past was changed") != NULL, asked);
    }
}

TEST(a_board_without_a_tpm_and_a_second_back_end_are_refused)
{
    struct bench bench = {.folder = ""};
    struct cairn_error error = {""};
    struct cairn_error again = {""};
    bench.machine = make(&bench, NULL);
    EXPECT_EQ(cairn_tpm_connect(bench.machine, NULL, &error), -ENOENT);
    EXPECT_STR(error.text, "board 'virt': no TPM");
    cairn_destroy(bench.machine);
    bench.machine = make(&bench, "crb");
    EXPECT_EQ(cairn_tpm_connect(bench.machine, NULL, &error), 0);
    EXPECT_EQ(cairn_tpm_connect(bench.machine, NULL, &again), -EBUSY);
    /* With nothing behind it, it is in failure mode. */
    cairn_power(bench.machine);
    EXPECT_EQ(by_crb(&bench, startup, sizeof(startup)), 0x101);
    EXPECT(strstr(bench.log, "the TPM is in failure mode: no response"));
    cairn_destroy(bench.machine);
}
