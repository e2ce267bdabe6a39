/**
 * From a command to an answer: asks the router and puts what comes back into HTTP words. Owns the translation
 * of outcomes; every refusal and unavailability becomes exactly one problem.
 */
import type { Logger } from 'pino';
import { type ActorCommand, type ActorId, type ActorRefusal, toIso } from '../../actors/kernel/index.ts';
import { limits } from '../../runtime/limits.ts';
import type { AnswerPosition, Envelope, Outcome, Router } from '../../runtime/router/port.ts';
import { type ProblemCode, problemOfRefusal, problemOfUnavailable } from '../problems.ts';
import { type OpenAnswer, problemAnswer } from './answers.ts';
import type { Respond } from './route.ts';

export type ReplyOutcome = Extract<Outcome, { kind: 'reply' }>;

export type Renamed = Readonly<Record<string, ProblemCode>>;

/** Taken even when the log or write-behind has little room left: they give back, or write nothing. */
const takeNoRoom: ReadonlySet<string> = new Set(['release', 'read', 'readHold']);

function envelopeOf(actor: ActorId, command: ActorCommand): Envelope {
  const envelope: Envelope = { actor, command, class: 'client', waitMs: limits.commandWaitMs };
  return takeNoRoom.has(command.type) ? { ...envelope, frees: true } : envelope;
}

export class ActorCalls {
  readonly #router: Router;
  readonly #logger: Logger;

  constructor(router: Router, logger: Logger) {
    this.#router = router;
    this.#logger = logger;
  }

  /** Asks and answers: `shape` makes the body of a yes, `renamed` shows some refusals as others. */
  ask(actor: ActorId, command: ActorCommand, respond: Respond, shape: (outcome: ReplyOutcome) => OpenAnswer, renamed: Renamed = {}): void {
    this.outcome(actor, command, (outcome) => {
      const instead = outcome.kind === 'refused' ? renamed[outcome.refusal.code] : undefined;
      respond(instead === undefined ? this.answerOf(outcome, shape) : problemAnswer(instead));
    });
  }

  outcome(actor: ActorId, command: ActorCommand, done: (outcome: Outcome) => void): void {
    this.#router.send(envelopeOf(actor, command), (outcome) => {
      try {
        done(outcome);
      } catch (cause) {
        // The router's turn must not end because an answer could not be put into words.
        this.#logger.error({ err: cause, actor, command: command.type }, 'an answer could not be given');
      }
    });
  }

  async asked(actor: ActorId, command: ActorCommand): Promise<Outcome> {
    return new Promise((resolve) => this.outcome(actor, command, resolve));
  }

  /** `shape` makes the body of a yes. */
  answerOf(outcome: Outcome, shape: (outcome: ReplyOutcome) => OpenAnswer): OpenAnswer {
    if (outcome.kind !== 'reply') return this.problemOf(outcome);
    let answer: OpenAnswer;
    try {
      answer = shape(outcome);
    } catch (cause) {
      this.#logger.error({ err: cause }, 'a reply could not be put into words');
      return problemAnswer('internal_error');
    }
    answer.headers.push('onhand-position', positionText(outcome.position));
    if (outcome.repeated) answer.headers.push('idempotent-replayed', 'true');
    return answer;
  }

  problemOf(outcome: Exclude<Outcome, ReplyOutcome>): OpenAnswer {
    if (outcome.kind === 'unavailable') return problemAnswer(problemOfUnavailable(outcome.code), { retryAfterMs: outcome.retryAfterMs });
    const answer = this.refusalAnswer(outcome.refusal);
    answer.headers.push('onhand-position', positionText(outcome.position));
    return answer;
  }

  refusalAnswer(refusal: ActorRefusal): OpenAnswer {
    const { code, fields } = unfolded(refusal);
    const problem = problemOfRefusal(code);
    if (problem === null) {
      this.#logger.error({ refusal }, 'an actor refused in words the catalogue does not have');
      return problemAnswer('internal_error');
    }
    const { retryAfterMs, ...shown } = fields;
    return problemAnswer(problem, { fields: shown, ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}) });
  }
}

/** In a problem `status` is the HTTP status: the status a refusal speaks of gets the name of what has it. */
const statusNames: Readonly<Record<string, string>> = { hold_ended: 'holdStatus', order_ended: 'orderStatus', cart_ended: 'cartStatus' };

/** A refused line is shown as what its SKU said, with the SKU; of a code, as what became of the code, with the code. */
function unfolded(refusal: ActorRefusal): { code: string; fields: Record<string, unknown> } {
  const { code, status, ...others } = refusal as ActorRefusal & { status?: string; sku?: string; cause?: ActorRefusal } & Record<
      string,
      unknown
    >;
  const fields: typeof others = status === undefined ? others : { ...others, [statusNames[code] ?? 'holdStatus']: status };
  if (code === 'line_refused' && fields.cause !== undefined) {
    const inner = unfolded(fields.cause);
    const named = fields['kind'] === 'coupon' ? { discountCode: fields.sku } : { sku: fields.sku };
    return { code: inner.code, fields: { ...named, ...inner.fields } };
  }
  if (typeof fields.expiresAtMax === 'number') fields.expiresAtMax = toIso(fields.expiresAtMax);
  return { code, fields };
}

export function positionText({ incarnation, shard, epoch, frame, index }: AnswerPosition): string {
  return `${incarnation}.${shard}.${epoch}.${frame}.${index}`;
}
