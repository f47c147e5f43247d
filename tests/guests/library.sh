# A guest on our machine and, as a control, on the one of qemu-system-aarch64:
# the same files and keys, what both must print, and a comparison of what they
# print. Sourced by guests.sh for each case, in a folder of the case's own.
# SPDX-License-Identifier: Apache-2.0
tab=$(printf '\t')

# A machine of no guest yet: GIC CPUS EL [CPU [MEGABYTES]]; EL 3 has the secure
# world and no EL2.
machine() {
    gic=$1 cpus=$2 el=$3 cpu=${4:-cortex-a35} memory=${5:-512}
    kernel='' initrd='' append='' bios='' flash='' dom0='' dom0_initrd=''
    dom0_append='' tpm='' acpi=on limit=${LIMIT:-600} disk='' transport=mmio
    options='' their_options='' qemu=qemu-system-aarch64 libraries=''
    most=60G
    : >dialogue
    : >wanted
    shape="GICv$gic, $cpus processors, EL$el, $cpu"
}

# Takes the control that benches compare with, QEMU 10 where it can be had.
recent_control() {
    found=$(cd "$here/../.." && bench/peer.sh aarch64 2>/dev/null) || return
    qemu=$(echo "$found" | sed -n 1p) libraries=$(echo "$found" | sed -n 2p)
}

# Waits for TEXT, then types KEYS (none at the end): \n is the return key.
dialogue() {
    printf '%s\t%s\n' "$1" "$2" >>dialogue
}

# Lines that match these must be printed by both.
want() {
    printf '%s\n' "$@" >>wanted
}

# ---- Running ----------------------------------------------------------------

has_option() {
    "$cairn" run --help >help && grep -q -e "--$1 " help
}

# A copy of the disk for the machine of that name; runs change it.
copy_disk() {
    cp --sparse=always --reflink=auto "$disk" "disk.$1" && echo "disk.$1"
}

# FILE: as an option names it that keeps a state in it.
kept() {
    [ -e "$1" ] || printf new:
    echo "$1"
}

# Takes further options of ours; those in $options have no spaces, as those of
# QEMU in $their_options.
run_ours() {
    # shellcheck disable=SC2086
    set -- run virt $options "$@" --gic "$gic" --cpus "$cpus" --memory "${memory}M" \
        --output ours --log log
    [ -z "$most" ] || set -- "$@" --max-instructions "$most"
    [ "$cpu" = cortex-a35 ] || set -- "$@" --cpu "$cpu"
    [ "$el" != 2 ] || set -- "$@" --virtualization
    [ "$el" != 3 ] || set -- "$@" --security
    [ -z "$kernel" ] || set -- "$@" --kernel "$kernel"
    [ -z "$initrd" ] || set -- "$@" --initrd "$initrd"
    [ -z "$append" ] || set -- "$@" --append "$append"
    [ -z "$bios" ] || set -- "$@" --bios "$bios"
    [ -z "$flash" ] || set -- "$@" --flash "$(kept "$flash.ours")"
    [ $acpi = on ] || set -- "$@" --no-acpi
    case $tpm in
    unix:*) set -- "$@" --tpm "$tpm" ;;
    ?*) set -- "$@" --tpm "$(kept tpm.ours),interface=$tpm" ;;
    esac
    [ -z "$disk" ] || set -- "$@" --disk "$(copy_disk ours),bus=$transport"
    [ -z "$dom0" ] || set -- "$@" --module "kernel=$dom0" \
        --module-append "$dom0_append" --module "ramdisk=$dom0_initrd"
    while IFS=$tab read -r text keys; do
        set -- "$@" --expect "$text"
        [ -z "$keys" ] || set -- "$@" --type "$keys"
    done <dialogue
    timeout "$limit" "$cairn" "$@" >report 2>&1 </dev/null
}

# Waits until the file has the text behind so many bytes; 1 when it is late or
# its writer is gone.
await_text() {
    for _ in $(seq 1 $((limit * 10))); do
        tail -c +$(($2 + 1)) "$1" | grep -qF -e "$3" && return 0
        kill -0 "$4" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}

