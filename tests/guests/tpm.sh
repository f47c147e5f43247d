# A TPM, by swtpm on both machines: firmware that measures, Linux that reads the
# PCRs and the log, tpm2-tools, U-Boot's commands, and a TPM that goes away.
# SPDX-License-Identifier: Apache-2.0

tpm_needs='edk2 uboot cloud generic busybox tpm2 shim grub sdboot'

tpm_cases() {
    for gic in 2 3; do
        echo "tpm_measured $gic"
    done
    echo 'tpm_tools'
    echo 'tpm_saved'
    echo 'tpm_measured 3 crb generic'
    echo 'tpm_buffer'
    echo 'tpm_sealed grub 4+7+8+9'
    echo 'tpm_sealed uki 4+7+11'
    echo 'tpm_uboot'
    echo 'tpm_lost'
    echo 'tpm_replayed'
}

tpm_short() {
    echo 'tpm_measured 3'
    echo 'tpm_measured 3 crb generic'
}

# What a TPM answers differs from run to run, so no two engines have the same.
lacks_swtpm() {
    if [ -n "$ENGINES" ]; then
        say skipped "$1: a TPM answers each engine differently"
    elif ! command -v swtpm >/dev/null; then
        say skipped "$1: swtpm is not here"
    else
        return 1
    fi
}

# Of what a program or library needs, all that is not listed yet.
add_needed() {
    for needed in $(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
        case $libraries in *" $needed "*) continue ;; esac
        libraries="$libraries$needed "
        add_needed "$(find_library "$needed")"
    done
}

find_library() {
    find "$folder/tpm2/lib" "$folder/tpm2/usr/lib" -name "$1" | head -n 1
}

# Puts tpm2-tools into the archive that is being written.
members_tools() {
    libraries=' libtss2-tcti-device.so.0 '
    add_needed "$folder/tpm2/usr/bin/tpm2"
    add_needed "$(find_library libtss2-tcti-device.so.0)"
    member lib 40755
    member lib/ld-linux-aarch64.so.1 100755 \
        "$(find_library ld-linux-aarch64.so.1)"
    for library in $libraries; do
        member "lib/$library" 100755 "$(find_library "$library")"
    done
    member bin/tpm2 100755 "$folder/tpm2/usr/bin/tpm2"
}

# FLAVOUR [tools]: an initial file system for tests/guests/init-tpm.
make_initrd() {
    guest_package "$1"
    {
        begin_initrd init-tpm -path "*-$1-*tpm_tis*.ko"
        [ -z "$2" ] || members_tools
        member 'TRAILER!!!' 0
    } >initrd
    initrd=initrd
}

tpm_linux() {
    machine "$1" 1 1
    tpm=$2 kernel=$(guest_file "$3")
    append='console=ttyAMA0 panic=-1 nokaslr'
    want '^major: 2' '^complaints: 0' 'reboot: Power down'
}

# FILE: the log that the guest printed.
log_of() {
    tr -d '\r' <"$1" | sed -n '/^log begins/,/^log ends/p' | grep -v '^log ' |
        base64 -d
}

pcrs_of() {
    tr -d '\r' <"$1" | grep '^pcr '
}

# Which PCRs are not what the events of the log make of them; those without an
# event are zero, or ones above 16; 10 is of Linux' IMA, which has a log of its own.
log_departs() {
    log_of "$1" >log.binary
    tpm2_eventlog log.binary >log.text 2>log.errors || echo 'no log'
    sed -n '/^  sha256:/,/^  sha384:/s/^ *\([0-9]*\) *: 0x\(.*\)/\1: \2/p' \
        log.text | tr a-f A-F | sed 's/^/pcr /' >log.pcrs
    grep -q '^pcr 0: ' log.pcrs || echo 'an empty log'
    pcrs_of "$1" | grep -v -e '^pcr 10:' | grep -v -x -F -f log.pcrs |
        grep -v -x -E 'pcr [0-9]+: (0{64}|F{64})'
}

