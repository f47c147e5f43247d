#!/bin/sh
# From keys to an accepted update by the command line alone: a flash of the
# user's own, capsules that the user signed, and files that keep both over runs.
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
built=$(realpath build/out/guest)
cd "$work" || exit 2

# NAME: a key and its certificate.
signer() {
    openssl req -x509 -newkey rsa:2048 -nodes -subj "/CN=$1" -days 1 \
        -keyout "$1.key" -out "$1.pem" >>log 2>&1
}

# VERSION GUEST: a recipe of that name.
recipe() {
    cat >"$1.yaml" <<EOF
keys: keys
version: $1
lowest-version: $1
update-signer: update.pem
caliptra: {fmc: $built/caliptra/fmc.elf, runtime: $built/caliptra/runtime.elf}
images:
  - {name: monitor, file: $built/virt/monitor.elf, secure: true, starts: true}
  - {name: kernel, file: $built/virt/$2.elf}
EOF
}

# VERSION SIGNER ARGUMENT...: a capsule with the set of that version.
capsule() {
    version=$1 signer=$2
    shift 2
    "$cairn" pack capsule "$version.set" --out "$version-$signer.cap" \
        --guid 09d7cf52-0720-4710-91d1-08469b7fe9c8 --version "$version" \
        --lowest-version "$version" --key "$signer.key" \
        --certificate "$signer.pem" "$@"
}

# What is printed goes into the file `console`.
boot() {
    "$cairn" run trust --flash trust.img --fuse-array trust.fuses "$@" \
        >console 2>&1
    result=$?
    cat console
    return "$result"
}

makes() {
    "$cairn" keys new --lms 0 --no-owner-lms keys &&
        recipe 1 hello && recipe 2 bless && recipe 3 hello &&
        "$cairn" pack flash 1.yaml --payload 1.set --out trust.img \
            --fuse-array trust.fuses >map 2>progress &&
        grep -q '^signing SoC manifest' progress && grep -q 'kernel' map &&
        "$cairn" pack flash 2.yaml --payload 2.set --out 2.img --quiet &&
        "$cairn" pack flash 3.yaml --payload 3.set --out 3.img --quiet &&
        capsule 1 update && capsule 2 update --os-accepts &&
        capsule 3 update --os-accepts && capsule 3 stranger
}

refuses_other_signers() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -subj /CN=ec -keyout ec.key -out ec.pem &&
        sed 's/update.pem/ec.pem/' 1.yaml >ec.yaml &&
        ! "$cairn" pack flash ec.yaml --out ec.img &&
        tail -n 1 log | grep "'ec.pem': certificate: its key is not RSA"
}

boots() {
    cp trust.img packed.img && boot && grep 'hello from EL1' console &&
        cmp trust.img packed.img
}

# FORM: the report has each step, in a stage of its own.
reports() {
    cp trust.img t.img && cp trust.fuses t.fuses &&
        "$cairn" run trust --flash t.img --fuse-array t.fuses --quiet \
            --capsule 2-update.cap --report "report.$1" >/dev/null || return
    while read -r step; do
        grep -q "$step" "report.$1" || return
    done <<EOF
firmware of version 2, which allows 2 and later
says itself that it is signed by CN=update
capsule of version 2: valid, by the signer in the fuses (CN=update)
gets the new set, version 2
active, on trial, version 2
boot 1 of 3 on trial
its set is authorised, version 2
accepted
floor is version 2 now
Update: accepted or returned
EOF
}

reports_all() {
    reports txt && reports json && reports html
}

# FILE REASON: the outcome has it, and the run fails.
fails() {
    cp trust.img t.img && cp trust.fuses t.fuses &&
        ! "$cairn" run trust --flash t.img --fuse-array t.fuses --quiet \
            --capsule "$1" --report report.json >console 2>&1 &&
        grep "^cairn: run: the update by '$1' did not take place: .*$2" console &&
        grep "\"reached\":false" report.json && grep "$2" report.json
}

# A byte of the payload, and bytes that are no capsule.
names_refusals() {
    { head -c 60000 2-update.cap && printf x && tail -c +60002 2-update.cap; } >tampered &&
        head -c 4096 /dev/zero >zeros &&
        head -c 4096 /dev/zero | tr '\0' '\377' >ones &&
        fails tampered 'update: refused: capsule: the payload is not what was' &&
        fails zeros 'capsule zeros: refused: blank where a capsule begins' &&
        fails ones 'capsule ones: refused: blank where a capsule begins' &&
        fails 1-update.cap 'update: refused: capsule: its version is active' &&
        fails 3-stranger.cap 'update: refused: capsule: signed by somebody else'
}

is_blessed() {
    boot --capsule 2-update.cap &&
        grep 'update: bank 1 is active, on trial' console &&
        grep 'bless: on trial, 2 boots left: blessed' console &&
        boot && grep 'boot MCU: bank 1' console &&
        grep 'bless: nothing is on trial' console &&
        ! grep 'update:' console
}

