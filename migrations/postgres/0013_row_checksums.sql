-- A checksum beside every row of an actor: see runtime/rows/checksum.ts.
-- breaking: yes
--
-- Worked out and compared by the program; the database only keeps it. Null: the row was last written before
-- there were checksums; the next write fills it in. An older program would change rows and leave their old
-- checksum beside them, which is why it must not run on this schema.
--
-- A nullable column without a default is added without rewriting the table.

alter table onhand.actors add column row_checksum integer;
alter table onhand.command_outcomes add column row_checksum integer;
alter table onhand.stock_skus add column row_checksum integer;
alter table onhand.stock_levels add column row_checksum integer;
alter table onhand.stock_holds add column row_checksum integer;
alter table onhand.stock_movements add column row_checksum integer;
alter table onhand.stock_allotments add column row_checksum integer;
alter table onhand.holds add column row_checksum integer;
