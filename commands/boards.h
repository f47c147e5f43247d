/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in board that commands take when told none. */
#ifndef COMMANDS_BOARDS_H
#define COMMANDS_BOARDS_H

#define BOARD_DEFAULT "caliptra-1.1"

#endif
