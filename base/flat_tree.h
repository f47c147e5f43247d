/* SPDX-License-Identifier: Apache-2.0 */
/* Checks whether bytes from outside are a flattened device tree (Devicetree
 * specification, 5) that libfdt may be given. */
#ifndef BASE_FLAT_TREE_H
#define BASE_FLAT_TREE_H

#include <stddef.h>

/* 0, or a negative code for fdt_strerror. Versions before 16 are refused. size
 * is that of the buffer, in which the tree may end earlier. */
int flat_tree_check(const void *bytes, size_t size);

#endif
