/** The fields of the checkout. Each writes into the draft; the quote follows. */
import { signal } from '@preact/signals';
import { countries } from '../common/countries.js';
import { html } from '../common/html.js';
import { moneyOf } from '../common/sums.js';
import { draft, fillIn } from './draft.js';
import { addCode, codeMessage, quote, removeCode } from './state.js';

/** @typedef {import('./draft.js').Draft} Draft */
/** @typedef {{ name: keyof Draft, label: string, autocomplete: string, type?: string, required?: boolean, maxlength?: number, wide?: boolean }} FieldProps */

/** @param {FieldProps} props */
function Field({ name, label, autocomplete, type = 'text', required = true, maxlength = 200, wide = false }) {
  return html`<label class=${wide ? 'labelled wide' : 'labelled'}><span>${label}${!required && html` <small>optional</small>`}</span>
    <input class="field" name=${name} type=${type} value=${draft.value[name]} required=${required} maxlength=${maxlength} autocomplete=${autocomplete}
      onInput=${(/** @type {any} */ event) => fillIn({ [name]: event.currentTarget.value })} /></label>`;
}

export function AddressFields() {
  return html`<fieldset class="card fields"><legend>Where it goes</legend>
    <${Field} name="email" label="E-mail" type="email" autocomplete="email" maxlength=${254} wide=${true} />
    <${Field} name="name" label="Name" autocomplete="name" wide=${true} />
    <${Field} name="line1" label="Street and number" autocomplete="address-line1" wide=${true} />
    <${Field} name="line2" label="More" autocomplete="address-line2" required=${false} wide=${true} />
    <${Field} name="postalCode" label="Postal code" autocomplete="postal-code" maxlength=${20} />
    <${Field} name="city" label="Town" autocomplete="address-level2" maxlength=${100} />
    <${Field} name="region" label="State or region" autocomplete="address-level1" required=${false} maxlength=${100} />
    <label class="labelled">Country
      <select class="field" name="country" autocomplete="country" value=${draft.value.country} onChange=${(/** @type {any} */ event) => fillIn({ country: event.currentTarget.value })}>
        ${countries.map(({ code, name }) => html`<option key=${code} value=${code} selected=${draft.value.country === code}>${name}</option>`)}
      </select></label>
  </fieldset>`;
}

export function ShippingChoice() {
  const options = quote.value?.shippingOptions ?? [];
  if (options.length === 0) return null;
  return html`<fieldset class="card choices shipping"><legend>How it comes</legend>
    ${options.map(
      ({ id, name, price, promise }) => html`<label class="choice" key=${id}>
        <input type="radio" name="shipping" value=${id} checked=${quote.value?.shippingMethod === id} onChange=${() => fillIn({ shippingMethod: id })} />
        <span><strong>${name}</strong> <small>${promise}</small></span><span class="amount">${price.amountMinor === 0 ? 'free' : moneyOf(price)}</span></label>`,
    )}
  </fieldset>`;
}

const typed = signal('');

export function CodeField() {
  const apply = () => {
    addCode(typed.value);
    typed.value = '';
  };
  /** Enter in this field applies the code; it must not buy.
   *  @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    apply();
  };
  return html`<div class="code">
    <label class="labelled">Discount code
      <span class="joined"><input class="field" name="code" value=${typed.value} maxlength="64" autocomplete="off" spellcheck=${false} onKeyDown=${onKey} onInput=${(/** @type {any} */ event) => (typed.value = event.currentTarget.value)} />
      <button type="button" class="button quiet small" data-act="code" onClick=${apply}>Apply</button></span></label>
    ${draft.value.codes.map((code) => html`<span class="chip" key=${code} data-code=${code}>${code} <button type="button" class="link" aria-label=${`Take ${code} off`} onClick=${() => removeCode(code)}>×</button></span>`)}
    ${codeMessage.value !== '' && html`<p class="message" role="alert">${codeMessage.value}</p>`}
  </div>`;
}
