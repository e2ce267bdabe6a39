/** What the desk knows of telling the outside: mails to buyers, webhooks, and what became of each. Does not draw. */
import { batch, signal } from '@preact/signals';
import { explain } from '../common/refusals.js';

/** @typedef {import('../../client/onhand-client.js').Api} Api */
/** @typedef {{ readonly eventId: string, readonly number: number, readonly orderId: string, readonly recipient: string, readonly subject: string, readonly text: string, readonly status: string, readonly attempts: number, readonly error: string | null, readonly madeAt: string, readonly sentAt: string | null }} Mail */
/** @typedef {{ readonly endpointId: string, readonly url: string, readonly types: readonly string[] | null, readonly active: boolean, readonly disabledWhy: string | null, readonly handled: number, readonly attempts: number, readonly retryAt: string | null, readonly secret?: string }} Webhook */
/** @typedef {{ readonly number: number, readonly attempt: number, readonly eventId: string, readonly at: string, readonly outcome: string, readonly httpStatus: number | null, readonly error: string | null, readonly tookMs: number, readonly onRequest: boolean }} Delivery */

const refreshMs = 3_000;
const rowsMax = 100;

export class OutsideDesk {
  /** @param {Api} api */
  constructor(api) {
    this.api = api;
    this.mails = signal(/** @type {readonly Mail[] | null} */ (null));
    this.openedMail = signal(/** @type {string | null} */ (null));
    this.webhooks = signal(/** @type {readonly Webhook[] | null} */ (null));
    this.openedWebhook = signal(/** @type {string | null} */ (null));
    this.deliveries = signal(/** @type {readonly Delivery[] | null} */ (null));
    /** Shown once: nobody can ask for it again. */
    this.newSecret = signal('');
    this.message = signal(/** @type {{ text: string, good: boolean } | null} */ (null));
    this.trouble = signal('');
    this.busy = signal(false);
  }

  /** Reads now and then again while its tab is looked at; returns the end of it.
   *  @param {'mails' | 'webhooks'} what */
  follow(what) {
    const read = what === 'mails' ? () => this.readMails() : () => this.readWebhooks();
    void read();
    const timer = setInterval(() => void read(), refreshMs);
    return () => clearInterval(timer);
  }

  async readMails() {
    await this.read(`/v1/admin/mails?limit=${rowsMax}`, this.mails);
  }

  async readWebhooks() {
    await this.read('/v1/admin/webhooks', this.webhooks);
    await this.readDeliveries();
  }

  async readDeliveries() {
    const opened = this.openedWebhook.value;
    if (opened !== null) await this.read(`${hookPath(opened)}/deliveries?limit=${rowsMax}`, this.deliveries);
  }

  /** @param {string | null} endpointId */
  openWebhook(endpointId) {
    batch(() => {
      this.openedWebhook.value = endpointId;
      this.deliveries.value = null;
      this.message.value = null;
    });
    void this.readDeliveries();
  }

  /** @param {string} url @param {string} types separated by commas; empty: all */
  async addWebhook(url, types) {
    const wanted = types.split(',').flatMap((type) => (type.trim() === '' ? [] : [type.trim()]));
    const body = { url, ...(wanted.length === 0 ? {} : { types: wanted }) };
    const answer = await this.act('POST', '/v1/admin/webhooks', body, 'Added.');
    if (answer.ok) this.newSecret.value = String(/** @type {Webhook} */ (answer.body).secret ?? '');
    return answer.ok;
  }

  /** @param {string} endpointId */
  async removeWebhook(endpointId) {
    const answer = await this.act('DELETE', hookPath(endpointId), undefined, 'Removed.');
    if (answer.ok) this.openWebhook(null);
  }

  /** @param {string} endpointId @param {number} number */
  async redeliver(endpointId, number) {
    const answer = await this.act('POST', `${hookPath(endpointId)}/redeliver`, { number }, '');
    if (!answer.ok) return;
    const { outcome, httpStatus, error } = /** @type {Delivery} */ (answer.body);
    this.message.value = {
      text: `Told again: ${outcome}${httpStatus === null ? '' : `, ${httpStatus}`}${error === null ? '' : `, ${error}`}.`,
      good: outcome === 'delivered',
    };
  }

  // --- inside ------------------------------------------------------------------------------------------

  /** @param {string} path @param {import('@preact/signals').Signal<any>} into */
  async read(path, into) {
    const answer = await this.api.call({ method: 'GET', path });
    batch(() => {
      this.trouble.value = explain(answer);
      if (answer.ok) into.value = /** @type {{ items: unknown }} */ (answer.body).items;
    });
  }

  /** @param {'POST' | 'DELETE'} method @param {string} path @param {unknown} body @param {string} done */
  async act(method, path, body, done) {
    this.busy.value = true;
    const answer = await this.api.call({ method, path, intent: `${method} ${path}`, ...(body === undefined ? {} : { body }) });
    batch(() => {
      this.busy.value = false;
      this.message.value = answer.ok ? (done === '' ? null : { text: done, good: true }) : { text: explain(answer), good: false };
    });
    await this.readWebhooks();
    return answer;
  }
}

/** @param {string} endpointId */
function hookPath(endpointId) {
  return `/v1/admin/webhooks/${encodeURIComponent(endpointId)}`;
}
