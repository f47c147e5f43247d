#!/bin/sh
# Evidence of a run's root of trust: asked for, checked by `cairn verify-quote`
# and by OpenSSL's own program, which have to agree on good and on bad.
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
embedded=build/out/guest/caliptra/embedded
nonce=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff

# FILE ARGUMENT...: evidence of board trust.
evidence() {
    file=$1
    shift
    "$cairn" run trust --quiet --quote "$file" "$@"
}

verify() { "$cairn" verify-quote "$@"; }

# CODE ARGUMENT...: verify-quote ends with that code.
judged() {
    code=$1
    shift
    verify "$@"
    test $? -eq "$code"
}

asked() {
    "$cairn" run trust --quiet --report "$work/good.txt" &&
        evidence "$work/e.pem" --nonce $nonce >"$work/run" &&
        grep "^  evidence  *$work/e.pem" "$work/run" &&
        "$cairn" keys root >"$work/root.pem" &&
        verify "$work/e.pem" --root "$work/root.pem" --nonce $nonce \
            --reference "$work/good.txt" >"$work/verdict" &&
        cat "$work/verdict" &&
        grep 'trusted: 16 proven, 0 refused, 0 undecided, 1 open' "$work/verdict" &&
        grep 'proven    PCR 31 ' "$work/verdict"
}

repeatable() {
    evidence "$work/1.pem" && evidence "$work/2.pem" &&
        evidence "$work/3.pem" --seed 2 &&
        cmp "$work/1.pem" "$work/2.pem" && ! cmp "$work/1.pem" "$work/3.pem" &&
        judged 3 "$work/3.pem" --development
}

# A core that an agent serves, and our runtime on it.
by_agent() {
    for generation in 1.0 1.1; do
        "$cairn" run --generation $generation --quiet --quote "$work/a.pem" \
            --nonce $nonce &&
            verify "$work/a.pem" --development --nonce $nonce || return 1
    done
    "$cairn" run --quiet --until fmc --quote "$work/b.pem" >"$work/out" 2>&1
    test $? -eq 1 && grep 'not ready to be asked' "$work/out" &&
        ! test -e "$work/b.pem"
}

# Released ROMs of 2.x and our firmware, which the fuses choose.
generation_2() {
    "$cairn" inspect $embedded/firmware-2-lms.bundle --fuses >"$work/lms.fuses"
    for rom in "$CAIRN_CALIPTRA_ROMS"/*rom-2.[01].*.bin; do
        board=caliptra-$(basename "$rom" | sed 's/.*rom-\(2\.[01]\).*/\1/')
        for fuses in '' "--fuses $work/lms.fuses"; do
            "$cairn" run "$board" --rom "$rom" $fuses --nonce $nonce \
                --quote "$work/2.pem" >"$work/out" &&
                grep 'firmware  *our own' "$work/out" &&
                grep 'the runtime firmware is ready' "$work/out" &&
                verify "$work/2.pem" --development --nonce $nonce \
                    --reference "$work/out" || return 1
        done
    done
}

# What was to be measured follows from the files alone, for all that was.
reckoned() {
    gzip -dc $embedded/trust.img.gz >"$work/trust.img" &&
        "$cairn" inspect "$work/trust.img" --pcrs >"$work/flash.pcrs" &&
        judged 3 "$work/e.pem" --development \
            --reference "$work/flash.pcrs" >"$work/out" &&
        grep 'undecided: 15 proven, 0 refused, 1 undecided, 1 open' "$work/out" &&
        "$cairn" inspect $embedded/firmware.bundle --pcrs \
            --with-fuses $embedded/part.fuses >"$work/part.pcrs" &&
        verify "$work/a.pem" --development --nonce $nonce \
            --reference "$work/part.pcrs" &&
        sed 's/^life_cycle.*/life_cycle = 1/' $embedded/part.fuses \
            >"$work/fuses" && ! cmp "$work/fuses" $embedded/part.fuses &&
        "$cairn" inspect $embedded/firmware.bundle --pcrs \
            --with-fuses "$work/fuses" >"$work/other.pcrs" &&
        judged 1 "$work/a.pem" --development \
            --reference "$work/other.pcrs" >"$work/out" &&
        grep 'REFUSED   PCR 0 ' "$work/out" && grep 'proven    PCR 2 ' "$work/out"
}

# A manufacturer made here, by OpenSSL.
other_manufacturer() {
    openssl ecparam -name secp384r1 -genkey -noout -out "$work/ca.key" &&
        openssl req -x509 -new -sha384 -key "$work/ca.key" -days 2 \
            -addext keyUsage=critical,keyCertSign \
            -subj '/CN=Manufacturer of this test' -out "$work/ca.pem" &&
        echo 'open sesame' >"$work/password" &&
        openssl pkcs8 -topk8 -in "$work/ca.key" -passout file:"$work/password" |
        cat - "$work/ca.pem" >"$work/ca.both" &&
        ! evidence "$work/m.pem" --idevid-issuer "$work/ca.both" \
            --nonce $nonce &&
        evidence "$work/m.pem" --idevid-issuer "$work/ca.both" \
            --password-file "$work/password" --nonce $nonce &&
        verify "$work/m.pem" --root "$work/ca.pem" --nonce $nonce &&
        openssl verify -x509_strict -CAfile "$work/ca.pem" \
            -untrusted "$work/m.pem" "$work/m.pem" &&
        judged 1 "$work/m.pem" --development --nonce $nonce &&
        ! openssl verify -x509_strict -CAfile "$work/root.pem" \
            -untrusted "$work/m.pem" "$work/m.pem"
}

