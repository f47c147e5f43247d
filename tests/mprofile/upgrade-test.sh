#!/bin/sh
# The chain of TF-M on board an521: what its report says of who entered what, and
# what TF-M's boot loader (MCUboot) does with upgrades: trial, confirmation, a lower
# security counter, a corrupt one, and a loss of power in each write. From the folder
# that CAIRN_MPROFILE names: tfm/ as tests/mprofile/firmware-test.sh has it, with
# tfm_s_signed.bin and tfm_ns_signed.bin, the two images one by one, and the
# development keys root-EC-P256.pem and root-EC-P256_1.pem; and tfm-upgrade/ with
# bl2-STRATEGY.axf, boot loaders of TF-M for AN521 with two images that upgrade by
# OVERWRITE_ONLY and SWAP_USING_SCRATCH. CUT_STEP=1 cuts in every write, not in each
# tenth.
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
: "${CUT_STEP:=10}"
guests=$(realpath build/out/guest/mprofile)
images=${CAIRN_MPROFILE:-}
if test -n "$images"; then
    images=$(realpath "$images") || exit 2
fi
cd "$work" || exit 2

# OPTION...
run() {
    timeout 300 "$cairn" run an521 --report run.txt --max-instructions 3G "$@" \
        </dev/null >run.out 2>run.log
}

# PROGRAM KEY ROLE VERSION COUNTER FILE
pack() {
    "$cairn" pack mcuboot "$guests/$1.elf" --key "$images/tfm/$2.pem" \
        --boot-record "$3" --version "$4" --security-counter "$5" \
        --header-size 0x400 --slot-size 0x80000 --pad --out "$6" >/dev/null
}

prepare() {
    pack secure_image root-EC-P256 SPE 1.0.0 1 secure.bin &&
        pack secure_image root-EC-P256 SPE 1.0.0 5 counter-5.bin &&
        pack secure_image root-EC-P256 SPE 2.0.0 2 trial.bin &&
        pack secure_image root-EC-P256 SPE 2.0.1 2 confirms.bin &&
        pack secure_image root-EC-P256_1 SPE 2.0.1 2 other-key.bin &&
        pack nonsecure_image root-EC-P256_1 NSPE 1.0.0 1 nonsecure.bin
}

# FILE OFFSET: spoilt.bin is the file with one bit changed.
spoil() {
    byte=$(od -An -tu1 -j "$2" -N 1 "$1")
    cp "$1" spoilt.bin
    printf '%b' "\\0$(printf %03o $((byte ^ 1)))" |
        dd of=spoilt.bin bs=1 seek="$2" conv=notrunc status=none
    ! cmp -s "$1" spoilt.bin
}

# ---- TF-M's own images -------------------------------------------------------

# The report without what the command line named.
plain_report() {
    grep -v -e '^  command ' -e ': SHA-256 ' run.txt
}

# ENGINE: one file for both slots and two files make the same report.
chain() {
    run --bl2 "$images/tfm/bl2.axf" --secure "$images/tfm/tfm_s_ns_signed.bin" \
        --engine "$1" --expect 'Execute test suites for the Non-secure area' &&
        grep 'cpu0 .*: Secure image entered at 0x1008' run.txt &&
        grep 'bench .*secure_slot: valid: hash and signature hold' run.txt &&
        grep 'cpu0 .*Non-secure state: entered first at 0x001.*by BXNS at 0x1008' run.txt &&
        grep 'cpu0 .*: Non-secure image entered at 0x001' run.txt &&
        grep 'bench .*nonsecure_slot: valid: hash and signature hold' run.txt &&
        plain_report >"$1.txt" && diff compiler.txt "$1.txt" &&
        run --bl2 "$images/tfm/bl2.axf" --secure "$images/tfm/tfm_s_signed.bin" \
            --nonsecure "$images/tfm/tfm_ns_signed.bin" --engine "$1" \
            --expect 'Execute test suites for the Non-secure area' &&
        plain_report | diff compiler.txt -
}

# SLOT OFFSET: with one bit changed nothing is entered behind the boot loader, and
# the report says what is wrong with that image and that the other is good.
refuses() {
    secure=$images/tfm/tfm_s_signed.bin
    nonsecure=$images/tfm/tfm_ns_signed.bin
    other=nonsecure_slot
    if test "$1" = secure_slot; then
        spoil "$secure" "$2" && secure=spoilt.bin
    else
        other=secure_slot
        spoil "$nonsecure" "$2" && nonsecure=spoilt.bin
    fi
    test -e spoilt.bin || return 1
    run --bl2 "$images/tfm/bl2.axf" --secure "$secure" --nonsecure "$nonsecure"
    grep 'bl2: boot loader entered' run.txt &&
        ! grep 'image entered' run.txt &&
        ! grep 'Non-secure state' run.txt &&
        grep "bench .* $1: never entered" run.txt &&
        grep "bench .* $1: invalid: this is not the hash in the image" run.txt &&
        grep "bench .* $other: valid: " run.txt
}

