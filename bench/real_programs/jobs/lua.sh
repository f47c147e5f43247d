# lua: tables, closures, strings, floats
run() {
    lua5.4 lua.lua
}
