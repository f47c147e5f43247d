/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Code that a guest has planted in the process tries all that the table of
 * capabilities names, under every option that widens the sandbox, on kernels
 * with and without Landlock and filters of calls; what it could do is what the
 * table says, no more and no less.
 *
 * The program is the product's with one device more (tests/planted/devices.c),
 * whose register does on the host what a guest asks for. A filter that is
 * entered before the program starts makes the kernel one without a feature.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "host/sandbox.h"
#include "host/sandbox_capabilities.h"
#include "tests/harness.h"

enum { MOST = 128 };

/* The roles of whoever makes the accesses to the register. */
enum role { GUEST, GUEST_IN_FOLDER, AGENT, CLIENT };

static const char *const commands[] = {
    [GUEST] = "run virt --with=planted.dtso --quiet --kernel=guest",
    [GUEST_IN_FOLDER] = "run virt --with=planted.dtso --quiet --guest=beside",
    [AGENT] = "run caliptra-1.1 --with=core.dtso --quiet",
    [CLIENT] =
        "serve rot caliptra-1.1 --with=core.dtso --quiet "
        "--until=reset --socket=served",
};

static const struct widening {
    const char *name;
    const char *words;
    unsigned grants;
    enum role role;
} widenings[] = {
#define WIDENING(role, words, name, grants) {name, words, grants, role},
#include "tests/planted/widenings.def"
#undef WIDENING
};

/* ---- The run ------------------------------------------------------------- */

static char folder[] = "/tmp/planted-test-XXXXXX";
static char program[512];

/* Makes calls of this number fail from now on, as kernels do that lack them. */
static void lack(uint32_t number, int code)
{
    const struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)code),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog all = {ARRAY_SIZE(filter),
                                   (void *)(uintptr_t)filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &all) != 0) {
        _exit(126);
    }
}

/* An image for Linux' boot protocol that writes the numbers from `first` on
 * into the register, and turns the machine off (PSCI 1.1, 5.10). */
static void write_guest(const char *name, unsigned first)
{
    uint32_t image[32] = {
        [0] = 0x14000010, /* b 64 bytes on */
        [4] = 128,        /* of this image */
        [14] = 0x644d5241,
        [16] = 0xd2a12200,              /* mov x0, 0x9100000 */
        [17] = 0x52800001 | first << 5, /* mov w1, first */
        [18] = 0xb9000001,              /* str w1, [x0] */
        [19] = 0x11000421,              /* add w1, w1, 1 */
        [20] = 0x7100003f | (uint32_t)sandbox_capability_count
                                << 10, /* cmp w1, their number */
        [21] = 0x54ffffa3,             /* b.lo -12 */
        [22] = 0x52b08000,             /* mov w0, SYSTEM_OFF */
        [23] = 0x72800100,
        [24] = 0xd4000002, /* hvc 0 */
        [25] = 0x14000000, /* b . */
    };
    OWNED(free_at) char *path = xasprintf("%s/%s", folder, name);
    REQUIRE(file_write(path, image, sizeof(image), NULL) == 0);
}

/* Among the registers of a Caliptra core that the SoC sees. */
#define CORE_REGISTER 0x30022000u

/* The same as an agent's script. */
static void write_script(unsigned first)
{
    OWNED(buffer_fini) struct buffer text = {0};
    OWNED(free_at) char *path = xasprintf("%s/beside/script", folder);
    buffer_print(&text,
                 "power\nline soc_ifc.cptra_pwrgood 1\n"
                 "line soc_ifc.cptra_rst_b 1\n");
    for (unsigned i = first; i < sandbox_capability_count; i++) {
        buffer_print(&text, "write 0x%x %u\n", CORE_REGISTER, i);
    }
    REQUIRE(file_write(path, text.bytes, text.size, NULL) == 0);
}

static void start(const struct widening *widening, bool files, bool calls,
                  int out)
{
    char *line = xasprintf("%s %s %s", program, commands[widening->role],
                           widening->words);
    char *rest = NULL;
    char *argv[16] = {strtok_r(line, " ", &rest)};
    for (size_t i = 1; i < ARRAY_SIZE(argv) - 1; i++) {
        argv[i] = strtok_r(NULL, " ", &rest);
    }
    int null = open("/dev/null", O_RDWR);
    if (chdir(folder) != 0) {
        _exit(126);
    }
    dup2(null, 0);
    dup2(null, 1);
    dup2(out, 2);
    if (!files) {
        lack(SYS_landlock_create_ruleset, ENOSYS);
    }
    if (!calls) {
        lack(SYS_seccomp, EINVAL);
    }
    execv(program, argv);
    _exit(126);
}

/* A stream to a socket that the program will make. */
static int connect_to(const char *socket_name)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    (void)snprintf(name.sun_path, sizeof(name.sun_path), "%s/%s", folder,
                   socket_name);
    while (connect(fd, (const struct sockaddr *)&name, sizeof(name)) != 0) {
        (void)poll(NULL, 0, 1);
    }
    return fd;
}

