/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of --power and --profile, to the byte: approved texts, of runs that
 * are the same every time. The guests are in assembly: no compiler decides.
 */
#include "base/buffer.h"
#include "tests/command_folder.h"

#define SLEEPER  "--load build/out/guest/mprofile/power.elf --semihosting "
#define MPROFILE "run an385 --with %/currents.dtso " SLEEPER

/* Runs the line, in which % stands for the folder, whatever its outcome. */
static void run(const char *line)
{
    OWNED(buffer_fini) struct buffer full = {0};

    for (const char *at = line; *at; at++) {
        buffer_print(&full, "%.*s", *at == '%' ? 99 : 1,
                     *at == '%' ? folder : at);
    }
    struct outcome outcome = outcome_of_line(buffer_text(&full), NULL);
    test_case("%s: %s", line, outcome.err);
    outcome_fini(&outcome);
}

/* The lines of a file with that text, up to one with the other. */
static void append_lines(struct buffer *out, const char *name, const char *with,
                         const char *end)
{
    OWNED(buffer_fini) struct buffer file = {0};
    char *rest = NULL;

    read_output(name, &file);
    for (char *line = strtok_r((char *)file.bytes, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        if (strstr(line, end)) {
            break;
        }
        if (strstr(line, with)) {
            buffer_print(out, "%s\n", line);
        }
    }
}

static void append_file(struct buffer *out, const char *name)
{
    buffer_print(out, "# %s\n", name);
    read_output(name, out);
}

/* Sleeps twice, until a timer comes as an IRQ and another as an FIQ, and turns
 * the machine off. */
static const uint32_t woken[] = {
    0xd2a10000, /* movz x0, #0x800, lsl #16: distributor */
    0x52800021, /* mov w1, #1 */
    0xb9000001, /* str w1, [x0] */
    0x52a90002, /* movz w2, #0x4800, lsl #16 */
    0xb9010002, /* str w2, [x0, #0x100] */
    0xd2a10023, /* movz x3, #0x801, lsl #16: interface */
    0x52801fe4, /* mov w4, #0xff */
    0xb9000464, /* str w4, [x3, #4] */
    0xb9000061, /* str w1, [x3] */
    0xd2807d05, /* mov x5, #1000 */
    0xd51be205, /* msr cntp_tval_el0, x5 */
    0xd51be221, /* msr cntp_ctl_el0, x1 */
    0xd503207f, /* wfi */
    0xd51be23f, /* msr cntp_ctl_el0, xzr */
    0x52800126, /* mov w6, #9 */
    0xb9000066, /* str w6, [x3] */
    0xd51be305, /* msr cntv_tval_el0, x5 */
    0xd51be321, /* msr cntv_ctl_el0, x1 */
    0xd503207f, /* wfi */
    0x52b08000, /* movz w0, #0x8400, lsl #16 */
    0x72800100, /* movk w0, #8 */
    0xd4000002, /* hvc #0 */
};

/* The ledger begins with a snapshot in a sleep, behind the first wake-up; a
 * device has a current, too, and its name a comma. Charges are such that the
 * last digit of mAh is rounded; without a voltage there are no energies. */
TEST(a_ledger_is_as_approved_in_each_form)
{
    static const char overlay[] =
        "/dts-v1/;\n/plugin/;\n"
        "&{/} { cairn,supply-microvolt = <3300000>;\n"
        "       cairn,current-source = \"a\\x1bmeter ~<&>\\x7f\"; };\n"
        "&cpu { cairn,nanoamp-run = <5040144>; cairn,nanoamp-wfi = <999999>;\n"
        "       cairn,nanoamp-deep-sleep = <2345>; };\n"
        "&uart0 { cairn,nanoamp-disabled = <1000000>; };\n";
    static const char bare[] =
        "/dts-v1/;\n/plugin/;\n"
        "&cpu { cairn,nanoamp-run = <5031720>; };\n";
    OWNED(buffer_fini) struct buffer svg = {0};
    OWNED(buffer_fini) struct buffer others = {0};

    REQUIRE(make_folder());
    write_input("currents.dtso", overlay, sizeof(overlay) - 1);
    run(MPROFILE "--max-instructions 18 --max-time 1500us --save %/snap");
    run(MPROFILE
        "--restore %/snap --power=%/a.svg --power=%/a.csv "
        "--power=%/a.json --power");
    read_output("a.svg", &svg);
    EXPECT_APPROVED(buffer_text(&svg), "power_ledger.svg");
    append_file(&others, "a.csv");
    append_file(&others, "a.json");
    write_input("bare.dtso", bare, sizeof(bare) - 1);
    run("run an385 --with %/bare.dtso " SLEEPER
        "--power=%/a.txt --power=%/a.csv --power=%/a.json");
    append_file(&others, "a.txt");
    append_lines(&others, "a.csv", "cpu,processor", "wake");
    append_file(&others, "a.json");
    write_input("woken", woken, sizeof(woken));
    run("run virt --kernel %/woken --power=%/a.txt --power=%/a.csv "
        "--power=%/a.json");
    append_lines(&others, "a.txt", "woken", "throughout");
    append_lines(&others, "a.csv", "wake", "device");
    append_file(&others, "a.json");
    EXPECT_APPROVED(buffer_text(&others), "power_ledger.txt");
}

static const uint32_t waits[] = {0xd503207f, 0x17ffffff};
static const uint32_t spins[] = {0x14000000};

/* Axes of time and current by what they have to show, and waits. */
TEST(axes_of_a_ledger_are_as_approved)
{
    static const char *const lines[] = {
        "run virt --kernel %/waits --press power@17s",
        "run virt --kernel %/waits --cpus 2 --press power@299999993ns",
        "run an385 --with %/zero.dtso " SLEEPER "--max-time 835ns",
        "run an385 " SLEEPER "--max-time 44us",
        "run microbit " SLEEPER "--max-instructions 4",
    };
    static const char zero[] =
        "/dts-v1/;\n/plugin/;\n"
        "&cpu { cairn,nanoamp-run = <0>; };\n";
    OWNED(buffer_fini) struct buffer axes = {0};

    REQUIRE(make_folder());
    write_input("zero.dtso", zero, sizeof(zero) - 1);
    write_input("waits", waits, sizeof(waits));
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        OWNED(free_at) char *line = xasprintf("%s --power=%%/a.svg", lines[i]);

        run(line);
        buffer_print(&axes, "# %s\n", lines[i]);
        append_lines(&axes, "a.svg", " class=\"m\"", "class=\"t\"");
        append_lines(&axes, "a.svg", " class=\"r\"", "class=\"t\"");
        append_lines(&axes, "a.svg", "fill=\"#a9cce8\"", "class=\"t\"");
        append_lines(&axes, "a.svg", " class=\"a\"", "class=\"t\"");
    }
    EXPECT_APPROVED(buffer_text(&axes), "power_axes.txt");
}

