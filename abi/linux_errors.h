/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of Linux as protocols carry them, whatever the host's numbers are. */
#ifndef ABI_LINUX_ERRORS_H
#define ABI_LINUX_ERRORS_H

enum linux_error {
#define LINUX_ERROR(name, number) LINUX_##name = number,
#include "abi/linux_errors.def"
#undef LINUX_ERROR
};

#endif
