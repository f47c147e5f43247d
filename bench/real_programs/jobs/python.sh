# python: objects, dictionaries, regular expressions, JSON, floats
run() {
    python3.11 -BIS python.py
}
