/* SPDX-License-Identifier: Apache-2.0 */
/* A file has one use in a session: what is written is neither read nor written
 * by another option. */
#include "session/targets.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/vsock.h"
#include "base/bits.h"
#include "session/option_table.h"
#include "tests/harness.h"
#include "tests/own_path.h"

OWN_PATH(the_file, "", "same")
OWN_PATH(file_backend, "file:", "same")
OWN_PATH(unix_backend, "unix:", "same")
OWN_PATH(net_backend, "none,pcap=", "same")
OWN_PATH(packets_path, "", "same" VSOCK_PACKETS_SUFFIX)
OWN_PATH(guest_folder, "", "guest")

static bool is_refused(const struct session_options *options,
                       const char *folder, const char **option)
{
    struct session_error error = {0};
    int code = session_targets_check(options, folder, &error);

    EXPECT_EQ(code < 0, error.text[0] != '\0');
    *option = error.option ? error.option : "";
    return code < 0;
}

static void make_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    EXPECT(fd >= 0);
    close(fd);
}

static void set(struct session_options *options, size_t field)
{
    const char *path = the_file;

    memcpy((char *)options + field, &path, sizeof(path));
}

TEST(each_path_is_compared_with_each_output)
{
    make_file(the_file);
    for (size_t i = 0; i < SESSION_OPTIONS; i++) {
        struct session_options options = {.board = "virt"};
        const char *option;
        const struct session_option *path = &session_options_table[i];
        const bool is_save = strcmp(path->name, "save") == 0;
        const bool shares = strcmp(path->name, "restore") == 0;

        test_case("%s", path->name);
        if (path->value != SESSION_VALUE_PATH ||
            strcmp(path->name, "gdb") == 0 ||
            strcmp(path->name, "guest") == 0) {
            continue; /* an address, and a folder */
        }
        set(&options, path->field);
        EXPECT(!is_refused(&options, NULL, &option));
        *(is_save ? &options.output : &options.save) = the_file;
        EXPECT_EQ(is_refused(&options, NULL, &option), !shares);
    }
    unlink(the_file);
}

static const struct session_image image[] = {
    {"rom", "x"     },
    {"rom", the_file}
};
static const struct session_load load[] = {{.path = "x"}, {.path = the_file}};
static const struct session_symbols symbols[] = {{.path = "x"},
                                                 {.path = the_file}};
static const struct session_module module[] = {
    {"kernel", "x",      NULL},
    {"kernel", the_file, NULL}
};
static const char *const same[] = {"x", the_file};
static const struct session_target targets[] = {
    {"report", the_file, FILE_REPLACED}
};
static const struct session_disk disks[] = {
    {.disk = {.backend = file_backend}},
    {.disk = {.backend = file_backend, .read_only = true}},
    {.disk = {.backend = file_backend, .temporary = true}},
    {.disk = {.backend = file_backend, .overlay = "x"}},
    {.disk = {.backend = "file:x", .overlay = the_file}},
};
static const struct session_disk two_disks[] = {
    {.disk = {.backend = "file:x"}},
    {.disk = {.backend = file_backend}},
};
static const struct session_net nets[] = {{.backend = "none"},
                                          {.backend = net_backend}};
static const struct session_serial serials[] = {{.backend = "loopback"},
                                                {.backend = file_backend},
                                                {.backend = unix_backend}};

#define DISK(n) .disks = &disks[n], .disk_count = 1

/* Each is refused beside an output at the same path, and what is written beside
 * an input too. */
