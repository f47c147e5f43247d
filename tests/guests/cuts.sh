# Power cuts in the middle of writes: files that Linux writes to a file system on
# a second disk, the end of the machine at places that are spread over them, then
# another machine that mounts what is left: what was said to be synced is there,
# and the file system is sound. One system writes from one snapshot on; CUTS
# is how many times it is ended (default 100).
# SPDX-License-Identifier: Apache-2.0

cuts_needs=''

cuts_cases() {
    for type in ext4 xfs btrfs; do
        echo "cuts_run $type ${CUTS:-16}"
    done
}

cuts_short() {
    echo 'cuts_run ext4 4'
}

# The second and later disks follow.
cuts_machine() {
    append="console=ttyAMA0 quiet root=LABEL=debian ro init=/usr/local/sbin/cut-init $1"
    shift
    set -- run virt --gic 3 --memory 1G --kernel "$kernel" --initrd "$initrd" \
        --append "$append" --disk "$folder/debian/disk.img,read-only" "$@"
    timeout "$limit" "$cairn" "$@" --log log </dev/null
}

# The last version that was said to be synced, by a whole line.
cuts_synced() {
    tr -d '\r' <"$1" | sed -n '$!s/^synced \([0-9]*\)$/\1/p' | tail -n 1
}

# FILE SYSTEM, FILE: what the host's tools have against a file system, nothing if
# it is sound. e2fsck puts back the log of a copy first, as a mount does; btrfs
# has to be sound without its log. Nothing outside the kernel puts XFS' log back,
# so that is judged after the guest has.
cuts_unsound() {
    case $1 in
    ext4) set -- e2fsck -fn "$2" ;;
    xfs) set -- xfs_repair -n -f "$2" ;;
    btrfs) set -- btrfs check --readonly "$2" ;;
    esac
    command -v "$1" >/dev/null || return
    if [ "$1" = e2fsck ]; then
        cp --sparse=always --reflink=auto "$3" judged
        set -- e2fsck -fn judged
        e2fsck -p judged >judge.log 2>&1
        # It mends a log that a mount refuses.
        ! grep 'corrupt\|errors' judge.log || return
    fi
    "$@" >judge.log 2>&1 || echo "$1: $(tail -n 1 judge.log)"
}

# FILE SYSTEM, FROM, TO: these cuts are checked in one machine.
cuts_check() {
    set -- "$1" $(seq "$2" "$3")
    type=$1 synced='' disks=''
    shift
    for cut in "$@"; do
        synced=$synced$(cat "synced.$cut"),
        disks="$disks --disk cut.$cut"
        [ "$type" = xfs ] || cuts_unsound "$type" "cut.$cut" >"judged.$cut"
    done
    # shellcheck disable=SC2086
    cuts_machine "cut=check fs=$type synced=$synced" $disks \
        --output checked >report 2>&1
    for cut in "$@"; do
        disk=vd$(printf "\\$(printf %o $((98 + cut - $1)))")
        verdict=$(tr -d '\r' <checked | sed -n "s/^checked $disk: //p")
        [ "$type" != xfs ] || cuts_unsound "$type" "cut.$cut" >"judged.$cut"
        if [ "$verdict" != sound ] || [ -s "judged.$cut" ]; then
            echo "cut $cut: guest: ${verdict:-no verdict}, host: $(cat "judged.$cut")"
            mv "cut.$cut" "wrong.$cut"
        else
            rm "cut.$cut"
        fi
    done
}

cuts_run() {
    type=$1 count=$2
    machine 3 1 1 cortex-a35 1024
    debian_files cloud "$type after $count power cuts" || return
    truncate -s 400M disk
    cuts_machine "cut=write fs=$type" --disk disk --expect 'synced 3' \
        --save ready --quiet >report 2>&1 || {
        say failed "$type is not written: $(tail -n 1 report)"
        return
    }
    first=1 wrong='' step=$((300000000 / count)) chance=${SEED:-1}
    for cut in $(seq 1 "$count"); do
        cp --sparse=always --reflink=auto disk "cut.$cut"
        # One in each part of 300M instructions, at a place by chance.
        chance=$(((chance * 1103515245 + 12345) % 2147483648))
        cuts_restored "cut.$cut" $((cut * step - (chance >> 8) % step)) >report 2>&1
        grep -q 'instructions were executed\|limit of .* instructions' report || {
            say failed "$type, cut $cut: $(tail -n 1 report)"
            return
        }
        cuts_synced written >"synced.$cut"
        [ -s "synced.$cut" ] || echo 3 >"synced.$cut"
        if [ $((cut - first)) -eq 15 ] || [ "$cut" -eq "$count" ]; then
            wrong=$wrong$(cuts_check "$type" $first "$cut")
            first=$((cut + 1))
        fi
    done
    if [ -n "$wrong" ]; then
        say failed "$type after $count power cuts: $wrong"
    else
        say passed "$type after $count power cuts, $(cat synced.1) to $(cat "synced.$count") versions written"
    fi
}

# DISK INSTRUCTIONS: the machine goes on and loses its power, and of what was
# not flushed a part.
cuts_restored() {
    timeout "$limit" "$cairn" run --restore ready --allow "$folder/debian" \
        --disk "$folder/debian/disk.img,read-only" --disk "volatile:$1" \
        --output written --max-instructions "$2" --log log </dev/null
}
