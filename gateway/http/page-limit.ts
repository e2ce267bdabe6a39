/** `?limit=`: how many items a page may have. Pure. */
import { limits } from '../../runtime/limits.ts';
import { z } from '../schemas/zod.ts';

/** The default when it is not given, null when it is no number that may be asked for. */
export function limitOf(text: string | null): number | null {
  if (text === null) return limits.pageItemsDefault;
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= limits.pageItemsMax ? value : null;
}

export const limitDetail = `a whole number from 1 to ${limits.pageItemsMax}`;

export const limitQuery = {
  description: `Items per page, ${limits.pageItemsDefault} unless given.`,
  schema: z.int().min(1).max(limits.pageItemsMax),
};
