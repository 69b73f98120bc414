using System.Text.Json;
using Memory.Core;
using Memory.Embeddings;
using Memory.Hosting;
using Memory.Storage.LibSql;
using Memory.Storage.Postgres;
using Memory.Storage.Upstash;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Moq;

namespace Memory.Infra.Tests;

/// <summary>What the templates set in the app, read as the app reads it.</summary>
public sealed class SettingsTests
{
    private static readonly string[] ShortNames =
    [
        "DATABASE_URL", "UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN", "UPSTASH_VECTOR_REST_URL", "UPSTASH_VECTOR_REST_TOKEN", "LIBSQL_URL", "LIBSQL_AUTH_TOKEN",
        "AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_EMBEDDING_DEPLOYMENT",
    ];

    // The Functions host, Application Insights and Azure.Identity read these.
    private static readonly string[] Platform =
    [
        "AzureWebJobsStorage__blobServiceUri", "AzureWebJobsStorage__queueServiceUri", "AzureWebJobsStorage__tableServiceUri", "AzureWebJobsStorage__credential", "AzureWebJobsStorage__clientId",
        "APPLICATIONINSIGHTS_CONNECTION_STRING", "APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "AZURE_CLIENT_ID",
    ];

    public static TheoryData<string, string> All => Deployment.All;

