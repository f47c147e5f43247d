# lz4: a text packed and unpacked, the fast way
prepare() {
    cat "$text" "$text" "$text" "$text" "$text" "$text" >/tmp/plain
}
run() {
    lz4 -q -1 -c /tmp/plain >/tmp/packed
    lz4 -q -dc /tmp/packed
    cat /tmp/packed
}
