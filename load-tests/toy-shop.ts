/**
 * A shop small enough to be trusted by reading it, which can be told to lie: the harness is tested on it
 * before it may judge a real server. In memory, one process, none of the server's code.
 *
 * Implements of the public API what virtual buyers use, for one store, one location.
 */
import { type IncomingMessage, type Server, createServer } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { ToyOrders } from './toy-orders.ts';

export type Lie =
  /** Holds are given beyond the stock. */
  | 'oversells'
  /** Every third hold is acknowledged and its unit given to the next one too. */
  | 'grantsTwice'
  /** The first refusal is given again and again, without looking whether units came back. */
  | 'refusesFromMemory'
  /** Says "final" while units are left. */
  | 'undersells'
  /** A committed unit is forgotten after its acknowledgement. */
  | 'forgetsCommits'
  /** Every sending of a hold request makes a hold of its own, whatever its key. */
  | 'ignoresKeys'
  /** Holds left alone never end. */
  | 'neverExpires'
  /** A receipt sent twice counts twice. */
  | 'receivesTwice'
  /** Every third shipment is acknowledged and forgotten. */
  | 'losesShipments'
  /** Returns are taken back and the money is kept. */
  | 'keepsRefunds'
  /** Pages are shown an old version again. */
  | 'pushesBackwards';

interface Line {
  readonly sku: string;
  readonly quantity: number;
}

interface Hold {
  readonly holdId: string;
  readonly lines: readonly Line[];
  readonly expiresAtMs: number;
  status: 'held' | 'committed' | 'released' | 'expired';
}

interface Stock {
  readonly sku: string;
  readonly movements: {
    readonly kind: string;
    readonly location: string;
    readonly quantity: number;
    readonly version: number;
    readonly holdId: string | null;
  }[];
  readonly holds: Set<Hold>;
  version: number;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

export class ToyShop implements AsyncDisposable {
  readonly #lies: ReadonlySet<Lie>;
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  readonly #subscribers = new Map<WebSocket, string>();
  readonly #stocks = new Map<string, Stock>();
  readonly #holds = new Map<string, Hold>();
  readonly #answers = new Map<string, Answer>();
  readonly #refusals = new Map<string, Answer>();
  readonly #orders: ToyOrders;
  #ids = 0;
  #effects = 0;
  #commits = 0;
  #shipments = 0;

