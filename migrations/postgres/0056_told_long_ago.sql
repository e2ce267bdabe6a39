-- What was told long ago is forgotten: see services/notifications/forgetting.ts. It is looked for by its time.
-- breaking: no

create index mails_made on onhand.mails using brin (made_at) with (pages_per_range = 32, autosummarize = on);