# GIC [INTERFACE FLAVOUR]: EDK2 measures Linux, its command line and initial file system; the PCRs
# are QEMU's, and the log that Linux has leads to them.
tpm_measured() {
    tpm_linux "$1" "${2:-tis}" "${3:-cloud}"
    name="EDK2 measures into a TPM, GICv$1, ${2:-tis}"
    lacks_swtpm "$name" && return
    make_initrd "${3:-cloud}"
    bios=$(guest_file edk2)
    want '^log ends' 'EFI stub: Measured initrd data into PCR 9'
    # QEMU's machine has no command response buffer: there is no control of it.
    if [ "$2" = crb ]; then
        judge_ours "$name" >judged
    else
        judge "$name" none >judged
    fi
    if ! grep -q '^passed' judged; then
        cat judged
        return
    fi
    if command -v tpm2_eventlog >/dev/null && [ -n "$(log_departs ours)" ]; then
        say failed "$name: the log does not lead to $(log_departs ours)"
    elif [ -e theirs ] && [ "$(pcrs_of ours)" != "$(pcrs_of theirs)" ]; then
        say failed "$name: other PCRs than QEMU's"
        pcrs_of theirs >theirs.pcrs
        pcrs_of ours | diff - theirs.pcrs
    else
        cat judged
    fi
}

# By a device tree, and twice: a reset takes the PCRs and leaves the rest.
tpm_tools() {
    tpm_linux 2 tis cloud
    lacks_swtpm 'tpm2-tools' && return
    make_initrd cloud tools
    want '^random: [0-9a-f]\{32\}' '^before:.* 0x0\{64\}' '^after:.* 0x[1-9A-F]' \
        '^unseal: secret' '^changed: status [1-9]' '^write: status 0' \
        '^second: kept yes' '^second:.* 0x0\{64\}'
    judge 'tpm2-tools on Linux, over a reset' none
}

# The machine ends in the middle, and goes on from its snapshot with a TPM that
# had nothing before.
tpm_saved() {
    tpm_linux 2 tis cloud
    name='Linux goes on from a snapshot with its TPM'
    lacks_swtpm "$name" && return
    make_initrd cloud tools
    dialogue 'saved' ''
    run_ours --save ready
    rm -rf tpm.ours
    timeout "$limit" "$cairn" run --restore ready --tpm new:tpm.new --output ours \
        --max-instructions 60G >report 2>&1 </dev/null
    status=$?
    : >wanted
    want '^again: secret' '^changed: status [1-9]' '^second: kept yes' \
        '^second:.* 0x0\{64\}' '^complaints: 0' 'reboot: Power down'
    judge_end $status
}

# Only ACPI has it; QEMU has no such device for this machine.
tpm_buffer() {
    tpm_linux 3 crb generic
    name='Linux finds a command response buffer'
    lacks_swtpm "$name" && return
    make_initrd generic tools
    bios=$(guest_file edk2)
    want '^unseal: secret' '^second: kept yes'
    judge_ours "$name"
}

# LOADER LINE WANTED...: puts the loader with that kernel line and $boots_linux on the
# partition that firmware starts from, and starts it; prints what is wrong.
sealed_start() {
    boots_kernel_line=$2
    case $1 in
    grub) boots_kernel && boots_grub EFI/BOOT BOOTAA64.EFI ;;
    uki) boots_make_uki && boots_put uki.efi EFI/BOOT/BOOTAA64.EFI ;;
    esac >log.make 2>&1 || {
        echo "no disk: $(tail -n 1 log.make)"
        return
    }
    shift 2
    run_ours --disk luks,serial=luks
    status=$?
    : >wanted
    want "$@" 'reboot: Power down'
    missing=$(lacks ours)
    [ $status -eq 0 ] && [ -z "$missing" ] ||
        echo "status $status, lacks: $missing: $(tail -n 1 report)"
}

