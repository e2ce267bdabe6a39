/** The page on which a buyer answers 3-D Secure: two buttons, then back to the shop. Shown only to who has the client secret. */
import type { Intent } from './objects.ts';

export const pagePath = '/3d-secure/';

export function pageUrlOf(url: string, intent: Intent): string {
  return `${url}${pagePath}${intent.id}?client_secret=${encodeURIComponent(intent.clientSecret)}`;
}

export function actionPage(intent: Intent): string {
  const amount = `${intent.amount} ${intent.currency.toUpperCase()} (in minor units)`;
  const button = (verdict: string, words: string) => `<button name="verdict" value="${verdict}">${words}</button>`;
  return page(
    '3-D Secure test page',
    `<p>Your bank asks: is it you who pays <strong>${escape(amount)}</strong>?</p>
     <form method="post">
       <input type="hidden" name="client_secret" value="${escape(intent.clientSecret)}">
       ${button('authorise', 'Authorise')} ${button('fail', 'Fail')}
     </form>`,
  );
}

export function donePage(words: string): string {
  return page('3-D Secure test page', `<p>${escape(words)}</p>`);
}

/** Where the buyer goes then, with what Stripe adds to the address. Null: the shop named no place. */
export function returnUrlOf(intent: Intent, succeeded: boolean): string | null {
  if (intent.returnUrl === null || !URL.canParse(intent.returnUrl)) return null;
  const url = new URL(intent.returnUrl);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
  url.searchParams.set('payment_intent', intent.id);
  url.searchParams.set('payment_intent_client_secret', intent.clientSecret);
  url.searchParams.set('redirect_status', succeeded ? 'succeeded' : 'failed');
  return url.href;
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}button{font:inherit;padding:.5rem 1.5rem;margin-right:.5rem}</style>
</head><body><main><h1>${title}</h1>${content}<p><small>Simulated. No bank is asked and no money moves.</small></p></main></body></html>
`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
