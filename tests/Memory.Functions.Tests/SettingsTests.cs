using Memory.Core;
using Memory.Hosting;
using Memory.Queues;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Moq;

namespace Memory.Functions.Tests;

public sealed class SettingsTests
{
    [Theory]
    [InlineData("AzureWebJobsStorage=UseDevelopmentStorage=true")]
    [InlineData("AzureWebJobsStorage=UseDevelopmentStorage=true", "Memory:Queue:OperationQueue=memory-operations", "Memory:Queue:ConnectionString=")]
    [InlineData("AzureWebJobsStorage:queueServiceUri=https://name.queue.core.windows.net")]
    public void The_hosts_own_account_is_enough(params string[] settings)
    {
        using var services = Services(settings);
        services.GetRequiredService<IStartupValidator>().Validate();
    }

    [Theory]
    [InlineData("Memory:Queue:OperationQueue", "Memory:Queue:OperationQueue=others")]
    [InlineData("Memory:Queue:EmbeddingQueue", "Memory:Queue:EmbeddingQueue=others")]
    [InlineData("Memory:Queue:ConnectionString", "Memory:Queue:ConnectionString=UseDevelopmentStorage=true")]
    [InlineData("Memory:Queue:ServiceUri", "Memory:Queue:ServiceUri=https://other.queue.core.windows.net")]
    public void Queues_that_no_trigger_listens_to_stop_the_start(string named, string setting)
    {
        using var services = Services("AzureWebJobsStorage=UseDevelopmentStorage=true", setting);
        Assert.Contains(named, Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IStartupValidator>().Validate()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_any_queue_the_start_is_stopped_and_says_what_to_set() =>
        Assert.Contains("set AzureWebJobsStorage", Assert.Throws<MemoryStoreException>(() => Services()).Message, StringComparison.Ordinal);

    [Fact]
    public void Queues_are_those_that_the_triggers_name()
    {
        using var services = Services("AzureWebJobsStorage=UseDevelopmentStorage=true");
        var queues = services.GetRequiredService<QueueServices>();
        Assert.Equal((QueueOptions.DefaultOperationQueue, QueueOptions.DefaultEmbeddingQueue), (queues.Operations.Name, queues.Embeddings.Name));
    }

    private static ServiceProvider Services(params string[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Append("Memory:LibSql:Url=:memory:").Select(setting => setting.Split('=', 2)).Select(pair => KeyValuePair.Create(pair[0], (string?)pair[1])))
            .Build();
        return new ServiceCollection()
            .AddLogging()
            .AddMemory(configuration, Mock.Of<IHostEnvironment>(it => it.EnvironmentName == "Production"))
            .AddTriggeredQueues(configuration)
            .AddMemoryTelemetry(configuration)
            .BuildServiceProvider();
    }
}
