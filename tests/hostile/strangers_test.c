/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of files that strangers hand to `cairn`, by the program itself. Beside
 * the box where it works lie a canary, which nothing may open, and a folder
 * that nothing may change; inotify(7) watches both, and all that is printed or
 * written is searched for what the canary says.
 *
 * CAIRN_HOSTILE_CASES of each kind (3), from CAIRN_HOSTILE_SEED (1) on;
 * CAIRN_HOSTILE_KIND is one of the kinds alone; CAIRN_HOSTILE_PROGRAMS, by
 * default the build's own, each get the same cases. A failure says how to have
 * it again.
 */
#include "tests/hostile/strangers.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/hash.h"
#include "host/file.h"
#include "host/time.h"
#include "tests/harness.h"

enum {
    CASES = 3,
    PATIENCE_S = 60, /* far more than a case takes */
    PROGRAMS = 2,
    SEEN_MAX = 4 << 20, /* of an output */
    NOT_STARTED = 126,  /* status of a child that is not the program */
    UNDECIDED = 3,      /* the highest status of a command that ended well */
};

static const char secret[] = "the canary sings 7f1c";

/* ---- The box and what is around it --------------------------------------- */

struct cage {
    char root[40];
    char *canary;
    char *in;
    char *out;
    char *box;
    char *printed;
    int notices;
    char *programs[PROGRAMS];
    size_t program_count;
};

static char *join(const struct cage *cage, const char *name)
{
    return xasprintf("%s/%s", cage->root, name);
}

static bool make_folder(const struct cage *cage, const char *name)
{
    char *path = join(cage, name);
    bool good = mkdir(path, 0700) == 0;
    free(path);
    return good;
}

static bool make_file(const struct cage *cage, const char *name)
{
    char *path = join(cage, name);
    bool good = file_write(path, secret, sizeof(secret) - 1, NULL) == 0;
    free(path);
    return good;
}

static void watch(const struct cage *cage, const char *name, uint32_t mask)
{
    OWNED(free_at) char *path = join(cage, name);
    EXPECT(inotify_add_watch(cage->notices, path, mask) >= 0);
}

static void find_programs(struct cage *cage)
{
    const char *given = getenv("CAIRN_HOSTILE_PROGRAMS");
    const char *out = getenv("OUT");
    OWNED(free_at)
    char *list = given ? xstrdup(given)
                       : xasprintf("%s/cairn", out ? out : "build/out/release");
    for (char *save = NULL, *word = strtok_r(list, " ", &save);
         word && cage->program_count < PROGRAMS;
         word = strtok_r(NULL, " ", &save)) {
        cage->programs[cage->program_count] = realpath(word, NULL);
        cage->program_count += cage->programs[cage->program_count] != NULL;
    }
}

static bool enter(struct cage *cage)
{
    *cage = (struct cage){.root = "/tmp/cairn-strangers-XXXXXX"};
    if (!mkdtemp(cage->root) || !make_folder(cage, "canary") ||
        !make_folder(cage, "other") || !make_folder(cage, "box") ||
        !make_folder(cage, "box/in") || !make_folder(cage, "box/out") ||
        !make_file(cage, "canary/secret") || !make_file(cage, "other/file")) {
        return false;
    }
    cage->canary = join(cage, "canary/secret");
    cage->box = join(cage, "box");
    cage->in = join(cage, "box/in");
    cage->out = join(cage, "box/out");
    cage->printed = join(cage, "printed");
    find_programs(cage);
    cage->notices = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    return cage->notices >= 0 && cage->program_count != 0;
}

/* From now on every event is reported. */
static void watch_all(const struct cage *cage)
{
    static const uint32_t changes = IN_MODIFY | IN_CREATE | IN_DELETE |
                                    IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB;
    watch(cage, "canary/secret", changes | IN_OPEN | IN_ACCESS);
    watch(cage, "canary", changes);
    watch(cage, "other", changes);
    watch(cage, "box", changes & ~(uint32_t)IN_ATTRIB);
}

static bool is_quiet(const struct cage *cage)
{
    char events[4096];
    bool quiet = true;
    while (read(cage->notices, events, sizeof(events)) > 0) {
        quiet = false;
    }
    return quiet;
}

static void clear(const char *folder)
{
    char *command = xasprintf("rm -rf %s && mkdir %s", folder, folder);
    EXPECT_EQ(system(command), 0);
    free(command);
}

static void leave(struct cage *cage)
{
    char *command = xasprintf("rm -rf %s", cage->root);
    EXPECT_EQ(system(command), 0);
    free(command);
    for (size_t i = 0; i < cage->program_count; i++) {
        free(cage->programs[i]);
    }
    free(cage->canary);
    free(cage->box);
    free(cage->in);
    free(cage->out);
    free(cage->printed);
    close(cage->notices);
}

/* ---- A case -------------------------------------------------------------- */

/* In the child: the program with its words, in the box, printing into a file.
 */