# Leaves the last answer in $answered: without one, the machine is ended when
# the last text is there, as ours.
converse() {
    seen=0 answered=
    while IFS=$tab read -r text keys; do
        answered=$keys
        await_text theirs $seen "$text" "$1" || return
        seen=$(($(wc -c <theirs)))
        [ -z "$keys" ] || printf '%s' "$keys" | sed 's/\\n/\r/g' >&3
    done <dialogue
}

# Commas in an option of QEMU's are doubled.
commas() {
    printf '%s' "$1" | sed 's/,/,,/g'
}

run_theirs() {
    # shellcheck disable=SC2086
    set -- $their_options -machine "virt,gic-version=$gic,acpi=$acpi" -cpu "$cpu" \
        -smp "$cpus" -m "$memory" -nographic -nodefaults -serial stdio \
        -rtc base=1970-01-01T00:00:00,clock=vm
    [ "$el" != 2 ] || set -- "$@" -machine virtualization=on
    [ "$el" != 3 ] || set -- "$@" -machine secure=on
    [ -z "$kernel" ] || set -- "$@" -kernel "$kernel"
    [ -z "$initrd" ] || set -- "$@" -initrd "$initrd"
    [ -z "$append" ] || set -- "$@" -append "$append"
    [ -z "$bios" ] || set -- "$@" -bios "$bios"
    if [ -n "$flash" ]; then
        [ -e "$flash.theirs" ] || truncate -s 64M "$flash.theirs"
        set -- "$@" -drive \
            "if=pflash,unit=1,format=raw,file=$flash.theirs"
    fi
    if [ -n "$tpm" ]; then
        rm -rf tpm.theirs && mkdir tpm.theirs
        swtpm socket --tpm2 --tpmstate dir=tpm.theirs --terminate \
            --ctrl type=unixio,path=tpm.theirs/socket >swtpm.log 2>&1 &
        await 10 [ -e tpm.theirs/socket ]
        set -- "$@" -chardev socket,id=tpm,path=tpm.theirs/socket \
            -tpmdev emulator,id=tpm0,chardev=tpm \
            -device tpm-tis-device,tpmdev=tpm0
    fi
    if [ -n "$disk" ]; then
        set -- "$@" -global virtio-mmio.force-legacy=false \
            -drive "if=none,format=raw,id=disk,file=$(copy_disk theirs)"
        case $transport in
        mmio) set -- "$@" -device virtio-blk-device,drive=disk ;;
        pci) set -- "$@" -device virtio-blk-pci,drive=disk,disable-legacy=on ;;
        esac
    fi
    # Behind what a direct start puts into memory.
    [ -z "$dom0" ] || set -- "$@" \
        -device "guest-loader,addr=0x4a000000,kernel=$dom0,bootargs=$(
            commas "$dom0_append"
        )" \
        -device "guest-loader,addr=0x4e000000,initrd=$dom0_initrd"
    rm -f keys && mkfifo keys
    LD_LIBRARY_PATH=$libraries timeout "$limit" "$qemu" "$@" >theirs 2>theirs.errors <keys &
    peer=$!
    exec 3>keys
    converse $peer || answered=
    if [ -s dialogue ] && [ -z "$answered" ]; then
        sleep 0.2
        kill $peer 2>/dev/null
    fi
    exec 3>&-
    wait $peer
}

# ---- Judging ----------------------------------------------------------------

say() {
    case_result=$1
    shift
    echo "$case_result: $*"
}

# NAME FILE: what of the wanted lines the file lacks.
lacks() {
    while IFS= read -r pattern; do
        grep -q -e "$pattern" "$1" || printf '%s\n' "$pattern"
    done <wanted
}

# Why the root file system of a disk, its second partition, is not as it should
# be after a clean end; nothing if it is.
unsound() {
    e2fsck -fn "$1?offset=$((129 << 20))" >fsck 2>&1 ||
        echo "a sound file system: $(tail -n 2 fsck)"
}

