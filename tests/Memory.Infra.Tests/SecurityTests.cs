namespace Memory.Infra.Tests;

/// <summary>What must hold of every environment, whatever its backend.</summary>
public sealed class SecurityTests
{
    private const string Roles = "/providers/Microsoft.Authorization/roleDefinitions/", Assignments = "/providers/Microsoft.Authorization/roleAssignments/";

    // Role → the only kind of resource that it may be granted on.
    private static readonly Dictionary<string, string> Allowed = new()
    {
        ["b7e6dc6d-f1e8-4753-8033-0f276bb0955b"] = "Microsoft.Storage/storageAccounts", // Storage Blob Data Owner
        ["974c5e8b-45b9-4653-ba55-5f855dd0fb88"] = "Microsoft.Storage/storageAccounts", // Storage Queue Data Contributor
        ["0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"] = "Microsoft.Storage/storageAccounts", // Storage Table Data Contributor
        ["3913510d-42f4-4e42-8a64-420c390055eb"] = "Microsoft.Insights/components", // Monitoring Metrics Publisher
        ["4633458b-17de-408a-b874-0445c86b69e6"] = "Microsoft.KeyVault/vaults", // Key Vault Secrets User
        ["5e0bd9bd-7b93-4f28-af87-19fc36ad61bd"] = "Microsoft.CognitiveServices/accounts", // Cognitive Services OpenAI User
    };

    public static TheoryData<string, string> All => Deployment.All;

