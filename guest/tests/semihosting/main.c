/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks each operation of Arm semihosting that has an answer which does not
 * depend on the host, and prints the answers. The same program runs under other
 * implementations, and has to print the same.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum operation {
    SYS_OPEN = 0x01,
    SYS_CLOSE = 0x02,
    SYS_WRITEC = 0x03,
    SYS_WRITE0 = 0x04,
    SYS_WRITE = 0x05,
    SYS_READ = 0x06,
    SYS_ISERROR = 0x08,
    SYS_ISTTY = 0x09,
    SYS_SEEK = 0x0a,
    SYS_FLEN = 0x0c,
    SYS_TMPNAM = 0x0d,
    SYS_REMOVE = 0x0e,
    SYS_RENAME = 0x0f,
    SYS_CLOCK = 0x10,
    SYS_TIME = 0x11,
    SYS_ERRNO = 0x13,
    SYS_GET_CMDLINE = 0x15,
    SYS_HEAPINFO = 0x16,
    SYS_EXIT = 0x18,
    SYS_EXIT_EXTENDED = 0x20,
    SYS_ELAPSED = 0x30,
    SYS_TICKFREQ = 0x31,
};

enum mode { READ = 0, READ_PLUS = 2, WRITE = 4, WRITE_PLUS = 6 };

int64_t semihosting(uint64_t operation, uint64_t argument);
void main(void);

static int64_t call(enum operation operation, uint64_t a, uint64_t b,
                    uint64_t c, uint64_t d)
{
    uint64_t block[] = {a, b, c, d};
    return semihosting(operation, (uint64_t)(uintptr_t)block);
}

static uint64_t address(const void *pointer)
{
    return (uint64_t)(uintptr_t)pointer;
}

static size_t length(const char *text)
{
    size_t count = 0;
    while (text[count] != '\0') {
        count++;
    }
    return count;
}

static void print(const char *text)
{
    semihosting(SYS_WRITE0, address(text));
}

static void print_number(int64_t number)
{
    char digits[24];
    size_t at = sizeof(digits) - 1;
    uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left != 0);
    if (number < 0) {
        digits[--at] = '-';
    }
    print(digits + at);
}

static void say(const char *what, int64_t answer)
{
    print(what);
    print(": ");
    print_number(answer);
    print("\n");
}

static int64_t open(const char *name, enum mode mode)
{
    return call(SYS_OPEN, address(name), mode, length(name), 0);
}

static int64_t write(int64_t handle, const char *text)
{
    return call(SYS_WRITE, (uint64_t)handle, address(text), length(text), 0);
}

static int64_t read(int64_t handle, char *to, size_t size)
{
    return call(SYS_READ, (uint64_t)handle, address(to), size, 0);
}

static int64_t simple(enum operation operation, int64_t argument)
{
    return call(operation, (uint64_t)argument, 0, 0, 0);
}

static int64_t remove(const char *name)
{
    return call(SYS_REMOVE, address(name), length(name), 0, 0);
}

static void try_console(void)
{
    static const char character = '!';
    int64_t out = open(":tt", WRITE);
    semihosting(SYS_WRITEC, address(&character));
    print("\n");
    say("console write", write(out, "by handle\n"));
    say("console closes", simple(SYS_CLOSE, out));
}

static void try_features(void)
{
    char bytes[8] = "";
    int64_t file = open(":semihosting-features", READ);
    say("features length", simple(SYS_FLEN, file));
    say("features not read", read(file, bytes, 4));
    bytes[4] = '\0';
    print(bytes);
    print("\n");
    say("features not read", read(file, bytes, 1));
    say("features", bytes[0]);
    say("features not read", read(file, bytes, 1));
    say("features are a terminal", simple(SYS_ISTTY, file));
    say("features close", simple(SYS_CLOSE, file));
}

static void try_files(void)
{
    char bytes[32] = "";
    int64_t file = open("first", WRITE);
    say("write", write(file, "0123456789"));
    say("close", simple(SYS_CLOSE, file));
    file = open("first", READ);
    say("length", simple(SYS_FLEN, file));
    say("is a terminal", simple(SYS_ISTTY, file));
    say("seek", call(SYS_SEEK, (uint64_t)file, 8, 0, 0));
    say("not read", read(file, bytes, 16));
    print(bytes);
    print("\n");
    say("not read at the end", read(file, bytes, 16));
    say("not written", write(file, "x"));
    say("close", simple(SYS_CLOSE, file));
    file = open("first", READ_PLUS);
    say("write", write(file, "ABC"));
    say("seek", call(SYS_SEEK, (uint64_t)file, 0, 0, 0));
    say("not read", read(file, bytes, 10));
    bytes[10] = '\0';
    print(bytes);
    print("\n");
    say("close", simple(SYS_CLOSE, file));
    file = open("first", WRITE_PLUS);
    say("length", simple(SYS_FLEN, file));
    say("close", simple(SYS_CLOSE, file));
}

