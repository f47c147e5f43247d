/* SPDX-License-Identifier: Apache-2.0 */
/* The file of an image: its locks, and reads and changes of its bytes, where
 * the host has it in memory and where it has not. */
#include "backends/image_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "tests/image_folder.h"

enum { KIB = 1 << 10, AT_ONCE = 128 * KIB, SIZE = 512 * KIB };

/* ---- Locks --------------------------------------------------------------- */

static struct flock lock_of(short type, unsigned byte)
{
    return (struct flock){
        .l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
}

static int make_file(const char *name)
{
    char *path = place(name);
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    EXPECT(fd >= 0);
    free(path);
    return fd;
}

static int open_file(struct image_file *file, bool read_only, char *text)
{
    char *path = place("a");
    struct error error = {""};
    const int code = image_file_open(file, path, read_only, &error);
    memcpy(text, error.text, sizeof(error.text));
    free(path);
    return code;
}

/* As QEMU has them: what is done to the file from 100 on, and what nobody else
 * may do from 200 on. */
TEST(locked_bytes_say_what_is_done_to_a_file)
{
    static const struct {
        bool read_only;
        const char *locked; /* by bytes 99 to 104, and 199 to 204 */
    } rows[] = {
        {false, ".rw.s. ..w.s."},
        {true,  ".r.... ..w.s."},
    };
    char text[512];
    begin();
    const int fd = make_file("a");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(image_file_close) struct image_file file = {0};
        char locked[] = "???????????? ";
        test_case("row %zu", i);
        EXPECT_EQ(open_file(&file, rows[i].read_only, text), 0);
        for (unsigned n = 0; n < 13; n++) {
            struct flock lock = lock_of(F_WRLCK, n < 6 ? 99 + n : 199 + n - 7);
            EXPECT_EQ(fcntl(fd, F_OFD_GETLK, &lock), 0);
            locked[n] = n == 6                   ? ' '
                        : lock.l_type == F_UNLCK ? '.'
                                                 : "-rw-s  -rw-s "[n];
        }
        EXPECT_STR(locked, rows[i].locked);
        EXPECT_EQ(flock(fd, LOCK_SH | LOCK_NB) == 0, rows[i].read_only);
        flock(fd, LOCK_UN);
    }
    close(fd);
    end();
}

TEST(locked_bytes_of_others_are_an_obstacle_if_they_concern_it)
{
    static const struct {
        short type;
        unsigned byte;
        const char *writer; /* NULL: it may */
        const char *reader;
    } rows[] = {
        {F_RDLCK, 100, NULL,                            NULL           },
        {F_RDLCK, 101, "writes to it",                  "writes to it" },
        {F_RDLCK, 102, NULL,                            NULL           },
        {F_RDLCK, 103, "resizes it",                    "resizes it"   },
        {F_RDLCK, 200, "does not let others read it",
         "does not let others read it"                                 },
        {F_RDLCK, 201, "does not let others write it",  NULL           },
        {F_RDLCK, 203, "does not let others resize it", NULL           },
        {F_WRLCK, 100, "has locked it",                 "has locked it"},
        {F_WRLCK, 101, "has locked it",                 "writes to it" },
        {F_WRLCK, 201, "has locked it",                 "has locked it"},
        {F_WRLCK, 203, "has locked it",                 "has locked it"},
    };
    char text[512];
    begin();
    const int fd = make_file("a");
    for (size_t i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
        const bool read_only = i % 2 != 0;
        const char *says = read_only ? rows[i / 2].reader : rows[i / 2].writer;
        struct image_file file;
        struct flock lock = lock_of(rows[i / 2].type, rows[i / 2].byte);
        test_case("row %zu, %s", i / 2, read_only ? "a reader" : "a writer");
        EXPECT_EQ(fcntl(fd, F_OFD_SETLK, &lock), 0);
        EXPECT_EQ(open_file(&file, read_only, text), says ? -EWOULDBLOCK : 0);
        EXPECT(strstr(text, says ? says : ""));
        EXPECT(!says || strstr(text, "' is in use: another program "));
        EXPECT_EQ(file.fd >= 0, says == NULL);
        image_file_close(&file);
        lock = lock_of(F_UNLCK, rows[i / 2].byte);
        EXPECT_EQ(fcntl(fd, F_OFD_SETLK, &lock), 0);
    }
    EXPECT_EQ(flock(fd, LOCK_SH), 0);
    struct image_file file;
    EXPECT_EQ(open_file(&file, false, text), -EWOULDBLOCK);
    EXPECT(strstr(text, "is in use: another machine or program has locked it"));
    close(fd);
    end();
}

