-- Whether a store lets its buyers keep their units after a declined payment. See services/payments/settings.ts.
-- breaking: no

alter table onhand.payment_settings add column keeps_units_on_decline boolean not null default false;
