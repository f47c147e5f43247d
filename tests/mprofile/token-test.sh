#!/bin/sh
# Attestation tokens that another program makes (tests/mprofile/token_maker.py), and one
# of TF-M's where there is one, checked by `cairn verify-token`; damaged ones
# are refused by name.
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
maker=tests/mprofile/token_maker.py
nonce=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff

# Two images of two signers.
images() {
    printf 'the secure world' >"$work/s" && printf 'the other' >"$work/ns" &&
        for name in s ns; do
            "$cairn" keys new --type ecdsa-p256 --seed $name "$work/$name.pem" &&
                "$cairn" pack mcuboot --key "$work/$name.pem" --version 1.2.3 \
                    "$work/$name" --out "$work/$name.bin" || return 1
        done
}

# CODE WORDS TOKEN ARGUMENT...: what verify-token says.
says() {
    code=$1 words=$2 token=$3
    shift 3
    "$cairn" verify-token "$work/$token" "$@" >"$work/out" 2>&1
    got=$?
    cat "$work/out"
    test $got -eq "$code" && grep -e "$words" "$work/out"
}

# The same with all that is expected given.
says_of() {
    code=$1 words=$2 token=$3 key=${4:-256}
    says "$code" "$words" "$token" --key "$work/$key.pem" --nonce $nonce \
        --image "$work/s.bin" --image "$work/ns.bin"
}

good() {
    for bits in 256 384 521; do
        for profile in first later platform; do
            says_of 0 'trusted: 9 proven, 0 refused, 0 undecided, 0 open' $profile-$bits \
                $bits || return 1
        done
    done
    for token in rfc9783 tfm-seed untagged; do
        says_of 0 'trusted: 9 proven, 0 refused, 0 undecided, 0 open' $token || return 1
    done
}

open_ones() {
    says 3 'undecided nonce .*may be an old one' first-256 \
        --key "$work/256.pem" &&
        grep 'open      component 1 .*no image' "$work/out" &&
        says 3 '"trusted":false,"verdict":"undecided","open":\["nonce"' \
            later-384 --key "$work/384.pem" --json &&
        grep '"security-lifecycle":"12288"' "$work/out"
}

refused() {
    says_of 1 'is a COSE_Mac0' mac0 &&
        says_of 1 'is a CCA token' cca &&
        says_of 0 'open      instance-id .* is not the hash of the key' \
            other-instance &&
        says 1 'REFUSED   instance-id .* expected, found 01' first-256 \
            --key "$work/256.pem" --instance-id "01$(printf '%064d' 0)" &&
        says_of 1 'REFUSED   algorithm .*ES256 (-7).*found ES384 (-35)' \
            other-algorithm &&
        says_of 1 'REFUSED   signature ' changed &&
        says_of 1 'REFUSED   signature ' first-256 other &&
        says_of 1 "REFUSED   $work/s.bin measurement .* expected, found " \
            other-measurement &&
        says_of 1 "REFUSED   $work/ns.bin signer .* expected, found " \
            other-signer &&
        says 1 'REFUSED   nonce .*ee00 expected, found 0011' first-256 \
            --key "$work/256.pem" --nonce "${nonce%ff}00"
}

# Each byte of a token, changed: never trusted, and never exit code 2.
spoilt() {
    size=$(wc -c <"$work/first-256")
    at=0
    while [ $at -lt "$size" ]; do
        cp "$work/first-256" "$work/spoilt" &&
            printf "$(printf '\\%03o' $((0x$(tail -c +$((at + 1)) \
                "$work/first-256" | head -c 1 | od -An -tx1 | tr -d ' ') ^ 1)))" |
            dd of="$work/spoilt" bs=1 seek=$at conv=notrunc 2>/dev/null
        "$cairn" verify-token "$work/spoilt" --key "$work/256.pem" \
            --nonce $nonce >"$work/out" 2>&1
        test $? -eq 1 || { echo "byte $at"; cat "$work/out"; return 1; }
        at=$((at + 7))
    done
}

misuse() {
    says 2 'key FILE is missing' first-256 &&
        says 2 "'12' is not 64, 96 or 128" first-256 --key "$work/256.pem" \
            --nonce 12 &&
        says 2 "'12' is not 66 hexadecimal" first-256 --key "$work/256.pem" \
            --instance-id 12 &&
        says 2 "s.pem': offset 0x0: magic" first-256 --key "$work/256.pem" \
            --image "$work/s.pem" &&
        says 2 'no key in PEM' first-256 --key "$work/s.bin" &&
        says 1 'No such file' none --key "$work/256.pem"
}

# A token of TF-M's initial attestation, with the key and the images of it.
of_tfm() {
    "$cairn" verify-token "$tfm/token.bin" --key "$tfm/attestation.pem" \
        --image "$tfm/tfm_s_signed.bin" --image "$tfm/tfm_ns_signed.bin" \
        >"$work/out" 2>&1
    got=$?
    cat "$work/out"
    test $got -eq 3 && grep 'undecided nonce' "$work/out" &&
        grep 'proven    instance-id' "$work/out" &&
        grep 'proven    .*tfm_s_signed.bin measurement' "$work/out" &&
        grep 'proven    .*tfm_ns_signed.bin signer' "$work/out"
}

expect 'images are made' images
"$maker" "$work" "$work/s.bin" "$work/ns.bin" >"$work/log" 2>&1
made=$?
if [ $made -eq 77 ]; then
    skip "tokens of another program: $(cat "$work/log")" \
        '(python3-cbor2 and python3-cryptography)'
else
    expect 'the other program makes tokens' test $made -eq 0
    "$cairn" keys new --type ecdsa-p256 --seed other "$work/o" >/dev/null &&
        "$cairn" keys public --format pem "$work/o" >"$work/other.pem"
    expect 'tokens of each profile and algorithm verify' good
    expect 'what is not given is open' open_ones
    expect 'what differs is refused by name' refused
    expect 'a changed byte is refused' spoilt
    expect 'misuse is named' misuse
fi
tfm=$CAIRN_MPROFILE/tfm
if [ -f "$tfm/token.bin" ]; then
    expect 'a token of TF-M verifies' of_tfm
else
    skip 'a token of TF-M: CAIRN_MPROFILE names no folder with' \
        'tfm/token.bin'
fi

finish
