/** Which endpoint a request is for. A flat table: what is not in it is a 404 in Stripe's words. */
import type { Answer } from './answer.ts';
import type { Call } from './call.ts';
import { createAccount, createCustomer, retrieveAccount, retrieveCharge, retrieveCustomer } from './directory.ts';
import { cancelIntent, captureIntent, confirmIntent, createIntent, listIntents, retrieveIntent } from './intents.ts';
import { createRefund, listRefunds, retrieveRefund } from './refunds.ts';

export type Endpoint = (call: Call) => Answer;

export interface Route {
  readonly endpoint: Endpoint;
  readonly id: string;
}

/** `GET payment_intents`, with `:` for an id and what follows it. */
const endpoints: ReadonlyMap<string, Endpoint> = new Map([
  ['POST payment_intents', createIntent],
  ['GET payment_intents', listIntents],
  ['GET payment_intents/:', retrieveIntent],
  ['POST payment_intents/:/confirm', confirmIntent],
  ['POST payment_intents/:/capture', captureIntent],
  ['POST payment_intents/:/cancel', cancelIntent],
  ['POST refunds', createRefund],
  ['GET refunds', listRefunds],
  ['GET refunds/:', retrieveRefund],
  ['POST accounts', createAccount],
  ['GET accounts/:', retrieveAccount],
  ['POST customers', createCustomer],
  ['GET customers/:', retrieveCustomer],
  ['GET charges/:', retrieveCharge],
]);

const prefix = '/v1/';

export function findRoute(method: string, path: string): Route | null {
  if (!path.startsWith(prefix)) return null;
  const [resource = '', id, ...rest] = path.slice(prefix.length).split('/');
  const shape = id === undefined ? resource : [resource, ':', ...rest].join('/');
  const endpoint = endpoints.get(`${method} ${shape}`);
  return endpoint === undefined || id === '' ? null : { endpoint, id: id ?? '' };
}
