// Upstash's own client for Vector, asked for what it can do with a dense index of three dimensions. Arguments: the clients' folder, the service's address, its token.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const [folder, url, token] = process.argv.slice(2);
const { Index } = createRequire(`${folder}/`)("@upstash/vector");
const index = new Index({ url, token, enableTelemetry: false, retry: false });

// What was written is found once it is indexed, and that is when nothing is pending.
const indexed = async () => {
    while ((await index.info()).pendingVectorCount > 0) {
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
};

assert.equal(await index.upsert({ id: "a", vector: [1, 0, 0], metadata: { city: "Istanbul", n: 1 }, data: "naïve 漢字 \u{1F600}" }), "Success");
assert.equal(await index.upsert([
    { id: "b", vector: [0, 1, 0], metadata: { city: "Ankara", n: 2 } },
    { id: "b2", vector: [-1, 0, 0], metadata: { city: "Paris", n: 3 } },
]), "Success");
await indexed();

const hits = await index.query({ vector: [2, 0, 0], topK: 3, includeMetadata: true, includeVectors: true, includeData: true });
assert.deepEqual(hits.map(({ id, score }) => [id, score]), [["a", 1], ["b", 0.5], ["b2", 0]]);
assert.deepEqual(hits[0], { id: "a", score: 1, vector: [1, 0, 0], metadata: { city: "Istanbul", n: 1 }, data: "naïve 漢字 \u{1F600}" });
assert.deepEqual((await index.query({ vector: [1, 0, 0], topK: 3, filter: "city IN ('Ankara', 'Paris') AND n < 3" })).map(({ id }) => id), ["b"]);
assert.deepEqual(await index.query({ vector: [1, 0, 0], topK: 1 }), [{ id: "a", score: 1 }]);
assert.deepEqual((await index.queryMany([{ vector: [1, 0, 0], topK: 1 }, { vector: [0, 1, 0], topK: 1 }])).map(([{ id }]) => id), ["a", "b"]);

assert.deepEqual(await index.fetch(["a", "none"], { includeMetadata: true }), [{ id: "a", metadata: { city: "Istanbul", n: 1 } }, null]);
assert.deepEqual((await index.fetch({ prefix: "b" })).map(({ id }) => id), ["b", "b2"]);

assert.deepEqual(await index.update({ id: "b", metadata: { n: 9 }, metadataUpdateMode: "PATCH" }), { updated: 1 });
assert.deepEqual(await index.update({ id: "none", metadata: { n: 9 } }), { updated: 0 });
assert.deepEqual(await index.fetch(["b"], { includeMetadata: true }), [{ id: "b", metadata: { city: "Ankara", n: 9 } }]);

const first = await index.range({ cursor: 0, limit: 2 });
assert.deepEqual(first.vectors.map(({ id }) => id), ["a", "b"]);
const last = await index.range({ cursor: first.nextCursor, limit: 2 });
assert.deepEqual([last.vectors.map(({ id }) => id), last.nextCursor], [["b2"], ""]);

const ada = index.namespace("ada");
await ada.upsert({ id: "x", vector: [0, 0, 1] });
await indexed();
assert.deepEqual(await ada.query({ vector: [0, 0, 1], topK: 5 }), [{ id: "x", score: 1 }]);
assert.deepEqual(await index.listNamespaces(), ["", "ada"]);
const info = await index.info();
assert.deepEqual([info.vectorCount, info.dimension, info.similarityFunction, info.namespaces.ada.vectorCount], [4, 3, "COSINE", 1]);
await index.deleteNamespace("ada");
await assert.rejects(index.deleteNamespace("ada"), /does not exist/);

assert.deepEqual(await index.delete("a"), { deleted: 1 });
assert.deepEqual(await index.delete(["b", "none"]), { deleted: 1 });
assert.deepEqual(await index.delete({ filter: "city = 'Paris'" }), { deleted: 1 });
await indexed();
assert.deepEqual(await index.query({ vector: [1, 0, 0], topK: 3 }), []);
assert.equal(await index.reset({ all: true }), "Success");

await assert.rejects(index.upsert({ id: "a", vector: [1, 0] }), /Invalid vector dimension: 2, expected: 3/);
await assert.rejects(new Index({ url, token: "another", retry: false }).info(), /Unauthorized/);
