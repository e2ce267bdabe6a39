-- Vacuum of tables that grow with every order: see the settings of the embedded server (engines/postgres/settings.ts).
-- breaking: no
--
-- These tables were to be vacuumed early and without a pause, as the few rows of a hot SKU are. But they have a row for every
-- order there ever was: in a sale each minute's vacuum read all of them and their indexes again, and took most of a core for ten
-- seconds and more, during which half as many orders were confirmed. They are now vacuumed when a fifth of their rows is dead,
-- at the pace that the server's settings give; tables of a few rows that change all the time keep theirs.

do $$
declare
  grown text;
begin
  foreach grown in array array['actors', 'stock_holds', 'holds', 'carts', 'orders', 'order_lines', 'payments', 'coupon_uses', 'coupon_buyers', 'store_numbers']
  loop
    execute format('alter table onhand.%I reset (autovacuum_vacuum_scale_factor, autovacuum_vacuum_cost_delay)', grown);
  end loop;
end
$$;
