# grep: regular expressions over a text
run() {
    grep -nE '(raise|return) .*[A-Z][a-z]+Error' "$text"
    grep -ciE '([a-z]+)_([a-z]+)_\1' "$text"
    grep -c 'self\.[a-z]*\[' "$text"
    grep -owE '[0-9]+(\.[0-9]+)?' "$text"
}
