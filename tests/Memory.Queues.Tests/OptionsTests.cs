using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Memory.Queues.Tests;

public sealed class OptionsTests
{
    [Theory]
    [InlineData("Memory:Queue:ConnectionString", "ConnectionString=nonsense")]
    [InlineData("Memory:Queue:ConnectionString", "ConnectionString=https://name.queue.core.windows.net")]
    [InlineData("Memory:Queue:ConnectionString", "ConnectionString=UseDevelopmentStorage=true", "ServiceUri=https://name.queue.core.windows.net")]
    [InlineData("Memory:Queue:ServiceUri", "LeaseSeconds=60")]
    [InlineData("Memory:Queue:ServiceUri", "ServiceUri=name.queue.core.windows.net")]
    [InlineData("Memory:Queue:ServiceUri", "ServiceUri=http://name.queue.core.windows.net")]
    [InlineData("Memory:Queue:OperationQueue", "ConnectionString=UseDevelopmentStorage=true", "OperationQueue=Memory")]
    [InlineData("Memory:Queue:OperationQueue", "ConnectionString=UseDevelopmentStorage=true", "OperationQueue=a--b")]
    [InlineData("Memory:Queue:OperationQueue", "ConnectionString=UseDevelopmentStorage=true", "OperationQueue=ab")]
    [InlineData("Memory:Queue:EmbeddingQueue", "ConnectionString=UseDevelopmentStorage=true", "EmbeddingQueue=memory-")]
    [InlineData("must be two queues", "ConnectionString=UseDevelopmentStorage=true", "EmbeddingQueue=memory-operations")]
    [InlineData("LeaseSeconds", "ConnectionString=UseDevelopmentStorage=true", "LeaseSeconds=1")]
    [InlineData("RetrySeconds", "ConnectionString=UseDevelopmentStorage=true", "RetrySeconds=0")]
    [InlineData("PollSeconds", "ConnectionString=UseDevelopmentStorage=true", "PollSeconds=0")]
    [InlineData("SweepSeconds", "ConnectionString=UseDevelopmentStorage=true", "SweepSeconds=0")]
    [InlineData("TimeoutSeconds", "ConnectionString=UseDevelopmentStorage=true", "TimeoutSeconds=61")]
    public void A_wrong_value_stops_the_start_and_is_named(string named, params string[] settings)
    {
        var wrong = Assert.Throws<OptionsValidationException>(() => Validate(settings));
        Assert.Contains(named, wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("nonsense", wrong.Message, StringComparison.Ordinal); // it may hold a key
    }

    [Theory]
    [InlineData("ConnectionString=UseDevelopmentStorage=true")]
    [InlineData("ConnectionString=DefaultEndpointsProtocol=https;AccountName=name;AccountKey=AAAA;EndpointSuffix=core.windows.net", "OperationQueue=a1-2b")]
    [InlineData("ServiceUri=https://name.queue.core.windows.net", "ManagedIdentityClientId=id")]
    [InlineData("ServiceUri=http://127.0.0.1:10001/devstoreaccount1")]
    public void A_right_one_does_not(params string[] settings) => Validate(settings);

    [Fact]
    public async Task Nothing_is_connected_to_before_it_is_needed()
    {
        await using var services = Services($"ConnectionString={QueueChannelTests.Refused}");

        var queues = services.GetRequiredService<QueueServices>();

        Assert.Equal(("memory-operations", "memory-operations-poison", "memory-embeddings"), (queues.Operations.Name, queues.PoisonOperations.Name, queues.Embeddings.Name));
        Assert.Equal("http://127.0.0.1:9", queues.Place);
    }

    private static void Validate(string[] settings)
    {
        using var services = Services(settings);
        services.GetRequiredService<IStartupValidator>().Validate();
    }

    private static ServiceProvider Services(params string[] settings) => new ServiceCollection()
        .AddAzureQueues(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => setting.Split('=', 2)).Select(pair => KeyValuePair.Create(pair[0], (string?)pair[1]))).Build())
        .BuildServiceProvider();
}
