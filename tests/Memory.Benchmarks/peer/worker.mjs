// Does one piece of work for each line of JSON on standard input and answers with a line of JSON: { seconds, ... } or { milliseconds: [...] }.
// Usage: node worker.mjs CORPUS      CORPUS holds a message text a line; both sides of a comparison read the same one.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { dimensions, embed } from './embedder.mjs';
import { content, message, open, resourceId, thread } from './memory.mjs';

// Standard output is for answers; the peer's warnings, about a locked file for one, go to standard output too.
for (const level of ['debug', 'info', 'log', 'warn']) {
  console[level] = console.error;
}

const texts = readFileSync(process.argv[2], 'utf8').trimEnd().split('\n');
const warmUps = 50;
const text = (index) => texts[index % texts.length];

const works = { append, begin, call, copy, deleteMessages, deleteThreads, edit, end, fill, last, recall, threads };

/** `callers` callers, each with a thread of its own, append `messages` messages in all, `batch` a call; `connect`: as many each beforehand. */
async function append({ messages, callers, batch, connect, ...where }) {
  const { memory, close } = await open(where);
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
        if (!where.withVectors) {
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
  await Promise.all(Array.from({ length: callers }, (_, number) => caller(number, connect))); // opens the connections
  const before = saved;
  [called, failed, saved, failure] = [0, 0, 0, undefined];
  const each = Math.ceil(messages / callers);
  const start = performance.now();
  await Promise.all(Array.from({ length: callers }, (_, number) => caller(number, each)));
  const seconds = (performance.now() - start) / 1000;
  await close();
  return { seconds, stored: before + saved, called, failed, saved, failure };
}

/**
 * Threads of `threadLength` messages with vectors, `messages` in all or as many as `seconds` allow. An append at a time would take a quarter of an hour,
 * so that messages and vectors are saved in bulk, by the calls that an append makes, and on a file with a cache that holds the index being built.
 */
async function fill({ messages, threadLength, seconds, ...where }) {
  const { vector, memory, close } = await open(where);
  const { indexName } = await memory.createEmbeddingIndex(dimensions);
  await vector.turso?.execute('pragma cache_size = -2000000');
  await vector.turso?.execute('pragma synchronous = off');
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
  await close();
  return { messages: filled, seconds: (performance.now() - start) / 1000 };
}

/**
 * Copies threads of `threadLength` messages from a new place of the one kind to a new one of the other, as its users do: list threads, read each, save it, with the vectors made anew.
 * `perCall` messages are saved at a time; 0 for a whole thread. Filling the source is not measured.
 */
async function copy({ messages, threadLength, perCall, from, to }) {
  const source = await open({ place: from });
  for (let at = 0; at < messages; at += threadLength) {
    const id = `thread-${at / threadLength}`;
    await source.memory.saveThread({ thread: thread(id) });
    await source.memory.saveMessages({ messages: Array.from({ length: threadLength }, (_, i) => message(id, text(at + i), i)) });
  }
  const target = await open({ place: to, withVectors: true });
  await target.memory.createEmbeddingIndex(dimensions);
  const start = performance.now();
  let copied = 0;
  const { threads: all } = await source.memory.listThreads({ filter: { resourceId }, perPage: false });
  for (const one of all) {
    await target.memory.saveThread({ thread: one });
    const { messages: read } = await source.memory.recall({ threadId: one.id, resourceId, perPage: false, includeTotal: false });
    const size = perCall || read.length;
    for (let at = 0; at < read.length; at += size) {
      await target.memory.saveMessages({ messages: read.slice(at, at + size) });
    }
    copied += read.length;
  }
  await target.memory.settled();
  const seconds = (performance.now() - start) / 1000;
  await source.close();
  await target.close();
  return { seconds, copied };
}

/** Recalls topK 3, range 2, without last messages, in a filled store; the first questions are the warm-up. */
async function recall({ scope, questions, samples, ...where }) {
  const { memory, close } = await open(where);
  let at = 0;
  const milliseconds = await time(samples, async () => {
    const { thread: threadId, query } = questions[at++ % questions.length];
    const threadConfig = { lastMessages: false, semanticRecall: { topK: 3, messageRange: 2, scope } };
    return (await memory.recall({ threadId, resourceId, vectorSearchString: query, includeTotal: false, threadConfig })).messages.length;
  });
  await close();
  return { milliseconds };
}

/** The last 30 of a thread of `messages` messages, `samples` times. */
async function last({ messages, samples, ...where }) {
  const { memory, close } = await open(where);
  await memory.saveThread({ thread: thread('t') });
  await memory.saveMessages({ messages: Array.from({ length: messages }, (_, i) => message('t', text(i), i)) });
  const milliseconds = await time(samples, async () => (await memory.recall({ threadId: 't', resourceId, perPage: 30, includeTotal: false })).messages.length, 30);
  await close();
  return { milliseconds };
}

/** The first page of 20 of `messages` threads, `samples` times. */
async function threads({ messages, samples, ...where }) {
  const { memory, close } = await open(where);
  for (let i = 0; i < messages; i++) {
    await memory.saveThread({ thread: thread(`t${i}`, new Date(Date.UTC(2026, 0, 1) + i)) });
  }
  const milliseconds = await time(samples, async () => (await memory.listThreads({ filter: { resourceId }, page: 0, perPage: 20 })).threads.length, 20);
  await close();
  return { milliseconds };
}

/** Gives messages of a filled store another text, `samples` times. */
async function edit({ samples, texts: from, ...where }) {
  const { memory, close } = await open(where);
  const ids = await someIds(memory, samples + warmUps);
  let at = 0;
  const milliseconds = await time(samples, async () => {
    const id = ids[at++];
    return (await memory.updateMessages({ messages: [{ id, content: content(text(from + at)) }] })).length;
  }, 1);
  await close();
  return { milliseconds };
}

/** Deletes messages from a filled store, `samples` times. The peer answers before their vectors are gone; until then they can still be found. */
async function deleteMessages({ samples, ...where }) {
  const { memory, close } = await open(where);
  const ids = await someIds(memory, samples + warmUps);
  const answered = [];
  let at = 0;
  const milliseconds = await time(samples, () => settled(memory, answered, () => memory.deleteMessages([ids[at++]])), 1);
  await close();
  return { milliseconds, answered: answered.slice(-samples) };
}

/** The same with whole threads, one for the warm-up. */
async function deleteThreads({ samples, ...where }) {
  const { memory, close } = await open(where);
  const { threads: all } = await memory.listThreads({ filter: { resourceId }, page: 0, perPage: samples });
  const answered = [];
  let at = 0;
  const milliseconds = await time(all.length - 1, () => settled(memory, answered, () => memory.deleteThread(all[at++].id)), 1, 1);
  await close();
  return { milliseconds, answered: answered.slice(1) };
}

/** What stays open between `begin` and `end`, for calls whose requests are counted one by one. */
let session;

/** Opens a place and makes `threads` threads in it, one of them with `messages` messages with vectors. */
async function begin({ messages, threads: count, ...where }) {
  session = { ...(await open({ ...where, withVectors: true })), length: 0 };
  for (let i = 1; i < count; i++) {
    await session.memory.saveThread({ thread: thread(`other-${i}`) });
  }
  await session.memory.saveThread({ thread: thread('t') });
  for (let at = 0; at < messages; at += 500) {
    await more(session, Math.min(500, messages - at));
  }
  await session.memory.settled();
  return {};
}

/** Makes a call of `counted`, and waits for what it leaves to the background. */
async function call({ name, query }) {
  await counted[name](session, query);
  await session.memory.settled();
  return {};
}

async function end() {
  await session.close();
  return {};
}

const semantic = (memory, scope, query) =>
  memory.recall({
    threadId: 't', resourceId, vectorSearchString: query, includeTotal: false,
    threadConfig: { lastMessages: false, semanticRecall: { topK: 3, messageRange: 2, scope } },
  });

const counted = {
  'append of 1': (one) => more(one, 1),
  'append of 50': (one) => more(one, 50),
  'last 30': ({ memory }) => memory.recall({ threadId: 't', resourceId, perPage: 30, includeTotal: false }),
  'page of 20': ({ memory, length }) => memory.recall({ threadId: 't', resourceId, perPage: 20, page: Math.floor(length / 40), includeTotal: false }),
  'page of 20 of 1,000 threads': ({ memory }) => memory.listThreads({ filter: { resourceId }, page: 0, perPage: 20 }),
  'recall, thread': ({ memory }, query) => semantic(memory, 'thread', query),
  'recall, resource': ({ memory }, query) => semantic(memory, 'resource', query),
  'delete a message': ({ memory, first }) => memory.deleteMessages([first]),
  'delete the thread': ({ memory }) => memory.deleteThread('t'),
};

async function more(one, count) {
  const messages = Array.from({ length: count }, (_, i) => message('t', text(one.length + i), one.length + i));
  await one.memory.saveMessages({ messages });
  one.first ??= messages[0].id;
  one.length += count;
}

/** Does a call and waits for what it left to the background; how long the answer alone took is added to `answered`. */
async function settled(memory, answered, call) {
  const start = performance.now();
  await call();
  answered.push(performance.now() - start);
  await memory.settled();
  return 1;
}

/** Ids of messages from all threads of a filled store. */
async function someIds(memory, count) {
  const { threads: all } = await memory.listThreads({ filter: { resourceId }, page: 0, perPage: 100 });
  const each = Math.ceil(count / all.length);
  const lists = await Promise.all(all.map(async ({ id }) => (await memory.recall({ threadId: id, resourceId, perPage: each, includeTotal: false })).messages));
  return Array.from({ length: each }, (_, i) => lists.map((list) => list[i].id)).flat();
}

async function time(samples, call, expected, before = warmUps) {
  for (let i = 0; i < before; i++) {
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