/* Lets the guest go, as a debugger does, and leaves when it stops. */
static void debug(void)
{
    char bytes[1];
    int fd = connect_to("debugger");
    (void)!write(fd, "+$c#63", 6);
    while (read(fd, bytes, 1) > 0 && bytes[0] != '$') {
    }
}

/* Writes the numbers into the register (cairn-rot-protocol(7), CPTR), and ends
 * the server when all of it is acknowledged. */
static void ask(unsigned first, pid_t server)
{
    char reply[12];
    int fd = connect_to("served");
    while (first < sandbox_capability_count) {
        const uint32_t frame[] = {0x43505452, 5 << 16 | 1, 8, CORE_REGISTER,
                                  first++};
        if (send(fd, frame, sizeof(frame), MSG_NOSIGNAL) != sizeof(frame) ||
            recv(fd, reply, sizeof(reply), MSG_WAITALL) != sizeof(reply)) {
            return;
        }
    }
    kill(server, SIGTERM);
}

/* The process at the other end of a socket, or -1. */
static pid_t start_visitor(const struct widening *widening, unsigned first,
                           pid_t visited, int out)
{
    bool debugs = strncmp(widening->words, "--gdb", 5) == 0;
    pid_t child = debugs || widening->role == CLIENT ? fork() : -1;
    if (child == 0) {
        close(out);
        if (debugs) {
            debug();
        } else {
            ask(first, visited);
        }
        _exit(0);
    }
    return child;
}

/* Up to the end, what was printed. */
static int run(const struct widening *widening, unsigned first, bool files,
               bool calls, struct buffer *printed)
{
    int ends[2];
    int status = 0;
    char bytes[4096];
    ssize_t size;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return -1;
    }
    pid_t child = fork();
    if (child == 0) {
        start(widening, files, calls, ends[1]);
    }
    close(ends[1]);
    pid_t visitor = start_visitor(widening, first, child, ends[0]);
    buffer_clear(printed);
    while ((size = read(ends[0], bytes, sizeof(bytes))) > 0) {
        buffer_append(printed, bytes, (size_t)size);
    }
    close(ends[0]);
    waitpid(child, &status, 0);
    if (visitor > 0) {
        kill(visitor, SIGKILL);
        waitpid(visitor, NULL, 0);
    }
    return status;
}

/* ---- The answers --------------------------------------------------------- */

enum { UNTRIED = -2, KILLED = -1 };

/* 0, an errno value, KILLED or UNTRIED. */
static int answer_of(const struct buffer *printed, const char *name)
{
    char *line = xasprintf("planted %s\n", name);
    char *answer = xasprintf("planted %s ", name);
    const char *text = buffer_text(printed);
    const char *found = strstr(text, answer);
    int code = found ? (int)strtol(found + strlen(answer), NULL, 10)
               : strstr(text, line) ? KILLED
                                    : UNTRIED;
    free(line);
    free(answer);
    return code;
}

/* The program says so itself if the overlay is not confined either. */
static const char notice[] = ".dtso' can read any file while dtc compiles it\n";

/* Restores what attempts change. */
static void prepare(void)
{
    char *line = xasprintf(
        "cd %s && rm -rf outside project shared readonly beside console vsock*"
        " here debugger tpm served &&"
        " mkdir -p outside project/hooks shared readonly beside &&"
        " echo 1 >outside/file && echo 1 >outside/move &&"
        " echo 1 >outside/remove && echo none >outside/program &&"
        " chmod 755 outside/program && ln -s file outside/link &&"
        " echo 1 >project/hooks/old && echo 1 >shared/file &&"
        " echo 1 >readonly/file && echo 1 >beside/file",
        folder);
    REQUIRE(system(line) == 0);
    free(line);
    line = xasprintf("%s/outside/file", folder);
    (void)setxattr(line, "user.mark", "1", 1, 0);
    (void)setxattr(line, "user.gone", "1", 1, 0);
    free(line);
}

/* The socket to which planted code sends datagrams. */
static int mailbox = -1;

static void empty_mailbox(void)
{
    char byte;
    while (recv(mailbox, &byte, 1, MSG_DONTWAIT) > 0) {
    }
}

/* Each run makes its TPM anew. */
static void forget_tpm(void)
{
    OWNED(free_at) char *line = xasprintf("rm -rf %s/tpm", folder);
    REQUIRE(system(line) == 0);
}

static bool try_all(const struct widening *widening, bool files, bool calls,
                    int answers[MOST])
{
    struct buffer printed = {0};
    unsigned first = 0;
    bool good = true;
    prepare();
    for (unsigned i = 0; i < sandbox_capability_count; i++) {
        answers[i] = UNTRIED;
    }
    while (good && first < sandbox_capability_count) {
        unsigned before = first;
        forget_tpm();
        empty_mailbox();
        write_guest("guest", first);
        write_guest("beside/kernel", first);
        write_script(first);
        (void)run(widening, first, files, calls, &printed);
        while (first < sandbox_capability_count) {
            answers[first] =
                answer_of(&printed, sandbox_capabilities[first].name);
            if (answers[first] == UNTRIED) {
                break;
            }
            first++;
        }
        good = first > before &&
               files == (strstr(buffer_text(&printed), notice) == NULL);
    }
    if (!good) {
        printf("%s\n", buffer_text(&printed));
    }
    buffer_fini(&printed);
    return good;
}