    [Theory]
    [MemberData(nameof(All))]
    public async Task Every_setting_is_one_that_somebody_reads(string environment, string backend)
    {
        using var sample = JsonDocument.Parse(Repository.Read("local.settings.sample.json"));
        var known = sample.RootElement.GetProperty("Values").EnumerateObject().Select(setting => setting.Name).Concat(ShortNames).Concat(Platform);

        var settings = (await Deployment.OfAsync(environment, backend)).Settings;

        Assert.Empty(settings.Keys.Except(known));
        Assert.Empty(Platform.Except(settings.Keys));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task The_app_accepts_them_and_keeps_messages_where_the_parameter_says(string environment, string backend)
    {
        await using var services = Services((await Deployment.OfAsync(environment, backend)).Settings);

        services.GetRequiredService<IStartupValidator>().Validate();
        Assert.Equal(backend, services.GetRequiredService<StorageChoice>().Backend);
        Assert.Equal("azure-openai", services.GetRequiredService<EmbedderChoice>().Provider);
        var embedder = services.GetRequiredService<IOptions<AzureOpenAIEmbeddingOptions>>().Value;
        Assert.Equal(("https://endpoint.example", "text-embedding-3-small", "", "made-up-clientId"), (embedder.Endpoint, embedder.Deployment, embedder.ApiKey, embedder.ManagedIdentityClientId));
    }

    [Fact]
    public async Task Upstash_gets_both_addresses_and_both_tokens()
    {
        await using var services = Services((await Deployment.OfAsync("dev", "upstash")).Settings);
        var options = services.GetRequiredService<IOptions<UpstashOptions>>().Value;
        Assert.Equal(
            ("https://redis.example", "upstash-redis-rest-token", "https://vector.example", "upstash-vector-rest-token"),
            (options.Url, options.Token, options.Vector.Url, options.Vector.Token));
    }

    [Fact]
    public async Task Without_an_index_of_vectors_they_are_kept_in_Redis()
    {
        var deployment = await Deployment.OfAsync("dev", "upstash", "UPSTASH_VECTOR_REST_URL=", "UPSTASH_VECTOR_REST_TOKEN=");
        await using var services = Services(deployment.Settings);
        services.GetRequiredService<IStartupValidator>().Validate();
        Assert.IsType<RedisVectorIndex>(services.GetRequiredService<IVectorIndex>());
        Assert.Single(deployment.OfType("Microsoft.KeyVault/vaults/secrets"));
    }

    [Fact]
    public async Task PostgreSQL_is_signed_in_to_with_the_identity_and_the_pool_is_the_one_that_was_counted()
    {
        var deployment = await Deployment.OfAsync("dev", "postgres", "postgresPoolMaximum = 7");
        await using var services = Services(deployment.Settings);
        var options = services.GetRequiredService<IOptions<PostgresOptions>>().Value;

        Assert.Equal((true, "made-up-clientId", PoolPreset.Serverless, 7), (options.EntraAuthentication, options.ManagedIdentityClientId, options.Pool.Preset, options.Pool.Max));
        var administrator = deployment.One("Microsoft.DBforPostgreSQL/flexibleServers/administrators");
        Assert.Contains($";Username={administrator["principalName"]};", options.Url, StringComparison.Ordinal);
        Assert.DoesNotContain("Password", options.Url, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(";Database=memory;", options.Url, StringComparison.Ordinal);
        Assert.EndsWith("/memory", Assert.Single(deployment.OfType("Microsoft.DBforPostgreSQL/flexibleServers/databases"))["name"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LibSQL_gets_its_address()
    {
        await using var services = Services((await Deployment.OfAsync("dev", "libsql")).Settings);
        Assert.Equal("libsql://memory.example", services.GetRequiredService<IOptions<LibSqlOptions>>().Value.Url);
    }

    [Theory]
    [InlineData("upstash", 3)]
    [InlineData("postgres", 1)]
    [InlineData("libsql", 2)]
    public async Task An_identity_provider_and_a_signing_key_reach_the_app(string backend, int secrets)
    {
        var key = Convert.ToBase64String(new byte[32]);
        var deployment = await Deployment.OfAsync("dev", backend, "MEMORY_OPENID_AUTHORITY=https://login.example/t/v2.0", "MEMORY_OPENID_AUDIENCE=api", $"MEMORY_TOKEN_SIGNING_KEY={key}");
        var settings = deployment.Settings;
        Assert.Equal(
            ("https://login.example/t/v2.0", "api", "oid", "token-signing-key"),
            (settings["Memory__Http__Jwt__Authority"], settings["Memory__Http__Jwt__Audience"], settings["Memory__Http__Jwt__ResourceClaim"], Resolve(settings["Memory__Http__Tokens__SigningKey"])));
        Assert.Equal(secrets, deployment.OfType("Microsoft.KeyVault/vaults/secrets").Count());
        Assert.DoesNotContain(settings.Values, value => value.Contains(key, StringComparison.Ordinal));

        Assert.DoesNotContain((await Deployment.OfAsync("dev", backend)).Settings.Keys, name => name.StartsWith("Memory__Http__", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("upstash", "UPSTASH_REDIS_REST_URL")]
    [InlineData("upstash", "UPSTASH_REDIS_REST_TOKEN")]
    [InlineData("upstash", "UPSTASH_VECTOR_REST_TOKEN")]
    [InlineData("postgres", "DATABASE_URL")]
    [InlineData("postgres", "AZURE_OPENAI_ENDPOINT")]
    public async Task The_app_refuses_to_start_without_one_of_them(string backend, string missing)
    {
        var settings = (await Deployment.OfAsync("dev", backend)).Settings.Where(setting => setting.Key != missing).ToDictionary();
        await using var services = Services(settings);
        Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IStartupValidator>().Validate());
    }

    [Theory]
    [InlineData("upstash", "UPSTASH_REDIS_REST_URL=", "UPSTASH_REDIS_REST_URL")]
    [InlineData("upstash", "UPSTASH_REDIS_REST_TOKEN=", "upstash-redis-rest-token")]
    [InlineData("upstash", "UPSTASH_VECTOR_REST_TOKEN=", "upstash-vector-rest-token")]
    [InlineData("libsql", "LIBSQL_URL=", "LIBSQL_URL")]
    [InlineData("libsql", "LIBSQL_AUTH_TOKEN=", "libsql-auth-token")]
    public async Task A_deployment_without_what_its_backend_needs_is_refused_by_name(string backend, string change, string named)
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => Deployment.OfAsync("dev", backend, change));
        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
    }

    // As the platform hands them over: with its own variables, and the secret where the reference was.
    private static ServiceProvider Services(IReadOnlyDictionary<string, string> settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create<string, string?>(setting.Key.Replace("__", ":", StringComparison.Ordinal), Resolve(setting.Value))))
            .AddInMemoryCollection([KeyValuePair.Create<string, string?>("FUNCTIONS_WORKER_RUNTIME", "dotnet-isolated"), KeyValuePair.Create<string, string?>("WEBSITE_INSTANCE_ID", "1")])
            .Build();
        return new ServiceCollection().AddLogging().AddMemory(configuration, Mock.Of<IHostEnvironment>(host => host.EnvironmentName == "Production")).BuildServiceProvider();
    }

    private static string Resolve(string value) => value.StartsWith("@Microsoft.KeyVault(", StringComparison.Ordinal) ? value.Split("SecretName=")[1].TrimEnd(')') : value;
}
