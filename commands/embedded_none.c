/* SPDX-License-Identifier: Apache-2.0 */
/* A program that carries no files. */
#include "commands/embedded.h"

bool embedded_find(const char *name, struct cairn_image *file)
{
    return false;
}
