// Upstash's own client for Redis, asked for what it can do. Arguments: the clients' folder, the service's address, its token, a prefix of keys.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const [folder, url, token, prefix] = process.argv.slice(2);
const { Redis } = createRequire(`${folder}/`)("@upstash/redis");
const options = { url, token, enableTelemetry: false, enableAutoPipelining: false, retry: false };
const redis = new Redis(options);
const key = (name) => `${prefix}:${name}`;
const emoji = "naïve 漢字 \u{1F600} \u0000 \" \\";

// Strings, as text and as JSON; what the client makes of numbers and objects is its own business.
assert.equal(await redis.set(key("a"), emoji), "OK");
assert.equal(await redis.get(key("a")), emoji);
assert.equal(await redis.set(key("o"), { text: emoji, n: 1.5 }, { ex: 100 }), "OK");
assert.deepEqual(await redis.get(key("o")), { text: emoji, n: 1.5 });
assert.equal(await redis.get(key("nothing")), null);
assert.equal(await redis.set(key("a"), "x", { nx: true }), null);
assert.equal(await redis.incrby(key("n"), 5), 5);
assert.equal(await redis.del(key("n"), key("nothing")), 1);

// Lists, hashes and sorted sets.
assert.equal(await redis.rpush(key("l"), "one", emoji), 2);
assert.deepEqual(await redis.lrange(key("l"), 0, -1), ["one", emoji]);
assert.equal(await redis.hset(key("h"), { f: emoji, g: 2 }), 2);
assert.deepEqual(await redis.hgetall(key("h")), { f: emoji, g: 2 });
assert.deepEqual(await redis.hmget(key("h"), "f", "none"), { f: emoji, none: null });
assert.equal(await redis.zadd(key("z"), { score: 1.5, member: "a" }, { score: 2, member: emoji }), 2);
assert.deepEqual(await redis.zrange(key("z"), 0, -1, { withScores: true }), ["a", 1.5, emoji, 2]);
assert.deepEqual(await redis.zrange(key("z"), "(1.5", "+inf", { byScore: true, offset: 0, count: 10 }), [emoji]);
assert.equal(await redis.zscore(key("z"), "a"), 1.5);

// Bytes that are no text come as base64 and leave the client as what UTF-8 makes of them, and the raw reply has them whole.
await redis.eval("return redis.call('SET', KEYS[1], '\\255\\0')", [key("bytes")], []);
assert.equal(await redis.strlen(key("bytes")), 2);
const raw = await fetch(url, { method: "POST", headers: { Authorization: `Bearer ${token}`, "Upstash-Encoding": "base64" }, body: JSON.stringify(["GET", key("bytes")]) });
assert.deepEqual([...Buffer.from((await raw.json()).result, "base64")], [255, 0]);

// Scripts.
assert.deepEqual(await redis.eval("return {KEYS[1], ARGV[1], 3, false}", [key("s")], [emoji]), [key("s"), emoji, 3, null]);
const script = redis.createScript("return redis.call('INCR', KEYS[1])");
assert.equal(await script.exec([key("count")], []), 1);
assert.equal(await script.exec([key("count")], []), 2);
const locked = "#!lua flags=allow-key-locking\nreturn redis.call('GET', ARGV[1])";
await assert.rejects(redis.eval(locked, [key("s")], [key("count")]), /Dynamic keys are not allowed/);
assert.equal(await redis.eval(locked, [key("count")], [key("count")]), 2);

// Batches.
assert.deepEqual(await redis.pipeline().set(key("p"), emoji).get(key("p")).incr(key("pn")).exec(), ["OK", emoji, 1]);
const kept = await redis.pipeline().lpush(key("p"), 1).get(key("p")).exec({ keepErrors: true });
assert.match(kept[0].error, /^WRONGTYPE/);
assert.equal(kept[1].result, emoji);
await assert.rejects(redis.pipeline().lpush(key("p"), 1).exec(), /WRONGTYPE/);
assert.deepEqual(await redis.multi().incr(key("m")).incr(key("m")).get(key("p")).exec(), [1, 2, emoji]);
await assert.rejects(redis.multi().set(key("m"), 9).exec({ keepErrors: false }).then(() => redis.multi().incr(key("p")).exec()), /not an integer/);

// Several calls in one turn of the event loop become one pipeline.
const automatic = new Redis({ ...options, enableAutoPipelining: true });
assert.deepEqual(await Promise.all([automatic.get(key("p")), automatic.incr(key("auto")), automatic.hget(key("h"), "g")]), [emoji, 1, 2]);

// Without base64 a reply is text.
const plain = new Redis({ ...options, responseEncoding: false });
assert.equal(await plain.get(key("p")), emoji);

// Refusals.
await assert.rejects(new Redis({ ...options, token: "another" }).get(key("p")), /WRONGPASS/);
await assert.rejects(redis.exec(["BLPOP", key("l"), "0"]), /Command is not available/);
