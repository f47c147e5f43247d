# For tests that are scripts: gdb-multiarch at the debug stub of $cairn, which
# runs $board; $target is how GDB connects. What it said is in $work/gdb, what cairn said in $work/cairn.
# SPDX-License-Identifier: Apache-2.0
. tests/lib.sh

# session TITLE [ARGUMENT...] <COMMANDS: what gdb said is in gdb, what cairn did
# in cairn and status
session() {
    rm -f "$work/socket"
    {
        echo 'set pagination off'
        echo 'set confirm off'
        echo "target ${target:-remote} $work/socket"
        cat
    } >"$work/commands"
    title=$1
    shift
    # shellcheck disable=SC2086
    timeout 120 "$cairn" run $board --gdb "unix:$work/socket" "$@" \
        >"$work/cairn" 2>&1 &
    await 2 [ -S "$work/socket" ]
    timeout "${patience:-20}" gdb-multiarch -nx -batch -x "$work/commands" >"$work/gdb" 2>&1
    wait $!
    status=$?
    says 'the program ends well' [ $status -eq 0 ]
    says 'its socket goes with it' [ ! -e "$work/socket" ]
}

says() {
    name="$title: $1"
    shift
    if "$@" >/dev/null 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $name"
        tail -n 12 "$work/gdb"
    fi
}
gdb_says() { says "$1" grep -Eq -- "$2" "$work/gdb"; }
cairn_says() { says "$1" grep -Eq -- "$2" "$work/cairn"; }
