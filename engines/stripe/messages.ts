/** What a simulator in a process of its own (`child.ts`) and the one that started it (`supervised.ts`) tell each other. */
import { EngineError, type EngineErrorCode } from '../engine-error.ts';
import type { WebhookTarget } from './webhooks.ts';

export interface ChildOptions {
  readonly port: number;
  /** Without it in memory only. */
  readonly dataDir?: string;
}

export type ToChild =
  | { readonly kind: 'start'; readonly options: ChildOptions; readonly webhook: WebhookTarget | null }
  | { readonly kind: 'webhook'; readonly webhook: WebhookTarget | null };

export type FromChild =
  | { readonly kind: 'ready'; readonly host: string; readonly port: number; readonly url: string }
  | { readonly kind: 'failed'; readonly code: EngineErrorCode; readonly sentence: string; readonly remedy: string };

export function failedWith(error: unknown): FromChild {
  if (!(error instanceof EngineError)) return { kind: 'failed', ...didNotStart, sentence: `${didNotStart.sentence} ${String(error)}` };
  const { code, message, remedy } = error;
  return { kind: 'failed', code, sentence: message.slice(0, -remedy.length).trimEnd(), remedy };
}

export const didNotStart = {
  code: 'start_failed',
  sentence: 'The simulator of payments did not start.',
  remedy: 'Start again; with STRIPE_API_KEY set no simulator is needed.',
} as const;
