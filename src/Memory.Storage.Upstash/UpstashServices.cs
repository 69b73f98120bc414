using Flurl.Http;

namespace Memory.Storage.Upstash;

/// <summary>The two services of a configuration, over one client that stays the caller's.</summary>
public sealed class UpstashServices
{
    private UpstashServices(RedisClient redis, RestClient? vector, UpstashOptions options) => (Redis, Vector, Options) = (redis, vector, options);

    /// <summary>Whether there is an index of vectors; otherwise they are kept in Redis.</summary>
    public bool HasVector => Vector is not null;

    /// <summary>Where messages are, for the start-up log; no secret.</summary>
    public string DescribeMessages() => $"{Host(Options.Url)}, prefix {Options.Prefix}";

    /// <summary>Where vectors are, and up to what number, for the start-up log; no secret.</summary>
    public string DescribeVectors() => HasVector ? Host(Options.Vector.Url)
        : $"{Host(Options.Url)} as 8-bit numbers, the newest {Options.Vector.MaxVectorsInRedis} of each resource";

    internal RedisClient Redis { get; }

    internal RestClient? Vector { get; }

    internal UpstashOptions Options { get; }

    /// <summary>Makes clients for what the options name; nothing is sent.</summary>
    public static UpstashServices Over(IFlurlClient client, UpstashOptions options)
    {
        var timeout = TimeSpan.FromSeconds(options.TimeoutSeconds);
        var redis = new ServiceAddress("Upstash Redis", options.Url.TrimEnd('/'), options.Token, "Memory:Upstash");
        var vector = new ServiceAddress("Upstash Vector", options.Vector.Url.TrimEnd('/'), options.Vector.Token, "Memory:Upstash:Vector") { System = "upstash-vector" };
        return new UpstashServices(
            new RedisClient(new RestClient(client, redis, timeout, options.Retries), options.AllowKeyLocking),
            vector.Url.Length > 0 ? new RestClient(client, vector, timeout, options.Retries) : null,
            options);
    }

    private static string Host(string url) => new Uri(url).Authority;
}
