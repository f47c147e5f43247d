#!/bin/sh
# A disk of the host that takes no more: no command ends well whose output is not
# whole, each says which file that is, and a file that is written by a draft is
# there whole or not at all, and left as it was if it was there before.
#
# Ways, each with all outputs that it suits:
#   room    nothing is full: the command ends well and writes the file
#   device  the file is a symbolic link to /dev/full
#   limit   no file may have a byte (RLIMIT_FSIZE, whose signal must not kill)
#   tmpfs   a file system of two pages that are taken, in a namespace of its own
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
built=build/out/guest
place=$work/place
mkdir "$place"
yes data | head -c 8192 >"$work/data.img"

# An output is % with an ending that says its form. Kinds: "stream" is written
# while the command runs; "whole" at its end, as "draft", which is no device;
# "new" must not be there before; a "folder" has files of its own.
rows() {
    virt="run virt --kernel $built/virt/console.elf --press power@1ms"
    bundle="--keys $built/caliptra/embedded/keys --lms-index 0"
    bundle="$bundle --fmc $built/caliptra/fmc.elf"
    bundle="$bundle --runtime $built/caliptra/runtime.elf"
    cat <<END
stream run --events %
stream run --trace --until firmware-ready --log %
stream run --hash-every 100000 --hashes %
stream run --record %
stream $virt --output %
stream $virt --serial file:%
stream $virt --net none,pcap=%
whole run --report %.txt
whole run --report %.json
whole run --report %.html
whole run --report %.svg
whole run --profile %.txt
whole run --profile %.svg
whole run --profile %.folded
whole run --power=%.txt
whole run --power=%.json
whole run --power=%.csv
whole run --power=%.svg
whole run --quote %
whole $virt --guest-dtb %
draft run --save %
new run trust --flash new:%
new run trust --fuse-array new:%
new $virt --flash new:%
new $virt --disk $work/data.img,overlay=new:%
whole board show trust --svg %
new disk create --size 1M %.qcow2
draft disk create --force --size 1M %.qcow2
new disk convert $work/data.img %.img
draft disk convert --force $work/data.img %.img
draft disk convert --force $work/data.img %.qcow2
whole pack caliptra $bundle --out %
whole pack caliptra $bundle --out /dev/null --fuses %
whole pack flash boards/trust.yaml --quiet --out %
whole pack flash boards/trust.yaml --quiet --out /dev/null --payload %
whole pack flash boards/trust.yaml --quiet --out /dev/null --fuses %
whole pack flash boards/trust.yaml --quiet --out /dev/null --fuse-array %
whole pack ast2700 boards/ast2700.yaml --quiet --out %
whole pack capsule --revert --out %
whole pack mcuboot $work/data.img --header-size 32 --slot-size 64K --out %
new keys new --type ed25519 %
new keys new --seed full --lms 0 --no-owner-lms %
folder help --man-pages %
END
}

# Two pages. What a sandbox named keeps its room until the kernel has forgotten
# the sandbox, so there is a new file system each time.
mount_small() {
    umount "$place" 2>/dev/null
    mount -t tmpfs -o "size=$((2 * $(getconf PAGESIZE))),nr_inodes=16" \
        none "$place"
}

# NAME: the place has that file, or none if it is empty, and else no room.
prepare() {
    rm -rf "${place:?}"/*
    [ "$way" != tmpfs ] || mount_small || return
    [ -z "$1" ] || echo old >"$place/$1"
    case $way in
    device) ln -s /dev/full "$file" ;;
    tmpfs) ! cat /dev/zero >"$place/filler" ;;
    esac
}

# Names with a blank behind each.
holds() {
    names=$(ls "$place" | tr '\n' ' ')
    echo "in the folder: $names"
    [ "$names" = "$1" ]
}

# The command ends as the way wants it, and names the file if it fails.
ends() {
    said=$(
        [ "$way" != limit ] || ulimit -f 0
        exec "$cairn" "$@" 2>&1 >/dev/null </dev/null
    )
    code=$?
    echo "$code: $said"
    if [ "$way" = room ]; then
        [ "$code" -eq 0 ] && [ -s "$file" ]
    else
        [ "$code" -eq 1 ] && echo "$said" | grep -qF "$file"
    fi
}

# KIND ARGUMENT...
row() {
    kind=$1
    shift
    prepare '' && ends "$@" || return
    case $way-$kind in
    room-* | device-* | *-folder | *-stream) ;;
    *-new) holds "$filler" ;;
    *) holds "$filler" && prepare "${file##*/}" && ends "$@" &&
        holds "$filler${file##*/} " && [ "$(cat "$file")" = old ] ;;
    esac
}

# A server says so when it is ended.
server() {
    prepare '' && mkfifo "$work/said" || return
    (
        [ "$way" != limit ] || ulimit -f 0
        exec "$cairn" serve rot --socket "$work/socket" --until power \
            --log "$file" >"$work/said" 2>&1
    ) &
    {
        read -r line
        kill "$!"
        said=$(cat)
    } <"$work/said"
    wait "$!"
    code=$?
    rm "$work/said"
    echo "$line, $code: $said"
    case $code-$way in
    0-room) [ -s "$file" ] && [ -z "$said" ] ;;
    1-limit | 1-device | 1-tmpfs)
        echo "$said" | grep -qF "'$file': cannot be written"
        ;;
    *) false ;;
    esac
}

output_ends() {
    ! "$cairn" board list >/dev/full 2>"$work/said" &&
        grep 'standard output: cannot be written' "$work/said"
}

# perf(1) says where its map is.
perf_map_ends() {
    said=$(
        ulimit -f 0
        exec "$cairn" run --perf-map 2>&1 >/dev/null </dev/null
    )
    code=$?
    echo "$code: $said"
    map=$(echo "$said" | sed -n "s|.*'\(/tmp/perf-[0-9]*.map\)': cannot be written.*|\1|p")
    [ "$code" -eq 1 ] && [ -n "$map" ] && rm "$map"
}

one_way() {
    way=$1
    [ "$way" = tmpfs ] && filler='filler ' || filler=
    while read -r kind words; do
        file=$place/out${words##*%}
        case $way-$kind in
        device-draft | device-folder | device-new) ;;
        *) expect "$way: cairn $words" row "$kind" ${words%\%*}"$file" ;;
        esac
    done <"$work/rows"
    file=$place/log
    expect "$way: the log of a server" server
}

rows >"$work/rows"
if [ "$1" = tmpfs ]; then
    one_way tmpfs
    umount "$place"
else
    one_way room
    one_way limit
    expect 'the map for perf' perf_map_ends
    if [ -w /dev/full ]; then
        one_way device
        expect 'standard output' output_ends
    else
        skip '/dev/full cannot be written here'
    fi
    # A namespace of this user's where that is not root.
    [ "$(id -u)" -eq 0 ] && own=-m || own=-rm
    if unshare "$own" mount -t tmpfs none "$place" 2>/dev/null; then
        TEST_SCRIPT= unshare "$own" "$0" tmpfs >"$work/tmpfs"
        sed \$d "$work/tmpfs"
        sums=$(tail -n 1 "$work/tmpfs" | tr -dc '0-9 ')
        passed=$((passed + ${sums%% *}))
        failed=$((failed + $(echo "$sums" | awk '{ print $2 }')))
    else
        skip 'no file system of its own can be mounted here'
    fi
fi

finish
