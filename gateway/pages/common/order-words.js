/** What becomes of an order, in words and colours. Pure. */

/** @typedef {'good' | 'low' | 'bad' | ''} Mood */
/** @typedef {{ readonly text: string, readonly mood: Mood }} Shown */
/** @typedef {Pick<import('../../client/onhand-client.js').Order, 'status' | 'paymentStatus'>} Standing */

/** @type {Readonly<Record<string, Shown>>} */
const statusWords = {
  pending: { text: 'Being placed', mood: 'low' },
  requires_action: { text: 'Waits for your bank', mood: 'low' },
  failed: { text: 'Not bought', mood: 'bad' },
  confirmed: { text: 'Confirmed', mood: 'good' },
  partially_shipped: { text: 'Partly shipped', mood: 'good' },
  shipped: { text: 'Shipped', mood: 'good' },
  delivered: { text: 'Delivered', mood: 'good' },
  canceled: { text: 'Canceled', mood: '' },
  returned: { text: 'Returned', mood: '' },
};

/** @type {Readonly<Record<string, Shown>>} */
const paymentWords = {
  none: { text: 'Not paid', mood: '' },
  pending: { text: 'Payment under way', mood: 'low' },
  requires_action: { text: 'Bank asks', mood: 'low' },
  declined: { text: 'Declined', mood: 'bad' },
  authorised: { text: 'Money set aside', mood: 'good' },
  capturing: { text: 'Being paid', mood: 'good' },
  captured: { text: 'Paid', mood: 'good' },
  capture_failed: { text: 'Payment failed', mood: 'bad' },
  voiding: { text: 'Payment being undone', mood: 'low' },
  voided: { text: 'Payment undone', mood: '' },
  refunding: { text: 'Money on its way back', mood: 'low' },
  partially_refunded: { text: 'Partly refunded', mood: '' },
  refunded: { text: 'Refunded', mood: '' },
  refund_failed: { text: 'Refund failed', mood: 'bad' },
};

export const orderStatuses = Object.keys(statusWords);

/** @param {string} status @returns {Shown} */
export function statusShown(status) {
  return statusWords[status] ?? { text: status, mood: '' };
}

/** @param {string} status @returns {Shown} */
export function paymentShown(status) {
  return paymentWords[status] ?? { text: status, mood: '' };
}

/** Declined, and may be paid with another card: its units are kept meanwhile, or taken again.
 *  @param {Pick<import('../../client/onhand-client.js').Order, 'status' | 'failure'>} order */
export function isDeclined({ status, failure }) {
  return status === 'failed' && failure?.code === 'payment_failed';
}

/** @param {string} iso */
export function whenShown(iso) {
  return new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

/** @param {string} iso */
export function dayShown(iso) {
  return new Date(iso).toLocaleDateString(undefined, { weekday: 'short', day: 'numeric', month: 'long' });
}

/** The last characters of an id: enough to tell one's own orders apart before they have a number.
 *  @param {{ readonly orderId: string, readonly number: number | null }} order */
export function orderName({ orderId, number }) {
  return number === null ? `Order …${orderId.slice(-4)}` : `Order ${number}`;
}
