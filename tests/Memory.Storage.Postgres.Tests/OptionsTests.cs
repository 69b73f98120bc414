using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace Memory.Storage.Postgres.Tests;

/// <summary>The settings that the README names, as they are written there.</summary>
public sealed class OptionsTests
{
    private const string Url = "postgres://ada:secret@db.example/app";

    [Theory]
    [InlineData("Serverless", 10, 0, 10, 300)]
    [InlineData("Server", 20, 5, 30, 3_600)]
    public void A_preset_sets_the_whole_pool(string preset, int max, int min, int idle, int lifetime) =>
        Assert.Equal((max, min, idle, lifetime), Options(("Pool:Preset", preset)).Pool.InForce());

    [Fact]
    public void Each_value_of_a_preset_can_be_another()
    {
        var options = Options(("Pool:Preset", "Serverless"), ("Pool:Max", "3"), ("Pool:Min", "1"), ("Pool:IdleTimeoutSeconds", "7"), ("Pool:LifetimeSeconds", "60"));

        Assert.Equal((3, 1, 7, 60), options.Pool.InForce());
    }

    [Fact]
    public void A_small_pool_keeps_no_more_connections_than_it_may_have() =>
        Assert.Equal((2, 2, 30, 3_600), Options(("Pool:Max", "2")).Pool.InForce());

    [Theory]
    [InlineData("Url", "mysql://x", "Memory:Postgres:Url")]
    [InlineData("Url", "", "DATABASE_URL")]
    [InlineData("Schema", "", "Schema")]
    [InlineData("Schema", "a name of more than sixty-three bytes, which PostgreSQL would cut off somewhere", "Memory:Postgres:Schema")]
    [InlineData("TablePrefix", "a prefix of so many bytes that nothing is left for the name of the table", "Memory:Postgres:TableNames:resources")]
    [InlineData("TableNames:letters", "mail", "Memory:Postgres:TableNames:letters")]
    [InlineData("TableNames:messages", "threads", "Memory:Postgres:TableNames")]
    [InlineData("DropTables", "true", "Memory:Postgres:DropTables")]
    [InlineData("Dimensions", "-1", "Dimensions")]
    [InlineData("Dimensions", "16001", "Dimensions")]
    [InlineData("VectorType", "Sparse", "VectorType")]
    [InlineData("PartitionBy", "Moon", "PartitionBy")]
    [InlineData("Partitions", "1", "Partitions")]
    [InlineData("IndexFrom", "-1", "IndexFrom")]
    [InlineData("CommandTimeoutSeconds", "0", "CommandTimeoutSeconds")]
    [InlineData("ConnectTimeoutSeconds", "0", "ConnectTimeoutSeconds")]
    [InlineData("Pool:Max", "0", "Max")]
    [InlineData("Pool:Min", "-1", "Min")]
    [InlineData("Pool:Min", "21", "Memory:Postgres:Pool:Min")]
    [InlineData("Pool:IdleTimeoutSeconds", "0", "IdleTimeoutSeconds")]
    [InlineData("Pool:Preset", "Huge", "Preset")]
    public void A_wrong_value_is_named(string setting, string value, string named)
    {
        var wrong = Assert.ThrowsAny<Exception>(() => Options((setting, value)));

        Assert.Contains(named, wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", wrong.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_and_vectors_are_what_the_settings_say()
    {
        var options = Options(
            ("Schema", "chat"), ("TablePrefix", "my app_"), ("TableNames:messages", "Chat Messages"), ("TableNames:THREADS", "Talks"), ("Dimensions", "1536"), ("VectorType", "Vector"),
            ("PartitionBy", "Thread"), ("Partitions", "8"), ("CreateSchema", "false"));
        var names = new PostgresNames(options);

        Assert.Equal("\"chat\".\"my app_Chat Messages\"", names.Fill("{messages}"));
        Assert.Equal("\"chat\".\"my app_Talks\"", names.Fill("{threads}"));
        Assert.Equal("\"chat\".\"my app_vectors\"", names.Fill("{vectors}"));
        Assert.Equal(
            (1_536, VectorType.Vector, PartitionKey.Thread, 8, false), (options.Dimensions, options.VectorType, options.PartitionBy, options.Partitions, options.CreateSchema));
    }

    [Fact]
    public void Tables_may_be_dropped_in_development_or_by_force()
    {
        Assert.True(Options(true, ("DropTables", "true")).DropTables);
        Assert.True(Options(("DropTables", "true"), ("ForceDropTables", "true")).DropTables);
    }

    [Fact]
    public void The_description_holds_no_secret()
    {
        var description = PostgresDatabase.Open(Options(("Schema", "chat"))).Description;

        Assert.Equal("db.example:5432/app, schema chat", description);
    }

    private static PostgresOptions Options(params (string Name, string Value)[] settings) => Options(false, settings);

    private static PostgresOptions Options(bool isDevelopment, params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([KeyValuePair.Create<string, string?>("Url", Url)])
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create<string, string?>(setting.Name, setting.Value)))
            .Build();
        using var services = new ServiceCollection().AddPostgresMemory(configuration, isDevelopment).BuildServiceProvider();
        return services.GetRequiredService<IOptions<PostgresOptions>>().Value;
    }
}
