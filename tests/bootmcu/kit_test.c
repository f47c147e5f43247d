/* SPDX-License-Identifier: Apache-2.0 */
/* Micro-libraries of guests that talk to consoles and to the GIC, compiled for
 * the host, with registers of this test behind guest/kit/mmio. */
#include "base/bits.h"
#include "base/buffer.h"
#include "guest/kit/gic/gic.h"
#include "guest/kit/mmio/mmio.h"
#include "guest/kit/pl011/pl011.h"
#include "tests/harness.h"

enum { UARTFR = 0x18, TXFF = 1 << 5, WAKER = 0x14, SLEEP = 2, ASLEEP = 4 };

static struct buffer trail;
static unsigned delay; /* reads until a flag changes */
static uint32_t waker;

static void put(uint32_t port, char character)
{
    buffer_print(&trail, port == 7 ? "%c" : "?%c", character);
}

uint32_t mmio_read(uint32_t address)
{
    bool still = delay != 0;
    delay -= still;
    if (address % 0x1000 == UARTFR) {
        buffer_print(&trail, "%s", still ? "full " : "");
        return still ? TXFF : 0;
    }
    if (!still) {
        waker =
            (waker & SLEEP) != 0 ? waker | ASLEEP : waker & ~(uint32_t)ASLEEP;
    }
    buffer_print(&trail, "%x=%x ", address, waker);
    return waker;
}

void mmio_write(uint32_t address, uint32_t value)
{
    if (address % 0x20000 == WAKER) {
        waker = value;
    }
    buffer_print(&trail, "[%x]=%x ", address, value);
}

TEST(numbers_have_the_digits_they_take)
{
    static const struct {
        unsigned long value;
        const char *hex, *eight, *decimal;
    } cases[] = {
        {0,           "0",                "00000000",         "0"                   },
        {9,           "9",                "00000009",         "9"                   },
        {10,          "a",                "0000000a",         "10"                  },
        {0x10,        "10",               "00000010",         "16"                  },
        {0xdeadbeef,  "deadbeef",         "deadbeef",         "3735928559"          },
        {0x123456789, "123456789",        "123456789",        "4886718345"          },
        {-1ul,        "ffffffffffffffff", "ffffffffffffffff", "18446744073709551615"},
    };
    const struct printer printer = {put, 7};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("%lx", cases[i].value);
        buffer_clear(&trail);
        print_hex(&printer, cases[i].value, 1);
        EXPECT_STR(buffer_text(&trail), cases[i].hex);
        buffer_clear(&trail);
        print_hex(&printer, cases[i].value, 8);
        EXPECT_STR(buffer_text(&trail), cases[i].eight);
        buffer_clear(&trail);
        print_decimal(&printer, cases[i].value);
        EXPECT_STR(buffer_text(&trail), cases[i].decimal);
    }
    buffer_clear(&trail);
    print_text(&printer, "a b");
    EXPECT_STR(buffer_text(&trail), "a b");
}

TEST(a_character_waits_for_room_in_the_fifo)
{
    buffer_clear(&trail);
    delay = 2;
    pl011_put(PL011_SECURE, 'x');
    pl011_put_line(PL011_SECURE, '\n');
    print_text(&pl011, "y\n");
    EXPECT_STR(buffer_text(&trail),
               "full full [9040000]=78 [9040000]=d [9040000]=a "
               "[9000000]=79 [9000000]=a ");
}

TEST(a_redistributor_is_awake_or_asleep_when_it_says_so)
{
    EXPECT_EQ(gicr_frame(0), 0x080a0000);
    EXPECT_EQ(gicr_frame(3), 0x08100000);
    waker = SLEEP | ASLEEP;
    delay = 2;
    buffer_clear(&trail);
    gicr_wake(1);
    EXPECT_STR(buffer_text(&trail),
               "80c0014=6 [80c0014]=4 80c0014=4 80c0014=0 ");
    delay = 3;
    buffer_clear(&trail);
    gicr_sleep(1);
    EXPECT_STR(buffer_text(&trail),
               "80c0014=0 [80c0014]=2 80c0014=2 80c0014=2 80c0014=6 ");
    buffer_fini(&trail);
}
