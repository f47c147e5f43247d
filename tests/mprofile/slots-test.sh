#!/bin/sh
# Slots of board an521 with a boot loader and images of ours: what the report says
# of who entered what, beside what is in the slots; upgrades, and a power cut at
# each write of one.
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
guests=$(realpath build/out/guest/mprofile)
cd "$work" || exit 2

# PROGRAM VERSION COUNTER FILE OPTION...
pack() {
    program=$1
    version=$2
    counter=$3
    file=$4
    shift 4
    "$cairn" pack mcuboot "$guests/$program.elf" --version "$version" \
        --security-counter "$counter" --header-size 0x400 --key sign.pem \
        --slot-size 0x80000 --out "$file" "$@" >/dev/null
}

# A key, images that it signed, and the boot loader with its public half.
prepare() {
    "$cairn" keys new --type ecdsa-p256 sign.pem >/dev/null &&
        pack secure_image 1.0.0 1 secure.bin &&
        pack nonsecure_image 1.0.0 1 nonsecure.bin &&
        pack secure_image 2.0.1 2 upgrade.bin &&
        "$cairn" keys public sign.pem |
        grep -o '0x[0-9a-f][0-9a-f]' | sed 's/0x/\\x/' | tr -d '\n' >key.text &&
        env printf "$(cat key.text)" >key.der &&
        test "$(wc -c <key.der)" = 91
}

# OPTION...: a run with semihosting, its report in run.json, its console and log.
start() {
    timeout 60 "$cairn" run an521 --semihosting --bl2 "$guests/loader.elf" \
        --load key.der@0x10002000 --report run.json --report run.txt \
        --report run.html --max-instructions "${limit:-100M}" "$@" >run.out 2>run.log
}

# TEXT...: lines of the report in this order.
reports() {
    from=1
    for text in "$@"; do
        line=$(tail -n "+$from" run.txt | grep -n -F "$text" | head -n 1)
        test -n "$line" || {
            echo "not reported, or too early: $text"
            cat run.txt
            return 1
        }
        from=$((from + ${line%%:*}))
    done
}

chain() {
    start --secure secure.bin --nonsecure nonsecure.bin --engine "$1" &&
        reports 'bl2: boot loader entered at 0x10000' \
            'bench         bl2: ' \
            'cpu0          secure_slot: Secure image entered at 0x100805' \
            'bench         secure_slot: image 1.0.0+0, ' \
            'bench         secure_slot: valid: hash and signature hold, by the key at 0x2000' \
            'cpu0          Non-secure state: entered first at 0x001005' \
            'nonsecure_slot: Non-secure image entered at 0x001005' \
            'bench         nonsecure_slot: valid: ' \
            '  Boot loader  ' '  Secure image  ' '  Non-secure image  ' \
            'key at 0x2000 of bl2' &&
        grep -q 'entered first at 0x001005.*, by BXNS at 0x100806' run.txt &&
        grep -v "^  command " run.txt >"$1.txt" && diff interpreter.txt "$1.txt" &&
        grep -q '"stage":"Non-secure image"' run.json &&
        grep -q 'Secure image' run.html
}

# What a file has at an offset, changed in one bit.
spoil() {
    byte=$(od -An -tu1 -j "$2" -N 1 "$1")
    cp "$1" spoilt.bin
    printf '%b' "\\0$(printf %03o $((byte ^ 1)))" |
        dd of=spoilt.bin bs=1 seek="$2" conv=notrunc status=none
    ! cmp -s "$1" spoilt.bin
}

# OFFSET TEXT: this loader starts the image nevertheless; the bench knows.
entered_though_bad() {
    spoil secure.bin "$1" &&
        start --secure spoilt.bin --nonsecure nonsecure.bin &&
        reports 'secure_slot: Secure image entered' \
            "bench         secure_slot: $2" 'BROKEN: 1 check failed'
}

# Without its magic an image is not started.
never_entered() {
    spoil secure.bin 0 &&
        start --secure spoilt.bin --nonsecure nonsecure.bin &&
        reports 'bl2: boot loader entered' \
            'bench         secure_slot: never entered' \
            'bench         secure_slot: invalid: no image of MCUboot' \
            'bench         nonsecure_slot: never entered' \
            'bench         nonsecure_slot: valid: ' \
            'Images in slots, at the end' && ! grep -q 'image entered' run.txt
}

upgraded() {
    start --secure secure.bin --nonsecure nonsecure.bin \
        --secure-upgrade upgrade.bin "$@" &&
        reports 'Secure image entered' 'secure_slot: image 2.0.1+0' \
            'Non-secure state: entered'
}

# Writes of an upgrade; an erase and a copy are an operation each. A cut that never
# comes fails the run.
operations() {
    ! upgraded --power-cut 1000000 >never.log &&
        sed -n 's/.*never lost: \([0-9]*\) operations.*/\1/p' run.log | head -n 1
}

# Power is lost in each operation at some byte: afterwards the new image runs. The
# last one, by which the image confirms itself, is a byte.
cut_everywhere() {
    count=$(operations)
    test "${count:-0}" -ge 5 || return 1
    operation=1
    while test "$operation" -le "$count"; do
        for byte in 0 5 4096; do
            if upgraded --power-cut "$operation:$byte@$operation"; then
                grep -q 'power_cut: lost in operation' run.log
            else
                grep -q 'the last, ends before byte' run.log
            fi && grep -q 'nonsecure image 00010000' run.out || {
                echo "operation $operation, byte $byte"
                cat run.log
                return 1
            }
        done
        operation=$((operation + 1))
    done
}

# MESSAGE OPTION...
refused() {
    message=$1
    shift
    "$cairn" run "$@" >run.out 2>run.log
    test $? -ne 0 && grep -F "$message" run.log
}

# In the Secure image of the second boot: nothing is reported twice.
restored() {
    limit=200 start --secure secure.bin --nonsecure nonsecure.bin \
        --save run.snapshot
    grep -q 'nonsecure_slot: never entered' run.txt || return 1
    "$cairn" run --restore run.snapshot --allow "$guests" --quiet >again.txt &&
        test "$(grep -c 'secure_slot: Secure image entered' again.txt)" = 2 &&
        test "$(grep -c 'Non-secure state: entered' again.txt)" = 1 &&
        ! grep -q 'never entered' again.txt &&
        grep -q 'key at 0x2000 of bl2' again.txt
}

expect 'a key, images, and a boot loader that has the key' prepare
for engine in interpreter compiler chaos; do
    expect "the report has who entered what, by the $engine" chain "$engine"
done
expect 'an image that was changed is entered, and reported as bad' \
    entered_though_bad 1200 'invalid: this is not the hash in the image'
expect 'a version that was changed' \
    entered_though_bad 22 'invalid: this is not the hash in the image'
expect 'an image that is none is not entered, and reported as none' never_entered
expect 'an upgrade runs' upgraded
expect 'an upgrade runs after a loss of power at each of its writes' cut_everywhere
expect 'a snapshot knows what was entered' restored
expect 'boards without slots take no images for them' refused \
    "option '--secure' has no effect on board 'an505': it has no slot for a Secure image" \
    an505 --secure secure.bin
expect 'a program is no image' refused 'is a program, not a signed image' \
    an521 --secure "$guests/secure_image.elf"
head -c 1100000 /dev/zero >large.bin
expect 'a file that is too long is refused' refused \
    "'nonsecure_slot' of board 'an521' only 524288" an521 --nonsecure large.bin
expect 'also one for both slots' refused \
    "'secure_slot' of board 'an521' only 1048576" an521 --secure large.bin

finish