# LOADER PCRS: a disk that systemd-cryptenroll seals to them opens in the next
# machine, neither with another command line nor with another kernel, and then
# again with the first.
tpm_sealed() {
    machine 3 1 1 cortex-a35 1024
    tpm=tis name="a disk sealed to PCRs $2, started by $1"
    lacks_swtpm "$name" && return
    boots_lack "$name" aarch64-linux-gnu-objcopy && return
    debian_files cloud "$name" || return
    cp --sparse=always --reflink=auto "$folder/debian/disk.img" disk &&
        mmd -i $boots_part ::EFI/debian && truncate -s 64M luks
    line="$append ro quiet init=/usr/local/sbin/luks-init pcrs=$2"
    boots_linux=$kernel boots_initrd=$initrd bios=$(guest_file edk2) disk=disk
    # The same code under another name: all arithmetic of the file holds.
    sed 's/(debian-kernel@lists/(another-kernel@list/' "$kernel" >changed
    kernel='' initrd='' append=''
    if [ "$(wc -c <changed)" != "$(wc -c <"$boots_linux")" ] ||
        cmp -s changed "$boots_linux"; then
        say failed "$name: no other kernel"
        return
    fi
    first=$boots_linux wrong=$(sealed_start "$1" "$line" '^sealed')
    [ -n "$wrong" ] || wrong=$(sealed_start "$1" "$line" '^holds: secret')
    [ -n "$wrong" ] || wrong=$(sealed_start "$1" "$line loglevel=3" '^stays closed')
    boots_linux=changed
    [ -n "$wrong" ] || wrong=$(sealed_start "$1" "$line" '^stays closed')
    boots_linux=$first
    [ -n "$wrong" ] || wrong=$(sealed_start "$1" "$line" '^holds: secret')
    if [ -n "$wrong" ]; then
        say failed "$name: $wrong"
    else
        say passed "$name"
    fi
}

# The value of PCR 8 after an event of 32 bytes is known from its rule.
tpm_uboot() {
    lacks_swtpm 'U-Boot, TPM' && return
    uboot_machine 3 1 1
    tpm=tis
    for command in 'tpm2 init' 'tpm2 info' 'tpm2 startup TPM2_SU_CLEAR' \
        'tpm2 self_test full' 'mw.b 48000000 5a 20' \
        'tpm2 pcr_extend 8 0x48000000' 'tpm2 pcr_read 8 0x48100000' \
        'tpm2 get_capability 6 0x106 0x48200000 2' 'bootefi hello' \
        'tpm2 pcr_read 0 0x48100000'; do
        dialogue '=> ' "$command\\n"
    done
    dialogue '=> ' 'poweroff\n'
    dialogue 'poweroff ...'
    want '^PCR #8 content' '^Hello, world!' \
        '^ db cf 42 96 59 3b cc 32 f4 2b d5 8d cc ff 06 6c'
    judge 'U-Boot, TPM' text
}

# Ours alone: Linux reads a PCR until the TPM is not there any more.
tpm_lost() {
    tpm_linux 2 unix:tpm.ours/socket cloud
    append="$append lost"
    name='Linux goes on without its TPM'
    lacks_swtpm "$name" && return
    make_initrd cloud
    want '^lost'
    rm -rf tpm.ours && mkdir tpm.ours
    swtpm socket --tpm2 --tpmstate dir=tpm.ours --terminate \
        --ctrl type=unixio,path=tpm.ours/socket >swtpm.log 2>&1 &
    peer=$!
    await 10 [ -e tpm.ours/socket ]
    : >ours
    {
        await_text ours 0 'pcr 23: ' $$
        kill $peer
    } &
    judge_ours "$name" >judged
    grep -q 'the TPM is in failure mode: swtpm: ' log ||
        say failed "$name: no line says why" >judged
    cat judged
}

# The same run again, without swtpm.
tpm_replayed() {
    tpm_linux 2 tis cloud
    name='a run with a TPM replays without it'
    lacks_swtpm "$name" && return
    make_initrd cloud
    run_ours --record inputs
    mv report recorded
    mv tpm.ours tpm.gone
    "$cairn" run virt --gic 2 --cpus 1 --memory 512M --tpm tpm.ours \
        --kernel "$kernel" --initrd initrd --append "$append" \
        --replay inputs >report 2>&1
    if [ $? = 0 ] && [ ! -e tpm.ours ] &&
        [ "$(grep '^  state ' recorded)" = "$(grep '^  state ' report)" ]; then
        say passed "$name"
    else
        say failed "$name: $(grep -h '^  state ' recorded report)"
        tail -n 12 report | cut -c 1-160
    fi
}
