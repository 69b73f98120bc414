// The peer as its documentation sets it up: messages, threads and the last N, without an embedder or with vectors beside them.
// A place is { file }, for LibSQL, or { connectionString, schema }, for PostgreSQL.
import { Memory } from '@mastra/memory';

export const resourceId = 'bench';

/** Opens a place; `init` is awaited, so that no measured call pays for creating tables. Vectors are kept in the same place or another one. */
export async function open({ place, withVectors = false, vectorPlace = place }) {
  const { Store, Vector, options } = await library(place);
  const storage = new Store({ id: 'bench', ...options(place) });
  await storage.init();
  if (!withVectors) {
    const memory = new Memory({ storage, options: { lastMessages: 30, semanticRecall: false } });
    return { storage, memory, close: () => storage.close?.() };
  }
  const { embedder } = await import('./embedder.mjs');
  const vector = new Vector({ id: 'bench-vectors', ...options(vectorPlace) });
  const memory = new Memory({ storage, vector, embedder, options: { lastMessages: 30, semanticRecall: { topK: 3, messageRange: 2, scope: 'resource' } } });
  const close = async () => {
    await memory.settled();
    await storage.close?.();
    await (vector.disconnect?.() ?? vector.close?.());
  };
  return { storage, vector, memory, close };
}

async function library(place) {
  if (place.file) {
    const { LibSQLStore, LibSQLVector } = await import('@mastra/libsql');
    return { Store: LibSQLStore, Vector: LibSQLVector, options: ({ file }) => ({ url: `file:${file}` }) };
  }
  const { PgVector, PostgresStore } = await import('@mastra/pg');
  return { Store: PostgresStore, Vector: PgVector, options: ({ connectionString, schema }) => ({ connectionString, schemaName: schema }) };
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