    [Theory]
    [MemberData(nameof(All))]
    public async Task Everything_is_reached_with_an_identity_and_nothing_with_a_key(string environment, string backend)
    {
        var deployment = await Deployment.OfAsync(environment, backend);

        var storage = deployment.One("Microsoft.Storage/storageAccounts");
        Assert.False(storage["allowSharedKeyAccess"]!.GetValue<bool>());
        Assert.False(storage["allowBlobPublicAccess"]!.GetValue<bool>());
        Assert.True(deployment.One("Microsoft.Insights/components")["DisableLocalAuth"]!.GetValue<bool>());
        Assert.True(deployment.One("Microsoft.OperationalInsights/workspaces")["features"]!["disableLocalAuth"]!.GetValue<bool>());
        Assert.True(deployment.One("Microsoft.CognitiveServices/accounts")["disableLocalAuth"]!.GetValue<bool>());
        Assert.All(deployment.OfType("Microsoft.KeyVault/vaults"), vault => Assert.True(vault["properties"]!["enableRbacAuthorization"]!.GetValue<bool>()));
        Assert.All(deployment.OfType("Microsoft.DBforPostgreSQL/flexibleServers"), server => Assert.Equal(
            ("Enabled", "Disabled"),
            (server["properties"]!["authConfig"]!["activeDirectoryAuth"]!.GetValue<string>(), server["properties"]!["authConfig"]!["passwordAuth"]!.GetValue<string>())));

        Assert.Equal("UserAssigned", Assert.Single(deployment.OfType("Microsoft.Web/sites"))["identity"]!["type"]!.GetValue<string>());
        Assert.Equal("UserAssignedIdentity", deployment.One("Microsoft.Web/sites")["functionAppConfig"]!["deployment"]!["storage"]!["authentication"]!["type"]!.GetValue<string>());
        var doors = deployment.OfType("Microsoft.Web/sites/basicPublishingCredentialsPolicies").ToList();
        Assert.Equal(2, doors.Count);
        Assert.All(doors, door => Assert.False(door["properties"]!["allow"]!.GetValue<bool>()));
        Assert.Equal("managedidentity", deployment.Settings["AzureWebJobsStorage__credential"]);
        Assert.StartsWith("Authorization=AAD;", deployment.Settings["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"], StringComparison.Ordinal);
        Assert.DoesNotContain("AzureWebJobsStorage", deployment.Settings.Keys);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Every_connection_is_TLS_1_2_or_newer(string environment, string backend)
    {
        var deployment = await Deployment.OfAsync(environment, backend);

        var app = deployment.One("Microsoft.Web/sites");
        Assert.True(app["httpsOnly"]!.GetValue<bool>());
        Assert.Equal(("1.2", "1.2"), (app["siteConfig"]!["minTlsVersion"]!.GetValue<string>(), app["siteConfig"]!["scmMinTlsVersion"]!.GetValue<string>()));
        var storage = deployment.One("Microsoft.Storage/storageAccounts");
        Assert.True(storage["supportsHttpsTrafficOnly"]!.GetValue<bool>());
        Assert.Equal("TLS1_2", storage["minimumTlsVersion"]!.GetValue<string>());
        if (backend == "postgres")
        {
            var oldest = deployment.OfType("Microsoft.DBforPostgreSQL/flexibleServers/configurations").Single(one => one["name"]!.GetValue<string>().EndsWith("/ssl_min_protocol_version", StringComparison.Ordinal));
            Assert.Equal("TLSv1.2", oldest["properties"]!["value"]!.GetValue<string>());
            Assert.Contains("SSL Mode=VerifyFull", deployment.Settings["DATABASE_URL"], StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_token_is_in_the_vault_and_nowhere_else(string environment, string backend)
    {
        var deployment = await Deployment.OfAsync(environment, backend);

        var secrets = deployment.OfType("Microsoft.KeyVault/vaults/secrets").ToList();
        Assert.Equal(backend switch { "upstash" => 2, "libsql" => 1, _ => 0 }, secrets.Count);
        Assert.All(secrets, secret => Assert.Contains(secret["properties"]!["value"]!.GetValue<string>(), Deployment.Tokens));
        var elsewhere = string.Concat(deployment.Resources.Except(secrets).Select(resource => resource.ToJsonString())) + deployment.Outputs.ToJsonString();
        Assert.All(Deployment.Tokens, token => Assert.DoesNotContain(token, elsewhere, StringComparison.Ordinal));
        Assert.All(
            deployment.Settings.Where(setting => setting.Key.EndsWith("_TOKEN", StringComparison.Ordinal)),
            setting => Assert.Matches(@"^@Microsoft\.KeyVault\(VaultName=kv-memory-\w+;SecretName=[a-z-]+\)$", setting.Value));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task The_app_may_do_what_it_needs_on_single_resources_and_no_more(string environment, string backend)
    {
        var deployment = await Deployment.OfAsync(environment, backend);

        var granted = deployment.OfType("Microsoft.Authorization/roleAssignments").Select(assignment =>
        {
            var id = assignment["id"]!.GetValue<string>();
            var scope = id[..id.IndexOf(Assignments, StringComparison.Ordinal)].Split("/providers/");
            Assert.Equal("made-up-principalId", assignment["properties"]!["principalId"]!.GetValue<string>());
            Assert.Equal(2, scope.Length); // not a subscription or a resource group, which have no provider
            return KeyValuePair.Create(assignment["properties"]!["roleDefinitionId"]!.GetValue<string>().Split(Roles)[1], string.Join('/', scope[1].Split('/')[..2]));
        }).ToDictionary();

        Assert.Equal(Allowed.Where(role => backend != "postgres" || role.Value != "Microsoft.KeyVault/vaults").OrderBy(role => role.Key), granted.OrderBy(role => role.Key));
    }

    [Fact]
    public async Task Without_an_embedder_there_is_no_account_and_no_role_for_it()
    {
        var deployment = await Deployment.OfAsync("dev", "upstash", "MEMORY_EMBEDDINGS=false");

        Assert.Empty(deployment.OfType("Microsoft.CognitiveServices/accounts"));
        Assert.Equal(5, deployment.OfType("Microsoft.Authorization/roleAssignments").Count());
        Assert.DoesNotContain(deployment.Settings.Keys, name => name.Contains("Embedding", StringComparison.OrdinalIgnoreCase) || name.Contains("OPENAI", StringComparison.Ordinal));
    }
}
