# For tests that are scripts: counts, a folder that goes with the script, and
#   expect TITLE COMMAND...    counts a success or a failure, which is shown
# SPDX-License-Identifier: Apache-2.0
passed=0 failed=0 skipped=0
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

expect() {
    title=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $title"
        tail -n 30 "$work/log"
    fi
}

# A B: what two runs printed with --json, but for how they were asked for.
same_json() {
    for json in "$1" "$2"; do
        sed 's/"command":"[^"]*","inputs":\[[^]]*\],//' "$json" >"$json.run" || return
    done
    cmp "$1.run" "$2.run"
}