TEST(lists_are_compared_too)
{
    static const struct {
        const char *what;
        struct session_options options;
        bool written;
        const char *option; /* the later one, beside an input */
    } rows[] = {
        {"board",           {.board = the_file},                         false, ""       },
        {"with",            {.overlays = same, .overlay_count = 2},      false, ""       },
        {"image",           {.images = image, .image_count = 2},         false, ""       },
        {"load",            {.loads = load, .load_count = 2},            false, ""       },
        {"symbols",         {.symbols = symbols, .symbol_count = 2},     false, ""       },
        {"module",          {.modules = module, .module_count = 2},      false, ""       },
        {"profile",         {.profiles = same, .profile_count = 2},      true,  "profile"},
        {"power",           {.powers = same, .power_count = 2},          true,  "power"  },
        {"report",          {.targets = targets, .target_count = 1},     true,  "report" },
        {"disks",           {.disks = two_disks, .disk_count = 2},       true,  "disk"   },
        {"disk",            {DISK(0)},                                   true,  "disk"   },
        {"disk, read only", {DISK(1)},                                   false, ""       },
        {"disk, temporary", {DISK(2)},                                   false, ""       },
        {"disk below",      {DISK(3)},                                   false, ""       },
        {"overlay",         {DISK(4)},                                   true,  "disk"   },
        {"net",             {.nets = nets, .net_count = 2},              true,  "net"    },
        {"serial",          {.serials = serials, .serial_count = 2},     true,  "serial" },
        {"socket",          {.serials = serials + 2, .serial_count = 1}, true,  "serial" },
        {"vsock",           {.vsock = {.path = the_file}},               true,  "vsock"  },
        {"debugger",        {.gdb = unix_backend},                       true,  "gdb"    },
    };
    make_file(the_file);
    make_file(packets_path);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct session_options options = rows[i].options;
        const char *option;

        test_case("%s", rows[i].what);
        EXPECT(!is_refused(&options, NULL, &option));
        options.kernel = the_file;
        EXPECT_EQ(is_refused(&options, NULL, &option), rows[i].written);
        EXPECT_STR(option, rows[i].option);
        options.kernel = NULL;
        options.output = the_file;
        EXPECT(is_refused(&options, NULL, &option));
    }
    const struct session_options packets = {.vsock = {.path = the_file},
                                            .kernel = packets_path};
    const char *option;
    EXPECT(is_refused(&packets, NULL, &option));
    unlink(the_file);
    unlink(packets_path);
}

/* The files of a guest's folder, of which the initrd may be missing. */
TEST(files_of_a_guest_are_not_written)
{
    static const char *const files[] = {"kernel", "cmdline", "initrd"};

    (void)mkdir(guest_folder, 0700);
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        OWNED(free_at) char *path = xasprintf("%s/%s", guest_folder, files[i]);
        const struct session_options options = {.board = "virt",
                                                .output = path};
        const char *option;
        for (unsigned n = 0; n < 2; n++) {
            test_case("%s, %u", files[i], n);
            EXPECT_EQ(is_refused(&options, guest_folder, &option), n);
            make_file(path);
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        OWNED(free_at) char *path = xasprintf("%s/%s", guest_folder, files[i]);
        unlink(path);
    }
    rmdir(guest_folder);
}

TEST(what_cannot_be_written_is_named_by_its_option)
{
    static const char *const nowhere[] = {"/nonexistent/x"};
    static const struct session_target target[] = {
        {"report", "/nonexistent/x", FILE_REPLACED}
    };
    static const struct {
        struct session_options options;
        const char *option;
    } rows[] = {
        {{.save = "/nonexistent/x"},                                       "save"   },
        {{.output = "/nonexistent/x"},                                     "output" },
        {{.hashes = "/nonexistent/x"},                                     "hashes" },
        {{.profiles = nowhere, .profile_count = 1},                        "profile"},
        {{.powers = nowhere, .power_count = 1},                            "power"  },
        {{.targets = target, .target_count = 1},                           "report" },
        {{.targets = target, .target_count = 1, .save = "/nonexistent/x"},
         "report"                                                                   },
        {{.guest_dtb = "/nonexistent/x", .save = "/nonexistent/x"},
         "guest-dtb"                                                                },
        {{.gdb = "localhost:99999"},                                       "gdb"    },
        {{.nets = nets, .net_count = 1, .gdb = "x:y:z"},                   "gdb"    },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *option;
        test_case("row %zu", i);
        EXPECT(is_refused(&rows[i].options, NULL, &option));
        EXPECT_STR(option, rows[i].option);
    }
}

/* So a file with that name may be written. */
TEST(boards_that_are_built_in_are_no_files)
{
    const char *name;

    for (size_t i = 0; (name = cairn_board_name(i)); i++) {
        const struct session_options options = {.board = name, .output = name};
        const char *option;

        test_case("%s", name);
        /* There is a folder trust where tests run. */
        EXPECT_EQ(is_refused(&options, NULL, &option),
                  strcmp(name, "trust") == 0);
    }
}
