#!/bin/sh
# Images of MCUboot beside imgtool, MCUboot's own program: CAIRN_IMGTOOL names
# the folder that imgtool.py is in (`scripts` of MCUboot's source); it needs the
# packages python3-cbor2, python3-click, python3-cryptography, python3-intelhex
# and python3-yaml. And images for MCUboot itself, TF-M's boot loader of AN521, on
# a machine of ours: CAIRN_MPROFILE names a folder with tfm/ in it.
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
signers='rsa-2048 rsa-3072 ecdsa-p256 ecdsa-p384 ed25519'

imgtool() { /usr/bin/python3 "$CAIRN_IMGTOOL/imgtool.py" "$@"; }

keys() {
    for type in $signers x25519 aes-128 aes-256; do
        "$cairn" keys new --type $type "$work/$type" || return 1
    done
    for type in $signers x25519; do
        imgtool getpub -k "$work/$type" | tail -n +2 >"$work/theirs" &&
            "$cairn" keys public "$work/$type" | cmp - "$work/theirs" &&
            imgtool getpubhash -k "$work/$type" | tail -n +2 >"$work/theirs" &&
            "$cairn" keys public --format c-hash "$work/$type" |
            cmp - "$work/theirs" &&
            imgtool getpub -e pem -k "$work/$type" >"$work/theirs" &&
            "$cairn" keys public --format pem "$work/$type" |
            cmp - "$work/theirs" &&
            imgtool getpub -e raw -k "$work/$type" >"$work/theirs" &&
            "$cairn" keys public --format der "$work/$type" |
            cmp - "$work/theirs" || return 1
    done
}

# ARGUMENT...: pack mcuboot to ours.
ours() { "$cairn" pack mcuboot "$work/payload" --out "$work/ours" "$@"; }

# ARGUMENT...: imgtool sign to theirs, with a slot that all images fit.
theirs() {
    imgtool sign --pad-header -S 0x8000 "$@" "$work/payload" "$work/theirs"
}

verified() { "$cairn" inspect --verify "$@"; }

# What has the same bytes always: no signature, or Ed25519.
same_bytes() {
    ours --header-size 32 && theirs -v 0 -H 32 && cmp "$work/ours" "$work/theirs" &&
        for hash in 256 384 512; do
            ours --version 1.2.3+4 --hash $hash --slot-size 0x8000 --pad \
                --align 16 --erased 0 --load-address 0x20000000 &&
                theirs -v 1.2.3+4 -H 0x200 --sha $hash --pad --align 16 -R 0 \
                    -L 0x20000000 && cmp "$work/ours" "$work/theirs" || return 1
        done &&
        ours --confirm --slot-size 0x8000 --align 32 --max-sectors 16 \
            --rom-fixed 0x8000000 --non-bootable --boot-record NSPE --version 1.2 &&
        theirs --confirm --align 32 -M 16 -F 0x8000000 --non-bootable \
            --boot-record NSPE -v 1.2 -H 0x200 && cmp "$work/ours" "$work/theirs" &&
        ours --key "$work/ed25519" --full-key --overwrite-only --pad \
            --slot-size 0x8000 --security-counter auto --version 7.8.9 &&
        theirs -k "$work/ed25519" --public-key-format full --overwrite-only \
            --pad -s auto -v 7.8.9 -H 0x200 && cmp "$work/ours" "$work/theirs" &&
        ours --class 00112233445566778899aabbccddeeff --custom-tlv 0xa0=text \
            --custom-tlv 0xfffe=0x00ffAB --custom-tlv 0xa1= &&
        theirs --cid 00112233445566778899aabbccddeeff --custom-tlv 0xa0 text \
            --custom-tlv 0xfffe 0x00ffAB --custom-tlv 0xa1 '' -v 0 -H 0x200 &&
        cmp "$work/ours" "$work/theirs" &&
        ours --overwrite-only --confirm --max-sectors 16 --slot-size 0x8000 &&
        theirs --overwrite-only --confirm -M 16 -v 0 -H 0x200 &&
        cmp "$work/ours" "$work/theirs" &&
        ours --key "$work/ed25519" --pure --vendor example.com --class device &&
        theirs -k "$work/ed25519" --pure --vid example.com --cid device -v 0 \
            -H 0x200 && cmp "$work/ours" "$work/theirs" &&
        ours --key "$work/ed25519" --hash 512 --dependency 1=2.3.4+5 \
            --dependency 2=1 --boot-record SPE &&
        theirs -k "$work/ed25519" --sha 512 -d '(1,2.3.4+5)(2,1)' \
            --boot-record SPE -v 0 -H 0x200 && cmp "$work/ours" "$work/theirs"
}

