/* SPDX-License-Identifier: Apache-2.0 */
/* Virtio devices in free slots of a board, and targets on its I2C buses, before
 * a machine is made of it. */
#ifndef PLATFORM_BOARD_PLUG_H
#define PLATFORM_BOARD_PLUG_H

#include "include/cairn/cairn.h"
#include "platform/board/board.h"

/* As cairn_board_plug. */
int board_plug(struct board *board, const struct cairn_plug *plug,
               char name[CAIRN_PART_NAME_SIZE], struct error *error);

#endif
