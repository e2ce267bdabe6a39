/** For bodies that are told by hand: a field too many is for the schema to explain. Pure. */

export function isRecord(value: unknown): value is Partial<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Without making a list of them. */
export function fieldsOf(value: object): number {
  let fields = 0;
  for (const _ in value) fields += 1;
  return fields;
}
