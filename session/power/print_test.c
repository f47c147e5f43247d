/* SPDX-License-Identifier: Apache-2.0 */
/* A ledger that has just begun: files of --power are in commands. */
#include <string.h>

#include "session/power/power.h"
#include "tests/harness.h"

TEST(a_ledger_of_no_time_has_no_shares_and_no_bars)
{
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options), .board = "virt", .power = true};
    struct cairn_machine *machine = NULL;
    struct buffer text = {0};
    struct buffer picture = {0};

    REQUIRE(cairn_create(&options, &machine, NULL) == 0);
    cairn_power(machine);
    session_power_text(machine, "virt", &text);
    session_power_picture(machine, "virt", &picture);
    test_case("%s", buffer_text(&text));
    EXPECT(strstr(buffer_text(&text), " 0.000000 to 0.000000 ms\n") != NULL);
    EXPECT(strstr(buffer_text(&text), "    0.000%\n") != NULL);
    test_case("%s", buffer_text(&picture));
    EXPECT(strstr(buffer_text(&picture), "virtual time</text>") == NULL);
    EXPECT(strstr(buffer_text(&picture), "nan") == NULL);
    buffer_fini(&text);
    buffer_fini(&picture);
    cairn_destroy(machine);
}
