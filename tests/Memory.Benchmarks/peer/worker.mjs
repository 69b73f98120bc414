// Does one piece of work for each line of JSON on standard input and answers with a line of JSON: { seconds, ... } or { milliseconds: [...] }.
// Usage: node worker.mjs CORPUS      CORPUS holds a message text a line; both sides of a comparison read the same one.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { dimensions, embed } from './embedder.mjs';
import { message, open, openWithVectors, resourceId, thread } from './memory.mjs';

// Standard output is for answers; the peer's warnings, about a locked file for one, go to standard output too.
for (const level of ['debug', 'info', 'log', 'warn']) {
  console[level] = console.error;
}

const texts = readFileSync(process.argv[2], 'utf8').trimEnd().split('\n');
const text = (index) => texts[index % texts.length];

const works = { append, fill, last, recall, threads };

/** `callers` callers, each with a thread of its own, append `messages` messages in all, `batch` a call; with vectors when there is a file for these. */
async function append({ file, vectorFile, messages, callers, batch }) {
  const { storage, vector, memory } = await (vectorFile ? openWithVectors(file, vectorFile) : open(file));
  let [called, failed, saved, failure] = [0, 0, 0, undefined];
  const caller = async (number, count) => {
    for (let at = 0; at < count; at += batch) {
      const size = Math.min(batch, count - at);
      const turn = Array.from({ length: size }, (_, i) => message(`t${number}`, text(number * count + at + i), at + i));
      called++;
      try {
        await memory.saveMessages({ messages: turn });
        saved += size;
      } catch (error) {
        if (!vectorFile) {
          throw error;
        }
        failed++;
        failure ??= String(error?.cause?.code ?? error?.code ?? error);
      }
    }
  };
  for (let number = 0; number <= callers; number++) {
    await memory.saveThread({ thread: thread(`t${number}`) });
  }
  await caller(callers, Math.max(batch, 100)); // the warm-up has a thread of its own
  [called, failed, saved, failure] = [0, 0, 0, undefined];
  const each = Math.ceil(messages / callers);
  const start = performance.now();
  await Promise.all(Array.from({ length: callers }, (_, number) => caller(number, each)));
  const seconds = (performance.now() - start) / 1000;
  await close(storage, vector);
  return { seconds, messages: each * callers, called, failed, saved, failure };
}

/**
 * Threads of `threadLength` messages with vectors, `messages` in all or as many as `seconds` allow. An append at a time would take a quarter of an hour,
 * so that messages and vectors are saved in bulk, by the calls that an append makes, and with a cache that holds the index being built.
 */
async function fill({ file, messages, threadLength, seconds }) {
  const { storage, vector, memory } = await openWithVectors(file);
  const indexName = 'memory_messages'; // the peer's own name for vectors of 1,536 numbers
  await vector.createIndex({ indexName, dimension: dimensions });
  await vector.turso.execute('pragma cache_size = -2000000');
  await vector.turso.execute('pragma synchronous = off');
  const bulk = 100;
  const start = performance.now();
  let filled = 0;
  for (; filled < messages && performance.now() - start < seconds * 1000; filled += bulk) {
    const id = `thread-${Math.floor(filled / threadLength)}`;
    if (filled % threadLength === 0) {
      await memory.saveThread({ thread: thread(id) });
    }
    const turn = Array.from({ length: bulk }, (_, i) => message(id, text(filled + i), filled + i));
    await memory.saveMessages({ messages: turn, memoryConfig: { semanticRecall: false } });
    await vector.upsert({
      indexName,
      vectors: turn.map((one) => embed(one.content.parts[0].text)),
      metadata: turn.map((one) => ({
        message_id: one.id,
        thread_id: id,
        resource_id: resourceId,
        role: one.role,
        content: one.content.parts[0].text,
        created_at: one.createdAt.toISOString(),
      })),
    });
  }
  await vector.turso.execute('pragma wal_checkpoint(truncate)'); // not for the first recall to pay for
  await close(storage, vector);
  return { messages: filled, seconds: (performance.now() - start) / 1000 };
}

/** Recalls topK 3, range 2, without last messages, in a filled file; the first questions are the warm-up. */
async function recall({ file, scope, questions, samples }) {
  const { storage, vector, memory } = await openWithVectors(file);
  let at = 0;
  const milliseconds = await time(samples, async () => {
    const { thread: threadId, query } = questions[at++ % questions.length];
    const threadConfig = { lastMessages: false, semanticRecall: { topK: 3, messageRange: 2, scope } };
    return (await memory.recall({ threadId, resourceId, vectorSearchString: query, includeTotal: false, threadConfig })).messages.length;
  });
  await close(storage, vector);
  return { milliseconds };
}

/** The last 30 of a thread of `messages` messages, `samples` times. */
async function last({ file, messages, samples }) {
  const { storage, memory } = await open(file);
  await memory.saveThread({ thread: thread('t') });
  await memory.saveMessages({ messages: Array.from({ length: messages }, (_, i) => message('t', text(i), i)) });
  const milliseconds = await time(samples, async () => (await memory.recall({ threadId: 't', resourceId, perPage: 30, includeTotal: false })).messages.length, 30);
  await storage.close?.();
  return { milliseconds };
}

/** The first page of 20 of `messages` threads, `samples` times. */
async function threads({ file, messages, samples }) {
  const { storage, memory } = await open(file);
  for (let i = 0; i < messages; i++) {
    await memory.saveThread({ thread: thread(`t${i}`, new Date(Date.UTC(2026, 0, 1) + i)) });
  }
  const milliseconds = await time(samples, async () => (await memory.listThreads({ filter: { resourceId }, page: 0, perPage: 20 })).threads.length, 20);
  await storage.close?.();
  return { milliseconds };
}

async function close(storage, vector) {
  await storage.close?.();
  await vector?.close?.();
}

async function time(samples, call, expected) {
  for (let i = 0; i < 50; i++) {
    await call();
  }
  const milliseconds = [];
  for (let i = 0; i < samples; i++) {
    const start = performance.now();
    const found = await call();
    milliseconds.push(performance.now() - start);
    if (expected === undefined ? found === 0 : found !== expected) {
      throw new Error(`expected ${expected ?? 'some'} items, got ${found}`);
    }
  }
  return milliseconds;
}

for await (const line of createInterface({ input: process.stdin })) {
  const work = JSON.parse(line);
  let answer;
  try {
    answer = await works[work.kind](work);
  } catch (error) {
    answer = { error: String(error?.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
