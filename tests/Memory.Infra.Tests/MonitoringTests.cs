namespace Memory.Infra.Tests;

/// <summary>What is watched, and who is told.</summary>
public sealed class MonitoringTests
{
    [Fact]
    public async Task Poison_messages_failures_and_pending_embeddings_raise_an_alert()
    {
        var rules = (await Deployment.OfAsync("dev", "upstash", "MEMORY_ALERT_EMAIL=ada@example.org", "alertPendingEmbeddings = 77")).OfType("Microsoft.Insights/scheduledQueryRules")
            .ToDictionary(rule => rule["name"]!.GetValue<string>(), rule => rule["properties"]!["criteria"]!["allOf"]![0]!);

        Assert.Equal(["memory-failures", "memory-pending-embeddings", "memory-poison"], rules.Keys.Order());
        Assert.Contains("\"poison queue\"", rules["memory-poison"]["query"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(0, rules["memory-poison"]["threshold"]!.GetValue<int>());
        Assert.Contains("\"memory.embeddings.pending\"", rules["memory-pending-embeddings"]["query"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(77, rules["memory-pending-embeddings"]["threshold"]!.GetValue<int>());
    }

    [Fact]
    public async Task Alerts_are_sent_to_the_address_that_is_given()
    {
        var (told, untold) = (await Deployment.OfAsync("dev", "upstash", "MEMORY_ALERT_EMAIL=ada@example.org", "alertPendingEmbeddings = 77"), await Deployment.OfAsync("dev", "upstash"));

        var group = Assert.Single(told.OfType("Microsoft.Insights/actionGroups"));
        Assert.Equal("ada@example.org", Assert.Single(group["properties"]!["emailReceivers"]!.AsArray())!["emailAddress"]!.GetValue<string>());
        Assert.All(Actions(told), groups => Assert.Equal(group["id"]!.GetValue<string>(), Assert.Single(groups)!.GetValue<string>()));
        Assert.Empty(untold.OfType("Microsoft.Insights/actionGroups"));
        Assert.All(Actions(untold), Assert.Empty);

        static IEnumerable<System.Text.Json.Nodes.JsonArray> Actions(Deployment deployment) =>
            deployment.OfType("Microsoft.Insights/scheduledQueryRules").Select(rule => rule["properties"]!["actions"]!["actionGroups"]!.AsArray());
    }

    [Theory]
    [InlineData("upstash", "Microsoft.KeyVault/vaults")]
    [InlineData("postgres", "Microsoft.DBforPostgreSQL/flexibleServers")]
    public async Task Every_resource_that_does_something_reports_to_the_workspace(string backend, string own)
    {
        var deployment = await Deployment.OfAsync("dev", backend);

        var workspace = Assert.Single(deployment.OfType("Microsoft.OperationalInsights/workspaces"))["id"]!.GetValue<string>();
        var settings = deployment.OfType("Microsoft.Insights/diagnosticSettings").ToList();
        Assert.All(settings, setting => Assert.Equal(workspace, setting["properties"]!["workspaceId"]!.GetValue<string>()));
        var watched = settings.Select(setting => string.Join('/', setting["id"]!.GetValue<string>().Split("/providers/")[1].Split('/')[..2]));
        Assert.Equal(((string[])["Microsoft.CognitiveServices/accounts", "Microsoft.Storage/storageAccounts", "Microsoft.Web/sites", own]).Order(), watched.Order());
        Assert.Equal(workspace, deployment.One("Microsoft.Insights/components")["WorkspaceResourceId"]!.GetValue<string>());
    }
}
