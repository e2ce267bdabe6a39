/** The tabs of the desk. Which one is shown stands in the address, so that it can be kept and sent to somebody. */
import { signal } from '@preact/signals';
import { html } from '../common/html.js';

const tabs = /** @type {const} */ ({ stock: 'Stock', orders: 'Orders', mails: 'Mails', webhooks: 'Webhooks' });

/** @typedef {keyof typeof tabs} TabName */

export const shownTab = signal(tabInAddress());
addEventListener('hashchange', () => {
  shownTab.value = tabInAddress();
});

export function Tabs() {
  return html`<nav class="tabs" aria-label="Desk"><ul>${Object.entries(tabs).map(
    ([name, title]) =>
      html`<li key=${name}><a href=${`#${name}`} aria-current=${shownTab.value === name ? 'page' : undefined}>${title}</a></li>`,
  )}</ul></nav>`;
}

/** @returns {TabName} */
function tabInAddress() {
  const name = location.hash.slice(1);
  return Object.hasOwn(tabs, name) ? /** @type {TabName} */ (name) : 'stock';
}