# Each verifies what the other has made, and refuses it when it is changed.
signatures() {
    for type in $signers; do
        ours --key "$work/$type" --version 1.2.3 --security-counter 5 \
            --boot-record SPE --slot-size 0x8000 --pad &&
            imgtool verify -k "$work/$type" "$work/ours" &&
            imgtool dumpinfo "$work/ours" >"$work/info" &&
            grep 'SEC_CNT' "$work/info" && grep 'BOOT_RECORD' "$work/info" &&
            theirs -k "$work/$type" -v 1.2.3 -H 0x200 -s 5 --boot-record SPE \
                --pad && verified "$work/theirs" --key "$work/$type" --counter 5 ||
            return 1
        printf x | dd of="$work/ours" bs=1 seek=600 conv=notrunc 2>/dev/null
        printf x | dd of="$work/theirs" bs=1 seek=600 conv=notrunc 2>/dev/null
        ! imgtool verify -k "$work/$type" "$work/ours" &&
            ! verified "$work/theirs" --key "$work/$type" || return 1
    done
}

# TYPE: signs the file vector with openssl, and puts sig there in base64.
signed_elsewhere() {
    case $1 in
    rsa-*) set -- -pkeyopt digest:sha256 -pkeyopt rsa_padding_mode:pss \
        -pkeyopt rsa_pss_saltlen:32 -inkey "$work/$1" ;;
    ed25519) set -- -rawin -inkey "$work/$1" ;;
    *) set -- -inkey "$work/$1" ;;
    esac
    openssl pkeyutl -sign -in "$work/vector" "$@" | openssl base64 -A >"$work/sig"
}

# Vectors are the same, and images with a signature that neither has made.
elsewhere() {
    for type in $signers; do
        "$cairn" keys public --format pem "$work/$type" >"$work/public" &&
            for vector in payload digest; do
                ours --vector-to-sign $vector --fix-sig-pubkey "$work/public" \
                    --version 1.2.3 --security-counter 5 --boot-record SPE &&
                    theirs --vector-to-sign $vector -k "$work/$type" -v 1.2.3 \
                        -H 0x200 -s 5 --boot-record SPE &&
                    cmp "$work/ours" "$work/theirs" || return 1
            done &&
            mv "$work/ours" "$work/vector" && signed_elsewhere $type &&
            ours --fix-sig "$work/sig" --fix-sig-pubkey "$work/public" \
                --version 1.2.3 --security-counter 5 --boot-record SPE \
                --slot-size 0x8000 --pad &&
            theirs --fix-sig "$work/sig" --fix-sig-pubkey "$work/public" \
                -v 1.2.3 -H 0x200 -s 5 --boot-record SPE --pad &&
            cmp "$work/ours" "$work/theirs" &&
            imgtool verify -k "$work/$type" "$work/ours" &&
            verified "$work/ours" --key "$work/public" &&
            ! ours --fix-sig "$work/sig" --fix-sig-pubkey "$work/public" \
                --version 1.2.4 --security-counter 5 --boot-record SPE || return 1
    done
    ours --vector-to-sign payload --pure --fix-sig-pubkey "$work/public" &&
        mv "$work/ours" "$work/vector" && signed_elsewhere ed25519 &&
        ours --pure --fix-sig "$work/sig" --fix-sig-pubkey "$work/public" &&
        theirs --pure --fix-sig "$work/sig" --fix-sig-pubkey "$work/ed25519" \
            -v 0 -H 0x200 && cmp "$work/ours" "$work/theirs"
}

# SIGNER DEVICE BITS ARGUMENT...: theirs is decrypted here; plain and encrypted
# it is as long as ours.
decrypted() {
    signer=$1 device=$2 bits=$3
    shift 3
    for clear in '' --clear; do
        theirs -k "$work/$signer" -E "$work/$device" --encrypt-keylen "$bits" \
            $clear -v 1.2.3 -H 0x200 "$@" &&
            verified "$work/theirs" --key "$work/$signer" \
                --decrypt "$work/$device" >"$work/out" &&
            cat "$work/out" && grep 'proven  *signature' "$work/out" || return 1
        test -n "$clear" || grep "proven  *decryption .*AES-$bits" "$work/out" ||
            return 1
    done
}