  constructor(lies: readonly Lie[] = []) {
    this.#lies = new Set(lies);
    this.#orders = new ToyOrders({
      commit: (holdId, lines) => {
        for (const { sku } of lines) this.#stock(sku).holds.add(this.#soldHold(holdId, lines));
      },
      move: (kind, sku, quantity, holdId) => void this.#move(kind, { sku, holdId }, quantity),
      refunds: !this.#lies.has('keepsRefunds'),
    });
    this.#server = createServer((request, response) => {
      void readBody(request).then((body) => {
        const answer = this.#answer(request, body);
        const text = JSON.stringify(answer.body);
        const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
        response.writeHead(answer.status, { ...headers, 'onhand-position': `toy.0.1.${this.#effects}.0` }).end(text);
      });
    });
    this.#sockets = new WebSocketServer({ server: this.#server, path: '/v1/live' });
    this.#sockets.on('connection', (socket) => this.#welcome(socket));
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the toy shop has no port');
    return `http://127.0.0.1:${address.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Under a key that was seen before: the answer that was given then. */
  #answer(request: IncomingMessage, body: Fields): Answer {
    this.#expireHolds();
    const path = decodeURI((request.url ?? '').split('?')[0] ?? '');
    const key = `${String(request.headers['onhand-buyer'] ?? 'merchant')} ${path} ${String(request.headers['idempotency-key'] ?? '')}`;
    const keyed = request.method === 'POST' && request.headers['idempotency-key'] !== undefined && !this.#forgetsKeyOf(path);
    const known = keyed ? this.#answers.get(key) : undefined;
    if (known !== undefined) return known;
    const answer = this.#act(request.method ?? '', path, body);
    if (keyed && answer.status < 300) this.#answers.set(key, answer);
    return answer;
  }

  #forgetsKeyOf(path: string): boolean {
    return (this.#lies.has('ignoresKeys') && path === '/v1/holds') || (this.#lies.has('receivesTwice') && path.endsWith('/receive'));
  }

  #act(method: string, path: string, body: Fields): Answer {
    const parts = path.split('/').slice(2);
    if (path === '/readyz') return { status: 200, body: { status: 'ready', durability: 'none: a toy' } };
    if (path === '/v1/buyers') return { status: 201, body: { buyerId: `buyer_${(this.#ids += 1)}`, token: `token-${this.#ids}` } };
    const ofOrders = this.#orders.answer(method, path, body);
    if (ofOrders !== null) return ofOrders;
    if (path === '/v1/admin/stock/receive') return this.#move('received', body, Number(body['quantity']));
    if (path === '/v1/admin/stock/return') return this.#move('returned', body, Number(body['quantity']));
    if (path === '/v1/admin/stock/fulfil') return this.#move('shipped', body, -Number(body['quantity']));
    if (path === '/v1/holds') return this.#hold(body);
    if (parts[0] === 'holds') return this.#endOrReadHold(method, parts[1] ?? '', parts[2]);
    if (parts[0] === 'admin' && parts[1] === 'stock' && parts[2] !== undefined)
      return parts[3] === 'movements' ? this.#movements(parts[2]) : this.#levels(parts[2]);
    return { status: 404, body: { code: 'route_unknown' } };
  }

  #stock(sku: string): Stock {
    const known = this.#stocks.get(sku);
    if (known !== undefined) return known;
    const fresh: Stock = { sku, movements: [], holds: new Set(), version: 0 };
    this.#stocks.set(sku, fresh);
    return fresh;
  }

  #move(kind: string, body: Fields, quantity: number): Answer {
    const stock = this.#stock(String(body['sku']));
    const holdId = typeof body['holdId'] === 'string' ? body['holdId'] : null;
    if (kind === 'shipped' && this.#lies.has('losesShipments') && (this.#shipments += 1) % 3 === 0) return { status: 200, body: {} };
    stock.movements.push({ kind, location: 'main', quantity, version: stock.version + 1, holdId });
    this.#push(stock);
    return { status: 200, body: {} };
  }

  /** The same one for every line. */
  #soldHold(holdId: string, lines: readonly Line[]): Hold {
    const known = this.#holds.get(holdId);
    const sold: Hold = known ?? { holdId, lines, expiresAtMs: Number.POSITIVE_INFINITY, status: 'committed' };
    this.#holds.set(holdId, sold);
    return sold;
  }

  #hold(body: Fields): Answer {
    const lines = (body['lines'] as Line[] | undefined) ?? [{ sku: String(body['sku']), quantity: Number(body['quantity']) }];
    for (const { sku } of lines) {
      const stock = this.#stock(sku);
      const wanted = lines.reduce((units, line) => (line.sku === sku ? units + line.quantity : units), 0);
      const available = availableOf(stock);
      const refuses = this.#lies.has('undersells') ? available <= 1 : available < wanted;
      const last = this.#refusals.get(sku);
      if (this.#lies.has('refusesFromMemory') && last !== undefined) return last;
      if (!refuses || this.#lies.has('oversells')) continue;
      const held = unitsOf(stock, 'held');
      const final = held === 0 || this.#lies.has('undersells');
      const answer = { status: 409, body: { code: 'insufficient_stock', sku, available, held, final } };
      this.#refusals.set(sku, answer);
      return answer;
    }
    const hold: Hold = {
      holdId: `hold_${(this.#ids += 1)}`,
      lines,
      expiresAtMs: Date.now() + Number(body['ttlSeconds']) * 1_000,
      status: 'held',
    };
    this.#holds.set(hold.holdId, hold);
    const isCounted = !this.#lies.has('grantsTwice') || this.#holds.size % 3 !== 0;
    if (isCounted) for (const { sku } of lines) this.#stock(sku).holds.add(hold);
    this.#pushLines(hold);
    return { status: 201, body: showHold(hold) };
  }

  #endOrReadHold(method: string, holdId: string, action: string | undefined): Answer {
    const hold = this.#holds.get(holdId);
    if (hold === undefined) return { status: 404, body: { code: 'hold_unknown' } };
    if (method === 'GET') return { status: 200, body: showHold(hold) };
    const wanted = action === 'commit' ? 'committed' : 'released';
    if (hold.status !== 'held' && hold.status !== wanted) return { status: 409, body: { code: 'hold_ended', status: hold.status } };
    const answer = { status: 200, body: showHold({ ...hold, status: wanted }) };
    hold.status = wanted;
    if (wanted === 'committed' && this.#lies.has('forgetsCommits') && (this.#commits += 1) % 2 === 0) hold.status = 'released';
    this.#pushLines(hold);
    return answer;
  }

  #levels(sku: string): Answer {
    const stock = this.#stock(sku);
    const [held, committed] = [unitsOf(stock, 'held'), unitsOf(stock, 'committed')];
    const level = {
      location: 'main',
      onHand: onHandOf(stock),
      available: availableOf(stock),
      held,
      committed,
      allotted: 0,
      damaged: 0,
      safetyStock: 0,
      incoming: 0,
    };
    return { status: 200, body: { sku, version: stock.version, levels: [level] } };
  }

  #movements(sku: string): Answer {
    return { status: 200, body: { items: this.#stock(sku).movements, next: null } };
  }

  #expireHolds(): void {
    if (this.#lies.has('neverExpires')) return;
    for (const hold of this.#holds.values()) {
      if (hold.status !== 'held' || hold.expiresAtMs > Date.now()) continue;
      hold.status = 'expired';
      this.#pushLines(hold);
    }
  }

  #welcome(socket: WebSocket): void {
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as { readonly type: string; readonly skus?: readonly string[] };
      if (message.type === 'hello') socket.send(JSON.stringify({ type: 'welcome', session: 's', incarnation: 'i', heartbeatMs: 25_000 }));
      const sku = message.skus?.[0];
      if (sku === undefined) return;
      this.#subscribers.set(socket, sku);
      socket.send(JSON.stringify({ type: 'snapshot', id: '1', items: [this.#item(sku, 0)] }));
    });
    socket.on('close', () => this.#subscribers.delete(socket));
  }

  #pushLines(hold: Hold): void {
    for (const sku of new Set(hold.lines.map((line) => line.sku))) this.#push(this.#stock(sku));
  }

  #push(stock: Stock): void {
    stock.version += 1;
    this.#effects += 1;
    const back = this.#lies.has('pushesBackwards') && stock.version % 5 === 0 ? 3 : 0;
    const text = JSON.stringify({ type: 'stock', items: [this.#item(stock.sku, back)] });
    for (const [socket, subscribed] of this.#subscribers) if (subscribed === stock.sku) socket.send(text);
  }

  #item(sku: string, back: number): unknown {
    const stock = this.#stock(sku);
    return { sku, available: Math.max(0, availableOf(stock)), version: stock.version - back, asOf: new Date().toISOString() };
  }
}

/** Units of holds in this state; of committed ones only what has not been shipped. */
function unitsOf(stock: Stock, status: Hold['status']): number {
  let units = 0;
  for (const hold of stock.holds) {
    if (hold.status !== status) continue;
    for (const line of hold.lines) if (line.sku === stock.sku) units += line.quantity;
  }
  return status === 'committed' ? units + movedOf(stock, 'shipped') : units;
}

function movedOf(stock: Stock, kind: string): number {
  return stock.movements.reduce((units, movement) => (movement.kind === kind ? units + movement.quantity : units), 0);
}

function onHandOf(stock: Stock): number {
  return stock.movements.reduce((units, movement) => units + movement.quantity, 0);
}

function availableOf(stock: Stock): number {
  return onHandOf(stock) - unitsOf(stock, 'held') - unitsOf(stock, 'committed');
}

function showHold(hold: Hold): unknown {
  return {
    holdId: hold.holdId,
    lines: hold.lines,
    status: hold.status,
    expiresAt: new Date(hold.expiresAtMs).toISOString(),
    serverTime: new Date().toISOString(),
  };
}

async function readBody(request: IncomingMessage): Promise<Fields> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? {} : (JSON.parse(text) as Fields);
}
