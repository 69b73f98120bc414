using System.Net;

namespace Memory.Server;

/// <summary>Where the server listens, and the guard that keeps an open server on loopback.</summary>
internal static class Listening
{
    private static readonly string[] PortSettings = ["http_ports", "https_ports"];

    /// <summary>Sets an address when the configuration names none.</summary>
    public static void UseDefault(ConfigurationManager configuration, string url)
    {
        if (!Addresses(configuration).Any())
        {
            configuration["urls"] = url;
        }
    }

    /// <summary>Refuses an address beyond loopback unless requests need credentials.</summary>
    /// <exception cref="InvalidOperationException">With the address and what to set.</exception>
    public static void RequireAuthenticationBeyondLoopback(IConfiguration configuration, bool isClosed)
    {
        if (!isClosed && Addresses(configuration).FirstOrDefault(url => !IsLoopback(url)) is { } open)
        {
            throw new InvalidOperationException(
                $"{open} can be reached from other machines, and requests need no credentials. Set Memory__Http__ApiKey, or Memory__Http__RequireAuthentication=True and make keys with 'memory keys create', "
                + $"or Memory__Http__Jwt__Authority; or listen on {ServerHost.DefaultUrl}.");
        }
    }

    private static IEnumerable<string> Addresses(IConfiguration configuration)
    {
        var urls = configuration["urls"]?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

        // Ports alone mean every interface; Kestrel looks at them when there are no URLs.
        var ports = urls.Length > 0 ? [] : PortSettings.SelectMany(name => configuration[name]?.Split(';', StringSplitOptions.RemoveEmptyEntries) ?? []);
        var endpoints = configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"] ?? "");
        return urls.Concat(ports.Select(port => $"http://*:{port}")).Concat(endpoints);
    }

    private static bool IsLoopback(string url)
    {
        var host = BindingAddress.Parse(url).Host;
        return host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || url.Contains("//unix:", StringComparison.Ordinal)
            || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
    }
}
