-- Inserts, an index, joins and groups, all in memory.
CREATE TABLE item (id INTEGER PRIMARY KEY, kind INTEGER, price REAL, name TEXT);
CREATE TABLE kind (id INTEGER PRIMARY KEY, name TEXT);
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
INSERT INTO item SELECT i, i * 7919 % 211, (i * 104729 % 10007) / 8.0,
    printf('item %x', i * 2654435761 % 1000003) FROM n;
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 210)
INSERT INTO kind SELECT i, 'kind ' || i FROM n;
CREATE INDEX item_name ON item(name);
CREATE INDEX item_kind ON item(kind, price);
COMMIT;
SELECT kind.name, count(*), sum(price), max(item.name) FROM item
    JOIN kind ON kind.id = item.kind GROUP BY item.kind ORDER BY 3 DESC LIMIT 20;
SELECT count(*) FROM item a JOIN item b ON a.name = b.name WHERE a.id < b.id;
SELECT count(*), total(length(name)) FROM item WHERE name LIKE '%7a%';
UPDATE item SET price = price * 1.5 WHERE kind % 3 = 0;
DELETE FROM item WHERE id % 5 = 0;
SELECT kind, price, name FROM item ORDER BY price DESC, name LIMIT 50;
