/** What is counted, by the names that thresholds, the summary and the judge know. Times in milliseconds. */
import { Counter, Trend } from 'k6/metrics';

/** From first asking until the answer is definite, retries under the same key included. */
export const holdMs = new Trend('hold_ms', true);

/** Facts for the judge, who compares them with the books. */
export const unitsOnSale = new Counter('units_on_sale');
export const holdsTaken = new Counter('holds_taken');
export const holdsRefused = new Counter('holds_refused');
export const holdsCommitted = new Counter('holds_committed');
export const holdsReleased = new Counter('holds_released');
/** Asked for, and never answered for good: it may or may not have happened. */
export const outcomesUnknown = new Counter('outcomes_unknown');

/** An answer that no client expects. */
export const answersUnexpected = new Counter('answers_unexpected');
/** A page that was shown an older version after a newer one. */
export const versionsWentBack = new Counter('versions_went_back');
/** A page whose socket was closed although nobody meant to. */
export const pagesCut = new Counter('pages_cut');
/** A page that does not show in time what it must show at last. */
export const pagesWrong = new Counter('pages_wrong');
/** From the instant a push carries (the server's clock) until it is read. Between two machines: with the difference of their clocks. */
export const pushLagMs = new Trend('push_lag_ms', true);
