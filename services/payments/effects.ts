/**
 * Answers what orders owe to kind `payments`: one effect per command, joined while it is under way.
 *
 * The command names everything that makes it the same effect (order, type, attempt, and the refund for refunds):
 *
 *   createIntent  the same attempt has one intent that is used; another one made by a lost answer never gets money
 *   confirm       the intent is authorised at most once, whatever is sent again
 *   retrieve      reads
 *   capture       the intent is captured at most once
 *   void          voiding a voided one is done; one that was captured answers `captured`
 *   refund        once per `refundId`, looked for before it is made, for ever
 *
 * F1. What is asked again while it is under way joins that call (X1 of the order's protocol).
 * F2. Only what is definite is answered; the rest is `null`, and the runtime asks again with backoff (X2).
 * F3. At most `inFlightMax` effects are under way; one more is `null` (I7).
 * F4. A request that the provider refuses as wrong is answered in the words of the order, so that the order ends (I9).
 */
import type { ActorCommand, ActorId, EffectOutcome } from '../../actors/kernel/index.ts';
import type { PaymentCommand, PaymentOutcome } from '../../actors/order/outside.ts';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Service } from '../../runtime/router/services.ts';
import type { PaymentAnswer, PaymentRefused, PaymentsPort } from './port.ts';

export type PaymentsCommand = PaymentCommand;
export type PaymentsReply = PaymentOutcome;

export interface PaymentsHandlerDeps {
  readonly port: PaymentsPort;
  readonly logger: Logger;
  readonly inFlightMax?: number;
  /** For metrics: every answer of the port, also those that are none. */
  readonly observe?: (step: PaymentsCommand['type'], answer: PaymentAnswer['kind'] | 'failed', ms: number) => void;
  readonly clock?: Pick<Clock, 'monotonicMs'>;
}

const inFlightMaxDefault = 5_000;

export function createPaymentsHandler(deps: PaymentsHandlerDeps): Service {
  const { logger, inFlightMax = inFlightMaxDefault } = deps;
  const flights = new Map<string, Promise<EffectOutcome | null>>();
  return (to, command) => {
    if (!isPaymentsCommand(command)) return Promise.reject(new TypeError(`payments cannot be asked for ${command.type}`));
    const key = keyOf(to, command);
    const underWay = flights.get(key);
    if (underWay !== undefined) return underWay; // F1
    if (flights.size >= inFlightMax) return Promise.resolve(null); // F3
    const flight = observed(deps, command.type, carryOut(deps.port, to.store, command))
      .then((answer) => effectOutcome(answer, command, logger))
      .finally(() => flights.delete(key));
    flights.set(key, flight);
    return flight;
  };
}

async function observed(
  { observe, clock = systemClock }: PaymentsHandlerDeps,
  step: PaymentsCommand['type'],
  asked: Promise<PaymentAnswer>,
): Promise<PaymentAnswer> {
  const startedMs = clock.monotonicMs();
  const ended = (kind: PaymentAnswer['kind'] | 'failed') => observe?.(step, kind, clock.monotonicMs() - startedMs);
  try {
    const answer = await asked;
    ended(answer.kind);
    return answer;
  } catch (error) {
    ended('failed');
    throw error;
  }
}

function carryOut(port: PaymentsPort, store: string, command: PaymentsCommand): Promise<PaymentAnswer> {
  switch (command.type) {
    case 'createIntent':
      return port.createIntent({ ...command, store });
    case 'confirm':
      return port.confirm({ ...command, store });
    case 'retrieve':
      return port.retrieve({ ...command, store });
    case 'capture':
      return port.capture({ ...command, store });
    case 'void':
      return port.void({ ...command, store });
    case 'refund':
      return port.refund({ ...command, store });
    default:
      return command satisfies never;
  }
}

/** F2. */
function effectOutcome(answer: PaymentAnswer, command: PaymentsCommand, logger: Logger): EffectOutcome | null {
  switch (answer.kind) {
    case 'unknown':
    case 'unavailable':
      return null;
    case 'refused': {
      const { orderId, type } = command;
      logger.error({ order: orderId, step: type, code: answer.code, message: answer.message }, 'a payment request was refused');
      const reply = endedBy(answer, command);
      return reply === null ? null : { reply };
    }
    default:
      return { reply: answer satisfies PaymentsReply };
  }
}

/** F4. Null: it says nothing about the money, so the order asks on until its own deadline. */
function endedBy({ code, message }: PaymentRefused, command: PaymentsCommand): PaymentsReply | null {
  switch (command.type) {
    case 'createIntent':
      return { kind: 'declined', intentId: '', decline: code, message };
    case 'confirm': // a reused attempt may have taken money before
      return code === 'attempt_reused' ? null : { kind: 'declined', intentId: command.intentId, decline: code, message };
    case 'capture':
      return { kind: 'capture_refused', intentId: command.intentId, message };
    case 'refund':
      return { kind: 'refund_refused', intentId: command.intentId, refundId: command.refundId, message };
    case 'retrieve':
      return code === 'intent_unknown' ? voided(command) : null; // where there is no payment there is no money either
    case 'void': // an account that lets us in no more: nobody captures for this order, and its authorisation lapses by itself
      return code === 'intent_unknown' || code === 'account_unusable' ? voided(command) : null;
    default:
      return command satisfies never;
  }
}

function voided({ intentId }: { readonly intentId: string }): PaymentsReply {
  return { kind: 'voided', intentId };
}

const commandTypes: ReadonlySet<string> = new Set<PaymentsCommand['type']>([
  'createIntent',
  'confirm',
  'retrieve',
  'capture',
  'void',
  'refund',
]);

function isPaymentsCommand(command: ActorCommand): command is PaymentsCommand {
  return commandTypes.has(command.type);
}

function keyOf(to: ActorId, command: PaymentsCommand): string {
  const refund = command.type === 'refund' ? command.refundId : '';
  return [to.store, command.orderId, command.type, refund, command.attempt].join('\n');
}
