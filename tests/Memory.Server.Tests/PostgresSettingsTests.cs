using Memory.Hosting;
using Memory.Storage.Postgres;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Moq;

namespace Memory.Server.Tests;

/// <summary>What the composition makes of the short names and of the platform.</summary>
public sealed class PostgresSettingsTests
{
    private const string Url = "postgres://ada:secret@db.example/app";

    [Fact]
    public void DATABASE_URL_is_the_address_unless_the_option_says_another()
    {
        Assert.Equal(Url, Options(("DATABASE_URL", Url)).Url);
        Assert.Equal("Host=other.example", Options(("DATABASE_URL", Url), ("Memory:Postgres:Url", "Host=other.example")).Url);
    }

    [Fact]
    public void On_Functions_the_pool_is_for_instances_that_come_and_go_unless_the_setting_says_another()
    {
        Assert.Equal(PoolPreset.Server, Options(("DATABASE_URL", Url)).Pool.Preset);
        Assert.Equal(PoolPreset.Serverless, Options(("DATABASE_URL", Url), ("FUNCTIONS_WORKER_RUNTIME", "dotnet-isolated")).Pool.Preset);
        Assert.Equal(
            PoolPreset.Server, Options(("DATABASE_URL", Url), ("FUNCTIONS_WORKER_RUNTIME", "dotnet-isolated"), ("Memory:Postgres:Pool:Preset", "Server")).Pool.Preset);
    }

    [Theory]
    [InlineData("Production", "postgres")]
    [InlineData("Development", "libsql")]
    public void DATABASE_URL_chooses_PostgreSQL_outside_development(string environment, string backend)
    {
        using var services = Services(environment, ("DATABASE_URL", Url));
        Assert.Equal(backend, services.GetRequiredService<StorageChoice>().Backend);
    }

    [Fact]
    public async Task In_development_the_setting_chooses_it()
    {
        await using var services = Services("Development", ("DATABASE_URL", Url), ("Memory:Storage:Backend", "postgres"), ("Memory:Postgres:DropTables", "true"));
        Assert.Equal("postgres", services.GetRequiredService<StorageChoice>().Backend);
        Assert.True(services.GetRequiredService<IOptions<PostgresOptions>>().Value.DropTables);
        Assert.Equal("db.example:5432/app, schema memory", MemoryServices.DescribeStorage(services));
    }

    private static PostgresOptions Options(params (string Name, string Value)[] settings)
    {
        using var services = Services("Production", settings);
        return services.GetRequiredService<IOptions<PostgresOptions>>().Value;
    }

    private static ServiceProvider Services(string environment, params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create<string, string?>(setting.Name, setting.Value))).Build();
        return new ServiceCollection().AddLogging().AddMemory(configuration, Mock.Of<IHostEnvironment>(host => host.EnvironmentName == environment)).BuildServiceProvider();
    }
}
