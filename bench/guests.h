/* SPDX-License-Identifier: Apache-2.0 */
/* Files that `make check-guests` has fetched from Debian's packages for arm64.
 */
#ifndef BENCH_GUESTS_H
#define BENCH_GUESTS_H

#include <stdbool.h>

#define GUESTS_LINUX "boot/vmlinuz-*-cloud-arm64"
#define GUESTS_UBOOT "usr/lib/u-boot/qemu_arm64/u-boot.bin"
#define GUESTS_EDK2  "usr/share/qemu-efi-aarch64/QEMU_EFI.fd"
#define GUESTS_XEN   "boot/xen-*-arm64"

enum { GUESTS_PATH = 512 };

/* The path of one of these. */
bool guests_file(const char *pattern, char path[GUESTS_PATH]);
/* Writes the initial file system of tests/guests/guests.sh with another init.
 */
bool guests_initrd(const char *path, const char *init);

#endif
