/**
 * What the buyer has filled in. Kept in this tab until the order is placed, so that a reload loses nothing and asks for
 * the very same order again; an address is nobody else's business, so it is not kept longer.
 */
import { signal } from '@preact/signals';
import { firstCardId } from '../common/cards.js';
import { likelyCountry } from '../common/countries.js';

/** @typedef {{ email: string, name: string, line1: string, line2: string, city: string, region: string, postalCode: string, country: string, codes: readonly string[], shippingMethod: string, card: string }} Draft */

const draftName = 'onhand:checkout';

/** @type {Draft} */
const empty = {
  email: '',
  name: '',
  line1: '',
  line2: '',
  city: '',
  region: '',
  postalCode: '',
  country: likelyCountry(),
  codes: [],
  shippingMethod: '',
  card: firstCardId,
};

export const draft = signal({ ...empty, ...stored() });

/** @param {Partial<Draft>} changes */
export function fillIn(changes) {
  draft.value = { ...draft.value, ...changes };
  try {
    sessionStorage.setItem(draftName, JSON.stringify(draft.value));
  } catch {
    // Forbidden or full: then a reload starts with an empty form.
  }
}

/** The order is placed: its codes and way of shipping were for that basket. */
export function forgetBasketChoices() {
  fillIn({ codes: [], shippingMethod: '' });
}

/** @returns {Partial<Draft>} */
function stored() {
  try {
    return JSON.parse(sessionStorage.getItem(draftName) ?? '{}');
  } catch {
    return {};
  }
}

/** @param {Draft} from */
export function addressOf({ name, line1, line2, city, region, postalCode, country }) {
  const more = { ...(line2.trim() === '' ? {} : { line2: line2.trim() }), ...(region.trim() === '' ? {} : { region: region.trim() }) };
  return { name: name.trim(), line1: line1.trim(), ...more, city: city.trim(), postalCode: postalCode.trim(), country };
}
