# sqlite: inserts, indexes, joins and groups in memory
run() {
    sqlite3 -init /dev/null :memory: <sqlite.sql
}