/* ---- The table ----------------------------------------------------------- */

static void compare(const struct widening *widening, int version, bool calls,
                    const int answers[MOST])
{
    for (unsigned i = 0; i < sandbox_capability_count; i++) {
        const struct sandbox_capability *row = &sandbox_capabilities[i];
        bool files = version >= row->since;
        bool could = (!calls || sandbox_lets(row->calls, widening->grants)) &&
                     (!files || sandbox_lets(row->files, widening->grants));
        test_case("%s, %s, %s: %s (%d)", widening->name,
                  version > 0 ? "Landlock" : "no Landlock",
                  calls ? "seccomp" : "no seccomp", row->name, answers[i]);
        if (!could || row->needs == SANDBOX_PLAIN_USER) {
            EXPECT_EQ(answers[i] == 0, could);
        }
    }
}

/* NOLINTBEGIN(readability-identifier-naming): theirs */
extern void __asan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));
extern void __gcov_exit(void) __attribute__((weak));
/* NOLINTEND(readability-identifier-naming) */

static void set_up_mailbox(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    char number[16];
    static int unnamed;

    unnamed = socket(AF_UNIX, SOCK_DGRAM, 0);
    mailbox = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    (void)snprintf(name.sun_path, sizeof(name.sun_path), "%s/mailbox", folder);
    REQUIRE(bind(mailbox, (const struct sockaddr *)&name, sizeof(name)) == 0);
    snprintf(number, sizeof(number), "%d", unnamed);
    setenv("PLANTED_SOCKET", number, 1);
}

static void write_overlay(const char *name, const char *bus, const char *reg,
                          unsigned address)
{
    OWNED(buffer_fini) struct buffer text = {0};
    OWNED(free_at) char *path = xasprintf("%s/%s", folder, name);
    buffer_print(&text,
                 "/dts-v1/;\n/plugin/;\n&%s {\n    planted@%x {\n"
                 "        compatible = \"cairn,test-planted\";\n"
                 "        reg = <%s>;\n    };\n};\n",
                 bus, address, reg);
    REQUIRE(file_write(path, text.bytes, text.size, NULL) == 0);
}

static void set_up(int pipe_end)
{
    char *disk = xasprintf("%s/disk.img", folder);
    char number[16];
    write_overlay("planted.dtso", "bus", "0x0 0x09100000 0x0 0x1000",
                  0x9100000);
    write_overlay("core.dtso", "core", "0x30022000 0x1000", CORE_REGISTER);
    REQUIRE(file_write(disk, "", 0, NULL) == 0 && truncate(disk, 65536) == 0);
    free(disk);
    setenv("PLANTED_FOLDER", folder, 1);
    snprintf(number, sizeof(number), "%d", (int)getpid());
    setenv("PLANTED_PROCESS", number, 1);
    snprintf(number, sizeof(number), "%d", pipe_end);
    setenv("PLANTED_PIPE", number, 1);
    set_up_mailbox();
}

TEST(planted_code_can_do_what_the_table_says)
{
    if (__asan_init || __tsan_init || __gcov_exit) {
        SKIP("instrumented programs have a wider sandbox");
    }
    const char *out = getenv("OUT");
    int ends[2];
    REQUIRE(sandbox_capability_count <= MOST);
    REQUIRE(pipe(ends) == 0 && mkdtemp(folder) != NULL);
    snprintf(program, sizeof(program), "%s/planted",
             out ? out : "build/out/release");
    char *full = realpath(program, NULL);
    REQUIRE(full != NULL);
    snprintf(program, sizeof(program), "%s", full);
    free(full);
    set_up(ends[0]);
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
                           LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) {
        printf("this kernel has no Landlock: half of the cases are left out\n");
    }
    for (unsigned kernel = 0; kernel < 4; kernel++) {
        bool files = (kernel & 1) == 0;
        bool calls = (kernel & 2) == 0;
        for (size_t i = 0; i < ARRAY_SIZE(widenings); i++) {
            int answers[MOST];
            if (files && version < 1) {
                continue;
            }
            /* swtpm does not start where it cannot filter its own calls. */
            if (widenings[i].grants & SANDBOX_STARTED &&
                (!calls || access("/usr/bin/swtpm", X_OK) != 0)) {
                continue;
            }
            test_case("%s", widenings[i].name);
            if (EXPECT(try_all(&widenings[i], files, calls, answers))) {
                compare(&widenings[i], files ? (int)version : 0,
                        calls && sandbox_count(0) != 0, answers);
            }
        }
    }
    OWNED(free_at) char *clean = xasprintf("rm -r %s", folder);
    EXPECT_EQ(system(clean), 0);
}
