/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The times of Linux's PTP clocks, by an initial file system without a C
 * library: for each /dev/ptpN a line with its time, with how far it and the raw
 * monotonic clock drift apart in a second by precise cross timestamps, in
 * nanoseconds, and whether the timestamps were taken within the call.
 */
enum { OPENAT = 56, WRITE = 64, EXIT = 93, NANOSLEEP = 101 };
enum { CLOCK_GETTIME = 113, IOCTL = 29, HERE = -100, RAW = 4 };

struct timespec {
    long seconds;
    long nanoseconds;
};

struct ptp_time {
    long long seconds;
    unsigned nanoseconds;
    unsigned reserved;
};

struct precise {
    struct ptp_time device;
    struct ptp_time realtime;
    struct ptp_time raw;
    unsigned reserved[4];
};

#define PTP_SYS_OFFSET_PRECISE 0xc0403d08ul /* of 64 bytes, '=', 8 */

/* The kernel's; clocks_start.S has it. */
long clocks_call(long a, long b, long c, long d, long number);
void clocks_main(void);

static long call(long number, long a, long b, long c, long d)
{
    return clocks_call(a, b, c, d, number);
}

/* ---- Text ---------------------------------------------------------------- */

static char line[128];
static unsigned length;

static void add(const char *text)
{
    while (*text) {
        line[length++] = *text++;
    }
}

static void add_number(long value)
{
    char digits[24];
    unsigned count = 0;
    unsigned long rest =
        value < 0 ? 0ul - (unsigned long)value : (unsigned long)value;

    if (value < 0) {
        line[length++] = '-';
    }
    do {
        digits[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    while (count != 0) {
        line[length++] = digits[--count];
    }
}

/* ---- Clocks -------------------------------------------------------------- */

static long now(long clock)
{
    struct timespec time = {0, 0};

    call(CLOCK_GETTIME, clock, (long)&time, 0, 0);
    return time.seconds * 1000000000 + time.nanoseconds;
}

static long in_ns(const struct ptp_time *time)
{
    return time->seconds * 1000000000 + time->nanoseconds;
}

/* The drift of the clock to the raw monotonic one. */
static long difference(long file, int *inside)
{
    struct precise precise = {0};
    const long before = now(RAW);
    const long failed =
        call(IOCTL, file, PTP_SYS_OFFSET_PRECISE, (long)&precise, 0);
    const long raw = in_ns(&precise.raw);

    *inside = failed == 0 && raw >= before && raw <= now(RAW);
    return in_ns(&precise.device) - raw;
}

static void show(const char *path)
{
    static const struct timespec second = {1, 0};
    const long file = call(OPENAT, HERE, (long)path, 0, 0);
    int first;
    int last;

    if (file < 0) {
        return;
    }
    const long begin = difference(file, &first);
    call(NANOSLEEP, (long)&second, 0, 0, 0);
    const long end = difference(file, &last);
    length = 0;
    add(path);
    add(": ");
    add_number(now((~file << 3) | 3));
    add(" ns, drift ");
    add_number(end - begin);
    add(" ns, inside ");
    add_number(first + last);
    add("\n");
    call(WRITE, 1, (long)line, length, 0);
}

void clocks_main(void)
{
    show("/dev/ptp0");
    show("/dev/ptp1");
    show("/dev/ptp2");
    show("/dev/ptp3");
    call(EXIT, 0, 0, 0, 0);
}
