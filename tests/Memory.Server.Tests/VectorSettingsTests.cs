using Memory.Core;
using Memory.Hosting;
using Memory.Storage.Postgres;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Moq;

namespace Memory.Server.Tests;

/// <summary>Where the composition keeps vectors.</summary>
public sealed class VectorSettingsTests
{
    private const string Url = "postgres://ada:secret@db.example/app";

    [Theory]
    [InlineData("Memory:Storage:Backend=libsql")]
    [InlineData("Memory:Vectors:Backend=", "Memory:LibSql:VectorUrl=")]
    [InlineData("Memory:Vectors:Backend=LibSQL")]
    [InlineData("Memory:LibSql:VectorUrl=file:./.memory/memory.db")]
    [InlineData("Memory:LibSql:Url=file:./a/../b.db", "Memory:LibSql:VectorUrl=file:b.db")]
    [InlineData("LIBSQL_URL=file:b.db", "Memory:LibSql:VectorUrl=file:./b.db")]
    [InlineData("Memory:Postgres:VectorUrl=Host=other.example")] // not the backend
    [InlineData("DATABASE_URL=" + Url)]
    [InlineData("DATABASE_URL=" + Url, "Memory:Vectors:Backend=postgres")]
    [InlineData("DATABASE_URL=" + Url, "Memory:Postgres:VectorUrl=Host=db.example;Port=5432;Username=ada;Password=secret;Database=app")]
    public void With_their_messages_they_are_not_elsewhere(params string[] settings)
    {
        var configuration = Configuration(settings);
        Assert.False(VectorChoice.From(configuration, StorageChoice.From(configuration, isDevelopment: false)).IsElsewhere);
    }

    [Fact]
    public async Task Then_nothing_is_put_together_and_there_is_one_pool()
    {
        await using var services = Services("DATABASE_URL=" + Url, "Memory:Postgres:VectorUrl=" + Url);

        Assert.IsType<PostgresMessageStore>(services.GetRequiredService<IMessageStore>());
        Assert.IsType<PostgresSearchIndex>(services.GetRequiredService<ISearchIndex>());
        Assert.Null(services.GetService<IVectorIndex>());
        Assert.Null(services.GetKeyedService<PostgresDatabase>(PostgresOptions.Vectors));
        Assert.Equal("db.example:5432/app, schema memory", MemoryServices.DescribeStorage(services));
    }

    [Theory]
    [InlineData("libsql, :memory:, because Memory:LibSql:VectorUrl is set", "Memory:LibSql:VectorUrl=:memory:")]
    [InlineData("libsql, :memory:, because Memory:Vectors:Backend is set", "DATABASE_URL=" + Url, "Memory:Vectors:Backend=libsql", "LIBSQL_URL=:memory:")]
    [InlineData("libsql, :memory:, because Memory:Vectors:Backend is set", "DATABASE_URL=" + Url, "Memory:Vectors:Backend=libsql", "Memory:LibSql:VectorUrl=:memory:")]
    [InlineData("postgres, db.example:5432/app, schema chat, because Memory:Vectors:Backend is set", "Memory:Storage:Backend=libsql", "DATABASE_URL=" + Url, "Memory:Vectors:Backend=Postgres", "Memory:Postgres:Schema=chat")]
    [InlineData("postgres, other.example:5432/, schema memory, because Memory:Postgres:VectorUrl is set", "DATABASE_URL=" + Url, "Memory:Postgres:VectorUrl=Host=other.example")]
    public async Task Elsewhere_the_two_are_put_together_and_the_start_up_line_says_where(string place, params string[] settings)
    {
        using var folder = new TempFolder();
        await using var services = Services(settings.Contains("LIBSQL_URL=:memory:") ? settings : [.. settings, $"LIBSQL_URL=file:{folder.File("memory.db")}"]);

        Assert.IsType<SplitMessageStore>(services.GetRequiredService<IMessageStore>());
        Assert.IsType<SplitSearchIndex>(services.GetRequiredService<ISearchIndex>());
        Assert.IsType<SplitArchive>(services.GetRequiredService<IArchive>());
        Assert.Same(services.GetRequiredService<SplitEmbeddingStore>(), services.GetRequiredService<IEmbeddingStore>());
        Assert.Equal(place.Split(',')[0], services.GetRequiredService<VectorChoice>().Backend);
        Assert.EndsWith($" (vectors: {place})", MemoryServices.DescribeStorage(services), StringComparison.Ordinal);
    }

    [Fact]
    public void A_database_of_vectors_has_its_backends_other_settings()
    {
        using var services = Services(
            "DATABASE_URL=" + Url, "Memory:Postgres:VectorUrl=Host=other.example", "Memory:Postgres:TablePrefix=p_", "Memory:Postgres:Pool:Max=7", "FUNCTIONS_WORKER_RUNTIME=dotnet-isolated");
        var (messages, vectors) = (services.GetRequiredService<IOptions<PostgresOptions>>().Value, services.GetRequiredService<IOptionsMonitor<PostgresOptions>>().Get(PostgresOptions.Vectors));

        Assert.Equal((Url, "p_", 7, PoolPreset.Serverless), (messages.Url, messages.TablePrefix, messages.Pool.Max, messages.Pool.Preset));
        Assert.Equal(("Host=other.example", "p_", 7, PoolPreset.Serverless), (vectors.Url, vectors.TablePrefix, vectors.Pool.Max, vectors.Pool.Preset));
    }

    [Fact]
    public void A_wrong_address_of_vectors_is_named()
    {
        using var services = Services("DATABASE_URL=" + Url, "Memory:Postgres:VectorUrl=mysql://x");

        var wrong = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IStartupValidator>().Validate());

        Assert.Contains("Memory:Postgres:VectorUrl", wrong.Message, StringComparison.Ordinal);
    }

    private static ServiceProvider Services(params string[] settings) =>
        new ServiceCollection().AddLogging().AddMemory(Configuration(settings), Mock.Of<IHostEnvironment>(host => host.EnvironmentName == "Production")).BuildServiceProvider();

    private static IConfigurationRoot Configuration(string[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => setting.Split('=', 2)).Select(setting => KeyValuePair.Create<string, string?>(setting[0], setting[1]))).Build();
}
