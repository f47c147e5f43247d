/* SPDX-License-Identifier: Apache-2.0 */
/* The rights that options leave a session: a process for each row gives up the
 * others, tries a file, and says how many calls the kernel lets through. */
#include "session/sandbox.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/vsock.h"
#include "base/bits.h"
#include "host/keeper.h"
#include "host/sandbox.h"
#include "tests/harness.h"

enum { MANY = 100 };

#define HERE  "session/module.mk"
#define PEERS (SANDBOX_PEERS | SANDBOX_KEEPER)

/* Left behind by a process that ended. */
struct outcome {
    char text[128];
    bool kept;    /* the keeper has the row's file */
    bool opens;   /* the row's file is still read, */
    bool another; /* and one that no row names */
    bool itself;  /* and /proc/self */
};

static bool can_read(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0;
}

static struct outcome *share_outcome(void)
{
    void *made = mmap(NULL, sizeof(struct outcome), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (made == MAP_FAILED) {
        abort();
    }
    return made;
}

static void await(pid_t child)
{
    int status = 0;

    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

/* The report with these calls and no session. */
static void describe(unsigned calls, char *text, size_t size)
{
    struct outcome *outcome = share_outcome();
    pid_t child = fork();

    if (child == 0) {
        struct sandbox sandbox = {.calls = calls};
        sandbox_enter(&sandbox);
        sandbox_describe(&sandbox, outcome->text, sizeof(outcome->text));
        _exit(0);
    }
    await(child);
    snprintf(text, size, "%s", outcome->text);
    munmap(outcome, sizeof(*outcome));
}

static struct outcome enter(const struct session_options *options,
                            const char *kernel, const char *path,
                            const char *kept, enum keeper_use use)
{
    struct outcome *shared = share_outcome();
    pid_t child = fork();

    if (child == 0) {
        struct session_error error = {0};
        if (session_sandbox_prepare(options, &error) != 0) {
            _exit(1);
        }
        session_sandbox_enter(options, kernel, shared->text,
                              sizeof(shared->text));
        shared->kept = kept && keeper_find(kept, use) >= 0;
        shared->opens = path && can_read(path);
        shared->another = can_read("README.md");
        shared->itself = can_read("/proc/self/status");
        _exit(0);
    }
    await(child);
    struct outcome outcome = *shared;
    munmap(shared, sizeof(*shared));
    return outcome;
}

static const struct session_disk disk;
static const struct session_share shares[] = {
    {.share = {.path = "tests", .read_only = true}},
    {.share = {.path = "session"}},
};
static const struct session_serial serials[] = {
    {.backend = "loopback"},
    {.backend = "unix:/tmp/cairn-sandbox-serial"},
};
static const struct session_net nets[] = {
    {.backend = "none"},
    {.backend = "user,tftp=session"},
    {.backend = "socket,listen=unix:/tmp/cairn-sandbox-net"},
    {.backend = "dgram,local=unix:/tmp/cairn-sandbox-net,remote=unix:/tmp/x"},
    {.backend = "dgram,local=127.0.0.1:1,remote=127.0.0.1:2"},
    {.backend = "switch,path=/tmp/cairn-sandbox-net"},
};
static const char *const paths[] = {"tests", "session"};
static const struct session_target targets[] = {
    {"log",    "/tmp/cairn-sandbox-log",    FILE_IN_PLACE},
    {"report", "/tmp/cairn-sandbox-report", FILE_REPLACED},
};

#define NET(n) .nets = &nets[n], .net_count = 1

TEST(options_leave_their_files_and_calls)
{
    static const struct {
        const char *what;
        struct session_options options;
        uint64_t calls;
        const char *path; /* that is read then, or NULL */
        const char *kept; /* by the keeper, or NULL */
        enum keeper_use use;
    } rows[] = {
        {"nothing",     {.rom = HERE},                                 0,               NULL,        NULL,                     0              },
        {"kernel",      {.kernel = HERE},                              0,               HERE,        NULL,                     0              },
        {"initrd",      {.initrd = HERE},                              0,               HERE,        NULL,                     0              },
        {"restore",     {.restore = HERE},                             0,               HERE,        NULL,                     0              },
        {"agent",       {.agent = "session/x"},                        0,               HERE,        NULL,                     0              },
        {"agent here",  {.agent = "x"},                                0,               "README.md", NULL,                     0              },
        {"agent at /",  {.agent = "/x"},                               0,               "README.md", NULL,                     0              },
        {"guest",       {.guest = "x"},                                0,               HERE,        NULL,                     0              },
        {"semihosting",
         {.semihosting_folder = "session"},
         SANDBOX_CHANGES,                                                               HERE,
         NULL,                                                                                                                 0              },
        {"flash",
         {.flash = "/tmp/x"},
         SANDBOX_KEEPER,                                                                NULL,
         "/tmp/x",                                                                                                             KEEPER_REPLACED},
        {"debugger",    {.gdb = "localhost:1"},                        SANDBOX_PEERS,   NULL,        NULL,                     0              },
        {"its socket",
         {.gdb = "unix:/tmp/x"},
         PEERS,                                                                         NULL,
         "/tmp/x",                                                                                                             KEEPER_SOCKET  },
        {"parallel",    {.parallel = true},                            SANDBOX_THREADS, NULL,        NULL,                     0              },
        {"disk",
         {.disks = &disk, .disk_count = 1},
         SANDBOX_THREADS,                                                               NULL,
         NULL,                                                                                                                 0              },
        {"rng",         {.rng = {.source = "seeded"}},                 SANDBOX_THREADS, NULL,        NULL,                     0              },
        {"TPM",
         {.tpm = "x"},
         SANDBOX_THREADS | SANDBOX_PEERS | SANDBOX_STARTED,
         NULL,                                                                                       NULL,
         0                                                                                                                                    },
        {"vsock",
         {.vsock = {.path = "/tmp/x"}},
         PEERS,                                                                         NULL,
         "/tmp/x",                                                                                                             KEEPER_SOCKET  },
        {"packets",
         {.vsock = {.path = "/tmp/x"}},
         PEERS,                                                                         NULL,
         "/tmp/x" VSOCK_PACKETS_SUFFIX,
         KEEPER_SOCKET                                                                                                                        },
        {"server",      {.serves = "/tmp/x"},                          PEERS,           NULL,        "/tmp/x",                 KEEPER_SOCKET  },
        {"share",
         {.shares = shares, .share_count = 1},
         SANDBOX_THREADS | SANDBOX_FOLDERS,
         "tests/harness.h",                                                                          NULL,
         0                                                                                                                                    },
        {"shares",
         {.shares = shares, .share_count = 2},
         SANDBOX_THREADS | SANDBOX_FOLDERS | SANDBOX_CHANGES | SANDBOX_KEEPER,
         HERE,                                                                                       "session",
         KEEPER_FOLDER                                                                                                                        },
        {"loopback",    {.serials = serials, .serial_count = 1},       0,               NULL,        NULL,                     0              },
        {"serial",
         {.serials = serials, .serial_count = 2},
         PEERS,                                                                         NULL,
         "/tmp/cairn-sandbox-serial",                                                                                          KEEPER_SOCKET  },
        {"no network",  {NET(0)},                                      0,               NULL,        NULL,                     0              },
        {"network",     {NET(1)},                                      SANDBOX_NETWORK, HERE,        NULL,                     0              },
        {"socket",
         {NET(2)},
         PEERS,                                                                         NULL,
         "/tmp/cairn-sandbox-net",                                                                                             KEEPER_SOCKET  },
        {"datagrams",
         {NET(3)},
         PEERS | SANDBOX_DATAGRAMS,
         NULL,                                                                                       "/tmp/cairn-sandbox-net",
         KEEPER_SOCKET                                                                                                                        },
        {"UDP",         {NET(4)},                                      SANDBOX_PEERS,   NULL,        NULL,                     0              },
        {"switch",
         {NET(5)},
         PEERS,                                                                         NULL,
         "/tmp/cairn-sandbox-net",                                                                                             KEEPER_SOCKET  },
        {"replay",
         {.nets = nets, .net_count = ARRAY_SIZE(nets), .replay = "x"},
         0,                                                                             NULL,
         NULL,                                                                                                                 0              },
        {"folders",     {.folders = paths, .folder_count = 2},         0,               HERE,        NULL,                     0              },
        {"profiles",
         {.profiles = paths, .profile_count = 2},
         SANDBOX_KEEPER,                                                                NULL,
         "session",                                                                                                            KEEPER_REPLACED},
        {"ledgers",
         {.powers = paths, .power_count = 2},
         SANDBOX_KEEPER,                                                                NULL,
         "session",                                                                                                            KEEPER_REPLACED},
        {"log",         {.targets = targets, .target_count = 1},       0,               NULL,        NULL,                     0              },
        {"report",
         {.targets = targets, .target_count = 2},
         SANDBOX_KEEPER,                                                                NULL,
         "/tmp/cairn-sandbox-report",                                                                                          KEEPER_REPLACED},
    };
    const bool confined = sandbox_landlock() > 0;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const bool all = rows[i].path && strcmp(rows[i].path, "README.md") == 0;
        char expected[128];
        test_case("%s", rows[i].what);
        describe((unsigned)rows[i].calls, expected, sizeof(expected));
        struct outcome outcome = enter(&rows[i].options, HERE, rows[i].path,
                                       rows[i].kept, rows[i].use);
        EXPECT_STR(outcome.text, expected);
        EXPECT_EQ(outcome.kept, rows[i].kept != NULL);
        EXPECT_EQ(outcome.opens, rows[i].path != NULL);
        EXPECT(outcome.itself);
        EXPECT_EQ(outcome.another,
                  all || !confined || !strstr(expected, "Landlock"));
    }
}

/* A guest that was not found has no folder. */
TEST(a_guest_without_a_folder_leaves_none)
{
    const struct session_options options = {.guest = "x"};
    struct outcome outcome = enter(&options, NULL, NULL, NULL, KEEPER_SOCKET);

    EXPECT(outcome.itself);
}

/* There is room for all that may be given many times. */
TEST(places_have_no_number)
{
    static const char *many[MANY];
    static struct session_serial sockets[MANY];
    static struct session_net networks[MANY];
    static struct session_share folders[MANY];
    static struct session_target files[MANY];
    const struct session_options options = {
        .folders = many,
        .folder_count = MANY,
        .serials = sockets,
        .serial_count = MANY,
        .nets = networks,
        .net_count = MANY,
        .shares = folders,
        .share_count = MANY,
        .profiles = many,
        .profile_count = MANY,
        .powers = many,
        .power_count = MANY,
        .targets = files,
        .target_count = MANY,
    };

    for (size_t i = 0; i < MANY; i++) {
        many[i] = HERE;
        sockets[i] = serials[1];
        networks[i] = nets[1];
        folders[i] = shares[1];
        files[i] = targets[1];
    }
    struct outcome outcome =
        enter(&options, NULL, HERE, targets[1].path, KEEPER_REPLACED);
    EXPECT(outcome.kept && outcome.opens);
}
