/**
 * Signing in to the desk. The secret key stays in this tab: sessionStorage, never localStorage, gone when
 * the tab closes, and kept only once the server has accepted it.
 */
import { signal } from '@preact/signals';
import { readBoot } from '../common/boot.js';
import { explain } from '../common/refusals.js';
import { Desk } from './desk.js';

const keyName = 'onhand:secret-key';

export const boot = readBoot();
export const desk = signal(/** @type {Desk | null} */ (null));
export const signInMessage = signal('');
export const signingIn = signal(false);

export async function resumeSession() {
  const key = sessionStorage.getItem(keyName);
  if (key !== null) await signIn(key);
}

/** @param {string} key */
export async function signIn(key) {
  signInMessage.value = '';
  if (!key.startsWith('sk_')) {
    signInMessage.value = 'A secret key starts with sk_. It is in keys.json of the data folder.';
    return;
  }
  signingIn.value = true;
  const next = new Desk(key, boot.serverTime);
  const answer = await next.open();
  signingIn.value = false;
  if (!answer.ok) {
    next.close();
    if (answer.kind === 'refused') sessionStorage.removeItem(keyName);
    signInMessage.value = explain(answer);
    return;
  }
  sessionStorage.setItem(keyName, key);
  desk.value = next;
}

export function signOut() {
  sessionStorage.removeItem(keyName);
  desk.value?.close();
  desk.value = null;
}
