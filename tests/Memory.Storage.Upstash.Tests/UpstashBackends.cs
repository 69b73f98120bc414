using Flurl.Http;
using Memory.Conformance;
using Memory.Fakes;

namespace Memory.Storage.Upstash.Tests;

internal static class UpstashBackends
{
    public static async Task<Backend> WordsAsync()
    {
        var proxy = await UpstashRedisProxy.StartAsync(new UpstashRedisProxyOptions { Redis = Environment.GetEnvironmentVariable("MEMORY_TEST_REDIS")! });
        var client = new FlurlClient();
        var services = UpstashServices.Over(client, new UpstashOptions { Url = proxy.Url, Token = proxy.Token, Prefix = $"m-{Guid.NewGuid():N}" });
        return new Backend(new UpstashMessageStore(services), new UpstashSearchIndex(services, TimeProvider.System), new UpstashEmbeddingStore(services), null!, async () =>
        {
            client.Dispose();
            await proxy.DisposeAsync();
        });
    }
}
