using Memory.Core;
using Memory.Hosting;
using Memory.Queues;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Moq;

namespace Memory.Server.Tests;

/// <summary>Where the composition finds its queues.</summary>
public sealed class QueueSettingsTests
{
    private const string Account = "DefaultEndpointsProtocol=https;AccountName=name;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net";
    private const string Service = "https://other.queue.core.windows.net";

    [Fact]
    public void Without_any_there_is_none()
    {
        using var services = Services("Memory:Queue:ConnectionString=", "AzureWebJobsStorage__credential=managedidentity");
        Assert.False(services.GetRequiredService<QueueChoice>().IsSome);
        Assert.Null(services.GetService<IOperationTransport>());
        Assert.Equal("none", MemoryServices.DescribeQueue(services));
    }

    [Theory]
    [InlineData("https://name.queue.core.windows.net, because Memory:Queue:ConnectionString is set", $"Memory:Queue:ConnectionString={Account}", $"AzureWebJobsStorage:queueServiceUri={Service}")]
    [InlineData("https://other.queue.core.windows.net, because Memory:Queue:ServiceUri is set", $"Memory:Queue:ServiceUri={Service}", $"AzureWebJobsStorage={Account}")]
    [InlineData("https://name.queue.core.windows.net, because AzureWebJobsStorage is set", $"AzureWebJobsStorage={Account}")]
    [InlineData("https://other.queue.core.windows.net, because AzureWebJobsStorage:queueServiceUri is set", $"AzureWebJobsStorage:queueServiceUri={Service}", "AzureWebJobsStorage:credential=managedidentity")]
    public void Its_own_settings_come_before_the_Functions_hosts_and_no_secret_is_said(string place, params string[] settings)
    {
        using var services = Services(settings);
        services.GetRequiredService<IStartupValidator>().Validate();
        Assert.Equal(place, MemoryServices.DescribeQueue(services));
        Assert.IsType<OperationTransport>(services.GetRequiredService<IOperationSignal>());
        Assert.IsType<EmbeddingSignal>(services.GetRequiredService<IEmbeddingSignal>());
    }

    [Fact]
    public void The_hosts_identity_is_used_with_the_hosts_account()
    {
        using var host = Services($"AzureWebJobsStorage:queueServiceUri={Service}", "AzureWebJobsStorage:clientId=one");
        Assert.Equal("one", host.GetRequiredService<QueueOptions>().ManagedIdentityClientId);
        using var own = Services($"AzureWebJobsStorage:queueServiceUri={Service}", "AzureWebJobsStorage:clientId=one", "Memory:Queue:ManagedIdentityClientId=two");
        Assert.Equal("two", own.GetRequiredService<QueueOptions>().ManagedIdentityClientId);
        using var elsewhere = Services($"Memory:Queue:ServiceUri={Service}", "AzureWebJobsStorage:clientId=one");
        Assert.Equal("", elsewhere.GetRequiredService<QueueOptions>().ManagedIdentityClientId);
    }

    [Fact]
    public async Task A_wrong_one_stops_the_server_and_is_named()
    {
        using var folder = new TempFolder();
        var (exit, output) = await ServerProcess.RunToEndAsync(folder, "Memory__Queue__ServiceUri=http://queue.example");
        Assert.Equal(1, exit);
        Assert.Contains("Memory:Queue:ServiceUri must be https://", output, StringComparison.Ordinal);
    }

    private static ServiceProvider Services(params string[] settings)
    {
        var values = settings.Append("Memory:LibSql:Url=:memory:").Select(setting => setting.Split('=', 2)).Select(pair => KeyValuePair.Create(pair[0], (string?)pair[1]));
        return new ServiceCollection()
            .AddLogging()
            .AddMemory(new ConfigurationBuilder().AddInMemoryCollection(values).Build(), Mock.Of<IHostEnvironment>(it => it.EnvironmentName == "Production"))
            .BuildServiceProvider();
    }
}
