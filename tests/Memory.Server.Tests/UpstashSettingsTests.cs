using Memory.Core;
using Memory.Hosting;
using Memory.Storage.Upstash;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Moq;

namespace Memory.Server.Tests;

/// <summary>What the composition makes of Upstash's short names.</summary>
public sealed class UpstashSettingsTests
{
    private static readonly (string, string)[] Short =
    [
        ("UPSTASH_REDIS_REST_URL", "https://db.example"), ("UPSTASH_REDIS_REST_TOKEN", "one"),
        ("UPSTASH_VECTOR_REST_URL", "https://index.example"), ("UPSTASH_VECTOR_REST_TOKEN", "two"),
    ];

    [Fact]
    public void The_short_names_are_the_options_unless_these_say_otherwise()
    {
        using var services = Services(Short);
        var options = services.GetRequiredService<IOptions<UpstashOptions>>().Value;
        Assert.Equal(("https://db.example", "one", "https://index.example", "two"), (options.Url, options.Token, options.Vector.Url, options.Vector.Token));

        using var others = Services([.. Short, ("Memory:Upstash:Url", "https://other.example"), ("Memory:Upstash:Vector:Token", "three")]);
        options = others.GetRequiredService<IOptions<UpstashOptions>>().Value;
        Assert.Equal(("https://other.example", "one", "three"), (options.Url, options.Token, options.Vector.Token));
    }

    [Fact]
    public void It_is_chosen_by_its_address_and_after_a_database()
    {
        using var alone = Services(Short);
        Assert.Equal("upstash", alone.GetRequiredService<StorageChoice>().Backend);
        using var beside = Services([.. Short, ("DATABASE_URL", "postgres://ada:secret@db.example/app")]);
        Assert.Equal("postgres", beside.GetRequiredService<StorageChoice>().Backend);
        using var named = Services([.. Short, ("DATABASE_URL", "postgres://ada:secret@db.example/app"), ("Memory:Storage:Backend", "Upstash")]);
        Assert.Equal("upstash", named.GetRequiredService<StorageChoice>().Backend);
    }

    [Fact]
    public void Vectors_are_in_the_index_if_there_is_one_and_in_Redis_otherwise()
    {
        using var both = Services(Short);
        Assert.IsType<UpstashVectorIndex>(both.GetRequiredService<IVectorIndex>());
        using var redis = Services(Short[..2]);
        Assert.IsType<RedisVectorIndex>(redis.GetRequiredService<IVectorIndex>());
        Assert.IsType<SplitMessageStore>(redis.GetRequiredService<IMessageStore>());
    }

    [Fact]
    public async Task An_index_of_vectors_serves_another_storage_without_a_Redis()
    {
        await using var services = Services([.. Short[2..], ("Memory:Storage:Backend", "libsql"), ("Memory:Vectors:Backend", "upstash"), ("Memory:LibSql:Url", ":memory:")]);
        Assert.IsType<UpstashVectorIndex>(services.GetRequiredService<IVectorIndex>());
        Assert.Contains("(vectors: upstash, index.example", MemoryServices.DescribeStorage(services), StringComparison.Ordinal);
    }

    private static ServiceProvider Services(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build();
        var environment = Mock.Of<IHostEnvironment>(it => it.EnvironmentName == "Production");
        return new ServiceCollection().AddLogging().AddMemory(configuration, environment).BuildServiceProvider();
    }
}
