-- Roles and schemas.
-- breaking: no
--
-- onhand_owner      owns every table and runs the migrations after this one. It serves no request.
-- onhand_projector  the runtime: writes the log and the rows of actors. Owns nothing; what it may do is
--                   granted and has a policy, table by table.
-- onhand_app        the gateway: reads for requests and writes configuration, always one store at a time,
--                   under row-level security. Cannot reach the log.
--
-- Runs as whoever may create roles, or as onhand_owner itself where an engine has made the roles before.
-- Passwords are set by whoever runs the server, never here.
--
-- For later migrations: every table in schema `onhand` that has `store_id` enables AND forces row-level
-- security in the migration that creates it, with one policy per role, and grants what each role needs.
-- Since it is forced, the owner sees no rows either: a migration that must change data switches
-- `no force row level security` for its own transaction and back.

do $$
declare
  role_name text;
begin
  foreach role_name in array array['onhand_owner', 'onhand_projector', 'onhand_app'] loop
    if not exists (select from pg_roles where rolname = role_name) then
      execute format('create role %I login nosuperuser nobypassrls nocreaterole nocreatedb', role_name);
    end if;
  end loop;
  if current_user <> 'onhand_owner' then
    execute format('grant onhand_owner to %I', current_user);
  end if;
  -- so that the owner can create schemas and trusted extensions in later migrations
  execute format('grant create, connect on database %I to onhand_owner', current_database());
  execute format('grant connect on database %I to onhand_projector, onhand_app', current_database());
end
$$;

create schema onhand authorization onhand_owner;
create schema onhand_log authorization onhand_owner;

alter schema onhand_migrations owner to onhand_owner;
alter table onhand_migrations.applied owner to onhand_owner;

grant usage on schema onhand to onhand_projector, onhand_app;
grant usage on schema onhand_log to onhand_projector;

set local role onhand_owner;

-- The store whose rows the application may see in this transaction; null, and so no row at all, when it is
-- not set. A setting that was only ever SET LOCAL reads as '' on that session afterwards, hence nullif.
create function onhand.current_store_id() returns text
  language sql stable parallel safe
  return nullif(current_setting('app.current_store_id', true), '');

revoke execute on function onhand.current_store_id() from public;
grant execute on function onhand.current_store_id() to onhand_projector, onhand_app;

reset role;
