using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Memory.Storage.Upstash;

/// <summary>An Upstash Redis database over REST, and an Upstash Vector index if there is one (configuration: <c>Memory:Upstash</c>).</summary>
public sealed class UpstashOptions
{
    /// <summary>The database's REST address, <c>https://NAME.upstash.io</c>. <c>UPSTASH_REDIS_REST_URL</c> when empty.</summary>
    public string Url { get; set; } = "";

    /// <summary>Its standard token; the read-only one cannot write. <c>UPSTASH_REDIS_REST_TOKEN</c> when empty.</summary>
    public string Token { get; set; } = "";

    /// <summary>What every key begins with: several environments may share a database. 1 to 64 letters, digits, <c>-</c>, <c>_</c> or <c>.</c>.</summary>
    [RegularExpression(@"^[A-Za-z0-9_.-]{1,64}$", ErrorMessage = "Memory:Upstash:Prefix must be 1 to 64 letters, digits, '-', '_' or '.'.")]
    public string Prefix { get; set; } = "memory";

    /// <summary>
    /// Whether scripts that know their keys lock only these (<c>allow-key-locking</c>), which Upstash understands and a plain Redis behind the same protocol does not.
    /// Without it a script locks the whole database while it runs.
    /// </summary>
    public bool AllowKeyLocking { get; set; } = true;

    /// <summary>The limit of one request, in seconds.</summary>
    [Range(1, 600)]
    public int TimeoutSeconds { get; set; } = 10;

    /// <summary>How often a request is sent again after a lost connection, a timeout, 429 or 5xx; every write has its effect once.</summary>
    [Range(0, 10)]
    public int Retries { get; set; } = 2;

    /// <summary>The most bytes of one command's arguments or result: 10 MB on the free, pay-as-you-go and smaller fixed plans, 20 to 100 MB above.</summary>
    [Range(1_000_000, 1_000_000_000)]
    public int MaxCommandBytes { get; set; } = 10_000_000;

    /// <summary>The index of vectors.</summary>
    [ValidateObjectMembers]
    public UpstashVectorOptions Vector { get; } = new();
}

/// <summary>An Upstash Vector index with cosine similarity and the embedder's number of dimensions (configuration: <c>Memory:Upstash:Vector</c>).</summary>
public sealed class UpstashVectorOptions
{
    /// <summary>The index's REST address, <c>https://NAME-vector.upstash.io</c>. <c>UPSTASH_VECTOR_REST_URL</c> when empty; without either, vectors are kept in Redis.</summary>
    public string Url { get; set; } = "";

    /// <summary>Its standard token. <c>UPSTASH_VECTOR_REST_TOKEN</c> when empty.</summary>
    public string Token { get; set; } = "";

    /// <summary>What the names of namespaces begin with: several environments may share an index. 1 to 64 letters, digits, <c>-</c> or <c>_</c>; the prefix of keys when empty.</summary>
    [RegularExpression(@"^[A-Za-z0-9_-]{0,64}$", ErrorMessage = "Memory:Upstash:Vector:IndexName must be up to 64 letters, digits, '-' or '_'.")]
    public string IndexName { get; set; } = "";

    /// <summary>How many vectors of one resource are kept and compared when there is only Redis; beyond it the oldest are dropped, and their messages found by their words only.</summary>
    [Range(1, 100_000)]
    public int MaxVectorsInRedis { get; set; } = 10_000;
}
