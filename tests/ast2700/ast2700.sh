# For tests of board ast2700 with others' firmware, from the folder that
# CAIRN_AST2700 names (docs/ast2700-upstream.md). Sourced by a script that has
# called itself a test; works in $work, where flash, mcu and vboot are made of $files.
# CASES=PATTERN picks some cases by the names of their functions.
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh
tests=$(realpath tests)
files=$(realpath "$CAIRN_AST2700") || exit 2
cd "$work" || exit 2

try() {
    case $2 in
    *${CASES:-}*) expect "$@" ;;
    esac
}

# MCU-ROM OPTION...: a run until the last --expect; what it says is in output.
run() {
    rom=$1
    shift
    timeout "${LIMIT:-300}" "$cairn" run ast2700 --image "mcu_rom=$rom" \
        --image boot_flash=flash --console uart12 --output output \
        --max-instructions 20G "$@" </dev/null
}

# TEXT...: the console printed them, in this order.
printed() {
    rest=output
    for text; do
        line=$(grep -n -F -m 1 -- "$text" "$rest" | cut -d: -f1)
        test -n "$line" || { echo "not printed: $text"; return 1; }
        tail -n "+$line" "$rest" >"$work/rest.new"
        mv "$work/rest.new" "$work/rest"
        rest=$work/rest
    done
}

# OPTION...: to U-Boot's prompt.
prompt() {
    run mcu --expect 'stop autoboot' --type ' ' --expect '=> ' "$@"
}

# OPTION...: to Linux's shell. Upstream's U-Boot names another console than
# upstream's Linux, and no place of the kernel in the flash.
linux='setenv bootargs console=ttyS0,115200n8; setenv fdtspiaddr 100420000'
shell() {
    prompt --type "$linux; run bootspi\n" --expect "help' for a list" \
        --type '\n' --expect '# ' "$@"
}

# TEXT FILE: a line of a report.
fact() {
    sed -n "s/^  $1  *//p" "$2"
}
