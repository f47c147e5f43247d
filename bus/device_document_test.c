/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/device_document.h"

#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"

static const struct register_spec registers[] = {
#include "bus/device_document_test.def"
};

static const struct register_bank banks[] = {
    {"timer",  0x100,  1 | 4,         registers, ARRAY_SIZE(registers)},
    {"copied", 0x1000, 1 | 2 | 4 | 8, NULL,      0                    },
};

static const struct omission omissions[] = {
    {"CTRL", OMITTED_SET,    0x30, 0, "the prescaler | its reload"},
    {NULL,   OMITTED_UNSEEN, 0,    0, "jitter"                    },
};

static const uint16_t frames[] = {1, 2};

static const struct output_spec outputs[] = {
    {"irq",  LINE_INTERRUPT},
    {"nrst", LINE_RESET    },
    {"pwr",  LINE_POWER    },
    {"tick", LINE_SIGNAL   },
};
static const struct input_spec inputs[] = {
    {"enable", NULL},
    {"hold",   NULL},
};

FIXTURE(struct buffer, out, buffer_fini)

TEST_BEGINS(a_page_has_all_that_the_tables_say, out)
{
    const struct device_type type = {
        .compatible = "test,timer",
        .title = "Test timer",
        .reference = "TRM 1.2, chapter 3",
        DEVICE_TABLE(omission, omissions),
        DEVICE_TABLE(bank, banks),
        .frames = frames,
        DEVICE_TABLE(output, outputs),
        DEVICE_TABLE(input, inputs),
    };
    const char *const views[] = {"core", "SoC"};
    device_document(&type, views, out);
    EXPECT_STR(
        buffer_text(out),
        "# Test timer\n"
        "\n"
        "Compatible: `test,timer`\n"
        "\n"
        "Reference: TRM 1.2, chapter 3\n"
        "\n"
        "| Not modelled | Logged when |\n"
        "|---|---|\n"
        "| the prescaler \\| its reload | `CTRL`: a bit of 0x00000030 is set "
        "|\n"
        "| jitter | not observable |\n"
        "\n"
        "## Registers: timer\n"
        "\n"
        "0x100 bytes, accessed by 1, 4 bytes.\n"
        "\n"
        "| Offset | Name | core | SoC | Reset value | Writable | Reset by | |\n"
        "|---|---|---|---|---|---|---|---|\n"
        "| 0x000 | `CTRL` | RW | none | 0x00000001 | 0x000000ff | core | start "
        "\\| stop |\n"
        "| 0x010-0x014 | `COUNT[2]` | RO | RO | 0x00000000 | 0x00000000 | "
        "power-on | counters |\n"
        "| 0x018 | `MORE` | W1C | W1S | 0x00000000 | 0x00000001 | warm |  |\n"
        "| 0x01c | `LAST` | WO | none | 0x00000000 | 0x00000000 | never |  "
        "|\n"
        "\n"
        "## Registers: copied\n"
        "\n"
        "0x1000 bytes, accessed by 1, 2, 4, 8 bytes.\n"
        "\n"
        "2 copies lie one after the other.\n"
        "\n"
        "## Inputs\n"
        "\n"
        "- `enable`\n"
        "- `hold`\n"
        "\n"
        "## Outputs\n"
        "\n"
        "- `irq` (interrupt)\n"
        "- `nrst` (reset)\n"
        "- `pwr` (power)\n"
        "- `tick` (signal)\n");
}

TEST_BEGINS(a_bare_type_still_makes_a_page, out)
{
    struct device_type type = {.compatible = "test,bare"};
    device_document(&type, NULL, out);
    EXPECT_STR(buffer_text(out),
               "# test,bare\n\nCompatible: `test,bare`\n\n"
               "Not modelled: nothing known\n");
    buffer_fini(out);
    type.banks = banks;
    type.bank_count = 1;
    device_document(&type, NULL, out);
    EXPECT(strstr(buffer_text(out),
                  "bytes.\n\n| Offset | Name | view 0 | "
                  "view 1 | Reset value |") != NULL);
}
