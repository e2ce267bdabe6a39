/**
 * Several prepared statements in one transaction and one round trip: of each Bind and Execute, then one Sync, at which
 * the server commits them all (the extended protocol's implicit transaction). The driver sends statements one by one;
 * this is what it takes from it: that it may be given anything that can `submit` itself.
 *
 * J1. Done is said at ReadyForQuery alone: what an Execute says before it is not yet committed.
 * J2. An error of one rolls back all of them; the rest is skipped up to the Sync.
 * J3. A statement is parsed once per session, under a name of its own: the driver, which sends the same statements one by
 *     one too, does not know of it. After an error it is not known which were parsed: the session must be closed.
 */
import type pg from 'pg';
import type { NamedStatement } from './append.ts';

export interface BoundStatement extends NamedStatement {
  readonly values: (string | Buffer)[];
}

/** J3. By session, the names of what it has parsed. */
const parsedBy = new WeakMap<pg.Connection, Set<string>>();

/** The rows that each statement wrote, in their order. Rejects with what the server or the driver says. */
export function executeTogether(client: pg.ClientBase, statements: readonly BoundStatement[]): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    client.query(new JointStatement(statements, (error, counts) => (error === null ? resolve(counts) : reject(error))));
  });
}

class JointStatement implements pg.Submittable {
  /** The driver puts its own around it, which also knows a timeout. */
  callback: (error: Error | null, counts: readonly number[]) => void;
  readonly #statements: readonly BoundStatement[];
  readonly #counts: number[] = [];

  constructor(statements: readonly BoundStatement[], callback: JointStatement['callback']) {
    this.#statements = statements;
    this.callback = callback;
  }

  submit(connection: pg.Connection): void {
    const parsed = parsedBy.get(connection) ?? new Set();
    parsedBy.set(connection, parsed);
    connection.stream.cork(); // one write for all
    try {
      this.#write(connection, parsed);
    } finally {
      connection.stream.uncork();
    }
  }

  #write(connection: pg.Connection, parsed: Set<string>): void {
    for (const { name: nameAlone, text, values } of this.#statements) {
      const name = `joint_${nameAlone}`;
      if (!parsed.has(name)) connection.parse({ name, text, types: [] }, true);
      parsed.add(name);
      connection.bind({ statement: name, values }, true);
      connection.execute({}, true);
    }
    connection.sync();
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#counts.push(Number(text.slice(text.lastIndexOf(' ') + 1))); // INSERT 0 1
  }

  /** J1. */
  handleReadyForQuery(): void {
    this.callback(null, this.#counts);
  }

  handleError(error: Error): void {
    this.callback(error, []);
  }
}
