/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory functions of the C library that compilers call by themselves.
 * Ranges of whole, aligned words are copied by words: ICCM and the mailbox
 * window of some cores take no narrower stores at speed.
 */
#ifndef GUEST_KIT_MEMORY_H
#define GUEST_KIT_MEMORY_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *left, const void *right, size_t size);

#endif
