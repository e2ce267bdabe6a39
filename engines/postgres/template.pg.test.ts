import pg from 'pg';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../../testing/postgres.ts';

test('a database of one test is not seen by another', async () => {
  await using one = await createTestDatabase();
  await using other = await createTestDatabase();
  expect(one.name).not.toBe(other.name);
  const client = new pg.Client({ connectionString: one.url('owner') });
  await client.connect();
  const { rows } = await client.query<{ name: string }>('select current_database() as name');
  await client.end();
  expect(rows).toEqual([{ name: one.name }]);
});
