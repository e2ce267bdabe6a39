/** The OpenAPI 3.1 document, from the same routes and schemas that serve and validate. */
import { OpenApiGeneratorV31, OpenAPIRegistry, type ResponseConfig, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import { type ProblemCode, outsideOf, problemCodes, problems } from '../problems.ts';
import type { Route } from '../http/route.ts';
import { problemSchema } from '../schemas/common.ts';
import { z } from '../schemas/zod.ts';

export function openapiDocument(routes: readonly Route[]): ReturnType<OpenApiGeneratorV31['generateDocument']> {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
    description: 'Publishable `pk_…` or secret `sk_…` key of a store.',
  });
  registry.registerComponent('securitySchemes', 'buyer', {
    type: 'apiKey',
    in: 'header',
    name: 'Onhand-Buyer',
    description: 'Token of `POST /v1/buyers`; not needed with a secret key.',
  });
  for (const route of routes) if (route.hidden !== true) registry.registerPath(pathOf(route));
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Onhand',
      version: '1',
      description: `Sell without overselling, live. Problems are described at /docs/problems; codes: ${problemCodes.filter((code) => problems[code].public).join(', ')}.`,
    },
    servers: [{ url: '/' }],
  });
}

function pathOf(route: Route): RouteConfig {
  const { docs } = route;
  const bodySchema = docs.body ?? route.body;
  return {
    method: route.method.toLowerCase() as 'get',
    path: route.path,
    operationId: operationIdOf(route),
    summary: docs.summary,
    ...(docs.description === undefined ? {} : { description: docs.description }),
    tags: [docs.tag],
    security: securityOf(route),
    request: {
      params: z.object(
        Object.fromEntries(
          [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [
            name!,
            z.string().openapi({ description: 'Percent-encoded, also its slashes.' }),
          ]),
        ),
      ),
      query: z.object(
        Object.fromEntries(
          Object.entries(docs.query ?? {}).map(([name, { schema, description, required }]) => [
            name,
            (required === true ? schema : schema.optional()).openapi({ description }),
          ]),
        ),
      ),
      headers: headersOf(route),
      ...(bodySchema === null
        ? {}
        : {
            body: { required: !('bodyOptional' in route && route.bodyOptional), content: { 'application/json': { schema: bodySchema } } },
          }),
    },
    responses: responsesOf(route),
  };
}

function operationIdOf({ method, path }: Route): string {
  const words = path
    .replace('/v1/', '/')
    .split('/')
    .filter((word) => word !== '')
    .map((word) => word.replace(/[{}]/g, '').replace(/[.-](\w)/g, (_, letter: string) => letter.toUpperCase()));
  return method.toLowerCase() + words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
}

function securityOf(route: Route): { [name: string]: string[] }[] {
  if (route.access === 'open' || route.access === 'signed') return [];
  return route.access === 'buyer' || route.access === 'commit' ? [{ key: [], buyer: [] }, { key: [] }] : [{ key: [] }];
}

function headersOf(route: Route): z.ZodObject {
  const needsKey = 'needsKey' in route && route.needsKey;
  return z.object({
    ...(needsKey
      ? {
          'Idempotency-Key': z
            .string()
            .min(1)
            .max(255)
            .openapi({ description: 'A new value for each intent, the same one for each retry.' }),
        }
      : {}),
    ...(route.docs.attempt === true
      ? {
          'Onhand-Attempt': z.coerce.number().int().min(1).optional().openapi({
            description:
              'Which try under this key it is, from 1 on: one that was made is answered as it was then, however late a copy of it comes. Without it a refused checkout is tried again.',
            example: 1,
          }),
        }
      : {}),
    ...(route.docs.ifMatch === true
      ? {
          'If-Match': z
            .string()
            .optional()
            .openapi({ description: 'The `ETag` that was read: refused with 412 if the count has changed since.', example: '"7"' }),
        }
      : {}),
  });
}

function responsesOf(route: Route): Record<string, ResponseConfig> {
  const { success } = route.docs;
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of problemsOf(route)) {
    const { status } = problems[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const responses: Record<string, ResponseConfig> = { [success.status]: successOf(route) };
  for (const [status, codes] of [...byStatus].sort(([a], [b]) => a - b)) {
    responses[status] = {
      description: codes.map((code) => `\`${code}\``).join(', '),
      content: { 'application/problem+json': { schema: problemSchema } },
    };
  }
  return responses;
}

function successOf({ docs: { success } }: Route): ResponseConfig {
  if (success.schema !== null) return { description: 'Done.', content: { 'application/json': { schema: success.schema } } };
  return success.contentType === undefined
    ? { description: 'Done.' }
    : { description: 'Done.', content: { [success.contentType]: { schema: { type: 'string' } } } };
}

const always: readonly ProblemCode[] = ['internal_error'];
const withKey: readonly ProblemCode[] = [
  'key_missing',
  'key_invalid',
  'rate_limited',
  'overloaded',
  'not_done',
  'outcome_unknown',
  'not_ready',
  'rows_unavailable',
  'actor_stopped',
];
const withBody: readonly ProblemCode[] = [
  'utf8_invalid',
  'json_malformed',
  'json_too_deep',
  'body_too_large',
  'content_type_unsupported',
  'validation_failed',
];

/** Those the route names, and those that follow from what it takes. */
export function problemsOf(route: Route): readonly ProblemCode[] {
  const found = new Set<ProblemCode>([...route.docs.problems, ...always]);
  const add = (codes: readonly ProblemCode[]): void => codes.forEach((code) => found.add(outsideOf(code)));
  if (route.access !== 'open') add(withKey);
  if (route.access === 'buyer' || route.access === 'commit') add(['buyer_missing', 'buyer_invalid']);
  if (route.access === 'secret' || route.access === 'commit') add(['secret_key_required']);
  if ('needsKey' in route && route.needsKey) add(['idempotency_key_missing', 'idempotency_key_invalid']);
  if (route.body !== null) add(withBody);
  if (route.body !== null && route.docs.body === undefined && 'quantity' in (shapeOf(route) ?? {})) add(['quantity_invalid']);
  if (route.docs.body !== undefined) add(['quantity_invalid']);
  if (route.path.includes('{')) add(['path_malformed']);
  return [...found];
}

function shapeOf(route: Route): object | null {
  return route.body instanceof z.ZodObject ? route.body.shape : null;
}
