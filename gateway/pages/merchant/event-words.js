/** What happened to an order, as a merchant reads it. Pure. An event without words of its own is shown by its name. */

/** @typedef {Record<string, any>} Payload */

/** @type {Readonly<Record<string, string | ((payload: Payload) => string)>>} */
const words = {
  'order.placed': 'Placed',
  'order.cart_opened': 'The cart is taken',
  'order.held': 'Units are held',
  'order.priced': 'Priced',
  'order.committed': 'Units are sold',
  'order.confirmed': (payload) => `Confirmed as number ${payload.number}`,
  'order.refused': (payload) => `Refused: ${said(payload.refusal?.code)}`,
  'order.canceled': (payload) => `Canceled${payload.reason === undefined ? '' : `: ${payload.reason}`}`,
  'order.hold_released': 'Units are back on the shelf',
  'order.closed': 'Everything is given back',
  'order.hold_refused': 'Not enough to hold',
  'order.hold_asked_again': 'Asked for once more, without the hold it named',
  'order.number_noted': 'Its number is noted',
  'shipment.created': 'Shipped',
  'shipment.booked': (payload) => `${payload.sku} is out of the books`,
  'shipment.delivered': 'Delivered',
  'payment.created': 'A payment is begun',
  'payment.authorised': 'The bank says yes',
  'payment.captured': 'Paid',
  'payment.failed': (payload) => `Declined: ${said(payload.decline)}`,
  'payment.action_required': 'The bank asks the buyer',
  'payment.looked_up': 'The bank is asked how it stands',
  'payment.still_open': 'The bank still waits for the buyer',
  'payment.processing': 'The bank is thinking',
  'payment.voided': 'The payment is undone',
  'return.requested': 'The buyer wants to send something back',
  'return.received': 'A return has arrived',
  'return.booked': (payload) => `${payload.sku} is in the books again`,
  'refund.asked': 'Money is on its way back',
  'refund.done': 'Refunded',
  'refund.failed': (payload) =>
    payload.retryAt === null ? `The refund failed: ${payload.message}` : `The refund is tried again soon: ${payload.message}`,
  'refund.returned': (payload) => `The bank has sent the refund back: ${payload.message}`,
  'refund.tried_again': 'The refund is tried again',
};

/** @param {string} type @param {unknown} payload */
export function eventWords(type, payload) {
  const found = words[type];
  if (typeof found === 'function') return found(payload ?? {});
  return found ?? said(type.slice(type.indexOf('.') + 1));
}

/** @param {unknown} name */
function said(name) {
  return String(name).replaceAll('_', ' ');
}
