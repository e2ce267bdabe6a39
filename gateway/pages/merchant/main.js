/** The merchant's desk. */
import { render } from 'preact';
import { ConnectionBadge } from '../common/connection.js';
import { html } from '../common/html.js';
import { boot, desk, resumeSession, signIn, signInMessage, signingIn, signOut } from './session.js';
import { DeskBar, Levels } from './levels.js';
import { Mails } from './mails.js';
import { Orders } from './orders.js';
import { shownTab, Tabs } from './tabs.js';
import { Webhooks } from './webhooks.js';

/** @typedef {import('./desk.js').Desk} Desk */

function Page() {
  const on = desk.value;
  return on === null
    ? html`<${SignIn} />`
    : html`<header class="top">
      <h1>${boot.storeName}</h1><${Tabs} /><span class="push"></span>
      <${ConnectionBadge} connection=${on.connection} live=${on.client.live} />
      <button type="button" class="button quiet small" onClick=${signOut}>Sign out</button>
    </header>
    <main class="desk" id="desk">${tabOf(on)}</main>`;
}

/** @param {Desk} on */
function tabOf(on) {
  switch (shownTab.value) {
    case 'orders':
      return html`<${Orders} on=${on} />`;
    case 'mails':
      return html`<${Mails} on=${on} />`;
    case 'webhooks':
      return html`<${Webhooks} on=${on} />`;
    default:
      return html`<${DeskBar} on=${on} /><${Levels} on=${on} />`;
  }
}

function SignIn() {
  /** @param {any} event */
  const submit = (event) => {
    event.preventDefault();
    void signIn(event.currentTarget.key.value.trim());
  };
  return html`<main class="sign-in"><form onSubmit=${submit}>
    <h1>Desk of ${boot.storeName}</h1>
    <p>Enter the store's secret key. It stays in this tab and is forgotten when the tab closes.</p>
    <label>Secret key <input class="field" name="key" type="password" autocomplete="off" spellcheck=${false} placeholder="sk_…" required autofocus /></label>
    ${signInMessage.value !== '' && html`<p class="message" role="alert">${signInMessage.value}</p>`}
    <button class="button" disabled=${signingIn.value}>${signingIn.value ? 'Opening…' : 'Open'}</button>
  </form></main>`;
}

const root = document.getElementById('root');
if (root !== null) render(html`<${Page} />`, root);
void resumeSession();
