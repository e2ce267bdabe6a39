/** What a crowd of sockets and the processes that hold them say to each other. */

/**
 * `live`: greets with a key, watches one SKU, and reads `available` off what is pushed. `bare`: only opens sockets and
 * counts what comes, for a server that speaks no protocol above WebSocket.
 */
export type CrowdTalk = LiveTalk | { readonly kind: 'bare' };

export interface LiveTalk {
  readonly kind: 'live';
  readonly key: string;
  readonly sku: string;
  /** Says when every socket has been shown a value. For values that only rise, and by little at a time. */
  readonly follows: boolean;
}

export interface OpenOrder {
  readonly kind: 'open';
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly sockets: number;
  readonly talk: CrowdTalk;
}

export type CrowdOrder = OpenOrder | { readonly kind: 'count' };

export interface CrowdCounts {
  readonly open: number;
  readonly lost: number;
  /** Whole messages, of any type, since the start. */
  readonly messages: number;
  readonly payloadBytes: number;
  /** Processor used since the start, of this process or of all. */
  readonly cpuSeconds: number;
}

export type CrowdReport =
  | { readonly kind: 'opened' }
  | { readonly kind: 'failed'; readonly why: string }
  | ({ readonly kind: 'counted' } & CrowdCounts)
  /** Every socket of this process has been shown so many available units, or more. */
  | { readonly kind: 'reached'; readonly available: number; readonly firstAtMs: number; readonly lastAtMs: number };
