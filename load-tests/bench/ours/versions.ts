/** What our side runs on, in its own words and those of the machine. */
import { readObject } from '../../api.ts';

export async function versionsOfOurs(url: string): Promise<Readonly<Record<string, string>>> {
  const response = await fetch(`${url}/readyz`);
  const body = readObject(await response.text());
  const adapters = readObject(JSON.stringify(body['adapters'] ?? {}));
  const shown = (name: string) => (typeof adapters[name] === 'string' ? { [`onhand ${name}`]: adapters[name] } : {});
  const transport = typeof body['transport'] === 'string' ? { 'onhand transport': body['transport'] } : {};
  return { node: process.version, ...shown('log'), ...shown('rows'), ...transport };
}
