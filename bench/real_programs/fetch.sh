#!/bin/sh
# Fetches what bench/real_programs runs: packages.txt and all they depend on,
# for arm64 (the guest) and amd64 (the host), each unpacked into
# build/out/real_programs/ARCHITECTURE, the files that all jobs work on, and
# Debian's kernel as tests/guests/guests.sh has it. Packages come from Debian 12 by a
# package state of our own. Without a way to them it says so and ends with 1.
# SPDX-License-Identifier: Apache-2.0
here=$(realpath "$(dirname "$0")")
guests=$(realpath "$here/../../guest/linux")
top=$(pwd)/build/out

fail() {
    echo "bench: $*" >&2
    exit 1
}

# ---- Debian's kernel --------------------------------------------------------

mkdir -p "$top/guests" "$top/real_programs" || exit
. "$guests/fetch.sh"
(
    folder=$top/guests
    cd "$folder" && exec 9>lock && flock 9
    fetch_guests cloud || fail "$reason"
) || exit

# ---- Packages ---------------------------------------------------------------

# What no job reads, and most of the space.
trim() {
    rm -rf usr/share usr/lib/git-core usr/lib/avr usr/lib/*/gconv \
        usr/lib/*/perl usr/lib/python3*/test usr/lib/python3*/idlelib \
        usr/lib/python3*/lib2to3 usr/lib/dpkg usr/sbin usr/bin/avr-* \
        usr/bin/git-* usr/bin/scalar usr/bin/dpkg*
    find usr/lib/gcc -type f ! -name cc1 -exec rm {} +
}

# ARCHITECTURE
fetch_programs() {
    architecture=$1 folder=$top/real_programs/$1
    [ ! -e "$folder/complete" ] || return 0
    mkdir -p "$folder/debs" "$folder/root" && cd "$folder" || return
    fetch_update || fail "packages cannot be fetched: $(tail -n 1 apt.log)"
    # shellcheck disable=SC2046
    packages=$(apt_guest apt-get -s --no-install-recommends install \
        $(sed -n 's/^\([a-z0-9.+-]*\) .*/\1/p' "$here/packages.txt") \
        2>>apt.log | sed -n 's/^Inst \([^ ]*\).*/\1/p')
    # shellcheck disable=SC2086
    (cd debs && apt_guest apt-get -qq download $packages) >>apt.log 2>&1 ||
        fail "packages cannot be fetched: $(tail -n 1 apt.log)"
    for archive in debs/*.deb; do
        dpkg-deb -x "$archive" root || return
    done
    rm -rf debs apt/cache
    (cd root && trim && mkdir -p bench dev proc tmp) && : >complete
}

(fetch_programs arm64) && (fetch_programs amd64) || exit

# ---- What jobs work on ------------------------------------------------------

# The text is what Python's library consists of, the same for both.
cd "$top/real_programs/arm64/root" && rm -rf bench && mkdir bench &&
    cp -r "$here/run" "$here/jobs" bench &&
    cat usr/lib/python3.11/[a-z]*.py >bench/text &&
    rm -rf ../../amd64/root/bench && cp -r bench ../../amd64/root &&
    cmp -s bench/text ../../amd64/root/bench/text ||
    fail 'files of the jobs cannot be written'
