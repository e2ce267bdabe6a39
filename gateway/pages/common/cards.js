/** The choice of a way to pay. Test cards are named for what they do, because that is why one takes them. */
import { html } from './html.js';

/** @typedef {{ readonly id: string, readonly name: string, readonly does: string }} TestCard */

/** Names of Stripe's test payment methods; `pm_card_sim_…` only the simulator has.
 *  @type {readonly TestCard[]} */
const testCards = [
  { id: 'pm_card_visa', name: 'Visa 4242', does: 'succeeds' },
  { id: 'pm_card_visa_chargeDeclined', name: 'Visa 0002', does: 'is declined' },
  { id: 'pm_card_visa_chargeDeclinedInsufficientFunds', name: 'Visa 9995', does: 'is declined: not enough money' },
  { id: 'pm_card_threeDSecure2Required', name: 'Visa 3220', does: 'asks for 3-D Secure' },
  { id: 'pm_card_sim_processing', name: 'Slow bank', does: 'takes a moment to answer, then succeeds' },
  { id: 'pm_card_sim_error_after', name: 'Broken line', does: 'charges, then answers with an error; still bought once' },
];

export const firstCardId = testCards[0]?.id ?? '';

/** @param {{ legend: string, simulated: boolean, chosen: string, onChoose: (id: string) => void }} props */
export function CardChoice({ legend, simulated, chosen, onChoose }) {
  if (!simulated) return html`<${PaymentMethodField} chosen=${chosen} onChoose=${onChoose} />`;
  return html`<fieldset class="choices cards"><legend>${legend}</legend>
    ${testCards.map(
      ({ id, name, does }) => html`<label class="choice" key=${id}>
        <input type="radio" name="card" value=${id} checked=${chosen === id} onChange=${() => onChoose(id)} />
        <span><strong>${name}</strong> <small>${does}</small></span></label>`,
    )}
    <p class="hint">Test cards: payments are simulated on this machine and no money moves.</p>
  </fieldset>`;
}

/** @param {{ chosen: string, onChoose: (id: string) => void }} props */
function PaymentMethodField({ chosen, onChoose }) {
  return html`<label class="labelled">Payment method
    <input class="field" name="card" value=${chosen} required maxlength="255" placeholder="pm_…" spellcheck=${false} autocomplete="off" onInput=${(/** @type {any} */ event) => onChoose(event.currentTarget.value.trim())} />
    <small class="hint">As Stripe named it when the card was entered.</small></label>`;
}
