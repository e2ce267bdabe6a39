/** The tab of mails: what was written to buyers, and whether it went out. */
import { useEffect } from 'preact/hooks';
import { html } from '../common/html.js';
import { whenShown } from '../common/order-words.js';

/** @typedef {import('./desk.js').Desk} Desk */
/** @typedef {import('./outside-desk.js').Mail} Mail */

const columns = 4;

/** @type {Readonly<Record<string, { text: string, mood: string }>>} */
const states = {
  outbox: { text: 'In the outbox', mood: '' },
  sent: { text: 'Sent', mood: 'good' },
  waiting: { text: 'Will be tried again', mood: 'low' },
  failed: { text: 'Given up', mood: 'bad' },
};

/** @param {{ on: Desk }} props */
export function Mails({ on }) {
  const { outside } = on;
  useEffect(() => outside.follow('mails'), [outside]);
  const rows = outside.mails.value;
  return html`${outside.trouble.value !== '' && html`<p class="message waiting" role="alert">${outside.trouble.value}</p>`}
    <p class="hint">Where no mail server is set (<code>SMTP_URL</code>), mails stay in the outbox and can be read here.</p>
    <div class="scroller"><table class="words">
      <caption class="visually-hidden">Mails to buyers, newest first</caption>
      <thead><tr><th scope="col">Mail</th><th scope="col">To</th><th scope="col">State</th><th scope="col"><span class="visually-hidden">Actions</span></th></tr></thead>
      <tbody>${rows === null || rows.length === 0 ? html`<tr><td colspan=${columns} class="nothing">${rows === null ? 'Looking…' : 'No mails yet: they come with the first order.'}</td></tr>` : rows.map((mail) => html`<${MailRow} key=${mail.eventId} on=${on} mail=${mail} />`)}</tbody>
    </table></div>`;
}

/** @param {{ on: Desk, mail: Mail }} props */
function MailRow({ on, mail }) {
  const { openedMail } = on.outside;
  const open = openedMail.value === mail.eventId;
  const state = states[mail.status] ?? { text: mail.status, mood: '' };
  return html`<tr data-mail=${mail.eventId} class=${open ? 'open' : ''}>
      <th scope="row">${mail.subject}<small class="under">${whenShown(mail.madeAt)}</small></th>
      <td>${mail.recipient}</td>
      <td><span class=${`state ${state.mood}`}>${state.text}</span>${mail.error !== null && html`<small class="under">${mail.error}</small>`}</td>
      <td class="end"><button type="button" class="button quiet small" aria-expanded=${open} onClick=${() => (openedMail.value = open ? null : mail.eventId)}>${open ? 'Close' : 'Read'}</button></td>
    </tr>
    ${open && html`<tr class="detail"><td colspan=${columns}><pre class="mail">${mail.text}</pre></td></tr>`}`;
}