static void become(const struct cage *cage, const char *program,
                   const struct stranger *stranger)
{
    char *words[ARRAY_SIZE(stranger->words) + 2] = {xstrdup(program)};
    const struct rlimit none = {0, 0};
    for (unsigned i = 0; i < stranger->word_count; i++) {
        words[i + 1] = stranger->words[i];
    }
    int in = open("/dev/null", O_RDONLY);
    int out = open(cage->printed, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    setrlimit(RLIMIT_CORE, &none);
    if (chdir(cage->box) == 0 && dup2(in, 0) == 0 && dup2(out, 1) == 1 &&
        dup2(out, 2) == 2) {
        execv(program, words);
    }
    _exit(NOT_STARTED);
}

/* The debugger: sends all of its packets as soon as the program listens. */
static void talk(const struct cage *cage, const struct stranger *stranger,
                 pid_t program)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    const struct timespec moment = {.tv_nsec = 2000000};
    snprintf(name.sun_path, sizeof(name.sun_path), "%s/socket", cage->out);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    siginfo_t ended = {0};
    while (connect(fd, (struct sockaddr *)&name, sizeof(name)) != 0 &&
           waitid(P_PID, (id_t)program, &ended, WEXITED | WNOHANG | WNOWAIT) ==
               0 &&
           ended.si_pid == 0) {
        nanosleep(&moment, NULL);
    }
    for (size_t sent = 0; sent < stranger->wire.size;) {
        char answers[4096];
        ssize_t now =
            send(fd, stranger->wire.bytes + sent, stranger->wire.size - sent,
                 MSG_NOSIGNAL | MSG_DONTWAIT);
        while (recv(fd, answers, sizeof(answers), MSG_DONTWAIT) > 0) {
        }
        if (now < 0 && errno != EAGAIN) {
            break;
        }
        sent += now > 0 ? (size_t)now : 0;
    }
    shutdown(fd, SHUT_WR);
    struct pollfd end = {.fd = fd, .events = POLLIN};
    char answers[4096];
    while (poll(&end, 1, 500) > 0 &&
           recv(fd, answers, sizeof(answers), 0) > 0) {
    }
    close(fd);
}

/* Its status, or -1 after it had to be ended. */
static int wait_for(pid_t program)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    uint64_t end = host_time_ns() + PATIENCE_S * 1000000000ull;
    int status = 0;
    while (waitpid(program, &status, WNOHANG) == 0) {
        if (host_time_ns() > end) {
            kill(program, SIGKILL);
            waitpid(program, &status, 0);
            return -1;
        }
        nanosleep(&moment, NULL);
    }
    return status;
}

/* True if a file has one of the words; what is not there has none. */
static bool holds(const char *path, const char *const *words)
{
    struct stat there;
    struct buffer bytes = {0};
    bool found = false;
    if (stat(path, &there) == 0 && S_ISREG(there.st_mode) &&
        file_read(path, SEEN_MAX, &bytes, NULL) == 0) {
        for (; *words && bytes.size; words++) {
            found = found || memmem(bytes.bytes, bytes.size, *words,
                                    strlen(*words)) != NULL;
        }
    }
    buffer_fini(&bytes);
    return found;
}

static const char *const said_by_canary[] = {secret, NULL};
static bool sings;

static int search(const char *path, const struct stat *there, int flag,
                  struct FTW *walk)
{
    sings = sings || (flag == FTW_F && holds(path, said_by_canary));
    return 0;
}

/* The fault of a run, or NULL. */
static const char *judge(const struct cage *cage, int status)
{
    static const char *const faults[] = {
        "Sanitizer",     "runtime error:",           "Assertion `",
        "sandbox: call", "terminate called without", NULL};
    sings = holds(cage->printed, said_by_canary);
    nftw(cage->out, search, 8, FTW_PHYS);
    if (status == -1) {
        return "it did not end";
    }
    if (WIFSIGNALED(status)) {
        return WTERMSIG(status) == SIGSYS ? "a call was refused"
                                          : "it ended by a signal";
    }
    if (WEXITSTATUS(status) > UNDECIDED) {
        return WEXITSTATUS(status) == NOT_STARTED
                   ? "it was not started"
                   : "its status is none of 0 to 3";
    }
    if (holds(cage->printed, faults)) {
        return "a sanitizer or the sandbox complained";
    }
    if (sings) {
        return "the canary was read";
    }
    return is_quiet(cage) ? NULL : "the canary or a file was touched";
}

static void show(const char *path)
{
    OWNED(buffer_fini) struct buffer text = {0};
    if (file_read(path, SEEN_MAX, &text, NULL) == 0 && text.size) {
        size_t from = text.size > 4000 ? text.size - 4000 : 0;
        fprintf(stderr, "%s\n", buffer_text(&text) + from);
    }
}

static void print_words(const struct stranger *stranger)
{
    fprintf(stderr, "  cairn");
    for (unsigned i = 0; i < stranger->word_count; i++) {
        fprintf(stderr, " %s", stranger->words[i]);
    }
    fprintf(stderr, "\n");
}

