# For tests that are scripts, which source it with the root of the tree as their
# working folder. A script begins with a comment that says what it tests; in that
# may stand, each on a line of its own:
#
#   # minutes: N             how long it takes, if it is one or more: build/run-tests
#                            starts the longest first
#   # needs: NAME [(HINT)]   a program, "$VARIABLE" that names a file or a folder, or
#                            a path with a slash: without it the script is skipped
#
# It has $cairn, a folder of its own in $work, and ends with `finish`. It runs in a
# session of its own, of which nothing is left when it has ended, by a signal too.
# SPDX-License-Identifier: Apache-2.0
: "${OUT:=build/out/release}"
unset MAKEFLAGS MAKELEVEL MFLAGS
passed=0 failed=0 skipped=0

# TEXT...: something is not tried, for that reason.
skip() {
    skipped=$((skipped + 1))
    echo "skipped: $*"
}

# The closing line, and the end.
finish() {
    if [ $skipped -ne 0 ]; then
        echo "$passed passed, $failed failed, $skipped skipped"
    else
        echo "$passed passed, $failed failed"
    fi
    [ $failed -eq 0 ]
    exit
}

# NAME: why there is none, if so.
is_missing() {
    case $1 in
    '$'*) eval "set -- $1 \"\${${1#?}:-}\""
        [ -e "$2" ] || echo "$1 names no file or folder" ;;
    */*) [ -e "$1" ] || echo "there is no $1" ;;
    *) command -v "$1" >/dev/null || echo "$1 is not installed" ;;
    esac
}

if [ "${TEST_SCRIPT:-}" != "$0" ]; then
    missing=$(sed -n '/^#/!q; s/^# needs: //p' "$0" | while read -r name hint; do
        reason=$(is_missing "$name")
        [ -z "$reason" ] || { echo "$reason${hint:+ $hint}" && break; }
    done)
    [ -z "$missing" ] || { skip "$0: $missing" && finish; }

    work=$(mktemp -d) || exit 2
    # All processes of the session are asked to end, and after a second made to.
    clean_up() {
        for signal in TERM 0 0 0 0 0 0 0 0 0 KILL; do
            left=$(cat /proc/[0-9]*/stat 2>/dev/null | awk -v session=$session '
                { pid = $1; sub(/.*\) /, "") } $4 == session { print pid }')
            [ -n "$left" ] || break
            # shellcheck disable=SC2086
            kill -s $signal $left 2>/dev/null
            sleep 0.1
        done
        chmod -R u+rwx "$work"
        rm -rf "$work"
    }
    trap clean_up EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    # What runs beside a script would ignore these two signals.
    TEST_SCRIPT=$0 TEST_FOLDER=$work env --default-signal=INT,QUIT setsid "$0" "$@" &
    session=$!
    wait $session
    exit
fi
work=$TEST_FOLDER
cairn=$(realpath "$OUT")/cairn

# TITLE COMMAND...: counts a success, or a failure, which is shown.
expect() {
    title=$1
    shift
    : >"$work/log"
    if "$@" >>"$work/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $title"
        tail -n 30 "$work/log"
    fi
}

# SECONDS COMMAND...: waits until it succeeds.
await() {
    tenths=$(($1 * 10))
    shift
    until "$@" 2>/dev/null; do
        [ $((tenths -= 1)) -ge 0 ] || return
        sleep 0.1
    done
}

# A B: what two runs printed with --json, but for how they were asked for.
same_json() {
    for json in "$1" "$2"; do
        sed 's/"command":"[^"]*","inputs":\[[^]]*\],//' "$json" >"$json.run" || return
    done
    cmp "$1.run" "$2.run"
}
