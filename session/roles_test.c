/* SPDX-License-Identifier: Apache-2.0 */
/* Which parts of the built-in boards have which roles. */
#include "session/roles.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"

TEST(boards_name_their_parts)
{
    static const struct {
        const char *board;
        const char *names[SESSION_ROLES]; /* NULL: it has none */
    } rows[] = {
        {"virt",
         {[SESSION_FIRMWARE] = "flash0",
          [SESSION_VARIABLES] = "flash1",
          [SESSION_POWER_KEY] = "gpio",
          [SESSION_POWER_CUT] = "nor1"}                       },
        {"trust",
         {[SESSION_ROOT_OF_TRUST] = "soc_ifc",
          [SESSION_BOOT_CONTROL] = "mcu_reset",
          [SESSION_BOOT_CONSOLE] = "mcu_uart",
          [SESSION_BOOT_FLASH] = "boot_flash",
          [SESSION_FUSES] = "soc_fuses",
          [SESSION_FIRMWARE] = "flash0",
          [SESSION_VARIABLES] = "flash1",
          [SESSION_POWER_KEY] = "gpio",
          [SESSION_POWER_CUT] = "mcu_nor"}                    },
        {"caliptra-1.1", {[SESSION_ROOT_OF_TRUST] = "soc_ifc"}},
        {"caliptra-2.1", {[SESSION_ROOT_OF_TRUST] = "soc_ifc"}},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct cairn_options options = {
            .size = sizeof(struct cairn_options), .board = rows[i].board};
        struct cairn_board *board;
        struct session_roles roles;
        REQUIRE(cairn_board_open(&options, &board, NULL) == 0);
        session_roles_find(&roles, board);
        for (unsigned role = 0; role < SESSION_ROLES; role++) {
            const char *name = session_role(&roles, role);
            test_case("%s, role %u", rows[i].board, role);
            EXPECT_STR(name ? name : "none",
                       rows[i].names[role] ? rows[i].names[role] : "none");
        }
        cairn_board_close(board);
    }
}

TEST(a_line_is_one_of_the_part)
{
    struct session_roles roles = {0};
    strcpy(roles.names[SESSION_BOOT_CONTROL], "control");
    char *line = session_role_line(&roles, SESSION_BOOT_CONTROL, "verdict");
    EXPECT_STR(line, "control.verdict");
    free(line);
    EXPECT(session_role_line(&roles, SESSION_FUSES, "any") == NULL);
}
