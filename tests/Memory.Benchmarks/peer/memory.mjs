// The peer as its documentation sets it up: messages, threads and the last N on a LibSQL file, without an embedder or with vectors beside them.
import { LibSQLStore, LibSQLVector } from '@mastra/libsql';
import { Memory } from '@mastra/memory';

export const resourceId = 'bench';

/** Opens a file; `init` is awaited, so that no measured call pays for creating tables. */
export async function open(file) {
  const storage = new LibSQLStore({ id: 'bench', url: `file:${file}` });
  await storage.init();
  return { storage, memory: new Memory({ storage, options: { lastMessages: 30, semanticRecall: false } }) };
}

/** The same with vectors, in the same file or another one. */
export async function openWithVectors(file, vectorFile = file) {
  const { embedder } = await import('./embedder.mjs');
  const storage = new LibSQLStore({ id: 'bench', url: `file:${file}` });
  await storage.init();
  const vector = new LibSQLVector({ id: 'bench-vectors', url: `file:${vectorFile}` });
  const memory = new Memory({ storage, vector, embedder, options: { lastMessages: 30, semanticRecall: { topK: 3, messageRange: 2, scope: 'resource' } } });
  return { storage, vector, memory };
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
    content: { format: 2, parts: [{ type: 'text', text }] },
  };
}