static void try_names(void)
{
    static const char from[] = "first";
    static const char to[] = "second";
    say("rename",
        call(SYS_RENAME, address(from), length(from), address(to), length(to)));
    say("open", open(from, READ));
    say("error", simple(SYS_ERRNO, 0));
    say("remove", remove(to));
    say("remove again", simple(SYS_ISERROR, remove(to)));
    say("error", simple(SYS_ERRNO, 0));
    say("error of success", simple(SYS_ISERROR, 0));
}

static void try_bad_handles(void)
{
    char byte;
    say("close", simple(SYS_CLOSE, 99));
    say("error", simple(SYS_ERRNO, 0));
    say("length", simple(SYS_FLEN, 99));
    say("not written", write(99, "abc"));
    say("not read", read(99, &byte, 1));
}

static void try_time(void)
{
    uint64_t before = 0;
    uint64_t after = 0;
    say("frequency", semihosting(SYS_TICKFREQ, 0) > 0);
    say("elapsed", semihosting(SYS_ELAPSED, address(&before)));
    int64_t clock = semihosting(SYS_CLOCK, 0);
    int64_t time = semihosting(SYS_TIME, 0);
    semihosting(SYS_ELAPSED, address(&after));
    say("time passes", after > before);
    say("clock", clock >= 0 && semihosting(SYS_CLOCK, 0) >= clock);
    say("time", time >= 0 && semihosting(SYS_TIME, 0) >= time);
}

/* The program's own name is the host's affair. */
static const char *behind_name(const char *at)
{
    while (*at != '\0' && *at != ' ') {
        at++;
    }
    return at;
}

static void try_command_line(void)
{
    char text[128] = "";
    uint64_t block[] = {address(text), sizeof(text)};
    say("command line", semihosting(SYS_GET_CMDLINE, address(block)));
    say("its length", block[1] == length(text));
    print(behind_name(text));
    print("\n");
    block[1] = 2;
    say("too long", semihosting(SYS_GET_CMDLINE, address(block)));
}

/* Reads the console to its end, at once, as a program reads its standard input.
 */
static void count_input(void)
{
    char bytes[100];
    int64_t in = open(":tt", READ);
    int64_t count = 0;
    int64_t sum = 0;
    int64_t left = 0;
    while ((left = read(in, bytes, sizeof(bytes))) < (int64_t)sizeof(bytes)) {
        for (int64_t i = 0; i < (int64_t)sizeof(bytes) - left; i++) {
            sum += (unsigned char)bytes[i];
            count++;
        }
    }
    say("input", count);
    say("sum", sum);
}

static bool is_asked_for_input(void)
{
    static const char wanted[] = " input";
    char text[128] = "";
    uint64_t block[] = {address(text), sizeof(text)};
    semihosting(SYS_GET_CMDLINE, address(block));
    const char *at = behind_name(text);
    size_t i = 0;
    while (wanted[i] != '\0' && at[i] == wanted[i]) {
        i++;
    }
    return wanted[i] == at[i];
}

static void try_heap(void)
{
    uint64_t heap[4] = {1, 1, 1, 1};
    uint64_t block[] = {address(heap)};
    say("heap", semihosting(SYS_HEAPINFO, address(block)));
    say("heap is some", heap[1] > heap[0]);
    say("heap is away from here",
        heap[0] > address(&try_heap) || heap[1] < address(&try_heap));
    *(volatile uint64_t *)(uintptr_t)heap[0] = 1;
    *(volatile uint64_t *)(uintptr_t)(heap[2] - 8) = 2;
    say("stack is some", heap[2] > heap[3]);
}

static void try_temporary_names(void)
{
    char one[32] = "";
    char other[32] = "";
    bool same = true;
    say("name", call(SYS_TMPNAM, address(one), 1, sizeof(one), 0));
    say("name", call(SYS_TMPNAM, address(other), 2, sizeof(other), 0));
    for (size_t i = 0; i < sizeof(one); i++) {
        same = same && one[i] == other[i];
    }
    say("names are the same", same);
    say("no room", call(SYS_TMPNAM, address(one), 1, 2, 0));
}

void main(void)
{
    print("semihosting\n");
    if (is_asked_for_input()) {
        count_input();
        call(SYS_EXIT_EXTENDED, 0x20026, 0, 0, 0);
    }
    try_console();
    try_features();
    try_files();
    try_names();
    try_bad_handles();
    try_time();
    try_command_line();
    try_heap();
    try_temporary_names();
    call(SYS_EXIT_EXTENDED, 0x20026, 7, 0, 0);
}
