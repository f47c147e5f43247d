# sed: substitutions over a text
prepare() {
    head -c 3000000 "$text" >/tmp/part
}
run() {
    sed -E -e 's/([a-z_]+)\(([a-z_]+)\)/\2.\1()/g' -e '/^ *#/d' \
        -e 's/self\.//g' -e 'y/abc/ABC/' /tmp/part
}