# What of the two outputs differs, less what is known to: a line starts with <
# if only we print it, with > if only QEMU does, with ! if it is of our log.
differ() {
    sed -f "$here/normalise.sed" ours >ours.text
    sed -f "$here/normalise.sed" theirs >theirs.text
    case $1 in
    lines) # in any order, as processors print side by side
        sort -u ours.text >ours.lines
        sort -u theirs.text >theirs.lines
        comm -23 ours.lines theirs.lines | sed 's/^/< /'
        comm -13 ours.lines theirs.lines | sed 's/^/> /'
        ;;
    text)
        diff ours.text theirs.text | grep '^[<>]'
        ;;
    esac
    sed 's/^ *[0-9.]* ms /! /; s/^cairn: /! /' log
}

# NAME: runs the machine by each of $ENGINES; its state at every $EVERY
# instructions must be the same.
judge_engines() {
    [ -z "$flash" ] || [ ! -e "$flash.ours" ] || cp "$flash.ours" "$flash.first"
    rm -f first
    for engine in $ENGINES; do
        [ -z "$flash" ] || rm -f "$flash.ours"
        [ -z "$flash" ] || [ ! -e "$flash.first" ] ||
            cp "$flash.first" "$flash.ours"
        run_ours --engine "$engine" --hashes "hashes.$engine" \
            --hash-every "${EVERY:-1000000}"
        status=$?
        [ -e first ] || cp "hashes.$engine" first
        if [ $status -ne 0 ] || [ ! -s first ]; then
            say failed "$1: engine $engine: status $status"
            tail -n 12 report | cut -c 1-160
            return
        fi
        if ! cmp -s first "hashes.$engine"; then
            say failed "$1: engine $engine: another state after $(
                diff first "hashes.$engine" | sed -n '2s/^. //p'
            )"
            return
        fi
        rm "hashes.$engine"
    done
    say passed "$1: $(wc -l <first) times the same state by $ENGINES"
}

# STATUS: of the machine, which must have printed what is wanted.
judge_end() {
    missing=$(lacks ours)
    if [ "$1" -ne 0 ] || [ -n "$missing" ]; then
        say failed "$name: status $1, lacks: $missing"
        tail -n 12 report log | cut -c 1-160
        return
    fi
    say passed "$name"
}

# NAME [OPTION...]: runs the machine where there is no control to compare it
# with.
judge_ours() {
    name=$1
    shift
    : >log
    run_ours "$@"
    judge_end $?
}

# NAME HOW: runs the machine twice; HOW is lines, text or none.
judge() {
    name=$1
    if [ "$cpu" != cortex-a35 ] && ! has_option cpu; then
        say skipped "$name: no --cpu yet"
        return
    fi
    : >log
    if [ -n "$ENGINES" ]; then
        judge_engines "$name"
        return
    fi
    run_ours
    status=$?
    missing=$(lacks ours)
    if [ -z "$missing" ] && [ -n "$disk" ]; then
        missing=$(unsound disk.ours)
    fi
    if [ $status -ne 0 ] || [ -n "$missing" ]; then
        say failed "$name: status $status, lacks: $missing"
        tail -n 12 report | cut -c 1-160
        return
    fi
    if ! command -v "$qemu" >/dev/null; then
        say passed "$name (no control: $qemu is not here)"
        return
    fi
    run_theirs
    missing=$(lacks theirs)
    if [ -n "$missing" ]; then
        say failed "$name: the control lacks: $missing"
        tail -n 5 theirs theirs.errors | cut -c 1-160
        return
    fi
    [ "$2" != none ] || {
        say passed "$name"
        return
    }
    grep -v -e '^#' -e '^$' "$here/differences" >known
    differ "$2" | grep -v -E -f known >new
    if [ -s new ]; then
        say failed "$name: $(wc -l <new) new differences"
        head -n 40 new | cut -c 1-200
        return
    fi
    say passed "$name"
}