/* The case's files, and a way out among them. */
static bool prepare(const struct cage *cage, const struct stranger_kind *kind,
                    uint64_t seed, struct stranger *stranger)
{
    char *link = xasprintf("%s/link", cage->in);
    char *up = xasprintf("%s/up", cage->in);
    clear(cage->in);
    bool good = symlink("../../canary/secret", link) == 0 &&
                symlink("../../canary", up) == 0;
    *stranger = (struct stranger){
        .chance = seed, .canary = cage->canary, .folder = cage->in};
    free(link);
    free(up);
    return good && kind->make(stranger);
}

static void try_case(const struct cage *cage, const char *program,
                     const struct stranger_kind *kind,
                     const struct stranger *stranger, uint64_t seed)
{
    clear(cage->out);
    watch(cage, "box/in", IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVE);
    (void)is_quiet(cage);
    pid_t child = fork();
    if (child == 0) {
        become(cage, program, stranger);
    }
    if (stranger->wire.size) {
        talk(cage, stranger, child);
    }
    const char *fault = judge(cage, wait_for(child));
    test_case("%s", kind->name);
    if (!EXPECT(fault == NULL)) {
        fprintf(stderr,
                "  %s: make check-hostile KIND=%s SEED=%llu CASES=1, by %s\n",
                fault, kind->name, (unsigned long long)seed, program);
        print_words(stranger);
        show(cage->printed);
    }
}

static uint64_t number(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

static void try_kind(const struct cage *cage, const struct stranger_kind *kind)
{
    uint64_t seed = number("CAIRN_HOSTILE_SEED", 1);
    uint64_t count = number("CAIRN_HOSTILE_CASES", CASES);
    for (uint64_t i = 0; i < count; i++) {
        OWNED(stranger_fini) struct stranger stranger = {0};
        const unsigned long long now = seed + i;
        bool made = prepare(cage, kind, now, &stranger);
        test_case("%s, seed %llu", kind->name, now);
        EXPECT(made);
        for (size_t p = 0; made && p < cage->program_count; p++) {
            try_case(cage, cage->programs[p], kind, &stranger, now);
        }
    }
}

/* ---- All of them --------------------------------------------------------- */

static uint64_t listed;

/* Folders have no times here: listing them is an access. */
static int list_one(const char *path, const struct stat *there, int flag,
                    struct FTW *walk)
{
    if (!strstr(path, "/box/") && !strstr(path, "/printed")) {
        char *line =
            xasprintf("%s %lld %ld.%ld", path,
                      S_ISREG(there->st_mode) ? (long long)there->st_size : 0,
                      S_ISREG(there->st_mode) ? there->st_atim.tv_sec : 0,
                      S_ISREG(there->st_mode) ? there->st_atim.tv_nsec : 0);
        listed += hash64(0, line, strlen(line));
        free(line);
    }
    return 0;
}

FIXTURE(struct cage, cage, leave)
FIXTURE_BEGIN(cage, REQUIRE(enter(cage)))

TEST_ON(strangers_get_nowhere, cage)
{
    const char *only = getenv("CAIRN_HOSTILE_KIND");
    watch_all(cage);
    nftw(cage->root, list_one, 8, FTW_PHYS);
    uint64_t before = listed;
    for (unsigned i = 0; i < stranger_kind_count; i++) {
        if (!only || !*only || strcmp(only, stranger_kinds[i].name) == 0) {
            try_kind(cage, &stranger_kinds[i]);
        }
    }
    listed = 0;
    nftw(cage->root, list_one, 8, FTW_PHYS);
    EXPECT_EQ(listed, before);
}

/* Or the test above would prove nothing. */
TEST_ON(the_cage_notices_what_gets_out, cage)
{
    char name[] = "../../canary/secret";
    watch_all(cage);
    struct stranger stranger = {.canary = cage->canary, .folder = cage->in};
    char *words[] = {xstrdup("run"), xstrdup("--agent=in/script"),
                     xstrdup("--no-sandbox")};
    char *script = xasprintf("%s/script", cage->in);
    char *text = xasprintf("fuses %s\n", name);
    memcpy(stranger.words, words, sizeof(words));
    stranger.word_count = ARRAY_SIZE(words);
    EXPECT_EQ(file_write(script, text, strlen(text), NULL), 0);
    (void)is_quiet(cage);
    pid_t child = fork();
    if (child == 0) {
        become(cage, cage->programs[0], &stranger);
    }
    const char *fault = judge(cage, wait_for(child));
    EXPECT_STR(fault ? fault : "none", "the canary or a file was touched");
    EXPECT_EQ(file_write(cage->printed, secret, sizeof(secret) - 1, NULL), 0);
    fault = judge(cage, 0);
    EXPECT_STR(fault ? fault : "none", "the canary was read");
    fault = judge(cage, SIGSEGV);
    EXPECT_STR(fault ? fault : "none", "it ended by a signal");
    free(script);
    free(text);
    stranger_fini(&stranger);
}
