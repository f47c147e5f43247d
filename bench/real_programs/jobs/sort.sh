# sort: the lines of a text
run() {
    sort "$text" "$text"
}