# What was delivered is gone from the flash: the file ends behind bank 1.
is_consumed() {
    test "$(wc -c <trust.img)" -lt $((0x5700000))
}

# CAPSULE REASON: bank 1 goes on.
refuses() {
    ! boot --capsule "$1" && grep "update: refused: $2" console &&
        grep 'boot MCU: bank 1' console
}

counts_down() {
    boot --capsule 3-update.cap && grep 'boot 1 of 3 on trial' console &&
        boot && grep 'boot 2 of 3 on trial' console &&
        boot && grep 'boot 3 of 3 on trial' console &&
        boot && grep 'no boots are left of the trial' console &&
        grep 'boot MCU: bank 1' console
}

keeps_nothing_without_files() {
    "$cairn" run trust --capsule 2-update.cap >console 2>&1
    grep 'update: refused: capsule: signed by somebody else' console &&
        "$cairn" run trust >console && ! grep 'update:' console
}

is_misused_elsewhere() {
    ! "$cairn" run --capsule 2-update.cap 2>console &&
        grep "option '--capsule' has no effect on the default board" console &&
        ! "$cairn" run ast2700 --capsule 2-update.cap 2>console &&
        grep "option '--capsule': the boot flash has no banks" console &&
        ! "$cairn" run --flash trust.img 2>console &&
        grep "option '--flash'" console
}

# A run that is killed between its two files: the flash is written and the fuses
# are not. Its report is a pipe, which is written before both.
keeps_flash_first() {
    cp packed.img trust.img && mkfifo end.txt last.txt && mkdir fuses &&
        cp packed.fuses fuses/trust.fuses || return
    "$cairn" run trust --flash trust.img --fuse-array fuses/trust.fuses \
        --capsule 2-update.cap --report end.txt --report last.txt >console 2>&1 &
    exec 3<end.txt
    mv fuses gone
    cat <&3
    cat last.txt
    exec 3<&-
    wait $!
    test $? -eq 1 && grep "fuses/trust.fuses': cannot be create" console &&
        ! cmp trust.img packed.img && cmp gone/trust.fuses packed.fuses
}

# Then the floor is below the set, and the next boot raises it.
boots_torn_files() {
    cp packed.fuses trust.fuses && boot && grep 'boot MCU: bank 1' console &&
        ! grep 'recovery' console && ! cmp trust.fuses packed.fuses
}

# The other way round the floor would be above it: the reason for the order.
needs_that_order() {
    cp packed.img trust.img && ! boot &&
        grep 'their version is below the floor' console &&
        grep 'verify .* bank 0: refused: images: their version is below' console
}

# Where the flash cannot be written, the fuses stay what they were.
keeps_fuses_without_flash() {
    rm end.txt last.txt && cp packed.fuses trust.fuses && mkfifo end.txt last.txt &&
        mkdir flash && cp packed.img flash/trust.img || return
    "$cairn" run trust --flash flash/trust.img --fuse-array trust.fuses \
        --capsule 2-update.cap --report end.txt --report last.txt >console 2>&1 &
    exec 3<end.txt
    rm -r flash
    cat <&3
    cat last.txt
    exec 3<&-
    wait $!
    test $? -eq 1 && grep "flash/trust.img': cannot be create" console &&
        cmp trust.fuses packed.fuses
}

# The power goes in the middle of the update and comes back.
survives_a_cut() {
    cp packed.img trust.img && cp packed.fuses trust.fuses &&
        boot --capsule 2-update.cap --power-cut 9:100@3 &&
        grep 'cut in operation 9, .* seed 3' console &&
        grep 'blessed' console && boot && grep 'boot MCU: bank 1' console
}

signer update
signer stranger
expect 'keys, flash, fuses and capsules are made' makes
cp trust.fuses packed.fuses
expect 'a signer that the boot MCU could not verify is refused' \
    refuses_other_signers
expect 'the flash boots and is kept as it was' boots
expect 'each step of an update is in each form of the report' reports_all
expect 'an update that does not take place fails by its reason' names_refusals
expect 'an update is delivered, tried, blessed and kept' is_blessed
expect 'the capsule is erased' is_consumed
expect 'an old version is refused' refuses 1-update.cap \
    'capsule: its version is below the floor'
expect "a stranger's capsule is refused" refuses 3-stranger.cap \
    'capsule: signed by somebody else'
expect 'an update that nobody blesses counts down' counts_down
expect 'without files nothing is kept' keeps_nothing_without_files
expect 'other boards refuse the options' is_misused_elsewhere
expect 'the flash is written before the fuses' keeps_flash_first
expect 'a boot after a kill between the two goes on' boots_torn_files
expect 'and with newer fuses than flash it would not' needs_that_order
expect 'without a new flash there are no new fuses' keeps_fuses_without_flash
expect 'a cut of the power in the update is survived' survives_a_cut

finish
