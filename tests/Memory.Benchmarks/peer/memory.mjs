// The peer as its documentation sets it up: messages, threads and the last N, without an embedder or with vectors beside them.
// A place is { file } or { url }, for LibSQL, { connectionString, schema }, for PostgreSQL, or { redis, vector }, each { url, token }, for Upstash.
import { Memory } from '@mastra/memory';

export const resourceId = 'bench';

/** Opens a place; `init` is awaited, so that no measured call pays for creating tables. Vectors are kept in the same place or another one. */
export async function open({ place, withVectors = false, vectorPlace = place }) {
  const { Store, Vector, storeOptions, vectorOptions } = await library(place);
  const storage = new Store({ id: 'bench', ...storeOptions(place) });
  await storage.init();
  if (!withVectors) {
    const memory = new Memory({ storage, options: { lastMessages: 30, semanticRecall: false } });
    return { storage, memory, close: () => storage.close?.() };
  }
  const { embedder } = await import('./embedder.mjs');
  const vector = new Vector({ id: 'bench-vectors', ...vectorOptions(vectorPlace) });
  const memory = new Memory({ storage, vector, embedder, options: { lastMessages: 30, semanticRecall: { topK: 3, messageRange: 2, scope: 'resource' } } });
  const close = async () => {
    await memory.settled();
    await storage.close?.();
    await (vector.disconnect?.() ?? vector.close?.());
  };
  return { storage, vector, memory, close };
}

async function library(place) {
  if (place.redis) {
    const { UpstashStore, UpstashVector } = await import('@mastra/upstash');
    return { Store: UpstashStore, Vector: UpstashVector, storeOptions: ({ redis }) => redis, vectorOptions: ({ vector }) => vector };
  }
  if (place.connectionString) {
    const { PgVector, PostgresStore } = await import('@mastra/pg');
    const options = ({ connectionString, schema }) => ({ connectionString, schemaName: schema });
    return { Store: PostgresStore, Vector: PgVector, storeOptions: options, vectorOptions: options };
  }
  const { LibSQLStore, LibSQLVector } = await import('@mastra/libsql');
  const options = ({ file, url }) => ({ url: url ?? `file:${file}` });
  return { Store: LibSQLStore, Vector: LibSQLVector, storeOptions: options, vectorOptions: options };
}

export function thread(id, at = new Date()) {
  return { id, resourceId, title: id, createdAt: at, updatedAt: at, metadata: {} };
}

let clock = Date.UTC(2026, 0, 1);

/** A message of a given text. Times rise by a millisecond: the peer orders by time alone. */
export function message(threadId, text, index) {
  return {
    id: crypto.randomUUID(),
    threadId,
    resourceId,
    role: index % 2 === 0 ? 'user' : 'assistant',
    createdAt: new Date(clock++),
    content: content(text),
  };
}

/** What a message of a given text consists of. */
export function content(text) {
  return { format: 2, parts: [{ type: 'text', text }] };
}