encryption() {
    for bits in 128 256; do
        decrypted rsa-2048 rsa-2048 $bits &&
            decrypted ecdsa-p256 ecdsa-p256 $bits &&
            decrypted ed25519 x25519 $bits &&
            decrypted ed25519 x25519 $bits --hmac-sha 512 || return 1
    done
}

# ARGUMENT...: the least slot, which the refusal of a small one gives.
least() {
    ours --slot-size 16 --pad "$@" 2>&1 |
        sed -n 's/.*image of \(0x[0-9a-f]*\) bytes and trailer of \(0x[0-9a-f]*\) .*/\1 + \2/p'
}

# Slots that an image just fits, and just does not: both agree.
slots() {
    for arguments in '--align 1' '--align 8' '--align 32' \
        '--align 4 --max-sectors 16' '--align 8 --max-align 16' \
        '--overwrite-only'; do
        size=$(($(least $arguments)))
        ours --slot-size $size --pad $arguments &&
            imgtool sign --pad-header -S $size --pad $arguments -v 0 -H 0x200 \
                "$work/payload" "$work/theirs" &&
            cmp "$work/ours" "$work/theirs" &&
            ! ours --slot-size $((size - 1)) --pad $arguments &&
            ! imgtool sign --pad-header -S $((size - 1)) --pad $arguments -v 0 \
                -H 0x200 "$work/payload" "$work/theirs" || return 1
    done
}

# A header inside of the program, and Intel HEX.
inputs() {
    { head -c 512 /dev/zero && cat "$work/payload"; } >"$work/whole" &&
        "$cairn" pack mcuboot "$work/whole" --header-included \
            --out "$work/ours" &&
        imgtool sign -S 0x8000 -v 0 -H 0x200 "$work/whole" "$work/theirs" &&
        cmp "$work/ours" "$work/theirs" &&
        /usr/bin/python3 -c 'import intelhex, sys
image = intelhex.IntelHex()
image.loadbin(sys.argv[1], 0x8000200)
image.puts(0x8003000, b"behind a gap")
image.write_hex_file(sys.argv[2])' "$work/payload" "$work/in.hex" &&
        "$cairn" pack mcuboot "$work/in.hex" --out "$work/ours" &&
        imgtool sign --pad-header -S 0x8000 -v 0 -H 0x200 "$work/in.hex" \
            "$work/theirs" && cmp "$work/ours" "$work/theirs" &&
        "$cairn" pack mcuboot "$work/in.hex" --out "$work/ours.hex" &&
        imgtool sign --pad-header -S 0x8000 -v 0 -H 0x200 "$work/in.hex" \
            "$work/theirs.hex" && cmp "$work/ours.hex" "$work/theirs.hex" &&
        "$cairn" pack mcuboot "$work/payload" --out "$work/ours.hex" \
            --hex-addr 0xff00 &&
        imgtool sign --pad-header -S 0x8000 -v 0 -H 0x200 --hex-addr 0xff00 \
            "$work/payload" "$work/theirs.hex" &&
        cmp "$work/ours.hex" "$work/theirs.hex" &&
        imgtool sign --pad-header -S 0x8000 -v 0 -H 0x200 --hex-addr 0xff00 \
            --confirm -k "$work/ed25519" "$work/payload" "$work/theirs.hex" &&
        verified "$work/theirs.hex" --key "$work/ed25519" >"$work/out" &&
        grep 'at 0xff00: MCUboot image' "$work/out" &&
        grep 'upgrade  *confirmed' "$work/out"
}

# CODE: of Python, with imgtool's keys and the pass phrase that is in pass.
imgtool_keys() {
    PYTHONPATH="$PYTHONPATH:$CAIRN_IMGTOOL" /usr/bin/python3 -c "import sys
from imgtool import keys
phrase = b'open sesame'
$1" "$work/encrypted"
}

