-- A refund of a whole order that is refused goes on being asked for, for about a week. Its merchant hears of that early
-- (`told`) and again when it is over: see decideRefundAnswer in actors/order/decide/payment.ts, and 0046.
-- breaking: no

create or replace function onhand.is_news(event_type text, payload jsonb) returns boolean
  language sql immutable parallel safe
  return onhand.news_type_of(event_type) is not null
    and (event_type <> 'refund.failed'
         or coalesce(jsonb_typeof(payload -> 'retryAt'), 'null') = 'null'
         or coalesce(payload -> 'told' = 'true'::jsonb, false));
