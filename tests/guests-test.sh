#!/bin/sh
# The guests in the form for every change: U-Boot, EDK2 to its shell and Linux
# on two processors, each beside QEMU.
# SPDX-License-Identifier: Apache-2.0
exec "$(dirname "$0")/guests.sh" --short