# Each reads encrypted keys of the other.
pass_phrases() {
    echo 'open sesame' >"$work/pass"
    for class in RSA ECDSA256P1 ECDSA384P1 Ed25519 X25519; do
        imgtool_keys "keys.$class.generate().export_private(sys.argv[1], phrase)" &&
            ! "$cairn" keys public "$work/encrypted" </dev/null &&
            "$cairn" keys public --format pem "$work/encrypted" \
                --password-file "$work/pass" >"$work/public" &&
            openssl pkey -in "$work/encrypted" -passin file:"$work/pass" -pubout |
            cmp - "$work/public" || return 1
    done
    for type in $signers x25519; do
        rm -f "$work/encrypted"
        "$cairn" keys new --type $type --encrypted --password-file "$work/pass" \
            "$work/encrypted" &&
            imgtool_keys 'sys.exit(keys.load(sys.argv[1]) is not None)' &&
            imgtool_keys 'keys.load(sys.argv[1], phrase)' || return 1
    done
}

# Nobody verifies them, but they are told apart from what is no image.
big_endian() {
    ! ours --endian big && theirs -e big -v 0 -H 0x200 &&
        ! imgtool verify "$work/theirs" &&
        ! "$cairn" inspect "$work/theirs" 2>"$work/out" &&
        grep 'a big-endian image' "$work/out"
}

# NAME KEY VERSION NUMBER ARGUMENT...: an image of TF-M, which depends on another.
part() {
    name=$1 key=$2 version=$3 number=$4
    shift 4
    "$cairn" pack mcuboot --out "$work/$name" --key "$tfm/$key.pem" \
        --version "$version" --header-size 0x400 --slot-size 0x80000 --pad \
        --overwrite-only --security-counter 1 --boot-record SPE \
        --dependency "$number=0" "$@" &&
        verified "$work/$name" --key "$tfm/$key.pem" --counter 1
}

# LIMIT: what the boot loader starts, if anything, in so many instructions.
boot() {
    "$cairn" run an521 --load "$tfm/bl2.axf" --load "$work/both@0x10080000" \
        --max-instructions "$1" --expect 'End of Non-secure test suites' \
        </dev/null
}

# The secure image from its ELF file, which leaves room for the header.
started() {
    part s root-EC-P256 2.1.0 1 --header-included "$tfm/tfm_s.axf" &&
        part ns root-EC-P256_1 0 0 "$tfm/tfm_ns.bin" &&
        cat "$work/s" "$work/ns" >"$work/both" && boot 20000000000
}

# By the other's key, and with a byte changed: nothing starts.
not_started() {
    part s root-EC-P256_1 2.1.0 1 --header-included "$tfm/tfm_s.axf" &&
        cat "$work/s" "$work/ns" >"$work/both" &&
        ! boot 150000000 >"$work/out" && ! grep 'TEST:' "$work/out" &&
        part s root-EC-P256 2.1.0 1 --header-included "$tfm/tfm_s.axf" &&
        printf x | dd of="$work/s" bs=1 seek=5000 conv=notrunc 2>/dev/null &&
        cat "$work/s" "$work/ns" >"$work/both" &&
        ! boot 150000000 >"$work/out" && ! grep 'TEST:' "$work/out"
}

tfm=$CAIRN_MPROFILE/tfm
missing=
for file in bl2.axf tfm_s.axf tfm_ns.bin root-EC-P256.pem root-EC-P256_1.pem; do
    [ -f "$tfm/$file" ] || missing=$file
done
if [ -n "$missing" ]; then
    skip "images for TF-M's boot loader: CAIRN_MPROFILE names no" \
        "folder with tfm/$missing"
else
    expect "TF-M's boot loader starts images of ours" started
    expect "TF-M's boot loader refuses changed ones" not_started
fi

if [ ! -f "$CAIRN_IMGTOOL/imgtool.py" ]; then
    skip 'images beside imgtool: CAIRN_IMGTOOL names no folder of it'
elif ! imgtool version >"$work/version" 2>&1; then
    skip "imgtool does not start: $(tail -n 1 "$work/version")"
else
    tail -c +100001 "$cairn" | head -c 2345 >"$work/payload"
    expect 'keys are those of imgtool' keys
    expect 'what is deterministic is the same bytes' same_bytes
    expect 'each verifies the images of the other' signatures
    expect 'signatures are made elsewhere' elsewhere
    expect 'images of imgtool are decrypted' encryption
    expect 'slots have the same sizes' slots
    expect 'programs are read alike' inputs
    expect 'big-endian images are named' big_endian
    expect 'each reads encrypted keys of the other' pass_phrases
fi

finish
