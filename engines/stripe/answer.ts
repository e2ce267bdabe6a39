/** What the simulator answers, with errors in Stripe's own shape: the SDK turns them into its classes. */
export interface Answer {
  readonly status: number;
  readonly body: object;
  /** Kept under the idempotency key and replayed. Stripe keeps what an endpoint has begun to do, also a 500; not what was refused before. */
  readonly kept: boolean;
  /** Misbehave while answering it: see faults.ts. */
  readonly misbehave?: Misbehaviour;
}

export type Misbehaviour =
  | { readonly kind: 'delay'; readonly ms: number }
  /** The work is done, the answer never comes. */
  | { readonly kind: 'silence' };

export type ErrorType =
  | 'card_error'
  | 'invalid_request_error'
  | 'idempotency_error'
  | 'api_error'
  | 'authentication_error'
  | 'rate_limit_error';

export interface ErrorDetails {
  readonly code?: string;
  readonly param?: string;
  readonly decline_code?: string;
  readonly charge?: string;
  readonly payment_intent?: object;
  readonly payment_method?: object;
}

export function ok(body: object): Answer {
  return { status: 200, body, kept: true };
}

export function failed(status: number, type: ErrorType, message: string, details: ErrorDetails = {}, kept = false): Answer {
  const documented =
    details.code === undefined ? {} : { doc_url: `https://docs.stripe.com/error-codes/${details.code.replaceAll('_', '-')}` };
  return { status, body: { error: { type, message, ...details, ...documented } }, kept };
}

/** A parameter is missing or wrong: the endpoint did not begin, nothing is kept. */
export function wrongParameter(param: string, message: string, code = 'parameter_invalid'): Answer {
  return failed(400, 'invalid_request_error', message, { code, param });
}

/** In the path it is a 404; as a parameter a 400. */
export function missing(what: string, id: string, param: string, status: 400 | 404 = 404): Answer {
  return failed(status, 'invalid_request_error', `No such ${what}: '${id}'`, { code: 'resource_missing', param });
}

/** The object is there, but not in a state for it. */
export function wrongState(message: string, details: ErrorDetails): Answer {
  return failed(400, 'invalid_request_error', message, details, true);
}

export function broken(): Answer {
  return failed(500, 'api_error', 'An unknown error occurred.', {}, true);
}