# FILE: what is signed, the signature in DER, and the key that signs, cut out
# of the evidence without our help.
take_apart() {
    sed -n '/BEGIN CALIPTRA/,/END CALIPTRA/{/-----/!p}' "$1" |
        base64 -d >"$work/response" &&
        test "$(wc -c <"$work/response")" -eq 1848 &&
        tail -c +9 "$work/response" | head -c 1568 >"$work/signed" &&
        tail -c 96 "$work/response" | od -An -v -tx1 | tr -d ' \n' >"$work/rs" &&
        printf 'asn1=SEQUENCE:s\n[s]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' \
            "$(cut -c 1-96 "$work/rs")" "$(cut -c 97-192 "$work/rs")" \
            >"$work/asn1" &&
        openssl asn1parse -genconf "$work/asn1" -noout -out "$work/sig" &&
        awk '/BEGIN CERT/ { n++ } n == 2' "$1" |
        openssl x509 -noout -pubkey >"$work/fmc.pub"
}

openssl_path() {
    openssl verify -x509_strict -CAfile "$work/root.pem" -untrusted "$1" "$1"
}

openssl_quote() {
    take_apart "$1" &&
        openssl dgst -sha384 -verify "$work/fmc.pub" -signature "$work/sig" \
            "$work/signed"
}

openssl_agrees() {
    openssl_path "$work/e.pem" && openssl_quote "$work/e.pem" &&
        tail -c +1545 "$work/response" | head -c 32 | od -An -v -tx1 |
        tr -d ' \n' | grep -x $nonce
}

# N OFFSET: the evidence with a byte of the Nth block changed.
spoil() {
    awk -v n="$1" '/-----BEGIN/ { block++ } block == n && !/-----|^[a-zA-Z ]*,/' \
        "$work/e.pem" | base64 -d >"$work/block" &&
        printf "$(printf '\\%03o' $((0x$(tail -c +$(($2 + 1)) "$work/block" |
            head -c 1 | od -An -tx1 | tr -d ' ') ^ 1)))" |
        dd of="$work/block" bs=1 seek="$2" conv=notrunc 2>/dev/null &&
        base64 -w 64 "$work/block" >"$work/text" &&
        awk -v n="$1" -v text="$work/text" '
            /-----BEGIN/ { block++; print
                if (block == n) { while ((getline line <text) > 0) print line; skip = 1 }
                next }
            /-----END/ { skip = 0 }
            !skip' "$work/e.pem" >"$work/spoilt.pem" &&
        ! cmp -s "$work/e.pem" "$work/spoilt.pem"
}

# Each certificate in its key, its name, and its signature.
openssl_agrees_on_bad_certificates() {
    for block in 1 2 3 4; do
        for offset in 100 250 420 600; do
            spoil $block $offset || return 1
            judged 1 "$work/spoilt.pem" --root "$work/root.pem" || return 1
            openssl_path "$work/spoilt.pem" && return 1
        done
    done
    true
}

# PCRs, nonce, r and s.
openssl_agrees_on_bad_quotes() {
    for offset in 8 1543 1544 1575 1752 1799 1800 1847; do
        spoil 5 $offset || return 1
        judged 1 "$work/spoilt.pem" --root "$work/root.pem" || return 1
        openssl_quote "$work/spoilt.pem" && return 1
    done
    true
}

# CODE WORDS ARGUMENT...: what verify-quote says of the evidence.
says() {
    code=$1 words=$2
    shift 2
    verify "$work/e.pem" "$@" >"$work/out" 2>&1
    got=$?
    cat "$work/out"
    test $got -eq "$code" && grep -e "$words" "$work/out"
}

refused() {
    zeros=$(printf '%096d' 0)
    says 1 'REFUSED   nonce .*expected ffeeddcc' --development \
        --nonce "ffeeddcc$(printf '%056d' 0)" &&
        says 1 'REFUSED   PCR 2 .*, expected 0000' --development --pcr "2=$zeros" &&
        says 1 'REFUSED   PCR 7 resets .*are 0, expected 1' --development \
            --resets 7=1 &&
        says 1 'REFUSED   LDevID certificate .*not valid yet' --development \
            --attime 1000000000 &&
        says 1 '"result":"refused"' --development --json --pcr "2=$zeros" &&
        says 3 '"trusted":false,"verdict":"undecided","open":\["nonce"' \
            --development --json --pcr "9=$zeros" &&
        says 0 '"trusted":true' --development --json --nonce $nonce
}

expect 'what a run measured is proven' asked
expect 'the same run gives the same evidence' repeatable
expect 'a core that an agent serves is asked as well' by_agent
if ls "$CAIRN_CALIPTRA_ROMS"/*rom-2.[01].*.bin >/dev/null 2>&1; then
    expect 'a released ROM of 2.x and our firmware are asked' generation_2
else
    skip 'CAIRN_CALIPTRA_ROMS names no folder with ROMs of 2.x'
fi
expect 'what is to be expected follows from flash, bundle and fuses' reckoned
expect 'any manufacturer may certify the part' other_manufacturer
expect 'OpenSSL finds the same good' openssl_agrees
expect 'OpenSSL finds the same certificates bad' \
    openssl_agrees_on_bad_certificates
expect 'OpenSSL finds the same quotes bad' openssl_agrees_on_bad_quotes
expect 'what differs from what is expected is refused' refused

finish
