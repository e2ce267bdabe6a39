/** Movements from table `onhand.stock_movements`, as role `onhand_app` under row-level security. */
import type pg from 'pg';
import { inStore } from '../../runtime/postgres/in-store.ts';
import { type Movement, type MovementCursor, type MovementReads, MovementsUnavailable } from './port.ts';

interface MovementRow {
  readonly version: string | number;
  readonly location: string;
  readonly kind: string;
  readonly quantity: string | number;
  readonly reason: string | null;
  readonly command_id: string | null;
  readonly hold_id: string | null;
  readonly at: string | number;
}

export class PostgresMovementReads implements MovementReads {
  readonly #pool: pg.Pool;

  /** Of role `onhand_app`. The pool stays its owner's. */
  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async list(storeId: string, sku: string, after: MovementCursor | null, count: number): Promise<readonly Movement[]> {
    try {
      return await inStore(this.#pool, storeId, async (client) => {
        const { rows } = await client.query<MovementRow>(
          `select version, location, kind, quantity, reason, command_id, hold_id, at from onhand.stock_movements
            where store_id = $1 and sku = $2 and (version, location collate "C") > ($3::bigint, $4::text collate "C")
            order by version, location collate "C" limit $5`,
          [storeId, sku, after?.version ?? -1, after?.location ?? '', count],
        );
        return rows.map(movementOf);
      });
    } catch (cause) {
      throw new MovementsUnavailable('movements cannot be read now', { cause });
    }
  }
}

function movementOf(row: MovementRow): Movement {
  return {
    version: Number(row.version),
    location: row.location,
    kind: row.kind,
    quantity: Number(row.quantity),
    reason: row.reason,
    commandId: row.command_id,
    holdId: row.hold_id,
    at: Number(row.at),
  };
}
