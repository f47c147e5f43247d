#!/bin/sh
# The guests in the form for every change: U-Boot, EDK2 to its shell, Linux on
# two processors, and one that EDK2 measures into a TPM, each beside QEMU.
# minutes: 5
# SPDX-License-Identifier: Apache-2.0
exec tests/guests/guests.sh --short
