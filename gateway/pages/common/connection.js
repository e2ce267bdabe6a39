/** The badge that says how fresh the numbers on the page are. */
import { signal } from '@preact/signals';
import { html } from './html.js';

/** @typedef {import('../../client/onhand-client.js').LiveConnection} LiveConnection */

/** Signals that follow a live connection.
 *  @param {LiveConnection} live */
export function connectionSignals(live) {
  const state = signal(live.state);
  const report = signal(/** @type {import('../../client/onhand-client.js').CompleteReport | null} */ (null));
  live.on((event) => {
    if (event.type === 'state') state.value = event.state;
    if (event.type === 'complete') report.value = event;
  });
  return { state, report };
}

const words = { live: 'Live', connecting: 'Connecting…', stale: 'Catching up…', offline: 'Offline' };

/** @param {{ connection: ReturnType<typeof connectionSignals>, live: LiveConnection }} props */
export function ConnectionBadge({ connection, live }) {
  const state = connection.state.value;
  return html`<div class="connection" role="status" data-state=${state} data-resumed=${connection.report.value?.resumed ?? false} title=${proof(connection.report.value)}>
    <span>${words[state]}</span>
    ${state === 'offline' && html`<button type="button" onClick=${() => live.retryNow()}>Try now</button>`}
  </div>`;
}

/** @param {import('../../client/onhand-client.js').CompleteReport | null} report */
function proof(report) {
  if (report === null) return '';
  if (!report.resumed) return `${report.watched} products watched.`;
  return report.complete
    ? `Nothing missed: after ${(report.gapMs / 1_000).toFixed(1)} s away, ${report.newer} of ${report.watched} products had changed.`
    : `${report.refused} products could not be caught up.`;
}
