/* SPDX-License-Identifier: Apache-2.0 */
/* A guest as options and its folder describe it. */
#include "session/guest.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bits.h"
#include "host/file.h"
#include "session/internal.h"
#include "tests/harness.h"
#include "tests/own_path.h"

#define BUILT "build/out/guest/"

OWN_PATH(folder, "", "guest")
OWN_PATH(kernel_path, "", "guest/kernel")
OWN_PATH(initrd_path, "", "guest/initrd")
OWN_PATH(cmdline_path, "", "guest/cmdline")

static void write_text(const char *path, const char *text)
{
    unlink(path);
    EXPECT(!text || file_write(path, text, strlen(text), NULL) == 0);
}

static const struct session_load load = {.path = BUILT "mprofile/power.elf"};
static const struct session_image image = {"flash", BUILT "mprofile/power.elf"};

#define VIRT   .board = "virt", .kernel = BUILT "virt/hello.elf"
#define FOLDER .board = "virt", .guest = folder
#define AN385  .board = "an385"

TEST(a_guest_is_what_options_and_its_folder_say)
{
    static const struct {
        struct session_options options;
        const char *initrd; /* texts of the folder's files; NULL: none */
        const char *cmdline;
        const char *append;
        const char *program;
        unsigned cpus;
        bool semihosting;
    } rows[] = {
        {{VIRT},                                      NULL, NULL,        NULL,    NULL,                       1, false},
        {{VIRT, .append = "x", .cpus = 3},            NULL, NULL,        "x",     NULL,                       3, false},
        {{VIRT, .semihosting = true},                 NULL, NULL,        NULL,    NULL,                       1, true },
        {{VIRT, .semihosting_folder = "tests"},
         NULL,                                              NULL,
         NULL,                                                                    NULL,
         1,                                                                                                      true },
        {{VIRT, .loads = &load, .load_count = 1},
         NULL,                                              NULL,
         NULL,                                                                    NULL,
         1,                                                                                                      false},
        {{FOLDER},                                    NULL, NULL,        NULL,    NULL,                       1, false},
        {{FOLDER},                                    "i",  "own\nmore", "own",   NULL,                       1, false},
        {{FOLDER, .append = "x"},                     NULL, "own",       "own x", NULL,                       1, false},
        {{FOLDER, .append = "x"},                     "i",  NULL,        "x",     NULL,                       1, false},
        {{FOLDER, .loads = &load, .load_count = 1},
         NULL,                                              NULL,
         NULL,                                                                    NULL,
         1,                                                                                                      false},
        {{AN385, .loads = &load, .load_count = 1},
         NULL,                                              NULL,
         NULL,                                                                    BUILT "mprofile/power.elf",
         0,                                                                                                      false},
        {{AN385, .images = &image, .image_count = 1},
         NULL,                                              NULL,
         NULL,                                                                    BUILT "mprofile/power.elf",
         0,                                                                                                      false},
        {{AN385},                                     NULL, NULL,        NULL,    NULL,                       0, false},
    };
    (void)mkdir(folder, 0700);
    write_text(kernel_path, "\x7f kernel");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct session_error error = {0};
        struct session *session = NULL;

        test_case("row %zu", i);
        write_text(initrd_path, rows[i].initrd);
        write_text(cmdline_path, rows[i].cmdline);
        REQUIRE(session_open(&rows[i].options, NULL, &session, &error) == 0);
        (void)session_load(session, &error);
        const struct cairn_guest *guest = &session->guest.guest;
        EXPECT_STR(error.text, "");
        EXPECT(session_has_guest(session));
        EXPECT_STR(guest->append ? guest->append : "none",
                   rows[i].append ? rows[i].append : "none");
        EXPECT_STR(guest->program ? guest->program : "none",
                   rows[i].program ? rows[i].program : "none");
        EXPECT_STR(guest->initrd.memory ? guest->initrd.memory : "none",
                   rows[i].initrd ? initrd_path : "none");
        EXPECT_EQ(guest->cpus, rows[i].cpus);
        EXPECT_EQ(guest->semihosting, rows[i].semihosting);
        session_close(session);
    }
    write_text(initrd_path, NULL);
    write_text(cmdline_path, NULL);
    write_text(kernel_path, NULL);
    rmdir(folder);
}