# ---- Upgrades of ours --------------------------------------------------------

# STRATEGY OPTION...
boots() {
    strategy=$1
    shift
    run --semihosting --bl2 "$images/tfm-upgrade/bl2-$strategy.axf" \
        --nonsecure nonsecure.bin "$@"
}

# VERSION VERSION: what the Secure images of the two boots said, and then the
# Non-secure one.
said() {
    grep -a -o -E '^(secure|nonsecure) image 0.*' run.out >said.text
    printf 'secure image 000%s\nsecure image 000%s\nnonsecure image 00010000\n' \
        "$1" "$2" | diff - said.text
}

trial() {
    boots "$1" --secure secure.bin --secure-upgrade trial.bin && said 20000 "$2"
}

confirms() {
    boots "$1" --secure secure.bin --secure-upgrade confirms.bin &&
        said 20001 20001
}

# STRATEGY FILE TEXT: what the bench says of an upgrade that is not installed,
# which is gone afterwards: it is what was entered that tells.
keeps_old() {
    boots "$1" --secure secure.bin --secure-upgrade "$2" && said 10000 10000
}

# The image of counter 5 installs one with a lower counter and resets.
rolls_not_back() {
    boots "$1" --secure counter-5.bin --load confirms.bin@0x10310000 &&
        grep -a '^installed' run.out && said 10000 10000 &&
        boots "$1" --secure secure.bin --load confirms.bin@0x10310000 &&
        grep -a '^installed' run.out && said 10000 20001
}

# STRATEGY FILE: after a loss of power in each write one of the images runs, and
# the Non-secure one behind it.
cuts() {
    boots "$1" --secure secure.bin --secure-upgrade "$2" \
        --power-cut 1000000 || return 1
    count=$(sed -n 's/.*never lost: \([0-9]*\) operations.*/\1/p' run.log)
    test "${count:-0}" -ge 100 || return 1
    operation=1
    while test "$operation" -lt "$count"; do
        byte=$((operation * 37 % 64))
        boots "$1" --secure secure.bin --secure-upgrade "$2" \
            --power-cut "$operation:$byte@$operation" &&
            grep -q 'power: power_cut: lost in operation' run.log &&
            grep -a '^secure image' run.out | tail -n 1 |
            grep -q -E ' 000(10000|2000[01])$' &&
            grep -a -q '^nonsecure image 00010000' run.out || {
            echo "operation $operation of $count, byte $byte"
            cat run.log run.txt
            return 1
        }
        operation=$((operation + CUT_STEP))
    done
}

if test -z "$images" || ! test -e "$images/tfm/tfm_s_signed.bin"; then
    skip "TF-M for AN521, which CAIRN_MPROFILE names the folder of"
else
    for engine in compiler interpreter chaos; do
        expect "TF-M's chain is reported, by the $engine" chain "$engine"
    done
    expect 'a changed Secure image is refused, and why' \
        refuses secure_slot 8192
    expect 'a changed Non-secure image is refused, and why' \
        refuses nonsecure_slot 8192
fi
if test -z "$images" || ! test -e "$images/tfm-upgrade/bl2-OVERWRITE_ONLY.axf"; then
    skip "TF-M's upgrades: no tfm-upgrade/ in the folder"
else
    expect 'images are packed' prepare
    expect 'a trial that is not confirmed is reverted' \
        trial SWAP_USING_SCRATCH 10000
    expect 'an overwritten image stays' trial OVERWRITE_ONLY 20000
    for strategy in SWAP_USING_SCRATCH OVERWRITE_ONLY; do
        expect "an image that confirms itself stays, $strategy" \
            confirms "$strategy"
        spoil confirms.bin 1300
        expect "a corrupt upgrade is not installed, $strategy" \
            keeps_old "$strategy" spoilt.bin
        expect "one with another key is not, $strategy" \
            keeps_old "$strategy" other-key.bin
        expect "one with a lower security counter is not, $strategy" \
            rolls_not_back "$strategy"
        expect "power may be lost in each write of an upgrade, $strategy" \
            cuts "$strategy" confirms.bin
    done
    expect 'and of a trial and its revert' cuts SWAP_USING_SCRATCH trial.bin
fi

finish