/* ---- Where it is --------------------------------------------------------- */

TEST(a_file_without_a_name_is_in_the_folder_for_such)
{
    const char *before = getenv("TMPDIR");
    char *kept = before ? xstrdup(before) : NULL;
    const char *const folders[] = {"/cairn/none", folder, ""};
    begin();
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
        OWNED(image_file_close) struct image_file file = {0};
        struct error error = {""};
        struct stat here;
        struct stat there;
        test_case("row %zu", i);
        EXPECT_EQ(setenv("TMPDIR", folders[i], 1), 0);
        EXPECT_EQ(image_file_create(&file, NULL, NULL, &error),
                  i == 0 ? -ENOENT : 0);
        EXPECT_STR(error.text,
                   i == 0
                       ? "cannot open '/cairn/none': No such file or directory"
                       : "");
        EXPECT_EQ(file.fd >= 0, i != 0);
        if (file.fd >= 0) {
            EXPECT_EQ(fstat(file.fd, &here), 0);
            EXPECT_EQ(stat(i == 1 ? folder : "/var/tmp", &there), 0);
            EXPECT_EQ(here.st_dev, there.st_dev);
            EXPECT_EQ(here.st_nlink, 0);
            EXPECT(!file.made);
            EXPECT_EQ(here.st_mode & 0777, 0600);
            EXPECT_STR(file.path, i == 1 ? folder : "/var/tmp");
        }
    }
    EXPECT_EQ(kept ? setenv("TMPDIR", kept, 1) : unsetenv("TMPDIR"), 0);
    free(kept);
    end();
}

TEST(a_file_that_is_made_is_empty_and_taken_back_if_it_was_not_there)
{
    char text[512];
    begin();
    char *path = place("a");
    for (unsigned there = 0; there < 2; there++) {
        struct image_file file;
        struct error error = {""};
        test_case("there: %u", there);
        EXPECT_EQ(shell(there ? "printf old >a" : "rm -f a"), 0);
        EXPECT_EQ(image_file_create(&file, path, "called", &error), 0);
        EXPECT_STR(file.path, "called");
        EXPECT_EQ(file.size, 0);
        EXPECT_EQ(file.made, !there);
        image_file_undo(&file, path);
        EXPECT(!file.made);
        EXPECT_EQ(access(path, F_OK) == 0, there);
        EXPECT_EQ(peek("a", 0, there), there ? 0xff : 0); /* nothing in it */
        image_file_close(&file);
        image_file_close(&file);
        EXPECT_EQ(file.fd, (uint64_t)-1);
    }
    /* One that another program has is as it was. */
    struct image_file file;
    struct error error = {""};
    EXPECT_EQ(shell("printf old >a"), 0);
    const int fd = make_file("a");
    EXPECT_EQ(flock(fd, LOCK_EX), 0);
    EXPECT_EQ(image_file_create(&file, path, NULL, &error), -EWOULDBLOCK);
    EXPECT_EQ(peek("a", 0, 3), 0x6f6c64);
    close(fd);
    EXPECT_EQ(open_file(&file, true, text), 0);
    EXPECT_EQ(file.size, 3);
    image_file_close(&file);
    free(path);
    end();
}

/* ---- Bytes --------------------------------------------------------------- */

