#!/bin/sh
# Runs a job on the host, by the host's own packages: native.sh ROOT JOB. The
# memory file system is as the guest's is; nothing outside it is written.
# SPDX-License-Identifier: Apache-2.0
rights=
[ "$(id -u)" -eq 0 ] || rights=--map-root-user
# shellcheck disable=SC2086,SC2016
exec unshare $rights --mount sh -c '
    mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" 2>/dev/null
    mount -t tmpfs tmpfs "$0/tmp" &&
        exec chroot "$0" /bin/dash /bench/run "$1"' "$1" "$2"
