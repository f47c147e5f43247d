# aes: openssl, AES-128-CBC, AES-256-CTR, ChaCha20
prepare() {
    key=000102030405060708090a0b0c0d0e0f iv=f0e0d0c0b0a090807060504030201000
    cat "$text" "$text" "$text" "$text" >/tmp/plain
}
run() {
    openssl enc -aes-128-cbc -K $key -iv $iv -in /tmp/plain
    openssl enc -aes-256-ctr -K $key$key -iv $iv -in /tmp/plain
    openssl enc -chacha20 -K $key$key -iv $iv -in /tmp/plain
}