/* In a folder, or in memory. */
static void open_kind(struct image_file *file, bool in_memory)
{
    struct error error = {""};
    char *path = place("a");
    int fd = -1;
    if (in_memory) {
        fd = memfd_create("image", MFD_CLOEXEC);
        free(path);
        path = xasprintf("/proc/self/fd/%d", fd);
        EXPECT_EQ(ftruncate(fd, 0), 0);
        EXPECT_EQ(image_file_open(file, path, false, &error), 0);
    } else {
        EXPECT_EQ(image_file_create(file, path, NULL, &error), 0);
    }
    EXPECT_STR(error.text, "");
    EXPECT_EQ(image_file_resize(file, SIZE), 0);
    if (fd >= 0) {
        EXPECT(file->in_memory);
        close(fd);
    }
    free(path);
}

static uint8_t bytes[SIZE];
static uint8_t seen[SIZE + 10];

static void expect_bytes(struct image_file *file)
{
    EXPECT_EQ(image_file_read(file, 0, seen, SIZE, true), 0);
    EXPECT_BYTES(seen, bytes, SIZE);
}

TEST(bytes_of_a_file_are_those_that_were_written_or_zeros)
{
    static const struct {
        uint64_t offset;
        uint64_t size;
        bool unmap;
    } zeros[] = {
        {3,         1,         false},
        {1000,      100 * KIB, false},
        {200 * KIB, 64 * KIB,  false},
        {270 * KIB, 192 * KIB, true },
        {SIZE - 5,  5,         true },
        {SIZE,      0,         true },
    };
    for (unsigned in_memory = 0; in_memory < 2; in_memory++) {
        struct image_file file;
        struct stat there;
        test_case("in memory: %u", in_memory);
        begin();
        open_kind(&file, in_memory);
        memset(bytes, 0x3c, SIZE);
        EXPECT_EQ(image_file_write(&file, 0, bytes, SIZE, true), 0);
        expect_bytes(&file);
        for (size_t i = 0; i < ARRAY_SIZE(zeros); i++) {
            EXPECT_EQ(image_file_zero(&file, zeros[i].offset, zeros[i].size,
                                      zeros[i].unmap),
                      0);
            memset(bytes + zeros[i].offset, 0, zeros[i].size);
            expect_bytes(&file);
        }
        EXPECT_EQ(fstat(file.fd, &there), 0);
        EXPECT_EQ(there.st_size, SIZE);
        EXPECT(there.st_blocks * 512 <= SIZE - 180 * KIB);
        EXPECT(there.st_blocks * 512 >= SIZE - 200 * KIB);
        image_file_release(&file, 64 * KIB, 128 * KIB);
        memset(bytes + 64 * KIB, 0, 128 * KIB);
        expect_bytes(&file);
        EXPECT_EQ(fstat(file.fd, &there), 0);
        EXPECT(there.st_blocks * 512 <= SIZE - 308 * KIB);
        /* Behind the end are zeros. */
        memset(seen, 1, sizeof(seen));
        EXPECT_EQ(image_file_read(&file, SIZE - 6, seen, 12, true), 0);
        EXPECT_BYTES(seen, "\x3c\0\0\0\0\0\0\0\0\0\0\0\1", 13);
        EXPECT_EQ(image_file_read(&file, SIZE + 1, seen, 13, true), 0);
        EXPECT_EQ(seen[0] | seen[12], 0);
        image_file_close(&file);
        end();
    }
}

TEST(a_call_that_must_not_wait_moves_a_little)
{
    struct image_file file;
    begin();
    open_kind(&file, true);
    memset(bytes, 0x3c, SIZE);
    EXPECT_EQ(image_file_write(&file, 1, bytes, AT_ONCE, false), 0);
    EXPECT_EQ(image_file_write(&file, 0, bytes, AT_ONCE + 1, false), -EAGAIN);
    EXPECT_EQ(image_file_write(&file, 0, bytes, AT_ONCE + 1, true), 0);
    EXPECT_EQ(image_file_read(&file, 0, seen, AT_ONCE, false), 0);
    EXPECT_BYTES(seen, bytes, AT_ONCE);
    EXPECT_EQ(image_file_read(&file, 0, seen, AT_ONCE + 1, false), -EAGAIN);
    file.waits_reads = true;
    EXPECT_EQ(image_file_read(&file, 0, seen, 1, false), -EAGAIN);
    image_file_close(&file);
    end();
}