/* Calls outer, which calls inner and then takes a quarter of the time, and
 * turns the machine off. */
static const uint32_t nested[] = {
    0xd2a80809, /* movz x9, #0x4040, lsl #16 */
    0x9100013f, /* mov sp, x9 */
    0xd280001d, /* mov x29, #0 */
    0x94000004, /* bl outer */
    0x52b08000, /* movz w0, #0x8400, lsl #16 */
    0x72800100, /* movk w0, #8 */
    0xd4000002, /* hvc #0 */
    0xa9bf7bfd, /* outer: stp x29, x30, [sp, #-16]! */
    0x910003fd, /* mov x29, sp */
    0x94000006, /* bl inner */
    0xd2817701, /* mov x1, #3000 */
    0xf1000421, /* 1: subs x1, x1, #1 */
    0x54ffffe1, /* b.ne 1b */
    0xa8c17bfd, /* ldp x29, x30, [sp], #16 */
    0xd65f03c0, /* ret */
    0xd2846501, /* inner: mov x1, #9000 */
    0xf1000421, /* 1: subs x1, x1, #1 */
    0x54ffffe1, /* b.ne 1b */
    0xd65f03c0, /* ret */
};

/* Without the counts of an engine, which are its own. */
TEST(a_profile_is_as_approved_in_each_form)
{
    static const char names[] =
        "40200000 T start\n"
        "40200010 T rest\n"
        "40200028 T after\n"
        "4020001c T outer_with_a_name_that_goes_on_and_on_so_that_its_end_is_"
        "left_out_where_not_all_of_it_has_room\n"
        "4020003c T inner_with_a_name_that_goes_on_and_on_so_that_its_end_is_"
        "left_out_where_not_all_of_it_has_room_and_so_on_to_the_right_edge_of_"
        "the_picture_and_a_little_more_than_that\n";
    static const char *const times[] = {
        "run virt --kernel %/spins --max-instructions 3G",
        "run virt --kernel %/waits --press power@2000s",
    };
    static const char *const lines[] = {
        "run virt --kernel %/code --virtualization --symbols %/names "
        "--max-instructions 9000 --profile-every 101 --profile %/a.svg",
        "run an385 " SLEEPER "--profile-every 7 --profile %/a.svg",
    };
    OWNED(buffer_fini) struct buffer all = {0};

    REQUIRE(make_folder());
    write_input("code", nested, sizeof(nested));
    write_input("waits", waits, sizeof(waits));
    write_input("spins", spins, sizeof(spins));
    write_input("names", names, sizeof(names) - 1);
    run("run virt --cpus 2 --kernel %/code --symbols %/names "
        "--profile-every 11 --profile %/a.svg --profile %/a.txt "
        "--profile %/a.folded");
    append_lines(&all, "a.svg", "", "exits from");
    append_lines(&all, "a.txt", "", "exits from");
    append_file(&all, "a.folded");
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        run(lines[i]);
        append_lines(&all, "a.svg", "class=\"f\"", "exits from");
    }
    run("run virt --kernel %/code --profile-every 999 --profile %/a.svg "
        "--profile %/a.txt");
    append_lines(&all, "a.svg", "", "exits from");
    append_lines(&all, "a.txt", "", "exits from");
    for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
        OWNED(free_at)
        char *line = xasprintf(
            "%s --profile-every 1000000000 --profile %%/a.txt --profile "
            "%%/a.svg",
            times[i]);
        run(line);
        append_lines(&all, "a.txt", "", "exits from");
        append_lines(&all, "a.svg", "<svg", "exits from");
    }
    EXPECT_APPROVED(buffer_text(&all), "profile.txt");
}
