namespace Memory.Infra.Tests;

/// <summary>How far the app may grow, and what it rests on.</summary>
public sealed class ScaleTests
{
    [Theory]
    [InlineData("Standard_B1ms", 3)] // 50 - 15 = 35 connections
    [InlineData("Standard_B2s", 41)] // 429 - 15 = 414
    [InlineData("Standard_D2ds_v5", 84)] // 859 - 15 = 844
    public async Task As_many_instances_are_allowed_as_the_database_has_connections_for(string size, int most)
    {
        string[] changes = [$"postgresSize = '{size}'", "alwaysReadyInstances = 0"];
        var deployment = await Deployment.OfAsync("prod", "postgres", [.. changes, $"maximumInstanceCount = {most}"]);
        Assert.Equal(most, deployment.One("Microsoft.Web/sites")["functionAppConfig"]!["scaleAndConcurrency"]!["maximumInstanceCount"]!.GetValue<int>());
        Assert.Equal("10", deployment.Settings["Memory__Postgres__Pool__Max"]);

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => Deployment.OfAsync("prod", "postgres", [.. changes, $"maximumInstanceCount = {most + 1}"]));
        Assert.Contains($"{most + 1} instances with 10 connections each", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_smaller_pool_allows_more_instances()
    {
        var deployment = await Deployment.OfAsync("dev", "postgres", "postgresPoolMaximum = 4", "maximumInstanceCount = 100");
        Assert.Equal("4", deployment.Settings["Memory__Postgres__Pool__Max"]);
    }

    [Fact]
    public async Task Without_a_database_there_is_nothing_to_run_out_of() => await Deployment.OfAsync("dev", "upstash", "maximumInstanceCount = 1000");

    [Fact]
    public async Task More_instances_than_the_most_cannot_be_always_ready()
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => Deployment.OfAsync("dev", "upstash", "maximumInstanceCount = 2", "alwaysReadyInstances = 3"));
        Assert.Contains("alwaysReadyInstances (3) is more than maximumInstanceCount (2)", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Production_is_ready_protected_and_in_several_zones_where_development_is_cheap()
    {
        var (prod, dev) = (await Deployment.OfAsync("prod", "upstash"), await Deployment.OfAsync("dev", "upstash"));

        Assert.Equal(("Standard_ZRS", "Standard_LRS"), (StorageSku(prod), StorageSku(dev)));
        Assert.True(prod.One("Microsoft.KeyVault/vaults")["enablePurgeProtection"]!.GetValue<bool>());
        Assert.Null(dev.One("Microsoft.KeyVault/vaults")["enablePurgeProtection"]); // Key Vault refuses false
        Assert.Equal("http", Assert.Single(AlwaysReady(prod))!["name"]!.GetValue<string>());
        Assert.Empty(AlwaysReady(dev));

        static string StorageSku(Deployment deployment) => Assert.Single(deployment.OfType("Microsoft.Storage/storageAccounts"))["sku"]!["name"]!.GetValue<string>();
        static System.Text.Json.Nodes.JsonArray AlwaysReady(Deployment deployment) => deployment.One("Microsoft.Web/sites")["functionAppConfig"]!["scaleAndConcurrency"]!["alwaysReady"]!.AsArray();
    }

    [Fact]
    public async Task PostgreSQL_may_make_vectors_and_has_a_standby_when_the_app_has_one()
    {
        var (one, two) = (await Deployment.OfAsync("prod", "postgres"), await Deployment.OfAsync("prod", "postgres", "zoneRedundant = true"));

        var extensions = one.OfType("Microsoft.DBforPostgreSQL/flexibleServers/configurations").Single(setting => setting["name"]!.GetValue<string>().EndsWith("/azure.extensions", StringComparison.Ordinal));
        Assert.Equal("VECTOR", extensions["properties"]!["value"]!.GetValue<string>());
        Assert.Equal(("Disabled", "ZoneRedundant"), (Standby(one), Standby(two)));
        Assert.True(two.One("Microsoft.Web/serverfarms")["zoneRedundant"]!.GetValue<bool>());

        static string Standby(Deployment deployment) => deployment.One("Microsoft.DBforPostgreSQL/flexibleServers")["highAvailability"]!["mode"]!.GetValue<string>();
    }

    [Fact]
    public async Task A_size_without_a_standby_is_refused_one()
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => Deployment.OfAsync("dev", "postgres", "zoneRedundant = true"));
        Assert.Contains("Standard_B2s has no standby", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Both_queues_have_their_poison_queue()
    {
        var queues = (await Deployment.OfAsync("dev", "upstash")).OfType("Microsoft.Storage/storageAccounts/queueServices/queues").Select(queue => queue["name"]!.GetValue<string>().Split('/')[^1]);
        Assert.Equal(["memory-embeddings", "memory-embeddings-poison", "memory-operations", "memory-operations-poison"], queues.Order());
    }
}
