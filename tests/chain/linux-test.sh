#!/bin/sh
# Debian's kernel behind the chain of board trust, to the end of BusyBox' script
# and to a shell, by options of its own and as `--guest linux`.
# minutes: 1
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
guests=$(pwd)/build/out/guests
kernel=$guests/linux/kernel initrd=$guests/linux/initrd
tests=$(realpath tests)
guest_linux=$(realpath guest/linux)
if ! reason=$("$guest_linux/guest-linux" "$guests" 2>&1); then
    skip "Linux behind the chain: $reason"
    finish
fi
cd "$work" || exit 2

# INITRD ARGUMENT...: Linux, whose output goes into the file `console`.
linux() {
    first=$1
    shift
    timeout 300 "$cairn" run trust --kernel "$kernel" \
        --initrd "$first" --append 'console=ttyAMA0 panic=-1' \
        --output console "$@" >said 2>&1 || { tail -n 20 said && return 1; }
}

boots() {
    linux script --cpus 2 &&
        grep -q '^processors: 2' console && grep -q '^online: 0-1' console &&
        grep -q 'psci: PSCIv1.* detected in firmware' console &&
        grep -q 'reboot: Power down' console
}

# Only what the root of trust authorised was there to be started.
is_authorised() {
    for image in 0x1000 0x1001 0x1002 0x1003; do
        grep -q "^image $image: authorised" said || return 1
    done
    grep -q 'release .*cpu1: runs from 0x0e000000' said
}

is_typed_to() {
    linux "$initrd" --expect '# ' --type 'echo $((6 * 7)) answers\n' \
        --expect '# ' --type 'poweroff -f\n' && grep -q '^42 answers' console
}

# Cores by their reset lines, and a restart in which only power is not gone.
takes_cores_off() {
    cpus=/sys/devices/system/cpu
    linux "$initrd" --cpus 4 --expect '/ # ' \
        --type "for i in 1 2 3; do echo 0 >$cpus/cpu\$i/online; done; echo 1 >$cpus/cpu2/online; cat $cpus/online; reboot -f\\n" \
        --expect 'Booting Linux' --expect '/ # ' --type 'poweroff -f\n' &&
        grep -q '^0,2' console &&
        test "$(grep -c 'Brought up 1 node, 4 CPUs' console)" -eq 2 &&
        test "$(grep -c '^ .* reset .*cpu3: held' said)" -eq 2 &&
        test "$(grep -c 'release .*cpu2: runs' said)" -ge 3 &&
        grep -q '^root of trust: runs again' said
}

# The program finds its guest wherever it is called.
is_found() {
    timeout 300 "$cairn" run trust --guest linux --append quiet \
        --expect '/ # ' --type 'cat /proc/cmdline\n' --expect '/ # ' \
        --output console >said 2>&1 &&
        grep -q '^console=ttyAMA0 panic=-1 quiet' console
}

is_found_elsewhere() {
    mkdir -p data/cairn/guests/mine && ln -s "$kernel" data/cairn/guests/mine &&
        XDG_DATA_HOME=$work/data timeout 300 "$cairn" run trust --guest mine \
            --append console=ttyAMA0 --expect 'Linux version' >said 2>&1
}

is_missed() {
    ! CAIRN_GUESTS=/nowhere "$cairn" run trust --guest other >said 2>&1 &&
        grep -q "guest 'other': there is no other/kernel in '/nowhere'," said &&
        ! "$cairn" run trust --guest ./other >said 2>&1 &&
        grep -q "guest './other': no file 'kernel' in the folder" said
}

# What the program carries is a guest too, and of this board alone.
is_hello() {
    "$cairn" run --guest hello >said 2>&1 && grep -q 'hello from EL1' said &&
        ! "$cairn" run virt --guest hello >said 2>&1 &&
        grep -q "'hello' is embedded for board 'trust' only" said
}

# Ctrl-C ends what runs in the foreground, and not the shell.
is_interrupted() {
    timeout 300 "$cairn" run virt --guest linux --quiet \
        --expect '# ' --type 'echo go; sleep 1000\n' \
        --expect "$(printf 'go\r')" --type "$(printf '\003')" \
        --expect '# ' --type 'echo $((6 * 7)) answers; poweroff\n' \
        --output console >said 2>&1 &&
        grep -q '^42 answers' console
}

# TEXT: waits until the terminal shows it.
shown() { await 120 grep -qF -e "$1" typescript; }

# As people do: a prompt, keys, the word for the end.
is_interactive() {
    rm -f keys typescript && mkfifo keys && : >typescript
    script -qefc "$cairn run trust --guest linux" typescript \
        <keys >/dev/null 2>&1 &
    peer=$!
    exec 3>keys
    shown '/ # ' && printf 'echo $((6 * 7)) answers\r' >&3 &&
        shown '42 answers' && printf 'poweroff\r' >&3
    typed=$?
    [ $typed -eq 0 ] || kill $peer
    exec 3>&-
    wait $peer && [ $typed -eq 0 ] && grep -q 'Ctrl-] ends the run' typescript &&
        grep -q 'outcome *the guest ended well' typescript
}

has_terminals() {
    script -qefc true /dev/null </dev/null >/dev/null 2>&1
}

. "$guest_linux/fetch.sh"
. "$guest_linux/initrd.sh"
folder=$guests
initrd "$(guest_file busybox)" "$tests/guests/init" >script
expect 'Linux on two processors runs its script and powers off' boots
expect 'the root of trust authorised each of its images' is_authorised
expect 'a shell behind the chain answers' is_typed_to
expect 'cores are taken off and on, and a restart is warm' takes_cores_off
expect 'guest linux is found, and its command line added to' is_found
expect 'a guest is found among those of the user' is_found_elsewhere
expect 'a guest that is nowhere is looked for in places that are named' is_missed
expect 'guest hello is the application that board trust carries' is_hello
expect 'Ctrl-C ends what the shell runs' is_interrupted
if has_terminals; then
    expect 'at a terminal a shell answers until the power is off' is_interactive
else
    skip 'at a terminal: there are no pseudo-terminals here'
fi

finish
