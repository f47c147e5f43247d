/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/embedded.h"

bool embedded_find(const char *name, struct embedded_file *file)
{
    (void)name;
    (void)file;
    return false;
}
