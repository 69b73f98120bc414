using Memory.Conformance;
using Memory.Core;
using Memory.Fakes;
using Xunit;
using static Memory.Storage.Upstash.Tests.VectorSample;

namespace Memory.Storage.Upstash.Tests;

/// <summary>Vectors while their service is in trouble, in an index and in Redis.</summary>
public sealed class VectorFaultTests
{
    public static TheoryData<string, bool> Passing => new(
        from fault in (string[])["cut", "cut after", "half", "503", "503 after", "429", "hang", "hang after"] from inRedis in (bool[])[false, true] select (fault, inRedis));

    public static TheoryData<string, bool, bool> Staying => new(
        from fault in ((string Name, bool IsTransient)[])[("cut", true), ("half", true), ("hang", true), ("503", true), ("500", true), ("429", true), ("401", false), ("403", false), ("404", false), ("413", false), ("html", true)]
        from inRedis in (bool[])[false, true]
        select (fault.Name, fault.IsTransient, inRedis));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task A_fault_that_passes_is_not_noticed_and_nothing_happens_twice(string fault, bool inRedis)
    {
        await using var services = await StartAsync();
        var (index, fake) = Index(services, inRedis);
        var faults = 0;
        await index.PutAsync(Vectors.Space, "r", [Entry("t", "a", 10), Entry("t", "b", 20), Entry("u", "c", 30)], Token);

        Fail();
        await index.PutAsync(Vectors.Space, "r", [Entry("t", "a", 10), Entry("t", "d", 40)], Token);
        Fail();
        Assert.Equal(["a", "b", "d"], await index.FindAsync(InThread("t")));
        Fail();
        await index.RemoveMessageAsync("t", "a", Token);
        Fail();
        var read = await index.FetchAsync(Vectors.Space, "r", [Content("t", "a"), Content("t", "b"), Content("t", "d")], Token);
        Assert.Equal(["b", "d"], read.Select(entry => entry.Content.MessageId).Order(StringComparer.Ordinal));
        Fail();
        await index.RemoveAsync("t", [Content("t", "b")], Token);
        Fail();
        await index.KeepOnlyAsync(Vectors.Space, Token);
        Assert.Equal(["c", "d"], await index.FindAsync(InResource("r")));
        Fail();
        await index.RemoveResourceAsync("r", Token);
        Assert.Empty(await index.FindAsync(InResource("r")));
        Fail();
        await index.CheckAsync(Token);

        void Fail() => Upset.Next(fake, fault, ref faults);
    }

    [Theory]
    [MemberData(nameof(Staying))]
    public async Task A_fault_that_stays_is_said(string fault, bool isTransient, bool inRedis)
    {
        await using var services = await StartAsync(options => options.Retries = 1);
        var (index, fake) = Index(services, inRedis);
        fake.FailWith(Upset.Of(fault));

        Func<Task>[] calls =
        [
            () => index.PutAsync(Vectors.Space, "r", [Entry("t", "a", 10)], Token),
            () => index.SearchAsync(InResource("r"), Token),
            () => index.RemoveThreadAsync("t", Token),
            () => index.CheckAsync(Token),
        ];
        foreach (var call in calls.Take(fault == "hang" ? 1 : calls.Length))
        {
            var said = await Assert.ThrowsAsync<MemoryStoreException>(call);
            Assert.Equal(("upstash", isTransient), (said.Store, said.IsTransient));
            Assert.DoesNotContain("fake-token", said.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_days_quota_and_a_token_that_only_reads_are_said()
    {
        await using var services = await TestServices.StartAsync(new FakeUpstashVectorOptions { DailyWriteLimit = 2, ReadOnlyToken = "reader" });
        var index = new UpstashVectorIndex(services.Services, TimeProvider.System);
        await index.PutAsync(Vectors.Space, "r", Entries("t", 2), Token);
        var quota = await Assert.ThrowsAsync<MemoryStoreException>(() => index.PutAsync(Vectors.Space, "r", Entries("t", 2), Token));
        Assert.False(quota.IsTransient);
        Assert.Contains("quota", quota.Reason, StringComparison.Ordinal);

        var reader = new UpstashVectorIndex(services.Connect(options => options.Vector.Token = "reader"), TimeProvider.System);
        Assert.False((await Assert.ThrowsAsync<MemoryStoreException>(() => reader.PutAsync(Vectors.Space, "r", Entries("t", 2), Token))).IsTransient);
        Assert.Empty(await reader.FindAsync(InThread("t")));

        var nobody = new UpstashVectorIndex(services.Connect(options => options.Vector.Token = "wrong"), TimeProvider.System);
        Assert.Contains("Memory:Upstash:Vector:Token", (await Assert.ThrowsAsync<MemoryStoreException>(() => nobody.CheckAsync(Token))).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_index_of_other_dimensions_is_refused_and_named()
    {
        await using var services = await TestServices.StartAsync(new FakeUpstashVectorOptions { Dimensions = 5 });
        var index = new UpstashVectorIndex(services.Services, TimeProvider.System);

        foreach (var call in (Func<Task>[])[() => index.PutAsync(Vectors.Space, "r", Entries("t", 2), Token), () => index.SearchAsync(InThread("t"), Token), () => index.SearchAsync(InThread("t", 5_000), Token)])
        {
            var refused = await Assert.ThrowsAsync<RefusedException>(call);
            Assert.Equal(ErrorCode.DimensionMismatch, refused.Code);
            Assert.Contains("5 dimensions", refused.Message, StringComparison.Ordinal);
            Assert.Contains("test-model (3 dimensions)", refused.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(VectorSimilarity.Euclidean)]
    [InlineData(VectorSimilarity.DotProduct)]
    public async Task An_index_with_another_similarity_is_not_well(VectorSimilarity similarity)
    {
        await using var services = await TestServices.StartAsync(new FakeUpstashVectorOptions { Similarity = similarity });
        var said = await Assert.ThrowsAsync<MemoryStoreException>(() => new UpstashVectorIndex(services.Services, TimeProvider.System).CheckAsync(Token));
        Assert.False(said.IsTransient);
        Assert.Contains("COSINE", said.Reason, StringComparison.Ordinal);
    }

    private static Task<TestServices> StartAsync(Action<UpstashOptions>? change = null) => TestServices.StartAsync(
        new FakeUpstashVectorOptions { IndexDelay = TimeSpan.Zero },
        options =>
        {
            options.TimeoutSeconds = 1;
            change?.Invoke(options);
        });

    private static (IVectorIndex Index, FakeUpstash Fake) Index(TestServices services, bool inRedis) =>
        inRedis ? (new RedisVectorIndex(services.Services), services.Redis) : (new UpstashVectorIndex(services.Services, new RecentVectors(TimeProvider.System, most: 0)), services.Vector);
}