static int refuse(void *context, const struct image_change *change)
{
    return change->kind == *(enum image_change_kind *)context ? -ENOSPC : 0;
}

TEST(a_change_that_the_host_refuses_is_an_error_and_not_done)
{
    enum image_change_kind kind;
    struct image_file file;
    begin();
    open_kind(&file, false);
    memset(bytes, 0x3c, SIZE);
    EXPECT_EQ(image_file_write(&file, 0, bytes, SIZE, true), 0);
    file.observe = refuse;
    file.context = &kind;
    for (kind = IMAGE_CHANGE_WRITE; kind <= IMAGE_CHANGE_SYNC; kind++) {
        test_case("kind %u", kind);
        EXPECT_EQ(image_file_write(&file, 0, "!", 1, true),
                  kind == IMAGE_CHANGE_WRITE ? -ENOSPC : 0);
        EXPECT_EQ(image_file_zero(&file, 0, 1, true),
                  kind == IMAGE_CHANGE_ZERO ? -ENOSPC : 0);
        image_file_release(&file, 0, 4096);
        EXPECT_EQ(image_file_read(&file, 0, seen, 2, true), 0);
        EXPECT_EQ(image_file_resize(&file, SIZE - kind),
                  kind == IMAGE_CHANGE_RESIZE ? -ENOSPC : 0);
        EXPECT_EQ(file.size,
                  kind == IMAGE_CHANGE_RESIZE ? SIZE - kind + 1 : SIZE - kind);
        EXPECT_EQ(seen[1], 0);
        EXPECT(!image_file_is_synced(&file));
        EXPECT_EQ(image_file_sync(&file),
                  kind == IMAGE_CHANGE_SYNC ? -ENOSPC : 0);
        EXPECT_EQ(image_file_is_synced(&file), kind != IMAGE_CHANGE_SYNC);
    }
    file.observe = NULL;
    EXPECT_EQ(image_file_resize(&file, 1ull << 63), -EFBIG);
    EXPECT_EQ(image_file_resize(&file, INT64_MAX), -EFBIG);
    EXPECT_EQ(truncate(file.path, 100), 0);
    EXPECT_EQ(image_file_read(&file, 99, seen, 2, true), -ENODATA);
    EXPECT_EQ(image_file_read(&file, 99, seen, 1, true), 0);
    image_file_close(&file);
    end();
}

/* ---- Runs ---------------------------------------------------------------- */

TEST(runs_of_a_file_are_data_or_holes)
{
    static const struct {
        uint64_t offset;
        uint64_t size;
        uint64_t run;
        bool hole;
    } rows[] = {
        {0,              SIZE,    64 * KIB,         true },
        {0,              4 * KIB, 4 * KIB,          true },
        {100,            SIZE,    64 * KIB - 100,   true },
        {64 * KIB,       SIZE,    64 * KIB,         false},
        {64 * KIB + 100, SIZE,    64 * KIB - 100,   false},
        {64 * KIB,       1,       1,                false},
        {128 * KIB,      SIZE,    SIZE - 128 * KIB, true },
        {SIZE,           77,      77,               true },
        {SIZE - 1,       77,      1,                true },
        {64 * KIB,       0,       0,                false},
    };
    struct image_file file;
    begin();
    open_kind(&file, false);
    EXPECT_EQ(image_file_write(&file, 64 * KIB, bytes, 64 * KIB, true), 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        bool hole = !rows[i].hole;
        test_case("row %zu", i);
        EXPECT_EQ(image_file_run(&file, rows[i].offset, rows[i].size, &hole),
                  rows[i].run);
        EXPECT_EQ(hole, rows[i].hole);
    }
    image_file_close(&file);
    end();
}
