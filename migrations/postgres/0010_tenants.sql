-- Tenants: stores, their API keys (hashes only), where they keep goods.
-- breaking: no
--
-- The application reads and writes them one store at a time, like everything else. Two questions come before
-- the store is known: whose key is this, and whose host name? Each is one function that takes the exact value
-- and gives back one store's id, and nothing else crosses stores. The functions run as the owner, who has a
-- policy of its own for reading these two tables, since row-level security is forced on it too.

create table onhand.stores (
  store_id text not null primary key check (store_id ~ '^[A-Za-z0-9_-]{1,80}$'),
  name text not null check (length(name) between 1 and 200),
  subdomain text not null unique check (subdomain ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  -- buyers of the demo store may commit their own holds
  demo boolean not null default false,
  -- no new holds; releases and commits pass
  paused boolean not null default false,
  publishable_key text not null,
  created_at timestamptz not null default clock_timestamp()
);

-- There is one demo store at most: it is what a bare host name shows.
create unique index stores_demo on onhand.stores (demo) where demo;

create table onhand.api_keys (
  store_id text not null references onhand.stores,
  key_id text not null,
  kind text not null check (kind in ('publishable', 'secret')),
  -- SHA-256 in hex: the keys themselves have 192 random bits
  key_hash text not null unique check (key_hash ~ '^[0-9a-f]{64}$'),
  created_at timestamptz not null default clock_timestamp(),
  revoked_at timestamptz,
  primary key (store_id, key_id)
);

create table onhand.locations (
  store_id text not null references onhand.stores,
  id text not null check (id ~ '^[A-Za-z0-9._-]{1,64}$'),
  name text not null check (length(name) between 1 and 200),
  rank integer not null check (rank >= 0),
  latitude double precision check (latitude between -90 and 90),
  longitude double precision check (longitude between -180 and 180),
  primary key (store_id, id),
  check ((latitude is null) = (longitude is null))
);

do $$
declare
  table_name text;
begin
  foreach table_name in array array['stores', 'api_keys', 'locations'] loop
    execute format('alter table onhand.%I enable row level security', table_name);
    execute format('alter table onhand.%I force row level security', table_name);
    execute format(
      'create policy app_own_store on onhand.%I to onhand_app using (store_id = (select onhand.current_store_id())) with check (store_id = (select onhand.current_store_id()))',
      table_name
    );
    execute format('grant select, insert, update on onhand.%I to onhand_app', table_name);
  end loop;
end
$$;

create policy owner_looks_up on onhand.stores for select to onhand_owner using (true);
create policy owner_looks_up on onhand.api_keys for select to onhand_owner using (true);

-- Whose key has this hash? No row: nobody's, or it was revoked.
create function onhand.holder_of_key(of_hash text)
  returns table (key_id text, kind text, store_id text)
  language sql stable security definer
  set search_path = pg_catalog, pg_temp
as $$
  select k.key_id, k.kind, k.store_id from onhand.api_keys k where k.key_hash = of_hash and k.revoked_at is null
$$;

-- Which store has this subdomain?
create function onhand.store_of_subdomain(of_subdomain text) returns text
  language sql stable security definer
  set search_path = pg_catalog, pg_temp
as $$
  select s.store_id from onhand.stores s where s.subdomain = of_subdomain
$$;

-- Which one is the demo store?
create function onhand.demo_store() returns text
  language sql stable security definer
  set search_path = pg_catalog, pg_temp
as $$
  select s.store_id from onhand.stores s where s.demo
$$;

revoke execute on function onhand.holder_of_key(text), onhand.store_of_subdomain(text), onhand.demo_store() from public;
grant execute on function onhand.holder_of_key(text), onhand.store_of_subdomain(text), onhand.demo_store() to onhand_app;
