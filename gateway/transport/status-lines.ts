/** "404 Not Found" for each status the gateway answers with, ready for the wire. */
import { STATUS_CODES } from 'node:http';

export const statusLines: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(STATUS_CODES).map(([code, text]) => [code, `${code} ${text}`]),
);
