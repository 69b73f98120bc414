using System.Text.Json;
using Memory.Http;

namespace Memory.Architecture.Tests;

/// <summary>What the code takes for granted of the Functions host.</summary>
public sealed class HostJsonTests
{
    private static readonly JsonElement Extensions = JsonElement.Parse(Repository.Read("host.json")).GetProperty("extensions");

    [Fact]
    public void Routes_have_no_prefix() => Assert.Equal("", Extensions.GetProperty("http").GetProperty("routePrefix").GetString());

    [Fact]
    public void Texts_of_messages_reach_the_handler_as_they_are() => Assert.Equal("none", Extensions.GetProperty("queues").GetProperty("messageEncoding").GetString());

    [Fact]
    public void The_handler_gives_a_message_up_before_the_host_does() =>
        Assert.Equal(QueueHandlers.MaxDeliveries, Extensions.GetProperty("queues").GetProperty("maxDequeueCount").GetInt32());

    // Without a pause all deliveries are over in a moment.
    [Fact]
    public void A_failed_message_waits() =>
        Assert.True(TimeSpan.Parse(Extensions.GetProperty("queues").GetProperty("visibilityTimeout").GetString()!, System.Globalization.CultureInfo.InvariantCulture) >= TimeSpan.FromSeconds(10)); // a text
}
