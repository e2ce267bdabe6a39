/** What an engine needs of a logger; pino's is one. */
export interface EngineLogger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

export const silentLogger: EngineLogger = {
  info() {},
  warn() {},
  error() {},
};
