/** The tab of webhooks: who is told of what happens, what became of each telling, and telling again. */
import { useEffect } from 'preact/hooks';
import { html } from '../common/html.js';
import { whenShown } from '../common/order-words.js';

/** @typedef {import('./desk.js').Desk} Desk */
/** @typedef {import('./outside-desk.js').Webhook} Webhook */

const columns = 4;

/** @param {{ on: Desk }} props */
export function Webhooks({ on }) {
  const { outside } = on;
  useEffect(() => outside.follow('webhooks'), [outside]);
  const rows = outside.webhooks.value;
  const message = outside.message.value;
  return html`${outside.trouble.value !== '' && html`<p class="message waiting" role="alert">${outside.trouble.value}</p>`}
    <${AddForm} on=${on} />
    ${outside.newSecret.value !== '' && html`<p class="message done" role="status">Its secret, shown this once: <code data-secret>${outside.newSecret.value}</code></p>`}
    ${message !== null && html`<p class=${message.good ? 'message done' : 'message'} role=${message.good ? 'status' : 'alert'}>${message.text}</p>`}
    <div class="scroller"><table class="words">
      <caption class="visually-hidden">Webhooks</caption>
      <thead><tr><th scope="col">Address</th><th scope="col">Told up to</th><th scope="col">State</th><th scope="col"><span class="visually-hidden">Actions</span></th></tr></thead>
      <tbody>${rows === null || rows.length === 0 ? html`<tr><td colspan=${columns} class="nothing">${rows === null ? 'Looking…' : 'Nobody is told yet.'}</td></tr>` : rows.map((hook) => html`<${HookRow} key=${hook.endpointId} on=${on} hook=${hook} />`)}</tbody>
    </table></div>`;
}

/** @param {{ on: Desk }} props */
function AddForm({ on }) {
  /** @param {any} event */
  const submit = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    if (await on.outside.addWebhook(form.url.value.trim(), form.types.value)) form.reset();
  };
  return html`<form class="bar-row" data-form="webhook" onSubmit=${submit}>
    <label class="search"><span class="visually-hidden">Address</span><input class="field" name="url" type="url" required maxlength="2000" placeholder="https://shop.example/onhand" /></label>
    <label><span class="visually-hidden">Events</span><input class="field" name="types" maxlength="1000" placeholder="all events, or: order.confirmed, …" /></label>
    <button class="button" disabled=${on.outside.busy.value}>Tell it</button></form>`;
}

/** @param {{ on: Desk, hook: Webhook }} props */
function HookRow({ on, hook }) {
  const { outside } = on;
  const open = outside.openedWebhook.value === hook.endpointId;
  return html`<tr data-hook=${hook.endpointId} class=${open ? 'open' : ''}>
      <th scope="row">${hook.url}<small class="under">${hook.types === null ? 'all events' : hook.types.join(', ')}</small></th>
      <td class="number">${hook.handled}</td>
      <td>${stateOf(hook)}</td>
      <td class="end"><button type="button" class="button quiet small" aria-expanded=${open} onClick=${() => outside.openWebhook(open ? null : hook.endpointId)}>${open ? 'Close' : 'Deliveries'}</button></td>
    </tr>
    ${open && html`<tr class="detail"><td colspan=${columns}><${Deliveries} on=${on} hook=${hook} /></td></tr>`}`;
}

/** @param {Webhook} hook */
function stateOf({ active, disabledWhy, attempts, retryAt }) {
  if (!active) return html`<span class="state bad">Off</span>${disabledWhy !== null && html`<small class="under">${disabledWhy}</small>`}`;
  if (attempts === 0) return html`<span class="state good">Answers</span>`;
  return html`<span class="state low">Failed ${attempts} ×</span>${retryAt !== null && html`<small class="under">again ${whenShown(retryAt)}</small>`}`;
}

/** @param {{ on: Desk, hook: Webhook }} props */
function Deliveries({ on, hook }) {
  const { outside } = on;
  const rows = outside.deliveries.value ?? [];
  return html`<table class="places"><thead><tr><th scope="col">Event</th><th scope="col">When</th><th scope="col">Outcome</th><th scope="col"><span class="visually-hidden">Actions</span></th></tr></thead>
    <tbody>${rows.map(
      (
        one,
      ) => html`<tr key=${`${one.number}.${one.attempt}`} data-delivery=${one.number}><th scope="row">${one.number} <small>${one.eventId}</small></th><td>${whenShown(one.at)}</td>
        <td><span class=${one.outcome === 'delivered' ? 'state good' : 'state bad'}>${one.outcome.replace('_', ' ')}</span> <small>${[one.httpStatus, one.error, `${one.tookMs} ms`, one.onRequest ? 'on request' : null].filter((part) => part !== null).join(', ')}</small></td>
        <td class="end"><button type="button" class="button quiet small" disabled=${outside.busy.value} onClick=${() => outside.redeliver(hook.endpointId, one.number)}>Tell again</button></td></tr>`,
    )}${rows.length === 0 && html`<tr><td colspan="4" class="nothing">Nothing was told yet.</td></tr>`}</tbody></table>
    <p><button type="button" class="button quiet small" disabled=${outside.busy.value} onClick=${() => outside.removeWebhook(hook.endpointId)}>Remove this webhook</button></p>`;
}
