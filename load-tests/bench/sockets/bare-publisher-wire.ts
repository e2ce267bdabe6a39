/** What the bare publisher is told, and says. */
export type PublisherOrder =
  | { readonly kind: 'listen' }
  /** The same bytes to every socket, again and again, resting between two fan-outs as the server under test does. */
  | { readonly kind: 'publish'; readonly text: string; readonly intervalMsMin: number }
  | { readonly kind: 'rest' };

export type PublisherReport = { readonly kind: 'listening'; readonly port: number } | { readonly kind: 'failed'; readonly why: string };