static void set(const char *name, const char *value)
{
    EXPECT_EQ(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

/* Leaves on the stack what a text without its end would go on with. */
static __attribute__((noinline)) void spoil_stack(void)
{
    static const char text[] = "/build/";
    volatile char bytes[32 << 10];

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = text[i % (sizeof(text) - 1)];
    }
}

/* The places end with that of the tree, whose program this is, and here. */
TEST(guests_are_looked_for_in_their_places)
{
    static const struct {
        const char *named, *data, *home;
        const char *guest;
        const char *first; /* places */
        const char *end;
    } rows[] = {
        {NULL, NULL, NULL, "none",  "",                                       ""},
        {"",   "",   NULL, "none",  "",                                       ""},
        {"/g", NULL, NULL, "none",  "'/g', ",                                 ""},
        {NULL, "/d", "/h", "none",  "'/d/cairn/guests', ",                    ""},
        {NULL, "d",  "/h", "none",  "'/h/.local/share/cairn/guests', ",       ""},
        {"/g", NULL, "/h", "linux", "'/g', '/h/.local/share/cairn/guests', ",
         "; 'make guest-linux' fetches Debian's"                                },
    };
    char here[PATH_MAX];

    REQUIRE(getcwd(here, sizeof(here)));
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *guest = rows[i].guest;
        struct session_guest_folder found = {0};
        struct session_error error = {0};

        set("CAIRN_GUESTS", rows[i].named);
        set("XDG_DATA_HOME", rows[i].data);
        set("HOME", rows[i].home);
        OWNED(free_at)
        char *words = xasprintf(
            "guest '%s': there is no %s/kernel in "
            "%s'%s/build/out/guests' or '.'%s",
            guest, guest, rows[i].first, here, rows[i].end);
        test_case("row %zu", i);
        if (access("build/out/guests/linux", F_OK) != 0 ||
            strcmp(guest, "linux") != 0) {
            spoil_stack();
            EXPECT(session_guest_folder_find(&found, guest, &error) < 0);
            EXPECT_STR(error.text, words);
        }
        session_guest_folder_fini(&found);
    }
    set("HOME", "/");
}

TEST(a_guest_is_found_by_its_name)
{
    struct session_guest_folder found = {0};
    struct session_error error = {0};

    (void)mkdir(folder, 0700);
    write_text(kernel_path, "kernel");
    EXPECT(!session_guest_folder_holds(kernel_path));
    set("CAIRN_GUESTS", "/tmp");
    EXPECT_EQ(
        session_guest_folder_find(&found, strrchr(folder, '/') + 1, &error), 0);
    EXPECT_STR(found.kernel, kernel_path);
    EXPECT(!found.initrd && !found.append);
    EXPECT(session_guest_folder_holds(kernel_path));
    EXPECT(!session_guest_folder_holds("README.md")); /* though it is here */
    session_guest_folder_fini(&found);
    set("CAIRN_GUESTS", NULL);
    write_text(kernel_path, NULL);
    rmdir(folder);
}

/* In a program that was installed. */
static void expect_script(const char *prefix)
{
    char *script = xasprintf("%s/share/cairn/guest-linux/guest-linux", prefix);
    char *words =
        xasprintf("; '%s' fetches Debian's",
                  access(script, X_OK) == 0 ? script : "make guest-linux");
    struct session_guest_folder found = {0};
    struct session_error error = {0};

    set("CAIRN_GUESTS", NULL);
    set("XDG_DATA_HOME", NULL);
    set("HOME", "/nonexistent");
    EXPECT(session_guest_folder_find(&found, "linux", &error) < 0);
    EXPECT(strstr(error.text, words) != NULL);
    session_guest_folder_fini(&found);
    free(words);
    free(script);
}

static void run_installed(const char *program)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        execl(program, program, "an_installed_program_names_its_script", NULL);
        _exit(127);
    }
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

TEST(an_installed_program_names_its_script)
{
    static const char *const made[] = {"", "/bin", "/share", "/share/cairn",
                                       "/share/cairn/guest-linux"};
    char *program = xasprintf("%s/bin/cairn", folder);
    char *script = xasprintf("%s/share/cairn/guest-linux/guest-linux", folder);
    char own[PATH_MAX] = "";
    struct buffer bytes = {0};
    char *paths[ARRAY_SIZE(made)];

    EXPECT(readlink("/proc/self/exe", own, sizeof(own) - 1) > 0);
    char *bin = strstr(own, "/bin/cairn");
    if (bin) {
        *bin = '\0';
        expect_script(own);
    }
    for (size_t i = 0; !bin && i < ARRAY_SIZE(made); i++) {
        paths[i] = xasprintf("%s%s", folder, made[i]);
        (void)mkdir(paths[i], 0700);
    }
    if (!bin && EXPECT_EQ(file_read(own, 1 << 30, &bytes, NULL), 0)) {
        EXPECT_EQ(file_write(program, bytes.bytes, bytes.size, NULL), 0);
        EXPECT_EQ(chmod(program, 0700), 0);
        run_installed(program);
        write_text(script, "");
        EXPECT_EQ(chmod(script, 0700), 0);
        run_installed(program);
        write_text(script, NULL);
        write_text(program, NULL);
    }
    for (size_t i = ARRAY_SIZE(made); !bin && i-- > 0;) {
        rmdir(paths[i]);
        free(paths[i]);
    }
    buffer_fini(&bytes);
    free(program);
    free(script);
}
