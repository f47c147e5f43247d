/* SPDX-License-Identifier: Apache-2.0 */
/* Bits of the descriptors of translation tables (DDI 0487, D8.3). */
#ifndef TESTS_A64_TABLES_H
#define TESTS_A64_TABLES_H

#include <stdint.h>

#define TABLE     ((uint64_t)3)
#define BLOCK     ((uint64_t)1)
#define PAGE      ((uint64_t)3)
#define DEVICE    ((uint64_t)1 << 2) /* attribute 1 */
#define USER      ((uint64_t)1 << 6)
#define READ_ONLY ((uint64_t)1 << 7)
#define AF        ((uint64_t)1 << 10)
#define NG        ((uint64_t)1 << 11)
#define PXN       ((uint64_t)1 << 53)
#define UXN       ((uint64_t)1 << 54)

#endif
