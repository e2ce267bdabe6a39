/**
 * The way to the bank's page for 3-D Secure, and back. The bank sends everybody back to `/orders`: which order it was
 * this tab remembers.
 */

const atBankName = 'onhand:at-bank';

/** @param {string} orderId @param {string} url */
export function goToBank(orderId, url) {
  try {
    sessionStorage.setItem(atBankName, orderId);
  } catch {
    // Forbidden: then the buyer comes back to the list and finds the order there.
  }
  location.assign(url);
}

/** The order whose payment the bank was asked about, once. */
export function backFromBank() {
  try {
    const orderId = sessionStorage.getItem(atBankName);
    sessionStorage.removeItem(atBankName);
    return orderId;
  } catch {
    return null;
  }
}
